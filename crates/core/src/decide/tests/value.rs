//! What is reserved, what it comes to, and what is given back.

use super::prelude::*;
use super::world::*;

fn records() -> Unit {
    Unit::records()
}

#[test]
fn a_success_settles_at_what_its_result_measures_else_at_the_reserve() {
    for (measured, charged) in [(Some("70"), "70"), (None, "100"), (Some("0"), "0")] {
        let mut world = World::ready();
        let act = allowed(&world.pay("100"));
        let measured: Vec<_> = measured.into_iter().map(|euros| (eur(), euros)).collect();
        world.done(act, &measured);
        assert_eq!((world.charged(1, &eur()), world.uses(1)), (amount(charged), 1));
        world.replay();
    }
}

#[test]
fn only_never_sent_and_a_named_result_give_back_all_and_the_use() {
    for (outcome, charged, uses) in [
        (Outcome::NeverSent, "0", 0),
        (Outcome::NotDone(Observed::default()), "0", 0),
        (Outcome::Doubt { why: "error".to_owned() }, "100", 1),
        (Outcome::Done(Observed::default()), "100", 1),
    ] {
        let mut world = World::ready();
        let act = allowed(&world.pay("100"));
        world.settle(act, outcome.clone());
        assert_eq!((world.charged(1, &eur()), world.uses(1)), (amount(charged), uses), "{outcome:?}");
        world.replay();
    }
}

#[test]
fn pay_then_cancel_again_and_again_refills_nothing() {
    let mut world = World::ready();
    for euros in ["100", "101", "99"] {
        let act = allowed(&world.pay(euros));
        assert_eq!(world.doubt(act).verdict, Verdict::Done);
        assert_eq!(code(&world.settle(act, Outcome::NeverSent)), Code::NotPossible);
        assert_eq!(code(&world.settle(act, Outcome::NotDone(Observed::default()))), Code::NotPossible);
        assert_eq!(code(&world.doubt(act)), Code::NotPossible);
    }
    assert_eq!(code(&world.pay("201")), Code::OverTotal);
    assert_eq!(world.charged(1, &eur()), amount("300"));
}

#[test]
fn an_outcome_after_the_doubt_never_lowers_and_may_raise_the_charge() {
    for (measured, charged) in [("1", "100"), ("100", "100"), ("120", "120")] {
        let mut world = World::ready();
        let act = allowed(&world.pay("100"));
        world.doubt(act);
        world.done(act, &[(eur(), measured)]);
        assert_eq!(world.charged(1, &eur()), amount(charged));
    }
}

#[test]
fn an_act_is_settled_once_and_by_its_own_leaf() {
    let mut world = World::ready();
    let act = allowed(&world.pay("100"));
    let facts = world.facts();
    let wrong = Settle { act, leaf: world.leaf + 1, outcome: Outcome::NeverSent };
    assert_eq!(code(&world.ask(&Command::Settle(Box::new(wrong)), &facts)), Code::NotPossible);
    assert_eq!(world.settle(act, Outcome::NeverSent).verdict, Verdict::Done);
    assert_eq!(code(&world.settle(act, Outcome::NeverSent)), Code::NotPossible);
    let keyed = world.keyed_payment("1", "k");
    let act = allowed(&world.attempt(keyed));
    world.done(act, &[]);
    assert_eq!(code(&world.settle(act, Outcome::NeverSent)), Code::NotPossible);
}

#[test]
fn a_call_stays_a_call_whatever_its_result_says_of_itself() {
    let mut world = World::ready();
    let act = allowed(&world.call("bank/note"));
    world.done(act, &[(Unit::calls(), "0")]);
    assert_eq!(world.charged(3, &Unit::calls()), amount("1"));
}

#[test]
fn a_result_past_the_limit_of_each_ends_the_grant_and_the_task_with_it() {
    let mut world = World::ready();
    let act = allowed(&world.pay("200"));
    let decided = world.done(act, &[(eur(), "500.01")]);
    let kinds: Vec<_> = decided.events.iter().map(|event| event.data.kind()).collect();
    assert_eq!(kinds, ["action.ended", "grant.ended", "task.ended"]);
    // The act that ends here is not among those that are open.
    let open = decided.events.iter().filter_map(|event| match &event.data {
        Data::GrantEnded(ended) => Some(&ended.open),
        Data::TaskEnded(ended) => Some(&ended.open),
        _ => None,
    });
    assert!(open.clone().count() == 2 && open.into_iter().all(Vec::is_empty), "{decided:?}");
    assert_eq!(code(&world.pay("1")), Code::TaskEnded);
    world.replay();
}

#[test]
fn a_result_of_a_unit_that_was_not_reserved_ends_the_grant_that_limits_it() {
    let mut world = World::ready();
    let act = allowed(&world.call("bank/note"));
    assert_eq!(world.clone().done(act, &[(records(), "7")]).events.len(), 1, "the row does not limit records");
    let mut action = world.action("bank/export", "{}");
    action.measures.clear();
    let act = allowed(&world.attempt(action));
    assert_eq!(world.clone().done(act, &[(records(), "0")]).events.len(), 1);
    assert_eq!(world.done(act, &[(records(), "7")]).events.len(), 3);
    assert_eq!(code(&world.call("bank/note")), Code::TaskEnded);
}

#[test]
fn a_result_past_a_rolling_limit_ends_the_grant() {
    let mut world = World::new();
    world.documents(&[r#"{"kind":"template","name":"exports","purpose":"p","intent":"Export",
        "start":{"who":["anna"],"agents":["payer"]},"window":"24h",
        "grant":[{"tools":["bank/export"],"effect":"export","meters":{"records":{"window":{"most":"100","over":"1h"}}}}]}"#]);
    world.start("exports");
    world.consent();
    world.bind('a');
    for (records, ends) in [("60", false), ("40", false), ("1", true)] {
        let act = allowed(&world.call("bank/export"));
        assert_eq!(world.done(act, &[(Unit::records(), records)]).events.len() > 1, ends, "{records}");
        world.pass(Span::minutes(1));
    }
}

#[test]
fn a_rolling_limit_is_free_again_once_its_oldest_charge_left() {
    let mut world = World::ready();
    let began = world.now;
    for _ in 0..3 {
        let act = allowed(&world.call("bank/note"));
        world.done(act, &[]);
        world.pass(Span::minutes(1));
    }
    world.now = Micros(began.after(Span::minutes(10)).0 - 1);
    assert_eq!(code(&world.clone().call("bank/note")), Code::OverWindow);
    world.now = began.after(Span::minutes(10));
    allowed(&world.call("bank/note"));
    assert_eq!(code(&world.call("bank/note")), Code::OverWindow);
    world.replay();
}

#[test]
fn what_only_the_result_tells_reserves_the_limit_of_each_whatever_the_arguments_say() {
    let mut world = World::ready();
    let mut action = world.action("bank/batch", "{}");
    action.measures[0].amount = Reading::Known(amount("1"));
    allowed(&world.attempt(action.clone()));
    allowed(&world.attempt(action.clone()));
    assert_eq!(world.charged(4, &records()), amount("200"));
    assert_eq!(code(&world.attempt(action.clone())), Code::OverTotal);
    action.measures[0].amount = Reading::Known(amount("101"));
    assert_eq!(code(&world.attempt(action)), Code::OverEach);
}

#[test]
fn an_export_whose_size_nobody_will_know_holds_back_the_next() {
    let mut world = World::ready();
    let act = allowed(&world.call("bank/export"));
    world.doubt(act);
    let other = world.action("bank/export", r#"{"of":"payroll"}"#);
    assert_eq!(code(&world.attempt(other.clone())), Code::OneAtATime);
    world.done(act, &[(records(), "400")]);
    let act = allowed(&world.attempt(other.clone()));
    world.done(act, &[(records(), "600")]);
    assert_eq!(code(&world.attempt(other)), Code::OverTotal);
}

#[test]
fn a_threshold_counts_the_running_sum() {
    let mut world = World::ready();
    for _ in 0..3 {
        let act = allowed(&world.pay("100"));
        world.done(act, &[]);
    }
    assert_eq!(code(&world.pay("0.01")), Code::ApprovalUnavailable);
}

#[test]
fn a_threshold_counts_the_sum_of_the_task_whatever_the_row() {
    let mut world = World::new();
    world.documents(&[r#"{"kind":"template","name":"two-ways","purpose":"p","intent":"Pay",
        "start":{"who":["anna"],"agents":["payer"]},
        "grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"500","total":"500"}}},
                 {"tools":["bank/order"],"effect":"write","meters":{"EUR":{"total":"500"}}}],
        "ask":[{"who":"owner","over":{"EUR":"300"}}]}"#]);
    world.start("two-ways");
    world.consent();
    world.bind('a');
    allowed(&world.pay("200"));
    let order = |world: &World, euros: &str| world.action("bank/order", &format!(r#"{{"amount":"{euros}"}}"#));
    let action = order(&world, "100.01");
    assert_eq!(code(&world.attempt(action)), Code::ApprovalUnavailable);
    let action = order(&world, "100");
    allowed(&world.attempt(action));
}

#[test]
fn money_that_a_row_does_not_limit_is_not_allowed_to_move() {
    let mut world = World::broad();
    allowed(&world.call("bank/order"));
    let action = world.action("bank/order", r#"{"amount":"1"}"#);
    assert_eq!(code(&world.attempt(action.clone())), Code::UnitNotGranted);
    let mut unread = action;
    unread.measures[0].unit = Reading::Unknown;
    assert_eq!(code(&world.attempt(unread)), Code::MeasureUnknown);
}

#[test]
fn a_transfer_that_is_not_measured_at_all_is_refused() {
    let mut world = World::ready();
    let mut action = world.payment("10");
    let one_call = Measure { amount: Reading::Known(amount("1")), after: false, unit: Reading::Known(Unit::calls()) };
    action.measures.push(one_call.clone());
    allowed(&world.attempt(action.clone()));
    for measures in [Vec::new(), vec![one_call]] {
        action.measures = measures;
        assert_eq!(code(&world.attempt(action.clone())), Code::MeasureUnknown);
    }
}

#[test]
fn two_amounts_of_one_unit_count_together() {
    let mut world = World::ready();
    let mut action = world.payment("260");
    action.measures.push(action.measures[0].clone());
    assert_eq!(code(&world.attempt(action)), Code::OverEach);
}

#[test]
fn a_zero_amount_uses_a_use() {
    let mut world = World::ready();
    allowed(&world.pay("0"));
    assert_eq!((world.charged(1, &eur()), world.uses(1)), (Amount::ZERO, 1));
}

#[test]
fn a_success_that_does_not_tell_what_only_it_could_is_past_the_meter_unless_a_limit_of_each_stands_for_it() {
    let untold = || Outcome::Done(Observed { unmeasured: vec![records()], size: 2, ..Observed::default() });
    let mut world = World::ready();
    let act = allowed(&world.call("bank/export"));
    let decided = world.settle(act, untold());
    let ended = decided.events.iter().find_map(|event| match &event.data {
        Data::GrantEnded(ended) => Some(ended.why),
        _ => None,
    });
    assert_eq!(ended, Some(Code::MeterExceeded), "nothing told is not nothing done");
    assert_eq!(code(&world.call("bank/export")), Code::TaskEnded);
    world.replay();
    // reserved at the limit of one action, and settled there
    let mut world = World::ready();
    let act = allowed(&world.call("bank/batch"));
    assert_eq!(world.settle(act, untold()).events.len(), 1);
    assert_eq!(world.charged(4, &records()), amount("100"));
    allowed(&world.call("bank/batch"));
    world.replay();
}

#[test]
fn a_call_is_one_call_whatever_its_result_says_of_itself() {
    for said in ["0", "3"] {
        let mut world = World::ready();
        let act = allowed(&world.call("bank/note"));
        world.done(act, &[(Unit::calls(), said)]);
        assert_eq!(world.charged(3, &Unit::calls()), amount("1"), "{said}");
        allowed(&world.call("bank/note"));
    }
}

#[test]
fn a_refund_is_an_act_of_its_own_and_refills_nothing() {
    let mut world = World::ready();
    for euros in ["200", "90"] {
        let act = allowed(&world.pay(euros));
        world.done(act, &[(eur(), euros)]);
    }
    // money that comes back by another act: whatever it is called, and whatever its result says it came to
    let mut refund = world.payment("10");
    refund.measures[0].amount = Reading::Known(amount("10"));
    let act = allowed(&world.attempt(refund));
    world.settle(act, Outcome::Done(Observed { measured: vec![(eur(), amount("0"))], size: 2, ..Observed::default() }));
    assert_eq!(world.charged(1, &eur()), amount("290"), "it gives back its own reserve at most");
    let note = allowed(&world.call("bank/note"));
    let decided = world.done(note, &[(eur(), "290")]);
    assert_eq!(decided.events.len(), 1, "a row without the meter has nothing to settle");
    assert_eq!(world.charged(1, &eur()), amount("290"), "another act's result lowers nothing");
    world.replay();
}

#[test]
fn a_refusal_for_a_twin_names_the_event_of_the_act_in_doubt() {
    let mut world = World::ready();
    let act = allowed(&world.pay("10"));
    let leaf = world.task.acts[&act].leaf;
    world.doubt(act);
    let refused = world.pay("10");
    assert_eq!(refused.reasons[1].code, Code::TwinInDoubt);
    assert_eq!(refused.reasons[1].asked, Some(leaf.to_string()));
    assert!(refused.reasons[1].to_string().ends_with(&format!("event {leaf}")));
}

#[test]
fn that_the_server_said_it_failed_stands_in_the_event() {
    let seen = |decided: &Decided| match &decided.events[0].data {
        Data::ActionEnded(ended) => (ended.status, ended.result.failed),
        other => panic!("{other:?}"),
    };
    let mut world = World::ready();
    for (outcome, expected) in [
        (Outcome::Done(Observed { failed: true, ..Observed::default() }), (Status::Done, true)),
        (Outcome::Done(Observed::default()), (Status::Done, false)),
        (Outcome::Doubt { why: FAILED.to_owned() }, (Status::Assumed, true)),
        (Outcome::Doubt { why: "cut".to_owned() }, (Status::Assumed, false)),
    ] {
        let act = allowed(&world.call("mail/search"));
        assert_eq!(seen(&world.settle(act, outcome)), expected);
    }
}
