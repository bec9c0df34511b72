//! `POST /oauth/revoke` (RFC 7009): the holder of a grant ends it, by the grant's key or by an assertion of the agent.

use crate::answer::{Refusal, no_store};
use crate::authority::Authority;
use crate::form::Form;
use crate::registered::Registered;
use crate::token::of_failure;
use bailiwick_core::{Assurance, Caller, Code, Command, Digest, Ender, Facts, Micros, Road, TaskState, Verdict};
use bailiwick_identity::{
    AccessToken, Audience, ProofDoor, ProofRefusal, TokenBinding, TokenDoor, TokenRefusal, check_proof, check_token,
    one_proof,
};
use bailiwick_node::{Failure, LiveControl};
use http::{HeaderMap, Response, StatusCode, header};
use hyper::body::Bytes;

/// How the holder showed itself.
enum Shown {
    /// By a registered key of the agent.
    Agent(Registered),
    /// By the key that the token is bound to.
    Key(Digest),
}

impl Authority {
    pub(crate) async fn revoke(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Micros,
    ) -> Result<Response<Bytes>, Refusal> {
        let form = Form::read(headers, body)?;
        let text = form.need("token")?;
        let registered = self.client(&form, now).await?;
        let door = TokenDoor { tenant: self.tenant(), issuer: self.urls().issuer(), audience: Audience::AnyOfOurs };
        let token = match check_token(text.as_bytes(), self.signing()?.as_ref(), &door, now) {
            Ok(token) => token,
            // We refuse more than RFC 7009 §2.2: a 200 here would say that the grant has ended, and it has not.
            Err(TokenRefusal::Expired { .. }) => {
                return Err(Refusal::bad(
                    "invalid_grant",
                    "the token has expired and its grant may live: ask for a new one",
                ));
            }
            // RFC 7009 §2.2: what is no token of ours is as revoked as can be.
            Err(_) => return Ok(done()),
        };
        let shown = match registered {
            // RFC 7009 §2.1: a token of another client is refused.
            Some(registered) if registered.agent != token.claims().agent => {
                return Err(Refusal::bad("invalid_grant", "the token is not this agent's"));
            }
            Some(registered) => Shown::Agent(registered),
            None => Shown::Key(self.proof_of(headers, crate::urls::REVOKE, (text, &token), now)?),
        };
        self.end(&token, &shown).await?;
        Ok(done())
    }

    /// A proof by the token's own key, for this very token.
    pub(crate) fn proof_of(
        &self,
        headers: &HeaderMap,
        path: &str,
        (text, token): (&str, &AccessToken),
        now: Micros,
    ) -> Result<Digest, Refusal> {
        let refuse = |refusal: ProofRefusal| Refusal::proof(&refusal);
        let mut sent = headers.get_all(header::AUTHORIZATION).iter();
        if sent.any(|value| value.as_bytes().strip_prefix(b"DPoP ").is_none_or(|other| other != text.as_bytes())) {
            return Err(Refusal::bad(
                "invalid_request",
                "`Authorization` may name the token of the form, and no other",
            ));
        }
        let proof = one_proof(headers.get_all("dpop").iter().map(|value| value.as_bytes())).map_err(refuse)?;
        let url = self.urls().proved(path);
        let url = url.map_err(|_| Refusal::unavailable("the public URL cannot be proved"))?;
        let binding = TokenBinding { digest: token.digest(), jkt: &token.claims().jkt };
        let door = ProofDoor { method: "POST", url: &url, token: Some(binding), nonces: self.nonces() };
        Ok(*check_proof(proof, &door, now).map_err(refuse)?.jti_hash())
    }

    /// Ends the grant; durable, and so effective, when this answers.
    async fn end(&self, token: &AccessToken, shown: &Shown) -> Result<(), Refusal> {
        let task = token.claims().task;
        let look = move |state: &TaskState, _: &LiveControl| state.grants.get(&task.grant).and_then(|g| g.key.clone());
        let bound = match self.node().look(self.tenant(), task.task, look).await {
            Ok(Some(bound)) => bound,
            Ok(None) | Err(Failure::NoTask) => return Err(not_yours()),
            Err(failure) => return Err(of_failure(&failure)),
        };
        // A token of a key that was retired may not end what another instance now holds.
        if bound.key != token.claims().jkt {
            return Err(not_yours());
        }
        let (attestation, proof) = match shown {
            Shown::Agent(registered) => (Some(registered.attestation), None),
            Shown::Key(proof) => (bound.attestation, Some(*proof)),
        };
        let caller = Caller {
            agent: token.claims().agent.clone(),
            assurance: Assurance::KeyOnly,
            attestation,
            instance: bound.instance,
            key: bound.key,
            proof,
            road: Road::Http,
        };
        let facts = self.node().facts(0).map_err(|failure| of_failure(&failure))?;
        let facts = Facts { caller: Some(caller), ..facts };
        let command = Command::EndGrant { grant: task.grant, who: Ender::Holder, why: Code::Revoked };
        let decision = self.node().command(self.tenant(), task.task, command, facts).await;
        // RFC 7009 §2.2.1: anything but a durable ending must not look like one.
        match decision.map_err(|failure| of_failure(&failure))?.decided.verdict {
            Verdict::Done => Ok(()),
            _ => Err(not_yours()),
        }
    }
}

pub(crate) fn not_yours() -> Refusal {
    Refusal::bad("invalid_grant", "the token is not of the key that holds the grant now")
}

fn done() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::OK;
    no_store(response.headers_mut());
    response
}

#[cfg(test)]
mod tests;
