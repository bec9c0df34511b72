use super::*;
use crate::challenge::statement_challenge;
use serde_json::json;

const STATEMENT: &[u8] = b"{}";

fn check(text: &str) -> Result<(), PasskeyRefusal> {
    let site = Site::of("http://localhost:8400").unwrap().also("http://app.localhost:8400").unwrap();
    ClientData::read(text.as_bytes())?.check("webauthn.get", &Challenge::Statement(STATEMENT), &site).map(drop)
}

fn with(changes: serde_json::Value) -> String {
    let good = json!({"type": "webauthn.get", "challenge": statement_challenge(STATEMENT),
                      "origin": "http://localhost:8400"});
    crate::testing::with(good, changes).to_string()
}

#[test]
fn members_that_nobody_knows_are_ignored() {
    for changes in [
        json!({}),
        json!({"crossOrigin": false}),
        json!({"origin": "http://app.localhost:8400"}),
        json!({"other_keys_can_be_added_here": {"deep": [1, 2]}, "tokenBinding": {"status": "supported"}}),
    ] {
        assert_eq!(check(&with(changes.clone())), Ok(()), "{changes}");
    }
}

#[test]
fn each_step_has_its_refusal() {
    let origin = |found: &str| PasskeyRefusal::OtherOrigin {
        found: Foreign::new(found),
        expected: "http://localhost:8400".to_owned(),
    };
    let kind = |found| PasskeyRefusal::OtherType { found: Foreign::new(found), expected: "webauthn.get" };
    for (changes, want) in [
        (json!({"type": "webauthn.create"}), kind("webauthn.create")),
        (json!({"type": "payment.get"}), kind("payment.get")),
        (json!({"challenge": statement_challenge(b"{ }")}), PasskeyRefusal::OtherChallenge),
        (json!({"challenge": ""}), PasskeyRefusal::OtherChallenge),
        (json!({"challenge": format!("{}=", statement_challenge(STATEMENT))}), FORM),
        (json!({"origin": "http://localhost:8401"}), origin("http://localhost:8401")),
        (json!({"origin": "https://localhost:8400"}), origin("https://localhost:8400")),
        (json!({"origin": "http://localhost:8400/"}), origin("http://localhost:8400/")),
        (json!({"origin": "http://LOCALHOST:8400"}), origin("http://LOCALHOST:8400")),
        (json!({"origin": "android:apk-key-hash:AAAA"}), origin("android:apk-key-hash:AAAA")),
        (json!({"crossOrigin": true}), PasskeyRefusal::Framed),
        (json!({"crossOrigin": "false"}), FORM),
        (json!({"topOrigin": "http://localhost:8400"}), PasskeyRefusal::Framed),
        (json!({"type": ["webauthn.get"]}), FORM),
        (json!({"type": null}), FORM),
        (json!({"challenge": null}), FORM),
        (json!({"origin": null}), FORM),
    ] {
        assert_eq!(check(&with(changes.clone())), Err(want), "{changes}");
    }
}

#[test]
fn what_two_parsers_could_read_differently_is_refused() {
    let good = with(json!({}));
    for text in [
        String::new(),
        "null".to_owned(),
        format!("[{good}]"),
        format!("{good} x"),
        format!("\u{feff}{good}"),
        good.replacen('{', r#"{"type":"webauthn.get","#, 1),
        good.replacen('{', r#"{"a":{"b":1,"b":2},"#, 1),
        good.replacen('{', r#"{"a":"\ud800","#, 1),
        good.replacen('{', &format!(r#"{{"a":{}1{},"#, "[".repeat(9), "]".repeat(9)), 1),
    ] {
        assert_eq!(check(&text), Err(FORM), "{text}");
    }
    let long = with(json!({"pad": "x".repeat(LIMITS.bytes)}));
    assert!(matches!(check(&long), Err(PasskeyRefusal::TooLong { .. })));
}
