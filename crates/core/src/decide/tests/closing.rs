//! That a window closes soon is written down once, and decides nothing.

use super::ageing::{aged, later};
use super::prelude::*;
use super::world::*;

fn told(decided: &Decided) -> Vec<(Micros, Option<&str>)> {
    let ending = |event: &Event| match &event.data {
        Data::TaskEnding(ending) => (ending.expires, ending.template.clone()),
        other => panic!("{other:?}"),
    };
    let all = decided.events.iter().map(ending);
    all.map(|(expires, template)| (expires, template.map(|_| "named"))).collect()
}

fn amend(world: &mut World, change: AmendChange) {
    let (facts, grant) = (world.facts(), world.grant());
    let said = Amend { by: by("anna"), grant, change, wish: None };
    assert_eq!(world.run(&Command::Amend(Box::new(said)), &facts).verdict, Verdict::Done);
}

#[test]
fn a_tenth_before_its_end_it_is_told_once_and_of_a_renewed_window_again() {
    let mut world = World::ready();
    let ends = DAWN.after(Span::hours(1));
    assert_eq!(world.task.wake(), Some(DAWN.after(Span::minutes(54))));
    world.now = Micros(DAWN.after(Span::minutes(54)).0 - 1);
    assert_eq!(told(&world.tick()), [], "not before its time");
    world.now = DAWN.after(Span::minutes(54));
    let mut untold = world.clone();
    assert_eq!(told(&world.tick()), [(ends, Some("named"))]);
    assert_eq!(told(&world.tick()), [], "once");
    assert_eq!(world.task.wake(), Some(ends));
    let reads = |world: &mut World| world.clone().call("mail/search").reasons;
    assert_eq!(reads(&mut world), reads(&mut untold), "nothing is decided by it");
    amend(&mut world, AmendChange::Renew { waits: true });
    let renewed = world.task.wake().unwrap();
    assert_eq!(renewed, world.now.after(Span::minutes(54)), "an hour from then on");
    world.now = renewed;
    assert_eq!(told(&world.tick()).len(), 1);
    world.replay();
}

#[test]
fn the_second_act_of_consent_makes_no_window_shorter() {
    let mut world = World::new();
    world.start("pay-invoice");
    world.now = DAWN.after(Span::minutes(51));
    world.consent();
    assert_eq!(world.task.consented, world.now);
    assert_eq!(world.task.closing().unwrap().told_at, DAWN.after(Span::minutes(54)), "a tenth of the hour that it has");
}

#[test]
fn of_a_long_window_a_quarter_of_an_hour_before_and_of_a_short_one_nobody_is_told() {
    let mut world = aged();
    let ends = world.task.closing().unwrap().expires;
    assert_eq!(world.task.wake(), Some(ends.before(Span::minutes(15))), "of four hours");
    amend(&mut world, AmendChange::Narrow { rows: vec![], within: Some(Span::minutes(10)) });
    let closing = world.task.closing().unwrap();
    assert_eq!(closing.told_at, closing.expires.before(Span::minutes(1)), "a minute at least is left");
    amend(&mut world, AmendChange::Narrow { rows: vec![], within: Some(Span::minutes(9)) });
    assert_eq!(world.task.closing(), None);
    assert_eq!(world.task.wake(), Some(world.now.after(Span::minutes(9))));
    later(&mut world, 8);
    assert_eq!(told(&world.tick()), []);
    world.replay();
}

#[test]
fn of_a_task_that_has_ended_is_full_or_is_followed_by_the_next_nobody_is_told() {
    let mut over = World::ready();
    over.revoke();
    assert_eq!(over.task.closing(), None);
    let mut full = World::ready();
    full.task.seq = EVENTS_MAX - 1;
    full.now = DAWN.after(Span::minutes(55));
    assert!(
        full.tick().events.is_empty() && full.task.wake() == Some(DAWN.after(Span::hours(1))),
        "it is not woken for it"
    );
    let mut personal = World::ready();
    personal.task.template = Some(TemplateName::parse("personal").unwrap());
    assert_eq!(personal.task.closing(), None);
    // who comes too late tells of the end alone
    let mut late = World::ready();
    late.now = DAWN.after(Span::hours(1));
    let kinds: Vec<&str> = late.tick().events.iter().map(|event| event.data.kind()).collect();
    assert_eq!((kinds, late.tick().events.len()), (vec!["task.ended"], 0));
}
