use super::*;

fn check(tools: &[&str]) -> Vec<String> {
    let server = ServerName::parse("mail-1").unwrap();
    names(&server, tools.iter().copied()).into_iter().map(|(name, _)| name).collect()
}

#[test]
fn a_plain_name_is_only_prefixed() {
    assert_eq!(check(&["send", "list_all"]), ["mail-1__send", "mail-1__list_all"]);
}

#[test]
fn names_that_would_meet_are_told_apart_and_others_stay() {
    let names = check(&["a.b", "a/b", "c"]);
    assert_ne!(names[0], names[1]);
    assert!(names[0].starts_with("mail-1__a_b_") && names[0].len() == "mail-1__a_b_".len() + HASH_DIGITS);
    assert_eq!(names[2], "mail-1__c");
}

#[test]
fn long_names_are_cut_to_what_clients_take() {
    let long = "x".repeat(100);
    let longer = format!("{long}y");
    for name in check(&[&long, &longer]).iter().chain(&check(&[&long])) {
        assert_eq!(name.len(), NAME_CHARS_MAX);
    }
    let two = check(&[&long, &longer]);
    assert_ne!(two[0], two[1]);
}

#[test]
fn a_name_tells_its_server() {
    let (server, tool) = server_of("mail-1__a__b").unwrap();
    assert_eq!((server.as_str(), tool), ("mail-1", "a__b"));
    assert!(server_of("nothing").is_none());
    assert!(server_of("Bad Server__x").is_none());
}
