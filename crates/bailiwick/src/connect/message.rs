//! Messages of the client.

use super::alone;
use bailiwick_core::json::{Json, Limits};

/// What a message may cost to read.
pub(super) const MESSAGE_LIMITS: Limits = Limits { bytes: 32 << 20, depth: 96, nodes: 1_000_000 };

/// A message of the client, as far as it is looked at here.
pub(super) struct Message {
    pub(super) whole: Json,
    pub(super) id: Option<Json>,
    pub(super) method: Option<String>,
}

impl Message {
    /// Reads one; `None` for what is no message.
    pub(super) fn read(line: &[u8]) -> Option<Self> {
        let whole = Json::parse(line, &MESSAGE_LIMITS).ok()?;
        let members = whole.as_object()?;
        let id = members.get("id").filter(|id| !id.is_null()).cloned();
        let method = members.get("method").and_then(Json::as_str).map(str::to_owned);
        Some(Self { whole, id, method })
    }

    pub(super) fn params(&self) -> Option<&Json> {
        self.whole.get("params")
    }

    pub(super) fn method(&self) -> &str {
        self.method.as_deref().unwrap_or_default()
    }

    pub(super) fn modern(&self) -> bool {
        alone::is_modern(self.params())
    }

    /// The id of a request of the newer era.
    pub(super) fn id_of_request(&self) -> Option<String> {
        self.id.as_ref().filter(|_| self.modern()).map(Json::canonical)
    }

    /// Whether what follows it must wait for it.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(self.method(), "initialize" | "notifications/initialized" | "logging/setLevel") && !self.modern()
    }
}
