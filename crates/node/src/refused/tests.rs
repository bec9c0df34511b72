use super::*;
use bailiwick_core::sha256;

const TENANT: TenantId = TenantId::new([7; 16]);

fn goal(of: &str) -> Goal {
    Goal { tenant: TENANT, agent: AgentId::parse("payer").unwrap(), comes_to: sha256(of.as_bytes()) }
}

fn task(number: u8) -> TaskId {
    TaskId::new([number; 16])
}

fn ann() -> PersonId {
    PersonId::parse("ann").unwrap()
}

fn no(refused: &RefusedGoals, in_task: u8, of: &str, at: Micros) {
    refused.asked((TENANT, task(in_task), 5), goal(of), ann());
    refused.refused((TENANT, task(in_task), 5), at);
}

#[test]
fn a_no_counts_in_other_tasks_of_the_same_person_and_agent_for_a_day_and_until_a_yes() {
    let (refused, now) = (RefusedGoals::default(), Micros(1_000_000));
    no(&refused, 1, "pay mallory", now);
    assert!(refused.knows(&goal("pay mallory")) && !refused.knows(&goal("pay bob")));
    assert_eq!(refused.elsewhere(&goal("pay mallory"), (task(2), &ann()), now), 1);
    assert_eq!(refused.elsewhere(&goal("pay mallory"), (task(1), &ann()), now), 0, "there the task's own state has it");
    let ben = PersonId::parse("ben").unwrap();
    assert_eq!(refused.elsewhere(&goal("pay mallory"), (task(2), &ben), now), 0, "what Ann refused Ben is not told");
    let other = Goal { agent: AgentId::parse("other").unwrap(), ..goal("pay mallory") };
    assert_eq!(refused.elsewhere(&other, (task(2), &ann()), now), 0);
    assert_eq!(refused.elsewhere(&goal("pay mallory"), (task(2), &ann()), now.after(Span::hours(24))), 0);
    refused.forget(&goal("pay mallory"), &ben);
    assert!(refused.knows(&goal("pay mallory")));
    refused.forget(&goal("pay mallory"), &ann());
    assert!(!refused.knows(&goal("pay mallory")));
}

#[test]
fn what_nobody_asked_here_is_not_counted_and_what_is_remembered_is_bounded() {
    let refused = RefusedGoals::default();
    refused.refused((TENANT, task(1), 5), Micros(1));
    assert!(refused.memory().said.is_empty());
    for index in 0..=GOALS_MAX {
        no(&refused, 1, &index.to_string(), Micros(index as u64));
    }
    assert_eq!(refused.memory().said.len(), GOALS_MAX);
    assert!(!refused.knows(&goal("0")) && refused.knows(&goal("1")));
    for _ in 0..100 {
        no(&refused, 1, "1", Micros(1));
    }
    assert_eq!(refused.memory().said[&goal("1")].len(), EACH_MAX);
    for request in 0..=GOALS_MAX {
        refused.asked((TENANT, task(3), request as u64), goal("2"), ann());
    }
    assert_eq!(refused.memory().asked.len(), GOALS_MAX);
}
