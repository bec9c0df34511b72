//! The RFC 8785 form.

use super::Json;

pub(super) fn value(json: &Json, out: &mut Vec<u8>) {
    match json {
        Json::Null => out.extend_from_slice(b"null"),
        Json::Bool(true) => out.extend_from_slice(b"true"),
        Json::Bool(false) => out.extend_from_slice(b"false"),
        Json::Number(number) => out.extend_from_slice(number.as_str().as_bytes()),
        Json::String(text) => string(text, out),
        Json::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                value(item, out);
            }
            out.push(b']');
        }
        Json::Object(members) => {
            out.push(b'{');
            for (at, (key, member)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                string(key, out);
                out.push(b':');
                value(member, out);
            }
            out.push(b'}');
        }
    }
}

/// RFC 8785 section 3.2.2.2: two-character escapes where JSON has them, `\u00xx` for other control characters, all
/// else as it is.
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    loop {
        let (plain, tail) = rest.split_at_checked(plain_length(rest)).unwrap_or((rest, b""));
        out.extend_from_slice(plain);
        let Some((byte, after)) = tail.split_first() else { break };
        escape(*byte, out);
        rest = after;
    }
    out.push(b'"');
}

/// Bytes looked at together: the compiler makes a few wide comparisons of them.
const BLOCK_BYTES: usize = 32;

/// How many bytes from the first on stand for themselves in a JSON string.
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    // No short cut from one comparison to the next, so that a block is compared as one.
    let special = |b: &u8| (*b < 0x20) | (*b == b'"') | (*b == b'\\');
    let plain = |block: &&[u8; BLOCK_BYTES]| !block.iter().fold(false, |any, b| any | special(b));
    let whole = bytes.as_chunks::<BLOCK_BYTES>().0.iter().take_while(plain).count() * BLOCK_BYTES;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().position(special).unwrap_or(rest.len())
}

fn escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x09 => b't',
        0x0a => b'n',
        0x0c => b'f',
        0x0d => b'r',
        _ => {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}
