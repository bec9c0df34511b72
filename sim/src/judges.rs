//! Judges: each reads the log of the store and what the world saw, and says when a promise was broken. None of them looks
//! into an engine, but the one whose promise is that memory is what the log says.

mod approved;
mod chain;
mod checkpoints;
mod drained;
mod endings;
mod forwarded;
mod kept;
mod lineage;
mod mandates;
mod meters;
mod noticed;
mod once;
mod present;
mod refused;
mod replay;
mod restored;
mod revealed;
mod seconded;
mod settled;
mod tree;

use crate::happening::Happening;
use crate::log::{Entry, Log};
use crate::world::World;

/// Nothing, or the sentence that says what was broken.
pub(crate) type Verdict = Result<(), String>;

/// One judge.
pub(crate) trait Judge {
    /// Its name, as mutants name it.
    fn name(&self) -> &'static str;
    /// A new event is in the log; events come in order, and `log` holds those up to now.
    fn entry(&mut self, _entry: &Entry, _log: &Log) -> Verdict {
        Ok(())
    }
    /// The world saw something; all that was in the log before is known.
    fn happened(&mut self, _happening: &Happening, _log: &Log, _world: &World) -> Verdict {
        Ok(())
    }
    /// A step is over.
    fn step(&mut self, _log: &Log, _world: &World, _touched: Option<usize>) -> Verdict {
        Ok(())
    }
    /// Whether it has something to say of a store that lost something: the log of others is gone then, and they begin anew where
    /// somebody goes on from what is left.
    fn outlives_loss(&self) -> bool {
        false
    }
    /// Whether it goes on once all else was judged, while days pass.
    fn ages(&self) -> bool {
        false
    }
    /// Days passed.
    fn aged(&mut self, _log: &Log, _world: &World) -> Verdict {
        Ok(())
    }
    /// Faults stopped, and ten minutes ran.
    fn end(&mut self, _log: &Log, _world: &World) -> Verdict {
        Ok(())
    }
}

/// All judges, or the one of this name.
pub(crate) fn judges(only: Option<&str>) -> Vec<Box<dyn Judge>> {
    let all: Vec<Box<dyn Judge>> = vec![
        Box::<chain::Chain>::default(),
        Box::<forwarded::Forwarded>::default(),
        Box::<meters::Meters>::default(),
        Box::<lineage::Lineage>::default(),
        Box::<approved::Approved>::default(),
        Box::<seconded::Seconded>::default(),
        Box::<mandates::Mandates>::default(),
        Box::<refused::Refused>::default(),
        Box::<endings::Endings>::default(),
        Box::<once::Once>::default(),
        Box::<drained::Drained>::default(),
        Box::<revealed::Revealed>::default(),
        Box::<replay::Replay>::default(),
        Box::<settled::Settled>::default(),
        Box::<kept::Kept>::default(),
        Box::<checkpoints::Checkpoints>::default(),
        Box::<noticed::Noticed>::default(),
        Box::<restored::Restored>::default(),
    ];
    all.into_iter().filter(|judge| only.is_none_or(|name| judge.name() == name)).collect()
}

/// The sentence, if the promise is broken.
fn holds(kept: bool, sentence: impl FnOnce() -> String) -> Verdict {
    if kept { Ok(()) } else { Err(sentence()) }
}
