//! What a grant rests on, and what ends with it when it is another: with its reason, and for good.

use super::prelude::*;
use super::world::*;

/// The agent `payer`, with one member of its document as given.
pub(super) fn payer(member: &str, value: &str) -> String {
    let members = [
        ("owner", "otto"),
        ("contact", "otto"),
        ("run_by", "own"),
        ("zone", "own"),
        ("autonomy", "execute"),
        ("memory", "fresh"),
        ("review", "2030-01-01"),
    ];
    let members = members.map(|(name, usual)| {
        let value = if name == member { value } else { usual };
        format!(r#""{name}":"{value}""#)
    });
    format!(r#"{{"kind":"agent","name":"payer","role":"payer",{}}}"#, members.join(","))
}

/// Anna's task, of which a part was handed on to `other`.
fn handed_on() -> (World, GrantId) {
    let mut world = World::new();
    world.documents(&[&payer("", "")]);
    world.start("pay-invoice");
    world.consent();
    world.bind('a');
    let root = world.grant();
    let request = r#"{"delegate":"other","purpose":"p","grant":[{"tools":["mail/search"]}]}"#;
    let child = world.hand_on(root, request).grant.expect("it is handed on");
    world.fold_bound(child, 'o');
    (world, child)
}

/// That nothing of the task is done any more, by whatever hand, and that the reason is written.
fn over(mut world: World, child: GrantId, why: Code, what: &str) {
    let refused = world.pay("1");
    assert_eq!(code(&refused), Code::GrantEnded, "{what}");
    assert_eq!(refused.reasons[0].asked.as_deref(), Some(why.as_str()), "{what}");
    let facts = world.facts_of_other('o');
    let attempt = Attempt { grant: child, ..world.attempt_command(world.action("mail/search", "{}")) };
    assert_eq!(code(&world.ask(&Command::Attempt(Box::new(attempt)), &facts)), Code::GrantEnded, "{what}");
    assert_eq!(code(&world.consent()), Code::GrantEnded, "{what}");
    let ended = world.tick();
    assert!(matches!(&ended.events[0].data, Data::TaskEnded(ended) if ended.why == why), "{what}: {ended:?}");
    assert!(world.task.grants.values().all(|grant| !grant.standing.live()), "{what}");
    world.replay();
}

#[test]
fn another_owner_operator_zone_autonomy_or_memory_ends_what_the_agent_holds_and_handed_on() {
    let others = [
        ("owner", "anna"),
        ("run_by", "vendor"),
        ("zone", "partner"),
        ("autonomy", "assist"),
        ("autonomy", "coordinate"),
        ("memory", "kept"),
    ];
    for (member, value) in others {
        let (mut world, child) = handed_on();
        world.documents(&[&payer(member, value)]);
        world.documents(&[&payer("", "")]);
        over(world, child, Code::ContextChanged, member);
    }
    let (mut world, _) = handed_on();
    world.documents(&[&payer("contact", "room 5"), r#"{"kind":"person","name":"otto","roles":["boss"]}"#]);
    allowed(&world.pay("1"));
    // a new consent is to the agent as it is
    let (mut world, _) = handed_on();
    world.documents(&[&payer("zone", "partner")]);
    world.task = TaskState::empty(world.task.tenant, TaskId::new([3; 16]));
    world.start("pay-invoice");
    world.bind('a');
    allowed(&world.call("mail/search"));
}

#[test]
fn who_started_it_or_answers_for_its_agent_and_leaves_ends_it_also_when_they_come_back() {
    for name in ["anna", "otto"] {
        let (mut world, child) = handed_on();
        world.remove("person", name);
        let roles = r#"["clerk"]"#;
        world.documents(&[&format!(r#"{{"kind":"person","name":"{name}","roles":{roles}}}"#)]);
        over(world, child, Code::PersonLeft, name);
    }
    let (mut world, _) = handed_on();
    world.documents(&[r#"{"kind":"person","name":"bea"}"#]);
    world.remove("person", "bea");
    allowed(&world.pay("1"));
}

#[test]
fn who_owns_an_agent_that_work_was_handed_to_ends_that_part_alone() {
    let (mut world, child) = handed_on();
    let other = r#"{"kind":"agent","name":"other","owner":"anna","contact":"otto","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#;
    world.documents(&[other]);
    allowed(&world.pay("1"));
    let ended = world.tick();
    assert!(matches!(&ended.events[0].data, Data::GrantEnded(ended) if ended.grant == child), "{ended:?}");
}

#[test]
fn rows_for_another_purpose_are_another_task() {
    let mut world = World::ready();
    let (facts, grant) = (world.facts(), world.grant());
    let template = TemplateName::parse("broad").unwrap();
    let change = AmendChange::Widen { template, parameters: Default::default(), only: Vec::new(), seen: None };
    let widened = world.run(&Command::Amend(Box::new(Amend { by: by("anna"), grant, change, wish: None })), &facts);
    assert_eq!(code(&widened), Code::NotPossible);
    assert!(widened.reasons[0].asked.as_deref().unwrap().contains("another purpose"), "{widened:?}");
}
