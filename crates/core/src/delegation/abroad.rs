//! Work that crosses a trust zone: a new grant that ends sooner, goes no further, and does nothing of high impact. What is
//! done there is seen by nobody here, so it is handed over again and again, in small pieces.

use super::{BEYOND_MAX, Wanted, reason};
use crate::control::ControlState;
use crate::envelope::{Beyond, Envelope, PassedBound, Row};
use crate::json::Pointer;
use crate::reason::Reason;
use crate::task::GrantState;
use crate::{AgentId, Impact, Micros, Span, ToolId, Zone};

/// The longest window of a grant that was handed to another zone.
pub const ABROAD_WINDOW_MAX: Span = Span::minutes(15);

/// The other zone that a lineage reaches, where it does: the first that is not the zone of whoever handed on to it.
pub fn zone_reached<'a>(control: &'a ControlState, lineage: &[&GrantState]) -> Option<&'a Zone> {
    let zones = || lineage.iter().map(|grant| zone_of(control, &grant.holder));
    zones().zip(zones().skip(1)).find(|(above, below)| above != below).and_then(|(_, below)| below)
}

/// The zone that an agent is in.
pub(crate) fn zone_of<'a>(control: &'a ControlState, agent: &AgentId) -> Option<&'a Zone> {
    control.agents.get(agent).map(|entry| &entry.document.zone)
}

impl Wanted {
    /// The request as it is handed to another zone: for so long, where no time is said, as a grant there may live.
    ///
    /// # Errors
    /// A [`Reason`] for each axis that goes beyond what may be handed there, with what was asked and the most.
    pub fn abroad(mut self, held: &Envelope, control: &ControlState, now: Micros) -> Result<Self, Vec<Reason>> {
        let mut faults: Vec<Beyond> = Vec::new();
        let mut beyond = |at: Pointer, asked: String, most: String| {
            faults.push(Beyond { at, bound: PassedBound::Words { asked, most } });
        };
        for (index, row) in self.rows.iter().enumerate() {
            if let Some((tool, impact)) = grave(control, row) {
                let at = Pointer::root().join("grant").index(index).join("tools");
                beyond(at, format!("{tool}, impact {impact}"), format!("impact {}", Impact::Medium));
            }
        }
        // Shorter than what its holder has left, however little that is.
        let left = held.window.expires.0.saturating_sub(now.0);
        let most = Span(ABROAD_WINDOW_MAX.0.min(left / 2));
        if let Some(asked) = self.window.filter(|asked| *asked > most) {
            let seconds = |span: Span| format!("{} s", span.0 / 1_000_000);
            beyond(Pointer::root().join("window"), seconds(asked), seconds(most));
        }
        if let Some(further) = self.delegation.as_ref().filter(|further| further.allowed()) {
            let at = Pointer::root().join("delegation").join("depth");
            beyond(at, further.depth.to_string(), "0".to_owned());
        }
        if faults.is_empty() {
            self.window = Some(self.window.unwrap_or(most));
            return Ok(self);
        }
        Err(faults.iter().take(BEYOND_MAX).map(|fault| reason(fault.at.clone(), fault)).collect())
    }
}

/// A tool of high impact that a row names. What a pattern covers is refused when it is called.
fn grave<'a>(control: &'a ControlState, row: &Row) -> Option<(&'a ToolId, Impact)> {
    let named = |tool: &&ToolId| row.tools.iter().any(|pattern| pattern.exact() && pattern.matches(tool));
    control.tools.keys().filter(named).find_map(|tool| {
        let nature = control.nature(tool).filter(|nature| row.effects.contains(&nature.effect))?;
        nature.impact.hands_most().map(|_| (tool, nature.impact))
    })
}
