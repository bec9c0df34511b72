mod asking;
mod slicing;
mod sources;

use super::*;
use crate::world::{World, amount, bound, measure};
use bailiwick_core::{
    ActionBegun, ActionPrivate, Bound, BoundAs, Effect, Event, Label, Reading, Recorded, Reserved, RowState, RowUsed,
    Under, Unit,
};

const ALL: &str = "@id(\"all\") permit (principal, action, resource);";

fn ask(world: &World) -> Answer {
    Compiled::compile(&world.control).unwrap().ask(&world.question())
}

fn asked(cedar: &str) -> Answer {
    ask(&World::new().with_policy("p", cedar))
}

fn forbid_when(condition: &str) -> String {
    format!("{ALL} @id(\"no\") forbid (principal, action, resource) when {{ {condition} }};")
}

fn permit() -> Answer {
    Answer::Permit(vec!["p.all".to_owned()])
}
fn forbid() -> Answer {
    Answer::Forbid(vec!["p.no".to_owned()])
}

#[track_caller]
fn broken(answer: &Answer, named: &str, says: &str) {
    let Answer::Broken { rule, why } = answer else { panic!("{answer:?}") };
    assert_eq!(rule, named);
    assert!(why.contains(says), "{why}");
}

#[test]
fn no_policy_is_no() {
    assert_eq!(ask(&World::new()), Answer::Nothing);
    assert_eq!(asked("// nothing yet"), Answer::Nothing);
}

#[test]
fn a_rule_for_others_is_no() {
    assert_eq!(asked(r#"permit (principal == Agent::"clerk", action, resource);"#), Answer::Nothing);
    assert_eq!(asked("permit (principal, action, resource) when { context.uses > 2 };"), Answer::Nothing);
}

#[test]
fn every_rule_that_permits_is_named_in_order() {
    let world = World::new().with_policy("b", ALL).with_policy("a", ALL);
    assert_eq!(ask(&world), Answer::Permit(vec!["a.all".to_owned(), "b.all".to_owned()]));
}

#[test]
fn forbid_beats_permit() {
    assert_eq!(asked(&forbid_when("true")), forbid());
    assert_eq!(asked(&forbid_when("context.effect == Effect::\"read\"")), permit());
}

#[test]
fn a_missing_attribute_breaks_and_names_the_rule() {
    broken(&asked(&forbid_when("context.nothing == 1")), "p.no", "nothing");
    let mut world = World::new().with_policy("p", &forbid_when("context.purpose == \"x\""));
    world.task.purpose = None;
    broken(&ask(&world), "p.no", "purpose");
}

#[test]
fn an_error_in_one_rule_refuses_what_another_permits() {
    broken(&asked(&forbid_when("context.now * 9223372036854775807 > 0")), "p.no", "overflow");
    let permits = format!(
        "{ALL} @id(\"more\") permit (principal, action, resource) when {{ context.now * 9223372036854775807 > 0 }};"
    );
    broken(&asked(&permits), "p.more", "overflow");
}

#[test]
fn an_error_is_told_before_a_forbid_and_the_first_by_name() {
    let cedar =
        format!("{} @id(\"a\") permit (principal, action, resource) when {{ context.zzz }};", forbid_when("true"));
    broken(&asked(&cedar), "p.a", "zzz");
}

#[test]
fn an_error_behind_a_head_that_does_not_match_refuses_nothing() {
    let cedar = format!("{ALL} forbid (principal == Agent::\"clerk\", action, resource) when {{ context.zzz }};");
    assert_eq!(asked(&cedar), permit());
}

#[test]
fn a_text_that_cannot_be_read_refuses_every_question_and_is_named() {
    let world = World::new().with_policy("good", ALL).with_policy("p", "permit (principal, action");
    assert!(Compiled::compile(&world.control).is_err());
    let compiled = Compiled::compile_or_refuse(&world.control);
    assert_eq!(compiled.problems().len(), 1);
    broken(&compiled.ask(&world.question()), "p", "policy `p`");
}

#[test]
fn a_question_of_nobody_or_of_another_than_the_holder_is_refused() {
    let mut world = World::new().with_policy("p", ALL);
    world.facts.caller.as_mut().unwrap().agent = bailiwick_core::AgentId::parse("clerk").unwrap();
    broken(&ask(&world), "question", "does not hold the grant");
    world.facts.caller = None;
    broken(&ask(&world), "question", "nobody is calling");
    let mut world = World::new().with_policy("p", ALL);
    world.control.agents.clear();
    broken(&ask(&world), "question", "not registered");
}

const OVER: &str = "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"500.0\"))";

fn paying(sizes: &[(&str, &str)], condition: &str) -> World {
    let mut world = World::new().with_policy("p", &forbid_when(condition));
    world.action.measures = sizes.iter().map(|(size, unit)| measure(size, unit)).collect();
    world
}

#[test]
fn amounts_are_compared_exactly() {
    assert_eq!(ask(&paying(&[("500", "EUR")], OVER)), permit());
    assert_eq!(ask(&paying(&[("500.0001", "EUR")], OVER)), forbid());
    assert_eq!(ask(&paying(&[("922337203685477.5807", "EUR")], OVER)), forbid());
    assert_eq!(ask(&paying(&[("300", "EUR"), ("300", "EUR")], OVER)), forbid());
    assert_eq!(ask(&paying(&[], OVER)), permit());
}

#[test]
fn an_amount_that_is_no_cedar_decimal_does_not_pass_under_a_limit() {
    for size in ["922337203685477.5808", "999999999999999999", "0.00001"] {
        broken(&ask(&paying(&[(size, "EUR")], OVER)), "p.no", "amounts");
    }
}

#[test]
fn an_amount_that_nobody_could_read_does_not_pass_under_a_limit() {
    for (lost_amount, lost_unit) in [(true, false), (false, true)] {
        let mut world = paying(&[("1", "EUR"), ("2", "USD")], OVER);
        let last = world.action.measures.last_mut().unwrap();
        if lost_amount {
            last.amount = Reading::Unknown;
        }
        if lost_unit {
            last.unit = Reading::Unknown;
        }
        broken(&ask(&world), "p.no", "amounts");
    }
}

#[test]
fn a_rule_may_ask_first_whether_something_is_unknown() {
    let mut world = paying(&[], &format!("!context.unknown.contains(\"amounts\") && {OVER}"));
    world.action.measures = vec![measure("0.00001", "EUR")];
    assert_eq!(ask(&world), permit());
    let mut world = World::new().with_policy("p", &forbid_when("context.unknown.contains(\"/iban\")"));
    world.action.bound = vec![bound("/iban", "iban", None)];
    assert_eq!(ask(&world), forbid());
}

#[test]
fn sums_are_what_the_task_was_charged_with_this_act_added() {
    let over = "context.sums has EUR && context.sums.EUR.greaterThan(decimal(\"500.0\"))";
    let mut world = paying(&[("120.5", "EUR")], over);
    assert_eq!(ask(&world), permit());
    world.task.grants.values_mut().for_each(|grant| grant.rows = vec![RowState::default(); 2]);
    charge(&mut world, 0, "379.5");
    assert_eq!(ask(&world), permit());
    charge(&mut world, 1, "0.01");
    assert_eq!(ask(&world), forbid());
}

/// An act of the task that began before.
fn charge(world: &mut World, row: u64, size: &str) {
    let label = || Label { classes: Vec::new(), trusted: None, zones: Vec::new() };
    let grant = world.grant;
    let begun = ActionBegun {
        action: Recorded::of(&world.action, world.action.sent, None),
        approvals: Vec::new(),
        continues: None,
        facts: world.facts.clone(),
        forward_by: world.facts.now,
        grant,
        label_after: label(),
        label_before: label(),
        mode: world.facts.mode,
        private: Some(ActionPrivate::of(&world.action)),
        reserved: vec![Reserved { amount: amount(size), grant, row, unit: Unit::parse("EUR").unwrap() }],
        rows: vec![RowUsed { grant, row }],
        settle_by: world.facts.now,
        sheds: Vec::new(),
        signature: None,
        sources: Vec::new(),
        under: Under {
            breakglass: None,
            observed: None,
            control: None,
            epoch: 0,
            policy: world.action.sent,
            policy_rules: Vec::new(),
            risk: None,
            rules: 1,
        },
    };
    world.task.apply(&Event { at: world.facts.now, data: begun.into() }, 2).unwrap();
}

#[test]
fn a_destination_that_nobody_could_read_does_not_pass() {
    let public = "context.destination has zone && context.destination.zone == \"public\"";
    let mut world = World::new().with_policy("p", &forbid_when(public));
    assert_eq!(ask(&world), permit());
    world.action.destination = None;
    assert_eq!(ask(&world), permit());
    world.action.destination = Some(Reading::Unknown);
    broken(&ask(&world), "p.no", "destination");
}

#[test]
fn an_argument_that_nobody_could_read_does_not_pass() {
    for condition in
        ["context.args has \"/iban\" && context.args[\"/iban\"] == \"DE1\"", "context.values.contains(\"DE1\")"]
    {
        let mut world = World::new().with_policy("p", &forbid_when(condition));
        world.action.bound = vec![bound("/iban", "iban", Some("DE1"))];
        assert_eq!(ask(&world), forbid());
        world.action.bound = vec![bound("/iban", "iban", Some("DE2"))];
        assert_eq!(ask(&world), permit());
        world.action.bound.push(bound("/other", "iban", None));
        assert!(matches!(ask(&world), Answer::Broken { .. }), "{condition}");
    }
}

#[test]
fn one_argument_read_as_two_values_is_no_argument_by_pointer() {
    let mut world = World::new().with_policy("p", &forbid_when("context.args has \"/x\""));
    world.action.bound = vec![bound("/x", "host", Some("a")), bound("/x", "text", Some("a"))];
    assert_eq!(ask(&world), forbid());
    world.action.bound = vec![bound("/x", "host", Some("a")), bound("/x", "text", Some("A"))];
    broken(&ask(&world), "p.no", "args");
}

#[test]
fn heads_see_roles_zones_effects_servers_impacts_and_resources() {
    let heads = [
        r#"principal in Role::"payers", action, resource"#,
        r#"principal is Agent in Zone::"own", action, resource"#,
        r#"principal, action in Effect::Action::"transfer", resource"#,
        r#"principal, action in [Impact::Action::"low", Impact::Action::"high"], resource"#,
        r#"principal, action in Server::Action::"bank", resource"#,
        r#"principal, action, resource in Zone::"own""#,
        r#"principal, action, resource == Server::"bank""#,
    ];
    for head in heads {
        let world = World::new().with_policy("p", &format!("@id(\"all\") permit ({head});"));
        assert_eq!(ask(&world), permit(), "{head}");
        let mut other = world.clone().by("clerk").calling("mail/send");
        other.action.resource = Some("ada@example.org".to_owned());
        let expected = if head.contains("high") { permit() } else { Answer::Nothing };
        assert_eq!(ask(&other), expected, "{head}");
    }
}

/// What is said of an act whose resource could not be read, or where several were.
fn of_unread(rule: &str) -> Answer {
    let said = [vec![None], vec![Some("a"), Some("b")]].map(|read| {
        let mut world = World::new().with_policy("p", rule);
        world.action.bound =
            read.into_iter().map(|normal| Bound { role: BoundAs::Object, ..bound("/x", "path", normal) }).collect();
        ask(&world)
    });
    assert_eq!(said[0], said[1], "{rule}");
    said[0].clone()
}

#[test]
fn a_rule_that_forbids_or_asks_of_one_resource_refuses_an_act_whose_resource_could_not_be_read() {
    for head in
        ["resource == Resource::\"a\"", "resource in Resource::\"a\"", "resource is Resource in Resource::\"a\""]
    {
        for does in ["", "@step_up(\"owner\") "] {
            let rule = |action: &str| format!("{ALL} @id(\"no\") {does}forbid (principal, {action}, {head});");
            broken(
                &of_unread(&rule("action in Effect::Action::\"transfer\"")),
                "p.no",
                "resource, which could not be read",
            );
            assert_eq!(
                of_unread(&rule("action in Effect::Action::\"delete\"")),
                permit(),
                "of another act it says nothing"
            );
        }
        let own = format!("@id(\"all\") permit (principal, action, {head});");
        assert_eq!(of_unread(&own), Answer::Nothing, "nor is it permitted by {own}");
    }
    for reads in ["context has resource && context.resource == \"a\"", "resource == Resource::\"a\""] {
        broken(&of_unread(&forbid_when(reads)), "p.no", "resource, which could not be read");
    }
}

#[test]
fn a_resource_that_could_not_be_read_is_none_the_less_one_and_not_the_server() {
    let head = |head: &str| of_unread(&format!("@id(\"all\") permit (principal, action, {head});"));
    assert_eq!(head("resource"), permit());
    assert_eq!(head("resource is Resource"), permit());
    for server in ["resource is Server", "resource == Server::\"bank\"", "resource in Zone::\"own\""] {
        assert_eq!(head(server), Answer::Nothing, "{server}");
    }
}

#[test]
fn a_change_of_the_control_state_is_seen_at_once() {
    let mut world =
        World::new().with_policy("p", r#"@id("all") permit (principal in Role::"payers", action, resource);"#);
    let compiled = Compiled::compile(&world.control).unwrap();
    assert_eq!(compiled.ask(&world.question()), permit());
    let other = bailiwick_core::RoleName::parse("clerks").unwrap();
    world.control.agents.values_mut().for_each(|entry| entry.document.role = other.clone());
    assert_eq!(compiled.ask(&world.question()), Answer::Nothing);
}

#[test]
fn the_digest_is_that_of_the_control_state() {
    let world = World::new().with_policy("p", ALL);
    assert_eq!(Compiled::compile(&world.control).unwrap().digest(), world.control.policy_digest());
}

#[test]
fn every_attribute_has_a_value_of_the_type_that_its_schema_says() {
    let mut world = World::new().with_policy("p", "permit (principal, action, resource) when { context == {} };");
    world.action.resource = Some("acct-1".to_owned());
    world.task.subject = Some("carol".to_owned());
    world.task.template = Some(bailiwick_core::TemplateName::parse("pay").unwrap());
    let question = world.question();
    let asked = Asked::new(&question).unwrap();
    let pairs =
        crate::attribute::ATTRIBUTES.iter().map(|a| (a.name.to_owned(), (a.value)(&asked).unwrap().cedar().unwrap()));
    let context = Context::from_pairs(pairs).unwrap();
    let schema = crate::schema::Catalogue::of(&world.control).schema().unwrap();
    let action = crate::names::uid(&crate::names::NAMES.action, "bank/pay");
    context.validate(&schema, &action).unwrap();
    assert_eq!(world.action.effect, Effect::Transfer);
}
