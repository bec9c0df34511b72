//! What an agent asks its person for: it gives nothing, it is bounded, and one answer ends it.

use super::prelude::*;
use super::world::*;

const MORE: &str = r#"{"kind":"template","name":"more","purpose":"accounts-payable","intent":"order paper as well",
    "start":{"who":["anna"],"agents":["payer"]},"grant":[{"tools":["bank/order"],"effect":"write","uses":1}]}"#;

fn ready() -> World {
    let mut world = World::ready();
    world.documents(&[MORE]);
    world
}

fn wish(world: &mut World, wanted: &str, tools: &[&str]) -> Decided {
    let facts = world.facts_of('a');
    let tools = tools.iter().map(|tool| (*tool).to_owned()).collect();
    let wish = Wish { grant: world.grant(), epoch: 1, tools, wanted: wanted.to_owned() };
    world.run(&Command::Wish(Box::new(wish)), &facts)
}

/// Made, and its number.
fn made(world: &mut World, wanted: &str) -> u64 {
    assert_eq!(wish(world, wanted, &["bank/order"]).verdict, Verdict::Done);
    world.task.seq
}

fn refuse(world: &mut World, whom: &str, wish: u64, reason: &str) -> Decided {
    let facts = world.facts();
    let said = RefuseWish { wish, by: by(whom), reason: reason.to_owned() };
    world.run(&Command::RefuseWish(Box::new(said)), &facts)
}

fn widen(world: &mut World, wish: u64) -> Decided {
    let facts = world.facts();
    let template = TemplateName::parse("more").unwrap();
    let change = AmendChange::Widen { template, parameters: Default::default(), only: Vec::new(), seen: None };
    let grant = world.grant();
    world.run(&Command::Amend(Box::new(Amend { by: by("anna"), grant, change, wish: Some(wish) })), &facts)
}

#[test]
fn a_wish_gives_nothing_until_its_person_widens_the_task_for_it() {
    let mut world = ready();
    let number = made(&mut world, "order paper: the printer is empty");
    assert_eq!(code(&world.call("bank/order")), Code::NotAvailable);
    assert_eq!(widen(&mut world, number).verdict, Verdict::Done);
    let amended = world.task.seq;
    assert_eq!(world.task.wishes[&number].standing, WishStanding::Granted { amended });
    allowed(&world.call("bank/order"));
    assert_eq!(code(&widen(&mut world, number)), Code::NotPossible, "it was answered");
    assert_eq!(code(&refuse(&mut world, "anna", number, "too late")), Code::NotPossible);
    world.replay();
}

#[test]
fn its_person_says_no_with_a_reason_and_nobody_else_does() {
    let mut world = ready();
    let number = made(&mut world, "order paper");
    assert_eq!(code(&refuse(&mut world, "otto", number, "no")), Code::NotAvailable);
    assert_eq!(code(&refuse(&mut world, "anna", number + 1, "no")), Code::NotPossible);
    for odd in ["", " ", "two\nlines", "hidden\u{200b}", &"x".repeat(WISH_CHARS_MAX + 1)] {
        assert_eq!(code(&refuse(&mut world, "anna", number, odd)), Code::ArgumentMalformed, "{odd:?}");
    }
    assert_eq!(refuse(&mut world, "anna", number, "there is paper").verdict, Verdict::Done);
    let standing = &world.task.wishes[&number].standing;
    assert_eq!(*standing, WishStanding::Refused { by: by("anna").person, reason: "there is paper".to_owned() });
    world.replay();
}

#[test]
fn three_wait_at_once_ten_are_taken_and_the_same_one_is_asked_once() {
    let mut world = ready();
    let first = made(&mut world, "a");
    let before = world.task.clone();
    assert_eq!(wish(&mut world, "a", &["bank/order"]).verdict, Verdict::Done);
    assert_eq!(world.task, before, "the same wish, while it is open, is not asked twice");
    made(&mut world, "b");
    made(&mut world, "c");
    assert_eq!(code(&wish(&mut world, "d", &[])), Code::TooManyWishes);
    refuse(&mut world, "anna", first, "no");
    for round in 3..WISHES_MAX {
        let number = made(&mut world, &format!("wish {round}"));
        refuse(&mut world, "anna", number, "no");
    }
    assert_eq!(world.task.wishes.len(), WISHES_MAX);
    let open = world.task.wishes.values().filter(|wish| wish.standing == WishStanding::Open).count();
    assert!(open < WISHES_OPEN_MAX, "there would be room among the open ones");
    assert_eq!(code(&wish(&mut world, "one more", &[])), Code::TooManyWishes);
}

#[test]
fn who_does_not_hold_the_grant_asks_for_nothing_and_neither_does_one_that_ended() {
    let mut world = ready();
    let command =
        |grant, epoch| Command::Wish(Box::new(Wish { grant, epoch, tools: Vec::new(), wanted: "more".to_owned() }));
    let grant = world.grant();
    let facts = world.facts();
    assert_eq!(code(&world.run(&command(grant, 1), &facts)), Code::CallerUnknown);
    let facts = world.facts_of('b');
    assert_eq!(code(&world.run(&command(grant, 1), &facts)), Code::KeyNotBound);
    let facts = world.facts_of('a');
    assert_eq!(code(&world.run(&command(grant, 2), &facts)), Code::EpochPassed);
    let facts = world.facts_of('a');
    assert_eq!(world.run(&command(grant, 1), &facts).verdict, Verdict::Done);
    assert_eq!(code(&world.run(&command(grant, 1), &facts)), Code::ProofReplayed, "its proof was used");
    world.revoke();
    let facts = world.facts_of('a');
    assert_eq!(code(&world.run(&command(grant, 1), &facts)), Code::TaskEnded);
}

#[test]
fn a_wish_is_one_line_and_names_few_tools_that_could_be() {
    let mut world = ready();
    for odd in ["", "two\nlines", "right\u{202e}to left", &"x".repeat(WISH_CHARS_MAX + 1)] {
        assert_eq!(code(&wish(&mut world, odd, &[])), Code::ArgumentMalformed, "{odd:?}");
    }
    let many = vec!["bank/order"; WISH_TOOLS_MAX + 1];
    for tools in [many.as_slice(), &["no name"], &["bank"], &[&format!("bank/{}", "x".repeat(200))]] {
        assert_eq!(code(&wish(&mut world, "more", tools)), Code::ArgumentMalformed, "{tools:?}");
    }
    assert_eq!(world.task.wishes.len(), 0);
}

#[test]
fn what_a_grant_asked_for_ends_with_it_and_makes_room_for_others() {
    let mut world = ready();
    let child = world.mint_child("other", |_| ());
    world.take(child, 'c');
    let facts = world.facts_of_other('c');
    let wanted = Wish { grant: child, epoch: 1, tools: Vec::new(), wanted: "more paper".to_owned() };
    assert_eq!(world.run(&Command::Wish(Box::new(wanted)), &facts).verdict, Verdict::Done);
    let number = world.task.seq;
    made(&mut world, "a");
    made(&mut world, "b");
    assert_eq!(code(&wish(&mut world, "c", &[])), Code::TooManyWishes);
    let facts = world.facts_of_other('c');
    let end = Command::EndGrant { grant: child, who: Ender::Holder, why: Code::Completed };
    assert_eq!(world.run(&end, &facts).verdict, Verdict::Done);
    assert!(world.task.standing.live(), "the task goes on");
    assert!(!world.task.wish_waits(&world.task.wishes[&number]));
    assert_eq!(code(&refuse(&mut world, "anna", number, "too late")), Code::NotPossible);
    assert_eq!(code(&widen(&mut world, number)), Code::NotPossible);
    made(&mut world, "c");
    world.replay();
}
