//! Deciding again: the same command on the same state must come to the same events.

use crate::command::{Asof, Candidate, candidates, start};
use crate::control::Control;
use crate::report::{Finding, Found};
use bailiwick_core::{
    Data, Decided, Event, GrantMinted, Mandates, NoPolicy, RULES, TaskStarted, TaskState, Verdict, View, decide,
};
use std::collections::VecDeque;

/// An event as recorded, with whether its private fields were shown (or it has none).
pub(crate) struct Seen {
    pub(crate) event: Event,
    pub(crate) shown: bool,
}

/// The events that one decision still has to come to. Empty when it is whole.
type Rest = VecDeque<Event>;

/// What deciding again came to.
pub(crate) enum Again {
    /// The same.
    Same,
    /// The same, if the node read the call as it says.
    AsRead,
    /// It cannot be done: private fields are not there.
    Blind,
    /// It was not tried.
    Skipped,
    /// It cannot be done: other rules.
    Rules(u32),
}

/// Where a stream stands between decisions. Where an event may stem from more than one command, all are followed.
pub(crate) struct Follow {
    rests: Vec<Rest>,
}

impl Default for Follow {
    fn default() -> Self {
        Self { rests: vec![Rest::new()] }
    }
}

impl Follow {
    /// Whether a decision is whole: appends are, so a stream must end here.
    pub(crate) fn whole(&self) -> bool {
        self.rests.iter().any(VecDeque::is_empty)
    }

    /// Goes on without having decided.
    pub(crate) fn reset(&mut self) {
        *self = Self::default();
    }

    /// Decides an event again, or finds it in the rest of the decision before.
    pub(crate) fn event(
        &mut self,
        (task, mandates): (&TaskState, &Mandates<'_>),
        control: &mut Control,
        seen: &Seen,
    ) -> Result<Again, Finding> {
        let mut idle = false;
        self.rests.retain_mut(|rest| match rest.front() {
            None => {
                idle = true;
                false
            }
            Some(due) if same(due, seen) => rest.pop_front().is_some(),
            Some(_) => false,
        });
        let (mut tried, mut as_read) = (None, false);
        if idle {
            let commands = candidates(&seen.event.data, task);
            if commands.is_empty() && !seen.shown {
                self.reset();
                return Ok(Again::Blind);
            }
            for command in commands {
                if command.rules != RULES {
                    self.reset();
                    return Ok(Again::Rules(command.rules));
                }
                let found = try_one((task, mandates), control, &command, seen, &mut tried);
                match found {
                    Ok(Some(rest)) if !self.rests.contains(&rest) => {
                        as_read = command.as_read;
                        self.rests.push(rest);
                    }
                    Ok(_) => {}
                    Err(finding) => {
                        self.reset();
                        return Err(finding);
                    }
                }
            }
        }
        if self.rests.is_empty() {
            self.reset();
            return Err(differs(&seen.event, tried.as_ref(), idle));
        }
        Ok(if as_read { Again::AsRead } else { Again::Same })
    }

    /// Decides the beginning of a task again, which two events tell of.
    pub(crate) fn start(
        &mut self,
        (task, mandates): (&TaskState, &Mandates<'_>),
        control: &mut Control,
        started: (&Seen, &TaskStarted),
        minted: (&Seen, &GrantMinted),
    ) -> Result<Again, Finding> {
        let Some(private) = &started.1.private else { return Ok(Again::Blind) };
        let Some(command) = start(started.1, private, minted.1) else { return Ok(Again::Blind) };
        if command.rules != RULES {
            return Ok(Again::Rules(command.rules));
        }
        let mut tried = None;
        match try_one((task, mandates), control, &command, started.0, &mut tried)? {
            Some(rest) => {
                self.rests = vec![rest];
                self.event((task, mandates), control, minted.0)
            }
            None => Err(differs(&started.0.event, tried.as_ref(), true)),
        }
    }
}

/// What the command comes to beyond this event; `None` when it does not come to this event.
fn try_one(
    (task, mandates): (&TaskState, &Mandates<'_>),
    control: &mut Control,
    command: &Candidate<'_>,
    seen: &Seen,
    tried: &mut Option<Decided>,
) -> Result<Option<Rest>, Finding> {
    let mut compare = |decided: Decided| match decided.events.first() {
        Some(first) if same(first, seen) => Some(decided.events.into_iter().skip(1).collect()),
        _ => {
            // The first try is the likeliest; it is the one to be told of.
            tried.get_or_insert(decided);
            None
        }
    };
    match command.asof {
        Asof::Leaf(leaf) => {
            let ruling = control.as_of(leaf)?;
            let view = View { task, control: ruling.state, mandates };
            Ok(compare(decide(view, ruling.policy.as_ref(), &command.command, &command.facts)))
        }
        asof => {
            let most = if matches!(asof, Asof::Newest) { 1 } else { usize::MAX };
            // No command whose events do not name a control leaf asks policy.
            let decided =
                |control| decide(View { task, control, mandates }, &NoPolicy, &command.command, &command.facts);
            Ok(control.states().take(most).find_map(|state| compare(decided(state))))
        }
    }
}

/// Whether a decision came to the event as recorded. Of private fields that were not shown nothing can be said.
fn same(decided: &Event, seen: &Seen) -> bool {
    if seen.shown {
        return *decided == seen.event;
    }
    let mut clear = decided.clone();
    strip(&mut clear.data);
    clear == seen.event
}

fn strip(data: &mut Data) {
    match data {
        Data::TaskStarted(data) => data.private = None,
        Data::TaskAmended(data) => data.private = None,
        Data::GrantMinted(data) => data.private = None,
        Data::ActionBegun(data) => data.private = None,
        Data::ActionEnded(data) => data.private = None,
        Data::ActionRefused(data) => data.private = None,
        Data::ActionWaiting(data) => data.private = None,
        Data::ApprovalAsked(data) => data.private = None,
        Data::ApprovalRefused(data) => data.private = None,
        Data::LabelLowered(data) => data.private = None,
        Data::WishMade(data) => data.private = None,
        Data::WishRefused(data) => data.private = None,
        _ => {}
    }
}

fn differs(event: &Event, tried: Option<&Decided>, idle: bool) -> Finding {
    let kind = event.data.kind();
    let text = match tried {
        None if idle => format!("no command comes to `{kind}` here"),
        None => format!("`{kind}` stands where the rest of the decision before it was due"),
        Some(decided) => match decided.events.first() {
            Some(first) if first.data.kind() == kind => {
                format!("decided again, `{kind}` comes out with another {}", fields(&first.data, event).join(", "))
            }
            _ => format!("recorded as `{kind}`; decided again it is {}", came_to(decided)),
        },
    };
    Finding::new(Found::DecisionDiffers, text)
}

fn came_to(decided: &Decided) -> String {
    let verdict = match &decided.verdict {
        Verdict::Done if decided.events.is_empty() => "nothing at all",
        Verdict::Done => "done",
        Verdict::Allow { .. } => "allow",
        Verdict::Again { .. } => "the same act as before",
        Verdict::Look => "a look at what it points to",
        Verdict::Consult(_) => "a question to an engine outside",
        Verdict::StepUp { .. } => "step-up",
        Verdict::Deny if decided.counted => "a refusal that is only counted",
        Verdict::Deny => "deny",
    };
    let codes: Vec<&str> = decided.reasons.iter().map(|reason| reason.code.as_str()).collect();
    let kinds: Vec<&str> = decided.events.iter().map(|event| event.data.kind()).collect();
    [vec![verdict], codes, kinds].concat().join(" ")
}

/// The names of the fields in which two events of one kind differ.
fn fields(decided: &Data, recorded: &Event) -> Vec<String> {
    let clear = |event: &Event| {
        let bytes = event.clear(None).unwrap_or_default();
        serde_json::from_slice::<serde_json::Value>(&bytes).unwrap_or_default()
    };
    let (one, other) = (clear(&Event { at: recorded.at, data: decided.clone() }), clear(recorded));
    let members =
        |of: &serde_json::Value| of.get("data").and_then(serde_json::Value::as_object).cloned().unwrap_or_default();
    let (one, other) = (members(&one), members(&other));
    let differing = one.keys().filter(|name| one.get(*name) != other.get(*name));
    // a member that only the record has differs too
    let added = other.keys().filter(|name| !one.contains_key(*name));
    let mut names: Vec<String> = differing.chain(added).map(|name| format!("`{name}`")).collect();
    if names.is_empty() {
        names.push("time or private part".to_owned());
    }
    names
}
