//! Whether a person's passkey signed a statement: WebAuthn level 3 §7.2, with nothing of the code that took the yes in.

mod key;

use crate::hash::sha256_of;
use bailiwick_core::{
    Assertion, Passkey,
    json::{Json, Limits},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use key::Key;
use std::fmt;

const CLIENT_DATA: Limits = Limits { bytes: 8 << 10, depth: 8, nodes: 128 };
/// SHA-256 of the site's id, flags, counter.
const AUTH_DATA_BYTES: usize = 32 + 1 + 4;
const PRESENT: u8 = 1;
const VERIFIED: u8 = 1 << 2;
const MAY_BE_BACKED_UP: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
/// A credential or outputs of extensions follow. They are signed with the rest, and nothing here depends on them.
const MORE: u8 = 1 << 6 | 1 << 7;

/// Why an assertion is not a person's yes to the statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoYes {
    /// A part is not base64url without padding.
    NotBase64(&'static str),
    /// A part has not the form that WebAuthn gives it.
    Form(&'static str),
    /// It is of another passkey than the one whose key was given.
    OtherPasskey,
    /// The key is none that can be checked with.
    Key(&'static str),
    /// The browser did something else than sign.
    OtherType,
    /// It is a yes to something else.
    OtherStatement,
    /// It was made at another page.
    OtherOrigin,
    /// The page stood in a frame of somebody else's.
    Framed,
    /// It was made for another site.
    OtherSite,
    /// The authenticator says that nobody was there.
    NotPresent,
    /// The authenticator did not verify who was there.
    NotVerified,
    /// The key did not sign it.
    Forged,
}

impl fmt::Display for NoYes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBase64(part) => write!(f, "{part} is not base64url without padding"),
            Self::Form(part) => write!(f, "{part} has not the form that WebAuthn gives it"),
            Self::OtherPasskey => f.write_str("the assertion is of another passkey"),
            Self::Key(why) => write!(f, "the passkey's key cannot be checked with: {why}"),
            Self::OtherType => f.write_str("the browser did not sign, it did something else"),
            Self::OtherStatement => f.write_str("the passkey signed another statement"),
            Self::OtherOrigin => f.write_str("the passkey signed at another page"),
            Self::Framed => f.write_str("the page stood in a frame of another site"),
            Self::OtherSite => f.write_str("the passkey signed for another site"),
            Self::NotPresent => f.write_str("the authenticator says that nobody was present"),
            Self::NotVerified => f.write_str("the authenticator did not verify the person"),
            Self::Forged => f.write_str("the signature is not the passkey's"),
        }
    }
}

impl std::error::Error for NoYes {}

/// Whether `passkey` signed exactly these bytes of a statement, its person verified, at one of the pages `origins` of the site
/// `rp_id`. Whose passkey it was, and when, is for the log to say.
///
/// # Errors
/// [`NoYes`] for the first thing that is not so.
pub fn check_assertion(
    statement: &[u8],
    assertion: &Assertion,
    passkey: &Passkey,
    rp_id: &str,
    origins: &[&str],
) -> Result<(), NoYes> {
    if assertion.id != passkey.id {
        return Err(NoYes::OtherPasskey);
    }
    let key = Key::read(&passkey.key).map_err(NoYes::Key)?;
    let client_data = decoded("the client data", &assertion.client_data)?;
    let auth_data = decoded("the authenticator data", &assertion.authenticator_data)?;
    let signature = decoded("the signature", &assertion.signature)?;
    check_client_data(&client_data, statement, origins)?;
    check_auth_data(&auth_data, rp_id)?;
    let message = [&auth_data[..], sha256_of(&[&client_data]).bytes()].concat();
    if key.signed(&message, &signature) { Ok(()) } else { Err(NoYes::Forged) }
}

fn decoded(part: &'static str, text: &str) -> Result<Vec<u8>, NoYes> {
    if text.len() > Assertion::CHARS_MAX {
        return Err(NoYes::Form(part));
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| NoYes::NotBase64(part))
}

/// §7.2 steps 8 to 14.
fn check_client_data(bytes: &[u8], statement: &[u8], origins: &[&str]) -> Result<(), NoYes> {
    let form = NoYes::Form("the client data");
    let read = Json::parse(bytes, &CLIENT_DATA).map_err(|_| form)?;
    let text = |member| read.get(member).and_then(Json::as_str).ok_or(form);
    if text("type")? != "webauthn.get" {
        return Err(NoYes::OtherType);
    }
    if text("challenge")? != URL_SAFE_NO_PAD.encode(sha256_of(&[statement]).bytes()) {
        return Err(NoYes::OtherStatement);
    }
    if !origins.contains(&text("origin")?) {
        return Err(NoYes::OtherOrigin);
    }
    match (read.get("crossOrigin"), read.get("topOrigin")) {
        (None | Some(Json::Bool(false)), None) => Ok(()),
        (None | Some(Json::Bool(_)), _) => Err(NoYes::Framed),
        _ => Err(form),
    }
}

/// §6.1, and §7.2 steps 15 to 18.
fn check_auth_data(bytes: &[u8], rp_id: &str) -> Result<(), NoYes> {
    let form = NoYes::Form("the authenticator data");
    let (site, rest) = bytes.split_first_chunk::<32>().ok_or(form)?;
    let (flags, _counter) = rest.split_first().ok_or(form)?;
    let says = |flag| flags & flag != 0;
    let whole = if says(MORE) { bytes.len() > AUTH_DATA_BYTES } else { bytes.len() == AUTH_DATA_BYTES };
    if !whole || (says(BACKED_UP) && !says(MAY_BE_BACKED_UP)) {
        return Err(form);
    }
    if site != sha256_of(&[rp_id.as_bytes()]).bytes() {
        return Err(NoYes::OtherSite);
    }
    match (says(PRESENT), says(VERIFIED)) {
        (false, _) => Err(NoYes::NotPresent),
        (true, false) => Err(NoYes::NotVerified),
        (true, true) => Ok(()),
    }
}

#[cfg(test)]
mod tests;
