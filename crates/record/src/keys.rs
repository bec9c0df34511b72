//! Keys: a root key wraps tenant keys, they wrap data keys. Rotation wraps again; what a data key sealed stays as it is.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use bailiwick_core::{Digest, StreamId, TenantId};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

const WRAP: &[u8] = b"bailiwick/wrap/1\0";
const SUBKEY: &[u8] = b"bailiwick/subkey/1\0";
const KEYED: &[u8] = b"bailiwick/keyed/1\0";
/// The first byte of every wrapped key: AES-256-GCM with a random nonce before it.
const WRAP_FORMAT: u8 = 1;
const NONCE_BYTES: usize = 12;
const TAG_BYTES: usize = 16;
/// Bytes of a wrapped key: format, nonce, key, tag.
pub const WRAPPED_BYTES: usize = 1 + NONCE_BYTES + 32 + TAG_BYTES;

/// Why a key could not be made, wrapped or opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyError {
    /// The system gave no randomness.
    NoRandom,
    /// It was wrapped by a version of the key that is not here.
    Version(i32),
    /// It was not wrapped by this key under this name, or was changed since.
    NotOurs,
    /// The bytes have not the form of a wrapped key.
    Form,
    /// The key service failed; what it said.
    Service(String),
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRandom => f.write_str("the system gave no random bytes"),
            Self::Version(version) => write!(f, "version `{version}` of the wrapping key is not here"),
            Self::NotOurs => f.write_str("the wrapped key is of another key or name, or was changed"),
            Self::Form => f.write_str("not a wrapped key"),
            Self::Service(why) => write!(f, "the key service failed: {why}"),
        }
    }
}

impl std::error::Error for KeyError {}

/// Where randomness comes from: fills the bytes or says no.
pub type Fill<'a> = &'a dyn Fn(&mut [u8]) -> Result<(), KeyError>;

/// The system's randomness.
///
/// # Errors
/// [`KeyError::NoRandom`] when the system has none to give.
pub fn system_random(out: &mut [u8]) -> Result<(), KeyError> {
    aws_lc_rs::rand::fill(out).map_err(|_| KeyError::NoRandom)
}

/// 32 secret bytes, wiped when dropped.
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// Takes the bytes and wipes where they came from.
    #[must_use]
    pub fn take(bytes: &mut [u8; 32]) -> Self {
        let secret = Self(Zeroizing::new(*bytes));
        bytes.zeroize();
        secret
    }
    /// Draws a fresh one.
    ///
    /// # Errors
    /// [`KeyError`] when there is no randomness.
    pub fn draw(fill: Fill<'_>) -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        fill(bytes.as_mut_slice())?;
        Ok(Self(bytes))
    }
    /// The bytes, for a cipher or a file of keys.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// HMAC-SHA-256 over the pieces, one after another.
pub(crate) fn hmac_of(key: &[u8], pieces: &[&[u8]]) -> Secret {
    hmac_by(&hmac::Key::new(hmac::HMAC_SHA256, key), pieces.iter().copied())
}

fn hmac_by<'a>(key: &hmac::Key, pieces: impl Iterator<Item = &'a [u8]>) -> Secret {
    let mut context = hmac::Context::with_key(key);
    pieces.for_each(|piece| context.update(piece));
    let mut out = Zeroizing::new([0; 32]);
    out.copy_from_slice(context.sign().as_ref());
    Secret(out)
}

/// What the first half of HKDF-SHA256 comes to, ready to be expanded many times. The library wipes it when dropped.
#[derive(Debug)]
pub(crate) struct Extracted(hmac::Key);

impl Extracted {
    fn of(secret: &Secret) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.expose()))
    }
}

/// HKDF-SHA256, its first half: the name of the use is the salt (RFC 5869, 2.2).
pub(crate) fn extract(name: &[u8], key: &Secret) -> Extracted {
    Extracted::of(&hmac_of(name, &[key.expose()]))
}

/// HKDF-SHA256, its second half, for 32 bytes: one block (RFC 5869, 2.3).
pub(crate) fn expand(extracted: &Extracted, info: &[&[u8]]) -> Secret {
    hmac_by(&extracted.0, info.iter().copied().chain([[1_u8].as_slice()]))
}

fn cipher(key: &Secret) -> Result<LessSafeKey, KeyError> {
    UnboundKey::new(&AES_256_GCM, key.expose()).map(LessSafeKey::new).map_err(|_| KeyError::Form)
}

/// Encrypts in place and appends the tag. A nonce is never used twice with one key.
pub(crate) fn encrypt(key: &Secret, nonce: [u8; 12], aad: &[u8], bytes: &mut Vec<u8>) -> Result<(), KeyError> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    cipher(key)?.seal_in_place_append_tag(nonce, Aad::from(aad), bytes).map_err(|_| KeyError::Form)
}

/// Decrypts in place; the answer is a part of `bytes`.
pub(crate) fn decrypt<'a>(
    key: &Secret,
    nonce: [u8; 12],
    aad: &[u8],
    bytes: &'a mut [u8],
) -> Result<&'a [u8], KeyError> {
    let nonce = Nonce::assume_unique_for_key(nonce);
    let opened = cipher(key)?.open_in_place(nonce, Aad::from(aad), bytes).map_err(|_| KeyError::NotOurs)?;
    Ok(opened)
}

/// A keyed hash, `HMAC-SHA-256(key, "bailiwick/keyed/1" 0x00, length of domain (u32be), domain, bytes)`: what is
/// hashed can be compared, and guessed only by who holds the key.
#[must_use]
pub fn keyed_hash(key: &Secret, domain: &str, bytes: &[u8]) -> Digest {
    let length = crate::hash::length(domain.as_bytes());
    Digest::new(*hmac_of(key.expose(), &[KEYED, &length, domain.as_bytes(), bytes]).expose())
}

/// Which key is wrapped. It is authenticated with it, so that no wrapped key passes for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyName {
    /// A version of a tenant's key.
    Tenant {
        /// Whose.
        tenant: TenantId,
        /// Which version.
        version: i32,
    },
    /// A data key.
    Data {
        /// Whose.
        tenant: TenantId,
        /// The stream's or the person's id.
        id: StreamId,
    },
}

impl KeyName {
    /// `"bailiwick/wrap/1" 0x00, level (1 or 2), tenant (16), id (16; zero for a tenant key), version (i32be; 0 for a
    /// data key), version of the wrapping key (i32be)`.
    fn bytes(&self, by: i32) -> Vec<u8> {
        let (level, tenant, id, version) = match self {
            Self::Tenant { tenant, version } => (1_u8, tenant, &[0; 16], *version),
            Self::Data { tenant, id } => (2, tenant, id.bytes(), 0),
        };
        [WRAP, &[level], tenant.bytes(), id, &version.to_be_bytes(), &by.to_be_bytes()].concat()
    }
}

/// A wrapped key, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrapped {
    /// The version of the key that wraps it.
    pub by: i32,
    /// Format, nonce, encrypted key and tag.
    pub bytes: Vec<u8>,
}

/// Wraps by AES-256-GCM with a random nonce: one key may wrap 2^32 times.
pub(crate) fn wrap(by: i32, with: &Secret, name: &KeyName, key: &Secret, fill: Fill<'_>) -> Result<Wrapped, KeyError> {
    let mut nonce = [0; NONCE_BYTES];
    fill(&mut nonce)?;
    let mut sealed = Vec::with_capacity(32 + TAG_BYTES);
    sealed.extend_from_slice(key.expose());
    encrypt(with, nonce, &name.bytes(by), &mut sealed)?;
    Ok(Wrapped { by, bytes: [[WRAP_FORMAT].as_slice(), &nonce, &sealed].concat() })
}

pub(crate) fn unwrap(with: &Secret, name: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
    let rest = wrapped.bytes.strip_prefix(&[WRAP_FORMAT]).ok_or(KeyError::Form)?;
    let (nonce, sealed) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(KeyError::Form)?;
    if sealed.len() != 32 + TAG_BYTES {
        return Err(KeyError::Form);
    }
    let mut sealed = Zeroizing::new(sealed.to_vec());
    let opened = decrypt(with, *nonce, &name.bytes(wrapped.by), &mut sealed)?;
    let mut bytes = Zeroizing::new([0; 32]);
    bytes.copy_from_slice(opened);
    Ok(Secret(bytes))
}

/// The key above all: a file, or a key service. It wraps tenant keys only.
pub trait Root: Send + Sync {
    /// The version that wraps now.
    fn version(&self) -> i32;

    /// A keyed digest that tells that version from another key of the same number, and gives nothing of it away.
    fn mark(&self) -> Digest;

    /// Wraps a key under its name.
    ///
    /// # Errors
    /// [`KeyError`] when there is no randomness or the service fails.
    fn wrap(&self, name: &KeyName, key: &Secret, fill: Fill<'_>) -> Result<Wrapped, KeyError>;

    /// Opens what any version of it wrapped.
    ///
    /// # Errors
    /// [`KeyError`] when it was not wrapped by it under this name.
    fn unwrap(&self, name: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError>;
}

/// One version of a tenant's key: wraps data keys, and other keys are derived from it.
#[derive(Debug)]
pub struct TenantKey {
    tenant: TenantId,
    version: i32,
    secret: Secret,
}

impl TenantKey {
    /// Draws a fresh one and wraps it by the root.
    ///
    /// # Errors
    /// [`KeyError`] when there is no randomness or the root fails.
    pub fn draw(root: &dyn Root, tenant: TenantId, version: i32, fill: Fill<'_>) -> Result<(Self, Wrapped), KeyError> {
        let key = Self { tenant, version, secret: Secret::draw(fill)? };
        let wrapped = key.wrapped(root, fill)?;
        Ok((key, wrapped))
    }

    /// Opens a stored one.
    ///
    /// # Errors
    /// [`KeyError`] when the root did not wrap it as this tenant's and this version.
    pub fn open(root: &dyn Root, tenant: TenantId, version: i32, wrapped: &Wrapped) -> Result<Self, KeyError> {
        Ok(Self { tenant, version, secret: root.unwrap(&KeyName::Tenant { tenant, version }, wrapped)? })
    }

    /// Wraps it by the root as it is now: after the root was rotated.
    ///
    /// # Errors
    /// [`KeyError`] when there is no randomness or the root fails.
    pub fn wrapped(&self, root: &dyn Root, fill: Fill<'_>) -> Result<Wrapped, KeyError> {
        root.wrap(&KeyName::Tenant { tenant: self.tenant, version: self.version }, &self.secret, fill)
    }

    /// Its version.
    #[must_use]
    pub const fn version(&self) -> i32 {
        self.version
    }

    /// Wraps the data key of a stream or a person.
    ///
    /// # Errors
    /// [`KeyError`] when there is no randomness.
    pub fn wrap(&self, id: StreamId, key: &Secret, fill: Fill<'_>) -> Result<Wrapped, KeyError> {
        wrap(self.version, &self.secret, &KeyName::Data { tenant: self.tenant, id }, key, fill)
    }

    /// Opens a data key.
    ///
    /// # Errors
    /// [`KeyError`] when this version did not wrap it under this id.
    pub fn unwrap(&self, id: StreamId, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        if wrapped.by != self.version {
            return Err(KeyError::Version(wrapped.by));
        }
        unwrap(&self.secret, &KeyName::Data { tenant: self.tenant, id }, wrapped)
    }

    /// A key for one use of this tenant, such as `idempotency` or `nonce`: HKDF-SHA256 of this key over the tenant, the
    /// length of the use's name (u32be), the name, and what else tells it apart.
    #[must_use]
    pub fn subkey(&self, purpose: &str, context: &[u8]) -> Secret {
        let extracted = extract(SUBKEY, &self.secret);
        let length = crate::hash::length(purpose.as_bytes());
        expand(&extracted, &[self.tenant.bytes(), &length, purpose.as_bytes(), context])
    }
}

#[cfg(test)]
mod tests;
