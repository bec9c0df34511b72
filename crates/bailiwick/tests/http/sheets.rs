//! Several acts, of two tasks, signed by one answer of a passkey over HTTP; each done once, each bundle verified by itself.

use super::Plain;
use super::approved::{asked, node};
use super::node::META;
use super::people::{Browser, json, text};
use super::shared::verified;
use bailiwick_core::json::Json;
use bailiwick_core::{TaskId, sha256};
use bailiwick_identity::{SoftPasskey, statement_challenge};

fn call(id: u32, tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}},{META}}}}}"#
    )
}

/// What stands on a sheet of these requests, as this person is asked.
fn statements(browser: &Browser<'_>, ids: &[u64]) -> Vec<(u64, String)> {
    let of = |id: &u64| {
        let shown = browser.ask("GET", &format!("/v1/approvals/{id}"), "").json();
        let statement = shown.get("statements").and_then(|all| all.get("role:boss")).cloned().unwrap();
        (*id, text(&statement, "statement").to_owned())
    };
    ids.iter().map(of).collect()
}

/// The sheet as a stranger would write it, by the reference alone.
fn sheet(statements: &[(u64, String)]) -> String {
    let digests: Vec<String> = statements.iter().map(|(_, text)| format!("\"{}\"", sha256(text.as_bytes()))).collect();
    format!(r#"{{"statements":[{}],"type":"bailiwick/sheet/1"}}"#, digests.join(","))
}

fn body(browser: &Browser<'_>, key: &SoftPasskey, signed: &str, statements: &[(u64, String)]) -> String {
    let assertion = key.sign(&browser.site(), &statement_challenge(signed.as_bytes())).unwrap();
    let each = statements.iter().map(|(id, statement)| {
        Json::object([
            ("approval", Json::from(*id)),
            ("role", Json::from("role:boss")),
            ("statement", Json::from(statement.as_str())),
        ])
    });
    let assertion = json(&serde_json::to_string(&assertion).unwrap());
    Json::object([("assertion", assertion), ("statements", Json::array(each))]).canonical()
}

const SHEET: &str = "/v1/approvals/sheet";

#[test]
fn one_signature_says_yes_to_acts_of_two_tasks_and_to_nothing_else() {
    let (node, first) = node();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let (carl, other) = Browser::of(&node, "carl", "clerk");
    let mut helper = Plain::start(&node);
    let one = asked(&helper.ask(&call(1, "one__pid")));
    let left_out = asked(&helper.ask(&call(2, "one__leak")));
    let told = json(&node.cli(&["task", "start", "asked", "--agent", "helper", "--yes"]));
    let second = TaskId::parse(text(&told, "task")).unwrap();
    let mut mate = Plain::start(&node);
    let two = asked(&mate.ask(&call(1, "one__pid")));

    let on = statements(&bert, &[one, two]);
    let words = sheet(&on);
    let yes = body(&bert, &key, &words, &on);
    // another's passkey; more than was signed; less; in another order; a statement by itself; one twice; none
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &other, &words, &on)).code(), "403 passkey_refused");
    assert_eq!(carl.ask("POST", SHEET, &yes).code(), "403 passkey_refused");
    let more = statements(&bert, &[one, two, left_out]);
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &key, &words, &more)).code(), "403 passkey_refused");
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &key, &words, &on[..1])).code(), "403 passkey_refused");
    let turned = [on[1].clone(), on[0].clone()];
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &key, &words, &turned)).code(), "403 passkey_refused");
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &key, &on[0].1, &on[..1])).code(), "403 passkey_refused");
    let twice = [on[0].clone(), on[0].clone()];
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &key, &sheet(&twice), &twice)).code(), "400 bad_request");
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &key, &sheet(&[]), &[])).code(), "400 bad_request");
    let stale = [(one, on[1].1.clone())];
    assert_eq!(bert.ask("POST", SHEET, &body(&bert, &key, &sheet(&stale), &stale)).code(), "409 approval_changed");
    assert!(helper.ask(&call(3, "one__pid")).contains("approval_needed"), "nothing of that was a yes");

    let given = bert.ask("POST", SHEET, &yes);
    assert_eq!(given.status(), 200, "{}", given.0);
    assert_eq!(given.json().canonical().matches(r#""signed":true"#).count(), 2);
    assert_eq!(bert.ask("POST", SHEET, &yes).code(), "403 not_asked", "once is enough");
    for (agent, id) in [(&mut helper, 4), (&mut mate, 4)] {
        let done = agent.ask(&call(id, "one__pid"));
        assert!(done.contains(r#""resultType":"complete""#) && !done.contains(r#""isError":true"#), "{done}");
        assert!(agent.ask(&call(id + 1, "one__pid")).contains("approval_needed"), "each was used once");
    }
    assert_eq!(asked(&helper.ask(&call(6, "one__leak"))), left_out, "what did not stand on it waits on");
    helper.close();
    mate.close();
    // each bundle is checked without the other
    verified(&node, first);
    verified(&node, second);
}
