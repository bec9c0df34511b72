//! `POST /oauth/release`: an instance that is going says so, by its grant's key, so that the next one of its agent need
//! not wait for the end of a token that nobody uses any more. The grant lives on, and so does the token until then.

use crate::answer::Refusal;
use crate::authority::Authority;
use crate::form::Form;
use crate::held::done;
use bailiwick_core::Micros;
use http::{HeaderMap, Response};
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
        let token = self.own_token(text, now)?;
        let token = token.map_err(|_| Refusal::bad("invalid_grant", "the token is not valid here"))?;
        let proof = self.proof_of(headers, crate::urls::RELEASE, (text, &token), now)?;
        self.holds(&token).await?;
        self.proof_once(proof, now).await?;
        self.instances.released(token.claims().task.grant);
        Ok(done())
    }
}

#[cfg(test)]
mod tests;
