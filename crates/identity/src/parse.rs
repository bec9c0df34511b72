//! Every parser of outside bytes under one shape, for fuzzing. They say whether the form is right and prove nothing,
//! so they give nothing back that could be mistaken for a caller.

use crate::{
    assertion::{AssertionRefusal, PresentedAssertion},
    dpop::{ProofRefusal, Unchecked},
    jose::{PublicKey, PublicKeyError, from_pem},
    key::{KeySet, KeySetError, SigningKey, SigningKeyError},
    nonce::{NonceKey, NonceRefusal},
    token::{TokenRefusal, parse_form},
    url::{BadUrl, PublicUrl},
    webauthn::{PasskeyRefusal, is_auth_data, is_cbor, is_client_data},
};
use bailiwick_core::Micros;

/// Whether these bytes have the form of our access token.
///
/// # Errors
/// What [`crate::check_token`] would say of the form.
pub fn parse_access_token(bytes: &[u8]) -> Result<(), TokenRefusal> {
    parse_form(bytes)
}

/// Whether these bytes have the form of a proof.
///
/// # Errors
/// What [`crate::check_proof`] would say of the form.
pub fn parse_proof(bytes: &[u8]) -> Result<(), ProofRefusal> {
    Unchecked::parse(bytes, None).map(|_| ())
}

/// Whether these bytes have the form of an agent's assertion.
///
/// # Errors
/// What [`PresentedAssertion::parse`] says.
pub fn parse_assertion(bytes: &[u8]) -> Result<(), AssertionRefusal> {
    PresentedAssertion::parse(bytes).map(|_| ())
}

/// Whether these bytes are a public key, as JWK or PEM.
///
/// # Errors
/// What [`PublicKey::parse`] says.
pub fn parse_jwk(bytes: &[u8]) -> Result<(), PublicKeyError> {
    PublicKey::parse(bytes).map(|_| ())
}

/// Whether these bytes are one PEM block of a public key.
///
/// # Errors
/// [`PublicKeyError::NotAKey`].
pub fn parse_pem(bytes: &[u8]) -> Result<(), PublicKeyError> {
    from_pem("PUBLIC KEY", bytes).map(|_| ()).map_err(|_| PublicKeyError::NotAKey)
}

/// Whether these bytes are a private key, as JWK or PEM.
///
/// # Errors
/// What [`SigningKey::parse`] says.
pub fn parse_private_key(bytes: &[u8]) -> Result<(), SigningKeyError> {
    SigningKey::parse(bytes).map(|_| ())
}

/// Whether these bytes are a stored key set.
///
/// # Errors
/// What [`KeySet::from_bytes`] says.
pub fn parse_key_set(bytes: &[u8]) -> Result<(), KeySetError> {
    KeySet::from_bytes(bytes).map(|_| ())
}

/// Whether these bytes are a nonce of this key now.
///
/// # Errors
/// What [`NonceKey::read`] says; bytes that are no text are [`NonceRefusal::Unknown`].
pub fn parse_nonce(bytes: &[u8], key: &NonceKey, now: Micros) -> Result<(), NonceRefusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| NonceRefusal::Unknown)?;
    key.read(text, now).map(|_| ())
}

/// Whether these bytes are a URL that a proof can name; if so its normal form is its own normal form.
///
/// # Errors
/// What [`PublicUrl::parse`] says.
pub fn parse_url(bytes: &[u8]) -> Result<PublicUrl, BadUrl> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadUrl { why: "no text" })?;
    PublicUrl::parse(text)
}

/// Whether these bytes are CBOR as authenticators write it.
pub fn parse_cbor(bytes: &[u8]) -> bool {
    is_cbor(bytes)
}

/// Whether these bytes have the form of an authenticator's data.
///
/// # Errors
/// What [`crate::check_passkey`] would say of the form.
pub fn parse_auth_data(bytes: &[u8]) -> Result<(), PasskeyRefusal> {
    is_auth_data(bytes)
}

/// Whether these bytes have the form of what a browser says of a ceremony.
///
/// # Errors
/// What [`crate::check_passkey`] would say of the form.
pub fn parse_client_data(bytes: &[u8]) -> Result<(), PasskeyRefusal> {
    is_client_data(bytes)
}

#[cfg(test)]
mod tests;
