use super::*;

fn refused(file: &str) -> String {
    policy(file).unwrap_err().0
}

#[test]
fn a_file_without_a_log_or_a_quorum_is_refused() {
    assert!(refused("quorum none\n").contains("log KEY"));
    assert!(refused("").contains("log KEY"));
}

#[test]
fn what_is_not_known_is_refused_with_its_line() {
    assert_eq!(refused("# keys\n\ntrust me\n"), "line 3: expected `log`, `witness`, `group` or `quorum`");
    assert!(refused("group all 2 nobody\n").starts_with("line 1: a member"));
    assert!(refused("quorum none\nquorum none\n").starts_with("line 2: nothing comes after"));
    assert!(refused("log nonsense\n").starts_with("line 1: not a key"));
}

#[test]
fn a_key_that_is_neither_a_file_nor_a_key_is_refused() {
    let error = log_key("no-such-file").unwrap_err();
    assert!(error.0.starts_with("--key: not a key"), "{error}");
}
