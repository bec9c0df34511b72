//! An act that waits for people: asked through a real agent process, signed by a passkey over HTTP, done once, verified.

use super::Plain;
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use super::stopped::comes;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;
use bailiwick_identity::{SoftPasskey, statement_challenge};

pub(crate) fn call(id: u32, tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}},{META}}}}}"#
    )
}

/// A node on which each act of a task needs a yes of somebody with the role `boss`.
pub(crate) fn node() -> (Node, TaskId) {
    node_with(process(), "")
}

/// The same in front of another server, with more documents.
fn node_with(server: String, more: &str) -> (Node, TaskId) {
    let node = furnished(Node::start(), &[("one", server)]);
    if !more.is_empty() {
        node.documents(more);
    }
    node.documents(
        r#"
{kind: template, name: asked, purpose: look, intent: "look with care", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/*"], resources: any}], ask: [{who: "role:boss"}]}
"#,
    );
    let told = json(&node.cli(&["task", "start", "asked", "--agent", "helper", "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    (node, task)
}

/// The number of the request that a refusal names.
pub(crate) fn asked(answer: &str) -> u64 {
    let (_, after) = answer.split_once(r#""approval":"#).unwrap_or_else(|| panic!("nobody is asked: {answer}"));
    after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

pub(crate) fn signed(browser: &Browser<'_>, passkey: &SoftPasskey, id: u64, role: &str) -> (Json, String) {
    let shown = browser.ask("GET", &format!("/v1/approvals/{id}"), "").json();
    let statement =
        shown.get("statements").and_then(|of| of.get(role)).unwrap_or_else(|| panic!("{}", shown.canonical()));
    let (words, challenge) = (text(statement, "statement"), text(statement, "challenge"));
    assert_eq!(challenge, statement_challenge(words.as_bytes()), "what is signed is the statement");
    let assertion = passkey.sign(&browser.site(), challenge).unwrap();
    let body = Json::object([
        ("assertion", json(&serde_json::to_string(&assertion).unwrap())),
        ("role", Json::from(role)),
        ("statement", Json::from(words)),
    ]);
    (shown.clone(), body.canonical())
}

#[test]
fn an_act_waits_for_a_signature_over_that_very_act_and_is_done_once_by_it() {
    let (node, task) = node();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let (carl, other) = Browser::of(&node, "carl", "clerk");
    let mut helper = Plain::start(&node);
    let refused = helper.ask(&call(1, "one__pid"));
    assert!(refused.contains("approval_needed") && refused.contains("/approvals/"), "{refused}");
    let id = asked(&refused);
    assert_eq!(asked(&helper.ask(&call(2, "one__pid"))), id, "who repeats the call asks nobody again");
    // who is not asked sees nothing of it
    let path = format!("/v1/approvals/{id}");
    assert_eq!(carl.ask("GET", &path, "").code(), "404 not_found");
    let listed = |browser: &Browser<'_>| {
        browser.ask("GET", "/v1/approvals", "").json().get("approvals").and_then(Json::as_array).unwrap().len()
    };
    assert_eq!((listed(&bert), listed(&carl)), (1, 0));

    let (shown, yes) = signed(&bert, &key, id, "role:boss");
    assert!(text(shown.get("display").unwrap(), "sentence").contains("helper wants to"), "{}", shown.canonical());
    let sign = format!("{path}/sign");
    // another's session, another's passkey, another statement, an answer to another challenge
    assert_eq!(carl.ask("POST", &sign, &yes).code(), "403 passkey_refused");
    let foreign =
        other.sign(&bert.site(), text(shown.get("statements").unwrap().get("role:boss").unwrap(), "challenge"));
    let foreign = serde_json::to_string(&foreign.unwrap()).unwrap();
    let mut wrong = json(&yes).as_object().unwrap().clone();
    wrong.insert("assertion", json(&foreign));
    assert_eq!(bert.ask("POST", &sign, &Json::Object(wrong).canonical()).code(), "403 passkey_refused");
    let other_words = yes.replace(r#"\"role\":\"role:boss\""#, r#"\"role\":\"requester\""#);
    assert_ne!(other_words, yes);
    assert_eq!(bert.ask("POST", &sign, &other_words).code(), "409 approval_changed");
    let stale = key.sign(&bert.site(), "c29tZXRoaW5nIGVsc2U").unwrap();
    let mut wrong = json(&yes).as_object().unwrap().clone();
    wrong.insert("assertion", json(&serde_json::to_string(&stale).unwrap()));
    assert_eq!(bert.ask("POST", &sign, &Json::Object(wrong).canonical()).code(), "403 passkey_refused");
    // a link signs nothing, whoever follows it, with whatever it carries
    for link in [sign.clone(), format!("{sign}?role=role:boss"), format!("{path}?sign=yes")] {
        assert!(bert.ask("GET", &link, "").status() >= 400, "{link}");
        assert!(bert.ask("GET", &link, &yes).status() >= 400, "{link}, with a body");
    }
    assert!(helper.ask(&call(3, "one__pid")).contains("approval_needed"), "nothing of that was a yes");

    let given = bert.ask("POST", &sign, &yes);
    assert_eq!(given.status(), 200, "{}", given.0);
    assert_eq!(bert.ask("POST", &sign, &yes).code(), "403 not_asked", "once is enough");
    let done = helper.ask(&call(4, "one__pid"));
    assert!(done.contains(r#""resultType":"complete""#) && !done.contains(r#""isError":true"#), "{done}");
    let second = helper.ask(&call(5, "one__pid"));
    assert!(asked(&second) != id, "the same act again is another request: {second}");
    helper.close();
    checked_by_a_stranger(&node, id);
    // what became of the request is told of it, of the act that waited for it, and of each answer
    for event in [id, id - 1] {
        let told = node.cli_text(&["explain", &event.to_string()]);
        assert!(told.contains(&format!("request #{id}, to use one/pid")), "{told}");
        assert!(told.contains("said yes: bert as role:boss") && told.contains("used once, by"), "{told}");
        assert!(told.contains("nothing to sign: used once, by") && !told.contains("signs or refuses"), "{told}");
    }
    let friction = json(&node.cli(&["friction"]));
    let of = |part: &str, name: &str| friction.get(part).unwrap().get(name).and_then(Json::as_u64).unwrap();
    assert_eq!(
        (of("requests", "asked"), of("requests", "yes"), of("requests", "no"), of("requests", "unanswered")),
        (2, 1, 0, 1)
    );
    assert_eq!((of("tasks", "honest"), of("tasks", "asked_nobody")), (1, 0), "{}", friction.canonical());
    let told = node.cli_text(&["friction", "--days", "1"]);
    assert!(told.contains("bert: yes 1, no 0; an answer took") && told.contains("one/pid"), "{told}");
    let shown = node.cli(&["approval", "list", "--all"]);
    assert!(shown.contains(r#""standing":"used""#) && shown.contains(r#""standing":"open""#), "{shown}");
    verified(&node, task);
}

#[test]
fn an_agent_that_asks_people_too_often_is_cut_off() {
    let (node, _) =
        node_with(process(), "{kind: rule, name: calm, breaker: {per: agent, on: fan_out, most: 3, over: 10m}}");
    let (bert, _) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    for (number, tool) in [(1, "one__pid"), (2, "one__pid"), (3, "one__other"), (4, "one__other"), (5, "one__never")] {
        let waits = helper.ask(&call(number, tool));
        assert!(waits.contains("approval_needed"), "asked once each, however often it is called: {waits}");
    }
    let cut = helper.ask(&call(6, "one__twice"));
    assert!(cut.contains("breaker_open"), "{cut}");
    let open = bert.ask("GET", "/v1/approvals", "").json();
    assert_eq!(open.get("approvals").and_then(Json::as_array).unwrap().len(), 3, "{}", open.canonical());
    let told = json(&node.cli(&["breaker", "list"]));
    assert_eq!((text(&told, "rule"), text(&told, "on")), ("calm", "fan_out"), "{}", told.canonical());
    helper.close();
}

/// With public keys alone, and no node: whose yes it was, and to what.
fn checked_by_a_stranger(node: &Node, id: u64) {
    let file = |name: &str, text: &str| {
        let path = node.home.join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let yes = node.cli_text(&["approval", "export", &id.to_string()]);
    let (bert, carl) = (node.cli(&["person", "show", "bert"]), node.cli(&["person", "show", "carl"]));
    let (shown, bert, carl) = (file("yes.json", &yes), file("bert.json", &bert), file("carl.json", &carl));
    let verify = |yes: &str, key: &str| {
        let args = ["verify", "--approval", yes, "--passkey", key];
        let output = std::process::Command::new(crate::BINARY).args(args).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, said) = verify(&shown, &bert);
    assert!(code == Some(0) && said.contains("CONFIRMED") && said.contains("bert as role:boss: signed"), "{said}");
    for line in ["the act: ", "  request number ", "  good    until ", "  action  ", "  display ", "  passkey "] {
        assert!(said.contains(line), "{line} is not in {said}");
    }
    let (code, said) = verify(&shown, &carl);
    assert!(code == Some(1) && said.contains("NOT DECIDABLE"), "another's key says nothing: {said}");
    let renamed = file("renamed.json", &std::fs::read_to_string(&bert).unwrap().replace("\"bert\"", "\"carl\""));
    let (code, said) = verify(&shown, &renamed);
    assert!(code == Some(1) && said.contains("CONTRADICTED"), "{said}");
    for (from, to) in [("helper wants to", "helper wants not to"), ("role:boss", "role:bose")] {
        assert!(yes.contains(from), "{yes}");
        let (code, said) = verify(&file("changed.json", &yes.replace(from, to)), &bert);
        assert!(code == Some(1) && said.contains("CONTRADICTED"), "{from}: {said}");
    }
}

/// The first yes of the first need.
pub(crate) fn first_yes(shown: &Json) -> Json {
    let first = |of: &Json, name: &str| of.get(name).and_then(Json::as_array).and_then(|all| all.first()).cloned();
    first(shown, "needs")
        .as_ref()
        .and_then(|need| first(need, "given"))
        .unwrap_or_else(|| panic!("{}", shown.canonical()))
}

#[test]
fn a_request_says_what_its_agent_has_read_and_a_yes_whose_passkey_went_frees_its_place() {
    let (node, task) = node();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let (_carl, _) = Browser::of(&node, "carl", "boss");
    let mut helper = Plain::start(&node);
    let id = asked(&helper.ask(&call(1, "one__pid")));
    let path = format!("/v1/approvals/{id}");
    let (shown, yes) = signed(&bert, &key, id, "role:boss");
    let statement = shown.get("statements").and_then(|of| of.get("role:boss")).unwrap();
    let signed_labels = json(text(statement, "statement")).get("terms").unwrap().get("labels").cloned();
    assert_eq!(shown.get("labels").cloned(), signed_labels, "what is shown is what is signed");
    let told = node.cli_text(&["approval", "show", &id.to_string()]);
    assert!(told.contains("  has read  nothing yet"), "{told}");
    let given = bert.ask("POST", &format!("{path}/sign"), &yes).json();
    assert_eq!((text(&given, "standing"), first_yes(&given).get("void")), ("signed", Some(&Json::Null)));
    node.cli(&["person", "remove-passkey", "bert", &key.id()]);
    let after = json(&node.cli(&["approval", "show", &id.to_string()]));
    assert_eq!(text(&after, "standing"), "open", "{}", after.canonical());
    assert_eq!(text(&first_yes(&after), "void"), "the passkey that signed it was taken away");
    let told = node.cli_text(&["approval", "show", &id.to_string()]);
    assert!(told.contains("said yes: bert (counts no more: the passkey that signed it was taken away)"), "{told}");
    assert_eq!(asked(&helper.ask(&call(2, "one__pid"))), id, "its yes is worth nothing");
    helper.close();
    verified(&node, task);
}

#[test]
fn a_no_reaches_the_agent_with_its_reason_and_what_would_do_instead() {
    let note = "{kind: tool, tool: one/note, effect: read, egress: none, reversibility: read-only}";
    let (node, task) = node_with(super::data::process(), note);
    let (bert, _) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    let on_sunday = |id| call(id, "one__note").replace(r#""arguments":{}"#, r#""arguments":{"to":"Sunday"}"#);
    let id = asked(&helper.ask(&on_sunday(1)));
    // who sees it and is not asked is told who is, and how the work itself is ended
    let (adele, _) = Browser::of(&node, "adele", "administrator");
    let other = adele.ask("POST", &format!("/v1/approvals/{id}/refuse"), r#"{"reason":"no"}"#);
    assert_eq!(other.code(), "403 not_asked", "{}", other.0);
    let told = other.json();
    assert_eq!(text(&told, "detail"), "you are not asked for this: `role:boss` may say no to it, or end the task");
    assert_eq!(text(&told, "command"), format!("bailiwick task revoke {task}"));
    let offer = |instead: &str| {
        let body = format!(r#"{{"reason":"not on a Sunday","instead":{instead}}}"#);
        bert.ask("POST", &format!("/v1/approvals/{id}/refuse"), &body)
    };
    let more = offer(r#"{"to":"Monday","where":"there"}"#);
    assert_eq!(more.code(), "403 offer_not_narrower", "{}", more.0);
    assert!(text(&more.json(), "detail").ends_with("expected an argument that the call has: `to`"), "{}", more.0);
    assert_eq!(text(&more.json(), "command"), format!("bailiwick approval show {id}"));
    let said = offer(r#"{"to":"Monday"}"#);
    assert_eq!(said.status(), 200, "{}", said.0);
    let told = helper.ask(&on_sunday(2));
    assert!(told.contains("approval_refused") && told.contains("not on a Sunday") && told.contains("Monday"), "{told}");
    helper.close();
    verified(&node, task);
}

#[test]
fn nobody_is_asked_where_nobody_could_say_yes() {
    let (node, task) = node();
    let mut helper = Plain::start(&node);
    let refused = helper.ask(&call(1, "one__pid"));
    assert!(refused.contains("approval_unavailable"), "{refused}");
    let event = json(&node.cli(&["event", "list", "--kind", "action.refused", "--last", "1"]));
    let told = node.cli_text(&["explain", &event.get("leaf").unwrap().canonical()]);
    assert!(told.contains("it may stop") && !told.contains("it may wait"), "{told}");
    helper.close();
    verified(&node, task);
}

#[test]
fn a_rule_of_policy_asks_for_what_it_is_about_and_for_nothing_else() {
    let node = furnished(Node::start(), &[("one", process())]);
    let rule = |who: &str| {
        format!(
            r#"{{kind: policy, name: eyes, cedar: "@id(\"second\") @step_up(\"{who}\") @valid(\"10m\") forbid(principal, action == Action::\"one/pid\", resource) when {{ context.purpose == \"look\" && context.uses > 0 }};"}}"#
        )
    };
    let refused = node.refused(&rule("boss"));
    assert!(refused.contains("`@step_up` is `boss`") && refused.contains("role:NAME"), "{refused}");
    node.documents(&rule("role:boss"));
    let task = node.start_task();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    let done = |answer: &str| answer.contains(r#""resultType":"complete""#) && !answer.contains(r#""isError":true"#);
    let first = helper.ask(&call(1, "one__pid"));
    assert!(done(&first), "the rule is silent before anything was done: {first}");
    let refused = helper.ask(&call(2, "one__pid"));
    let id = asked(&refused);
    assert!(!refused.contains("eyes") && !refused.contains("second"), "an agent is told no rule: {refused}");
    let forbidden = helper.ask(&call(3, "one__huge"));
    assert!(!forbidden.contains("approval_needed"), "{forbidden}");
    let (shown, yes) = signed(&bert, &key, id, "role:boss");
    assert!(shown.canonical().contains("a policy asks for it"), "{}", shown.canonical());
    assert_eq!(bert.ask("POST", &format!("/v1/approvals/{id}/sign"), &yes).status(), 200);
    let second = helper.ask(&call(4, "one__pid"));
    assert!(done(&second), "{second}");
    helper.close();
    verified(&node, task);
    let record = std::fs::read_to_string(node.home.join(format!("{task}.jsonl"))).unwrap();
    let named = record.matches("eyes.second").count();
    assert!(named >= 2, "the wait and the act name the rule: {named} in {record}");
}

#[test]
fn what_nobody_answers_goes_on_to_others_who_then_see_and_sign_it() {
    let (node, _) = node_with(
        process(),
        r#"
{kind: person, name: bert, roles: [boss]}
---
{kind: person, name: cora, roles: [chief]}
---
{kind: template, name: hurried, purpose: look, intent: "look with care", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/*"], resources: any}], ask: [{who: "role:boss", escalate: {after: 1s, to: "role:chief"}}]}
"#,
    );
    let told = json(&node.cli(&["task", "start", "hurried", "--agent", "helper", "--yes"]));
    node.cli(&["task", "attach", text(&told, "task")]);
    let (bert, _) = Browser::of(&node, "bert", "boss");
    let (cora, key) = Browser::of(&node, "cora", "chief");
    let mut helper = Plain::start(&node);
    let id = asked(&helper.ask(&call(1, "one__pid")));
    let path = format!("/v1/approvals/{id}");
    comes("it goes on to the chief", || cora.ask("GET", &path, "").status() == 200);
    assert_eq!(bert.ask("GET", &path, "").status(), 200, "nobody is taken away");
    let listed = || node.cli(&["event", "list", "--kind", "approval.escalated"]);
    comes("the record says so", || listed().contains("role:boss"));
    assert_eq!(listed().lines().count(), 1, "once");
    let (_, yes) = signed(&cora, &key, id, "role:boss");
    let given = cora.ask("POST", &format!("{path}/sign"), &yes);
    assert_eq!(given.status(), 200, "{}", given.0);
    let done = helper.ask(&call(2, "one__pid"));
    assert!(done.contains(r#""resultType":"complete""#) && !done.contains(r#""isError":true"#), "{done}");
    helper.close();
}

#[test]
fn who_signed_for_an_act_and_whom_it_is_done_for_may_end_the_task_and_nobody_else_at_hand() {
    let (node, task) = node();
    let (bert, key) = Browser::of(&node, "bert", "boss");
    let (carl, _) = Browser::of(&node, "carl", "boss");
    let (dora, _) = Browser::of(&node, "dora", "clerk");
    let mut helper = Plain::start(&node);
    let id = asked(&helper.ask(&call(1, "one__pid")));
    let end = format!("/v1/tasks/{task}/end");
    assert_eq!(bert.ask("POST", &end, "{}").code(), "404 not_found", "to be asked is no word in it yet");
    let (_, yes) = signed(&bert, &key, id, "role:boss");
    assert_eq!(bert.ask("POST", &format!("/v1/approvals/{id}/sign"), &yes).status(), 200);
    assert_eq!(carl.ask("POST", &end, "{}").code(), "404 not_found", "the same role is not the same word");
    assert_eq!(bert.ask("POST", &end, "{}").status(), 200);
    assert!(helper.ask(&call(2, "one__pid")).contains("task_ended"), "a yes that was given is worth nothing any more");
    helper.close();
    let told = json(&node.cli(&["task", "start", "asked", "--agent", "helper", "--subject", "dora", "--yes"]));
    let end = format!("/v1/tasks/{}/end", text(&told, "task"));
    assert_eq!(carl.ask("POST", &end, "{}").code(), "404 not_found");
    assert_eq!(dora.ask("POST", &end, "{}").status(), 200, "it was done for her");
    verified(&node, task);
}
