//! What a turn of the person leaves of a task.

use super::{RowState, TaskState};
use crate::control::BadFold;
use crate::envelope::{Axis, Row};
use crate::event::{Amendment, TaskAmended};

impl TaskState {
    pub(super) fn amended(&mut self, amended: &TaskAmended) -> Result<(), BadFold> {
        self.wish_granted(amended)?;
        self.signature_used(amended.signed.as_deref());
        let said = amended.private.as_ref();
        if let Some(more) = said.and_then(|private| private.intent.as_ref()) {
            let before = self.intent.take().map_or(String::new(), |before| format!("{before}; "));
            self.intent = Some(format!("{before}{more}"));
        }
        if let (Some(salt), Some(said)) = (self.salt, said) {
            self.values.said(&salt, &said.values, self.seq);
        }
        let grant = self.grants.get_mut(&amended.grant).ok_or(BadFold::Unfit("no such grant"))?;
        if matches!(amended.change, None | Some(Amendment::Renewed { .. })) {
            self.consented = self.at;
        }
        if matches!(amended.change, Some(Amendment::Renewed { .. })) {
            self.window_set = self.at;
        }
        match &amended.change {
            None => grant.privileged = true,
            Some(Amendment::Widened { read, rows, .. }) => {
                let since = Some(self.seq);
                grant.rows.extend(rows.iter().map(|_| RowState { since, ..RowState::default() }));
                // What is privileged is consented to in an act of its own, and shown whole: what was before waits with it.
                grant.privileged &= !rows.iter().any(Row::privileged);
                let when = said.map(|private| private.when.as_slice()).filter(|when| when.len() == rows.len());
                match (&mut grant.envelope, when) {
                    (Some(envelope), Some(when)) => {
                        let with = rows.iter().zip(when);
                        if let Axis::Is(readable) = &mut envelope.readable {
                            readable.extend(read.iter().cloned());
                        }
                        envelope.rows.extend(with.map(|(row, when)| Row { when: when.clone(), ..row.clone() }));
                    }
                    // Without its conditions a row would allow anything.
                    (envelope, _) => *envelope = None,
                }
            }
            Some(Amendment::Narrowed { expires, rows }) => {
                let Some(envelope) = &mut grant.envelope else { return Ok(()) };
                for row in rows {
                    let row = usize::try_from(*row).ok().and_then(|row| envelope.rows.get_mut(row));
                    row.ok_or(BadFold::Unfit("no such row"))?.effects.clear();
                }
                envelope.window.expires = expires.unwrap_or(envelope.window.expires);
            }
            Some(Amendment::Renewed { expires, waits }) => {
                grant.privileged &= !waits;
                if let Some(envelope) = &mut grant.envelope {
                    envelope.window.expires = *expires;
                }
            }
        }
        Ok(())
    }
}
