//! Hosts, URLs and e-mail addresses: ASCII only, so that no other reader maps them to another host.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// RFC 1034 section 3.5 names (underscores too, which inner networks use), IPv4 in four decimals, IPv6.
///
/// Lower case, no dot at the end. A name that some resolver takes for a number (`0x7f.1`, `2130706433`) has no form;
/// international names are taken in their `xn--` form only.
pub(super) fn host(text: &str) -> Option<String> {
    let bracketed = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if let Some(address) = bracketed.or_else(|| text.contains(':').then_some(text)) {
        let address: Ipv6Addr = address.parse().ok()?;
        return Some(match address.to_canonical() {
            IpAddr::V4(mapped) => mapped.to_string(),
            IpAddr::V6(address) => format!("[{address}]"),
        });
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    if name.is_empty() || name.len() > 253 || !name.split('.').all(label) {
        return None;
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let number = last.bytes().all(|b| b.is_ascii_digit()) || last.starts_with("0x");
    if number { name.parse::<Ipv4Addr>().ok().map(|address| address.to_string()) } else { Some(name) }
}

fn label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
}

/// RFC 5322 section 3.4.1 `dot-atom@domain`, lower case.
///
/// Local parts could differ by case (RFC 5321 section 2.4) and nowhere do: telling them apart would refuse honest
/// work. Quoted local parts, comments and display names have no form.
pub(super) fn email(text: &str) -> Option<String> {
    let (local, domain) = text.split_once('@')?;
    let atom = |part: &str| {
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
    };
    let domain = host(domain)?;
    let named = domain.contains('.') && domain.parse::<Ipv4Addr>().is_err() && !domain.starts_with('[');
    let formed = local.len() <= 64 && local.split('.').all(atom);
    (formed && named).then(|| format!("{}@{domain}", local.to_ascii_lowercase()))
}

/// The host that a URL names, in its normal form.
pub fn url_host(url: &str) -> Option<String> {
    Url::read(url).map(|url| url.host)
}

/// The scheme, host and port of a URL, each in its normal form; without a port where that is its scheme's own, or none is known.
/// The scheme is empty where it has none.
pub fn url_origin(url: &str) -> Option<(String, String, Option<u16>)> {
    Url::read(url).map(|url| (url.scheme, url.host, url.port))
}

/// `scheme://host[:port]/path[?query][#fragment]` (RFC 3986), or the same without its scheme, normalised as its section 6.2.2 says and refused where
/// two readers differ: user information, backslashes, dot segments, encoded separators, escapes of escapes.
pub(super) fn url(text: &str) -> Option<String> {
    let Url { scheme, host, port, path, query, fragment } = Url::read(text)?;
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    let scheme = if scheme.is_empty() { scheme } else { format!("{scheme}:") };
    Some(format!("{scheme}//{host}{port}{path}{query}{fragment}"))
}

/// Whether a host is one that people write without a scheme: labels with a point between, letters at the end.
fn names_a_site(host: &str) -> bool {
    host.rsplit_once('.').is_some_and(|(_, last)| last.len() > 1 && last.bytes().all(|b| b.is_ascii_lowercase()))
}

struct Url {
    scheme: String,
    host: String,
    port: Option<u16>,
    path: String,
    query: Option<String>,
    fragment: Option<String>,
}

impl Url {
    fn read(text: &str) -> Option<Self> {
        let allowed = |b: u8| b.is_ascii_graphic() && !b"\\\"<>^`{|}".contains(&b);
        if text.len() > super::VALUE_BYTES_MAX || !text.bytes().all(allowed) {
            return None;
        }
        let Some((scheme, rest)) = text.split_once("://") else {
            // RFC 3986 section 4.2: a reference without a scheme, as `//example.org/a` or as people write it.
            return Self::of("", text.strip_prefix("//").unwrap_or(text)).filter(|url| names_a_site(&url.host));
        };
        let scheme = scheme.to_ascii_lowercase();
        let formed = scheme.starts_with(|c: char| c.is_ascii_lowercase())
            && scheme.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"+-.".contains(&b));
        if formed { Self::of(&scheme, rest) } else { None }
    }

    /// What stands behind the scheme.
    fn of(scheme: &str, rest: &str) -> Option<Self> {
        let (rest, fragment) = cut(rest, '#');
        let (rest, query) = cut(rest, '?');
        let at = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(at)?;
        // RFC 3986 section 7.6: user information is there to mislead
        if authority.contains('@') {
            return None;
        }
        let (host_text, port) = split_port(authority)?;
        let default = match scheme {
            "http" | "ws" => Some(80),
            "https" | "wss" => Some(443),
            _ => None,
        };
        Some(Self {
            host: host(host_text)?,
            port: port.filter(|port| Some(*port) != default),
            path: if path.is_empty() { "/".to_owned() } else { clean_path(path)? },
            query: good_if_there(query)?,
            fragment: good_if_there(fragment)?,
            scheme: scheme.to_owned(),
        })
    }
}

/// What is there must be good; what is not is not missed.
fn good_if_there(part: Option<&str>) -> Option<Option<String>> {
    part.map_or(Some(None), |text| escapes(text).map(Some))
}

fn cut(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let end_of_address = authority.rfind(']').map_or(0, |at| at + 1);
    let (address, tail) = authority.split_at_checked(end_of_address)?;
    if !address.is_empty() {
        let port = if tail.is_empty() { None } else { Some(port(tail.strip_prefix(':')?)?) };
        return Some((address, port));
    }
    match authority.split_once(':') {
        // a second colon is an address without brackets, which other readers take for a port
        Some((host, text)) => Some((host, Some(port(text)?))),
        None => Some((authority, None)),
    }
}

fn port(text: &str) -> Option<u16> {
    let formed = !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
    if formed { text.parse().ok() } else { None }
}

/// A path without dot segments, encoded or not, and without encoded separators.
fn clean_path(path: &str) -> Option<String> {
    let out = escapes(path)?;
    // unreserved characters are decoded by now, dots among them
    let dots = out.split('/').any(|segment| matches!(segment, "." | ".."));
    let hidden = ["%2F", "%5C", "%00"].iter().any(|trick| out.contains(trick));
    let has_twice = out.split("%25").skip(1).any(|rest| hex(rest.get(..2).unwrap_or_default()).is_some());
    if dots || hidden || has_twice || path.to_ascii_lowercase().contains("%2e") { None } else { Some(out) }
}

/// RFC 3986 section 6.2.2: escapes of unreserved characters decoded, others in upper case.
fn escapes(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let byte = hex(digits)?;
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
        out.push_str(rest);
    }
    Some(out)
}

fn hex(digits: &str) -> Option<u8> {
    let formed = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if formed { u8::from_str_radix(digits, 16).ok() } else { None }
}
