//! Several acts signed by one assertion: each is still a yes to its own act, used once.

use super::prelude::*;
use super::world::*;

const OTTO: &str = "owner otto";

fn two(world: &mut World) -> [(u64, &'static str); 2] {
    [(waits(&world.pay("400")), OTTO), (waits(&world.pay("401")), OTTO)]
}

#[test]
fn one_signature_over_a_sheet_is_a_yes_to_each_act_on_it_and_is_used_once_for_each() {
    let mut world = World::with_passkeys();
    let asked = two(&mut world);
    for said in world.yes_to_all(&asked, "otto") {
        let given = world.says(said);
        assert_eq!(given.verdict, Verdict::Done, "{given:?}");
        let Data::ApprovalGiven(data) = &given.events[0].data else { panic!("{given:?}") };
        assert!(data.sheet.as_ref().unwrap().holds(&data.statement));
    }
    let act = allowed(&world.pay("400"));
    world.done(act, &[(eur(), "0.01")]);
    assert!(!asked.iter().any(|(id, _)| *id == waits(&world.pay("400"))), "a second identical act is asked for anew");
    world.replay();
}

#[test]
fn a_sheet_is_no_yes_to_what_does_not_stand_on_it() {
    let mut world = World::with_passkeys();
    let asked = two(&mut world);
    let third = waits(&world.pay("402"));
    let [first, second] = <[Approve; 2]>::try_from(world.yes_to_all(&asked, "otto")).unwrap();
    let elsewhere = Approve { approval: third, ..first.clone() };
    assert_eq!(code(&world.says(elsewhere)), Code::NotPossible);
    let whose = Approve { by: signer("anna"), ..first.clone() };
    assert_eq!(code(&world.says(whose)), Code::NotPossible);
    let bare = Approve { sheet: None, ..first.clone() };
    assert_eq!(code(&world.says(bare)), Code::NotPossible, "the sheet's digest is no statement's");
    let alone = Approve { signed: second.sheet.clone().unwrap().statements[0], ..first.clone() };
    assert_eq!(code(&world.says(alone)), Code::NotPossible, "nor is a statement's the sheet's");
    let unformed = Sheet { of: Statement::TYPE.to_owned(), ..first.sheet.clone().unwrap() };
    let strange = Approve { signed: unformed.digest(), sheet: Some(unformed), ..first.clone() };
    assert_eq!(code(&world.says(strange)), Code::NotPossible);
    assert_eq!(world.says(first.clone()).verdict, Verdict::Done);
    assert_eq!(code(&world.says(first)), Code::NotPossible, "once");
    assert_eq!(world.says(second).verdict, Verdict::Done);
}

#[test]
fn what_is_critical_is_signed_by_itself() {
    let mut world = World::with_passkeys();
    let asked = two(&mut world);
    let critical = asked[0].0;
    world.task.approvals.get_mut(&critical).unwrap().impact = Impact::Critical;
    let [on, other] = <[Approve; 2]>::try_from(world.yes_to_all(&asked, "otto")).unwrap();
    assert_eq!(code(&world.says(on)), Code::NotPossible);
    assert_eq!(world.says(other).verdict, Verdict::Done);
    assert_eq!(world.approve(critical, OTTO, "otto").verdict, Verdict::Done);
}
