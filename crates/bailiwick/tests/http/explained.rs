//! What `explain` says of each kind of event: its next step is one that can be taken, and no other kind's.

use super::Plain;
use super::approved::{asked, signed};
use super::changes::number;
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::furnished;
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;
use bailiwick_identity::SoftPasskey;
use std::collections::BTreeMap;

/// Notes to somebody: each asks the boss.
const WORLD: &str = r#"
{kind: tool, tool: far/note, effect: write, egress: none, reversibility: reversible, bind: {arguments: {/to: {kind: email, role: destination}}}}
---
{kind: tool, tool: far/people, effect: read, egress: none, reversibility: read-only}
---
{kind: agent, name: idle, owner: ann, contact: ann, run_by: own, autonomy: execute, role: reader, review: "2030-01-01"}
---
{kind: template, name: notes, purpose: notes, intent: "write notes", start: {who: [anyone], agents: [helper]}, grant: [{tools: [far/people], resources: any}, {tools: [far/note], effect: write, when: {/to: {equals: ada@hr.example}}, meters: {calls: {total: "5"}}}], ask: [{who: "role:boss", tools: [far/note]}]}
---
{kind: template, name: emergency, purpose: incident, intent: go on, start: {who: [anyone], agents: [helper]}, grant: [{tools: [far/note], effect: write}]}
---
{kind: template, name: nothing, purpose: incident, intent: go on, start: {who: [anyone], agents: [helper]}, grant: [{tools: [far/fails], resources: any}]}
"#;

/// Each kind, and how what it says of the next step may begin.
const NEXT: &[(&str, &[&str])] = &[
    ("action.begun", &["nothing; the task lives"]),
    ("action.ended", &["nothing; the task lives"]),
    ("action.refused", &["where it is to go on, a person runs:"]),
    (
        "action.waiting",
        &["see what waits for a yes", "nothing: there is nothing to sign", "nothing: all have said yes"],
    ),
    ("approval.asked", &["who is asked looks at", "nothing: there is nothing to sign", "nothing: all have said yes"]),
    ("approval.given", &["nothing: there is nothing to sign: used once", "nothing: all have said yes"]),
    ("approval.refused", &["nothing: its agent is told why"]),
    ("control.added", &["see the rules as they run now:"]),
    (
        "control.agent",
        &["to let it get new grants again:", "it gets new grants again:", "nothing: it was undone since"],
    ),
    ("control.applied", &["see the rules as they run now:"]),
    ("control.enrolled", &["see which passkeys there are:"]),
    ("control.glass_broken", &["somebody else looks at what was done under it", "nothing: somebody looked at it"]),
    ("control.glass_closed", &["nothing: it is closed"]),
    ("control.heads", &["prove that it stands in the log:"]),
    ("control.invited", &["nothing: it was used"]),
    ("control.keys", &["see which keys are in force:"]),
    ("control.observe_begun", &["nothing: it is over"]),
    ("control.observe_ended", &["nothing: the rules are enforced there again"]),
    ("control.opened", &["see the rules as they run now:"]),
    ("control.pinned", &["look at what it offers:"]),
    ("control.proposed", &["nothing of it stands yet", "nothing: it was signed or taken back"]),
    ("control.reviewed", &["look at what may be called of it:"]),
    ("control.seconded", &["nothing: with this signature it stands"]),
    ("control.withdrawn", &["nothing: nothing of it stands"]),
    ("grant.minted", &["nothing; the task lives"]),
    ("key.bound", &["nothing; the task lives"]),
    ("task.started", &["nothing; the task lives"]),
    ("wish.made", &["its person gives it", "nothing: its person has said no"]),
    ("wish.refused", &["nothing: its person has said no"]),
];

fn note(id: u32, key: &str) -> String {
    let meta = META.replacen('{', &format!(r#"{{"bailiwick.dev/idempotency-key":"{key}","#), 1);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"far__note","arguments":{{"to":"ada@hr.example"}},{meta}}}}}"#
    )
}

fn world() -> (Node, TaskId) {
    let node = furnished(Node::start(), &[("one", super::servers::process()), ("far", super::data::process())]);
    node.documents(WORLD);
    let told = json(&node.cli(&["task", "start", "notes", "--agent", "helper", "--yes"]));
    let task = TaskId::parse(text(&told, "task")).unwrap();
    (node, task)
}

/// What `explain` says of an event: of its next step the sentence, and the command.
fn next(node: &Node, event: u64) -> (String, Option<String>) {
    let told = json(&node.cli(&["explain", &event.to_string()]));
    let next = told.get("next").unwrap_or_else(|| panic!("{}", told.canonical()));
    (text(next, "sentence").to_owned(), next.get("command").and_then(Json::as_str).map(str::to_owned))
}

/// Every event so far says what its kind says.
fn all_told(node: &Node, seen: &mut BTreeMap<String, usize>) {
    for line in node.cli(&["event", "list", "--from", "0", "--last", "500"]).lines() {
        let event = json(line);
        let (kind, leaf) = (text(&event, "kind").to_owned(), number(&event, "leaf"));
        let (sentence, command) = next(node, leaf);
        let (_, allowed) =
            NEXT.iter().find(|(of, _)| *of == kind).unwrap_or_else(|| panic!("{kind} says `{sentence}`"));
        assert!(allowed.iter().any(|begin| sentence.starts_with(begin)), "{kind} (event {leaf}) says `{sentence}`");
        assert_eq!(sentence.ends_with(':'), command.is_some(), "{kind}: `{sentence}`, {command:?}");
        *seen.entry(kind).or_default() += 1;
    }
}

fn yes(browser: &Browser<'_>, passkey: &SoftPasskey, request: u64) {
    let (_, body) = signed(browser, passkey, request, "role:boss");
    let given = browser.ask("POST", &format!("/v1/approvals/{request}/sign"), &body);
    assert_eq!(given.status(), 200, "{}", given.0);
}

#[test]
fn of_each_kind_the_next_step_is_its_own_and_true() {
    let (node, task) = world();
    let id = task.to_string();
    let mut seen = BTreeMap::new();
    let (bert, berts) = Browser::of(&node, "bert", "boss");
    let (rita, ritas) = Browser::of(&node, "rita", "break-glass");
    let mut helper = Plain::start(&node);
    let first = asked(&helper.ask(&note(1, "a")));
    assert_eq!(next(&node, first).1.as_deref(), Some(format!("bailiwick approval show {first}").as_str()));
    yes(&bert, &berts, first);
    for event in [first, first - 1] {
        assert!(next(&node, event).0.starts_with("nothing: all have said yes"), "{:?}", next(&node, event));
    }
    assert!(helper.ask(&note(2, "a")).contains(r#""resultType":"complete""#));
    assert!(helper.ask(&super::amended::request(3, "more", "far__people")).contains(r#""standing":"open""#));
    all_told(&node, &mut seen);

    let observe = ["observe", "begin", "--agent", "idle", "--server", "far", "--reason", "to see", "--hours=2"];
    node.cli(&observe);
    let observed = json(node.cli(&["observe", "list"]).lines().next().unwrap());
    node.cli(&["observe", "end", &number(&observed, "id").to_string()]);
    node.cli(&["agent", "suspend", "idle"]);
    node.cli(&["agent", "resume", "idle"]);
    node.cli(&["key", "turn", "token"]);
    node.cli(&["log", "heads"]);
    let (_ann, _) = Browser::of(&node, "ann", "administrator");
    node.documents("{kind: agent, name: idle, owner: ann, contact: bert, run_by: own, autonomy: execute, role: reader, review: \"2031-01-01\"}");
    node.cli(&["agent", "suspend", "idle"]);
    node.cli(&["agent", "resume", "idle"]);
    let proposed = json(&node.cli(&["event", "list", "--kind", "control.proposed", "--last", "1"]));
    let (sentence, show) = next(&node, number(&proposed, "leaf"));
    assert!(sentence.starts_with("nothing of it stands yet: the one administrator signs it"), "{sentence}");
    let change = show.unwrap().rsplit(' ').next().unwrap().to_owned();
    node.cli(&["change", "withdraw", &change]);
    let body = |template: &str| {
        format!(r#"{{"task":"{id}","template":"{template}","incident":"INC-7","reason":"the boss is away"}}"#)
    };
    let useless = rita.ask("POST", "/v1/break-glass", &body("nothing"));
    assert_eq!(useless.code(), "403 overrides_nothing", "{}", useless.0);
    assert_eq!(node.cli(&["break-glass", "list"]), "", "and nothing was opened");
    let waits = rita.ask("POST", "/v1/break-glass", &body("emergency")).json();
    super::changes::signs(&rita, &ritas, number(waits.get("proposed").unwrap(), "id"));
    let glass = json(&node.cli(&["event", "list", "--kind", "control.glass_broken"]));
    let (_, close) = next(&node, number(&glass, "leaf"));
    assert_eq!(close.as_deref(), Some("bailiwick break-glass list"), "who closes it signs, on its page");
    all_told(&node, &mut seen);
    helper.close();
    let kinds: Vec<&str> = seen.keys().map(String::as_str).collect();
    for kind in ["control.glass_broken", "control.proposed", "control.withdrawn", "wish.made", "approval.given"] {
        assert!(kinds.contains(&kind), "{kind} was there to be asked about: {kinds:?}");
    }
}

#[test]
fn a_no_makes_what_else_waits_for_the_same_void_and_everybody_is_told() {
    let (node, task) = world();
    let (bert, berts) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    let (one, two) = (asked(&helper.ask(&note(1, "a"))), asked(&helper.ask(&note(2, "b"))));
    let path = format!("/v1/approvals/{two}");
    let (_, stale) = signed(&bert, &berts, two, "role:boss");
    assert_eq!(bert.ask("POST", &format!("/v1/approvals/{one}/refuse"), r#"{"reason":"not to her"}"#).status(), 200);
    let void = bert.ask("GET", &path, "").json();
    assert_eq!(text(&void, "standing"), "void", "{}", void.canonical());
    assert_eq!(void.get("void").unwrap().canonical(), format!(r#"{{"anew":true,"by":"bert","request":{one}}}"#));
    assert_eq!((void.get("newer"), void.get("mine").unwrap().canonical().as_str()), (Some(&Json::Null), "[]"));
    let late = bert.ask("POST", &format!("{path}/sign"), &stale);
    assert_eq!(late.code(), "403 not_asked");
    assert!(late.0.contains("bert has said no to request") && late.0.contains("next call asks anew"), "{}", late.0);
    let told = node.cli_text(&["approval", "show", &two.to_string()]);
    assert!(told.contains(&format!("void      bert has said no to request {one} since")), "{told}");
    assert!(next(&node, two).0.contains("void: bert has said no"), "{:?}", next(&node, two));
    let own = helper.ask(&super::approved::call(3, "bailiwick_authority"));
    assert!(own.contains(&format!("void: request {two}")), "{own}");

    let anew = asked(&helper.ask(&note(4, "b")));
    assert_ne!(anew, two);
    assert_eq!(number(&bert.ask("GET", &path, "").json(), "newer"), anew);
    assert!(
        node.cli_text(&["approval", "show", &two.to_string()]).contains(&format!("request {anew} asks for the same"))
    );
    yes(&bert, &berts, anew);
    assert!(helper.ask(&note(5, "b")).contains(r#""resultType":"complete""#));
    helper.close();
    verified(&node, task);
}

#[test]
fn once_a_task_has_ended_nothing_is_promised_or_advised_that_only_a_live_one_can_have() {
    let (node, task) = world();
    let id = task.to_string();
    let (bert, _) = Browser::of(&node, "bert", "boss");
    let mut helper = Plain::start(&node);
    let (one, two) = (asked(&helper.ask(&note(1, "a"))), asked(&helper.ask(&note(2, "b"))));
    let no = r#"{"reason":"not to her"}"#;
    assert_eq!(bert.ask("POST", &format!("/v1/approvals/{one}/refuse"), no).status(), 200);
    let told = |leaf: u64| node.cli_text(&["explain", &leaf.to_string()]);
    assert!(told(two).contains("the agent's next call asks anew") && told(one).contains("when it asks again"));
    helper.close();
    node.cli(&["task", "revoke", &id]);
    for (leaf, says) in [
        (two, "its task or grant has ended, so nobody is asked anew"),
        (one, "the agent was not told before its task or grant ended"),
        (two - 1, "nothing: there is nothing to sign"),
    ] {
        assert!(told(leaf).contains(says), "{says}: {}", told(leaf));
        assert!(!told(leaf).contains("next call asks anew") && !told(leaf).contains("asks again"), "{}", told(leaf));
    }
    let shown = node.cli_text(&["approval", "show", &two.to_string()]);
    assert!(shown.contains("stands    void\n") && !shown.contains("anew"), "{shown}");
    let late = bert.ask("POST", &format!("/v1/approvals/{two}/refuse"), no);
    assert!(!late.0.contains("asks anew"), "{}", late.0);
}

#[test]
fn what_was_suspended_and_goes_on_since_is_not_advised_to_go_on() {
    let (node, _) = world();
    let ended = || {
        let event = json(&node.cli(&["event", "list", "--kind", "task.ended", "--last", "1"]));
        next(&node, number(&event, "leaf"))
    };
    node.cli(&["agent", "suspend", "helper"]);
    assert_eq!(ended().1.as_deref(), Some("bailiwick agent resume helper"));
    node.cli(&["agent", "resume", "helper"]);
    let (sentence, command) = ended();
    assert!(sentence.starts_with("the task has ended; where its work is to go on"), "{sentence}");
    assert_eq!(command.as_deref(), Some("bailiwick template show notes"));
}

#[test]
fn what_a_later_turn_said_came_by_that_turn_and_not_by_the_grant() {
    let node = furnished(Node::start(), &[("one", super::servers::process()), ("far", super::data::process())]);
    node.documents(
        r#"
{kind: tool, tool: far/note, effect: write, egress: none, reversibility: reversible, bind: {arguments: {/to: {kind: email, role: destination}}}}
---
{kind: template, name: write, purpose: notes, intent: "write to {to}", parameters: {to: {kind: email}}, start: {who: [anyone], agents: [helper]}, grant: [{tools: [far/note], effect: write, when: {/to: {equals: "{to}"}}, meters: {calls: {total: "5"}}}]}
"#,
    );
    let start = ["task", "start", "write", "to=ann@hr.example", "--agent", "helper", "--yes"];
    let id = text(&json(&node.cli(&start)), "task").to_owned();
    node.cli(&["task", "widen", &id, "write", "to=ada@hr.example", "--yes"]);
    let of = |kind: &str| number(&json(&node.cli(&["event", "list", "--kind", kind, "--last", "1"])), "leaf");
    let mut helper = Plain::start(&node);
    for (key, to) in [("a", "ada@hr.example"), ("b", "ann@hr.example")] {
        let done = helper.ask(&note(1, key).replace("ada@hr.example", to));
        assert!(done.contains("noted"), "{done}");
    }
    let told = node.cli_text(&["task", "data", &id]);
    let (turn, minted) = (of("task.amended"), of("grant.minted"));
    assert!(told.contains(&format!("ada@hr.example: you said it: event {turn}, a later turn")), "{told}");
    assert!(told.contains(&format!("ann@hr.example: you said it: event {minted}, a condition")), "{told}");
    helper.close();
}

#[test]
fn a_tool_that_is_not_there_is_picked_by_nobody() {
    let node = furnished(Node::start(), &[("one", super::servers::process())]);
    let start = |only: &str| node.fails(&["task", "start", "look", "--agent", "helper", "--only", only, "--yes"]);
    assert!(start("one/pdi").contains("server one has no such tool; did you mean `one/pid`?"), "{}", start("one/pdi"));
    assert!(start("one/zzzzzzzz").contains("there are `one/"), "{}", start("one/zzzzzzzz"));
    assert_eq!(node.cli(&["task", "list"]), "", "nothing was started");
    node.cli(&["task", "start", "look", "--agent", "helper", "--only", "one/pid", "--yes"]);
}
