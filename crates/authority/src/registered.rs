//! Agents by their registered keys: assertions, checked and used up.

use crate::answer::Refusal;
use crate::authority::Authority;
use crate::form::Form;
use bailiwick_core::{AgentId, BadName, Digest, InstanceId, KeyThumbprint, Micros, Software, Version, sha256};
use bailiwick_identity::{Assertion, AssertionDoor, AssertionRefusal, AssertionRole, PresentedAssertion, PublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// Ids of assertions, among those that are used once.
const ONCE_ASSERTION: i32 = 1;
/// Ids of proofs that came without a stream to be unique in.
const ONCE_PROOF: i32 = 2;
const ATTESTED_BY_KEY: &[u8] = b"bailiwick attested by key 1\0";
/// RFC 7523 §2.2.
const CLIENT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An agent that showed one of its registered keys, once.
pub(crate) struct Registered {
    pub(crate) agent: AgentId,
    /// What attests the instance: the registered key, by name.
    pub(crate) attestation: Digest,
    /// What the instance calls itself, if it says so.
    pub(crate) instance: Option<InstanceId>,
    /// What it says that it runs, if it says so.
    pub(crate) software: Option<Software>,
}

/// An assertion by a registered key that is not used up yet.
pub(crate) struct Shown {
    assertion: Assertion,
    instance: Option<InstanceId>,
    software: Option<Software>,
}

impl Shown {
    pub(crate) const fn agent(&self) -> &AgentId {
        self.assertion.agent()
    }
    pub(crate) const fn confirmed(&self) -> Option<&KeyThumbprint> {
        self.assertion.confirmed()
    }
    pub(crate) const fn once(&self) -> &Digest {
        self.assertion.once()
    }
}

fn attestation(key: &KeyThumbprint) -> Digest {
    sha256(&[ATTESTED_BY_KEY, key.as_str().as_bytes()].concat())
}

/// Our own claims `instance`, `version` and `config`, of a payload that was verified and read strictly before.
fn own_claims(assertion: &str) -> Result<(Option<InstanceId>, Option<Software>), Refusal> {
    let payload = assertion.split('.').nth(1).and_then(|part| URL_SAFE_NO_PAD.decode(part).ok());
    let claims = payload.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    let claims = claims.unwrap_or_default();
    let instance = claim(&claims, "instance", InstanceId::parse)?;
    let (version, config) = (claim(&claims, "version", Version::parse)?, claim(&claims, "config", Digest::parse)?);
    Ok((instance, Some(Software { config, version }).filter(|software| !software.is_empty())))
}

fn claim<T>(
    claims: &serde_json::Value,
    name: &str,
    parse: fn(&str) -> Result<T, BadName>,
) -> Result<Option<T>, Refusal> {
    let bad = |expected: &dyn std::fmt::Display| {
        Refusal::bad("invalid_grant", format!("the assertion's `{name}` is not what it should be: {expected}"))
    };
    match claims.get(name) {
        None => Ok(None),
        Some(serde_json::Value::String(text)) => parse(text).map(Some).map_err(|error| bad(&error)),
        Some(_) => Err(bad(&"expected a text")),
    }
}

/// A key that cannot be read verifies nothing; the others still do.
fn keys_of(agent: &bailiwick_core::Agent) -> Vec<PublicKey> {
    agent.keys.iter().filter_map(|key| PublicKey::parse(key.canonical().as_bytes()).ok()).collect()
}

fn of_suspended(role: AssertionRole, agent: &AgentId, comes_back: bool) -> Refusal {
    let sentence = match comes_back {
        true => format!("{SUSPENDED}: a person lets it go on with `bailiwick agent resume {agent}`"),
        false => format!("{SUSPENDED} for good: it was offboarded"),
    };
    match role {
        AssertionRole::Grant => Refusal::bad("invalid_grant", sentence),
        AssertionRole::Actor => Refusal::bad("invalid_request", format!("actor token: {sentence}")),
        AssertionRole::Client => Refusal::client(sentence),
    }
}

/// What a refusal of a suspended agent's own key begins with.
const SUSPENDED: &str = "the agent is suspended";

impl Authority {
    /// Checks an assertion and writes nothing.
    pub(crate) fn show(&self, text: &str, role: AssertionRole, now: Micros) -> Result<Shown, Refusal> {
        let refuse = |refusal: &AssertionRefusal| match role {
            AssertionRole::Grant => Refusal::bad(refusal.oauth_error(role).as_str(), refusal.peer_sentence()),
            AssertionRole::Actor => {
                Refusal::bad(refusal.oauth_error(role).as_str(), format!("actor token: {}", refusal.peer_sentence()))
            }
            AssertionRole::Client => Refusal::client(refusal.peer_sentence()),
        };
        let presented = PresentedAssertion::parse(text.as_bytes()).map_err(|refusal| refuse(&refusal))?;
        let keys = self.registered_keys(presented.agent())?;
        let endpoint = self.urls().at(crate::urls::TOKEN);
        let door = AssertionDoor { issuer: self.urls().issuer(), token_endpoint: &endpoint };
        let assertion = presented.check(&keys, &door, now).map_err(|refusal| {
            // Only who holds its key is told of an agent that it is suspended; to all others it is not there.
            let own = self.suspended_keys(presented.agent());
            match !own.is_empty() && presented.check(&own, &door, now).is_ok() {
                true => of_suspended(role, presented.agent(), self.comes_back(presented.agent())),
                false => refuse(&refusal),
            }
        })?;
        let (instance, software) = own_claims(text)?;
        Ok(Shown { assertion, instance, software })
    }

    /// Whether an instance says that it runs what its agent's document says: `decide` asks again when it binds its key.
    pub(crate) fn as_reviewed(&self, shown: &Shown) -> Result<(), Refusal> {
        let control = self.control()?;
        let entry = control.state.agents.get(shown.agent());
        let software = shown.software.clone().unwrap_or_default();
        let unlike = entry.and_then(|entry| software.unlike(&entry.document));
        unlike.map_or(Ok(()), |(says, said)| Err(crate::token::other_software(&says, &said)))
    }

    /// Uses up an assertion. What it is shown for happens only if this is durable and the first time.
    pub(crate) async fn use_up(&self, shown: Shown, role: AssertionRole) -> Result<Registered, Refusal> {
        let Shown { assertion, instance, software } = shown;
        if !self.once(ONCE_ASSERTION, *assertion.once(), assertion.expires()).await? {
            let sentence = "the assertion was already used, make a new one for each request";
            return Err(match role {
                AssertionRole::Grant => Refusal::bad("invalid_grant", sentence),
                AssertionRole::Actor => Refusal::bad("invalid_request", format!("actor token: {sentence}")),
                AssertionRole::Client => Refusal::client(sentence),
            });
        }
        let (agent, attestation) = (assertion.agent().clone(), attestation(assertion.key()));
        Ok(Registered { agent, attestation, instance, software })
    }

    /// A client that authenticates itself by `client_assertion` (RFC 7523 §2.2), if it does.
    pub(crate) async fn client(&self, form: &Form, now: Micros) -> Result<Option<Registered>, Refusal> {
        match self.shown_client(form, now)? {
            Some(shown) => self.use_up(shown, AssertionRole::Client).await.map(Some),
            None => Ok(None),
        }
    }

    /// A client of the token endpoint may authenticate itself beside what it shows (RFC 6749 §3.2.1), and then it is the agent
    /// that it shows, or nobody: what a client sends to be checked is never left unread. It is not used up by that: each
    /// request has an assertion or a proof besides that is good once, and common clients send the same one for a while.
    pub(crate) fn is_client(&self, form: &Form, agent: &AgentId, now: Micros) -> Result<(), Refusal> {
        match self.shown_client(form, now)? {
            Some(client) if client.agent() != agent => {
                Err(Refusal::client("`client_assertion` is not by the agent whose request it is"))
            }
            _ => Ok(()),
        }
    }

    fn shown_client(&self, form: &Form, now: Micros) -> Result<Option<Shown>, Refusal> {
        let Some(text) = form.get("client_assertion") else { return Ok(None) };
        if form.need("client_assertion_type")? != CLIENT_ASSERTION {
            return Err(Refusal::client(format!("expected `client_assertion_type` `{CLIENT_ASSERTION}`")));
        }
        let shown = self.show(text, AssertionRole::Client, now)?;
        if shown.confirmed().is_some() {
            return Err(Refusal::client("the assertion is for the key that it names: it authenticates no client"));
        }
        if form.get("client_id").is_some_and(|named| named != shown.agent().as_str()) {
            return Err(Refusal::client("`client_id` is not the agent of the assertion"));
        }
        Ok(Some(shown))
    }

    /// None for an agent that is not there or may not act: it is answered as one whose key is wrong.
    pub(crate) fn registered_keys(&self, agent: &AgentId) -> Result<Vec<PublicKey>, Refusal> {
        let control = self.control()?;
        let entry = control.state.agents.get(agent).filter(|entry| entry.active);
        Ok(entry.map(|entry| keys_of(&entry.document)).unwrap_or_default())
    }

    fn suspended_keys(&self, agent: &AgentId) -> Vec<PublicKey> {
        let Ok(control) = self.control() else { return Vec::new() };
        let entry = control.state.agents.get(agent).filter(|entry| !entry.active);
        entry.map(|entry| keys_of(&entry.document)).unwrap_or_default()
    }

    /// Whether a person can let it go on.
    fn comes_back(&self, agent: &AgentId) -> bool {
        self.control().is_ok_and(|control| control.state.to_resume([agent]).is_some())
    }

    /// Takes a proof's id once, for requests that append to no stream but may not be repeated at any node.
    pub(crate) async fn proof_once(&self, id: Digest, now: Micros) -> Result<(), Refusal> {
        if self.once(ONCE_PROOF, id, now.after(bailiwick_core::PROOF_MEMORY)).await? {
            return Ok(());
        }
        Err(Refusal::proof(&bailiwick_identity::ProofRefusal::Replayed))
    }

    async fn once(&self, kind: i32, id: Digest, until: Micros) -> Result<bool, Refusal> {
        let (store, tenant) = (self.node().store().clone(), self.tenant());
        let taken = tokio::task::spawn_blocking(move || store.once(tenant, kind, id, until)).await;
        match taken {
            Ok(Ok(first)) => Ok(first),
            // Whether it was kept is not known: then it was used.
            Ok(Err(_)) | Err(_) => Err(Refusal::unavailable("the request could not be recorded, so nothing was done")),
        }
    }
}
