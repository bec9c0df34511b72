use super::Exact;
use crate::testing::json;

fn exact(text: &str) -> Exact {
    Exact::of(json(text).as_number().unwrap())
}

#[test]
fn numbers_are_ordered_by_value_whatever_their_form() {
    let rising = [
        "-1e300",
        "-18014398509481984",
        "-10",
        "-9.5",
        "-1e-300",
        "0",
        "1e-300",
        "0.09",
        "0.1",
        "0.11",
        "1",
        "1.5",
        "9",
        "10",
        "9007199254740991",
        "9007199254740993",
        "18446744073709551615",
        "1e21",
        "1e300",
    ];
    for (at, low) in rising.iter().enumerate() {
        for (other, high) in rising.iter().enumerate() {
            assert_eq!(exact(low).cmp(&exact(high)), at.cmp(&other), "{low} {high}");
        }
    }
}

#[test]
fn integers_and_multiples_are_told_by_digits() {
    for (text, integer) in [("0", true), ("10", true), ("1e21", true), ("1.5", false), ("1e-7", false), ("-3", true)] {
        assert_eq!(exact(text).is_integer(), integer, "{text}");
    }
    for (value, step, multiple) in [
        ("0.07", "0.01", Some(true)),
        ("0.075", "0.01", Some(false)),
        ("10", "5", Some(true)),
        ("-10", "5", Some(true)),
        ("11", "5", Some(false)),
        ("0", "7", Some(true)),
        ("1e300", "7", None),
    ] {
        assert_eq!(exact(value).is_multiple_of(&exact(step)), multiple, "{value} {step}");
    }
}

#[test]
fn a_number_is_written_as_a_person_would() {
    for (text, written) in [
        ("0", "0"),
        ("-9.5", "-9.5"),
        ("100", "100"),
        ("0.09", "0.09"),
        ("-0.001", "-0.001"),
        ("1e-300", "0.1e-299"),
        ("0.5", "0.5"),
        ("1e21", "1000000000000000000000"),
        ("1e300", "0.1e301"),
    ] {
        assert_eq!(exact(text).to_string(), written);
    }
}
