//! What speaks against calls, as people are told it.

use bailiwick_core::json::Json;
use bailiwick_core::{RISK_MAX, Risk};

/// As JSON: the number, and each reason with what it adds.
pub(crate) fn risk_json(risk: &Risk) -> Json {
    let reasons = risk.reasons.iter().map(|sign| {
        Json::object([
            ("adds", Json::from(sign.weight())),
            ("code", Json::from(sign.as_str())),
            ("words", Json::from(sign.sentence())),
        ])
    });
    Json::object([("reasons", Json::array(reasons)), ("score", Json::from(risk.score))])
}

/// In lines: the number, then a line a reason.
pub(crate) fn risk_lines(risk: &Risk) -> Vec<String> {
    let head = format!("risk {} of {RISK_MAX}", risk.score);
    let each = risk.reasons.iter().map(|sign| format!("  {sign}: {} ({})", sign.sentence(), sign.weight()));
    [head].into_iter().chain(each).collect()
}
