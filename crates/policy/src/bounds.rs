//! What a policy text may cost, asked before Cedar reads it: its parser, its evaluator and even the freeing of an
//! expression recurse, so a text that nests for ever must never reach them.

use crate::problem::PolicyProblem;
use std::iter::Peekable;
use std::str::Bytes;

/// The most bytes of one policy document's text.
pub const TEXT_BYTES_MAX: usize = 120 << 10;
/// The most bytes of one rule.
pub const RULE_BYTES_MAX: usize = 16 << 10;
/// The most rules of one tenant.
pub const RULES_MAX: usize = 10_000;
/// The most operators (`&&`, `||`, `!`, `+`, `-`, `*`, `.`, `if`) of one rule.
pub const OPERATORS_PER_RULE_MAX: usize = 256;
/// The deepest that an expression, or brackets, may nest. Cedar refuses by the stack that is left, which differs from
/// machine to machine; far below that the answer is the same everywhere.
pub const DEPTH_MAX: usize = 64;

const _: () = assert!(RULE_BYTES_MAX < TEXT_BYTES_MAX, "a document must be able to hold its largest rule");
const _: () = assert!(TEXT_BYTES_MAX < bailiwick_core::Document::BYTES_MAX, "a text stands within a document");

/// Checks a text that was not parsed yet. Answers the line on which each rule of it begins.
pub(crate) fn check(document: &str, text: &str) -> Result<Vec<usize>, PolicyProblem> {
    if text.len() > TEXT_BYTES_MAX {
        let found = format!("the text has {} bytes", text.len());
        return Err(PolicyProblem::new(document, found).expected(format_args!("at most {TEXT_BYTES_MAX} are read")));
    }
    let mut scan = Scan { bytes: text.bytes().peekable(), at: 0, line: 1 };
    let mut rule = Rule::default();
    let mut lines = Vec::new();
    while let Some(byte) = scan.next() {
        let comment = byte == b'/' && scan.peek() == Some(b'/');
        if !rule.begun && !comment && !byte.is_ascii_whitespace() {
            rule.begun = true;
            lines.push(scan.line);
        }
        match byte {
            b'"' => scan.skip_text(),
            _ if comment => scan.skip_line(),
            b'(' | b'[' | b'{' => rule.depth += 1,
            b')' | b']' | b'}' => rule.depth = rule.depth.saturating_sub(1),
            b'&' | b'|' | b'!' | b'+' | b'-' | b'*' | b'.' => rule.operators += 1,
            // `if`, `in`, `is` and names that begin so: counted too many rather than too few
            b'i' => rule.operators += usize::from(scan.peek() == Some(b'f')),
            b';' => rule = Rule { from: scan.at, ..Rule::default() },
            _ => {}
        }
        let (found, most) = if scan.at - rule.from > RULE_BYTES_MAX {
            ("a rule that is too long", RULE_BYTES_MAX)
        } else if rule.depth > DEPTH_MAX {
            ("brackets that nest too deep", DEPTH_MAX)
        } else if rule.operators > 2 * OPERATORS_PER_RULE_MAX {
            ("a rule with too many operators", OPERATORS_PER_RULE_MAX)
        } else {
            continue;
        };
        let problem = PolicyProblem::new(document, found).line(Some(scan.line));
        return Err(problem.expected(format_args!("at most {most}; split the rule")));
    }
    Ok(lines)
}

/// What was seen of one rule.
#[derive(Default)]
struct Rule {
    from: usize,
    begun: bool,
    depth: usize,
    /// `&&` and `||` count for two.
    operators: usize,
}

struct Scan<'a> {
    bytes: Peekable<Bytes<'a>>,
    at: usize,
    line: usize,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.next()?;
        self.at += 1;
        self.line += usize::from(byte == b'\n');
        Some(byte)
    }
    fn peek(&mut self) -> Option<u8> {
        self.bytes.peek().copied()
    }
    fn skip_text(&mut self) {
        while let Some(byte) = self.next() {
            match byte {
                b'\\' => drop(self.next()),
                b'"' => return,
                _ => {}
            }
        }
    }
    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }
}

#[cfg(test)]
mod tests;
