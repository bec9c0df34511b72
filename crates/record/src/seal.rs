//! The fields of an event that can be erased: committed to one by one, sealed together, opened alone or all.
//!
//! From the data key, by HKDF-SHA256 with salt `"bailiwick/seal/1" 0x00`:
//! * the blind of a field: info `"blind" 0x00, stream (16), seq (u64be), pointer`;
//! * the key of a body: info `"body" 0x00, stream (16), seq (u64be), commit (32)`.
//!
//! `commit = SHA-256("bailiwick/commit/1" 0x00, number of fields (u32be), then for each field, sorted by the bytes of its
//! pointer: length of pointer (u32be), pointer, HMAC-SHA-256(blind, value))`.
//!
//! `sealed = 0x01, AES-256-GCM(key of the body, nonce of zeroes, aad, fields)` with its tag, where `fields` are, sorted as
//! above: number (u32be), then length of pointer (u32be), pointer, length of value (u32be), value; and `aad` is
//! `"bailiwick/sealed/1" 0x00, tenant (16), stream (16), seq (u64be), commit (32)`.
//!
//! The nonce may be fixed because the key is used for one content only: it is derived from the commitment. Stream and seq
//! would not do: an event that met a conflict is decided again and sealed again, with other fields at the same seq. The
//! same fields sealed again are the same bytes. And since the commitment needs nothing of `clear`, body and commitment
//! are made first, and the commitment stands inside `clear`.

use crate::hash::{length, sha256_of};
use crate::keys::{Extracted, Secret, decrypt, encrypt, expand, extract, hmac_of};
use bailiwick_core::{Digest, StreamId, TenantId};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

const SALT: &[u8] = b"bailiwick/seal/1\0";
const BLIND: &[u8] = b"blind\0";
const BODY: &[u8] = b"body\0";
const COMMIT: &[u8] = b"bailiwick/commit/1\0";
const AAD: &[u8] = b"bailiwick/sealed/1\0";
const SEALED_FORMAT: u8 = 1;
const NONCE: [u8; 12] = [0; 12];
/// The most fields of one event that can be sealed.
pub const FIELDS_MAX: usize = 1024;
/// The most bytes a field's pointer may have.
pub const POINTER_BYTES_MAX: usize = 1024;
/// The most bytes of a body, sealed.
pub const SEALED_BYTES_MAX: usize = 256 << 10;

/// One field: where it stands in the event, and its canonical bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its JSON Pointer.
    pub pointer: &'a str,
    /// Its value, in the one form it is always written in.
    pub value: &'a [u8],
}

impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field").field("pointer", &self.pointer).finish_non_exhaustive()
    }
}

/// Why fields cannot be sealed, or what was sealed cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealError {
    /// No fields at all: then there is no body.
    Empty,
    /// More fields or bytes than a body may have.
    TooLarge,
    /// Two fields have one pointer.
    Twice(String),
    /// No field has this pointer.
    Absent(String),
    /// It was not sealed by this key at this place with this commitment, or was changed since.
    NotOurs,
    /// The fields, the field or the list do not make this commitment.
    Commit,
    /// The bytes have not the form of a body.
    Form,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("there are no fields to seal"),
            Self::TooLarge => write!(f, "a body has at most {FIELDS_MAX} fields and {SEALED_BYTES_MAX} bytes"),
            Self::Twice(pointer) => write!(f, "the field `{pointer}` is given twice"),
            Self::Absent(pointer) => write!(f, "there is no field `{pointer}`"),
            Self::NotOurs => f.write_str("the body was sealed by another key or for another event, or was changed"),
            Self::Commit => f.write_str("the fields do not make the commitment of the event"),
            Self::Form => f.write_str("not a sealed body"),
        }
    }
}

impl std::error::Error for SealError {}

/// A body and what commits to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// Encrypted and authenticated: what is stored and can be dropped.
    pub bytes: Vec<u8>,
    /// What stands inside `clear` for ever.
    pub commit: Digest,
}

/// A field that was opened, with the blind that proves it.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// Where it stands in the event.
    pub pointer: String,
    /// Its canonical bytes.
    pub value: Zeroizing<Vec<u8>>,
    /// Its blind. Who has it can check guesses at the value.
    pub blind: Digest,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("pointer", &self.pointer).finish_non_exhaustive()
    }
}

/// Shows one field without the others: its blind, and what is committed of every field.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldProof {
    /// The blind of the one field.
    pub blind: Digest,
    /// Every field's pointer and keyed hash, sorted. Nothing can be learnt from the hashes without the blinds.
    pub fields: Vec<(String, Digest)>,
}

impl fmt::Debug for FieldProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldProof").field("fields", &self.fields).finish_non_exhaustive()
    }
}

/// Seals and opens the body of one event.
#[derive(Debug)]
pub struct Sealer {
    tenant: TenantId,
    stream: StreamId,
    seq: [u8; 8],
    extracted: Extracted,
}

impl Sealer {
    /// For the event at this place, under this data key.
    #[must_use]
    pub fn new(key: &Secret, tenant: TenantId, stream: StreamId, seq: u64) -> Self {
        Self { tenant, stream, seq: seq.to_be_bytes(), extracted: extract(SALT, key) }
    }

    fn blind(&self, pointer: &str) -> Secret {
        expand(&self.extracted, &[BLIND, self.stream.bytes(), &self.seq, pointer.as_bytes()])
    }

    fn body_key(&self, commit: &Digest) -> Secret {
        expand(&self.extracted, &[BODY, self.stream.bytes(), &self.seq, commit.bytes()])
    }

    fn aad(&self, commit: &Digest) -> Vec<u8> {
        [AAD, self.tenant.bytes(), self.stream.bytes(), &self.seq, commit.bytes()].concat()
    }

    /// What is committed of each field; the fields are sorted.
    fn committed<'a>(&self, fields: &[Field<'a>]) -> Vec<(&'a str, Digest)> {
        fields.iter().map(|field| (field.pointer, field_hash(&self.blind(field.pointer), field.value))).collect()
    }

    /// The commitment to the fields, in any order.
    ///
    /// # Errors
    /// [`SealError`] when there are none, too many, or two at one pointer.
    pub fn commit(&self, fields: &[Field<'_>]) -> Result<Digest, SealError> {
        Ok(commitment(&self.committed(&sorted(fields)?)))
    }

    /// Seals the fields, in any order, and commits to them.
    ///
    /// # Errors
    /// [`SealError`] when there are none, too many, too long ones, or two at one pointer.
    pub fn seal(&self, fields: &[Field<'_>]) -> Result<Sealed, SealError> {
        let fields = sorted(fields)?;
        let commit = commitment(&self.committed(&fields));
        let mut bytes = write(&fields);
        encrypt(&self.body_key(&commit), NONCE, &self.aad(&commit), &mut bytes).map_err(|_| SealError::Form)?;
        // by INVARIANT of `write`: there is room for it
        bytes.insert(0, SEALED_FORMAT);
        if bytes.len() > SEALED_BYTES_MAX {
            return Err(SealError::TooLarge);
        }
        Ok(Sealed { bytes, commit })
    }

    /// Opens a body and checks it against the commitment in the event.
    ///
    /// # Errors
    /// [`SealError`] when it was not sealed by this key at this place, or does not make this commitment.
    pub fn open(&self, commit: &Digest, sealed: &[u8]) -> Result<Vec<Opened>, SealError> {
        if sealed.len() > SEALED_BYTES_MAX {
            return Err(SealError::TooLarge);
        }
        let body = sealed.strip_prefix(&[SEALED_FORMAT]).ok_or(SealError::Form)?;
        let mut body = Zeroizing::new(body.to_vec());
        let opened =
            decrypt(&self.body_key(commit), NONCE, &self.aad(commit), &mut body).map_err(|_| SealError::NotOurs)?;
        let fields = read(opened).ok_or(SealError::Form)?;
        // AES-GCM alone does not commit to its key; this does.
        if self.commit(&fields)? != *commit {
            return Err(SealError::Commit);
        }
        Ok(fields
            .iter()
            .map(|field| Opened {
                pointer: field.pointer.to_owned(),
                value: Zeroizing::new(field.value.to_vec()),
                blind: Digest::new(*self.blind(field.pointer).expose()),
            })
            .collect())
    }

    /// Proves the value of one field and nothing of the others but their pointers.
    ///
    /// # Errors
    /// [`SealError`] when there is no such field, or as for [`Sealer::commit`].
    pub fn prove_field(&self, fields: &[Field<'_>], pointer: &str) -> Result<FieldProof, SealError> {
        let fields = sorted(fields)?;
        if !fields.iter().any(|field| field.pointer == pointer) {
            return Err(SealError::Absent(pointer.to_owned()));
        }
        let listed = self.committed(&fields).into_iter().map(|(other, hash)| (other.to_owned(), hash)).collect();
        Ok(FieldProof { blind: Digest::new(*self.blind(pointer).expose()), fields: listed })
    }
}

/// Checks that the event with this commitment has this value in this field.
///
/// # Errors
/// [`SealError`] when the proof's list does not make the commitment, or the field is not in it with this value.
pub fn check_field(commit: &Digest, pointer: &str, value: &[u8], proof: &FieldProof) -> Result<(), SealError> {
    if proof.fields.len() > FIELDS_MAX {
        return Err(SealError::TooLarge);
    }
    // A pointer that stood twice could be opened to two values.
    if !proof.fields.is_sorted_by(|(one, _), (other, _)| one < other) {
        return Err(SealError::Form);
    }
    if commitment(&proof.fields) != *commit {
        return Err(SealError::Commit);
    }
    let (_, listed) =
        proof.fields.iter().find(|(other, _)| other == pointer).ok_or(SealError::Absent(pointer.to_owned()))?;
    let mut blind = *proof.blind.bytes();
    if field_hash(&Secret::take(&mut blind), value) == *listed { Ok(()) } else { Err(SealError::Commit) }
}

/// Checks that these are all fields of the event with this commitment.
///
/// # Errors
/// [`SealError::Commit`] when they do not make it, or as for [`Sealer::commit`].
pub fn check_fields(commit: &Digest, opened: &[Opened]) -> Result<(), SealError> {
    let fields: Vec<_> = opened.iter().map(|field| Field { pointer: &field.pointer, value: &field.value }).collect();
    sorted(&fields)?;
    let mut listed: Vec<_> = opened
        .iter()
        .map(|field| {
            let mut blind = *field.blind.bytes();
            (field.pointer.as_str(), field_hash(&Secret::take(&mut blind), &field.value))
        })
        .collect();
    listed.sort_unstable_by_key(|(pointer, _)| *pointer);
    if commitment(&listed) == *commit { Ok(()) } else { Err(SealError::Commit) }
}

fn field_hash(blind: &Secret, value: &[u8]) -> Digest {
    Digest::new(*hmac_of(blind.expose(), &[value]).expose())
}

/// The commitment to a sorted list.
fn commitment<P: AsRef<str>>(listed: &[(P, Digest)]) -> Digest {
    let number = u32::try_from(listed.len()).unwrap_or(u32::MAX).to_be_bytes();
    let mut bytes = Vec::with_capacity(COMMIT.len() + 4 + listed.len() * 64);
    bytes.extend_from_slice(COMMIT);
    bytes.extend_from_slice(&number);
    for (pointer, hash) in listed {
        let pointer = pointer.as_ref().as_bytes();
        bytes.extend_from_slice(&length(pointer));
        bytes.extend_from_slice(pointer);
        bytes.extend_from_slice(hash.bytes());
    }
    sha256_of(&[&bytes])
}

fn sorted<'a>(fields: &[Field<'a>]) -> Result<Vec<Field<'a>>, SealError> {
    if fields.is_empty() {
        return Err(SealError::Empty);
    }
    let long = |field: &Field<'_>| field.pointer.len() > POINTER_BYTES_MAX || field.value.len() > SEALED_BYTES_MAX;
    if fields.len() > FIELDS_MAX || fields.iter().any(long) {
        return Err(SealError::TooLarge);
    }
    let mut fields = fields.to_vec();
    fields.sort_unstable_by_key(|field| field.pointer);
    let mut pairs = fields.iter().zip(fields.iter().skip(1));
    match pairs.find(|(one, other)| one.pointer == other.pointer) {
        Some((one, _)) => Err(SealError::Twice(one.pointer.to_owned())),
        None => Ok(fields),
    }
}

fn write(fields: &[Field<'_>]) -> Vec<u8> {
    let room: usize = fields.iter().map(|field| 8 + field.pointer.len() + field.value.len()).sum();
    let mut bytes = Vec::with_capacity(4 + room + 17);
    bytes.extend_from_slice(&u32::try_from(fields.len()).unwrap_or(u32::MAX).to_be_bytes());
    for field in fields {
        for part in [field.pointer.as_bytes(), field.value] {
            bytes.extend_from_slice(&length(part));
            bytes.extend_from_slice(part);
        }
    }
    bytes
}

fn read(bytes: &[u8]) -> Option<Vec<Field<'_>>> {
    let (number, mut rest) = number(bytes)?;
    if number > FIELDS_MAX {
        return None;
    }
    let mut fields = Vec::with_capacity(number);
    for _ in 0..number {
        let (pointer, after) = part(rest)?;
        let (value, after) = part(after)?;
        fields.push(Field { pointer: std::str::from_utf8(pointer).ok()?, value });
        rest = after;
    }
    rest.is_empty().then_some(fields)
}

fn number(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_first_chunk()?;
    Some((usize::try_from(u32::from_be_bytes(*number)).ok()?, rest))
}

fn part(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = number(bytes)?;
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests;
