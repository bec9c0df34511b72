//! Who may ask people how much of what a task may, and who is no other person than the one whose task it is.

use super::approvals::asking;
use super::prelude::*;
use super::world::*;

/// Another agent with all that the root grant has: what it asks for.
fn by_other(world: &mut World, child: GrantId, text: usize) -> Decided {
    let action = world.action("bank/note", &format!(r#"{{"text":"{text}"}}"#));
    let facts = world.facts_by(child, 'o');
    let attempt = Attempt { grant: child, ..world.attempt_command(action) };
    world.run(&Command::Attempt(Box::new(attempt)), &facts)
}

#[test]
fn what_was_handed_on_asks_half_of_what_it_comes_from_may_and_leaves_the_rest() {
    let mut world = asking(r#"{"who":"role:boss"}"#);
    let child = world.mint_child("other", |_| ());
    world.take(child, 'o');
    let first: Vec<u64> = (0..2).map(|n| waits(&by_other(&mut world, child, n))).collect();
    assert_eq!(code(&by_other(&mut world, child, 2)), Code::TooManyAsked, "two of three are open");
    waits(&world.call("bank/note"));
    for approval in first {
        assert_eq!(world.approve(approval, "role:boss", "bea").verdict, Verdict::Done);
    }
    for n in 2..5 {
        let approval = waits(&by_other(&mut world, child, n));
        assert_eq!(world.approve(approval, "role:boss", "bea").verdict, Verdict::Done);
    }
    assert_eq!(code(&by_other(&mut world, child, 5)), Code::ApprovalsSpent, "five of ten are asked");
    let own = world.action("bank/note", r#"{"text":"own"}"#);
    waits(&world.attempt(own));
    world.replay();
}

#[test]
fn who_is_described_as_the_account_that_wanted_it_reviews_nothing_of_it() {
    let mut world = asking(r#"{"who":"role:boss"}"#);
    world.task.requester = Some(PersonId::parse("uid:1000").unwrap());
    let approval = waits(&world.call("bank/note"));
    world.documents(&[r#"{"kind":"person","name":"bea","roles":["boss"],"uid":1000}"#]);
    assert_eq!(code(&world.approve(approval, "role:boss", "bea")), Code::NotAvailable);
    assert_eq!(world.approve(approval, "role:boss", "carl").verdict, Verdict::Done);
}
