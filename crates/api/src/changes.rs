//! `/v1/changes`: what loosens and waits for people to sign it, and what they answer.

use crate::approvals::{changed, refused};
use crate::glass::may_break;
use crate::nouns::counted;
use crate::numbered::Numbered;
use crate::people::text;
use crate::problem::Own;
use crate::read::body;
use crate::replay::listed;
use crate::who::Who;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{
    ALONE_AFTER, Assertion, Assurance, By, ChangeStatement, ControlCommand, ControlDecided, ControlState, Data,
    GlassSecond, Micros, PersonId, Proposal, Proposed, Second, began_by_accounts, cannot_second, glass_second,
    is_requester, seconds_glass, void_change,
};
use bailiwick_identity::{Challenge, check_passkey, statement_challenge};
use bailiwick_policy::CedarReader;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SecondBody {
    /// The text that was signed.
    statement: String,
    assertion: Assertion,
}

/// What is to change: its kind, and what it names.
fn change_of(change: &Proposed) -> (&'static str, Vec<String>) {
    match change {
        Proposed::Agent { agent } => ("agent", vec![format!("agent {agent} acts again")]),
        Proposed::BreakGlass { task, incident, reason, .. } => {
            ("break_glass", vec![format!("break-glass over task {task}: {reason} ({incident})")])
        }
        Proposed::Documents { documents, removed, .. } => {
            let given = documents.iter().map(|named| format!("{} {}", named.kind, named.name));
            let gone = removed.iter().map(|(kind, name)| format!("{kind} {name} goes"));
            ("documents", given.chain(gone).collect())
        }
        Proposed::ErasePerson { accounts, person, reason, tasks } => {
            let of = |(name, count): (&PersonId, usize)| format!(", {count} by the account {name},");
            let accounts: String = began_by_accounts(accounts).into_iter().map(of).collect();
            let (tasks, are) = (counted(tasks.len(), "task"), if tasks.len() == 1 { "is" } else { "are" });
            let first = format!("{tasks} that {person} began{accounts} {are} erased: {reason}");
            ("erase_person", vec![first])
        }
        Proposed::Release { hold, reason, task } => {
            ("release", vec![format!("task {task} is released from hold {hold}: {reason}")])
        }
        Proposed::Erase { reason, task } => ("erase", vec![format!("task {task} is erased: {reason}")]),
        Proposed::Invite { person, .. } => ("invite", vec![format!("{person} is invited to make a passkey")]),
        Proposed::LowerPlace { class, server, .. } => {
            ("lower_place", vec![format!("what tasks left on server {server} is no data of class {class}")])
        }
        Proposed::Observe { agent, server, .. } => {
            ("observe", vec![format!("agent {agent} is observed at server {server}")])
        }
        Proposed::Review { server, tools, .. } => {
            ("review", vec![format!("server {server}, {}", counted(tools.len(), "tool"))])
        }
        Proposed::Tenant {} => ("tenant", vec!["all work goes on".to_owned()]),
    }
}

fn lines<'a>(texts: impl IntoIterator<Item = &'a String>) -> Json {
    Json::array(texts.into_iter().map(|line| Json::from(line.as_str())))
}

/// Changes are administrators' matter; who may break the glass signs what they want of it.
fn may_look(state: &ControlState, who: &Who) -> Result<(), Problem> {
    match who.only() {
        Some(person) if !may_break(state, person) => {
            Err(refused(Own::NotAdministrator, "only an administrator may ask for this"))
        }
        _ => Ok(()),
    }
}

/// Whether a change is shown: to administrators, and an override to those who may break the glass, for a rule may want a
/// second one of them.
fn shown(state: &ControlState, proposal: &Proposal, who: &Who) -> bool {
    let overrides = matches!(proposal.statement.change, Proposed::BreakGlass { .. });
    who.only().is_none_or(|person| overrides && may_break(state, person))
}

/// How many persons have to sign what is proposed before it stands.
pub(crate) fn signers(state: &ControlState, statement: &ChangeStatement, now: Micros) -> u64 {
    match &statement.change {
        Proposed::BreakGlass { requester, .. } => glass_persons(state, (&statement.by, requester), now),
        _ if state.seconders.len() == 1 => 1,
        _ => 2,
    }
}

/// How many persons have to sign before the glass is broken by the one over a task of the other.
pub(crate) fn glass_persons(state: &ControlState, around: (&PersonId, &PersonId), now: Micros) -> u64 {
    match glass_second(state, around, now) {
        GlassSecond::Nobody => 1,
        GlassSecond::OfRole if state.solo() => 1,
        GlassSecond::OfRole | GlassSecond::Administrator => 2,
    }
}

/// Why nothing comes of a change that waits, as things stand: a signature under it would be refused with this.
pub(crate) fn void(state: &ControlState, proposal: &Proposal, now: Micros) -> Option<String> {
    void_change(state, &CedarReader, proposal, now)
}

/// What waits for nothing any more, for `doctor`: its name, why, and what is done about it.
pub(crate) fn checked(state: &ControlState, now: Micros) -> Vec<(String, String, String)> {
    let open = state.proposals.iter().filter(|(_, proposal)| proposal.open(now));
    let told = open.filter_map(|(number, proposal)| {
        let words = format!("waits, and nothing comes of it as things stand: {}", void(state, proposal, now)?);
        Some((format!("change {number}"), words, format!("take it back: bailiwick change withdraw {number}")))
    });
    told.collect()
}

/// When one person alone may sign; nothing where somebody else could.
fn alone_from(state: &ControlState, proposal: &Proposal, now: Micros) -> Json {
    if let Proposed::BreakGlass { requester, .. } = &proposal.statement.change {
        let two = glass_second(state, (&proposal.by.person, requester), now) == GlassSecond::OfRole;
        let from = || Json::from(proposal.statement.asked.after(ALONE_AFTER).0);
        return if two && state.solo() { from() } else { Json::Null };
    }
    match state.seconders.len() {
        1 => Json::from(proposal.statement.asked.after(ALONE_AFTER).0),
        _ => Json::Null,
    }
}

/// Why a person cannot sign a change; nothing where they can.
fn cannot_sign(state: &ControlState, proposal: &Proposal, (person, now): (&PersonId, Micros)) -> Option<&'static str> {
    let by = &proposal.by.person;
    let (opens, requests, needed) = match &proposal.statement.change {
        // who breaks the glass signs it, and a second person where one is needed
        Proposed::BreakGlass { requester, .. } => {
            (by == person, is_requester(state, requester, person), glass_second(state, (by, requester), now))
        }
        _ => (false, false, GlassSecond::Administrator),
    };
    match () {
        () if proposal.signed.contains(person) => Some("you have signed it already"),
        () if requests => Some("the task is your own: somebody else signs"),
        () if !opens && !seconds_glass(state, needed, person) => Some("you are not an administrator"),
        // what a signature would be answered now
        () => cannot_second(state, proposal, person, now),
    }
}

impl Api {
    fn change_json(&self, state: &ControlState, proposal: &Proposal, who: &Who, replayed: Json) -> Json {
        let statement = proposal.statement.text();
        let (kind, what) = change_of(&proposal.statement.change);
        let now = self.desk.node().now();
        let alone = alone_from(state, proposal, now);
        let void = void(state, proposal, now);
        let unsigned = match (&void, who) {
            (Some(why), _) => Some(why.as_str()),
            (None, Who::Person(signed)) => cannot_sign(state, proposal, (signed.person(), now)),
            (None, Who::Socket(_)) => Some("it is signed with a passkey, on its page"),
        };
        let documents = proposal.documents.iter().cloned();
        Json::object([
            ("alone_from", alone),
            ("asked", Json::from(proposal.statement.asked.0)),
            ("by", text(&proposal.by.person)),
            ("challenge", Json::from(statement_challenge(statement.as_bytes()))),
            ("documents", Json::array(documents)),
            ("id", Json::from(proposal.statement.proposal)),
            ("kind", Json::from(kind)),
            ("loosens", lines(&proposal.statement.loosens)),
            ("mine", Json::from(unsigned.is_none())),
            ("not_mine", unsigned.map_or(Json::Null, Json::from)),
            ("not_after", Json::from(proposal.statement.not_after.0)),
            ("replayed", replayed),
            ("signed", Json::array(proposal.signed.iter().map(|person| text(person)))),
            ("signers", Json::from(signers(state, &proposal.statement, now))),
            ("statement", Json::from(statement)),
            ("url", self.change_url(proposal.statement.proposal)),
            ("void", void.as_deref().map_or(Json::Null, Json::from)),
            ("what", lines(&what)),
        ])
    }

    /// Where people look at a change and sign it; nothing where the node has no address for people.
    fn change_url(&self, number: u64) -> Json {
        self.people.get().map_or(Json::Null, |people| Json::from(format!("{}/changes/{number}", people.url())))
    }

    /// What a command came to that waits now; `None` where it does not.
    pub(crate) fn proposed(&self, decided: &ControlDecided) -> Option<Json> {
        let statement = decided.events.iter().find_map(|event| match &event.data {
            Data::ControlProposed(proposed) => Some(&proposed.statement),
            _ => None,
        })?;
        let control = self.control().ok()?;
        Some(Json::object([
            ("id", Json::from(statement.proposal)),
            ("loosens", lines(&statement.loosens)),
            ("not_after", Json::from(statement.not_after.0)),
            ("signers", Json::from(signers(&control.state, statement, self.desk.node().now()))),
            ("url", self.change_url(statement.proposal)),
        ]))
    }

    /// All changes that wait and are who asks' to see, newest first.
    pub(crate) fn changes(&self, who: &Who) -> Result<Json, Problem> {
        let (control, now) = (self.control()?, self.desk.node().now());
        let open = control
            .state
            .proposals
            .values()
            .rev()
            .filter(|proposal| proposal.open(now) && shown(&control.state, proposal, who));
        let all = open.map(|proposal| {
            let replayed = listed(self.waiting.known(proposal.statement.proposal));
            let mut one = self.change_json(&control.state, proposal, who, replayed);
            if let Json::Object(members) = &mut one {
                ["challenge", "documents", "statement"].iter().for_each(|name| drop(members.remove(name)));
            }
            one
        });
        Ok(Json::object([("changes", Json::array(all))]))
    }

    /// A change that waits, of those that who asks is shown.
    async fn waiting_change<'a>(
        &self,
        control: &'a ControlState,
        id: &str,
        who: &Who,
    ) -> Result<(u64, &'a Proposal), Problem> {
        let now = self.desk.node().now();
        let found = id.parse::<u64>().ok().and_then(|number| Some((number, control.proposals.get(&number)?)));
        match found.filter(|(_, proposal)| proposal.open(now) && shown(control, proposal, who)) {
            Some(found) => Ok(found),
            None => Err(self.none_of_number(Numbered::Change, id, who).await),
        }
    }

    /// One change, whole: its documents, what is signed, what it would have changed of the last days, and what it ends.
    pub(crate) async fn change(&self, id: &str, who: &Who) -> Result<Json, Problem> {
        let control = self.control()?;
        may_look(&control.state, who)?;
        let (_, found) = self.waiting_change(&control.state, id, who).await?;
        let replayed = Json::from(self.change_replayed(found).await?);
        let Json::Object(mut members) = self.change_json(&control.state, found, who, replayed) else {
            return Ok(Json::Null);
        };
        members.insert("ends", self.change_ends(found).await?);
        Ok(Json::Object(members))
    }

    /// A signature: the passkey's, over the very statement. Whose it is, the passkey tells; who is signed in may sign as
    /// nobody else.
    pub(crate) async fn second_change(&self, id: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let control = self.control()?;
        may_look(&control.state, who)?;
        let asked: SecondBody = body(bytes)?;
        let (number, proposal) = self.waiting_change(&control.state, id, who).await?;
        let holds = |keys: &&std::collections::BTreeMap<_, _>| keys.contains_key(&asked.assertion.id);
        let signs = control.state.passkeys.iter().find(|(_, keys)| holds(keys));
        let signs = signs.and_then(|(person, keys)| Some((person, keys.get(&asked.assertion.id)?)));
        let none = || refused(Own::PasskeyUnknown, "this passkey is not enrolled here");
        let (person, passkey) = signs.ok_or_else(none)?;
        if matches!(who, Who::Person(signed) if signed.person() != person) {
            return Err(refused(Own::PasskeyRefused, "this passkey is another person's than the one who is signed in"));
        }
        let statement = proposal.statement.text();
        if statement != asked.statement {
            return Err(changed("what was signed is not what waits: look at the change again"));
        }
        let challenge = Challenge::Statement(statement.as_bytes());
        let checked = check_passkey(self.people()?.site(), &challenge, passkey, &asked.assertion);
        checked.map_err(|error| refused(Own::PasskeyRefused, &error.to_string()))?;
        let by = By { assurance: Assurance::Passkey, person: person.clone() };
        let signed = bailiwick_core::sha256(statement.as_bytes());
        let said = Second { assertion: asked.assertion, by, proposal: number, signed };
        let command = ControlCommand::Second(Box::new(said));
        let (decided, leaf) = self.desk.node().control_command(self.tenant, command, Vec::new()).await?;
        if let Some(reason) = decided.refused {
            return Err(Problem::refused(&reason));
        }
        // a signature that is not yet enough stands alone
        let stands = decided.events.len() > 1;
        let (stands, event) = (Json::from(stands), leaf.map_or(Json::Null, Json::from));
        Ok(Json::object([("event", event), ("id", Json::from(number)), ("stands", stands)]))
    }

    /// Takes a change back.
    pub(crate) async fn withdraw_change(&self, id: &str, who: &Who) -> Result<Json, Problem> {
        let known = |number: &u64| self.control().is_ok_and(|control| control.state.proposals.contains_key(number));
        let Some(proposal) = id.parse().ok().filter(known) else {
            return Err(self.none_of_number(Numbered::Change, id, who).await);
        };
        self.control_act(ControlCommand::Withdraw { by: self.by(who)?, proposal }).await
    }
}
