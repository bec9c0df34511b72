//! A tenant's policies, read once, and the answer to a question.

use crate::context::{Asked, resource_entity};
use crate::outside;
use crate::problem::{PolicyProblem, clip};
use crate::rego::{self, Rego, Ruled, Said};
use crate::rules::{self, Rule};
use crate::scope::{Resource, Seen, named_resources};
use crate::search::Case;
use crate::slice::{Slice, Slices};
use crate::trace::{self, Trace};
use bailiwick_core::{Answer, ControlState, Digest, Outside, Policy, Question};
use cedar_policy::{AuthorizationError, Authorizer, Context, Decision, Entities, PolicySet, Request};
use std::collections::BTreeSet;
use std::fmt;

/// What a question that lacks a part is refused by, in the place of a rule.
const QUESTION: &str = "question";
/// What a rule that tells resources apart fails by.
const UNREAD: &str = "it names the resource, which could not be read";

/// A tenant's policies, ready to be asked. It depends on the policies alone: what the control state says of agents,
/// servers and tools comes with each question, so only a change of policy needs it made anew.
pub struct Compiled {
    digest: Digest,
    rules: Result<Vec<Rule>, Vec<PolicyProblem>>,
    /// Whether there is a policy in Cedar, be it empty.
    cedar: bool,
    rego: Vec<Rego>,
    named: BTreeSet<String>,
    slices: Slices,
    authorizer: Authorizer,
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled")
            .field("digest", &self.digest)
            .field("rules", &self.rules_count())
            .finish_non_exhaustive()
    }
}

impl Compiled {
    /// Reads all policies of the control state.
    ///
    /// # Errors
    /// Every [`PolicyProblem`] that keeps a text from being read.
    pub fn compile(control: &ControlState) -> Result<Self, Vec<PolicyProblem>> {
        let compiled = Self::compile_or_refuse(control);
        match compiled.rules {
            Err(problems) => Err(problems),
            Ok(_) => Ok(compiled),
        }
    }

    /// Reads all policies of the control state; where one cannot be read, every question is refused and told which.
    pub fn compile_or_refuse(control: &ControlState) -> Self {
        let texts = || control.policies.values().map(|(text, _)| text.as_ref());
        let mut rules = rules::read(texts());
        let mut rego = Vec::new();
        for read in texts().filter_map(rego::read) {
            match (read, &mut rules) {
                (Ok(read), _) => rego.push(read),
                (Err(problems), Err(all)) => all.extend(problems),
                (Err(problems), Ok(_)) => rules = Err(problems),
            }
        }
        let engines = outside::problems(texts());
        match &mut rules {
            _ if engines.is_empty() => {}
            Err(all) => all.extend(engines),
            Ok(_) => rules = Err(engines),
        }
        let cedar = texts().any(|text| text.cedar.is_some());
        let named = named_resources(rules.iter().flatten().map(|rule| &rule.policy));
        let (slices, authorizer) = (Slices::default(), Authorizer::new());
        Self { digest: control.policy_digest(), rules, cedar, rego, named, slices, authorizer }
    }

    /// Of rules that were read: to be tried, never to decide. Its digest is nobody's.
    pub(crate) fn of_rules(rules: Vec<Rule>) -> Self {
        let named = named_resources(rules.iter().map(|rule| &rule.policy));
        let (slices, authorizer) = (Slices::default(), Authorizer::new());
        let digest = Digest::new([0; 32]);
        Self { digest, rules: Ok(rules), cedar: true, rego: Vec::new(), named, slices, authorizer }
    }

    /// What keeps the policies from being read.
    pub fn problems(&self) -> &[PolicyProblem] {
        self.rules.as_ref().err().map_or(&[], Vec::as_slice)
    }

    /// How many rules there are.
    pub fn rules_count(&self) -> usize {
        self.rules.as_ref().map_or(0, Vec::len)
    }

    fn seen(&self, asked: &Asked<'_>) -> Seen {
        let action = asked.question.action;
        let resource = match &action.resource {
            None if asked.resource_unread() => Resource::Unread,
            None => Resource::Server,
            Some(resource) if self.named.contains(resource) => Resource::Named(resource.clone()),
            Some(_) => Resource::Other,
        };
        Seen {
            agent: asked.agent.document.name.clone(),
            role: asked.agent.document.role.clone(),
            zone: asked.agent.document.zone.clone(),
            tool: action.tool.clone(),
            effect: action.effect,
            impact: action.impact,
            server_zone: asked.server.document.zone.clone(),
            resource,
        }
    }

    fn answer(&self, question: &Question<'_>) -> Result<Answer, Broken> {
        let rules = self.rules.as_ref().map_err(|problems| Broken::unread(problems))?;
        let asked = Asked::new(question).map_err(Broken::question)?;
        if self.rego.is_empty() {
            return self.cedar(&asked, rules);
        }
        let cedar = if self.cedar { Some(self.cedar(&asked, rules)?) } else { None };
        Ok(joined(cedar, self.rego(&asked)?))
    }

    fn cedar(&self, asked: &Asked<'_>, rules: &[Rule]) -> Result<Answer, Broken> {
        let slice = self.slices.get(self.seen(asked), rules).map_err(Broken::question)?;
        self.decide(asked, &slice)
    }

    fn rego(&self, asked: &Asked<'_>) -> Result<Said, Broken> {
        let mut said = Said::default();
        let ask = |rego: &Rego| rego.ask(asked, &mut said);
        self.rego.iter().try_for_each(ask).map_err(|Ruled { rule, why }| Broken { rule, why })?;
        Ok(said)
    }

    fn decide(&self, asked: &Asked<'_>, slice: &Slice) -> Result<Answer, Broken> {
        if let Some(rule) = slice.blind.clone() {
            return Err(Broken { rule, why: UNREAD.to_owned() });
        }
        let rules = &slice.rules;
        if rules.hard.is_empty() {
            return Ok(Answer::Nothing);
        }
        self.ruled(&request(asked, slice)?, slice)
    }

    /// What is said of a case that nobody asked about: as of a question.
    pub(crate) fn of_case(&self, case: &Case<'_>) -> Answer {
        let answer = || {
            let rules = self.rules.as_ref().map_err(|problems| Broken::unread(problems))?;
            let mut seen = case.seen();
            if let Resource::Named(name) = &seen.resource
                && !self.named.contains(name)
            {
                seen.resource = Resource::Other;
            }
            let slice = self.slices.get(seen, rules).map_err(Broken::question)?;
            if slice.rules.hard.is_empty() {
                return Ok(Answer::Nothing);
            }
            let context = case.context(&slice.rules.reads).map_err(Broken::question)?;
            let (principal, action) = (slice.principal.clone(), slice.action.clone());
            let request = Request::new(principal, action, case.resource_entity(), context, None);
            self.ruled(&request.map_err(Broken::question)?, &slice)
        };
        answer().unwrap_or_else(|Broken { rule, why }| Answer::Broken { rule, why })
    }

    fn ruled(&self, request: &Request, slice: &Slice) -> Result<Answer, Broken> {
        let rules = &slice.rules;
        let permits = match self.says(request, &rules.hard, &slice.entities)? {
            (Decision::Allow, permits) => permits,
            (Decision::Deny, forbids) if forbids.is_empty() => return Ok(Answer::Nothing),
            (Decision::Deny, forbids) => return Ok(Answer::Forbid(forbids)),
        };
        if rules.soft.is_empty() {
            return Ok(Answer::Permit(permits));
        }
        // Only what is permitted asks anybody: so no rule of the soft set makes a yes of a no.
        let (_, asking) = self.says(request, &rules.soft, &slice.entities)?;
        if asking.is_empty() {
            return Ok(Answer::Permit(permits));
        }
        let asks = asking.iter().filter_map(|rule| rules.asks.get(rule).cloned()).collect();
        Ok(Answer::StepUp { rules: permits.into_iter().chain(asking).collect(), asks })
    }

    /// What each rule says of a question by itself, whichever of them decides: for those who test rules.
    pub fn trace(&self, question: &Question<'_>) -> Trace {
        let Ok(rules) = self.rules.as_ref() else { return Trace::default() };
        let Ok(asked) = Asked::new(question) else { return Trace::default() };
        let Ok(slice) = self.slices.get(self.seen(&asked), rules) else { return Trace::default() };
        let Ok(request) = request(&asked, &slice) else { return Trace::default() };
        if let Some(rule) = slice.blind.clone() {
            return Trace { failed: [rule].into(), ..Trace::default() };
        }
        let mut trace = trace::of(rules, |set| self.authorizer.is_authorized(&request, set, &slice.entities));
        match self.rego(&asked) {
            Ok(Said { permits, forbids, asks }) => {
                let matched = permits.into_iter().chain(forbids).chain(asks.into_keys());
                trace.matched.extend(matched.map(|rule| rego::without_message(&rule).to_owned()));
            }
            Err(broken) => drop(trace.failed.insert(broken.rule)),
        }
        trace
    }

    /// What Cedar says of one set, and the rules that it says it for, by name.
    fn says(&self, request: &Request, set: &PolicySet, entities: &Entities) -> Result<(Decision, Vec<String>), Broken> {
        let response = self.authorizer.is_authorized(request, set, entities);
        let broken = response.diagnostics().errors().map(|error| match error {
            AuthorizationError::PolicyEvaluationError(error) => {
                Broken { rule: error.policy_id().to_string(), why: clip(&error.inner().to_string()) }
            }
        });
        // Of several that err, the first by name: the answer must not depend on the order in which they were asked.
        if let Some(broken) = broken.min_by(|a, b| a.rule.cmp(&b.rule)) {
            return Err(broken);
        }
        let mut rules: Vec<String> = response.diagnostics().reason().map(ToString::to_string).collect();
        rules.sort_unstable();
        Ok((response.decision(), rules))
    }
}

impl Policy for Compiled {
    fn ask(&self, question: &Question<'_>) -> Answer {
        self.answer(question).unwrap_or_else(|Broken { rule, why }| Answer::Broken { rule, why })
    }
    fn told(&self, question: &Question<'_>, outside: &Outside) -> Result<String, String> {
        outside::told(&Asked::new(question)?, outside)
    }
    fn digest(&self) -> Digest {
        self.digest
    }
}

/// What two engines say: each must permit, and what one forbids is forbidden.
fn joined(cedar: Option<Answer>, rego: Said) -> Answer {
    let (mut permits, mut forbids, mut asks) = (Vec::new(), Vec::new(), Vec::new());
    let mut all = !rego.permits.is_empty();
    match cedar {
        None => {}
        Some(Answer::Permit(rules)) => permits = rules,
        Some(Answer::StepUp { rules, asks: of }) => (permits, asks) = (rules, of),
        Some(Answer::Forbid(rules)) => forbids = rules,
        Some(Answer::Nothing) => all = false,
        Some(broken @ Answer::Broken { .. }) => return broken,
    }
    forbids.extend(rego.forbids);
    if !forbids.is_empty() {
        return Answer::Forbid(forbids);
    }
    if !all {
        return Answer::Nothing;
    }
    permits.extend(rego.permits);
    for (rule, of) in rego.asks {
        permits.push(rule);
        asks.extend(of);
    }
    if asks.is_empty() { Answer::Permit(permits) } else { Answer::StepUp { rules: permits, asks } }
}

/// The question as Cedar is asked it, with what the rules of its slice read.
fn request(asked: &Asked<'_>, slice: &Slice) -> Result<Request, Broken> {
    let pairs = slice.rules.reads.iter().filter_map(|attribute| {
        let value = (attribute.value)(asked)?.cedar()?;
        Some((attribute.name.to_owned(), value))
    });
    let context = Context::from_pairs(pairs).map_err(Broken::question)?;
    let (principal, action) = (slice.principal.clone(), slice.action.clone());
    Request::new(principal, action, resource_entity(asked), context, None).map_err(Broken::question)
}

/// What keeps an answer from being given.
struct Broken {
    rule: String,
    why: String,
}

impl Broken {
    fn question(why: impl fmt::Display) -> Self {
        Self { rule: QUESTION.to_owned(), why: clip(&why.to_string()) }
    }
    fn unread(problems: &[PolicyProblem]) -> Self {
        let first = problems.first();
        let rule =
            first.map_or(QUESTION.to_owned(), |problem| problem.rule.clone().unwrap_or(problem.document.clone()));
        Self { rule, why: first.map_or_else(String::new, |problem| clip(&problem.to_string())) }
    }
}

#[cfg(test)]
mod tests;
