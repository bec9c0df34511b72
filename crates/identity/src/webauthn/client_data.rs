//! What the browser says of a ceremony (WebAuthn level 3 §5.8.1): which, over what, at which page.

use super::{refusal::PasskeyRefusal, site::Site};
use crate::bytes::{from_base64url, sha256};
use crate::{challenge::Challenge, foreign::Foreign};
use bailiwick_core::Digest;
use bailiwick_core::json::{Json, Limits};

/// More than any browser writes, with room for members to come.
const LIMITS: Limits = Limits { bytes: 8 << 10, depth: 8, nodes: 128 };
const FORM: PasskeyRefusal = PasskeyRefusal::Form {
    what: "the browser's data",
    expected: "one JSON object with `type`, `challenge` and `origin`, no member twice",
};

/// Client data as read. Members that we do not know are ignored, as §5.8.1 asks.
#[derive(Debug)]
pub(super) struct ClientData(Json);

impl ClientData {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, PasskeyRefusal> {
        if bytes.len() > LIMITS.bytes {
            let what = "the browser's data";
            return Err(PasskeyRefusal::TooLong { what, bytes: bytes.len(), bytes_max: LIMITS.bytes });
        }
        // §7.1 and §7.2 let any JSON parser read it. We refuse more: no member twice, no byte order mark.
        let read = Json::parse(bytes, &LIMITS).map_err(|_| FORM)?;
        if read.as_object().is_some() { Ok(Self(read)) } else { Err(FORM) }
    }

    /// The steps that §7.1 and §7.2 share, in their order. Answers the digest of the challenge, which names what was asked.
    pub(super) fn check(
        &self,
        kind: &'static str,
        challenge: &Challenge<'_>,
        site: &Site,
    ) -> Result<Digest, PasskeyRefusal> {
        let found = self.text("type")?;
        if found != kind {
            return Err(PasskeyRefusal::OtherType { found: Foreign::new(found), expected: kind });
        }
        let given = from_base64url(self.text("challenge")?.as_bytes()).ok_or(FORM)?;
        challenge.check(&given)?;
        let origin = self.text("origin")?;
        // §13.4.9: compared whole, never by a part.
        if !site.origins().iter().any(|known| known == origin) {
            let expected = site.origins().first().cloned().unwrap_or_default();
            return Err(PasskeyRefusal::OtherOrigin { found: Foreign::new(origin), expected });
        }
        // A site may allow frames of others. We refuse more: our pages stand alone.
        match self.0.get("crossOrigin") {
            None | Some(Json::Bool(false)) => {}
            Some(Json::Bool(true)) => return Err(PasskeyRefusal::Framed),
            Some(_) => return Err(FORM),
        }
        if self.0.get("topOrigin").is_some() { Err(PasskeyRefusal::Framed) } else { Ok(sha256(&[&given])) }
    }

    fn text(&self, member: &str) -> Result<&str, PasskeyRefusal> {
        self.0.get(member).and_then(Json::as_str).ok_or(FORM)
    }
}

#[cfg(test)]
mod tests;
