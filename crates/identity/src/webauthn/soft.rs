//! A passkey in software, for tests and the demo.

use super::{registration::Registration, site::Site};
use crate::{
    bytes::{base64url, from_base64url, sha256},
    key::{SigningKey, SigningKeyError},
};
use bailiwick_core::{Assertion, json::Json};

/// For tests and the demo: a key that a program holds is nobody's yes.
///
/// It makes real registrations and assertions (ES256, no attestation) that say that a person was verified, and nobody
/// was. It calls itself by [`SoftPasskey::MODEL`], so that an enrolment can be told as what it is.
#[derive(Debug)]
pub struct SoftPasskey {
    id: [u8; 32],
    key: SigningKey,
}

/// User present, user verified.
const FLAGS: u8 = 0x05;
/// And a new credential follows.
const FLAGS_NEW: u8 = 0x45;

impl SoftPasskey {
    /// What it names as the model of authenticator (AAGUID).
    pub const MODEL: [u8; 16] = *b"bailiwick soft 1";

    /// A new one out of the chance given; `fill` must be a cryptographic source where the key is to be secret.
    ///
    /// # Errors
    /// [`SigningKeyError::Chance`] when `fill` gives nothing that can be a key.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8; 32])) -> Result<Self, SigningKeyError> {
        let mut id = [0; 32];
        fill(&mut id);
        Ok(Self { id, key: SigningKey::generate(fill)? })
    }

    /// One whose key is already there, as from a file.
    pub fn of_key(key: SigningKey) -> Self {
        Self { id: *sha256(&[b"bailiwick soft passkey 1\0", key.thumbprint().as_str().as_bytes()]).bytes(), key }
    }

    /// Its credential id, as base64url.
    pub fn id(&self) -> String {
        base64url(&self.id)
    }

    /// What a browser at the first origin of `site` answers to `navigator.credentials.create` with this challenge.
    pub fn register(&self, site: &Site, challenge: &str) -> Registration {
        let mut data = auth_data(site, FLAGS_NEW);
        data.extend_from_slice(&Self::MODEL);
        // by INVARIANT of `id`: 32 bytes
        data.extend_from_slice(&[0, 32]);
        data.extend_from_slice(&self.id);
        data.extend_from_slice(&self.cose());
        // CBOR: {"fmt": "none", "attStmt": {}, "authData": h'…'}
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".to_vec();
        object.push(u8::try_from(data.len()).unwrap_or(u8::MAX));
        object.extend_from_slice(&data);
        let client_data = client_data("webauthn.create", challenge, site);
        Registration { id: self.id(), client_data: base64url(client_data.as_bytes()), attestation: base64url(&object) }
    }

    /// What a browser at the first origin of `site` answers to `navigator.credentials.get` with this challenge.
    ///
    /// # Errors
    /// [`SigningKeyError::Broken`] when the library cannot sign.
    pub fn sign(&self, site: &Site, challenge: &str) -> Result<Assertion, SigningKeyError> {
        let (client_data, data) = (client_data("webauthn.get", challenge, site), auth_data(site, FLAGS));
        let mut message = data.clone();
        message.extend_from_slice(sha256(&[client_data.as_bytes()]).bytes());
        Ok(Assertion {
            id: self.id(),
            authenticator_data: base64url(&data),
            client_data: base64url(client_data.as_bytes()),
            signature: base64url(&der(&self.key.sign(&message)?)),
        })
    }

    /// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y} (RFC 9053 §7.1).
    fn cose(&self) -> Vec<u8> {
        let mut cose = b"\xa5\x01\x02\x03\x26\x20\x01".to_vec();
        let mut point = self.key.public().sec1().unwrap_or_default().iter().skip(1).copied();
        for label in [0x21, 0x22] {
            cose.extend_from_slice(&[label, 0x58, 0x20]);
            cose.extend(point.by_ref().take(32));
        }
        cose
    }
}

/// The counter stays at zero: this authenticator does not count (§6.1.1).
fn auth_data(site: &Site, flags: u8) -> Vec<u8> {
    let mut data = sha256(&[site.rp_id().as_bytes()]).bytes().to_vec();
    data.extend_from_slice(&[flags, 0, 0, 0, 0]);
    data
}

/// In the order and form that §5.8.1.1 gives it.
fn client_data(kind: &str, challenge: &str, site: &Site) -> String {
    let challenge = from_base64url(challenge.as_bytes()).map_or_else(String::new, |bytes| base64url(&bytes));
    let origin = Json::from(site.origins().first().map_or("", String::as_str)).canonical();
    format!(r#"{{"type":"{kind}","challenge":"{challenge}","origin":{origin},"crossOrigin":false}}"#)
}

/// Two 32-byte numbers as ASN.1 wants them (X.690 §8.3: the fewest bytes, no sign).
fn der(fixed: &[u8; 64]) -> Vec<u8> {
    let mut body = Vec::with_capacity(70);
    for number in fixed.as_chunks::<32>().0 {
        let zeros = number.iter().take_while(|byte| **byte == 0).count().min(31);
        let digits = number.iter().skip(zeros).copied();
        let sign = digits.clone().next().filter(|byte| *byte >= 0x80).map(|_| 0);
        let length = 32 - zeros + usize::from(sign.is_some());
        body.extend_from_slice(&[2, u8::try_from(length).unwrap_or(u8::MAX)]);
        body.extend(sign.into_iter().chain(digits));
    }
    let mut out = vec![0x30, u8::try_from(body.len()).unwrap_or(u8::MAX)];
    out.append(&mut body);
    out
}

#[cfg(test)]
mod tests;
