//! Token exchange (RFC 8693), for delegation: the holder of a grant hands a part of it to another agent, and gets a token
//! that only that agent's key can use. The subject token is the delegator's own, proved by its key; the actor token is the
//! delegate's own, and names the key of its instance.

use crate::answer::{Refusal, json_response};
use crate::authority::Authority;
use crate::form::Form;
use crate::metadata::TASK_DETAIL;
use crate::registered::{Registered, Shown};
use crate::tasks::OpenTask;
use crate::token::of_failure;
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::{
    Assurance, Caller, Code, Command, Ender, Facts, GrantId, KeyThumbprint, Micros, Mode, Reason, Road, TaskId,
};
use bailiwick_identity::{AssertionRole, TOKEN_LIFE};
use bailiwick_node::{Bound, Desk, Handed, HandedOn, Waits};
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Bytes;
use serde_json::{Value, json};

/// RFC 8693 §2.1.
pub(crate) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// RFC 8693 §3.
const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";
const JWT_TYPE: &str = "urn:ietf:params:oauth:token-type:jwt";
/// What a request may cost to read: as much as a form may hold.
const DETAIL_LIMITS: Limits = Limits { bytes: 16 << 10, depth: 12, nodes: 2_048 };

impl Authority {
    pub(crate) async fn exchange(
        &self,
        headers: &HeaderMap,
        form: &Form,
        mode: Mode,
        now: Micros,
    ) -> Result<Response<Bytes>, Refusal> {
        let typed = |name: &str, expected: &str| match form.need(name)? {
            found if found == expected => Ok(()),
            _ => Err(Refusal::bad("invalid_request", format!("expected `{name}` `{expected}`"))),
        };
        typed("subject_token_type", ACCESS_TOKEN_TYPE)?;
        typed("actor_token_type", JWT_TYPE)?;
        if form.get("requested_token_type").is_some_and(|wanted| wanted != ACCESS_TOKEN_TYPE) {
            return Err(Refusal::bad("invalid_request", format!("the only token there is, is `{ACCESS_TOKEN_TYPE}`")));
        }
        let audience = self.audience(form)?;
        let (bound, proof) = self.delegator(headers, form.need("subject_token")?, mode, now).await?;
        self.is_client(form, &bound.caller.agent, now)?;
        let shown = self.show(form.need("actor_token")?, AssertionRole::Actor, now)?;
        let key = delegates_key(shown.confirmed(), &bound.caller.key)?;
        // Before anything is handed on, and before a person's yes is used: who cannot take it is told so at once.
        self.as_reviewed(&shown)?;
        let request = request(form, shown.agent().as_str())?;
        // The same actor token asks for the same grant: whoever lost the answer asks again.
        let own_key = format!("actor {}", shown.once());
        let idempotency = idempotency(headers)?.unwrap_or(&own_key);
        let desk = Desk::new(std::sync::Arc::clone(self.node()));
        let handed = desk.hand_on(&bound, request, Some(idempotency), Some(proof)).await;
        let handed = match handed.map_err(|failure| of_failure(&failure))? {
            HandedOn::Granted(handed) => handed,
            HandedOn::Refused { reasons, event, waits } => return Err(self.refused(reasons, event, waits)),
        };
        if !handed.live {
            return Err(Refusal::bad("invalid_grant", "what was handed on by this request has ended"));
        }
        if handed.again && handed.key.as_ref().is_some_and(|bound| *bound != key) {
            return Err(Refusal::bad(
                "invalid_grant",
                "what was handed on by this request is another instance's by now",
            ));
        }
        let chosen = chosen(bound.task, &handed);
        if handed.delegate != *shown.agent() {
            return Err(Refusal::bad("invalid_request", "the actor token is of another agent than the one asked for"));
        }
        if handed.key.as_ref() != Some(&key)
            && let Err(refusal) = self.taken(shown, &chosen, &key).await
        {
            self.take_back(&bound, handed.grant).await?;
            return Err(refusal);
        }
        self.exchanged(&chosen, &handed, &key, audience).await
    }

    /// Who hands on: the holder of the subject token, by the token's own key.
    async fn delegator(
        &self,
        headers: &HeaderMap,
        text: &str,
        mode: Mode,
        now: Micros,
    ) -> Result<(Bound, bailiwick_core::Digest), Refusal> {
        let invalid = |sentence: &str| Refusal::bad("invalid_request", format!("the subject token {sentence}"));
        let token = self.own_token(text, now)?.map_err(|_| invalid("is not valid here: ask for a new one"))?;
        // RFC 9449 §5: a request for a token has no `ath`. That it is the token's key is asked all the same.
        let proof = self.proof_at(headers, crate::urls::TOKEN, None, now)?;
        if *proof.jkt() != token.claims().jkt {
            return Err(invalid("is bound to another key than the one of the proof"));
        }
        let held = self.holds(&token).await?;
        let claim = token.claims().task;
        let caller = Caller {
            agent: token.claims().agent.clone(),
            assurance: Assurance::KeyOnly,
            attestation: held.attestation,
            instance: held.instance,
            key: held.key,
            proof: None,
            road: Road::Http,
        };
        let (tenant, task, grant, epoch) = (self.tenant(), claim.task, claim.grant, claim.epoch);
        Ok((Bound { tenant, task, grant, epoch, caller, mode }, *proof.jti_hash()))
    }

    /// The actor token is used up, and its instance takes the grant.
    async fn taken(&self, shown: Shown, chosen: &OpenTask, key: &KeyThumbprint) -> Result<(), Refusal> {
        let registered = self.use_up(shown, AssertionRole::Actor).await?;
        self.bind_delegate(chosen, &registered, key).await
    }

    /// The delegate's instance takes the grant.
    async fn bind_delegate(
        &self,
        chosen: &OpenTask,
        registered: &Registered,
        key: &KeyThumbprint,
    ) -> Result<(), Refusal> {
        let caller = Caller {
            agent: registered.agent.clone(),
            assurance: Assurance::KeyOnly,
            attestation: Some(registered.attestation),
            instance: registered.instance.clone().map_or_else(|| self.fresh_instance(), Ok)?,
            key: key.clone(),
            // The actor token was used up, and it was no proof of that key: the first call is.
            proof: None,
            road: Road::Http,
        };
        let facts = self.node().facts(0).map_err(|failure| of_failure(&failure))?;
        let facts = Facts { caller: Some(caller), software: registered.software.clone(), ..facts };
        let of = (self.tenant(), chosen.task);
        let facts = self.node().with_elsewhere(of, None, facts).await.map_err(|failure| of_failure(&failure))?;
        let command = Command::Bind { grant: chosen.grant };
        let decision = self.node().command(self.tenant(), chosen.task, command, facts).await;
        let decided = decision.map_err(|failure| of_failure(&failure))?.decided;
        decided.reasons.first().map_or(Ok(()), |reason| Err(crate::token::not_bound(reason)))
    }

    /// What was handed on and cannot be taken goes back; what the same request, made again meanwhile, took stays.
    async fn take_back(&self, bound: &Bound, grant: GrantId) -> Result<(), Refusal> {
        let facts = self.node().facts(0).map_err(|failure| of_failure(&failure))?;
        let command = Command::EndGrant { grant, who: Ender::Node, why: Code::NotPossible };
        let decision = self.node().command(bound.tenant, bound.task, command, facts).await;
        decision.map(|_| ()).map_err(|failure| of_failure(&failure))
    }

    /// A no; or that people are asked. What they sign is the request and not the actor token, so the same request with a
    /// fresh one goes on by their yes; it is asked again every 5 seconds at most (RFC 8628 §3.5, no `interval` given).
    fn refused(&self, reasons: Vec<Reason>, event: Option<u64>, waits: Option<Waits>) -> Refusal {
        let url = waits.and_then(|waits| self.approval_url(waits.approval));
        let waits = waits.map(|waits| json!({"approval": waits.approval, "until": waits.until, "url": url}));
        refused(reasons, event, &waits)
    }

    async fn exchanged(
        &self,
        chosen: &OpenTask,
        handed: &Handed,
        key: &KeyThumbprint,
        audience: Vec<String>,
    ) -> Result<Response<Bytes>, Refusal> {
        let minted = self.minted(chosen, &handed.delegate, key, audience).await?;
        // RFC 8693 §2.2.1, RFC 9396 §7.
        let detail = json!({
            "type": TASK_DETAIL, "task": chosen.task, "grant": chosen.grant, "epoch": minted.epoch, "rows": handed.rows,
        });
        let body = json!({
            "access_token": minted.token,
            "issued_token_type": ACCESS_TOKEN_TYPE,
            "token_type": "DPoP",
            "expires_in": TOKEN_LIFE.0 / 1_000_000,
            "authorization_details": [detail],
        });
        Ok(json_response(StatusCode::OK, &body))
    }
}

fn chosen(task: TaskId, handed: &Handed) -> OpenTask {
    OpenTask {
        task,
        grant: handed.grant,
        bound: handed.key.clone(),
        intent: None,
        purpose: None,
        part: true,
        idle: false,
        template: None,
    }
}

/// A token that is good for a key needs one, and for the delegate's, not for the delegator's own.
fn delegates_key(confirmed: Option<&KeyThumbprint>, delegators: &KeyThumbprint) -> Result<KeyThumbprint, Refusal> {
    let invalid = |sentence: &str| Refusal::bad("invalid_request", format!("the actor token {sentence}"));
    let key = confirmed.ok_or_else(|| invalid("names no key: the delegate puts its instance's into `cnf.jkt`"))?;
    if key == delegators {
        return Err(invalid("names the delegator's own key"));
    }
    Ok(key.clone())
}

/// What is asked for: one detail of our type (RFC 9396 §2), with the delegate put in.
fn request(form: &Form, delegate: &str) -> Result<Json, Refusal> {
    let bad = |sentence: String| Refusal::bad("invalid_authorization_details", sentence);
    let json = Json::parse(form.need("authorization_details")?.as_bytes(), &DETAIL_LIMITS)
        .map_err(|error| bad(format!("not strict JSON of a small size: {error}")))?;
    let [Json::Object(detail)] = json.as_array().unwrap_or_default() else {
        return Err(bad("expected an array of one detail".to_owned()));
    };
    let mut request = detail.clone();
    if request.remove("type").as_ref().and_then(Json::as_str) != Some(TASK_DETAIL) {
        return Err(bad(format!("the only type of detail is `{TASK_DETAIL}`")));
    }
    if request.insert("delegate", Json::from(delegate)).is_some() {
        return Err(bad("to whom work goes is said by the actor token, not by `delegate`".to_owned()));
    }
    Ok(Json::Object(request))
}

/// The `Idempotency-Key` of the request, where it has one.
fn idempotency(headers: &HeaderMap) -> Result<Option<&str>, Refusal> {
    let mut all = headers.get_all("idempotency-key").iter();
    let (first, more) = (all.next(), all.next());
    let text = first.map(|value| value.to_str()).transpose().ok().filter(|_| more.is_none());
    text.ok_or_else(|| Refusal::bad("invalid_request", "send one `Idempotency-Key` of visible characters"))
}

/// A refusal says of each axis what was asked and the most that could be had.
fn refused(reasons: Vec<Reason>, event: Option<u64>, waits: &Option<Value>) -> Refusal {
    let code = reasons.first().map_or(Code::NotPossible, |reason| reason.code);
    let error = match code {
        Code::ArgumentMalformed | Code::BeyondGrant => "invalid_authorization_details",
        Code::CallerUnknown | Code::KeyNotBound | Code::EpochPassed | Code::TaskEnded | Code::GrantEnded => {
            "invalid_grant"
        }
        Code::WindowClosed | Code::WindowNotOpen => "invalid_grant",
        // The words of RFC 8628 §3.5: nobody may have it, or somebody has to say yes first.
        Code::ApprovalNeeded => "authorization_pending",
        _ => "access_denied",
    };
    let told: Vec<Reason> = reasons.into_iter().map(Reason::told).collect();
    let sentence = told.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let listed: Vec<Value> = told
        .iter()
        .map(|reason| {
            let most = reason.allowed.as_ref().map(|condition| condition.words()).or_else(|| reason.most.clone());
            json!({"code": reason.code, "at": reason.at, "asked": reason.asked, "most": most,
                   "disposition": reason.code.disposition()})
        })
        .collect();
    let refused = json!({"event": event, "reasons": listed, "waits": waits});
    Refusal::bad(error, sentence).with("bailiwick_refused", refused)
}

#[cfg(test)]
mod tests;
