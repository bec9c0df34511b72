//! People over HTTP, from outside: a software passkey where a browser would ask for a real one, and every byte of a
//! request written by hand.

use crate::cluster::database;
use crate::node::{Answer, Node, now};
use crate::shared::ONE_AT_A_TIME;
use bailiwick_core::TaskId;
use bailiwick_core::json::{Json, Limits};
use bailiwick_identity::{Site, SoftPasskey};

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text.trim().as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

pub(crate) fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_else(|| panic!("no `{name}` in {}", json.canonical()))
}

impl Answer {
    pub(crate) fn json(&self) -> Json {
        json(self.0.split_once("\r\n\r\n").unwrap().1)
    }
    pub(crate) fn code(&self) -> String {
        format!("{} {}", self.status(), self.json().get("code").and_then(Json::as_str).unwrap_or_default())
    }
}

/// A browser at the node's name.
pub(crate) struct Browser<'a> {
    node: &'a Node,
    pub(crate) host: String,
    pub(crate) cookie: Option<String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(node: &'a Node) -> Self {
        let port = node.base.rsplit(':').next().unwrap();
        Self { node, host: format!("localhost:{port}"), cookie: None }
    }

    pub(crate) fn site(&self) -> Site {
        Site::of(&format!("http://{}", self.host)).unwrap()
    }

    /// As its own pages ask.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let origin = format!("origin: http://{}\r\ncontent-type: application/json\r\n", self.host);
        self.send(method, path, &self.host, &origin, body)
    }

    pub(crate) fn head(&self, method: &str, path: &str, host: &str, headers: &str, body: &str) -> String {
        let cookie = self.cookie.as_ref().map(|value| format!("cookie: bailiwick={value}\r\n")).unwrap_or_default();
        format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n{cookie}{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    fn send(&self, method: &str, path: &str, host: &str, headers: &str, body: &str) -> Answer {
        Answer(self.node.raw(self.head(method, path, host, headers, body).as_bytes()))
    }

    /// Opens a link that invites, with a new passkey.
    fn enroll(&self, link: &str) -> (SoftPasskey, Answer) {
        let code = link.split_once("/enroll#").unwrap().1;
        let passkey = SoftPasskey::generate(&mut |bytes| bailiwick_record::system_random(bytes).unwrap()).unwrap();
        let options = self.ask("POST", "/v1/enroll/options", &format!(r#"{{"code":"{code}"}}"#));
        if options.status() != 200 {
            return (passkey, options);
        }
        let made = passkey.register(&self.site(), text(&options.json(), "challenge"));
        let made = serde_json::to_string(&made).unwrap();
        let body = format!(r#"{{"code":"{code}","name":"phone","registration":{made}}}"#);
        (passkey, self.ask("POST", "/v1/enroll", &body))
    }

    fn sign(&self, passkey: &SoftPasskey, site: &Site) -> Answer {
        let options = self.ask("POST", "/v1/session/options", "{}").json();
        let assertion = passkey.sign(site, text(&options, "challenge")).unwrap();
        let body = format!(r#"{{"assertion":{}}}"#, serde_json::to_string(&assertion).unwrap());
        self.ask("POST", "/v1/session", &body)
    }

    fn sign_in(&mut self, passkey: &SoftPasskey) -> Answer {
        let answer = self.sign(passkey, &self.site());
        let set = answer.header("set-cookie").unwrap_or_else(|| panic!("{}", answer.0)).to_owned();
        self.cookie = Some(set.strip_prefix("bailiwick=").unwrap().split(';').next().unwrap().to_owned());
        answer
    }

    /// Invites somebody, as this passkey's person.
    pub(crate) fn invite(&self, passkey: &SoftPasskey, name: &str) -> Answer {
        let options = self.ask("POST", &format!("/v1/persons/{name}/invite/options"), "{}").json();
        let assertion = passkey.sign(&self.site(), text(&options, "challenge")).unwrap();
        let body = format!(r#"{{"assertion":{}}}"#, serde_json::to_string(&assertion).unwrap());
        self.ask("POST", &format!("/v1/persons/{name}/invite"), &body)
    }

    /// What is asked with its signature, as a page sends it: beside the rest of the act.
    pub(crate) fn with_consent(body: &str, asked: &Json, passkey: &SoftPasskey, site: &Site) -> String {
        let assertion = passkey.sign(site, text(asked, "challenge")).unwrap();
        let consent = format!(
            r#""consent":{{"assertion":{},"shown":{},"statement":{}}}"#,
            serde_json::to_string(&assertion).unwrap(),
            asked.get("shown").unwrap().canonical(),
            asked.get("statement").unwrap().canonical()
        );
        let within = body.starts_with(r#"{"widen""#) || body.starts_with(r#"{"renew""#);
        let (rest, ends) = body.split_at(body.len() - if within { 2 } else { 1 });
        let comma = if rest.ends_with('{') { "" } else { "," };
        format!("{rest}{comma}{consent}{ends}")
    }

    /// Does what is signed, by this passkey.
    pub(crate) fn consents(&self, passkey: &SoftPasskey, path: &str, body: &str) -> Answer {
        let asked = self.ask("POST", &format!("{path}/options"), body);
        if asked.status() != 200 {
            return asked;
        }
        self.ask("POST", path, &Self::with_consent(body, &asked.json(), passkey, &self.site()))
    }

    /// Somebody who is in the directory by these roles, enrolled and signed in.
    pub(crate) fn of(node: &'a Node, name: &str, roles: &str) -> (Self, SoftPasskey) {
        node.documents(&format!("{{kind: person, name: {name}, roles: [{roles}]}}"));
        let mut browser = Self::new(node);
        let (passkey, enrolled) = browser.enroll(text(&json(&node.cli(&["person", "invite", name])), "url"));
        assert_eq!(enrolled.status(), 200, "{}", enrolled.0);
        browser.sign_in(&passkey);
        (browser, passkey)
    }
}

#[test]
fn a_cookie_invites_nobody_without_its_persons_passkey() {
    let node = Node::start();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let (ann, anns) = Browser::of(&node, "ann@bank.example", "administrator");
    let own = "/v1/persons/ann%40bank.example";
    assert_eq!(ann.ask("GET", own, "").status(), 200, "a name is written as a path writes it");
    assert_eq!(carl.ask("GET", &own.replace("ann%40bank.example", "c%61rl"), "").status(), 200);
    assert_eq!(carl.ask("GET", own, "").code(), "404 not_found");
    assert_eq!(ann.ask("GET", "/v1/persons/ann%4", "").code(), "404 not_found");
    for body in ["", "{}", "null"] {
        assert_eq!(ann.ask("POST", &format!("{own}/invite"), body).status(), 400, "{body}");
    }
    let options = |of: &str| {
        let options = ann.ask("POST", &format!("{of}/invite/options"), "{}").json();
        text(&options, "challenge").to_owned()
    };
    let signed = |challenge: &str, by: &SoftPasskey| {
        let assertion = serde_json::to_string(&by.sign(&ann.site(), challenge).unwrap()).unwrap();
        ann.ask("POST", &format!("{own}/invite"), &format!(r#"{{"assertion":{assertion}}}"#)).code()
    };
    assert_eq!(signed(&options("/v1/persons/carl"), &anns), "403 passkey_refused", "what was signed invites another");
    let of_a_session = text(&ann.ask("POST", "/v1/session/options", "{}").json(), "challenge").to_owned();
    assert_eq!(signed(&of_a_session, &anns), "403 passkey_refused", "a sign-in is no invitation");
    assert_eq!(signed(&options(own), &carls), "403 passkey_unknown", "somebody else's passkey");
    let once = options(own);
    assert_eq!(signed(&once, &anns), "200 ");
    assert_eq!(signed(&once, &anns), "403 not_possible", "what was signed invites once");
    let open = ann.ask("GET", own, "").json();
    let invited = open.get("invited").and_then(Json::as_array).unwrap();
    let [one] = invited else { panic!("{}", open.canonical()) };
    let withdraw = |of: &Browser<'_>, path: &str, id: u64| {
        of.ask("POST", &format!("{path}/invitations/{id}/withdraw"), "{}").code()
    };
    let id = one.get("id").and_then(Json::as_u64).unwrap();
    assert_eq!(withdraw(&carl, own, id), "404 not_found");
    assert_eq!(withdraw(&carl, "/v1/persons/carl", id), "404 not_found", "it is somebody else's");
    assert_eq!(withdraw(&ann, own, id), "200 ");
    assert!(node.cli(&["person", "show", "ann@bank.example"]).contains("\"invited\":[]"));
    assert_eq!(carl.ask("POST", &format!("{own}/invite/options"), "{}").code(), "404 not_found");
    let deleted = ann.ask("DELETE", own, "{}");
    assert_eq!((deleted.code().as_str(), deleted.header("allow")), ("405 method_not_allowed", Some("GET")));
    assert_eq!(ann.ask("GET", "/v1/events?form=1", "").status(), 400, "a name that nobody reads is not passed over");
}

const START: &str = r#"{"template":"look","agent":"helper"}"#;

#[test]
fn a_person_sees_and_ends_their_own_tasks_and_those_of_their_agents_alone() {
    let node = Node::start();
    let (carl, carls) = Browser::of(&node, "carl", "clerk");
    let (bert, _) = Browser::of(&node, "bert", "clerk");
    let (ann, _) = Browser::of(&node, "ann", "");
    assert_eq!(text(&carl.ask("GET", "/v1/session", "").json(), "person"), "carl");
    let started = carl.consents(&carls, "/v1/tasks", START).json();
    let task = format!("/v1/tasks/{}", text(&started, "task"));
    assert_eq!(text(&started, "requester"), "carl");
    let seen = |of: &Browser<'_>| {
        let tasks = of.ask("GET", "/v1/tasks", "").json();
        let events = of.ask("GET", "/v1/events", "").json();
        let count = |of: &Json, name: &str| of.get(name).and_then(Json::as_array).unwrap().len();
        (of.ask("GET", &task, "").code(), count(&tasks, "tasks"), count(&events, "events") > 0)
    };
    assert_eq!(seen(&carl), ("200 ".into(), 1, true), "who started it");
    assert_eq!(seen(&ann), ("200 ".into(), 1, true), "who answers for its agent");
    assert_eq!(seen(&bert), ("404 not_found".into(), 0, false), "anybody else");
    assert_eq!(bert.ask("POST", &format!("{task}/end"), "{}").code(), "404 not_found");
    assert_eq!(ann.ask("POST", &format!("{task}/consent"), "{}").code(), "403 not_requester");
    // events of the control stream are nobody's but the administrators'
    let events = carl.ask("GET", "/v1/events", "").0;
    assert!(!events.contains("control.") && events.contains("task.started"), "{events}");
    let first = json(&node.cli(&["event", "list", "--kind", "task.started"]));
    let lineage = format!("/v1/events/{}/lineage", first.get("leaf").unwrap().as_u64().unwrap());
    assert_eq!(
        (carl.ask("GET", &lineage, "").status(), bert.ask("GET", &lineage, "").code().as_str()),
        (200, "404 not_found")
    );
    assert_eq!(carl.ask("GET", "/v1/persons/bert", "").code(), "404 not_found");
    assert_eq!(carl.ask("POST", "/v1/tenant/stop", "{}").code(), "403 not_administrator");
    assert_eq!(ann.ask("POST", &format!("{task}/end"), "{}").status(), 200, "ending needs no other authority");
    let record = node.cli(&["event", "list", "--last", "3"]);
    assert!(record.contains(r#""assurance":"session""#) && record.contains(r#""person":"ann""#), "{record}");
}

#[test]
fn a_link_enrols_one_passkey_once() {
    let node = Node::start();
    node.documents("{kind: person, name: carl}");
    let browser = Browser::new(&node);
    let link = json(&node.cli(&["person", "invite", "carl"]));
    let link = text(&link, "url");
    assert!(link.starts_with(&format!("http://{}/enroll#", browser.host)), "{link}");
    // what stands in the record does not open it
    assert!(node.cli(&["status"]).contains("no passkey is asked for"));
    let record = node.cli(&["event", "list", "--kind", "control.invited"]);
    assert!(!record.contains(link.split_once('#').unwrap().1), "{record}");
    assert_eq!(browser.enroll(link).1.status(), 200);
    assert!(node.cli(&["status"]).contains("the passkeys of one person over HTTP"));
    assert_eq!(browser.enroll(link).1.code(), "404 not_found", "used");
    assert_eq!(browser.enroll("/enroll#made-up").1.code(), "404 not_found");
    let unknown = browser.ask("POST", "/v1/enroll/options", r#"{"code":"a","more":1}"#);
    assert_eq!(unknown.code(), "400 bad_request");
}

#[test]
fn a_wrong_passkey_signs_nobody_in() {
    let node = Node::start();
    let (mut browser, passkey) = Browser::of(&node, "carl", "");
    browser.cookie = None;
    let stranger = SoftPasskey::generate(&mut |bytes| bailiwick_record::system_random(bytes).unwrap()).unwrap();
    assert_eq!(browser.sign(&stranger, &browser.site()).code(), "401 passkey_unknown");
    let elsewhere = browser.sign(&passkey, &Site::of("https://other.example").unwrap());
    assert_eq!(elsewhere.code(), "401 passkey_refused", "made at another page");
    // a challenge of our own making, and one that was drawn for something else
    let link = json(&node.cli(&["person", "invite", "carl"]));
    let code = text(&link, "url").split_once('#').unwrap().1;
    let options = browser.ask("POST", "/v1/enroll/options", &format!(r#"{{"code":"{code}"}}"#)).json();
    for challenge in ["bWFkZS11cA", text(&options, "challenge")] {
        let assertion = passkey.sign(&browser.site(), challenge).unwrap();
        let body = format!(r#"{{"assertion":{}}}"#, serde_json::to_string(&assertion).unwrap());
        let answer = browser.ask("POST", "/v1/session", &body);
        assert_eq!(answer.code(), "401 passkey_refused");
        assert!(answer.header("set-cookie").is_none());
    }
    assert_eq!(browser.ask("GET", "/v1/tasks", "").code(), "401 not_signed_in");
    assert!(browser.ask("GET", "/v1/session", "").json().get("person").unwrap().is_null());
}

#[test]
fn what_does_not_come_from_the_nodes_own_pages_changes_nothing() {
    let node = Node::start();
    let (carl, _) = Browser::of(&node, "carl", "");
    let (host, own) = (carl.host.clone(), format!("origin: http://{}\r\n", carl.host));
    let json_type = "content-type: application/json\r\n";
    for (what, host, headers, expected) in [
        ("no origin", host.as_str(), json_type.to_owned(), "403 origin_not_allowed"),
        ("another origin", &host, format!("origin: http://evil.example\r\n{json_type}"), "403 origin_not_allowed"),
        ("another port", &host, format!("origin: http://localhost:1\r\n{json_type}"), "403 origin_not_allowed"),
        ("no page at all", &host, format!("origin: null\r\n{json_type}"), "403 origin_not_allowed"),
        ("two origins", &host, format!("{own}{own}{json_type}"), "403 origin_not_allowed"),
        ("a form", &host, format!("{own}content-type: text/plain\r\n"), "415 unsupported_media_type"),
        ("no type", &host, own.clone(), "415 unsupported_media_type"),
        ("another name", "evil.example", format!("{own}{json_type}"), "421 misdirected"),
        ("the address", node.base.strip_prefix("http://").unwrap(), format!("{own}{json_type}"), "421 misdirected"),
    ] {
        assert_eq!(carl.send("POST", "/v1/tasks", host, &headers, START).code(), expected, "{what}");
    }
    let cookie = carl.cookie.clone().unwrap();
    let mut twice = Browser::new(&node);
    twice.cookie = Some(format!("{cookie}; bailiwick={cookie}"));
    assert_eq!(twice.ask("POST", "/v1/tasks", START).code(), "401 not_signed_in", "two cookies of the name");
    for method in ["GET", "HEAD", "OPTIONS", "PUT"] {
        let answer = carl.ask(method, "/v1/tasks/x/consent", "");
        assert!(
            answer.status() >= 400 && answer.header("access-control-allow-origin").is_none(),
            "{method}: {}",
            answer.0
        );
    }
    assert!(node.cli(&["task", "list"]).trim().is_empty(), "nothing was started");
    let large = format!(r#"{{"template":"{}"}}"#, "x".repeat(2 << 20));
    assert_eq!(carl.ask("POST", "/v1/tasks", &large).status(), 413);
}

#[test]
fn a_session_is_over_with_its_passkey_its_person_and_when_it_is_let_go() {
    let node = Node::start();
    let (carl, key) = Browser::of(&node, "carl", "");
    let set = carl.sign(&key, &carl.site());
    let set = set.header("set-cookie").unwrap();
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{set}");
    let tasks = |browser: &Browser<'_>| browser.ask("GET", "/v1/tasks", "").code();
    assert_eq!(tasks(&carl), "200 ");
    let let_go = carl.ask("DELETE", "/v1/session", "{}");
    assert!(let_go.header("set-cookie").unwrap().starts_with("bailiwick=; "), "{}", let_go.0);
    let cookie = carl.cookie.clone().unwrap();
    let changed = |at: usize| {
        let mut bytes = cookie.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let mut browser = Browser::new(&node);
        browser.cookie = Some(String::from_utf8(bytes).unwrap());
        tasks(&browser)
    };
    for at in [0, 10, 40, cookie.len() / 2, cookie.len() - 10] {
        assert_eq!(changed(at), "401 not_signed_in", "with another byte at {at}");
    }
    node.cli(&["person", "remove-passkey", "carl", &key.id()]);
    assert_eq!(tasks(&carl), "401 not_signed_in", "the passkey is gone");
    assert_eq!(carl.sign(&key, &carl.site()).code(), "401 passkey_unknown");
    let (bert, _) = Browser::of(&node, "bert", "");
    assert_eq!(tasks(&bert), "200 ");
    node.cli(&["apply", "--remove", "person/bert"]);
    assert_eq!(tasks(&bert), "401 not_signed_in", "the person is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_node_is_good_at_the_other_and_ends_at_both() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let Some(database) = tokio::task::block_in_place(database) else { return };
    let one = Node::start_on(Some(database.url()));
    let two = one.beside();
    let (here, key) = Browser::of(&one, "carl", "");
    let mut there = Browser::new(&two);
    there.cookie.clone_from(&here.cookie);
    // each node looks every second at what the others appended
    let comes_to = |expected: &str| {
        let began = now();
        while there.ask("GET", "/v1/tasks", "").code() != expected {
            assert!(now().0 - began.0 < 5_000_000, "the other node never answers `{expected}`");
        }
    };
    comes_to("200 ");
    // what one node gave out to be signed begins one task, at whichever node it is handed in
    let asked = here.ask("POST", "/v1/tasks/options", START).json();
    let signed = |at: &Browser<'_>| Browser::with_consent(START, &asked, &key, &at.site());
    assert_eq!(there.ask("POST", "/v1/tasks", &signed(&there)).status(), 200);
    let again = here.ask("POST", "/v1/tasks", &signed(&here));
    assert!(again.code() == "403 not_possible" && again.0.contains("was used already"), "{}", again.0);
    assert_eq!(one.cli(&["task", "list"]).lines().count(), 1);
    one.cli(&["person", "remove-passkey", "carl", &key.id()]);
    assert_eq!(here.ask("GET", "/v1/tasks", "").code(), "401 not_signed_in");
    comes_to("401 not_signed_in");
    assert_eq!(there.ask("POST", "/v1/tasks", START).code(), "401 not_signed_in");
}

#[test]
fn nobody_gives_a_role_to_themselves() {
    let node = Node::start();
    // carl first: once an administrator has a passkey, a new person with a role waits for a second one
    let (carl, _) = Browser::of(&node, "carl", "clerk");
    let (ann, _) = Browser::of(&node, "ann", "administrator");
    let person =
        |name: &str, roles: &str| format!(r#"{{"documents":[{{"kind":"person","name":"{name}","roles":[{roles}]}}]}}"#);
    let apply = |of: &Browser<'_>, body: &str| of.ask("POST", "/v1/documents", body).code();
    assert_eq!(apply(&carl, &person("carl", r#""administrator""#)), "403 not_administrator");
    assert_eq!(apply(&ann, &person("ann", r#""administrator","treasurer""#)), "403 own_role");
    assert_eq!(apply(&ann, &person("carl", r#""clerk","treasurer""#)), "200 ", "to another");
    // what is of the machine stays the machine's
    let body = format!(r#"{{"file":"{}/copy.db"}}"#, node.home.display());
    assert_eq!(ann.ask("POST", "/v1/backup", &body).code(), "404 not_found");
    assert_eq!(ann.ask("POST", "/v1/node/stop", "{}").code(), "404 not_found");
    assert_eq!(apply(&ann, &person("ann", "")), "200 ", "she lays it down");
    assert_eq!(apply(&ann, &person("carl", "")), "403 not_administrator", "and has it no longer");
}

#[test]
fn pages_are_there_at_the_nodes_name_for_everybody_and_say_what_they_may_do() {
    let node = Node::start();
    let browser = Browser::new(&node);
    let task = TaskId::new([7; 16]);
    for path in ["/", "/enroll", "/tasks", "/start", "/approvals", &format!("/tasks/{task}"), "/console/kit.js"] {
        let page = browser.send("GET", path, &browser.host, "", "");
        assert_eq!(page.status(), 200, "{path}");
        assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"), "{path}");
    }
    let address = node.base.strip_prefix("http://").unwrap();
    let elsewhere = browser.send("GET", "/", address, "", "");
    assert_eq!(elsewhere.code(), "421 misdirected");
    assert!(elsewhere.0.contains(&format!("http://{}", browser.host)), "it says where: {}", elsewhere.0);
    assert_eq!(browser.send("POST", "/", &browser.host, "", "").code(), "403 origin_not_allowed");
}
