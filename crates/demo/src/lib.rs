//! The demo's bank and mailbox: two small MCP servers over stdio, in one process each.
//!
//! This crate stands for somebody else's server. It does not know Bailiwick: no task, no grant, no policy, no
//! meter; and it knows no MCP library, no network and no clock: streams, the state's place and the day come in by
//! parameter.
//!
//! 1. Money moves once for an idempotency key: the same key with the same order gives the first answer again, the
//!    same key with another order is an error.
//! 2. An answer is written after the state is: a process killed in between has paid and not said so.
//! 3. A line that is no request is answered, not fatal; every line and every list is bounded.
//! 4. Only IBANs with right check digits are paid to, and only test numbers are in the seed.

mod bank;
mod day;
mod hold;
mod iban;
mod mail;
mod money;
mod rpc;
mod serve;
mod server;
mod state;
mod tool;

pub use bank::{BANK_OPENING_CENTS, PAYMENTS_MAX};
pub use day::{Day, DayError};
pub use hold::Hold;
pub use mail::{INJECTED_IBAN, INVOICE_AMOUNT, INVOICE_IBAN, INVOICE_MAIL, INVOICE_PAYEE, MAILS_MAX};
pub use serve::{LINE_BYTES_MAX, serve};
pub use server::{Server, Which, WhichError};
pub use state::State;
