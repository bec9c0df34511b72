//! `POST /oauth/introspect` (RFC 7662): an agent asks about a token of its own. The answer is the stream's, not the
//! token's alone. About anybody else's token the answer is the one for no token.

use crate::answer::{Refusal, json_response};
use crate::authenticate::IncomingCall;
use crate::authority::Authority;
use crate::form::Form;
use bailiwick_core::{AgentId, ControlState, GrantId, Micros, TaskState};
use bailiwick_identity::{AccessToken, Audience};
use bailiwick_node::{Failure, LiveControl};
use http::{HeaderMap, Method, Response, StatusCode, header};
use hyper::body::Bytes;
use serde_json::{Value, json};

/// Whether a grant may act now, as far as its lineage, its agents and the tenant tell. Rules and meters are asked by a call.
pub(crate) fn lives(task: &TaskState, control: &ControlState, grant: GrantId, now: Micros) -> bool {
    let Some(lineage) = task.lineage(grant) else { return false };
    let open = |state: &&bailiwick_core::GrantState| {
        let window = state.envelope.as_ref().map(|envelope| envelope.window);
        state.standing.live()
            && window.is_some_and(|window| window.not_before <= now && now < window.expires)
            && control.agents.get(&state.holder).is_some_and(|entry| entry.active)
            && control.overtakes(task.requester.as_ref(), &state.holder, state.control).is_none()
    };
    control.running && task.epoch == control.epoch && task.standing.live() && lineage.iter().all(open)
}

impl Authority {
    pub(crate) async fn introspect(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Micros,
    ) -> Result<Response<Bytes>, Refusal> {
        let form = Form::read(headers, body)?;
        let text = form.need("token")?;
        let asks = self.asker(headers, &form, now).await?;
        let active = match self.own_token(text, now)? {
            Ok(token) if token.claims().agent == asks && self.stands(&token, now).await? => Some(token),
            _ => None,
        };
        Ok(json_response(StatusCode::OK, &active.map_or_else(|| json!({ "active": false }), |token| shown(&token))))
    }

    /// RFC 7662 §2.1: who asks is always made sure, here by an assertion or by a token of its own.
    async fn asker(&self, headers: &HeaderMap, form: &Form, now: Micros) -> Result<AgentId, Refusal> {
        if let Some(registered) = self.client(form, now).await? {
            return Ok(registered.agent);
        }
        if !headers.contains_key(header::AUTHORIZATION) {
            return Err(Refusal::client("send a `client_assertion`, or an access token of your own with its proof"));
        }
        let call = IncomingCall { method: &Method::POST, path: crate::urls::INTROSPECT, headers, body: None };
        let own = self.check_call(&call, Audience::AnyOfOurs, "", now, |_, _, _| ()).await?.0;
        self.appends_nothing(&own)?;
        Ok(own.presented().agent().clone())
    }

    /// Whether the stream names the token's key for its grant, and the grant may act.
    async fn stands(&self, token: &AccessToken, now: Micros) -> Result<bool, Refusal> {
        let claims = token.claims().clone();
        let look = move |task: &TaskState, control: &LiveControl| {
            let grant = task.grants.get(&claims.task.grant);
            let named = grant.and_then(|grant| grant.key.as_ref()).is_some_and(|bound| bound.key == claims.jkt);
            let held = grant.is_some_and(|grant| grant.holder == claims.agent);
            named
                && held
                && claims.task.epoch == control.state.epoch
                && lives(task, &control.state, claims.task.grant, now)
        };
        match self.node().look(self.tenant(), token.claims().task.task, look).await {
            Ok(stands) => Ok(stands),
            Err(Failure::NoTask) => Ok(false),
            Err(failure) => Err(Refusal::unavailable(failure.to_string())),
        }
    }
}

fn actor(agent: &AgentId, above: Option<Value>) -> Value {
    match above {
        Some(above) => json!({ "sub": agent, "act": above }),
        None => json!({ "sub": agent }),
    }
}

/// RFC 7662 §2.2, RFC 9449 §6.2, RFC 9396 §9.2.
fn shown(token: &AccessToken) -> Value {
    let claims = token.claims();
    // RFC 8693 §4.1: the newest actor is outermost, who handed on to it within
    let above = claims.delegators.iter().rev().fold(None, |above: Option<Value>, agent| Some(actor(agent, above)));
    json!({
        "act": actor(&claims.agent, above),
        "active": true,
        "iss": claims.issuer,
        "sub": claims.subject,
        "aud": claims.audience,
        "client_id": claims.agent,
        "jti": claims.jti,
        "iat": claims.issued.0 / 1_000_000,
        "exp": token.expires().0 / 1_000_000,
        "token_type": "DPoP",
        "cnf": { "jkt": claims.jkt },
        "authorization_details": [{
            "type": crate::metadata::TASK_DETAIL,
            "task": claims.task.task,
            "grant": claims.task.grant,
            "epoch": claims.task.epoch,
        }],
    })
}

#[cfg(test)]
mod tests;
