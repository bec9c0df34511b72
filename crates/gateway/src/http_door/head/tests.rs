use super::*;
use http::HeaderValue;

fn accept(values: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(header::ACCEPT, HeaderValue::from_str(value).unwrap());
    }
    headers
}

#[test]
fn ranges_are_read_as_http_writes_them() {
    let wanted = "text/event-stream";
    for taken in [
        &["text/event-stream"][..],
        &["*/*"],
        &["text/*"],
        &["a/b , Text/Event-Stream;q=0.5"],
        &["a/b", "text/event-stream"],
    ] {
        assert!(accepts(&accept(taken), wanted), "{taken:?}");
    }
    for not in [
        &[][..],
        &["application/json"],
        &["text/event-stream;q=0"],
        &["text/event-stream-more"],
        &["text/event-stream; q=0.0"],
    ] {
        assert!(!accepts(&accept(not), wanted), "{not:?}");
    }
}

#[test]
fn a_header_that_stands_twice_is_none() {
    let mut headers = accept(&["a"]);
    assert_eq!(one(&headers, "accept"), Ok(Some("a")));
    headers.append(header::ACCEPT, HeaderValue::from_static("a"));
    assert_eq!(one(&headers, "accept"), Err(()));
    assert_eq!(one(&headers, "host"), Ok(None));
}
