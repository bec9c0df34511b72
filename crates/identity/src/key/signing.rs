//! A private P-256 key.

use crate::{
    bytes::fixed_base64url,
    jose::{PublicKey, PublicKeyError, from_pem, jwk_json, strict, to_pem},
};
use aws_lc_rs::{
    agreement,
    encoding::AsBigEndian as _,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair},
};
use bailiwick_core::KeyThumbprint;
use serde::Deserialize;
use std::fmt;
use zeroize::{Zeroize as _, Zeroizing};

/// Why there is no signing key, or no signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SigningKeyError {
    /// Neither a private JWK nor PKCS#8 in PEM.
    #[error("not a private key: expected a PEM block `PRIVATE KEY` (PKCS#8) or a JSON Web Key with `d`")]
    NotAKey,
    /// A private key of another kind, or damaged.
    #[error("the private key is not a whole P-256 key")]
    NotP256,
    /// The JWK's public part belongs to another key.
    #[error("the public part of the key does not belong to its private part")]
    Mismatch,
    /// The source of chance gave nothing that can be a key, again and again.
    #[error("no key could be drawn in {draws} draws, the source of randomness is broken")]
    Chance {
        /// How often it was asked.
        draws: u32,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library could not sign")]
    Broken,
}

/// All but one in four thousand million draws give a key.
const DRAWS_MAX: u32 = 8;

/// Larger than any PEM or JWK of a P-256 key.
const PRIVATE_KEY_BYTES_MAX: usize = 4096;

/// A private P-256 key. The library wipes it when it is dropped; `Debug` shows the thumbprint only.
pub struct SigningKey {
    pair: EcdsaKeyPair,
    public: PublicKey,
}

#[derive(Deserialize)]
struct PrivateJwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    d: String,
}

impl Drop for PrivateJwk {
    fn drop(&mut self) {
        self.d.zeroize();
    }
}

impl SigningKey {
    /// Makes a fresh key out of the chance given; `fill` must be a cryptographic source.
    ///
    /// # Errors
    /// [`SigningKeyError::Chance`] when `fill` does not give random bytes.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8; 32])) -> Result<Self, SigningKeyError> {
        let mut scalar = Zeroizing::new([0u8; 32]);
        for _ in 0..DRAWS_MAX {
            fill(&mut scalar);
            // FIPS 186-5 A.2.2: a draw outside of the curve's order is drawn again.
            if let Ok(key) = Self::from_scalar(&scalar) {
                return Ok(key);
            }
        }
        Err(SigningKeyError::Chance { draws: DRAWS_MAX })
    }

    /// From the private number, as [`SigningKey::scalar`] gives it for storage.
    ///
    /// # Errors
    /// [`SigningKeyError::NotP256`] when it is zero or beyond the curve's order.
    pub fn from_scalar(scalar: &[u8; 32]) -> Result<Self, SigningKeyError> {
        let point = agreement::PrivateKey::from_private_key(&agreement::ECDH_P256, scalar)
            .map_err(|_| SigningKeyError::NotP256)?
            .compute_public_key()
            .map_err(|_| SigningKeyError::NotP256)?;
        let pair =
            EcdsaKeyPair::from_private_key_and_public_key(&ECDSA_P256_SHA256_FIXED_SIGNING, scalar, point.as_ref())
                .map_err(|_| SigningKeyError::NotP256)?;
        let public = PublicKey::from_sec1(point.as_ref()).map_err(|_| SigningKeyError::NotP256)?;
        Ok(Self { pair, public })
    }

    /// Reads a key file: PKCS#8 in PEM, or a private JWK.
    ///
    /// # Errors
    /// [`SigningKeyError`]; none of them repeats a byte of the file.
    pub fn parse(text: &[u8]) -> Result<Self, SigningKeyError> {
        if text.len() > PRIVATE_KEY_BYTES_MAX {
            return Err(SigningKeyError::NotAKey);
        }
        if text.trim_ascii_start().starts_with(b"{") { Self::from_jwk(text) } else { Self::from_pkcs8_pem(text) }
    }

    fn from_pkcs8_pem(text: &[u8]) -> Result<Self, SigningKeyError> {
        let der = from_pem("PRIVATE KEY", text).map_err(|_| SigningKeyError::NotAKey)?;
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der).map_err(|_| SigningKeyError::NotP256)?;
        let scalar = scalar_of(&pair)?;
        Self::from_scalar(&scalar)
    }

    fn from_jwk(json: &[u8]) -> Result<Self, SigningKeyError> {
        let jwk: PrivateJwk = strict(json).ok_or(SigningKeyError::NotAKey)?;
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(SigningKeyError::NotP256);
        }
        let scalar = Zeroizing::new(fixed_base64url::<32>(&jwk.d).ok_or(SigningKeyError::NotP256)?);
        let key = Self::from_scalar(&scalar)?;
        let public =
            jwk_json(&[("crv", jwk.crv.clone()), ("kty", jwk.kty.clone()), ("x", jwk.x.clone()), ("y", jwk.y.clone())]);
        if public == key.public.to_jwk() { Ok(key) } else { Err(SigningKeyError::Mismatch) }
    }

    /// PKCS#8 in PEM, for a key file that only its owner can read.
    ///
    /// # Errors
    /// [`SigningKeyError::Broken`] when the library cannot write it.
    pub fn to_pem(&self) -> Result<Zeroizing<String>, SigningKeyError> {
        let der = self.pair.to_pkcs8v1().map_err(|_| SigningKeyError::Broken)?;
        Ok(to_pem("PRIVATE KEY", der.as_ref()))
    }

    /// The private number, for storage that the caller seals.
    ///
    /// # Errors
    /// [`SigningKeyError::Broken`] when the library cannot give it.
    pub fn scalar(&self) -> Result<Zeroizing<[u8; 32]>, SigningKeyError> {
        scalar_of(&self.pair)
    }

    /// The half that others check with.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key's RFC 7638 name.
    pub const fn thumbprint(&self) -> &KeyThumbprint {
        self.public.thumbprint()
    }

    /// Two 32-byte numbers (RFC 7518 §3.4). Two signatures of one message differ: the library draws a number for each.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<[u8; 64], SigningKeyError> {
        let signature = self.pair.sign(&SystemRandom::new(), message).map_err(|_| SigningKeyError::Broken)?;
        signature.as_ref().try_into().map_err(|_| SigningKeyError::Broken)
    }
}

fn scalar_of(pair: &EcdsaKeyPair) -> Result<Zeroizing<[u8; 32]>, SigningKeyError> {
    let bytes = pair.private_key().as_be_bytes().map_err(|_| SigningKeyError::Broken)?;
    let scalar: &[u8; 32] = bytes.as_ref().try_into().map_err(|_| SigningKeyError::Broken)?;
    Ok(Zeroizing::new(*scalar))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.thumbprint())
    }
}

// A public part that cannot be read is a private key that cannot be read.
impl From<PublicKeyError> for SigningKeyError {
    fn from(_: PublicKeyError) -> Self {
        Self::NotP256
    }
}

#[cfg(test)]
mod tests;
