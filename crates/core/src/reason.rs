//! Why a decision is what it is: stable codes, each with the agent's sentence, what to do next, and the person's command.
//! Every code is a row of `docs/errors`.

use crate::Constraint;
use crate::json::Pointer;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the refused may do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Wait for an approval and repeat the call.
    WaitForApproval,
    /// Ask the person for more, in a turn of theirs.
    AskForMore,
    /// Change this argument and call again.
    ChangeArgument,
    /// The same call may succeed later.
    TryLater,
    /// Nothing the agent does will change it.
    Stop,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $next:ident, $sentence:literal, $command:expr;)*) => {
        /// A stable code. Its text is for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Code { $($(#[$doc])* #[serde(rename = $text)] $name,)* }

        impl Code {
            /// All codes, in the order of the decision.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// The code as it is written everywhere.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// What the refused may do next.
            pub const fn disposition(self) -> Disposition {
                match self { $(Self::$name => Disposition::$next,)* }
            }
            /// One sentence for the agent.
            pub const fn sentence(self) -> &'static str {
                match self { $(Self::$name => $sentence,)* }
            }
            /// The command for a person, where there is one.
            pub const fn command(self) -> Option<&'static str> {
                match self { $(Self::$name => $command,)* }
            }
        }
    };
}

codes! {
    /// The caller is not the one that the stream names.
    CallerUnknown = "caller_unknown", Stop, "this token or key does not belong to a grant that may act here", Some("bailiwick task show TASK");
    /// A key other than the one bound to the grant.
    KeyNotBound = "key_not_bound", Stop, "this key is not the one bound to the grant", Some("bailiwick task show TASK");
    /// The proof of possession was used before in this stream.
    ProofReplayed = "proof_replayed", Stop, "this proof of possession was used before", None;
    /// The token was made in an earlier epoch.
    EpochPassed = "epoch_passed", Stop, "this token was made before the store was restored", Some("bailiwick template show TEMPLATE");
    /// The task has ended.
    TaskEnded = "task_ended", Stop, "the task has ended", Some("bailiwick template show TEMPLATE");
    /// The grant, or one above it, has ended.
    GrantEnded = "grant_ended", Stop, "the grant has ended", Some("bailiwick template show TEMPLATE");
    /// Not usable yet.
    WindowNotOpen = "window_not_open", TryLater, "the grant is not usable yet", Some("bailiwick task show TASK");
    /// Past its time.
    WindowClosed = "window_closed", Stop, "the grant has expired", Some("bailiwick template show TEMPLATE");
    /// The tenant is stopped.
    TenantStopped = "tenant_stopped", TryLater, "all work of this tenant is stopped", Some("bailiwick tenant resume");
    /// The agent is not active.
    AgentInactive = "agent_inactive", Stop, "the agent is suspended or unknown", Some("bailiwick agent resume AGENT");
    /// The agent is another than the one it was given to.
    ContextChanged = "context_changed", Stop, "the agent's owner, operator, zone, autonomy, memory, keys or software are not those that this was given under", Some("bailiwick template show TEMPLATE");
    /// A person whom it rests on left.
    PersonLeft = "person_left", Stop, "the person who started this, or who answers for the agent, has left", Some("bailiwick template show TEMPLATE");
    /// A fault cut such calls off.
    BreakerOpen = "breaker_open", TryLater, "too much went wrong in a short time, so such calls are cut off for a while", Some("bailiwick breaker list");
    /// Unknown and forbidden are one answer.
    NotAvailable = "not_available", AskForMore, "this is not available to you", Some("bailiwick server show SERVER");
    /// In the envelope, but waiting for review.
    UnderReview = "under_review", TryLater, "this tool is new, changed or was quarantined, and waits for review", Some("bailiwick server review SERVER");
    /// The server is not the one that was reviewed.
    ServerChanged = "server_changed", TryLater, "the server behind this tool is not the one that was reviewed", Some("bailiwick server review SERVER");
    /// Asked under another tool, server or epoch.
    QuestionPassed = "question_passed", ChangeArgument, "the tool, its server or the epoch changed since the question was asked, so no answer is passed on: make the call anew", None;
    /// Whoever was asked said no.
    Declined = "declined", Stop, "whoever was asked declined to answer, so nothing was shared", None;
    /// Where the node itself is reached.
    OwnAddress = "own_address", ChangeArgument, "this is an address of the node that decides here: no tool goes there, whoever named it", None;
    /// The call is not as the tool asks for it: no matter of any grant.
    ArgumentMalformed = "argument_malformed", ChangeArgument, "the call is not as the tool asks for it", None;
    /// What an argument points to could not be read.
    ReferentUnread = "referent_unread", ChangeArgument, "what an argument points to could not be read, and nobody decides on what nobody has seen", Some("bailiwick event show EVENT");
    /// What an argument points to is not what the caller says it is.
    ReferentChanged = "referent_changed", ChangeArgument, "what an argument points to has another version than the one you named: look at it again", None;
    /// The tool is not in the envelope.
    ToolNotGranted = "tool_not_granted", AskForMore, "the grant does not name this tool", Some("bailiwick template list");
    /// The tool's effect is not in the envelope.
    EffectNotGranted = "effect_not_granted", AskForMore, "the grant names this tool, but not for this effect", Some("bailiwick template list");
    /// The second act of consent was not given.
    ConsentMissing = "consent_missing", AskForMore, "the person has not consented to privileged tools in this task", Some("bailiwick task consent TASK");
    /// A class of data that the grant does not let its holder read.
    ClassNotGranted = "class_not_granted", AskForMore, "the grant does not let you read this class of data", Some("bailiwick task show TASK");
    /// An argument breaks a condition.
    ArgumentNotGranted = "argument_not_granted", ChangeArgument, "an argument is outside what the grant allows", Some("bailiwick task show TASK");
    /// Handing on, or handing on to this agent, is not in the envelope.
    DelegationNotGranted = "delegation_not_granted", AskForMore, "the grant does not let you hand work to this agent", Some("bailiwick task show TASK");
    /// The delegate is the holder itself, or stands above it.
    DelegateInLineage = "delegate_in_lineage", ChangeArgument, "this agent holds the grant or one above it: work is not handed back", None;
    /// Handing on more than is held.
    BeyondGrant = "beyond_grant", ChangeArgument, "more was asked for than the grant has", Some("bailiwick task show TASK");
    /// The agent coordinates, and no row names this very tool.
    CoordinatesOnly = "coordinates_only", AskForMore, "this agent coordinates: beside reading it does itself only what its grant names tool by tool", Some("bailiwick task show TASK");
    /// Too much is at stake for the number of hands it went through.
    TooFarHanded = "too_far_handed", Stop, "too much is at stake for work that was handed on this far", Some("bailiwick task show TASK");
    /// As many grants as a task, or as one holder, may have made.
    GrantsSpent = "grants_spent", Stop, "no further grant can be made here", Some("bailiwick task show TASK");
    /// The agent's baseline role does not name it.
    RoleNotGranted = "role_not_granted", Stop, "the agent's baseline role does not allow this", Some("bailiwick event show EVENT");
    /// What was touched may not go there.
    FlowRefused = "flow_refused", AskForMore, "data that you have touched may not go there", Some("bailiwick task declassify TASK --class CLASS --reason WORDS");
    /// No policy, or none that permits.
    PolicyNotPermitted = "policy_not_permitted", AskForMore, "no policy permits this", Some("bailiwick event show EVENT");
    /// A policy forbids it.
    PolicyForbidden = "policy_forbidden", Stop, "a policy forbids this", Some("bailiwick event show EVENT");
    /// A policy could not be evaluated.
    PolicyBroken = "policy_broken", Stop, "a policy could not be evaluated, so the answer is no", Some("bailiwick event show EVENT");
    /// An outside engine gave no answer that can be used.
    EngineFailed = "engine_failed", TryLater, "an outside engine of policy gave no answer that can be used, so the answer is no", Some("bailiwick event show EVENT");
    /// A measure that a meter needs could not be read.
    MeasureUnknown = "measure_unknown", ChangeArgument, "an amount that the grant limits could not be read from the arguments", Some("bailiwick task show TASK");
    /// Money in a unit that the row does not name.
    UnitNotGranted = "unit_not_granted", ChangeArgument, "the grant allows nothing of this unit", Some("bailiwick task show TASK");
    /// Over the limit of one action.
    OverEach = "over_each", ChangeArgument, "the amount is over the limit of one action", Some("bailiwick task show TASK");
    /// Over what may go to one destination.
    OverDestination = "over_destination", AskForMore, "the amount is over what may still go to this destination", Some("bailiwick template show TEMPLATE");
    /// Over the limit in total.
    OverTotal = "over_total", AskForMore, "the amount is over what is left of the grant", Some("bailiwick template show TEMPLATE");
    /// Over a rolling limit.
    OverWindow = "over_window", TryLater, "the amount is over what is left in this window of time", Some("bailiwick task show TASK");
    /// The mandate is not given for this agent, template or customer.
    MandateNotGiven = "mandate_not_given", Stop, "the mandate that the task would draw on is not given for this", Some("bailiwick mandate list");
    /// The mandate is in other units.
    MandateUnit = "mandate_unit", Stop, "the mandate that the task would draw on gives nothing of this unit", Some("bailiwick mandate list");
    /// Over what is left of a mandate.
    OverMandate = "over_mandate", TryLater, "the task would draw more than is left of the mandate", Some("bailiwick mandate list");
    /// No uses left.
    UsesSpent = "uses_spent", AskForMore, "the grant has no uses left for this", Some("bailiwick template show TEMPLATE");
    /// A call whose size only the result tells runs already.
    OneAtATime = "one_at_a_time", TryLater, "calls whose size only the result tells go one at a time here", None;
    /// Too many acts are open.
    TooManyOpen = "too_many_open", TryLater, "too many acts of this grant are open", None;
    /// The task has as many events as it may have.
    TaskFull = "task_full", Stop, "the task has reached its size limit", Some("bailiwick template show TEMPLATE");
    /// The same key with other contents.
    KeyReused = "idempotency_key_reused", ChangeArgument, "this idempotency key was used for another call", None;
    /// More keys than a task remembers.
    KeysSpent = "idempotency_keys_spent", Stop, "the task remembers no further idempotency keys", Some("bailiwick template show TEMPLATE");
    /// A rate counted outside the stream is used up.
    RateSpent = "rate_spent", TryLater, "too many calls in a short time", None;
    /// The same act is in doubt.
    TwinInDoubt = "twin_in_doubt", WaitForApproval, "the same act is in doubt: nobody knows yet whether it was done", Some("bailiwick task show TASK");
    /// A person must say yes first.
    ApprovalNeeded = "approval_needed", WaitForApproval, "a person must approve this act", Some("bailiwick task show TASK");
    /// The consent is older than it may be.
    ConsentAged = "consent_aged", WaitForApproval, "the consent to this task is older than it may be for an act of this impact: the person renews it, or says yes to this act", Some("bailiwick task renew TASK");
    /// A value from where the grant does not let it come.
    SourceNotGranted = "source_not_granted", ChangeArgument, "the grant does not let this value come from there", Some("bailiwick task show TASK");
    /// A value whose source does not suffice.
    SourceNotEnough = "source_not_enough", WaitForApproval, "nobody who may has said this value: use one that the person gave, or wait for a yes to this act", Some("bailiwick event show EVENT");
    /// People were asked of another version of what it points to.
    ChangedSinceSeen = "changed_since_seen", WaitForApproval, "what this points to was changed since people were shown it: they are asked anew, about what stands there now", Some("bailiwick approval list");
    /// Somebody said no.
    ApprovalRefused = "approval_refused", ChangeArgument, "a person said no to this act", Some("bailiwick task show TASK");
    /// People said no to what it comes to, twice.
    GoalRefused = "goal_refused", Stop, "people said no to this twice: it is not asked again", Some("bailiwick task show TASK");
    /// As many requests as a task may make.
    ApprovalsSpent = "approvals_spent", Stop, "the task has asked people as often as it may", Some("bailiwick task show TASK");
    /// Its agents asked their person for as much as may wait, or be asked for at all.
    TooManyWishes = "too_many_wishes", TryLater, "no more can be asked for in this task until its person has answered", Some("bailiwick wish list");
    /// As many requests are open as may be.
    TooManyAsked = "too_many_asked", TryLater, "people have not answered what was asked before", Some("bailiwick approval list");
    /// Somebody must approve and nobody can be asked.
    ApprovalUnavailable = "approval_unavailable", Stop, "this needs an approval that cannot be asked for here", Some("bailiwick person list");
    /// Somebody else than the requester has to say it.
    SecondPersonNeeded = "second_person_needed", Stop, "this is for somebody else to say than the person whose task it is", Some("bailiwick task show TASK");
    /// More than was asked, or another act, is offered in its place.
    OfferNotNarrower = "offer_not_narrower", ChangeArgument, "what is offered instead is not less of what was asked", None;
    /// Somebody holds the task.
    TaskHeld = "task_held", Stop, "a person holds this task: it is not erased before it is released", Some("bailiwick task show TASK");
    /// A command that does not fit the state.
    NotPossible = "not_possible", Stop, "that is not possible in the present state", Some("bailiwick task show TASK");
    /// Ended by its own holder, or a person.
    Revoked = "revoked", Stop, "the grant was revoked", Some("bailiwick template show TEMPLATE");
    /// Refused too often.
    RefusedTooOften = "refused_too_often", Stop, "the grant was ended after too many refused calls", Some("bailiwick task show TASK");
    /// More was done than the meter allows.
    MeterExceeded = "meter_exceeded", Stop, "a result came to more than the grant allows, so the grant was ended", Some("bailiwick task show TASK");
    /// A mandate that the task drew on is no longer given.
    MandateEnded = "mandate_ended", Stop, "a mandate that the task draws on has ended", Some("bailiwick mandate list");
    /// The work is complete.
    Completed = "completed", Stop, "the task is complete", None;
    /// Nobody said that the work is complete.
    ClientGone = "client_gone", Stop, "the client was gone without having said that the task is complete", None;
    /// There was nothing to work with.
    ServerGone = "server_gone", Stop, "the server of this task did not start, or was gone when the client went", None;
    /// The node went, and its sessions with it.
    NodeStopped = "node_stopped", Stop, "the node was stopped while the task was open", None;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a rule begins with that is the limit of a grant above the caller's.
const RULE_ABOVE: &str = "a grant above: at most ";
/// What the caller is told of it: that it is no limit of its own, and no number.
const ABOVE: &str = "a limit of a grant above yours";

/// One reason: a code with the bounds of the caller's own envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The condition that was broken, of the caller's own envelope: told, never written, for it holds names and account
    /// numbers, and an event's reasons cannot be erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed: Option<Box<Constraint>>,
    /// What was asked for, where that says more than the code.
    pub asked: Option<String>,
    /// Which argument.
    pub at: Option<Pointer>,
    /// The code.
    pub code: Code,
    /// The most it could have had.
    pub most: Option<String>,
    /// Which rule; for people with the right to read it.
    pub rule: Option<String>,
    /// What a person said: told, never written here, for it can be erased where it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Box<Said>>,
}

/// What a person said who said no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// Arguments that they would say yes to.
    pub instead: Option<crate::json::Json>,
    /// Why.
    pub reason: String,
}

impl Reason {
    /// A bare code.
    pub const fn new(code: Code) -> Self {
        Self { allowed: None, asked: None, at: None, code, most: None, rule: None, said: None }
    }
    /// How that which has ended did.
    fn ending(&self) -> Option<Code> {
        let how = self.asked.as_deref().filter(|_| matches!(self.code, Code::TaskEnded | Code::GrantEnded))?;
        Code::ALL.iter().find(|code| code.as_str() == how).copied()
    }
    /// The class of data that may not go where the act would take it.
    pub fn class(&self) -> Option<&str> {
        let asked = self.asked.as_deref().filter(|_| self.code == Code::FlowRefused)?;
        asked.split(' ').next().filter(|class| !class.is_empty())
    }
    /// The command for a person. What was stopped has to go on before anything is started.
    pub fn command(&self) -> Option<&'static str> {
        let first = self.ending().filter(|how| matches!(how, Code::TenantStopped | Code::AgentInactive));
        first.unwrap_or(self.code).command()
    }
    /// Whether that command lets an agent go on, which is of use for one that is suspended and no other.
    pub fn resumes(&self) -> bool {
        self.command().is_some_and(|command| command.ends_with(" AGENT"))
    }
    /// With what was asked.
    #[must_use]
    pub fn asked(mut self, asked: impl fmt::Display) -> Self {
        self.asked = Some(asked.to_string());
        self
    }
    /// Why a yes would be needed, where nobody can be asked for one: without the advice to wait for it.
    pub fn unasked(&self) -> String {
        let left = match self.code {
            Code::SourceNotEnough => "nobody who may has said this value: use one that the person gave",
            Code::ConsentAged => {
                "the consent to this task is older than it may be for an act of this impact: the person renews it"
            }
            _ => return self.to_string(),
        };
        self.to_string().replacen(self.code.sentence(), left, 1)
    }
    /// With the most it could have had.
    #[must_use]
    pub fn most(mut self, most: impl fmt::Display) -> Self {
        self.most = Some(most.to_string());
        self
    }
    /// With the argument it is about.
    #[must_use]
    pub fn at(mut self, pointer: &Pointer) -> Self {
        self.at = Some(pointer.clone());
        self
    }
    /// What the caller is told of it: not which rule it was, nor who could say yes. That is for people with the right to
    /// read it, and stands in the event.
    #[must_use]
    pub fn told(self) -> Self {
        let names = matches!(self.code, Code::ApprovalUnavailable | Code::ApprovalNeeded);
        let asked = self.asked.filter(|_| !names);
        let above = self.rule.as_ref().is_some_and(|rule| rule.starts_with(RULE_ABOVE));
        let most = if above { Some(ABOVE.to_owned()) } else { self.most };
        Self { asked, most, rule: None, ..self }
    }
    /// Of a grant above the caller's: what it has left, or allows, is not the caller's to know.
    #[must_use]
    pub fn of_above(self) -> Self {
        let rule = self.most.map(|most| format!("{RULE_ABOVE}{most}")).or(self.rule);
        Self { allowed: None, most: None, rule, ..self }
    }
    /// With the condition of the caller's own envelope: its parts by name are written, the rest is told.
    #[must_use]
    pub fn allowed(self, condition: &Constraint) -> Self {
        Self { allowed: Some(Box::new(condition.clone())), ..self.most(condition.names().join(", ")) }
    }
    /// As an event keeps it.
    #[must_use]
    pub fn written(&self) -> Self {
        Self { allowed: None, said: None, ..self.clone() }
    }
    /// With what a person said.
    #[must_use]
    pub fn said(self, reason: &str, instead: Option<crate::json::Json>) -> Self {
        Self { said: Some(Box::new(Said { instead, reason: reason.to_owned() })), ..self }
    }
    /// With the rule it rests on.
    #[must_use]
    pub fn rule(mut self, rule: impl fmt::Display) -> Self {
        self.rule = Some(rule.to_string());
        self
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code, self.asked.as_deref(), self.most.as_deref()) {
            // what does not fit is told by name; that it does not fit says nothing more
            (Code::NotPossible, Some(asked), Some(expected)) => return write!(f, "{asked}: expected {expected}"),
            (Code::SecondPersonNeeded, Some(what), _) => return write!(f, "{what}: {}", self.code.sentence()),
            (Code::OfferNotNarrower, _, Some(expected)) => {
                let place = self.at.as_ref().map(ToString::to_string).filter(|place| !place.is_empty());
                let place = place.map_or_else(String::new, |place| format!("`{place}`: "));
                return write!(f, "{}: {place}expected {expected}", self.code.sentence());
            }
            (Code::NotPossible, Some(asked), None) => return write!(f, "this is not possible: {asked}"),
            // of what a person fills in, as a template says it
            (Code::ArgumentNotGranted, Some(name), Some(expected)) if self.at.is_none() => {
                return write!(f, "`{name}`: expected {expected}");
            }
            // what was asked of an ending is how it ended
            (Code::TaskEnded | Code::GrantEnded, Some(how), _) => {
                let how = match self.ending() {
                    Some(code) => code.sentence(),
                    None => how,
                };
                return write!(f, "{}: {how}", self.code.sentence());
            }
            (Code::ApprovalRefused, ..) => {
                f.write_str(self.code.sentence())?;
                let Some(said) = self.said.as_ref().filter(|said| !said.reason.is_empty()) else { return Ok(()) };
                write!(f, ": `{}`", said.reason)?;
                let instead = said.instead.as_ref().map(crate::json::Json::canonical);
                // how to go on: the same call once more asks them once more, and then never again
                return match instead {
                    Some(instead) => write!(f, "; they would say yes to {instead}: make that call"),
                    None => write!(
                        f,
                        "; make a call that heeds it, or leave it: after a second no the next such call ends the grant"
                    ),
                };
            }
            (Code::ArgumentMalformed, Some(why), _) => {
                let place = self.at.as_ref().map(ToString::to_string).filter(|place| !place.is_empty());
                let place = place.map_or_else(String::new, |place| format!("`{place}`: "));
                return write!(f, "{}: {place}{why}", self.code.sentence());
            }
            _ => {}
        }
        if let (Some(condition), Some(pointer)) = (&self.allowed, &self.at) {
            return write!(f, "{}: only where `{pointer}` {}", self.code.sentence(), condition.words());
        }
        f.write_str(self.code.sentence())?;
        if let Some(pointer) = &self.at {
            write!(f, " (`{pointer}`)")?;
        }
        if let (Code::TwinInDoubt, Some(event)) = (self.code, &self.asked) {
            // which act it is, by its event
            write!(f, ": event {event}")?;
        } else if let Some(asked) = &self.asked {
            write!(f, ": asked `{asked}`")?;
        }
        let above = self.rule.as_ref().is_some_and(|rule| rule.starts_with(RULE_ABOVE));
        if above || self.most.as_deref() == Some(ABOVE) {
            return write!(f, "; that is {ABOVE}");
        }
        if let Some(most) = &self.most {
            // Of a condition the name is written, not what it compares with.
            let most = if self.code == Code::ArgumentNotGranted {
                format!("condition `{most}`")
            } else {
                format!("at most `{most}`")
            };
            write!(f, "{} {most}", if self.asked.is_some() { "," } else { ":" })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
