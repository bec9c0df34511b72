use crate::decide::tests::world::*;
use crate::{
    Amount, Code, Command, Data, Decided, GrantId, Observed, Outcome, SettleByRecord, Span, Status, Unit, Verdict,
};

const ORDERS: &str = r#"{"kind":"tool","tool":"bank/order","effect":"write","reversibility":"irreversible",
    "bind":{"outcome":{"tool":"list","arguments":{"/key":"/key"},"done":[{"at":"/status","equals":"booked"}]}}}"#;
const TEMPLATE: &str = r#"{"kind":"template","name":"orders","purpose":"p","intent":"Order",
    "start":{"who":["anyone"],"agents":["payer"]},
    "grant":[
        {"tools":["bank/list","bank/hidden"],"resources":"any"},
        {"tools":["mail/fetch"],"resources":"any"},
        {"tools":["bank/order","bank/note"],"effect":"write","meters":{"EUR":{"total":"500"}}}],
    "delegate":{"agents":["other"],"depth":1}}"#;

/// An order of 200 that nobody knows the outcome of.
fn in_doubt() -> (World, u64) {
    let mut world = World::new();
    world.documents(&[ORDERS, TEMPLATE]);
    assert_eq!(world.start("orders").verdict, Verdict::Done);
    world.bind('a');
    let act = ordered(&mut world);
    world.doubt(act);
    (world, act)
}

fn ordered(world: &mut World) -> u64 {
    let order = world.action("bank/order", r#"{"amount":"200"}"#);
    allowed(&world.attempt(order))
}

fn command(world: &World, act: u64, read: u64, done: bool, measured: &[(&str, Unit)]) -> Command {
    let leaf = world.task.acts.get(&act).map_or(0, |act| act.leaf);
    let measured = measured.iter().map(|(text, unit)| (unit.clone(), amount(text))).collect();
    let observed = Observed { measured, size: 12, ..Observed::default() };
    Command::SettleByRecord(Box::new(SettleByRecord { act, leaf, read, done, observed }))
}

fn says(world: &mut World, act: u64, read: u64, done: bool, measured: &[(&str, Unit)]) -> Decided {
    let (command, facts) = (command(world, act, read, done, measured), world.facts());
    world.run(&command, &facts)
}

#[test]
fn what_its_server_has_on_record_settles_an_act_in_doubt_and_names_the_read() {
    for (done, measured, left) in [(true, None, "200"), (true, Some("150"), "150"), (false, None, "0")] {
        let (mut world, act) = in_doubt();
        assert_eq!(world.charged(2, &eur()), amount("200"));
        let read = allowed(&world.call("bank/list"));
        let measured: Vec<_> = measured.map(|text| (text, eur())).into_iter().collect();
        let decided = says(&mut world, act, read, done, &measured);
        let [event] = decided.events.as_slice() else { panic!("{decided:?}") };
        let Data::ActionEnded(ended) = &event.data else { panic!("{decided:?}") };
        assert_eq!((ended.by.as_ref(), ended.record.map(|record| record.act)), (None, Some(read)));
        assert_eq!(ended.status, if done { Status::Done } else { Status::NotDone });
        assert_eq!(world.charged(2, &eur()), amount(left));
        assert_eq!(world.uses(2), u64::from(done));
        // then the read is over as any
        assert_eq!(world.done(read, &[]).verdict, Verdict::Done);
        assert_eq!(world.task.open, 0);
        assert_eq!(code(&says(&mut world, act, read, false, &[])), Code::NotPossible, "twice");
        world.replay();
    }
}

#[test]
fn more_than_was_reserved_is_charged_as_it_is_on_record_and_ends_what_it_exceeds() {
    let (mut world, act) = in_doubt();
    let read = allowed(&world.call("bank/list"));
    let decided = says(&mut world, act, read, true, &[("501", eur())]);
    let kinds: Vec<_> = decided.events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds.first(), Some(&"action.ended"));
    assert!(kinds.len() > 1 && !world.task.grants[&world.grant()].standing.live(), "{kinds:?}");
    world.replay();
}

#[test]
fn nothing_but_the_named_tool_read_after_the_act_and_now_tells_what_is_on_record() {
    type Read = fn(&mut World, u64) -> u64;
    let cases: [(&str, Read); 6] = [
        ("no act", |_, act| act + 40),
        ("itself", |_, act| act),
        ("another reading tool", |world, _| allowed(&world.call("bank/hidden"))),
        ("a tool that writes", |world, _| allowed(&world.call("bank/note"))),
        ("a read that is over", |world, _| {
            let read = allowed(&world.call("bank/list"));
            world.done(read, &[]);
            read
        }),
        ("a read past its time", |world, _| {
            let read = allowed(&world.call("bank/list"));
            world.pass(Span::minutes(2));
            read
        }),
    ];
    for (what, read) in cases {
        let (mut world, act) = in_doubt();
        let read = read(&mut world, act);
        assert_eq!(code(&says(&mut world, act, read, false, &[])), Code::NotPossible, "{what}");
        assert_eq!(world.charged(2, &eur()), amount("200"), "{what}");
    }
    // one that began before the act
    let (mut world, first) = in_doubt();
    let read = allowed(&world.call("bank/list"));
    let next = world.action("bank/order", r#"{"amount":"100"}"#);
    let next = allowed(&world.attempt(next));
    world.doubt(next);
    assert_eq!(code(&says(&mut world, next, read, false, &[])), Code::NotPossible);
    assert_eq!(says(&mut world, first, read, false, &[]).verdict, Verdict::Done);
}

#[test]
fn a_read_of_another_grant_tells_nothing_of_this_ones_act() {
    let (mut world, act) = in_doubt();
    let child: GrantId = world.mint_child("other", |_| {});
    world.take(child, 'c');
    let facts = world.facts_by(child, 'c');
    let attempt = crate::Attempt { grant: child, ..world.attempt_command(world.action("bank/list", "{}")) };
    let read = allowed(&world.run(&Command::Attempt(Box::new(attempt)), &facts));
    assert_eq!(code(&says(&mut world, act, read, false, &[])), Code::NotPossible);
}

#[test]
fn what_is_under_way_asked_or_was_no_part_of_a_binding_is_settled_by_no_record() {
    let (mut world, _) = in_doubt();
    let other = world.action("bank/order", r#"{"amount":"50"}"#);
    let other = allowed(&world.attempt(other));
    let read = allowed(&world.call("bank/list"));
    assert_eq!(code(&says(&mut world, other, read, true, &[])), Code::NotPossible, "it is under way");
    world.asked(other);
    assert_eq!(code(&says(&mut world, other, read, true, &[])), Code::NotPossible, "its next round bears the charge");

    let (mut world, act) = in_doubt();
    let read = allowed(&world.call("bank/list"));
    world.remove("tool", "bank/order");
    assert_eq!(code(&says(&mut world, act, read, false, &[])), Code::NotPossible, "its binding names none any more");

    let (mut world, act) = in_doubt();
    let read = allowed(&world.call("bank/list"));
    assert_eq!(code(&says(&mut world, act, read, false, &[("1", eur())])), Code::NotPossible);
    world.settle(read, Outcome::NeverSent);
    assert_eq!(world.charged(2, &eur()), amount("200"));
    assert_ne!(world.charged(2, &eur()), Amount::ZERO);
}

/// What the node asks through the grant of the task's holder, at somebody's word.
fn in_its_place(world: &mut World) -> crate::Facts {
    let facts = world.facts_of('a');
    let caller = facts.caller.map(|caller| crate::Caller { proof: None, ..caller });
    crate::Facts { asked_by: Some(by("otto")), caller, ..facts }
}

fn reads_for_otto(world: &mut World, tool: &str) -> Decided {
    let (action, facts) = (world.action(tool, "{}"), in_its_place(world));
    let attempt = Command::Attempt(Box::new(world.attempt_command(action)));
    world.run(&attempt, &facts)
}

#[test]
fn at_a_persons_word_the_node_reads_what_settles_an_act_in_doubt_and_nothing_else() {
    let (mut world, act) = in_doubt();
    let read = allowed(&reads_for_otto(&mut world, "bank/list"));
    let begun = world.task.acts[&read].clone();
    assert!(begun.harmless && begun.grant == world.grant(), "it is an act of the grant, charged to it");
    assert_eq!(says(&mut world, act, read, false, &[]).verdict, Verdict::Done);
    world.done(read, &[]);
    assert_eq!(code(&reads_for_otto(&mut world, "bank/list")), Code::CallerUnknown, "nothing is in doubt any more");

    for tool in ["bank/hidden", "bank/note", "bank/order", "mail/fetch"] {
        let (mut world, _) = in_doubt();
        assert_eq!(code(&reads_for_otto(&mut world, tool)), Code::CallerUnknown, "{tool}");
    }
    world.replay();
}

#[test]
fn at_a_persons_word_the_node_does_nothing_in_the_holders_place_but_read() {
    let (mut world, _) = in_doubt();
    let facts = in_its_place(&mut world);
    let grant = world.grant();
    for command in [Command::Bind { grant }, Command::Tick] {
        assert_eq!(code(&world.ask(&command, &facts)), Code::CallerUnknown, "{command:?}");
    }
    world.revoke();
    assert_eq!(code(&reads_for_otto(&mut world, "bank/list")), Code::TaskEnded, "nor through a grant that has ended");
}
