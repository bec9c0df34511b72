use super::{Misplaced, Own, Problem};
use bailiwick_core::json::{Json, Limits, Pointer};
use std::collections::BTreeSet;

const PAGE: &str = include_str!("../../../../docs/errors.md");

/// What the page says of problems of `/v1`.
fn section() -> &'static str {
    let (_, rest) = PAGE.split_once("## Problems of `/v1`\n").unwrap();
    rest.split("\n## ").next().unwrap()
}

/// What stands between backticks.
fn coded(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn each_code_that_v1_answers_has_a_row_on_the_page_of_errors_and_no_row_is_of_another() {
    let rows = section().lines().filter(|line| line.starts_with("| ") && !line.starts_with("| status |"));
    let codes = rows.filter_map(|row| row.split(" | ").nth(1)).flat_map(coded);
    let codes: BTreeSet<&str> = codes.collect();
    let own: BTreeSet<&str> = Own::ALL.iter().map(|own| own.as_str()).collect();
    assert_eq!(own.len(), Own::ALL.len(), "a code stands once");
    assert_eq!(codes, own);
    let reason = |own: &&str| bailiwick_core::Code::ALL.iter().any(|code| code.as_str() == *own);
    let shared: Vec<&&str> = own.iter().filter(|own| reason(own)).collect();
    assert_eq!(shared, [&"caller_unknown"], "a decision's code and one of `/v1` are not mistaken for each other");
}

#[test]
fn the_page_of_errors_shows_a_problem_with_the_members_that_it_has_and_says_what_each_is() {
    let at = Pointer::root().join("grant");
    let place = Misplaced { document: 0, at, line: Some(3), why: "no such tool".to_owned() };
    let problem = json(&String::from_utf8(Problem::misplaced(vec![place]).response().into_body()).unwrap());
    let names = |json: &Json| -> BTreeSet<String> {
        json.as_object().unwrap().iter().map(|(name, _)| name.to_owned()).collect()
    };
    let shown = section().split("```json\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(names(&json(shown)), names(&problem));
    let (_, said) = section().split_once("`places`").unwrap();
    let said: BTreeSet<&str> = coded(said.split("\n\n").next().unwrap()).collect();
    for name in names(&problem.get("places").and_then(Json::as_array).unwrap()[0]) {
        assert!(said.contains(name.as_str()), "the page does not say what `{name}` of a place is: {said:?}");
    }
}
