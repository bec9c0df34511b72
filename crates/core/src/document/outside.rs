//! An outside engine that speaks OPA's data API: where it is, and what it is told.

use super::BadDocument;
use super::read::undotted;
use crate::normal::url_host;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How an engine at a socket of this machine is written.
const SOCKET: &str = "unix:/";

/// An outside engine that speaks OPA's data API (v1). It is asked about what policy permits, and may forbid it or ask for
/// people; it permits nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// `https://HOST[:PORT]`, `http://` on this machine alone, or `unix:/PATH` of a socket.
    pub url: String,
    /// The document that it is asked for, as `authz/agents` for `data.authz.agents`.
    pub path: String,
    /// How long the whole answer may take, in milliseconds.
    #[serde(default = "usual_ms")]
    pub within_ms: u64,
    /// The one authority whose certificates it may have, in PEM form; none: those that browsers believe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca: Option<String>,
    /// The bundle whose revision it has to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bundle: Option<String>,
    /// The one revision that it may decide by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Which of `allow`, `deny` and `step_up` its document has: an answer without one of them is none. `allow` alone unless
    /// said.
    #[serde(default = "allow_alone", skip_serializing_if = "is_allow_alone")]
    pub rules: BTreeSet<String>,
    /// What it is told of the context beside who, what and on what.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub context: BTreeSet<String>,
}

fn allow_alone() -> BTreeSet<String> {
    BTreeSet::from(["allow".to_owned()])
}

fn is_allow_alone(rules: &BTreeSet<String>) -> bool {
    *rules == allow_alone()
}

const fn usual_ms() -> u64 {
    Outside::WITHIN_MS_USUAL
}

impl Outside {
    /// How long an answer may take where nothing else is said.
    pub const WITHIN_MS_USUAL: u64 = 500;
    /// The longest that an answer may take: a call waits for it.
    pub const WITHIN_MS_MAX: u64 = 2_000;
    /// The longest certificate, path or address.
    const TEXT_BYTES_MAX: usize = 16 << 10;
    const PATH_BYTES_MAX: usize = 256;

    /// The socket that it listens at, where it is one.
    pub fn socket(&self) -> Option<&str> {
        self.url.strip_prefix("unix:").filter(|path| path.starts_with('/'))
    }

    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let bad = |field: &str, why: String| Err(BadDocument { at: undotted("opa").join(field), why });
        if !self.url.starts_with(SOCKET) {
            let (scheme, rest) = self.url.split_once("://").unwrap_or_default();
            // RFC 3986 section 3.2.1: user information is refused by `url_host` already
            let bare = !rest.is_empty() && !rest.contains(['/', '?', '#']) && url_host(&self.url).is_some();
            if !bare || !matches!(scheme, "https" | "http") {
                return bad("url", "expected `https://HOST[:PORT]` without a path, or `unix:/PATH`".to_owned());
            }
        }
        if self.ca.is_some() && !self.url.starts_with("https:") {
            return bad("ca", "it is of use with `https://` alone".to_owned());
        }
        let part = |part: &str| {
            let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
            !part.is_empty() && part.bytes().all(plain)
        };
        if self.path.len() > Self::PATH_BYTES_MAX || !self.path.split('/').all(part) {
            return bad("path", "expected names of a-z, A-Z, 0-9, _ and -, with `/` between".to_owned());
        }
        if !(1..=Self::WITHIN_MS_MAX).contains(&self.within_ms) {
            return bad("within_ms", format!("expected 1 to {}, found `{}`", Self::WITHIN_MS_MAX, self.within_ms));
        }
        let texts = [Some(&self.url), self.ca.as_ref(), self.bundle.as_ref(), self.revision.as_ref()];
        if texts.into_iter().flatten().any(|text| text.is_empty() || text.len() > Self::TEXT_BYTES_MAX) {
            return bad("url", format!("expected texts of 1 to {} bytes", Self::TEXT_BYTES_MAX));
        }
        if self.rules.is_empty() || !self.rules.iter().all(|rule| matches!(rule.as_str(), "allow" | "deny" | "step_up"))
        {
            return bad(
                "rules",
                "expected some of `allow`, `deny` and `step_up`: those that its document has".to_owned(),
            );
        }
        match (&self.bundle, &self.revision) {
            (None, Some(_)) => bad("revision", "expected `bundle` beside it: the revision is that bundle's".to_owned()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
