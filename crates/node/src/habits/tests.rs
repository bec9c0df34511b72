use super::*;

const TENANT: TenantId = TenantId::new([7; 16]);

fn marks(tool: &str, to: Option<&str>) -> Marks {
    Marks { tool: sha256(tool.as_bytes()), to: to.map(|to| sha256(to.as_bytes())) }
}

const NOTHING: Novel = Novel { destination: false, tool: false };

fn known(habits: &Habits, agent: &AgentId) {
    for _ in 0..KNOWN_FROM {
        let novel = habits.novel(TENANT, agent, &marks("bank/pay", Some("a")));
        assert_eq!(novel, NOTHING, "nobody knows yet what it does");
        habits.learn(TENANT, agent, &marks("bank/pay", Some("a")), Micros(1));
    }
}

#[test]
fn what_an_agent_that_is_known_has_not_done_is_new_until_it_did_it_once() {
    let (habits, agent) = (Habits::default(), AgentId::parse("payer").unwrap());
    known(&habits, &agent);
    let new = |tool: &str, to: Option<&str>| {
        let novel = habits.novel(TENANT, &agent, &marks(tool, to));
        (novel.tool, novel.destination)
    };
    assert_eq!(new("bank/pay", Some("a")), (false, false));
    assert_eq!(new("bank/pay", Some("b")), (false, true));
    assert_eq!(new("mail/send", Some("b")), (true, true));
    assert_eq!(new("mail/read", None), (true, false));
    let of = |tenant, agent: &str| habits.novel(tenant, &AgentId::parse(agent).unwrap(), &marks("mail/send", None));
    assert_eq!(of(TENANT, "other"), NOTHING);
    assert_eq!(of(TenantId::new([8; 16]), "payer"), NOTHING, "another tenant's agent");
    habits.learn(TENANT, &agent, &marks("mail/send", Some("b")), Micros(2));
    assert_eq!(new("mail/send", Some("b")), (false, false));
}

#[test]
fn what_is_remembered_is_bounded_and_what_is_oldest_goes_first() {
    let (habits, agent) = (Habits::default(), AgentId::parse("payer").unwrap());
    known(&habits, &agent);
    for index in 0..SEEN_MAX {
        habits.learn(TENANT, &agent, &marks(&format!("a/t{index}"), None), Micros(10 + index as u64));
    }
    assert_eq!(habits.memory().values().next().unwrap().seen.len(), SEEN_MAX);
    assert!(habits.novel(TENANT, &agent, &marks("bank/pay", None)).tool, "forgotten");
    for index in 0..AGENTS_MAX {
        let other = AgentId::parse(&format!("agent-{index}")).unwrap();
        habits.learn(TENANT, &other, &marks("a/b", None), Micros(10_000 + index as u64));
    }
    assert_eq!(habits.memory().len(), AGENTS_MAX);
    assert!(!habits.memory().contains_key(&(TENANT, agent)));
}
