//! What is wrong with a policy, told so that its author finds the place.

use std::collections::BTreeSet;
use std::fmt;

/// One thing that is wrong with a policy text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PolicyProblem {
    /// The name of the policy document.
    pub document: String,
    /// The line in its text, from 1, where that is known.
    pub line: Option<usize>,
    /// The rule, where the text could be read that far.
    pub rule: Option<String>,
    /// What is wrong.
    pub found: String,
    /// What was expected, where that can be said.
    pub expected: Option<String>,
}

/// The most characters of one part of a problem: texts of others are quoted in it.
const PART_CHARS_MAX: usize = 400;

impl PolicyProblem {
    pub(crate) fn new(document: &str, found: impl Into<String>) -> Self {
        let found = clip(&found.into());
        Self { document: document.to_owned(), line: None, rule: None, found, expected: None }
    }
    pub(crate) fn line(self, line: Option<usize>) -> Self {
        Self { line, ..self }
    }
    pub(crate) fn rule(self, rule: &str) -> Self {
        Self { rule: Some(rule.to_owned()), ..self }
    }
    pub(crate) fn expected(self, expected: impl fmt::Display) -> Self {
        Self { expected: Some(clip(&expected.to_string())), ..self }
    }

    /// From an error of Cedar's: its first label is the place, its help is what was expected.
    pub(crate) fn of(document: &str, text: &str, error: &dyn miette::Diagnostic) -> Self {
        let offset = error.labels().and_then(|mut labels| labels.next()).map(|label| label.offset());
        let help = error.help().map(|help| in_words(&help.to_string()));
        let problem =
            Self::new(document, in_words(&error.to_string())).line(offset.map(|offset| line_at(text, offset)));
        match help {
            Some(help) => problem.expected(help),
            None => problem,
        }
    }
}

/// How Cedar writes types that no schema names, and what a person calls them.
const TYPES: [(&str, &str); 6] = [
    ("Set<__cedar::internal::Any>", "an empty set"),
    ("__cedar::internal::AnyEntity", "any entity"),
    ("__cedar::internal::OpenRecord", "a record "),
    ("__cedar::internal::Never", "nothing"),
    ("__cedar::internal::True", "true"),
    ("__cedar::internal::False", "false"),
];
/// Before the types of which it is one.
const ONE_OF: &str = "__cedar::internal::Union<";

/// An error of Cedar's with types as a person calls them.
fn in_words(text: &str) -> String {
    let mut out = TYPES.into_iter().fold(text.to_owned(), |text, (theirs, ours)| text.replace(theirs, ours));
    // by INVARIANT of Cedar's types: those that it is one of are entities, so there is no `>` among their names
    while let Some((before, rest)) = out.split_once(ONE_OF) {
        let (types, after) = rest.split_once('>').unwrap_or((rest, ""));
        out = format!("{before}{}{after}", types.replace(", ", " or "));
    }
    out
}

/// One line, without what a terminal would obey, of bounded length.
pub(crate) fn clip(text: &str) -> String {
    let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut out: String = plain.clone().take(PART_CHARS_MAX).collect();
    if plain.count() > PART_CHARS_MAX {
        out.push('…');
    }
    out
}

/// The line, from 1, of a place in a text.
pub(crate) fn line_at(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|b| *b == b'\n').count()
}

/// What a name that is not there was perhaps meant to be, else a few of those that are.
pub(crate) fn nearest(name: &str, known: &BTreeSet<String>) -> String {
    const SHOWN_MAX: usize = 8;
    const SLIPS_MAX: usize = 2;
    let near = known.iter().map(|other| (slips(name, other), other)).min();
    if let Some((_, meant)) = near.filter(|(slips, _)| *slips <= SLIPS_MAX) {
        return format!("did you mean `{meant}`?");
    }
    let shown: Vec<String> = known.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect();
    match (shown.is_empty(), known.len().saturating_sub(SHOWN_MAX)) {
        (true, _) => "there is none yet".to_owned(),
        (_, 0) => format!("expected one of {}", shown.join(", ")),
        (_, rest) => format!("expected one of {} and {rest} more", shown.join(", ")),
    }
}

/// How many letters were added, left out or mistaken.
fn slips(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (index, letter) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        next.push(index + 1);
        for (pair, other) in row.windows(2).zip(&b) {
            let [diagonal, above] = pair else { continue };
            let left = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

impl fmt::Display for PolicyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "policy `{}`", self.document)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(rule) = &self.rule {
            write!(f, ", rule `{rule}`")?;
        }
        write!(f, ": {}", self.found)?;
        match &self.expected {
            Some(expected) => write!(f, "; {expected}"),
            None => Ok(()),
        }
    }
}
impl std::error::Error for PolicyProblem {}

#[cfg(test)]
mod tests;
