use super::*;
use http::HeaderValue;

#[test]
fn only_what_was_accepted_is_an_answer() {
    let other = |text: &str| Form::Other(text.into());
    for (kind, coding, form) in [
        (Some("application/json"), None, Form::Json),
        (Some("Application/JSON ; charset=utf-8"), Some("identity"), Form::Json),
        (Some("text/event-stream"), None, Form::Events),
        (Some("text/html"), None, other("content type `text/html`")),
        (Some("application/json-seq"), None, other("content type `application/json-seq`")),
        (Some("application/json"), Some("gzip"), other("coding `gzip`")),
        (None, None, other("no content type")),
    ] {
        let mut headers = HeaderMap::new();
        for (name, value) in [(CONTENT_TYPE, kind), (CONTENT_ENCODING, coding)] {
            value.and_then(|value| headers.insert(name, HeaderValue::from_static(value)));
        }
        assert_eq!(Form::of(&headers), form);
    }
}
