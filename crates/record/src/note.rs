//! C2SP signed notes: text that ends in a newline, signed by lines below it. Keys, key ids and the `vkey` form.

use crate::hash::sha256_of;
use crate::keys::Secret;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use std::fmt;

/// The most bytes a note may have.
pub const NOTE_BYTES_MAX: usize = 128 << 10;
/// The most signature lines a note may have. signed-note asks for at least 16.
pub const SIGNATURES_MAX: usize = 32;
/// The most bytes a key's name may have.
pub const KEY_NAME_BYTES_MAX: usize = 255;
/// The most bytes one signature may have (the longest known is under 5 kB).
const SIGNATURE_BYTES_MAX: usize = 8 << 10;
/// The longest `vkey`: name, id, a type byte and an Ed25519 key in base64.
const VERIFIER_KEY_BYTES_MAX: usize = KEY_NAME_BYTES_MAX + 10 + 44;

/// Why a note, a key or a signature is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteError {
    /// It is longer, or has more signatures, than we read.
    TooLong,
    /// It has not the form of a signed note; what is wrong.
    Form(&'static str),
    /// A key's name is empty, too long, or has spaces, control characters or a plus.
    KeyName,
    /// It has not the form of a verifier key; what is wrong.
    Key(&'static str),
    /// A signature of a known key does not hold.
    BadSignature,
    /// No key that we know signed it.
    NotSigned,
}

impl fmt::Display for NoteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the note is over {NOTE_BYTES_MAX} bytes or {SIGNATURES_MAX} signatures"),
            Self::Form(what) => write!(f, "not a signed note: {what}"),
            Self::KeyName => f.write_str("a key's name has 1 to 255 bytes without spaces, control characters or `+`"),
            Self::Key(what) => write!(f, "not a verifier key: {what}"),
            Self::BadSignature => f.write_str("a signature of a known key does not hold"),
            Self::NotSigned => f.write_str("no known key signed the note"),
        }
    }
}

impl std::error::Error for NoteError {}

/// The kinds of signatures that we read (signed-note, Signature types).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureKind {
    /// `0x01`: Ed25519 over the text: a log's own.
    Ed25519,
    /// `0x04`: Ed25519 over a time and the text: a witness's (tlog-cosignature).
    Cosignature,
}

impl SignatureKind {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }
}

/// signed-note, Format: not empty, no Unicode spaces, no plus. We refuse more than that: control characters, which
/// the note could not carry anyway, and very long names.
fn key_name(name: &str) -> Result<&str, NoteError> {
    let fits = (1..=KEY_NAME_BYTES_MAX).contains(&name.len())
        && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    if fits { Ok(name) } else { Err(NoteError::KeyName) }
}

/// signed-note, Signatures: the first four bytes of SHA-256(name, newline, type, public key).
fn key_id(name: &str, kind: SignatureKind, public: &[u8; 32]) -> u32 {
    let digest = sha256_of(&[name.as_bytes(), b"\n", &[kind.byte()], public]);
    digest.bytes().first_chunk().map_or(0, |first| u32::from_be_bytes(*first))
}

/// A public key with its name: who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    kind: SignatureKind,
    id: u32,
    public: [u8; 32],
}

impl VerifierKey {
    /// From a name and an Ed25519 public key.
    ///
    /// # Errors
    /// [`NoteError::KeyName`] when the name has not the form.
    pub fn new(name: &str, kind: SignatureKind, public: [u8; 32]) -> Result<Self, NoteError> {
        let name = key_name(name)?.to_owned();
        let id = key_id(&name, kind, &public);
        Ok(Self { name, kind, id, public })
    }

    /// Reads the `vkey` form, `name+0123abcd+base64`, and checks that the id is the key's.
    ///
    /// # Errors
    /// [`NoteError`] saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        if text.len() > VERIFIER_KEY_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        // The base64 may hold a plus of its own, a name never does.
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("expected `name+id+key`"));
        };
        let key = STANDARD.decode(key).map_err(|_| NoteError::Key("the key is not base64"))?;
        let (kind, public) = match key.split_first() {
            Some((0x01, public)) => (SignatureKind::Ed25519, public),
            Some((0x04, public)) => (SignatureKind::Cosignature, public),
            _ => return Err(NoteError::Key("only Ed25519 keys and cosignature keys are read")),
        };
        let public = public.try_into().map_err(|_| NoteError::Key("an Ed25519 key has 32 bytes"))?;
        let key = Self::new(name, kind, public)?;
        if id == format!("{:08x}", key.id) { Ok(key) } else { Err(NoteError::Key("the id is not that of the key")) }
    }

    /// The key's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// What it signs.
    #[must_use]
    pub const fn kind(&self) -> SignatureKind {
        self.kind
    }
    /// Its short id. It tells keys apart; it proves nothing.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }
    /// The Ed25519 public key.
    #[must_use]
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// Whether the line names this key.
    pub(crate) fn signed(&self, line: &NoteSignature) -> bool {
        line.name == self.name && line.id == self.id
    }

    /// Checks a bare Ed25519 signature (RFC 8032).
    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), NoteError> {
        UnparsedPublicKey::new(&ED25519, self.public).verify(message, signature).map_err(|_| NoteError::BadSignature)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.kind.byte()];
        key.extend_from_slice(&self.public);
        write!(f, "{}+{:08x}+{}", self.name, self.id, STANDARD.encode(key))
    }
}

/// A key that signs notes. The seed is wiped when it is dropped and cannot be read back.
pub struct NoteKey {
    verifier: VerifierKey,
    pair: Ed25519KeyPair,
}

impl NoteKey {
    /// From a name and a seed (RFC 8032, 5.1.5).
    ///
    /// # Errors
    /// [`NoteError`] when the name has not the form or the seed makes no key.
    pub fn new(name: &str, kind: SignatureKind, seed: &Secret) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.expose())
            .map_err(|_| NoteError::Key("the seed makes no Ed25519 key"))?;
        let public = pair.public_key().as_ref().try_into();
        let public = public.map_err(|_| NoteError::Key("an Ed25519 key has 32 bytes"))?;
        Ok(Self { verifier: VerifierKey::new(name, kind, public)?, pair })
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// A signature line whose bytes are `before` and then the signature of `message`.
    pub(crate) fn sign(&self, before: &[u8], message: &[u8]) -> NoteSignature {
        let bytes = [before, self.pair.sign(message).as_ref()].concat();
        NoteSignature { name: self.verifier.name.clone(), id: self.verifier.id, bytes }
    }
}

impl fmt::Debug for NoteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("NoteKey").field(&self.verifier.name).finish()
    }
}

/// One signature line: `— name base64(key id, signature)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    id: u32,
    bytes: Vec<u8>,
}

impl NoteSignature {
    /// Reads one line, without its newline.
    ///
    /// # Errors
    /// [`NoteError`] when it has not the form.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Form("a signature line begins with `— `"))?;
        let (name, encoded) = rest.split_once(' ').ok_or(NoteError::Form("a signature line has a name and base64"))?;
        if encoded.len() > SIGNATURE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let all = STANDARD.decode(encoded).map_err(|_| NoteError::Form("a signature is not base64"))?;
        match all.split_first_chunk() {
            Some((id, bytes)) if !bytes.is_empty() => {
                Ok(Self { name: key_name(name)?.to_owned(), id: u32::from_be_bytes(*id), bytes: bytes.to_vec() })
            }
            _ => Err(NoteError::Form("a signature has a key id and a signature")),
        }
    }

    /// The signer's name, as the line claims.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// What follows the key id.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = [self.id.to_be_bytes().as_slice(), &self.bytes].concat();
        write!(f, "\u{2014} {} {}", self.name, STANDARD.encode(all))
    }
}

/// A signed note. Parsed is not verified: the text counts only after [`Note::verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError`] saying what is wrong with its form.
    pub fn parse(note: &str) -> Result<Self, NoteError> {
        if note.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        // signed-note, Format: no control characters below U+0020 but newline.
        if note.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
            return Err(NoteError::Form("it has a control character"));
        }
        // signed-note, Format: the last empty line parts the text from the signatures.
        let (text, lines) =
            note.rsplit_once("\n\n").ok_or(NoteError::Form("it has no empty line before signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Form("it does not end in a newline"))?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(NoteError::TooLong);
        }
        let signatures = lines.split('\n').map(NoteSignature::parse).collect::<Result<_, _>>()?;
        Ok(Self { text: format!("{text}\n"), signatures })
    }

    /// A note of our own. The text ends in a newline.
    pub(crate) fn new(text: String, signature: NoteSignature) -> Self {
        Self { text, signatures: vec![signature] }
    }

    /// Adds a line below the others: another's signature.
    ///
    /// # Errors
    /// [`NoteError::TooLong`] when it has as many as a note may have.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.len() >= SIGNATURES_MAX {
            return Err(NoteError::TooLong);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// The text, with its newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
    /// The signature lines.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks that the key, which must be one that signs texts, signed this one.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] when any line of this key does not hold, [`NoteError::NotSigned`] when there is none.
    pub fn verify(&self, key: &VerifierKey) -> Result<(), NoteError> {
        if key.kind != SignatureKind::Ed25519 {
            return Err(NoteError::Key("a cosignature key signs no text alone"));
        }
        let mut lines = self.signatures.iter().filter(|line| key.signed(line)).peekable();
        // signed-note, Signatures: unknown keys are passed over; a known key's line that fails fails the note.
        lines.peek().ok_or(NoteError::NotSigned)?;
        lines.try_for_each(|line| key.check(self.text.as_bytes(), &line.bytes))
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
pub(crate) mod tests;
