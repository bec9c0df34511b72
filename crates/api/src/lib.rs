//! The doors that answer: `/v1` for people, scripts and wrappers.
//!
//! Knows no transport: a request comes in with who asks, an answer goes out.
//!
//! 1. Every act of a person is recorded with who did it and how that was made sure.
//! 2. A session's secret is worth something only to the uid that opened it.
//! 3. GET changes nothing.
//! 4. Over HTTP a person may ask for what one table gives to their role, and sees what is theirs.

mod allowed;
mod amend;
mod answerable;
mod api;
mod approvals;
mod breakers;
mod browser;
mod by_record;
mod called;
mod changes;
mod configuration;
mod confirmed;
mod consent;
mod data;
mod decisions;
mod described;
mod documents;
mod enforcement;
mod erase;
mod erase_person;
mod events;
mod explain;
mod friction;
mod glass;
mod halted;
mod hold;
mod keys;
mod kinds;
mod known;
mod lineage;
mod log;
mod mandates;
mod not_done;
mod notices;
mod nouns;
mod numbered;
mod observe;
mod offboard;
mod openapi;
mod operate;
mod people;
mod persons;
mod picked;
mod places;
mod policies;
mod problem;
mod propose;
mod read;
mod replay;
mod review;
mod risk;
mod route;
mod rules;
mod secrets;
mod servers;
mod session;
mod settle;
mod signin;
mod timeline;
mod tree;
mod walk;
mod ways;
mod who;
mod wishes;
mod written;

pub use api::{Api, Attach, Peer, Request, SESSION_HEADER};
pub use browser::BROWSER_BODY_BYTES_MAX;
pub use by_record::{AskRecord, RecordAnswer, Records};
pub use called::called;
pub use keys::{KeyRing, Turning};
pub use known::Known;
pub use log::Streamed;
pub use notices::{RuleTold, Telling};
pub use offboard::CERTIFICATE_KIND;
pub use operate::Operator;
pub use policies::Provers;
pub use problem::{Misplaced, Own, Problem, ProblemCode};
pub use read::BODY_BYTES_MAX;
pub use replay::{ShadowKept, replayed_json};
pub use servers::Offered;
pub use signin::People;
pub use ways::{Accounts, Place};
pub use who::{SignedIn, Who};
