use super::*;
use crate::world::World;
use crate::{Compiled, validate};
use bailiwick_core::{Answer, Autonomy, Effect, Impact, Mode, Policy, Purpose};

fn ask(world: &World) -> Answer {
    Compiled::compile(&world.control).unwrap().ask(&world.question())
}

fn started() -> World {
    World::new().with_policy(STARTER_NAME, STARTER)
}

fn permit(rule: &str) -> Answer {
    Answer::Permit(vec![rule.to_owned()])
}

#[test]
fn every_example_validates_on_a_tenant_with_and_without_tools() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/policies");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.extension().unwrap(), "cedar");
        let name = path.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let full = World::new().with_policy(name, &text);
        let mut empty = full.control.clone();
        (empty.tools, empty.tool_rules, empty.servers) = Default::default();
        for control in [&full.control, &empty] {
            assert_eq!(validate(control, &[]), Vec::new(), "{name}");
        }
        seen += 1;
    }
    assert!(seen >= 4);
}

#[test]
fn what_is_commented_out_in_the_starter_validates_too() {
    let open: Vec<&str> = STARTER.lines().map(|line| line.strip_prefix("// ").unwrap_or(line)).collect();
    let rules = ["@id", "permit (", "forbid (", "when {"];
    let open: Vec<&str> = open.into_iter().filter(|line| rules.iter().any(|word| line.starts_with(word))).collect();
    let world = World::new();
    let text = open.join("\n").replace("operators", "payers");
    let problems = validate(&world.with_policy("all", &text).control, &[]);
    assert_eq!(problems, Vec::new());
    assert_eq!(open.iter().filter(|line| line.starts_with("@id")).count(), 6);
}

#[test]
fn the_starter_permits_reads_and_writes_those_that_cannot_be_undone_too() {
    assert_eq!(ask(&started().calling("bank/balance")), permit("starter.ordinary"));
    let mut personal = started().calling("bank/balance");
    personal.add_tool("bank/note", Effect::Write, "{}");
    personal.task.purpose = Some(Purpose::parse("personal").unwrap());
    personal.facts.mode = Mode::Cooperative;
    assert_eq!(ask(&personal.calling("bank/note")), permit("starter.ordinary"));
}

#[test]
fn the_starters_rule_on_irreversible_writes_is_for_who_has_no_way_around() {
    let rule = STARTER.split("// @id(\"no-irreversible-writes\")").nth(1).unwrap().split(';').next().unwrap();
    let rule = format!("@id(\"no-irreversible-writes\"){};", rule.replace("\n// ", "\n"));
    let mut world = started().with_policy("more", &rule);
    world.add_tool("bank/note", Effect::Write, "{}");
    world.facts.mode = Mode::Enforced;
    assert_eq!(
        ask(&world.clone().calling("bank/note")),
        Answer::Forbid(vec!["more.no-irreversible-writes".to_owned()])
    );
    assert_eq!(ask(&world.clone().calling("bank/balance")), permit("starter.ordinary"));
    world.facts.mode = Mode::Cooperative;
    assert_eq!(ask(&world.calling("bank/note")), permit("starter.ordinary"));
}

#[test]
fn the_starter_permits_a_transfer_with_a_purpose_by_a_bare_key() {
    assert_eq!(ask(&started()), permit("starter.high"));
}

#[test]
fn the_starter_permits_no_transfer_of_a_personal_task_that_could_go_around() {
    let mut world = started();
    world.task.purpose = Some(Purpose::parse("personal").unwrap());
    assert_eq!(ask(&world), permit("starter.high"));
    world.facts.mode = Mode::Cooperative;
    assert_eq!(ask(&world), Answer::Nothing);
}

#[test]
fn the_starter_permits_nothing_high_to_who_assists_and_nothing_critical_to_anybody() {
    let mut world = started();
    world.action.impact = Impact::Critical;
    assert_eq!(ask(&world), Answer::Nothing);
    let mut world = started();
    world.control.agents.values_mut().for_each(|entry| entry.document.autonomy = Autonomy::Assist);
    assert_eq!(ask(&world), Answer::Nothing);
}
