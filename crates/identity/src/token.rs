//! Our access token: RFC 9068, ES256, five minutes, bound to a key. It names a grant and holds no limit of it.

mod cache;
mod claims;

use crate::{
    bytes::sha256,
    dpop::Header,
    jose::{JoseError, Jws, KeyAlg, KeyIs, Shape, sign},
    key::{KeySet, SigningKeyError},
    oauth::OauthError,
};
use bailiwick_core::{Digest, KeyThumbprint, Micros, Span, TenantId};

pub use cache::TokenCache;
pub use claims::{AUDIENCES_MAX, Claims, LINEAGE_DEPTH_MAX, TaskClaim};

/// How long a token lives.
pub const TOKEN_LIFE: Span = Span::minutes(5);
/// How far the node that minted a token may be ahead of the node that reads it.
pub const TOKEN_AHEAD_MAX: Span = Span::seconds(10);

const SHAPE: Shape = Shape {
    // RFC 9068 §2.1 and §4 step 1: so that no other JWT of ours is taken for an access token.
    typ: &["at+jwt", "application/at+jwt"],
    typ_optional: false,
    algs: &[KeyAlg::Es256],
    key: KeyIs::Known,
};

/// Why an access token is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenRefusal {
    /// Not a signed message of the right kind.
    #[error("the access token is not acceptable: {0}")]
    Jose(#[from] JoseError),
    /// Signed, by its header, with a key that is not ours or no longer ours.
    #[error("the access token names no key of this tenant's set")]
    UnknownKey,
    /// Claims that our authority never writes.
    #[error("the access token's claims are not ours: {what}")]
    Malformed {
        /// Which.
        what: &'static str,
    },
    /// Of another issuer, as of another tenant.
    #[error("the access token is of another issuer")]
    OtherIssuer,
    /// For another resource.
    #[error("the access token is for another resource")]
    OtherAudience,
    /// Its time is over.
    #[error("the access token expired {seconds} s ago")]
    Expired {
        /// How long ago.
        seconds: u64,
    },
    /// Minted by a clock that is ahead.
    #[error("the access token is from {seconds} s in the future")]
    Ahead {
        /// How far.
        seconds: u64,
    },
    /// Lives longer than any that we mint.
    #[error("the access token lives {seconds} s, the limit is {limit} s", limit = TOKEN_LIFE.0 / 1_000_000)]
    LivesTooLong {
        /// How long.
        seconds: u64,
    },
    /// Bound to no key.
    #[error("the access token is bound to no key")]
    NotBound,
}

impl TokenRefusal {
    /// What the wire says.
    pub const fn oauth_error(&self) -> OauthError {
        OauthError::InvalidToken
    }

    /// What the peer is told: nothing that helps to make a better forgery.
    pub const fn peer_sentence(&self) -> &'static str {
        match self {
            Self::Expired { .. } => "the access token has expired, ask for a new one",
            Self::OtherAudience => "the access token is for another resource, ask for one for this URL",
            _ => "the access token is not valid here",
        }
    }
}

/// Which resource a token must be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Audience<'a> {
    /// Exactly this URL of our RFC 9728 metadata.
    Resource(&'a str),
    /// Any: only to speak *about* a token (RFC 7009, RFC 7662), never to act with it.
    AnyOfOurs,
}

/// The place where a token is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenDoor<'a> {
    /// The tenant; nothing checked for one is remembered for another.
    pub tenant: TenantId,
    /// The tenant's issuer URL.
    pub issuer: &'a str,
    /// The resource asked.
    pub audience: Audience<'a>,
}

impl TokenDoor<'_> {
    /// All that may differ between two presentations of one token.
    fn admits(&self, token: &AccessToken, now: Micros) -> Result<(), TokenRefusal> {
        let claims = &token.claims;
        // RFC 9068 §4 steps 3 and 4, then RFC 7519 §4.1.4: on or after `exp` it is over.
        if claims.issuer != self.issuer {
            return Err(TokenRefusal::OtherIssuer);
        }
        if let Audience::Resource(resource) = self.audience
            && !claims.audience.iter().any(|aud| aud == resource)
        {
            return Err(TokenRefusal::OtherAudience);
        }
        if now >= token.expires {
            return Err(TokenRefusal::Expired { seconds: now.0.saturating_sub(token.expires.0) / 1_000_000 });
        }
        if claims.issued > now.after(TOKEN_AHEAD_MAX) {
            return Err(TokenRefusal::Ahead { seconds: claims.issued.0.saturating_sub(now.0) / 1_000_000 });
        }
        Ok(())
    }
}

/// A token that our key signed for this door. It is not yet known whether its grant lives, whether the grant's key
/// in the stream is this one, and whether the epoch is still the tenant's: only the node can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    claims: Claims,
    expires: Micros,
    digest: Digest,
    kid: KeyThumbprint,
    proof_header: Header,
}

impl AccessToken {
    /// What it says.
    pub const fn claims(&self) -> &Claims {
        &self.claims
    }
    /// When it ends.
    pub const fn expires(&self) -> Micros {
        self.expires
    }
    /// SHA-256 of its text, by which the record names it.
    pub const fn digest(&self) -> &Digest {
        &self.digest
    }
    /// What is remembered of the proofs that come with it.
    pub(crate) const fn proof_header(&self) -> &Header {
        &self.proof_header
    }
    /// The key that signed it.
    pub const fn kid(&self) -> &KeyThumbprint {
        &self.kid
    }
}

/// The name of a token in caches, proofs (`ath`, RFC 9449 §4.2) and the record.
pub fn token_digest(token: &[u8]) -> Digest {
    sha256(&[token])
}

/// Writes and signs a token that lives [`TOKEN_LIFE`] from `claims.issued`, with the active key.
///
/// # Errors
/// [`TokenRefusal::Malformed`] for claims that [`check_token`] would not take.
pub fn mint_token(keys: &KeySet, claims: &Claims) -> Result<String, TokenRefusal> {
    let payload = claims.to_json()?;
    let key = keys.active();
    let header = format!(r#"{{"typ":"at+jwt","alg":"ES256","kid":"{}"}}"#, key.thumbprint());
    sign(key, &header, &payload)
        .map_err(|_: SigningKeyError| TokenRefusal::Malformed { what: "the library could not sign" })
}

/// Checks a token, its signature included. A door that sees many uses [`TokenCache::check`].
///
/// # Errors
/// [`TokenRefusal`], one for each reason.
pub fn check_token(text: &[u8], keys: &KeySet, door: &TokenDoor<'_>, now: Micros) -> Result<AccessToken, TokenRefusal> {
    check_hashed(text, token_digest(text), keys, door, now)
}

fn check_hashed(
    text: &[u8],
    digest: Digest,
    keys: &KeySet,
    door: &TokenDoor<'_>,
    now: Micros,
) -> Result<AccessToken, TokenRefusal> {
    let jws = Jws::parse(text, &SHAPE)?;
    let kid = jws.kid.as_deref().ok_or(TokenRefusal::UnknownKey)?;
    let key = keys.find(kid, now).ok_or(TokenRefusal::UnknownKey)?;
    // Nothing of the payload is believed, or even read, before this.
    jws.verify(key)?;
    let (claims, expires) = Claims::read(&jws)?;
    let token = AccessToken { claims, expires, digest, kid: key.thumbprint().clone(), proof_header: Header::default() };
    door.admits(&token, now)?;
    Ok(token)
}

/// Only the form, for fuzzing.
pub(crate) fn parse_form(text: &[u8]) -> Result<(), TokenRefusal> {
    Claims::read(&Jws::parse(text, &SHAPE)?).map(|_| ())
}

#[cfg(test)]
mod tests;
