//! Who wanted it, who allowed it, and who did it.

use super::Story;
use super::told::{Told, by_json, optional, sure, who};
use crate::nouns::word;
use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{AgentEntry, Caller, Data, GrantState, Mode, Road, TaskStarted};

impl Api {
    /// The person and the intent.
    pub(super) fn wanted(&self, story: &Story) -> Result<Told, Problem> {
        let mut told = Told::new("wanted", "who wanted it");
        let Some((leaf, at, started)) = self.started(story)? else {
            told.say("the beginning of the task is not there");
            return Ok(told);
        };
        let private = started.private.as_ref();
        let intent = private.map_or("(erased)", |private| private.intent.as_str());
        let subject = private.and_then(|private| private.subject.as_deref());
        let of = subject.map_or_else(String::new, |subject| format!(" for {subject}"));
        told.say_of(Some(leaf), at, format!("{}{of}: {intent}", who(&started.by)));
        told.say(format!("task {} from template {}, purpose {}", story.task, started.template, started.purpose));
        Ok(told.json(Json::object([
            ("by", by_json(&started.by)),
            ("erased", Json::from(private.is_none())),
            ("event", Json::from(leaf)),
            ("intent", optional(private.map(|private| private.intent.as_str()))),
            ("purpose", text(&started.purpose)),
            ("subject", optional(subject)),
            ("template", text(&started.template)),
            ("template_digest", text(&started.template_digest)),
        ])))
    }

    fn started(&self, story: &Story) -> Result<Option<(u64, bailiwick_core::Micros, TaskStarted)>, Problem> {
        let Some(stored) = self.at(story.task, 1)? else { return Ok(None) };
        let event = self.opened(&stored)?;
        Ok(match event.data {
            Data::TaskStarted(started) => Some((stored.leaf, event.at, *started)),
            _ => None,
        })
    }

    /// Each yes that it rests on: the start of the task, the second act of consent, and each grant that was handed on.
    pub(super) fn allowed(&self, story: &Story) -> Result<Told, Problem> {
        let mut told = Told::new("allowed_by", "who allowed it");
        let mut all = Vec::new();
        if let Some((leaf, at, started)) = self.started(story)? {
            told.say_of(Some(leaf), at, format!("{}, started the task, and so said yes to:", who(&started.by)));
            let said = started.private.as_ref().map(|private| private.consent.as_str());
            all.push(yes(&mut told, (leaf, "start"), by_json(&started.by), said));
        }
        let lineage: Vec<&GrantState> =
            story.grant.and_then(|grant| story.past.after.lineage(grant)).unwrap_or_default();
        for seq in &story.past.consents {
            let Some(stored) = self.at(story.task, *seq)? else { continue };
            let event = self.opened(&stored)?;
            match &event.data {
                Data::TaskAmended(amended) if lineage.iter().any(|grant| grant.id == amended.grant) => {
                    let line = format!("{}, {}:", who(&amended.by), amended.what());
                    told.say_of(Some(stored.leaf), event.at, line);
                    let said = amended.private.as_ref().map(|private| private.consent.as_str());
                    all.push(yes(&mut told, (stored.leaf, "consent"), by_json(&amended.by), said));
                }
                Data::ApprovalGiven(given) if used(story, &given.statement) => {
                    let line = format!("{}, said yes to this act as {}, once", who(&given.by), given.statement.role);
                    told.say_of(Some(stored.leaf), event.at, line);
                    if given.single_person {
                        told.say("  alone for two: the directory held one person, so it is no four eyes");
                    }
                    all.push(Json::object([
                        ("by", by_json(&given.by)),
                        ("event", Json::from(stored.leaf)),
                        ("role", Json::from(given.statement.role.as_str())),
                        ("single_person", Json::from(given.single_person)),
                        ("what", Json::from("approval")),
                    ]));
                }
                _ => {}
            }
        }
        for pair in lineage.windows(2) {
            let [above, grant] = pair else { continue };
            let Some((leaf, begun)) = grant.act.map(|seq| self.begun(story.task, seq)).transpose()?.flatten() else {
                continue;
            };
            let purpose = begun.private.as_ref().map(|private| private.arguments.get("purpose").and_then(Json::as_str));
            let said = purpose.map_or("(erased)", |purpose| purpose.unwrap_or_default());
            let line = format!("{} handed a part of it to {}: {said}", above.holder, grant.holder);
            told.say_of(Some(leaf), begun.facts.now, line);
            all.push(Json::object([
                ("agent", text(&above.holder)),
                ("event", Json::from(leaf)),
                ("policy_rules", Json::array(begun.under.policy_rules.iter().map(|rule| Json::from(rule.as_str())))),
                ("purpose", optional(purpose.flatten())),
                ("to", text(&grant.holder)),
                ("what", Json::from("handed_on")),
            ]));
        }
        Ok(told.json(Json::array(all)))
    }
}

/// Whether the act used this yes.
fn used(story: &Story, statement: &bailiwick_core::Statement) -> bool {
    story.begun().is_some_and(|begun| begun.approvals.contains(&statement.digest()))
}

/// A yes, with the sentences that were said yes to.
fn yes(told: &mut Told, (event, what): (u64, &str), by: Json, said: Option<&str>) -> Json {
    match said {
        None => told.say("  (erased)"),
        Some(said) => said.lines().for_each(|line| told.say(format!("  {line}"))),
    }
    let rows = said.map_or(Json::Null, |said| Json::array(said.lines().map(Json::from)));
    Json::object([("by", by), ("event", Json::from(event)), ("rows", rows), ("what", Json::from(what))])
}

/// How the act of a call was enforced. What is no call of a server, as the binding of a key, goes around none.
fn mode(story: &Story) -> Option<Mode> {
    match &story.event.data {
        Data::ActionRefused(refused) => Some(refused.mode),
        Data::ActionWaiting(waiting) => Some(waiting.mode),
        _ => story.begun().map(|begun| begun.mode),
    }
}

/// The agent that did it, and how that was made sure.
pub(super) fn done_by(story: &Story) -> Told {
    let mut told = Told::new("done_by", "who did it");
    let Some(caller) = story.caller() else {
        match said_by(&story.event.data) {
            Some(by) => told.say(who(by)),
            None => told.say("the node itself, of what it saw"),
        }
        let by = said_by(&story.event.data).map_or(Json::Null, by_json);
        return told.json(Json::object([("by", by), ("node", Json::from(said_by(&story.event.data).is_none()))]));
    };
    if let Some(by) = super::facts(&story.event.data).and_then(|facts| facts.asked_by.as_ref()) {
        told.say(format!(
            "the node, at the word of {}, through the grant of agent {}: it did not call",
            who(by),
            caller.agent
        ));
        return told.json(Json::object([
            ("agent", text(&caller.agent)),
            ("by", by_json(by)),
            ("node", Json::from(true)),
        ]));
    }
    let road = match caller.road {
        Road::Socket => "over the node's socket",
        Road::Http => "over HTTP with a proof of possession",
    };
    told.say(format!(
        "agent {}, instance {}, made sure {}, {road}",
        caller.agent,
        caller.instance,
        sure(caller.assurance)
    ));
    let answered = answered(&mut told, story, caller);
    let mode = mode(story);
    match mode {
        None => {}
        Some(Mode::Enforced) => told.say("enforced: the node holds the only way to the server"),
        Some(Mode::Cooperative) => told.say("cooperative: this machine's user could go around it"),
        Some(Mode::Observed) => told.say("observed: decided and recorded, NOT enforced"),
    }
    let of_call = [
        ("agent", text(&caller.agent)),
        ("assurance", word(&caller.assurance)),
        ("instance", text(&caller.instance)),
        ("mode", mode.as_ref().map_or(Json::Null, word)),
        ("road", word(&caller.road)),
    ];
    told.json(Json::object(of_call.into_iter().chain(answered)))
}

/// Who answers for the agent and by whom it is run, where its document is still the one that its grant rests on, and what its
/// process said that it runs.
fn answered(told: &mut Told, story: &Story, caller: &Caller) -> [(&'static str, Json); 4] {
    let lineage = story.grant.and_then(|grant| story.past.after.lineage(grant)).unwrap_or_default();
    let own = lineage.iter().find(|grant| grant.holder == caller.agent);
    let stands = |entry: &&AgentEntry| own.is_some_and(|own| entry.changed.is_none_or(|seq| seq <= own.control));
    let document = story.control.state.agents.get(&caller.agent).filter(stands).map(|entry| &entry.document);
    let run_by = document.map(|document| word(&document.run_by));
    match (document, run_by.as_ref().and_then(Json::as_str)) {
        (Some(document), Some(run_by)) => told.say(format!("  its owner is {}; run by: {run_by}", document.owner)),
        _ => told.say("  its document is another since, or gone: whoever answered for it then is not told here"),
    }
    let bound = own.and_then(|own| own.key.as_ref()).filter(|bound| bound.instance == caller.instance);
    let software = bound.and_then(|bound| bound.software.as_ref());
    let (version, config) = (software.and_then(|it| it.version.as_ref()), software.and_then(|it| it.config.as_ref()));
    let said = [version.map(|it| format!("version {it}")), config.map(|it| format!("configuration {it}"))];
    let said: Vec<String> = said.into_iter().flatten().collect();
    told.say(match said.is_empty() {
        true => "  its process says no version and no configuration".to_owned(),
        false => format!("  its process says: {}", said.join(", ")),
    });
    [
        ("config", config.map_or(Json::Null, |it| text(it))),
        ("owner", document.map_or(Json::Null, |document| text(&document.owner))),
        ("run_by", run_by.unwrap_or(Json::Null)),
        ("version", version.map_or(Json::Null, |it| text(it))),
    ]
}

/// The person whose act an event of a task is.
pub(crate) fn said_by(data: &Data) -> Option<&bailiwick_core::By> {
    match data {
        Data::TaskStarted(it) => Some(&it.by),
        Data::TaskAmended(it) => Some(&it.by),
        Data::TaskEnded(it) => it.by.as_ref(),
        Data::GrantEnded(it) => it.by.as_ref(),
        Data::ActionEnded(it) => it.by.as_ref(),
        Data::ApprovalGiven(it) => Some(&it.by),
        Data::ApprovalRefused(it) => Some(&it.by),
        Data::WishRefused(it) => Some(&it.by),
        Data::LabelLowered(it) => Some(&it.by),
        _ => None,
    }
}
