//! What programs make of an address that has no one form: a numeric host in fewer parts, in hex or octal, a user before the host,
//! dots in the path. Whoever wrote it may mean this node, and the program that fetches it gets there.

use std::net::{IpAddr, Ipv4Addr};

/// Schemes that a browser reads leniently.
const WEB: [&str; 5] = ["http", "https", "ws", "wss", "ftp"];

/// The scheme, the host and the port of a URL or host, as lenient readers (the WHATWG's, `inet_aton`) take it.
pub(super) fn origin(text: &str) -> Option<(String, String, Option<u16>)> {
    let plain: String = text.trim().chars().filter(|c| !c.is_control()).map(plain).collect();
    let (scheme, rest) = match plain.split_once(':') {
        // of the web's schemes the host follows whatever stands behind the colon
        Some((scheme, rest)) if rest.starts_with('/') || WEB.contains(&scheme) => (scheme, rest),
        _ => ("", plain.as_str()),
    };
    // however many slashes there are, the host follows them
    let authority = rest.trim_start_matches('/').split(['/', '?', '#']).next()?;
    let after_user = authority.rsplit('@').next()?;
    let (host, port) = match after_user.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) && closed(host) => {
            (host, Some(port.parse().ok()?))
        }
        Some((host, "")) if closed(host) => (host, None),
        _ => (after_user, None),
    };
    let host = unescaped(host)?;
    let host = host.strip_suffix('.').unwrap_or(&host);
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    let host = match (bare.parse::<IpAddr>(), address(bare)) {
        (Ok(ip), _) => match ip.to_canonical() {
            IpAddr::V4(ip) => ip.to_string(),
            IpAddr::V6(ip) => format!("[{ip}]"),
        },
        (Err(_), Some(ip)) => ip.to_string(),
        (Err(_), None) => bare.to_owned(),
    };
    (!host.is_empty()).then(|| (scheme.to_owned(), host, port))
}

/// A colon within brackets parts no port.
fn closed(host: &str) -> bool {
    !host.starts_with('[') || host.ends_with(']')
}

/// Full width and ideographic signs are read as the plain ones; a backslash as a slash; letters in lower case.
fn plain(c: char) -> char {
    let plain = match c {
        '\\' => '/',
        '\u{3002}' | '\u{ff61}' => '.',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    };
    plain.to_ascii_lowercase()
}

/// With its percent escapes undone, once.
fn unescaped(host: &str) -> Option<String> {
    let mut out = Vec::with_capacity(host.len());
    let mut rest = host.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let digit = |of: Option<u8>| of.and_then(|of| char::from(of).to_digit(16));
        let (high, low) = (digit(rest.next())?, digit(rest.next())?);
        out.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(out).ok().map(|text| text.to_lowercase())
}

/// Up to four numbers, the last of which fills what is left (`inet_aton(3)`).
fn address(host: &str) -> Option<Ipv4Addr> {
    let parts: Vec<u64> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, first) = parts.split_last()?;
    let room = 4_u32.checked_sub(u32::try_from(first.len()).ok()?).filter(|room| *room > 0)?;
    let mut bits = *last;
    if bits >= 1_u64 << (8 * room) {
        return None;
    }
    for (index, part) in (0_u32..).zip(first) {
        bits |= u64::from(u8::try_from(*part).ok()?) << (24 - 8 * index);
    }
    u32::try_from(bits).ok().map(Ipv4Addr::from_bits)
}

fn number(text: &str) -> Option<u64> {
    match (text.strip_prefix("0x"), text.strip_prefix('0')) {
        (Some(""), _) => Some(0),
        (Some(hex), _) => u64::from_str_radix(hex, 16).ok(),
        (None, Some(octal)) if !octal.is_empty() => u64::from_str_radix(octal, 8).ok(),
        (None, _) => text.parse().ok(),
    }
}
