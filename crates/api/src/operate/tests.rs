use super::*;
use http::StatusCode;

#[test]
fn a_file_that_is_there_and_a_store_that_cannot_be_copied_are_the_callers_to_change() {
    let there = BackupError::There(PathBuf::from("/tmp/a.db"));
    let refused = BackupError::Store(StoreError::Refused("no".into()));
    for error in [there, refused] {
        assert_eq!(Problem::from(error).status, StatusCode::BAD_REQUEST);
    }
    let differs = BackupError::Differs("leaf `3`".into());
    assert_eq!(Problem::from(differs).status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(Problem::from(BackupError::Store(StoreError::Full)).status, StatusCode::SERVICE_UNAVAILABLE);
}

#[test]
fn a_check_that_is_only_to_be_known_is_neither_well_nor_wrong() {
    assert!(check("a", None, "b", None).get("well").is_some_and(Json::is_null));
    assert_eq!(check("a", Some(false), "b", None).get("well").and_then(Json::as_bool), Some(false));
}

#[test]
fn a_rule_that_names_a_tool_which_its_server_has_not_is_wrong() {
    use bailiwick_core::{Document, PolicyText, ServerEntry, json::Limits, sha256};
    let mut state = ControlState::default();
    let cedar = r#"forbid (principal, action == Action::"tickets/refnd", resource);"#;
    let policy = PolicyText::in_cedar("desk", cedar);
    state.policies.insert(policy.name.clone(), (Arc::new(policy), sha256(b"policy")));
    let told = |state: &ControlState| {
        let mut checks = Vec::new();
        policies_checked(state, &mut checks);
        assert_eq!(checks.len(), 1, "{checks:?}");
        (checks[0].get("well").and_then(Json::as_bool), checks[0].canonical())
    };
    assert_eq!(told(&state).0, Some(false), "there is no such server");
    let text = r#"{"kind":"server","name":"tickets","transport":{"stdio":{"command":"x"}}}"#;
    let Document::Server(document) =
        Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
    else {
        panic!("a server")
    };
    let name = document.name.clone();
    state.servers.insert(name.clone(), ServerEntry { document, identity: None, same: true });
    assert_eq!(told(&state).0, None, "it may yet come");
    state.servers.get_mut(&name).unwrap().identity = Some(sha256(b"seen"));
    let (well, words) = told(&state);
    assert!(well == Some(false) && words.contains("rule `desk.policy0` names `tickets/refnd`"), "{words}");
}
