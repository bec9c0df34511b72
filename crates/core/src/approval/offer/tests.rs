use super::*;
use crate::json::Limits;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// A payment to two, of which a binding read account, amount and unit.
fn asked() -> AskedFor {
    let display = json(
        r#"{"arguments":{"amount":"20.00","cents":2000,"copies":[{"to":"a","sum":"5"},{"to":"b","sum":"7"}],
            "currency":"eur","iban":"DE1","note":"for paper","owed":"-4","public":false,"none":null},
            "fields":[{"kind":"amount","pointer":"/amount","unit":"EUR"},{"kind":"iban","pointer":"/iban","unit":null},
            {"kind":"person","pointer":"/copies/0/to","unit":null},{"kind":"person","pointer":"/copies/1/to","unit":null}],
            "meters":[{"unit":"EUR"},{"unit":"records"}]}"#,
    );
    AskedFor::of(&display).unwrap()
}

#[test]
fn what_is_offered_is_less_of_the_same_act() {
    for offered in [
        r#"{"amount":"10.00"}"#,
        r#"{"amount":"0"}"#,
        r#"{"amount":"20.00","cents":1}"#,
        r#"{"note":"for ink"}"#,
        r#"{"public":true}"#,
        r#"{"owed":"-1"}"#,
        r#"{"copies":[{"to":"b","sum":"7"}]}"#,
        r#"{"copies":[{"to":"a","sum":"1"},{"to":"b","sum":"7"}]}"#,
    ] {
        assert_eq!(asked().holds(&json(offered)), Ok(()), "{offered}");
    }
}

#[test]
fn a_call_is_what_was_offered_where_only_amounts_and_lists_are_less() {
    let offered = asked().with(&json(r#"{"note":"for ink","public":false,"cents":1000}"#));
    let covers = |change: &str| {
        let called = offered.clone().with(&json(change));
        offered.covers(called.arguments())
    };
    for less in ["{}", r#"{"amount":"19.99"}"#, r#"{"copies":[{"to":"b","sum":"7"}]}"#] {
        assert!(covers(less), "{less}");
    }
    for other in [
        r#"{"amount":"20.01"}"#,
        r#"{"public":true}"#,
        r#"{"note":"for paper"}"#,
        r#"{"cents":999}"#,
        r#"{"iban":"DE2"}"#,
        r#"{"copies":[]}"#,
        r#"{"copies":[{"to":"b","sum":"1"}]}"#,
    ] {
        assert!(!covers(other), "{other}");
    }
}

#[test]
fn what_is_more_or_another_act_is_not_offered() {
    for (offered, at) in [
        (r#"{"amount":"20.01"}"#, "/amount"),
        (r#"{"amount":"-1"}"#, "/amount"),
        (r#"{"amount":10}"#, "/amount"),
        (r#"{"amount":"much"}"#, "/amount"),
        (r#"{"cents":2001}"#, "/cents"),
        (r#"{"cents":"1"}"#, "/cents"),
        (r#"{"iban":"DE2"}"#, "/iban"),
        (r#"{"amount":"1","currency":"usd"}"#, "/currency"),
        (r#"{"amount":"1","urgent":true}"#, "/urgent"),
        (r#"{"owed":"1"}"#, "/owed"),
        (r#"{"owed":"-5"}"#, "/owed"),
        (r#"{"none":"something"}"#, "/none"),
        (r#"{"note":["for ink"]}"#, "/note"),
        (r#"{"copies":[]}"#, "/copies"),
        (r#"{"copies":[{"to":"c","sum":"7"}]}"#, "/copies"),
        (r#"{"copies":[{"to":"b","sum":"7"},{"to":"a","sum":"5"}]}"#, "/copies/0/sum"),
        (r#"{"copies":[{"to":"a","sum":"6"},{"to":"b","sum":"7"}]}"#, "/copies/0/sum"),
        (r#"{"copies":[{"to":"a"},{"to":"b","sum":"7"}]}"#, "/copies/0"),
        ("{}", ""),
        (r#"{"amount":"20.00"}"#, ""),
        ("[]", ""),
    ] {
        let found = asked().holds(&json(offered)).expect_err(offered);
        assert_eq!(found.at.to_string(), at, "{offered}: {found:?}");
    }
}

#[test]
fn what_is_no_display_is_compared_with_nothing() {
    for display in ["{}", r#"{"arguments":{},"fields":[{"kind":"iban"}]}"#] {
        assert_eq!(AskedFor::of(&json(display)), None, "{display}");
    }
}

#[test]
fn who_offers_what_has_another_form_or_no_place_is_told_which_the_call_has() {
    for (offered, expected) in [
        (r#"{"amount":10}"#, "a text, as the call has it: at most \"20\", in quotes"),
        (r#"{"cents":"1"}"#, "a number, as the call has it: at most 2000, without quotes"),
        (r#"{"amount":"21"}"#, "at most 20"),
        (
            r#"{"amount":"1","urgent":true}"#,
            "an argument that the call has: `amount`, `cents`, `copies`, `currency`, `iban`, `none`, `note`, `owed` or 1 more",
        ),
    ] {
        assert_eq!(asked().holds(&json(offered)).expect_err(offered).expected, expected, "{offered}");
    }
}
