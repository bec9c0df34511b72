//! What needs a yes has it, of whoever was asked, by their own device, over that very act; and one yes is used once. Or
//! somebody broke the glass over that task.

use super::present::Present;
use super::tree::Tree;
use super::{Judge, Verdict, holds};
use crate::log::{Entry, Log};
use crate::setup::wide::{ASKED_OVER, SENDS, signature};
use bailiwick_core::{
    ActionBegun, Amount, ApprovalAsked, ApprovalGiven, ControlGlassBroken, Data, Digest, PersonId, Sheet, StreamId,
};
use std::collections::{BTreeMap, BTreeSet};

/// One request.
struct Request {
    asked: ApprovalAsked,
    given: Vec<(Digest, PersonId, String)>,
    /// Who of them lost their passkey since, or left: they may have said it again.
    lost: BTreeSet<PersonId>,
    refused: bool,
    used: bool,
}

#[derive(Default)]
pub(super) struct Approved {
    tree: Tree,
    present: Present,
    requests: BTreeMap<(StreamId, u64), Request>,
    /// Overrides that are open, by number.
    glasses: BTreeMap<u64, ControlGlassBroken>,
    /// Tasks whose template asks.
    asking: BTreeSet<StreamId>,
}

impl Approved {
    fn given(&mut self, entry: &Entry, given: &ApprovalGiven) -> Verdict {
        let (leaf, stream) = (entry.stored.leaf, entry.stored.stream);
        let (person, signed) = (&given.by.person, given.statement.digest());
        let held = given.sheet.as_ref().is_none_or(|sheet| sheet.statements.contains(&signed));
        holds(held, || format!("leaf {leaf}: a yes by a sheet on which it does not stand"))?;
        let challenge = given.sheet.as_ref().map_or(signed, Sheet::digest);
        holds(given.assertion.signature == signature(person.as_str(), &challenge), || {
            format!("leaf {leaf}: a yes of {person} that another device signed, or over something else")
        })?;
        holds(self.present.signs(person), || format!("leaf {leaf}: a yes of {person}, who has no passkey any more"))?;
        let requester = self.tree.requester(stream).cloned();
        let request = self.requests.get_mut(&(stream, given.statement.approval));
        let request = request.ok_or_else(|| format!("leaf {leaf}: a yes to what nobody asked"))?;
        let open = !request.refused && !request.used && entry.event.at < request.asked.terms.not_after;
        holds(open, || format!("leaf {leaf}: a yes to what was answered, was used or has run out"))?;
        holds(given.statement.terms == request.asked.terms && given.statement.person == *person, || {
            format!("leaf {leaf}: a yes to other terms than those that were asked")
        })?;
        let need = request.asked.needs.iter().find(|need| need.role == given.statement.role);
        let need = need.ok_or_else(|| format!("leaf {leaf}: a yes as somebody who was not asked"))?;
        let own = requester.as_ref() == Some(person);
        holds(own == need.confirms(), || {
            format!("leaf {leaf}: {person} says yes as `{}` in a task of {requester:?}", need.role)
        })?;
        let twice = request.given.iter().any(|(_, of, role)| of == person && *role == need.role);
        holds(!twice || request.lost.remove(person), || format!("leaf {leaf}: {person} fills two places"))?;
        request.given.push((signed, person.clone(), need.role.clone()));
        Ok(())
    }

    fn begun(&mut self, entry: &Entry, begun: &ActionBegun) -> Verdict {
        let (leaf, stream) = (entry.stored.leaf, entry.stored.stream);
        if let Some(number) = begun.under.breakglass {
            return self.broken(entry, begun, number);
        }
        // What goes on from an act rests on the yes to that.
        if begun.approvals.is_empty() {
            let needs = self.needs(stream, begun)? && begun.continues.is_none();
            return holds(!needs, || format!("leaf {leaf}: begun without the yes that it needs"));
        }
        let holds_one = |request: &&mut Request| {
            begun.approvals.iter().all(|signed| request.given.iter().any(|(of, ..)| of == signed))
        };
        let mut own = self.requests.range_mut((stream, 0)..=(stream, u64::MAX)).map(|(_, request)| request);
        let request = own.find(holds_one).ok_or_else(|| format!("leaf {leaf}: an act by a yes that nobody gave"))?;
        holds(!request.used, || format!("leaf {leaf}: a yes is used for the second time"))?;
        request.used = true;
        let terms = &request.asked.terms;
        let same = terms.action == begun.action.digest && terms.meters == begun.reserved;
        holds(same && request.asked.grant == begun.grant, || format!("leaf {leaf}: a yes to another act is used"))?;
        holds(!request.refused && begun.facts.now < terms.not_after, || {
            format!("leaf {leaf}: a yes is used that somebody took back, or that has run out")
        })?;
        for need in &request.asked.needs {
            let of_role =
                request.given.iter().filter(|(signed, _, role)| *role == need.role && begun.approvals.contains(signed));
            let there = of_role.filter(|(_, person, _)| !self.present.left(person));
            let persons: BTreeSet<&PersonId> = there.map(|(_, person, _)| person).collect();
            holds(persons.len() as u64 >= need.count, || {
                format!("leaf {leaf}: begun with {} of {} as `{}`", persons.len(), need.count, need.role)
            })?;
        }
        Ok(())
    }

    /// Whether this act alone takes a yes: by the policy of all, or by its task's template.
    fn needs(&self, stream: StreamId, begun: &ActionBegun) -> Result<bool, String> {
        if begun.action.tool.tool() == SENDS {
            return Ok(true);
        }
        let most = Amount::from_whole(ASKED_OVER).ok_or("no amount")?;
        let root = self.tree.root(stream);
        let mut own = begun.reserved.iter().filter(|held| Some(held.grant) == root && held.unit.is_currency());
        Ok(self.asking.contains(&stream) && own.any(|held| held.amount > most))
    }

    fn broken(&self, entry: &Entry, begun: &ActionBegun, number: u64) -> Verdict {
        let leaf = entry.stored.leaf;
        let glass = self.glasses.get(&number).ok_or_else(|| format!("leaf {leaf}: no such override is open"))?;
        let requester = self.tree.requester(entry.stored.stream);
        let over = glass.task == entry.stored.stream && Some(&glass.requester) == requester;
        holds(over && begun.facts.now < glass.expires, || {
            format!("leaf {leaf}: an act under an override of another task, or one that is over")
        })?;
        holds(Some(&glass.by.person) != requester, || format!("leaf {leaf}: an override by whose task it is"))
    }

    /// What this person has said yes to counts no more.
    fn lose(&mut self, person: &PersonId) {
        let said = self.requests.values_mut().filter(|of| of.given.iter().any(|(_, by, _)| by == person));
        for request in said {
            request.lost.insert(person.clone());
        }
    }

    fn control(&mut self, entry: &Entry) {
        match &entry.event.data {
            Data::ControlGlassBroken(broken) => {
                self.glasses.insert(entry.stored.seq, (**broken).clone());
            }
            Data::ControlGlassClosed(closed) => {
                self.glasses.remove(&closed.glass);
            }
            Data::ControlUnenrolled(gone) => self.lose(&gone.person),
            Data::ControlApplied(applied) => {
                let left = applied.removed.iter().filter(|(kind, _)| kind == "person");
                left.filter_map(|(_, name)| PersonId::parse(name).ok()).for_each(|person| self.lose(&person));
            }
            _ => {}
        }
    }
}

/// Whether a template asks people about what a task of it does.
fn asks(data: &Data) -> bool {
    matches!(data, Data::TaskStarted(started) if started.template.as_str() == "asked")
}

impl Judge for Approved {
    fn name(&self) -> &'static str {
        "approved"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        self.tree.entry(entry);
        self.present.entry(entry);
        self.control(entry);
        let place = (entry.stored.stream, entry.stored.seq);
        if asks(&entry.event.data) {
            self.asking.insert(place.0);
        }
        match &entry.event.data {
            Data::ApprovalAsked(asked) => {
                let (asked, given, lost) = ((**asked).clone(), Vec::new(), BTreeSet::new());
                self.requests.insert(place, Request { asked, given, lost, refused: false, used: false });
                Ok(())
            }
            Data::ApprovalGiven(given) => self.given(entry, given),
            Data::ApprovalRefused(refused) => {
                let request = self.requests.get_mut(&(place.0, refused.approval));
                request.into_iter().for_each(|request| request.refused = true);
                Ok(())
            }
            Data::ActionBegun(begun) => self.begun(entry, begun),
            _ => Ok(()),
        }
    }
}
