//! What a document may say and nobody should apply: addresses that no server of ours may be at, headers that are not the
//! person's to set. Asked when documents are applied, never when the record is read again.

use super::{Agent, BadDocument, Document, Rule, Server, Template, TemplateAsk, TemplateRow, Transport};
use crate::Constraint;
use crate::approval::Approver;
use crate::json::{Json, Object, Pointer};
use crate::normal::{Kind, normal, private, surroundings, url_host};
use std::net::IpAddr;

/// Headers that are the transport's own, or the gateway's: a value of a document's beside it would say something else of
/// what is sent, or be sent in its place.
const OWN_HEADERS: [&str; 15] = [
    "accept",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "last-event-id",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// What headers of the protocol's own begin with: `Mcp-Method`, `Mcp-Name`, `Mcp-Param-…`, `Mcp-Session-Id`,
/// `MCP-Protocol-Version`, and those to come.
const OWN_PREFIX: &str = "mcp-";
/// The longest name of an account (useradd).
const ACCOUNT_CHARS_MAX: usize = 32;

/// Whether a header of requests to servers is set by whoever sends them, so that no document can.
pub fn own_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    OWN_HEADERS.contains(&name.as_str()) || name.starts_with(OWN_PREFIX)
}

impl Document {
    /// What should not be applied, each with its place.
    pub fn faults(&self) -> Vec<BadDocument> {
        match self {
            Self::Server(server) => server.faults(),
            Self::Agent(agent) => agent.faults(),
            Self::Template(template) => template.faults(),
            Self::Rule(rule) => rule.faults(),
            Self::Role(_) | Self::Tool(_) | Self::Policy(_) | Self::Person(_) | Self::Mandate(_) => Vec::new(),
        }
    }
}

fn at(tokens: &[&str]) -> Pointer {
    tokens.iter().fold(Pointer::root(), |at, token| at.join(*token))
}

impl Agent {
    fn faults(&self) -> Vec<BadDocument> {
        let date = normal(&Kind::Date, &self.review).is_some_and(|date| date == self.review);
        let why = format!("expected a day as `2030-06-30`, found `{}`", self.review.escape_debug());
        if date { Vec::new() } else { vec![BadDocument { at: at(&["review"]), why }] }
    }
}

impl TemplateRow {
    /// What of a row no act could ever fit, with its place in the row. A list of no values reads as if nothing were allowed,
    /// and is no condition.
    pub(crate) fn faults(&self) -> Vec<BadDocument> {
        let mut out = Vec::new();
        if self.uses == Some(0) {
            out.push(BadDocument { at: at(&["uses"]), why: "expected at least 1".to_owned() });
        }
        for (pointer, condition) in self.when.as_object().into_iter().flat_map(Object::iter) {
            let place = at(&["when", pointer]);
            if condition.get("one_of").and_then(Json::as_array).is_some_and(<[Json]>::is_empty) {
                out.push(BadDocument { at: place.join("one_of"), why: "expected at least one value".to_owned() });
                continue;
            }
            // With a parameter in it it says what is filled in, or it is none: that is told elsewhere.
            let read = serde_json::from_str::<Constraint>(&condition.canonical()).ok();
            if let Some(why) = read.and_then(|condition| condition.never()).filter(|_| !is_filled(condition)) {
                out.push(BadDocument {
                    at: place,
                    why: format!("expected a condition that a value could meet: {why}"),
                });
            }
        }
        out
    }
}

/// Whether a person's value stands anywhere in a condition.
fn is_filled(condition: &Json) -> bool {
    match condition {
        Json::String(text) => text.starts_with('{') && text.ends_with('}'),
        Json::Array(all) => all.iter().any(is_filled),
        Json::Object(members) => members.iter().any(|(_, member)| is_filled(member)),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

impl Template {
    fn faults(&self) -> Vec<BadDocument> {
        let in_row = |(index, row): (usize, &TemplateRow)| {
            let place = at(&["grant"]).index(index);
            let moved = move |fault: BadDocument| {
                let at = fault.at.tokens().into_iter().fold(place.clone(), |at, token| at.join(token));
                BadDocument { at, ..fault }
            };
            row.faults().into_iter().map(moved)
        };
        // Who is one person cannot be two, however many are asked for.
        let one = |who: &Approver| matches!(who, Approver::Requester | Approver::Customer | Approver::Person(_));
        let too_many = |(index, ask): (usize, &TemplateAsk)| {
            let persons = u64::try_from(ask.who.iter().count()).unwrap_or(u64::MAX);
            let why = format!("expected at most {persons}: `who` names no more persons");
            let never = ask.count > persons && ask.who.iter().all(one);
            never.then(|| BadDocument { at: at(&["ask"]).index(index).join("count"), why })
        };
        let rows = self.grant.iter().enumerate().flat_map(in_row);
        rows.chain(self.ask.iter().enumerate().filter_map(too_many)).collect()
    }
}

impl Server {
    fn faults(&self) -> Vec<BadDocument> {
        let mut out = Vec::new();
        let mut fault = |tokens: &[&str], why: String| out.push(BadDocument { at: at(tokens), why });
        if crate::own::is_own(&self.name) {
            fault(&["name"], "this name is Bailiwick's own: choose another".to_owned());
        }
        match &self.transport {
            Transport::Http { url, headers } => {
                if let Some(why) = url_fault(url) {
                    fault(&["transport", "http", "url"], why);
                }
                for (name, value) in headers {
                    if let Some(why) = header_fault(name, value) {
                        fault(&["transport", "http", "headers", name], why);
                    }
                }
            }
            Transport::Stdio { command, env, run_as, .. } => {
                if command.trim().is_empty() {
                    fault(&["transport", "stdio", "command"], "expected a command".to_owned());
                }
                if let Some(why) = run_as.as_deref().and_then(account_fault) {
                    fault(&["transport", "stdio", "run_as"], why);
                }
                for (name, value) in env {
                    if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
                        fault(
                            &["transport", "stdio", "env", name],
                            "no variable can be called or hold this".to_owned(),
                        );
                    }
                }
            }
            Transport::Wrapped { command } if command.first().is_none_or(|word| word.trim().is_empty()) => {
                fault(&["transport", "wrapped", "command"], "expected a command".to_owned());
            }
            Transport::Wrapped { .. } => {}
        }
        out
    }
}

/// Why a text names no account that a server may have. What may do everything is no account for one: it could not be kept
/// from anything.
fn account_fault(name: &str) -> Option<String> {
    let shape = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let named = (1..=ACCOUNT_CHARS_MAX).contains(&name.len()) && name.bytes().all(shape) && !name.starts_with('-');
    if !named {
        return Some(format!("expected an account as `bw-files` or a uid, found `{}`", name.escape_debug()));
    }
    let all = name == "root" || name.bytes().all(|byte| byte == b'0');
    all.then(|| "no server runs as root".to_owned())
}

impl Rule {
    fn faults(&self) -> Vec<BadDocument> {
        let Some(webhook) = self.notify.as_ref().and_then(|notify| notify.webhook.as_ref()) else { return Vec::new() };
        let inner = || {
            let host = url_host(&webhook.url)?;
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            let near = bare == "localhost" || bare.ends_with(".localhost");
            let private = near || bare.parse::<IpAddr>().is_ok_and(private);
            (private && !webhook.private)
                .then(|| format!("`{host}` is not an address of the world's: say `private: true` if it is meant"))
        };
        let url = url_fault(&webhook.url).or_else(inner);
        let secret = webhook.secret_name().is_none_or(str::is_empty);
        let secret = secret.then(|| "expected `secret:NAME`: a document holds no secret".to_owned());
        let faults = [("url", url), ("secret", secret)].into_iter();
        faults.filter_map(|(name, why)| Some(BadDocument { at: at(&["notify", "webhook", name]), why: why? })).collect()
    }
}

/// Why no server may be at this URL.
fn url_fault(url: &str) -> Option<String> {
    let Some((scheme, rest)) = url.split_once("://") else {
        return Some("expected a URL that begins with `https://`".to_owned());
    };
    let plain = match scheme.to_ascii_lowercase().as_str() {
        "https" => false,
        "http" => true,
        other => return Some(format!("expected `https://`, found `{}://`", other.escape_debug())),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Some(
            "a name or password has no place in a URL: give it as a header, as `Bearer secret:NAME`".to_owned(),
        );
    }
    if url.contains('#') {
        return Some("a fragment is never sent".to_owned());
    }
    let Some(host) = url_host(url) else { return Some("it names no host that everybody reads alike".to_owned()) };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>().ok().map(|address| address.to_canonical());
    let loopback =
        address.map_or_else(|| host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback());
    if address.is_some_and(surroundings) {
        return Some(format!("no server may be at `{host}`: such addresses are the machine's own surroundings"));
    }
    (plain && !loopback).then(|| "expected `https://`: only a server on this machine may be reached without".to_owned())
}

/// Why this header cannot be set.
fn header_fault(name: &str, value: &str) -> Option<String> {
    // RFC 9110 section 5.6.2: a field name is a token
    let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    if name.is_empty() || !name.bytes().all(token) {
        return Some("no header can be called this".to_owned());
    }
    if own_header(name) {
        return Some("this header is set for each request; it is not a document's to say".to_owned());
    }
    // RFC 9110 section 5.5: CR, LF and NUL end or split a message
    let control = value.chars().any(|c| c.is_control() && c != '\t');
    control.then(|| "a header's value has no line breaks or control characters".to_owned())
}

#[cfg(test)]
mod tests;
