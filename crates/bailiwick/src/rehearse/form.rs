//! Texts of a form: what a pattern takes, made of the pattern itself, and tried before it is used.

use regex_syntax::hir::{Class, Hir, HirKind};

/// How long a text is at most that is made.
const BYTES_MAX: usize = 1024;
/// How often another branch or another count is tried.
const TURNS: usize = 16;
/// What is taken of a class of characters where it has one of these.
const PLAIN: [char; 6] = ['a', '1', 'A', '-', '.', ' '];

/// The first text of a pattern's form that is good for what is asked here; `None` where none of those that are tried is.
pub(super) fn of_form(pattern: &str, good: impl Fn(&str) -> bool) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    (0..TURNS).find_map(|turn| {
        let mut text = String::new();
        write(&hir, turn, &mut text)?;
        good(&text).then_some(text)
    })
}

/// Appends a text of this form. What stands around a place (`^`, `\b`) is left to whoever tries the whole.
fn write(hir: &Hir, turn: usize, out: &mut String) -> Option<()> {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => out.push(one_of(class)?),
        HirKind::Repetition(repeated) => {
            // as few as may be, and in other turns a few more
            let more = u32::try_from(turn % 4).ok()?;
            let count = repeated.min.max(more).min(repeated.max.unwrap_or(u32::MAX));
            for _ in 0..count {
                let before = out.len();
                write(&repeated.sub, turn, out)?;
                // what writes nothing once never does: so a count within a count is bounded by what is written
                if out.len() == before {
                    break;
                }
            }
        }
        HirKind::Capture(group) => write(&group.sub, turn, out)?,
        HirKind::Concat(parts) => parts.iter().try_for_each(|part| write(part, turn, out))?,
        HirKind::Alternation(branches) => {
            let branch = branches.get(turn / 4 % branches.len().max(1))?;
            write(branch, turn, out)?;
        }
    }
    (out.len() <= BYTES_MAX).then_some(())
}

/// A character of a class: a plain one where it has one, else its first that is seen.
fn one_of(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.ranges().iter().map(|range| (range.start(), range.end())).collect(),
        Class::Bytes(class) => {
            class.ranges().iter().map(|range| (char::from(range.start()), char::from(range.end()))).collect()
        }
    };
    let has = |c: char| ranges.iter().any(|(from, to)| (*from..=*to).contains(&c));
    let plain = PLAIN.into_iter().find(|c| has(*c));
    plain.or_else(|| ranges.iter().flat_map(|(from, to)| (*from..=*to).take(64)).find(|c| !c.is_control()))
}

#[cfg(test)]
mod tests;
