use super::*;

#[test]
fn the_reference_page_is_the_one_in_docs() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/policy-context.md");
    let made = reference();
    if std::env::var_os("BAILIWICK_GOLDEN").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == made, "`{path}` differs from what is made; write it anew with BAILIWICK_GOLDEN=1");
}

#[test]
fn attributes_stand_in_order_and_once() {
    assert!(ATTRIBUTES.windows(2).all(|pair| pair[0].name < pair[1].name));
}

#[test]
fn no_attribute_is_named_that_is_not_there() {
    assert!(crate::attribute::attribute("labels").is_none());
}
