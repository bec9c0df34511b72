use crate::compiled::Compiled;
use crate::validate;
use crate::world::{World, bound, measure};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{Answer, Bound, BoundAs, Destination, Digest, Policy, PolicyText, Reading, RegoBundle};
use std::collections::BTreeMap;

mod costs;

const ALL: &str = "permit (principal, action, resource);";
const HEAD: &str = "package guard\n";

fn ask(world: &World) -> Answer {
    Compiled::compile_or_refuse(&world.control).ask(&world.question())
}
fn said(rego: &str) -> Answer {
    ask(&World::new().with_rego("guard", &format!("{HEAD}{rego}")))
}
fn permit(rules: &[&str]) -> Answer {
    Answer::Permit(rules.iter().map(|rule| (*rule).to_owned()).collect())
}
fn forbid(rules: &[&str]) -> Answer {
    Answer::Forbid(rules.iter().map(|rule| (*rule).to_owned()).collect())
}
fn broken(answer: &Answer, rule: &str, part: &str) {
    let Answer::Broken { rule: by, why } = answer else { panic!("{answer:?}") };
    assert!(by == rule && why.starts_with("the engine of Rego failed: ") && why.contains(part), "{by}: {why}");
}
/// What is told when a policy is applied.
fn problems(rego: &str) -> Vec<String> {
    let world = World::new().with_rego("guard", &format!("{HEAD}{rego}"));
    validate(&world.control, &[]).iter().map(ToString::to_string).collect()
}
fn refused(rego: &str, line: usize, part: &str) {
    let found = problems(rego);
    let place = format!("policy `guard`, line {line}: ");
    assert!(found.iter().any(|problem| problem.starts_with(&place) && problem.contains(part)), "{rego}: {found:?}");
}

#[test]
fn a_rule_that_allows_permits_and_one_that_denies_forbids() {
    assert_eq!(said("allow if input.action == \"bank/pay\""), permit(&["guard.allow"]));
    assert_eq!(said("allow if input.action == \"bank/list\""), Answer::Nothing);
    assert_eq!(said("default allow := false"), Answer::Nothing);
    assert_eq!(said("allow := true\ndeny := true"), forbid(&["guard.deny"]));
    assert_eq!(said("allow := true\ndeny := false"), permit(&["guard.allow"]));
    assert_eq!(said("deny if false"), Answer::Nothing);
}

#[test]
fn the_question_says_who_does_what_on_what_and_all_else_as_cedar_is_told_it() {
    let rego = r#"allow if {
        input.principal.agent == "payer"
        input.principal.role == "payers"
        input.principal.zone == "own"
        input.context.effect == "transfer"
        input.context.amounts.EUR == 1205000
        input.context.depth == 1
        not input.context.attested
    }"#;
    assert_eq!(said(rego), permit(&["guard.allow"]));
    assert_eq!(problems(rego), <[String; 0]>::default());
}

#[test]
fn a_message_that_stands_in_the_text_as_a_name_names_the_rule_and_no_other_is_written_down() {
    let rule =
        |message: &str| format!("allow := true\ndeny contains {message} if input.context.amounts.EUR > 5 * 10000");
    assert_eq!(said(&rule("\"too-much\"")), forbid(&["guard.deny.too-much"]));
    assert_eq!(said(&rule("sprintf(\"%v\", [input.context.amounts.EUR])")), forbid(&["guard.deny"]));
    assert_eq!(said(&rule("input.context.owner")), forbid(&["guard.deny"]), "it stands in no text");
    let both = "deny contains \"b\"\ndeny contains \"a\"";
    assert_eq!(said(both), forbid(&["guard.deny.a", "guard.deny.b"]), "in the order of their names");
}

#[test]
fn who_is_asked_stands_in_a_set_with_alternatives_and_a_number() {
    let answer = said("allow := true\nstep_up contains \"owner|role:cfo\"\nstep_up contains \"role:finance:2\"");
    let Answer::StepUp { rules, asks } = answer else { panic!("{answer:?}") };
    assert_eq!(rules, ["guard.allow", "guard.step_up"]);
    let told: Vec<String> = asks.iter().map(|ask| format!("{} of {}", ask.count, ask.who)).collect();
    assert_eq!(told, ["1 of owner or role:cfo", "2 of role:finance"]);
    assert_eq!(said("step_up contains \"owner\""), Answer::Nothing, "what nobody permits is asked of nobody");
    assert_eq!(said("deny := true\nallow := true\nstep_up contains \"owner\""), forbid(&["guard.deny"]));
    refused("allow := true\nstep_up contains \"somebody\"", 3, "`step_up` contains `somebody`");
    refused("allow := true\nstep_up := \"owner\"", 3, "not of a form");
    broken(&said("allow := true\nstep_up contains input.context.owner"), "guard.step_up", "`ada`");
}

#[test]
fn of_two_languages_both_must_permit_and_what_one_forbids_is_forbidden() {
    let with = |cedar: &str, rego: &str| {
        ask(&World::new().with_policy("c", cedar).with_rego("guard", &format!("{HEAD}{rego}")))
    };
    assert_eq!(with(ALL, "allow := true"), permit(&["c.policy0", "guard.allow"]));
    assert_eq!(with(ALL, "allow := false"), Answer::Nothing);
    assert_eq!(with("", "allow := true"), Answer::Nothing, "an empty policy permits nothing");
    assert_eq!(with(ALL, "allow := true\ndeny := true"), forbid(&["guard.deny"]));
    let forbids = "forbid (principal, action, resource);";
    assert_eq!(with(forbids, "allow := true"), forbid(&["c.policy0"]));
    assert_eq!(with(forbids, "deny := true"), forbid(&["c.policy0", "guard.deny"]));
    let asks = with(
        &format!("{ALL} @step_up(\"owner\") forbid (principal, action, resource);"),
        "allow := true\nstep_up contains \"role:cfo\"",
    );
    let Answer::StepUp { rules, asks } = asks else { panic!("{asks:?}") };
    assert_eq!((rules.len(), asks.len()), (4, 2));
}

#[test]
fn one_of_several_policies_in_rego_must_permit_and_each_may_forbid() {
    let two = |one: &str, other: &str| {
        ask(&World::new().with_rego("a", &format!("package x\n{one}")).with_rego("b", &format!("package x\n{other}")))
    };
    assert_eq!(two("allow := true", "allow := false"), permit(&["a.allow"]));
    assert_eq!(two("allow := true", "deny := true"), forbid(&["b.deny"]));
}

#[test]
fn what_could_not_be_read_breaks_a_policy_that_reads_it_and_no_other() {
    let unread = |rego: &str| {
        let mut world = World::new().with_rego("guard", &format!("{HEAD}allow := true\n{rego}"));
        world.action.measures[0].amount = Reading::Unknown;
        world.action.destination = Some(Reading::Unknown);
        world.action.resource = None;
        world.action.bound = vec![Bound { role: BoundAs::Object, ..bound("/x", "path", None) }];
        ask(&world)
    };
    broken(&unread("deny if startswith(input.resource, \"/secret\")"), "guard", "`input.resource`");
    broken(&unread("deny if input.context.amounts.EUR > 1"), "guard", "`input.context.amounts`");
    broken(&unread("deny if input.context.destination.zone == \"own\""), "guard", "`input.context.destination`");
    broken(&unread("deny if { some name, value in input.context; value == 5; name == \"x\" }"), "guard", "amounts");
    assert_eq!(unread("deny if input.context.effect == \"read\""), permit(&["guard.allow"]));
    assert_eq!(unread("deny if \"amounts\" in input.context.unknown"), forbid(&["guard.deny"]));
    // what only some questions have is absent, and no mistake
    assert_eq!(said("allow := true\ndeny if input.context.subject == \"vip\""), permit(&["guard.allow"]));
}

#[test]
fn a_rule_that_is_of_no_use_as_an_answer_refuses() {
    broken(&said("allow := 1"), "guard.allow", "it is a number, expected `true` or `false`");
    broken(&said("allow := \"yes\""), "guard.allow", "it is a text");
    broken(&said("allow := true\ndeny contains 5"), "guard.deny", "it is a number");
    broken(&said("allow := true\ndeny := \"no\""), "guard.deny", "it is a text");
    broken(&said("allow := true\ndeny if count(input.context.hour) > 0"), "guard.deny", "line 3");
    broken(&said("allow := true\nallow := false"), "guard.allow", "");
    refused("allow contains \"x\"", 2, "not of a form");
    refused("allow(x) := true", 2, "not of a form");
}

#[test]
fn a_mistake_of_grammar_is_told_with_its_line() {
    refused("allow := true\nallow if {\n  input.context.hour <\n}", 5, "");
    let world = World::new().with_rego("guard", "package guard\nallow if {");
    assert!(matches!(ask(&world), Answer::Broken { .. }), "what cannot be read permits nothing");
    assert!(problems("x := 1").iter().any(|told| told.contains("none of the rules that are asked")));
}

#[test]
fn what_is_misspelt_or_compared_with_what_it_is_not_is_told() {
    refused("allow := true\ndeny if input.context.hours < 6", 3, "did you mean `hour`?");
    refused("allow if input.contxt.hour < 6", 2, "`input` has no `contxt`; did you mean `context`?");
    refused("allow if input.principal.name == \"x\"", 2, "`input.principal` has no `name`");
    refused("allow if input.context.amounts.euro > 6", 2, "`input.context.amounts` has no `euro`");
    refused("allow if input.context.hour == \"six\"", 2, "it is a whole number");
    refused("allow if input.context.effect == \"transfr\"", 2, "did you mean `transfer`?");
    refused("allow if input.context.attested == \"yes\"", 2, "is `true` or `false`");
    refused("allow if input.context.hour.minute == 6", 2, "has no members");
    refused("allow if input.action == \"bank/pya\"", 2, "names no tool; did you mean `bank/pay`?");
    refused("allow if input.action in [\"bank/pya\"]", 2, "names no tool");
    refused("allow if input.context.tool in {\"bank/pya\", \"bank/pay\"}", 2, "names no tool");
    refused("allow if input.context.arg_sources[\"/ibn\"].intent", 2, "has no `/ibn`; did you mean `/iban`?");
    refused("allow if input.context.arg_sources[\"/iban\"].intnt", 2, "names no source; did you mean `intent`?");
    refused("deny if \"untrsted\" in input.context.arg_sources[\"/iban\"]", 2, "did you mean `untrusted`?");
    refused("deny if \"untrsted\" in input.context.sources", 2, "did you mean `untrusted`?");
    refused("allow if input.context.sources.intnt", 2, "did you mean `intent`?");
    refused("allow if input.context.arg_sources[\"/iban\"] == \"intent\"", 2, "it is of several parts");
    refused("allow if input.context.arg_sources[\"/iban\"].intent.more", 2, "has no members");
    refused("allow if input.principal.agent == \"nobody\"", 2, "names no agent");
    assert_eq!(problems("allow if input.action in {\"bank/pay\"}"), <[String; 0]>::default());
}

#[test]
fn what_looks_outside_at_the_clock_or_at_chance_is_refused_by_its_name_and_place() {
    for (call, part) in [
        (
            "http.send({\"url\": \"http://x\", \"method\": \"get\"}).status_code == 200",
            "`http.send` may not be called; it looks",
        ),
        ("opa.runtime().env.HOME == \"x\"", "`opa.runtime` may not be called; it looks outside"),
        ("time.now_ns() > 5", "`time.now_ns` may not be called; it reads the clock"),
        ("rand.intn(\"x\", 2) == 1", "`rand.intn` may not be called; it rests on chance"),
        ("uuid.rfc4122(\"x\") != \"\"", "`uuid.rfc4122` may not be called; it rests on chance"),
        ("net.lookup_ip_addr(\"x\") != set()", "`net.lookup_ip_addr` may not be called; it looks outside"),
        ("io.jwt.decode(\"x\")[0].a == 1", "`io.jwt.decode` may not be called"),
        ("trace(\"x\")", "`trace` may not be called"),
        ("made_up(5)", "`made_up` may not be called"),
        ("strings.count(input.context.owner, \"\") == 1", "`strings.count` may not be called; the engine cannot take"),
        ("object.subset([1], []) == true", "`object.subset` may not be called; the engine cannot take"),
    ] {
        refused(&format!("allow := true\ndeny if {{\n  {call}\n}}"), 4, part);
        let world = World::new().with_rego("guard", &format!("{HEAD}allow := true\ndeny if {call}"));
        assert!(matches!(ask(&world), Answer::Broken { .. }), "{call}");
    }
    // an alias or a name of the policy's own does not hide one
    refused("import data.lib as http\nallow if http.send({}) == 1", 3, "`http.send` may not be called");
    refused("allow if data.time.now_ns() == 1", 2, "`data.time.now_ns` may not be called");
    refused("allow if input.action == \"bank/pay\" with input.action as \"bank/pay\"", 2, "`with`");
    refused("import input.context as c\nallow if c.hour == 1", 2, "an import of what is not `data`");
}

#[test]
fn no_number_with_a_fraction_decides() {
    refused("allow if input.context.amounts.EUR < 0.5", 2, "the number `0.5`");
    refused("allow if input.context.amounts.EUR < 1e3", 2, "the number `1e3`");
    refused("allow if input.context.amounts.EUR / 3 < 5", 2, "a division");
    refused("allow if to_number(\"0.5\") < 5", 2, "`to_number` may not be called");
    assert_eq!(said("allow if input.context.amounts.EUR == 1205 * 1000"), permit(&["guard.allow"]));
}

#[test]
fn the_same_question_has_the_same_answer_byte_for_byte_whatever_was_asked_before() {
    let rego = format!("{HEAD}allow := true\nstep_up contains w if some w in {{\"role:b\", \"role:a\", \"owner\"}}");
    let world = World::new().with_rego("guard", &rego);
    let compiled = Compiled::compile(&world.control).unwrap();
    let first = format!("{:?}", compiled.ask(&world.question()));
    let mut other = world.clone();
    other.action.destination =
        Some(Reading::Known(Destination { kind: "iban".into(), normal: "X".into(), zone: None }));
    other.action.bound = vec![bound("/iban", "iban", Some("X"))];
    other.action.measures = vec![measure("7", "EUR")];
    for _ in 0..3 {
        compiled.ask(&other.question());
        assert_eq!(format!("{:?}", compiled.ask(&world.question())), first);
        assert_eq!(format!("{:?}", Compiled::compile(&world.control).unwrap().ask(&world.question())), first);
    }
}

fn bundle(modules: &[(&str, &str)], data: &str) -> PolicyText {
    let bundle = RegoBundle {
        data: Json::parse(data.as_bytes(), &Limits::default()).unwrap(),
        entry: "authz".to_owned(),
        key: Digest::new([1; 32]),
        modules: modules.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect(),
        revision: "r1".to_owned(),
        sha256: Digest::new([2; 32]),
    };
    PolicyText { name: "guard".to_owned(), cedar: None, rego: None, bundle: Some(bundle), opa: None }
}

fn of_bundle(text: &PolicyText) -> Answer {
    let mut world = World::new();
    world.control.policies.insert("guard".to_owned(), (std::sync::Arc::new(text.clone()), text.digest()));
    ask(&world)
}

#[test]
fn modules_of_a_bundle_use_one_another_and_read_its_data() {
    let rules = "package authz\nimport data.lib\nallow if lib.small(input.context.amounts.EUR)";
    let lib = "package lib\nsmall(x) if x < data.limits.EUR";
    let tests = "package authz\ntest_it if allow with input as {}";
    let modules = [("/authz.rego", rules), ("/lib.rego", lib), ("/authz_test.rego", tests)];
    let data = |limit: &str| format!("{{\"limits\": {{\"EUR\": {limit}}}}}");
    assert_eq!(of_bundle(&bundle(&modules, &data("2000000"))), permit(&["guard.allow"]));
    assert_eq!(of_bundle(&bundle(&modules, &data("5"))), Answer::Nothing);
    assert!(matches!(of_bundle(&bundle(&modules, &data("0.5"))), Answer::Broken { .. }), "a number with a fraction");
    let strange = bundle(&[("/a.rego", "package other\nallow := true")], "{}");
    assert!(matches!(of_bundle(&strange), Answer::Broken { .. }), "the package that is asked is not there");
}

#[test]
fn a_rule_is_named_for_its_tests_and_told_to_people() {
    let text =
        PolicyText::in_rego("guard", "package g\nallow := true\ndeny contains \"a\" if input.context.hour < 6\n");
    let rules: BTreeMap<String, &str> =
        crate::named_rules([&text].into_iter()).unwrap().into_iter().map(|rule| (rule.name, rule.does)).collect();
    assert_eq!(rules, BTreeMap::from([("guard.allow".to_owned(), "permit"), ("guard.deny".to_owned(), "forbid")]));
    let mut world = World::new();
    world.control.policies.insert("guard".to_owned(), (std::sync::Arc::new(text), Digest::new([0; 32])));
    let told = crate::described_rule(&world.control, "guard.deny.a").unwrap();
    assert!(!told.permits && told.text.contains("input.context.hour < 6"), "{told:?}");
    assert_eq!(crate::attributes_read(&world.control), ["hour"].into());
}
