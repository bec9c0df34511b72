//! The tenant of every run: one bank, five agents, their people, policies, templates and mandates. Of all that the runs that
//! are not wide use a part.

pub(crate) mod pump;
pub(crate) mod wide;

use crate::chance::Chance;
use bailiwick_catalogue::{Seen, ToolWords, server_identity};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    Assurance, By, ControlCommand, Digest, Document, Effect, Egress, Micros, PersonId, PinnedTool, Reversibility,
    ServerName, Standing, TenantId, ToolId,
};
use bailiwick_node::{LiveControl, Vault};
use bailiwick_record::{Fill, KeyError, KeyName, Root, Secret, Wrapped};
use bailiwick_store::{Ledger, MemoryStore};
use pump::Pump;
use std::sync::{Arc, Mutex, PoisonError};

/// The one tenant.
pub(crate) const TENANT: TenantId = TenantId::new([0xba; 16]);
/// When every run begins.
/// A minute before midnight in Los Angeles, so that a day of a mandate is over in the middle of it.
pub(crate) const DAWN: Micros = Micros(1_799_999_940_000_000);
/// The agents.
pub(crate) const AGENTS: [&str; 5] = ["agent-1", "agent-2", "agent-3", "agent-4", "agent-5"];
/// The people; the last of them only in wide runs.
pub(crate) const PEOPLE: [&str; 3] = ["ada", "bo", "cy"];
/// The templates: one that ends within a run, one that does not.
pub(crate) const TEMPLATES: [&str; 2] = ["short", "long"];
/// What the bank offers: name, effect, reversibility, schema's properties, binding.
const TOOLS: [(&str, Effect, Reversibility, &str, &str); 5] = [
    ("balance", Effect::Read, Reversibility::ReadOnly, "{}", "{}"),
    ("draft", Effect::Read, Reversibility::ReadOnly, r#"{"id":{"type":"string"}}"#, "{}"),
    (
        wide::SENDS,
        Effect::Share,
        Reversibility::ByOthers,
        r#"{"id":{"type":"string"}}"#,
        r#"{"referents":[{"at":"/id","read":{"tool":"draft","arguments":{"/id":"/id"},"version":"/etag","show":["/body"]}}]}"#,
    ),
    ("note", Effect::Write, Reversibility::ByOthers, r#"{"text":{"type":"string"}}"#, "{}"),
    (
        "pay",
        Effect::Transfer,
        Reversibility::Irreversible,
        r#"{"amount":{"type":"string"},"key":{"type":"string"},"to":{"type":"string"}}"#,
        r#"{"arguments":{"/amount":{"role":"measure","currency":"EUR"},"/key":{"role":"idempotency"}}}"#,
    ),
];

/// Reads JSON of our own.
///
/// # Errors
/// The sentence when it is none.
pub(crate) fn json(text: &str) -> Result<Json, String> {
    Json::parse(text.as_bytes(), &Limits::default()).map_err(|error| format!("{error}: {text}"))
}

/// A tool of the bank.
///
/// # Errors
/// The sentence when the name is none.
pub(crate) fn tool(name: &str) -> Result<ToolId, String> {
    ToolId::parse(&format!("bank/{name}")).map_err(|error| error.to_string())
}

/// A person's act.
///
/// # Errors
/// The sentence when the name is none.
pub(crate) fn by(person: &str) -> Result<By, String> {
    let person = PersonId::parse(person).map_err(|error| error.to_string())?;
    Ok(By { assurance: Assurance::Local, person })
}

fn documents() -> Result<Vec<Document>, String> {
    let mut texts = vec![
        r#"{"kind":"role","name":"clerk","allow":[{"tools":["bank/*"],"effects":["read","write","transfer","share"]},
            {"tools":["bailiwick/delegate"],"effects":["delegate"]}]}"#
            .to_owned(),
        r#"{"kind":"server","name":"bank","transport":{"http":{"url":"https://bank.example/mcp"}}}"#.to_owned(),
        r#"{"kind":"policy","name":"all","cedar":"@id(\"any\")\npermit (principal, action, resource);"}"#.to_owned(),
    ];
    let agents = AGENTS.map(|agent| format!("\"{agent}\"")).join(",");
    for (name, window) in TEMPLATES.into_iter().zip(["1m", "1h"]) {
        texts.push(format!(
            r#"{{"kind":"template","name":"{name}","purpose":"accounts-payable","intent":"Pay at most {{max}}",
            "parameters":{{"max":{{"kind":"amount","currency":"EUR","at_most":"500.00"}}}},
            "start":{{"who":["anyone"],"agents":[{agents}]}},"window":"{window}","grant":[
            {{"tools":["bank/balance"],"resources":"any"}},
            {{"tools":["bank/note"],"effect":"write","uses":30,"meters":{{"calls":{{"window":{{"most":"6","over":"30s"}}}}}}}},
            {{"tools":["bank/pay"],"effect":"transfer","uses":40,
              "meters":{{"EUR":{{"each":"100.00","total":"{{max}}","window":{{"most":"250.00","over":"1m"}}}}}}}}]}}"#
        ));
    }
    for (name, effect, reversibility, _, bind) in TOOLS {
        let effect = effect.as_str();
        let reversibility = serde_word(reversibility);
        texts.push(format!(
            r#"{{"kind":"tool","tool":"bank/{name}","effect":"{effect}","reversibility":"{reversibility}","bind":{bind}}}"#
        ));
    }
    texts.extend(wide::texts());
    let read = |text: &String| Document::read(&json(text)?).map_err(|error| format!("{error}: {text}"));
    let who = AGENTS.into_iter().map(wide::agent).chain(PEOPLE.into_iter().map(person));
    who.chain(texts.iter().map(read)).collect()
}

/// A person, as they are described; and again, once they had left.
///
/// # Errors
/// The sentence when the document is none.
pub(crate) fn person(name: &str) -> Result<Document, String> {
    let roles = r#"["administrator","approver","break-glass"]"#;
    let text = format!(r#"{{"kind":"person","name":"{name}","roles":{roles}}}"#);
    Document::read(&json(&text)?).map_err(|error| format!("{error}: {text}"))
}

const fn serde_word(reversibility: Reversibility) -> &'static str {
    match reversibility {
        Reversibility::ReadOnly => "read-only",
        Reversibility::ByOthers => "by-others",
        _ => "irreversible",
    }
}

type Blobs = Vec<(Digest, Vec<u8>)>;

fn review(control: &LiveControl) -> Result<(ControlCommand, Blobs), String> {
    let server = ServerName::parse("bank").map_err(|error| error.to_string())?;
    let document = &control.state.servers.get(&server).ok_or("the bank is not there")?.document;
    let identity = server_identity(document, &Seen::default());
    let mut blobs = Vec::new();
    let mut tools = Vec::new();
    for (name, effect, reversibility, properties, _) in TOOLS {
        let entry = json(&format!(
            r#"{{"name":"{name}","inputSchema":{{"type":"object","additionalProperties":false,"properties":{properties}}}}}"#
        ))?;
        let words = ToolWords::read(&entry).map_err(|error| error.to_string())?;
        blobs.push((words.digest(), words.bytes()));
        tools.push(PinnedTool {
            effect,
            egress: Egress::None,
            pin: words.pin(&identity),
            reversibility,
            standing: Standing::Reviewed,
            tool: tool(name)?,
            words: words.digest(),
        });
    }
    Ok((ControlCommand::Review { accepted: Vec::new(), by: by("ada")?, server, identity, tools }, blobs))
}

/// Makes the tenant in an empty store, by an engine of its own and without any fault; answers its control. For a wide run
/// everybody has a passkey; where tasks are held and erased, a rule says for how long they are kept.
///
/// # Errors
/// The sentence when a command is refused.
pub(crate) fn open(
    store: &MemoryStore,
    vault: &Arc<Vault>,
    (wide, keeps): (bool, bool),
) -> Result<Arc<LiveControl>, String> {
    store.open_tenant(TENANT, "default").map_err(|error| error.to_string())?;
    vault.open_tenant(store, TENANT).map_err(|error| error.to_string())?;
    let mut pump = Pump::new(store, vault, DAWN);
    let opened = ControlCommand::Open { name: "default".to_owned(), origin: "example/log".to_owned(), epoch: 1 };
    pump.govern(opened, Vec::new())?;
    let mut documents = documents()?;
    if keeps {
        documents.push(wide::keep()?);
    }
    let apply = ControlCommand::Apply { by: by("ada")?, documents, removed: Vec::new() };
    pump.govern(apply, Vec::new())?;
    let (command, blobs) = review(pump.control()?.as_ref())?;
    pump.govern(command, blobs)?;
    for command in wide::enrolments()?.into_iter().filter(|_| wide) {
        pump.govern(command, Vec::new())?;
    }
    let control = pump.control()?;
    match control.catalogue.problems().first() {
        Some(problem) => Err(format!("the catalogue has a problem: {problem:?}")),
        None => Ok(control),
    }
}

/// A root that hides nothing: what lies under it is as real as in the product.
#[derive(Debug)]
struct OpenRoot;

impl Root for OpenRoot {
    fn version(&self) -> i32 {
        1
    }
    fn mark(&self) -> bailiwick_core::Digest {
        bailiwick_core::Digest::new([1; 32])
    }
    fn wrap(&self, _: &KeyName, key: &Secret, _: Fill<'_>) -> Result<Wrapped, KeyError> {
        Ok(Wrapped { by: 1, bytes: key.expose().to_vec() })
    }
    fn unwrap(&self, _: &KeyName, wrapped: &Wrapped) -> Result<Secret, KeyError> {
        let mut bytes: [u8; 32] = wrapped.bytes.as_slice().try_into().map_err(|_| KeyError::Form)?;
        Ok(Secret::take(&mut bytes))
    }
}

/// A vault that draws from the seed.
pub(crate) fn vault(chance: Chance) -> Arc<Vault> {
    let chance = Mutex::new(chance);
    let fill = move |out: &mut [u8]| {
        chance.lock().unwrap_or_else(PoisonError::into_inner).fill(out);
        Ok(())
    };
    Arc::new(Vault::new(Box::new(OpenRoot), Arc::new(fill)))
}
