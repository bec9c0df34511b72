//! What browsers say of a ceremony, and the cookies of people.
#![no_main]

use bailiwick_core::{Assertion, Micros, Passkey, json::Json};
use bailiwick_identity::{Challenge, SessionKey, Site, check_passkey, parse_client_data};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if parse_client_data(bytes).is_ok() {
        assert!(matches!(serde_json::from_slice(bytes), Ok(serde_json::Value::Object(_))), "another reader takes it");
    }
    let Ok(text) = str::from_utf8(bytes) else { return };
    assert!(SessionKey::new(&[1; 32]).read(text, 0, Micros(0)).is_err(), "a cookie is not guessed");
    // the parts of an assertion as they are sent, with dots between
    let mut parts = text.split('.').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    let given = Assertion { id: part(), authenticator_data: part(), client_data: part(), signature: part() };
    let key = Json::object([("kty", "OKP"), ("crv", "Ed25519"), ("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
        .map(|(name, value)| (name, Json::from(value))));
    let passkey = Passkey { id: given.id.clone(), key, name: "fuzz".to_owned() };
    let site = Site::of("http://localhost:8400").expect("a site");
    let signed = check_passkey(&site, &Challenge::Statement(b"fuzz"), &passkey, &given);
    assert!(signed.expect_err("nobody signed").to_string().len() < 2048, "a message is bounded");
});
