use crate::json::{Json, Limits};
use crate::{DataClass, Document, Span, TemplateName};
use std::collections::BTreeSet;

fn read(retention: &str) -> Result<Document, String> {
    let text = format!(r#"{{"kind":"rule","name":"keep","retention":{retention}}}"#);
    Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).map_err(|error| error.to_string())
}

fn days(count: u64) -> Span {
    Span::hours(count * 24)
}

#[test]
fn a_rule_of_retention_is_written_as_it_was_read_with_what_it_leaves_unsaid() {
    let document = read("{}").unwrap();
    let Document::Rule(rule) = &document else { panic!() };
    let retention = rule.retention.as_ref().unwrap();
    assert_eq!((retention.after.as_str(), retention.floor.as_str()), ("90d", "30d"));
    for text in
        ["{}", r#"{"after":"400d","floor":"2d","templates":{"pay-invoice":"3650d"},"classes":{"payroll":"2d"}}"#]
    {
        let document = read(text).unwrap();
        let again = Document::read(&Json::parse(&document.bytes(), &Limits::stored()).unwrap()).unwrap();
        assert_eq!(again, document);
    }
}

#[test]
fn of_what_is_named_for_a_task_the_longest_counts_and_nothing_goes_below_the_floor() {
    let text = r#"{"after":"90d","floor":"7d","templates":{"pay":"365d","brief":"7d"},"classes":{"payroll":"30d","health":"10d"}}"#;
    let Document::Rule(rule) = read(text).unwrap() else { panic!() };
    let retention = rule.retention.unwrap();
    let keeps = |template: &str, classes: &[&str]| {
        let classes: BTreeSet<_> = classes.iter().map(|class| DataClass::parse(class).unwrap()).collect();
        retention.keeps(Some(&TemplateName::parse(template).unwrap()), &classes)
    };
    for (template, classes, expected) in [
        ("other", vec![], 90),
        ("other", vec!["unknown"], 90),
        ("other", vec!["payroll"], 30),
        ("other", vec!["payroll", "unknown"], 90),
        ("brief", vec!["health", "unknown"], 10),
        ("other", vec!["health", "payroll"], 30),
        ("pay", vec![], 365),
        ("pay", vec!["payroll"], 365),
        ("brief", vec!["payroll"], 30),
        ("brief", vec![], 7),
    ] {
        assert_eq!(keeps(template, &classes), days(expected), "{template} {classes:?}");
    }
    assert_eq!(retention.keeps(None, &BTreeSet::new()), days(90));
    assert_eq!(retention.least(), days(7));
}

#[test]
fn a_span_below_the_floor_or_that_nobody_can_read_is_refused() {
    for (text, told) in [
        (r#"{"after":"29d"}"#, "no less than the floor of `30d`"),
        (r#"{"templates":{"pay":"1d"}}"#, "`retention.templates.pay`"),
        (r#"{"classes":{"payroll":"1d"}}"#, "`retention.classes.payroll`"),
        (r#"{"floor":"23h"}"#, "at least 1d"),
        (r#"{"floor":"0d"}"#, "at least 1d"),
        (r#"{"after":"36501d"}"#, "at most 36500d"),
        (r#"{"after":"a while"}"#, "`retention.after`"),
        (r#"{"after":"90d","for":"ever"}"#, "for"),
    ] {
        let error = read(text).expect_err(text);
        assert!(error.contains(told), "{error}");
    }
}
