//! Servers, what each of their tools does, and the rules of policy.

use super::page::{Page, value, values};
use super::people::said;
use bailiwick_catalogue::Method;
use bailiwick_core::{ControlState, Transport};
use bailiwick_policy::described;

/// Servers: how they are reached, and whether they are what was reviewed.
pub(super) fn servers(page: &mut Page, state: &ControlState) {
    page.heading(2, &["Servers"]);
    let all: Vec<Vec<String>> = state
        .servers
        .iter()
        .map(|(name, entry)| {
            let transport = match entry.document.transport {
                Transport::Stdio { .. } => "a process of the node's",
                Transport::Http { .. } => "HTTP",
                Transport::Wrapped { .. } => "a process of the client's",
            };
            let stands = match (entry.identity.is_some(), entry.same) {
                (false, _) => "never seen",
                (true, true) => "as reviewed",
                (true, false) => "another one answers: its calls wait for review",
            };
            let mode = crate::ways::mode_by_document(&entry.document);
            vec![
                value(name.as_str()),
                transport.to_owned(),
                mode.to_owned(),
                value(entry.document.zone.as_str()),
                stands.to_owned(),
            ]
        })
        .collect();
    page.table(&["server", "reached by", "mode", "zone", "standing"], &all, "There is no server.");
    page.text(
        "`cooperative`: somebody could go around it, since its client starts it or it runs under the node's own account. It is \
         decided and recorded, and is no control. `enforced` is so for agents of other accounts and machines alone: \
         `bailiwick enforcement` says for whom.",
    );
}

/// Tools: what each does, and how much that matters.
pub(super) fn tools(page: &mut Page, state: &ControlState) {
    page.heading(2, &["Tools"]);
    let offered = state.tools.iter().filter(|(tool, _)| !Method::answers(tool.tool()));
    let all: Vec<Vec<String>> = offered
        .filter_map(|(tool, entry)| {
            let nature = state.nature(tool)?;
            let by = if state.tool_rules.contains_key(tool) { "a document" } else { "the server's own words" };
            let usable = if state.usable(tool) { "may be called" } else { "waits for review" };
            Some(vec![
                value(&tool.to_string()),
                said(&nature.effect),
                said(&nature.egress),
                said(&nature.impact),
                said(&nature.reversibility),
                by.to_owned(),
                format!("{}, {usable}", entry.pinned.standing.as_str()),
            ])
        })
        .collect();
    let head = ["tool", "effect", "egress", "impact", "reversibility", "as said by", "standing"];
    page.table(&head, &all, "No tool was ever seen.");
}

/// Policies: each rule by name, which way it points, and what its author says of it.
pub(super) fn policies(page: &mut Page, state: &ControlState) {
    page.heading(2, &["Policies"]);
    page.text(
        "Asked after envelope and role. One rule that forbids and matches wins; otherwise one that permits must match; what no \
         rule speaks of is refused, and a rule that cannot be evaluated refuses.",
    );
    if state.policies.is_empty() {
        page.text("There is no policy: every call is refused.");
    }
    for (name, (text, digest)) in &state.policies {
        page.heading(3, &["Policy ", &value(name)]);
        page.item(&["digest: `", &digest.to_string(), "`"]);
        if let Some(opa) = &text.opa {
            let told: Vec<&str> = opa.context.iter().map(String::as_str).collect();
            page.item(&[
                "asked of an engine outside, which may forbid or ask and never permits: ",
                &value(&opa.url),
                ", document ",
                &value(&opa.path),
            ]);
            page.item(&["it is told who, what, on what, and of the context: ", &values(told)]);
            continue;
        }
        let Some(rules) = described(text) else {
            page.item(&["it cannot be read, so every call is refused"]);
            continue;
        };
        for rule in rules {
            let way = if rule.permits { "permits" } else { "forbids" };
            let words = rule.description.map_or_else(String::new, |words| format!(": {}", value(&words)));
            page.item(&["rule ", &value(&rule.rule), " ", way, &words]);
            page.item(&["rule ", &value(&rule.rule), " as it is written: ", &value(&rule.text)]);
        }
    }
}
