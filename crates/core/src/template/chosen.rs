//! Tools that a person picks as they start a task: of what the template allows, and never more.

use super::{BadFilling, Filled, bad};
use crate::document::Template;
use crate::{Row, ToolPattern};

/// The most tools that are picked.
const CHOSEN_MAX: usize = 64;

/// What is left of a filled template where only these tools are wanted: a row keeps those of its tools that are within one
/// of them. Nothing picked leaves it as it is, but for a template that has them picked.
///
/// # Errors
/// [`BadFilling`] where a tool is picked that no row allows, or none is and the template has them picked.
pub fn chosen(template: &Template, filled: Filled, only: &[ToolPattern]) -> Result<Filled, BadFilling> {
    if only.is_empty() && !template.choose {
        return Ok(filled);
    }
    let mut rows = filled.envelope.rows;
    let allowed = || {
        let tools = template.grant.iter().flat_map(|row| &row.tools).map(String::as_str).collect::<Vec<_>>();
        format!("at least one, and at most {CHOSEN_MAX}, of the tools of this template ({})", tools.join(", "))
    };
    let has = |picked: &ToolPattern| rows.iter().any(|row| !common(row, picked).is_empty());
    if let Some(other) = only.iter().find(|picked| !has(picked)) {
        return Err(bad("only", format_args!("{}, not `{other}`", allowed())));
    }
    if only.is_empty() || only.len() > CHOSEN_MAX {
        return Err(bad("only", allowed()));
    }
    for row in &mut rows {
        let mut kept: Vec<ToolPattern> = Vec::new();
        for tool in only.iter().flat_map(|picked| common(row, picked)) {
            if !kept.contains(&tool) {
                kept.push(tool);
            }
        }
        row.tools = kept;
    }
    rows.retain(|row| !row.tools.is_empty());
    Ok(Filled { envelope: crate::Envelope { rows, ..filled.envelope }, ..filled })
}

/// The patterns that stand for what a row and a pick both name: of two, the narrower one.
fn common(row: &Row, picked: &ToolPattern) -> Vec<ToolPattern> {
    let narrower = |own: &ToolPattern| {
        if own.covers(picked) { Some(picked.clone()) } else { picked.covers(own).then(|| own.clone()) }
    };
    row.tools.iter().filter_map(narrower).collect()
}

#[cfg(test)]
mod tests;
