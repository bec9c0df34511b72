//! Names in what a person wrote: what stands in quotes, what is written with a capital, and files by their endings.

use super::bare;
use crate::normal::{Kind, normal};

/// Endings by which a word is the name of a file and not of a host.
const FILE_ENDINGS: &[&str] = &[
    "txt", "md", "pdf", "doc", "docx", "odt", "rtf", "xls", "xlsx", "csv", "tsv", "ppt", "pptx", "png", "jpg", "jpeg",
    "gif", "svg", "json", "yaml", "yml", "xml", "html", "log", "zip", "tar", "gz", "eml", "ics", "sql", "toml",
];

/// Words that begin sentences, and name nothing there. What is left out of the list by them can be put in quotes.
const BEGINNINGS: &[&str] = &[
    "a",
    "add",
    "after",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "ask",
    "at",
    "based",
    "be",
    "book",
    "but",
    "by",
    "can",
    "cancel",
    "change",
    "check",
    "close",
    "could",
    "create",
    "day",
    "days",
    "dear",
    "delete",
    "did",
    "do",
    "does",
    "dr",
    "each",
    "every",
    "find",
    "first",
    "follow",
    "for",
    "forward",
    "from",
    "get",
    "give",
    "go",
    "have",
    "hello",
    "her",
    "hey",
    "hi",
    "his",
    "how",
    "i",
    "i'd",
    "i'll",
    "i'm",
    "i've",
    "if",
    "in",
    "invite",
    "is",
    "it",
    "it's",
    "its",
    "just",
    "keep",
    "let",
    "list",
    "look",
    "mail",
    "make",
    "may",
    "maybe",
    "me",
    "move",
    "mr",
    "mrs",
    "ms",
    "my",
    "next",
    "no",
    "not",
    "note",
    "now",
    "of",
    "on",
    "once",
    "one",
    "open",
    "or",
    "order",
    "our",
    "out",
    "pay",
    "perform",
    "please",
    "post",
    "put",
    "read",
    "refund",
    "remember",
    "remind",
    "remove",
    "reply",
    "reschedule",
    "reserve",
    "search",
    "see",
    "send",
    "set",
    "she",
    "should",
    "show",
    "so",
    "sort",
    "start",
    "stop",
    "suggest",
    "sum",
    "summarise",
    "summarize",
    "sure",
    "take",
    "tell",
    "thank",
    "thanks",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "these",
    "they",
    "this",
    "those",
    "to",
    "today",
    "tomorrow",
    "transfer",
    "until",
    "up",
    "update",
    "use",
    "visit",
    "was",
    "we",
    "we're",
    "what",
    "what's",
    "when",
    "where",
    "which",
    "while",
    "who",
    "why",
    "will",
    "with",
    "would",
    "write",
    "yes",
    "you",
    "your",
    "security",
];

/// What stands in quotes, as names; and the sentence without it.
pub(super) fn quoted(sentence: &str) -> (Vec<String>, String) {
    let (mut out, mut rest) = (Vec::new(), String::new());
    let chars: Vec<char> = sentence.chars().collect();
    let mut at = 0;
    while let Some(open) = chars.get(at) {
        let begins = at.checked_sub(1).and_then(|before| chars.get(before)).is_none_or(|c| !c.is_alphanumeric());
        let close = closes(*open).filter(|_| begins);
        let end = close.and_then(|close| {
            let ends = |at: usize| chars.get(at + 1).is_none_or(|c| !c.is_alphanumeric());
            (at + 1..chars.len()).find(|end| chars.get(*end) == Some(&close) && ends(*end))
        });
        match end {
            Some(end) => {
                let inside: String = chars.get(at + 1..end).unwrap_or_default().iter().collect();
                out.extend(normal(&Kind::Name, inside.trim()));
                rest.push(',');
                at = end + 1;
            }
            None => {
                rest.push(*open);
                at += 1;
            }
        }
    }
    (out, rest)
}

const fn closes(open: char) -> Option<char> {
    Some(match open {
        '"' | '\'' | '`' => open,
        '“' | '„' => '”',
        '‘' => '’',
        '«' => '»',
        _ => return None,
    })
}

/// Runs of words with a capital. The word that begins a sentence is one unless it is a common one.
pub(super) fn called(sentence: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut run: Vec<&str> = Vec::new();
    let mut end = |run: &mut Vec<&str>| {
        out.extend(Some(run.join(" ")).filter(|name| !name.is_empty()).and_then(|name| normal(&Kind::Name, &name)));
        run.clear();
    };
    for word in sentence.split_whitespace() {
        let plain = possessor(bare(word));
        let capital = plain.chars().next().is_some_and(char::is_uppercase);
        // A single letter, a month or a common word names nothing.
        let common = run.is_empty() && BEGINNINGS.contains(&plain.to_lowercase().as_str());
        let names = capital && plain.chars().nth(1).is_some() && !common && !super::days::is_word(plain);
        let currency = crate::Unit::parse(plain).is_ok_and(|unit| unit.is_currency());
        if names && !currency && plain.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '\'' | '&')) {
            run.push(plain);
            // A mark after a word ends the name.
            if bare(word).len() != word.trim_start_matches(['(', '[', '"', '\'']).len()
                || plain.len() != bare(word).len()
            {
                end(&mut run);
            }
        } else {
            end(&mut run);
        }
    }
    end(&mut run);
    out
}

/// `Alice's` is of Alice.
fn possessor(word: &str) -> &str {
    ["'s", "’s"].into_iter().find_map(|tail| word.strip_suffix(tail)).unwrap_or(word)
}

/// Whether a word is the number of something: letters and digits in one, as an account's or an order's.
pub(super) fn code(word: &str) -> bool {
    let (letters, digits) =
        (word.chars().filter(char::is_ascii_alphabetic).count(), word.chars().filter(char::is_ascii_digit).count());
    letters > 0
        && digits > 2
        && letters + digits >= CODE_CHARS_MIN
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

/// The fewest letters and digits of one.
const CODE_CHARS_MIN: usize = 8;

/// Whether a word is the name of a file.
pub(super) fn file(word: &str) -> bool {
    let ending =
        word.rsplit_once('.').filter(|(name, _)| !name.is_empty()).map(|(_, ending)| ending.to_ascii_lowercase());
    !word.contains('/')
        && !word.starts_with("www.")
        && ending.is_some_and(|ending| FILE_ENDINGS.contains(&ending.as_str()))
}
