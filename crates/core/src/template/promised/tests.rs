use super::super::tests::template_of;
use super::*;

/// What is not held of an intent, with these rows.
fn unheld(intent: &str, grant: &str) -> Vec<String> {
    let named = |unheld: Unheld| match unheld {
        Unheld::Parameter(name) => format!("{{{name}}}"),
        Unheld::Words(words) => words,
    };
    template_of(intent, grant).unwrap().unheld().into_iter().map(named).collect()
}

const PAY: &str = r#"{"tools":["bank/pay"],"effect":"transfer","when":{"/iban":{"equals":"{iban}"},"/note":{"one_of":["rent","May"]}},
    "meters":{"EUR":{"each":"{max}","total":"1000.00"}}}"#;

#[test]
fn a_value_that_stands_in_a_condition_a_limit_or_a_tools_name_is_held() {
    for intent in [
        "Pay at most {max} EUR to {iban}",
        "Pay EUR 1000 in all",
        "Pay €1000, or 1000.00 EUR.",
        "Use `bank/pay` or “pay” with 'rent'",
        "Don't pay for 3 files, 2 PDF pages or Ann's books",
    ] {
        assert_eq!(unheld(intent, PAY), Vec::<String>::new(), "{intent}");
    }
}

#[test]
fn a_value_that_no_limit_holds_is_named_once() {
    for (intent, expected) in [
        ("Pay {payee} at most {max}, and {payee} alone", &["{payee}"][..]),
        ("Pay at most 500 EUR", &["500 EUR"]),
        ("Pay at most 1000 USD, or USD 7", &["1000 USD", "USD 7"]),
        ("Pay (at most €20) or 1,000 EUR", &["€20", "1,000 EUR"]),
        ("Pay $1000 and 5€", &["$1000", "5€"]),
        ("Use 'bank/refund' and \"transfer all\" only", &["bank/refund", "transfer all"]),
        ("Pay 10 EUR 20", &["10 EUR"]),
    ] {
        assert_eq!(unheld(intent, PAY), expected, "{intent}");
    }
}

#[test]
fn a_server_that_the_person_names_is_held_by_the_tools_and_a_threshold_is_a_bound() {
    let row = r#"{"tools":["{where}/*"],"effects":["read"],"meters":{"EUR":{"total":"1000"}}}"#;
    assert_eq!(unheld("Look at {where} for {payee}", row), ["{payee}"]);
    let mut asked = template_of("Pay, and ask from 300 EUR on", PAY).unwrap();
    assert_eq!(asked.unheld(), [Unheld::Words("300 EUR".to_owned())]);
    let over = std::collections::BTreeMap::from([(crate::Unit::parse("EUR").unwrap(), Amount::parse("300").unwrap())]);
    asked.ask.push(crate::document::TemplateAsk {
        who: crate::Approvers::one(crate::Approver::Owner),
        count: 1,
        exclude: Vec::new(),
        escalate: None,
        over,
        tools: Vec::new(),
        valid: "1h".to_owned(),
    });
    assert_eq!(asked.unheld(), []);
}
