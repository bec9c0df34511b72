//! C2SP tlog-cosignature (v1, Ed25519): a witness says that it saw a log grow to this head, and when.

use crate::note::{Note, NoteError, NoteKey, NoteSignature, SignatureKind, VerifierKey};

/// A witness that signed a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Witnessed {
    /// The witness's key name.
    pub witness: String,
    /// When it signed, in seconds since 1970, as it says.
    pub at_seconds: u64,
}

/// The most seconds a cosignature may say (tlog-cosignature, Format: MUST NOT exceed 2^63 - 1).
const SECONDS_MAX: u64 = i64::MAX as u64;

/// tlog-cosignature, Ed25519 signed message.
fn message(at_seconds: u64, text: &str) -> String {
    format!("cosignature/v1\ntime {at_seconds}\n{text}")
}

/// A witness's line for a checkpoint, to be added to it. Only for a head that is consistent with the last one seen.
///
/// # Errors
/// [`NoteError`] when the key is not a witness's or the time is beyond what a cosignature may say.
pub fn cosign(key: &NoteKey, note: &Note, at_seconds: u64) -> Result<NoteSignature, NoteError> {
    if key.verifier().kind() != SignatureKind::Cosignature {
        return Err(NoteError::Key("a witness signs with a cosignature key"));
    }
    if at_seconds > SECONDS_MAX {
        return Err(NoteError::Form("the time is too large"));
    }
    Ok(key.sign(&at_seconds.to_be_bytes(), message(at_seconds, note.text()).as_bytes()))
}

/// The witnesses, out of those known, whose cosignatures the checkpoint carries: each once, at the latest time it says.
///
/// # Errors
/// [`NoteError::BadSignature`] when a line of a known witness does not hold; [`NoteError::Key`] when a key given is not
/// a witness's or is given twice, since one witness must never count as two.
pub fn witnesses(note: &Note, known: &[VerifierKey]) -> Result<Vec<Witnessed>, NoteError> {
    let mut seen = Vec::new();
    for (place, key) in known.iter().enumerate() {
        if key.kind() != SignatureKind::Cosignature {
            return Err(NoteError::Key("a witness signs with a cosignature key"));
        }
        // tlog-cosignature, Ed25519 signed message: the name is not signed, so one public key is one witness.
        if known.iter().take(place).any(|other| other.public() == key.public()) {
            return Err(NoteError::Key("one witness is given twice"));
        }
        let mut latest = None;
        for line in note.signatures().iter().filter(|line| key.signed(line)) {
            latest = latest.max(Some(check(key, line, note.text())?));
        }
        seen.extend(latest.map(|at_seconds| Witnessed { witness: key.name().to_owned(), at_seconds }));
    }
    Ok(seen)
}

fn check(key: &VerifierKey, line: &NoteSignature, text: &str) -> Result<u64, NoteError> {
    let (time, signature) = line.bytes().split_first_chunk().ok_or(NoteError::BadSignature)?;
    let at_seconds = u64::from_be_bytes(*time);
    if at_seconds > SECONDS_MAX {
        return Err(NoteError::BadSignature);
    }
    key.check(message(at_seconds, text).as_bytes(), signature)?;
    Ok(at_seconds)
}

#[cfg(test)]
mod tests;
