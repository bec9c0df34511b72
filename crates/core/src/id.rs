//! Names of things: 16-byte ids, digests, and the lower-case names that people choose.
//!
//! Every id is a newtype, so that a grant is never taken for a task. Ids are random (version 4 UUIDs, drawn by the
//! node and handed in by `Facts`), written in lower-case hex without dashes, and never reused.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

/// Why a text is not the id, digest or name it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadName {
    /// What was expected, in a user's words: `a server name: 1 to 24 characters of a-z, 0-9 and -`.
    pub expected: &'static str,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected {}", self.expected)
    }
}

impl std::error::Error for BadName {}

/// The value of a lower-case hex digit; anything else has one of the upper four bits. Without branches, so that many are
/// read at once.
const fn hex_digit(byte: u8) -> u8 {
    let (digit, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
    let letter = if letter < 6 { letter + 10 } else { 0xff };
    if digit < 10 { digit } else { letter }
}

/// Reads exactly `N` bytes of lower-case hex.
fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    if pairs.len() != N {
        return None;
    }
    let (mut out, mut other) = ([0; N], 0);
    for (slot, [high, low]) in out.iter_mut().zip(pairs) {
        let (high, low) = (hex_digit(*high), hex_digit(*low));
        other |= high | low;
        *slot = high << 4 | low & 0xf;
    }
    (other < 16).then_some(out)
}

/// The longest id in hex: a digest.
const HEX_BYTES_MAX: usize = 64;

/// Writes lower-case hex into `out`, in one go: ids and digests are most of what an event holds.
fn hex<'a>(bytes: &[u8], out: &'a mut [u8; HEX_BYTES_MAX]) -> &'a str {
    let digit = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble };
    for (pair, byte) in out.as_chunks_mut::<2>().0.iter_mut().zip(bytes) {
        *pair = [digit(byte >> 4), digit(byte & 0xf)];
    }
    // by INVARIANT of `digit`: only ASCII is written
    out.get(..bytes.len() * 2).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or_default()
}

macro_rules! bytes_newtype {
    ($(#[$doc:meta])* $name:ident, $len:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $len]);

        impl $name {
            /// From raw bytes.
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }
            /// The raw bytes, as hashed and stored.
            pub const fn bytes(&self) -> &[u8; $len] {
                &self.0
            }
            /// Reads the lower-case hex form that `Display` writes.
            ///
            /// # Errors
            /// [`BadName`] when the text has another length or other characters.
            pub fn parse(text: &str) -> Result<Self, BadName> {
                from_hex(text).map(Self).ok_or(BadName { expected: $expected })
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(hex(&self.0, &mut [0; HEX_BYTES_MAX]))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(hex(&self.0, &mut [0; HEX_BYTES_MAX]))
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(hex(&self.0, &mut [0; HEX_BYTES_MAX]))
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                crate::read_text::parsed(d, Self::parse)
            }
        }
    };
}

bytes_newtype!(
    /// The unit of isolation: data, keys, policy, logs and limits.
    TenantId, 16, "a tenant id: 32 characters of 0-9 and a-f"
);
bytes_newtype!(
    /// One stream of events. A task's id is its stream's id.
    StreamId, 16, "the id of a task or another stream: 32 characters of 0-9 and a-f"
);
bytes_newtype!(
    /// A node of a task's tree of authority.
    GrantId, 16, "a grant id: 32 characters of 0-9 and a-f"
);
bytes_newtype!(
    /// A random value drawn by the node: salts, nonces, fresh ids.
    Salt, 16, "a salt: 32 characters of 0-9 and a-f"
);
bytes_newtype!(
    /// A SHA-256 digest or a 256-bit keyed hash.
    Digest, 32, "a digest: 64 characters of 0-9 and a-f"
);

/// A task is one stream of events; the two ids are one.
pub type TaskId = StreamId;

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident, $expected:literal, $ok:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// Takes the text if it has the form.
            ///
            /// # Errors
            /// [`BadName`] saying which form was expected.
            pub fn parse(text: &str) -> Result<Self, BadName> {
                let ok: fn(&str) -> bool = $ok;
                if ok(text) { Ok(Self(text.into())) } else { Err(BadName { expected: $expected }) }
            }
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                crate::read_text::parsed(d, Self::parse)
            }
        }
    };
}

fn slug(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// Printable ASCII without spaces, quotes and backslashes: safe in every medium we write to.
fn plain(text: &str, most: usize) -> bool {
    (1..=most).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'\\' | b'`'))
}

text_newtype!(
    /// A downstream system, as the tenant calls it.
    ServerName, "a server name: 1 to 24 characters of a-z, 0-9 and -", |t| slug(t, 24)
);
text_newtype!(
    /// A registered agent, as the tenant calls it.
    AgentId, "an agent name: 1 to 64 characters of a-z, 0-9 and -", |t| slug(t, 64)
);
text_newtype!(
    /// A role of persons or of agents.
    RoleName, "a role name: 1 to 64 characters of a-z, 0-9 and -", |t| slug(t, 64)
);
text_newtype!(
    /// A template that tasks are started from.
    TemplateName, "a template name: 1 to 64 characters of a-z, 0-9 and -", |t| slug(t, 64)
);
text_newtype!(
    /// A standing limit that tasks draw on.
    MandateName, "a mandate name: 1 to 64 characters of a-z, 0-9 and -", |t| slug(t, 64)
);
text_newtype!(
    /// A human principal of the tenant's directory.
    PersonId, "a person id: 1 to 128 printable characters without spaces or quotes", |t| plain(t, 128)
);
text_newtype!(
    /// Where mail reaches a person.
    MailAddress, "a mail address: as `anna@bank.example`", crate::document::is_mail_address
);
text_newtype!(
    /// One running process of an agent: fresh at each start.
    InstanceId, "an instance id: 1 to 128 printable characters without spaces or quotes", |t| plain(t, 128)
);
text_newtype!(
    /// A version of what an agent runs, as whoever runs it counts.
    Version, "a version: 1 to 64 printable characters without spaces or quotes", |t| plain(t, 64)
);
text_newtype!(
    /// The RFC 7638 SHA-256 thumbprint of a public key, base64url without padding.
    KeyThumbprint, "a key thumbprint: 43 characters of base64url", |t| {
        t.len() == 43 && t.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    }
);
text_newtype!(
    /// A trust zone: where an agent, a server or a destination lives.
    Zone, "a zone name: 1 to 64 characters of a-z, 0-9 and -", |t| slug(t, 64)
);
text_newtype!(
    /// What kind of data something is.
    DataClass, "a data class: 1 to 64 characters of a-z, 0-9 and -", |t| slug(t, 64)
);
text_newtype!(
    /// Why the work is done, as the tenant codes it.
    Purpose, "a purpose code: 1 to 64 characters of a-z, 0-9 and -", |t| slug(t, 64)
);
text_newtype!(
    /// What the caller calls this one act, so that a retry of it is not another act.
    IdempotencyKey, "an idempotency key: 1 to 255 printable characters", |t| {
        (1..=255).contains(&t.len()) && t.bytes().all(|b| (0x20..0x7f).contains(&b))
    }
);

impl ServerName {
    /// The name of a server that gives no name to itself.
    pub fn any() -> Self {
        Self("server".into())
    }
}

impl Zone {
    /// The tenant's own zone.
    pub fn own() -> Self {
        Self("own".into())
    }
    /// The world: where what leaves goes when nobody says whereto.
    pub fn public() -> Self {
        Self("public".into())
    }
}

/// One operation of one server, written `server/tool`. The text is split at its first slash.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ToolId {
    server: ServerName,
    tool: std::sync::Arc<str>,
}

impl ToolId {
    /// From its two halves.
    ///
    /// # Errors
    /// [`BadName`] when the tool's own name is empty, longer than 256 bytes or holds control characters.
    pub fn new(server: ServerName, tool: &str) -> Result<Self, BadName> {
        let fits = (1..=256).contains(&tool.len()) && !tool.chars().any(char::is_control);
        if fits { Ok(Self { server, tool: tool.into() }) } else { Err(BadName { expected: Self::EXPECTED }) }
    }
    const EXPECTED: &str = "a tool: `server/tool`, at most 256 bytes of tool without control characters";

    /// Reads `server/tool`.
    ///
    /// # Errors
    /// [`BadName`] when there is no slash or either half is not a name.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let (server, tool) = text.split_once('/').ok_or(BadName { expected: Self::EXPECTED })?;
        Self::new(ServerName::parse(server)?, tool)
    }
    /// The server it is on.
    pub fn server(&self) -> &ServerName {
        &self.server
    }
    /// Its name on that server.
    pub fn tool(&self) -> &str {
        &self.tool
    }
}

impl fmt::Display for ToolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.server, self.tool)
    }
}
impl Serialize for ToolId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}
impl<'de> Deserialize<'de> for ToolId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        crate::read_text::parsed(d, Self::parse)
    }
}

#[cfg(test)]
mod tests;
