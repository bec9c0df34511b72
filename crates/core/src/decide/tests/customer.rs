//! A customer says yes to what is done for them.

use super::approvals::asking;
use super::prelude::*;
use super::world::*;

#[test]
fn the_customer_confirms_what_is_done_for_them_and_nobody_in_their_place() {
    for (subject, requests) in [("bea", "anna"), ("anna", "anna")] {
        let mut world = asking(r#"{"who":"customer"}"#);
        (world.task, world.events) = (TaskState::empty(world.task.tenant, TaskId::new([0x5c; 16])), Vec::new());
        let start = Start { subject: Some(subject.to_owned()), by: by(requests), ..World::start_command("asking") };
        let facts = world.facts();
        assert_eq!(world.run(&Command::Start(Box::new(start)), &facts).verdict, Verdict::Done);
        world.bind('a');
        let approval = waits(&world.call("bank/note"));
        for other in ["anna", "bea", "carl", "otto"].into_iter().filter(|other| *other != subject) {
            assert_eq!(code(&world.approve(approval, "customer", other)), Code::NotAvailable, "{other} for {subject}");
        }
        assert_eq!(waits(&world.call("bank/note")), approval, "nobody has said yes");
        assert_eq!(world.approve(approval, "customer", subject).verdict, Verdict::Done);
        allowed(&world.call("bank/note"));
        world.replay();
    }
}
