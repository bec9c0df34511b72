use super::*;

fn text(cedar: &str) -> PolicyText {
    PolicyText::in_cedar("house", cedar)
}

#[test]
fn a_rule_is_told_by_its_name_its_way_and_its_authors_words() {
    let text = text(
        r#"@id("look") @description("Looking is free.") permit (principal, action, resource);
           @id("no") forbid (principal, action, resource) when { context.depth > 2 };"#,
    );
    let rules = described(&text).unwrap();
    let told: Vec<_> = rules.iter().map(|r| (r.rule.as_str(), r.permits, r.description.as_deref())).collect();
    assert_eq!(told, [("house.look", true, Some("Looking is free.")), ("house.no", false, None)]);
}

#[test]
fn what_cannot_be_read_is_told_as_no_list_of_rules() {
    assert_eq!(described(&text("permit (")), None);
}

#[test]
fn what_an_author_says_is_cut_where_it_is_long() {
    let long = "x".repeat(DESCRIPTION_CHARS_MAX + 1);
    let text = text(&format!(r#"@id("a") @description("{long}") permit (principal, action, resource);"#));
    let told = described(&text).unwrap().remove(0).description.unwrap();
    assert_eq!(told.chars().count(), DESCRIPTION_CHARS_MAX);
}

#[test]
fn a_rule_is_told_with_its_conditions_and_without_its_annotations() {
    let text = text(
        r#"@id("big") @description("Over 100 (all of it) needs a \"yes\"; permit none.") @step_up("owner")
           forbid (principal, action, resource)
             when { context.depth > 2 };"#,
    );
    let rule = described(&text).unwrap().remove(0);
    assert_eq!(rule.text, "forbid (principal, action, resource) when { context.depth > 2 };");
    assert_eq!(bare("@odd("), "@odd(", "what is no annotation is shown");
}
