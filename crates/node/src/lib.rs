//! Tasks alive: step, workers, committer.
//!
//! Knows no HTTP, no MCP, no tokens: edges gather facts and forward; this decides, appends and remembers.
//!
//! 1. Nothing is answered *allow* before its `action.begun` is durable.
//! 2. One batch of a stream is in flight at a time.
//! 3. A node that cannot reach the store allows nothing.
//! 4. Memory is a cache: it may be thrown away at any moment, and is whenever anything is unclear.

mod clock;
mod codec;
mod committer;
mod desk;
mod live;
mod load;
mod node;
mod step;
mod vault;

pub use clock::Clock;
pub use codec::{CodecError, open_event};
pub use committer::Joined;
pub use desk::*;
pub use live::{LiveControl, LoadError, compile_policy, control_stream, named};
pub use load::load;
pub use node::{Decision, Ended, Node, StartError};
pub use step::*;
pub use vault::{Fill, Vault, VaultError};
