//! What the tests of this module share: the language-neutral cases.

use super::{PasskeyRefusal, Site};
use serde_json::Value;

pub(super) fn cases(text: &str) -> Vec<Value> {
    let file: Value = serde_json::from_str(text).unwrap();
    let cases = file["cases"].as_array().unwrap().clone();
    assert!(cases.iter().filter(|case| case["expect"] != "good").count() * 2 > cases.len(), "refusals outnumber");
    cases
}

/// Name, site and statement of a case.
pub(super) fn case(case: &Value) -> (&str, Site, &[u8]) {
    let origins: Vec<&str> = case["origins"].as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    let site = Site::for_test(case["rp_id"].as_str().unwrap(), &origins);
    (case["name"].as_str().unwrap(), site, case["statement"].as_str().unwrap().as_bytes())
}

/// The name of a refusal in the cases.
pub(super) fn code(refusal: Option<&PasskeyRefusal>) -> &'static str {
    match refusal {
        None => "good",
        Some(PasskeyRefusal::TooLong { .. }) => "too_long",
        Some(PasskeyRefusal::NotBase64 { .. }) => "not_base64",
        Some(PasskeyRefusal::Form { .. }) => "form",
        Some(PasskeyRefusal::OtherType { .. }) => "other_type",
        Some(PasskeyRefusal::OtherChallenge) => "other_challenge",
        Some(PasskeyRefusal::Challenge(_)) => "challenge",
        Some(PasskeyRefusal::OtherOrigin { .. }) => "other_origin",
        Some(PasskeyRefusal::Framed) => "framed",
        Some(PasskeyRefusal::OtherSite { .. }) => "other_site",
        Some(PasskeyRefusal::NotPresent) => "not_present",
        Some(PasskeyRefusal::NotVerified) => "not_verified",
        Some(PasskeyRefusal::NoCredential) => "no_credential",
        Some(PasskeyRefusal::OtherPasskey) => "other_passkey",
        Some(PasskeyRefusal::Key { .. }) => "key",
        Some(PasskeyRefusal::BadSignature) => "bad_signature",
    }
}
