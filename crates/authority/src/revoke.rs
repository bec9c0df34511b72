//! `POST /oauth/revoke` (RFC 7009): the holder of a grant ends it, by the grant's key or by an assertion of the agent.

use crate::answer::Refusal;
use crate::authority::Authority;
use crate::form::Form;
use crate::held::{done, not_yours};
use crate::registered::Registered;
use crate::token::of_failure;
use bailiwick_core::{Assurance, Caller, Code, Command, Digest, Ender, Facts, Micros, Road, Verdict};
use bailiwick_identity::{AccessToken, TokenRefusal};
use http::{HeaderMap, Response};
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
        let token = match self.own_token(text, now)? {
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

    /// Ends the grant; durable, and so effective, when this answers.
    async fn end(&self, token: &AccessToken, shown: &Shown) -> Result<(), Refusal> {
        // A token of a key that was retired may not end what another instance now holds.
        let (task, bound) = (token.claims().task, self.holds(token).await?);
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

#[cfg(test)]
mod tests;
