//! What tasks draw on mandates, and what comes back.

use super::prelude::*;
use super::world::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn household() -> MandateName {
    MandateName::parse("household").unwrap()
}

fn kinds(decided: &Decided) -> Vec<&'static str> {
    decided.events.iter().map(|event| event.data.kind()).collect()
}

/// What is left of the mandate this month.
fn left_now(world: &mut World) -> Amount {
    let facts = world.facts();
    let mandate = &world.control.mandates[&household()].document;
    left(mandate, &world.mandates[&household()], &eur(), &facts).unwrap()
}

#[test]
fn a_task_begins_with_what_it_draws_and_ends_with_what_goes_back() {
    let mut world = World::with_mandate();
    let decided = world.start("pay-monthly");
    assert_eq!(kinds(&decided), ["task.started", "grant.minted", "allocation.made"]);
    assert_eq!(left_now(&mut world), amount("500"));
    world.consent();
    world.bind('a');
    let act = allowed(&world.pay("120.50"));
    world.done(act, &[]);
    world.revoke();
    assert_eq!(kinds(&world.tick()), ["allocation.returned"]);
    assert_eq!(left_now(&mut world), amount("879.50"));
    assert_eq!((world.tick().events.len(), world.task.wake()), (0, None), "it goes back once");
    world.replay();
}

#[test]
fn nothing_goes_back_while_anything_can_begin_or_is_open() {
    let mut world = World::drawing();
    let act = allowed(&world.pay("100"));
    assert_eq!(world.tick().events.len(), 0, "the task is live");
    world.revoke();
    assert!(!world.task.gives_back());
    assert_eq!(world.tick().events.len(), 0, "an act is open");
    assert_eq!(left_now(&mut world), amount("500"));
    world.settle(act, Outcome::NeverSent);
    assert_eq!(world.task.wake(), Some(world.task.at), "what goes back is due at once");
    world.tick();
    assert_eq!(left_now(&mut world), amount("1000"));
}

#[test]
fn what_is_in_doubt_stays_charged_until_it_is_settled() {
    let mut world = World::drawing();
    let act = allowed(&world.pay("100"));
    world.doubt(act);
    world.revoke();
    world.tick();
    assert_eq!(left_now(&mut world), amount("900"), "the rest went back");
    assert_eq!((world.tick().events.len(), world.task.gives_back()), (0, false));
    let facts = world.facts();
    let leaf = world.task.acts[&act].leaf;
    let (measured, evidence) = (Vec::new(), "not in the bank's book".to_owned());
    let said = SettleDoubt { act, leaf, by: by("otto"), done: false, measured, evidence };
    assert_eq!(world.run(&Command::SettleDoubt(Box::new(said)), &facts).verdict, Verdict::Done);
    world.tick();
    assert_eq!(left_now(&mut world), amount("1000"));
    world.replay();
}

#[test]
fn a_doubt_that_comes_to_more_than_was_held_counts_as_what_it_came_to() {
    let mut world = World::drawing();
    let act = allowed(&world.pay("100"));
    world.doubt(act);
    world.revoke();
    world.tick();
    world.done(act, &[(eur(), "650")]);
    world.tick();
    assert_eq!(left_now(&mut world), amount("350"));
}

#[test]
fn what_goes_back_goes_into_the_period_it_came_from() {
    let mut world = World::with_mandate();
    world.pass(Span(Span::hours(30 * 24).0 - Span::minutes(5).0));
    world.start("pay-monthly");
    world.pass(Span::minutes(10));
    assert_eq!(left_now(&mut world), amount("1000"), "another month");
    world.revoke();
    world.tick();
    assert_eq!(left_now(&mut world), amount("1000"));
    world.another();
    world.start("pay-monthly");
    assert_eq!(left_now(&mut world), amount("500"));
}

#[test]
fn a_rolling_limit_counts_whatever_may_have_been_spent_within_its_span() {
    let mut world = World::with_mandate();
    world.documents(&[&MANDATE.replace(r#""per":"month in UTC""#, r#""over":"24h""#).replace("1000.00", "500.00")]);
    world.start("pay-monthly");
    world.consent();
    world.bind('a');
    let act = allowed(&world.pay("300"));
    world.doubt(act);
    world.revoke();
    world.tick();
    world.another();
    world.pass(Span::hours(48));
    assert_eq!(code(&world.start("pay-monthly")), Code::OverMandate, "nobody knows yet whether it was spent");
}

#[test]
fn a_rolling_limit_gives_again_one_span_after_what_was_spent_was_settled() {
    let mut world = World::with_mandate();
    world.documents(&[&MANDATE.replace(r#""per":"month in UTC""#, r#""over":"24h""#).replace("1000.00", "500.00")]);
    world.start("pay-monthly");
    world.consent();
    world.bind('a');
    world.pass(Span::minutes(30));
    let act = allowed(&world.pay("300"));
    world.done(act, &[(eur(), "300")]);
    world.revoke();
    world.tick();
    world.another();
    world.pass(Span(Span::hours(24).0 - 1));
    assert_eq!(code(&world.start("pay-monthly")), Code::OverMandate, "within a day of when it was spent");
    world.pass(Span(1));
    assert_eq!(world.start("pay-monthly").verdict, Verdict::Done);
}

#[test]
fn a_refusal_says_what_is_left_and_changes_nothing() {
    let mut world = World::drawing();
    world.another();
    world.start("pay-monthly");
    world.another();
    let before = world.mandates.clone();
    let refused = world.start("pay-monthly");
    assert_eq!(code(&refused), Code::OverMandate);
    let reason = &refused.reasons[0];
    let told = (reason.asked.as_deref(), reason.most.as_deref());
    assert_eq!(told, (Some("500 EUR of household"), Some("0 EUR")));
    assert!(refused.events.is_empty() && world.mandates == before);
}

#[test]
fn a_node_that_does_not_know_the_calendar_draws_nothing() {
    let mut world = World::with_mandate();
    let start = Command::Start(Box::new(World::start_command("pay-monthly")));
    let facts = world.facts();
    let now = facts.now;
    let told = |from: u64, until: u64| {
        let period = Period { from: Micros(from), until: Micros(until) };
        BTreeMap::from([("month in UTC".to_owned(), period)])
    };
    let day = Span::hours(24).0;
    for periods in [BTreeMap::new(), told(now.0 + 1, now.0 + 30 * day), told(now.0 - day, now.0 + day)] {
        let facts = Facts { periods, ..facts.clone() };
        assert_eq!(code(&world.ask(&start, &facts)), Code::NotPossible);
    }
    let unread = decide(world.view(), &world.policy, &start, &facts);
    assert_eq!(code(&unread), Code::NotPossible, "a mandate that was not read has nothing to give");
}

#[test]
fn a_calendar_that_moves_makes_no_period_shorter() {
    let mut world = World::drawing();
    world.pass(Span::hours(24));
    let mut facts = world.facts();
    facts.periods.values_mut().for_each(|period| period.from = world.now);
    world.another();
    let start = Command::Start(Box::new(World::start_command("pay-monthly")));
    world.run(&start, &facts);
    world.another();
    assert_eq!(code(&world.ask(&start, &facts)), Code::OverMandate);
}

#[test]
fn a_mandate_is_good_in_its_days_only() {
    let mut world = World::with_mandate();
    // the world begins on 2027-01-15
    let days = |from: &str, until: &str| {
        MANDATE.replace(r#""giver""#, &format!(r#""from":"{from}","until":"{until}","giver""#))
    };
    world.documents(&[&days("2027-01-16", "2027-01-18")]);
    assert_eq!(code(&world.clone().start("pay-monthly")), Code::WindowNotOpen);
    world.pass(Span::hours(47));
    world.start("pay-monthly");
    world.consent();
    world.bind('a');
    allowed(&world.pay("1"));
    assert_eq!(world.control.mandates[&household()].document.ends(), Some(Micros(1_800_230_400_000_000)));
    world.documents(&[&days("2027-01-16", "2027-01-17")]);
    assert_eq!(code(&world.pay("1")), Code::GrantEnded, "it was shortened: nothing waits for a tick");
    world.another();
    assert_eq!(code(&world.start("pay-monthly")), Code::MandateEnded);
}

#[test]
fn a_task_does_not_live_on_under_a_mandate_that_is_given_anew() {
    let mut world = World::drawing();
    world.remove("mandate", "household");
    world.documents(&[MANDATE]);
    let refused = world.pay("1");
    assert_eq!(code(&refused), Code::GrantEnded);
    assert_eq!(refused.reasons[0].to_string(), "the grant has ended: a mandate that the task draws on has ended");
    let ended = world.tick();
    assert!(matches!(&ended.events[0].data, Data::TaskEnded(ended) if ended.why == Code::MandateEnded), "{ended:?}");
    world.tick();
    assert_eq!(left_now(&mut world), amount("1000"), "what was drawn of it before counts all the same");
}

#[test]
fn a_limit_that_is_lowered_ends_nothing_and_gives_no_more() {
    let mut world = World::drawing();
    world.documents(&[&MANDATE.replace("1000.00", "600.00")]);
    allowed(&world.pay("1"));
    world.another();
    assert_eq!(code(&world.start("pay-monthly")), Code::OverMandate);
}

#[test]
fn a_running_task_draws_no_more() {
    let mut world = World::drawing();
    let parameters = World::start_command("pay-invoice").parameters;
    for (template, parameters) in [("pay-invoice", parameters), ("pay-monthly", Default::default())] {
        let template = TemplateName::parse(template).unwrap();
        let change = AmendChange::Widen { template, parameters, only: Vec::new(), seen: None };
        let facts = world.facts();
        let amend = Amend { by: by("anna"), grant: world.grant(), change, wish: None };
        assert_eq!(code(&world.ask(&Command::Amend(Box::new(amend)), &facts)), Code::NotPossible);
    }
}

#[test]
fn what_a_task_of_before_a_restore_drew_stays_charged() {
    let mut world = World::drawing();
    world.control.epoch += 1;
    assert_eq!(kinds(&world.tick()), ["task.ended"]);
    assert_eq!(left_now(&mut world), amount("500"));
    // it is written down that nothing comes back, once
    assert_eq!(kinds(&world.tick()), ["allocation.returned"]);
    assert_eq!((world.tick().events.len(), world.task.gives_back()), (0, false));
    assert_eq!(left_now(&mut world), amount("500"));
}

#[test]
fn what_a_task_of_before_a_restore_drew_leaves_a_rolling_limit_one_span_after() {
    let mut world = World::with_mandate();
    world.documents(&[&MANDATE.replace(r#""per":"month in UTC""#, r#""over":"24h""#).replace("1000.00", "500.00")]);
    world.start("pay-monthly");
    world.consent();
    world.bind('a');
    let act = allowed(&world.pay("300"));
    world.doubt(act);
    world.control.epoch += 1;
    world.revoke();
    world.tick();
    world.another();
    world.pass(Span(Span::hours(24).0 - 1));
    assert_eq!(code(&world.start("pay-monthly")), Code::OverMandate, "within a day of its end it may have been spent");
    world.pass(Span(1));
    assert_eq!(world.start("pay-monthly").verdict, Verdict::Done, "but not for ever");
}

#[test]
fn after_a_restore_nothing_is_drawn_before_somebody_gives_the_mandate_again_and_a_second_person_signs_that() {
    let mut world = World::with_mandate();
    let restore = ControlCommand::Restore { by: by("otto"), epoch: 2, before: None };
    world.govern(restore);
    let agents: Vec<AgentId> = world.control.agents.keys().cloned().collect();
    for agent in agents {
        world.govern(ControlCommand::Agent { by: by("otto"), agent, active: true });
    }
    let before = world.mandates.clone();
    assert_eq!((code(&world.start("pay-monthly")), &world.mandates), (Code::MandateEnded, &before));
    let mandate = super::world::MANDATE;
    let change = crate::changes(&world.control, &[document(mandate)], &[], &Default::default());
    assert!(change.iter().any(crate::Change::loosens), "{change:?}");
    assert!(!world.documents(&[mandate]).events.is_empty());
    assert_eq!(world.start("pay-monthly").verdict, Verdict::Done);
    assert!(world.documents(&[mandate]).events.is_empty(), "it stands");
    world.replay();
}

#[test]
fn nor_does_it_go_back_when_somebody_ends_that_task_before_the_node_does() {
    let mut world = World::drawing();
    world.control.epoch += 1;
    world.revoke();
    assert_eq!(kinds(&world.tick()), ["allocation.returned"]);
    assert_eq!((world.tick().events.len(), world.task.gives_back()), (0, false));
    assert_eq!(left_now(&mut world), amount("500"));
}

#[test]
fn a_row_without_a_total_draws_nothing() {
    let mut world = World::with_mandate();
    let template = document(super::world::DRAWING);
    let Document::Template(mut template) = template else { panic!("{template:?}") };
    template.grant[1].meters = json(r#"{"EUR":{"each":"100"}}"#);
    world.govern(ControlCommand::Apply {
        by: by("otto"),
        documents: vec![Document::Template(template)],
        removed: vec![],
    });
    let refused = world.start("pay-monthly");
    assert_eq!(code(&refused), Code::NotPossible);
    assert_eq!(refused.reasons[0].asked.as_deref(), Some("grant[1].meters.EUR"));
}

#[test]
fn what_a_delegate_uses_is_used_of_the_mandate() {
    let mut world = World::drawing();
    let child = world.mint_child("other", |_| {});
    world.take(child, 'c');
    let facts = world.facts_of_other('c');
    let attempt = Attempt { grant: child, ..world.attempt_command(world.payment("200")) };
    let act = allowed(&world.run(&Command::Attempt(Box::new(attempt)), &facts));
    world.done(act, &[]);
    world.revoke();
    world.tick();
    assert_eq!(left_now(&mut world), amount("800"));
}

/// What may happen to tasks that draw on one mandate.
#[derive(Debug, Clone)]
enum Step {
    Start,
    Pay { task: usize, cents: u64 },
    Settle { task: usize, outcome: u8, cents: u64 },
    End(usize),
    Tick(usize),
    Pass(u64),
    Limit(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => Just(Step::Start),
        8 => (0..6_usize, 1..30_000_u64).prop_map(|(task, cents)| Step::Pay { task, cents }),
        8 => (0..6_usize, 0..4_u8, 1..60_000_u64).prop_map(|(task, outcome, cents)| Step::Settle { task, outcome, cents }),
        3 => (0..6_usize).prop_map(Step::End),
        6 => (0..6_usize).prop_map(Step::Tick),
        2 => (1..200_000_u64).prop_map(Step::Pass),
        1 => (4..12_u64).prop_map(Step::Limit),
    ]
}

/// Takes a task up again.
fn on_task<T>(
    world: &mut World,
    tasks: &mut [(TaskState, Vec<(Event, u64)>)],
    at: usize,
    what: impl FnOnce(&mut World) -> T,
) -> Option<T> {
    let task = tasks.len().checked_sub(1 + at)?;
    std::mem::swap(&mut world.task, &mut tasks[task].0);
    std::mem::swap(&mut world.events, &mut tasks[task].1);
    let done = what(world);
    std::mem::swap(&mut world.task, &mut tasks[task].0);
    std::mem::swap(&mut world.events, &mut tasks[task].1);
    Some(done)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Of each mandate, what was drawn and what went back add up; and nothing is drawn past its limit in a period.
    #[test]
    fn allocations_and_returns_add_up_and_never_pass_the_limit(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::with_mandate();
        let mut tasks = Vec::new();
        let mut most = amount("1000");
        for step in steps {
            match step {
                Step::Start => {
                    let before = left_now(&mut world);
                    let drawn = world.start("pay-monthly").verdict == Verdict::Done;
                    prop_assert_eq!(drawn, before >= amount("500"));
                    if drawn {
                        prop_assert_eq!(left_now(&mut world), before.saturating_sub(amount("500")));
                        world.consent();
                        world.bind('a');
                        tasks.push(world.another());
                    }
                }
                Step::Pay { task, cents } => {
                    let euros = format!("{}.{:02}", cents / 100, cents % 100);
                    on_task(&mut world, &mut tasks, task, |world| drop(world.pay(&euros)));
                }
                Step::Settle { task, outcome, cents } => {
                    let measured = vec![(eur(), amount(&format!("{}.{:02}", cents / 100, cents % 100)))];
                    let outcome = match outcome {
                        0 => Outcome::Done(Observed { measured, ..Observed::default() }),
                        1 => Outcome::NeverSent,
                        2 => Outcome::Done(Observed::default()),
                        _ => Outcome::Doubt { why: "error".to_owned() },
                    };
                    on_task(&mut world, &mut tasks, task, |world| {
                        let act = world.task.acts.keys().next().copied();
                        act.map(|act| world.settle(act, outcome));
                    });
                }
                Step::End(task) => drop(on_task(&mut world, &mut tasks, task, World::revoke)),
                Step::Tick(task) => {
                    let before = on_task(&mut world, &mut tasks, task, |world| world.task.clone());
                    let decided = on_task(&mut world, &mut tasks, task, World::tick);
                    if let (Some(before), Some(decided)) = (before, decided)
                        && decided.events.iter().any(|event| matches!(event.data, Data::AllocationReturned(_)))
                    {
                        let open = |act: &ActState| act.standing == ActStanding::Open;
                        prop_assert!(!before.standing.live() && !before.acts.values().any(|act| open(act)));
                    }
                }
                Step::Pass(seconds) => world.pass(Span::seconds(seconds)),
                Step::Limit(hundreds) => {
                    let limit = format!("{hundreds}00.00");
                    most = most.max(amount(&limit));
                    world.documents(&[&MANDATE.replace("1000.00", &limit)]);
                }
            }
            // What tasks hold, and what counts of them, is what the mandate says.
            let state = &world.mandates[&household()];
            for drawn in state.units.get(&eur()).into_iter().flat_map(|unit| &unit.drawn) {
                let task = tasks.iter().find(|(task, _)| task.id == drawn.task);
                let task = task.map_or(&world.task, |(task, _)| task);
                let own = &task.allocations[&household()];
                prop_assert_eq!((own.counts[&eur()], own.settled), (drawn.counts, drawn.settled));
                let rows = &task.grants[&task.root.unwrap()].rows;
                let used = rows.iter().filter_map(|row| row.meters.get(&eur())).map(Meter::charged);
                let used = used.fold(Amount::ZERO, |sum, one| sum.checked_add(one).unwrap());
                if drawn.settled {
                    prop_assert_eq!(drawn.counts, used);
                } else if !task.gives_back() && used <= amount("500") {
                    prop_assert!(drawn.counts >= used, "{} counts, {used} is charged", drawn.counts);
                }
            }
            let state = &world.mandates[&household()];
            let again = world_of(state, &tasks, &world);
            prop_assert_eq!(&again, state, "replay of the mandate gives another state");
        }
    }
}

/// The mandate folded again, from the events as they stand in its tasks' streams, in the order of the log.
fn world_of(state: &MandateState, tasks: &[(TaskState, Vec<(Event, u64)>)], world: &World) -> MandateState {
    let mut again = MandateState::empty(state.tenant, state.id);
    let events = tasks.iter().flat_map(|(_, events)| events).chain(&world.events);
    let own = |event: &Event| matches!(event.data, Data::AllocationMade(_) | Data::AllocationReturned(_));
    let mut events: Vec<_> = events.filter(|(event, _)| own(event)).collect();
    events.sort_by_key(|(_, leaf)| *leaf);
    events.into_iter().for_each(|(event, _)| again.apply(&reread(event)).unwrap());
    again
}
