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
    let none = carl.ask("GET", "/v1/break-glass", "").json();
    assert_eq!(none.canonical(), r#"{"break_glass":[],"templates":[]}"#);
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
fn what_it_would_override_is_told_in_words_before_anything_is_written() {
    let (node, task) = node();
    node.documents(EMERGENCY);
    node.documents(&EMERGENCY.replace("emergency", "counts").replace("resources: any", "resources: any, uses: 3"));
    let (rita, ritas) = Browser::of(&node, "rita", "break-glass");
    let (carl, _) = Browser::of(&node, "carl", "clerk");
    let (_ann, _) = Browser::of(&node, "ann", "administrator");
    let listed = rita.ask("GET", "/v1/break-glass", "").json();
    let templates = listed.get("templates").and_then(Json::as_array).unwrap();
    let named = |name: &str| templates.iter().find(|template| text(template, "name") == name);
    let template = named("emergency").unwrap_or_else(|| panic!("{}", listed.canonical()));
    assert!(named("counts").is_none(), "one that counts over several acts is none: {}", listed.canonical());
    assert_eq!(carl.ask("GET", "/v1/break-glass", "").json().get("templates").unwrap().canonical(), "[]");

    let head = node.cli(&["event", "list", "--last", "1"]);
    let asked = |browser: &Browser<'_>, reason: &str| {
        let body =
            format!(r#"{{"task":"{task}","template":"emergency","incident":"INC-7","reason":"{reason}","minutes":5}}"#);
        browser.ask("POST", "/v1/break-glass/preview", &body)
    };
    let told = asked(&rita, " the boss is away ").json();
    assert_eq!((text(&told, "reason"), text(&told, "incident")), ("the boss is away", "INC-7"));
    assert_eq!(told.get("reached").unwrap().canonical(), r#"["one/pid"]"#, "{}", told.canonical());
    assert_eq!(told.get("rows"), template.get("rows"));
    assert_eq!((number(&told, "persons"), number(&told, "may_close")), (1, 1), "{}", told.canonical());
    assert_eq!(asked(&rita, "").code(), "403 not_possible", "a reason is asked for");
    assert_eq!(asked(&carl, "r").code(), "403 not_break_glass");
    let useless = format!(r#"{{"task":"{task}","template":"counts","incident":"INC-7","reason":"r"}}"#);
    assert_eq!(rita.ask("POST", "/v1/break-glass/preview", &useless).code(), "403 not_possible");
    assert_eq!(node.cli(&["event", "list", "--last", "1"]), head, "nothing was written");
    assert_eq!(rita.ask("GET", "/v1/changes", "").json().canonical(), r#"{"changes":[]}"#);

    // what is signed then is what was told
    let body = format!(
        r#"{{"task":"{task}","template":"emergency","incident":"INC-7","reason":"the boss is away","minutes":5}}"#
    );
    let waits = rita.ask("POST", "/v1/break-glass", &body).json();
    let id = number(waits.get("proposed").unwrap_or_else(|| panic!("{}", waits.canonical())), "id");
    let change = rita.ask("GET", &format!("/v1/changes/{id}"), "").json();
    let lines = change.get("loosens").and_then(Json::as_array).unwrap();
    assert_eq!(lines.get(1..), told.get("rows").and_then(Json::as_array), "{}", change.canonical());
    let said = json(text(&change, "statement"));
    let glass = said.get("change").and_then(|change| change.get("break_glass")).unwrap();
    for name in ["incident", "reason", "requester", "task", "template"] {
        assert_eq!(glass.get(name), told.get(name), "{}", said.canonical());
    }
    assert_eq!(glass.get("span").unwrap().canonical(), "300000000", "the page holds it against its minutes");
    assert_eq!(signs(&rita, &ritas, id).get("stands"), Some(&Json::from(true)));
    // once more within a day it takes two
    assert_eq!(number(&asked(&rita, "again").json(), "persons"), 2);
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
    // over HTTP it would be signed, and nobody is asked to: a session alone breaks nothing
    let (rosa, _) = Browser::of(&node, "rosa", "break-glass");
    let body = format!(r#"{{"task":"{task}","template":"emergency","incident":"I","reason":"r"}}"#);
    let alone = rosa.ask("POST", "/v1/break-glass", &body);
    assert!(alone.code() == "403 not_possible" && alone.0.contains("at the node's own socket"), "{}", alone.0);
    assert_eq!(rosa.ask("POST", "/v1/break-glass/preview", &body).code(), "403 not_possible");
    assert_eq!(node.cli(&["break-glass", "list"]), "");
    // the account that started the task is the same person under a name
    node.documents(&format!("{{kind: person, name: rita, roles: [break-glass], uid: {uid}}}"));
    let refused = node.fails(&open);
    assert!(refused.contains("this person's own"), "{refused}");
}
