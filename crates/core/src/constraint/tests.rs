use super::*;
use crate::json::Limits;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn check(constraint: &str, value: Option<&str>, expected: bool) {
    let constraint: Constraint = serde_json::from_str(constraint).unwrap();
    assert_eq!(constraint.allows(value.map(json).as_ref()), expected, "{constraint:?} {value:?}");
}

#[test]
fn each_part_refuses_what_it_must() {
    for (constraint, fits, breaks) in [
        (r#"{"equals":"a"}"#, r#""a""#, r#""A""#),
        (r#"{"equals":{"a":1,"b":2}}"#, r#"{"b":2,"a":1.0}"#, r#"{"a":1}"#),
        (r#"{"one_of":[1,"x"]}"#, r#""x""#, r#""1""#),
        (r#"{"length":2}"#, r#""äö""#, r#""abc""#),
        (r#"{"length":2}"#, r#"[1,2]"#, "12"),
        (r#"{"most":"500.00"}"#, r#""500""#, r#""500.01""#),
        (r#"{"most":"500"}"#, "499.5", "501"),
        (r#"{"least":"10"}"#, "10", "-20"),
        (r#"{"pattern":"[a-z]+"}"#, r#""abc""#, r#""abc1""#),
        (r#"{"path_within":"/srv/data"}"#, r#""/srv/data/./x""#, r#""/srv/data/../etc""#),
        (r#"{"path_within":"/srv/data"}"#, r#""/srv/data""#, r#""/srv/database""#),
        (r#"{"host_of":"example.com"}"#, r#""https://api.example.com/x""#, r#""https://notexample.com/""#),
        (r#"{"host_of":"example.com"}"#, r#""https://example.com""#, r#""https://example.com@evil.net/""#),
        (r#"{"required":true}"#, "null", r#""""#),
    ] {
        check(constraint, Some(fits), true);
        if constraint != r#"{"required":true}"# {
            check(constraint, Some(breaks), false);
        }
        check(constraint, None, false);
    }
}

#[test]
fn absent_means_absent_not_null() {
    check(r#"{"absent":true}"#, None, true);
    check(r#"{"absent":true}"#, Some("null"), false);
}

#[test]
fn amounts_in_odd_forms_never_fit() {
    for text in [r#""1e2""#, r#""NaN""#, r#""-1""#, r#""+1""#, r#"" 1""#, r#""1,000""#, "true", "-1", "1e400"] {
        if let Ok(value) = Json::parse(text.as_bytes(), &Limits::default()) {
            let constraint: Constraint = serde_json::from_str(r#"{"most":"500"}"#).unwrap();
            assert!(!constraint.allows(Some(&value)), "{text}");
        }
    }
}

#[test]
fn an_unknown_part_is_refused() {
    assert!(serde_json::from_str::<Constraint>(r#"{"equal":"a"}"#).is_err());
}

#[test]
fn a_null_that_is_said_is_compared_with() {
    let nothing: Constraint = serde_json::from_str(r#"{"equals":null}"#).unwrap();
    assert!(nothing.allows(Some(&json("null"))) && !nothing.allows(Some(&json("\"x\""))));
}

#[test]
fn what_no_value_could_meet_is_told_and_what_one_could_is_not() {
    let never = |text: &str| serde_json::from_str::<Constraint>(text).unwrap().never();
    for (text, why) in [
        (r#"{"least":"5","most":"1"}"#, "`least` is more than `most`"),
        (r#"{"absent":true,"required":true}"#, "what must be absent can meet nothing else"),
        (r#"{"equals":"a","one_of":["b"]}"#, "the value of `equals` does not meet the rest"),
        (r#"{"one_of":["abc","abcd"],"length":2}"#, "no value of `one_of` meets the rest"),
        (r#"{"host_of":""}"#, "`host_of` names no host"),
        (r#"{"path_within":""}"#, "`path_within` names no path"),
    ] {
        assert_eq!(never(text), Some(why), "{text}");
    }
    for text in [
        r#"{"least":"5","most":"5"}"#,
        r#"{"absent":true}"#,
        r#"{"equals":"a","one_of":["a","b"]}"#,
        r#"{"one_of":["ab","abcd"],"length":2}"#,
        r#"{"equals":null}"#,
        r#"{"required":true,"host_of":"example.com"}"#,
    ] {
        assert_eq!(never(text), None, "{text}");
    }
}
