use super::*;

#[test]
fn what_can_never_be_a_node_is_refused_at_once() {
    for url in
        ["ftp://127.0.0.1:8484", "127.0.0.1:8484", "", "http://", "file:///x", "http://a:b@127.0.0.1/", "mailto:a@b"]
    {
        assert!(check_url(url).is_err(), "{url}");
    }
    for url in ["http://127.0.0.1:8484", "https://node.example/mcp/bank", "http://localhost:1/mcp", "http://[::1]:8484"]
    {
        assert_eq!(check_url(url), Ok(()), "{url}");
    }
}

#[test]
fn a_node_that_is_named_alone_means_all_its_servers() {
    assert_eq!(resource("http://127.0.0.1:8484/"), "http://127.0.0.1:8484/mcp");
    assert_eq!(resource("http://127.0.0.1:8484/mcp/bank"), "http://127.0.0.1:8484/mcp/bank");
}

#[test]
fn who_is_held_back_is_told_by_what_and_what_a_person_can_do() {
    use bailiwick_authority::client::{HeldTask, NotGranted};
    let agent = AgentId::parse("payer").unwrap();
    let task = "0123".to_owned();
    let held = NotGranted::Held(vec![HeldTask { task, intent: "pay".to_owned(), part: None, seconds: 120 }]);
    let said = alone::words(&held, &agent);
    assert!(
        said.contains("earlier instance") && said.contains("120 s") && said.contains("`bailiwick task attach 0123`")
    );
    assert!(!said.contains("task start") && !alone::wrong_key(&held), "{said}");
    let stopped = alone::words(&NotGranted::Stopped, &agent);
    assert!(stopped.starts_with("All work is stopped") && stopped.contains("`bailiwick tenant resume`"), "{stopped}");
    let refused =
        |sentence: &str| NotGranted::Refused { error: "invalid_grant".to_owned(), sentence: sentence.to_owned() };
    let key = refused("the assertion is not valid");
    let said = alone::words(&key, &agent);
    assert!(alone::wrong_key(&key) && said.contains("bailiwick agent key payer --out FILE --enroll"), "{said}");
    assert!(!said.contains("task start"), "{said}");
    let suspended = refused("the agent is suspended: a person lets it go on with `bailiwick agent resume payer`");
    let said = alone::words(&suspended, &agent);
    assert!(said.contains("`bailiwick agent resume payer`") && !said.contains("--enroll"), "{said}");
    let other = "the instance says that it runs version 2, and its agent's document says version 1";
    let said = alone::words(&refused(other), &agent);
    assert!(said.contains("`--agent-version`") && said.contains("`bailiwick agent show payer`"), "{said}");
    assert!(!said.contains("task start"), "{said}");
    let ended = alone::words(&refused("this agent has no open task of that id"), &agent);
    assert!(ended.contains("bailiwick task start"), "{ended}");
}

#[test]
fn a_key_that_cannot_be_read_says_which_command_makes_one() {
    let agent = AgentId::parse("payer").unwrap();
    let missing = Path::new("/nowhere/payer.key");
    let told = key(missing, &agent).err().map(|why| why.0).unwrap_or_default();
    assert!(told.contains("`bailiwick agent key payer --out /nowhere/payer.key --enroll`"), "{told}");
}
