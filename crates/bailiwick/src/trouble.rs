//! How a command that did not do what it was asked says so: in words or as one JSON object, and by its exit code.

use crate::client::{NoNode, Refused};
use crate::home::Trouble;
use crate::print;
use crate::trust::BadInput;
use crate::yaml::BadFile;
use bailiwick_core::BadName;
use bailiwick_core::json::Json;
use bailiwick_store::StoreError;
use std::fmt;
use std::process::ExitCode;

/// The answer is no.
const NO: u8 = 1;
/// What was given is not what it should be.
const YOUR_INPUT: u8 = 2;
/// What an unforeseen trouble ends with.
const OUR_FAULT: u8 = 3;

/// Nobody said yes, and nothing was done.
#[derive(Debug)]
pub(crate) struct NoYes(pub(crate) &'static str);

impl fmt::Display for NoYes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
impl std::error::Error for NoYes {}

/// What went wrong, sorted.
struct Said {
    /// A stable word for programs.
    code: String,
    detail: String,
    /// What to run next, where that is known.
    next: Option<String>,
    places: Vec<Json>,
    exit: u8,
}

fn sorted(trouble: &Trouble) -> Said {
    let said = |code: &str, exit| Said {
        code: code.to_owned(),
        detail: trouble.to_string(),
        next: None,
        places: Vec::new(),
        exit,
    };
    if let Some(refused) = trouble.downcast_ref::<Refused>() {
        let exit = match refused.status {
            403 => NO,
            400..=499 => YOUR_INPUT,
            _ => OUR_FAULT,
        };
        let next = refused.command.clone();
        return Said { next, detail: refused.detail.clone(), ..said(&refused.code, exit) };
    }
    if let Some(bad) = trouble.downcast_ref::<BadFile>() {
        return Said { places: bad.places(), ..said("bad_document", YOUR_INPUT) };
    }
    if let Some(none) = trouble.downcast_ref::<NoNode>() {
        return Said {
            next: Some("bailiwick serve".to_owned()),
            detail: none.to_string(),
            ..said("no_node", YOUR_INPUT)
        };
    }
    if trouble.is::<NoYes>() {
        return said("no_yes", NO);
    }
    let store = trouble.downcast_ref::<StoreError>();
    // another store is to be given, or this one brought on, let go by whoever has it, or brought up
    let yours = |error: &StoreError| {
        matches!(error, StoreError::Refused(_) | StoreError::Older(_) | StoreError::Unavailable(_))
    };
    let store = store.is_some_and(yours);
    if store || trouble.is::<BadInput>() || trouble.is::<BadName>() {
        return said("bad_input", YOUR_INPUT);
    }
    said("internal", OUR_FAULT)
}

/// Tells it on standard error: standard output is for data.
pub(crate) fn tell(trouble: &Trouble, json: bool) -> ExitCode {
    // whoever reads only the beginning of what is printed has what they wanted
    let piped = trouble.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    if piped == Some(std::io::ErrorKind::BrokenPipe) && print::is_unread() {
        return ExitCode::SUCCESS;
    }
    write(&sorted(trouble), json)
}

fn write(said: &Said, json: bool) -> ExitCode {
    if json {
        print::json_words(&Json::object([
            ("code", Json::from(said.code.as_str())),
            ("detail", Json::from(said.detail.as_str())),
            ("exit", Json::from(u64::from(said.exit))),
            ("next", Json::from(said.next.clone())),
            ("places", Json::array(said.places.iter().cloned())),
        ]));
    } else {
        print::words(&format!("bailiwick: {}", said.detail));
        if let Some(next) = &said.next {
            print::words(&format!("next: {next}"));
        }
    }
    ExitCode::from(said.exit)
}

/// What was typed is no command: clap says why, and says help and version as data.
pub(crate) fn usage(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        // a reader that went away is not an error of ours
        let _gone = error.print();
        return ExitCode::SUCCESS;
    }
    let empty = error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if !json || empty {
        let _gone = error.print();
        return ExitCode::from(YOUR_INPUT);
    }
    let text = error.render().to_string();
    let detail = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let detail: Vec<&str> =
        detail.take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more")).collect();
    let detail = detail.join(" ").trim_start_matches("error: ").to_owned();
    write(&Said { code: "usage".to_owned(), detail, next: None, places: Vec::new(), exit: YOUR_INPUT }, json)
}
