//! A till that writes each payment into a book, a line each, whichever node started it. `helper` may pay with it, and hands a
//! part of the work on to `scout`.

use super::Plain;
use super::node::{META, Node, key};
use super::people::{json, text};
use super::servers::{furnished, process};
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;
use std::path::PathBuf;

const SCRIPT: &str = r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  case "$line" in
    *server/discover*) printf '{"jsonrpc":"2.0","id":%s,"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}}\n' "$id";;
    *tools/list*) printf '{"jsonrpc":"2.0","id":%s,"result":{"tools":[{"name":"pay","inputSchema":{"type":"object","properties":{"amount":{"type":"string"}}}}],"resultType":"complete"}}\n' "$id";;
    *'"name":"pay"'*) printf 'paid\n' >> "$BOOK"; ANSWER;;
  esac
done"#;

/// What the till says to a payment that stands in its book.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Says {
    Paid,
    Nothing,
}

pub(crate) struct Till {
    book: PathBuf,
    /// The key of `scout`.
    pub(crate) scouts: PathBuf,
}

impl Till {
    /// Behind a node, with two agents who may pay and what else these documents say: one is the template `pay`.
    pub(crate) fn behind(node: Node, says: Says, more: &str) -> (Node, Self) {
        let (book, scouts) = (node.home.join("book"), node.home.join("scout.pem"));
        let answer = match says {
            Says::Paid => {
                r#"printf '{"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"paid"}],"resultType":"complete"}}\n' "$id""#
            }
            Says::Nothing => ":",
        };
        let script = SCRIPT.replace("ANSWER", answer);
        let transport = Json::object([(
            "stdio",
            Json::object([
                ("args", Json::array([Json::from("-c"), Json::from(script)])),
                ("command", Json::from("/bin/sh")),
                ("env", Json::object([("BOOK", Json::from(book.to_str().unwrap()))])),
            ]),
        )]);
        let node = furnished(node, &[("one", process()), ("till", transport.canonical())]);
        let key = key();
        std::fs::write(&scouts, key.to_pem().unwrap().as_bytes()).unwrap();
        let jwk = key.public().to_jwk();
        node.documents(&format!(
            r#"
{{kind: role, name: reader, allow: [{{tools: ["*"], effects: [read, write, transfer, delegate]}}]}}
---
{{kind: agent, name: scout, owner: ann, contact: ann, run_by: own, autonomy: execute, role: reader, review: "2030-01-01", keys: [{jwk}]}}
---
{{kind: tool, tool: till/pay, effect: transfer, reversibility: irreversible, bind: {{arguments: {{/amount: {{role: measure, currency: EUR}}}}}}}}
---
{more}
"#
        ));
        (node, Self { book, scouts })
    }

    /// How many payments stand in its book.
    pub(crate) fn paid(&self) -> usize {
        std::fs::read_to_string(&self.book).map_or(0, |book| book.lines().count())
    }
}

/// A task to pay is begun, and `helper` hands a part of it on: at most these limits of euros.
pub(crate) fn handed_on(node: &Node, limits: &str) -> TaskId {
    let started = node.cli(&["task", "start", "pay", "--agent", "helper", "--yes", "--yes-privileged"]);
    let mut helper = Plain::start(node);
    let grant = format!(r#"[{{"tools":["till/pay"],"effect":"transfer","meters":{{"EUR":{limits}}}}}]"#);
    let handed = helper.ask(&format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"bailiwick_delegate","arguments":{{"delegate":"scout","purpose":"pay a part","grant":{grant}}},{META}}}}}"#
    ));
    assert!(handed.contains(r#""delegate":"scout""#), "{handed}");
    helper.close();
    TaskId::parse(text(&json(&started), "task")).unwrap()
}

/// A payment with it, as a client asks.
pub(crate) fn pay(id: u32, amount: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"till__pay","arguments":{{"amount":"{amount}"}},{META}}}}}"#
    )
}
