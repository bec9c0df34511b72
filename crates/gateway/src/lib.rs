//! The doors that forward: MCP over stdio and HTTP.
//!
//! Turns what clients write into calls, has each call decided, and forwards what was decided. Knows no grant, token,
//! policy or store: a [`Decider`] says yes or no, and what may be given out. Has no MCP library between it and the bytes.
//!
//! 1. Nothing of a client goes up but the arguments that a decider gave back, and answers that were each decided as a
//!    share: ids, tokens and envelope are our own.
//! 2. The session with a server is open before an act begins; a request leaves before its time or is *never sent*; none is
//!    sent twice; every act that was begun is settled.
//! 3. A client is shown reviewed words only. Lists, `initialize` and `server/discover` decide nothing.
//! 4. A method that is not in `methods.rs` is refused; what a server asks of a client reaches one that can be asked
//!    and whose grant names the answer, and is declined otherwise.
//! 5. Every message, list, queue and wait has a bound, in [`Settings`] or beside the code that waits.
//! 6. A peer that misbehaves ends its own session at most: no message makes the gateway panic.
//! 7. A server's secret goes to that server alone: over TLS or on this machine, along no redirect, and a message of the
//!    server that holds it reaches nobody.
//! 8. What outlives its request is an open act, looked at again every two seconds: a no, or no answer, ends it here and at
//!    its server; so is a call that waits for an answer between two requests. A client knows an MCP task by a name of ours,
//!    under its own grant alone.

mod asks;
mod clock;
mod cut;
mod decider;
mod era;
mod http_door;
mod lasting;
mod methods;
mod names;
mod parse;
mod refusal;
mod room;
mod rpc;
mod session;
mod settings;
mod stdio_door;
#[cfg(test)]
mod testing;
mod upstream;

pub use decider::*;
pub use http_door::{Admitting, DoorBody, Doorkeeper, Guest, HttpDoor, Knock, Reached, Recorded, TurnedAway};
pub use parse::{parse_events, parse_head, parse_message};
pub use room::Room;
pub use session::{Caller, by_record};
pub use settings::Settings;
pub use stdio_door::run_stdio;
pub use upstream::{
    Account, BadSecret, HttpTarget, NoTarget, NotOpen, Secrets, StderrTo, StdioTarget, Target, Upstreams, mirrored,
};
