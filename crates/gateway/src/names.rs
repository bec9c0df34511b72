//! What tools of several servers are called on one endpoint.

use bailiwick_core::{ServerName, sha256};
use std::collections::BTreeMap;

/// The most characters of a name that all clients take.
const NAME_CHARS_MAX: usize = 64;
/// How many digits of a hash tell names apart that would meet.
const HASH_DIGITS: usize = 6;

/// The names of one server's tools, in the order given: `{server}__{tool}`, other characters made `_`, cut to 64; with
/// a hash where two would meet.
pub(crate) fn names<'a>(server: &ServerName, tools: impl Iterator<Item = &'a str>) -> Vec<(String, &'a str)> {
    let plain: Vec<(String, &str)> = tools.map(|tool| (cut(&full(server, tool), NAME_CHARS_MAX), tool)).collect();
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    for (name, _) in &plain {
        *met.entry(name).or_default() += 1;
    }
    let named = plain.iter().map(|(name, tool)| {
        let alone = met.get(name.as_str()) == Some(&1);
        (if alone { name.clone() } else { hashed(server, tool) }, *tool)
    });
    named.collect()
}

/// The server that a name begins with: server names hold no `_`.
pub(crate) fn server_of(name: &str) -> Option<(ServerName, &str)> {
    let (server, tool) = name.split_once("__")?;
    Some((ServerName::parse(server).ok()?, tool))
}

fn full(server: &ServerName, tool: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '_' | '-') { c } else { '_' };
    format!("{server}__{}", tool.chars().map(plain).collect::<String>())
}

fn hashed(server: &ServerName, tool: &str) -> String {
    let digest = sha256(format!("{server}/{tool}").as_bytes()).to_string();
    let digits = cut(digest.rsplit(':').next().unwrap_or_default(), HASH_DIGITS);
    format!("{}_{digits}", cut(&full(server, tool), NAME_CHARS_MAX - HASH_DIGITS - 1))
}

fn cut(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

#[cfg(test)]
mod tests;
