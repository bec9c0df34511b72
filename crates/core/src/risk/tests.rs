use super::*;
use crate::Novel;
use crate::decide::tests::world::*;
use crate::{Action, Answer, Breaker, Command, Data, Decided, Label, Reading, RoleName, Span, Trouble, Verdict};

const NOTHING: Novel = Novel { destination: false, tool: false };
const ALL: Novel = Novel { destination: true, tool: true };

/// What a call would come to: the world stays as it is.
fn asks(world: &mut World, action: Action, novel: Option<Novel>) -> Decided {
    let facts = Facts { novel, ..world.facts_of('a') };
    let attempt = world.attempt_command(action);
    world.ask(&Command::Attempt(Box::new(attempt)), &facts)
}

fn signs(world: &mut World, novel: Novel) -> Vec<Sign> {
    let action = world.payment("1");
    asks(world, action, Some(novel)).risk.unwrap().reasons
}

#[test]
fn weights_add_up_to_a_hundred_at_most_and_each_counts_once() {
    assert_eq!(Risk::of([]), Risk::default());
    assert_eq!(Risk::of([Sign::NewTool, Sign::NewTool]).score, 10);
    let all = Risk::of(Sign::ALL.iter().rev().copied());
    assert_eq!((all.score, all.reasons.as_slice()), (RISK_MAX, Sign::ALL), "in the order of their names");
    let names: Vec<&str> = Sign::ALL.iter().map(|sign| sign.as_str()).collect();
    assert!(names.is_sorted());
    assert!(Sign::ALL.iter().all(|sign| sign.weight() > 0 && sign.weight() <= RISK_MAX));
}

#[test]
fn nothing_speaks_against_the_first_call_of_a_task_and_what_is_new_is_told() {
    let mut world = World::ready();
    assert_eq!(signs(&mut world, NOTHING), []);
    assert_eq!(signs(&mut world, ALL), [Sign::NewDestination, Sign::NewTool]);
}

#[test]
fn where_nobody_gathered_it_there_is_none_and_no_event_has_one() {
    let mut world = World::ready();
    let action = world.payment("1");
    let decided = asks(&mut world, action.clone(), None);
    assert_eq!(decided.risk, None);
    let Data::ActionBegun(begun) = &decided.events[0].data else { panic!("{decided:?}") };
    assert_eq!(begun.under.risk, None);
    let decided = asks(&mut world, action, Some(Novel { tool: true, ..NOTHING }));
    let Data::ActionBegun(begun) = &decided.events[0].data else { panic!("{decided:?}") };
    assert_eq!(begun.under.risk, Some(Risk::of([Sign::NewTool])));
}

#[test]
fn refused_calls_of_the_whole_lineage_count_by_number_and_by_kind() {
    let mut world = World::ready();
    for _ in 0..REFUSED_SOME {
        assert_eq!(world.pay("501").verdict, Verdict::Deny);
        world.pass(Span::minutes(2));
    }
    assert_eq!(signs(&mut world, NOTHING), [Sign::RefusedSome]);
    let child = world.mint_child("other", |_| {});
    let of_child = standing_risk(&world.task, &world.control, child, world.now).unwrap();
    assert_eq!(of_child.reasons, [Sign::RefusedSome], "what was refused above counts below");
    for _ in REFUSED_SOME..REFUSED_OFTEN {
        world.pay("501");
        world.pass(Span::minutes(2));
    }
    assert_eq!(signs(&mut world, NOTHING), [Sign::RefusedOften], "some or often, never both");

    let mut world = World::ready();
    world.pay("501");
    world.call("bank/hidden");
    assert_eq!(signs(&mut world, NOTHING), []);
    world.policy = Says(Answer::Nothing);
    world.pay("1");
    world.policy = Says(Answer::Permit(Vec::new()));
    assert_eq!(signs(&mut world, NOTHING), [Sign::RefusedKinds]);
    world.pass(Span::minutes(2));
    assert_eq!(signs(&mut world, NOTHING), [], "a minute later it is over");
}

#[test]
fn what_the_holder_read_and_an_overdue_review_speak_against_it() {
    let mut world = World::ready();
    let root = world.grant();
    world.task.grants.get_mut(&root).unwrap().label = Label { trusted: Some(false), ..Label::default() };
    assert_eq!(standing_risk(&world.task, &world.control, root, world.now).unwrap().reasons, [Sign::ReadUntrusted]);
    world.now = Micros(1_900_000_000_000_000);
    let found = standing_risk(&world.task, &world.control, root, world.now).unwrap();
    assert_eq!(found.reasons, [Sign::ReadUntrusted, Sign::ReviewOverdue], "2030-01-01 is over");
    assert_eq!(standing_risk(&world.task, &world.control, crate::GrantId::new([0; 16]), world.now), None);
}

#[test]
fn a_day_is_overdue_once_it_is_over_and_one_that_cannot_be_read_is() {
    let day = |seconds: u64| Micros(seconds * 1_000_000);
    assert!(!overdue("2027-01-15", day(1_800_000_000)), "on that day");
    assert!(overdue("2027-01-14", day(1_800_000_000)));
    assert!(!overdue("2027-01-15", day(1_800_057_599)) && overdue("2027-01-15", day(1_800_057_600)));
    assert!(overdue("soon", day(0)));
}

#[test]
fn a_breaker_of_the_agent_or_the_lineage_speaks_against_it_and_one_of_a_tool_does_not() {
    let root = World::ready().grant();
    for (whose, speaks) in [
        (Whose::Agent(agent("payer")), true),
        (Whose::Grant(root), true),
        (Whose::Tenant, true),
        (Whose::Agent(agent("other")), false),
        (Whose::Tool(tool("bank/pay")), false),
    ] {
        let mut world = World::ready();
        let breaker = Breaker {
            counted: 3,
            on: Trouble::Failures,
            opened: world.now,
            rule: RoleName::parse("calm").unwrap(),
            until: world.now,
            whose: whose.clone(),
        };
        world.control.breakers.insert(9, breaker);
        let found = standing_risk(&world.task, &world.control, root, world.now).unwrap();
        assert_eq!(found.has(Sign::Breaker), speaks, "{whose}");
    }
}

#[test]
fn a_value_that_others_wrote_speaks_against_it() {
    let mut world = World::ready();
    let action = world.payment("1");
    let to = crate::Bound {
        digest: digest("x"),
        group: None,
        kind: "text".to_owned(),
        normal: Reading::Known("x".to_owned()),
        pointer: crate::json::Pointer::parse("/note").unwrap(),
        role: crate::BoundAs::Value,
        unit: None,
    };
    let decided = asks(&mut world, Action { bound: vec![to], ..action }, Some(NOTHING));
    assert_eq!(decided.risk.unwrap().reasons, [Sign::ValueUnvouched]);
}

#[test]
fn deciding_again_from_the_event_comes_to_the_same_risk() {
    let mut world = World::ready();
    world.pay("501");
    let action = world.payment("1");
    let decided = asks(&mut world, action.clone(), Some(ALL));
    let Data::ActionBegun(begun) = &decided.events[0].data else { panic!("{decided:?}") };
    let attempt = world.attempt_command(action);
    let again = world.ask(&Command::Attempt(Box::new(attempt)), &begun.facts);
    assert_eq!((again.risk, again.events), (decided.risk, decided.events));
}
