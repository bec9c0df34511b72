//! How the tenant's notices go: for `status` and `doctor`. Who sends them stands outside.

use crate::Api;
use bailiwick_core::json::Json;
use bailiwick_core::{Notify, RoleName, Rule, RuleEntry};
use std::collections::BTreeMap;

/// How one rule's notices stand, as far as this node knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTold {
    /// The rule.
    pub rule: String,
    /// How many arrived.
    pub sent: u64,
    /// How many wait.
    pub waiting: usize,
    /// How many were given up.
    pub given_up: u64,
    /// How many tries in a row failed.
    pub failed: u64,
    /// Why the last one did.
    pub trouble: Option<String>,
}

/// Who sends the tenant's notices.
pub trait Telling: std::fmt::Debug + Send + Sync {
    /// Each rule that this node sends for; none where another node does.
    fn told(&self) -> Vec<RuleTold>;
    /// What keeps a rule from telling anybody, before anything happens.
    fn unready(&self, notify: &Notify) -> Option<String>;
}

impl Api {
    /// Says who sends notices.
    pub fn has_notices(&self, notices: std::sync::Arc<dyn Telling>) {
        // One process has one.
        let _first = self.notices.set(notices);
    }

    fn told(&self) -> Vec<RuleTold> {
        self.notices.get().map(|notices| notices.told()).unwrap_or_default()
    }

    /// For `status`.
    pub(crate) fn told_json(&self, rules: &BTreeMap<RoleName, RuleEntry>) -> Json {
        // what keeps a rule from telling anybody is trouble before anything has happened
        let unready = |told: &RuleTold| {
            let named = rules.iter().find(|(name, _)| name.as_str() == told.rule)?;
            self.notices.get()?.unready(named.1.document.notify.as_ref()?)
        };
        let count = |count: usize| Json::from(u64::try_from(count).unwrap_or(u64::MAX));
        Json::array(self.told().iter().map(|told| {
            Json::object([
                ("failed", Json::from(told.failed)),
                ("given_up", Json::from(told.given_up)),
                ("rule", Json::from(told.rule.as_str())),
                ("sent", Json::from(told.sent)),
                ("trouble", unready(told).or_else(|| told.trouble.clone()).map_or(Json::Null, Json::from)),
                ("waiting", count(told.waiting)),
            ])
        }))
    }

    /// A check for each rule that tells somebody: its words, whether they are well, and what to do.
    pub(crate) fn told_checked<'a>(
        &self,
        rules: impl Iterator<Item = &'a Rule>,
    ) -> Vec<(String, Option<bool>, String, Option<&'static str>)> {
        let told = self.told();
        let check = |rule: &Rule| {
            let (name, notify) = (format!("rule {}", rule.name), rule.notify.as_ref()?);
            let own = told.iter().find(|told| told.rule == rule.name.as_str());
            if let Some(why) = self.notices.get().and_then(|notices| notices.unready(notify)) {
                return Some((name, Some(false), format!("nobody is told: {why}"), Some(UNREADY)));
            }
            let Some(own) = own else {
                return Some((name, None, "another node tells, or this one has just begun".to_owned(), None));
            };
            let counts = format!("{} notices arrived, {} wait, {} were given up", own.sent, own.waiting, own.given_up);
            Some(match &own.trouble {
                Some(why) => {
                    let words = format!("{counts}; the last {} tries failed: {why}", own.failed);
                    (name, Some(false), words, Some(FAILS))
                }
                None => (name, Some(true), counts, None),
            })
        };
        rules.filter_map(check).collect()
    }
}

/// What lets a rule tell anybody.
const UNREADY: &str =
    "start the node with what the rule needs: bailiwick serve --smtp URL --mail-from ADDRESS, --secret NAME=FILE";
/// What lets notices arrive again.
const FAILS: &str =
    "mend the place that is told, or correct the rule: bailiwick apply -f FILE; a notice is tried for a day";
