//! What brought a holder what it has touched: the event of each data class and zone, and the one from which on not all that it
//! touched can be trusted.

use super::{GrantState, TaskState};
use crate::control::BadFold;
use crate::event::{Label, LabelLowered};
use crate::{DataClass, GrantId, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The events that brought what a label says, by their seqs in the task's stream.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Brought {
    /// The first that brought each class of data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub classes: BTreeMap<DataClass, u64>,
    /// The first that brought what others may have written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub untrusted: Option<u64>,
    /// The first that brought something of each zone.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub zones: BTreeMap<Zone, u64>,
}

impl Brought {
    /// Whether nothing was brought.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl GrantState {
    /// The holder has touched this by now, by the event of this seq.
    fn touched(&mut self, label: Label, seq: u64) {
        for class in &label.classes {
            self.brought.classes.entry(class.clone()).or_insert(seq);
        }
        for zone in &label.zones {
            self.brought.zones.entry(zone.clone()).or_insert(seq);
        }
        if label.trusted == Some(false) {
            self.brought.untrusted.get_or_insert(seq);
        }
        self.label = label;
    }
}

impl TaskState {
    /// A holder has touched this by now. So has whoever handed on to it: what a delegate answers brings its label back, and how it
    /// answers nobody sees.
    pub(super) fn touched(&mut self, grant: GrantId, label: &Label) -> Result<(), BadFold> {
        let seq = self.seq;
        let own = self.grants.get_mut(&grant).ok_or(BadFold::Unfit("no such grant"))?;
        own.touched(label.clone(), seq);
        let mut next = own.parent;
        while let Some(above) = next.and_then(|above| self.grants.get_mut(&above)) {
            let both = above.label.with(label);
            above.touched(both, seq);
            next = above.parent;
        }
        Ok(())
    }

    /// A class of data counts no more as one that the holder has touched; read again it counts again.
    pub(super) fn label_lowered(&mut self, lowered: &LabelLowered) -> Result<(), BadFold> {
        let grant = self.grants.get_mut(&lowered.grant).ok_or(BadFold::Unfit("no such grant"))?;
        if !grant.label.classes.contains(&lowered.class) {
            return Err(BadFold::Unfit("the holder has not touched this class of data"));
        }
        grant.label.classes.retain(|class| *class != lowered.class);
        grant.brought.classes.remove(&lowered.class);
        Ok(())
    }
}
