//! Calls whose server asks something before it has an answer: each round is an act, and one of them at a time is charged.

use super::prelude::*;
use super::world::*;

/// A payment that its server answered with a question.
fn asked(world: &mut World, euros: &str) -> u64 {
    let act = allowed(&world.pay(euros));
    world.asked(act);
    assert!(world.task.acts[&act].in_doubt(world.now));
    act
}

fn standing(world: &World) -> (Amount, u64, usize) {
    (world.charged(1, &eur()), world.uses(1), world.task.open)
}

#[test]
fn a_call_that_is_asked_again_and_again_is_charged_once_and_is_one_open_act() {
    let mut world = World::ready();
    let mut act = asked(&mut world, "300");
    for round in 1..200 {
        assert_eq!(standing(&world), (amount("300"), 1, 1), "round {round}");
        let action = world.payment("300");
        let decided = world.goes_on(act, round, action);
        let [Event { data: Data::ActionBegun(begun), .. }] = decided.events.as_slice() else { panic!("{decided:?}") };
        assert_eq!((begun.continues, begun.action.round), (Some(act), round));
        assert!(!world.task.acts.contains_key(&act), "the round before is over");
        act = allowed(&decided);
        world.asked(act);
    }
    let action = world.payment("300");
    act = allowed(&world.goes_on(act, 200, action));
    world.done(act, &[]);
    assert_eq!(standing(&world), (amount("300"), 1, 0));
    assert_eq!(code(&world.pay("300")), Code::OverTotal, "nothing was given back on the way");
    world.replay();
}

#[test]
fn a_question_that_nobody_answers_stays_in_doubt_and_charged() {
    let mut world = World::ready();
    asked(&mut world, "300");
    world.pass(Span::hours(2));
    assert_eq!(standing(&world), (amount("300"), 1, 1));
    assert!(world.tick().events.iter().all(|event| !matches!(event.data, Data::ActionEnded(_))));
}

#[test]
fn a_state_brought_twice_moves_the_charge_once() {
    let mut world = World::ready();
    let first = asked(&mut world, "100");
    let action = world.payment("100");
    let second = allowed(&world.goes_on(first, 1, action.clone()));
    let again = world.goes_on(first, 1, action);
    let third = allowed(&again);
    assert!(matches!(&again.events[0].data, Data::ActionBegun(begun) if begun.continues.is_none()));
    assert_ne!(second, third);
    assert_eq!(standing(&world), (amount("200"), 2, 2), "each that may leave is charged");
    world.replay();
}

#[test]
fn a_round_that_is_refused_leaves_the_first_in_doubt_and_charged() {
    let mut world = World::ready();
    let first = asked(&mut world, "100");
    world.policy = Says(Answer::Nothing);
    let action = world.payment("100");
    assert_eq!(code(&world.goes_on(first, 1, action)), Code::PolicyNotPermitted);
    assert_eq!(world.task.acts[&first].standing, ActStanding::Asked);
    assert_eq!(standing(&world), (amount("100"), 1, 1));
}

#[test]
fn no_charge_moves_to_another_call() {
    let charged = |of: fn(&mut World, u64) -> Decided| {
        let mut world = World::ready();
        let first = asked(&mut world, "100");
        let decided = of(&mut world, first);
        assert_eq!(world.task.acts[&first].standing, ActStanding::Asked, "{decided:?}");
        (allowed(&decided), world.charged(1, &eur())).1
    };
    let larger = charged(|world, first| {
        let action = world.payment("150");
        world.goes_on(first, 1, action)
    });
    assert_eq!(larger, amount("250"), "other arguments");
    let smaller = charged(|world, first| {
        let action = world.payment("1");
        world.goes_on(first, 1, action)
    });
    assert_eq!(smaller, amount("101"), "other arguments");
    let tool = charged(|world, first| {
        let arguments = world.payment("100").arguments.canonical();
        let action = Action { measures: Vec::new(), ..world.action("bank/note", &arguments) };
        world.goes_on(first, 1, action)
    });
    assert_eq!(tool, amount("100"), "another tool");
    let leaf = charged(|world, first| {
        let facts = world.facts_of('a');
        let action = Action { round: 1, sent: digest("other"), ..world.payment("100") };
        let continues = Some(Continues { act: first, leaf: 999 });
        let attempt = Attempt { continues, ..world.attempt_command(action) };
        // what is in doubt is not repeated in front of an enforced server, so the payment is kept off it
        world.run(
            &Command::Attempt(Box::new(Attempt {
                action: Action { measures: Vec::new(), ..world.action("bank/note", "{}") },
                ..attempt
            })),
            &facts,
        )
    });
    assert_eq!(leaf, amount("100"), "an act of another stream");
}

#[test]
fn an_act_that_is_open_in_plain_doubt_or_over_is_not_gone_on_from() {
    let mut world = World::ready();
    let open = allowed(&world.pay("50"));
    let action = world.payment("50");
    let beside = world.goes_on(open, 1, action.clone());
    assert!(matches!(&beside.events[0].data, Data::ActionBegun(begun) if begun.continues.is_none()), "it is open");
    world.doubt(open);
    assert_eq!(code(&world.goes_on(open, 1, action.clone())), Code::ApprovalUnavailable, "its twin is in doubt");
    world.done(open, &[]);
    allowed(&world.goes_on(open, 1, action));
    assert_eq!(world.charged(1, &eur()), amount("150"));
    world.replay();
}

#[test]
fn a_round_that_would_be_charged_less_is_charged_beside_the_first() {
    let mut world = World::ready();
    let first = asked(&mut world, "100");
    // the same arguments, read by another binding meanwhile
    let mut action = world.payment("100");
    action.measures[0].amount = Reading::Known(amount("1"));
    assert_eq!(code(&world.goes_on(first, 1, action)), Code::ApprovalUnavailable);
    assert_eq!(standing(&world), (amount("100"), 1, 1));
}

#[test]
fn of_one_key_each_round_is_an_act_and_each_is_one_act() {
    let mut world = World::ready();
    let action = world.keyed_payment("100", "k");
    let first = allowed(&world.attempt(action.clone()));
    world.asked(first);
    let second = allowed(&world.goes_on(first, 1, action.clone()));
    assert_eq!(world.goes_on(first, 1, action.clone()).verdict, Verdict::Again { act: second });
    assert_eq!(world.attempt(action.clone()).verdict, Verdict::Again { act: first }, "as it was asked at first");
    let standing = &world.task.acts[&first].standing;
    assert_eq!(*standing, ActStanding::Ended { status: Status::Asked, seq: second });
    let other = Action { sent: digest("other answers"), ..action };
    assert_eq!(code(&world.goes_on(first, 1, other)), Code::KeyReused);
    assert_eq!(world.charged(1, &eur()), amount("100"));
    world.replay();
}

#[test]
fn however_often_somebody_declines_it_is_recorded_and_ends_no_grant() {
    let mut world = World::ready();
    let mut written = 0;
    for _ in 0..2 * REFUSALS_MAX {
        let facts = world.facts_of('a');
        let attempt = world.attempt_command(world.action("bank/note", "{}"));
        let declined = Attempt { refused: Some(Reason::new(Code::Declined)), ..attempt };
        let decided = world.run(&Command::Attempt(Box::new(declined)), &facts);
        assert_eq!(code(&decided), Code::Declined);
        assert!(decided.counted != (decided.events.len() == 1), "one a minute is written, the rest are counted");
        written += decided.events.len();
    }
    assert_eq!(written, 1);
    let grant = world.grant();
    let counted = CountedRefusal { code: Code::Declined, count: 2 * REFUSALS_MAX, grant, tool: tool("bank/note") };
    let facts = world.facts();
    world.run(&Command::CountRefusals(vec![counted]), &facts);
    assert_eq!(world.task.grants[&grant].refused, 0);
    allowed(&world.pay("1"));
    world.replay();
}

#[test]
fn no_outcome_of_an_edge_says_that_a_call_went_on() {
    let mut world = World::ready();
    let first = asked(&mut world, "100");
    let second = {
        let action = world.payment("100");
        allowed(&world.goes_on(first, 1, action))
    };
    let ended = world.done(second, &[]);
    let Data::ActionEnded(mut ended) = ended.events[0].data.clone() else { panic!("{ended:?}") };
    ended.status = Status::Asked;
    let mut before = World::ready();
    let act = allowed(&before.pay("100"));
    ended.act = act;
    assert!(before.task.apply(&Event { at: before.now, data: (*ended).into() }, 99).is_err());
}

#[test]
fn a_round_that_was_never_sent_gives_back_nothing_of_the_one_before_it() {
    let mut world = World::ready();
    let first = asked(&mut world, "300");
    let action = world.payment("300");
    let second = allowed(&world.goes_on(first, 1, action));
    let decided = world.settle(second, Outcome::NeverSent);
    assert!(matches!(decided.events[0].data, Data::ActionDoubtful(_)), "{decided:?}");
    assert_eq!(standing(&world), (amount("300"), 1, 1), "the first was sent, and may have paid");
    assert_eq!(code(&world.pay("300")), Code::OverTotal);
    assert_eq!(code(&world.pay("100")), Code::ApprovalUnavailable, "past the threshold, and not by what came back");
    world.replay();
}

#[test]
fn a_yes_to_a_call_is_none_to_what_its_server_asks_for_afterwards() {
    let mut world = World::with_passkeys();
    let first = waits(&world.pay("400"));
    world.approve(first, "owner otto", "otto");
    let act = allowed(&world.pay("400"));
    world.asked(act);
    let action = world.payment("400");
    let decided = world.goes_on(act, 1, action.clone());
    let second = waits(&decided);
    assert_ne!(second, first, "what would be sent now is another act");
    let of = |approval: u64| &world.task.approvals[&approval];
    assert_eq!(of(second).needs, of(first).needs, "the round before is no twin that somebody has to judge");
    assert_ne!(of(second).terms.action, of(first).terms.action);
    assert_eq!(waits(&world.goes_on(act, 1, action.clone())), second, "asking again asks nobody again");
    assert_eq!(standing(&world), (amount("400"), 1, 1), "what waits is charged nothing beside");
    world.approve(second, "owner otto", "otto");
    let other = world.goes_on(act, 2, action.clone());
    assert_ne!(waits(&other), second, "nor is it a yes to a third round");
    let decided = world.goes_on(act, 1, action);
    let [Event { data: Data::ActionBegun(begun), .. }] = decided.events.as_slice() else { panic!("{decided:?}") };
    assert_eq!(begun.continues, Some(act), "the charge of the round before is taken over");
    assert_eq!(standing(&world), (amount("400"), 1, 1));
    world.replay();
}
