//! Where this node is reached itself. What agents are let do is decided and told there, so no tool is sent there, whoever named
//! the address: a page of the node that is fetched with somebody else's cookies, or from this machine, is an act of nobody's.
//!
//! Addresses are compared as they are written. A name that only resolves to the node is not told from another.

mod read;

use bailiwick_core::json::Json;
use bailiwick_core::normal::{Kind, normal, url_origin};
use bailiwick_core::{Action, BoundAs, Code, Egress, Reading, Reason};
use std::collections::BTreeSet;
use std::net::{IpAddr, SocketAddr};
use std::sync::{PoisonError, RwLock};

/// Hosts and ports of this node.
#[derive(Debug, Default)]
pub(crate) struct Own(RwLock<Reached>);

#[derive(Debug, Default)]
struct Reached {
    /// A host in its normal form, and a port.
    at: BTreeSet<(String, u16)>,
    /// Ports of this machine, by whatever name or address it calls itself.
    here: BTreeSet<u16>,
    /// Names that are the node's alone, where only a host is named.
    names: BTreeSet<String>,
}

impl Own {
    /// It listens there.
    pub(crate) fn listens(&self, at: SocketAddr) {
        let mut own = self.0.write().unwrap_or_else(PoisonError::into_inner);
        own.here.insert(at.port());
        let host = normal(&Kind::Host, &at.ip().to_string());
        own.at.extend(host.map(|host| (host, at.port())));
    }

    /// It is reached by this URL.
    pub(crate) fn reached_by(&self, url: &str) {
        let Some((scheme, host, port)) = url_origin(url) else { return };
        let mut own = self.0.write().unwrap_or_else(PoisonError::into_inner);
        own.at.extend(ports(&scheme, port).into_iter().map(|port| (host.clone(), port)));
        if !is_here(&host) {
            own.names.insert(host);
        }
    }

    /// Why an action is refused: a URL of this node that an argument names, a destination that is its host, a host of it beside a
    /// number that is its port, or a whole text that is such a URL or host, where it goes out.
    pub(crate) fn refuses(&self, action: &Action) -> Option<Reason> {
        let own = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if own.at.is_empty() {
            return None;
        }
        let out = action.egress == Egress::Open;
        let ports = numbers(&action.arguments);
        let found = action.bound.iter().find(|bound| {
            let Reading::Known(value) = &bound.normal else {
                // what has no one form is read as programs read it: one of them will
                let text = action.arguments.pointer(&bound.pointer).and_then(Json::as_str);
                let addressed = matches!(bound.kind.as_str(), "url" | "host") && text.is_some();
                return addressed && text.and_then(read::origin).is_some_and(|read| own.is_origin(read, &ports));
            };
            // What is found in a text ends before its punctuation, and is shown cut short: a text that is an address is read whole.
            let whole = |kind: &Kind| {
                let text = action.arguments.pointer(&bound.pointer).and_then(Json::as_str).map(str::trim);
                text.filter(|text| !text.contains(char::is_whitespace)).and_then(|text| normal(kind, text))
            };
            match (bound.kind.as_str(), bound.role) {
                ("url", BoundAs::Found) => out && whole(&Kind::Url).is_some_and(|url| own.has_url(&url, &ports)),
                ("url", _) => own.has_url(value, &ports),
                ("host", BoundAs::Found) => out && whole(&Kind::Host).is_some_and(|host| own.has_host(&host, &ports)),
                ("host", BoundAs::Destination) => own.has_host(value, &ports),
                ("host", _) => own.has_port(value, &ports),
                _ => false,
            }
        });
        found.map(|bound| Reason::new(Code::OwnAddress).at(&bound.pointer))
    }
}

impl Reached {
    /// Whether a host is this node's alone, or is it at one of these ports.
    fn has_host(&self, host: &str, ports: &BTreeSet<u16>) -> bool {
        self.names.contains(host) || self.has_port(host, ports)
    }

    fn has_port(&self, host: &str, ports: &BTreeSet<u16>) -> bool {
        let here = is_here(host);
        ports.iter().any(|port| (here && self.here.contains(port)) || self.at.contains(&(host.to_owned(), *port)))
    }

    /// Also where the URL names no port and a number beside it may be one.
    fn has_url(&self, url: &str, beside: &BTreeSet<u16>) -> bool {
        url_origin(url)
            .is_some_and(|origin| (origin.2.is_none() && self.has_port(&origin.1, beside)) || self.has_origin(origin))
    }

    /// Of an address without one form: as a URL, and as a host beside numbers that may be its port. Signs that are not plain ones
    /// a reader may turn into any: such a host may be this one.
    fn is_origin(&self, origin: (String, String, Option<u16>), beside: &BTreeSet<u16>) -> bool {
        !origin.1.is_ascii() || self.has_port(&origin.1, beside) || self.has_origin(origin)
    }

    fn has_origin(&self, (scheme, host, port): (String, String, Option<u16>)) -> bool {
        let here = is_here(&host);
        // Where a name is the node's alone, the other port of the web leads to it as well.
        let web = |port: u16| matches!(port, 80 | 443) && self.names.contains(&host);
        ports(&scheme, port)
            .into_iter()
            .any(|port| (here && self.here.contains(&port)) || web(port) || self.at.contains(&(host.clone(), port)))
    }
}

/// What of the arguments may be a port: which argument is one, nobody says.
fn numbers(arguments: &Json) -> BTreeSet<u16> {
    let mut out = BTreeSet::new();
    let mut rest = vec![arguments];
    while let Some(value) = rest.pop() {
        match value {
            Json::Number(number) => out.extend(number.as_u64().and_then(|number| u16::try_from(number).ok())),
            Json::String(text) => out.extend(text.trim().parse::<u16>()),
            Json::Array(items) => rest.extend(items.iter()),
            Json::Object(members) => rest.extend(members.iter().map(|(_, member)| member)),
            Json::Null | Json::Bool(_) => {}
        }
    }
    out
}

/// The ports that a URL may mean: without a scheme it is read as either.
fn ports(scheme: &str, port: Option<u16>) -> Vec<u16> {
    match (port, scheme) {
        (Some(port), _) => vec![port],
        (None, "http" | "ws") => vec![80],
        (None, "https" | "wss") => vec![443],
        (None, _) => vec![80, 443],
    }
}

/// Whether a host is this machine, wherever it is asked (RFC 6761 section 6.3, RFC 1122 section 3.2.1.3).
fn is_here(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests;
