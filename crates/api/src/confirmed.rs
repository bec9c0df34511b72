//! Before a task is started: acts that its person will be asked about again, one by one, because the consent does not name
//! them whole.

use bailiwick_core::{Impact, Row, ToolId};
use bailiwick_node::LiveControl;

/// The most tools that are told of.
const TOLD_MAX: usize = 16;

/// What a consent to this row leaves open of acts with a tool; nothing where it names them whole.
fn open(control: &LiveControl, row: &Row, tool: &ToolId) -> Vec<&'static str> {
    let named = row.tools.iter().any(|pattern| pattern.exact() && pattern.matches(tool));
    let fixed = |at: &String| row.when.iter().any(|(place, of)| place.to_string() == *at && of.names_values());
    let destinations = control.catalogue.destinations(tool);
    let aimed = destinations.is_empty() || destinations.iter().any(fixed);
    let bounded = row.meters.iter().filter(|(unit, _)| unit.is_currency()).all(|(_, limit)| limit.each.is_some());
    let open = [
        (named, "it does not name the tool itself"),
        (aimed, "it does not say where they go"),
        (bounded, "it does not say the most of one act"),
    ];
    open.into_iter().filter(|(said, _)| !said).map(|(_, why)| why).collect()
}

/// The tools whose acts wait for their person's yes each time, and why.
pub(crate) fn confirmed(control: &LiveControl, rows: &[Row]) -> Vec<(ToolId, String)> {
    let mut out: Vec<(ToolId, String)> = Vec::new();
    for row in rows {
        for tool in control.state.tools.keys().filter(|tool| row.tools.iter().any(|pattern| pattern.matches(tool))) {
            let nature = control.state.nature(tool);
            let high = nature.is_some_and(|nature| {
                let asked = nature.impact == Impact::High && nature.effect.privileged();
                asked && row.effects.contains(&nature.effect)
            });
            let open = if high { open(control, row, tool) } else { Vec::new() };
            if !open.is_empty() && out.len() < TOLD_MAX && !out.iter().any(|(known, _)| known == tool) {
                let why =
                    format!("each act with {tool} waits for your yes, by passkey: of the consent {}", open.join(", "));
                out.push((tool.clone(), why));
            }
        }
    }
    out
}
