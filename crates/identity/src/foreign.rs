//! Text of others inside our log sentences: escaped, bounded, without backticks.

use std::fmt::{self, Write as _};

/// How much of a foreign text a log sentence repeats.
const SHOWN_CHARS_MAX: usize = 80;

/// A text of somebody else, cut and escaped, fit for a log line of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Foreign(Box<str>);

impl Foreign {
    pub(crate) fn new(text: &str) -> Self {
        let mut out = String::new();
        for (count, c) in text.chars().enumerate() {
            if count == SHOWN_CHARS_MAX {
                out.push('…');
                break;
            }
            match c {
                '`' => out.push('\''),
                ' '..='~' => out.push(c),
                // Everything else, so that no terminal or log reader is told anything (T71).
                _ => {
                    let _ = write!(out, "{}", c.escape_unicode());
                }
            }
        }
        Self(out.into())
    }
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
