//! What bindings of tools can read, for whoever looks for rules that do nothing.

use bailiwick_catalogue::{Binding, Reach};
use bailiwick_core::{ControlState, ToolId};
use bailiwick_policy::Shape;
use std::collections::BTreeMap;

/// The shape of every tool that is known or described. A binding that cannot be read reads nothing.
pub fn shapes(control: &ControlState) -> BTreeMap<ToolId, Shape> {
    let ids = control.tools.keys().chain(control.tool_rules.keys());
    ids.map(|id| {
        let bind = control.tool_rules.get(id).and_then(|rule| Binding::read(&rule.bind).ok());
        (id.clone(), bind.map(|bind| shape(bind.reach())).unwrap_or_default())
    })
    .collect()
}

fn shape(reach: Reach) -> Shape {
    Shape {
        args: reach.arguments.into_iter().collect(),
        many: reach.many.into_iter().collect(),
        destination: reach.destination,
        resource: reach.resource,
        units: reach.units.iter().map(ToString::to_string).collect(),
        any_unit: reach.any_unit,
        told_after: reach.told_after,
    }
}
