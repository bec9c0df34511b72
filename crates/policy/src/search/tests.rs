use super::*;
use crate::world::{World, tool};
use bailiwick_core::{ControlState, Effect, PolicyText};

fn shapes() -> BTreeMap<ToolId, Shape> {
    let pay = Shape {
        args: ["/iban".to_owned()].into(),
        destination: true,
        units: ["EUR".to_owned()].into(),
        ..Shape::default()
    };
    let send = Shape { args: ["/to".to_owned()].into(), destination: true, ..Shape::default() };
    BTreeMap::from([(tool("bank/pay"), pay), (tool("mail/send"), send), (tool("bank/balance"), Shape::default())])
}

fn control(cedar: &str) -> ControlState {
    let mut world = World::new();
    world.add_tool("bank/wire", Effect::Transfer, "{}");
    world.with_policy("p", cedar).control
}

/// What is noted, a line each.
fn noted(cedar: &str) -> Vec<String> {
    let control = control(cedar);
    assert_eq!(crate::validate(&control, &[]), Vec::new(), "{cedar}");
    let look = look(&control, &shapes(), 200_000);
    assert_eq!(look.unlooked, 0);
    look.notes.iter().map(|note| format!("{} {} {}", note.kind.as_str(), note.rule, note.text)).collect()
}

#[track_caller]
fn one(cedar: &str, says: &str) {
    let noted = noted(cedar);
    assert!(noted.len() == 1 && noted[0].contains(says), "{noted:?}");
}

#[test]
fn a_rule_whose_conditions_cannot_hold_together_never_matches() {
    for condition in [
        "context.hour > 20 && context.hour < 6",
        "context.mode == Mode::\"enforced\" && context.mode == Mode::\"observed\"",
        "context.effect == Effect::\"read\"",
        "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"5.0\")) && context.amounts.EUR.lessThan(decimal(\"5.0001\"))",
        "context.sums has EUR && context.amounts has EUR && context.sums.EUR.lessThan(context.amounts.EUR)",
        "context.purpose like \"a*\" && context.purpose like \"b*\"",
        "context.arg_sources has \"/iban\" && context.arg_sources[\"/iban\"].contains(\"own\") && !context.sources.contains(\"own\")",
        "context.args has \"/iban\" && !(context.arg_sources has \"/iban\")",
    ] {
        one(
            &format!(
                "@id(\"no\") forbid (principal, action == Action::\"bank/pay\", resource) when {{ {condition} }};"
            ),
            "never_matches p.no matches nothing",
        );
    }
}

#[test]
fn a_rule_that_matches_once_in_its_own_constants_is_left_alone() {
    for condition in [
        "context.hour > 5 && context.hour < 7",
        "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"5.0\")) && context.amounts.EUR.lessThan(decimal(\"5.0002\"))",
        "context.sums has EUR && context.amounts has EUR && context.amounts.EUR.lessThan(context.sums.EUR)",
        "context.values.contains(\"DE1\") && context.values.contains(\"DE2\")",
        "context.args has \"/iban\" && context.args[\"/iban\"] like \"DE*\"",
        "context.arg_sources has \"/iban\" && context.arg_sources[\"/iban\"].contains(\"untrusted\")",
        "context.arg_sources has \"/iban\" && !context.arg_sources[\"/iban\"].contains(\"untrusted\")",
        "context.arg_sources has \"/iban\" && context.arg_sources[\"/iban\"].contains(\"own\") && context.args has \"/iban\" && context.args[\"/iban\"] == \"DE1\"",
        "context.arg_sources has \"/iban\" && context.arg_sources[\"/iban\"].contains(\"own\") && context.arg_sources[\"/iban\"].contains(\"intent\")",
        "context.owner == context.requester",
        "context.depth > 2 && context.lineage.contains(\"clerk\")",
        "context has subject && context.subject == context.purpose",
        "context.unknown.contains(\"amounts\")",
        "context.now > 1900000000 && context.hour == 3",
    ] {
        let cedar = format!(
            "@id(\"yes\") forbid (principal, action in Effect::Action::\"transfer\", resource) when {{ {condition} }};"
        );
        assert!(!noted(&cedar).iter().any(|note| note.starts_with("never")), "{condition}: {:?}", noted(&cedar));
    }
}

#[test]
fn a_rule_about_no_tool_that_is_known_is_tried_on_one_that_may_come() {
    let cedar = "forbid (principal, action in Effect::Action::\"credential\", resource) when { context.hour < 6 };";
    assert_eq!(noted(cedar), Vec::<String>::new());
    one(
        "forbid (principal, action in Effect::Action::\"credential\", resource) when { context.hour < 0 };",
        "never_matches",
    );
}

#[test]
fn a_rule_about_agents_that_may_come_is_no_mistake() {
    for condition in [
        "context.run_by == RunBy::\"vendor\"",
        "context.memory == Memory::\"kept\" && context.autonomy == Autonomy::\"assist\"",
    ] {
        assert_eq!(
            noted(&format!("forbid (principal, action, resource) when {{ {condition} }};")),
            Vec::<String>::new()
        );
        let named = format!("forbid (principal == Agent::\"payer\", action, resource) when {{ {condition} }};");
        one(&named, "never_matches");
    }
    let tool = "context.reversibility == Reversibility::\"by-others\" && context.egress == Egress::\"open\"";
    assert_eq!(noted(&format!("forbid (principal, action, resource) when {{ {tool} }};")), Vec::<String>::new());
    one(&format!("forbid (principal, action == Action::\"bank/pay\", resource) when {{ {tool} }};"), "never_matches");
}

#[test]
fn a_permit_under_a_forbid_permits_nothing() {
    one(
        "@id(\"a\") permit (principal, action == Action::\"bank/pay\", resource) when { context.hour > 8 && context.hour < 12 };
         @id(\"b\") forbid (principal, action in Effect::Action::\"transfer\", resource) when { context.hour > 7 };",
        "shadowed p.a permits nothing: `p.b` forbids all that it would permit",
    );
    assert_eq!(
        noted(
            "@id(\"a\") permit (principal, action == Action::\"bank/pay\", resource) when { context.hour > 7 };
             @id(\"b\") forbid (principal, action in Effect::Action::\"transfer\", resource) when { context.hour > 8 };"
        ),
        Vec::<String>::new()
    );
}

#[test]
fn a_rule_beside_a_wider_one_adds_nothing() {
    one(
        "@id(\"a\") permit (principal, action == Action::\"bank/pay\", resource);
         @id(\"b\") permit (principal, action in Effect::Action::\"transfer\", resource);",
        "shadowed p.a adds nothing to `p.b`",
    );
    one(
        "@id(\"a\") permit (principal, action == Action::\"bank/pay\", resource);
         @id(\"b\") permit (principal, action == Action::\"bank/pay\", resource);",
        "shadowed p.b says the same as `p.a`",
    );
    one(
        "@id(\"a\") @step_up(\"owner\") forbid (principal, action == Action::\"bank/pay\", resource);
         @id(\"b\") forbid (principal, action == Action::\"bank/pay\", resource);",
        "shadowed p.a asks nobody: `p.b` forbids",
    );
    let asks = |who: &str| {
        format!(
            "@id(\"a\") @step_up(\"owner\") forbid (principal, action == Action::\"bank/pay\", resource);
             @id(\"b\") @step_up(\"{who}\") forbid (principal, action == Action::\"bank/pay\", resource);"
        )
    };
    assert_eq!(noted(&asks("role:boss")), Vec::<String>::new(), "each ask is a need of its own");
    one(&asks("owner"), "says the same");
}

#[test]
fn a_rule_that_names_a_tool_and_reads_what_it_never_has_is_told_to_be_silent() {
    let over = "when { context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"5.0\")) };";
    one(
        &format!("@id(\"a\") forbid (principal, action in Effect::Action::\"transfer\", resource) {over}"),
        "silent p.a says nothing about `bank/wire`: no binding there reads an amount in EUR",
    );
    one(
        &format!("@id(\"a\") forbid (principal, action == Action::\"bank/wire\", resource) {over}"),
        "never_matches p.a matches nothing: no tool that it is about reads an amount in EUR",
    );
    let all = format!("forbid (principal, action, resource) {over}");
    assert_eq!(noted(&all), Vec::<String>::new(), "who names no tool means those that have one");
}

#[test]
fn the_search_is_bounded_and_says_what_it_left() {
    let rules: String = (0..200)
        .map(|n| format!("@id(\"r{n}\") permit (principal, action, resource) when {{ context.uses == {n} }};"))
        .collect();
    let control = control(&rules);
    let look = look(&control, &shapes(), 500);
    assert!(look.tried <= 500 && look.unlooked > 0, "{} {}", look.tried, look.unlooked);
    let again = super::look(&control, &shapes(), 500);
    assert_eq!(look, again, "the same each time");
}

fn text(cedar: &str) -> PolicyText {
    PolicyText::in_cedar("p", cedar)
}

/// Each rule that differs, with what its first example comes to.
fn differs(old: &str, new: &str) -> Vec<String> {
    let control = control("");
    let found = differences(&control, (&[text(old)], &[text(new)]), &shapes(), 200_000).unwrap();
    let told = |changed: &Changed| {
        let example = changed.examples.first();
        let example = example.map_or("nothing".to_owned(), |example| {
            format!("{} -> {}: {}", example.before.0, example.after.0, example.action)
        });
        format!("{} {} {example}", changed.what, changed.rule)
    };
    found.iter().map(told).collect()
}

const ALL: &str = "@id(\"all\") permit (principal, action, resource);";

#[test]
fn a_threshold_that_moves_is_shown_by_an_amount_between() {
    let over = |most: &str| {
        format!(
            "{ALL} @id(\"most\") forbid (principal, action == Action::\"bank/pay\", resource) when {{ context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"{most}\")) }};"
        )
    };
    assert_eq!(
        differs(&over("500.0"), &over("1000.0")),
        ["changed p.most deny -> allow: agent `clerk`, tool `bank/pay`, amounts EUR 500.0001"]
    );
    assert_eq!(differs(&over("500.0"), &over("500.0")), Vec::<String>::new());
}

#[test]
fn a_rule_that_comes_or_goes_is_shown_by_what_it_decides() {
    let ask = "@id(\"ask\") @step_up(\"owner\") forbid (principal, action == Action::\"mail/send\", resource);";
    let found = differs(ALL, &format!("{ALL} {ask}"));
    assert_eq!(found, ["added p.ask allow -> ask: agent `clerk`, tool `mail/send`"]);
    assert_eq!(differs(&format!("{ALL} {ask}"), ALL), ["removed p.ask ask -> allow: agent `clerk`, tool `mail/send`"]);
}

#[test]
fn a_rule_that_decides_nothing_is_shown_by_nothing() {
    let more = format!("{ALL} @id(\"more\") permit (principal, action == Action::\"bank/pay\", resource);");
    assert_eq!(differs(ALL, &more), ["added p.more nothing"]);
}

#[test]
fn what_several_rules_change_is_told_of_each_alone() {
    let two = |hour: u8, uses: u8| {
        format!(
            "{ALL} @id(\"hour\") forbid (principal, action == Action::\"bank/pay\", resource) when {{ context.hour < {hour} }};
             @id(\"uses\") forbid (principal, action == Action::\"bank/pay\", resource) when {{ context.uses > {uses} }};"
        )
    };
    let found = differs(&two(6, 10), &two(7, 12));
    assert_eq!(found[0], "changed p.hour allow -> deny: agent `clerk`, tool `bank/pay`, hour 6");
    assert_eq!(found[1], "changed p.uses deny -> allow: agent `clerk`, tool `bank/pay`, uses 11");
}

#[test]
fn what_another_rule_hides_is_found_where_it_does_not() {
    let night = "@id(\"night\") forbid (principal, action, resource) when { context.purpose != \"x\" };";
    let found = differs(&format!("{night} {ALL}"), night);
    assert!(found.len() == 1 && found[0].starts_with("removed p.all allow -> deny"), "{found:?}");
}
