//! Secrets, over real processes: the server is given them, and nothing that the node writes, shows, exports or says holds one.
//! And the node's own addresses, which no tool is sent to.

use super::Plain;
use super::approved::{asked, signed};
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::furnished;
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;
use std::path::Path;

/// What the person fills in, what the agent makes up, and what the server draws.
const SAID: &str = "hunter2-correct-horse";
const OTHER: &str = "tr0ub4dor-and-three";
const DRAWN: &str = "key-7f3a-drawn-by-the-server";

/// A server that writes down each line that it is told, and puts its own secret together where no document has it.
const SCRIPT: &str = r#"drawn=$(printf '%s-%s' key-7f3a drawn-by-the-server)
while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  say() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$id" "$1"; }
  printf '%s\n' "$line" >> 'SEEN'
  case "$line" in
    *server/discover*) say '{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}';;
    *tools/list*) say '{"tools":[TOOLS],"resultType":"complete"}';;
    *'"name":"draw"'*) say '{"content":[{"type":"text","text":"the key is '"$drawn"'"}],"structuredContent":{"key":"'"$drawn"'"},"resultType":"complete"}';;
    *) told=$(printf '%s' "$line" | sed -n 's/.*"word":"\([^"]*\)".*/\1/p')
      say '{"content":[{"type":"text","text":"done with '"$told"'"}],"resultType":"complete"}';;
  esac
done"#;

fn process(seen: &Path) -> String {
    let set = r#""inputSchema":{"type":"object","properties":{"user":{"type":"string"},"word":{"type":"string"}}}"#;
    let url =
        r#""inputSchema":{"type":"object","properties":{"url":{"type":"string"}}},"annotations":{"readOnlyHint":true}"#;
    let draw = r#""inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}"#;
    let dial = r#""inputSchema":{"type":"object","properties":{"host":{"type":"string"},"port":{"type":"integer"}}},"annotations":{"readOnlyHint":true}"#;
    let tools = [("login", set), ("rotate", set), ("draw", draw), ("fetch", url), ("open", url), ("dial", dial)]
        .map(|(name, rest)| format!(r#"{{"name":"{name}",{rest}}}"#));
    let script = SCRIPT.replace("TOOLS", &tools.join(",")).replace("SEEN", seen.to_str().unwrap());
    let args = Json::array([Json::from("-c"), Json::from(script)]);
    Json::object([("stdio", Json::object([("args", args), ("command", Json::from("/bin/sh"))]))]).canonical()
}

/// What the server writes, in the folder of the node.
const SEEN: &str = "seen-by-the-server";

/// A node with such a server.
fn node() -> Node {
    let node = Node::start();
    let server = process(&node.home.join(SEEN));
    let node = furnished(node, &[("one", super::servers::process()), ("vault", server)]);
    node.documents(
        r#"
{kind: tool, tool: vault/login, effect: write, egress: none, reversibility: by-others, bind: {arguments: {/user: {kind: name}, /word: {kind: secret}}}}
---
{kind: tool, tool: vault/rotate, effect: write, egress: none, reversibility: by-others, bind: {arguments: {/user: {kind: name}, /word: {kind: secret}}}}
---
{kind: tool, tool: vault/later, effect: write, egress: none, reversibility: by-others, bind: {arguments: {/word: {kind: secret}}}}
---
{kind: tool, tool: vault/draw, effect: read, egress: none, reversibility: read-only, bind: {result: {values: [{at: /key, kind: secret, trusted: true}]}}}
---
{kind: tool, tool: vault/fetch, effect: read, egress: open, reversibility: read-only, bind: {arguments: {/url: {kind: url}}}}
---
{kind: tool, tool: vault/dial, effect: read, egress: open, reversibility: read-only, bind: {arguments: {/host: {kind: host}}}}
---
{kind: template, name: sign-in, purpose: sign-in, intent: "sign in with {password}", keep_results: 8192, parameters: {password: {kind: secret}}, start: {who: [anyone], agents: [helper]}, grant: [{tools: [vault/login], effect: write, when: {/word: {equals: "{password}"}}}, {tools: [vault/rotate], effect: write}, {tools: [vault/draw], resources: any}], ask: [{who: "role:boss", tools: [vault/rotate]}]}
---
{kind: template, name: browse, purpose: browse, intent: "look at {page}", parameters: {page: {kind: url}}, start: {who: [anyone], agents: [helper]}, grant: [{tools: ["vault/*"], resources: any}]}
"#,
    );
    node
}

fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"vault__{tool}","arguments":{arguments},{META}}}}}"#
    )
}

fn set(id: u32, tool: &str, password: &str) -> String {
    call(id, tool, &format!(r#"{{"user":"ann","word":"{password}"}}"#))
}

/// Nothing that is told holds a secret.
fn clean(told: &str) -> &str {
    for secret in [SAID, OTHER, DRAWN] {
        assert!(!told.contains(secret), "{told}");
    }
    told
}

/// Every file below a folder that holds one of these.
fn holding(folder: &Path, secrets: &[&str]) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, secrets));
        } else if let Ok(bytes) = std::fs::read(&path)
            && !path.ends_with(SEEN)
        {
            let holds = |secret: &&str| bytes.windows(secret.len()).any(|part| part == secret.as_bytes());
            found.extend(secrets.iter().any(holds).then_some(path));
        }
    }
    found
}

#[test]
fn a_secret_reaches_its_server_and_stands_nowhere_in_the_record() {
    let node = node();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let told = node.cli(&["task", "start", "sign-in", "--agent", "helper", &format!("password={SAID}"), "--yes"]);
    let task = TaskId::parse(text(&json(clean(&told)), "task")).unwrap();
    let mut helper = Plain::start(&node);

    // the secret that the person gave passes, and no other; what is said back of that one is nothing
    let signed_in = helper.ask(&set(1, "login", SAID));
    assert!(signed_in.contains("done"), "{signed_in}");
    let other = helper.ask(&set(2, "login", OTHER));
    assert!(clean(&other).contains("argument_not_granted"), "{other}");
    let misspelt = helper.ask(&call(3, "login", &format!(r#"{{"passwort":"{OTHER}"}}"#)));
    assert!(clean(&misspelt).contains("argument_malformed"), "{misspelt}");
    let unseen = helper.ask(&set(8, "later", OTHER));
    assert!(clean(&unseen).contains("not_available"), "a tool that a document describes and nobody has seen: {unseen}");
    let drawn = helper.ask(&call(4, "draw", "{}"));
    assert!(drawn.contains(DRAWN), "its agent is given what it asked for: {drawn}");

    // who is asked sees that it is a secret, and says yes to that very one
    let id = asked(&helper.ask(&set(5, "rotate", SAID)));
    let shown = node.cli_text(&["approval", "show", &id.to_string()]);
    assert!(clean(&shown).contains("a secret, not kept"), "{shown}");
    let (page, yes) = signed(&bert, &key, id, "role:boss");
    clean(&page.canonical());
    assert_eq!(bert.ask("POST", &format!("/v1/approvals/{id}/sign"), &yes).status(), 200);
    let another = helper.ask(&set(6, "rotate", OTHER));
    assert!(clean(&another).contains("source_not_enough"), "a yes to one secret is none to another: {another}");
    assert!(helper.ask(&set(7, "rotate", SAID)).contains("done"));
    helper.close();

    let seen = std::fs::read_to_string(node.home.join(SEEN)).unwrap();
    assert_eq!((seen.matches(SAID).count(), seen.contains(OTHER)), (2, false), "the server is told, whole: {seen}");
    let id = task.to_string();
    let events = node.cli(&["event", "list", "--task", &id]);
    let numbers = clean(&events).lines().filter_map(|line| json(line).get("leaf").and_then(Json::as_u64));
    let numbers: Vec<u64> = numbers.collect();
    assert!(numbers.len() > 8, "{events}");
    for leaf in numbers {
        clean(&node.cli(&["event", "show", &leaf.to_string()]));
    }
    for told in [&["task", "show", &id][..], &["task", "list"], &["task", "data", &id], &["log", "export", &id]] {
        clean(&node.cli_text(told));
    }
    let whole = node.cli_text(&["log", "export", "--whole"]);
    assert!(clean(&whole).contains("hmac-sha256:") && whole.contains("(a secret, not kept)"));
    verified(&node, task);
    assert_eq!(holding(&node.home, &[SAID, OTHER, DRAWN]), Vec::<std::path::PathBuf>::new());
}

#[test]
fn no_tool_goes_to_the_node_itself_whoever_named_it() {
    let node = node();
    let port = node.base.rsplit(':').next().unwrap();
    let own = format!("http://localhost:{port}/console/");
    let told = json(&node.cli(&["task", "start", "browse", "--agent", "helper", &format!("page={own}"), "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    let mut helper = Plain::start(&node);
    let asked = [
        ("fetch", own.clone()),
        ("fetch", format!("{}/v1/tasks", node.base)),
        ("fetch", format!("HTTP://[::1]:{port}/")),
        // which nobody bound
        ("open", own),
    ];
    for (id, (tool, url)) in (1..).zip(asked) {
        let refused = helper.ask(&call(id, tool, &format!(r#"{{"url":"{url}"}}"#)));
        assert!(refused.contains("own_address"), "{tool} {url}: {refused}");
    }
    let dial = |id, port: &str| call(id, "dial", &format!(r#"{{"host":"localhost","port":{port}}}"#));
    let refused = helper.ask(&dial(7, port));
    assert!(refused.contains("own_address"), "a host and a port in two arguments: {refused}");
    assert!(!helper.ask(&dial(8, "1")).contains("own_address"));
    let elsewhere = helper.ask(&call(9, "fetch", r#"{"url":"http://localhost:1/"}"#));
    assert!(!elsewhere.contains("own_address"), "{elsewhere}");
    helper.close();
    let seen = std::fs::read_to_string(node.home.join(SEEN)).unwrap();
    assert!(!seen.contains(port) && !seen.contains("console"), "{seen}");
    verified(&node, task);
}
