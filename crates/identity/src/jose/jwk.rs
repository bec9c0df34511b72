//! Public keys: read from JWK (RFC 7517, RFC 7518 §6.2, RFC 8037 §2) or SPKI, printed as JWK, named by thumbprint.

use super::{
    claims::{present, some, strict},
    pem::{PemError, from_pem},
};
use crate::bytes::{base64url, fixed_base64url, sha256, take};
use aws_lc_rs::signature::{self, ParsedPublicKey};
use bailiwick_core::KeyThumbprint;
use serde::Deserialize;
use std::fmt;

/// What a key signs with. The key decides; a header can only agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyAlg {
    /// ECDSA on P-256 with SHA-256, the signature as two 32-byte numbers.
    Es256,
    /// Ed25519, called `EdDSA` by RFC 8037 and `Ed25519` by RFC 9864.
    Ed25519,
}

impl KeyAlg {
    /// The name in headers and key sets that we write.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Ed25519 => "EdDSA",
        }
    }

    /// Reads a header's `alg`. Case counts (RFC 7515 §4.1.1).
    pub(crate) fn read(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::Ed25519),
            _ => None,
        }
    }
}

/// Why a text is not a public key that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// Neither JWK nor PEM.
    #[error("the key is neither a JSON Web Key nor a PEM block `PUBLIC KEY`")]
    NotAKey,
    /// The key holds private members, which the sender must never give away.
    #[error("the key holds its private part, which must never leave its owner: make a new key")]
    Private,
    /// A kind of key that we do not verify with.
    #[error("the key's kind is not supported, expected P-256 (ES256) or Ed25519 (EdDSA)")]
    OtherKind,
    /// The key says that it is for another algorithm, or not for signatures.
    #[error("the key's own `alg` or `use` says that it is not for ES256 or EdDSA signatures")]
    OtherUse,
    /// Coordinates of the wrong length, or no point of the curve.
    #[error("the key's numbers are not a point of its curve")]
    NotOnCurve,
    /// Larger than any key of these kinds.
    #[error("the key has {bytes} bytes, the limit is {bytes_max}")]
    TooLong {
        /// How many came.
        bytes: usize,
        /// How many are read.
        bytes_max: usize,
    },
}

/// More than any JWK or PEM of one public key with the usual extra members.
const KEY_BYTES_MAX: usize = 4096;

/// DER of an SPKI up to the point: P-256 with an uncompressed point (RFC 5480), then Ed25519 (RFC 8410).
const SPKI_P256: [u8; 27] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
];
const SPKI_ED25519: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Point {
    P256 { x: [u8; 32], y: [u8; 32] },
    Ed25519 { x: [u8; 32] },
}

/// A key that signatures are checked with: a point of its curve, with the one algorithm that it is for.
#[derive(Clone)]
pub struct PublicKey {
    point: Point,
    verifier: ParsedPublicKey,
    thumbprint: KeyThumbprint,
}

/// A JWK as it came. Members that we do not know are ignored (RFC 7517 §4).
#[derive(Deserialize)]
pub(crate) struct RawJwk {
    kty: String,
    #[serde(default, deserialize_with = "some")]
    crv: Option<String>,
    #[serde(default, deserialize_with = "some")]
    x: Option<String>,
    #[serde(default, deserialize_with = "some")]
    y: Option<String>,
    #[serde(default, deserialize_with = "some")]
    alg: Option<String>,
    #[serde(default, rename = "use", deserialize_with = "some")]
    usage: Option<String>,
    // Private or symmetric members of any kind of key (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
    #[serde(default, deserialize_with = "present")]
    d: bool,
    #[serde(default, deserialize_with = "present")]
    k: bool,
    #[serde(default, deserialize_with = "present")]
    p: bool,
    #[serde(default, deserialize_with = "present")]
    q: bool,
}

impl RawJwk {
    pub(crate) fn key(&self) -> Result<PublicKey, PublicKeyError> {
        if self.d || self.k || self.p || self.q {
            return Err(PublicKeyError::Private);
        }
        let coordinate =
            |text: &Option<String>| text.as_deref().and_then(fixed_base64url::<32>).ok_or(PublicKeyError::NotOnCurve);
        let point = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => Point::P256 { x: coordinate(&self.x)?, y: coordinate(&self.y)? },
            ("OKP", Some("Ed25519")) => Point::Ed25519 { x: coordinate(&self.x)? },
            _ => return Err(PublicKeyError::OtherKind),
        };
        let key = PublicKey::new(point)?;
        let other_alg = self.alg.as_deref().is_some_and(|name| KeyAlg::read(name) != Some(key.alg()));
        if other_alg || self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(PublicKeyError::OtherUse);
        }
        Ok(key)
    }
}

impl PublicKey {
    fn new(point: Point) -> Result<Self, PublicKeyError> {
        // The parser of the library checks that the point is on the curve.
        let (parsed, thumbprint) = match &point {
            Point::P256 { x, y } => {
                let mut sec1 = [4u8; 65];
                for (slot, byte) in sec1.iter_mut().skip(1).zip(x.iter().chain(y)) {
                    *slot = *byte;
                }
                let members = [("crv", "P-256"), ("kty", "EC"), ("x", &*base64url(x)), ("y", &*base64url(y))].map(own);
                (ParsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, sec1), thumbprint(&members))
            }
            Point::Ed25519 { x } => {
                let members = [("crv", "Ed25519"), ("kty", "OKP"), ("x", &*base64url(x))].map(own);
                (ParsedPublicKey::new(&signature::ED25519, x), thumbprint(&members))
            }
        };
        let verifier = parsed.map_err(|_| PublicKeyError::NotOnCurve)?;
        let thumbprint = KeyThumbprint::parse(&thumbprint).map_err(|_| PublicKeyError::NotOnCurve)?;
        Ok(Self { point, verifier, thumbprint })
    }

    /// Reads an agent's key as it stands in a file: one JWK, or one PEM block `PUBLIC KEY`.
    ///
    /// # Errors
    /// [`PublicKeyError`] naming what stood there instead; a private key is refused as such.
    pub fn parse(text: &[u8]) -> Result<Self, PublicKeyError> {
        if text.len() > KEY_BYTES_MAX {
            return Err(PublicKeyError::TooLong { bytes: text.len(), bytes_max: KEY_BYTES_MAX });
        }
        if text.trim_ascii_start().starts_with(b"{") { Self::from_jwk(text) } else { Self::from_spki_pem(text) }
    }

    fn from_jwk(json: &[u8]) -> Result<Self, PublicKeyError> {
        strict::<RawJwk>(json).ok_or(PublicKeyError::NotAKey)?.key()
    }

    fn from_spki_pem(text: &[u8]) -> Result<Self, PublicKeyError> {
        let der = from_pem("PUBLIC KEY", text).map_err(|error| match error {
            PemError::OtherLabel { private: true } => PublicKeyError::Private,
            _ => PublicKeyError::NotAKey,
        })?;
        Self::from_spki(&der)
    }

    /// Reads the one DER form of an SPKI of each kind. RFC 5480 §2.2 also knows compressed points: we refuse more.
    fn from_spki(der: &[u8]) -> Result<Self, PublicKeyError> {
        if let Some(mut rest) = der.strip_prefix(SPKI_P256.as_slice()) {
            let (x, y) = (take(&mut rest), take(&mut rest));
            let (Some(x), Some(y), true) = (x, y, rest.is_empty()) else { return Err(PublicKeyError::NotOnCurve) };
            return Self::new(Point::P256 { x, y });
        }
        if let Some(mut rest) = der.strip_prefix(SPKI_ED25519.as_slice()) {
            let (Some(x), true) = (take(&mut rest), rest.is_empty()) else { return Err(PublicKeyError::NotOnCurve) };
            return Self::new(Point::Ed25519 { x });
        }
        Err(PublicKeyError::OtherKind)
    }

    /// The uncompressed point of SEC 1 §2.3.3 as our own signing keys have it.
    pub(crate) fn from_sec1(mut bytes: &[u8]) -> Result<Self, PublicKeyError> {
        let (tag, x, y) = (take::<1>(&mut bytes), take(&mut bytes), take(&mut bytes));
        let (Some([4]), Some(x), Some(y), true) = (tag, x, y, bytes.is_empty()) else {
            return Err(PublicKeyError::NotOnCurve);
        };
        Self::new(Point::P256 { x, y })
    }

    /// The uncompressed point, if this is a P-256 key.
    pub(crate) fn sec1(&self) -> Option<&[u8]> {
        match self.point {
            Point::P256 { .. } => Some(self.verifier.as_ref()),
            Point::Ed25519 { .. } => None,
        }
    }

    /// The point as RFC 8032 writes it, if this is an Ed25519 key.
    pub(crate) const fn ed25519(&self) -> Option<[u8; 32]> {
        match self.point {
            Point::P256 { .. } => None,
            Point::Ed25519 { x } => Some(x),
        }
    }

    /// The only algorithm that this key verifies.
    pub const fn alg(&self) -> KeyAlg {
        match self.point {
            Point::P256 { .. } => KeyAlg::Es256,
            Point::Ed25519 { .. } => KeyAlg::Ed25519,
        }
    }

    /// The RFC 7638 SHA-256 thumbprint, which is also the key's id in our key sets.
    pub const fn thumbprint(&self) -> &KeyThumbprint {
        &self.thumbprint
    }

    /// Whether `signature` is this key's over `message`.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifier.verify_sig(message, signature).is_ok()
    }

    /// The members that RFC 7638 §3.2 hashes, and nothing else: what a proof's header carries.
    pub fn to_jwk(&self) -> String {
        jwk_json(&self.members())
    }

    pub(crate) fn members(&self) -> Vec<(&'static str, String)> {
        match &self.point {
            Point::P256 { x, y } => {
                [("crv", "P-256"), ("kty", "EC"), ("x", &*base64url(x)), ("y", &*base64url(y))].map(own).to_vec()
            }
            Point::Ed25519 { x } => [("crv", "Ed25519"), ("kty", "OKP"), ("x", &*base64url(x))].map(own).to_vec(),
        }
    }
}

fn own((name, value): (&'static str, &str)) -> (&'static str, String) {
    (name, value.to_owned())
}

/// Members whose names and values need no escape, in the order given.
pub(crate) fn jwk_json(members: &[(&'static str, String)]) -> String {
    let inner: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect();
    format!("{{{}}}", inner.join(","))
}

/// RFC 7638 §3: SHA-256 over the required members, sorted by name, without white space.
pub(crate) fn thumbprint(sorted: &[(&'static str, String)]) -> String {
    base64url(sha256(&[jwk_json(sorted).as_bytes()]).bytes())
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point
    }
}
impl Eq for PublicKey {}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({}, {})", self.alg().as_str(), self.thumbprint)
    }
}

#[cfg(test)]
mod tests;
