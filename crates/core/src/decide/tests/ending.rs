//! Endings, refusals that add up, and what time does.

use super::prelude::*;
use super::world::*;

fn kinds(decided: &Decided) -> Vec<&'static str> {
    decided.events.iter().map(|event| event.data.kind()).collect()
}

#[test]
fn a_revocation_names_what_was_open_and_the_next_call_is_refused() {
    let mut world = World::ready();
    let act = allowed(&world.pay("10"));
    let decided = world.revoke();
    let Data::GrantEnded(ended) = &decided.events[0].data else { panic!("{decided:?}") };
    assert_eq!((ended.open.clone(), ended.why), (vec![act], Code::Revoked));
    assert_eq!(code(&world.call("mail/search")), Code::TaskEnded);
    // What is on its way can still be settled, and what ended stays as it is.
    assert_eq!(world.done(act, &[]).verdict, Verdict::Done);
    assert_eq!((world.revoke().events.len(), world.tick().events.len()), (0, 0));
    world.replay();
}

#[test]
fn ending_needs_no_policy_no_running_tenant_and_no_active_agent() {
    let mut world = World::ready();
    world.policy = Says(Answer::Broken { rule: "all".to_owned(), why: "broken".to_owned() });
    world.suspend(false);
    world.stop(false);
    let facts = world.facts_of('a');
    let decided =
        world.run(&Command::EndGrant { grant: world.grant(), who: Ender::Holder, why: Code::Completed }, &facts);
    assert_eq!(kinds(&decided), ["grant.ended", "task.ended"]);
}

#[test]
fn nobody_ends_anothers_grant() {
    let mut world = World::ready();
    let end = Command::EndGrant { grant: world.grant(), who: Ender::Holder, why: Code::Revoked };
    for facts in [world.facts_of('b'), world.facts_of_other('a'), world.facts()] {
        assert_ne!(world.ask(&end, &facts).verdict, Verdict::Done, "{facts:?}");
        let task = Command::EndTask { who: Ender::Holder, why: Code::Revoked };
        assert_ne!(world.ask(&task, &facts).verdict, Verdict::Done, "{facts:?}");
    }
    let facts = world.facts_of('a');
    assert_eq!(world.ask(&end, &facts).verdict, Verdict::Done);
    let unknown = Command::EndGrant { grant: GrantId::new([7; 16]), who: Ender::Node, why: Code::Revoked };
    assert_eq!(code(&world.ask(&unknown, &facts)), Code::NotAvailable);
}

#[test]
fn grants_made_before_a_suspension_or_stop_stay_over_after_it() {
    type Halt = fn(&mut World, bool);
    let halts: [(Halt, Code); 2] = [(World::suspend, Code::AgentInactive), (World::stop, Code::TenantStopped)];
    for (halt, why) in halts {
        let mut world = World::ready();
        halt(&mut world, false);
        halt(&mut world, true);
        let refused = world.pay("1");
        assert_eq!(code(&refused), Code::GrantEnded);
        assert_eq!(refused.reasons[0].asked.as_deref(), Some(why.as_str()));
        let facts = world.facts_of('b');
        assert_eq!(code(&world.ask(&Command::Bind { grant: world.grant() }, &facts)), Code::GrantEnded);
        let ended = world.tick();
        assert!(matches!(&ended.events[0].data, Data::TaskEnded(ended) if ended.why == why), "{ended:?}");
        // A new consent gives a new grant.
        world.task = TaskState::empty(world.task.tenant, TaskId::new([3; 16]));
        world.events.clear();
        world.start("pay-invoice");
        world.consent();
        world.bind('a');
        allowed(&world.pay("1"));
    }
}

#[test]
fn an_agent_that_is_removed_and_added_again_has_nothing_from_before() {
    let mut world = World::ready();
    let template = world.control.templates.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(template, ["broad", "pay-invoice"]);
    let file = r#"{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#;
    world.remove("agent", "payer");
    assert_eq!(code(&world.pay("1")), Code::GrantEnded);
    let added = world.documents(&[file]);
    assert!(!added.narrows && added.events.len() == 1, "{added:?}");
    assert_eq!(code(&world.pay("1")), Code::GrantEnded);
    world.replay();
}

#[test]
fn what_rests_on_an_agent_that_is_no_longer_the_same_is_over() {
    let file = |owner: &str, contact: &str, keys: &str| {
        format!(
            r#"{{"kind":"agent","name":"payer","owner":"{owner}","contact":"{contact}","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01","keys":{keys}}}"#
        )
    };
    let mut world = World::ready();
    world.documents(&[&file("otto", "otto, room 5", r#"[{"kty":"EC","x":"1"}]"#)]);
    allowed(&world.pay("1"));
    let mut stolen = world.clone();
    stolen.documents(&[&file("otto", "otto, room 5", r#"[{"kty":"EC","x":"2"}]"#)]);
    assert_eq!(code(&stolen.pay("1")), Code::GrantEnded);
    world.documents(&[&file("anna", "otto, room 5", r#"[{"kty":"EC","x":"1"}]"#)]);
    assert_eq!(code(&world.pay("1")), Code::GrantEnded);
}

#[test]
fn a_file_applied_again_never_resumes_a_suspended_agent() {
    let mut world = World::new();
    world.suspend(false);
    world.documents(&[r#"{"kind":"agent","name":"payer","owner":"otto","contact":"new","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#]);
    assert_eq!(code(&world.start("pay-invoice")), Code::AgentInactive);
}

#[test]
fn nothing_of_an_earlier_epoch_is_allowed() {
    let mut world = World::ready();
    world.control.epoch += 1;
    assert_eq!(code(&world.pay("1")), Code::EpochPassed);
    let facts = world.facts_of('b');
    assert_eq!(code(&world.ask(&Command::Bind { grant: world.grant() }, &facts)), Code::EpochPassed);
    assert_eq!(code(&world.consent()), Code::EpochPassed);
    let ended = world.tick();
    assert!(matches!(&ended.events[0].data, Data::TaskEnded(ended) if ended.why == Code::EpochPassed), "{ended:?}");
}

#[test]
fn a_tick_writes_down_what_is_true_once() {
    let mut world = World::ready();
    let (doubtful, read) = (allowed(&world.pay("10")), allowed(&world.call("mail/search")));
    let due = world.task.wake().unwrap();
    world.now = Micros(due.0 - 1);
    assert!(world.tick().events.is_empty());
    world.now = due;
    let decided = world.tick();
    assert_eq!(kinds(&decided), ["action.doubtful", "action.ended"]);
    assert_eq!(world.task.unsettled(&[world.grant()]), [doubtful]);
    assert!(!world.task.acts.contains_key(&read));
    assert!(world.tick().events.is_empty());
    assert_eq!(world.task.wake(), Some(DAWN.after(Span::minutes(54))), "its end is told of before it comes");
    world.now = DAWN.after(Span::hours(1));
    assert_eq!(kinds(&world.tick()), ["task.ended"]);
    assert!(world.tick().events.is_empty());
    assert_eq!(world.task.wake(), None);
    world.replay();
}

#[test]
fn a_task_that_ends_by_time_does_not_call_open_what_ends_with_it() {
    let mut world = World::ready();
    let (doubtful, _) = (allowed(&world.pay("10")), allowed(&world.call("mail/search")));
    world.pass(Span::hours(1));
    let decided = world.tick();
    let Some(Data::TaskEnded(ended)) = decided.events.last().map(|event| &event.data) else { panic!("{decided:?}") };
    assert_eq!(ended.open, [doubtful]);
}

#[test]
fn time_never_falls_along_a_stream() {
    let mut world = World::ready();
    let before = world.task.at;
    world.now = Micros(DAWN.0 - 1_000_000);
    allowed(&world.pay("1"));
    world.stop(false);
    assert!(world.events.windows(2).all(|pair| pair[0].0.at <= pair[1].0.at) && world.task.at == before);
    assert!(world.control_events.windows(2).all(|pair| pair[0].0.at <= pair[1].0.at));
}

#[test]
fn a_refusal_is_written_once_a_minute_and_then_counted() {
    let mut world = World::ready();
    let refused = |world: &mut World, name: &str| {
        let decided = world.call(name);
        assert_eq!(code(&decided), Code::NotAvailable);
        (decided.events.len(), decided.counted)
    };
    assert_eq!(refused(&mut world, "bank/hidden"), (1, false));
    assert_eq!(refused(&mut world, "bank/hidden"), (0, true));
    assert_eq!(refused(&mut world, "bank/order"), (1, false), "another tool is another kind");
    world.pass(Span(REFUSAL_WINDOW.0 - 1));
    assert_eq!(refused(&mut world, "bank/hidden"), (0, true));
    world.pass(Span(1));
    assert_eq!(refused(&mut world, "bank/hidden"), (1, false));
    world.replay();
}

#[test]
fn so_many_kinds_of_refusals_are_written_in_a_minute_and_no_more() {
    let mut world = World::ready();
    let written = (0..100).filter(|n| world.call(&format!("bank/no-{n}")).events.len() == 1).count();
    assert_eq!(written, REFUSALS_WRITTEN_MAX);
    world.pass(REFUSAL_WINDOW);
    assert_eq!(world.call("bank/no-99").events.len(), 1);
}

fn count(world: &mut World, code: Code, count: u64) -> Decided {
    let counted = vec![CountedRefusal { code, count, grant: world.grant(), tool: tool("bank/hidden") }];
    let facts = world.facts();
    world.run(&Command::CountRefusals(counted), &facts)
}

#[test]
fn refusals_that_add_up_end_the_grant() {
    let mut world = World::ready();
    assert_eq!(kinds(&count(&mut world, Code::NotAvailable, REFUSALS_MAX - 1)), ["refusals.counted"]);
    let mut counted = world.clone();
    assert_eq!(kinds(&count(&mut counted, Code::OverEach, 1)), ["refusals.counted", "grant.ended", "task.ended"]);
    assert_eq!(kinds(&world.call("bank/hidden")), ["action.refused", "grant.ended", "task.ended"]);
    assert!(count(&mut world, Code::OverEach, 0).events.is_empty(), "nothing counted is nothing written");
    world.replay();
}

#[test]
fn a_counted_refusal_of_no_grant_of_the_task_is_not_written() {
    let mut world = World::ready();
    let counted =
        CountedRefusal { code: Code::OverEach, count: 1, grant: GrantId::new([8; 16]), tool: tool("bank/pay") };
    let facts = world.facts();
    assert!(world.run(&Command::CountRefusals(vec![counted]), &facts).events.is_empty());
}

#[test]
fn strangers_cannot_end_a_grant_nor_crowd_out_its_record() {
    let mut world = World::ready();
    let mut written = 0;
    for n in 0..2 * REFUSALS_MAX {
        let action = world.action(&format!("bank/made-up-{n}"), "{}");
        let facts = world.facts_of('b');
        let attempt = world.attempt_command(action);
        written += world.run(&Command::Attempt(Box::new(attempt)), &facts).events.len();
    }
    assert_eq!(written, 1, "what strangers name is theirs to choose");
    count(&mut world, Code::KeyNotBound, 2 * REFUSALS_MAX);
    assert_eq!(world.call("bank/hidden").events.len(), 1);
    allowed(&world.pay("1"));
    world.replay();
}

#[test]
fn a_full_task_still_takes_its_endings() {
    let mut world = World::ready();
    let act = allowed(&world.pay("1"));
    world.task.seq = EVENTS_MAX - 1;
    assert_eq!(code(&world.bind('b')), Code::TaskFull);
    let refused = world.call("bank/hidden");
    assert!(refused.counted && refused.events.is_empty(), "{refused:?}");
    assert!(count(&mut world, Code::OverEach, 5).events.is_empty());
    assert_eq!(kinds(&world.done(act, &[])), ["action.ended"]);
    assert_eq!(kinds(&world.revoke()), ["grant.ended", "task.ended"]);
}

#[test]
fn a_tick_is_as_long_as_an_append_has_room_and_the_next_one_goes_on() {
    let mut world = World::ready();
    let parents: Vec<GrantId> = (0..6).map(|_| world.mint_child("third", |_| ())).collect();
    let of_one: usize = parents.iter().map(|_| 50).sum();
    for n in 0..of_one {
        world.mint_child("other", |envelope| envelope.window.expires = DAWN.after(Span::minutes(1 + n as u64 % 5)));
    }
    world.pass(Span::minutes(10));
    let first = world.tick().events.len();
    assert_eq!(first, TICK_EVENTS_MAX);
    assert_eq!(world.tick().events.len(), of_one - first);
    assert!(world.tick().events.is_empty(), "all of it is written down");
    world.replay();
}
