//! One attack on one template: tasks are begun, honest calls made and attacks tried, each as whoever makes it would.

use super::act::Act;
use super::case::Case;
use super::copied::Copied;
use super::servers::{Answer, Heard};
use super::stage::Stage;
use crate::home::Trouble;
use crate::played::{Agent, Seen};
use crate::print::{list, text};
use bailiwick_core::Effect;
use bailiwick_core::json::Json;
use bailiwick_identity::SigningKey;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often a call is made until it is let through: it may wait for one person, and then for another.
const TRIES_MAX: usize = 4;

/// By what an attack was stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct By {
    /// The stable code.
    pub(super) code: String,
    /// The sentence.
    pub(super) sentence: String,
    /// The rule's name, where one stopped it.
    pub(super) rule: Option<String>,
}

/// What became of an attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Came {
    /// It was refused.
    Stopped(By),
    /// A person is asked, and sees what it is.
    Asked(By),
    /// It was done: to whom, and what was sent.
    Through {
        /// As `server/tool`, or who took it.
        to: String,
        /// What.
        what: String,
    },
    /// There is nothing here that it could be tried on.
    NotApplicable(String),
    /// Its honest twin does not pass, so that it is stopped proves nothing.
    NoControl(String),
}

/// Why an attack could not be tried to its end.
#[derive(Debug)]
pub(super) struct NoControl(pub(super) String);

impl From<Trouble> for NoControl {
    fn from(trouble: Trouble) -> Self {
        Self(trouble.to_string())
    }
}

impl From<String> for NoControl {
    fn from(why: String) -> Self {
        Self(why)
    }
}

/// What may fail because the honest part fails.
pub(super) type Tried<T> = Result<T, NoControl>;

/// Where an attack is tried.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    /// The node.
    pub(super) stage: &'a Stage,
    /// The configuration.
    pub(super) copied: &'a Copied,
    /// The template.
    pub(super) case: &'a Case,
}

/// What an agent is told.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// How it ended.
    pub(super) seen: Seen,
    /// The result, with the refusal in it.
    pub(super) result: Json,
}

impl Reply {
    fn refusal(&self, name: &str) -> Option<u64> {
        self.result.get("_meta")?.get("bailiwick.dev/refusal")?.get(name)?.as_u64()
    }

    /// The request to people that it waits for.
    pub(super) fn waits(&self) -> Option<u64> {
        let refusal = self.result.get("_meta")?.get("bailiwick.dev/refusal")?;
        self.refusal("approval").filter(|_| text(refusal, "disposition") == "wait_for_approval")
    }
}

/// A task that runs.
pub(super) struct Run<'a> {
    scene: Scene<'a>,
    /// Its id.
    pub(super) task: String,
    /// Its agent.
    pub(super) agent: Agent,
}

/// No two calls of a rehearsal have one name.
fn turn() -> u64 {
    static TURN: AtomicU64 = AtomicU64::new(1);
    TURN.fetch_add(1, Ordering::Relaxed)
}

impl<'a> Scene<'a> {
    /// Begins a task, consented to whole.
    pub(super) async fn begin(self) -> Tried<Run<'a>> {
        let task = self.started().await?;
        let agent = self.taken(&self.case.agent, &task).await?;
        Ok(Run { scene: self, task, agent })
    }

    /// The same, taken by a process that works in another task already.
    pub(super) async fn begin_as(self, other: &Agent) -> Tried<Run<'a>> {
        let task = self.started().await?;
        let key = self.key(&self.case.agent)?;
        let taken = other.also(&self.stage.url, &self.case.agent, key, &task).await;
        let agent = taken.map_err(|why| NoControl(format!("the same process gets no other task: {why}")))?;
        Ok(Run { scene: self, task, agent })
    }

    /// Starts a task; its id.
    async fn started(self) -> Tried<String> {
        let Self { stage, case, .. } = self;
        let person = case.requester.as_ref().and_then(|name| stage.people.get(name));
        let started = match person {
            Some(person) => person.consents("/v1/tasks", case.start()).await,
            None => stage.local.post("/v1/tasks", &case.start()).await,
        };
        let started = started.map_err(|why| NoControl(format!("no task of it can be started: {why}")))?;
        let task = text(&started, "task").to_owned();
        let path = format!("/v1/tasks/{task}/consent");
        // a task in which nothing is privileged has nothing to consent to
        let _consented = match person {
            Some(person) => person.consents(&path, Json::Null).await,
            None => stage.local.post(&path, &Json::Null).await,
        };
        Ok(task)
    }

    fn key(self, agent: &str) -> Tried<&'a SigningKey> {
        Ok(self.stage.keys.get(agent).ok_or_else(|| format!("the agent `{agent}` is not described"))?)
    }

    /// An agent takes its grant of a task.
    pub(super) async fn taken(self, agent: &str, task: &str) -> Tried<Agent> {
        let key = self.key(agent)?;
        let taken = Agent::start(&self.stage.url, agent, key, task).await;
        taken.map_err(|why| NoControl(format!("`{agent}` gets no token: {why}")))
    }

    /// Whether an act passes when it is honest, in a task of its own.
    pub(super) async fn passes(self, act: &Act) -> Tried<()> {
        let run = self.begin().await?;
        run.honest(act).await?;
        run.revoke().await
    }

    /// The first act that fits.
    pub(super) fn act(self, fits: impl Fn(&Act) -> bool) -> Option<&'a Act> {
        self.case.acts.iter().find(|act| fits(act))
    }

    /// An act that changes something, best of all one that moves value.
    pub(super) fn changes(self) -> Option<&'a Act> {
        let privileged = self.act(|act| act.effect.privileged() && act.effect != Effect::Delegate);
        privileged.or_else(|| self.act(|act| act.effect != Effect::Read))
    }

    /// The gentlest act that there is.
    pub(super) fn gentle(self) -> Option<&'a Act> {
        self.act(|act| act.effect == Effect::Read && !act.leaves).or_else(|| self.case.acts.first())
    }

    /// A tool whose answer an attacker may have written; best of all one after which anything may be sent anywhere.
    pub(super) fn reads(self) -> Option<&'a Act> {
        let read = |act: &Act| act.effect == Effect::Read;
        let free = self.act(|act| read(act) && !self.copied.holds_back(act));
        free.or_else(|| self.act(read))
    }

    /// Whoever is asked signs.
    pub(super) async fn signed(self, approval: u64) {
        for person in self.stage.people.values() {
            // who is not asked has nothing to sign
            let _not_asked = person.sign(approval).await;
        }
    }

    /// Whoever is asked says no.
    pub(super) async fn refused(self, approval: u64) {
        for person in self.stage.people.values() {
            // who is not asked says nothing
            let _not_asked = person.refuse(approval, "this is not what was asked for").await;
        }
    }

    /// Which rule it was, where a person may know that.
    pub(super) async fn by(self, reply: &Reply) -> By {
        // the request, and its page, are gone with the node
        let said = reply.seen.said.split(": request ").next().unwrap_or_default();
        let (code, sentence) = (reply.seen.reason.clone(), said.to_owned());
        let mut rule = None;
        if let Some(event) = reply.refusal("event") {
            let told = self.stage.local.get(&format!("/v1/events/{event}/explain")).await.unwrap_or(Json::Null);
            let decided = told.get("decided").cloned().unwrap_or(Json::Null);
            rule = list(&decided, "reasons")
                .iter()
                .map(|reason| text(reason, "rule"))
                .find(|rule| !rule.is_empty())
                .map(str::to_owned);
        }
        By { code, sentence, rule }
    }
}

impl<'a> Run<'a> {
    /// Arguments with a fresh name for idempotency, where the tool takes one.
    pub(super) fn fresh(act: &Act, arguments: &Json) -> Json {
        let (Some(at), Json::Object(members)) = (&act.key, arguments) else { return arguments.clone() };
        let mut members = members.clone();
        members.insert(at.trim_start_matches('/'), Json::from(format!("rehearsed-{}", turn())));
        Json::Object(members)
    }

    /// Makes a call once.
    pub(super) async fn once(&self, act: &Act, arguments: &Json) -> Tried<Reply> {
        let (seen, result) = self.agent.call(&act.name(), arguments.clone()).await?;
        Ok(Reply { seen, result })
    }

    /// Makes an honest call: people say yes where they are asked. Answers its result.
    pub(super) async fn honest(&self, act: &Act) -> Tried<Json> {
        self.honest_with(act, &Self::fresh(act, &act.arguments)).await
    }

    /// The same with these arguments.
    pub(super) async fn honest_with(&self, act: &Act, arguments: &Json) -> Tried<Json> {
        let mut last = None;
        for _ in 0..TRIES_MAX {
            let reply = self.once(act, arguments).await?;
            if reply.seen.allowed {
                return Ok(reply.result);
            }
            let Some(approval) = reply.waits() else {
                last = Some(reply);
                break;
            };
            self.scene.signed(approval).await;
            last = Some(reply);
        }
        let seen = last.map(|reply| reply.seen);
        let (code, said) = seen.map_or_else(Default::default, |seen| (seen.reason, seen.said));
        Err(NoControl(format!("the honest `{}` does not pass: {code}: {said}", act.shown())))
    }

    /// A read whose answer holds this text.
    pub(super) async fn reads(&self, act: &Act, holding: &str) -> Tried<()> {
        self.scene.stage.servers.answers(&act.tool.to_string(), Answer::Holding(holding.to_owned()));
        let read = self.honest(act).await;
        self.scene.stage.servers.as_before();
        read.map(drop)
    }

    /// Tries a call as an attack. Who is asked says no.
    pub(super) async fn tries(&self, act: &Act, arguments: &Json) -> Tried<Came> {
        let count = self.scene.stage.servers.count();
        let reply = self.once(act, &Self::fresh(act, arguments)).await?;
        Ok(self.came(count, &reply).await)
    }

    /// What became of a call that was an attack: what reached a server after `count` calls says it, and nothing else.
    pub(super) async fn came(&self, count: usize, reply: &Reply) -> Came {
        if let Some(heard) = self.scene.stage.servers.since(count).first() {
            return through(heard);
        }
        let by = self.scene.by(reply).await;
        match reply.waits() {
            Some(approval) => {
                self.scene.refused(approval).await;
                Came::Asked(by)
            }
            None if reply.seen.allowed => {
                let sentence = "nothing was sent: the outcome on record was given again".to_owned();
                Came::Stopped(By { code: "given_again".to_owned(), sentence, rule: None })
            }
            None => Came::Stopped(by),
        }
    }

    /// The same of a call that was told nothing but how it ended.
    pub(super) async fn ended(&self, count: usize, seen: Seen) -> Came {
        self.came(count, &Reply { seen, result: Json::Null }).await
    }

    /// Whether its agent has touched data of a class.
    pub(super) async fn has_touched(&self, class: &str) -> Tried<bool> {
        let data = self.scene.stage.local.get(&format!("/v1/tasks/{}/data", self.task)).await?;
        let mut classes = list(&data, "grants").iter().flat_map(|grant| list(grant, "classes"));
        Ok(classes.any(|own| text(own, "name") == class))
    }

    /// Ends its task at the person's word.
    pub(super) async fn revoke(&self) -> Tried<()> {
        let body = Json::object([("completed", Json::from(false)), ("grant", Json::Null)]);
        self.scene.stage.local.post(&format!("/v1/tasks/{}/end", self.task), &body).await?;
        Ok(())
    }
}

/// A call that was done, as people are told it.
pub(super) fn through(heard: &Heard) -> Came {
    Came::Through { to: heard.tool.clone(), what: heard.arguments.canonical() }
}
