//! An event in one line for people.

use super::{
    ASKED, ActionBegun, ActionEnded, ActionPrivate, Amendment, ApprovalRefused, ControlApplied, ControlKeys,
    CountedRefusal, Data, DocumentNamed, Recorded, TaskAmended, WishMade,
};
use crate::action::{BoundAs, FAILED, Measure};
use crate::{AgentId, Code, Facts, PersonId, Reading, Reason, Status, ToolId, began_by_accounts};

/// The most characters of a destination that is told as it came.
const AS_IT_CAME_CHARS_MAX: usize = 64;

/// The act that an event tells the end of: the leaf of its beginning and its tool, where they are known. Of a value that goes
/// without a class: the event that showed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActNamed {
    /// The leaf of its `action.begun`.
    pub leaf: u64,
    /// The tool.
    pub tool: ToolId,
}

impl std::fmt::Display for ActNamed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{} {}", self.leaf, self.tool)
    }
}

impl Data {
    /// The seq, in its own stream, of the act that this event tells the end of.
    pub fn act(&self) -> Option<u64> {
        match self {
            Self::ActionEnded(ended) => Some(ended.act),
            Self::ActionDoubtful(doubtful) => Some(doubtful.act),
            Self::GrantMinted(minted) => minted.act,
            _ => None,
        }
    }

    /// The agent whose own word an ending is: it held what ended, or what is above it. That the work is complete nobody else has
    /// looked at.
    pub fn ended_by_holder(&self) -> Option<&AgentId> {
        let (by, facts, why) = match self {
            Self::TaskEnded(ended) => (&ended.by, &ended.facts, ended.why),
            Self::GrantEnded(ended) => (&ended.by, &ended.facts, ended.why),
            _ => return None,
        };
        // What ends by a rule while somebody calls has a caller too.
        let said = by.is_none() && matches!(why, Code::Completed | Code::Revoked);
        facts.caller.as_ref().filter(|_| said).map(|caller| &caller.agent)
    }

    fn word_of_holder(&self) -> String {
        self.ended_by_holder().map_or_else(String::new, |agent| format!(", by the word of agent {agent}"))
    }

    /// One line. Names were checked when they were read; what callers wrote, as where a payment goes, stands in it too:
    /// whoever prints it escapes it.
    pub fn sentence(&self, act: Option<&ActNamed>) -> String {
        let of = |seq: u64| {
            act.map_or_else(|| format!("the act that is the task's own event no. {seq}"), ToString::to_string)
        };
        match self {
            Self::TaskStarted(started) => format!("{} started a task from {}", started.by.person, started.template),
            Self::TaskAmended(amended) => format!("{} {}", amended.by.person, amended.what()),
            Self::TaskEnding(ending) => {
                let left = ending.expires.0.saturating_sub(ending.facts.now.0) / 1_000_000;
                format!("the window of the task closes in {left} s, and the task ends with it unless it is renewed")
            }
            Self::TaskEnded(ended) => {
                format!("the task ended{}: {}", self.word_of_holder(), ended.why.sentence())
            }
            Self::GrantMinted(minted) => match minted.act {
                None => format!("{} holds a grant", minted.holder),
                Some(seq) => format!("{}: {} holds what was handed on", of(seq), minted.holder),
            },
            Self::GrantEnded(ended) => format!("a grant ended{}: {}", self.word_of_holder(), ended.why.sentence()),
            Self::KeyBound(bound) => format!("{} acts as instance {}", bound.agent, bound.instance),
            Self::ActionBegun(begun) => {
                let on = if begun.action.round == 0 { "" } else { ", with answers to what its server asked" };
                let glass = begun.under.breakglass.map(|glass| format!(", under break-glass {glass}"));
                let rules = rules(&begun.under.policy_rules);
                if let Some(observed) = &begun.under.observed {
                    let would = reason(&observed.reasons);
                    return format!("{}: only observed, NOT enforced{on}{rules}: {would}", begun.asked());
                }
                format!("{}: allowed{on}{rules}{}", begun.asked(), glass.unwrap_or_default())
            }
            Self::ActionEnded(ended) => format!("{}: {}", of(ended.act), ended.came_to()),
            Self::ActionDoubtful(doubtful) if doubtful.why == ASKED => {
                format!("{}: its server asked something, stays charged until it is answered", of(doubtful.act))
            }
            Self::ActionDoubtful(doubtful) => {
                let why = if doubtful.why == FAILED { "the server said that it failed" } else { &doubtful.why };
                format!("{}: in doubt ({why}), stays charged", of(doubtful.act))
            }
            Self::ActionRefused(refused) => {
                let asked = asked(&refused.facts, &refused.action, refused.private.as_ref());
                format!("{asked}: refused: {}", reason(&refused.reasons))
            }
            Self::ActionWaiting(waiting) => {
                let asked = asked(&waiting.facts, &waiting.action, waiting.private.as_ref());
                format!("{asked}: waits for {}: {}", waiting.who.join(", "), reason(&waiting.reasons))
            }
            Self::ApprovalAsked(asked) => {
                let who = asked.needs.iter().map(|need| need.role.as_str()).collect::<Vec<_>>();
                format!("{} is asked to say yes to {}", who.join(", "), asked.tool)
            }
            Self::ApprovalGiven(given) => {
                let alone = if given.single_person { ", alone for two" } else { "" };
                format!("{} said yes as {}{alone}", given.by.person, given.statement.role)
            }
            Self::ApprovalRefused(refused) => format!("{} said no{}", refused.by.person, refused.why()),
            Self::ApprovalEscalated(gone) => {
                format!(
                    "#{}: not answered as {} yet, whom it goes to then may as well",
                    gone.asked,
                    gone.roles.join(", ")
                )
            }
            Self::ApprovalExpired(expired) => format!("#{}: it ran out, and nothing was done by it", expired.asked),
            Self::AllocationMade(made) => {
                let amounts = made.amounts.iter().map(|of| format!("{} {}", of.amount, of.unit)).collect::<Vec<_>>();
                format!("{} gave {} to task {}", made.mandate, amounts.join(", "), made.task)
            }
            Self::AllocationReturned(returned) => {
                let amounts = returned.amounts.iter().map(|of| format!("{} {}", of.returned, of.unit));
                let amounts = amounts.collect::<Vec<_>>();
                format!("{} went back to {} from task {}", amounts.join(", "), returned.mandate, returned.task)
            }
            Self::WishMade(made) => match &made.facts.caller {
                Some(caller) => format!("{} asked for more{}", caller.agent, made.words()),
                None => format!("more was asked for{}", made.words()),
            },
            Self::WishRefused(refused) => {
                let why = refused.private.as_ref().map_or(String::new(), |private| format!(": {}", private.reason));
                format!("{} said no to what was asked for{why}", refused.by.person)
            }
            Self::LabelLowered(lowered) => {
                let (by, holder, class) = (&lowered.by.person, &lowered.holder, &lowered.class);
                let why = lowered.private.as_ref().map_or(String::new(), |private| format!(": {}", private.reason));
                match &lowered.value {
                    Some(value) => {
                        let (kind, at) = (&value.kind, &value.pointer);
                        let event = match act {
                            Some(act) => format!("event {}", act.leaf),
                            None => format!("the task's own event no. {}", value.event),
                        };
                        format!("{by} let the {kind} at {at} of {event} go from {holder} without {class}{why}")
                    }
                    None => format!("{by} lowered what {holder} counts as having touched by {class}{why}"),
                }
            }
            Self::RefusalsCounted(counted) => counted_line(&counted.counted),
            Self::ControlOpened(opened) => format!("tenant {} came to be", opened.name),
            Self::ControlRestored(restored) => {
                format!("{} put the store back: epoch {} begins", restored.by.person, restored.epoch)
            }
            Self::ControlAdded(added) => format!("{} added {}", added.by.person, names(&added.documents)),
            Self::ControlApplied(applied) => applied_line(applied),
            Self::ControlPinned(pinned) => {
                let count = pinned.tools.len();
                let tools = if count == 1 { "tool" } else { "tools" };
                let other = if pinned.same_server { "" } else { "; another server answers" };
                format!("{} was looked at: {count} {tools} new or not as before{other}", pinned.server)
            }
            Self::ControlQuarantined(held) => {
                format!("{} is quarantined for #{}: {}", held.tool, held.begun, held.why.sentence())
            }
            Self::ControlBreakerOpened(opened) => {
                let (counted, on, whose, rule) = (opened.counted, opened.on.words(), &opened.whose, &opened.rule);
                format!("calls of {whose} are cut off: {counted} {on} (rule {rule})")
            }
            Self::ControlFound(found) => format!("found {}, {}: {}", found.code, found.of, found.why),
            Self::ControlBreakerClosed(closed) => {
                let by = closed.by.as_ref().map_or("its probes".to_owned(), |by| by.person.to_string());
                format!("{by} closed breaker {}: its calls go on", closed.breaker)
            }
            Self::ControlReviewed(reviewed) => {
                let found = match reviewed.accepted.len() {
                    0 => String::new(),
                    some => format!(", {some} findings among its tools accepted"),
                };
                format!("{} reviewed {}{found}", reviewed.by.person, reviewed.server)
            }
            Self::ControlAgent(change) => {
                let what = match (change.active, change.offboarded) {
                    (true, _) => "resumed",
                    (false, true) => "offboarded",
                    (false, false) => "suspended",
                };
                format!("{} {what} {}", change.by.person, change.agent)
            }
            Self::ControlTenant(change) => {
                let what = if change.running { "let work go on" } else { "stopped all work" };
                format!("{} {what}", change.by.person)
            }
            Self::ControlKeys(keys) => keys_line(keys),
            Self::ControlInvited(invited) => {
                format!("{} invited {} to enrol a passkey", invited.by.person, invited.person)
            }
            Self::ControlUninvited(gone) => {
                format!("{} took an invitation of {} back", gone.by.person, gone.person)
            }
            Self::ControlEnrolled(enrolled) => {
                format!("{} enrolled the passkey `{}`", enrolled.by.person, enrolled.passkey.name)
            }
            Self::ControlUnenrolled(gone) => format!("{} removed a passkey of {}", gone.by.person, gone.person),
            Self::ControlProposed(proposed) => {
                let (by, number) = (&proposed.by.person, proposed.statement.proposal);
                format!("{by} proposed change {number}, which waits for a second person")
            }
            Self::ControlSeconded(seconded) => {
                let alone = if seconded.single_person { ", alone" } else { "" };
                format!("{} signed change {}{alone}", seconded.by.person, seconded.statement.proposal)
            }
            Self::ControlWithdrawn(gone) => format!("{} took back change {}", gone.by.person, gone.proposal),
            Self::ControlGlassBroken(broken) => {
                let (by, template) = (&broken.by.person, &broken.template);
                format!(
                    "{by} broke the glass over task {} for {template}: {} ({})",
                    broken.task, broken.reason, broken.incident
                )
            }
            Self::ControlGlassClosed(closed) => {
                let alone = if closed.single_person { ", alone" } else { "" };
                format!("{} closed break-glass {}{alone}: {}", closed.by.person, closed.glass, closed.findings)
            }
            Self::ControlErased(erased) => {
                let again = if erased.listed { ", as it was before the store was put back" } else { "" };
                format!("{} erased task {}{again}: {}", erased.by.person, erased.task, erased.reason)
            }
            Self::ControlExpired(expired) => {
                let tasks: Vec<String> = expired.tasks.iter().map(|of| of.task.to_string()).collect();
                let which = if tasks.len() == 1 { "task" } else { "tasks" };
                format!("rule {} keeps {which} no longer, erased: {}", expired.rule, tasks.join(", "))
            }
            Self::ControlPersonErased(erased) => {
                let (by, person, count) = (&erased.by.person, &erased.person, erased.tasks.len());
                let which = if count == 1 { "task" } else { "tasks" };
                let of = |(name, count): (&PersonId, usize)| format!(", {count} by the account {name}");
                let accounts: String = began_by_accounts(&erased.accounts).into_iter().map(of).collect();
                format!("{by} erased {count} {which} that {person} began{accounts}: {}", erased.reason)
            }
            Self::ControlHeld(held) => format!("{} holds task {}: {}", held.by.person, held.task, held.why),
            Self::ControlReleased(gone) => {
                format!("{} released task {} from hold {}: {}", gone.by.person, gone.task, gone.hold, gone.reason)
            }
            Self::ControlPlaceLowered(lowered) => {
                let (by, class, server) = (&lowered.by.person, &lowered.class, &lowered.server);
                let place = match lowered.event {
                    None => format!("on {server}"),
                    Some(event) => format!("on {server}, where event {event} left it,"),
                };
                format!("{by} said that what tasks left {place} is no data of class {class}: {}", lowered.reason)
            }
            Self::ControlObserveBegun(begun) => {
                let (by, agent, server) = (&begun.by.person, &begun.agent, &begun.server);
                format!("{by} observes {agent} at {server}, where rules are not enforced for a while: {}", begun.reason)
            }
            Self::ControlObserveEnded(ended) => {
                format!("{} ended observation {}", ended.by.person, ended.observation)
            }
            Self::ControlHeads(heads) => {
                let streams = if heads.count == 1 { "stream" } else { "streams" };
                format!("the log names the newest event of {} {streams}", heads.count)
            }
        }
    }
}

impl TaskAmended {
    /// What the person did, as a sentence goes on with it.
    pub fn what(&self) -> String {
        match &self.change {
            None => "consented to privileged tools".to_owned(),
            Some(Amendment::Widened { template, .. }) => format!("gave more, from {template}"),
            Some(Amendment::Narrowed { .. }) => "took some of it back".to_owned(),
            Some(Amendment::Renewed { .. }) => "renewed the consent".to_owned(),
        }
    }
}

impl WishMade {
    fn words(&self) -> String {
        self.private.as_ref().map_or(String::new(), |private| format!(": {}", private.wanted))
    }
}

impl ApprovalRefused {
    fn why(&self) -> String {
        self.private.as_ref().map_or(String::new(), |private| format!(": {}", private.reason))
    }
}

fn applied_line(applied: &ControlApplied) -> String {
    let removed = applied.removed.iter().map(|(kind, name)| format!("{kind} {name}")).collect::<Vec<_>>();
    let person = &applied.by.person;
    match (applied.documents.as_slice(), removed.as_slice()) {
        (documents, []) => format!("{person} applied {}", names(documents)),
        ([], removed) => format!("{person} removed {}", removed.join(", ")),
        (documents, removed) => format!("{person} applied {}; removed {}", names(documents), removed.join(", ")),
    }
}

fn keys_line(keys: &ControlKeys) -> String {
    let number = |name: &str| keys.keys.get(name).and_then(crate::json::Json::as_u64);
    let which = keys.keys.get("which").and_then(crate::json::Json::as_str);
    let signs = number("active").map_or("keys".to_owned(), |n| format!("token-signing key {n} is in force"));
    let root = number("root").map(|n| format!("version {n} of the root key wraps"));
    match (&keys.by, which, root) {
        (Some(by), Some("root"), Some(root)) => format!("{} turned the root key: {root}", by.person),
        (Some(by), Some(_), _) => format!("{} turned the token-signing key: {signs}", by.person),
        (by, _, root) => {
            let who = by.as_ref().map_or(String::new(), |by| format!("{} turned a key: ", by.person));
            format!("{who}{signs}{}", root.map_or(String::new(), |root| format!(", {root}")))
        }
    }
}

impl ActionBegun {
    fn asked(&self) -> String {
        asked(&self.facts, &self.action, self.private.as_ref())
    }
}

impl ActionEnded {
    fn came_to(&self) -> String {
        let mut out = match self.status {
            Status::Done if self.result.failed => "the server said that it failed".to_owned(),
            Status::Done => "done".to_owned(),
            Status::NotDone => "nothing was done".to_owned(),
            Status::NeverSent => "never sent".to_owned(),
            Status::Assumed if self.result.failed => "a read answered with an error, counted as done".to_owned(),
            Status::Assumed => "a read whose answer never came, counted as done".to_owned(),
            Status::Asked => "its server asked something, and it went on".to_owned(),
        };
        if let Some(by) = &self.by {
            out.push_str(&format!(", as {} says", by.person));
        }
        if let Some(record) = &self.record {
            out.push_str(&format!(", as its server's own record says, read as event {}", record.begun));
        }
        // one charge for each grant of the lineage: the same amount, said once
        let mut settled: Vec<String> = self.settled.iter().map(|of| format!("{} {}", of.amount, of.unit)).collect();
        settled.sort();
        settled.dedup();
        if !settled.is_empty() {
            out.push_str(&format!(", settled at {}", settled.join(" and ")));
        }
        if !self.unmeasured.is_empty() {
            let units: Vec<String> = self.unmeasured.iter().map(ToString::to_string).collect();
            out.push_str(&format!("; the result did not tell {}", units.join(", ")));
        }
        out
    }
}

/// Who asked for what: the agent, the tool, how much, where to.
fn asked(facts: &Facts, action: &Recorded, private: Option<&ActionPrivate>) -> String {
    let mut out = match (&facts.caller, &facts.asked_by) {
        (Some(caller), Some(by)) => format!("{}, through the grant of {}: ", by.person, caller.agent),
        (Some(caller), None) => format!("{} ", caller.agent),
        (None, _) => String::new(),
    };
    out.push_str(&action.tool.to_string());
    for measure in &action.measures {
        out.push(' ');
        out.push_str(&how_much(measure));
    }
    match private.and_then(|private| private.destination.as_ref()) {
        Some(Reading::Known(destination)) => out.push_str(&format!(" to {}", destination.normal)),
        Some(Reading::Unknown) => match private.and_then(as_it_came) {
            Some(text) => out.push_str(&format!(" to `{text}` (not readable)")),
            None => out.push_str(" to (not readable)"),
        },
        None => {}
    }
    out
}

/// A destination that has no normal form, as the caller wrote it: bounded, and with what cannot be seen shown.
fn as_it_came(private: &ActionPrivate) -> Option<String> {
    let bound = private.bound.iter();
    let mut unread = bound.filter(|of| of.role == BoundAs::Destination && of.normal.known().is_none());
    let text = private.arguments.pointer(&unread.next()?.pointer)?.as_str()?;
    let short: String = text.chars().take(AS_IT_CAME_CHARS_MAX).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    Some(format!("{}{more}", short.escape_debug()))
}

fn how_much(measure: &Measure) -> String {
    let unit = measure.unit.known().map_or_else(|| "(unit not readable)".to_owned(), ToString::to_string);
    match (&measure.amount, measure.after) {
        (Reading::Known(amount), _) => format!("{amount} {unit}"),
        (Reading::Unknown, true) => format!("{unit} as the result tells"),
        (Reading::Unknown, false) => format!("(amount not readable) {unit}"),
    }
}

fn rules(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" by {}", names.join(", ")) }
}

fn reason(reasons: &[Reason]) -> String {
    let Some(first) = reasons.first() else { return String::new() };
    first.rule.as_ref().map_or_else(|| first.to_string(), |rule| format!("{first} [{rule}]"))
}

fn counted_line(counted: &[CountedRefusal]) -> String {
    let one = |entry: &CountedRefusal| format!("{} of {} ({})", entry.count, entry.tool, entry.code);
    format!("more refused calls, counted: {}", counted.iter().map(one).collect::<Vec<_>>().join(", "))
}

fn names(documents: &[DocumentNamed]) -> String {
    documents.iter().map(|document| format!("{} {}", document.kind, document.name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
