//! Checks an exported record without trusting who wrote it, and decides every action again.
//!
//! Knows no store, no keys but public ones, no clock, and nothing of the code that wrote the record: its hashes, trees,
//! notes and commitments are its own, made from `docs/reference/bundle.md`.
//!
//! 1. Keys and checkpoints that count come from [`Trust`]; what a bundle says of keys is shown, never used.
//! 2. Policy comes from the log: a document counts only where an event that is in the log names its digest.
//! 3. Three answers: what was not shown is *not decidable*, never *confirmed*.
//! 4. A bundle is read once, line by line; lines, streams, findings and remembered states are bounded.
//! 5. Nothing here ends the process.

mod again;
mod approved;
mod assertion;
mod chain;
mod command;
mod control;
mod form;
mod hash;
mod heads;
mod mandate;
mod note;
mod replay;
mod report;
mod seal;
mod stream;
mod tree;
mod trust;
mod verify;
mod yes;

pub use assertion::{NoYes, check_assertion};
pub use form::{BLOB_BYTES_MAX, FORMAT, LINE_BYTES_MAX};
pub use note::{BadNote, VerifierKey};
pub use replay::{Candidate, Replay, Replayed, ReplayedCall, ReplayedGroup, Turn};
pub use report::{Acts, Answer, Basis, Complete, Finding, Found, Report, Witness};
pub use trust::Trust;
pub use verify::{Last, Told, verify, verify_policies, verify_replaying, verify_telling};
pub use yes::{BadYes, Signer, YES_TYPE, YesChecked, YesReport, check_yes};
