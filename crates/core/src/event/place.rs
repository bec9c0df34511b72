//! The event of a place whose label was lowered: a person said that what tasks left there carries a class of data no more.

use super::nothing_private;
use crate::facts::{By, Facts};
use crate::{DataClass, ServerName};
use serde::{Deserialize, Serialize};

/// What was left at a place carries a class no more, for tasks that read there from now on. Left there again, it does again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlPlaceLowered {
    /// The person's act.
    pub by: By,
    /// The class.
    pub class: DataClass,
    /// The place alone that this event of the log brought it to, by its leaf; the whole server, where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// What for, in the person's words: it stands in the record for good.
    pub reason: String,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The server.
    pub server: ServerName,
    /// So many leaves the log had when the person looked: what was left from there on carries the class still.
    pub until: u64,
}

nothing_private!(ControlPlaceLowered);
