use super::*;
use bailiwick_core::{AgentId, Assurance, Caller, GrantId, InstanceId, Mode, Road, TaskId, TenantId};

const SECRET: &str = "a secret of at least thirty-two characters";

fn session() -> Session {
    let caller = Caller {
        agent: AgentId::parse("personal").unwrap(),
        assurance: Assurance::Local,
        attestation: None,
        instance: InstanceId::parse("1").unwrap(),
        key: thumbprint(SECRET).unwrap(),
        proof: None,
        road: Road::Socket,
    };
    let (tenant, task, grant) = (TenantId::new([1; 16]), TaskId::new([2; 16]), GrantId::new([3; 16]));
    let bound = Bound { tenant, task, grant, epoch: 1, caller, mode: Mode::Cooperative };
    Session { bound, server: None, command: Vec::new(), identity: None, uid: 7, held: false }
}

#[test]
fn a_session_ends_with_its_opener_until_another_connection_stands_for_its_process() {
    let sessions = Sessions::default();
    assert!(sessions.put(SECRET, session()));
    assert!(sessions.take_unheld(SECRET, 8).is_none(), "another user's");
    assert!(sessions.take_unheld(SECRET, 7).is_some());
    assert!(sessions.put(SECRET, session()));
    sessions.hold(SECRET);
    assert!(sessions.take_unheld(SECRET, 7).is_none());
    assert!(sessions.take(SECRET, 7).is_some(), "the one that stands for it ends it");
    assert_eq!(sessions.count(), 0);
}
