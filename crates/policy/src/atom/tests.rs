use super::*;
use std::str::FromStr;

fn of(condition: &str) -> Vec<String> {
    let policy = Policy::from_str(&format!("permit (principal, action, resource) when {{ {condition} }};")).unwrap();
    let path = |path: &Path| match &path.member {
        Some(member) => format!("{}.{member}", path.attribute),
        None => path.attribute.clone(),
    };
    let told = |atom: &Atom| match atom {
        Atom::With(of, constant) => format!("{} ~ {constant:?}", path(of)),
        Atom::Both(one, other) => format!("{} ~ {}", path(one), path(other)),
        Atom::Read(of) => path(of),
    };
    atoms(&policy).iter().map(told).collect()
}

#[test]
fn a_constant_belongs_to_the_attribute_it_is_compared_with() {
    assert_eq!(of("context.tool == \"bank/pay\""), ["tool ~ Text(\"bank/pay\")", "tool"]);
    assert_eq!(
        of("[\"a\", \"b\"].contains(context.server)"),
        ["server ~ Text(\"a\")", "server ~ Text(\"b\")", "server"]
    );
    assert_eq!(of("context.hour >= 6"), ["hour ~ Long(6)", "hour"]);
    assert_eq!(of("context.mode == Mode::\"enforced\""), ["mode ~ Word(\"enforced\")", "mode"]);
    assert_eq!(of("context.purpose like \"a*b\""), ["purpose ~ Like([Some(\"a\"), None, Some(\"b\")])", "purpose"]);
}

#[test]
fn members_and_decimals_are_seen() {
    assert_eq!(
        of("context.amounts has EUR && context.amounts.EUR.greaterThan(decimal(\"5.0\"))"),
        ["amounts.EUR ~ Decimal(\"5.0\")", "amounts", "amounts.EUR"]
    );
    assert_eq!(
        of("context.args has \"/iban\" && context.args[\"/iban\"] == \"DE1\""),
        ["args./iban ~ Text(\"DE1\")", "args", "args./iban"]
    );
}

#[test]
fn two_attributes_that_are_compared_are_told_together() {
    assert_eq!(of("context.owner == context.requester"), ["owner ~ requester", "owner", "requester"]);
}
