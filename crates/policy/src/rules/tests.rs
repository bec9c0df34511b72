use super::*;

fn text(name: &str, cedar: &str) -> PolicyText {
    PolicyText::in_cedar(name, cedar)
}

#[track_caller]
fn refused(cedar: &str, expected: &str) {
    let problems = read([text("p", cedar)].iter()).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(told.join("\n"), expected);
}

#[test]
fn rules_are_named_by_their_document_and_id_or_place() {
    let cedar = r#"permit (principal, action, resource);
        @id("named") forbid (principal, action, resource);
        permit (principal, action, resource);"#;
    let rules = read([text("b", cedar), text("a.x", "permit (principal, action, resource);")].iter()).unwrap();
    let names: Vec<String> = rules.iter().map(|rule| rule.policy.id().to_string()).collect();
    assert_eq!(names, ["b.policy0", "b.named", "b.policy2", "a.x.policy0"]);
}

#[test]
fn what_cannot_be_parsed_is_told_with_its_line() {
    refused(
        "permit (principal, action, resource);\n\nallow (principal, action, resource);",
        "policy `p`, line 3: invalid policy effect: allow; effect must be either `permit` or `forbid`",
    );
}

#[test]
fn all_texts_are_read_before_anything_is_told() {
    let problems = read([text("a", "x"), text("b", "y")].iter()).unwrap_err();
    assert_eq!(problems.iter().map(|problem| problem.document.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn templates_are_refused() {
    refused(
        "permit (principal == ?principal, action, resource);",
        "policy `p`: a rule with `?principal` or `?resource`; rules without slots: Cedar templates are not linked here",
    );
}

#[test]
fn two_rules_of_one_name_are_refused() {
    refused(
        r#"@id("x") permit (principal, action, resource); @id("x") forbid (principal, action, resource);"#,
        "policy `p`, line 1, rule `p.x`: two rules of this name; give each rule an `@id` of its own",
    );
}

#[test]
fn an_id_is_a_plain_word() {
    refused(
        r#"@id("a.b") permit (principal, action, resource);"#,
        "policy `p`, line 1: `@id` is `a.b`; expected 1 to 64 characters of a-z, A-Z, 0-9, - and _",
    );
}

#[test]
fn a_rule_that_asks_nobody_we_know_is_refused_and_not_taken_for_a_forbid() {
    refused(
        "\n@id(\"x\") @step_up(\"boss\") forbid (principal, action, resource);",
        "policy `p`, line 2, rule `p.x`: `@step_up` is `boss`; expected `requester`, `customer`, `owner`, `role:NAME` or `person:NAME`",
    );
    refused(
        r#"@id("x") @step_up("owner") permit (principal, action, resource);"#,
        "policy `p`, line 1, rule `p.x`: a permit with `@step_up`; step_up belongs on forbid: beside it, another rule permits",
    );
}

#[test]
fn an_expression_that_nests_too_deep_is_refused() {
    let cedar = format!("permit (principal, action, resource) when {{ {} }};", vec!["true"; 80].join(" && "));
    let problems = read([text("p", &cedar)].iter()).unwrap_err();
    assert!(problems[0].to_string().contains("deep; at most 64; split the rule"), "{}", problems[0]);
}
