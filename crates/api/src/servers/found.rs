//! What is odd about the tools that wait for review. A tool with a finding that nobody named is not taken with the others.

use super::{Against, against};
use bailiwick_catalogue::{Binding, Comparison, Finding, Method, ToolWords, findings};
use bailiwick_core::json::Json;
use bailiwick_core::{Accepted, ControlState, Effect, PinnedTool, ToolId};

/// The finding of a tool that takes what nobody reads.
const UNBOUND: &str = "unbound";

/// The findings of a tool that was not taken as it is now; what stands was looked at when it was taken.
fn of(state: &ControlState, look: &Comparison, tool: &PinnedTool) -> Vec<Finding> {
    let server = tool.tool.server();
    if against(state, server, look, tool.tool.tool()) == Against::Stands {
        return Vec::new();
    }
    // by INVARIANT of the comparison: words stand in the order of what is offered
    let bytes = look.reviewed.iter().zip(&look.words).find(|(own, _)| own.tool == tool.tool).map(|(_, bytes)| bytes);
    let Some(words) = bytes.and_then(|bytes| ToolWords::from_bytes(bytes).ok()) else { return Vec::new() };
    let offered = look.reviewed.iter().map(|own| &own.tool);
    let others: std::collections::BTreeSet<&ToolId> = state.tools.keys().chain(offered).collect();
    let mut all = findings(&tool.tool, &words, others.into_iter());
    let unread = unbound(state, tool, &words);
    if !unread.is_empty() {
        let why = "no document reads these arguments, so of what stands in them addresses alone are judged".to_owned();
        all.push(Finding { code: UNBOUND, at: String::new(), why, words: unread.join(", ") });
    }
    all
}

/// The arguments of a tool that no document reads, if it does more than read: an argument of what only reads is bound to nothing
/// worse than what it reads. What methods take is known.
pub(super) fn unbound(state: &ControlState, tool: &PinnedTool, words: &ToolWords) -> Vec<String> {
    let rule = state.tool_rules.get(&tool.tool);
    let effect = rule.map_or(tool.effect, |rule| rule.effect);
    if effect == Effect::Read || Method::of_tool(words.name()).is_some() {
        return Vec::new();
    }
    // one that cannot be read reads nothing
    let binding = rule.and_then(|rule| Binding::read(&rule.bind).ok()).unwrap_or_default();
    bailiwick_catalogue::unbound(words, &binding)
}

/// How a finding is named when it is accepted.
fn named(tool: &PinnedTool, finding: &Finding) -> String {
    format!("{}:{}", tool.tool.tool(), finding.code)
}

/// The findings of one tool, for people.
pub(super) fn json(state: &ControlState, look: &Comparison, tool: &PinnedTool) -> Json {
    let one = |finding: &Finding| {
        Json::object([
            ("accept", Json::from(named(tool, finding).as_str())),
            ("at", Json::from(finding.at.as_str())),
            ("code", Json::from(finding.code)),
            ("why", Json::from(finding.why.as_str())),
            ("words", Json::from(finding.words.as_str())),
        ])
    };
    Json::array(of(state, look, tool).iter().map(one).collect::<Vec<_>>())
}

/// The tools that a review takes, what was found of them and is accepted, and the findings that keep the others from it.
pub(super) fn told_apart(
    state: &ControlState,
    look: &Comparison,
    accepted: &[String],
) -> (Vec<PinnedTool>, Vec<Accepted>, Vec<String>) {
    let (mut taken, mut with, mut kept) = (Vec::new(), Vec::new(), Vec::new());
    for tool in &look.reviewed {
        let mut open: Vec<Finding> = of(state, look, tool);
        let mut found: Vec<&'static str> = open.iter().map(|finding| finding.code).collect();
        found.sort_unstable();
        found.dedup();
        // `*:alike` names it of every tool: two servers may be one program
        let of_all = |finding: &Finding| format!("*:{}", finding.code);
        open.retain(|finding| !accepted.contains(&named(tool, finding)) && !accepted.contains(&of_all(finding)));
        let mut open: Vec<String> = open.iter().map(|finding| named(tool, finding)).collect();
        open.dedup();
        if open.is_empty() {
            taken.push(tool.clone());
            with.extend(found.iter().map(|&code| Accepted { code: code.to_owned(), tool: tool.tool.clone() }));
        }
        kept.append(&mut open);
    }
    (taken, with, kept)
}

/// Why nothing was taken.
pub(super) fn not_named(kept: &[String]) -> String {
    format!("nothing is taken: `{}` was found and is not accepted by name", kept.join("`, `"))
}
