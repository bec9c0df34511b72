use super::*;
use crate::json::Limits;

fn told(text: &str) -> (bool, Vec<String>) {
    let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    let (document, faults) = Document::read_all(&json);
    (document.is_some(), faults.iter().map(ToString::to_string).collect())
}

#[test]
fn a_document_without_a_mistake_is_read_and_has_none() {
    assert_eq!(told(r#"{"kind":"person","name":"ann"}"#), (true, Vec::new()));
}

#[test]
fn fields_that_are_none_are_all_told_and_the_rest_can_be_looked_at() {
    let (read, faults) = told(r#"{"kind":"person","name":"ann","whom":1,"why":2}"#);
    assert!(read);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].contains("`whom`: there is no field `whom`") && faults[1].contains("`why`"), "{faults:?}");
}

#[test]
fn of_values_that_are_wrong_no_consequence_is_told() {
    let (read, faults) = told(r#"{"kind":"person","name":"ann","roles":5,"uid":"x","whom":1}"#);
    assert!(!read);
    assert_eq!(faults.len(), 3, "{faults:?}");
    // the name is needed: that it is missing once it was taken out is not told
    let (read, faults) = told(r#"{"kind":"person","name":5,"whom":1}"#);
    assert!(!read);
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert!(faults[0].starts_with("`name`: expected a text") && faults[1].contains("`whom`"), "{faults:?}");
}

#[test]
fn what_a_template_says_as_a_whole_is_not_judged_without_a_part_of_it() {
    let template = |window: &str, intent: &str| {
        told(&format!(
            r#"{{"kind":"template","name":"t","purpose":"p","intent":"{intent}","start":{{"who":["anyone"],"agents":["a"]}},
                "window":{window},"grant":[{{"tools":["bank/*"],"whom":1}}]}}"#
        ))
    };
    let (read, faults) = template(r#""1h""#, "Pay");
    assert!(read && faults.len() == 1 && faults[0].contains("grant[0].whom"), "{faults:?}");
    // the intent names a parameter that is not there: told where nothing else is wrong but fields that are none
    let (read, faults) = template(r#""1h""#, "Pay {payee}");
    assert!(!read && faults.len() == 2 && faults[1].contains("payee"), "{faults:?}");
    let (read, faults) = template("5", "Pay {payee}");
    assert!(!read && faults.len() == 2 && !faults.iter().any(|fault| fault.contains("payee")), "{faults:?}");
}

#[test]
fn there_is_an_end_to_what_is_looked_for() {
    let many: Vec<String> = (0..100).map(|n| format!(r#""x{n}":1"#)).collect();
    let (read, faults) = told(&format!(r#"{{"kind":"person","name":"ann",{}}}"#, many.join(",")));
    assert!(!read && faults.len() == MISTAKES_MAX, "{}", faults.len());
}
