//! Step 3 of an attempt: what the tenant's control state says of caller, server and tool.

use super::super::View;
use crate::GrantId;
use crate::action::Action;
use crate::facts::Caller;
use crate::reason::{Code, Reason};

/// Step 3: the tenant runs, the agent is active, server and tool are as reviewed.
pub(super) fn control(view: View<'_>, caller: &Caller, grant: GrantId, action: &Action) -> Result<(), Reason> {
    let control = view.control;
    if !control.running {
        return Err(Reason::new(Code::TenantStopped));
    }
    if !control.agents.get(&caller.agent).is_some_and(|entry| entry.active) {
        return Err(Reason::new(Code::AgentInactive));
    }
    let unknown = || Reason::new(Code::NotAvailable).asked(&action.tool);
    // Unknown and forbidden are one answer: of a tool that its envelope does not name the caller learns nothing, not even
    // what the catalogue would have refused.
    let own = view.task.grants.get(&grant).and_then(|state| state.envelope.as_ref());
    if !own.is_some_and(|envelope| envelope.names(&action.tool)) {
        return Err(unknown());
    }
    let server = control.servers.get(action.tool.server()).ok_or_else(unknown)?;
    let tool = control.tools.get(&action.tool).ok_or_else(unknown)?;
    let told = |code| Reason::new(code).asked(&action.tool);
    if !server.same || server.identity != Some(action.server) {
        return Err(told(Code::ServerChanged));
    }
    if !control.usable(&action.tool) || tool.pinned.pin != action.pin {
        return Err(told(Code::UnderReview));
    }
    let nature = control.nature(&action.tool).ok_or_else(unknown)?;
    // The catalogue read the action under the same entries; if it did not, nothing it says holds.
    if nature.effect != action.effect || nature.egress != action.egress || nature.impact != action.impact {
        return Err(told(Code::UnderReview));
    }
    Ok(())
}
