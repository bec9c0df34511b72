//! What other policies would have said of what a real node recorded: asked of the node, of its bundle, and beside a change that
//! waits for a second person.

use super::Plain;
use super::changes::number;
use super::node::{META, Node};
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use bailiwick_core::json::Json;
use std::path::{Path, PathBuf};

const STOP: &str = "kind: policy\nname: stop\ncedar: |\n  @id(\"pid\")\n  forbid (principal, action == Action::\"one/pid\", resource);\n";

fn call(id: u32, tool: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{{}},{META}}}}}"#
    )
}

/// A folder with one policy in it.
fn candidate(node: &Node, name: &str, cedar: &str) -> PathBuf {
    let folder = node.home.join(format!("candidate-{name}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(format!("{name}.cedar")), cedar).unwrap();
    folder
}

fn replayed(node: &Node, candidate: &Path, more: &[&str]) -> Json {
    let candidate = candidate.to_str().unwrap();
    json(&node.cli(&[&["policy", "replay", "--since", "1d", "--candidate", candidate], more].concat()))
}

/// Each group as `turn count agent tool by rules`.
fn groups(told: &Json) -> Vec<String> {
    let of = |group: &Json| {
        let rules: Vec<&str> =
            group.get("rules").and_then(Json::as_array).unwrap().iter().filter_map(Json::as_str).collect();
        let (turn, agent, tool) = (text(group, "turn"), text(group, "agent"), text(group, "tool"));
        format!("{turn} {} {agent} {tool} by {}", number(group, "count"), rules.join(","))
    };
    told.get("groups").and_then(Json::as_array).unwrap().iter().map(of).collect()
}

/// A node on which a helper was twice let through and, under a policy that came then, once refused.
fn recorded() -> Node {
    let node = furnished(Node::start(), &[("one", process())]);
    node.start_task();
    let mut helper = Plain::start(&node);
    for id in [1, 2] {
        assert!(helper.ask(&call(id, "one__pid")).contains(r#""resultType":"complete""#));
    }
    node.documents(STOP);
    assert!(helper.ask(&call(3, "one__pid")).contains("policy_forbidden"));
    helper.close();
    node
}

#[test]
fn what_was_recorded_is_decided_under_other_policies_alike_by_the_node_and_from_its_bundle() {
    let node = recorded();
    let none = candidate(&node, "stop", "// nothing is stopped\n");
    let allowed = replayed(&node, &none, &[]);
    assert_eq!(groups(&allowed), ["allowed 1 helper one/pid by stop.pid"]);
    assert_eq!((number(&allowed, "calls"), number(&allowed, "same")), (3, 2), "{}", allowed.canonical());
    let calls = allowed.get("groups").and_then(Json::as_array).unwrap()[0].get("calls").cloned().unwrap();
    let event = calls.as_array().and_then(|calls| calls.first()).map(|call| number(call, "event")).unwrap();
    assert!(node.cli(&["event", "show", &event.to_string()]).contains("policy_forbidden"), "the event is the refusal");

    let ask = candidate(
        &node,
        "ask",
        "@id(\"owner\") @step_up(\"owner\")\nforbid (principal, action == Action::\"one/pid\", resource);\n",
    );
    // whoever would have to say yes has no passkey here: so it would have been refused
    let asked = replayed(&node, &ask, &[]);
    assert_eq!(number(asked.get("newly").unwrap(), "refused"), 2, "{}", asked.canonical());
    let forbid = candidate(&node, "other", "@id(\"all\")\nforbid (principal, action, resource);\n");
    let refused = replayed(&node, &forbid, &[]);
    assert_eq!(groups(&refused), ["refused 2 helper one/pid by other.all,stop.pid"]);
    let alone = replayed(&node, &candidate(&node, "empty", "// none\n"), &["--alone"]);
    assert_eq!(groups(&alone), ["refused 2 helper one/pid by "], "no rule permits");

    let key = node.cli_text(&["log", "key"]);
    let file = node.home.join("whole.bwb");
    node.cli(&["log", "export", "--whole", "--output", file.to_str().unwrap()]);
    let of_bundle = ["--bundle", file.to_str().unwrap(), "--key", key.trim()];
    for folder in [&none, &forbid] {
        let (one, other) = (replayed(&node, folder, &[]), replayed(&node, folder, &of_bundle));
        for field in ["calls", "groups", "newly", "same", "undecidable", "otherwise", "counted"] {
            assert_eq!(one.get(field), other.get(field), "{field}");
        }
    }
    let redacted = node.home.join("redacted.bwb");
    node.cli(&["log", "export", "--whole", "--redact", "--output", redacted.to_str().unwrap()]);
    let blind = replayed(&node, &none, &["--bundle", redacted.to_str().unwrap(), "--key", key.trim()]);
    assert_eq!((number(&blind, "undecidable"), groups(&blind)), (3, Vec::new()), "what is not shown is not decided");
    let changed = node.home.join("changed.bwb");
    std::fs::write(&changed, std::fs::read_to_string(&file).unwrap().replacen("helper", "hepler", 1)).unwrap();
    let told = node.fails(&[
        "policy",
        "replay",
        "--candidate",
        none.to_str().unwrap(),
        "--bundle",
        changed.to_str().unwrap(),
        "--key",
        key.trim(),
    ]);
    assert!(told.contains("does not hold"), "{told}");
}

#[test]
fn a_candidate_that_asks_is_told_as_one_that_asks_where_somebody_could_say_yes() {
    let node = furnished(Node::start(), &[("one", process())]);
    // who answers for the agent, and has a passkey
    let (_ann, _) = Browser::of(&node, "ann", "");
    node.start_task();
    let mut helper = Plain::start(&node);
    for id in [1, 2] {
        assert!(helper.ask(&call(id, "one__pid")).contains(r#""resultType":"complete""#));
    }
    helper.close();
    let rule = "@id(\"owner\") @step_up(\"owner\")\nforbid (principal, action == Action::\"one/pid\", resource);\n";
    let ask = candidate(&node, "ask", rule);
    let asked = replayed(&node, &ask, &[]);
    assert_eq!(groups(&asked), ["asked 2 helper one/pid by ask.owner"]);
    let newly = |turn: &str| number(asked.get("newly").unwrap(), turn);
    assert_eq!((newly("allowed"), newly("asked"), newly("refused")), (0, 2, 0), "{}", asked.canonical());
    let told = node.cli_text(&["policy", "replay", "--since", "1d", "--candidate", ask.to_str().unwrap()]);
    assert!(
        told.contains("2 newly asked about") && told.contains("asked        2 x agent helper one/pid  ask.owner  #"),
        "{told}"
    );
}

#[test]
fn a_bundle_that_is_replayed_becomes_no_part_of_the_record_and_says_whose_its_numbers_are() {
    let node = recorded();
    let (key, file) = (node.cli_text(&["log", "key"]), node.home.join("whole.bwb"));
    node.cli(&["log", "export", "--whole", "--output", file.to_str().unwrap()]);
    let live = Node::start();
    let none = candidate(&live, "stop", "// nothing is stopped\n");
    let of_bundle = ["--bundle", file.to_str().unwrap(), "--key", key.trim()];
    let leaves = |node: &Node| number(&json(&node.cli(&["status"])), "leaves");
    let before = leaves(&live);
    let told = replayed(&live, &none, &of_bundle);
    assert_eq!(groups(&told), ["allowed 1 helper one/pid by stop.pid"]);
    let log = key.split('+').next().unwrap();
    assert_eq!(text(&told, "log"), log, "the numbers are that log's");
    assert_ne!(live.cli_text(&["log", "key"]).split('+').next().unwrap(), log);
    let words =
        [&["policy", "replay", "--since", "1d", "--candidate", none.to_str().unwrap()][..], &of_bundle].concat();
    assert!(live.cli_text(&words).starts_with(&format!("of the log {log}: events by their numbers there")));
    assert_eq!(leaves(&live), before, "nothing was written");
    let calls = told.get("groups").and_then(Json::as_array).unwrap()[0].get("calls").cloned().unwrap();
    let event = calls.as_array().and_then(|calls| calls.first()).map(|call| number(call, "event")).unwrap();
    let cited = live.fails(&["explain", &event.to_string()]);
    assert!(event >= before && cited.contains("there is no event"), "{cited}");
}

#[test]
fn a_change_that_waits_says_what_it_would_have_changed() {
    let node = recorded();
    let people =
        "{kind: person, name: ann, roles: [administrator]}\n---\n{kind: person, name: bert, roles: [administrator]}\n";
    node.documents(people);
    let (ann, _) = Browser::of(&node, "ann", "administrator");
    let (_bert, _) = Browser::of(&node, "bert", "administrator");
    let asked = ann.ask("POST", "/v1/documents", r#"{"documents":[],"removed":[["policy","stop"]]}"#).json();
    let id = number(asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical())), "id");
    let shown = ann.ask("GET", &format!("/v1/changes/{id}"), "").json();
    let told = text(&shown, "replayed");
    assert!(
        told.starts_with("of 3 calls of the last 7 days: 1 newly allowed, 0 newly asked about, 0 newly refused"),
        "{told}"
    );
    assert!(told.contains("allowed: 1 x helper one/pid by stop.pid (#"), "{told}");
    let listed = ann.ask("GET", "/v1/changes", "").json();
    assert!(listed.canonical().contains("1 newly allowed"), "{}", listed.canonical());
    let roles = r#"{"documents":[{"kind":"person","name":"ann","roles":["administrator"]},{"kind":"person","name":"bert","roles":["administrator","clerk"]}]}"#;
    let asked = ann.ask("POST", "/v1/documents", roles).json();
    let id = number(asked.get("proposed").unwrap(), "id");
    let shown = ann.ask("GET", &format!("/v1/changes/{id}"), "").json();
    assert!(text(&shown, "replayed").starts_with("no rule of policy changes"), "{}", text(&shown, "replayed"));
}

#[test]
fn two_versions_are_compared_with_what_runs_and_with_what_ran() {
    let node = recorded();
    let before = json(&node.cli(&["policy", "document"]));
    let digest = text(&before, "policy").to_owned();
    node.documents(&STOP.replace("one/pid", "one/twice"));
    let folder =
        candidate(&node, "stop", "@id(\"pid\")\nforbid (principal, action == Action::\"one/pid\", resource);\n");
    let diff = |old: &str, new: &str| {
        let told = json(&node.cli(&["policy", "diff", old, new]));
        let rules = told.get("rules").and_then(Json::as_array).unwrap();
        let one = |rule: &Json| {
            let examples = rule.get("examples").and_then(Json::as_array).unwrap();
            let action = examples.first().map_or("nothing", |example| text(example, "action"));
            format!("{} {} {action}", text(rule, "what"), text(rule, "rule"))
        };
        rules.iter().map(one).collect::<Vec<_>>()
    };
    assert_eq!(diff(&digest, &digest), Vec::<String>::new());
    let since = diff(&digest, "running");
    assert!(since.len() == 1 && since[0].starts_with("changed stop.pid agent `"), "{since:?}");
    let whole = diff("running", folder.to_str().unwrap());
    assert!(whole.iter().any(|rule| rule.starts_with("removed starter.")), "a folder is all policies: {whole:?}");
    let told = node.fails(&["policy", "diff", &"0".repeat(64), "running"]);
    assert!(told.contains("no policies of this tenant ever had the digest"), "{told}");
}

/// What a candidate came to, once it has looked at all that is recorded by now.
fn shadow(node: &Node) -> Json {
    loop {
        let told = json(&node.cli(&["policy", "shadow"])).get("shadow").cloned().unwrap();
        if number(&told, "behind") == 0 {
            return told;
        }
    }
}

#[test]
fn a_candidate_in_shadow_changes_no_answer_and_counts_what_it_would_have_changed() {
    let mut node = furnished(Node::start(), &[("one", process())]);
    node.start_task();
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__pid")).contains(r#""resultType":"complete""#));
    assert_eq!(json(&node.cli(&["policy", "shadow"])).get("shadow"), Some(&Json::Null), "none runs");
    let stop = candidate(&node, "stop", "@id(\"pid\")\nforbid (principal, action == Action::\"one/pid\", resource);\n");
    node.cli(&["policy", "shadow", stop.to_str().unwrap(), "--days", "2"]);
    for id in [2, 3] {
        assert!(helper.ask(&call(id, "one__pid")).contains(r#""resultType":"complete""#), "no answer changes");
    }
    let told = shadow(&node);
    assert_eq!(groups(&told), ["refused 2 helper one/pid by stop.pid"]);
    assert_eq!((number(&told, "calls"), number(&told, "same")), (2, 0), "what was before it is not asked");
    assert!(!node.cli_text(&["policy", "document"]).contains("stop.pid"), "it is no policy of the tenant");
    // of what it leaves as it is, what stands counts: here another policy that refuses the same
    node.documents("kind: policy\nname: night\ncedar: |\n  @id(\"all\")\n  forbid (principal, action, resource);\n");
    assert!(helper.ask(&call(4, "one__pid")).contains("policy_forbidden"));
    let told = shadow(&node);
    assert_eq!((number(&told, "calls"), number(&told, "same")), (3, 1), "{}", told.canonical());
    helper.close();
    // it follows from the record, so after a restart it comes to the same
    node.meanwhile(|_| ());
    let again = shadow(&node);
    assert_eq!((number(&again, "calls"), groups(&again)), (3, groups(&told)));

    let ended = json(&node.cli(&["policy", "shadow", "--end"]));
    assert_eq!(groups(ended.get("shadow").unwrap()), ["refused 2 helper one/pid by stop.pid"]);
    assert_eq!(json(&node.cli(&["policy", "shadow"])).get("shadow"), Some(&Json::Null));
    let nothing = node.home.join("nothing");
    std::fs::create_dir_all(&nothing).unwrap();
    node.fails(&["policy", "shadow", nothing.to_str().unwrap()]);
}
