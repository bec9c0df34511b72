use super::{Seen, floating, server_identity};
use crate::testing::server;
use bailiwick_core::{Digest, Server, sha256};

fn stdio(words: &str) -> Server {
    let words: Vec<String> = words.split(' ').map(str::to_owned).collect();
    server(
        &serde_json::json!({"kind": "server", "name": "s", "transport": {"wrapped": {"command": words}}}).to_string(),
    )
}

fn http(url: &str) -> Server {
    server(&serde_json::json!({"kind": "server", "name": "s", "transport": {"http": {"url": url}}}).to_string())
}

fn seen(executable: &[u8], script: Option<&[u8]>) -> Seen {
    Seen { executable: Some(sha256(executable)), script: script.map(sha256) }
}

#[test]
fn another_program_argument_or_url_is_another_server() {
    let all: Vec<Digest> = [
        server_identity(&stdio("/bin/a --x"), &seen(b"1", None)),
        server_identity(&stdio("/bin/a --x"), &seen(b"2", None)),
        server_identity(&stdio("/bin/a --x"), &Seen::default()),
        server_identity(&stdio("/bin/a --y"), &seen(b"1", None)),
        server_identity(&stdio("/bin/a"), &seen(b"1", None)),
        server_identity(&stdio("/bin/b --x"), &seen(b"1", None)),
        server_identity(&stdio("node a.js"), &seen(b"1", Some(b"1"))),
        server_identity(&stdio("node a.js"), &seen(b"1", Some(b"2"))),
        server_identity(&stdio("node a.js"), &seen(b"1", None)),
        server_identity(&http("https://a.example/mcp"), &Seen::default()),
        server_identity(&http("https://a.example/mcp2"), &Seen::default()),
        server_identity(&http("https://b.example/mcp"), &Seen::default()),
    ]
    .into();
    let mut once = all.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), all.len());
    assert_eq!(all[0], server_identity(&stdio("/bin/a --x"), &seen(b"1", None)));
}

#[test]
fn a_server_started_by_the_node_or_by_a_client_is_the_same_program() {
    let text = r#"{"kind":"server","name":"s","transport":{"stdio":{"command":"/bin/a","args":["--x"]}}}"#;
    assert_eq!(
        server_identity(&server(text), &seen(b"1", None)),
        server_identity(&stdio("/bin/a --x"), &seen(b"1", None))
    );
}

#[test]
fn what_another_program_may_stand_behind_is_floating() {
    for (words, expected) in [
        ("npx -y @modelcontextprotocol/server-everything", true),
        ("/usr/bin/npx x", true),
        ("C:\\node\\npx.cmd x", true),
        ("uvx mcp-server-git", true),
        ("pipx run x", true),
        ("bunx x", true),
        ("npm exec x", true),
        ("npm --prefix /srv run serve", true),
        ("uv run server.py", true),
        ("python3.12 -m mcp_server_git", true),
        ("sh -c server", true),
        ("env A=1 server", true),
        ("docker run -i mcp/git", true),
        ("docker run -i mcp/git@sha256:0123", false),
        ("node server.js", false),
        ("python3 server.py", false),
        ("node -e 1", true),
        ("/usr/bin/mcp-server", false),
        ("npm-like-server", false),
    ] {
        assert_eq!(floating(&stdio(words), &seen(b"1", Some(b"2"))), expected, "{words}");
    }
    assert!(floating(&stdio("node server.js"), &seen(b"1", None)), "a script that was not seen");
    assert!(floating(&stdio("/usr/bin/mcp-server"), &Seen::default()), "an executable that was not seen");
    assert!(!floating(&http("https://a.example/mcp"), &Seen::default()));
}
