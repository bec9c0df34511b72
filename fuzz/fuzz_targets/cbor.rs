//! What authenticators write: CBOR, authenticator data, whole registrations.
#![no_main]

use bailiwick_identity::{Challenge, Registration, Site, check_registration, parse_auth_data, parse_cbor};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if parse_cbor(bytes) && !bytes.is_empty() {
        assert!(!parse_cbor(&[bytes, &[0]].concat()), "a byte more is not the same value");
        assert!(bytes.split_last().is_none_or(|(_, cut)| !parse_cbor(cut)), "a byte less is not the same value");
    }
    if let Err(error) = parse_auth_data(bytes) {
        assert!(error.to_string().len() < 2048, "a message is bounded");
    }
    // the parts as they are sent, with dots between
    let Ok(text) = str::from_utf8(bytes) else { return };
    let mut parts = text.split('.').map(str::to_owned);
    let (Some(id), Some(client_data), Some(attestation)) = (parts.next(), parts.next(), parts.next()) else { return };
    let site = Site::of("http://localhost:8400").expect("a site");
    let given = Registration { id, client_data, attestation };
    if let Err(error) = check_registration(&site, &Challenge::Statement(b"fuzz"), &given) {
        assert!(error.to_string().len() < 2048, "a message is bounded");
    }
});
