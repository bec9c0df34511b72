use super::*;

fn refused(text: &str) -> String {
    check("p", text).unwrap_err().to_string()
}

fn rule(condition: &str) -> String {
    format!("permit (principal, action, resource) when {{ {condition} }};\n")
}

#[test]
fn an_ordinary_rule_is_read() {
    assert_eq!(check("p", crate::STARTER).map(|lines| lines.len()), Ok(2));
}

#[test]
fn brackets_nest_to_a_bound() {
    let nested = |depth: usize| rule(&format!("{}true{}", "(".repeat(depth), ")".repeat(depth)));
    assert_eq!(check("p", &nested(DEPTH_MAX - 1)), Ok(vec![1]));
    assert_eq!(
        refused(&nested(DEPTH_MAX)),
        "policy `p`, line 1: brackets that nest too deep; at most 64; split the rule"
    );
}

#[test]
fn a_rule_has_a_bounded_number_of_operators_and_each_rule_its_own() {
    let chain = |terms: usize| rule(&vec!["true"; terms].join(" && "));
    assert_eq!(check("p", &chain(OPERATORS_PER_RULE_MAX).repeat(3)), Ok(vec![1, 2, 3]));
    let two = chain(2) + &chain(OPERATORS_PER_RULE_MAX + 2);
    assert!(refused(&two).starts_with("policy `p`, line 2: a rule with too many operators"), "{}", refused(&two));
}

#[test]
fn what_stands_in_texts_and_comments_is_not_counted() {
    let text =
        format!("// {}\n{}", "(".repeat(500), rule(&format!("context.purpose == \"\\\"{}\"", "({[&&".repeat(200))));
    assert_eq!(check("p", &text), Ok(vec![2]));
}

#[test]
fn texts_and_rules_have_a_length() {
    assert!(refused(&" ".repeat(TEXT_BYTES_MAX + 1)).contains("at most 122880 are read"));
    let long = rule(&format!("context.purpose == \"{}\"", "a".repeat(RULE_BYTES_MAX)));
    assert!(refused(&long).contains("a rule that is too long"));
}
