use super::*;
use bailiwick_core::json::Limits;
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
        let entry = AgentEntry { document, digest, active: true, suspended: None, changed: None, offboarded: false };
        state.agents.insert(AgentId::parse(name).unwrap(), entry);
    }
    state
}

fn codes(state: &ControlState, used: &Used) -> Vec<(Sprawl, String)> {
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
    let found = |code: Sprawl, of: &str| (code, of.to_owned());
    let expected =
        [found(Sprawl::AgentReviewDue, "idle"), found(Sprawl::AgentUnused, "idle"), found(Sprawl::RoleWide, "payer")];
    assert_eq!(codes(&state, &used), expected);

    used.keys = false;
    state.left.insert(PersonId::parse("ann").unwrap(), 7);
    let found = codes(&state, &used);
    assert_eq!(found.iter().filter(|(code, _)| *code == Sprawl::OwnerLeft).count(), 2);
    assert!(found.contains(&(Sprawl::KeysUnturned, "token".to_owned())));
    state.agents.clear();
    assert!(codes(&state, &used).contains(&(Sprawl::RoleUnused, "payer".to_owned())));
    state.roles.remove(&RoleName::parse("payer").unwrap());
    assert!(!codes(&state, &used).iter().any(|(code, _)| code.as_str().starts_with("role")));
}
