//! Whom `step_up` names: `owner`, `role:cfo|person:anna`, `role:finance:2`.

use bailiwick_core::{Approver, Approvers, Ask, COUNT_MAX, VALID};
use std::collections::BTreeMap;

/// Who is asked, and how many; alternatives stand between `|`, and a number at the end says how many persons.
pub(crate) fn parse(text: &str) -> Result<Ask, String> {
    let bad = |expected: &str| format!("`step_up` contains `{}`: expected {expected}", text.escape_debug());
    let (who, count) = match text.rsplit_once(':') {
        Some((who, count)) if count.bytes().all(|b| b.is_ascii_digit()) && !count.is_empty() => {
            let count = count.parse().ok().filter(|count| (1..=COUNT_MAX).contains(count));
            (who, count.ok_or_else(|| bad(&format!("1 to {COUNT_MAX} persons")))?)
        }
        _ => (text, 1),
    };
    let one = |word: &str| Approver::parse(word.trim()).map_err(bad);
    let who = who.split('|').map(one).collect::<Result<Vec<_>, _>>()?;
    let who = Approvers::new(who).ok_or_else(|| bad(&format!("1 to {} who may say yes", Approvers::MAX)))?;
    Ok(Ask { count, escalate: None, exclude: Vec::new(), over: BTreeMap::new(), tools: Vec::new(), valid: VALID, who })
}
