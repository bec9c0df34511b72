use super::*;
use crate::world::World;
use bailiwick_core::Digest;
use proptest::prelude::*;
use std::sync::Arc;

/// Each policy with what is told of it. The golden file is what a person sees.
const CASES: &[(&str, &str)] = &[
    ("a misspelt tool", r#"permit (principal, action == Action::"bank/pya", resource);"#),
    ("a misspelt effect", r#"permit (principal, action in Effect::Action::"transfr", resource);"#),
    ("a misspelt server group", r#"permit (principal, action in Server::Action::"bnak", resource);"#),
    ("a misspelt attribute", "permit (principal, action, resource) when { context.purpse == \"x\" };"),
    (
        "a misspelt attribute behind has",
        "forbid (principal, action, resource)\nwhen { context has purpse && context.purpse == \"x\" };",
    ),
    ("a misspelt type", r#"permit (principal is Agnet, action, resource);"#),
    ("a misspelt word", r#"permit (principal, action, resource) when { context.mode == Mode::"enforce" };"#),
    ("a misspelt unit", "forbid (principal, action, resource)\nwhen { context.amounts has EURO };"),
    (
        "an argument that no binding reads",
        "permit (principal, action == Action::\"bank/pay\", resource)\nwhen { context.args has \"/iban2\" };",
    ),
    ("an agent that is not there", r#"permit (principal == Agent::"pyaer", action, resource);"#),
    ("a role that is not there", r#"permit (principal in Role::"nobody", action, resource);"#),
    ("a word compared with a text", r#"permit (principal, action, resource) when { context.mode == "enforced" };"#),
    (
        "an amount compared with a number",
        "forbid (principal, action, resource)\nwhen { context.amounts has EUR && context.amounts.EUR > 5 };",
    ),
    ("an optional attribute without has", "permit (principal, action, resource)\n\nwhen { context.subject == \"x\" };"),
    (
        "an optional unit without has",
        "forbid (principal, action, resource) when { context.amounts.EUR.greaterThan(decimal(\"1.0\")) };",
    ),
    ("a rule that can never match", r#"permit (principal, action, resource) when { false };"#),
    ("an axis that is not there yet", r#"forbid (principal, action, resource) when { context.labels.contains("x") };"#),
    (
        "a decimal that is none",
        "forbid (principal, action, resource)\nwhen { context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"1,5\")) };",
    ),
    (
        "a rule that asks nobody we know",
        "permit (principal, action, resource);\n@step_up(\"bos\")\nforbid (principal, action, resource);",
    ),
    (
        "a rule that asks a number that is none",
        "@step_up(\"owner\") @count(\"many\")\nforbid (principal, action, resource);",
    ),
    ("a rule that asks and permits", "@step_up(\"owner\")\npermit (principal, action, resource);"),
    (
        "a rule that asks about what is not there",
        "@step_up(\"owner\")\nforbid (principal, action, resource) when { context.purpse == \"x\" };",
    ),
    (
        "an argument of another tool",
        "permit (principal, action == Action::\"bank/pay\", resource)\nwhen { context.args has \"/to\" };",
    ),
    (
        "where an argument came from that no binding reads",
        "forbid (principal, action == Action::\"bank/pay\", resource)\nwhen { context.arg_sources has \"/iban2\" };",
    ),
    (
        "where an argument of another tool came from",
        "forbid (principal, action == Action::\"bank/pay\", resource)\nwhen { context.arg_sources has \"/to\" };",
    ),
    (
        "where an argument came from without has",
        "forbid (principal, action == Action::\"bank/pay\", resource)\nwhen { context.arg_sources[\"/iban\"].contains(\"intent\") };",
    ),
    ("a source that is none", "forbid (principal, action, resource) when { context.sources.contains(\"untrsted\") };"),
    (
        "a source of an argument that is none",
        "forbid (principal, action == Action::\"bank/pay\", resource)\nwhen { context.arg_sources has \"/iban\" && [\"intent\", \"owns\"].containsAll(context.arg_sources[\"/iban\"]) };",
    ),
    (
        "a source compared with a text",
        "forbid (principal, action == Action::\"bank/pay\", resource)\nwhen { context.arg_sources has \"/iban\" && context.arg_sources[\"/iban\"] == \"intent\" };",
    ),
    ("a misspelt tool in a text", r#"forbid (principal, action, resource) when { context.tool == "bank/pya" };"#),
    (
        "a misspelt server in a list",
        r#"forbid (principal, action, resource) when { ["bank", "mial"].contains(context.server) };"#,
    ),
    (
        "an agent that is not there in a lineage",
        r#"forbid (principal, action, resource) when { context.lineage.contains("pyaer") };"#,
    ),
    ("a zone that nothing is in", r#"forbid (principal, action, resource) when { context.zone == "onw" };"#),
    (
        "a template that is not there",
        r#"permit (principal, action, resource) when { context has template && context.template == "pay" };"#,
    ),
    (
        "a misspelt annotation",
        "permit (principal, action, resource);\n@stepup(\"owner\")\nforbid (principal, action, resource);",
    ),
    ("an annotation of a rule that asks on one that does not", "@count(\"2\")\nforbid (principal, action, resource);"),
    (
        "a text that is asked for its group",
        r#"permit (principal, action, resource) when { context.purpose in Role::"clerks" };"#,
    ),
    (
        "an entity that is asked for a text's group",
        r#"permit (principal, action, resource) when { principal in "clerks" };"#,
    ),
    ("a set that holds nothing", r#"permit (principal, action, resource) when { [].contains(context.purpose) };"#),
    ("an attribute of an entity", r#"permit (principal, action, resource) when { principal.owner == "ada" };"#),
];

fn told(cedar: &str) -> Vec<PolicyProblem> {
    validate(&World::new().with_policy("p", cedar).control, &[])
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let mut out = String::new();
    for (what, cedar) in CASES {
        let problems = told(cedar);
        assert!(!problems.is_empty(), "{what} passed");
        out.push_str(&format!("{what}\n"));
        problems.iter().for_each(|problem| out.push_str(&format!("    {problem}\n")));
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/validate/golden.txt");
    if std::env::var_os("BAILIWICK_GOLDEN").is_some() {
        std::fs::write(path, &out).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert_eq!(out, kept, "write `{path}` anew with BAILIWICK_GOLDEN=1 and look at the difference");
}

#[test]
fn every_attribute_can_be_read_in_a_valid_rule() {
    for attribute in ATTRIBUTES {
        let name = attribute.name;
        let condition = match attribute.kind {
            Kind::Text => format!("context has {name} && context.{name} like \"a*\""),
            Kind::Long => format!("context.{name} > 3"),
            Kind::Bool => format!("context.{name}"),
            Kind::Texts if name == "sources" => "context.sources.contains(\"intent\")".to_owned(),
            Kind::ArgSources => {
                format!("context.{name} has \"/iban\" && context.{name}[\"/iban\"].contains(\"intent\")")
            }
            Kind::Texts => format!("context.{name}.contains(\"clerk\")"),
            Kind::Word(words) => format!("context.{name} == {}::\"{}\"", words.type_name(), words.list()[0]),
            Kind::Amounts => format!("context.{name} has records && context.{name}.records.lessThan(decimal(\"5.0\"))"),
            Kind::Args => format!("context.{name} has \"/iban\" && context.{name}[\"/iban\"] == \"a\""),
            Kind::Destination => format!("context.{name} has zone && context.{name}.zone == \"own\""),
        };
        assert_eq!(
            told(&format!("permit (principal, action, resource) when {{ {condition} }};")),
            Vec::new(),
            "{name}"
        );
    }
}

#[test]
fn tools_of_a_server_that_was_never_seen_may_be_named() {
    let cedar = r#"permit (principal, action == Action::"bank/anything", resource);"#;
    let mut world = World::new().with_policy("p", cedar);
    assert_eq!(validate(&world.control, &[]).len(), 1);
    world.control.tools.retain(|tool, _| tool.server().as_str() != "bank");
    assert!(!validate(&world.control, &[]).is_empty(), "it was seen, and has none");
    let unknown = unknown_tools(&world.control);
    assert_eq!(unknown.len(), 1, "{unknown:?}");
    assert!(unknown[0].seen && unknown[0].rule == "p.policy0" && unknown[0].tool.to_string() == "bank/anything");
    for entry in world.control.servers.values_mut() {
        entry.identity = None;
    }
    // whatever people said of other tools of it
    assert!(world.control.tool_rules.keys().any(|tool| tool.server().as_str() == "bank"));
    assert_eq!(validate(&world.control, &[]), Vec::new());
    assert!(!unknown_tools(&world.control)[0].seen);
    world.control.servers.clear();
    assert!(!validate(&world.control, &[]).is_empty());
}

#[test]
fn what_comes_new_stands_in_the_place_of_what_has_its_name() {
    let world = World::new().with_policy("p", r#"permit (principal == Agent::"nobody", action, resource);"#);
    let text = |name: &str, cedar: &str| PolicyText::in_cedar(name, cedar);
    let good = text("p", "permit (principal, action, resource);");
    assert_eq!(validate(&world.control, std::slice::from_ref(&good)), Vec::new());
    let bad = text("q", "permit (principal, action, resource) when { context.nothing };");
    assert!(validate(&world.control, &[good, bad]).iter().all(|problem| problem.document == "q"));
}

#[test]
fn how_much_is_told_at_once_is_bounded() {
    let rule = r#"permit (principal == Agent::"nobody", action, resource);"#;
    assert_eq!(told(&rule.repeat(300)).len(), PROBLEMS_MAX);
}

#[test]
fn what_rules_read_is_seen_in_their_heads_and_in_what_they_ask() {
    let read = |cedar: &str| {
        let world = World::new().with_policy("p", cedar);
        attributes_read(&world.control).into_iter().collect::<Vec<_>>()
    };
    assert_eq!(read(r#"permit (principal, action in Impact::Action::"high", resource);"#), ["impact"]);
    assert_eq!(read(r#"permit (principal, action in [Effect::Action::"read"], resource);"#), ["effect"]);
    assert_eq!(read(r#"forbid (principal, action, resource) when { action in Impact::Action::"low" };"#), ["impact"]);
    assert_eq!(read("permit (principal, action, resource) unless { context.egress == Egress::\"open\" };"), ["egress"]);
    assert_eq!(read("permit (principal, action, resource);"), Vec::<&str>::new());
    assert_eq!(read("permit (principal, action, resource) when { context == {} };").len(), ATTRIBUTES.len());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_that_is_spoilt_is_compiled_or_told_of_in_bounded_words(
        at in any::<prop::sample::Index>(), cut in any::<bool>(), noise in "[ \\n(){};,&|!=@\"a-c0-9]{0,6}"
    ) {
        let mut text = crate::STARTER.to_owned();
        let at = (0..=at.index(text.len() + 1)).rev().find(|at| text.is_char_boundary(*at)).unwrap();
        if cut {
            text.truncate(at);
        }
        text.insert_str(at, &noise);
        let mut control = ControlState::default();
        let one = PolicyText::in_cedar("spoilt", text);
        let problems = validate(&control, std::slice::from_ref(&one));
        control.policies.insert(one.name.clone(), (Arc::new(one), Digest::new([0; 32])));
        let compiled = crate::Compiled::compile(&control);
        prop_assert!(compiled.is_ok() || !problems.is_empty(), "{:?}", compiled.err());
        prop_assert!(problems.iter().all(|problem| problem.to_string().len() < 4096), "what is told is bounded");
    }
}
