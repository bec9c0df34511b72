//! Names that a person takes for one another.

use bailiwick_core::normal::look;

/// Shorter names that differ in one letter are two names.
const ALIKE_CHARS_MIN: usize = 5;

/// How a name looks at a glance: without case, accents, look-alike letters and what separates words.
pub(super) fn glance(name: &str) -> String {
    look(name).chars().filter(|c| c.is_alphanumeric()).map(twin).collect()
}

/// Digits that are taken for letters, and one letter for another.
const fn twin(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | 'i' => 'l',
        '5' => 's',
        c => c,
    }
}

/// Whether one name is the other but for one letter: changed, left out, put in, or two that changed places.
pub(super) fn one_apart(one: &str, other: &str) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    if a == b || a.len().min(b.len()) < ALIKE_CHARS_MIN || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let before = a.iter().zip(&b).take_while(|(a, b)| a == b).count();
    let after = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    // what stands between what they begin and end with
    let (left, right) = (a.len().saturating_sub(before + after), b.len().saturating_sub(before + after));
    let swapped = left == 2 && right == 2 && a.get(before) == b.get(before + 1) && a.get(before + 1) == b.get(before);
    (left <= 1 && right <= 1) || swapped
}

#[cfg(test)]
mod tests;
