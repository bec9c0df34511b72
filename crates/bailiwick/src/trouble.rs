//! How a command that did not do what it was asked says so: in words or as one JSON object, and by its exit code.

mod typed;

use crate::client::{NoNode, Refused};
use crate::hint::here;
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
    /// How the command that was meant is typed, where something else was.
    example: Option<String>,
    /// What to run next, where that is known.
    next: Option<String>,
    places: Vec<Json>,
    exit: u8,
}

fn sorted(trouble: &Trouble) -> Said {
    let said = |code: &str, exit| Said {
        code: code.to_owned(),
        detail: trouble.to_string(),
        example: None,
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
        matches!(
            error,
            StoreError::NoStore | StoreError::Refused(_) | StoreError::Older(_) | StoreError::Unavailable(_)
        )
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
    // whatever is to be run next is run at the node that was named
    let (detail, example, next) =
        (here(&said.detail), said.example.as_deref().map(here), said.next.as_deref().map(here));
    if json {
        print::json_words(&Json::object([
            ("code", Json::from(said.code.as_str())),
            ("detail", Json::from(detail)),
            ("example", Json::from(example)),
            ("exit", Json::from(u64::from(said.exit))),
            ("next", Json::from(next)),
            ("places", Json::array(said.places.iter().cloned())),
        ]));
    } else {
        print::words(&format!("bailiwick: {detail}"));
        for (what, command) in [("example", example), ("next", next)] {
            command.into_iter().for_each(|command| print::words(&format!("{what}: {command}")));
        }
    }
    ExitCode::from(said.exit)
}

/// What was typed, word by word, is no command: help and version are data.
pub(crate) fn usage(error: &clap::Error, words: &[String]) -> ExitCode {
    if !error.use_stderr() {
        // a reader that went away is not an error of ours
        let _gone = error.print();
        return ExitCode::SUCCESS;
    }
    let json = words.iter().take_while(|word| *word != "--").any(|word| word == "--json");
    let empty = error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if !json && empty {
        let _gone = error.print();
        return ExitCode::from(YOUR_INPUT);
    }
    let typed::Typed { detail, example, next } = typed::typed(error, words);
    let (code, places) = ("usage".to_owned(), Vec::new());
    write(&Said { code, detail, example, next: Some(next), places, exit: YOUR_INPUT }, json)
}
