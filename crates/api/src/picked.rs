//! Tools that a person picks out of a template by name: each is one that there is. A pattern of the template covers any name, so a
//! slip of the pen would else be consented to, and be found out by an agent that can do nothing.

use crate::Problem;
use bailiwick_core::{ControlState, ToolPattern, nearest};

/// The most names that are told of those that there are.
const TOLD_MAX: usize = 8;

/// Whether every picked tool is known, or may be: of a server that nobody looked at yet no tool is.
pub(crate) fn known(state: &ControlState, only: &[ToolPattern]) -> Result<(), Problem> {
    only.iter().find_map(|picked| unknown(state, picked)).map_or(Ok(()), |why| Err(Problem::bad(why)))
}

/// Why a picked tool is none that there is.
fn unknown(state: &ControlState, picked: &ToolPattern) -> Option<String> {
    let server = picked.server();
    if !state.servers.contains_key(server) {
        let names: Vec<&str> = state.servers.keys().map(|name| name.as_str()).collect();
        return Some(format!("`{picked}`: there is no server `{server}`; {}", meant(server.as_str(), &names)));
    }
    let own: Vec<String> = state.tools.keys().filter(|tool| tool.server() == server).map(ToString::to_string).collect();
    // Methods of the protocol that are no tools are offered by no list.
    let method = picked.to_string().contains(':');
    let there = state.tools.keys().any(|tool| picked.matches(tool));
    if own.is_empty() || method || there {
        return None;
    }
    let names: Vec<&str> = own.iter().map(String::as_str).collect();
    if !picked.exact() {
        return Some(format!("`{picked}` matches no tool of server {server}; {}", offered(&names)));
    }
    Some(format!("`{picked}`: server {server} has no such tool; {}", meant(&picked.to_string(), &names)))
}

/// What may have been meant, or what there is.
fn meant(name: &str, known: &[&str]) -> String {
    if let Some(near) = nearest(name, known.iter().copied()) {
        return format!("did you mean `{near}`?");
    }
    offered(known)
}

/// What there is.
fn offered(known: &[&str]) -> String {
    if known.is_empty() {
        return "there is none yet".to_owned();
    }
    let listed: Vec<String> = known.iter().take(TOLD_MAX).map(|name| format!("`{name}`")).collect();
    let more = known.len().saturating_sub(TOLD_MAX);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("there are {}{more}", listed.join(", "))
}
