//! What live work a change of documents ends: grants that rest on an agent, a person or a mandate that is another afterwards,
//! or is not there.

use crate::people::text;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Code, ControlCommand, ControlState, Document, GrantId, Proposal, Proposed, TaskId};
use bailiwick_node::TaskSummary;
use std::collections::{BTreeMap, BTreeSet};

/// The most tasks that are named of one ending: how many there are is told of all.
const NAMED_MAX: usize = 10;

/// What ends of one agent or mandate.
#[derive(Debug, Default)]
struct Ending {
    grants: u64,
    tasks: BTreeSet<TaskId>,
}

/// By what it rests on (`agent` or `mandate`), its name, and why it ends.
type Endings = BTreeMap<(&'static str, String, Code), Ending>;

/// The live grants of a task that the change ends by themselves, root first: those below them are not counted.
fn of_task(out: &mut Endings, task: &TaskSummary, (before, after): (u64, &ControlState)) {
    let mut over: BTreeSet<GrantId> = BTreeSet::new();
    for grant in task.grants.iter().filter(|grant| grant.standing.live()) {
        if grant.parent.is_some_and(|parent| over.contains(&parent)) {
            over.insert(grant.grant);
            continue;
        }
        // A grant of now is ended by what has a later number, and by nothing else of the change.
        let Some(why) = after.overtakes(task.requester.as_ref(), &grant.holder, before) else { continue };
        over.insert(grant.grant);
        let ending = out.entry(("agent", grant.holder.to_string(), why)).or_default();
        ending.grants = ending.grants.saturating_add(1);
        ending.tasks.insert(task.task);
    }
}

/// Those that draw on a mandate that goes.
fn of_mandate(ending: &mut Ending, task: &TaskSummary) {
    let live = task.grants.iter().filter(|grant| grant.standing.live()).count();
    if live > 0 {
        ending.grants = ending.grants.saturating_add(u64::try_from(live).unwrap_or(u64::MAX));
        ending.tasks.insert(task.task);
    }
}

fn json(endings: Endings) -> Json {
    Json::array(endings.into_iter().map(|((kind, name, why), ending)| {
        Json::object([
            (kind, Json::from(name)),
            ("first", Json::array(ending.tasks.iter().take(NAMED_MAX).map(|task| text(task)))),
            ("grants", Json::from(ending.grants)),
            ("tasks", Json::from(u64::try_from(ending.tasks.len()).unwrap_or(u64::MAX))),
            ("why", Json::from(why.as_str())),
        ])
    }))
}

impl Api {
    /// The live grants that end with what goes, and with what is another afterwards.
    pub(super) async fn ends(
        &self,
        (before, after): (&ControlState, &ControlState),
        removed: &[(String, String)],
    ) -> Result<Json, Problem> {
        let mut out = Endings::new();
        for (kind, name) in removed {
            match kind.as_str() {
                "agent" => drop(out.entry(("agent", name.clone(), Code::AgentInactive)).or_default()),
                "mandate" => drop(out.entry(("mandate", name.clone(), Code::MandateEnded)).or_default()),
                _ => {}
            }
        }
        // What changed neither an agent, nor a person, nor a mandate ends nothing, and no task is read for it.
        let same = before.agents == after.agents && before.persons == after.persons;
        if out.is_empty() && same {
            return Ok(Json::array([]));
        }
        for task in self.desk.live_tasks(self.tenant).await?.open {
            of_task(&mut out, &task, (before.seq, after));
            for mandate in task.allocations.keys() {
                let gone = ("mandate", mandate.to_string(), Code::MandateEnded);
                out.entry(gone).and_modify(|ending| of_mandate(ending, &task));
            }
        }
        Ok(json(out))
    }

    /// What a change that waits would end now.
    pub(crate) async fn change_ends(&self, proposal: &Proposal) -> Result<Json, Problem> {
        let Proposed::Documents { removed, .. } = &proposal.statement.change else { return Ok(Json::array([])) };
        let control = self.control()?;
        let documents: Option<Vec<Document>> =
            proposal.documents.iter().map(|json| Document::read(json).ok()).collect();
        let documents = documents.ok_or_else(|| Problem::broken("a document that waits cannot be read"))?;
        let command = ControlCommand::Apply { by: proposal.by.clone(), documents, removed: removed.clone() };
        // What cannot be applied any more ends nothing; who signs it is told why.
        let Ok(after) = self.after(&control, &command) else { return Ok(Json::array([])) };
        self.ends((&control.state, &after), removed).await
    }
}
