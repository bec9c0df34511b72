//! Characters: those that are not seen, those that look like others, and the forms of plain text.

use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization as _, is_nfkc};

/// Whether Unicode lets software drop a character (`Default_Ignorable_Code_Point`): zero-width and bidirectional
/// marks, fillers, variation selectors, tags.
pub(crate) fn ignorable(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character is not seen, or means nothing that two readers share: those, controls, line separators,
/// annotations, the blank Braille pattern, private use.
#[must_use]
pub fn invisible(c: char) -> bool {
    ignorable(c)
        || matches!(c,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}'..='\u{2029}' | '\u{2800}' | '\u{e000}'..='\u{f8ff}'
            | '\u{fff9}'..='\u{fffd}' | '\u{f0000}'..='\u{10ffff}')
}

/// Whether a character is seen as what it is, on the line where it stands.
fn seen(c: char) -> bool {
    c == ' ' || !(invisible(c) || c.is_control() || c.is_whitespace())
}

/// A text of somebody else on one line, as people read it: what cannot be seen, ends a line or acts on what stands beside it
/// is written out, and so can neither move a cursor nor look like something else. At most so many characters of it.
#[must_use]
pub fn one_line(text: &str, chars_max: usize) -> String {
    let mut out = String::with_capacity(text.len().min(chars_max));
    for (count, c) in text.chars().enumerate() {
        match c {
            _ if count == chars_max => {
                out.push('…');
                break;
            }
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if seen(c) => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    out
}

/// JSON in which nothing stands that cannot be seen: that is written as its own escapes, so the value is the same.
#[must_use]
pub fn seen_json(canonical: &str) -> String {
    let mut out = String::with_capacity(canonical.len());
    for c in canonical.chars() {
        if seen(c) {
            out.push(c);
        } else {
            // by INVARIANT of JSON: outside of strings there is ASCII only
            c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out.push_str(&format!("\\u{unit:04x}")));
        }
    }
    out
}

/// What a text looks like to one who reads it, for a search for words in it: compatibility forms and accents taken off,
/// unseen characters left out, look-alikes of other scripts as the Latin letter that they are taken for, in small letters.
/// No value is compared so.
#[must_use]
pub fn look(text: &str) -> String {
    // twice: what is small may come apart again
    let base = |text: &str| -> String {
        text.nfkd().filter(|c| !is_combining_mark(*c) && (!invisible(*c) || c.is_control())).map(look_alike).collect()
    };
    base(&base(text).to_lowercase())
}

/// What a text looks like, in the letters that it is taken for and of the size that they are; lines and spaces stay.
pub(super) fn folded(text: &str) -> String {
    let seen = |c: &char| !is_combining_mark(*c) && (!invisible(*c) || c.is_control());
    // one character comes apart into eighteen at most: what is longer than any reader takes for one text is cut
    let folded = text.nfkd().filter(seen).take(text.len().saturating_mul(2)).map(look_alike);
    folded
        .map(|c| match c {
            '\u{3002}' => '.',
            '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
            '\u{2236}' | '\u{a789}' => ':',
            c => c,
        })
        .collect()
}

fn look_alike(c: char) -> char {
    match plain_punctuation(c) {
        '\u{391}' | '\u{410}' | '\u{3b1}' | '\u{430}' | '\u{251}' => 'a',
        '\u{392}' | '\u{412}' => 'b',
        '\u{3f2}' | '\u{3f9}' | '\u{421}' | '\u{441}' | '\u{1d04}' => 'c',
        '\u{501}' => 'd',
        '\u{395}' | '\u{415}' | '\u{435}' | '\u{3b5}' => 'e',
        '\u{261}' => 'g',
        '\u{397}' | '\u{41d}' | '\u{4bb}' => 'h',
        '\u{399}' | '\u{406}' | '\u{456}' | '\u{4c0}' | '\u{3b9}' | '\u{131}' | '\u{269}' => 'i',
        '\u{408}' | '\u{458}' => 'j',
        '\u{39a}' | '\u{41a}' | '\u{3ba}' | '\u{43a}' => 'k',
        '\u{4cf}' => 'l',
        '\u{39c}' | '\u{41c}' => 'm',
        '\u{39d}' => 'n',
        '\u{39f}' | '\u{41e}' | '\u{3bf}' | '\u{43e}' | '\u{3c3}' | '\u{585}' => 'o',
        '\u{3a1}' | '\u{420}' | '\u{3c1}' | '\u{440}' => 'p',
        '\u{51b}' => 'q',
        '\u{405}' | '\u{455}' | '\u{a731}' => 's',
        '\u{3a4}' | '\u{422}' | '\u{3c4}' => 't',
        '\u{57d}' | '\u{3c5}' => 'u',
        '\u{3bd}' | '\u{475}' => 'v',
        '\u{51d}' | '\u{461}' => 'w',
        '\u{3a7}' | '\u{425}' | '\u{3c7}' | '\u{445}' => 'x',
        '\u{3a5}' | '\u{4ae}' | '\u{423}' | '\u{443}' | '\u{4af}' => 'y',
        '\u{396}' => 'z',
        c => c,
    }
}

/// One line of text: NFKC, typographic variants of quotes, dashes and spaces folded, nothing unseen.
pub(super) fn line(text: &str) -> Option<String> {
    if text.bytes().all(|b| (0x20..0x7f).contains(&b)) {
        // ASCII is its own NFKC.
        return Some(text.to_owned());
    }
    if text.chars().any(invisible) {
        return None;
    }
    let out: String = text.nfkc().map(plain_punctuation).collect();
    if out.chars().any(invisible) { None } else { Some(out) }
}

/// A name: one line, spaces single and inside, no word that mixes look-alike scripts.
pub(super) fn name(text: &str, chars_max: usize) -> Option<String> {
    let line = line(text)?;
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| mixes_scripts(word)) {
        return None;
    }
    let out = words.join(" ");
    if out.is_empty() || out.chars().count() > chars_max { None } else { Some(out) }
}

/// A value that is compared as it is: nothing unseen, no other form of other characters, no space around it.
pub(super) fn exact(text: &str) -> Option<String> {
    let as_is = is_nfkc(text) && !text.chars().any(invisible) && text.trim() == text;
    // an id that mixes scripts is made to be taken for another
    (as_is && !text.split(|c: char| !c.is_alphabetic()).any(mixes_scripts)).then(|| text.to_owned())
}

/// Text of many lines: NFKC, line ends as one line feed, nothing unseen but tabs.
pub(super) fn prose(text: &str) -> Option<String> {
    let unified = text.replace("\r\n", "\n");
    let seen = |c: char| matches!(c, '\n' | '\t') || !invisible(c);
    if !unified.chars().all(seen) {
        return None;
    }
    let out: String = unified.nfkc().map(plain_punctuation).collect();
    out.chars().all(seen).then_some(out)
}

/// Punctuation that typing aids put in place of what was typed. It tells no two names apart.
fn plain_punctuation(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{2bc}' => '\'',
        '\u{201c}' | '\u{201d}' | '\u{201f}' | '\u{2033}' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' => '-',
        '\u{1680}' => ' ',
        c => c,
    }
}

/// Whether a word has letters of two of the scripts whose letters are taken for each other.
///
/// We refuse more than UTS 39's single-script level where a name honestly mixes them inside one word; folding
/// look-alikes into each other instead would make the look-alike equal to the name it imitates.
pub(super) fn mixes_scripts(word: &str) -> bool {
    let mut seen = word.chars().filter_map(script);
    let Some(first) = seen.next() else { return false };
    seen.any(|script| script != first)
}

#[derive(PartialEq, Eq, Clone, Copy)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Cherokee,
    Coptic,
    Lisu,
}

fn script(c: char) -> Option<Script> {
    match c {
        'A'..='Z'
        | 'a'..='z'
        | '\u{c0}'..='\u{d6}'
        | '\u{d8}'..='\u{f6}'
        | '\u{f8}'..='\u{2af}'
        | '\u{1d00}'..='\u{1d25}'
        | '\u{1d6b}'..='\u{1d77}'
        | '\u{1d79}'..='\u{1d9a}'
        | '\u{1e00}'..='\u{1eff}'
        | '\u{2c60}'..='\u{2c7f}'
        | '\u{a722}'..='\u{a7ff}'
        | '\u{ab30}'..='\u{ab64}' => Some(Script::Latin),
        '\u{370}'..='\u{373}'
        | '\u{376}'..='\u{377}'
        | '\u{37f}'
        | '\u{386}'
        | '\u{388}'..='\u{3e1}'
        | '\u{3f0}'..='\u{3ff}'
        | '\u{1d26}'..='\u{1d2a}'
        | '\u{1f00}'..='\u{1fff}' => Some(Script::Greek),
        '\u{400}'..='\u{52f}' | '\u{1c80}'..='\u{1c8a}' | '\u{1d2b}' | '\u{a640}'..='\u{a69f}' => {
            Some(Script::Cyrillic)
        }
        '\u{531}'..='\u{587}' => Some(Script::Armenian),
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Some(Script::Cherokee),
        '\u{3e2}'..='\u{3ef}' | '\u{2c80}'..='\u{2cff}' => Some(Script::Coptic),
        '\u{a4d0}'..='\u{a4ff}' => Some(Script::Lisu),
        _ => None,
    }
}
