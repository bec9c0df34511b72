use super::*;

const SHOWN: &str = r#"{"display":null,"request":7,"type":"bailiwick/yes/1","yeses":[]}"#;

#[test]
fn of_what_nobody_said_yes_to_nothing_is_confirmed() {
    let report = check_yes(SHOWN.as_bytes(), &[]).unwrap();
    assert_eq!((report.answer, report.request, report.display_shown), (Answer::NotDecidable, 7, false));
}

#[test]
fn what_is_no_file_of_yeses_is_refused_by_name() {
    for (file, said) in [
        (SHOWN.replace("yes/1", "yes/2"), "expected `bailiwick/yes/1`"),
        (SHOWN.replace("\"request\":7", "\"request\":7,\"more\":1"), "more"),
        (SHOWN.replace("\"request\":7", "\"request\":7,\"request\":8"), "request"),
        (SHOWN.replace("[]", r#"[{"assertion":{"authenticator_data":"","client_data":"","id":"","signature":""},"sheet":null,"statement":"{}"}]"#), "a statement is none"),
        ("{".to_owned(), "expected"),
    ] {
        let why = check_yes(file.as_bytes(), &[]).unwrap_err().0;
        assert!(why.contains(said), "{file}: {why}");
    }
}

#[test]
fn a_persons_keys_are_read_as_they_are_printed() {
    let printed = r#"{"invitations":0,"name":"ann","passkeys":[{"id":"aWQ","key":{"kty":"EC"},"name":"phone","site":"localhost"}],"roles":[],"uid":null}"#;
    let signer = Signer::read(printed.as_bytes()).unwrap();
    assert_eq!((signer.person.as_str(), signer.passkeys.len()), ("ann", 1));
    let why = Signer::read(printed.replace("\"key\"", "\"kee\"").as_bytes()).unwrap_err();
    assert!(why.0.contains("`key`"), "{why}");
    assert!(Signer::read(b"{}").unwrap_err().0.contains("`name`"));
}

#[test]
fn yeses_of_several_requests_or_one_twice_are_no_yeses_of_one() {
    let terms = r#"{"action":"AA","display":"AA","labels":{"classes":[],"trusted":null,"zones":[]},"meters":[],"nonce":"AA","not_after":2,"policy":"AA","sources":[]}"#;
    let digest = bailiwick_core::sha256(b"x").to_string();
    let terms = terms.replace("AA", &digest);
    let id = |n: u8| format!("{n:02x}").repeat(16);
    let yes = |approval: u64, person: &str, task: u8| {
        let statement = format!(
            r#"{{"approval":{approval},"person":"{person}","role":"owner","task":"{}","tenant":"{}","terms":{terms},"type":"bailiwick/approval/1"}}"#,
            id(task),
            id(9)
        );
        let statement = serde_json::to_string(&statement).unwrap();
        format!(
            r#"{{"assertion":{{"authenticator_data":"AA","client_data":"AA","id":"AA","signature":"AA"}},"sheet":null,"statement":{statement}}}"#
        )
    };
    let answers = |yeses: &[String]| {
        let file = SHOWN.replace("[]", &format!("[{}]", yeses.join(",")));
        let report = check_yes(file.as_bytes(), &[]).unwrap_or_else(|why| panic!("{why}: {file}"));
        report.yeses.iter().map(|yes| yes.answer).collect::<Vec<_>>()
    };
    let (no_key, none) = (Answer::NotDecidable, Answer::Contradicted);
    assert_eq!(answers(&[yes(5, "ann", 1), yes(5, "bob", 1)]), [no_key, no_key]);
    assert_eq!(answers(&[yes(5, "ann", 1), yes(5, "ann", 1)]), [no_key, none], "twice");
    assert_eq!(answers(&[yes(5, "ann", 1), yes(9, "bob", 1)]), [no_key, none], "another request");
    assert_eq!(answers(&[yes(5, "ann", 1), yes(5, "bob", 2)]), [no_key, none], "another task");
}
