//! Every route of a node, asked by somebody without credentials: what it answers is a list that a reviewer sees.
//! BAILIWICK_GOLDEN=1 writes it anew.

use crate::node::Node;
use crate::people::{Browser, json};
use bailiwick_core::json::Json;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::os::unix::net::UnixStream;

const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/routes.txt");
/// Where the routes of `/v1` stand in the source: one that is added there stands in the list, or the test fails.
const ROUTES: &str = include_str!("../../../api/src/route.rs");
/// Those of `/v1` that answer with files or while they are written.
const STREAMED: [(&str, &str); 3] =
    [("GET", "/v1/log/checkpoint"), ("GET", "/v1/log/tile/0/000"), ("POST", "/v1/log/bundle")];
/// What the address of agents serves, and something that it does not.
const ADDRESS: [&str; 13] = [
    "/mcp",
    "/mcp/bank",
    "/oauth/token",
    "/oauth/authorize",
    "/oauth/jwks",
    "/oauth/introspect",
    "/oauth/revoke",
    "/oauth/release",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
    "/livez",
    "/readyz",
];
/// What `/v1` is described by, for programs.
const DESCRIBED: &str = include_str!("../../../../docs/reference/openapi.json");

/// What begins a session, ends one, or enrols a passkey, and what all of it is described by.
fn gate() -> impl Iterator<Item = (String, String)> {
    let posts = ["/v1/session/options", "/v1/session", "/v1/enroll/options", "/v1/enroll"];
    let posts = posts.into_iter().map(|path| ("POST".to_owned(), path.to_owned()));
    let others = [("DELETE", "/v1/session"), ("GET", "/v1/openapi.json")];
    posts.chain(others.map(|(method, path)| (method.to_owned(), path.to_owned())))
}

/// What waits for as long as who asked is there; without a session it is answered at once.
const METHODS: [&str; 3] = ["GET", "POST", "DELETE"];

/// Each `("METHOD", ["v1", …])` of the source, with `x` where anything may stand.
pub(crate) fn of_source() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for line in ROUTES.lines().map(str::trim) {
        let Some((method, parts)) = line.strip_prefix("(\"").and_then(|line| line.split_once("\", [")) else {
            continue;
        };
        let Some((parts, _)) = parts.split_once(']') else { continue };
        let part = |part: &str| {
            part.trim().strip_prefix('"').and_then(|part| part.strip_suffix('"')).unwrap_or("x").to_owned()
        };
        if parts.contains('|') {
            // what a node that goes refuses stands once more below
            continue;
        }
        let path: Vec<String> = parts.split(',').map(part).collect();
        found.insert((method.to_owned(), format!("/{}", path.join("/"))));
    }
    found
}

/// The status, and the code or error that the body or the challenge names.
fn told(answer: &str) -> String {
    let status = answer.split(' ').nth(1).unwrap_or("closed").to_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let word = |name: &str| {
        let (_, rest) = body.split_once(&format!("\"{name}\":\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let error = status.starts_with(['4', '5']).then(|| word("code").or_else(|| word("error"))).flatten();
    let challenged = head.lines().any(|line| line.to_ascii_lowercase().starts_with("www-authenticate: dpop"));
    let challenge = if challenged { " challenged for a DPoP token" } else { "" };
    format!("{status} {}{challenge}", error.unwrap_or_default()).replace("  ", " ").trim_end().to_owned()
}

fn request(method: &str, path: &str, host: &str) -> String {
    let (kind, body) = if path.starts_with("/oauth/") {
        ("x-www-form-urlencoded", "grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer&assertion=a&token=t")
    } else {
        ("json", "{}")
    };
    format!(
        "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: application/{kind}\r\n\
         accept: application/json, text/event-stream\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// A path with `x` wherever the description has a parameter.
fn described(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "x".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_route_stands_in_the_openapi_document_and_nothing_else_does() {
    let document = json(DESCRIBED);
    let paths = document.get("paths").and_then(Json::as_object).unwrap();
    let methods = |(path, of): (&str, &Json)| {
        let path = described(path);
        let methods = of.as_object().unwrap().keys().map(str::to_uppercase).collect::<Vec<_>>();
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    let found: BTreeSet<(String, String)> = paths.iter().flat_map(methods).collect();
    // a tile's place is two parameters
    let streamed = STREAMED.map(|(method, path)| (method.to_owned(), path.replace("/0/000", "/x/x")));
    let routes: BTreeSet<(String, String)> = of_source().into_iter().chain(streamed).chain(gate()).collect();
    assert_eq!(found, routes);
}

#[test]
fn every_route_stands_in_the_reference_for_people() {
    let page = include_str!("../../../../docs/reference/http.md");
    let mut found = BTreeSet::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("| `")) {
        let mut last = String::new();
        for told in line.split('|').next().unwrap_or_default().split('`').filter(|told| told.contains('/')) {
            // `…/resume` stands for what its neighbour is, but for the last part
            let whole = match told.strip_prefix("…/") {
                Some(end) => format!("{}/{end}", last.rsplit_once('/').unwrap().0),
                None => told.split('?').next().unwrap().to_owned(),
            };
            found.insert(described(&whole));
            last = whole;
        }
    }
    let missing: Vec<String> =
        of_source().iter().map(|(method, path)| format!("{method} {path}")).filter(|of| !found.contains(of)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_route_answers_who_has_no_credentials_as_the_list_says() {
    let node = Node::start();
    let host = node.base.strip_prefix("http://").unwrap().to_owned();
    let mut seen = String::from("# The address of agents, without a token\n");
    let routes = of_source();
    assert!(routes.len() > 40, "the source is read: {routes:?}");
    for path in ADDRESS {
        for method in METHODS {
            writeln!(seen, "{method:<6} {path:<45} {}", told(&node.raw(request(method, path, &host).as_bytes())))
                .unwrap();
        }
    }
    // what people and wrappers speak to is not there under the address that agents are told
    let streamed = STREAMED.iter().map(|(method, path)| ((*method).to_owned(), (*path).to_owned()));
    let people: BTreeSet<(String, String)> = routes.iter().cloned().chain(streamed).chain(gate()).collect();
    for (method, path) in &people {
        let answer = told(&node.raw(request(method, path, &host).as_bytes()));
        assert!(answer.starts_with("421"), "{method} {path} at the address of agents: {answer}");
    }
    let nobody = Browser::new(&node);
    let (clerk, _) = Browser::of(&node, "carl", "clerk");
    let (administrator, _) = Browser::of(&node, "ann", "administrator");
    seen.push_str("\n# People at the node's name: without a session | a clerk's | an administrator's\n");
    for (method, path) in &people {
        let answers = [&nobody, &clerk, &administrator].map(|of| {
            let headers = format!("origin: http://{}\r\ncontent-type: application/json\r\n", of.host);
            told(&node.raw(of.head(method, path, &of.host, &headers, "{}").as_bytes()))
        });
        writeln!(seen, "{method:<6} {path:<45} {}", answers.join(" | ")).unwrap();
    }
    seen.push_str("\n# The socket, by an account that may, without the secret of a wrapper's session\n");
    // last: after it there is no node
    let (stops, others): (Vec<_>, Vec<_>) = routes.iter().partition(|(_, path)| path == "/v1/node/stop");
    for (method, path) in others.into_iter().chain(stops) {
        let mut stream = UnixStream::connect(node.home.join("node.sock")).unwrap();
        stream.write_all(request(method, path, "node").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        writeln!(seen, "{method:<6} {path:<45} {}", told(&answer)).unwrap();
    }
    if std::env::var_os("BAILIWICK_GOLDEN").is_some() {
        std::fs::write(KEPT, &seen).unwrap();
    }
    let kept = std::fs::read_to_string(KEPT).unwrap_or_default();
    assert_eq!(seen, kept, "look at the difference, and write `{KEPT}` anew with BAILIWICK_GOLDEN=1");
    for line in seen.lines().filter(|line| line.contains("/v1/decisions") || line.contains("/v1/offers")) {
        let closed =
            line.ends_with("401 caller_unknown") || line.ends_with("401 not_signed_in | 404 not_found | 404 not_found");
        assert!(closed, "{line}");
    }
}
