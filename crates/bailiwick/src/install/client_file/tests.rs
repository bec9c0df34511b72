use super::*;

const CLIENT: &str = r#"{
  "zeta": [1,   2.50, "\u00e9"],
  "mcpServers": {
    "other": {"command": "x",  "args": []},
    "notes": {"command": "npx", "args": ["-y", "notes"], "env": {"KEY": "k"}}
  },
  "alpha": null
}"#;

#[test]
fn one_entry_is_replaced_and_all_else_stays_as_it_was_written() {
    let now = with_entry(CLIENT, "notes", r#"{"command":"bailiwick"}"#).unwrap();
    for kept in [r#""zeta": [1,   2.50, "\u00e9"]"#, r#""other": {"command": "x",  "args": []}"#, r#""alpha": null"#] {
        assert!(now.contains(kept), "{now}");
    }
    assert_eq!(entry(&now, "notes").unwrap().unwrap(), r#"{"command":"bailiwick"}"#);
    assert!(!now.contains("npx") && !now.contains("KEY"), "{now}");
    let order: Vec<usize> =
        ["zeta", "mcpServers", "other", "notes", "alpha"].map(|name| now.find(name).unwrap()).into();
    assert!(order.is_sorted(), "{now}");
    // again is the same
    assert_eq!(with_entry(&now, "notes", r#"{"command":"bailiwick"}"#).unwrap(), now);
}

#[test]
fn an_entry_that_is_not_there_is_added_where_its_client_looks() {
    let now = with_entry(r#"{"servers":{}}"#, "notes", "{}").unwrap();
    assert_eq!(now, "{\n  \"servers\": {\n    \"notes\": {}\n  }\n}\n");
    assert_eq!(entry("{}", "notes").unwrap(), None);
    assert_eq!(with_entry("{}", "notes", "{}").unwrap(), "{\n  \"mcpServers\": {\n    \"notes\": {}\n  }\n}\n");
}

#[test]
fn what_two_readers_could_read_differently_is_left_alone() {
    for text in [r#"{"mcpServers":{"a":1,"a":2}}"#, r#"{"mcpServers":{},"mcpServers":{}}"#, "// words\n{}", "", "[]"] {
        assert!(with_entry(text, "notes", "{}").is_err(), "{text}");
    }
}
