//! A node on SQLite with one bank and one agent, whose task may pay at most 500 EUR.

use bailiwick_catalogue::{Offer, Seen, compare, server_identity};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_node::{Asked, Attempted, Bound, Bounds, Node, Vault};
use bailiwick_record::{RootFile, system_random};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

pub(crate) fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn document(text: &str) -> Document {
    Document::read(&json(text)).unwrap()
}

const POLICY: &str = r#"{"kind":"policy","name":"all","cedar":"permit(principal, action, resource);"}"#;

fn documents() -> Vec<Document> {
    [
        r#"{"kind":"role","name":"payer","allow":[{"tools":["bank/*"],"effects":["read","transfer"]}]}"#,
        r#"{"kind":"agent","name":"payer","owner":"ann","contact":"ann","run_by":"own","autonomy":"execute","role":"payer","review":"2027-01-01"}"#,
        r#"{"kind":"server","name":"bank","transport":{"wrapped":{"command":["bank"]}}}"#,
        r#"{"kind":"tool","tool":"bank/pay","effect":"transfer","reversibility":"irreversible","bind":{"arguments":{"/amount":{"kind":"amount","currency_at":"/currency","role":"measure"},"/iban":{"kind":"iban","role":"destination"},"/key":{"role":"idempotency"}},"result":{"not_done":[{"at":"/content/0/text","equals":"insufficient funds"}]}}}"#,
        r#"{"kind":"template","name":"pay","purpose":"accounts-payable","intent":"Pay {max}","parameters":{"max":{"kind":"amount","currency":"EUR","at_most":"500.00"}},"start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/pay"],"effect":"transfer","when":{"/iban":{"equals":"DE89370400440532013000"}},"meters":{"EUR":{"each":"{max}","total":"{max}"}}}]}"#,
        POLICY,
    ]
    .into_iter()
    .map(document)
    .collect()
}

pub(crate) fn by() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("ann").unwrap() }
}

pub(crate) fn vault(folder: &Path) -> Arc<Vault> {
    let root = RootFile::open_or_create(&folder.join("root.key"), &system_random).unwrap();
    Arc::new(Vault::new(Box::new(root), Arc::new(system_random)))
}

pub(crate) fn start_node(folder: &Path, bounds: Bounds) -> Arc<Node> {
    let store = bailiwick_store::open(&format!("sqlite:{}", folder.join("t.db").display())).unwrap();
    Arc::new(Node::start_with(store, vault(folder), None, bounds).unwrap())
}

pub(crate) async fn furnish(node: &Node, tenant: TenantId) {
    node.open_tenant(tenant, "default", "test/origin").await.unwrap();
    let apply = ControlCommand::Apply { by: by(), documents: documents(), removed: vec![] };
    let (decided, _) = node.control_command(tenant, apply, vec![]).await.unwrap();
    assert_eq!(decided.refused, None);
    let control = node.control(tenant).unwrap();
    let bank = ServerName::parse("bank").unwrap();
    let identity = server_identity(&control.state.servers[&bank].document, &Seen::default());
    let tool = r#"{"name":"pay","inputSchema":{"type":"object","properties":{"amount":{"type":"string"},"currency":{"type":"string"},"iban":{"type":"string"},"key":{"type":"string"}},"required":["amount","currency","iban"]}}"#;
    let offer = Offer::read(&[json(tool)], vec![]);
    let compared = compare(&control.state, &bank, &identity, Mode::Cooperative, &offer, &control.blobs);
    let blobs = compared.words.iter().map(|bytes| (sha256(bytes), bytes.clone())).collect();
    let pin = ControlCommand::Pin { server: bank, identity, tools: compared.tools };
    let (decided, _) = node.control_command(tenant, pin, blobs).await.unwrap();
    assert_eq!(decided.refused, None);
}

pub(crate) async fn start_task(node: &Node, tenant: TenantId) -> Bound {
    let bound = start_unconsented(node, tenant).await;
    consent(node, &bound).await;
    bound
}

/// The second act: what moves value was not consented to before it.
pub(crate) async fn consent(node: &Node, bound: &Bound) {
    let consent = Command::Consent { grant: bound.grant, by: by() };
    let decision = node.command(bound.tenant, bound.task, consent, node.facts(0).unwrap()).await.unwrap();
    assert_eq!(decision.decided.reasons, vec![]);
}

pub(crate) async fn start_unconsented(node: &Node, tenant: TenantId) -> Bound {
    let task = TaskId::new(node.vault().random().unwrap());
    let start = Start {
        by: by(),
        subject: None,
        template: TemplateName::parse("pay").unwrap(),
        parameters: BTreeMap::from([("max".to_owned(), "500".to_owned())]),
        agent: AgentId::parse("payer").unwrap(),
        only: Vec::new(),
        seen: None,
    };
    let facts = node.facts(2).unwrap();
    let decision = node.command(tenant, task, Command::Start(Box::new(start)), facts).await.unwrap();
    assert_eq!(decision.decided.reasons, vec![]);
    let grant = decision.decided.grant.unwrap();
    let caller = Caller {
        agent: AgentId::parse("payer").unwrap(),
        assurance: Assurance::Software,
        attestation: None,
        instance: InstanceId::parse("test").unwrap(),
        key: KeyThumbprint::parse(&"k".repeat(43)).unwrap(),
        proof: None,
        road: Road::Socket,
    };
    let facts = Facts { caller: Some(caller.clone()), ..node.facts(0).unwrap() };
    let decision = node.command(tenant, task, Command::Bind { grant }, facts).await.unwrap();
    assert_eq!(decision.decided.reasons, vec![]);
    Bound { tenant, task, grant, epoch: node.control(tenant).unwrap().state.epoch, caller, mode: Mode::Cooperative }
}

pub(crate) fn pay(amount: &str) -> Asked {
    let arguments = format!(r#"{{"amount":"{amount}","currency":"EUR","iban":"DE89370400440532013000"}}"#);
    Asked {
        tool: ToolId::parse("bank/pay").unwrap(),
        arguments: json(&arguments),
        beside: json("null"),
        idempotency: None,
        continues: None,
        looked: None,
        declined: false,
        settle_within: Span::minutes(1),
        proof: None,
        server: None,
    }
}

pub(crate) fn code(attempted: &Attempted) -> Option<Code> {
    match attempted {
        Attempted::Refused { reasons, .. } => reasons.first().map(|reason| reason.code),
        _ => None,
    }
}
