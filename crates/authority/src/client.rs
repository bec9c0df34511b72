//! The client's half: who has an agent's key finds the authority of a resource, gets tokens that are bound to a fresh key,
//! and proves that key with every request. For `connect`, and for programs that are agents themselves.

mod ask;
mod find;
mod http;

pub use ask::{Asked, Granted, HeldTask, NotGranted, Waiting};
pub use find::Found;
pub use http::{Answer, Client, ClientError, Clock, Outgoing, Secured};
