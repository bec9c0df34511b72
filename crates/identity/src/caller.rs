//! The caller: a token and its proof, read together. This is all that identity says upward.

use crate::{
    dpop::{Proof, ProofDoor, ProofRefusal, TokenBinding, check_remembering},
    key::KeySet,
    nonce::NonceKey,
    oauth::OauthError,
    token::{AccessToken, TokenCache, TokenDoor, TokenRefusal},
    url::PublicUrl,
};
use bailiwick_core::{AgentId, Digest, GrantId, KeyThumbprint, Micros, TaskId};
use std::sync::Arc;

/// The request at a door, as the door sees it.
#[derive(Debug, Clone, Copy)]
pub struct CallDoor<'a> {
    /// Tenant, issuer and resource.
    pub token: TokenDoor<'a>,
    /// The method, in capitals.
    pub method: &'a str,
    /// Of the configured public URL and the request's path.
    pub url: &'a PublicUrl,
    /// The tenant's key for nonces.
    pub nonces: &'a NonceKey,
}

/// Why a caller is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallerRefusal {
    /// The token is not taken.
    #[error(transparent)]
    Token(#[from] TokenRefusal),
    /// The proof is not taken.
    #[error(transparent)]
    Proof(#[from] ProofRefusal),
}

impl CallerRefusal {
    /// What the wire says.
    pub const fn oauth_error(&self) -> OauthError {
        match self {
            Self::Token(refusal) => refusal.oauth_error(),
            Self::Proof(refusal) => refusal.oauth_error(),
        }
    }

    /// What the peer is told.
    pub const fn peer_sentence(&self) -> &'static str {
        match self {
            Self::Token(refusal) => refusal.peer_sentence(),
            Self::Proof(refusal) => refusal.peer_sentence(),
        }
    }
}

/// What a caller presented, each part checked against the others. The node has still to find that the task's stream
/// names this key for this grant, that the epoch is the tenant's, and that the proof's id is new.
#[derive(Debug, Clone)]
pub struct Presented {
    token: Arc<AccessToken>,
    proof: Proof,
    audience: Option<Box<str>>,
}

impl Presented {
    /// The task that the token names.
    pub fn task(&self) -> TaskId {
        self.token.claims().task.task
    }
    /// The grant that the token names.
    pub fn grant(&self) -> GrantId {
        self.token.claims().task.grant
    }
    /// The epoch that the token was minted in.
    pub fn epoch(&self) -> u32 {
        self.token.claims().task.epoch
    }
    /// The agent that holds the grant.
    pub fn agent(&self) -> &AgentId {
        &self.token.claims().agent
    }
    /// The key that made the proof and that the token is bound to.
    pub const fn jkt(&self) -> &KeyThumbprint {
        self.proof.jkt()
    }
    /// The proof.
    pub const fn proof(&self) -> &Proof {
        &self.proof
    }
    /// SHA-256 of the token's text.
    pub fn token_id(&self) -> &Digest {
        self.token.digest()
    }
    /// When the token ends: a stream opened with it must end by then.
    pub fn expires(&self) -> Micros {
        self.token.expires()
    }
    /// The resource that was asked, if the door is one.
    pub fn audience(&self) -> Option<&str> {
        self.audience.as_deref()
    }
    /// The whole token.
    pub fn token(&self) -> &AccessToken {
        &self.token
    }
}

/// Reads who is calling out of a token and its proof.
///
/// # Errors
/// [`CallerRefusal`] of the first check that fails: the token's, then the proof's.
pub fn present(
    cache: &TokenCache,
    keys: &KeySet,
    door: &CallDoor<'_>,
    token: &[u8],
    proof: &[u8],
    now: Micros,
) -> Result<Presented, CallerRefusal> {
    let token = cache.check(token, keys, &door.token, now)?;
    let binding = TokenBinding { digest: token.digest(), jkt: &token.claims().jkt };
    let seen = ProofDoor { method: door.method, url: door.url, token: Some(binding), nonces: door.nonces };
    let proof = check_remembering(proof, &seen, now, token.proof_header())?;
    let audience = match door.token.audience {
        crate::Audience::Resource(resource) => Some(resource.into()),
        crate::Audience::AnyOfOurs => None,
    };
    Ok(Presented { token, proof, audience })
}

#[cfg(test)]
mod tests;
