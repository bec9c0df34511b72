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
