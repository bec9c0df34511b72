//! Entities of HTML undone: `&#x2d;`, `&#45;`, and the names of what ASCII has of punctuation.

use memchr::memchr;
use zeroize::Zeroizing;

/// The names of HTML for what stands in ASCII and is neither letter nor digit.
const NAMED: [(&[u8], u8); 44] = [
    (b"AMP", b'&'),
    (b"DiacriticalGrave", b'`'),
    (b"GT", b'>'),
    (b"Hat", b'^'),
    (b"LT", b'<'),
    (b"NewLine", b'\n'),
    (b"QUOT", b'"'),
    (b"Tab", b'\t'),
    (b"UnderBar", b'_'),
    (b"VerticalLine", b'|'),
    (b"amp", b'&'),
    (b"apos", b'\''),
    (b"ast", b'*'),
    (b"bsol", b'\\'),
    (b"colon", b':'),
    (b"comma", b','),
    (b"commat", b'@'),
    (b"dollar", b'$'),
    (b"equals", b'='),
    (b"excl", b'!'),
    (b"grave", b'`'),
    (b"gt", b'>'),
    (b"lbrace", b'{'),
    (b"lbrack", b'['),
    (b"lcub", b'{'),
    (b"lowbar", b'_'),
    (b"lpar", b'('),
    (b"lsqb", b'['),
    (b"lt", b'<'),
    (b"midast", b'*'),
    (b"num", b'#'),
    (b"percnt", b'%'),
    (b"period", b'.'),
    (b"plus", b'+'),
    (b"quest", b'?'),
    (b"quot", b'"'),
    (b"rbrace", b'}'),
    (b"rbrack", b']'),
    (b"rcub", b'}'),
    (b"rpar", b')'),
    (b"rsqb", b']'),
    (b"semi", b';'),
    (b"sol", b'/'),
    (b"verbar", b'|'),
];
/// The longest of them.
const NAME_BYTES_MAX: usize = 16;
/// Names that browsers take without the semicolon too.
const OPEN: [&[u8]; 8] = [b"AMP", b"GT", b"LT", b"QUOT", b"amp", b"gt", b"lt", b"quot"];

/// The bytes with entities undone; nothing where there are none.
pub(super) fn entities_undone(bytes: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut out = Zeroizing::new(Vec::new());
    let mut rest = bytes;
    let mut undone = false;
    while let Some((before, from)) = memchr(b'&', rest).and_then(|at| rest.split_at_checked(at)) {
        out.extend_from_slice(before);
        match entity(from) {
            Some((c, after)) => {
                undone = true;
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                rest = after;
            }
            None => {
                out.push(b'&');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.extend_from_slice(rest);
    undone.then_some(out)
}

/// The entity that these bytes begin with, and what follows it.
fn entity(bytes: &[u8]) -> Option<(char, &[u8])> {
    let inside = bytes.strip_prefix(b"&")?;
    match inside.strip_prefix(b"#") {
        Some([b'x' | b'X', digits @ ..]) => number(digits, 16),
        Some(digits) => number(digits, 10),
        None => named(inside),
    }
}

/// Digits however many, and the semicolon if there is one: browsers want none.
fn number(digits: &[u8], radix: u32) -> Option<(char, &[u8])> {
    let count = digits.iter().take_while(|digit| char::from(**digit).is_digit(radix)).count();
    let (digits, after) = digits.split_at_checked(count).filter(|(digits, _)| !digits.is_empty())?;
    let value = digits.iter().fold(0_u32, |value, digit| {
        let digit = char::from(*digit).to_digit(radix).unwrap_or_default();
        value.saturating_mul(radix).saturating_add(digit)
    });
    Some((char::from_u32(value).unwrap_or('\u{fffd}'), after.strip_prefix(b";").unwrap_or(after)))
}

fn named(inside: &[u8]) -> Option<(char, &[u8])> {
    let count = inside.iter().take(NAME_BYTES_MAX + 1).take_while(|byte| byte.is_ascii_alphabetic()).count();
    let (name, after) = inside.split_at_checked(count)?;
    let of = |name: &[u8]| NAMED.iter().find(|(known, _)| *known == name).map(|(_, byte)| char::from(*byte));
    if let Some(after) = after.strip_prefix(b";")
        && let Some(c) = of(name)
    {
        return Some((c, after));
    }
    let open = OPEN.iter().find(|open| inside.starts_with(open))?;
    Some((of(open)?, inside.get(open.len()..)?))
}
