//! How often a question was turned down: whoever said no is not asked for ever.

use bailiwick_core::ServerName;
use bailiwick_core::json::Json;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// After so many noes to one question it is not shown again.
const TO_ONE_MAX: u32 = 2;
/// After so many noes to one server nothing of it is shown again.
const TO_SERVER_MAX: u32 = 16;
/// The most questions that are remembered one by one: a client may bring noes to what it was asked long ago.
const QUESTIONS_MAX: usize = 1024;

/// Noes of one grant, whatever session they came in, for as long as its servers are kept here.
#[derive(Debug, Default)]
pub(crate) struct Noes(Mutex<BTreeMap<(ServerName, String), u32>>);

impl Noes {
    pub(crate) fn said(&self, server: &ServerName, asked: &Json) {
        let mut noes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // the server's own count first: it is kept in any case
        for of in [String::new(), digest(asked)] {
            let full = noes.len() >= QUESTIONS_MAX && !of.is_empty();
            let key = (server.clone(), of);
            if full && !noes.contains_key(&key) {
                continue;
            }
            let count = noes.entry(key).or_default();
            *count = count.saturating_add(1);
        }
    }

    /// Whether it was turned down so often that nobody is asked again.
    pub(crate) fn are_enough(&self, server: &ServerName, asked: &Json) -> bool {
        let noes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let most = [(String::new(), TO_SERVER_MAX), (digest(asked), TO_ONE_MAX)];
        most.into_iter().any(|(of, most)| noes.get(&(server.clone(), of)).is_some_and(|count| *count >= most))
    }
}

fn digest(asked: &Json) -> String {
    asked.get("digest").and_then(Json::as_str).unwrap_or_default().to_owned()
}
