use super::*;
use bailiwick_core::json::Limits;

fn request(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

#[test]
fn a_request_is_named_by_an_argument_or_beside_it_and_never_by_two_names() {
    let (plain, named) = (request(r#"{"delegate":"x"}"#), request(r#"{"delegate":"x","idempotency_key":"k"}"#));
    let beside = |key: &str| Some(key.to_owned());
    assert_eq!(keyed(plain.clone(), None), Ok((plain.clone(), None)));
    assert_eq!(keyed(plain.clone(), beside("k")), Ok((plain.clone(), beside("k"))));
    assert_eq!(keyed(named.clone(), None), Ok((plain.clone(), beside("k"))), "what is asked is the same");
    assert_eq!(keyed(named.clone(), beside("k")), Ok((plain, beside("k"))));
    for (request, key) in [(named, beside("other")), (request(r#"{"idempotency_key":7}"#), None)] {
        let reason = keyed(request, key).unwrap_err();
        assert_eq!(
            (reason.code, reason.at.unwrap().to_string().as_str()),
            (Code::ArgumentMalformed, "/idempotency_key")
        );
    }
}
