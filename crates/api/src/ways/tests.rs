use super::*;

/// A machine with a node of account 990, a server's account 991, and agents of others.
#[derive(Debug)]
struct Machine {
    changeable: bool,
}

impl Accounts for Machine {
    fn own(&self) -> u32 {
        990
    }
    fn uid(&self, name: &str) -> Option<u32> {
        match name {
            "bw-bank" => Some(991),
            "node" => Some(990),
            "toor" => Some(0),
            other => other.parse().ok(),
        }
    }
    fn changeable(&self, _: &Server) -> Option<String> {
        self.changeable.then(|| "/srv/bank".to_owned())
    }
}

const MACHINE: Machine = Machine { changeable: false };

fn server(transport: &str) -> Server {
    serde_json::from_str(&format!(r#"{{"name":"bank","transport":{transport}}}"#)).unwrap()
}

fn codes(place: Place, transport: &str) -> Vec<&'static str> {
    between(Some(&MACHINE), place, &server(transport)).iter().map(Way::code).collect()
}

const KEPT: &str = r#"{"stdio":{"command":"x","run_as":"bw-bank"}}"#;

#[test]
fn a_server_is_enforced_only_where_no_account_of_the_agent_the_node_or_the_server_meets_another() {
    let near = r#"{"http":{"url":"http://127.0.0.1:9/mcp"}}"#;
    let keyed = r#"{"http":{"url":"http://[::1]:9/mcp","headers":{"authorization":"Bearer secret:BANK"}}}"#;
    let far = r#"{"http":{"url":"https://bank.example/mcp"}}"#;
    for (place, transport, expected) in [
        (Place::Elsewhere, KEPT, &[][..]),
        (Place::Account(1000), KEPT, &[]),
        (Place::Account(990), KEPT, &["agent_has_the_nodes_account"]),
        (Place::Account(0), KEPT, &["agent_has_the_nodes_account"]),
        (Place::Account(991), KEPT, &["server_has_the_agents_account"]),
        (Place::Unseen, KEPT, &["agent_unseen"]),
        (Place::Elsewhere, r#"{"stdio":{"command":"x"}}"#, &["server_has_the_nodes_account"]),
        (Place::Elsewhere, r#"{"stdio":{"command":"x","run_as":"node"}}"#, &["server_has_the_nodes_account"]),
        (Place::Elsewhere, r#"{"stdio":{"command":"x","run_as":"toor"}}"#, &["server_has_the_nodes_account"]),
        (Place::Elsewhere, r#"{"stdio":{"command":"x","run_as":"nobody-here"}}"#, &["no_account"]),
        (Place::Elsewhere, r#"{"wrapped":{"command":["x"]}}"#, &["wrapped"]),
        (Place::Account(1000), near, &["open_to_this_machine"]),
        (Place::Account(1000), r#"{"http":{"url":"http://x.localhost/mcp"}}"#, &["open_to_this_machine"]),
        (Place::Elsewhere, near, &[]),
        (Place::Account(1000), keyed, &[]),
        (Place::Account(1000), far, &[]),
        (Place::Account(990), far, &["agent_has_the_nodes_account"]),
    ] {
        assert_eq!(codes(place, transport), expected, "{place:?} {transport}");
    }
}

#[test]
fn where_the_nodes_own_account_is_not_known_nothing_is_enforced() {
    for place in [Place::Elsewhere, Place::Account(1000), Place::Unseen] {
        for transport in [KEPT, r#"{"http":{"url":"https://bank.example/mcp"}}"#, r#"{"wrapped":{"command":["x"]}}"#] {
            assert!(!between(None, place, &server(transport)).is_empty(), "{place:?} {transport}");
        }
    }
}

#[test]
fn a_program_that_others_can_change_is_a_way_around() {
    let ways = between(Some(&Machine { changeable: true }), Place::Account(1000), &server(KEPT));
    assert_eq!(ways, [Way::Changeable("/srv/bank".to_owned())]);
}

#[test]
fn what_a_document_says_alone_never_says_more_than_what_is_known_at_the_node() {
    for transport in [
        KEPT,
        r#"{"stdio":{"command":"x"}}"#,
        r#"{"wrapped":{"command":["x"]}}"#,
        r#"{"http":{"url":"https://bank.example/mcp"}}"#,
    ] {
        let server = server(transport);
        let known = of_server(Some(&MACHINE), &server).is_empty();
        assert_eq!(mode_by_document(&server) == "enforced", known, "{transport}");
    }
}
