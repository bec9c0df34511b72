//! A server in the test's own process, whose every byte is a script.

use super::desk::Desk;
use super::lines::{Line, Lines};
use super::open::Raw;
use super::pipe::Pipe;
use super::{Link, Target};
use crate::era::Era;
use crate::settings::Settings;
use bailiwick_core::json::{Json, Limits};
use std::sync::Arc;
use tokio::io::{AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf};

/// Starts the script anew for each session.
#[derive(Clone)]
pub struct Fake(Arc<dyn Fn(Wire) + Send + Sync>);

/// The server's end.
pub(crate) struct Wire {
    lines: Lines<ReadHalf<DuplexStream>>,
    writer: WriteHalf<DuplexStream>,
}

/// A request as the server sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) id: Json,
    pub(crate) method: String,
    pub(crate) whole: Json,
}

impl Fake {
    pub(crate) fn target<F, S>(script: F) -> Target
    where
        F: Fn(Wire) -> S + Send + Sync + 'static,
        S: Future<Output = ()> + Send + 'static,
    {
        Target::Fake(Self(Arc::new(move |wire| {
            tokio::spawn(script(wire));
        })))
    }

    pub(crate) fn start(&self, settings: &Settings) -> Raw {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (reader, writer) = tokio::io::split(theirs);
        (self.0)(Wire { lines: Lines::new(reader, 16 << 20), writer });
        let desk = Arc::new(Desk::new(settings.server_message_bytes_max, Arc::default()));
        let (reader, writer) = tokio::io::split(ours);
        let (pipe, _closing) = Pipe::start(reader, writer, desk.clone());
        Raw { link: Link::Pipe(pipe), desk }
    }
}

/// What every fake offers.
pub(crate) const TOOLS: &str = r#"[{"name":"echo","description":"says it again","inputSchema":{"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},"text":{"type":"string"}}}},{"name":"typed","inputSchema":{"type":"object"},"outputSchema":{"type":"object"}}]"#;

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

impl Wire {
    /// The next message, `None` when the gateway has gone.
    pub(crate) async fn next(&mut self) -> Option<Json> {
        match self.lines.next().await {
            Ok(Line::Whole(line)) => Some(json(std::str::from_utf8(&line).unwrap())),
            _ => None,
        }
    }

    pub(crate) async fn say(&mut self, text: &str) {
        // a gateway that has gone reads nothing: the script ends at its next read
        let _ = self.writer.write_all(format!("{text}\n").as_bytes()).await;
    }

    pub(crate) async fn bytes(&mut self, bytes: &[u8]) -> bool {
        self.writer.write_all(bytes).await.is_ok()
    }

    pub(crate) async fn result(&mut self, id: &Json, result: &str) {
        self.say(&format!(r#"{{"result":{result},"jsonrpc":"2.0","id":{}}}"#, id.canonical())).await;
    }

    pub(crate) async fn error(&mut self, id: &Json, error: &str) {
        self.say(&format!(r#"{{"jsonrpc":"2.0","id":{},"error":{error}}}"#, id.canonical())).await;
    }

    /// A text result as this era has it.
    pub(crate) async fn text(&mut self, era: Era, id: &Json, text: &str) {
        let kind = if era == Era::Modern { r#","resultType":"complete""# } else { "" };
        let text = Json::from(text).canonical();
        self.result(id, &format!(r#"{{"content":[{{"type":"text","text":{text}}}]{kind}}}"#)).await;
    }

    /// Shakes hands and lists as a server of this era, until something else is asked.
    pub(crate) async fn call(&mut self, era: Era) -> Option<Seen> {
        self.call_of(era, r#"{"tools":{},"prompts":{},"resources":{},"completions":{}}"#, TOOLS).await
    }

    /// The same of one that says that it can do this, and has these tools.
    pub(crate) async fn call_of(&mut self, era: Era, capabilities: &str, tools: &str) -> Option<Seen> {
        loop {
            let whole = self.next().await?;
            let Some(id) = whole.get("id").cloned() else { continue };
            let Some(method) = whole.get("method").and_then(Json::as_str).map(str::to_owned) else { continue };
            let seen = Seen { id, method, whole };
            if !self.usual(era, capabilities, tools, &seen).await {
                return Some(seen);
            }
        }
    }

    /// Answers what belongs to the handshake or to lists; `false` for all else.
    pub(crate) async fn usual(&mut self, era: Era, capabilities: &str, tools: &str, seen: &Seen) -> bool {
        let complete =
            if era == Era::Modern { r#","resultType":"complete","ttlMs":0,"cacheScope":"public""# } else { "" };
        let id = &seen.id;
        let result = match (seen.method.as_str(), era) {
            ("server/discover", Era::Legacy) => {
                self.error(id, r#"{"code":-32601,"message":"no such method"}"#).await;
                return true;
            }
            ("server/discover", Era::Modern) => {
                format!(r#"{{"supportedVersions":["2026-07-28"],"capabilities":{capabilities}{complete}}}"#)
            }
            ("initialize", Era::Legacy) => {
                let server = r#""serverInfo":{"name":"fake","version":"7"}"#;
                format!(r#"{{"protocolVersion":"2025-11-25",{server},"capabilities":{capabilities}}}"#)
            }
            ("tools/list", _) => format!(r#"{{"tools":{tools}{complete}}}"#),
            ("prompts/list", _) => format!(r#"{{"prompts":[{{"name":"hi"}}]{complete}}}"#),
            ("resources/templates/list", _) => format!(r#"{{"resourceTemplates":[]{complete}}}"#),
            _ => return false,
        };
        self.result(id, &result).await;
        true
    }
}

/// A server that says every call again.
pub(crate) fn echo(era: Era) -> Target {
    Fake::target(move |mut wire| async move {
        while let Some(call) = wire.call(era).await {
            wire.text(era, &call.id, &call.whole.canonical()).await;
        }
    })
}
