//! Follows the log: reads on, lets each lane look, sends what is due, and then says where it stands.

use crate::lane::{Lane, News, Outcome, Standing};
use crate::lease::Lease;
use crate::letter;
use crate::notice::{About, Happened, Log, Notice};
use crate::sign::SigningSecret;
use crate::smtp::Smtp;
use crate::source::happened;
use crate::webhook;
use crate::whom::{Parties, people};
use bailiwick_core::{ControlState, Notify, PersonId, RoleName, RuleEntry, TaskState, TenantId, Told, Webhook};
use bailiwick_node::{Failure, LiveControl, Node, control_stream};
use bailiwick_store::StoreError;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// How many events one read brings.
const READ_MAX: usize = 256;
/// How many reads one beat makes: what is left is read at the next.
const READS_MAX: usize = 16;

/// The value of a secret by its name.
pub type SecretOf = Box<dyn Fn(&str) -> Option<Zeroizing<String>> + Send + Sync>;

/// What the node says of notices.
pub struct Settings {
    /// Where people reach the node.
    pub public_url: Option<String>,
    /// The server that mail goes out by.
    pub smtp: Option<Smtp>,
    /// Secrets that rules name.
    pub secret: SecretOf,
    /// Says a sentence to whoever runs the node.
    pub say: Box<dyn Fn(&str) + Send + Sync>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("public_url", &self.public_url)
            .field("smtp", &self.smtp)
            .finish_non_exhaustive()
    }
}

/// Why the log could not be followed just now; the next beat tries again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoticesError {
    /// The store cannot be read, or the cursor not be written.
    #[error("notices cannot be followed: {0}")]
    Store(#[from] StoreError),
    /// The thread that reads has ended.
    #[error("notices cannot be followed: nobody reads")]
    Ended,
}

/// The notices of one tenant.
#[derive(Debug)]
pub struct Notices {
    node: Arc<Node>,
    tenant: TenantId,
    settings: Settings,
    /// The lease, while no beat is under way.
    lease: tokio::sync::Mutex<Lease>,
    lanes: Mutex<BTreeMap<RoleName, Lane>>,
}

/// One thing to send, and under which rule.
struct Sending {
    rule: RoleName,
    notify: Notify,
    notice: Notice,
    reached: BTreeSet<PersonId>,
}

impl Notices {
    /// Of a node's tenant.
    pub fn new(node: Arc<Node>, tenant: TenantId, settings: Settings) -> Self {
        Self { node, tenant, settings, lease: tokio::sync::Mutex::default(), lanes: Mutex::default() }
    }

    fn lanes(&self) -> MutexGuard<'_, BTreeMap<RoleName, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How each rule's notices stand; of the node that sends, as far as it knows.
    pub fn standings(&self) -> Vec<Standing> {
        self.lanes().iter().map(|(rule, lane)| lane.standing(rule.as_str())).collect()
    }

    /// What keeps a rule from telling anybody, before anything happens: a secret or a mail server that is not there.
    pub fn unready(&self, notify: &Notify) -> Option<String> {
        match &notify.webhook {
            Some(webhook) => self.signing(webhook).err(),
            None if self.settings.smtp.is_none() => Some("this node has no mail server: `serve --smtp URL`".to_owned()),
            None => None,
        }
    }

    /// One beat: reads on and begins to send what is due. What takes its time goes on beside.
    ///
    /// # Errors
    /// [`NoticesError`] when the store cannot be read; then nothing is lost.
    pub async fn beat(self: &Arc<Self>) -> Result<(), NoticesError> {
        // beats do not overtake each other
        let Ok(mut lease) = self.lease.try_lock() else { return Ok(()) };
        if self.node.behind(self.tenant).is_some() {
            return Ok(());
        }
        let Some(control) = self.node.control(self.tenant) else { return Ok(()) };
        let rules: BTreeMap<RoleName, RuleEntry> = control.state.rules.clone();
        if rules.values().all(|rule| rule.document.notify.is_none()) {
            self.lanes().clear();
            return Ok(());
        }
        let (this, held) = (Arc::clone(self), std::mem::take(&mut *lease));
        let read = move || {
            let mut held = held;
            let read = this.read_on(&mut held, &control.state, &rules);
            (held, read)
        };
        let (held, read) = tokio::task::spawn_blocking(read).await.map_err(|_| NoticesError::Ended)?;
        *lease = held;
        drop(lease);
        read?;
        for sending in self.due() {
            let this = Arc::clone(self);
            tokio::spawn(async move { this.send(sending).await });
        }
        Ok(())
    }

    /// Takes the lease, makes the lanes that rules want, and lets them look at what the log has.
    fn read_on(
        &self,
        lease: &mut Lease,
        control: &ControlState,
        rules: &BTreeMap<RoleName, RuleEntry>,
    ) -> Result<(), NoticesError> {
        let store = self.node.store().as_ref();
        if !lease.hold(store, self.tenant, self.node.now())? {
            // another node sends, from where its shelf says
            self.lanes().clear();
            return Ok(());
        }
        let stands = |name: &RoleName, lane: &Lane| rules.get(name).is_some_and(|rule| lane.is_since(rule.since));
        self.lanes().retain(|name, lane| stands(name, lane));
        for (name, rule) in rules {
            let Some(notify) = rule.document.notify.as_ref().filter(|_| !self.lanes().contains_key(name)) else {
                continue;
            };
            let put = store.stream(self.tenant, control_stream(self.tenant), rule.since, 1)?;
            let after = put.first().map_or(0, |event| event.leaf + 1);
            // a rule speaks of what comes after it; what it told before is behind its cursor
            let from = after.max(store.cursor(&cursor(name), self.tenant)?);
            self.lanes().insert(name.clone(), Lane::new(notify.clone(), rule.since, from));
        }
        let log =
            Log { origin: &control.origin, epoch: control.epoch, public_url: self.settings.public_url.as_deref() };
        for _ in 0..READS_MAX {
            let Some(from) = self.lanes().values().filter_map(Lane::wants).min() else { break };
            let events = store.leaves(self.tenant, from, READ_MAX)?;
            let mut lanes = self.lanes();
            for stored in &events {
                let told = happened(self.tenant, stored);
                for (name, lane) in lanes.iter_mut() {
                    lane.look(stored.leaf, |notify| {
                        let told = told.as_ref().filter(|told| notify.on.contains(&told.occasion))?;
                        Some(Notice::new(log, name.as_str(), told.clone()))
                    });
                }
            }
            if events.len() < READ_MAX {
                break;
            }
        }
        let passed: Vec<(RoleName, u64)> =
            self.lanes().iter().filter_map(|(name, lane)| Some((name.clone(), lane.unsaved()?))).collect();
        passed.iter().try_for_each(|(name, position)| self.save(name, *position))
    }

    fn save(&self, rule: &RoleName, position: u64) -> Result<(), NoticesError> {
        self.node.store().move_cursor(&cursor(rule), self.tenant, position)?;
        if let Some(lane) = self.lanes().get_mut(rule) {
            lane.saved(position);
        }
        Ok(())
    }

    fn due(&self) -> Vec<Sending> {
        let now = self.node.now();
        let mut lanes = self.lanes();
        let due = lanes.iter_mut().filter_map(|(rule, lane)| {
            let (notice, reached) = lane.due(now)?;
            Some(Sending { rule: rule.clone(), notify: lane.notify().clone(), notice, reached })
        });
        due.collect()
    }

    /// Sends one thing, and then says on the shelf that it was. A crash between the two sends it again, under the same id.
    async fn send(self: Arc<Self>, sending: Sending) {
        let Sending { rule, notify, notice, mut reached } = sending;
        let outcome = match &notify.webhook {
            Some(hook) => self.post(hook, &notice).await,
            None => self.mail(&notify, &notice, &mut reached).await,
        };
        let now = self.node.now();
        let (news, position) = {
            let mut lanes = self.lanes();
            let Some(lane) = lanes.get_mut(&rule) else { return };
            let news = lane.settle(now, &notice.id, reached, outcome);
            (news, lane.position())
        };
        if let Some(news) = news {
            (self.settings.say)(&said(&rule, &notice, news));
        }
        let this = Arc::clone(&self);
        let saved = tokio::task::spawn_blocking(move || this.save(&rule, position)).await;
        if let Ok(Err(error)) = saved {
            (self.settings.say)(&format!("{error}; what was sent may be sent again"));
        }
    }

    async fn post(&self, hook: &Webhook, notice: &Notice) -> Outcome {
        match self.signing(hook) {
            Ok(secret) => webhook::send(hook, &secret, notice, self.node.now()).await,
            Err(why) => Outcome::Again(why),
        }
    }

    fn signing(&self, hook: &Webhook) -> Result<SigningSecret, String> {
        let name = hook.secret_name().ok_or("its rule names no secret")?;
        let secret = (self.settings.secret)(name)
            .ok_or_else(|| format!("this node has no secret `{name}`: `serve --secret {name}=FILE`"))?;
        SigningSecret::read(&secret)
            .ok_or_else(|| format!("secret `{name}` is not `whsec_` and base64 of 24 to 64 bytes"))
    }

    /// To each person once; who has it already is left out.
    async fn mail(&self, notify: &Notify, notice: &Notice, reached: &mut BTreeSet<PersonId>) -> Outcome {
        let Some(smtp) = &self.settings.smtp else {
            return Outcome::Again("this node has no mail server: `serve --smtp URL`".to_owned());
        };
        let parties = match self.parties(notify, &notice.happened).await {
            Ok(parties) => parties,
            Err(failure) => return Outcome::Again(format!("who has to do with it is not known: {failure}")),
        };
        let Some(control) = self.node.control(self.tenant) else {
            return Outcome::Again("the tenant's people are not known".to_owned());
        };
        let people = match people(&notify.who, &parties, &control.state) {
            Ok(people) if people.is_empty() => return Outcome::Never("nobody meant has a mail address".to_owned()),
            Ok(people) => people,
            Err(count) => return Outcome::Never(format!("`{count}` people are meant: too many for one notice")),
        };
        let mut worst = Outcome::Taken;
        for (person, address) in people {
            if reached.contains(&person) {
                continue;
            }
            match smtp.send(&address, &letter::message(smtp.from(), &address, notice)).await {
                // one whose address is refused is told of, and keeps nobody else waiting
                outcome @ (Outcome::Taken | Outcome::Never(_)) => {
                    reached.insert(person.clone());
                    if let Outcome::Never(why) = outcome {
                        (self.settings.say)(&format!("mail to {person} was refused: {}", why.escape_debug()));
                        worst = if worst == Outcome::Taken { Outcome::Never(why) } else { worst };
                    }
                }
                Outcome::Again(why) => worst = Outcome::Again(why),
                Outcome::Later(why) => {
                    if !matches!(worst, Outcome::Again(_)) {
                        worst = Outcome::Later(why);
                    }
                }
            }
        }
        worst
    }

    async fn parties(&self, notify: &Notify, happened: &Happened) -> Result<Parties, Failure> {
        let (About::Task(task) | About::Over(task)) = &happened.about else {
            return Ok(Parties::of(&happened.about));
        };
        let request = happened.request.filter(|_| notify.who.contains(&Told::Asked));
        let request = request.map(|request| (request, self.node.now()));
        let look = move |state: &TaskState, control: &LiveControl| Parties::in_task(state, &control.state, request);
        self.node.look(self.tenant, *task, look).await
    }
}

/// The name of a rule's cursor.
fn cursor(rule: &RoleName) -> String {
    format!("notices/{rule}")
}

fn said(rule: &RoleName, notice: &Notice, news: News) -> String {
    let what = notice.happened.occasion.as_str();
    let leaf = notice.happened.leaf;
    match news {
        News::Fails(why) => format!("rule `{rule}`: {what} of event {leaf} was not told yet, it is tried again: {why}"),
        News::Works => format!("rule `{rule}`: notices arrive again"),
        News::GaveUp(why) => format!("rule `{rule}`: {what} of event {leaf} was given up: {why}"),
    }
}

#[cfg(test)]
mod tests;
