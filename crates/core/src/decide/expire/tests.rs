use crate::decide::tests::world::*;
use crate::{
    ControlCommand, ControlDecided, Data, DataClass, Digest, Expire, ExpiredTask, Micros, RoleName, Span, TaskId,
    TemplateName,
};
use std::collections::BTreeSet;

const RULE: &str = r#"{"kind":"rule","name":"keep","retention":{"after":"90d","floor":"7d","templates":{"long":"365d"},"classes":{"payroll":"7d"}}}"#;

fn days(count: u64) -> Span {
    Span::hours(count * 24)
}

fn ruled() -> World {
    let mut world = World::ready();
    apply(&mut world, RULE);
    world
}

fn apply(world: &mut World, text: &str) {
    let documents = vec![document(text)];
    let decided = world.govern(ControlCommand::Apply { by: by("ann"), documents, removed: Vec::new() });
    assert_eq!(decided.refused, None, "{text}");
}

fn ended(task: u8, ago: Span, template: &str, classes: &[&str], now: Micros) -> ExpiredTask {
    ExpiredTask {
        classes: classes.iter().map(|class| DataClass::parse(class).unwrap()).collect::<BTreeSet<_>>(),
        ended: now.before(ago),
        task: TaskId::new([task; 16]),
        template: Some(TemplateName::parse(template).unwrap()),
    }
}

fn expire(world: &mut World, digest: Digest, tasks: Vec<ExpiredTask>) -> ControlDecided {
    let rule = RoleName::parse("keep").unwrap();
    world.govern(ControlCommand::Expire(Box::new(Expire { digest, rule, tasks })))
}

fn erased(decided: &ControlDecided) -> Vec<TaskId> {
    let tasks = decided.events.iter().flat_map(|event| match &event.data {
        Data::ControlExpired(expired) => expired.tasks.iter().map(|of| of.task).collect(),
        _ => Vec::new(),
    });
    tasks.collect()
}

#[test]
fn a_rule_erases_what_ended_longer_ago_than_it_keeps_and_nothing_sooner() {
    let mut world = ruled();
    let (digest, now) = (world.control.retention_digest().unwrap(), world.now);
    let tasks = vec![
        ended(1, days(90), "short", &[], now),
        ended(2, Span(days(90).0 - 1), "short", &[], now),
        ended(3, days(300), "long", &[], now),
        ended(4, days(300), "long", &["payroll"], now),
        ended(5, days(7), "short", &["payroll"], now),
        ended(6, days(6), "short", &["payroll"], now),
    ];
    let decided = expire(&mut world, digest, tasks.clone());
    assert_eq!(erased(&decided), [TaskId::new([1; 16]), TaskId::new([5; 16])]);
    assert!(!decided.narrows, "no yes becomes a no by it");
    let again = expire(&mut world, digest, tasks);
    assert!(again.refused.is_none() && again.events.is_empty(), "once, whichever node comes second: {again:?}");
}

#[test]
fn who_looked_under_another_version_of_the_rule_erases_nothing() {
    let mut world = ruled();
    let (digest, now) = (world.control.retention_digest().unwrap(), world.now);
    let task = ended(1, days(100), "short", &[], now);
    apply(&mut world, &RULE.replace("90d", "120d"));
    assert!(expire(&mut world, digest, vec![task.clone()]).refused.is_some());
    let digest = world.control.retention_digest().unwrap();
    assert!(expire(&mut world, digest, vec![task]).events.is_empty(), "it is kept for longer now");
    let gone = vec![("rule".to_owned(), "keep".to_owned())];
    world.govern(ControlCommand::Apply { by: by("ann"), documents: Vec::new(), removed: gone });
    let task = ended(1, days(10_000), "short", &[], now);
    assert!(expire(&mut world, digest, vec![task]).refused.is_some(), "without a rule nothing is");
}

#[test]
fn a_tenant_has_one_rule_that_says_how_long_tasks_are_kept() {
    let mut world = ruled();
    let second = RULE.replace("\"keep\"", "\"other\"");
    let both = |world: &mut World, removed: Vec<(String, String)>| {
        let documents = vec![document(&second)];
        world.govern(ControlCommand::Apply { by: by("ann"), documents, removed })
    };
    let refused = both(&mut world, Vec::new()).refused.expect("two of them");
    assert!(refused.to_string().contains("both say how long"), "{refused}");
    assert!(both(&mut world, vec![("rule".to_owned(), "keep".to_owned())]).refused.is_none(), "in its place it may");
    assert_eq!(world.control.retention().unwrap().0.as_str(), "other");
}

#[test]
fn after_the_store_was_put_back_the_rule_of_the_copy_erases_nothing_before_somebody_applies_it_again() {
    let mut world = ruled();
    let digest = world.control.retention_digest().unwrap();
    world.govern(ControlCommand::Restore { by: by("ann"), epoch: 2, before: None });
    let task = ended(1, days(100), "short", &[], world.now);
    assert!(expire(&mut world, digest, vec![task.clone()]).refused.is_some(), "who held it since is not known");
    assert_eq!(world.control.retention(), None);
    let again = crate::changes(&world.control, &[document(RULE)], &[], &BTreeSet::new());
    assert!(again[0].loosens(), "{again:?}");
    apply(&mut world, RULE);
    assert_eq!(erased(&expire(&mut world, digest, vec![task])), [TaskId::new([1; 16])]);
}
