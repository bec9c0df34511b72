//! Tasks alive: step, workers, committer.
