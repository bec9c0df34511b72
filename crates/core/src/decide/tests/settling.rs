//! What a person says became of an act in doubt.

use super::prelude::*;
use super::world::*;

fn says(world: &mut World, person: &str, act: u64, done: bool, measured: &[(&str, Unit)]) -> Decided {
    let leaf = world.task.acts.get(&act).map_or(0, |act| act.leaf);
    let measured = measured.iter().map(|(text, unit)| (unit.clone(), amount(text))).collect();
    let evidence = "the statement of that day".to_owned();
    let said = SettleDoubt { act, leaf, by: by(person), done, measured, evidence };
    let facts = world.facts();
    world.run(&Command::SettleDoubt(Box::new(said)), &facts)
}

/// A payment of 200 that nobody knows the outcome of.
fn in_doubt() -> (World, u64) {
    let mut world = World::ready();
    let act = allowed(&world.pay("200"));
    world.doubt(act);
    (world, act)
}

#[test]
fn what_was_not_done_comes_back_by_the_word_of_somebody_else() {
    let (mut world, act) = in_doubt();
    assert_eq!(code(&says(&mut world, "anna", act, false, &[])), Code::SecondPersonNeeded);
    assert_eq!(world.charged(1, &eur()), amount("200"), "nothing changed");
    let decided = says(&mut world, "otto", act, false, &[]);
    let Data::ActionEnded(ended) = &decided.events[0].data else { panic!("{decided:?}") };
    assert_eq!(ended.by.as_ref().map(|by| by.person.as_str()), Some("otto"));
    let evidence = ended.private.as_ref().and_then(|private| private.result.as_ref()?.get("evidence")?.as_str());
    assert_eq!(evidence, Some("the statement of that day"));
    assert_eq!((world.charged(1, &eur()), world.uses(1), world.task.open), (Amount::ZERO, 0, 0));
    allowed(&world.pay("200"));
    world.replay();
}

#[test]
fn who_is_described_as_the_account_that_wanted_it_is_no_second_person() {
    let (mut world, act) = in_doubt();
    world.task.requester = Some(PersonId::parse("uid:1000").unwrap());
    world.documents(&[r#"{"kind":"person","name":"bea","roles":["administrator"],"uid":1000}"#]);
    assert_eq!(code(&says(&mut world, "bea", act, false, &[])), Code::SecondPersonNeeded);
    assert_eq!(world.task.requester.as_ref().map(PersonId::as_str), Some("uid:1000"), "it is whose it was");
    assert_eq!(says(&mut world, "otto", act, false, &[]).verdict, Verdict::Done);
}

#[test]
fn who_wanted_it_may_say_that_it_was_done() {
    let (mut world, act) = in_doubt();
    assert_eq!(code(&world.pay("200")), Code::ApprovalUnavailable, "its twin waits");
    assert_eq!(says(&mut world, "anna", act, true, &[]).verdict, Verdict::Done);
    assert_eq!(world.charged(1, &eur()), amount("200"));
    allowed(&world.pay("100"));
    world.replay();
}

#[test]
fn less_than_was_charged_is_for_somebody_else_to_say_and_more_for_nobody() {
    let (mut world, act) = in_doubt();
    assert_eq!(code(&says(&mut world, "anna", act, true, &[("150", eur())])), Code::SecondPersonNeeded);
    assert_eq!(code(&says(&mut world, "otto", act, true, &[("200.01", eur())])), Code::NotPossible);
    assert_eq!(code(&says(&mut world, "otto", act, true, &[("1", Unit::records())])), Code::NotPossible);
    assert_eq!(code(&says(&mut world, "otto", act, false, &[("1", eur())])), Code::NotPossible);
    assert_eq!(says(&mut world, "otto", act, true, &[("150", eur())]).verdict, Verdict::Done);
    assert_eq!(world.charged(1, &eur()), amount("150"));
    assert_eq!(code(&says(&mut world, "otto", act, false, &[])), Code::NotPossible, "twice");
    world.replay();
}

#[test]
fn only_what_is_in_doubt_is_settled_by_a_person_and_with_evidence() {
    let mut world = World::ready();
    let act = allowed(&world.pay("200"));
    assert_eq!(code(&says(&mut world, "otto", act, true, &[])), Code::NotPossible, "it is under way");
    assert_eq!(code(&says(&mut world, "otto", act + 7, true, &[])), Code::NotPossible, "it never began");
    world.pass(Span::minutes(2));
    let leaf = world.task.acts[&act].leaf;
    for evidence in ["", "  ", "two\nlines"] {
        let evidence = evidence.to_owned();
        let said = SettleDoubt { act, leaf, by: by("otto"), done: true, measured: Vec::new(), evidence };
        let facts = world.facts();
        assert_eq!(code(&world.ask(&Command::SettleDoubt(Box::new(said)), &facts)), Code::NotPossible);
    }
    assert_eq!(says(&mut world, "otto", act, true, &[]).verdict, Verdict::Done, "past its time it is in doubt");
}

#[test]
fn an_act_is_settled_after_its_task_has_ended_as_well() {
    let (mut world, act) = in_doubt();
    world.revoke();
    assert_eq!(says(&mut world, "otto", act, false, &[]).verdict, Verdict::Done);
    assert_eq!(world.charged(1, &eur()), Amount::ZERO);
    world.replay();
}

#[test]
fn a_directory_of_one_person_has_nobody_else() {
    let (mut world, act) = in_doubt();
    world.remove("person", "otto");
    assert_eq!(says(&mut world, "anna", act, false, &[]).verdict, Verdict::Done);
}

#[test]
fn who_sends_the_others_away_is_still_not_the_second_of_their_own_task() {
    let mut world = World::with_passkeys();
    let act = allowed(&world.pay("100"));
    world.doubt(act);
    for other in ["otto", "bea", "carl"] {
        world.remove("person", other);
    }
    assert_eq!(code(&says(&mut world, "anna", act, false, &[])), Code::SecondPersonNeeded);
}

#[test]
fn more_than_was_reserved_is_said_where_only_the_result_could_tell_and_ends_what_it_exceeds() {
    let mut world = World::ready();
    let act = allowed(&world.call("bank/export"));
    world.doubt(act);
    let decided = says(&mut world, "anna", act, true, &[("1001", Unit::records())]);
    assert!(
        decided.events.iter().any(|event| event.data.kind().ends_with(".ended") && event.data.kind() != "action.ended")
    );
    world.replay();
}
