use super::*;

#[test]
fn an_id_is_found_by_a_beginning_that_only_it_has() {
    let ids = ["3f2a", "3f2b", "41aa"];
    let find = |text: &str| by_beginning("task", text, ids.into_iter()).map_err(|BadInput(why)| why);
    assert_eq!(find("4"), Ok("41aa".to_owned()));
    assert_eq!(find("3f2b"), Ok("3f2b".to_owned()));
    assert_eq!(find("3f"), Err("more than one task begins with `3f`: 3f2a, 3f2b".to_owned()));
    assert!(find("5").unwrap_err().contains("bailiwick task list"));
    assert!(find("").is_err());
    assert!(find(&"0".repeat(32)).unwrap_err().contains("there is no task"));
}

#[test]
fn a_name_that_is_not_there_is_answered_with_what_may_be_meant() {
    let find = |text: &str| known("template", text, ["personal", "read-only"].into_iter()).map_err(|BadInput(why)| why);
    assert_eq!(find("personal"), Ok("personal".to_owned()));
    assert_eq!(find("personnal"), Err("there is no template `personnal`; did you mean `personal`?".to_owned()));
    assert!(find("x").unwrap_err().ends_with("there are `personal`, `read-only`"));
    assert!(find("a/b\n").unwrap_err().contains("`a/b\\n`"));
    let none = known("server", "x", std::iter::empty()).map_err(|BadInput(why)| why);
    assert_eq!(none, Err("there is no server `x`; there is none yet".to_owned()));
}
