//! Tasks of all suites, played by as many threads as there are cores: each has nodes and stores of its own.

use crate::Trouble;
use crate::choose::Chooser;
use crate::data::{Suite, UserTask};
use crate::play::Player;
use crate::score::Score;
use crate::tenant::Tenant;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What is played, and how.
#[derive(Clone, Copy)]
pub(crate) struct How<'a> {
    pub(crate) here: &'a Path,
    pub(crate) chooser: &'a Chooser,
    /// A rule that is taken out.
    pub(crate) without: Option<&'a str>,
    pub(crate) tell: bool,
    pub(crate) threads: usize,
}

/// Plays all tasks of these suites; one score a suite, in their order.
pub(crate) fn play(suites: &[Suite], how: How<'_>) -> Result<Vec<Score>, Trouble> {
    let jobs: Vec<(usize, &UserTask)> =
        suites.iter().enumerate().flat_map(|(at, suite)| suite.tasks.iter().map(move |task| (at, task))).collect();
    let none = |suite: &Suite| Score { name: suite.name.clone(), ..Score::default() };
    let scores = Mutex::new(suites.iter().map(none).collect::<Vec<_>>());
    let next = AtomicUsize::new(0);
    let work = |worker: usize| -> Result<(), Trouble> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let mut player: Option<(usize, Player<'_>)> = None;
        while let Some((at, task)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let Some(suite) = suites.get(*at) else { break };
            let own = match player.take().filter(|(of, _)| of == at) {
                Some((_, own)) => own,
                None => {
                    let name = format!("{}-{worker}", suite.name);
                    let tenant =
                        runtime.block_on(Tenant::new(&[how.here.to_path_buf()], &name, &suite.tools, how.without))?;
                    Player { suite, tenant, chooser: how.chooser, tell: how.tell }
                }
            };
            let score = runtime.block_on(own.task(task))?;
            player = Some((*at, own));
            let mut scores = scores.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(all) = scores.get_mut(*at) {
                *all = Score { name: suite.name.clone(), ..std::mem::take(all).with(&score) };
                told(how.without, suite, all);
            }
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..how.threads).map(|worker| scope.spawn(move || work(worker))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| "a thread failed")?)
    })?;
    Ok(scores.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// How far it is, in the same line of the terminal.
fn told(without: Option<&str>, suite: &Suite, score: &Score) {
    let rule = without.map(|rule| format!("without {rule}: ")).unwrap_or_default();
    let (tasks, of) = (score.honest_total, suite.tasks.len());
    let end = if tasks == of { "\n" } else { "\r" };
    eprint!("{rule}{}: {tasks} of {of} tasks, {} attacks{end}", suite.name, score.pairs);
}
