//! What loosens, from outside: proposed over the socket or signed in, signed by two people's passkeys, verified.

use super::node::Node;
use super::people::{Browser, json, text};
use super::shared::verified;
use bailiwick_core::json::Json;
use bailiwick_identity::SoftPasskey;

const PEOPLE: &str = "{kind: person, name: ann, roles: [administrator]}\n---\n\
                      {kind: person, name: bert, roles: [administrator]}\n---\n\
                      {kind: person, name: carl, roles: [clerk]}\n";

fn carl(roles: &str) -> String {
    format!(r#"{{"documents":[{{"kind":"person","name":"carl","roles":[{roles}]}}]}}"#)
}

fn roles_of_carl(node: &Node) -> String {
    json(&node.cli(&["person", "show", "carl"])).get("roles").unwrap().canonical()
}

pub(crate) fn number(of: &Json, name: &str) -> u64 {
    of.get(name).and_then(Json::as_u64).unwrap_or_else(|| panic!("no `{name}` in {}", of.canonical()))
}

/// What a person's browser sends to sign a change.
fn signature(browser: &Browser<'_>, passkey: &SoftPasskey, id: u64) -> String {
    let shown = browser.ask("GET", &format!("/v1/changes/{id}"), "").json();
    let assertion = passkey.sign(&browser.site(), text(&shown, "challenge")).unwrap();
    let body = Json::object([
        ("assertion", json(&serde_json::to_string(&assertion).unwrap())),
        ("statement", Json::from(text(&shown, "statement"))),
    ]);
    body.canonical()
}

pub(crate) fn signs(browser: &Browser<'_>, passkey: &SoftPasskey, id: u64) -> Json {
    let body = signature(browser, passkey, id);
    let answer = browser.ask("POST", &format!("/v1/changes/{id}/second"), &body);
    assert_eq!(answer.status(), 200, "{}", answer.0);
    answer.json()
}

#[test]
fn what_loosens_stands_once_two_persons_signed_it_and_not_before() {
    let node = Node::start();
    node.documents(PEOPLE);
    let (clerk, _) = Browser::of(&node, "carl", "clerk");
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let (bert, berts) = Browser::of(&node, "bert", "administrator");
    assert!(node.cli(&["status"]).contains("what loosens waits for the passkeys of two administrators"));

    let asked = ann.ask("POST", "/v1/documents", &carl(r#""clerk","treasurer""#)).json();
    let waits = asked.get("proposed").unwrap_or_else(|| panic!("{}", asked.canonical()));
    let id = number(waits, "id");
    assert_eq!(text(waits, "url"), format!("http://{}/changes/{id}", ann.host));
    assert_eq!(roles_of_carl(&node), r#"["clerk"]"#);
    let none = clerk.ask("GET", "/v1/changes", "").json();
    assert_eq!(none.get("changes").and_then(Json::as_array).map(<[Json]>::len), Some(0), "nobody else is shown one");
    assert_eq!(clerk.ask("GET", &format!("/v1/changes/{id}"), "").code(), "403 not_administrator");
    let not_mine = |browser: &Browser<'_>| {
        let shown = browser.ask("GET", &format!("/v1/changes/{id}"), "").json();
        (shown.get("mine").cloned(), shown.get("not_mine").cloned())
    };
    let signs_it = (Some(Json::from(true)), Some(Json::Null));
    assert_eq!((not_mine(&ann), not_mine(&bert)), (signs_it.clone(), signs_it), "who proposed it signs it as well");
    let path = format!("/v1/changes/{id}/second");
    let anothers = bert.ask("POST", &path, &signature(&bert, &anns, id));
    assert_eq!(anothers.code(), "403 passkey_refused", "with the passkey of somebody else");
    let other = signature(&bert, &berts, id).replace("treasurer", "auditor");
    assert_eq!(bert.ask("POST", &path, &other).code(), "409 approval_changed");
    assert_eq!(roles_of_carl(&node), r#"["clerk"]"#);
    assert_eq!(number(waits, "signers"), 2);
    assert_eq!(signs(&bert, &berts, id).get("stands"), Some(&Json::from(false)), "a cookie is none of the two");
    assert_eq!(roles_of_carl(&node), r#"["clerk"]"#);
    assert_eq!(not_mine(&bert).1, Some(Json::from("you have signed it already")));
    assert_eq!(signs(&ann, &anns, id).get("stands"), Some(&Json::from(true)));
    assert_eq!(roles_of_carl(&node), r#"["clerk","treasurer"]"#);
    assert_eq!(bert.ask("POST", &path, &other).code(), "404 not_found", "it waits no more");

    // what tightens is at once, also over the socket
    node.documents("{kind: person, name: carl, roles: [clerk]}");
    assert_eq!(roles_of_carl(&node), r#"["clerk"]"#);
    // an account at the socket is nobody's signature either: two persons stand behind what it proposes
    node.documents("{kind: person, name: carl, roles: [clerk, auditor]}");
    let id = number(&json(&node.cli(&["change", "list"])), "id");
    assert_eq!(signs(&ann, &anns, id).get("stands"), Some(&Json::from(false)));
    assert_eq!(roles_of_carl(&node), r#"["clerk"]"#);
    assert_eq!(signs(&bert, &berts, id).get("stands"), Some(&Json::from(true)));
    assert_eq!(roles_of_carl(&node), r#"["clerk","auditor"]"#);

    // taken back
    node.documents("{kind: person, name: carl, roles: [clerk, auditor, treasurer]}");
    let id = number(&json(&node.cli(&["change", "list"])), "id").to_string();
    node.cli(&["change", "withdraw", &id]);
    assert!(node.cli(&["change", "list"]).trim().is_empty());

    let task = node.start_task();
    verified(&node, task);
}

#[test]
fn a_second_passkey_and_work_that_goes_on_wait_and_a_stop_does_not() {
    let node = Node::start();
    node.documents(PEOPLE);
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let (bert, berts) = Browser::of(&node, "bert", "administrator");
    let link = json(&node.cli(&["person", "invite", "bert"]));
    let id = number(link.get("proposed").unwrap(), "id");
    let code = text(&link, "url").split_once('#').unwrap().1;
    let options = || ann.ask("POST", "/v1/enroll/options", &format!(r#"{{"code":"{code}"}}"#)).code();
    assert_eq!(options(), "404 not_found", "nobody is invited yet");
    signs(&ann, &anns, id);
    assert_eq!(options(), "404 not_found", "one person stands behind it");
    signs(&bert, &berts, id);
    assert_eq!(options(), "200 ");
    let own = bert.invite(&berts, "bert").json();
    assert!(own.get("proposed").is_none(), "a person invites themselves: {}", own.canonical());

    let running = |of: &str| of.contains(r#""running":true"#);
    node.cli(&["tenant", "stop"]);
    assert!(!running(&node.cli(&["status"])));
    let waits = bert.ask("POST", "/v1/tenant/resume", "{}").json();
    assert!(!running(&node.cli(&["status"])), "{}", waits.canonical());
    let id = number(waits.get("proposed").unwrap(), "id");
    signs(&ann, &anns, id);
    assert!(!running(&node.cli(&["status"])), "who asked for it has not signed");
    signs(&bert, &berts, id);
    assert!(running(&node.cli(&["status"])));
}

#[test]
fn a_change_of_what_changed_meanwhile_is_told_as_void_wherever_it_is_looked_at() {
    let node = Node::start();
    node.documents(PEOPLE);
    let (ann, _) = Browser::of(&node, "ann", "administrator");
    let (_bert, _) = Browser::of(&node, "bert", "administrator");
    let asked = ann.ask("POST", "/v1/documents", &carl(r#""clerk","treasurer""#)).json();
    let id = number(asked.get("proposed").unwrap(), "id").to_string();
    let status = || node.cli_text(&["status"]);
    assert!(status().contains("(1 waits, 0 were one person's alone)"), "{}", status());
    let proposed = number(&json(&node.cli(&["event", "list", "--kind", "control.proposed"])), "leaf").to_string();
    let next = || json(&node.cli(&["explain", &proposed])).get("next").unwrap().clone();
    assert!(text(&next(), "sentence").contains("two administrators sign it"), "{}", next().canonical());

    node.documents("{kind: person, name: carl, roles: []}");
    let shown = ann.ask("GET", &format!("/v1/changes/{id}"), "").json();
    assert!(text(&shown, "void").contains("changed meanwhile"), "{}", shown.canonical());
    assert_eq!((shown.get("mine"), shown.get("not_mine")), (Some(&Json::from(false)), shown.get("void")));
    let told = node.cli_text(&["change", "show", &id]);
    assert!(told.contains("void      nothing comes of it as things stand: ") && !told.contains("until"), "{told}");
    assert!(node.cli_text(&["change", "list"]).contains("by ann, void"), "{}", node.cli_text(&["change", "list"]));
    assert!(status().contains("(0 wait, 1 more to be taken back"), "{}", status());
    let doctor = ann.ask("GET", "/v1/doctor", "").0;
    assert!(doctor.contains(&format!("bailiwick change withdraw {id}")), "{doctor}");
    assert_eq!(text(&next(), "command"), format!("bailiwick change withdraw {id}"));
    node.cli(&["change", "withdraw", &id]);
    assert!(status().contains("(0 wait, 0 were one person's alone)"), "{}", status());
}
