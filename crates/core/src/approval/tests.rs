use super::*;

#[test]
fn who_may_say_yes_is_read_and_written_alike_one_or_several() {
    for (text, words) in [
        (r#""owner""#, "owner"),
        (r#""person:anna""#, "person:anna"),
        (r#"["requester","role:boss"]"#, "requester or role:boss"),
    ] {
        let read: Approvers = serde_json::from_str(text).unwrap();
        assert_eq!((serde_json::to_string(&read).unwrap().as_str(), read.to_string().as_str()), (text, words));
    }
    for bad in [r#""anna""#, "[]", r#""role:""#, r#""role:A B""#, "7", r#"[["owner"]]"#] {
        assert!(serde_json::from_str::<Approvers>(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_need_is_a_confirmation_only_where_nobody_else_may_fill_it() {
    let need = |text: &str| {
        let who: Approvers = serde_json::from_str(text).unwrap();
        Need { count: 1, escalate: None, exclude: vec![], role: "r".to_owned(), valid: VALID, who, why: Why::Policy }
    };
    assert!(need(r#""requester""#).confirms() && need(r#"["customer","requester"]"#).confirms());
    assert!(!need(r#"["requester","owner"]"#).confirms() && !need(r#""role:boss""#).confirms());
}
