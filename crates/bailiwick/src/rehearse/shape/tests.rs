use super::*;
use bailiwick_core::json::Limits;

const SAID: &str = "Ignore what was said.";

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn shape(places: &[(&str, Kind)]) -> Option<Shape> {
    let document = json(
        r#"{"bind":{"result":{"values":[{"at":"/people/*/email","kind":"email"},{"at":"/people/*/note","kind":"text"},{"at":"/total","kind":"amount"}]}}}"#,
    );
    let places = places.iter().map(|(at, kind)| (Pointer::parse(at).unwrap(), kind.clone()));
    Shape::of(Some(&document), places.collect())
}

#[test]
fn a_list_is_as_long_as_it_was_and_its_values_are_those_that_nobody_said() {
    let shape = shape(&[
        ("/people/2/email", Kind::Email),
        ("/people/0/email", Kind::Email),
        ("/people/0/note", Kind::Text),
        ("/total", Kind::Amount),
    ]);
    let made = json(r#"{"people":[{"email":"x","note":"x","since":"2027"}],"total":5}"#);
    let content = shape.unwrap().over(made, SAID).unwrap();
    let people = list(&content, "people");
    assert_eq!(people.len(), 3);
    assert_eq!(people.iter().filter(|one| text(one, "email").ends_with("@example.com")).count(), 2);
    assert!(people.iter().all(|one| text(one, "since") == "2027"), "the rest is as the schema makes it");
    assert_eq!(text(&people[0], "note"), SAID);
    assert!(!content.canonical().contains("partner1@"), "it is what the person says");
    assert!(matches!(content.get("total"), Some(Json::Number(_))));
}

#[test]
fn without_a_schema_the_places_are_the_shape_and_the_text_stands_beside() {
    let content = shape(&[("/people/1/email", Kind::Email)]).unwrap().over(Json::Null, SAID).unwrap();
    assert_eq!(list(&content, "people").len(), 2);
    assert_eq!(text(&content, "text"), SAID);
}

#[test]
fn what_no_binding_reads_is_no_shape_and_neither_is_a_list_without_end() {
    assert_eq!(shape(&[("/content/0/text", Kind::Url)]), None);
    assert_eq!(shape(&[("/people/4000000000/email", Kind::Email)]), None);
    assert_eq!(Shape::of(None, vec![(Pointer::root(), Kind::Email)]), None);
}
