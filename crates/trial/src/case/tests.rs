use super::*;
use bailiwick_core::json::Limits;

fn read(text: &str) -> Result<(Vec<Case>, Vec<Document>), Vec<BadCase>> {
    read_cases(&Json::parse(text.as_bytes(), &Limits::default()).unwrap())
}

#[track_caller]
fn refused(text: &str, at: &str, says: &str) {
    let wrong = read(text).unwrap_err();
    assert!(wrong.iter().any(|bad| bad.at.to_string() == at && bad.why.contains(says)), "{wrong:?}");
}

#[test]
fn a_case_is_read_strictly_and_every_mistake_has_its_place() {
    let good = r#"{"name":"a","agent":"payer","tool":"bank/pay","expect":"deny"}"#;
    assert_eq!(read(&format!(r#"{{"cases":[{good}]}}"#)).unwrap().0.len(), 1);
    refused(r#"{"cases":[{"name":"a","agent":"payer","tool":"bank/pay","exepct":"deny"}]}"#, "/cases/0", "exepct");
    refused(&format!(r#"{{"cases":[{good},{{"name":"a"}}]}}"#), "/cases/1", "missing field `agent`");
    refused(r#"{"cases":[{"name":"a","agent":"p","tool":"pay","expect":"deny"}]}"#, "/cases/0", "");
    refused(r#"{"cases":[{"name":"a","agent":"p","tool":"b/pay","expect":"maybe"}]}"#, "/cases/0", "maybe");
    refused(r#"{"cases":[]}"#, "/cases", "expected 1 to");
    refused(&format!(r#"{{"cases":[{good}],"case":[]}}"#), "/case", "expected `cases`");
    refused(&format!(r#"{{"cases":[{good}],"suppose":[{{"kind":"agent"}}]}}"#), "/suppose/0", "");
    let policy = r#"{"kind":"policy","name":"p","cedar":"permit (principal, action, resource);"}"#;
    refused(&format!(r#"{{"cases":[{good}],"suppose":[{policy}]}}"#), "/suppose/0", "a file of its own");
    refused("[]", "", "expected `cases`");
}
