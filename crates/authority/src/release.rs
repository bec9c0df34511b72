//! `POST /oauth/release`: an instance that is going says so, by its grant's key, so that the next one of its agent need
//! not wait for the end of a token that nobody uses any more. The grant lives on, and so does the token until then.

use crate::answer::{Refusal, no_store};
use crate::authority::Authority;
use crate::form::Form;
use crate::revoke::not_yours;
use crate::token::of_failure;
use bailiwick_core::{Micros, TaskState};
use bailiwick_identity::{Audience, TokenDoor, check_token};
use bailiwick_node::{Failure, LiveControl};
use http::{HeaderMap, Response, StatusCode};
use hyper::body::Bytes;

impl Authority {
    pub(crate) async fn release(
        &self,
        headers: &HeaderMap,
        body: &[u8],
        now: Micros,
    ) -> Result<Response<Bytes>, Refusal> {
        let form = Form::read(headers, body)?;
        let text = form.need("token")?;
        let door = TokenDoor { tenant: self.tenant(), issuer: self.urls().issuer(), audience: Audience::AnyOfOurs };
        let token = check_token(text.as_bytes(), self.signing()?.as_ref(), &door, now);
        let token = token.map_err(|_| Refusal::bad("invalid_grant", "the token is not valid here"))?;
        let proof = self.proof_of(headers, crate::urls::RELEASE, (text, &token), now)?;
        let task = token.claims().task;
        let look = move |state: &TaskState, _: &LiveControl| state.grants.get(&task.grant).and_then(|g| g.key.clone());
        match self.node().look(self.tenant(), task.task, look).await {
            Ok(Some(bound)) if bound.key == token.claims().jkt => {}
            // What another instance holds by now is not this one's to give away.
            Ok(_) | Err(Failure::NoTask) => return Err(not_yours()),
            Err(failure) => return Err(of_failure(&failure)),
        }
        self.proof_once(proof, now).await?;
        self.instances.released(task.grant);
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::OK;
        no_store(response.headers_mut());
        Ok(response)
    }
}

#[cfg(test)]
mod tests;
