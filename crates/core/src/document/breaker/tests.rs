use crate::Document;
use crate::json::{Json, Limits};

fn read(breaker: &str) -> Result<Document, String> {
    let text = format!(r#"{{"kind":"rule","name":"calm","breaker":{breaker}}}"#);
    Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).map_err(|error| error.to_string())
}

#[test]
fn a_breaker_is_written_as_it_was_read() {
    for breaker in [
        r#"{"per":"tool","on":"failures","most":10,"over":"1m"}"#,
        r#"{"per":"agent","on":"retries","most":20,"over":"30s","wait":"5m","probes":3,"tools":["bank/*"]}"#,
        r#"{"per":"grant","on":"fan_out","most":5,"over":"1h"}"#,
        r#"{"per":"agent","on":"goals","most":5,"over":"1h"}"#,
    ] {
        let document = read(breaker).unwrap();
        let again = Document::read(&Json::parse(&document.bytes(), &Limits::stored()).unwrap()).unwrap();
        assert_eq!(again, document);
    }
}

#[test]
fn a_breaker_that_one_agent_could_open_for_others_or_that_has_no_bound_is_refused() {
    for (breaker, told) in [
        (r#"{"per":"tool","on":"refusals","most":10,"over":"1m"}"#, "shuts nobody else out"),
        (r#"{"per":"tenant","on":"retries","most":10,"over":"1m"}"#, "shuts nobody else out"),
        (r#"{"per":"tenant","on":"fan_out","most":10,"over":"1m"}"#, "shuts nobody else out"),
        (r#"{"per":"tool","on":"goals","most":10,"over":"1m"}"#, "shuts nobody else out"),
        (r#"{"per":"agent","on":"failures","most":1,"over":"1m"}"#, "expected 2 to 256"),
        (r#"{"per":"agent","on":"failures","most":257,"over":"1m"}"#, "expected 2 to 256"),
        (r#"{"per":"agent","on":"failures","most":9,"over":"25h"}"#, "`breaker.over`"),
        (r#"{"per":"agent","on":"failures","most":9,"over":"1m","wait":"0s"}"#, "`breaker.wait`"),
        (r#"{"per":"agent","on":"failures","most":9,"over":"1m","probes":0}"#, "expected 1 to 16"),
        (r#"{"per":"agent","on":"luck","most":9,"over":"1m"}"#, "luck"),
    ] {
        let error = read(breaker).expect_err(breaker);
        assert!(error.contains(told), "{error}");
    }
}
