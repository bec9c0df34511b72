use super::*;

fn text(cedar: &str) -> PolicyText {
    PolicyText::in_cedar("p", cedar)
}

const PERMIT: &str = r#"@id("all") permit (principal, action, resource);"#;
const FORBID: &str = r#"@id("none") forbid (principal, action, resource);"#;

fn lines(old: Option<&str>, new: Option<&str>) -> Vec<String> {
    let lines = difference(old.map(text).as_ref(), new.map(text).as_ref());
    lines.iter().map(|line| format!("{}{}: {}", if line.loosens { "!" } else { " " }, line.at, line.words)).collect()
}

#[test]
fn a_permit_that_comes_loosens_and_a_forbid_that_goes() {
    assert_eq!(lines(None, Some(PERMIT)), ["!rule all: permit added"]);
    assert_eq!(lines(Some(PERMIT), None), [" rule all: permit removed"]);
    assert_eq!(lines(None, Some(FORBID)), [" rule none: forbid added"]);
    assert_eq!(lines(Some(FORBID), None), ["!rule none: forbid removed"]);
    let both = format!("{PERMIT}\n{FORBID}");
    assert_eq!(lines(Some(&both), Some(PERMIT)), ["!rule none: forbid removed"]);
    assert_eq!(lines(Some(&both), Some(&both)), Vec::<String>::new());
}

#[test]
fn a_rule_that_changed_loosens_unless_it_now_forbids() {
    let narrower = FORBID.replace(";", " when { context.autonomy == \"assist\" };");
    assert_eq!(lines(Some(FORBID), Some(&narrower)), ["!rule none: forbid changed"]);
    let turned = FORBID.replace("none", "all");
    assert_eq!(lines(Some(PERMIT), Some(&turned)), [" rule all: permit becomes forbid"]);
    assert_eq!(lines(Some(&turned), Some(PERMIT)), ["!rule all: forbid becomes permit"]);
}

#[test]
fn a_text_that_nobody_can_read_is_never_taken_for_the_same() {
    assert_eq!(lines(Some(PERMIT), Some("permit (")), ["!: the text changes"]);
}

#[test]
fn a_permit_that_could_fail_refuses_what_others_permit_so_that_it_goes_loosens() {
    let permit = |condition: &str| PERMIT.replace(";", &format!(" when {{ {condition} }};"));
    for condition in [
        "context.amounts has EUR && context.amounts.EUR.lessThan(decimal(\"5.0\"))",
        "context.sums has EUR",
        "context.values.contains(\"x\")",
        "context.destination has zone",
        "context.args has \"/iban\"",
        "context.arg_sources has \"/iban\"",
        "context.hour + 1 < 17",
        "context == {}",
    ] {
        let old = permit(condition);
        assert_eq!(
            lines(Some(&old), None),
            ["!rule all: permit removed, which could fail and so refuse"],
            "{condition}"
        );
        let turned = FORBID.replace("none", "all");
        assert_eq!(lines(Some(&old), Some(&turned)), ["!rule all: permit becomes forbid"], "{condition}");
    }
    let sure = permit("context.hour < 17 && context.server == \"bank\" && context.unknown.isEmpty()");
    assert_eq!(lines(Some(&sure), None), [" rule all: permit removed"]);
}

#[test]
fn a_step_up_that_goes_changes_or_takes_the_place_of_a_forbid_loosens() {
    let asks = FORBID.replace("forbid", r#"@step_up("role:boss") @count("2") forbid"#);
    assert_eq!(lines(None, Some(&asks)), [" rule none: step-up added"]);
    assert_eq!(lines(Some(&asks), None), ["!rule none: step-up removed"]);
    assert_eq!(lines(Some(FORBID), Some(&asks)), ["!rule none: forbid becomes step-up"]);
    assert_eq!(lines(Some(&asks), Some(FORBID)), ["!rule none: step-up becomes forbid"]);
    let fewer = asks.replace("\"2\"", "\"1\"");
    assert_eq!(lines(Some(&asks), Some(&fewer)), ["!rule none: step-up changed"], "annotations are part of the rule");
    let permits = PERMIT.replace("all", "none");
    assert_eq!(lines(Some(&permits), Some(&asks)), [" rule none: permit becomes step-up"]);
    assert_eq!(lines(Some(&asks), Some(&permits)), ["!rule none: step-up becomes permit"]);
}
