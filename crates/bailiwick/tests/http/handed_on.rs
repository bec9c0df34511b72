//! Two agents in two processes, neither of which knows more than MCP: one hands a part of its work to the other, under the
//! real node, and everything that people then ask of the record answers.

use super::Plain;
use super::node::{META, Node, key};
use super::servers::{furnished, process};
use super::shared::verified;
use bailiwick_core::TaskId;
use bailiwick_core::json::{Json, Limits};

/// What an agent asks for, one line of JSON-RPC.
pub(super) fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},{META}}}}}"#
    )
}

pub(super) fn hand_on(id: u32, tools: &str, uses: u32) -> String {
    let rest = format!(r#""purpose":"find out who runs there","grant":[{{"tools":["{tools}"],"uses":{uses}}}]"#);
    call(id, "bailiwick_delegate", &format!(r#"{{"delegate":"scout",{rest}}}"#))
}

/// A node on which `helper` may hand on to `scout`, and the file of the scout's key.
pub(crate) fn node() -> (Node, std::path::PathBuf) {
    let together = r#"
{kind: template, name: together, purpose: look, intent: "look around together", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/*"], resources: any, uses: 10}], delegate: {agents: [scout]}}
"#;
    scouted(&[("one", process())], together)
}

/// A node with these servers, an agent `scout`, and these documents; and the file of the scout's key.
pub(crate) fn scouted(servers: &[(&str, String)], more: &str) -> (Node, std::path::PathBuf) {
    let node = furnished(Node::start(), servers);
    let scouts = key();
    let file = node.home.join("scout.pem");
    std::fs::write(&file, scouts.to_pem().unwrap().as_bytes()).unwrap();
    let jwk = scouts.public().to_jwk();
    node.documents(&format!(
        r#"
{{kind: role, name: reader, allow: [{{tools: ["*"], effects: [read, write, delegate]}}]}}
---
{{kind: agent, name: scout, owner: ann, contact: ann, run_by: own, autonomy: execute, role: reader, review: "2030-01-01", keys: [{jwk}]}}
---{more}"#
    ));
    (node, file)
}

pub(crate) fn started(node: &Node) -> TaskId {
    let told = node.cli(&["task", "start", "together", "--agent", "helper", "--yes", "--yes-privileged"]);
    let json = Json::parse(told.trim().as_bytes(), &Limits::default()).unwrap();
    TaskId::parse(json.get("task").unwrap().as_str().unwrap()).unwrap()
}

pub(super) fn words(node: &Node, args: &[&str]) -> String {
    let output = std::process::Command::new(super::BINARY).arg("--home").arg(&node.home).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_one_agent_hands_on_the_other_does_and_no_more_and_each_step_leads_back_to_the_person() {
    let (node, scouts) = node();
    let task = started(&node);
    let mut helper = Plain::start(&node);
    let listed = helper.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#));
    assert!(listed.contains("bailiwick_delegate"), "who may hand on is shown how: {listed}");

    let beyond = helper.ask(&hand_on(2, "one/pid", 11));
    assert!(beyond.contains("beyond_grant") && beyond.contains("/grant/0/uses"), "{beyond}");
    let handed = helper.ask(&hand_on(3, "one/pid", 2));
    assert!(handed.contains(r#""isError":false"#) && handed.contains(r#""delegate":"scout""#), "{handed}");

    let mut scout = Plain::of(&node, "scout", &scouts);
    let listed = scout.ask(&format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#));
    assert!(listed.contains("one__pid") && !listed.contains("one__leak"), "{listed}");
    assert!(!listed.contains("bailiwick_delegate"), "who may not hand on is not shown how: {listed}");
    let own = scout.ask(&call(9, "bailiwick_authority", "{}"));
    assert!(
        own.contains("handed on by helper") && !own.contains("look around together"),
        "the whole is not told: {own}"
    );
    let done = scout.ask(&call(2, "one__pid", "{}"));
    assert!(done.contains(r#""resultType":"complete""#) && !done.contains(r#""isError":true"#), "{done}");
    assert!(scout.ask(&call(3, "one__never", "{}")).contains("not_available"), "what was not handed on");
    let further = scout.ask(&call(
        4,
        "bailiwick_delegate",
        r#"{"delegate":"helper","purpose":"p","grant":[{"tools":["one/pid"]}]}"#,
    ));
    assert!(further.contains("delegate_in_lineage"), "{further}");
    scout.ask(&call(5, "one__pid", "{}"));
    assert!(scout.ask(&call(6, "one__pid", "{}")).contains("uses_spent"), "its own bound holds");

    let tree = words(&node, &["task", "tree", &task.to_string()]);
    let lines: Vec<&str> = tree.lines().filter(|line| line.contains("  grant ")).collect();
    assert!(lines.len() == 2 && lines[0].trim_start().starts_with("helper") && lines[1].contains("└ scout"), "{tree}");
    let acts = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]);
    let of_scout = acts.lines().find(|line| line.contains("scout one/pid")).unwrap_or_else(|| panic!("{acts}"));
    let leaf =
        Json::parse(of_scout.as_bytes(), &Limits::default()).unwrap().get("leaf").and_then(Json::as_u64).unwrap();
    let way = words(&node, &["event", "lineage", &leaf.to_string()]);
    for part in ["held by scout", "find out who runs there", "held by helper", "wanted by", "look around together"] {
        assert!(way.contains(part), "{part} is not in {way}");
    }

    let told = words(&node, &["explain", &leaf.to_string()]);
    for part in [
        "handed a part of it to scout: find out who runs there",
        "agent scout, instance",
        "its owner is ann; run by: own",
        "its process says",
        "by row 1: read with one/pid",
        "uses: 0 before, 1 of 2 after",
        "which stands now",
        "scout one/pid",
        "done",
    ] {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    let refused = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.refused"]);
    let spent = refused.lines().find(|line| line.contains("uses_spent")).unwrap_or_else(|| panic!("{refused}"));
    let spent = Json::parse(spent.as_bytes(), &Limits::default()).unwrap().get("leaf").and_then(Json::as_u64).unwrap();
    let told = words(&node, &["explain", &spent.to_string()]);
    for part in
        ["(uses_spent)", "the agent was told: ", "nothing was done, and nothing was charged", " template show together"]
    {
        assert!(told.contains(part), "{part} is not in {told}");
    }
    assert!(tree.contains("for: find out who runs there (handed on by helper, #"), "{tree}");
    let timeline = words(&node, &["task", "timeline", &task.to_string()]);
    for part in ["; for: find out who runs there", "; took ", "refused calls: "] {
        assert!(timeline.contains(part), "{part} is not in {timeline}");
    }

    node.cli(&["task", "revoke", &task.to_string()]);
    assert!(scout.ask(&call(7, "one__pid", "{}")).contains("_ended"), "what ends the first ends all below");
    assert!(helper.ask(&hand_on(8, "one/pid", 1)).contains("_ended"));
    helper.close();
    scout.close();
    verified(&node, task);
}

#[test]
fn two_parts_handed_to_one_agent_go_to_two_processes_of_it_and_a_person_may_say_which() {
    let (node, scouts) = node();
    let task = started(&node).to_string();
    let mut helper = Plain::start(&node);
    for (id, tools) in [(1, "one/pid"), (2, "one/leak")] {
        let handed = helper.ask(&hand_on(id, tools, 5));
        assert!(handed.contains(r#""isError":false"#), "{handed}");
    }
    let list = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{{{META}}}}}"#);
    let mut first = Plain::of(&node, "scout", &scouts);
    let listed = first.ask(&list);
    assert!(listed.contains("one__pid") && !listed.contains("one__leak"), "the oldest first: {listed}");
    let mut second = Plain::of(&node, "scout", &scouts);
    let listed = second.ask(&list);
    assert!(listed.contains("one__leak") && !listed.contains("one__pid"), "then the next: {listed}");
    first.close();
    second.close();

    let tree = Json::parse(node.cli(&["task", "show", &task]).trim().as_bytes(), &Limits::default()).unwrap();
    let grants = tree.get("grants").and_then(Json::as_array).unwrap().to_vec();
    let last = grants.last().and_then(|grant| grant.get("grant")).and_then(Json::as_str).unwrap();
    node.cli(&["task", "attach", &task, "--grant", last]);
    let mut third = Plain::of(&node, "scout", &scouts);
    let listed = third.ask(&list);
    assert!(listed.contains("one__leak") && !listed.contains("one__pid"), "the one that was named: {listed}");
    third.close();
    helper.close();
}

#[test]
fn a_delegate_of_the_older_era_is_told_in_a_sentence_that_its_grant_was_revoked() {
    let (node, scouts) = node();
    let task = started(&node);
    let mut helper = Plain::start(&node);
    let named = r#"{"delegate":"scout","purpose":"look","grant":[{"tools":["one/pid"]}],"idempotency_key":"one"}"#;
    let handed = helper.ask(&call(1, "bailiwick_delegate", named));
    let again = helper.ask(&call(2, "bailiwick_delegate", named));
    let grant = |answer: &str| {
        let json = Json::parse(answer.as_bytes(), &Limits::default()).unwrap();
        let structured = json.get("result").and_then(|result| result.get("structuredContent"));
        structured
            .and_then(|it| it.get("grant"))
            .and_then(Json::as_str)
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    };
    assert_eq!(grant(&handed), grant(&again), "the same request under its name is the same grant");
    assert!(!handed.contains("is registered with no key"), "{handed}");

    let mut scout = Plain::of(&node, "scout", &scouts);
    scout.ask(r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#);
    let pid =
        |id: u32| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"one__pid"}}}}"#);
    let answer = |scout: &mut Plain, id: u32| {
        let mut said = scout.ask(&pid(id));
        while !said.contains(&format!(r#""id":{id}"#)) {
            said = scout.next();
        }
        said
    };
    let done = answer(&mut scout, 1);
    assert!(!done.contains("error") && !done.contains(r#""isError":true"#), "{done}");
    words(&node, &["grant", "revoke", &grant(&handed)]);
    for id in 2..4 {
        let told = answer(&mut scout, id);
        assert!(!told.contains("-32603") && told.contains(r#""isError":true"#), "{told}");
    }
    assert_eq!(words(&node, &["task", "show", &task.to_string()]).matches("ended (revoked)").count(), 1);
    helper.close();
    scout.close();
}

#[test]
fn what_goes_to_another_zone_is_short_and_goes_no_further_and_both_verifiers_agree() {
    let (node, scouts) = node();
    let jwk = json_of(&node.cli(&["agent", "show", "scout"])).get("document").unwrap().get("keys").unwrap().canonical();
    node.documents(&format!(
        r#"
{{kind: agent, name: scout, owner: ann, contact: ann, run_by: vendor, zone: partner, autonomy: execute, role: reader, review: "2030-01-01", keys: {jwk}}}
---
{{kind: template, name: together, purpose: look, intent: "look around together", start: {{who: [anyone], agents: [helper]}}, grant: [{{tools: ["one/*"], resources: any, uses: 10}}], delegate: {{zones: [partner], depth: 2}}}}
"#
    ));
    let task = started(&node);
    let mut helper = Plain::start(&node);
    let ask =
        |rest: &str| format!(r#"{{"delegate":"scout","purpose":"look","grant":[{{"tools":["one/pid"]}}]{rest}}}"#);
    for (id, rest, at, most) in [
        (1, r#","window":"16m""#, "/window", "at most `900 s`"),
        (2, r#","delegation":{"zones":["partner"],"depth":1}"#, "/delegation/depth", "at most `0`"),
    ] {
        let beyond = helper.ask(&call(id, "bailiwick_delegate", &ask(rest)));
        assert!(beyond.contains("beyond_grant") && beyond.contains(at) && beyond.contains(most), "{beyond}");
    }
    let handed = helper.ask(&call(3, "bailiwick_delegate", &ask("")));
    assert!(handed.contains(r#""isError":false"#), "{handed}");
    let mut scout = Plain::of(&node, "scout", &scouts);
    let done = scout.ask(&call(4, "one__pid", "{}"));
    assert!(done.contains(r#""resultType":"complete""#) && !done.contains(r#""isError":true"#), "{done}");
    let shown = json_of(&node.cli(&["task", "show", &task.to_string()]));
    let grants = shown.get("grants").and_then(Json::as_array).unwrap();
    let ends = |grant: &Json| grant.get("expires").and_then(Json::as_u64).unwrap();
    assert!(ends(&grants[1]) + 30 * 60_000_000 < ends(&grants[0]), "{}", shown.canonical());
    helper.close();
    scout.close();
    verified(&node, task);
}

pub(super) fn json_of(text: &str) -> Json {
    Json::parse(text.trim().as_bytes(), &Limits::default()).unwrap()
}
