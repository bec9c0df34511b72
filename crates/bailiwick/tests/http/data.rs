//! Data followed through a task, over real processes: what may not be read is taken out, what was read holds back what would
//! leave, a person lowers it, and where each value came from is told to the line.

use super::Plain;
use super::approved::asked;
use super::changes::{number, signs};
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::furnished;
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

/// People with their salaries; a note to one of them; an error that says one.
const SCRIPT: &str = r#"while read -r line; do
  id=$(printf '%s' "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
  say() { printf '{"jsonrpc":"2.0","id":%s,%s}\n' "$id" "$1"; }
  case "$line" in
    *server/discover*) say '"result":{"supportedVersions":["2026-07-28"],"capabilities":{"tools":{}},"resultType":"complete"}';;
    *tools/list*) say '"result":{"tools":[TOOLS],"resultType":"complete"}';;
    *'"name":"people"'*) say '"result":{"content":[{"type":"text","text":"Ada earns 50007351"}],"structuredContent":{"people":[{"email":"ada@hr.example","salary":50007351}]},"resultType":"complete"}';;
    *'"name":"fails"'*) say '"error":{"code":-32000,"message":"Ada earns 50007351"}';;
    *'"name":"note"'*) say '"result":{"content":[{"type":"text","text":"noted"}],"resultType":"complete"}';;
  esac
done"#;

pub(crate) fn process() -> String {
    process_of("ada@hr.example")
}

/// The same, of people whose address is written so.
fn process_of(address: &str) -> String {
    let output = r#""outputSchema":{"type":"object","required":["people"]}"#;
    let read = r#""inputSchema":{"type":"object"},"annotations":{"readOnlyHint":true}"#;
    let to = r#""inputSchema":{"type":"object","properties":{"to":{"type":"string"}}}"#;
    let tools = [
        format!(r#"{{"name":"people",{read},{output}}}"#),
        format!(r#"{{"name":"fails",{read}}}"#),
        format!(r#"{{"name":"note",{to}}}"#),
    ];
    let script = SCRIPT.replace("TOOLS", &tools.join(",")).replace("ada@hr.example", address);
    let args = Json::array([Json::from("-c"), Json::from(script)]);
    Json::object([("stdio", Json::object([("args", args), ("command", Json::from("/bin/sh"))]))]).canonical()
}

/// A node with a server of people, and one of a partner; what is payroll stays, whatever these other documents say.
pub(crate) fn staffed(hr: String, more: &str) -> Node {
    let one = super::servers::process();
    let node = furnished(Node::start(), &[("one", one), ("hr", hr), ("far", process())]);
    node.documents(&format!(
        r#"
{{kind: server, name: far, zone: partner, transport: {far}}}
---
kind: tool
tool: hr/people
effect: read
egress: none
reversibility: read-only
bind:
  classes: [internal]
  result:
    fields: [{{at: /people/*/salary, class: payroll}}]
    values: [{{at: /people/*/email, kind: email, trusted: true}}]
---
{{kind: tool, tool: far/note, effect: write, egress: none, reversibility: reversible, bind: {{arguments: {{/to: {{kind: email, role: destination}}}}}}}}
---
{{kind: rule, name: payroll-stays, flow: {{classes: [payroll]}}}}
---
{more}
"#,
        far = process(),
    ));
    node.cli(&["server", "review", "far", "--yes", "--accept-finding", "*:alike", "--accept-finding", "*:unbound"]);
    node
}

/// Such a node, and a task that may read these classes.
fn node(read: &str) -> (Node, TaskId) {
    node_of(read, process())
}

fn node_of(read: &str, hr: String) -> (Node, TaskId) {
    let more = format!(
        r#"{{kind: tool, tool: hr/fails, effect: read, egress: none, reversibility: read-only, bind: {{classes: [internal], result: {{fields: [{{at: /salary, class: payroll}}]}}}}}}
---
{{kind: template, name: staff, purpose: staff, intent: "look at the staff", read: {read}, keep_results: 8192, start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: ["hr/*"], resources: any}}, {{tools: [far/note], effect: write, meters: {{calls: {{total: "5"}}}}}}]}}"#
    );
    let node = staffed(hr, &more);
    let told = json(&node.cli(&["task", "start", "staff", "--agent", "helper", "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    (node, task)
}

pub(crate) fn call(id: u32, tool: &str, arguments: &str, key: &str) -> String {
    let meta = META.replacen('{', &format!(r#"{{"bailiwick.dev/idempotency-key":"{key}","#), 1);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{meta}}}}}"#
    )
}

fn note(id: u32) -> String {
    call(id, "far__note", r#"{"to":"ada@hr.example"}"#, &format!("note-{id}"))
}

#[test]
fn a_task_says_what_it_may_be_given_and_is_not_widened_by_what_nobody_could_read() {
    let (node, task) = node("[internal]");
    let id = task.to_string();
    let shown = node.cli_text(&["task", "show", &id]);
    assert!(shown.contains("allows   be given data of the class internal"), "{shown}");
    let mut helper = Plain::start(&node);
    let own = helper.ask(&call(1, "bailiwick_authority", "{}", "a"));
    assert!(own.contains("be given data of the class internal"), "{own}");
    node.documents(
        r#"
{kind: tool, tool: far/people, effect: read, egress: none, reversibility: read-only, bind: {classes: [wages]}}
---
{kind: template, name: blind, purpose: staff, intent: "look at wages", start: {who: [anyone], agents: [helper]}, grant: [{tools: [far/people], resources: any}]}
---
{kind: template, name: wages, purpose: staff, intent: "look at wages", read: [wages], start: {who: [anyone], agents: [helper]}, grant: [{tools: [far/people], resources: any}]}
"#,
    );
    let refused = node.fails(&["task", "widen", &id, "blind", "--yes"]);
    assert!(refused.contains("far/people brings data of the class wages"), "{refused}");
    let shown = node.fails(&["task", "widen", &id, "wages"]);
    assert!(shown.contains("be given data of the class wages"), "it is shown before anybody says yes: {shown}");
    node.cli(&["task", "widen", &id, "wages", "--yes"]);
    let shown = node.cli_text(&["task", "show", &id]);
    assert!(shown.contains("be given data of the classes internal, wages"), "{shown}");
    assert!(helper.ask(&call(2, "far__people", "{}", "w")).contains("ada@hr.example"), "and so it is");
    helper.close();
    verified(&node, task);
}

#[test]
fn what_of_a_result_may_not_be_read_is_taken_out_and_the_record_says_so() {
    let (node, task) = node("[internal]");
    let mut helper = Plain::start(&node);
    let shown = helper.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#));
    assert!(shown.contains("hr__people") && !shown.contains("outputSchema"), "no form is promised: {shown}");
    let first = helper.ask(&call(2, "hr__people", "{}", "k"));
    for there in ["ada@hr.example", r#""bailiwick.dev/withheld":["/content","/people/*/salary"]"#, "Not given out"] {
        assert!(first.contains(there), "{there} is not in {first}");
    }
    assert!(!first.contains("50007351"), "neither the field nor the text that says it again: {first}");
    let again = helper.ask(&call(3, "hr__people", "{}", "k"));
    assert!(
        again.contains("ada@hr.example") && !again.contains("50007351"),
        "what is given again is the same: {again}"
    );
    let failed = helper.ask(&call(4, "hr__fails", "{}", "f"));
    assert!(
        failed.contains("result_withheld") && !failed.contains("50007351"),
        "an error may hold any field: {failed}"
    );
    helper.close();

    let ended = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.ended"]);
    assert!(ended.lines().next().unwrap().contains(r#""withheld":["payroll"]"#), "{ended}");
    assert!(!ended.contains("50007351"), "what was not given out is not kept: {ended}");
    let data = json(&node.cli(&["task", "data", &task.to_string()]));
    let classes = data.get("grants").unwrap().canonical();
    assert!(classes.contains(r#""name":"internal""#) && !classes.contains("payroll"), "{classes}");
    verified(&node, task);
}

/// What is said of the tool that reads people, with these classes of all of it and of an address.
fn described(all: &str, address: &str) -> String {
    format!(
        "{{kind: tool, tool: hr/people, effect: read, egress: none, reversibility: read-only, bind: {{classes: [{all}], result: {{fields: [{{at: /people/*/salary, class: payroll}}, {{at: /people/*/email, class: {address}}}]}}}}}}"
    )
}

#[test]
fn what_a_running_grant_reads_that_is_raised_above_it_is_taken_out_or_refused_from_the_next_call_on() {
    let (node, task) = node("[internal]");
    let mut helper = Plain::start(&node);
    let before = helper.ask(&call(1, "hr__people", "{}", "a"));
    assert!(before.contains("ada@hr.example"), "{before}");
    node.documents(&described("internal", "payroll"));
    let field = helper.ask(&call(2, "hr__people", "{}", "b"));
    assert!(!field.contains("ada@hr.example") && field.contains("/people/*/email"), "one field was raised: {field}");
    node.documents(&described("payroll", "payroll"));
    let whole = helper.ask(&call(3, "hr__people", "{}", "c"));
    assert!(whole.contains("class_not_granted") && whole.contains("payroll"), "all of it was raised: {whole}");
    node.documents(&described("internal", "internal"));
    let lowered = helper.ask(&call(4, "hr__people", "{}", "d"));
    assert!(lowered.contains("ada@hr.example"), "the grant goes on for what it may read: {lowered}");
    helper.close();
    verified(&node, task);
}

#[test]
fn what_was_read_holds_back_what_would_leave_until_a_person_lowers_it() {
    let (node, task) = node("[internal, payroll]");
    let mut helper = Plain::start(&node);
    let read = helper.ask(&call(1, "hr__people", "{}", "k"));
    assert!(read.contains("50007351") && !read.contains("withheld"), "{read}");
    let refused = helper.ask(&note(2));
    assert!(refused.contains("flow_refused") && refused.contains("payroll"), "{refused}");
    let lowers = format!(" task declassify {task} --class payroll");
    assert!(refused.contains(&format!("{lowers} --reason WORDS")), "its agent knows that a person can: {refused}");
    let event = json(&node.cli(&["event", "list", "--kind", "action.refused", "--last", "1"]));
    let told = node.cli_text(&["explain", &event.get("leaf").unwrap().canonical()]);
    assert!(told.contains(&format!("{lowers} --grant ")) && told.contains("nobody in a task of their own"), "{told}");

    // what each has read and where the address came from, to the line
    let data = node.cli_text(&["task", "data", &task.to_string()]);
    for told in [
        "data of class payroll, by event ",
        "has read what others may have written, since event ",
        "brought data of class payroll",
        "/to email ada@hr.example: it stands where nobody outside writes: event ",
        "the result of hr/people, /people/0/email",
    ] {
        assert!(data.contains(told), "{told} is not in {data}");
    }

    let id = task.to_string();
    let lower = ["task", "declassify", &id, "--class", "payroll", "--reason", "only the head count was read"];
    assert!(node.fails(&["task", "declassify", &id, "--class", "secret", "--reason", "x"]).contains("has not touched"));
    let told = node.cli_text(&lower);
    assert!(told.contains("counts no more as touched"), "{told}");
    let done = helper.ask(&note(3));
    assert!(done.contains("noted"), "{done}");
    let own = helper.ask(&call(4, "bailiwick_authority", "{}", "a"));
    assert!(own.contains("Charged so far (row 2): 1 of 5 calls"), "the agent sees what is left to it: {own}");
    let sent = node.cli_text(&["task", "data", &id]);
    let line = "sent to email ada@hr.example: charged 1 call in all of this task";
    assert_eq!(sent.matches(line).count(), 1, "the refused one sent nothing: {sent}");
    let timeline = node.cli_text(&["task", "timeline", &id]);
    assert!(timeline.contains("lowered what helper counts as having touched by payroll: only the head"), "{timeline}");

    // once somebody could be the second, nobody lowers what was read in their own task, and nobody without a passkey
    let again = helper.ask(&call(4, "hr__people", "{}", "k2"));
    assert!(again.contains("50007351"), "{again}");
    let (carl, _) = Browser::of(&node, "carl", "clerk");
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    assert!(node.fails(&lower).contains("somebody else to say"));
    let path = format!("/v1/tasks/{id}/declassify");
    let body = r#"{"class":"payroll","reason":"the head count"}"#;
    assert_eq!(carl.ask("POST", &path, body).code(), "404 not_found");
    assert_eq!(carl.ask("POST", &format!("{path}/options"), body).code(), "404 not_found");
    assert_eq!(ann.ask("POST", &path, body).code(), "403 signature_needed", "a cookie lowers nothing");
    let signed = ann.ask("POST", &format!("{path}/options"), body).json();
    let signed = Browser::with_consent(body, &signed, &anns, &ann.site());
    let other = signed.replacen("the head count", "nothing much", 1);
    assert_eq!(ann.ask("POST", &path, &other).code(), "409 consent_changed", "for another reason than was signed");
    let lowered = ann.ask("POST", &path, &signed);
    assert_eq!(lowered.status(), 200, "{}", lowered.0);
    assert_eq!(ann.ask("POST", &path, &signed).status(), 403, "what was signed is used once");
    let event = lowered.json().get("event").and_then(Json::as_u64).unwrap();
    let explained = node.cli_text(&["explain", &event.to_string()]);
    assert!(explained.contains("payroll counts no more as touched by helper"), "{explained}");
    let done = helper.ask(&note(5));
    assert!(done.contains("noted"), "{done}");
    helper.close();
    verified(&node, task);
}

#[test]
fn whoever_is_asked_sees_which_event_brought_each_value_and_at_which_line_of_it() {
    let (node, task) = node("[internal]");
    let id = task.to_string();
    node.documents(
        r#"
{kind: template, name: asked, purpose: staff, intent: "write with care", read: [internal], start: {who: [anyone], agents: [helper]}, grant: [{tools: [hr/people], resources: any}, {tools: [far/note], effect: write}], ask: [{who: "role:boss", tools: [far/note]}]}
"#,
    );
    node.cli(&["task", "revoke", &id]);
    let started = json(&node.cli(&["task", "start", "asked", "--agent", "helper", "--yes"]));
    let (bert, _) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "hr__people", "{}", "k")).contains("ada@hr.example"));
    let waits = asked(&helper.ask(&note(2)));
    let ended = ["event", "list", "--task", text(&started, "task"), "--kind", "action.ended", "--last", "1"];
    let read = number(&json(&node.once_listed(&ended)), "leaf");
    let seen = bert.ask("GET", &format!("/v1/approvals/{waits}"), "").json();
    let [source] = seen.get("came_from").and_then(Json::as_array).unwrap() else { panic!("{}", seen.canonical()) };
    let words = text(source, "words");
    let line = format!("event {read}, the result of hr/people, /people/0/email");
    assert!(text(source, "pointer") == "/to" && words.contains(&line), "{}", seen.canonical());
    let shown = node.cli_text(&["approval", "show", &waits.to_string()]);
    assert!(shown.contains(&format!("came from /to: {words}")), "{shown}");
    helper.close();
}

#[test]
fn what_lies_on_a_server_is_listed_and_a_second_person_signs_that_it_holds_nothing_of_a_class() {
    let (node, task) = node("[internal, payroll]");
    let id = task.to_string();
    node.documents(
        r#"
{kind: tool, tool: hr/note, effect: write, egress: none, reversibility: reversible, bind: {arguments: {/to: {kind: email, role: destination}}}}
---
{kind: template, name: notes, purpose: staff, intent: "note the staff", read: [internal, payroll], start: {who: [anyone], agents: [helper]}, grant: [{tools: [hr/note], effect: write}]}
"#,
    );
    node.cli(&["task", "widen", &id, "notes", "--yes"]);
    let mut helper = Plain::start(&node);
    let read = helper.ask(&call(1, "hr__people", "{}", "k"));
    assert!(read.contains("50007351"), "{read}");
    assert!(!node.cli_text(&["server", "left", "hr"]).contains("payroll"), "it was read, and nothing was left");
    let noted = helper.ask(&call(2, "hr__note", r#"{"to":"ada@hr.example"}"#, "note"));
    assert!(noted.contains("noted"), "{noted}");
    let left = node.cli_text(&["server", "left", "hr"]);
    assert!(left.contains(&format!("payroll  anywhere on it  by task {id}")), "{left}");
    let event = left.split_once('#').unwrap().1.split_once(' ').unwrap().0.to_owned();
    helper.close();
    let second = json(&node.cli(&["task", "start", "staff", "--agent", "helper", "--yes"]));
    let second = text(&second, "task").to_owned();
    node.cli(&["task", "attach", &second]);
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(3, "hr__people", "{}", "k")).contains("5000"));
    let data = || node.cli_text(&["task", "data", &second]);
    assert!(data().contains(&format!("data of class payroll, which task {id} left where it reads")), "{}", data());
    assert!(data().contains("showed email at /people/0/email, which no call has named yet"), "{}", data());
    assert!(!data().contains("a person said since"), "{}", data());

    let lower =
        |class: &'static str| ["server", "lower", "hr", "--class", class, "--reason", "the notes hold names alone"];
    assert!(node.fails(&lower("secret")).contains("nobody left data of class `secret` there"));
    let one = [lower("internal").as_slice(), &["--event", &event]].concat();
    assert!(node.fails(&one).contains("left it nobody knows where"), "it has no place that could be named");
    node.cli_text(&lower("internal"));
    assert!(node.fails(&one).contains("is not the last that left data of class `internal`"), "once");

    node.documents(
        "{kind: person, name: ann, roles: [administrator]}\n---\n{kind: person, name: bert, roles: [administrator]}\n---\n\
         {kind: person, name: carl, roles: [clerk]}",
    );
    let (carl, _) = Browser::of(&node, "carl", "clerk");
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let (bert, berts) = Browser::of(&node, "bert", "administrator");
    let body = r#"{"class":"payroll","reason":"the notes hold names alone"}"#;
    assert_eq!(carl.ask("POST", "/v1/servers/hr/lower", body).code(), "403 not_administrator");
    let asked = ann.ask("POST", "/v1/servers/hr/lower", body).json();
    let waits = asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical()));
    assert!(
        waits.get("loosens").unwrap().canonical().contains("holds no data of class payroll"),
        "{}",
        waits.canonical()
    );
    assert!(node.cli_text(&["server", "left", "hr"]).contains("payroll"), "nothing was lowered yet");
    assert_eq!(signs(&ann, &anns, number(waits, "id")).get("stands"), Some(&Json::from(false)));
    assert_eq!(signs(&bert, &berts, number(waits, "id")).get("stands"), Some(&Json::from(true)));
    assert!(!node.cli_text(&["server", "left", "hr"]).contains("payroll"));
    assert!(data().contains("a person said since that none of it lies there"), "{}", data());
    let told = node.cli(&["event", "list", "--kind", "control.place_lowered"]);
    assert!(told.contains("ann said that what tasks left on hr is no data of class payroll"), "{told}");
    helper.close();
    verified(&node, task);
}

#[test]
fn where_values_of_two_kinds_stand_at_one_place_it_is_said_which_goes() {
    let (node, task) = node("[internal, payroll]");
    node.documents(
        r#"
kind: tool
tool: hr/people
effect: read
egress: none
reversibility: read-only
bind:
  classes: [internal]
  result:
    fields: [{at: /people/*/salary, class: payroll}]
    values: [{at: /people/*/email, kind: email, trusted: true}, {at: /people/*/email, kind: title}]
"#,
    );
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "hr__people", "{}", "k")).contains("50007351"));
    let event = json(&node.once_listed(&["event", "list", "--kind", "action.ended", "--last", "1"]));
    let event = event.get("leaf").unwrap().canonical();
    let id = task.to_string();
    let lower = ["task", "declassify", &id, "--class", "payroll", "--event", &event, "--at", "/people/0/email"];
    let lower = [&lower[..], &["--reason", "the address is public"]].concat();
    let refused = node.fails(&lower);
    assert!(refused.contains("shows email, title; say which by `--kind`"), "{refused}");
    assert!(refused.contains(&format!("--event {event} --at /people/0/email --kind ")), "{refused}");
    let other = node.fails(&[&lower[..], &["--kind", "iban"]].concat());
    assert!(other.contains("shows email, title"), "{other}");
    let told = node.cli_text(&[&lower[..], &["--kind", "email"]].concat());
    assert!(told.contains(&format!("the email at /people/0/email of event {event} goes from grant ")), "{told}");
    assert!(told.contains("what the person of the task said"), "{told}");
    let line = node.cli_text(&["event", "list", "--kind", "label.lowered"]);
    assert!(line.contains(&format!("let the email at /people/0/email of event {event} go from helper")), "{line}");
    let done = helper.ask(&note(2));
    assert!(done.contains("noted"), "the very value goes: {done}");
    helper.close();
    verified(&node, task);
}

#[test]
fn of_several_values_of_one_kind_at_one_place_the_one_goes_that_is_written_out() {
    let (node, task) = node_of("[internal, payroll]", process_of("ada@hr.example or bea@hr.example"));
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "hr__people", "{}", "k")).contains("5000"));
    let event = number(&json(&node.once_listed(&["event", "list", "--kind", "action.ended", "--last", "1"])), "leaf")
        .to_string();
    let id = task.to_string();
    let lower = ["task", "declassify", &id, "--class", "payroll", "--event", &event, "--at", "/people/0/email"];
    let lower = [&lower[..], &["--reason", "the address is public"]].concat();
    let unnamed = node.fails(&lower);
    assert!(unnamed.contains("shows 2 of kind email that no call has named yet; say which by `--value`"), "{unnamed}");
    let refused = helper.ask(&note(2));
    assert!(refused.contains("flow_refused"), "{refused}");
    let named = node.fails(&[&lower[..], &["--kind", "email"]].concat());
    assert!(named.contains("email ada@hr.example, 1 of kind email that no call has named yet"), "{named}");
    assert!(named.contains("--kind email --value 'ada@hr.example' --reason WORDS"), "{named}");
    assert!(node.fails(&[&lower[..], &["--value", "carl@hr.example"]].concat()).contains("email ada@hr.example"));
    let told = node.cli_text(&[&lower[..], &["--value", "Ada@HR.example"]].concat());
    assert!(told.contains(&format!("the email at /people/0/email of event {event} goes from grant ")), "{told}");
    helper.close();
    verified(&node, task);
}
