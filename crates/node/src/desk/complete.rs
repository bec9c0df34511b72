//! An agent says that its work is complete: its own word, by which its grant ends with all that it handed on.

use super::{Asked, Attempted, Bound, Desk, Receipt};
use crate::live::LiveControl;
use crate::step::Failure;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::{
    AgentId, Caller, Code, Ender, Facts, GrantId, Micros, Reason, TaskId, TaskStanding, TaskState, ToolId,
    WishStanding, WishState,
};
use std::fmt::Write;

/// The most of each kind that an answer lists; it counts them all.
const LISTED_MAX: usize = 64;
/// The argument that names a part that was handed on.
const GRANT_ARGUMENT: &str = "grant";

impl Desk {
    /// A call of our own tool that ends what the caller holds, or a part of it that it handed on. Ending needs no other
    /// authority: no policy is asked, and nobody says yes first.
    pub(super) async fn complete_call(&self, bound: &Bound, asked: Asked) -> Result<Attempted, Failure> {
        let refused = |reason| Ok(Attempted::Refused { reasons: vec![reason], event: None, waits: None });
        let grant = match read(&asked.arguments) {
            Ok(named) => named.unwrap_or(bound.grant),
            Err(reason) => return refused(reason),
        };
        let caller = Some(Caller { proof: asked.proof, ..bound.caller.clone() });
        let facts = Facts { caller, mode: bound.mode, ..self.node.facts(0)? };
        let at = (bound.tenant, bound.task);
        let receipt = match self.end_by(at, Some(grant), (Ender::Holder, Code::Completed), facts).await? {
            Ok(receipt) => receipt,
            Err(reason) => return refused(reason),
        };
        let look = move |task: &TaskState, _: &LiveControl| Over::of(task, grant);
        let Some(over) = self.node.look(bound.tenant, bound.task, look).await? else {
            return refused(Reason::new(Code::NotPossible));
        };
        let result = Some(over.result(bound, grant, &receipt));
        Ok(Attempted::Again { act: receipt.leaf.unwrap_or_default(), doubtful: None, outcome: "done", result })
    }
}

/// The call's arguments: the part that is meant, where it is not the caller's own.
fn read(arguments: &Json) -> Result<Option<GrantId>, Reason> {
    let malformed = |at: &str, expected: &str| {
        Reason::new(Code::ArgumentMalformed).at(&Pointer::root().join(at)).asked(format_args!("expected {expected}"))
    };
    let members = arguments.as_object().ok_or_else(|| malformed("arguments", "an object"))?;
    if let Some((other, _)) = members.iter().find(|(name, _)| *name != GRANT_ARGUMENT) {
        return Err(malformed(other, "`grant`, or nothing"));
    }
    let Some(named) = members.get(GRANT_ARGUMENT) else { return Ok(None) };
    let named = named.as_str().and_then(|text| GrantId::parse(text).ok());
    named.map(Some).ok_or_else(|| malformed(GRANT_ARGUMENT, "the grant that `bailiwick_delegate` answered"))
}

/// What ended, as its holder is told.
struct Over {
    task: TaskId,
    why: Code,
    at: Micros,
    task_over: bool,
    /// What ended in the same moment: the grant itself first.
    grants: Vec<(GrantId, AgentId)>,
    /// Acts of them that are not known to have ended: the leaf of their beginning, their tool, who did them.
    open: Vec<(u64, ToolId, AgentId)>,
    /// Requests to people that nobody answers any more, by leaf; and wishes, by number.
    closed: Vec<u64>,
    wishes: Vec<u64>,
}

impl Over {
    /// `None` while it lives, which an ending that was durable leaves nothing in.
    fn of(task: &TaskState, grant: GrantId) -> Option<Self> {
        let state = task.grants.get(&grant)?;
        let TaskStanding::Ended { why, at } = state.standing else { return None };
        let with = |id: &GrantId| {
            let state = task.grants.get(id)?;
            matches!(state.standing, TaskStanding::Ended { at: then, .. } if then == at)
                .then(|| (*id, state.holder.clone()))
        };
        let below = task.subtree(grant);
        let acts = task.unsettled(&below).into_iter().filter_map(|seq| {
            let act = task.acts.get(&seq).filter(|act| !act.harmless)?;
            Some((act.leaf, act.tool.clone(), task.grants.get(&act.grant)?.holder.clone()))
        });
        let closed = task.approvals.values().filter(|of| below.contains(&of.grant) && of.open(at));
        let open = |wish: &&WishState| below.contains(&wish.grant) && wish.standing == WishStanding::Open;
        Some(Self {
            task: task.id,
            why,
            at,
            task_over: !task.standing.live(),
            grants: below.iter().filter_map(with).collect(),
            open: acts.collect(),
            closed: closed.map(|of| of.leaf).collect(),
            wishes: task.wishes.values().filter(open).map(|wish| wish.seq).collect(),
        })
    }

    /// As the result of a tool call (MCP 2025-11-25, `CallToolResult`).
    fn result(&self, bound: &Bound, grant: GrantId, receipt: &Receipt) -> Json {
        let text = |value: &dyn std::fmt::Display| Json::from(value.to_string().as_str());
        let numbers = |all: &[u64]| Json::array(all.iter().take(LISTED_MAX).map(|number| Json::from(*number)));
        let count = |all: usize| Json::from(u64::try_from(all).unwrap_or(u64::MAX));
        let ended = self.grants.iter().take(LISTED_MAX);
        let ended = ended.map(|(grant, holder)| Json::object([("grant", text(grant)), ("holder", text(holder))]));
        let open = self.open.iter().take(LISTED_MAX).map(|(leaf, tool, holder)| {
            Json::object([("act", text(tool)), ("event", Json::from(*leaf)), ("holder", text(holder))])
        });
        let structured = Json::object([
            ("again", Json::from(receipt.leaf.is_none())),
            ("closed", numbers(&self.closed)),
            ("drained_at", Json::from(receipt.drained_at.0)),
            ("effective_at", Json::from(self.at.0)),
            ("ended", Json::array(ended)),
            ("ended_grants", count(self.grants.len())),
            ("event", receipt.leaf.map_or(Json::Null, Json::from)),
            ("open", Json::array(open)),
            ("open_acts", count(self.open.len())),
            ("task", text(&self.task)),
            ("task_ended", Json::from(self.task_over)),
            ("why", Json::from(self.why.as_str())),
            ("wishes", numbers(&self.wishes)),
        ]);
        let said = self.words(grant == bound.grant, receipt);
        let content = Json::object([("text", Json::from(said)), ("type", Json::from("text"))]);
        let content = Json::array([content]);
        Json::object([("content", content), ("isError", Json::from(false)), ("structuredContent", structured)])
    }

    fn words(&self, own: bool, receipt: &Receipt) -> String {
        let Self { task, why, task_over, grants, open, closed, wishes, .. } = self;
        let what = match (own, task_over) {
            (_, true) => format!("task {task}"),
            (true, false) => format!("your part of task {task}"),
            (false, false) => format!("what you handed on in task {task}"),
        };
        let mut said = match receipt.leaf {
            None => format!("There was nothing left to end: {what} had ended before ({}).\n", why.sentence()),
            Some(leaf) if *why != Code::Completed => {
                format!("{what} has ended (event {leaf}): {}. Nothing begins under it any more.\n", why.sentence())
            }
            Some(leaf) => format!(
                "Complete, by your word: {what} has ended (event {leaf}). Nothing begins under it any more, and nothing of it \
                 leaves any more.\n"
            ),
        };
        let others: Vec<String> = grants.iter().skip(1).map(|(_, holder)| holder.to_string()).collect();
        if let (Some(_), false) = (receipt.leaf, others.is_empty()) {
            let told = others.iter().take(LISTED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
            _ = writeln!(said, "Ended with it, {} in all: what {told} held.", others.len());
        }
        for (leaf, tool, _) in open.iter().take(LISTED_MAX) {
            _ = writeln!(
                said,
                "- not known to be done: event {leaf} ({tool}) stays charged; a person who found out says so: \
                 bailiwick task settle {task} {leaf} --done --evidence WORDS (or --not-done)"
            );
        }
        if open.len() > LISTED_MAX {
            _ = writeln!(said, "- and {} more of these", open.len() - LISTED_MAX);
        }
        if receipt.leaf.is_some() && !(closed.is_empty() && wishes.is_empty()) {
            let (asked, wished) = (closed.len(), wishes.len());
            _ = writeln!(
                said,
                "Nobody is asked any more: {asked} of its requests and {wished} of its wishes had no answer."
            );
        }
        said
    }
}
