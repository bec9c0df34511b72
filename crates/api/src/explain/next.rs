//! What to do next: a sentence, and the command for a person with the names filled in.

use super::Story;
use super::asked::Stage;
use super::came::{Came, stands};
use super::steps::{LET_GO, Step};
use super::told::Told;
use super::under::tool_of;
use crate::{Api, Problem};
use bailiwick_core::{AgentId, Code, Data, Event, Reason, TaskState, WishStanding};
use bailiwick_node::LiveControl;

/// A command of a reason, with what is known of this event in the places of its names.
pub(super) fn filled(story: &Story, command: &str) -> String {
    let task = &story.past.after;
    let root = task.root.and_then(|root| task.grants.get(&root)).map(|grant| grant.holder.to_string());
    // a task is started for who holds its root; what is resumed is who of the lineage is suspended
    let suspended = to_resume(story);
    let over = Code::TaskEnded.command().filter(|_| command.ends_with(" AGENT") && suspended.is_none());
    let command = over.unwrap_or(command);
    let agent = if command.contains("TEMPLATE") { root } else { suspended };
    let class = match &story.event.data {
        Data::ActionRefused(refused) => refused.reasons.first().and_then(Reason::class),
        _ => None,
    };
    let names = [
        ("TASK", Some(story.task.to_string())),
        ("EVENT", Some(story.leaf.to_string())),
        ("CLASS", class.map(str::to_owned)),
        ("TEMPLATE", task.template.as_ref().map(ToString::to_string)),
        ("AGENT", agent),
        ("SERVER", tool_of(story).map(|tool| tool.server().to_string())),
    ];
    let known = names.into_iter().filter_map(|(word, name)| Some((word, name?)));
    known.fold(command.to_owned(), |command, (word, name)| command.replace(word, &name))
}

/// Whom a person can let go on: of those that the event rests on, or the one that it asked about. Who was let go, or goes on
/// already, is nobody to resume: then a task is started anew.
fn to_resume(story: &Story) -> Option<String> {
    let asked = match &story.event.data {
        Data::ActionRefused(refused) => refused.reasons.first().filter(|reason| reason.code == Code::AgentInactive),
        _ => None,
    };
    let asked = asked.and_then(|reason| AgentId::parse(reason.asked.as_deref()?).ok());
    let lineage = story.grant.and_then(|grant| story.past.after.lineage(grant)).unwrap_or_default();
    let of = asked.as_ref().map_or_else(|| lineage.iter().map(|grant| &grant.holder).collect(), |agent| vec![agent]);
    story.control.state.to_resume(of).map(ToString::to_string)
}

/// How a task stands now, as far as the next step rests on it.
pub(super) struct Stands {
    /// Whether it lives.
    pub(super) live: bool,
    /// Whether the grant that the event is about lives, with all above it.
    held: bool,
    /// What became of the wish that the event is about.
    wish: Option<WishStanding>,
}

impl Api {
    /// How the task of an event stands now.
    pub(super) async fn stands_now(&self, story: &Story) -> Result<Stands, Problem> {
        let wish = match &story.event.data {
            Data::WishMade(_) => Some(story.seq),
            Data::WishRefused(refused) => Some(refused.wish),
            _ => None,
        };
        let grant = story.grant;
        let lives = move |task: &TaskState| {
            let lineage = grant.and_then(|grant| task.lineage(grant));
            lineage.is_none_or(|lineage| lineage.iter().all(|grant| grant.standing.live()))
        };
        let look = move |task: &TaskState, _: &LiveControl| Stands {
            live: task.standing.live(),
            held: task.standing.live() && lives(task),
            wish: wish.and_then(|wish| task.wishes.get(&wish)).map(|wish| wish.standing.clone()),
        };
        Ok(self.desk.node().look(self.tenant, story.task, look).await?)
    }

    /// `stage` says of a request, where there is one, what there is still to do about it.
    pub(super) fn next(&self, story: &Story, stage: Option<Stage>, now: &Stands) -> Result<Told, Problem> {
        let after: Vec<Event> = self.came_after(story)?.into_iter().map(|(_, event)| event).collect();
        Ok(step(story, (&after, stage.as_ref()), now).told())
    }
}

/// Each kind says its own: a kind that came later would else be told what is true of another.
fn step(story: &Story, (after, stage): (&[Event], Option<&Stage>), now: &Stands) -> Step {
    match &story.event.data {
        Data::ActionRefused(refused) => {
            let code = refused.reasons.first().map(|reason| (reason.code, reason.command()));
            match code {
                Some((Code::FlowRefused, _)) => declassify(story, now),
                code => of_code(story, code, now),
            }
        }
        Data::TaskEnding(_) if now.live => {
            let renew = format!("bailiwick task renew {}", story.task);
            Step::run("whoever began it may let it go on for longer, while it lives:", renew)
        }
        Data::TaskEnding(_) => Step::nothing("the task has ended"),
        Data::TaskEnded(ended) => of_code(story, Some((ended.why, ended.why.command())), now),
        Data::GrantEnded(ended) => of_code(story, Some((ended.why, ended.why.command())), now),
        Data::ActionWaiting(_)
        | Data::ApprovalAsked(_)
        | Data::ApprovalGiven(_)
        | Data::ApprovalRefused(_)
        | Data::ApprovalEscalated(_)
        | Data::ApprovalExpired(_) => of_request(story, stage, now.held),
        Data::WishMade(_) | Data::WishRefused(_) => of_wish(story, now),
        Data::RefusalsCounted(_) => {
            Step::run("see what was refused, and why:", format!("bailiwick task timeline {}", story.task))
        }
        Data::ActionBegun(_)
        | Data::ActionEnded(_)
        | Data::ActionDoubtful(_)
        | Data::TaskStarted(_)
        | Data::TaskAmended(_)
        | Data::GrantMinted(_)
        | Data::KeyBound(_)
        | Data::LabelLowered(_) => of_act(story, stands(story, after), now.live),
        Data::AllocationMade(_) | Data::AllocationReturned(_) => super::drawn::step(&story.event.data),
        // no event of administration stands in a task's stream
        Data::ControlOpened(_)
        | Data::ControlRestored(_)
        | Data::ControlAdded(_)
        | Data::ControlApplied(_)
        | Data::ControlPinned(_)
        | Data::ControlQuarantined(_)
        | Data::ControlReviewed(_)
        | Data::ControlAgent(_)
        | Data::ControlTenant(_)
        | Data::ControlKeys(_)
        | Data::ControlInvited(_)
        | Data::ControlUninvited(_)
        | Data::ControlEnrolled(_)
        | Data::ControlUnenrolled(_)
        | Data::ControlProposed(_)
        | Data::ControlSeconded(_)
        | Data::ControlWithdrawn(_)
        | Data::ControlGlassBroken(_)
        | Data::ControlGlassClosed(_)
        | Data::ControlBreakerOpened(_)
        | Data::ControlBreakerClosed(_)
        | Data::ControlFound(_)
        | Data::ControlErased(_)
        | Data::ControlPersonErased(_)
        | Data::ControlExpired(_)
        | Data::ControlHeld(_)
        | Data::ControlReleased(_)
        | Data::ControlPlaceLowered(_)
        | Data::ControlObserveBegun(_)
        | Data::ControlObserveEnded(_)
        | Data::ControlHeads(_) => Step::nothing("it is no event of a task"),
    }
}

/// Of a no or an ending: what its code says to people, as far as it can be done now.
fn of_code(story: &Story, of: Option<(Code, Option<&'static str>)>, now: &Stands) -> Step {
    let Some((_, Some(command))) = of else {
        return Step::nothing("there is nothing for a person to do about it");
    };
    let agent = holder(story).map(|name| story.control.state.agents.get(name));
    // what a live task alone can be given, and what was done about it already
    let of_live = ["task consent", "task renew", "approval list", "wish list"];
    let undone = match (command, agent) {
        ("bailiwick tenant resume", _) => story.control.state.running,
        (RESUME, Some(None)) => return Step::nothing("its agent is described by no document now"),
        (RESUME, Some(Some(agent))) if agent.offboarded => return Step::nothing(LET_GO),
        (RESUME, Some(Some(agent))) => agent.active,
        _ => !now.live && of_live.iter().any(|verb| command.contains(verb)),
    };
    match (undone, now.live) {
        (false, _) => Step::run("where it is to go on, a person runs:", filled(story, command)),
        (true, true) => Step::nothing("that was undone since"),
        (true, false) => Step::run(
            "the task has ended; where its work is to go on, a person starts another one:",
            filled(story, "bailiwick template show TEMPLATE"),
        ),
    }
}

/// What lets a suspended agent go on.
const RESUME: &str = "bailiwick agent resume AGENT";

/// Who holds the grant that an event is about.
fn holder(story: &Story) -> Option<&AgentId> {
    let grant = story.grant.and_then(|grant| story.past.after.grants.get(&grant));
    grant.map(|grant| &grant.holder)
}

/// What its holder has touched may be said to count no more, by somebody else than whose task it is.
fn declassify(story: &Story, now: &Stands) -> Step {
    if !now.held {
        return Step::nothing("the task, or the grant, has ended");
    }
    let Data::ActionRefused(refused) = &story.event.data else { return Step::nothing("nothing was refused") };
    let class = refused.reasons.first().and_then(Reason::class).unwrap_or("CLASS");
    Step::run(
        "where it may go there all the same, who answers for the agent, or an administrator, says so; nobody in a task of their \
         own (`--event` and `--at` let one value go, and nothing else):",
        format!("bailiwick task declassify {} --class {class} --grant {} --reason WORDS", story.task, refused.grant),
    )
}

fn of_request(story: &Story, stage: Option<&Stage>, live: bool) -> Step {
    let show = |leaf: u64| format!("bailiwick approval show {leaf}");
    match (&story.event.data, stage) {
        (Data::ApprovalRefused(_), Some(_)) if live => {
            Step::nothing("its agent is told why when it asks again, and may then do something else")
        }
        (_, Some(Stage::Over(why))) => Step::nothing(format!("there is nothing to sign: {why}")),
        (_, Some(Stage::Signed)) => Step::nothing("all have said yes: its agent makes the same call again"),
        _ if !live => Step::nothing("the task, or the grant, has ended"),
        (Data::ApprovalAsked(_), _) => {
            Step::run("who is asked looks at what is asked, and signs or refuses on the page:", show(story.leaf))
        }
        (Data::ActionWaiting(_), _) => Step::run("see what waits for a yes, and of whom:", "bailiwick approval list"),
        (Data::ApprovalEscalated(gone), _) => Step::run(
            "whom it goes to now looks at what is asked as well, and signs or refuses on the page:",
            show(gone.asked),
        ),
        (Data::ApprovalGiven(_), _) => Step::run("others have still to say yes:", "bailiwick approval list"),
        _ => Step::nothing("its agent asks anew where it still wants it"),
    }
}

fn of_wish(story: &Story, now: &Stands) -> Step {
    match &now.wish {
        Some(WishStanding::Granted { .. }) => Step::nothing("its person has given it"),
        Some(WishStanding::Refused { .. }) if !now.held => Step::nothing("its person has said no"),
        Some(WishStanding::Refused { .. }) => Step::nothing("its person has said no, and the agent is told why"),
        _ if !now.live => Step::nothing("the task has ended"),
        _ => Step::run(
            "its person gives it (`bailiwick task widen`) or says no (`bailiwick wish refuse`):",
            format!("bailiwick wish list --task {}", story.task),
        ),
    }
}

fn of_act(story: &Story, came: Came, live: bool) -> Step {
    let act = story.act.as_ref().map_or(story.leaf, |(leaf, _)| *leaf);
    match came {
        Came::InDoubt => {
            let asked = matches!(&story.event.data, Data::ActionDoubtful(doubt) if doubt.why == bailiwick_core::ASKED);
            let words = if asked {
                "its server asked something: the agent answers it and the call goes on; else who found out says so:"
            } else {
                "find out whether it was done, where it was to be done, and say so (or `--not-done`):"
            };
            Step::run(words, format!("bailiwick task settle {} {act} --done --evidence WORDS", story.task))
        }
        Came::Open => {
            Step { words: "wait: its outcome comes, or it is in doubt once its time is over".to_owned(), command: None }
        }
        Came::Known | Came::NoAct if live => {
            let words = "nothing; the task lives, and can be ended at any moment:";
            Step::run(words, format!("bailiwick task revoke {}", story.task))
        }
        Came::Known | Came::NoAct => Step::nothing("the task has ended"),
    }
}
