//! A yes by a passkey (WebAuthn level 3 §7.2), step by step.

use super::{
    auth_data::AuthData,
    client_data::ClientData,
    key::PasskeyKey,
    refusal::PasskeyRefusal,
    registration::{bounded, decoded},
    site::Site,
};
use crate::{bytes::sha256, challenge::Challenge};
use bailiwick_core::{Assertion, Digest, Passkey};

/// A verified person's signature over a challenge. Exists only after every step has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signed {
    challenge: Digest,
    counter: u32,
    backed_up: bool,
}

impl Signed {
    /// SHA-256 of the challenge. A signature has other encodings, and a passkey signs again when it is asked: what one
    /// challenge is good for once is told by this.
    pub const fn challenge(&self) -> Digest {
        self.challenge
    }
    /// How often the authenticator says that it signed; zero where it does not count. Told, not judged (step 22):
    /// passkeys with copies do not count, and an old copy that signs looks like one that was restored.
    pub const fn counter(&self) -> u32 {
        self.counter
    }
    /// Whether the passkey says that it has copies elsewhere.
    pub const fn backed_up(&self) -> bool {
        self.backed_up
    }
}

/// Checks that `passkey` signed `challenge` at `site`, with its person verified. Whose passkey it is, and that it still
/// counts, the caller knows (steps 5 and 6).
///
/// # Errors
/// [`PasskeyRefusal`] for the first step that it fails.
pub fn check_passkey(
    site: &Site,
    challenge: &Challenge<'_>,
    passkey: &Passkey,
    given: &Assertion,
) -> Result<Signed, PasskeyRefusal> {
    let parts = [&given.id, &given.client_data, &given.authenticator_data, &given.signature];
    bounded("the passkey's answer", parts.map(|part| part.len()).iter().sum(), Assertion::CHARS_MAX)?;
    // Steps 5 to 7: the credential that it names is the one whose key is used.
    if given.id != passkey.id {
        return Err(PasskeyRefusal::OtherPasskey);
    }
    let key = PasskeyKey::from_jwk(&passkey.key)?;
    let client_data = decoded("the browser's data", &given.client_data)?;
    let auth_data = decoded("the authenticator's data", &given.authenticator_data)?;
    let signature = decoded("the signature", &given.signature)?;
    // Steps 8 to 14: what the browser says.
    let challenge = ClientData::read(&client_data)?.check("webauthn.get", challenge, site)?;
    // Steps 15 to 18: whose site, and whether the person was verified.
    let data = AuthData::read(&auth_data)?;
    data.check(site)?;
    // Steps 20 and 21: one signature over both.
    let mut message = auth_data.clone();
    message.extend_from_slice(sha256(&[&client_data]).bytes());
    if !key.verifies(&message, &signature) {
        return Err(PasskeyRefusal::BadSignature);
    }
    Ok(Signed { challenge, counter: data.counter, backed_up: data.backed_up() })
}

#[cfg(test)]
mod tests;
