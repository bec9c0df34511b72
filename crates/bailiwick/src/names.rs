//! Names and ids as people type them: an id by its beginning, a name that was mistyped with what may have been meant.

use crate::trust::BadInput;
use bailiwick_core::nearest;

/// The most names that are listed beside one that is not there.
const LISTED_MAX: usize = 8;
/// An id in full.
const ID_CHARS: usize = 32;

/// A name as one part of a path: what a path cannot hold, or would be read as more than one part, is written as its bytes
/// (RFC 3986 section 2.1).
pub(crate) fn in_path(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@!$&'()*+,;=".contains(&byte);
    let mut out = String::new();
    for byte in name.bytes() {
        if plain(byte) { out.push(char::from(byte)) } else { out.push_str(&format!("%{byte:02X}")) }
    }
    out
}

/// The id that begins so.
///
/// # Errors
/// [`BadInput`] where none or several do.
pub(crate) fn by_beginning<'a>(
    noun: &str,
    beginning: &str,
    known: impl Iterator<Item = &'a str>,
) -> Result<String, BadInput> {
    let mut found: Vec<&str> = known.filter(|id| !beginning.is_empty() && id.starts_with(beginning)).collect();
    found.dedup();
    match found.as_slice() {
        [id] => Ok((*id).to_owned()),
        [] if beginning.len() == ID_CHARS => Err(BadInput(format!("there is no {noun} `{beginning}`"))),
        [] => Err(BadInput(format!("no {noun} begins with `{beginning}`; see `bailiwick {noun} list`"))),
        [first, second, ..] => {
            let others = found.len().saturating_sub(2);
            let more = if others == 0 { String::new() } else { format!(" and {others} more") };
            Err(BadInput(format!("more than one {noun} begins with `{beginning}`: {first}, {second}{more}")))
        }
    }
}

/// The name, if it is there.
///
/// # Errors
/// [`BadInput`] with what may have been meant, or what there is.
pub(crate) fn known<'a>(noun: &str, name: &str, known: impl Iterator<Item = &'a str>) -> Result<String, BadInput> {
    let known: Vec<&str> = known.collect();
    if known.contains(&name) {
        return Ok(name.to_owned());
    }
    let hint = match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none yet".to_owned(),
        None => {
            let listed: Vec<String> = known.iter().take(LISTED_MAX).map(|name| format!("`{name}`")).collect();
            let rest = known.len().saturating_sub(LISTED_MAX);
            let more = if rest == 0 { String::new() } else { format!(" and {rest} more") };
            format!("there are {}{more}", listed.join(", "))
        }
    };
    Err(BadInput(format!("there is no {noun} `{}`; {hint}", name.escape_debug())))
}

#[cfg(test)]
mod tests;
