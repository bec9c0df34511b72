//! What a server says while a call is open: progress and log lines, bounded, in words written anew.

use crate::asks::Kind;
use crate::era::Level;
use crate::rpc::Id;
use bailiwick_core::json::{Json, Object};
use tokio::sync::mpsc;

/// The most characters of a progress note's text.
const TEXT_CHARS_MAX: usize = 4096;
/// How many may wait for the client.
pub(crate) const WAITING_MAX: usize = 64;

/// One of them, without the token that only the client's side knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Notice {
    Progress(Object),
    Message(Object),
}

/// What a server asks of the client while a call is open (the older era).
#[derive(Debug)]
pub(crate) struct Wants {
    /// The server's own name for it.
    pub(crate) id: Id,
    pub(crate) kind: Kind,
    pub(crate) params: Object,
}

/// Where they go, and which of them are wanted.
#[derive(Debug)]
pub(crate) struct Notices {
    pub(crate) progress: bool,
    /// Log lines at least this bad; `None`: none at all.
    pub(crate) level: Option<Level>,
    pub(crate) sender: mpsc::Sender<Notice>,
    pub(crate) left: u32,
    pub(crate) bytes_max: usize,
}

impl Notices {
    pub(crate) const fn wants_logs(&self) -> bool {
        self.level.is_some()
    }

    /// Passes a progress note on. Answers whether it was.
    pub(crate) fn progress(&mut self, params: &Object) -> bool {
        let Some(progress) = params.get("progress").filter(|value| value.as_number().is_some()) else { return false };
        let mut words = Object::default();
        words.insert("progress", progress.clone());
        if let Some(total) = params.get("total").filter(|value| value.as_number().is_some()) {
            words.insert("total", total.clone());
        }
        if let Some(text) = params.get("message").and_then(Json::as_str) {
            words.insert("message", Json::from(text.chars().take(TEXT_CHARS_MAX).collect::<String>()));
        }
        self.progress && self.give(Notice::Progress(words))
    }

    /// Passes a log line on. Answers whether it was.
    pub(crate) fn message(&mut self, params: &Object) -> bool {
        let level = params.get("level").and_then(Json::as_str);
        let wanted = level.and_then(Level::read).zip(self.level).is_some_and(|(level, least)| level >= least);
        let Some(data) = params.get("data").filter(|_| wanted) else { return false };
        let mut words = Object::default();
        words.insert("level", Json::from(level));
        words.insert("data", data.clone());
        if let Some(logger) = params.get("logger").and_then(Json::as_str) {
            words.insert("logger", Json::from(logger.chars().take(TEXT_CHARS_MAX).collect::<String>()));
        }
        if Json::Object(words.clone()).canonical().len() > self.bytes_max {
            return false;
        }
        self.give(Notice::Message(words))
    }

    fn give(&mut self, notice: Notice) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        self.sender.try_send(notice).is_ok()
    }
}
