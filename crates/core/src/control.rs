//! A tenant's control state: who may do what, and what stands behind the names. A pure fold of its one control stream.

mod breakers;
mod entries;
mod erased;
mod findings;
mod given;
mod glass;
mod holds;
mod invited;
mod observation;
mod over;
mod proposed;

pub use breakers::{BREAKERS_MAX, Breaker};
pub use entries::{AgentEntry, Invite, RuleEntry, ServerEntry, ToolEntry, ToolNature};
pub use findings::{FINDINGS_MAX, FoundState};
pub use given::MandateEntry;
pub use glass::{GLASS_AGAIN_AFTER, GLASS_OPEN_MAX, GLASS_REVIEW_WITHIN, GLASS_SPAN_MAX, Glass};
pub use holds::{HOLDS_MAX, HOLDS_OF_PERSON_MAX, Hold, TASK_HOLDS_MAX, TASK_HOLDS_OF_PERSON_MAX};
pub use observation::{OBSERVATIONS_MAX, OBSERVE_AGAIN_AFTER, OBSERVE_SPAN_MAX, Observation, Observe};
pub use proposed::Proposal;

use crate::document::{Document, Person, PolicyText, Role, Template, Tool};
use crate::event::{ControlPinned, ControlReviewed, Data, DocumentNamed, Event, Passkey, Proposed, Standing};
use crate::json::{Json, Limits};
use crate::{
    AgentId, Digest, MandateName, Micros, PersonId, RoleName, ServerName, TaskId, TemplateName, ToolId, sha256,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Who may do what in one tenant, as of a leaf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ControlState {
    /// The seq of the last event folded.
    pub seq: u64,
    /// The leaf of the last event folded.
    pub leaf: Option<u64>,
    /// The time of the last event folded.
    pub at: Micros,
    /// The tenant's name.
    pub name: String,
    /// The origin of its log's checkpoints.
    pub origin: String,
    /// The epoch.
    pub epoch: u32,
    /// Not stopped.
    pub running: bool,
    /// The seq of the last stop: grants decided before it are over, also once work goes on.
    pub stopped: Option<u64>,
    /// Agents by name.
    pub agents: BTreeMap<AgentId, AgentEntry>,
    /// Roles by name.
    pub roles: BTreeMap<RoleName, Role>,
    /// Servers by name.
    pub servers: BTreeMap<ServerName, ServerEntry>,
    /// Tools as pinned.
    pub tools: BTreeMap<ToolId, ToolEntry>,
    /// What people say of tools.
    pub tool_rules: BTreeMap<ToolId, Arc<Tool>>,
    /// Templates by name, with their digests.
    pub templates: BTreeMap<TemplateName, (Arc<Template>, Digest)>,
    /// Policies by name, with their digests.
    pub policies: BTreeMap<String, (Arc<PolicyText>, Digest)>,
    /// Persons by id.
    pub persons: BTreeMap<PersonId, Person>,
    /// Passkeys by person and credential id.
    pub passkeys: BTreeMap<PersonId, BTreeMap<String, Passkey>>,
    /// Invitations that are open or have run out, by the digest of their code.
    pub invites: BTreeMap<Digest, Invite>,
    /// What was signed for invitations of late, by the digest of its challenge, and when: each signature makes one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invites_signed: BTreeMap<Digest, Micros>,
    /// Persons who ever enrolled a passkey: once there were two, no rule for a second person is met by one.
    pub enrolled: BTreeSet<PersonId>,
    /// Rules by name.
    #[serde(default)]
    pub rules: BTreeMap<RoleName, RuleEntry>,
    /// Mandates by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub mandates: BTreeMap<MandateName, MandateEntry>,
    /// Public token-signing keys.
    pub keys: Option<Json>,
    /// Quarantined tools of servers that were removed: under the same name they come back quarantined.
    #[serde(default)]
    pub held: BTreeMap<ToolId, ToolEntry>,
    /// Persons who left, with the seq of the event: what rests on them from before is over, also once one of that name comes.
    #[serde(default)]
    pub left: BTreeMap<PersonId, u64>,
    /// Agents that were suspended when they were removed: to resume one is an act of its own.
    #[serde(default)]
    pub suspended: BTreeSet<AgentId>,
    /// Changes that wait for a second person, or have run out, by the seq of their event.
    #[serde(default)]
    pub proposals: BTreeMap<u64, Proposal>,
    /// Persons who ever were administrator and had a passkey at once.
    #[serde(default)]
    pub seconders: BTreeSet<PersonId>,
    /// How many changes one person alone made stand, which had to wait for a second.
    #[serde(default)]
    pub alone: u64,
    /// Overrides of policy and approvals that nobody closed, and those of a day, by the seq of their event.
    #[serde(default)]
    pub glasses: BTreeMap<u64, Glass>,
    /// Calls that a fault has cut off, by the seq of the event that did.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub breakers: BTreeMap<u64, Breaker>,
    /// What was found of late, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<FoundState>,
    /// Tasks that were erased, with the seq of the event.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub erased: BTreeMap<TaskId, u64>,
    /// The store was put back: who held what since, and for how long tasks were to be kept, is not known, so that the rule of
    /// the copy erases nothing before somebody applies it again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub retention_rests: bool,
    /// Tasks that people hold, each with its holds, the oldest first: never none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub holds: BTreeMap<TaskId, Vec<Hold>>,
    /// Agents that are observed at a server, or were of late, by the seq of their event.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub observations: BTreeMap<u64, Observation>,
}

/// Bytes by digest: what events name.
pub trait Blobs {
    /// The bytes of a digest.
    fn blob(&self, digest: &Digest) -> Option<Arc<[u8]>>;
}

impl Blobs for BTreeMap<Digest, Arc<[u8]>> {
    fn blob(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.get(digest).cloned()
    }
}

/// Why an event cannot be folded. A node closes the stream: nothing is decided on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadFold {
    /// The event is not of this kind of stream.
    Misplaced(&'static str),
    /// A blob that the event names is not there, or is not what it should be.
    Blob(Digest),
    /// The event does not fit the state.
    Unfit(&'static str),
}

impl std::fmt::Display for BadFold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Misplaced(kind) => write!(f, "an event of kind `{kind}` has no place in this stream"),
            Self::Blob(digest) => write!(f, "the document `{digest}` is missing or is not what its digest says"),
            Self::Unfit(why) => write!(f, "the event does not fit the state: {why}"),
        }
    }
}
impl std::error::Error for BadFold {}

impl Default for ControlState {
    fn default() -> Self {
        Self {
            seq: 0,
            leaf: None,
            at: Micros(0),
            name: String::new(),
            origin: String::new(),
            epoch: 0,
            running: true,
            stopped: None,
            agents: BTreeMap::new(),
            roles: BTreeMap::new(),
            servers: BTreeMap::new(),
            tools: BTreeMap::new(),
            tool_rules: BTreeMap::new(),
            templates: BTreeMap::new(),
            policies: BTreeMap::new(),
            persons: BTreeMap::new(),
            passkeys: BTreeMap::new(),
            invites: BTreeMap::new(),
            invites_signed: BTreeMap::new(),
            enrolled: BTreeSet::new(),
            rules: BTreeMap::new(),
            mandates: BTreeMap::new(),
            keys: None,
            held: BTreeMap::new(),
            left: BTreeMap::new(),
            suspended: BTreeSet::new(),
            proposals: BTreeMap::new(),
            seconders: BTreeSet::new(),
            alone: 0,
            glasses: BTreeMap::new(),
            breakers: BTreeMap::new(),
            findings: Vec::new(),
            erased: BTreeMap::new(),
            retention_rests: false,
            holds: BTreeMap::new(),
            observations: BTreeMap::new(),
        }
    }
}

/// The document that an event names.
fn read_named(named: &DocumentNamed, blobs: &dyn Blobs) -> Result<Document, BadFold> {
    let bytes = blobs.blob(&named.digest).filter(|bytes| sha256(bytes) == named.digest);
    let json = bytes.and_then(|bytes| Json::parse(&bytes, &Limits::stored()).ok());
    json.and_then(|json| Document::read(&json).ok()).ok_or(BadFold::Blob(named.digest))
}

impl ControlState {
    /// Folds one event. `leaf` is its place in the tenant's log.
    ///
    /// # Errors
    /// [`BadFold`] when the event has no place here or names a blob that is missing. The state is then unusable.
    pub fn apply(&mut self, event: &Event, leaf: u64, blobs: &dyn Blobs) -> Result<(), BadFold> {
        self.seq += 1;
        self.leaf = Some(leaf);
        self.at = event.at;
        match &event.data {
            Data::ControlOpened(opened) => {
                self.name.clone_from(&opened.name);
                self.origin.clone_from(&opened.origin);
                self.epoch = opened.epoch;
            }
            Data::ControlRestored(restored) => self.restored(restored),
            Data::ControlAdded(added) => self.put_all(&added.documents, blobs)?,
            Data::ControlApplied(applied) => {
                applied.removed.iter().for_each(|(kind, name)| self.remove(kind, name));
                self.put_all(&applied.documents, blobs)?;
            }
            Data::ControlPinned(pinned) => self.pin(pinned),
            Data::ControlQuarantined(quarantined) => {
                let entry = self.tools.get_mut(&quarantined.tool).ok_or(BadFold::Unfit("no such tool"))?;
                entry.pinned.standing = Standing::Quarantined;
                entry.quarantine = Some((quarantined.why, quarantined.begun));
            }
            Data::ControlReviewed(reviewed) => self.review(reviewed),
            Data::ControlAgent(change) => {
                let entry = self.agents.get_mut(&change.agent).ok_or(BadFold::Unfit("no such agent"))?;
                // What was suspended before it was offboarded has been without authority since then.
                let since = entry.suspended.filter(|_| !entry.active && change.offboarded);
                (entry.active, entry.offboarded) = (change.active, change.offboarded);
                if !change.active {
                    entry.suspended = since.or(Some(self.seq));
                }
            }
            Data::ControlTenant(change) => {
                self.running = change.running;
                if !change.running {
                    self.stopped = Some(self.seq);
                }
            }
            Data::ControlKeys(keys) => self.keys = Some(keys.keys.clone()),
            Data::ControlInvited(invited) => self.fold_invited(invited, event.at),
            Data::ControlUninvited(gone) => self.invites.retain(|_, invite| invite.seq != gone.invitation),
            Data::ControlEnrolled(enrolled) => self.fold_enrolled(enrolled),
            Data::ControlUnenrolled(gone) => self.fold_unenrolled(gone),
            Data::ControlProposed(proposed) => self.propose(proposed, blobs, event.at)?,
            Data::ControlSeconded(seconded) => self.second(seconded)?,
            Data::ControlWithdrawn(withdrawn) => {
                let gone = self.proposals.remove(&withdrawn.proposal);
                gone.ok_or(BadFold::Unfit("no such change"))?;
            }
            Data::ControlGlassBroken(broken) => self.break_glass(broken)?,
            Data::ControlGlassClosed(closed) => self.close_glass(closed)?,
            Data::ControlBreakerOpened(opened) => self.open_breaker(opened),
            Data::ControlBreakerClosed(closed) => self.close_breaker(closed)?,
            Data::ControlFound(found) => self.found(found, event.at, leaf),
            Data::ControlErased(erased) => self.erase(erased.task),
            Data::ControlPersonErased(erased) => erased.tasks.iter().for_each(|task| self.erase(*task)),
            Data::ControlExpired(expired) => expired.tasks.iter().for_each(|of| self.erase(of.task)),
            Data::ControlHeld(held) => self.hold(held),
            Data::ControlReleased(released) => self.release(released)?,
            Data::ControlObserveBegun(begun) => self.begin_observation(begun),
            Data::ControlObserveEnded(ended) => self.end_observation(ended)?,
            // What lies on servers is no part of this state.
            Data::ControlHeads(_) | Data::ControlPlaceLowered(_) => {}
            other => return Err(BadFold::Misplaced(other.kind())),
        }
        self.remember_seconders();
        Ok(())
    }

    fn put_all(&mut self, documents: &[DocumentNamed], blobs: &dyn Blobs) -> Result<(), BadFold> {
        documents.iter().try_for_each(|named| {
            self.put(read_named(named, blobs)?, named.digest);
            Ok(())
        })
    }

    fn put(&mut self, document: Document, digest: Digest) {
        match document {
            Document::Agent(agent) => {
                // Applying an agent's file never resumes it; one that is new here rests on nothing from before, and what
                // rests on what it no longer is, is over.
                let offboarded = self.agents.get(&agent.name).is_some_and(|entry| entry.offboarded);
                let (active, suspended, changed) = match self.agents.get(&agent.name) {
                    None => (!self.suspended.remove(&agent.name), Some(self.seq), None),
                    Some(entry) if entry.document.rests_otherwise(&agent) => {
                        (entry.active, entry.suspended, Some(self.seq))
                    }
                    Some(entry) => (entry.active, entry.suspended, entry.changed),
                };
                let name = agent.name.clone();
                self.agents
                    .insert(name, AgentEntry { document: agent, digest, active, suspended, changed, offboarded });
            }
            Document::Role(role) => {
                self.roles.insert(role.name.clone(), role);
            }
            Document::Server(server) => {
                let kept = self.servers.get(&server.name).map(|entry| (entry.identity, entry.same));
                let back: Vec<ToolId> =
                    self.held.keys().filter(|tool| *tool.server() == server.name).cloned().collect();
                for tool in back {
                    if let Some(entry) = self.held.remove(&tool) {
                        self.tools.insert(tool, entry);
                    }
                }
                let (identity, same) = kept.unwrap_or((None, true));
                self.servers.insert(server.name.clone(), ServerEntry { document: server, identity, same });
            }
            Document::Tool(tool) => {
                self.tool_rules.insert(tool.tool.clone(), Arc::new(tool));
            }
            Document::Template(template) => {
                self.templates.insert(template.name.clone(), (Arc::new(template), digest));
            }
            Document::Policy(policy) => {
                self.policies.insert(policy.name.clone(), (Arc::new(policy), digest));
            }
            Document::Person(person) => {
                self.persons.insert(person.name.clone(), person);
            }
            Document::Mandate(mandate) => self.give(mandate, digest),
            Document::Rule(rule) => {
                self.retention_rests &= rule.retention.is_none();
                self.breakers_without(&rule.name);
                self.rules.insert(rule.name.clone(), RuleEntry { document: rule, since: self.seq });
            }
        }
    }

    fn remove(&mut self, kind: &str, name: &str) {
        match kind {
            "agent" => {
                if let Ok(id) = AgentId::parse(name)
                    && self.agents.remove(&id).is_some_and(|entry| !entry.active)
                {
                    self.suspended.insert(id);
                }
            }
            "role" => drop(RoleName::parse(name).map(|id| self.roles.remove(&id))),
            "server" => {
                if let Ok(id) = ServerName::parse(name) {
                    self.servers.remove(&id);
                    let (own, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
                        std::mem::take(&mut self.tools).into_iter().partition(|(tool, _)| *tool.server() == id);
                    self.tools = others;
                    let quarantined = |entry: &ToolEntry| entry.pinned.standing == Standing::Quarantined;
                    self.held.extend(own.into_iter().filter(|(_, entry)| quarantined(entry)));
                }
            }
            "tool" => drop(ToolId::parse(name).map(|id| self.tool_rules.remove(&id))),
            "template" => drop(TemplateName::parse(name).map(|id| self.templates.remove(&id))),
            "policy" => drop(self.policies.remove(name)),
            "person" => {
                if let Ok(id) = PersonId::parse(name) {
                    if self.persons.remove(&id).is_some() {
                        self.left.insert(id.clone(), self.seq);
                    }
                    // Whoever comes later under that name enrols anew.
                    self.passkeys.remove(&id);
                    self.invites_without(&id);
                    self.invites.retain(|_, invite| invite.by != id);
                }
            }
            "mandate" => drop(MandateName::parse(name).map(|id| self.mandates.remove(&id))),
            "rule" => {
                if let Ok(id) = RoleName::parse(name) {
                    self.rules.remove(&id);
                    self.breakers_without(&id);
                }
            }
            _ => {}
        }
    }

    fn pin(&mut self, pinned: &ControlPinned) {
        if let Some(server) = self.servers.get_mut(&pinned.server) {
            server.same = pinned.same_server;
            if server.identity.is_none() {
                server.identity = Some(pinned.identity);
            }
        }
        for tool in &pinned.tools {
            match self.tools.get_mut(&tool.tool) {
                // What stands keeps standing: the change is remembered beside it until a person looks.
                Some(entry) => {
                    entry.pinned.standing = tool.standing;
                    let back = tool.pin == entry.pinned.pin;
                    entry.seen = (!back).then(|| tool.clone());
                }
                None => {
                    self.tools.insert(tool.tool.clone(), ToolEntry::of(tool.clone()));
                }
            }
        }
    }

    fn review(&mut self, reviewed: &ControlReviewed) {
        if let Some(server) = self.servers.get_mut(&reviewed.server) {
            server.identity = Some(reviewed.identity);
            server.same = true;
        }
        // What was offered and is not taken waits, beside the words that stood, until it is taken: of a cooperative server what
        // is pinned at first sight may be called, and so may what goes back to the words that it had then.
        self.tools.retain(|tool, entry| {
            let standing = &mut entry.pinned.standing;
            let own = *tool.server() == reviewed.server;
            match standing {
                _ if !own => {}
                Standing::Gone | Standing::Quarantined => {}
                _ => *standing = Standing::New,
            }
            !own || *standing != Standing::Gone
        });
        for tool in &reviewed.tools {
            self.tools.insert(tool.tool.clone(), ToolEntry::of(tool.clone()));
        }
    }

    /// What a tool is: a person's word where there is one, else what was pinned. Impact is never below the effect's own.
    pub fn nature(&self, tool: &ToolId) -> Option<ToolNature> {
        if crate::is_own(tool.server()) {
            return crate::own::nature(tool);
        }
        let pinned = &self.tools.get(tool)?.pinned;
        let rule = self.tool_rules.get(tool);
        let (effect, egress, reversibility, raised) = rule
            .map_or((pinned.effect, pinned.egress, pinned.reversibility, None), |rule| {
                (rule.effect, rule.egress, rule.reversibility, rule.impact)
            });
        let own = effect.impact(reversibility);
        Some(ToolNature { effect, egress, reversibility, impact: raised.map_or(own, |raised| raised.max(own)) })
    }

    /// Whether calls of the tool may go on.
    pub fn usable(&self, tool: &ToolId) -> bool {
        let standing = self.tools.get(tool).map(|entry| entry.pinned.standing);
        matches!(standing, Some(Standing::FirstUse | Standing::Reviewed | Standing::Reworded))
    }

    /// The blobs that the state still rests on: the words of tools as pinned and as seen. Documents are in the state itself.
    pub fn words(&self) -> impl Iterator<Item = Digest> {
        let entries = self.tools.values().chain(self.held.values());
        let stand = entries.flat_map(|entry| entry.seen.iter().chain([&entry.pinned]));
        let proposed = self.proposals.values().flat_map(|proposal| match &proposal.statement.change {
            Proposed::Review { tools, .. } => tools.as_slice(),
            _ => &[],
        });
        stand.chain(proposed).map(|tool| tool.words)
    }

    /// The passkey of a person, by its credential id, while the person stands in the directory.
    pub fn passkey(&self, person: &PersonId, id: &str) -> Option<&Passkey> {
        self.persons.get(person)?;
        self.passkeys.get(person)?.get(id)
    }

    /// The digest over all policies by name: what a compiled policy must have been made from.
    pub fn policy_digest(&self) -> Digest {
        let mut text = Vec::new();
        for (name, (_, digest)) in &self.policies {
            text.extend_from_slice(name.as_bytes());
            text.push(0);
            text.extend_from_slice(digest.bytes());
        }
        sha256(&text)
    }
}
