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
fn a_digest_is_refused_with_any_one_byte_that_is_no_lower_case_hex() {
    let text = "0123456789abcdef".repeat(4);
    assert_eq!(Digest::parse(&text).map(|digest| digest.to_string()), Ok(text.clone()));
    for at in 0..text.len() {
        for byte in (0..0x80_u8).filter(|byte| !b"0123456789abcdef".contains(byte)) {
            let mut other = text.clone().into_bytes();
            other[at] = byte;
            assert!(Digest::parse(std::str::from_utf8(&other).unwrap()).is_err(), "{byte:#x} at {at}");
        }
    }
}

#[test]
fn an_id_is_read_from_a_string_with_escapes_and_from_nothing_but_a_string() {
    assert_eq!(serde_json::from_str::<Salt>(&format!(r#""\u0061{}""#, "a".repeat(31))).unwrap(), Salt::new([0xaa; 16]));
    for text in ["1", "null", "[]", r#"["a"]"#] {
        let error = serde_json::from_str::<Salt>(text).unwrap_err().to_string();
        assert!(error.contains("expected a string"), "{text}: {error}");
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
