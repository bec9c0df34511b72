use super::*;
use proptest::prelude::*;

#[derive(Deserialize)]
struct Vectors<T> {
    cases: Vec<T>,
}

fn vectors<T: serde::de::DeserializeOwned>(name: &str) -> Vec<T> {
    let path = format!("{}/../../vectors/decimal/{name}", env!("CARGO_MANIFEST_DIR"));
    let file = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let all: Vectors<T> = serde_json::from_slice(&file).unwrap();
    assert!(!all.cases.is_empty(), "{name} has no case");
    all.cases
}

fn amount(text: &str) -> Amount {
    Amount::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn unit(text: &str) -> Unit {
    Unit::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn amounts_are_written_as_the_vectors_say_and_read_back() {
    #[derive(Deserialize)]
    struct Case {
        input: String,
        canonical: String,
    }
    for Case { input, canonical } in vectors("accepted.json") {
        assert_eq!(amount(&input).to_string(), canonical);
        assert_eq!(amount(&canonical), amount(&input));
        assert_eq!(Decimal::parse(&input).map(|decimal| decimal.to_string()), Ok(canonical));
    }
}

#[test]
fn texts_that_are_no_amounts_are_refused_for_the_reason_of_the_vectors() {
    #[derive(Deserialize)]
    struct Case {
        input: String,
        fault: String,
    }
    for Case { input, fault } in vectors("refused.json") {
        let found = Amount::parse(&input);
        assert_eq!(found.as_ref().map_err(BadAmount::code), Err(&*fault), "{input:?}");
        assert!(serde_json::from_value::<Amount>(input.into()).is_err());
    }
}

#[test]
fn an_amount_is_never_read_from_a_json_number() {
    assert_eq!(serde_json::from_str::<Amount>("\"500.00\"").unwrap(), amount("500"));
    assert_eq!(serde_json::to_string(&amount("500.00")).unwrap(), "\"500\"");
    assert!(serde_json::from_str::<Amount>("500").is_err());
    assert!(serde_json::from_str::<Amount>("0.5").is_err());
}

#[test]
fn sums_and_differences_end_at_their_bounds() {
    assert_eq!(amount("0.1").checked_add(amount("0.2")), Some(amount("0.3")));
    assert_eq!(Amount::MOST.checked_add(amount("0.000000001")), None);
    assert_eq!(Amount::MOST.checked_add(Amount::MOST), None);
    assert_eq!(amount("0.3").checked_sub(amount("0.30")), Some(Amount::ZERO));
    assert_eq!(amount("0.3").checked_sub(amount("0.300000001")), None);
    assert_eq!(amount("1").saturating_sub(amount("2")), Amount::ZERO);
    assert!(amount("10") > amount("9.999999999"));
}

#[test]
fn decimals_have_a_sign_and_amounts_none() {
    let minus = Decimal::parse("-1.50").unwrap();
    assert_eq!((minus.to_string().as_str(), minus.is_negative(), minus.amount()), ("-1.5", true, None));
    assert_eq!(Decimal::parse("-0").unwrap(), Decimal::ZERO);
    assert_eq!(Decimal::ZERO.checked_sub(amount("2.5").into()).unwrap().to_string(), "-2.5");
    assert_eq!(Decimal::from(Amount::MOST).checked_add(Decimal::from(amount("1"))), None);
    assert_eq!(Decimal::from(Amount::MOST).amount(), Some(Amount::MOST));
    for text in ["--1", "-", "+1", "- 1", "-01"] {
        assert!(Decimal::parse(text).is_err(), "{text}");
    }
}

#[test]
fn an_amount_finer_than_its_unit_does_not_fit() {
    let cases = [
        ("1.00", "EUR", true),
        ("1.01", "EUR", true),
        ("1.005", "EUR", false),
        ("1.010", "EUR", true),
        ("1", "JPY", true),
        ("1.5", "JPY", false),
        ("1.125", "BHD", true),
        ("1.1255", "BHD", false),
        ("1.1255", "CLF", true),
        ("2", "records", true),
        ("0.5", "records", false),
        ("0.5", "bytes", false),
        ("0.5", "calls", false),
        ("0.000000001", "hours", true),
    ];
    for (text, name, fits) in cases {
        assert_eq!(amount(text).fits(&unit(name)).is_ok(), fits, "{text} {name}");
    }
    let message = amount("1.005").fits(&unit("EUR")).unwrap_err().to_string();
    assert_eq!(message, "expected an amount such as `12.50`, `EUR` has 2 decimals");
}

#[test]
fn minor_units_are_those_of_the_currency() {
    let minor = |count, name| Amount::from_minor(count, &unit(name)).map(|amount| amount.to_string());
    assert_eq!(minor(12_345, "EUR").as_deref(), Some("123.45"));
    assert_eq!(minor(12_345, "JPY").as_deref(), Some("12345"));
    assert_eq!(minor(12_345, "KWD").as_deref(), Some("12.345"));
    assert_eq!(minor(12_345, "UYW").as_deref(), Some("1.2345"));
    assert_eq!(minor(7, "calls").as_deref(), Some("7"));
    assert_eq!(minor(u64::MAX, "EUR").as_deref(), Some("184467440737095516.15"));
    assert_eq!(minor(u64::MAX, "JPY"), None);
    assert_eq!((amount("7").as_whole(), amount("7.5").as_whole()), (Some(7), None));
}

#[test]
fn units_are_currencies_or_lower_case_names() {
    for text in ["EUR", "USD", "ZWG", "XCG", "records", "bytes", "calls", "gpu-hours", "m2", &"u".repeat(32)] {
        assert_eq!(unit(text).as_str(), text);
    }
    for (text, why) in [
        ("EUX", BadUnit::UnknownCurrency),
        ("XXX", BadUnit::UnknownCurrency),
        ("XAU", BadUnit::UnknownCurrency),
        ("eUR", BadUnit::Form),
        ("EU", BadUnit::Form),
        ("EURO", BadUnit::Form),
        ("", BadUnit::Form),
        ("Records", BadUnit::Form),
        ("2m", BadUnit::Form),
        ("a b", BadUnit::Form),
        ("\u{20ac}", BadUnit::Form),
        ("\u{415}UR", BadUnit::Form),
        (&"u".repeat(33), BadUnit::Form),
    ] {
        assert_eq!(Unit::parse(text), Err(why), "{text}");
    }
    // a name that is a code in lower case is no money
    assert!(!unit("eur").is_currency() && unit("EUR").is_currency());
}

proptest! {
    #[test]
    fn what_is_written_reads_back_and_adds_and_takes_away_exactly(a in 0..END / 2, b in 0..END / 2) {
        let (a, b) = (Amount::from_billionths(a).unwrap(), Amount::from_billionths(b).unwrap());
        prop_assert_eq!(Amount::parse(&a.to_string()), Ok(a));
        let sum = a.checked_add(b).unwrap();
        prop_assert_eq!(sum.checked_sub(b), Some(a));
        prop_assert!(sum >= a && sum >= b);
    }

    #[test]
    fn only_the_one_form_is_read(text in "[-+]?[0-9]{0,20}[.e]?[0-9]{0,11}") {
        let form = regex::Regex::new(r"^(0|[1-9][0-9]{0,17})(\.[0-9]{1,9})?$").unwrap();
        prop_assert_eq!(Amount::parse(&text).is_ok(), form.is_match(&text));
    }
}
