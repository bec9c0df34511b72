use super::*;

#[test]
fn json_is_written_as_it_is_signed() {
    for (file, form) in [
        (
            r#" {"b": [1, 2.50, 1e3, -0.0], "a": {"z": null, "y": true}} "#,
            r#"{"a":{"y":true,"z":null},"b":[1,2.50,1e3,-0.0]}"#,
        ),
        (r#"{"\u00e9": "\u003ca&b>", "e": "/\/"}"#, "{\"e\":\"//\",\"é\":\"<a&b>\"}"),
        ("{\"\u{ff5e}\": 1, \"\u{10000}\": 2}", "{\"\u{ff5e}\":1,\"\u{10000}\":2}"),
        (r#"["\u0001\b\f\n\r\t\u2028\u2029\u007f\"\\"]"#, "[\"\\u0001\\b\\f\\n\\r\\t\\u2028\\u2029\u{7f}\\\"\\\\\"]"),
        ("[]", "[]"),
        ("{}", "{}"),
    ] {
        assert_eq!(written(file.as_bytes()).as_deref(), Some(form), "{file}");
    }
    for bad in ["", "{", "[1,]", "nul", "\"\\ud800\"", "{\"a\":1}x"] {
        assert_eq!(written(bad.as_bytes()), None, "{bad}");
    }
}
