use super::*;
use bailiwick_core::sha256;

const TENANT: TenantId = TenantId::new([7; 16]);
const OTHER: TenantId = TenantId::new([8; 16]);

fn agent(name: &str) -> AgentId {
    AgentId::parse(name).unwrap()
}

fn person(name: &str) -> PersonId {
    PersonId::parse(name).unwrap()
}

fn goal(of: &str) -> Digest {
    sha256(of.as_bytes())
}

fn task(number: u8) -> TaskId {
    TaskId::new([number; 16])
}

/// Of whom something is remembered, in words.
#[derive(Clone, Copy)]
struct Told<'a>(TenantId, &'a str, &'a str);

const ANNS: Told<'static> = Told(TENANT, "payer", "ann");

fn no(refused: &RefusedGoals, Told(tenant, of, who): Told<'_>, what: &str, no: No) {
    refused.said(Of { tenant, agent: &agent(of), person: &person(who) }, goal(what), no);
}

fn at(in_task: u8, at: u64) -> No {
    No { at: Micros(at), task: task(in_task), approval: at }
}

fn elsewhere(refused: &RefusedGoals, Told(tenant, of, who): Told<'_>, what: &str, now: u64) -> u64 {
    refused.elsewhere(Of { tenant, agent: &agent(of), person: &person(who) }, &goal(what), task(99), Micros(now))
}

fn forget(refused: &RefusedGoals, Told(tenant, of, who): Told<'_>, what: &str) {
    refused.forget(Of { tenant, agent: &agent(of), person: &person(who) }, &goal(what));
}

#[test]
fn a_no_counts_in_other_tasks_of_the_same_person_and_agent_for_a_day_and_until_a_yes() {
    let refused = RefusedGoals::default();
    no(&refused, ANNS, "pay mallory", at(1, 5));
    assert!(refused.knows(TENANT, &agent("payer")));
    assert!(!refused.knows(TENANT, &agent("other")) && !refused.knows(OTHER, &agent("payer")));
    assert_eq!((elsewhere(&refused, ANNS, "pay mallory", 6), elsewhere(&refused, ANNS, "pay bob", 6)), (1, 0));
    let (ann, payer) = (person("ann"), agent("payer"));
    let own = Of { tenant: TENANT, agent: &payer, person: &ann };
    assert_eq!(
        refused.elsewhere(own, &goal("pay mallory"), task(1), Micros(6)),
        0,
        "there the task's own state has it"
    );
    assert_eq!(
        elsewhere(&refused, Told(TENANT, "payer", "ben"), "pay mallory", 6),
        0,
        "what Ann refused Ben is not told"
    );
    assert_eq!(elsewhere(&refused, Told(TENANT, "other", "ann"), "pay mallory", 6), 0);
    assert_eq!(elsewhere(&refused, Told(OTHER, "payer", "ann"), "pay mallory", 6), 0);
    assert_eq!(elsewhere(&refused, ANNS, "pay mallory", 5 + REMEMBERED.0), 0);
    forget(&refused, Told(TENANT, "payer", "ben"), "pay mallory");
    forget(&refused, ANNS, "pay bob");
    assert_eq!(elsewhere(&refused, ANNS, "pay mallory", 6), 1);
    forget(&refused, ANNS, "pay mallory");
    assert_eq!(elsewhere(&refused, ANNS, "pay mallory", 6), 0);
    assert!(!refused.knows(TENANT, &agent("payer")), "and nothing is hashed for it any more");
}

#[test]
fn what_is_heard_twice_is_one_no() {
    let refused = RefusedGoals::default();
    for _ in 0..2 {
        no(&refused, ANNS, "a", at(1, 5));
    }
    assert_eq!(elsewhere(&refused, ANNS, "a", 6), 1);
    no(&refused, ANNS, "a", at(1, 6));
    assert_eq!(elsewhere(&refused, ANNS, "a", 7), 2, "to another request");
}

#[test]
fn nobody_pushes_out_what_is_remembered_of_another() {
    let refused = RefusedGoals::default();
    let others = [Told(TENANT, "payer", "ben"), Told(TENANT, "other", "ann"), Told(OTHER, "payer", "ann")];
    for of in others {
        no(&refused, of, "first", at(1, 1));
    }
    // one agent, in the tasks of one person, as often as it likes
    for index in 0..5_000 {
        no(&refused, ANNS, &index.to_string(), at(2, 10 + index));
    }
    for of in others {
        assert_eq!(elsewhere(&refused, of, "first", 6_000), 1);
    }
    let kept = (0..5_000).filter(|index: &u64| elsewhere(&refused, ANNS, &index.to_string(), 6_000) > 0);
    assert_eq!(kept.collect::<Vec<_>>(), (4_936..5_000).collect::<Vec<_>>(), "its own newest");
}

#[test]
fn all_of_it_is_bounded_and_what_was_refused_longest_ago_goes_first() {
    let refused = RefusedGoals::default();
    for index in 0..=AGENTS_MAX as u64 {
        no(&refused, Told(TENANT, &format!("agent-{index}"), "ann"), "a", at(1, index));
    }
    for index in 0..=PERSONS_MAX as u64 {
        no(&refused, Told(OTHER, "payer", &format!("p{index}")), "a", at(1, index));
    }
    for index in 0..100 {
        no(&refused, Told(OTHER, "payer", "p9"), "a", at(1, 1_000 + index));
    }
    let memory = refused.memory();
    assert_eq!(memory.said[&TENANT].len(), AGENTS_MAX);
    assert!(!memory.said[&TENANT].contains_key(&agent("agent-0")));
    let persons = &memory.said[&OTHER][&agent("payer")];
    assert_eq!((persons.len(), persons.contains_key(&person("p0"))), (PERSONS_MAX, false));
    assert_eq!(persons[&person("p9")][&goal("a")].len(), EACH_MAX);
}
