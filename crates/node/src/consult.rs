//! Engines outside are asked here, before a call is decided. What they say is a fact of the decision: who decides it again
//! asks nobody.

use crate::node::Node;
use bailiwick_core::{Consult, Engine, EngineVerdict, Outside, sha256};
use bailiwick_policy::{EngineSaid, engine_said};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What an engine answered, or a sentence that says why there is no answer. It holds no word of the engine's.
pub type Reached<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;

/// Who reaches engines outside: an edge, for the node speaks no HTTP. How long it may take is watched here.
pub trait Engines: Send + Sync {
    /// Posts this body, and gives the body of the answer.
    fn reach<'a>(&'a self, outside: &'a Outside, body: String) -> Reached<'a>;
}

impl Node {
    /// Says who reaches engines outside. The first to say so stays.
    pub fn reaches_engines(&self, engines: Arc<dyn Engines>) {
        let _stays = self.engines.set(engines);
    }

    /// Asks each; what one failed by is its answer.
    pub(crate) async fn consult(&self, wanted: &[Consult]) -> Vec<Engine> {
        let mut out = Vec::with_capacity(wanted.len());
        for of in wanted {
            out.push(match self.said(of).await {
                Ok(said) => engine(of, said),
                Err(why) => failed(of, why),
            });
        }
        out
    }

    async fn said(&self, of: &Consult) -> Result<EngineSaid, String> {
        let engines = self.engines.get().ok_or("this node reaches no engine outside")?;
        let body = format!(r#"{{"input":{}}}"#, of.input);
        let within = Duration::from_millis(of.outside.within_ms);
        let answer = tokio::time::timeout(within, engines.reach(&of.outside, body)).await;
        let answer = answer.map_err(|_| format!("no answer within {} ms", of.outside.within_ms))??;
        engine_said(&of.outside, &answer)
    }
}

fn engine(of: &Consult, said: EngineSaid) -> Engine {
    let verdict = match (said.forbids, said.asks.is_empty()) {
        (true, _) => EngineVerdict::Forbid,
        (false, false) => EngineVerdict::Ask,
        (false, true) => EngineVerdict::Nothing,
    };
    Engine { asks: said.asks, decision: said.decision, revision: said.revision, verdict, why: None, ..failed(of, "") }
}

/// What there is to say of an engine that gave no answer.
pub(crate) fn failed(of: &Consult, why: impl Into<String>) -> Engine {
    Engine {
        asks: Vec::new(),
        at: Some(of.at),
        decision: None,
        document: Some(of.document),
        input: Some(sha256(of.input.as_bytes())),
        name: of.name.clone(),
        revision: String::new(),
        verdict: EngineVerdict::Failed,
        why: Some(why.into()),
    }
}
