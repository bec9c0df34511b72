//! What a server of the newer era asks in its result, asked of a client of the older era while its call is open. What it
//! answers goes up with the next round of the same call, decided as the round of any client is.

use super::Asking;
use super::act::Act;
use super::asked::Told;
use super::round::Returned;
use crate::asks::Kind;
use bailiwick_core::json::{Json, Object};

impl Asking<'_> {
    /// The call again, with what the client says to `question`, which is what a client of the newer era would be given.
    /// `Err` says why there is no answer.
    pub(super) async fn asked_across(&self, act: &Act, question: &Json) -> Result<Act, String> {
        let mut responses = Object::default();
        let asked = question.get("inputRequests").and_then(Json::as_object);
        for (key, asked) in asked.into_iter().flat_map(Object::iter) {
            let kind = asked.get("method").and_then(Json::as_str).and_then(Kind::of_method);
            // the folders of the work are never the client's to say
            let Some(kind) = kind.filter(|kind| *kind != Kind::Roots) else { continue };
            let params = asked.get("params").and_then(Json::as_object).cloned().unwrap_or_default();
            let words = Json::Object(params.clone());
            let Told { outcome, .. } =
                self.put(kind, params, &self.admitted.cut).await.map_err(|(_, why)| why.to_owned())?;
            // in whose name the client turned it down is its own affair
            let Ok(said) = outcome else {
                self.turned_down(&*self.caller.decider, &act.call.server, kind, &words).await;
                return Err("the client answered with an error".to_owned());
            };
            responses.insert(key, said);
        }
        let state = question.get("requestState").and_then(Json::as_str).map(str::to_owned);
        let mut next = Act::new(act.call.clone(), act.method, act.tool, Returned { responses, state });
        next.lasts = act.lasts.clone();
        Ok(next)
    }
}

#[cfg(test)]
mod tests;
