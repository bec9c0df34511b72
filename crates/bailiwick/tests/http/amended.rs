//! A person gives a running agent more, takes it back, and the record holds.

use super::Plain;
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::TaskId;

fn call(id: u32, tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}},{META}}}}}"#
    )
}

#[test]
fn a_running_agent_may_more_after_a_turn_of_its_person_and_less_after_another() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: little, purpose: look, intent: "look who runs", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/pid"], resources: any}]}
---
{kind: template, name: also, purpose: look, intent: "hear it twice", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/twice"], resources: any}]}
"#,
    );
    let told = json(&node.cli(&["task", "start", "little", "--agent", "helper", "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    let id = task.to_string();
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains(r#""resultType":"complete""#));
    assert!(helper.ask(&call(2, "one__twice")).contains("not_available"));
    // what comes is shown before anybody says yes, and without one nothing is another
    let shown = node.fails(&["task", "widen", &id, "also"]);
    for told in ["It would also: hear it twice", "one/twice", "nothing changed: nobody said yes"] {
        assert!(shown.contains(told), "{told} is not in {shown}");
    }
    assert!(helper.ask(&call(6, "one__twice")).contains("not_available"));
    let widened = node.cli(&["task", "widen", &id, "also", "--yes"]);
    assert!(widened.contains("look who runs; hear it twice"), "{widened}");
    assert!(helper.ask(&call(3, "one__twice")).contains("first"));
    node.cli(&["task", "narrow", &id, "--without", "one/pid"]);
    assert!(helper.ask(&call(4, "one__pid")).contains("not_available"));
    assert!(helper.ask(&call(5, "one__twice")).contains("first"));
    let unasked = node.fails(&["task", "renew", &id]);
    assert!(unasked.contains("one/twice") && unasked.contains("nobody consented"), "{unasked}");
    node.cli(&["task", "renew", &id, "--yes"]);
    node.cli(&["task", "narrow", &id, "--within", "10m"]);
    helper.close();
    verified(&node, task);
}

#[test]
fn narrowing_by_a_pattern_leaves_no_row_that_allows_part_of_it_without_asking() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: both, purpose: look, intent: "look", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/p*"], resources: any}, {tools: ["one/pid"], resources: any}, {tools: ["one/twice"], resources: any}]}
"#,
    );
    let told = json(&node.cli(&["task", "start", "both", "--agent", "helper", "--yes"]));
    let id = text(&told, "task").to_owned();
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains(r#""resultType":"complete""#));
    node.cli(&["task", "narrow", &id, "--without", "one/p*"]);
    assert!(helper.ask(&call(2, "one__pid")).contains("not_available"), "the row that names it by its name as well");
    assert!(helper.ask(&call(3, "one__twice")).contains("first"), "and no other");
    helper.close();
}

/// What an agent that knows only MCP asks for.
pub(crate) fn request(id: u32, wanted: &str, tool: &str) -> String {
    let arguments = format!(r#"{{"wanted":"{wanted}","tools":["{tool}"]}}"#);
    call(id, "bailiwick_request").replace(r#""arguments":{}"#, &format!(r#""arguments":{arguments}"#))
}

#[test]
fn what_an_agent_asks_for_its_person_gives_or_refuses_and_it_is_told_which() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: little, purpose: look, intent: "look who runs", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/pid"], resources: any}]}
---
{kind: template, name: also, purpose: look, intent: "hear it twice", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/twice"], resources: any}]}
"#,
    );
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let (dora, _) = Browser::of(&node, "dora", "clerk");
    let started = carl.consents(&carls, "/v1/tasks", r#"{"template":"little","agent":"helper"}"#).json();
    let task = text(&started, "task").to_owned();
    let mut helper = Plain::start(&node);
    let listed = helper.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#));
    assert!(listed.contains("bailiwick_request"), "{listed}");
    // it names the tool as it is shown it
    let asked = helper.ask(&request(2, "hear it again, the first was not clear", "one__twice"));
    assert!(asked.contains(r#""standing":"open""#) && asked.contains(r#""isError":false"#), "{asked}");
    assert!(helper.ask(&call(3, "one__twice")).contains("not_available"), "asking gives nothing");
    let odd = call(4, "bailiwick_request").replace(r#""arguments":{}"#, r#""arguments":{"wanted":"x","grant":"all"}"#);
    assert!(helper.ask(&odd).contains("argument_malformed"));

    // Only those who see the task see it, and only its person answers.
    let list = |who: &Browser| who.ask("GET", "/v1/wishes", "").json();
    assert_eq!(list(&dora).get("wishes").unwrap().as_array().unwrap().len(), 0);
    let found = list(&carl);
    let wish = &found.get("wishes").unwrap().as_array().unwrap()[0];
    assert_eq!(text(wish, "wanted"), "hear it again, the first was not clear");
    assert!(wish.get("templates").unwrap().canonical().contains("also"), "{found:?}");
    assert_eq!(wish.get("tools").unwrap().canonical(), r#"["one/twice"]"#);
    assert_eq!(
        wish.get("offers").unwrap().canonical(),
        r#"[{"only":[],"template":"also"},{"only":["one/twice"],"template":"look"}]"#,
        "and nothing wider"
    );
    let shown = node.cli(&["task", "show", &task]);
    assert!(shown.contains("hear it again"), "a task is shown with what is asked for in it: {shown}");
    let number = wish.get("wish").unwrap().as_u64().unwrap();
    let refuse = |number: u64| format!("/v1/tasks/{task}/wishes/{number}/refuse");
    let no = dora.ask("POST", &refuse(number), r#"{"reason":"no"}"#);
    assert_eq!(no.code(), "404 not_found");
    let made = json(&node.cli(&["event", "list", "--task", &task, "--kind", "wish.made"]));
    let event = made.get("leaf").unwrap().as_u64().unwrap();
    let other = carl.ask("POST", &refuse(event), r#"{"reason":"no"}"#);
    assert_eq!(other.code(), "404 not_found", "{}", other.0);
    let meant =
        format!("there is no wish {event} that waits: {event} is the number of the event that made wish {number}");
    assert_eq!(text(&other.json(), "detail"), meant);
    let widen = format!(r#"{{"widen":{{"template":"also","wish":{number}}}}}"#);
    let widened = carl.consents(&carls, &format!("/v1/tasks/{task}/amend"), &widen);
    assert_eq!(widened.status(), 200, "{}", widened.0);
    let own = helper.ask(&call(5, "bailiwick_authority"));
    assert!(own.contains(r#""standing":"granted""#), "{own}");
    assert!(helper.ask(&call(6, "one__twice")).contains("first"));

    let asked = helper.ask(&request(7, "leave the house", "one/leave"));
    let second =
        json(&asked).get("result").and_then(|result| result.get("structuredContent")?.get("request")?.as_u64());
    let no = carl.ask("POST", &refuse(second.unwrap()), r#"{"reason":"not today"}"#);
    assert_eq!(no.status(), 200, "{}", no.0);
    let own = helper.ask(&call(8, "bailiwick_authority"));
    assert!(own.contains("not today") && own.contains(r#""standing":"refused""#), "{own}");
    let words = node.cli(&["wish", "list", "--task", &task]);
    assert!(words.contains("not today") && words.contains("leave the house"), "{words}");
    helper.close();
    verified(&node, TaskId::parse(&task).unwrap());
}

#[test]
fn a_person_is_told_before_they_start_which_acts_will_be_asked_about_again() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: tool, tool: one/pid, effect: permission, egress: open, reversibility: irreversible}
---
{kind: template, name: wide, purpose: look, intent: "look", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/p*"], effect: permission}]}
---
{kind: template, name: named, purpose: look, intent: "look", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/pid"], effect: permission}]}
"#,
    );
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let preview = |template: &str| {
        let asked = format!(r#"{{"template":"{template}","agent":"helper"}}"#);
        let told = carl.ask("POST", "/v1/tasks/preview", &asked).json();
        let count = |name: &str| told.get(name).and_then(bailiwick_core::json::Json::as_array).unwrap().len();
        ((count("confirmed"), count("unanswerable")), told)
    };
    let (wide, told) = preview("wide");
    assert_eq!(wide, (1, 0), "{}", told.canonical());
    assert!(told.canonical().contains("does not name the tool itself"), "{}", told.canonical());
    assert_eq!(preview("named").0, (0, 0));
    let unsaid = node.fails(&["task", "start", "wide", "--agent", "helper"]);
    assert!(unsaid.contains("one/pid waits for your yes") && unsaid.contains("you have no passkey"), "{unsaid}");
    // what was shown is what is started, or nothing
    let start = |digest: &str| {
        let asked = format!(r#"{{"template":"wide","agent":"helper","digest":"{digest}"}}"#);
        carl.consents(&carls, "/v1/tasks", &asked).code()
    };
    let shown = text(&told, "digest").to_owned();
    node.documents(
        r#"{kind: template, name: wide, purpose: look, intent: "look twice", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/*"], effect: permission}]}"#,
    );
    assert_eq!(start(&shown), "403 not_possible");
    assert_eq!(start(text(&preview("wide").1, "digest")), "200 ");
}

#[test]
fn a_turn_names_few_tools_and_shows_no_template_of_somebody_else() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: quiet, purpose: look, intent: "what bosses plan", start: {who: ["role:boss"], agents: [helper]}, grant: [{tools: ["one/pid"], resources: any}]}
"#,
    );
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let started = carl.consents(&carls, "/v1/tasks", r#"{"template":"look","agent":"helper"}"#).json();
    let amend = format!("/v1/tasks/{}/amend", text(&started, "task"));
    let peek = carl.ask("POST", &amend, r#"{"widen":{"template":"quiet","preview":true}}"#);
    assert_eq!(peek.code(), "404 not_found");
    let many = vec![r#""one/pid""#; 65].join(",");
    let narrow = carl.ask("POST", &amend, &format!(r#"{{"narrow":{{"tools":[{many}]}}}}"#));
    assert!(narrow.status() == 400 && narrow.0.contains("at most 64"), "{}", narrow.0);
}

#[test]
fn a_task_in_ones_own_words_has_the_tools_that_were_picked_and_no_other() {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(
        r#"
{kind: template, name: look-into, purpose: office, intent: "{wanted}", parameters: {wanted: {kind: text}}, start: {who: [anyone], agents: [helper]}, choose: true, grant: [{tools: ["one/*"], resources: any}]}
"#,
    );
    let wanted = "wanted=Who runs there? Tell ops@example.org, it may cost 5 EUR";
    let start = ["task", "start", "look-into", wanted, "--agent", "helper", "--yes"];
    let no = |args: &[&str]| {
        let output =
            std::process::Command::new(super::BINARY).arg("--home").arg(&node.home).args(args).output().unwrap();
        assert!(!output.status.success(), "{args:?}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let said = no(&start);
    assert!(said.contains("one/*"), "nothing is granted unpicked, and what can be picked is told: {said}");
    let beyond = no(&[&start[..], &["--only", "two/pid"]].concat());
    assert!(beyond.contains("two/pid"), "{beyond}");
    let told = json(&node.cli(&[&start[..], &["--only", "one/pid"]].concat()));
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains(r#""resultType":"complete""#));
    assert!(helper.ask(&call(2, "one__twice")).contains("not_available"));
    helper.close();
    let task = TaskId::parse(text(&told, "task")).unwrap();
    let events = node.cli(&["log", "export", text(&told, "task")]);
    for stated in ["from your own words: email ops@example.org", "from your own words: amount 5 EUR"] {
        assert!(events.contains(stated), "{stated} stands in the record as consented to");
    }
    verified(&node, task);
}
