//! A new passkey (WebAuthn level 3 §7.1), step by step. No attestation is asked for, and none is believed.

use super::{
    auth_data::AuthData, cbor::Cbor, client_data::ClientData, key::PasskeyKey, refusal::PasskeyRefusal, site::Site,
};
use crate::{
    bytes::{base64url, from_base64url},
    challenge::Challenge,
};
use serde::{Deserialize, Serialize};

/// The longest id of a credential (§5.8.3: a site must not take longer ones).
pub const CREDENTIAL_ID_BYTES_MAX: usize = 1023;
/// More than an attestation with a chain of certificates.
const REGISTRATION_CHARS_MAX: usize = 48 << 10;
const ATTESTATION: &str = "the attestation object";

/// What a browser answers to `navigator.credentials.create`, each part as base64url without padding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// The credential's id.
    pub id: String,
    /// `response.clientDataJSON`.
    pub client_data: String,
    /// `response.attestationObject`.
    pub attestation: String,
}

/// A credential that was just made for this site by a verified person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPasskey {
    /// Its id, as base64url without padding.
    pub id: String,
    /// Its public key.
    pub key: PasskeyKey,
    /// The model of authenticator, as it calls itself (AAGUID); zeros where it does not say. Nobody vouches for it.
    pub model: [u8; 16],
    /// Whether it says that the passkey has copies elsewhere.
    pub backed_up: bool,
}

/// Reads and checks a registration.
///
/// # Errors
/// [`PasskeyRefusal`] for the first step that it fails. Whether the id is already known is for the caller to ask
/// (step 26).
pub fn check_registration(
    site: &Site,
    challenge: &Challenge<'_>,
    given: &Registration,
) -> Result<NewPasskey, PasskeyRefusal> {
    let parts = [&given.id, &given.client_data, &given.attestation];
    bounded("the registration", parts.map(|part| part.len()).iter().sum(), REGISTRATION_CHARS_MAX)?;
    // Steps 5 to 12: what the browser says.
    let client_data = decoded("the browser's data", &given.client_data)?;
    ClientData::read(&client_data)?.check("webauthn.create", challenge, site)?;
    // Step 13: the attestation object. Its statement and format are not looked at: a format other than `none` says
    // which model it is, and any model that verifies the person is taken.
    let attestation = decoded(ATTESTATION, &given.attestation)?;
    let object = Cbor::read(&attestation);
    let data = object.as_ref().and_then(|object| object.named("authData")).and_then(Cbor::as_bytes);
    let data = data.ok_or(PasskeyRefusal::Form { what: ATTESTATION, expected: "one CBOR map with `authData`" })?;
    // Steps 14 to 18: whose site, and whether the person was verified.
    let data = AuthData::read(data)?;
    data.check(site)?;
    let backed_up = data.backed_up();
    let new = data.credential.ok_or(PasskeyRefusal::NoCredential)?;
    // Step 20: the key is of an algorithm that was asked for.
    let key = PasskeyKey::from_cose(&new.key)?;
    // Step 25: the id is of at most 1,023 bytes; and it is the one that is sent beside.
    bounded("the passkey's id", new.id.len(), CREDENTIAL_ID_BYTES_MAX)?;
    let id = base64url(new.id);
    if id.is_empty() || id != given.id {
        return Err(PasskeyRefusal::OtherPasskey);
    }
    Ok(NewPasskey { id, key, model: new.model, backed_up })
}

/// Refuses what is longer before any of it is decoded.
pub(super) const fn bounded(what: &'static str, bytes: usize, bytes_max: usize) -> Result<(), PasskeyRefusal> {
    if bytes > bytes_max { Err(PasskeyRefusal::TooLong { what, bytes, bytes_max }) } else { Ok(()) }
}

pub(super) fn decoded(what: &'static str, text: &str) -> Result<Vec<u8>, PasskeyRefusal> {
    from_base64url(text.as_bytes()).ok_or(PasskeyRefusal::NotBase64 { what })
}

#[cfg(test)]
mod tests;
