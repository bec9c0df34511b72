use super::*;
use http::HeaderValue;

fn said(values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(NAME, HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn a_value_agrees_plainly_or_as_its_base64() {
    for (header, body) in
        [("echo", "echo"), (" echo ", "echo"), ("=?base64?w6k=?=", "é"), ("=?base64?ZWNobw==?=", "echo")]
    {
        assert_eq!(agree(&said(&[header]), NAME, body), Ok(()), "{header}");
    }
}

#[test]
fn what_does_not_agree_is_a_mismatch() {
    let cases: &[(&[&str], &str)] = &[
        (&[], "echo"),
        (&["Echo"], "echo"),
        (&["echo", "echo"], "echo"),
        (&["=?base64?ZWNobw=?="], "echo"),
        (&["=?BASE64?ZWNobw==?="], "echo"),
        (&["=?base64?/w==?="], "echo"),
    ];
    for (headers, body) in cases {
        let error = agree(&said(headers), NAME, body).expect_err("a mismatch");
        assert_eq!(error.code, HEADER_MISMATCH, "{headers:?}");
    }
}
