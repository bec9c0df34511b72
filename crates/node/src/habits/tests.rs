use super::*;

const TENANT: TenantId = TenantId::new([7; 16]);

fn marks(tool: &str, to: Option<&str>) -> Marks {
    Marks { tool: sha256(tool.as_bytes()), to: to.map(|to| sha256(to.as_bytes())), or: None }
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
    assert_eq!(habits.memory().known[&TENANT][&agent].seen.len(), SEEN_MAX);
    assert!(habits.novel(TENANT, &agent, &marks("bank/pay", None)).tool, "forgotten");
    for index in 0..AGENTS_MAX {
        let other = AgentId::parse(&format!("agent-{index}")).unwrap();
        habits.learn(TENANT, &other, &marks("a/b", None), Micros(10_000 + index as u64));
    }
    let elsewhere = TenantId::new([8; 16]);
    known(&habits, &agent);
    habits.learn(elsewhere, &agent, &marks("a/b", None), Micros(1));
    assert_eq!(habits.memory().known[&TENANT].len(), AGENTS_MAX);
    for index in 0..AGENTS_MAX {
        let other = AgentId::parse(&format!("agent-{index}")).unwrap();
        habits.learn(TENANT, &other, &marks("a/b", None), Micros(20_000 + index as u64));
    }
    assert!(!habits.memory().known[&TENANT].contains_key(&agent));
    assert!(habits.memory().known[&elsewhere].contains_key(&agent), "another tenant's agents push nobody out");
    for act in 0..=OPEN_MAX as u64 {
        habits.begun((TENANT, TaskId::new([1; 16]), act), &agent, marks("a/b", None));
    }
    assert_eq!(habits.memory().open.len(), OPEN_MAX);
}

#[test]
fn an_act_teaches_once_its_outcome_says_that_it_was_done_and_not_before() {
    let (habits, agent) = (Habits::default(), AgentId::parse("payer").unwrap());
    known(&habits, &agent);
    let (act, to_b) = ((TENANT, TaskId::new([1; 16]), 7), marks("mail/send", Some("b")));
    let new = || habits.novel(TENANT, &agent, &to_b).destination;
    habits.begun(act, &agent, to_b.clone());
    assert!(new(), "begun is not done");
    habits.came_to(act, false, Micros(2));
    assert!(new(), "it was refused there, or nobody knows");
    habits.came_to(act, true, Micros(2));
    assert!(new(), "what came to nothing is told once");
    habits.begun(act, &agent, to_b.clone());
    habits.came_to(act, true, Micros(3));
    assert!(!new());
}

#[test]
fn who_read_from_a_place_has_not_sent_there() {
    let (habits, agent) = (Habits::default(), AgentId::parse("payer").unwrap());
    known(&habits, &agent);
    let (place, sent) = (Some(sha256(b"from evil")), Some(sha256(b"to evil")));
    let tool = sha256(b"web/fetch");
    let (read, send) = (Marks { tool, to: place, or: sent }, Marks { tool, to: sent, or: None });
    let new = |marks: &Marks| habits.novel(TENANT, &agent, marks).destination;
    assert!(new(&read) && new(&send));
    for _ in 0..100 {
        habits.learn(TENANT, &agent, &read, Micros(2));
    }
    assert!(!new(&read) && new(&send), "however often it read there");
    let other = (Some(sha256(b"from there")), Some(sha256(b"to there")));
    habits.learn(TENANT, &agent, &Marks { tool, to: other.1, or: None }, Micros(3));
    assert!(!new(&Marks { tool, to: other.0, or: other.1 }), "who sent there may read there");
}
