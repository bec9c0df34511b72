//! Who says yes, through the real node: the one whose act it is, the one it is done for, several of a role, two persons for what is
//! critical; until when a yes can be said, and whose is none.

use super::Plain;
use super::approved::{asked, call, first_yes, signed};
use super::node::{BINARY, META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use super::stopped::comes;
use bailiwick_core::TaskId;
use bailiwick_core::json::{Json, Object};
use bailiwick_identity::SoftPasskey;

/// A node on which each act of a task from `asked` needs this yes.
fn node(ask: &str) -> Node {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(&format!(
        r#"{{kind: template, name: asked, purpose: look, intent: "look with care", start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: ["one/*"], resources: any}}], ask: [{ask}]}}"#
    ));
    node
}

/// A task that this person starts by their passkey, with both yeses.
fn started(by: &Browser<'_>, key: &SoftPasskey, body: &str) -> TaskId {
    let started = by.consents(key, "/v1/tasks", body);
    assert_eq!(started.status(), 200, "{}", started.0);
    let told = started.json();
    let task = text(&told, "task");
    let waits = told.get("grants").and_then(Json::as_array).and_then(|all| all[0].get("waiting")?.as_array());
    if waits.is_some_and(|rows| !rows.is_empty()) {
        let both = by.consents(key, &format!("/v1/tasks/{task}/consent"), "{}");
        assert_eq!(both.status(), 200, "{}", both.0);
    }
    TaskId::parse(task).unwrap()
}

const START: &str = r#"{"template":"asked","agent":"helper"}"#;

/// As what this person may sign a request.
fn roles(browser: &Browser<'_>, id: u64) -> Vec<String> {
    let shown = browser.ask("GET", &format!("/v1/approvals/{id}"), "").json();
    let statements = shown.get("statements").and_then(Json::as_object);
    statements.into_iter().flat_map(Object::iter).map(|(role, _)| role.to_owned()).collect()
}

/// Signs it as the only thing that this person may sign it as.
fn yes(browser: &Browser<'_>, key: &SoftPasskey, id: u64) -> Json {
    let roles = roles(browser, id);
    let [role] = roles.as_slice() else { panic!("{roles:?}") };
    let (_, body) = signed(browser, key, id, role);
    let given = browser.ask("POST", &format!("/v1/approvals/{id}/sign"), &body);
    assert_eq!(given.status(), 200, "{}", given.0);
    given.json()
}

/// What comes of it when this passkey signs a statement that is somebody else's.
fn signs_as(browser: &Browser<'_>, key: &SoftPasskey, id: u64, role: &str, statement: &str) -> String {
    let challenge = bailiwick_identity::statement_challenge(statement.as_bytes());
    let assertion = key.sign(&browser.site(), &challenge).unwrap();
    let body = Json::object([
        ("assertion", json(&serde_json::to_string(&assertion).unwrap())),
        ("role", Json::from(role)),
        ("statement", Json::from(statement)),
    ]);
    browser.ask("POST", &format!("/v1/approvals/{id}/sign"), &body.canonical()).code()
}

/// The statement that this person would sign.
fn statement(browser: &Browser<'_>, id: u64, role: &str) -> Option<String> {
    let shown = browser.ask("GET", &format!("/v1/approvals/{id}"), "").json();
    Some(text(shown.get("statements")?.get(role)?, "statement").to_owned())
}

fn done(answer: &str) {
    assert!(answer.contains(r#""resultType":"complete""#) && !answer.contains(r#""isError":true"#), "{answer}");
}

fn code(browser: &Browser<'_>, id: u64) -> String {
    browser.ask("GET", &format!("/v1/approvals/{id}"), "").code()
}

#[test]
fn who_wanted_the_act_confirms_it_and_the_customer_what_is_done_for_them() {
    for (who, subject) in [("requester", ""), ("customer", r#","subject":"bea""#)] {
        let node = node(&format!("{{who: {who}}}"));
        let (carl, carls) = Browser::of(&node, "carl", "clerk");
        let (bea, beas) = Browser::of(&node, "bea", "clerk");
        let (dora, _) = Browser::of(&node, "dora", "clerk");
        let task = started(&carl, &carls, &START.replace('}', &format!("{subject}}}")));
        let mut helper = Plain::start(&node);
        let id = asked(&helper.ask(&call(1, "one__pid")));
        let (own, key, other, others) =
            if subject.is_empty() { (&carl, &carls, &bea, &beas) } else { (&bea, &beas, &carl, &carls) };
        let shown = own.ask("GET", &format!("/v1/approvals/{id}"), "").json();
        assert_eq!(text(&shown, "kind"), "confirmation", "{}", shown.canonical());
        assert_eq!(code(&dora, id), "404 not_found", "it is nobody else's");
        let words = statement(own, id, who).unwrap();
        assert!(roles(other, id).is_empty());
        // who started it sees what the customer is asked, and whom it is not done for sees nothing
        let refused = if subject.is_empty() { "404 not_found" } else { "403 not_asked" };
        assert_eq!(signs_as(other, others, id, who, &words), refused, "{who}");
        assert_eq!(asked(&helper.ask(&call(2, "one__pid"))), id, "nobody has said yes");
        assert_eq!(text(&yes(own, key, id), "standing"), "signed");
        done(&helper.ask(&call(3, "one__pid")));
        helper.close();
        verified(&node, task);
    }
}

#[test]
fn as_many_as_the_rule_says_sign_and_neither_who_wanted_it_nor_whom_it_excludes_is_one_of_them() {
    let node = node(r#"{who: "role:boss", count: 2, exclude: ["person:eve"]}"#);
    let (carl, carls) = Browser::of(&node, "carl", "clerk, boss");
    let (bert, berts) = Browser::of(&node, "bert", "boss");
    let (dora, doras) = Browser::of(&node, "dora", "boss");
    let (eve, eves) = Browser::of(&node, "eve", "boss");
    let task = started(&carl, &carls, START);
    let mut helper = Plain::start(&node);
    let id = asked(&helper.ask(&call(1, "one__pid")));
    let words = statement(&bert, id, "role:boss").unwrap();
    assert_eq!((roles(&carl, id), code(&carl, id)), (Vec::new(), "200 ".to_owned()), "they see it, and are not asked");
    assert_eq!(signs_as(&carl, &carls, id, "role:boss", &words), "403 not_asked");
    assert_eq!(
        (code(&eve, id), signs_as(&eve, &eves, id, "role:boss", &words)),
        ("404 not_found".to_owned(), "404 not_found".to_owned())
    );
    let told = node.cli_text(&["approval", "show", &id.to_string()]);
    assert!(told.contains("role:boss (2 distinct persons), not person:eve"), "{told}");

    assert_eq!(text(&yes(&bert, &berts, id), "standing"), "open", "one is not two");
    assert_eq!(asked(&helper.ask(&call(2, "one__pid"))), id);
    assert_eq!(signs_as(&bert, &berts, id, "role:boss", &words), "403 not_asked", "nor is one who signs twice");
    assert_eq!(asked(&helper.ask(&call(3, "one__pid"))), id);
    assert_eq!(text(&yes(&dora, &doras, id), "standing"), "signed");
    done(&helper.ask(&call(4, "one__pid")));
    helper.close();
    verified(&node, task);
}

#[test]
fn what_is_critical_takes_two_persons_whatever_the_template_says() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: tool, tool: one/pid, effect: write, egress: none, reversibility: irreversible, impact: critical}
---
{kind: policy, name: all, cedar: "@id(\"all\") permit(principal, action, resource);"}
---
{kind: template, name: asked, purpose: look, intent: "look with care", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/pid"], effect: write}]}
"#,
    );
    let (carl, carls) = Browser::of(&node, "carl", "clerk, approver");
    let (ann, anns) = Browser::of(&node, "ann", "");
    let (bert, berts) = Browser::of(&node, "bert", "approver");
    let task = started(&carl, &carls, START);
    let mut helper = Plain::start(&node);
    let id = asked(&helper.ask(&call(1, "one__pid")));
    let shown = bert.ask("GET", &format!("/v1/approvals/{id}"), "").json();
    assert_eq!((text(&shown, "impact"), text(&shown, "kind")), ("critical", "review"));
    assert!(roles(&carl, id).is_empty(), "who wanted it is none of the two");
    assert_eq!(text(&yes(&ann, &anns, id), "standing"), "open", "the owner is one of them");
    assert_eq!(asked(&helper.ask(&call(2, "one__pid"))), id);
    assert_eq!(text(&yes(&bert, &berts, id), "standing"), "signed");
    done(&helper.ask(&call(3, "one__pid")));
    assert!(asked(&helper.ask(&call(4, "one__pid"))) != id, "each such act takes two");
    helper.close();
    verified(&node, task);
}

#[test]
fn what_nobody_answered_in_time_is_signed_by_nobody_and_asked_anew() {
    let node = node(r#"{who: "role:boss", valid: 2s}"#);
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let (bert, berts) = Browser::of(&node, "bert", "boss");
    let task = started(&carl, &carls, START);
    let mut helper = Plain::start(&node);
    // one that ran out before it was looked at is asked for again
    let (mut id, mut words, mut number) = (0, None, 0);
    comes("somebody looks at a request in time", || {
        number += 1;
        id = asked(&helper.ask(&call(number, "one__pid")));
        words = statement(&bert, id, "role:boss");
        words.is_some()
    });
    let standing = || text(&json(&node.cli(&["approval", "show", &id.to_string()])), "standing").to_owned();
    comes("it runs out", || standing() == "expired");
    assert_eq!(signs_as(&bert, &berts, id, "role:boss", &words.unwrap()), "403 not_asked");
    let listed = || node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "approval.expired"]);
    comes("the record says so", || !listed().is_empty());
    assert!(node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]).is_empty());
    assert!(asked(&helper.ask(&call(number + 1, "one__pid"))) != id, "the agent's next call asks anew");
    helper.close();
    verified(&node, task);
}

#[test]
fn with_a_consent_that_has_aged_its_person_is_asked_again_for_each_act_that_much_rests_on() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: role, name: reader, allow: [{tools: ["*"], effects: [read, write, permission]}]}
---
{kind: tool, tool: one/pid, effect: permission, egress: none, reversibility: irreversible}
---
{kind: template, name: fresh, purpose: look, intent: "look", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/pid"], effect: permission}]}
---
{kind: template, name: asked, purpose: look, intent: "look", start: {who: [anyone], agents: [helper]}, consent: {renew_after: 1s}, grant: [{tools: ["one/pid"], effect: permission}]}
"#,
    );
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    // the same act, named by the same yes, where that does not age
    let fresh = started(&carl, &carls, &START.replace("asked", "fresh"));
    let mut helper = Plain::start(&node);
    done(&helper.ask(&call(1, "one__pid")));
    helper.close();
    node.cli(&["task", "revoke", &fresh.to_string()]);

    let task = started(&carl, &carls, START);
    let mut helper = Plain::start(&node);
    let (mut number, mut told) = (1, String::new());
    comes("the consent ages", || {
        number += 1;
        told = helper.ask(&call(number, "one__pid"));
        told.contains("consent_aged")
    });
    let id = asked(&told);
    let shown = node.cli_text(&["approval", "show", &id.to_string()]);
    assert!(shown.contains("because the consent is older than it may be"), "{shown}");
    assert_eq!(roles(&carl, id), ["requester"]);
    yes(&carl, &carls, id);
    done(&helper.ask(&call(number + 1, "one__pid")));
    assert!(asked(&helper.ask(&call(number + 2, "one__pid"))) != id, "a yes to one act renews nothing");
    helper.close();
    verified(&node, task);
}

#[test]
fn an_account_under_a_second_name_is_no_other_person_and_the_yes_of_who_left_is_none() {
    let node = node(r#"{who: "role:boss"}"#);
    let (twin, twins) = Browser::of(&node, "twin", "boss");
    let (bert, berts) = Browser::of(&node, "bert", "boss");
    let (dora, doras) = Browser::of(&node, "dora", "boss");
    // the account that starts it has no name yet; then it is twin's
    let told = json(&node.cli(&["task", "start", "asked", "--agent", "helper", "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    let uid = std::fs::metadata(&node.home).map(|of| std::os::unix::fs::MetadataExt::uid(&of)).unwrap();
    node.documents(&format!("{{kind: person, name: twin, roles: [boss], uid: {uid}}}"));
    let mut helper = Plain::start(&node);
    let id = asked(&helper.ask(&call(1, "one__pid")));
    let words = statement(&bert, id, "role:boss").unwrap();
    assert!(roles(&twin, id).is_empty());
    assert_eq!(signs_as(&twin, &twins, id, "role:boss", &words), "404 not_found");

    assert_eq!(text(&yes(&bert, &berts, id), "standing"), "signed");
    node.cli(&["apply", "--remove", "person/bert"]);
    let after = json(&node.cli(&["approval", "show", &id.to_string()]));
    assert_eq!((text(&after, "standing"), text(&first_yes(&after), "void")), ("open", "who said it has left"));
    assert_eq!(signs_as(&bert, &berts, id, "role:boss", &words), "401 not_signed_in");
    assert_eq!(asked(&helper.ask(&call(2, "one__pid"))), id, "it waits for another");
    yes(&dora, &doras, id);
    done(&helper.ask(&call(3, "one__pid")));
    helper.close();
    verified(&node, task);
}

/// The documents of an example, with the servers that come with this binary.
fn example(node: &Node, name: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/");
    let mut files: Vec<_> =
        std::fs::read_dir(format!("{folder}{name}")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        let text = std::fs::read_to_string(file).unwrap();
        node.documents(&text.replace("command: bailiwick", &format!("command: \"{BINARY}\"")));
    }
}

/// A payment of the example's clerk.
fn pay(id: u32, amount: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"bank__pay","arguments":{{"amount":"{amount}","currency":"EUR","iban":"DE89370400440532013000","idempotency_key":"payment-{amount}","payee":"Example Printing","reference":"Invoice 118"}},{META}}}}}"#
    )
}

#[test]
fn the_example_of_a_yes_is_applied_and_pays_as_the_readme_says() {
    let node = Node::start();
    example(&node, "pay-invoice");
    example(&node, "say-yes");
    for server in ["bank", "mail"] {
        node.cli(&["server", "review", server, "--yes"]);
    }
    let file = node.home.join("clerk.key");
    node.cli(&["agent", "key", "clerk", "--out", file.to_str().unwrap(), "--enroll"]);
    let (ann, anns) = Browser::of(&node, "ann", "");
    let task = started(
        &ann,
        &anns,
        r#"{"template":"pay-with-yes","agent":"clerk","parameters":{"payee":"Example Printing","iban":"DE89370400440532013000","max":"500"}}"#,
    );
    let mut clerk = Plain::of(&node, "clerk", &file);
    let paid = |answer: &str| answer.contains("payment_id") && !answer.contains(r#""isError":true"#);
    let first = clerk.ask(&pay(1, "60.00"));
    assert!(paid(&first), "up to 100 EUR nobody is asked: {first}");
    let waits = clerk.ask(&pay(2, "50.00"));
    let id = asked(&waits);
    assert!(waits.contains(&format!("/approvals/{id}")), "its page is told: {waits}");
    let listed = node.cli_text(&["approval", "list"]);
    assert!(listed.contains("[requester]") && listed.contains("50"), "what waits is listed: {listed}");
    assert_eq!(roles(&ann, id), ["requester"]);
    yes(&ann, &anns, id);
    let other = clerk.ask(&pay(3, "51.00"));
    assert!(asked(&other) != id, "another amount is another act: {other}");
    let second = clerk.ask(&pay(4, "50.00"));
    assert!(paid(&second), "the same call then goes through: {second}");
    let begun = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]);
    assert_eq!(begun.lines().count(), 2, "once each: {begun}");
    clerk.close();
    verified(&node, task);
}
