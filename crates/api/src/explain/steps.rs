//! What to do next about an event of the control stream, by what stands now. Each kind says its own: a kind that came later would
//! else be told what is true of another.

use super::told::Told;
use crate::changes::{signers, void};
use bailiwick_core::json::Json;
use bailiwick_core::{ControlState, Data, Micros, Proposed};

/// Of an agent that was offboarded.
pub(super) const LET_GO: &str = "it was let go: to take it on again, remove its document and apply it anew";

/// What to do next: a sentence, and a command for a person where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) words: String,
    pub(super) command: Option<String>,
}

impl Step {
    pub(super) fn run(words: impl Into<String>, command: impl Into<String>) -> Self {
        Self { words: words.into(), command: Some(command.into()) }
    }

    pub(super) fn nothing(why: impl std::fmt::Display) -> Self {
        Self { words: format!("nothing: {why}"), command: None }
    }

    /// The part of an explanation.
    pub(super) fn told(self) -> Told {
        let mut told = Told::new("next", "what to do next");
        told.say(self.words.clone());
        self.command.iter().for_each(|command| told.say(format!("  {command}")));
        let command = self.command.map_or(Json::Null, Json::from);
        told.json(Json::object([("command", command), ("sentence", Json::from(self.words))]))
    }
}

/// An event of the control stream, and what stands now.
pub(super) struct At<'a> {
    pub(super) state: &'a ControlState,
    /// Its number in the log.
    pub(super) leaf: u64,
    /// Its number in its stream: what it began goes by that.
    pub(super) seq: u64,
    pub(super) now: Micros,
}

pub(super) fn step(at: &At<'_>, data: &Data) -> Step {
    match data {
        Data::ControlOpened(_) | Data::ControlAdded(_) | Data::ControlApplied(_) => rules(),
        Data::ControlRestored(_) => Step::run(
            "agents act again once somebody resumes them; see first what stands as it was then:",
            "bailiwick doctor",
        ),
        Data::ControlErased(_) | Data::ControlPersonErased(_) => Step::nothing("what was erased is not to be had back"),
        Data::ControlExpired(it) => Step::run(
            format!("what was erased is not to be had back; see how long rule {} keeps tasks now:", it.rule),
            "bailiwick policy document",
        ),
        Data::ControlHeld(it) if at.state.holds_of(it.task).iter().any(|hold| hold.seq == at.seq) => {
            let release = format!("bailiwick task release {} --hold {} --reason WORDS", it.task, at.seq);
            Step::run("to let it be erased again, as far as this hold goes:", release)
        }
        Data::ControlHeld(_) => Step::nothing("it was released since"),
        Data::ControlReleased(it) if at.state.erased.contains_key(&it.task) => Step::nothing("it was erased since"),
        Data::ControlReleased(it) => Step::run(
            "people and rules may erase it, unless others hold it; to hold it again:",
            format!("bailiwick task hold {} --reason WORDS", it.task),
        ),
        Data::ControlPlaceLowered(it) => {
            Step::run("see what lies there now:", format!("bailiwick server left {}", it.server))
        }
        Data::ControlKeys(_) => Step::run("see which keys are in force:", "bailiwick key list"),
        Data::ControlHeads(_) => {
            Step::run("prove that it stands in the log:", format!("bailiwick log prove {}", at.leaf))
        }
        Data::ControlFound(_) => Step::run("see all that was found of late:", "bailiwick review"),
        Data::ControlPinned(it) => shows("look at what it offers:", "server", it.server.as_str()),
        Data::ControlReviewed(it) => shows("look at what may be called of it:", "server", it.server.as_str()),
        Data::ControlQuarantined(it) if at.state.usable(&it.tool) => Step::nothing("it was reviewed since"),
        Data::ControlQuarantined(it) => {
            Step::run("see what its answer held, then review it:", format!("bailiwick explain {}", it.begun))
        }
        Data::ControlBreakerOpened(_) | Data::ControlBreakerClosed(_) => breaker(at, data),
        Data::ControlAgent(_) | Data::ControlTenant(_) => halted(at, data),
        Data::ControlInvited(it) => match at.state.invites.get(&it.code).filter(|invite| invite.expires > at.now) {
            Some(invite) => Step::run(
                format!("{} makes a passkey by it; to take it back:", it.person),
                format!("bailiwick person uninvite {} {}", it.person, invite.seq),
            ),
            None => Step::nothing("it was used, was taken back, or has run out"),
        },
        Data::ControlUninvited(it) => {
            shows("see which invitations and passkeys there are:", "person", it.person.as_str())
        }
        Data::ControlEnrolled(it) => shows("see which passkeys there are:", "person", it.by.person.as_str()),
        Data::ControlUnenrolled(it) => shows("see which passkeys are left:", "person", it.person.as_str()),
        Data::ControlProposed(_) | Data::ControlSeconded(_) | Data::ControlWithdrawn(_) => change(at, data),
        Data::ControlGlassBroken(_) | Data::ControlGlassClosed(_) => glass(at, data),
        Data::ControlObserveBegun(_) | Data::ControlObserveEnded(_) => observed(at, data),
        // no event of a task stands in this stream
        Data::TaskStarted(_)
        | Data::TaskAmended(_)
        | Data::TaskEnding(_)
        | Data::TaskEnded(_)
        | Data::GrantMinted(_)
        | Data::GrantEnded(_)
        | Data::KeyBound(_)
        | Data::ActionBegun(_)
        | Data::ActionEnded(_)
        | Data::ActionDoubtful(_)
        | Data::ActionRefused(_)
        | Data::ActionWaiting(_)
        | Data::ApprovalAsked(_)
        | Data::ApprovalGiven(_)
        | Data::ApprovalRefused(_)
        | Data::ApprovalEscalated(_)
        | Data::ApprovalExpired(_)
        | Data::AllocationMade(_)
        | Data::AllocationReturned(_)
        | Data::WishMade(_)
        | Data::WishRefused(_)
        | Data::LabelLowered(_)
        | Data::RefusalsCounted(_) => Step::nothing("it is no event of administration"),
    }
}

fn rules() -> Step {
    Step::run("see the rules as they run now:", "bailiwick policy document")
}

fn shows(words: &str, noun: &str, name: &str) -> Step {
    Step::run(words, format!("bailiwick {noun} show {name}"))
}

fn breaker(at: &At<'_>, data: &Data) -> Step {
    match data {
        Data::ControlBreakerOpened(_) if at.state.breakers.contains_key(&at.seq) => {
            Step::run("to let such calls go on at once:", format!("bailiwick breaker close {}", at.seq))
        }
        Data::ControlBreakerOpened(_) => Step::nothing("it is closed since, or another took its place"),
        _ => Step::run("see which calls are cut off now:", "bailiwick breaker list"),
    }
}

fn halted(at: &At<'_>, data: &Data) -> Step {
    match data {
        Data::ControlAgent(it) => {
            let entry = at.state.agents.get(&it.agent);
            match entry {
                None => Step::nothing("it is described by no document now"),
                Some(entry) if entry.active && it.active => {
                    shows("it gets new grants again:", "agent", it.agent.as_str())
                }
                Some(entry) if entry.active => Step::nothing("it was undone since"),
                Some(entry) if entry.offboarded => Step::nothing(LET_GO),
                Some(_) if it.active => Step::nothing("it was undone since"),
                Some(_) => Step::run("to let it get new grants again:", format!("bailiwick agent resume {}", it.agent)),
            }
        }
        Data::ControlTenant(it) if it.running != at.state.running => Step::nothing("it was undone since"),
        Data::ControlTenant(it) if it.running => Step::nothing("work goes on, by new tasks"),
        _ => Step::run("to let work go on, by new tasks:", "bailiwick tenant resume"),
    }
}

fn change(at: &At<'_>, data: &Data) -> Step {
    let number = match data {
        Data::ControlProposed(it) => it.statement.proposal,
        Data::ControlSeconded(it) => it.statement.proposal,
        _ => return Step::nothing("nothing of it stands"),
    };
    let waits = at.state.proposals.get(&number).filter(|proposal| proposal.open(at.now));
    if let Some(why) = waits.and_then(|proposal| void(at.state, proposal, at.now)) {
        return Step::run(
            format!(
                "nothing comes of it as things stand ({why}); who still wants it proposes it anew, and this one is taken back:"
            ),
            format!("bailiwick change withdraw {number}"),
        );
    }
    let show = format!("bailiwick change show {number}");
    match (data, waits) {
        (Data::ControlProposed(_), Some(proposal)) => {
            let who = match (signers(at.state, &proposal.statement, at.now), &proposal.statement.change) {
                (1, Proposed::BreakGlass { .. }) => format!("{} signs it on its page", proposal.by.person),
                (1, _) => "the one administrator signs it on its page, ten minutes after it was proposed".to_owned(),
                (_, Proposed::BreakGlass { .. }) => {
                    format!("{} and a second person sign it on its page", proposal.by.person)
                }
                _ => "two administrators sign it on its page, of whom who proposed it may be one".to_owned(),
            };
            let words =
                format!("nothing of it stands yet: {who}, or somebody takes it back (`bailiwick change withdraw`):");
            Step::run(words, show)
        }
        (Data::ControlProposed(_), None) => Step::nothing("it was signed or taken back, or has run out"),
        (Data::ControlSeconded(it), _) if it.takes_effect => Step::nothing("with this signature it stands"),
        (_, Some(_)) => Step::run("it changes nothing yet: another person has still to sign it:", show),
        (_, None) => Step::nothing("others signed it since, or it was taken back, or has run out"),
    }
}

fn glass(at: &At<'_>, data: &Data) -> Step {
    let list = "bailiwick break-glass list";
    let signed = at.state.is_user_verified();
    match data {
        Data::ControlGlassBroken(_) => match at.state.glasses.get(&at.seq) {
            Some(glass) if glass.closed.is_none() && signed => Step::run(
                "somebody else looks at what was done under it, and closes it on the page `/break-glass`:",
                list,
            ),
            Some(glass) if glass.closed.is_none() => Step::run(
                "somebody else looks at what was done under it, and closes it:",
                format!("bailiwick break-glass close {} --findings WORDS", at.seq),
            ),
            _ => Step::nothing("somebody looked at it, and it is closed"),
        },
        _ => Step::nothing("it is closed: policy and people are asked again"),
    }
}

fn observed(at: &At<'_>, data: &Data) -> Step {
    match data {
        Data::ControlObserveBegun(_) => match at.state.observations.get(&at.seq) {
            Some(of) if of.ended.is_none() && at.now < of.expires => {
                Step::run("to have the rules enforced there at once:", format!("bailiwick observe end {}", at.seq))
            }
            _ => Step::nothing("it is over: the rules are enforced there"),
        },
        _ => Step::nothing("the rules are enforced there again"),
    }
}
