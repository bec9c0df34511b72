//! What a tool of which no document speaks seems to be: a document to look over and to apply, with what it rests on.

use bailiwick_catalogue::{Method, ToolWords, suggest};
use bailiwick_core::json::Json;
use bailiwick_core::{DataClass, Document, PinnedTool, Tool};

/// `null` of what is none of the server's tools: what methods do is known. `others` are all that the server offers, and `classes`
/// those of the data that it can reach.
pub(super) fn json(tool: &PinnedTool, words: &ToolWords, others: &[ToolWords], classes: &[DataClass]) -> Json {
    if Method::of_tool(words.name()).is_some() {
        return Json::Null;
    }
    let seems = suggest(words, others, classes);
    let why = seems
        .why
        .iter()
        .map(|(part, why)| Json::object([("part", Json::from(part.as_str())), ("why", Json::from(why.as_str()))]));
    let why = Json::array(why);
    let document = Tool {
        tool: tool.tool.clone(),
        effect: seems.effect,
        egress: seems.egress,
        reversibility: seems.reversibility,
        impact: seems.impact,
        bind: seems.bind,
    };
    Json::object([("document", Document::Tool(document).json()), ("why", why)])
}
