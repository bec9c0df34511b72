//! What was typed and is no command of ours: what was expected in its place, how the command is typed, and which tells more.

use crate::cli::Cli;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};
use std::error::Error as _;
use std::net::AddrParseError;
use std::num::ParseIntError;

/// What there is to say of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// One sentence: what was expected, and what was found.
    pub(super) detail: String,
    /// How the command is typed, where it is known which was meant.
    pub(super) example: Option<String>,
    /// The command that tells more.
    pub(super) next: String,
}

/// What is said of these words, the name of the program first.
pub(super) fn typed(error: &clap::Error, words: &[String]) -> Typed {
    let mut cli = Cli::command();
    // of its own options each command knows, and of those that all have
    cli.build();
    let (command, path) = meant(&cli, words);
    if let Some(right) = of_a_noun(error, &cli, &path) {
        return right;
    }
    let example = (!command.has_subcommands()).then(|| example(command)).flatten();
    Typed { detail: detail(error, command, &path), example, next: [path.as_str(), "--help"].join(" ") }
}

/// Which command these words lead to, as far as they do, and the words that did.
fn meant<'a>(cli: &'a Command, words: &[String]) -> (&'a Command, String) {
    let (mut command, mut path) = (cli, cli.get_name().to_owned());
    let mut own = words.iter().skip(1).take_while(|word| *word != "--");
    while let Some(word) = own.next() {
        if word == "--home" {
            own.next();
        } else if !word.starts_with('-') {
            let Some(below) = command.find_subcommand(word) else { break };
            (command, path) = (below, format!("{path} {word}"));
        }
    }
    (command, path)
}

fn example(command: &Command) -> Option<String> {
    let text = command.get_after_help().map(StyledStr::to_string)?;
    text.lines().find_map(|line| line.trim().strip_prefix("Example: ").map(str::to_owned))
}

fn one(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        ContextValue::Strings(all) => all.first().map(String::as_str),
        _ => None,
    }
}

fn all(error: &clap::Error, kind: ContextKind) -> &[String] {
    match error.get(kind) {
        Some(ContextValue::Strings(all)) => all,
        _ => &[],
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// What may have been meant.
fn near(error: &clap::Error, kind: ContextKind) -> Option<String> {
    // of several the last one is the nearest
    let near = all(error, kind).last().map(String::as_str).or_else(|| one(error, kind));
    near.map(|near| format!("did you mean `{near}`?"))
}

fn detail(error: &clap::Error, command: &Command, path: &str) -> String {
    let argument = one(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = one(error, ContextKind::InvalidValue).unwrap_or_default();
    match error.kind() {
        ErrorKind::ValueValidation => format!("`{argument}`: expected {}, not `{value}`", expected(error, value)),
        ErrorKind::InvalidValue if value.is_empty() => format!("`{argument}`: a value is missing"),
        ErrorKind::InvalidValue => {
            let values = listed(all(error, ContextKind::ValidValue).iter().map(String::as_str));
            format!("`{argument}`: expected one of {values}, not `{value}`")
        }
        ErrorKind::InvalidSubcommand => no_command(error, command, path),
        ErrorKind::UnknownArgument => {
            let what = if argument.starts_with('-') { "option" } else { "place for the word" };
            let near = near(error, ContextKind::SuggestedArg).map_or_else(String::new, |near| format!(": {near}"));
            format!("`{path}` has no {what} `{argument}`{near}")
        }
        ErrorKind::MissingRequiredArgument => {
            let missing = all(error, ContextKind::InvalidArg).iter().map(|name| missing(command, name));
            missing.collect::<Vec<_>>().join("; ")
        }
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a command is missing".to_owned()
        }
        ErrorKind::ArgumentConflict => match one(error, ContextKind::PriorArg) {
            Some(other) => format!("`{argument}` does not go together with `{other}`"),
            None => rendered(error),
        },
        _ => rendered(error),
    }
}

/// What stands in the place of a command, and what could.
fn no_command(error: &clap::Error, command: &Command, path: &str) -> String {
    let word = one(error, ContextKind::InvalidSubcommand).unwrap_or_default();
    let nouns = path.split_once(' ').map(|(_, nouns)| format!("{nouns} ")).unwrap_or_default();
    let below = command.get_subcommands().filter(|below| below.get_name() != "help" && !below.is_hide_set());
    let hint = match near(error, ContextKind::SuggestedSubcommand) {
        Some(near) => format!("; {near}"),
        // of all commands there are too many for one line
        None if nouns.is_empty() => String::new(),
        None => format!("; there are {}", listed(below.map(Command::get_name))),
    };
    format!("there is no command `{nouns}{word}`{hint}")
}

/// A word that is a command of some noun, without its noun; and what others call an option.
fn of_a_noun(error: &clap::Error, cli: &Command, path: &str) -> Option<Typed> {
    let unknown = error.kind() == ErrorKind::InvalidSubcommand && path == cli.get_name();
    let word = one(error, ContextKind::InvalidSubcommand).filter(|_| unknown)?;
    let verb = |noun: &'_ Command| {
        noun.find_subcommand(word).map(|verb| (format!("{} {word}", noun.get_name()), example(verb)))
    };
    let nouns = cli.get_subcommands().filter(|noun| !noun.is_hide_set() && noun.get_name() != "help");
    let found: Vec<(String, Option<String>)> = nouns.filter_map(verb).collect();
    let long = || cli.get_arguments().find(|argument| argument.get_long() == Some(word));
    let (meant, example, next) = match (found.first(), long()) {
        (Some((first, example)), _) => {
            let example = example.clone().filter(|_| found.len() == 1);
            (listed(found.iter().map(|(words, _)| words.as_str())), example, format!("{path} {first} --help"))
        }
        (None, Some(_)) => (format!("`--{word}`"), None, format!("{path} --{word}")),
        (None, None) => return None,
    };
    Some(Typed { detail: format!("there is no command `{word}`; did you mean {meant}?"), example, next })
}

/// What a value was to be.
fn expected(error: &clap::Error, value: &str) -> String {
    let Some(why) = error.source() else { return "another value".to_owned() };
    let text = why.to_string();
    if why.is::<ParseIntError>() {
        return "a whole number".to_owned();
    }
    if why.is::<AddrParseError>() {
        return "an address and a port, as `127.0.0.1:8484`".to_owned();
    }
    let range = text.strip_prefix(value).and_then(|rest| rest.strip_prefix(" is not in "));
    match range.and_then(|range| range.split_once("..=")) {
        Some((least, most)) => format!("a whole number from {least} to {most}"),
        None => text,
    }
}

/// What is missing, and what it is.
fn missing(command: &Command, name: &str) -> String {
    let argument = command.get_arguments().find(|argument| argument.to_string() == name);
    let help = argument.and_then(clap::Arg::get_help).map(StyledStr::to_string).unwrap_or_default();
    let mut chars = help.trim_end_matches('.').chars();
    match chars.next() {
        Some(first) => format!("`{name}` is missing: {}{}", first.to_lowercase(), chars.as_str()),
        None => format!("`{name}` is missing"),
    }
}

/// What clap says of it.
fn rendered(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let said: Vec<&str> =
        lines.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more")).collect();
    said.join(" ").trim_start_matches("error: ").to_owned()
}

#[cfg(test)]
mod tests;
