//! What brought a holder what it has touched: the event of each data class and zone, and the one from which on not all that it
//! touched can be trusted.

use super::{GrantState, TaskState};
use crate::control::BadFold;
use crate::elsewhere::touched_by;
use crate::event::{Label, LabelLowered};
use crate::json::{Json, Object};
use crate::template::is_pasted;
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
    /// The intent as whoever works on it is told it: with what its person pasted. `None` once it is erased.
    pub fn told(&self) -> Option<String> {
        Some(crate::template::told(self.intent.as_ref()?, self.parameters.as_ref()?))
    }

    /// What the first holder has touched by being told its task: where its person pasted words of others, those.
    pub(super) fn told_at_first(&self) -> (Label, Brought) {
        let names = self.parameters.as_ref().and_then(Json::as_object).into_iter().flat_map(Object::keys);
        if !is_pasted(names) {
            return Default::default();
        }
        // They stand in the event before, with the rest that its person said.
        let brought = Brought { untrusted: Some(self.seq.saturating_sub(1)), ..Brought::default() };
        (Label { trusted: Some(false), ..Label::default() }, brought)
    }

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
        let elsewhere = lowered.facts.elsewhere.as_deref();
        if !touched_by(grant, elsewhere).classes.contains(&lowered.class) {
            return Err(BadFold::Unfit("the holder has not touched this class of data"));
        }
        if let Some(value) = &lowered.value {
            grant.released.entry(value.hash).or_default().insert(lowered.class.clone());
        } else {
            let size = elsewhere.map_or(0, |elsewhere| elsewhere.size);
            let known = grant.lowered.entry(lowered.class.clone()).or_default();
            *known = size.max(*known);
            grant.label.classes.retain(|class| *class != lowered.class);
            grant.brought.classes.remove(&lowered.class);
        }
        self.signature_used(lowered.signed.as_deref());
        Ok(())
    }
}
