//! Looking again at what lasts: whether its grant has ended, and whether the act would still be allowed.

use crate::decider::{Call, Decider, Deciding, Undecided};
use std::sync::Arc;
use std::time::Duration;

/// How often what lasts is looked at.
pub(super) const LOOK_EVERY: Duration = Duration::from_secs(2);
/// How long one look may take.
const LOOK_WITHIN: Duration = Duration::from_secs(2);
/// Where nothing of its grant has changed, an act is asked about again with each of so many looks: policy may know the time.
const WHOLE_EVERY: u32 = 15;
/// How often it is asked again when nobody answers.
const ASK_AGAIN: Duration = Duration::from_millis(500);
/// After so many questions without an answer, what is open is cut (a lasting call is cut by a no, or by no answer).
const UNANSWERED_MAX: u32 = 4;

/// Resolves when the grant has ended, or nobody can say any longer that it has not.
pub(super) async fn ending(decider: &dyn Decider) {
    let mut unanswered = 0;
    while unanswered < UNANSWERED_MAX {
        match decider.ended().await {
            Ok(_) | Err(Undecided::Unbound) => return,
            Err(Undecided::Unavailable(_) | Undecided::Unknown) => unanswered += 1,
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Asks until there is an answer; `None`: there is none, or it is that the caller is not known any more.
async fn answer<'a, T>(ask: impl Fn() -> Deciding<'a, T>) -> Option<T> {
    let mut unanswered = 0;
    while unanswered < UNANSWERED_MAX {
        match tokio::time::timeout(LOOK_WITHIN, ask()).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(Undecided::Unbound)) => return None,
            Ok(Err(Undecided::Unavailable(_) | Undecided::Unknown)) => unanswered += 1,
            // it has taken as long as all others together
            Err(_) => return None,
        }
        tokio::time::sleep(ASK_AGAIN).await;
    }
    None
}

/// An act that has begun and lasts.
#[derive(Clone)]
pub(super) struct Standing {
    pub(super) decider: Arc<dyn Decider>,
    pub(super) act: u64,
    pub(super) leaf: u64,
    pub(super) call: Call,
}

/// Whether what came of a call may still be given out. Nothing is given where nobody can say.
pub(super) async fn may_have(decider: &dyn Decider, call: &Call) -> Option<bool> {
    answer(|| decider.stands(None, call.clone())).await
}

impl Standing {
    /// Resolves when it may not go on: its grant has ended, it would be refused, or nobody can say.
    pub(super) async fn until_no(&self) {
        let mut ended = std::pin::pin!(ending(&*self.decider));
        let (mut known, mut looks) = (None, 0_u32);
        loop {
            tokio::select! {
                () = &mut ended => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            let Some(mark) = answer(|| self.decider.mark()).await.filter(|mark| mark.live) else { return };
            looks = looks.wrapping_add(1);
            if known.as_ref() == Some(&mark.name) && !looks.is_multiple_of(WHOLE_EVERY) {
                continue;
            }
            let stands = answer(|| self.decider.stands(Some((self.act, self.leaf)), self.call.clone())).await;
            if stands != Some(true) {
                return;
            }
            known = Some(mark.name);
        }
    }
}
