//! Compact JWS (RFC 7515 §3.1), as little of it as we need.

use super::{
    claims::{Obj, present, some, strict},
    jwk::{KeyAlg, PublicKey, PublicKeyError, RawJwk},
};
use crate::{
    bytes::{base64url, from_base64url},
    foreign::Foreign,
    key::{SigningKey, SigningKeyError},
};
use serde::{Deserialize, de::DeserializeOwned};
use std::sync::Arc;

/// A token, proof or assertion longer than this is not read.
pub const JOSE_BYTES_MAX: usize = 16 * 1024;

/// What a proof may be signed with, as metadata lists it: RFC 9864's name and RFC 8037's for the second.
pub const PROOF_ALGS: &[&str] = &["ES256", "Ed25519", "EdDSA"];

/// Why a text is not the signed message that it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JoseError {
    /// Longer than we read.
    #[error("{bytes} bytes, the limit is {bytes_max}")]
    TooLong {
        /// How many came.
        bytes: usize,
        /// How many are read.
        bytes_max: usize,
    },
    /// Not three parts of base64url between two dots.
    #[error("not three parts of base64url without padding")]
    NotCompact,
    /// The header is no JSON object with an `alg`, names a member twice, or has a member of the wrong type.
    #[error("the header is not one JSON object of known types without repeated members")]
    BadHeader,
    /// The payload is no JSON object with the members it needs.
    #[error("the payload is not one JSON object with the required members, each once and of its type")]
    BadPayload,
    /// The header asks for an extension that we would have to understand.
    #[error("the header has `crit`, no extension is understood")]
    Critical,
    /// The header brings or points to a key where the key must come from us.
    #[error("the header has `{member}`, which is never followed here")]
    ForeignKey {
        /// Which one.
        member: &'static str,
    },
    /// `none`, a keyed hash, or another algorithm that is not on the list.
    #[error("the algorithm is not supported, expected ES256 or EdDSA")]
    AlgNotAllowed,
    /// The header names another algorithm than the one that the key is for.
    #[error("the header says {header} but the key is for {key}", header = .header.as_str(), key = .key.as_str())]
    AlgOfOtherKey {
        /// By the header.
        header: KeyAlg,
        /// By the key.
        key: KeyAlg,
    },
    /// Another type of message, which may be good elsewhere.
    #[error("the type is `{found}`, expected `{expected}`")]
    OtherType {
        /// What the header says.
        found: Foreign,
        /// What is read here.
        expected: &'static str,
    },
    /// A proof without its key.
    #[error("the header has no `jwk`")]
    NoKey,
    /// A proof with a key that we cannot take.
    #[error(transparent)]
    Key(#[from] PublicKeyError),
    /// The signature is not the key's.
    #[error("the signature does not match")]
    BadSignature,
}

/// Where the key of a message comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyIs {
    /// In the header: only a proof of possession, which says nothing but "the holder of this key".
    InHeader,
    /// Known to us; a header that brings one is refused.
    Known,
}

/// What one kind of message looks like.
pub(crate) struct Shape {
    /// Accepted values of `typ`; the first is the one that we write.
    pub(crate) typ: &'static [&'static str],
    /// Whether `typ` may be missing.
    pub(crate) typ_optional: bool,
    pub(crate) algs: &'static [KeyAlg],
    pub(crate) key: KeyIs,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default, deserialize_with = "some")]
    typ: Option<String>,
    #[serde(default, deserialize_with = "some")]
    kid: Option<String>,
    #[serde(default, deserialize_with = "some")]
    jwk: Option<Obj<RawJwk>>,
    #[serde(default, deserialize_with = "present")]
    crit: bool,
    #[serde(default, deserialize_with = "present")]
    jku: bool,
    #[serde(default, deserialize_with = "present")]
    x5u: bool,
    #[serde(default, deserialize_with = "present")]
    x5c: bool,
}

/// A header that was read and good, by its text: the same text says the same again.
#[derive(Debug)]
pub(crate) struct Known {
    text: Box<[u8]>,
    alg: KeyAlg,
    jwk: Arc<PublicKey>,
}

/// A message whose form is right and whose signature is not yet checked.
#[derive(Debug)]
pub(crate) struct Jws<'a> {
    signed: &'a [u8],
    header: &'a [u8],
    alg: KeyAlg,
    pub(crate) kid: Option<String>,
    pub(crate) jwk: Option<Arc<PublicKey>>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    pub(crate) fn parse(text: &'a [u8], shape: &Shape) -> Result<Self, JoseError> {
        Self::parse_known(text, shape, None)
    }

    /// As [`Jws::parse`]; a header that is `known`, of a message of this shape with its key in it, is not read again.
    pub(crate) fn parse_known(text: &'a [u8], shape: &Shape, known: Option<&Known>) -> Result<Self, JoseError> {
        if text.len() > JOSE_BYTES_MAX {
            return Err(JoseError::TooLong { bytes: text.len(), bytes_max: JOSE_BYTES_MAX });
        }
        let mut parts = text.rsplitn(2, |b| *b == b'.');
        let (Some(signature), Some(signed)) = (parts.next(), parts.next()) else { return Err(JoseError::NotCompact) };
        let mut parts = signed.split(|b| *b == b'.');
        let (Some(header), Some(payload), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(JoseError::NotCompact);
        };
        let decode = |part: &[u8]| from_base64url(part).ok_or(JoseError::NotCompact);
        if let Some(known) = known.filter(|known| *known.text == *header) {
            let (payload, signature) = (decode(payload)?, decode(signature)?);
            let jwk = Some(Arc::clone(&known.jwk));
            return Ok(Self { signed, header, alg: known.alg, kid: None, jwk, payload, signature });
        }
        let (read, payload, signature) = (decode(header)?, decode(payload)?, decode(signature)?);
        let read: Header = strict(&read).ok_or(JoseError::BadHeader)?;
        let (alg, jwk) = read_header(&read, shape)?;
        Ok(Self { signed, header, alg, kid: read.kid, jwk: jwk.map(Arc::new), payload, signature })
    }

    /// How long its header is, as sent.
    pub(crate) const fn header_bytes(&self) -> usize {
        self.header.len()
    }

    /// Its header, to be known from now on. Only of a message whose signature was checked by `key`, its own.
    pub(crate) fn known(&self, key: &Arc<PublicKey>) -> Known {
        Known { text: self.header.into(), alg: self.alg, jwk: Arc::clone(key) }
    }

    /// The payload's members, still unproven.
    pub(crate) fn claims<T: DeserializeOwned>(&self) -> Result<T, JoseError> {
        strict(&self.payload).ok_or(JoseError::BadPayload)
    }

    pub(crate) fn verify(&self, key: &PublicKey) -> Result<(), JoseError> {
        // RFC 8725 §3.1: the algorithm is the key's, whatever the header says.
        if key.alg() != self.alg {
            return Err(JoseError::AlgOfOtherKey { header: self.alg, key: key.alg() });
        }
        if key.verifies(self.signed, &self.signature) { Ok(()) } else { Err(JoseError::BadSignature) }
    }
}

fn read_header(header: &Header, shape: &Shape) -> Result<(KeyAlg, Option<PublicKey>), JoseError> {
    // RFC 7515 §4.1.11: a critical extension that is not understood makes the message invalid.
    if header.crit {
        return Err(JoseError::Critical);
    }
    // RFC 7515 §4 lets a receiver ignore these. We refuse more than that: who sends them expects them to be followed.
    let brought = [("jku", header.jku), ("x5u", header.x5u), ("x5c", header.x5c)];
    if let Some((member, _)) = brought.into_iter().find(|(_, there)| *there) {
        return Err(JoseError::ForeignKey { member });
    }
    let alg = KeyAlg::read(&header.alg).filter(|alg| shape.algs.contains(alg)).ok_or(JoseError::AlgNotAllowed)?;
    // RFC 8725 §3.11: explicit types keep one kind of message from being taken for another.
    let typ_fits = match &header.typ {
        Some(typ) => shape.typ.contains(&typ.as_str()),
        None => shape.typ_optional,
    };
    if !typ_fits {
        let found = Foreign::new(header.typ.as_deref().unwrap_or(""));
        return Err(JoseError::OtherType { found, expected: shape.typ.first().copied().unwrap_or("") });
    }
    let jwk = match (shape.key, &header.jwk) {
        (KeyIs::InHeader, Some(Obj(raw))) => Some(raw.key()?),
        (KeyIs::InHeader, None) => return Err(JoseError::NoKey),
        (KeyIs::Known, Some(_)) => return Err(JoseError::ForeignKey { member: "jwk" }),
        (KeyIs::Known, None) => None,
    };
    if let Some(key) = jwk.as_ref().filter(|key| key.alg() != alg) {
        return Err(JoseError::AlgOfOtherKey { header: alg, key: key.alg() });
    }
    Ok((alg, jwk))
}

/// Writes and signs one message; `header` and `payload` are JSON of ours.
pub(crate) fn sign(key: &SigningKey, header: &str, payload: &[u8]) -> Result<String, SigningKeyError> {
    let mut text = format!("{}.{}", base64url(header.as_bytes()), base64url(payload));
    let signature = key.sign(text.as_bytes())?;
    text.push('.');
    text.push_str(&base64url(&signature));
    Ok(text)
}

#[cfg(test)]
mod tests;
