//! A token of ours in a form: read, proved by its key, and held by that key still. One way for every endpoint.

use crate::answer::{Refusal, no_store};
use crate::authority::Authority;
use crate::token::of_failure;
use bailiwick_core::{BoundKey, Digest, Micros, TaskState};
use bailiwick_identity::{
    AccessToken, Audience, Proof, ProofDoor, ProofRefusal, TokenBinding, TokenDoor, TokenRefusal, check_proof,
    check_token, one_proof,
};
use bailiwick_node::{Failure, LiveControl};
use http::{HeaderMap, Response, header};
use hyper::body::Bytes;

impl Authority {
    /// A token of ours, whatever resource it is for; or why it is none.
    pub(crate) fn own_token(&self, text: &str, now: Micros) -> Result<Result<AccessToken, TokenRefusal>, Refusal> {
        let door = TokenDoor { tenant: self.tenant(), issuer: self.urls().issuer(), audience: Audience::AnyOfOurs };
        Ok(check_token(text.as_bytes(), self.signing()?.as_ref(), &door, now))
    }

    /// The proof of a request to an endpoint of ours, by the key of this token, or by any where there is none yet. Its id
    /// is still to be used up.
    pub(crate) fn proof_at(
        &self,
        headers: &HeaderMap,
        path: &str,
        token: Option<TokenBinding<'_>>,
        now: Micros,
    ) -> Result<Proof, Refusal> {
        let refuse = |refusal: ProofRefusal| Refusal::proof(&refusal);
        let text = one_proof(headers.get_all("dpop").iter().map(|value| value.as_bytes())).map_err(refuse)?;
        let url = self.urls().proved(path).map_err(|_| Refusal::unavailable("the public URL cannot be proved"))?;
        let door = ProofDoor { method: "POST", url: &url, token, nonces: self.nonces() };
        check_proof(text, &door, now).map_err(refuse)
    }

    /// A proof by the token's own key, for this very token.
    pub(crate) fn proof_of(
        &self,
        headers: &HeaderMap,
        path: &str,
        (text, token): (&str, &AccessToken),
        now: Micros,
    ) -> Result<Digest, Refusal> {
        let mut sent = headers.get_all(header::AUTHORIZATION).iter();
        if sent.any(|value| value.as_bytes().strip_prefix(b"DPoP ").is_none_or(|other| other != text.as_bytes())) {
            return Err(Refusal::bad(
                "invalid_request",
                "`Authorization` may name the token of the form, and no other",
            ));
        }
        let binding = TokenBinding { digest: token.digest(), jkt: &token.claims().jkt };
        Ok(*self.proof_at(headers, path, Some(binding), now)?.jti_hash())
    }

    /// What the stream says of the token's grant, if the token's key holds it still: what another instance holds by now is
    /// not this one's to end or to give away.
    pub(crate) async fn holds(&self, token: &AccessToken) -> Result<BoundKey, Refusal> {
        let claim = token.claims().task;
        let look = move |task: &TaskState, _: &LiveControl| task.grants.get(&claim.grant).and_then(|g| g.key.clone());
        match self.node().look(self.tenant(), claim.task, look).await {
            Ok(Some(bound)) if bound.key == token.claims().jkt => Ok(bound),
            Ok(_) | Err(Failure::NoTask) => Err(not_yours()),
            Err(failure) => Err(of_failure(&failure)),
        }
    }
}

pub(crate) fn not_yours() -> Refusal {
    Refusal::bad("invalid_grant", "the token is not of the key that holds the grant now")
}

/// What is done needs no words.
pub(crate) fn done() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    no_store(response.headers_mut());
    response
}
