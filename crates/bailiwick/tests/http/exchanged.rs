//! Token exchange at the real node, asked for badly: to whom nobody may hand on, and of what is no envelope. Each is refused by its
//! code, and the task stays as it was.

use super::handed_on::{node, started};
use super::node::{Answer, Node, key, now, salt};
use super::people::{json, text};
use super::shared::verified;
use bailiwick_core::AgentId;
use bailiwick_core::json::Json;
use bailiwick_identity::{ProofFor, PublicUrl, SigningKey, make_assertion, make_proof};

const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// Who hands on: its instance's key, and its token.
struct Helper<'a> {
    node: &'a Node,
    key: SigningKey,
    token: String,
}

/// Every byte that is not of the plainest spelt out.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

impl Helper<'_> {
    /// Asks for a token for this delegate, who signs with its registered key for an instance's own.
    fn hands(&self, (delegate, signs): (&str, &SigningKey), detail: &str) -> Answer {
        let instance = key();
        let agent = AgentId::parse(delegate).unwrap();
        let mut nonce = None;
        for _ in 0..2 {
            let actor =
                make_assertion(signs, &agent, &self.node.base, (salt(), now()), Some(instance.thumbprint())).unwrap();
            let form = [
                ("grant_type", EXCHANGE),
                ("subject_token", &self.token),
                ("subject_token_type", ACCESS),
                ("actor_token", &actor),
                ("actor_token_type", JWT),
                ("authorization_details", detail),
                ("resource", &format!("{}/mcp", self.node.base)),
            ];
            let body = form.map(|(name, value)| format!("{name}={}", encoded(value))).join("&");
            let url = PublicUrl::parse(&format!("{}/oauth/token", self.node.base)).unwrap();
            let what = ProofFor {
                method: "POST",
                url: &url,
                token: None,
                nonce: nonce.as_deref(),
                body: None,
                jti: salt(),
                now: now(),
            };
            let proof = make_proof(&self.key, &what).unwrap();
            let host = self.node.base.strip_prefix("http://").unwrap();
            let asked = format!(
                "POST /oauth/token HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-type: \
                 application/x-www-form-urlencoded\r\ndpop: {proof}\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let answer = Answer(self.node.raw(asked.as_bytes()));
            nonce = answer.header("dpop-nonce").map(str::to_owned);
            if !answer.0.contains("use_dpop_nonce") {
                return answer;
            }
        }
        panic!("each answer wants another nonce");
    }
}

/// What is asked for: these members beside the type, which hold `grant` and `purpose` unless they say otherwise.
fn detail(grant: &str, more: &str) -> String {
    format!(r#"[{{"type":"bailiwick_task","purpose":"look","grant":{grant}{more}}}]"#)
}

fn error(answer: &Answer) -> String {
    let told = answer.json();
    assert!(told.get("error_description").and_then(Json::as_str).is_some_and(|told| !told.is_empty()), "{}", answer.0);
    format!("{} {}", answer.status(), text(&told, "error"))
}

const ROW: &str = r#"[{"tools":["one/pid"],"uses":2}]"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_request_for_a_delegates_token_is_told_by_its_code_and_hands_nothing_on() {
    let (node, file) = node();
    let task = started(&node);
    let scouts = SigningKey::parse(&std::fs::read(&file).unwrap()).unwrap();
    let own = key();
    let token = node.ask("/mcp", &own, Some(task)).await.unwrap().token.to_string();
    let helper = Helper { node: &node, key: own, token };
    let grants =
        || json(&node.cli(&["task", "show", &task.to_string()])).get("grants").and_then(Json::as_array).unwrap().len();

    // to whom: nobody who is known, somebody who is and was let go, and with a key that is none of theirs
    let plain = detail(ROW, "");
    assert_eq!(error(&helper.hands(("ghost", &scouts), &plain)), "400 invalid_request", "nobody of that name");
    assert_eq!(error(&helper.hands(("scout", &key()), &plain)), "400 invalid_request", "signed by nobody's key");
    assert_eq!(error(&helper.hands(("helper", &node.agent_key), &plain)), "400 access_denied", "to itself");
    node.cli(&["agent", "suspend", "scout"]);
    let suspended = helper.hands(("scout", &scouts), &plain);
    assert_eq!(error(&suspended), "400 invalid_request", "{}", suspended.0);
    assert!(suspended.0.contains("the agent is suspended"), "who has its key is told: {}", suspended.0);
    node.cli(&["agent", "resume", "scout"]);
    assert_eq!(grants(), 1);

    // of what: each fault is told with its place
    let row = |rest: &str| format!(r#"[{{"tools":["one/pid"]{rest}}}]"#);
    for (what, grant, more, at) in [
        ("an axis that nobody knows", row(r#","colour":"red""#), "", "/grant/0/colour"),
        ("an axis beside the rows that nobody knows", row(""), r#","speed":1"#, "/speed"),
        ("no rows", "[]".to_owned(), "", "/grant"),
        ("no tools", row("").replace(r#""one/pid""#, ""), "", "/grant/0/tools"),
        ("none of no values", row(r#","when":{"/x":{"one_of":[]}}"#), "", "/grant/0/when/~1x/one_of"),
        ("a range upside down", row(r#","when":{"/x":{"least":"5","most":"1"}}"#), "", "/grant/0/when/~1x"),
        ("a window that ends before it begins", row(""), r#","window":"-1m""#, "/window"),
        (
            "a pattern that explodes",
            row(r#","when":{"/x":{"pattern":"((a{0,999}){0,999}){0,999}"}}"#),
            "",
            "/grant/0/when",
        ),
        ("more than is held", r#"[{"tools":["one/pid"],"uses":11}]"#.to_owned(), "", "/grant/0/uses"),
    ] {
        let refused = helper.hands(("scout", &scouts), &detail(&grant, more));
        assert_eq!(error(&refused), "400 invalid_authorization_details", "{what}: {}", refused.0);
        let told = refused.json();
        let reasons = told.get("bailiwick_refused").and_then(|of| of.get("reasons")?.as_array()).unwrap();
        assert!(text(&reasons[0], "at").starts_with(at), "{what}: {}", refused.0);
    }
    assert_eq!(grants(), 1, "nothing of that was handed on");

    // and what is right goes to that delegate, and is one grant
    let handed = helper.hands(("scout", &scouts), &plain);
    assert_eq!(handed.status(), 200, "{}", handed.0);
    assert_eq!((text(&handed.json(), "token_type"), grants()), ("DPoP", 2));
    verified(&node, task);
}
