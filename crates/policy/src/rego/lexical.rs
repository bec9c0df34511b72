//! What a text of Rego may hold, asked before it is parsed: trees are freed by recursion, so one that nests for ever must
//! never be made; and what stands in brackets is read again for each bracket around it, so those are few.

use crate::bounds::TEXT_BYTES_MAX;
use crate::problem::PolicyProblem;

/// The most operators of one module. A chain of them nests as deep as it is long.
const OPERATORS_MAX: usize = 4_096;
/// How deep `[` and `{` nest, those around a rule's body among them. Each doubles the time that the parser takes.
const BRACKETS_DEEP_MAX: usize = 7;

pub(super) fn check(document: &str, text: &str) -> Result<(), PolicyProblem> {
    let bad = |found: String, most: usize| PolicyProblem::new(document, found).expected(format_args!("at most {most}"));
    if text.len() > TEXT_BYTES_MAX {
        return Err(bad(format!("the text has {} bytes", text.len()), TEXT_BYTES_MAX));
    }
    let Found { operators, deepest } = Found::of(text);
    if deepest > BRACKETS_DEEP_MAX {
        return Err(bad(format!("brackets that nest {deepest} deep"), BRACKETS_DEEP_MAX));
    }
    if operators > OPERATORS_MAX {
        let problem = bad(format!("the text has {operators} operators"), OPERATORS_MAX);
        return Err(problem.expected(format_args!("at most {OPERATORS_MAX} in one module; split it")));
    }
    Ok(())
}

/// What was counted.
#[derive(Default)]
struct Found {
    /// Signs between values, and `in`: counted too many rather than too few.
    operators: usize,
    deepest: usize,
}

impl Found {
    fn of(text: &str) -> Self {
        let (mut found, mut deep, mut before) = (Self::default(), 0_usize, ' ');
        let mut rest = text.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '#' => while rest.next().is_some_and(|c| c != '\n') {},
                '`' => while rest.next().is_some_and(|c| c != '`') {},
                '"' => {
                    while let Some(c) = rest.next() {
                        match c {
                            '\\' => drop(rest.next()),
                            '"' => break,
                            _ => {}
                        }
                    }
                }
                '[' | '{' => deep += 1,
                ']' | '}' => deep = deep.saturating_sub(1),
                '+' | '-' | '*' | '/' | '%' | '|' | '&' | '<' | '>' | '!' => found.operators += 1,
                // `==` is one, `:=`, `<=`, `>=` and `!=` none of their own
                '=' => found.operators += usize::from(!matches!(before, '=' | ':' | '<' | '>' | '!')),
                'n' if before == 'i' => {
                    found.operators += usize::from(rest.peek().is_some_and(|c| !c.is_alphanumeric()));
                }
                _ => {}
            }
            found.deepest = found.deepest.max(deep);
            before = c;
        }
        found
    }
}
