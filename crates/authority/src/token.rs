//! `POST /oauth/token`: an assertion by a registered key (RFC 7523) becomes a token bound to the proof's key (RFC 9449),
//! once the stream of the task durably names that key.

use crate::answer::{Refusal, json_response};
use crate::authority::Authority;
use crate::choose::{Wanted, choose};
use crate::exchange::TOKEN_EXCHANGE;
use crate::failures::of_token;
use crate::form::Form;
use crate::metadata::{JWT_BEARER, TASK_DETAIL};
use crate::person::{Named, opaque};
use crate::registered::Registered;
use crate::tasks::OpenTask;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    AgentId, Assurance, Caller, Code, Command, Facts, GrantId, InstanceId, KeyThumbprint, Micros, Mode, Reason, Road,
    Salt, TaskId, TaskState, Verdict,
};
use bailiwick_identity::{
    AUDIENCES_MAX, AssertionRole, Claims, Proof, ProofRefusal, TOKEN_LIFE, TaskClaim, mint_token,
};
use bailiwick_node::{Failure, LiveControl};
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::json;

const DETAILS_LIMITS: Limits = Limits { bytes: 4 << 10, depth: 4, nodes: 64 };

/// What is read of the stream for a token.
struct Bound {
    holder: AgentId,
    delegators: Vec<AgentId>,
    person: Named,
    epoch: u32,
    key: Option<bailiwick_core::BoundKey>,
}

/// A token, and the epoch that it is of.
pub(crate) struct Minted {
    pub(crate) token: String,
    pub(crate) epoch: u32,
}

impl Authority {
    pub(crate) async fn token(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        mode: Mode,
        now: Micros,
    ) -> Result<Response<Bytes>, Refusal> {
        let form = Form::read(headers, body)?;
        match form.need("grant_type")? {
            JWT_BEARER => {}
            TOKEN_EXCHANGE => return self.exchange(headers, &form, mode, now).await,
            _ => {
                let sentence = format!("expected `grant_type` `{JWT_BEARER}` or `{TOKEN_EXCHANGE}`");
                return Err(Refusal::bad("unsupported_grant_type", sentence));
            }
        }
        // The proof first: a client that only lacks a nonce may send the very same assertion again.
        let proof = self.proof_at(headers, crate::urls::TOKEN, None, now)?;
        let audience = self.audience(&form)?;
        let named = named_task(&form)?;
        let shown = self.show(form.need("assertion")?, AssertionRole::Grant, now)?;
        // One that names a key is for that key alone: whoever was given it to hand work on cannot be its agent.
        if shown.confirmed().is_some_and(|key| key != proof.jkt()) {
            return Err(Refusal::bad(
                "invalid_grant",
                "the assertion is for the key that it names, and the proof is by another",
            ));
        }
        if form.get("client_id").is_some_and(|client| client != shown.agent().as_str()) {
            return Err(Refusal::bad("invalid_grant", "`client_id` is not the agent of the assertion"));
        }
        self.proof_once(*proof.jti_hash(), now).await?;
        self.is_client(&form, shown.agent(), now)?;
        let registered = self.use_up(shown, AssertionRole::Grant).await?;
        let open = self.tasks().open(self.tenant(), &registered.agent).await.map_err(|failure| of_failure(&failure))?;
        if open.is_empty() && !self.control()?.state.running {
            let sentence = "all work of this tenant is stopped: a person lets it go on with `bailiwick tenant resume`, \
                            then starts a task";
            return Err(Refusal::bad("authorization_pending", sentence)
                .with("bailiwick_stopped", serde_json::Value::Bool(true)));
        }
        let chosen = choose(&open, named, proof.jkt(), |task| self.instances.place(task, now))?;
        self.bind(chosen, &registered, &proof).await?;
        let minted = self.minted(chosen, &registered.agent, proof.jkt(), audience).await?;
        let detail = json!({
            "type": TASK_DETAIL, "task": chosen.task, "grant": chosen.grant, "epoch": minted.epoch,
        });
        // RFC 6749 §5.1, RFC 9449 §5, RFC 9396 §7.
        let body = json!({
            "access_token": minted.token,
            "token_type": "DPoP",
            "expires_in": TOKEN_LIFE.0 / 1_000_000,
            "authorization_details": [detail],
        });
        Ok(json_response(StatusCode::OK, &body))
    }

    /// RFC 8707 §2. We refuse more: a token without a resource would be one for all of them.
    pub(crate) fn audience(&self, form: &Form) -> Result<Vec<String>, Refusal> {
        let asked = form.all("resource");
        let bad = |sentence: String| Refusal::bad("invalid_target", sentence);
        if asked.is_empty() {
            return Err(bad(format!(
                "name the `resource` that the token is for, such as `{}`",
                self.urls().at("/mcp")
            )));
        }
        if asked.len() > AUDIENCES_MAX {
            return Err(bad(format!("{} resources are named, the limit is {AUDIENCES_MAX}", asked.len())));
        }
        let control = self.control()?;
        let known = |resource: &&String| self.urls().resource_path(resource, &control.state).is_some();
        match asked.iter().find(|resource| !known(resource)) {
            Some(other) => Err(bad(format!("`{}` is no resource of this server", other.escape_default()))),
            None => Ok(asked.to_vec()),
        }
    }

    /// Binds the key. Durable when this answers; asked again with the same key it is so already.
    async fn bind(&self, chosen: &OpenTask, registered: &Registered, proof: &Proof) -> Result<(), Refusal> {
        let bound = self.read(chosen.task, chosen.grant).await?.ok_or_else(gone)?;
        let own = bound.key.filter(|bound| bound.key == *proof.jkt());
        // A key is one instance's: whoever has bound it is attested anew, and keeps what it has open.
        let instance = match (own, &registered.instance) {
            (Some(own), None) => own.instance,
            (Some(own), Some(named)) if own.instance == *named => own.instance,
            (Some(_), Some(_)) => return Err(Refusal::bad("invalid_grant", "this key belongs to another instance")),
            (None, Some(named)) => named.clone(),
            (None, None) => self.fresh_instance()?,
        };
        let caller = Caller {
            agent: registered.agent.clone(),
            assurance: Assurance::KeyOnly,
            attestation: Some(registered.attestation),
            instance,
            key: proof.jkt().clone(),
            proof: Some(*proof.jti_hash()),
            road: Road::Http,
        };
        let facts = self.node().facts(0).map_err(|failure| of_failure(&failure))?;
        let facts = Facts { caller: Some(caller), software: registered.software.clone(), ..facts };
        let of = (self.tenant(), chosen.task);
        let facts = self.node().with_elsewhere(of, None, facts).await.map_err(|failure| of_failure(&failure))?;
        let command = Command::Bind { grant: chosen.grant };
        let decision = self.node().command(self.tenant(), chosen.task, command, facts).await;
        let decided = decision.map_err(|failure| of_failure(&failure))?.decided;
        match (decided.verdict, decided.reasons.first()) {
            // A crash from here on costs a token, not a grant: the same request with a new assertion gives one.
            (Verdict::Done, _) => Ok(()),
            (_, Some(reason)) if reason.code == Code::ProofReplayed => Err(Refusal::proof(&ProofRefusal::Replayed)),
            (_, Some(reason)) => Err(not_bound(reason)),
            (_, None) => Err(gone()),
        }
    }

    pub(crate) fn fresh_instance(&self) -> Result<InstanceId, Refusal> {
        let no_chance = |_| Refusal::unavailable("there is no randomness");
        let salt = Salt::new(self.node().vault().random().map_err(no_chance)?);
        InstanceId::parse(&format!("i-{salt}")).map_err(|_| Refusal::unavailable("no name could be made"))
    }

    async fn read(&self, task: TaskId, grant: GrantId) -> Result<Option<Bound>, Refusal> {
        let look = move |task: &TaskState, control: &LiveControl| {
            let lineage = task.lineage(grant)?;
            let (own, above) = lineage.split_last()?;
            Some(Bound {
                holder: own.holder.clone(),
                delegators: above.iter().rev().map(|grant| grant.holder.clone()).collect(),
                person: Named::of(task),
                epoch: control.state.epoch,
                key: own.key.clone(),
            })
        };
        self.node().look(self.tenant(), task, look).await.map_err(|failure| of_failure(&failure))
    }

    /// A token for what the stream says that this key holds.
    pub(crate) async fn minted(
        &self,
        chosen: &OpenTask,
        agent: &AgentId,
        key: &KeyThumbprint,
        audience: Vec<String>,
    ) -> Result<Minted, Refusal> {
        // Read again: what the token says is what the stream says now, not what it said before the append.
        let bound = self.read(chosen.task, chosen.grant).await?.ok_or_else(gone)?;
        let key = bound.key.filter(|bound| bound.key == *key).ok_or_else(gone)?;
        if bound.holder != *agent {
            return Err(gone());
        }
        let no_chance = |_| Refusal::unavailable("there is no randomness");
        let vault = self.node().vault();
        let claims = Claims {
            issuer: self.urls().issuer().to_owned(),
            audience,
            subject: opaque(vault, self.tenant(), &bound.person).map_err(|failure| of_failure(&failure))?,
            agent: bound.holder,
            delegators: bound.delegators,
            jkt: key.key,
            jti: Salt::new(vault.random().map_err(no_chance)?),
            issued: self.node().now(),
            task: TaskClaim { task: chosen.task, grant: chosen.grant, epoch: bound.epoch },
        };
        let minted = mint_token(self.signing()?.as_ref(), &claims);
        let token = minted.map_err(|_| Refusal::unavailable("the token could not be signed"))?;
        self.instances.minted(chosen.grant, chosen.task, claims.issued);
        // Its first call does not wait for what others at its address get wrong.
        self.failures.good(of_token(&token), claims.issued);
        Ok(Minted { token, epoch: bound.epoch })
    }
}

/// Why a key is not bound. What an instance runs is its own word, and it is told what was expected of it.
pub(crate) fn not_bound(reason: &Reason) -> Refusal {
    match (reason.code, &reason.asked, &reason.most) {
        (Code::ContextChanged, Some(says), Some(said)) => other_software(says, said),
        (code, ..) => Refusal::bad("invalid_grant", code.sentence()),
    }
}

pub(crate) fn other_software(says: &str, said: &str) -> Refusal {
    let sentence = format!("the instance says that it runs {says}, and its agent's document says {said}");
    Refusal::bad("invalid_grant", sentence)
}

fn gone() -> Refusal {
    Refusal::bad("invalid_grant", "the task ended, or another instance took it, in this moment")
}

pub(crate) fn of_failure(failure: &Failure) -> Refusal {
    match failure {
        Failure::NoTask => Refusal::bad("invalid_grant", "this agent has no open task of that id"),
        failure => Refusal::unavailable(failure.to_string()),
    }
}

/// RFC 9396 §2 and §5: one detail of our type, nothing in it that we do not know.
fn named_task(form: &Form) -> Result<Option<Wanted>, Refusal> {
    let Some(text) = form.get("authorization_details") else { return Ok(None) };
    let bad = |sentence: &str| Refusal::bad("invalid_authorization_details", sentence);
    let json = Json::parse(text.as_bytes(), &DETAILS_LIMITS).map_err(|_| bad("not strict JSON of a small size"))?;
    let [detail] = json.as_array().unwrap_or_default() else { return Err(bad("expected an array of one detail")) };
    let members = detail.as_object().ok_or_else(|| bad("a detail is an object"))?;
    if members.keys().any(|name| !matches!(name, "type" | "task" | "grant")) {
        return Err(bad("a detail of type `bailiwick_task` has `type` and `task`, perhaps `grant`, and nothing more"));
    }
    if members.get("type").and_then(Json::as_str) != Some(TASK_DETAIL) {
        return Err(bad("the only type of detail is `bailiwick_task`"));
    }
    let task = members.get("task").and_then(Json::as_str).and_then(|text| TaskId::parse(text).ok());
    let task = task.ok_or_else(|| bad("`task` is a task's id: 32 characters of 0-9 and a-f"))?;
    let grant = members.get("grant").map(|grant| grant.as_str().and_then(|text| GrantId::parse(text).ok()));
    match grant {
        Some(None) => Err(bad("`grant` is a grant's id: 32 characters of 0-9 and a-f")),
        Some(grant) => Ok(Some((task, grant))),
        None => Ok(Some((task, None))),
    }
}

#[cfg(test)]
mod tests;
