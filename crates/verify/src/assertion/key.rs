//! Public keys of passkeys as JWK: ES256, EdDSA, RS256, by other libraries than the writer's.

use bailiwick_core::json::Json;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use crypto_bigint::{
    BoxedUint, Odd,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use ed25519_dalek::VerifyingKey as Ed25519;
use p256::ecdsa::{DerSignature, VerifyingKey as P256, signature::Verifier as _};
use sha2::{Digest as _, Sha256};

/// 2,048 to 4,096 bits.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;
/// 65,537.
const EXPONENT: [u8; 3] = [1, 0, 1];
/// DER of a `DigestInfo` of SHA-256, up to the digest (RFC 8017 §9.2, note 1).
const SHA256_INFO: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// A key that one algorithm checks with.
pub(super) enum Key {
    Es256(P256),
    EdDsa(Ed25519),
    Rs256 { modulus: Vec<u8> },
}

impl Key {
    pub(super) fn read(jwk: &Json) -> Result<Self, &'static str> {
        let text = |member| jwk.get(member).and_then(Json::as_str);
        let bytes = |member| text(member).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok());
        if ["d", "k", "p", "q"].iter().any(|member| jwk.get(member).is_some()) {
            return Err("it holds a private part");
        }
        match (text("kty"), text("crv")) {
            (Some("EC"), Some("P-256")) => {
                let numbers = [bytes("x"), bytes("y")].map(|number| number.filter(|number| number.len() == 32));
                let [Some(x), Some(y)] = numbers else { return Err("a P-256 key has two numbers of 32 bytes") };
                let point = [&[4][..], &x, &y].concat();
                P256::from_sec1_bytes(&point).map(Self::Es256).map_err(|_| "it is no point of P-256")
            }
            (Some("OKP"), Some("Ed25519")) => {
                let x: Option<[u8; 32]> = bytes("x").and_then(|x| x.try_into().ok());
                let x = x.ok_or("an Ed25519 key has 32 bytes")?;
                let key = Ed25519::from_bytes(&x).ok().filter(|key| !key.is_weak());
                key.map(Self::EdDsa).ok_or("it is no point of Ed25519, or one of small order")
            }
            (Some("RSA"), None) => {
                let sound = |n: &Vec<u8>| {
                    let odd_and_whole = n.first().is_some_and(|b| *b >= 0x80) && n.last().is_some_and(|b| b & 1 == 1);
                    MODULUS_BYTES.contains(&n.len()) && odd_and_whole
                };
                let modulus = bytes("n").filter(sound).filter(|_| bytes("e").as_deref() == Some(&EXPONENT));
                modulus
                    .map(|modulus| Self::Rs256 { modulus })
                    .ok_or("an RSA key has 2,048 to 4,096 bits and the exponent 65,537 here")
            }
            _ => Err("it is no key of ES256, EdDSA or RS256"),
        }
    }

    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            // WebAuthn level 3 §6.5.5: ECDSA signatures are in ASN.1, the others as they are.
            Self::Es256(key) => {
                DerSignature::from_bytes(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            Self::EdDsa(key) => ed25519_dalek::Signature::from_slice(signature)
                .is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()),
            Self::Rs256 { modulus } => rs256(modulus, message, signature).unwrap_or_default(),
        }
    }
}

/// RFC 8017 §8.2.2, with the padding made anew and compared whole: nothing is read out of what the signature opens to.
fn rs256(modulus: &[u8], message: &[u8], signature: &[u8]) -> Option<bool> {
    // Step 1, and §5.2.2: as long as the modulus and below it; both are big-endian, so bytes compare as numbers do.
    if signature.len() != modulus.len() || signature >= modulus {
        return Some(false);
    }
    let bits = u32::try_from(modulus.len() * 8).ok()?;
    let number = |bytes| BoxedUint::from_be_slice(bytes, bits).ok();
    let n: Odd<BoxedUint> = Option::from(Odd::new(number(modulus)?))?;
    let params = BoxedMontyParams::new_vartime(n);
    let opened = BoxedMontyForm::new(number(signature)?, &params).pow(&number(&EXPONENT)?).retrieve();
    // §9.2: 0x00 0x01, 0xff to the length, 0x00, the digest with its name.
    let digest = Sha256::digest(message);
    let tail = SHA256_INFO.len() + digest.len();
    let mut padded = vec![0, 1];
    padded.resize(modulus.len().checked_sub(tail + 1)?, 0xff);
    padded.push(0);
    padded.extend_from_slice(&SHA256_INFO);
    padded.extend_from_slice(&digest);
    Some(opened == number(&padded)?)
}

#[cfg(test)]
mod tests;
