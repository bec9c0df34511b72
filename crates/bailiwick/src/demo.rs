//! `demo`: one invoice, one injected instruction, one revocation, on the real path. A real node on SQLite, real servers,
//! an agent that is a real MCP client, and a person at the node's socket; every line is told as it happens.

mod agent;
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
