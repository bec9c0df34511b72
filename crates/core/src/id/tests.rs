use super::*;

#[test]
fn ids_read_back_what_they_write() {
    let id = GrantId::new([0xab; 16]);
    assert_eq!(GrantId::parse(&id.to_string()), Ok(id));
    assert_eq!(serde_json::from_str::<GrantId>(&serde_json::to_string(&id).unwrap()).unwrap(), id);
}

#[test]
fn ids_in_another_form_are_refused() {
    for text in ["", "ab", "AB", &"AB".repeat(16), &"a".repeat(31), &"g".repeat(32), &"ab-".repeat(12)] {
        assert!(GrantId::parse(text).is_err(), "{text}");
    }
}

#[test]
fn a_tool_is_split_at_its_first_slash() {
    let tool = ToolId::parse("files/resources:read/x").unwrap();
    assert_eq!((tool.server().as_str(), tool.tool()), ("files", "resources:read/x"));
}

#[test]
fn names_with_other_characters_are_refused() {
    for text in ["", "Files", "files ", "fi_les", &"a".repeat(25)] {
        assert!(ServerName::parse(text).is_err(), "{text}");
    }
    for text in ["files", "files/", "/read", "Files/read", "files/re\nad"] {
        assert!(ToolId::parse(text).is_err(), "{text}");
    }
    assert!(KeyThumbprint::parse(&"A".repeat(42)).is_err());
}
