//! What is accepted, another reader accepts with the same value, and its canonical form reads back as itself.
#![no_main]

use bailiwick_core::json::{Json, Limits};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

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

fuzz_target!(|bytes: &[u8]| {
    match Json::parse(bytes, &Limits::default()) {
        Ok(json) => {
            let theirs: Value = serde_json::from_slice(bytes).expect("another reader accepts it");
            assert!(same(&json, &theirs), "another reader has another value");
            let canonical = json.canonical();
            let back = Json::parse(canonical.as_bytes(), &Limits::stored()).expect("the canonical form is read");
            assert_eq!(back, json);
            assert_eq!(back.canonical(), canonical);
            assert_eq!(serde_json::to_string(&json).expect("it is written"), canonical);
        }
        Err(error) => {
            assert!(error.place.byte <= bytes.len());
            assert!(error.to_string().len() < 2048, "a message is bounded");
        }
    }
});
