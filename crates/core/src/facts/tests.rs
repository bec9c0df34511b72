use super::*;

#[test]
fn words_that_stand_in_events_are_for_ever() {
    let written = [
        serde_json::to_string(&[Assurance::Local, Assurance::Software, Assurance::KeyOnly, Assurance::Oidc]),
        serde_json::to_string(&[Assurance::Spiffe, Assurance::Session, Assurance::Passkey, Assurance::Fido2]),
        serde_json::to_string(&[Road::Socket, Road::Http]),
        serde_json::to_string(&[Mode::Enforced, Mode::Cooperative, Mode::Observed]),
    ];
    assert_eq!(
        written.map(Result::unwrap),
        [
            r#"["local","software","key-only","oidc"]"#,
            r#"["spiffe","session","passkey","fido2"]"#,
            r#"["socket","http"]"#,
            r#"["enforced","cooperative","observed"]"#,
        ]
    );
}

#[test]
fn a_fact_that_this_version_does_not_know_is_refused() {
    let facts = Facts::of_nobody(Micros(7), vec![Salt::new([3; 16])]);
    let text = serde_json::to_string(&facts).unwrap();
    assert_eq!(serde_json::from_str::<Facts>(&text).unwrap(), facts);
    assert!(serde_json::from_str::<Facts>(&text.replacen('{', r#"{"weather":"fine","#, 1)).is_err());
}
