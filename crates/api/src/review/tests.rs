use super::*;
use bailiwick_core::{Document, PersonId, RoleName, sha256};

fn document(text: &str) -> Document {
    Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap()
}

fn state() -> ControlState {
    let mut state = ControlState::default();
    let role = r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*"],"effects":["read","transfer"]}]}"#;
    let Document::Role(role) = document(role) else { panic!("{role}") };
    state.roles.insert(role.name.clone(), role);
    for (name, review) in [("busy", "2030-01-01"), ("idle", "2026-01-01")] {
        let text = format!(
            r#"{{"kind":"agent","name":"{name}","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"payer","review":"{review}"}}"#
        );
        let Document::Agent(document) = document(&text) else { panic!("{text}") };
        let digest = sha256(text.as_bytes());
        let entry = AgentEntry { document, digest, active: true, suspended: None, changed: None };
        state.agents.insert(AgentId::parse(name).unwrap(), entry);
    }
    state
}

fn codes(state: &ControlState, used: &Used) -> Vec<(&'static str, String)> {
    let now = Micros(1_800_000_000_000_000);
    findings(state, used, (true, now)).into_iter().map(|found| (found.code, found.of)).collect()
}

#[test]
fn who_did_something_is_not_found_and_what_is_unused_or_overdue_is() {
    let busy = AgentId::parse("busy").unwrap();
    let mut used = Used { keys: true, ..Used::default() };
    used.agents.insert(busy.clone());
    used.effects.insert(busy, BTreeSet::from([Effect::Read]));
    let mut state = state();
    let found = |code: &'static str, of: &str| (code, of.to_owned());
    let expected =
        [found("agent_review_due", "idle"), found("agent_unused", "idle"), found("role_wide", "payer")].to_vec();
    assert_eq!(codes(&state, &used), expected);

    used.keys = false;
    state.left.insert(PersonId::parse("ann").unwrap(), 7);
    let found = codes(&state, &used);
    assert_eq!(found.iter().filter(|(code, _)| *code == "owner_left").count(), 2);
    assert!(found.contains(&("keys_unturned", "token".to_owned())));
    state.agents.clear();
    assert!(codes(&state, &used).contains(&("role_unused", "payer".to_owned())));
    state.roles.remove(&RoleName::parse("payer").unwrap());
    assert!(!codes(&state, &used).iter().any(|(code, _)| code.starts_with("role")));
}

#[test]
fn days_are_counted_as_the_calendar_has_them() {
    for (text, number) in [("1970-01-01", 0), ("1970-03-01", 59), ("2000-02-29", 11_016), ("2027-01-15", 20_833)] {
        assert_eq!(day(text), Some(number), "{text}");
    }
    assert_eq!([day("soon"), day("2026-01"), day("2026-01-01-01")], [None; 3]);
}
