use super::super::tests::read;
use super::*;
use serde_json::json;

#[derive(Debug, Serialize, Deserialize)]
struct Wrapped {
    before: u8,
    value: Json,
}

fn wrapped(value: &str) -> Result<Wrapped, serde_json::Error> {
    serde_json::from_str(&format!(r#"{{"before":1,"value":{value}}}"#))
}

#[test]
fn a_value_in_a_struct_is_read_strictly() {
    for text in [
        r#"{"a":1,"a":2}"#,
        r#"{"a":1,"A":2}"#,
        "0.10000000000000001",
        "18446744073709551617",
        "[1e-400]",
        r#"{"$serde_json::private::RawValue":1,"$serde_json::private::RawValue":2}"#,
    ] {
        assert!(wrapped(text).is_err(), "{text}");
    }
    let text = r#"{"$serde_json::private::RawValue":"[]","b":[1.50,18446744073709551615],"z":null}"#;
    assert_eq!(wrapped(text).unwrap().value, read(text));
}

#[test]
fn a_value_in_a_struct_is_written_in_the_canonical_form() {
    let value =
        read(r#"{"z":[1e21,1E-7,18446744073709551615,-9223372036854775808,0.5],"\ufb33":"\u0001","\ud83d\ude00":{}}"#);
    let written = serde_json::to_string(&Wrapped { before: 1, value: value.clone() }).unwrap();
    assert_eq!(written, format!(r#"{{"before":1,"value":{}}}"#, value.canonical()));
}

#[test]
fn a_value_that_serde_has_buffered_still_refuses_clashing_keys() {
    #[derive(Debug, Deserialize)]
    #[serde(untagged)]
    enum Buffered {
        Named { value: Json },
    }
    let read = |text: &str| serde_json::from_str::<Buffered>(text).map(|Buffered::Named { value }| value);
    assert_eq!(
        read(r#"{"value":{"b":[1.5,null,"x",true,-2],"a":1}}"#).unwrap().canonical(),
        r#"{"a":1,"b":[1.5,null,"x",true,-2]}"#
    );
    assert!(read(r#"{"value":{"a":1,"a":2}}"#).is_err());
    assert!(read(r#"{"value":{"a":1,"A":2}}"#).is_err());
    assert!(read("{\"value\":\"\u{ffff}\"}").is_err());
}

#[test]
fn values_go_to_another_library_s_values_and_back() {
    let value = json!({"a": [1, -1, 0.5, u64::MAX], "b": {"c": null}});
    let ours: Json = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(ours.canonical(), r#"{"a":[1,-1,0.5,18446744073709551615],"b":{"c":null}}"#);
    assert_eq!(serde_json::to_value(&ours).unwrap(), value);
}

#[test]
fn a_number_is_not_read_from_its_text_in_quotes() {
    assert_eq!(serde_json::from_str::<Number>("1.50").unwrap().as_str(), "1.5");
    let error = serde_json::from_str::<Number>("\"1\"").unwrap_err().to_string();
    assert!(error.starts_with("expected a number, found a string"), "{error}");
    assert!(serde_json::from_str::<Object>("[]").is_err());
}
