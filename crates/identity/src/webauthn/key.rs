//! A passkey's public key: read from COSE (RFC 9053) once, kept as a JWK, checked with by its one algorithm.

use super::{cbor::Cbor, ed25519::is_sound, refusal::PasskeyRefusal};
use crate::{
    bytes::{base64url, from_base64url},
    jose::{PublicKey, jwk_json},
};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use bailiwick_core::json::{Json, Limits};
use std::fmt;

/// COSE algorithms that we ask authenticators for, the one that we like best first: ES256, EdDSA, RS256.
pub(super) const ALGORITHMS: [i64; 3] = [ES256, EDDSA, RS256];
const ES256: i64 = -7;
const EDDSA: i64 = -8;
const RS256: i64 = -257;

/// RSA of 2,048 to 4,096 bits: what security chips of desktops make, and what they could.
const MODULUS_BYTES_MIN: usize = 256;
const MODULUS_BYTES_MAX: usize = 512;
/// 65,537. RFC 8230 §4 allows others, and no authenticator makes them.
const EXPONENT: [u8; 3] = [1, 0, 1];

const NOT_A_KEY: PasskeyRefusal = PasskeyRefusal::Key { why: "it is no key of ES256, EdDSA or RS256" };
const NOT_A_POINT: PasskeyRefusal = PasskeyRefusal::Key { why: "its numbers are not a point of its curve" };
const NOT_RSA: PasskeyRefusal =
    PasskeyRefusal::Key { why: "an RSA key has 2,048 to 4,096 bits and the exponent 65,537 here" };

#[derive(Clone, PartialEq, Eq)]
enum Kind {
    /// P-256 or Ed25519.
    Curve(PublicKey),
    Rsa {
        modulus: Vec<u8>,
    },
}

/// The key that a passkey's signatures are checked with.
#[derive(Clone, PartialEq, Eq)]
pub struct PasskeyKey(Kind);

impl PasskeyKey {
    /// A COSE_Key with the algorithm that it is for (WebAuthn level 3 §5.8.5 and §6.5.1.1).
    pub(super) fn from_cose(cose: &Cbor<'_>) -> Result<Self, PasskeyRefusal> {
        let number = |label| cose.numbered(label).and_then(Cbor::as_int);
        let bytes = |label| cose.numbered(label).and_then(Cbor::as_bytes);
        // RFC 9052 §7.1: 1 is the kind, 3 the algorithm. RFC 9053 §7: -1 is the curve, -2 and -3 the point. RFC 8230 §4.
        match (number(1), number(3), number(-1)) {
            (Some(2), Some(ES256), Some(1)) => {
                let (x, y) = (bytes(-2).ok_or(NOT_A_POINT)?, bytes(-3).ok_or(NOT_A_POINT)?);
                let members = [("crv", "P-256".into()), ("kty", "EC".into()), ("x", base64url(x)), ("y", base64url(y))];
                Self::curve(&jwk_json(&members), NOT_A_POINT)
            }
            (Some(1), Some(EDDSA), Some(6)) => {
                let x = bytes(-2).ok_or(NOT_A_POINT)?;
                let members = [("crv", "Ed25519".into()), ("kty", "OKP".into()), ("x", base64url(x))];
                Self::curve(&jwk_json(&members), NOT_A_POINT)
            }
            (Some(3), Some(RS256), None) => Self::rsa(bytes(-1).ok_or(NOT_RSA)?, bytes(-2).ok_or(NOT_RSA)?),
            _ => Err(NOT_A_KEY),
        }
    }

    /// Reads the key as [`PasskeyKey::to_jwk`] writes it.
    ///
    /// # Errors
    /// [`PasskeyRefusal::Key`] when it is none of the three kinds, or damaged.
    pub fn from_jwk(jwk: &Json) -> Result<Self, PasskeyRefusal> {
        let text = |member| jwk.get(member).and_then(Json::as_str);
        if text("kty") != Some("RSA") {
            return Self::curve(&jwk.canonical(), NOT_A_KEY);
        }
        // RFC 7518 §6.3.2: the private number.
        if jwk.get("d").is_some() {
            return Err(NOT_A_KEY);
        }
        let number = |member| text(member).and_then(|text| from_base64url(text.as_bytes())).ok_or(NOT_RSA);
        Self::rsa(&number("n")?, &number("e")?)
    }

    /// The key as a JWK with the members that name it and no others (RFC 7638 §3.2), which anybody can check with.
    pub fn to_jwk(&self) -> Json {
        let text = match &self.0 {
            Kind::Curve(key) => key.to_jwk(),
            Kind::Rsa { modulus } => {
                jwk_json(&[("e", base64url(&EXPONENT)), ("kty", "RSA".to_owned()), ("n", base64url(modulus))])
            }
        };
        // by INVARIANT of `jwk_json`: an object of plain texts
        Json::parse(text.as_bytes(), &Limits::default()).unwrap_or_default()
    }

    fn curve(jwk: &str, otherwise: PasskeyRefusal) -> Result<Self, PasskeyRefusal> {
        match PublicKey::parse(jwk.as_bytes()) {
            Ok(key) if key.ed25519().is_none_or(|point| is_sound(&point)) => Ok(Self(Kind::Curve(key))),
            Ok(_) => Err(NOT_A_POINT),
            Err(_) => Err(otherwise),
        }
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Result<Self, PasskeyRefusal> {
        // RFC 8230 §4: numbers in the fewest bytes.
        let sound = (MODULUS_BYTES_MIN..=MODULUS_BYTES_MAX).contains(&modulus.len())
            && modulus.first().is_some_and(|byte| *byte >= 0x80)
            && modulus.last().is_some_and(|byte| byte % 2 == 1)
            && *exponent == EXPONENT;
        if sound { Ok(Self(Kind::Rsa { modulus: modulus.to_vec() })) } else { Err(NOT_RSA) }
    }

    /// Whether `signature` is this key's over `message` (§6.5.5: ECDSA in ASN.1, Ed25519 and RSA as they are).
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0 {
            Kind::Curve(key) => match key.sec1() {
                Some(point) => {
                    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature).is_ok()
                }
                // RFC 8032 §5.1.6: a signature begins with its commitment.
                None => signature.first_chunk().is_some_and(is_sound) && key.verifies(message, signature),
            },
            Kind::Rsa { modulus } => RsaPublicKeyComponents { n: modulus.as_slice(), e: EXPONENT.as_slice() }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
        }
    }
}

impl fmt::Debug for PasskeyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Curve(key) => key.fmt(f),
            Kind::Rsa { modulus } => write!(f, "PasskeyKey(RS256, {} bits)", modulus.len() * 8),
        }
    }
}

#[cfg(test)]
mod tests;
