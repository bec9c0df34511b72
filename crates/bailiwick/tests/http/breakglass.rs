//! Breaking the glass, from outside: asked for over HTTP, signed by passkey, a real act under it, closed by somebody else.

use super::Plain;
use super::approved::{call, node};
use super::changes::{number, signs};
use super::people::{Browser, json, text};
use super::shared::verified;
use bailiwick_core::json::Json;

pub(crate) const EMERGENCY: &str = "{kind: template, name: emergency, purpose: incident, intent: go on, start: {who: [anyone], \
                         agents: [helper]}, grant: [{tools: [\"one/pid\"], resources: any}]}";

#[test]
fn it_is_broken_by_a_passkey_over_somebody_elses_task_is_seen_and_is_closed_by_another() {
    let (node, task) = node();
    node.documents(EMERGENCY);
    node.documents(&EMERGENCY.replace("emergency", "elsewhere").replace("resources: any", "effect: write"));
    let (rita, ritas) = Browser::of(&node, "rita", "break-glass");
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let mut helper = Plain::start(&node);
    let refused = helper.ask(&call(1, "one__pid"));
    assert!(refused.contains("approval_unavailable"), "nobody with the role could say yes: {refused}");

    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let body = format!(
        r#"{{"task":"{task}","template":"emergency","incident":"INC-7","reason":"the boss is away","minutes":5}}"#
    );
    assert_eq!(carl.ask("POST", "/v1/break-glass", &body).code(), "403 not_break_glass");
    assert_eq!(carl.ask("GET", "/v1/break-glass", "").json().canonical(), r#"{"break_glass":[]}"#);
    // an emergency is no time to find out afterwards that it helps nobody
    let useless = rita.ask("POST", "/v1/break-glass", &body.replace("emergency", "elsewhere"));
    assert_eq!(useless.code(), "403 overrides_nothing", "{}", useless.0);
    assert_eq!(rita.ask("GET", "/v1/changes", "").json().canonical(), r#"{"changes":[]}"#, "nothing waits of it");
    let asked = rita.ask("POST", "/v1/break-glass", &body).json();
    assert_eq!(asked.get("covers"), Some(&Json::from(true)), "{}", asked.canonical());
    let id = number(asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical())), "id");
    assert!(helper.ask(&call(2, "one__pid")).contains("approval_unavailable"), "a cookie breaks nothing");
    assert_eq!(signs(&rita, &ritas, id).get("stands"), Some(&Json::from(true)));
    let done = helper.ask(&call(3, "one__pid"));
    assert!(done.contains(r#""resultType":"complete""#) && !done.contains(r#""isError":true"#), "{done}");

    let listed = json(&node.cli(&["break-glass", "list"]));
    assert_eq!((text(&listed, "standing"), text(&listed, "by")), ("open", "rita"));
    assert_eq!(listed.get("reached").unwrap().canonical(), r#"["one/pid"]"#, "and nothing else");
    assert_eq!(listed.get("still_refused").unwrap().canonical(), "[]");
    let glass = number(&listed, "id");
    let begun = node.cli(&["event", "list", "--task", &task.to_string(), "--kind", "action.begun"]);
    assert!(begun.contains(&format!("under break-glass {glass}")), "{begun}");
    assert!(ann.ask("GET", "/v1/doctor", "").0.contains("no rule tells anybody"));
    let close = format!("/v1/break-glass/{glass}/close");
    let findings = r#"{"findings":"one look, which was due"}"#;
    assert_eq!(
        rita.consents(&ritas, &close, findings).code(),
        "403 not_possible",
        "whoever broke it does not look at it"
    );
    assert_eq!(carl.consents(&carls, &close, findings).code(), "403 not_possible");
    assert_eq!(ann.ask("POST", &close, findings).code(), "403 signature_needed", "a cookie closes nothing");
    let closed = ann.consents(&anns, &close, findings);
    assert_eq!(closed.status(), 200, "{}", closed.0);
    assert!(helper.ask(&call(4, "one__pid")).contains("approval_unavailable"), "it is over");
    helper.close();
    verified(&node, task);
}

#[test]
fn where_a_rule_asks_for_two_a_second_person_of_the_role_signs_it_as_well() {
    let (node, task) = node();
    node.documents(EMERGENCY);
    node.documents("{kind: rule, name: two, break_glass: {persons: 2}}");
    let (rita, ritas) = Browser::of(&node, "rita", "break-glass");
    let (sam, sams) = Browser::of(&node, "sam", "break-glass");
    let (_ann, _) = Browser::of(&node, "ann", "administrator");
    let body = format!(r#"{{"task":"{task}","template":"emergency","incident":"INC-7","reason":"the boss is away"}}"#);
    let asked = rita.ask("POST", "/v1/break-glass", &body).json();
    assert_eq!(asked.get("signers"), Some(&Json::from(true)), "{}", asked.canonical());
    let id = number(asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical())), "id");
    assert_eq!(signs(&rita, &ritas, id).get("stands"), Some(&Json::from(false)), "one is not two");
    assert_eq!(node.cli(&["break-glass", "list"]), "");
    assert_eq!(signs(&sam, &sams, id).get("stands"), Some(&Json::from(true)));
    let listed = json(&node.cli(&["break-glass", "list"]));
    assert_eq!((text(&listed, "standing"), text(&listed, "by")), ("open", "rita"));
    assert!(node.cli_text(&["policy", "document"]).contains("two persons sign"));
    verified(&node, task);
}

#[test]
fn before_anybody_has_a_passkey_it_is_broken_on_the_word_of_an_account_that_is_somebody() {
    let (node, task) = node();
    node.documents(EMERGENCY);
    let task = task.to_string();
    let uid = std::fs::metadata(&node.home).map(|of| std::os::unix::fs::MetadataExt::uid(&of)).unwrap();
    let open = ["break-glass", "open", "--task", &task, "--envelope", "emergency", "--incident", "I", "--reason", "r"];
    let refused = node.fails(&open);
    assert!(refused.contains("only people with the role `break-glass`"), "{refused}");
    // the account that started the task is the same person under a name
    node.documents(&format!("{{kind: person, name: rita, roles: [break-glass], uid: {uid}}}"));
    let refused = node.fails(&open);
    assert!(refused.contains("this person's own"), "{refused}");
}
