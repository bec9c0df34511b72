use super::super::*;
use super::read;
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

fn number() -> impl Strategy<Value = Json> {
    let double =
        any::<f64>().prop_filter_map("finite", |value| Number::read(&format!("{value:e}")).ok().map(Json::Number));
    prop_oneof![any::<u64>().prop_map(Json::from), any::<i64>().prop_map(Json::from), double]
}

fn text() -> impl Strategy<Value = String> {
    vec(any::<char>(), 0..8).prop_map(|chars| {
        chars
            .into_iter()
            .filter(|c| u32::from(*c) & 0xfffe != 0xfffe && !('\u{fdd0}'..='\u{fdef}').contains(c))
            .collect()
    })
}

fn value() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![Just(Json::Null), any::<bool>().prop_map(Json::from), number(), text().prop_map(Json::from)];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Json::Array),
            vec((text(), inner), 0..6).prop_filter_map("keys that clash", |members| {
                let members = members.into_iter().map(|(key, value)| (key.into(), value)).collect();
                Object::from_members(members).ok().map(Json::Object)
            }),
        ]
    })
}

/// Pieces of documents, good and bad, in any order.
fn soup() -> impl Strategy<Value = String> {
    let pieces = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"a\"",
        "\"A\"",
        "\"b\":",
        "\"a\":",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud800\"",
        "\"\u{e9}\"",
        "\"",
        "\\",
        "null",
        "true",
        "false",
        "-",
        "0",
        "1",
        "12",
        "0.1",
        "1.5e3",
        "1e-7",
        "1E+2",
        ".",
        "e",
        "9007199254740993",
        "18446744073709551615",
        "18446744073709551616",
        "-0",
        "1e400",
        "\u{0}",
        "0.30000000000000004",
        "123456789012345678901234567890",
        "5e-324",
        "{\"a\":1}",
        "[1,2]",
        "{\"a\":1,",
        "[1,",
    ];
    vec(proptest::sample::select(pieces.to_vec()), 0..12).prop_map(|pieces| pieces.concat())
}

/// Whether another reader's value is ours.
fn same(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(a), Value::Bool(b)) => a == b,
        (Json::String(a), Value::String(b)) => **a == **b,
        (Json::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Json::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (Json::Number(a), Value::Number(b)) => match (b.as_u64(), b.as_i64()) {
            (Some(b), _) => a.as_u64() == Some(b),
            (None, Some(b)) => a.as_i64() == Some(b),
            (None, None) => a.as_str().parse::<f64>().ok() == b.as_f64(),
        },
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_we_accept_another_reader_accepts_with_the_same_value(text in soup()) {
        if let Ok(ours) = Json::parse(text.as_bytes(), &Limits::default()) {
            let theirs: Value = serde_json::from_str(&text).unwrap();
            prop_assert!(same(&ours, &theirs), "{text}: {ours:?} and {theirs:?}");
        }
    }

    #[test]
    fn bytes_without_meaning_end_in_an_error_within_them(bytes in vec(any::<u8>(), 0..64)) {
        if let Err(error) = Json::parse(&bytes, &Limits::default()) {
            prop_assert!(error.place.byte <= bytes.len());
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn the_canonical_form_reads_back_as_the_same_value_and_form(json in value()) {
        let canonical = json.canonical();
        let back = read(&canonical);
        prop_assert_eq!(&back, &json);
        prop_assert_eq!(back.canonical(), canonical);
    }

    #[test]
    fn through_serde_the_text_is_the_canonical_form(json in value()) {
        let text = serde_json::to_string(&json).unwrap();
        prop_assert_eq!(&text, &json.canonical());
        prop_assert_eq!(serde_json::from_str::<Json>(&text).unwrap(), json);
    }

    #[test]
    fn keys_are_in_the_order_of_their_utf16_code_units(mut keys in vec(text(), 0..8)) {
        let object: Object = keys.iter().map(|key| (key.as_str(), Json::Null)).collect();
        keys.sort_by_key(|key| key.encode_utf16().collect::<Vec<_>>());
        keys.dedup();
        prop_assert_eq!(object.keys().collect::<Vec<_>>(), keys);
    }

    #[test]
    fn a_double_is_written_so_that_it_reads_back(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        match Number::from_double(value) {
            Some(number) => {
                prop_assert_eq!(number.as_str().parse::<f64>().unwrap(), value);
                prop_assert_eq!(read(number.as_str()), Json::Number(number));
            }
            None => prop_assert!(!value.is_finite()),
        }
    }
}
