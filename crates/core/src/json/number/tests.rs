use super::super::{Json, tests::vectors};
use super::*;

#[test]
fn doubles_are_written_as_appendix_b_of_rfc_8785_says() {
    #[derive(serde::Deserialize)]
    struct Case {
        double: String,
        text: Option<String>,
    }
    for Case { double, text } in vectors::<Case>("json/numbers.json") {
        let value = f64::from_bits(u64::from_str_radix(&double, 16).unwrap());
        let number = Number::from_double(value);
        assert_eq!(number.map(|number| number.as_str().to_owned()), text, "{double}");
        if let Some(number) = number {
            assert_eq!(Number::read(number.as_str()), Ok(number), "{double}");
        }
    }
}

#[test]
fn integers_are_safe_below_two_to_the_53_and_wide_to_64_bits() {
    let cases = [
        ("0", true, false),
        ("-0", true, false),
        ("9007199254740991", true, false),
        ("-9007199254740991", true, false),
        ("9007199254740992", false, true),
        ("-9007199254740992", false, true),
        ("18446744073709551615", false, true),
        ("-9223372036854775808", false, true),
        ("1e19", false, true),
        ("295147905179352830000", false, false),
        ("1.5", false, false),
        ("1e+30", false, false),
    ];
    for (text, safe, wide) in cases {
        let number = Number::read(text).unwrap();
        assert_eq!((number.is_safe_integer(), number.is_wide_integer()), (safe, wide), "{text}");
    }
}

#[test]
fn our_own_integers_are_written_by_their_digits() {
    for value in [0, 1, 9, 10, 99, 100, 12_345, u64::MAX - 1, u64::MAX] {
        assert_eq!(Number::from(value).as_str(), value.to_string());
        assert_eq!(Json::from(value).as_u64(), Some(value));
    }
    for value in [0, -1, 1, i64::MIN, i64::MAX] {
        assert_eq!(Number::from(value).as_str(), value.to_string());
        assert_eq!(Json::from(value).as_i64(), Some(value));
    }
}

#[test]
fn numbers_are_decimals_only_where_they_are_exact_ones() {
    let cases = [
        ("12.50", Some("12.5")),
        ("-3", Some("-3")),
        ("1e-7", Some("0.0000001")),
        ("-2.5e-8", Some("-0.000000025")),
        ("1e-9", Some("0.000000001")),
        ("1e-10", None),
        ("1e17", Some("100000000000000000")),
        ("1e18", None),
        ("1e30", None),
        ("5e-324", None),
    ];
    for (text, expected) in cases {
        let decimal = Number::read(text).unwrap().as_decimal();
        assert_eq!(decimal.map(|decimal| decimal.to_string()).as_deref(), expected, "{text}");
    }
}
