//! An agent that waits for people, through `connect` and the real node: it is shown their page, goes on by what they sign and
//! by nothing else, and knows what it waits for.

use super::Plain;
use super::approved::{asked, node, signed};
use super::node::META;
use super::people::{Browser, json, text};
use super::shared::verified;
use bailiwick_core::json::Json;

const PAGES: &str = r#"{"elicitation":{"url":{}}}"#;

/// A call of the newer era by a client that shows pages, with what it brings back.
fn call(id: u32, tool: &str, arguments: &str, more: &str) -> String {
    let meta = META.replace(
        r#""io.modelcontextprotocol/clientCapabilities":{}"#,
        &format!(r#""io.modelcontextprotocol/clientCapabilities":{PAGES},"dev.example/approvers":["role:clerk"]"#),
    );
    assert!(meta.contains(PAGES));
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{more}{meta}}}}}"#
    )
}

fn result(line: &str) -> Json {
    json(line).get("result").cloned().unwrap_or_else(|| panic!("{line}"))
}

/// The page that the client is to show, and the request that it is of.
fn page(url: &str, browser: &Browser<'_>) -> u64 {
    let page = format!("http://{}/approvals/", browser.host);
    url.strip_prefix(&page).unwrap_or_else(|| panic!("{url} is not under {page}")).parse().unwrap()
}

fn sign(browser: &Browser<'_>, passkey: &bailiwick_identity::SoftPasskey, id: u64) {
    let (_, yes) = signed(browser, passkey, id, "role:boss");
    let given = browser.ask("POST", &format!("/v1/approvals/{id}/sign"), &yes);
    assert_eq!(given.status(), 200, "{}", given.0);
}

#[test]
fn a_client_is_shown_the_page_and_its_call_is_done_once_people_have_signed_and_not_before() {
    let (node, task) = node();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let (carl, _) = Browser::of(&node, "carl", "clerk");
    let mut helper = Plain::start(&node);
    // whom to ask is the template's to say: neither arguments nor what stands beside them reaches it
    let picks = helper.ask(&call(9, "one__pid", r#"{"who":"role:clerk","approvers":["person:carl"]}"#, ""));
    assert!(picks.contains("argument_malformed"), "{picks}");
    let arguments = "{}";
    let line = helper.ask(&call(1, "one__pid", arguments, ""));
    let told = result(&line);
    assert_eq!(text(&told, "resultType"), "input_required", "{line}");
    let question = told.get("inputRequests").and_then(|all| all.get("approval")?.get("params")).cloned().unwrap();
    let id = page(text(&question, "url"), &bert);
    assert_eq!(carl.ask("GET", &format!("/v1/approvals/{id}"), "").code(), "404 not_found", "the agent picks nobody");

    let events = || node.cli(&["event", "list", "--task", &task.to_string()]).lines().count();
    let before = events();
    let own = result(&helper.ask(&call(2, "bailiwick_authority", "{}", "")));
    assert!(
        own.canonical().contains(&format!("waits for a person: request {id} (read with one/pid)")),
        "{}",
        own.canonical()
    );
    let listed = own.get("structuredContent").and_then(|own| own.get("approvals")).and_then(Json::as_array).unwrap();
    assert_eq!((listed.len(), text(&listed[0], "standing")), (1, "open"));
    assert_eq!(events(), before, "to ask what one waits for is written nowhere");

    // the client says that it showed the page, and as much more as it likes: the call is held, and not done
    let state = told.get("requestState").unwrap().canonical();
    let accepts = format!(
        r#""inputResponses":{{"approval":{{"action":"accept","content":{{"approved":true}}}}}},"requestState":{state},"#
    );
    helper.say(&call(3, "one__pid", arguments, &accepts));
    let begun = || node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]);
    assert_eq!(begun().trim(), "", "an answer through the agent's client is no yes");
    sign(&bert, &key, id);
    let done = result(&helper.next());
    assert_eq!(text(&done, "resultType"), "complete", "{}", done.canonical());
    assert_ne!(done.get("isError"), Some(&Json::from(true)), "{}", done.canonical());
    // the same state again is no yes to a second act
    let again = result(&helper.ask(&call(4, "one__pid", arguments, &accepts)));
    assert_eq!(text(&again, "resultType"), "input_required", "{}", again.canonical());
    assert_eq!(begun().lines().count(), 1);
    helper.close();
    verified(&node, task);
}

#[test]
fn a_client_of_the_older_era_is_given_the_page_and_told_when_it_was_answered() {
    let (node, task) = node();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    helper.ask(&format!(
        r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{{"protocolVersion":"2025-11-25","capabilities":{PAGES},"clientInfo":{{"name":"c","version":"1"}}}}}}"#
    ));
    helper.say(r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#);
    let pay = |id: u32| {
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"one__pid","arguments":{{}}}}}}"#
        )
    };
    let error = json(&helper.ask(&pay(1))).get("error").cloned().unwrap();
    assert_eq!(error.get("code").and_then(Json::as_i64), Some(-32042), "{}", error.canonical());
    let id = asked(&error.canonical());
    let elicitation =
        error.get("data").and_then(|data| data.get("elicitations")?.as_array()?.first()).cloned().unwrap();
    assert_eq!(page(text(&elicitation, "url"), &bert), id);
    sign(&bert, &key, id);
    let told = json(&helper.next());
    assert_eq!(text(&told, "method"), "notifications/elicitation/complete");
    assert_eq!(text(told.get("params").unwrap(), "elicitationId"), text(&elicitation, "elicitationId"));
    let done = helper.ask(&pay(2));
    assert!(done.contains(r#""id":2"#) && !done.contains(r#""isError":true"#), "{done}");
    helper.close();
    verified(&node, task);
}
