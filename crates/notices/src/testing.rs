//! What the tests of this crate share: a real node on a store in memory, and a place that webhooks arrive at.

use crate::follow::{Notices, Settings};
use crate::notice::{About, Happened, Log};
use crate::smtp::Smtp;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Fill, Node, Vault};
use bailiwick_record::{KeyError, KeyName, Root, Secret, Wrapped, system_random};
use bailiwick_store::{MemoryStore, Store};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zeroize::Zeroizing;

pub(crate) const TENANT: TenantId = TenantId::new([7; 16]);
pub(crate) const NOW: Micros = Micros(1_790_000_010_000_000);
const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(crate) fn happened(leaf: u64, at: Micros) -> Happened {
    Happened {
        occasion: Occasion::TaskEnded,
        about: About::Tenant,
        leaf,
        at,
        until: None,
        approval: None,
        request: None,
        facts: BTreeMap::from([("why", "completed".to_owned())]),
    }
}

pub(crate) const fn log() -> Log<'static> {
    Log { origin: "bailiwick.local/1", epoch: 1, public_url: Some("https://bailiwick.example") }
}

/// Somebody is asked for a yes to a transfer.
pub(crate) fn asked() -> ApprovalAsked {
    let digest = Digest::new([2; 32]);
    let labels = Label { classes: Vec::new(), trusted: None, zones: Vec::new() };
    let at = Micros(1_790_000_000_000_000);
    let not_after = at.after(Span::minutes(1));
    let (meters, sources) = (Vec::new(), Vec::new());
    let terms =
        Terms { action: digest, display: digest, labels, meters, nonce: digest, not_after, policy: digest, sources };
    ApprovalAsked {
        effect: Effect::Transfer,
        facts: Facts::of_nobody(at, Vec::new()),
        goal: digest,
        grant: GrantId::new([3; 16]),
        impact: Impact::High,
        needs: Vec::new(),
        private: None,
        rules: 1,
        terms,
        tool: ToolId::parse("bank/pay-to-evil").unwrap(),
    }
}

/// A rule that sends these kinds to a place on this machine.
pub(crate) fn hook(name: &str, on: &str, url: &str) -> String {
    let hook = format!(r#"{{"url":"{url}","secret":"secret:hook","private":true}}"#);
    format!(r#"{{"kind":"rule","name":"{name}","notify":{{"on":["{on}"],"webhook":{hook}}}}}"#)
}

pub(crate) fn mail_rule(name: &str, on: &str, who: &str) -> String {
    format!(r#"{{"kind":"rule","name":"{name}","notify":{{"on":["{on}"],"who":["{who}"],"mail":true}}}}"#)
}

/// Wraps by writing down: what is tested here is not the wrapping.
struct OpenRoot;

impl Root for OpenRoot {
    fn version(&self) -> i32 {
        1
    }
    fn mark(&self) -> Digest {
        Digest::new([1; 32])
    }
    fn wrap(&self, _: &KeyName, key: &Secret, _: bailiwick_record::Fill<'_>) -> Result<Wrapped, KeyError> {
        Ok(Wrapped { by: 1, bytes: key.expose().to_vec() })
    }
    fn unwrap(&self, _: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        let mut bytes = <[u8; 32]>::try_from(wrapped.bytes.as_slice()).map_err(|_| KeyError::Form)?;
        Ok(Secret::take(&mut bytes))
    }
}

/// A node with one tenant, a person whom mail reaches, and an agent of hers.
pub(crate) struct World {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) node: Arc<Node>,
    said: Arc<Mutex<Vec<String>>>,
}

pub(crate) fn ann() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() }
}

impl World {
    pub(crate) async fn new() -> Self {
        let store = Arc::new(MemoryStore::new(NOW));
        let fill: Fill = Arc::new(system_random);
        let vault = Arc::new(Vault::new(Box::new(OpenRoot), fill));
        let node = Arc::new(Node::start(Arc::clone(&store) as Arc<dyn Store>, vault).unwrap());
        node.open_tenant(TENANT, "acme", "acme.example/log").await.unwrap();
        node.beat().unwrap();
        let world = Self { store, node, said: Arc::default() };
        world
            .apply(&[
                r#"{"kind":"person","name":"ann","mail":"ann@bank.example"}"#,
                r#"{"kind":"role","name":"all","allow":[{"tools":["*"],"effects":["read"]}]}"#,
                r#"{"kind":"agent","name":"payer","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"all","review":"2027-01-01"}"#,
                r#"{"kind":"policy","name":"all","cedar":"permit (principal, action, resource);"}"#,
                r#"{"kind":"server","name":"bank","transport":{"stdio":{"command":"bank"}}}"#,
                r#"{"kind":"template","name":"look","purpose":"look","intent":"{what}","parameters":{"what":{"kind":"content"}},"start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/*"],"resources":"any"}]}"#,
            ])
            .await;
        world
    }

    pub(crate) async fn apply(&self, documents: &[&str]) {
        let read = |text: &&str| Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
        let documents = documents.iter().map(read).collect();
        self.govern(ControlCommand::Apply { by: ann(), documents, removed: Vec::new() }).await;
    }

    pub(crate) async fn remove(&self, kind: &str, name: &str) {
        let removed = vec![(kind.to_owned(), name.to_owned())];
        self.govern(ControlCommand::Apply { by: ann(), documents: Vec::new(), removed }).await;
    }

    pub(crate) async fn agent(&self, active: bool) {
        let agent = AgentId::parse("payer").unwrap();
        self.govern(ControlCommand::Agent { by: ann(), agent, active }).await;
    }

    pub(crate) async fn tenant(&self, running: bool) {
        self.govern(ControlCommand::Tenant { by: ann(), running }).await;
    }

    async fn govern(&self, command: ControlCommand) {
        let (decided, _) = self.node.control_command(TENANT, command, Vec::new()).await.unwrap();
        assert_eq!(decided.refused, None);
    }

    /// A task with this said of it, begun and completed.
    pub(crate) async fn task(&self, what: &str) {
        let task = self.begun(what).await;
        self.say(task, Command::EndTask { why: Code::Completed, who: Ender::Person(ann()) }, 0).await;
    }

    /// A task with this said of it.
    pub(crate) async fn begun(&self, what: &str) -> TaskId {
        let task = TaskId::new(self.node.vault().random().unwrap());
        let start = Start {
            by: ann(),
            subject: None,
            template: TemplateName::parse("look").unwrap(),
            parameters: BTreeMap::from([("what".to_owned(), what.to_owned())]),
            agent: AgentId::parse("payer").unwrap(),
            only: Vec::new(),
            seen: None,
        };
        self.say(task, Command::Start(Box::new(start)), 2).await;
        task
    }

    pub(crate) async fn say(&self, task: TaskId, command: Command, ids: usize) {
        let facts = self.node.facts(ids).unwrap();
        let decision = self.node.command(TENANT, task, command, facts).await.unwrap();
        assert_eq!(decision.decided.reasons, []);
    }

    pub(crate) fn beat(&self) {
        // a store that is away is a part of some tests
        let _away = self.node.beat();
    }

    /// Notices as a process of their own would send them.
    pub(crate) fn notices(&self, smtp: Option<Smtp>) -> Arc<Notices> {
        let said = Arc::clone(&self.said);
        let settings = Settings {
            public_url: Some("https://bailiwick.example".to_owned()),
            smtp,
            secret: Box::new(|name| (name == "hook").then(|| Zeroizing::new(SECRET.to_owned()))),
            say: Box::new(move |text| said.lock().unwrap().push(text.to_owned())),
        };
        Arc::new(Notices::new(Arc::clone(&self.node), TENANT, settings))
    }

    pub(crate) fn said(&self) -> Vec<String> {
        self.said.lock().unwrap().clone()
    }
}

/// A request that arrived.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) body: String,
}

type Then = Box<dyn Fn() + Send>;

/// A place that webhooks arrive at.
pub(crate) struct Inbox {
    pub(crate) url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    then: Arc<Mutex<Then>>,
}

impl Inbox {
    /// Answers with these, in their order, and then with the last.
    pub(crate) async fn open(answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (sent, answers): (Arc<Mutex<Vec<Sent>>>, Vec<&'static str>) = (Arc::default(), answers.to_vec());
        let then: Arc<Mutex<Then>> = Arc::new(Mutex::new(Box::new(|| {})));
        let (arrived, after) = (Arc::clone(&sent), Arc::clone(&then));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut bytes = Vec::new();
                while !bytes.ends_with(b"}") {
                    if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
                let text = String::from_utf8(bytes).unwrap();
                let (head, body) = text.split_once("\r\n\r\n").unwrap();
                let id = head.lines().find_map(|line| line.strip_prefix("webhook-id: ")).unwrap().to_owned();
                let json = Json::parse(body.as_bytes(), &Limits::default()).unwrap();
                let kind = json.get("type").and_then(Json::as_str).unwrap().to_owned();
                after.lock().unwrap()();
                let count = {
                    let mut arrived = arrived.lock().unwrap();
                    arrived.push(Sent { id, kind, body: body.to_owned() });
                    arrived.len()
                };
                let answer = answers[count.min(answers.len()) - 1];
                let _ = stream.write_all(format!("HTTP/1.1 {answer} x\r\ncontent-length: 0\r\n\r\n").as_bytes()).await;
            }
        });
        Self { url, sent, then }
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// What is done when something arrives, before it is answered.
    pub(crate) fn on_arrival(&self, then: impl Fn() + Send + 'static) {
        *self.then.lock().unwrap() = Box::new(then);
    }
}
