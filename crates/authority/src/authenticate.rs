//! Who calls a resource: the token, its proof, and what the task's stream says of them.

use crate::answer::Refusal;
use crate::authority::Authority;
use crate::failures::Share;
use bailiwick_core::{Assurance, Caller, Digest, GrantId, InstanceId, Micros, Mode, Road, TaskId, TaskState, sha256};
use bailiwick_identity::{
    Audience, CallDoor, CallerRefusal, OauthError, Presented, ProofRefusal, TokenDoor, TokenRefusal, one_proof, present,
};
use bailiwick_node::{Bound, Failure, LiveControl};
use http::{HeaderMap, Method, header};
use std::net::IpAddr;

/// A request at a resource, as far as its caller is in question.
#[derive(Debug, Clone, Copy)]
pub struct IncomingCall<'a> {
    /// The method.
    pub method: &'a Method,
    /// The request's path, without query; never taken from a forwarded header.
    pub path: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// SHA-256 of the body, where one came.
    pub body: Option<&'a Digest>,
}

/// A caller whose token and proof are good, with what the stream says of it. Made only by [`Authority::authenticate`].
///
/// Two things are left to who asked: a call that appends gives [`Authenticated::proof`] to the decision, which refuses one
/// that the stream has seen; a call that appends nothing goes through [`Authority::appends_nothing`] first.
#[derive(Debug, Clone)]
pub struct Authenticated {
    presented: Presented,
    caller: Caller,
    named: bool,
    used_in_stream: bool,
    nonce_here: bool,
}

impl Authenticated {
    /// The token and the proof.
    pub const fn presented(&self) -> &Presented {
        &self.presented
    }
    /// Who, with the proof.
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }
    /// The proof's id, which the stream takes once.
    pub const fn proof(&self) -> Option<Digest> {
        self.caller.proof
    }
    /// Whether the stream names this key for this grant. If not, a decision refuses the call and records it.
    pub const fn named(&self) -> bool {
        self.named
    }
    /// Whether the proof's nonce was given by this node.
    pub const fn nonce_here(&self) -> bool {
        self.nonce_here
    }
    /// As the node's desk takes it. `mode` is what whoever took the connection knows of it.
    pub fn bound(&self, authority: &Authority, mode: Mode) -> Bound {
        Bound {
            tenant: authority.tenant(),
            task: self.presented.task(),
            grant: self.presented.grant(),
            epoch: self.presented.epoch(),
            caller: Caller { proof: None, ..self.caller.clone() },
            mode,
        }
    }
}

/// What the stream says of a token's grant.
struct Named {
    instance: InstanceId,
    attestation: Option<Digest>,
    named: bool,
    used: bool,
}

impl Authority {
    /// Reads who is calling, at a resource of ours: the path of its metadata, as `/mcp` or `/mcp/{server}`.
    ///
    /// # Errors
    /// [`Refusal`], ready for the wire.
    pub async fn authenticate(
        &self,
        call: &IncomingCall<'_>,
        resource_path: &str,
        peer: IpAddr,
    ) -> Result<Authenticated, Refusal> {
        Ok(self.authenticate_and_look(call, resource_path, peer, |_, _, _| ()).await?.0)
    }

    /// As [`Authority::authenticate`], and takes a look of the caller's own at the grant's task with the same visit: what a
    /// door needs to know of the grant beside who calls.
    ///
    /// # Errors
    /// As for [`Authority::authenticate`].
    pub async fn authenticate_and_look<T: Send + 'static>(
        &self,
        call: &IncomingCall<'_>,
        resource_path: &str,
        peer: IpAddr,
        look: impl FnOnce(GrantId, &TaskState, &LiveControl) -> T + Send + 'static,
    ) -> Result<(Authenticated, T), Refusal> {
        let now = self.node().now();
        let sent = call.headers.get(header::AUTHORIZATION).map(|value| sha256(value.as_bytes()));
        if let Some(seconds) = self.failures.waits(peer, Share::NONE, now)
            && !sent.is_some_and(|sent| self.failures.was_good(&sent, now))
        {
            return Err(Refusal::too_many(seconds));
        }
        let resource = self.urls().at(resource_path);
        let checked = self.check_call(call, Audience::Resource(&resource), resource_path, now, look).await;
        match (&checked, sent) {
            (Ok(_), Some(sent)) => self.failures.good(sent, now),
            (Err(refusal), Some(_)) => self.failed(refusal, peer, Share::NONE, now),
            // Who sends no token tries none: an image on somebody's page asks like this.
            (_, None) => {}
        }
        checked
    }

    pub(crate) async fn check_call<T: Send + 'static>(
        &self,
        call: &IncomingCall<'_>,
        audience: Audience<'_>,
        resource_path: &str,
        now: Micros,
        look: impl FnOnce(GrantId, &TaskState, &LiveControl) -> T + Send + 'static,
    ) -> Result<(Authenticated, T), Refusal> {
        let metadata = self.urls().resource_metadata(resource_path);
        let refuse = |refusal: CallerRefusal| Refusal::caller(&refusal, &metadata);
        let token = one_token(call.headers, &metadata)?;
        let proofs = call.headers.get_all("dpop").iter().map(|value| value.as_bytes());
        let proof = one_proof(proofs).map_err(|refusal| refuse(refusal.into()))?;
        let url = self.urls().proved(call.path);
        let url =
            url.map_err(|_| Refusal::bad("invalid_request", "the path of the request is not one that can be proved"))?;
        let door = CallDoor {
            token: TokenDoor { tenant: self.tenant(), issuer: self.urls().issuer(), audience },
            method: call.method.as_str(),
            url: &url,
            nonces: self.nonces(),
        };
        let presented = present(&self.tokens, self.signing()?.as_ref(), &door, token, proof, now).map_err(refuse)?;
        if let Some(body) = call.body {
            presented.proof().check_body(body).map_err(|refusal| refuse(refusal.into()))?;
        }
        let epoch = self.control()?.state.epoch;
        if presented.epoch() != epoch {
            return Err(invalid("the access token was made before the store was restored", &metadata));
        }
        let nonce_here = presented.proof().nonce().node() == self.node_id();
        // Before the stream is looked at: a proof that was forgotten here in between stands there by then.
        let admitted = if nonce_here { self.replays.admit(presented.proof(), now) } else { Ok(()) };
        let found = self.named(&presented, look).await;
        let found = found.map_err(|failure| match failure {
            Failure::NoTask => refuse(TokenRefusal::Malformed { what: "no such task" }.into()),
            failure => Refusal::unavailable(failure.to_string()),
        })?;
        let Some((found, looked)) = found else { return Err(invalid("the access token is not valid here", &metadata)) };
        match admitted {
            Ok(()) => {}
            // The stream knows it: the decision says no, and the no is recorded.
            Err(ProofRefusal::Replayed) if found.used => {}
            Err(refusal) => return Err(refuse(refusal.into())),
        }
        let caller = Caller {
            agent: presented.agent().clone(),
            assurance: Assurance::KeyOnly,
            attestation: found.attestation,
            instance: found.instance,
            key: presented.jkt().clone(),
            proof: Some(*presented.proof().jti_hash()),
            road: Road::Http,
        };
        Ok((Authenticated { presented, caller, named: found.named, used_in_stream: found.used, nonce_here }, looked))
    }

    /// A call that turns out to append nothing. What it would be told, it is told only once, and only the bound key.
    ///
    /// # Errors
    /// [`Refusal`]: with another node's nonce it is asked to come again with ours, for only our own proofs are remembered
    /// here; a proof that the stream has seen, or a key that it does not name, is refused.
    pub fn appends_nothing(&self, caller: &Authenticated) -> Result<(), Refusal> {
        let path = caller.presented.audience().and_then(|resource| resource.strip_prefix(self.urls().issuer()));
        let metadata = self.urls().resource_metadata(path.unwrap_or_default());
        let refuse = |refusal: ProofRefusal| Err(Refusal::caller(&refusal.into(), &metadata));
        if !caller.nonce_here {
            return refuse(ProofRefusal::OtherNode);
        }
        if caller.used_in_stream {
            return refuse(ProofRefusal::Replayed);
        }
        if !caller.named {
            return Err(invalid("this key is not the one bound to the grant", &metadata));
        }
        Ok(())
    }

    /// A call that was begun: its proof's id stands in the task's stream, durably, and is no longer remembered here. Without
    /// this a node could take no more calls in a window than it can remember proofs.
    pub fn begun(&self, caller: &Authenticated) {
        self.replays.forget(caller.presented.proof());
    }

    /// What the stream says of the token's grant, and the look that goes with it; `None` for a grant that is not there, or
    /// is another agent's: our key signed what our authority never says.
    async fn named<T: Send + 'static>(
        &self,
        presented: &Presented,
        look: impl FnOnce(GrantId, &TaskState, &LiveControl) -> T + Send + 'static,
    ) -> Result<Option<(Named, T)>, Failure> {
        let (grant, agent): (GrantId, _) = (presented.grant(), presented.agent().clone());
        let (key, proof) = (presented.jkt().clone(), *presented.proof().jti_hash());
        let task: TaskId = presented.task();
        let both = move |task: &TaskState, control: &LiveControl| {
            let state = task.grants.get(&grant).filter(|state| state.holder == agent)?;
            let used = task.proofs.contains_key(&proof);
            let named = match state.key.as_ref().filter(|bound| bound.key == key) {
                Some(bound) => {
                    Named { instance: bound.instance.clone(), attestation: bound.attestation, named: true, used }
                }
                // The decision says no to it whatever it calls itself, and records it.
                None => Named { instance: InstanceId::parse("unnamed").ok()?, attestation: None, named: false, used },
            };
            Some((named, look(grant, task, control)))
        };
        self.node().look(self.tenant(), task, both).await
    }
}

fn invalid(sentence: &str, metadata: &str) -> Refusal {
    Refusal::challenged(Some(OauthError::InvalidToken.as_str()), sentence, metadata)
}

/// The token of the one `Authorization` header (RFC 9449 §7.1).
fn one_token<'a>(headers: &'a HeaderMap, metadata: &str) -> Result<&'a [u8], Refusal> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let first = all.next().ok_or_else(|| Refusal::challenged(None, "send an access token with its proof", metadata))?;
    if all.next().is_some() {
        return Err(Refusal::bad("invalid_request", "send one `Authorization` header"));
    }
    let text = first.as_bytes();
    let at = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
    let (scheme, token) = text.split_at_checked(at).unwrap_or((text, &[]));
    // RFC 9110 §11.1: the name of a scheme has no case.
    if scheme.eq_ignore_ascii_case(b"bearer") {
        // RFC 9449 §7.2: a bound token is no bearer token.
        return Err(invalid("send the access token with the scheme DPoP and a proof, not as a bearer token", metadata));
    }
    if !scheme.eq_ignore_ascii_case(b"dpop") {
        return Err(Refusal::challenged(None, "send an access token with its proof", metadata));
    }
    let start = token.iter().position(|byte| *byte != b' ').unwrap_or(token.len());
    Ok(token.get(start..).unwrap_or_default())
}

#[cfg(test)]
mod tests;
