use super::*;

fn reads(condition: &str) -> Reads {
    let text = format!("permit (principal, action, resource) when {{ {condition} }};");
    Reads::of(&text.parse().unwrap()).unwrap()
}

#[track_caller]
fn check(condition: &str, attributes: &[&str]) {
    let found = reads(condition);
    assert!(!found.whole, "{condition} reads the whole context");
    assert_eq!(found.attributes.iter().map(String::as_str).collect::<Vec<_>>(), attributes, "{condition}");
}

#[test]
fn every_way_to_read_an_attribute_is_seen() {
    check("context.a", &["a"]);
    check("context[\"a b\"]", &["a b"]);
    check("context has a", &["a"]);
    check("context has a.b.c && !context.a.b.c", &["a"]);
    check("if context.a then context.b else context.c", &["a", "b", "c"]);
    check("[context.a, {x: context.b}].contains(context.c)", &["a", "b", "c"]);
    check("context.a.lessThan(context.b) || context.c like \"*\"", &["a", "b", "c"]);
    check("context.a in context.b || context.c is Agent || -context.d < 1", &["a", "b", "c", "d"]);
    check("{Var: \"context\"} == {Var: \"x\"}", &[]);
}

#[test]
fn the_context_as_a_whole_reads_everything() {
    assert!(reads("context == {}").whole);
    assert!(reads("[context].isEmpty()").whole);
    assert!(reads("(if true then context else {a: 1}).a == 1").whole);
}

#[test]
fn members_are_seen_with_their_attribute() {
    let found = reads(
        "context.amounts has EUR && context.amounts[\"EUR\"].lessThan(context.sums.USD) && context has destination.zone",
    );
    let members: Vec<_> = found.members.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(members, [("amounts", "EUR"), ("destination", "zone"), ("sums", "USD")]);
}

#[test]
fn depth_counts_one_for_each_operator() {
    let chain = |terms: usize| vec!["true"; terms].join(" && ");
    let shallow = reads(&chain(2)).depth;
    assert_eq!(reads(&chain(42)).depth, shallow + 40);
}

#[test]
fn a_rule_that_reckons_is_seen() {
    for condition in ["context.a + 1 == 2", "context.a - 1 == 2", "context.a * 2 == 2", "-context.a == 2"] {
        assert!(reads(condition).reckons, "{condition}");
    }
    assert!(!reads("context.a == -2 || context.b like \"*\" || context.c < 1").reckons);
}
