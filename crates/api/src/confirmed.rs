//! Before a task is started: acts that its person will be asked about again, one by one, because the consent does not name
//! them whole.

use bailiwick_catalogue::Binding;
use bailiwick_core::{ControlState, Effect, Impact, Row, ToolId};
use std::collections::BTreeSet;

/// The most tools that are told of.
const TOLD_MAX: usize = 16;

/// What a consent to this row leaves open of acts with a tool; nothing where it names them whole.
fn open(state: &ControlState, row: &Row, tool: &ToolId) -> Vec<&'static str> {
    let named = row.tools.iter().any(|pattern| pattern.exact() && pattern.matches(tool));
    let fixed = |at: &String| row.when.iter().any(|(place, of)| place.to_string() == *at && of.names_values());
    let binding = state.tool_rules.get(tool).and_then(|rule| Binding::read(&rule.bind).ok());
    let destinations = binding.map(|binding| binding.destinations()).unwrap_or_default();
    let aimed = destinations.is_empty() || destinations.iter().any(fixed);
    let bounded = row.meters.iter().filter(|(unit, _)| unit.is_currency()).all(|(_, limit)| limit.each.is_some());
    let open = [
        (named, "does not name the tool itself"),
        (aimed, "does not say where they go"),
        (bounded, "does not say the most of one act"),
    ];
    open.into_iter().filter(|(said, _)| !said).map(|(_, why)| why).collect()
}

/// What a tool does and what is at stake: also of one that a document describes and nobody has seen yet.
fn nature(state: &ControlState, tool: &ToolId) -> Option<(Effect, Impact)> {
    let seen = state.nature(tool).map(|nature| (nature.effect, nature.impact));
    seen.or_else(|| {
        let rule = state.tool_rules.get(tool)?;
        let own = rule.effect.impact(rule.reversibility);
        Some((rule.effect, rule.impact.map_or(own, |raised| raised.max(own))))
    })
}

/// The tools whose acts wait for their person's yes each time, and why.
pub(crate) fn confirmed(state: &ControlState, rows: &[Row]) -> Vec<(ToolId, String)> {
    let known: BTreeSet<&ToolId> = state.tools.keys().chain(state.tool_rules.keys()).collect();
    let mut out: Vec<(ToolId, String)> = Vec::new();
    for row in rows {
        for tool in known.iter().filter(|tool| row.tools.iter().any(|pattern| pattern.matches(tool))) {
            let high = nature(state, tool).is_some_and(|(effect, impact)| {
                impact == Impact::High && effect.privileged() && row.effects.contains(&effect)
            });
            let open = if high { open(state, row, tool) } else { Vec::new() };
            if !open.is_empty() && out.len() < TOLD_MAX && !out.iter().any(|(told, _)| told == *tool) {
                let why =
                    format!("each act with {tool} waits for your yes, by passkey: the consent {}", open.join(", "));
                out.push(((*tool).clone(), why));
            }
        }
    }
    out
}
