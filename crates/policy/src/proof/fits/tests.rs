use super::*;
use cedar_policy::Policy;

fn fit(condition: &str) -> bool {
    let text = format!("permit (principal, action, resource) when {{ {condition} }};");
    fits(&text.parse::<Policy>().unwrap().to_json().unwrap())
}

#[test]
fn a_rule_that_reads_members_and_words_fits() {
    for condition in [
        "context.hour > 5 && context.mode == Mode::\"enforced\"",
        "context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"5.0\"))",
        "context has resource && context.resource like \"a*\"",
        "context.args has \"/iban\" && context.args[\"/iban\"] == \"x\"",
        "context.arg_sources has \"/iban\" && context.arg_sources[\"/iban\"].contains(\"own\")",
        "resource == Server::\"bank\" && {context: 1}.context == 1",
        "context.touched.contains(\"context\")",
    ] {
        assert!(fit(condition), "{condition}");
    }
}

#[test]
fn a_rule_that_can_tell_what_is_missing_does_not_fit() {
    for condition in [
        "context has amounts",
        "context.hour > 5 && !(context has values)",
        "context has amounts.EUR",
        "context has destination.zone",
        "context.amounts == context.sums",
        "[context.args].contains(context.args)",
        "[context.arg_sources].contains(context.arg_sources)",
        "context == context",
        "(if context.attested then context else context).hour > 5",
        "{Value: context}.Value == context",
        "{a: context.destination} == {a: context.destination}",
    ] {
        assert!(!fit(condition), "{condition}");
    }
}
