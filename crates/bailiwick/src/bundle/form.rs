//! The form of JSON that OPA signs: members sorted by their bytes, nothing between parts, numbers as they stand in the file, and
//! texts as Go writes them. Not the canonical form of ours, in which `1.50` is `1.5`.

use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The form of a document that was read strictly before; `None` of what is no JSON.
pub(super) fn written(bytes: &[u8]) -> Option<String> {
    let mut out = String::with_capacity(bytes.len());
    walk(serde_json::from_slice(bytes).ok()?, &mut out)?;
    Some(out)
}

fn walk(value: &RawValue, out: &mut String) -> Option<()> {
    let raw = value.get();
    match raw.bytes().next()? {
        b'{' => {
            let members: BTreeMap<String, &RawValue> = serde_json::from_str(raw).ok()?;
            out.push('{');
            for (index, (name, member)) in members.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                text(&name, out);
                out.push(':');
                walk(member, out)?;
            }
            out.push('}');
        }
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
            out.push('[');
            for (index, item) in items.into_iter().enumerate() {
                out.push_str(if index > 0 { "," } else { "" });
                walk(item, out)?;
            }
            out.push(']');
        }
        b'"' => text(&serde_json::from_str::<String>(raw).ok()?, out),
        _ => out.push_str(raw),
    }
    Some(())
}

/// As `encoding/json` of Go writes a text that is not meant for HTML.
fn text(value: &str, out: &mut String) {
    out.push('"');
    for letter in value.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            // writing to a text never fails
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => drop(write!(out, "\\u{:04x}", u32::from(letter))),
            _ => out.push(letter),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests;
