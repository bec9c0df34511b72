//! Cases are asked, compared with what was expected, and counted by rule.

use crate::case::Case;
use crate::question::Asked;
use crate::supposed::Supposed;
use bailiwick_core::json::Json;
use bailiwick_core::{Answer, Ask, Policy};
use bailiwick_policy::{Compiled, NamedRule, PolicyProblem, input, named_rules};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What policy is expected to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Expect {
    /// It permits.
    Allow,
    /// It permits once people have said yes.
    Ask,
    /// It does not: a rule forbids, none permits, or one fails.
    Deny,
}

impl Expect {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Ask => "ask",
            Self::Deny => "deny",
        }
    }
}

/// What policy said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// In a word.
    pub verdict: Expect,
    /// By which rules.
    pub rules: Vec<String>,
    /// Who is asked.
    pub asks: Vec<String>,
    /// Why a rule failed.
    pub failed: Option<String>,
}

impl Said {
    fn of(answer: Answer) -> Self {
        let said = |verdict, rules, asks: &[Ask], failed| Self {
            verdict,
            rules,
            asks: asks.iter().map(who).collect(),
            failed,
        };
        match answer {
            Answer::Permit(rules) => said(Expect::Allow, rules, &[], None),
            Answer::StepUp { rules, asks } => said(Expect::Ask, rules, &asks, None),
            Answer::Forbid(rules) => said(Expect::Deny, rules, &[], None),
            Answer::Nothing => said(Expect::Deny, Vec::new(), &[], None),
            Answer::Broken { rule, why } => said(Expect::Deny, vec![rule], &[], Some(why)),
        }
    }
}

/// Who is asked, as cases write it.
fn who(ask: &Ask) -> String {
    if ask.count == 1 { ask.who.to_string() } else { format!("{} of {}", ask.count, ask.who) }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verdict.as_str())?;
        match (&self.failed, self.rules.is_empty()) {
            (Some(why), _) => write!(f, ", for `{}` fails: {why}", self.rules.join("`, `"))?,
            (None, true) => f.write_str(", for no rule permits it")?,
            (None, false) => write!(f, " by `{}`", self.rules.join("`, `"))?,
        }
        if self.asks.is_empty() { Ok(()) } else { write!(f, ", asking {}", self.asks.join(" and ")) }
    }
}

/// What one case came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// Its name.
    pub name: String,
    /// What was asked, as a policy in Rego reads it; `None` where that could not be read, or nothing was asked.
    pub input: Option<Json>,
    /// What was said; `None` where it could not be asked.
    pub said: Option<Said>,
    /// What is not as it was expected; nothing where all is.
    pub wrong: Vec<String>,
}

/// How far a rule was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Covered {
    /// The rule.
    pub rule: NamedRule,
    /// In how many cases it matched.
    pub matched: u64,
    /// Of each of its conditions: in how many cases that its head fits it held, and in how many not.
    pub conditions: Vec<(u64, u64)>,
}

/// What all cases came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ran {
    /// By case, in their order.
    pub cases: Vec<Tried>,
    /// By rule, in the order of documents and lines.
    pub rules: Vec<Covered>,
}

/// What several files of cases came to, on the same policies.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RanAll {
    /// By file, in their order.
    pub files: Vec<Vec<Tried>>,
    /// By rule, over all files.
    pub rules: Vec<Covered>,
}

impl RanAll {
    /// With another file's.
    pub fn add(&mut self, ran: Ran) {
        self.files.push(ran.cases);
        if self.rules.is_empty() {
            self.rules = ran.rules;
            return;
        }
        for (all, own) in self.rules.iter_mut().zip(ran.rules) {
            all.matched += own.matched;
            for (sum, more) in all.conditions.iter_mut().zip(own.conditions) {
                *sum = (sum.0 + more.0, sum.1 + more.1);
            }
        }
    }

    /// Whether all came out as expected.
    pub fn passed(&self) -> bool {
        self.files.iter().flatten().all(|case| case.wrong.is_empty())
    }

    /// How many of a hundred rules matched in some case, rounded down; all where there is none.
    pub fn percent(&self) -> u64 {
        let matched = self.rules.iter().filter(|rule| rule.matched > 0).count();
        let (matched, all) = (u64::try_from(matched).unwrap_or(0), u64::try_from(self.rules.len()).unwrap_or(u64::MAX));
        matched.saturating_mul(100).checked_div(all).unwrap_or(100)
    }

    /// For programs.
    pub fn json(&self) -> Json {
        let files = self.files.iter().map(|cases| Json::array(cases.iter().map(case_json)));
        Json::object([
            ("files", Json::array(files)),
            ("passed", Json::from(self.passed())),
            ("percent", Json::from(self.percent())),
            ("rules", Json::array(self.rules.iter().map(rule_json))),
        ])
    }
}

/// Asks all cases of the policies that stand.
///
/// # Errors
/// Every [`PolicyProblem`] that keeps a policy from being read.
pub fn try_cases(supposed: &Supposed, cases: &[Case]) -> Result<Ran, Vec<PolicyProblem>> {
    let compiled = Compiled::compile(&supposed.control)?;
    let rules = named_rules(supposed.control.policies.values().map(|(text, _)| text.as_ref()))?;
    let known: BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    let mut counted = Counted::default();
    let tried = cases.iter().map(|case| one(case, supposed, (&compiled, &known), &mut counted)).collect();
    let rules = rules.into_iter().map(|rule| counted.of(rule)).collect();
    Ok(Ran { cases: tried, rules })
}

#[derive(Default)]
struct Counted {
    matched: BTreeMap<String, u64>,
    conditions: BTreeMap<(String, usize), (u64, u64)>,
}

impl Counted {
    fn of(&self, rule: NamedRule) -> Covered {
        let of = |place| self.conditions.get(&(rule.name.clone(), place)).copied().unwrap_or_default();
        let conditions = (1..=rule.conditions).map(of).collect();
        Covered { matched: self.matched.get(&rule.name).copied().unwrap_or_default(), conditions, rule }
    }
}

fn one(
    case: &Case,
    supposed: &Supposed,
    (compiled, known): (&Compiled, &BTreeSet<&str>),
    counted: &mut Counted,
) -> Tried {
    let name = case.name.clone();
    let asked = match Asked::of(case, supposed) {
        Ok(asked) => asked,
        Err(why) => return Tried { name, input: None, said: None, wrong: vec![why] },
    };
    let Some(question) = asked.question(supposed) else {
        return Tried { name, input: None, said: None, wrong: vec!["nobody holds a grant".to_owned()] };
    };
    let trace = compiled.trace(&question);
    for rule in trace.matched {
        *counted.matched.entry(rule).or_default() += 1;
    }
    for (condition, held) in trace.conditions {
        let (yes, no) = counted.conditions.entry(condition).or_default();
        *if held { yes } else { no } += 1;
    }
    let said = Said::of(compiled.ask(&question));
    let wrong = wrong(case, &said, known);
    Tried { name, input: input(&question).ok(), said: Some(said), wrong }
}

/// What is not as the case expects it.
fn wrong(case: &Case, said: &Said, known: &BTreeSet<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let set = |of: &[String]| of.iter().cloned().collect::<BTreeSet<String>>();
    if case.expect != said.verdict {
        wrong.push(format!("expected {}, found {said}", case.expect.as_str()));
    }
    if let Some(by) = &case.by {
        // a rule in Rego that denies may be named with what it says
        let messaged =
            |rule: &str| rule.rsplit_once('.').is_some_and(|(of, _)| of.ends_with(".deny") && known.contains(of));
        for rule in by.iter().filter(|rule| !known.contains(rule.as_str()) && !messaged(rule)) {
            wrong.push(format!("`by` names `{rule}`, and there is no such rule"));
        }
        if wrong.is_empty() && set(by) != set(&said.rules) {
            wrong.push(format!("expected it by `{}`, found {said}", by.join("`, `")));
        }
    }
    if let Some(approvals) = &case.approvals
        && wrong.is_empty()
        && set(approvals) != set(&said.asks)
    {
        wrong.push(format!("expected {} to be asked, found {said}", approvals.join(" and ")));
    }
    wrong
}

fn texts(of: &[String]) -> Json {
    Json::array(of.iter().map(|text| Json::from(text.as_str())))
}

fn case_json(case: &Tried) -> Json {
    let optional = |text: Option<&str>| text.map_or(Json::Null, Json::from);
    let said = case.said.as_ref();
    Json::object([
        ("approvals", said.map_or(Json::Null, |said| texts(&said.asks))),
        ("by", said.map_or(Json::Null, |said| texts(&said.rules))),
        ("failed", optional(said.and_then(|said| said.failed.as_deref()))),
        ("input", case.input.clone().unwrap_or(Json::Null)),
        ("name", Json::from(case.name.as_str())),
        ("passed", Json::from(case.wrong.is_empty())),
        ("verdict", optional(said.map(|said| said.verdict.as_str()))),
        ("wrong", texts(&case.wrong)),
    ])
}

fn rule_json(covered: &Covered) -> Json {
    let condition = |(held, not): &(u64, u64)| Json::object([("held", Json::from(*held)), ("not", Json::from(*not))]);
    let line = covered.rule.line.and_then(|line| u64::try_from(line).ok());
    Json::object([
        ("conditions", Json::array(covered.conditions.iter().map(condition))),
        ("does", Json::from(covered.rule.does)),
        ("document", Json::from(covered.rule.document.as_str())),
        ("line", line.map_or(Json::Null, Json::from)),
        ("matched", Json::from(covered.matched)),
        ("rule", Json::from(covered.rule.name.as_str())),
    ])
}

#[cfg(test)]
mod tests;
