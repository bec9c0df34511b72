//! Whether what a client can use is another than what it was told: because a server offers something else, or because its
//! grant was narrowed, widened or has ended.

use super::looks::LOOK_EVERY;
use super::{Caller, Session};
use crate::era::Era;
use crate::upstream::locked;
use bailiwick_core::json::Json;
use bailiwick_core::{Digest, sha256};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// The lists that a client was given last, each as its digest; `None`: it never asked, so it is told nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Listed {
    pub(super) tools: Option<Digest>,
    pub(super) prompts: Option<Digest>,
}

/// Which lists are others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Changed {
    pub(crate) tools: bool,
    pub(crate) prompts: bool,
}

impl Changed {
    /// The notifications that say so.
    pub(crate) fn methods(self) -> impl Iterator<Item = &'static str> {
        let all =
            [(self.prompts, "notifications/prompts/list_changed"), (self.tools, "notifications/tools/list_changed")];
        all.into_iter().filter(|(changed, _)| *changed).map(|(_, method)| method)
    }
}

/// What a list is known by.
pub(super) fn digest(entries: &[Json]) -> Digest {
    sha256(Json::array(entries.iter().cloned()).canonical().as_bytes())
}

impl Session {
    /// Remembers the lists as they are now as what the client has.
    pub(super) async fn has_listed(&self, caller: &Caller) {
        if let Ok(now) = self.lists(caller).await {
            *locked(&self.listed) = now;
        }
    }

    async fn lists(&self, caller: &Caller) -> Result<Listed, ()> {
        let shelf = self.shelf(caller, false).await.map_err(drop)?;
        // the eras differ in members that no grant changes
        Ok(Listed { tools: Some(digest(&shelf.tools(Era::Modern))), prompts: Some(digest(&shelf.prompts())) })
    }

    /// Which lists are others than what the client was given; from then on it is taken to know.
    pub(crate) async fn changed(&self, caller: &Caller) -> Changed {
        let Ok(now) = self.lists(caller).await else { return Changed::default() };
        let mut listed = locked(&self.listed);
        let moved = |had: &mut Option<Digest>, now: Option<Digest>| {
            let other = had.is_some() && *had != now;
            if other {
                *had = now;
            }
            other
        };
        Changed { tools: moved(&mut listed.tools, now.tools), prompts: moved(&mut listed.prompts, now.prompts) }
    }
}

/// Looks for changes on behalf of one stream that tells of them. Dropped: nobody looks.
pub(crate) struct Watch {
    changes: mpsc::Receiver<Changed>,
    looking: AbortHandle,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.looking.abort();
    }
}

impl Watch {
    pub(crate) fn start(session: Arc<Session>, caller: Caller) -> Self {
        let (sender, changes) = mpsc::channel(1);
        let looking = tokio::spawn(look(session, caller, sender)).abort_handle();
        Self { changes, looking }
    }

    /// What is another next. It may be dropped and called again.
    pub(crate) async fn next(&mut self) -> Changed {
        match self.changes.recv().await {
            Some(changed) => changed,
            None => std::future::pending().await,
        }
    }
}

async fn look(session: Arc<Session>, caller: Caller, sender: mpsc::Sender<Changed>) {
    let mut offers = caller.upstreams.watch_changes();
    let mut known = None;
    loop {
        // who was given no list is told of none; nobody can say: the next look may
        if *locked(&session.listed) != Listed::default()
            && let Ok(mark) = caller.decider.mark().await
            && known.as_ref() != Some(&mark.name)
        {
            let changed = session.changed(&caller).await;
            known = Some(mark.name);
            if changed != Changed::default() && sender.send(changed).await.is_err() {
                return;
            }
        }
        tokio::select! {
            Ok(()) = offers.changed() => {
                caller.upstreams.start(&*caller.decider).await;
                known = None;
            }
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}
