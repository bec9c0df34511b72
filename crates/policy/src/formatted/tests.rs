use super::*;

fn text(cedar: &str) -> PolicyText {
    PolicyText::in_cedar("p", cedar)
}

#[test]
fn a_text_is_laid_out_keeps_its_comments_and_stays_as_it_is_then() {
    let once = formatted(&text("// why\n@id(\"a\")permit(principal,action,resource)when{context.uses<3};")).unwrap();
    assert!(once.contains("// why") && once.contains("permit (principal, action, resource)"), "{once}");
    assert_eq!(formatted(&text(&once)).unwrap(), once);
}

#[test]
fn what_cannot_be_read_is_told_and_not_laid_out() {
    assert_eq!(formatted(&text("permit (principal")).unwrap_err().len(), 1);
    assert!(formatted(&text(&"(".repeat(1_000))).is_err(), "brackets without end are not parsed");
}

#[test]
fn the_starter_stays_what_it_is() {
    let out = formatted(&text(crate::STARTER)).unwrap();
    let rules = |text: &PolicyText| crate::rules::read(std::iter::once(text)).unwrap().len();
    assert_eq!(rules(&text(&out)), rules(&text(crate::STARTER)));
}
