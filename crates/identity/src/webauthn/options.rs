//! What a page hands to the browser: creation and request options in their JSON form (WebAuthn level 3 §5.1.8, §5.1.9).

use super::{key::ALGORITHMS, site::Site};
use crate::{
    bytes::{base64url, sha256},
    challenge::CHALLENGE_LIFE,
};
use bailiwick_core::{PersonId, json::Json};

/// Options to make a passkey for `person`, not on an authenticator that holds one of `known`.
pub fn creation_options<'a>(
    site: &Site,
    challenge: &str,
    person: &PersonId,
    known: impl IntoIterator<Item = &'a str>,
) -> Json {
    // §14.6.1: the handle tells nothing of the person. It is the same at each enrolment, so that one authenticator
    // keeps one passkey of a person here.
    let handle = sha256(&[b"bailiwick user handle 1\0", site.rp_id().as_bytes(), b"\0", person.as_str().as_bytes()]);
    let algorithms = ALGORITHMS.map(|alg| Json::object([("type", "public-key".into()), ("alg", Json::from(alg))]));
    Json::object([
        ("rp", Json::object([("id", site.rp_id()), ("name", "Bailiwick")].map(own))),
        (
            "user",
            Json::object([
                ("id", base64url(handle.bytes()).into()),
                ("name", person.as_str().into()),
                ("displayName", person.as_str().into()),
            ]),
        ),
        ("challenge", challenge.into()),
        ("pubKeyCredParams", Json::array(algorithms)),
        ("timeout", timeout()),
        ("excludeCredentials", credentials(known)),
        // Discoverable, so that signing in needs no name; `required` is what browsers promise that by.
        (
            "authenticatorSelection",
            Json::object([("residentKey", "required"), ("userVerification", "required")].map(own)),
        ),
        ("attestation", "none".into()),
    ])
}

/// Options to sign `challenge`, by one of `known`, or by any passkey of this site where that is empty.
pub fn request_options<'a>(site: &Site, challenge: &str, known: impl IntoIterator<Item = &'a str>) -> Json {
    Json::object([
        ("challenge", challenge.into()),
        ("rpId", site.rp_id().into()),
        ("allowCredentials", credentials(known)),
        ("timeout", timeout()),
        ("userVerification", "required".into()),
    ])
}

fn credentials<'a>(known: impl IntoIterator<Item = &'a str>) -> Json {
    Json::array(known.into_iter().map(|id| Json::object([("type", "public-key"), ("id", id)].map(own))))
}

fn own((name, value): (&'static str, &str)) -> (&'static str, Json) {
    (name, value.into())
}

fn timeout() -> Json {
    (CHALLENGE_LIFE.0 / 1_000).into()
}

#[cfg(test)]
mod tests;
