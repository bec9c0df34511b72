//! The page of all refusals, `docs/errors/README.md`, is what the codes say, with the test that proves each.

use super::prelude::*;
use super::refusals::CASES;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/errors/README.md");

fn next(disposition: Disposition) -> &'static str {
    match disposition {
        Disposition::WaitForApproval => "wait for approval",
        Disposition::AskForMore => "ask for more",
        Disposition::ChangeArgument => "change this argument",
        Disposition::TryLater => "try later",
        Disposition::Stop => "stop",
    }
}

fn row(code: Code) -> String {
    let command = code.command().map_or("none".to_owned(), |command| format!("`{command}`"));
    let (_, test) = CASES.iter().find(|(of, _)| *of == code).unwrap_or_else(|| panic!("no test proves {code}"));
    format!("| `{code}` | {} | {} | {command} | `{test}` |", code.sentence(), next(code.disposition()))
}

#[test]
fn every_code_is_a_row_of_the_page_of_errors() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let found: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<String> = Code::ALL.iter().map(|code| row(*code)).collect();
    assert_eq!(found, expected, "the rows should be:\n{}", expected.join("\n"));
}

#[test]
fn every_code_is_proven_once_and_has_words_of_its_own() {
    for code in Code::ALL {
        assert_eq!(CASES.iter().filter(|(of, _)| of == code).count(), 1, "{code}");
        let alike = |other: &&Code| other.as_str() == code.as_str() || other.sentence() == code.sentence();
        assert_eq!(Code::ALL.iter().filter(alike).count(), 1, "{code}");
        let sentence = code.sentence();
        assert!(sentence.starts_with(|first: char| first.is_lowercase()) && !sentence.ends_with('.'), "{sentence}");
        assert_eq!(serde_json::to_string(code).unwrap(), format!("\"{code}\""));
    }
    assert_eq!(CASES.len(), Code::ALL.len());
}
