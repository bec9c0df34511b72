//! What was refused once is followed: to other tools, other agents of the task, and other tasks of its person.

use super::approvals::asking;
use super::prelude::*;
use super::sources::{bound, with_row};
use super::world::*;
use crate::{BoundAs, Novel, Sign, Why};

const ROW: &str = r#"{"tools":["bank/note","bank/order"],"effect":"write"}"#;
const FORBIDS: &str = "no-such-account";

fn about(world: &World, name: &str, text: &str) -> Action {
    let action = world.action(name, &format!(r#"{{"iban":"{IBAN}","text":"{text}"}}"#));
    Action { bound: vec![bound("/iban", "iban", IBAN, BoundAs::Value)], ..action }
}

/// A call of which the node gathered what speaks against it.
fn tries(world: &mut World, grant: GrantId, letter: char, action: Action) -> Decided {
    let facts = Facts { novel: Some(Novel::default()), ..world.facts_by(grant, letter) };
    let attempt = Attempt { grant, ..world.attempt_command(action) };
    world.run(&Command::Attempt(Box::new(attempt)), &facts)
}

fn says(world: &mut World, forbids: bool) {
    world.policy = Says(match forbids {
        true => Answer::Forbid(vec![FORBIDS.to_owned()]),
        false => Answer::Permit(vec!["all".to_owned()]),
    });
}

fn whys(world: &World, decided: &Decided) -> Vec<Why> {
    world.task.approvals[&waits(decided)].needs.iter().map(|need| need.why).collect()
}

/// A task in which policy forbade the root grant to note something about an account.
fn refused() -> (World, GrantId) {
    let mut world = with_row(ROW);
    let (root, note) = (world.grant(), about(&world, "bank/note", "one"));
    says(&mut world, true);
    assert_eq!(code(&tries(&mut world, root, 'a', note)), Code::PolicyForbidden);
    says(&mut world, false);
    (world, root)
}

#[test]
fn what_rules_refused_asks_a_person_where_another_tool_comes_to_the_same() {
    let mut fresh = with_row(ROW);
    let (root, order) = (fresh.grant(), about(&fresh, "bank/order", "one"));
    allowed(&tries(&mut fresh, root, 'a', order.clone()));
    let (mut world, root) = refused();
    let asked = tries(&mut world, root, 'a', order.clone());
    assert_eq!(whys(&world, &asked), [Why::Tried]);
    assert!(asked.risk.as_ref().unwrap().has(Sign::RefusedGoal));
    let approval = waits(&asked);
    world.approve(approval, "requester", "anna");
    allowed(&tries(&mut world, root, 'a', order));
    let elsewhere = Action { bound: Vec::new(), ..about(&world, "bank/order", "two") };
    allowed(&tries(&mut world, root, 'a', elsewhere));
    world.replay();
}

#[test]
fn what_rules_refused_asks_a_person_where_another_agent_of_the_task_tries_it() {
    let (mut world, root) = refused();
    let note = about(&world, "bank/note", "two");
    allowed(&tries(&mut world, root, 'a', note.clone()));
    let (child, sibling) = (world.mint_child("other", |_| {}), world.mint_child("third", |_| {}));
    world.take(child, 'c');
    world.take(sibling, 'd');
    for (grant, letter) in [(child, 'c'), (sibling, 'd')] {
        let asked = tries(&mut world, grant, letter, note.clone());
        assert_eq!(whys(&world, &asked), [Why::Tried]);
    }
}

#[test]
fn what_a_person_refused_one_agent_of_a_task_is_refused_to_its_children_and_ends_them() {
    let mut world = asking(r#"{"who":"owner"}"#);
    let (root, note) = (world.grant(), about(&world, "bank/note", "one"));
    for _ in 0..2 {
        let approval = waits(&tries(&mut world, root, 'a', note.clone()));
        world.refuse_approval(approval, "otto");
        assert_eq!(code(&tries(&mut world, root, 'a', note.clone())), Code::ApprovalRefused);
    }
    let child = world.mint_child("other", |_| {});
    world.take(child, 'c');
    let other = about(&world, "bank/note", "by another hand");
    assert_eq!(code(&tries(&mut world, child, 'c', other)), Code::GoalRefused);
    assert!(!world.task.grants[&child].standing.live());
    assert!(world.task.grants[&root].standing.live(), "who does not try it goes on");
    world.replay();
}

#[test]
fn a_corrected_call_and_one_that_was_refused_for_who_made_it_are_no_refused_goal() {
    let mut world = with_row(ROW);
    let root = world.grant();
    let malformed = |code| Some(Reason::new(code));
    for code in [Code::ArgumentMalformed, Code::ReferentChanged, Code::OverEach, Code::RoleNotGranted] {
        let facts = Facts { novel: Some(Novel::default()), ..world.facts_of('a') };
        let action = about(&world, "bank/note", code.as_str());
        let attempt = Attempt { refused: malformed(code), ..world.attempt_command(action) };
        assert_eq!(world.run(&Command::Attempt(Box::new(attempt)), &facts).reasons[0].code, code);
    }
    assert!(world.task.tried.is_empty());
    let order = about(&world, "bank/order", "one");
    allowed(&tries(&mut world, root, 'a', order));
    let (mut world, root) = refused();
    let corrected = about(&world, "bank/note", "in other words");
    allowed(&tries(&mut world, root, 'a', corrected));
}

#[test]
fn an_event_of_before_names_no_goal_and_nothing_is_followed_from_it() {
    let mut world = with_row(ROW);
    says(&mut world, true);
    let note = about(&world, "bank/note", "one");
    let refused = world.attempt(note);
    assert_eq!((code(&refused), refused.risk), (Code::PolicyForbidden, None));
    let clear = String::from_utf8(refused.events[0].clear(None).unwrap()).unwrap();
    assert!(!clear.contains("goal") && !clear.contains("novel") && !clear.contains("risk"), "{clear}");
    assert!(world.task.tried.is_empty());
}

#[test]
fn another_way_is_written_down_though_its_kind_was_a_moment_ago_and_so_many_are() {
    let mut world = with_row(ROW);
    let root = world.grant();
    says(&mut world, true);
    let of = |world: &World, number: usize| {
        let to = bound("/iban", "iban", &format!("account {number}"), BoundAs::Value);
        Action { bound: vec![to], ..about(world, "bank/note", &number.to_string()) }
    };
    let written: Vec<usize> = (0..20)
        .map(|number| {
            let action = of(&world, number);
            let first = tries(&mut world, root, 'a', action.clone()).events.len();
            assert!(tries(&mut world, root, 'a', action).counted, "the same way again is counted");
            first
        })
        .collect();
    assert_eq!(written.iter().sum::<usize>(), 16, "{written:?}");
    world.pass(Span::minutes(2));
    let late = of(&world, 19);
    assert_eq!(tries(&mut world, root, 'a', late).events.len(), 1);
    world.replay();
}

#[test]
fn what_its_person_refused_in_another_task_asks_in_this_one() {
    let mut world = with_row(ROW);
    let note = about(&world, "bank/note", "one");
    let facts =
        Facts { novel: Some(Novel { tool: true, ..Novel::default() }), refused_elsewhere: 1, ..world.facts_of('a') };
    let attempt = world.attempt_command(note);
    let asked = world.run(&Command::Attempt(Box::new(attempt)), &facts);
    assert_eq!(whys(&world, &asked), [Why::Refused]);
    let look = world.action("mail/search", "{}");
    let facts = Facts { novel: Some(Novel::default()), refused_elsewhere: 1, ..world.facts_of('a') };
    let attempt = world.attempt_command(look);
    allowed(&world.run(&Command::Attempt(Box::new(attempt)), &facts));
}

#[test]
fn a_task_remembers_so_many_goals_and_forgets_the_oldest() {
    let mut world = with_row(ROW);
    let root = world.grant();
    says(&mut world, true);
    for number in 0..=crate::task::TRIED_MAX {
        if number % 16 == 0 {
            world.pass(Span::seconds(61));
        }
        let to = bound("/iban", "iban", &format!("account {number}"), BoundAs::Value);
        let action = Action { bound: vec![to], ..about(&world, "bank/note", "x") };
        assert_eq!(tries(&mut world, root, 'a', action).events.len(), 1);
    }
    assert_eq!(world.task.tried.len(), crate::task::TRIED_MAX);
    world.replay();
}

#[test]
fn what_was_refused_to_a_part_of_the_work_says_nothing_against_its_whole() {
    let mut world = with_row(ROW);
    let (root, note) = (world.grant(), about(&world, "bank/note", "one"));
    let (child, sibling) = (world.mint_child("other", |_| {}), world.mint_child("third", |_| {}));
    world.take(child, 'c');
    world.take(sibling, 'd');
    says(&mut world, true);
    assert_eq!(code(&tries(&mut world, child, 'c', note.clone())), Code::PolicyForbidden);
    says(&mut world, false);
    allowed(&tries(&mut world, root, 'a', note.clone()));
    let asked = tries(&mut world, sibling, 'd', note);
    assert_eq!(whys(&world, &asked), [Why::Tried], "whoever works beside it is asked about");
    world.replay();
}

#[test]
fn another_comma_beside_it_is_no_other_goal_but_of_what_is_said() {
    let world = with_row(ROW);
    let of = |effect: Effect, account: &str, beside: &str| {
        let bound = [("/iban", "iban", account), ("/text", "text", beside)];
        let bound = bound.map(|(at, kind, normal)| super::sources::bound(at, kind, normal, BoundAs::Value)).to_vec();
        let action = Action { effect, bound, ..about(&world, "bank/note", "one") };
        crate::decide::comes_to(&Salt::new([5; 16]), &action)
    };
    assert_eq!(of(Effect::Transfer, IBAN, "Invoice 1"), of(Effect::Transfer, IBAN, "Invoice 1."));
    assert_ne!(of(Effect::Transfer, IBAN, "Invoice 1"), of(Effect::Transfer, "another", "Invoice 1"));
    assert_ne!(of(Effect::Transfer, IBAN, "Invoice 1"), of(Effect::Delete, IBAN, "Invoice 1"));
    assert_ne!(of(Effect::Share, IBAN, "a draft"), of(Effect::Share, IBAN, "a corrected draft"));
}

#[test]
fn what_was_refused_to_a_part_of_ones_work_or_to_a_sibling_is_no_fault_of_ones_own() {
    let mut world = with_row(ROW);
    let root = world.grant();
    let (child, sibling) = (world.mint_child("other", |_| {}), world.mint_child("third", |_| {}));
    world.take(child, 'c');
    world.take(sibling, 'd');
    let (note, order) = (about(&world, "bank/note", "one"), about(&world, "bank/order", "one"));
    says(&mut world, true);
    assert_eq!(code(&tries(&mut world, child, 'c', note.clone())), Code::PolicyForbidden);
    says(&mut world, false);
    let goal = comes_to(&world.task.salt.unwrap(), &note);
    let own = |world: &World, grant, action: &Action| world.task.refused_to_own(&goal, (grant, &action.tool));
    assert!(own(&world, child, &order), "another way of its own");
    assert!(!own(&world, child, &note), "the same way is honest work");
    assert!(!own(&world, root, &order) && !own(&world, root, &note), "a child shuts nothing of its parent's");
    assert!(!own(&world, sibling, &note), "nor of a sibling's");
    let asked = tries(&mut world, sibling, 'd', note.clone());
    assert_eq!(whys(&world, &asked), [Why::Tried], "its person is asked all the same");
    says(&mut world, true);
    assert_eq!(code(&tries(&mut world, root, 'a', note.clone())), Code::PolicyForbidden);
    assert!(own(&world, sibling, &note), "whoever works for who was refused goes around it");
}

#[test]
fn what_people_refused_a_child_is_refused_to_its_parent_and_does_not_end_it() {
    let mut world = asking(r#"{"who":"owner"}"#);
    let (root, note) = (world.grant(), about(&world, "bank/note", "one"));
    let child = world.mint_child("other", |_| {});
    world.take(child, 'c');
    for _ in 0..2 {
        let approval = waits(&tries(&mut world, child, 'c', note.clone()));
        world.refuse_approval(approval, "otto");
        assert_eq!(code(&tries(&mut world, child, 'c', note.clone())), Code::ApprovalRefused);
    }
    assert_eq!(code(&tries(&mut world, root, 'a', note.clone())), Code::GoalRefused);
    assert!(world.task.grants[&root].standing.live(), "nobody ends by what another asked for");
    assert_eq!(code(&tries(&mut world, child, 'c', note)), Code::GoalRefused);
    assert!(!world.task.grants[&child].standing.live());
    world.replay();
}

#[test]
fn a_grant_that_is_refused_much_pushes_out_nothing_that_another_was_refused() {
    let (mut world, root) = refused();
    let child = world.mint_child("other", |_| {});
    world.take(child, 'c');
    let order = about(&world, "bank/order", "one");
    let goal = comes_to(&world.task.salt.unwrap(), &order);
    let Some(template) = world.events.iter().find_map(|(event, _)| match &event.data {
        Data::ActionRefused(refused) => Some(refused.as_ref().clone()),
        _ => None,
    }) else {
        panic!("it was written")
    };
    for number in 0..2 * crate::task::TRIED_MAX {
        let goal = Some(digest(&number.to_string()));
        let at = world.now.after(Span::minutes(number as u64));
        let event = Event { at, data: ActionRefused { goal, grant: child, ..template.clone() }.into() };
        let leaf = world.task.seq + 1_000;
        world.task.apply(&event, leaf).unwrap();
    }
    assert_eq!(world.task.tried.len(), crate::task::TRIED_MAX);
    assert!(world.task.tried.contains_key(&goal), "what the root was refused");
    assert!(world.task.tried_otherwise(&goal, (root, &order.tool)));
}
