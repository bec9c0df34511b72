//! What other policies would have said of what was recorded: each call is decided again on the state that it met, once under
//! the policies that stood and once under the candidate's. Calls that came after are asked on the record as it is: what a
//! refusal would have changed for them nobody can tell.

mod told;

pub use told::{Replayed, ReplayedCall, ReplayedGroup, Turn};

use crate::again::Seen;
use crate::command::{Asof, candidates};
use crate::control::Control;
use bailiwick_core::{
    Answer, Blobs, Command, ControlState, Data, Decided, Digest, Event, Facts, Micros, Outside, Policy, PolicyText,
    Question, RULES, TaskState, Verdict, View, decide,
};
use bailiwick_policy::{Compiled, PolicyProblem, named_rules};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How a decision ended for the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Allowed,
    Asked,
    Refused,
}

impl End {
    /// Of acts that go on from others nothing is said.
    fn of(decided: &Decided) -> Option<Self> {
        match decided.verdict {
            Verdict::Allow { .. } | Verdict::Done => Some(Self::Allowed),
            // what people would be asked about is looked at first
            Verdict::StepUp { .. } | Verdict::Look => Some(Self::Asked),
            Verdict::Deny => Some(Self::Refused),
            // what an engine outside would say of it nobody knows
            Verdict::Again { .. } | Verdict::Consult(_) => None,
        }
    }
}

/// A policy, and what it said last.
struct Heard<'a> {
    policy: &'a dyn Policy,
    said: Mutex<Option<Answer>>,
}

impl<'a> Heard<'a> {
    fn new(policy: &'a dyn Policy) -> Self {
        Self { policy, said: Mutex::new(None) }
    }

    fn take(&self) -> Option<Answer> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Policy for Heard<'_> {
    fn ask(&self, question: &Question<'_>) -> Answer {
        let answer = self.policy.ask(question);
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer.clone());
        answer
    }
    fn told(&self, question: &Question<'_>, outside: &Outside) -> Result<String, String> {
        self.policy.told(question, outside)
    }
    fn digest(&self) -> Digest {
        self.policy.digest()
    }
}

/// The policies that are tried, and what came of it so far.
pub struct Candidate {
    policy: Compiled,
    does: BTreeMap<String, &'static str>,
    since: Micros,
    replayed: Replayed,
}

impl std::fmt::Debug for Candidate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Candidate").field("policy", &self.policy).field("since", &self.since).finish_non_exhaustive()
    }
}

impl Candidate {
    /// These policies, all of them, tried on what was recorded since then.
    ///
    /// # Errors
    /// Every [`PolicyProblem`] that keeps one from being read.
    pub fn new(texts: &[PolicyText], since: Micros) -> Result<Self, Vec<PolicyProblem>> {
        let named = |text: &PolicyText| (text.name.clone(), (Arc::new(text.clone()), text.digest()));
        let control = ControlState { policies: texts.iter().map(named).collect(), ..Default::default() };
        let rules = named_rules(texts.iter())?;
        let does = rules.into_iter().map(|rule| (rule.name, rule.does)).collect();
        Ok(Self { policy: Compiled::compile(&control)?, does, since, replayed: Replayed::default() })
    }

    /// What came of it.
    pub fn replayed(self) -> Replayed {
        self.replayed
    }

    /// Goes on with what other policies say; what came of it so far stays.
    fn renewed(&mut self, texts: &[PolicyText]) -> Result<(), Vec<PolicyProblem>> {
        let fresh = Self::new(texts, self.since)?;
        *self = Self { replayed: std::mem::take(&mut self.replayed), ..fresh };
        Ok(())
    }

    /// Looks at one event of a task, before it is folded.
    pub(crate) fn event(&mut self, task: &TaskState, control: Option<&mut Control>, seen: &Seen, leaf: u64) {
        if seen.event.at < self.since {
            return;
        }
        let grant_of = |grant| task.grants.get(&grant).map(|grant| grant.holder.clone());
        let (was, agent, tool, refused_by) = match &seen.event.data {
            Data::ActionBegun(of) => (End::Allowed, grant_of(of.grant), &of.action.tool, &of.under.policy_rules),
            Data::ActionWaiting(of) => (End::Asked, grant_of(of.grant), &of.action.tool, &of.under.policy_rules),
            Data::ActionRefused(of) => (End::Refused, grant_of(of.grant), &of.action.tool, &of.under.policy_rules),
            Data::RefusalsCounted(counted) => {
                let all = counted.counted.iter().fold(0_u64, |sum, entry| sum.saturating_add(entry.count));
                self.replayed.counted = self.replayed.counted.saturating_add(all);
                return;
            }
            _ => return,
        };
        self.replayed.calls += 1;
        let Some(control) = control.filter(|_| seen.shown && task.salt.is_some()) else {
            self.replayed.undecidable += 1;
            return;
        };
        let Some((would, answer)) = self.again(task, control, (&seen.event.data, was)) else {
            self.replayed.otherwise += 1;
            return;
        };
        let turn = match (was, would) {
            (was, would) if was == would => {
                self.replayed.same += 1;
                return;
            }
            (_, End::Allowed) => Turn::Allowed,
            (_, End::Asked) => Turn::Asked,
            (_, End::Refused) => Turn::Refused,
        };
        let rules = self.because(turn, answer, refused_by);
        let agent = agent.map_or_else(|| "?".to_owned(), |agent| agent.to_string());
        let was = match was {
            End::Allowed => "allowed",
            End::Asked => "asked",
            End::Refused => "refused",
        };
        let call = ReplayedCall { event: leaf, at: seen.event.at, task: task.id, was };
        self.replayed.add((turn, agent, tool.to_string(), rules), call);
    }

    /// What the candidate comes to, where deciding again under what stood comes to what is recorded.
    fn again(
        &self,
        task: &TaskState,
        control: &mut Control,
        (data, was): (&Data, End),
    ) -> Option<(End, Option<Answer>)> {
        for command in candidates(data, task).into_iter().filter(|command| command.rules == RULES) {
            let Asof::Leaf(leaf) = command.asof else { continue };
            let Ok(ruling) = control.as_of(leaf) else { continue };
            // no call draws on a mandate
            let view = View::of(task, ruling.state);
            let decided = |policy: &dyn Policy, command: &Command, facts: &Facts| decide(view, policy, command, facts);
            let stood = decided(ruling.policy.as_ref(), &command.command, &command.facts);
            if End::of(&stood) != Some(was) {
                continue;
            }
            let heard = Heard::new(&self.policy);
            let would = decided(&heard, &command.command, &command.facts);
            return End::of(&would).map(|end| (end, heard.take()));
        }
        None
    }

    /// The rules that the difference rests on: those of the candidate that refuse or ask, or those that refused or asked
    /// before and do no more.
    fn because(&self, turn: Turn, answer: Option<Answer>, before: &[String]) -> Vec<String> {
        let does = |rule: &String, what: &str| self.does.get(rule).is_some_and(|does| *does == what);
        match (turn, answer) {
            (Turn::Refused, Some(Answer::Forbid(rules))) => rules,
            (Turn::Refused, Some(Answer::Broken { rule, .. })) => vec![rule],
            (Turn::Asked, Some(Answer::StepUp { rules, .. })) => {
                rules.into_iter().filter(|rule| does(rule, "ask")).collect()
            }
            (Turn::Allowed, Some(Answer::Permit(rules) | Answer::StepUp { rules, .. })) => {
                // what stood in its way, else what lets it through
                let gone: Vec<String> = before.iter().filter(|rule| !rules.contains(rule)).cloned().collect();
                if gone.is_empty() { rules } else { gone }
            }
            _ => Vec::new(),
        }
    }
}

/// The record of a tenant, decided again where it stands: control events and those of tasks, in the order of the log.
pub struct Replay {
    control: Control,
    candidate: Candidate,
}

impl std::fmt::Debug for Replay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Replay").field("candidate", &self.candidate).finish_non_exhaustive()
    }
}

impl Replay {
    /// Of a tenant that nothing was read of yet.
    pub fn new(candidate: Candidate) -> Self {
        Self { control: Control::default(), candidate }
    }

    /// Folds an event of the control stream, with the documents that it names.
    ///
    /// # Errors
    /// Why it cannot be folded: nothing after it can be decided again.
    pub fn control(&mut self, event: &Event, leaf: u64, blobs: &dyn Blobs) -> Result<(), String> {
        self.control.fold(event, leaf, blobs).map_err(|finding| finding.text)
    }

    /// Looks at an event of a task that was folded until then. `shown` says whether its private fields are there.
    pub fn task(&mut self, task: &TaskState, event: Event, shown: bool, leaf: u64) {
        self.candidate.event(task, Some(&mut self.control), &Seen { event, shown }, leaf);
    }

    /// What stands as of the last event of the control stream.
    pub fn standing(&self) -> &ControlState {
        self.control.state()
    }

    /// Goes on with what these policies say, all of them: of what the candidate leaves as it is, something else stands now.
    ///
    /// # Errors
    /// Every [`PolicyProblem`] that keeps one from being read: then it goes on as before.
    pub fn renewed(&mut self, texts: &[PolicyText]) -> Result<(), Vec<PolicyProblem>> {
        self.candidate.renewed(texts)
    }

    /// What came of it so far.
    pub fn so_far(&self) -> &Replayed {
        &self.candidate.replayed
    }

    /// What came of it.
    pub fn replayed(self) -> Replayed {
        self.candidate.replayed()
    }
}
