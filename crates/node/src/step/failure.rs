//! Why nothing was decided.

use std::fmt;

/// Why a command could not be decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No such task.
    NoTask,
    /// Too much waits; try again.
    Busy,
    /// The store cannot be reached: nothing was allowed.
    Unavailable(String),
    /// The answer to the commit was lost, and it could not be found out: if it stands, the act is in doubt.
    Unknown,
    /// Something else stood each time that it was decided, for as long as it may wait: nothing of it was written.
    Overtaken,
    /// The stream cannot be read on this node.
    Closed(String),
    /// The event would be larger than an event may be.
    TooLarge,
    /// The store went back in time: nothing is allowed.
    Behind(String),
    /// The node is going down.
    Draining,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTask => f.write_str("there is no such task"),
            Self::Busy => f.write_str("too many calls wait for this task; try again"),
            Self::Unavailable(why) => write!(f, "the store cannot be reached, so nothing is allowed: {why}"),
            Self::Unknown => f.write_str("nobody knows whether the store kept this; the act is in doubt if it did"),
            Self::Overtaken => {
                f.write_str("control changed each time that this was decided; nothing was done, try again")
            }
            Self::Closed(why) => write!(f, "this stream is closed on this node: {why}"),
            Self::TooLarge => f.write_str("the call is larger than the record keeps"),
            Self::Behind(why) => write!(
                f,
                "nothing is allowed: {why}; stop the node, put the newest copy of the store back, or right what was changed in it, and start it again"
            ),
            Self::Draining => f.write_str("this node is going down; try another"),
        }
    }
}
impl std::error::Error for Failure {}
