//! Consent over HTTP is a signature over that very act: whoever has a cookie alone, or what was signed for something else,
//! consents to nothing.

use super::Plain;
use super::approved::call;
use super::node::Node;
use super::people::{Browser, json, text};
use super::servers::{furnished, process};
use super::shared::{kinds, verified_twice};
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;
use bailiwick_identity::{Site, SoftPasskey};

const TEMPLATES: &str = r#"
{kind: tool, tool: one/other, effect: permission, reversibility: irreversible}
---
{kind: template, name: little, purpose: look, intent: "look who runs", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/pid", "one/dies"], resources: any}, {tools: ["one/other"], effect: permission}]}
---
{kind: template, name: also, purpose: look, intent: "hear it twice", start: {who: [anyone], agents: [helper]}, grant: [{tools: ["one/twice"], resources: any}]}
"#;
const START: &str = r#"{"template":"little","agent":"helper"}"#;
const WIDEN: &str = r#"{"widen":{"template":"also"}}"#;
const RENEW: &str = r#"{"renew":{}}"#;

fn node() -> Node {
    let node = furnished(Node::start(), &[("one", process())]);
    node.documents(TEMPLATES);
    node
}

/// A task of carl's, begun by his passkey.
fn begun(carl: &Browser<'_>, carls: &SoftPasskey) -> String {
    let started = carl.consents(carls, "/v1/tasks", START);
    assert_eq!(started.status(), 200, "{}", started.0);
    text(&started.json(), "task").to_owned()
}

fn waits(task: &Json) -> bool {
    let root = &task.get("grants").and_then(Json::as_array).unwrap()[0];
    !root.get("waiting").and_then(Json::as_array).unwrap().is_empty()
}

#[test]
fn each_act_that_gives_authority_is_signed_and_stands_in_the_record_with_its_signature() {
    let node = node();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    assert_eq!(carl.ask("POST", "/v1/tasks", START).code(), "403 signature_needed");
    assert_eq!(node.cli(&["task", "list"]), "", "a cookie starts nothing");
    let task = begun(&carl, &carls);
    let path = format!("/v1/tasks/{task}");
    let (consent, amend) = (format!("{path}/consent"), format!("{path}/amend"));
    for (path, body) in [(&consent, "{}"), (&amend, WIDEN), (&amend, RENEW)] {
        assert_eq!(carl.ask("POST", path, body).code(), "403 signature_needed", "{body}");
    }
    assert_eq!(kinds(&node, TaskId::parse(&task).unwrap(), "task.amended"), 0, "a cookie changes nothing");
    let signed = |path: &str, body: &str| {
        let done = carl.consents(&carls, path, body);
        assert_eq!(done.status(), 200, "{body}: {}", done.0);
        done.json()
    };
    assert!(!waits(&signed(&consent, "{}")));
    assert!(!waits(&signed(&amend, WIDEN)), "nothing of what is added is privileged");
    assert!(waits(&signed(&amend, RENEW)), "what is privileged is said yes to anew, in an act of its own");
    assert!(!waits(&signed(&consent, "{}")));
    // what tightens is at once
    assert_eq!(carl.ask("POST", &amend, r#"{"narrow":{"tools":["one/twice"]}}"#).status(), 200);
    let record = node.cli(&["event", "list", "--task", &task]);
    for line in record.lines().map(json).filter(|event| text(event, "kind").starts_with("task.")) {
        let by = line.get("data").and_then(|data| data.get("by")).unwrap();
        let narrowed = line.canonical().contains("narrowed");
        assert_eq!(text(by, "assurance"), if narrowed { "session" } else { "passkey" }, "{}", line.canonical());
        let act = line.get("data").and_then(|data| data.get("signed")).map(|signed| signed.get("statement").unwrap());
        assert_eq!(act.is_some(), !narrowed);
    }
    let (report, second) = verified_twice(&node, TaskId::parse(&task).unwrap());
    assert!(report.contains(r#""answer":"confirmed""#) && report.contains(r#""consented":5"#), "{report}");
    assert!(second.is_none_or(|told| told.contains(r#""consented": 5"#)));
    assert_eq!(carl.ask("POST", &format!("{path}/end"), "{}").status(), 200, "ending needs no signature");
}

#[test]
fn what_was_signed_for_something_else_or_by_somebody_else_is_no_consent() {
    let node = node();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let (bert, berts) = Browser::of(&node, "bert", "clerk");
    let (one, other) = (begun(&carl, &carls), begun(&carl, &carls));
    let (consent, elsewhere) = (format!("/v1/tasks/{one}/consent"), format!("/v1/tasks/{other}/consent"));
    let options = |of: &Browser<'_>, path: &str, body: &str| {
        let asked = of.ask("POST", &format!("{path}/options"), body);
        assert_eq!(asked.status(), 200, "{}", asked.0);
        asked.json()
    };
    let with = |asked: &Json, key: &SoftPasskey, site: &Site| Browser::with_consent("{}", asked, key, site);
    let site = carl.site();
    let good = options(&carl, &consent, "{}");
    let code = |path: &str, body: &str| carl.ask("POST", path, body).code();
    assert_eq!(code(&consent, &with(&good, &berts, &site)), "403 passkey_unknown", "somebody else's passkey");
    assert_eq!(code(&elsewhere, &with(&good, &carls, &site)), "409 consent_changed", "another task's");
    let evil = Site::of("https://evil.example").unwrap();
    assert_eq!(code(&consent, &with(&good, &carls, &evil)), "403 passkey_refused", "signed at another page");
    let berts_own = options(&bert, "/v1/tasks", START);
    let mut start = Browser::with_consent(START, &berts_own, &berts, &site);
    assert_eq!(code("/v1/tasks", &start), "403 passkey_refused", "what bert signed is not carl's");
    // what was signed for one act is not another
    let renew = options(&carl, &format!("/v1/tasks/{one}/amend"), RENEW);
    assert_eq!(code(&consent, &with(&renew, &carls, &site)), "409 consent_changed");
    // no statement of one's own making, and none that was drawn out
    let own = |from: &str, to: &str| {
        let text = text(&good, "statement").replacen(from, to, 1);
        assert_ne!(text, good.get("statement").and_then(Json::as_str).unwrap());
        let challenge = bailiwick_identity::statement_challenge(text.as_bytes());
        let asked = [("challenge", Json::from(challenge)), ("statement", Json::from(text))];
        let asked = asked.into_iter().chain([("shown", good.get("shown").unwrap().clone())]);
        code(&consent, &with(&Json::object(asked), &carls, &site))
    };
    assert_eq!(own(r#""not_after":1"#, r#""not_after":9"#), "403 passkey_refused", "for longer than it was given");
    assert_eq!(own(&one, &other), "403 passkey_refused", "for another task than it was given");
    assert_eq!(own(r#""act":"confirm""#, r#""act":"renew""#), "403 passkey_refused");
    assert_eq!(own("{", "{ "), "400 bad_request", "one statement, one text");
    // what is shown is what was signed
    let shown = text(good.get("shown").unwrap(), "consent");
    let other_words = with(&good, &carls, &site).replacen(shown, "nothing much", 1);
    assert_eq!(code(&consent, &other_words), "409 consent_changed");
    assert!(waits(&carl.ask("GET", &format!("/v1/tasks/{one}"), "").json()), "nothing of it was done");
    // and as it is it does what it says, once
    let body = with(&good, &carls, &site);
    assert_eq!(carl.ask("GET", &consent, "").code(), "405 method_not_allowed");
    assert_eq!(code(&consent, &body), "200 ");
    assert_eq!(code(&consent, &body), "403 not_possible");
    let asked = options(&carl, "/v1/tasks", START);
    start = Browser::with_consent(START, &asked, &carls, &site);
    assert_eq!((code("/v1/tasks", &start), code("/v1/tasks", &start)), ("200 ".into(), "403 not_possible".into()));
    assert_eq!(node.cli(&["task", "list"]).lines().count(), 3, "what was signed begins one task");
}

#[test]
fn what_changed_since_it_was_shown_is_signed_anew() {
    let node = node();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let asked = carl.ask("POST", "/v1/tasks/options", START).json();
    let signed = Browser::with_consent(START, &asked, &carls, &carl.site());
    // other words in the request than in what was signed
    let more = signed.replacen(r#""agent":"helper""#, r#""agent":"helper","subject":"customer 7""#, 1);
    assert_eq!(carl.ask("POST", "/v1/tasks", &more).code(), "409 consent_changed");
    node.documents(&TEMPLATES.replace("look who runs", "look who runs, and tell"));
    assert_eq!(carl.ask("POST", "/v1/tasks", &signed).code(), "409 consent_changed");
    assert_eq!(node.cli(&["task", "list"]), "");
    let task = begun(&carl, &carls);
    let renewed = format!("/v1/tasks/{task}/amend");
    let twice = carl.ask("POST", &format!("{renewed}/options"), RENEW).json();
    let twice = Browser::with_consent(RENEW, &twice, &carls, &carl.site());
    assert_eq!(carl.ask("POST", &renewed, &twice).status(), 200);
    let again = carl.ask("POST", &renewed, &twice);
    assert_eq!(again.code(), "403 not_possible");
    assert!(again.0.contains("was used already"), "{}", again.0);
    // at the socket nothing is signed, and nothing needs to be
    let told = json(&node.cli(&["task", "start", "little", "--agent", "helper", "--yes"]));
    assert_eq!(text(&told, "requester").split(':').next(), Some("uid"));
}

#[test]
fn what_became_of_an_act_in_doubt_is_signed_by_who_says_it() {
    let node = node();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let task = begun(&carl, &carls);
    let settle = format!("/v1/tasks/{task}/settle");
    let body = |event: u64| format!(r#"{{"event":{event},"done":true,"evidence":"the other side has it"}}"#);
    assert_eq!(ann.consents(&anns, &settle, &body(1)).code(), "403 not_possible", "no such act is in doubt");
    let mut helper = Plain::start(&node);
    assert!(helper.ask(&call(1, "one__dies")).contains("in_doubt"));
    helper.close();
    let shown = carl.ask("GET", &format!("/v1/tasks/{task}"), "").json();
    let doubtful = shown.get("doubtful_acts").and_then(Json::as_array).unwrap();
    let [act] = doubtful else { panic!("{}", shown.canonical()) };
    let body = body(act.get("event").and_then(Json::as_u64).unwrap());
    assert_eq!(carl.consents(&carls, &settle, &body).code(), "403 not_administrator");
    assert_eq!(ann.ask("POST", &settle, &body).code(), "403 signature_needed", "a cookie settles nothing");
    let asked = ann.ask("POST", &format!("{settle}/options"), &body).json();
    let signed = Browser::with_consent(&body, &asked, &anns, &ann.site());
    let other = signed.replacen("the other side has it", "nobody knows", 1);
    assert_eq!(ann.ask("POST", &settle, &other).code(), "409 consent_changed", "other evidence than was signed");
    let settled = ann.ask("POST", &settle, &signed);
    assert_eq!(settled.status(), 200, "{}", settled.0);
    let (report, second) = verified_twice(&node, TaskId::parse(&task).unwrap());
    assert!(report.contains(r#""answer":"confirmed""#) && report.contains(r#""consented":2"#), "{report}");
    assert!(second.is_none_or(|told| told.contains(r#""consented": 2"#)));
}

const CALM: &str = r#"{kind: rule, name: calm, breaker: {per: agent, on: refusals, most: 2, over: 10m, wait: 10m}}"#;

#[test]
fn calls_that_were_cut_off_go_on_by_a_signature_and_by_no_cookie() {
    let node = node();
    node.documents(CALM);
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let (ann, anns) = Browser::of(&node, "ann", "administrator");
    let task = begun(&carl, &carls);
    let mut helper = Plain::start(&node);
    for number in 1..=2 {
        assert!(helper.ask(&call(number, "one__other")).contains("consent_missing"));
    }
    assert!(helper.ask(&call(3, "one__pid")).contains("breaker_open"));
    let open = ann.ask("GET", "/v1/breakers", "").json();
    let [open] = open.get("breakers").and_then(Json::as_array).unwrap() else { panic!("{}", open.canonical()) };
    let close = format!("/v1/breakers/{}/close", open.get("id").and_then(Json::as_u64).unwrap());
    assert_eq!(carl.ask("POST", &format!("{close}/options"), "{}").code(), "403 not_administrator");
    assert_eq!(ann.ask("POST", &close, "{}").code(), "403 signature_needed");
    assert!(helper.ask(&call(4, "one__pid")).contains("breaker_open"), "a cookie lets nothing go on");
    let signed = ann.ask("POST", &format!("{close}/options"), "{}").json();
    let signed = Browser::with_consent("{}", &signed, &anns, &ann.site());
    assert_eq!(ann.ask("POST", &close, &signed).code(), "200 ");
    assert_eq!(ann.ask("POST", &close, &signed).status(), 404, "what was signed closes it once");
    assert!(!helper.ask(&call(5, "one__pid")).contains("breaker_open"));
    helper.close();
    let (report, second) = verified_twice(&node, TaskId::parse(&task).unwrap());
    assert!(report.contains(r#""answer":"confirmed""#) && report.contains(r#""consented":2"#), "{report}");
    assert!(second.is_none_or(|told| told.contains(r#""consented": 2"#)));
}
