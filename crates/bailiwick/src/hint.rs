//! Commands that people are told to run: each with the options by which theirs named its node, so that it can be typed as it
//! stands.

use crate::cli::Cli;
use clap::CommandFactory;
use std::path::Path;
use std::sync::OnceLock;

/// What stands after `bailiwick` in each command that is told of.
static OPTIONS: OnceLock<String> = OnceLock::new();

/// After these a command of ours begins in a sentence; in the middle of other words it is a name.
const BEFORE: [&str; 5] = ["`", ": ", "; ", "sudo ", "or "];
/// These have homes of their own: an installation is none of the user's.
const ELSEWHERE: [&str; 2] = ["install", "uninstall"];

/// Remembers by which `--home` a node was named, for as long as this process is. A variable of the environment is there for the
/// next command as it was for this one.
pub(crate) fn remember(home: Option<&Path>) {
    let options = home.map_or_else(String::new, |home| format!("--home {} ", word(&home.display().to_string())));
    let _known = OPTIONS.set(options);
}

/// The same where nothing could be read of what was typed but its words.
pub(crate) fn remember_typed(words: &[String]) {
    let own = || words.iter().take_while(|word| *word != "--");
    let next = own().zip(own().skip(1)).find(|(word, _)| *word == "--home").map(|(_, home)| home.as_str());
    let home = next.or_else(|| own().find_map(|word| word.strip_prefix("--home=")));
    remember(home.map(Path::new));
}

fn options() -> &'static str {
    OPTIONS.get().map_or("", String::as_str)
}

/// A word as a shell takes it.
fn word(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-._/@%+=:,".contains(char);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// A command of ours, such as `task list`, as it is to be typed.
pub(crate) fn ours(command: &str) -> String {
    format!("bailiwick {}{command}", options())
}

/// Words of a node, with its commands as they are to be typed: it does not know how its home was named.
pub(crate) fn here(words: &str) -> String {
    with(options(), words)
}

fn with(options: &str, words: &str) -> String {
    const NAME: &str = "bailiwick ";
    if options.is_empty() || !words.contains(NAME) {
        return words.to_owned();
    }
    let known = Cli::command();
    let is_command = |rest: &str| {
        let first = rest.split(|char: char| !char.is_ascii_alphanumeric() && char != '-').next().unwrap_or_default();
        let named = known.get_subcommands().any(|command| command.get_name() == first);
        (named || rest.starts_with("--json ")) && !ELSEWHERE.contains(&first)
    };
    let mut out = String::new();
    let mut parts = words.split(NAME);
    out.push_str(parts.next().unwrap_or_default());
    for rest in parts {
        let begins = out.trim().is_empty() || BEFORE.iter().any(|before| out.ends_with(before));
        out.push_str(NAME);
        if begins && is_command(rest) {
            out.push_str(options);
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests;
