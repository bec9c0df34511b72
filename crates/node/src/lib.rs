//! Tasks alive: step, workers, committer.
//!
//! Knows no HTTP, no MCP, no tokens: edges gather facts and forward; this decides, appends and remembers.
//!
//! 1. Nothing is answered *allow* before its `action.begun` is durable.
//! 2. One batch of a stream is in flight at a time.
//! 3. A node that cannot reach the store allows nothing.
//! 4. A store that went back, as what is remembered outside of it shows, allows nothing.
//! 5. Memory is a cache: it may be thrown away at any moment, and is whenever anything is unclear. So is a snapshot, which
//!    is believed only when the stream's own key says that it is ours and the store has the event that it ends with.

mod backup;
mod beside;
mod breakers;
mod calendar;
mod clock;
mod codec;
mod committer;
mod consult;
mod desk;
mod elsewhere;
mod export;
mod genuine;
mod habits;
mod handed;
mod hiding;
mod keeper;
mod live;
mod load;
mod log;
mod mandate;
mod node;
mod noes;
mod own;
mod past;
mod rates;
mod reach;
mod refused;
mod restore;
mod snapshot;
mod starting;
mod step;
mod vault;

pub use backup::{BackedLog, BackedUp, BackupError, back_up, standings};
pub use calendar::{knows_zone, period};
pub use clock::Clock;
pub use codec::{CodecError, open_event};
pub use committer::Joined;
pub use consult::{Engines, Reached};
pub use desk::*;
pub use elsewhere::LeftOn;
pub use export::{ExportError, ExportOptions, export_log, export_task};
pub use genuine::compare_row;
pub use hiding::Hiding;
pub use keeper::{KeepError, LeafProof};
pub use live::{LiveControl, LoadError, compile_policy, control_stream, named};
pub use load::load;
pub use log::{LogError, SignedCheckpoint, heads_are_due, log_key, origin, prove_leaf, sign_checkpoint, watch_log};
pub use node::{BegunBy, ClockDoubt, Decision, Ended, KeptBy, Node, OwnTime, WouldExpire};
pub use past::Past;
pub use reach::Reaches;
pub use restore::{Restored, next_epoch};
pub use snapshot::{Keep, KeepFailure, Kept};
pub use starting::StartError;
pub use step::*;
pub use vault::{Fill, Vault, VaultError};
