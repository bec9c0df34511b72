//! Deciding on the control stream: who may do what is itself decided and recorded.

use super::found::find;
use super::{breaker, change, erase, erase_person, expire, glass, governed, hold, observe, passkey, place};
use crate::applying::PolicyReader;
use crate::control::ControlState;
use crate::document::{Document, Mandate, Person, Rule};
use crate::event::{
    Accepted, ControlAdded, ControlAgent, ControlApplied, ControlHeads, ControlKeys, ControlOpened, ControlPinned,
    ControlQuarantined, ControlRestored, ControlReviewed, ControlTenant, Data, DocumentNamed, Event, PinnedTool, RULES,
    Standing,
};
use crate::facts::{By, Facts};
use crate::json::Json;
use crate::reason::{Code, Reason};
use crate::{AgentId, ControlCommand, Digest, ServerName, sha256};
use std::collections::{BTreeMap, BTreeSet};

/// What a control command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlDecided {
    /// The no, if it is one.
    pub refused: Option<Reason>,
    /// To be appended; none when it was so already.
    pub events: Vec<Event>,
    /// The bytes that the events name.
    pub blobs: Vec<(Digest, Vec<u8>)>,
    /// Whether a yes decided before it may be a no after: raises the floor.
    pub narrows: bool,
}

impl ControlDecided {
    pub(super) fn refuse(reason: Reason) -> Self {
        Self { refused: Some(reason), events: Vec::new(), blobs: Vec::new(), narrows: false }
    }
    pub(super) fn nothing() -> Self {
        Self { refused: None, events: Vec::new(), blobs: Vec::new(), narrows: false }
    }
    pub(super) fn one(facts: &Facts, data: impl Into<Data>) -> Self {
        let data = data.into();
        let narrows = data.narrows();
        Self { refused: None, events: vec![Event { at: facts.now, data }], blobs: Vec::new(), narrows }
    }
}

/// Decides one command on the control stream. Total and pure, as `decide` is. `policies` reads texts of policies: what it
/// says of them depends on them alone.
pub fn decide_control(
    state: &ControlState,
    policies: &dyn PolicyReader,
    command: &ControlCommand,
    facts: &Facts,
) -> ControlDecided {
    let facts = &Facts { now: facts.now.max(state.at), ..facts.clone() };
    match command {
        ControlCommand::Second(said) => change::second(state, policies, said, facts),
        ControlCommand::Withdraw { by, proposal } => change::withdraw(state, by, *proposal, facts),
        ControlCommand::Signed(said) => governed::signed(state, said, facts),
        _ => change::propose_if_it_loosens(state, policies, command, facts),
    }
}

/// What a command would come to if nobody had to sign it: what is shown before it is asked.
pub fn decide_at_once(state: &ControlState, command: &ControlCommand, facts: &Facts) -> ControlDecided {
    if let ControlCommand::Open { name, origin, epoch } = command {
        if state.seq != 0 {
            return ControlDecided::refuse(Reason::new(Code::NotPossible));
        }
        let (name, origin) = (name.clone(), origin.clone());
        return ControlDecided::one(
            facts,
            ControlOpened { epoch: *epoch, facts: facts.clone(), name, origin, rules: RULES },
        );
    }
    if state.seq == 0 {
        return ControlDecided::refuse(Reason::new(Code::NotPossible));
    }
    if let Some(reason) = governed::unproven(command) {
        return ControlDecided::refuse(reason);
    }
    match command {
        ControlCommand::Open { .. } => ControlDecided::nothing(),
        // Never an epoch twice: what was made in one that was lost must stay dead.
        ControlCommand::Restore { epoch, .. } if *epoch <= state.epoch => {
            ControlDecided::refuse(Reason::new(Code::NotPossible).asked("the epoch was there already"))
        }
        ControlCommand::Restore { by, epoch, before } => {
            let (by, origin) = (by.clone(), epoch_origin(&state.origin, *epoch));
            let (epoch, before) = (*epoch, *before);
            let restored = ControlRestored { before, by, epoch, facts: facts.clone(), origin, rules: RULES };
            ControlDecided::one(facts, restored)
        }
        ControlCommand::Apply { by, documents, removed } => apply(state, by, documents, removed, facts),
        ControlCommand::Pin { server, identity, tools } => pin(state, server, *identity, tools, facts),
        ControlCommand::Quarantine { tool, why, begun } => match state.tools.get(tool) {
            None => ControlDecided::refuse(Reason::new(Code::NotAvailable).asked(tool)),
            Some(entry) if entry.pinned.standing == Standing::Quarantined => ControlDecided::nothing(),
            Some(_) => {
                let (tool, why, begun) = (tool.clone(), *why, *begun);
                ControlDecided::one(facts, ControlQuarantined { begun, facts: facts.clone(), rules: RULES, tool, why })
            }
        },
        ControlCommand::Review { accepted, by, server, identity, tools } => {
            review(state, (by, server), *identity, (tools, accepted), facts)
        }
        ControlCommand::Agent { by, agent, active } => match state.agents.get(agent) {
            None => ControlDecided::refuse(Reason::new(Code::NotAvailable).asked(agent)),
            Some(entry) if entry.active == *active => ControlDecided::nothing(),
            // What ended with it is certified to have ended for good.
            Some(entry) if entry.offboarded => {
                let why = "the agent was offboarded: if it is to come back, remove it and describe it anew";
                ControlDecided::refuse(Reason::new(Code::NotPossible).asked(why))
            }
            Some(_) => agent_now(by, agent, (*active, false), facts),
        },
        ControlCommand::Offboard { by, agent } => match state.agents.get(agent) {
            None => ControlDecided::refuse(Reason::new(Code::NotAvailable).asked(agent)),
            Some(entry) if entry.offboarded => ControlDecided::nothing(),
            Some(_) => agent_now(by, agent, (false, true), facts),
        },
        ControlCommand::Tenant { running, .. } if state.running == *running => ControlDecided::nothing(),
        ControlCommand::Tenant { by, running } => {
            let (by, running) = (by.clone(), *running);
            ControlDecided::one(facts, ControlTenant { by, facts: facts.clone(), rules: RULES, running })
        }
        ControlCommand::Invite { by, person, code, expires, signed } => {
            passkey::invite(state, (by, person), *code, (*expires, *signed), facts)
        }
        ControlCommand::Uninvite { by, person, invitation } => passkey::uninvite(state, by, person, *invitation, facts),
        ControlCommand::Enroll { by, code, passkey } => passkey::enroll(state, by, *code, passkey, facts),
        ControlCommand::Unenroll { by, person, id } => passkey::unenroll(state, by, person, id, facts),
        ControlCommand::Erase(said) => erase::erase(state, said, facts),
        ControlCommand::ErasePerson(said) => erase_person::erase_person(state, said, facts),
        ControlCommand::Expire(said) => expire::expire(state, said, facts),
        ControlCommand::Hold(said) => hold::hold(state, said, facts),
        ControlCommand::Release(said) => hold::release(state, said, facts),
        ControlCommand::LowerPlace(said) => place::lower(state, said, facts),
        ControlCommand::BreakGlass(said) => glass::break_glass(state, said, facts),
        ControlCommand::CloseGlass { by, glass, findings } => glass::close(state, by, *glass, findings, facts),
        ControlCommand::Signed(said) => governed::signed(state, said, facts),
        ControlCommand::OpenBreaker { rule, whose, counted } => breaker::open(state, (rule, whose), *counted, facts),
        ControlCommand::Find(found) => find(state, found, facts),
        ControlCommand::CloseBreaker { by, breaker } => breaker::close(state, by.as_ref(), *breaker, facts),
        ControlCommand::Observe(said) => observe::begin(state, said, facts),
        ControlCommand::EndObservation { by, observation } => observe::end(state, by, *observation, facts),
        // by INVARIANT of `decide_control`: these are decided there
        ControlCommand::Second(_) | ControlCommand::Withdraw { .. } => ControlDecided::nothing(),
        // Whoever turned another key meanwhile is not undone by one that did not know of it.
        ControlCommand::Keys { by, keys }
            if state.keys.as_ref().is_some_and(|now| !follows(now, keys, by.is_some())) =>
        {
            ControlDecided::refuse(Reason::new(Code::NotPossible).asked("the keys were turned meanwhile"))
        }
        ControlCommand::Keys { by, keys } => {
            let (by, keys) = (by.clone(), keys.clone());
            ControlDecided::one(facts, ControlKeys { by, facts: facts.clone(), keys, rules: RULES })
        }
        ControlCommand::Heads { root, count, size } => {
            let (root, count, size) = (*root, *count, *size);
            ControlDecided::one(facts, ControlHeads { count, facts: facts.clone(), root, rules: RULES, size })
        }
    }
}

/// What stands between the origin of a tenant's first log and the number of a later epoch.
const LATER_EPOCH: &str = "/epoch/";

/// The origin of an epoch's checkpoints, from that of any epoch of the tenant. A log that begins anew has a name of its own:
/// under the old one its heads would belie those that were signed before.
pub fn epoch_origin(origin: &str, epoch: u32) -> String {
    let first = origin.split_once(LATER_EPOCH).map_or(origin, |(first, _)| first);
    format!("{first}{LATER_EPOCH}{epoch}")
}

/// What was seen of a server.
fn pin(
    state: &ControlState,
    server: &ServerName,
    identity: Digest,
    tools: &[PinnedTool],
    facts: &Facts,
) -> ControlDecided {
    let Some(entry) = state.servers.get(server) else {
        return ControlDecided::refuse(Reason::new(Code::NotAvailable).asked(server));
    };
    if let Some(reason) = foreign(server, tools).or_else(|| self_reviewed(state, tools)) {
        return ControlDecided::refuse(reason);
    }
    let same_server = entry.identity.is_none_or(|known| known == identity);
    if tools.is_empty() && same_server == entry.same && entry.identity.is_some() {
        return ControlDecided::nothing();
    }
    let (server, tools) = (server.clone(), tools.to_vec());
    let pinned = ControlPinned { facts: facts.clone(), identity, rules: RULES, server, same_server, tools };
    ControlDecided::one(facts, pinned)
}

/// What a person takes of a server as it is.
fn review(
    state: &ControlState,
    (by, server): (&By, &ServerName),
    identity: Digest,
    (tools, accepted): (&[PinnedTool], &[Accepted]),
    facts: &Facts,
) -> ControlDecided {
    if !state.servers.contains_key(server) {
        return ControlDecided::refuse(Reason::new(Code::NotAvailable).asked(server));
    }
    if let Some(reason) = foreign(server, tools) {
        return ControlDecided::refuse(reason);
    }
    let untaken = accepted.iter().find(|one| tools.iter().all(|tool| tool.tool != one.tool));
    if let Some(one) = untaken {
        return ControlDecided::refuse(Reason::new(Code::NotAvailable).asked(&one.tool));
    }
    let (accepted, by, server, tools) = (accepted.to_vec(), by.clone(), server.clone(), tools.to_vec());
    let reviewed = ControlReviewed { accepted, by, facts: facts.clone(), identity, rules: RULES, server, tools };
    ControlDecided::one(facts, reviewed)
}

/// Whether none of the numbers of keys, of the one that signs and of the root's, is lower than it was; where a person turns
/// one, it is higher. Nodes that begin at once record the same first keys.
fn follows(now: &Json, next: &Json, turned: bool) -> bool {
    let number = |keys: &Json, name: &str| keys.get(name).and_then(Json::as_u64);
    let compared = ["active", "root"].map(|name| number(next, name).cmp(&number(now, name)));
    compared.iter().all(|order| order.is_ge()) && (!turned || compared.iter().any(|order| order.is_gt()))
}

fn apply(
    state: &ControlState,
    by: &By,
    documents: &[Document],
    removed: &[(String, String)],
    facts: &Facts,
) -> ControlDecided {
    let mut named = Vec::with_capacity(documents.len());
    let mut blobs = Vec::with_capacity(documents.len());
    let mut seen = BTreeSet::new();
    for document in documents {
        let (kind, name) = (document.kind(), document.name());
        if !seen.insert((kind, name.clone())) {
            return ControlDecided::refuse(
                Reason::new(Code::NotPossible).asked(format_args!("{kind} {name} stands twice")),
            );
        }
        if removed.iter().any(|(k, n)| k == kind && *n == name) {
            let both = format_args!("{kind} {name} is both given and removed");
            return ControlDecided::refuse(Reason::new(Code::NotPossible).asked(both));
        }
        let bytes = document.bytes();
        let digest = sha256(&bytes);
        if stands(state, document, &digest) {
            continue;
        }
        named.push(DocumentNamed { digest, kind: kind.to_owned(), name });
        blobs.push((digest, bytes));
    }
    let reason = dangling(state, documents, removed)
        .or_else(|| left_behind(state, documents, removed))
        .or_else(|| removed_in_vain(state, removed))
        .or_else(|| shared_account(state, documents, removed))
        .or_else(|| expire::two_rules(state, documents, removed))
        .or_else(|| too_many(state, ("rule", Rule::COUNT_MAX), documents, removed))
        .or_else(|| too_many(state, ("mandate", Mandate::COUNT_MAX), documents, removed));
    if let Some(reason) = reason {
        return ControlDecided::refuse(reason);
    }
    if named.is_empty() && removed.is_empty() {
        return ControlDecided::nothing();
    }
    let adds = |named: &DocumentNamed| {
        Document::ONLY_WIDEN.contains(&named.kind.as_str()) && !exists(state, &named.kind, &named.name)
    };
    let decided = if removed.is_empty() && named.iter().all(adds) {
        ControlDecided::one(
            facts,
            ControlAdded { by: by.clone(), documents: named, facts: facts.clone(), rules: RULES },
        )
    } else {
        let removed = removed.to_vec();
        let applied = ControlApplied { by: by.clone(), documents: named, facts: facts.clone(), removed, rules: RULES };
        ControlDecided::one(facts, applied)
    };
    ControlDecided { blobs, ..decided }
}

/// A server speaks of its own tools only.
fn foreign(server: &ServerName, tools: &[PinnedTool]) -> Option<Reason> {
    let tool = tools.iter().find(|tool| tool.tool.server() != server)?;
    let reason = Reason::new(Code::NotPossible).asked(&tool.tool);
    Some(reason.most(format_args!("tools of {server}")))
}

/// What is only seen is never reviewed: a tool may be seen to be again what a person reviewed, and no more; one that is
/// quarantined stays so whatever is seen.
fn self_reviewed(state: &ControlState, tools: &[PinnedTool]) -> Option<Reason> {
    let reviewed = |tool: &&PinnedTool| {
        let known = state.tools.get(&tool.tool).map(|entry| &entry.pinned);
        let freed = known.is_some_and(|known| known.standing == Standing::Quarantined);
        (tool.standing == Standing::Reviewed && known.map(|known| known.pin) != Some(tool.pin))
            || (freed && tool.standing != Standing::Quarantined)
    };
    let tool = tools.iter().find(reviewed)?;
    Some(Reason::new(Code::UnderReview).asked(&tool.tool))
}

/// A role that goes while an agent that stays is bounded by it.
fn left_behind(state: &ControlState, documents: &[Document], removed: &[(String, String)]) -> Option<Reason> {
    let gone = |kind: &str, name: &str| removed.iter().any(|(k, n)| k == kind && n == name);
    let given = |name: &str| documents.iter().any(|document| document.kind() == "agent" && document.name() == name);
    let stays = |name: &str| !gone("agent", name) && !given(name);
    let agents = state.agents.values().map(|entry| &entry.document);
    let agent = agents.into_iter().find(|agent| stays(agent.name.as_str()) && gone("role", agent.role.as_str()))?;
    let reason = Reason::new(Code::NotPossible).asked(format_args!("agent {} names role {}", agent.name, agent.role));
    Some(reason.most("a role that no agent names"))
}

/// Whether the very same document stands already.
fn stands(state: &ControlState, document: &Document, digest: &Digest) -> bool {
    match document {
        Document::Agent(agent) => state.agents.get(&agent.name).is_some_and(|entry| entry.digest == *digest),
        Document::Role(role) => state.roles.get(&role.name) == Some(role),
        Document::Server(server) => state.servers.get(&server.name).is_some_and(|entry| entry.document == *server),
        Document::Tool(tool) => state.tool_rules.get(&tool.tool).is_some_and(|known| **known == *tool),
        Document::Template(template) => state.templates.get(&template.name).is_some_and(|(_, known)| known == digest),
        Document::Policy(policy) => state.policies.get(&policy.name).is_some_and(|(_, known)| known == digest),
        Document::Person(person) => state.persons.get(&person.name) == Some(person),
        Document::Rule(rule) => {
            state.rules.get(&rule.name).is_some_and(|entry| entry.document == *rule) && !state.rests(rule)
        }
        Document::Mandate(mandate) => {
            state.mandates.get(&mandate.name).is_some_and(|entry| entry.digest == *digest && entry.is_given())
        }
    }
}

fn exists(state: &ControlState, kind: &str, name: &str) -> bool {
    match kind {
        "agent" => state.agents.keys().any(|id| id.as_str() == name),
        "server" => state.servers.keys().any(|id| id.as_str() == name),
        "template" => state.templates.keys().any(|id| id.as_str() == name),
        "person" => state.persons.keys().any(|id| id.as_str() == name),
        "role" => state.roles.keys().any(|id| id.as_str() == name),
        "tool" => state.tool_rules.keys().any(|id| id.to_string() == name),
        "policy" => state.policies.contains_key(name),
        "rule" => state.rules.keys().any(|id| id.as_str() == name),
        "mandate" => state.mandates.keys().any(|id| id.as_str() == name),
        _ => false,
    }
}

/// What is not there cannot be taken away: whoever mistypes a name must not believe that the document is gone.
fn removed_in_vain(state: &ControlState, removed: &[(String, String)]) -> Option<Reason> {
    let (kind, name) = removed.iter().find(|(kind, name)| !exists(state, kind, name))?;
    Some(Reason::new(Code::NotPossible).asked(format_args!("{kind} {name} removed")).most("a document that is there"))
}

/// Each rule is looked at for all that happens, and each mandate has a stream of its own.
fn too_many(
    state: &ControlState,
    (kind, most): (&str, usize),
    documents: &[Document],
    removed: &[(String, String)],
) -> Option<Reason> {
    let given = documents.iter().filter(|document| document.kind() == kind).map(Document::name);
    let gone = |name: &str| removed.iter().any(|(of, gone)| of == kind && gone == name);
    let stand: Vec<String> = match kind {
        "mandate" => state.mandates.keys().map(ToString::to_string).collect(),
        _ => state.rules.keys().map(ToString::to_string).collect(),
    };
    let stays = stand.into_iter().filter(|name| !gone(name));
    let count = given.chain(stays).collect::<BTreeSet<_>>().len();
    let reason = Reason::new(Code::NotPossible).asked(format_args!("{count} {kind}s"));
    (count > most).then(|| reason.most(format_args!("{most} {kind}s")))
}

/// Two persons of one account: nobody could tell whose act it was.
fn shared_account(state: &ControlState, documents: &[Document], removed: &[(String, String)]) -> Option<Reason> {
    let mut given = BTreeMap::new();
    for document in documents {
        if let Document::Person(person) = document {
            given.insert(&person.name, person);
        }
    }
    let gone = |person: &Person| removed.iter().any(|(kind, name)| kind == "person" && name == person.name.as_str());
    let stays = state.persons.values().filter(|person| !given.contains_key(&person.name) && !gone(person));
    let mut accounts = BTreeMap::new();
    for person in stays.chain(given.values().copied()) {
        let Some(uid) = person.uid else { continue };
        if let Some(other) = accounts.insert(uid, &person.name) {
            let both = format_args!("persons {other} and {} of uid {uid}", person.name);
            return Some(Reason::new(Code::NotPossible).asked(both).most("one person for an account"));
        }
    }
    None
}

/// A reference to nothing is refused: a role that is not there, an agent or server that a template names in vain.
fn dangling(state: &ControlState, documents: &[Document], removed: &[(String, String)]) -> Option<Reason> {
    let gone = |kind: &str, name: &str| removed.iter().any(|(k, n)| k == kind && n == name);
    let there = |kind: &str, name: &str| {
        let given = documents.iter().any(|document| document.kind() == kind && document.name() == name);
        given || (exists(state, kind, name) && !gone(kind, name))
    };
    let missing = |place: String, kind: &str, name: &str| {
        let reason = Reason::new(Code::NotPossible).asked(format_args!("{place} names {kind} {name}"));
        (!there(kind, name)).then(|| reason.most(format_args!("a {kind} that is there")))
    };
    documents.iter().find_map(|document| {
        let place = format!("{} {}", document.kind(), document.name());
        match document {
            Document::Agent(agent) => missing(place, "role", agent.role.as_str()),
            Document::Tool(tool) => missing(place, "server", tool.tool.server().as_str()),
            Document::Template(template) => {
                let named = template.start.agents.iter().chain(template.delegate.iter().flat_map(|to| &to.agents));
                let agents = named.into_iter().find_map(|agent| missing(place.clone(), "agent", agent.as_str()));
                let mandate = |name: &crate::MandateName| missing(place.clone(), "mandate", name.as_str());
                let agents = agents.or_else(|| template.draws.iter().find_map(mandate));
                let mut servers = template.servers();
                agents.or_else(|| servers.find_map(|server| missing(place.clone(), "server", server.as_str())))
            }
            Document::Role(_)
            | Document::Server(_)
            | Document::Policy(_)
            | Document::Person(_)
            | Document::Rule(_)
            | Document::Mandate(_) => None,
        }
    })
}

fn agent_now(by: &By, agent: &AgentId, (active, offboarded): (bool, bool), facts: &Facts) -> ControlDecided {
    let (agent, by) = (agent.clone(), by.clone());
    ControlDecided::one(facts, ControlAgent { active, agent, by, facts: facts.clone(), offboarded, rules: RULES })
}
