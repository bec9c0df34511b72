//! `demo`: an invoice, an injected instruction, a revocation, a month, and two agents with an owner who signs, on the real path.
//! A real node on SQLite, real servers, agents that are real MCP clients, a person at the node's socket and one at its pages
//! with a passkey in software; every line is told as it happens.

mod node;
mod person;
mod story;
mod teller;

use crate::command::Outcome;
use crate::home::Trouble;
use node::DemoNode;
use teller::Teller;

/// Tells the story. Its answer is no when anything is not as it is told.
///
/// # Errors
/// What the node, its servers or the files say.
pub(crate) async fn demo(json: bool) -> Result<Outcome, Trouble> {
    let node = DemoNode::start().await?;
    let mut teller = Teller::new(json);
    let told = story::tell(&node, &mut teller).await;
    node.end().await?;
    told?;
    Ok(if teller.end() { Outcome::Done } else { Outcome::No })
}
