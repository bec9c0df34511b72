//! What a server said while a request is open, kept for as long as pieces of a secret in it may be put together with what
//! comes next.

use bailiwick_catalogue::{Secret, splits_secret};
use bailiwick_core::json::{Json, Object};
use std::collections::VecDeque;

/// The most bytes of messages that are remembered for one request; the oldest go first.
const BYTES_MAX: usize = 8 << 10;

/// The last messages of one request.
#[derive(Default)]
pub(super) struct Heard {
    kept: VecDeque<(usize, Json)>,
    bytes: usize,
    /// One of them held a secret: nothing that comes of this request is passed on.
    pub(super) leaked: bool,
}

impl Heard {
    /// Takes one more. Says whether it may be passed on.
    pub(super) fn take(&mut self, params: &Object, secrets: &[Secret]) -> bool {
        if secrets.is_empty() || self.leaked {
            return !self.leaked;
        }
        let params = Json::Object(params.clone());
        self.leaked = self.completes(&params, secrets);
        let bytes = params.canonical().len();
        self.bytes += bytes;
        self.kept.push_back((bytes, params));
        while self.bytes > BYTES_MAX
            && let Some((bytes, _)) = self.kept.pop_front()
        {
            self.bytes -= bytes;
        }
        !self.leaked
    }

    /// Whether what was heard and this together hold a secret in pieces.
    pub(super) fn completes(&self, last: &Json, secrets: &[Secret]) -> bool {
        if self.kept.is_empty() {
            return splits_secret(last, secrets);
        }
        let all = self.kept.iter().map(|(_, json)| json).chain([last]).cloned();
        splits_secret(&Json::array(all), secrets) || splits_secret(last, secrets)
    }
}
