//! What to call a server that nobody named: what its command says of it.

use bailiwick_core::{ControlState, Server, ServerName, Transport};

/// Files that say nothing of the server that they start.
const ENTRIES: [&str; 9] = ["__main__", "app", "cli", "index", "main", "run", "server", "start", "stdio"];
/// Folders that say nothing of what is in them.
const FOLDERS: [&str; 8] = ["bin", "build", "debug", "dist", "lib", "out", "release", "src"];
/// Endings of programs that an interpreter runs.
const ENDINGS: [&str; 7] = [".cjs", ".exe", ".jar", ".js", ".mjs", ".py", ".ts"];
/// What a name says besides what the server is for.
const NOISE: [&str; 6] = ["mcp-server-", "server-", "mcp-", "-mcp-server", "-server", "-mcp"];
/// Leaves room for a number where two servers would meet.
const NAME_CHARS_MAX: usize = 20;

/// A name for a server from its command: of the first word that looks like a package or a program of one, what is left
/// without the noise.
pub fn called(command: &[String]) -> ServerName {
    let words = || command.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    let speaks = |word: &&str| word.contains("server") || word.contains("mcp");
    let word = words().find(speaks).or_else(|| words().next()).unwrap_or_default();
    let mut name: String =
        telling(word).to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    for noise in NOISE {
        let shorter = name.strip_prefix(noise).or_else(|| name.strip_suffix(noise)).filter(|rest| !rest.is_empty());
        if let Some(rest) = shorter {
            name = rest.to_owned();
        }
    }
    let name: String = name.trim_matches('-').chars().take(NAME_CHARS_MAX).collect();
    ServerName::parse(name.trim_end_matches('-')).unwrap_or_else(|_| ServerName::any())
}

/// The same with a number, where the name is another server's already.
pub(crate) fn numbered(command: &[String], number: u32) -> Option<ServerName> {
    ServerName::parse(&format!("{}-{number}", called(command))).ok()
}

/// Whether a server is the second of its name: called after its command with a number, while another command is called so
/// without. It is no first sight of anything new: it may be the first one with other arguments or another program.
pub(crate) fn is_second(control: &ControlState, server: &Server) -> bool {
    let Transport::Wrapped { command } = &server.transport else { return false };
    let first = called(command);
    let behind = server.name.as_str().strip_prefix(first.as_str()).and_then(|rest| rest.strip_prefix('-'));
    let number = behind.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    number && control.servers.get(&first).is_some_and(|entry| entry.document.transport != server.transport)
}

/// The part of a path or package that tells most: its last one, unless that is only how it is started.
fn telling(word: &str) -> &str {
    // a package's version says nothing; its scope, which begins with the same sign, is a part of its own
    let parts = word.split(['/', '\\']).filter_map(|part| part.split('@').find(|piece| !piece.is_empty()));
    let mut last = "";
    for part in parts.rev() {
        let stem = ENDINGS.iter().find_map(|ending| part.strip_suffix(ending));
        let started = stem.is_some_and(|stem| ENTRIES.contains(&stem)) || FOLDERS.contains(&part);
        if !started {
            return stem.unwrap_or(part);
        }
        last = if last.is_empty() { stem.unwrap_or(part) } else { last };
    }
    last
}

#[cfg(test)]
mod tests;
