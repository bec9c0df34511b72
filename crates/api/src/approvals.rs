//! `/v1/approvals`: what people are asked, what they are shown of it, and what they answer.

mod sheet;
mod yeses;

use crate::numbered::Numbered;
use crate::people::text;
use crate::problem::Own;
use crate::read::body;
use crate::who::{Who, sees};
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{
    ApprovalStanding, Approve, Assertion, Assurance, By, Code, Label, Need, Passkey, PersonId, RefuseApproval, TaskId,
};
use bailiwick_identity::{Challenge, check_passkey, statement_challenge};
use bailiwick_node::{ApprovalSummary, LiveControl, YesAsked};
use http::StatusCode;
use serde::Deserialize;

/// The most requests of one list.
const LISTED_MAX: usize = 1_000;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignBody {
    /// As what.
    role: String,
    /// The text that was signed.
    statement: String,
    assertion: Assertion,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RefuseBody {
    /// Why: the agent is told.
    reason: String,
    /// Arguments that the person would say yes to.
    #[serde(default)]
    instead: Option<Json>,
}

/// Who said yes to one need of a request, and why it counts no more where it does not.
fn given_json(of: &ApprovalSummary, need: &Need) -> Json {
    let void = of.void.iter().copied().chain(std::iter::repeat(None));
    let of_role = of.state.given.iter().zip(void).filter(|(given, _)| given.role == need.role);
    Json::array(of_role.map(|(given, void)| {
        Json::object([
            ("at", Json::from(given.at.0)),
            ("person", text(&given.person)),
            ("single_person", Json::from(given.single_person)),
            ("void", void.map_or(Json::Null, |void| Json::from(void.sentence()))),
        ])
    }))
}

/// What the holder has touched, as a statement over this request says it.
fn labels_json(label: &Label) -> Json {
    Json::object([
        ("classes", Json::array(label.classes.iter().map(|class| text(class)))),
        ("trusted", label.trusted.map_or(Json::Null, Json::from)),
        ("zones", Json::array(label.zones.iter().map(|zone| text(zone)))),
    ])
}

fn needs_json(of: &ApprovalSummary) -> Json {
    Json::array(of.state.needs.iter().map(|need| {
        let escalate = need
            .escalate
            .as_ref()
            .map(|to| Json::object([("after_seconds", Json::from(to.after.0 / 1_000_000)), ("to", text(&to.to))]));
        Json::object([
            ("confirms", Json::from(need.confirms())),
            ("count", Json::from(need.count)),
            ("escalate", escalate.unwrap_or(Json::Null)),
            ("exclude", Json::array(need.exclude.iter().map(|who| text(who)))),
            ("given", given_json(of, need)),
            ("role", Json::from(need.role.as_str())),
            ("who", text(&need.who)),
            ("why", Json::from(need.why.sentence())),
        ])
    }))
}

impl Api {
    fn approval_json(&self, of: &ApprovalSummary, display: Option<&Json>) -> Json {
        let state = &of.state;
        let open = state.open(self.desk.node().now());
        let (standing, refused, act) = match &state.standing {
            ApprovalStanding::Open if !of.live => ("over", Json::Null, Json::Null),
            ApprovalStanding::Open if open && of.signed => ("signed", Json::Null, Json::Null),
            ApprovalStanding::Open if open => ("open", Json::Null, Json::Null),
            ApprovalStanding::Open | ApprovalStanding::Expired => ("expired", Json::Null, Json::Null),
            ApprovalStanding::Refused { by, reason, instead, .. } => {
                let instead = instead.clone().unwrap_or(Json::Null);
                let why =
                    Json::object([("by", text(by)), ("instead", instead), ("reason", Json::from(reason.as_str()))]);
                ("refused", why, Json::Null)
            }
            ApprovalStanding::Used { act } => ("used", Json::Null, Json::from(*act)),
            ApprovalStanding::Void { .. } => ("void", Json::Null, Json::Null),
        };
        let void = match &state.standing {
            ApprovalStanding::Void { by, refused } => {
                let anew = of.live && of.newer.is_none();
                Json::object([("anew", Json::from(anew)), ("by", text(by)), ("request", Json::from(*refused))])
            }
            _ => Json::Null,
        };
        let statements = of.statements.iter().filter(|_| of.live).map(|(role, statement)| {
            let challenge = statement_challenge(statement.as_bytes());
            let both = [("challenge", Json::from(challenge)), ("statement", Json::from(statement.as_str()))];
            (role.clone(), Json::object(both))
        });
        Json::object([
            ("act", act),
            ("agent", of.agent.as_ref().map_or(Json::Null, |agent| text(agent))),
            ("asked", Json::from(state.asked.0)),
            ("display", display.cloned().unwrap_or(Json::Null)),
            ("effect", text(&state.effect)),
            ("grant", text(&state.grant)),
            ("id", Json::from(state.leaf)),
            ("impact", text(&state.impact)),
            ("intent", of.intent.as_deref().map_or(Json::Null, Json::from)),
            ("kind", Json::from(if state.review() { "review" } else { "confirmation" })),
            ("labels", labels_json(&state.terms.labels)),
            ("mine", Json::array(of.mine.iter().filter(|_| of.live).map(|role| Json::from(role.as_str())))),
            ("needs", needs_json(of)),
            ("newer", of.newer.map_or(Json::Null, Json::from)),
            ("not_after", Json::from(state.terms.not_after.0)),
            ("refused", refused),
            ("requester", of.requester.as_ref().map_or(Json::Null, |person| text(person))),
            ("standing", Json::from(standing)),
            ("statements", Json::object(statements)),
            ("task", text(&of.task)),
            ("tool", text(&state.tool)),
            ("void", void),
        ])
    }

    /// As whom a request is looked at.
    fn looks(&self, who: &Who) -> Result<Option<PersonId>, Problem> {
        Ok(Some(self.by(who)?.person))
    }

    /// Whether somebody may look at a request: who is asked, whoever sees its task, and administrators.
    async fn may_look(&self, of: &ApprovalSummary, who: &Who) -> Result<bool, Problem> {
        let Some(person) = who.only() else { return Ok(true) };
        if asked_of(of, who) {
            return Ok(true);
        }
        let task = self.desk.task(self.tenant, of.task).await?;
        Ok(sees(&self.control()?.state, person, &task))
    }

    /// Requests of live tasks, newest first: those that wait, or all of them.
    pub(crate) async fn approvals(&self, query: &str, who: &Who) -> Result<Json, Problem> {
        let all = match query {
            "" | "state=open" => false,
            "state=all" => true,
            _ => return Err(Problem::bad("expected no query, `state=open` or `state=all`")),
        };
        let now = self.desk.node().now();
        let tasks = if all { self.desk.tasks(self.tenant).await? } else { self.desk.asking_tasks(self.tenant).await? };
        let mut found = Vec::new();
        for task in tasks.open.iter().filter(|task| task.approvals > 0) {
            // Asked of the task once, not of each request.
            let control = self.control()?;
            let theirs = who.only().is_none_or(|person| sees(&control.state, person, task));
            for of in self.desk.approvals_of(self.tenant, task.task, self.looks(who)?).await? {
                if (all || (of.live && of.state.open(now))) && (theirs || asked_of(&of, who)) {
                    found.push(of);
                }
            }
        }
        found.sort_by_key(|of| std::cmp::Reverse(of.state.leaf));
        found.truncate(LISTED_MAX);
        let mut out = Vec::with_capacity(found.len());
        for of in found {
            let asked = YesAsked { leaf: of.state.leaf, person: None };
            let shown = self.desk.approval(self.tenant, asked).await?.and_then(|(_, display)| display);
            let sentence = shown.as_ref().and_then(|display| display.get("sentence").cloned());
            let Json::Object(mut json) = self.approval_json(&of, None) else { continue };
            json.insert("sentence", sentence.unwrap_or(Json::Null));
            json.remove("statements");
            json.remove("display");
            out.push(Json::Object(json));
        }
        Ok(Json::object([("approvals", Json::array(out))]))
    }

    async fn found(&self, id: &str, who: &Who) -> Result<(ApprovalSummary, Option<Json>), Problem> {
        let found = match id.parse() {
            Ok(leaf) => self.desk.approval(self.tenant, YesAsked { leaf, person: self.looks(who)? }).await?,
            Err(_) => None,
        };
        // Unknown and not for this person are one answer.
        match found {
            Some(found) if self.may_look(&found.0, who).await? => Ok(found),
            _ => Err(self.none_of_number(Numbered::Request, id, who).await),
        }
    }

    /// One request, whole: what is displayed, and what the one who looks would sign.
    pub(crate) async fn approval(&self, id: &str, who: &Who) -> Result<Json, Problem> {
        let (of, display) = self.found(id, who).await?;
        let Json::Object(mut json) = self.approval_json(&of, display.as_ref()) else { return Ok(Json::Null) };
        let came_from = if display.is_some() { self.came_from(of.task, of.state.seq).await? } else { Json::array([]) };
        json.insert("came_from", came_from);
        json.insert("elsewhere", self.came_from_elsewhere(of.task, of.state.seq).await?);
        Ok(Json::Object(json))
    }

    /// A yes: the passkey's signature over the very statement. Whose it is, the passkey tells; who is signed in may sign as
    /// nobody else.
    pub(crate) async fn sign_approval(&self, id: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: SignBody = body(bytes)?;
        let control = self.control()?;
        let (person, passkey) = signer(&control, &asked.assertion, who)?;
        let leaf = id.parse().map_err(|_| Problem::not_found("request"))?;
        let of = self.signable((leaf, &asked.role, &asked.statement), person, who).await?;
        self.checked(asked.statement.as_bytes(), passkey, &asked.assertion)?;
        let said = Approve {
            approval: of.state.seq,
            role: asked.role,
            by: By { assurance: Assurance::Passkey, person: person.clone() },
            signed: bailiwick_core::sha256(asked.statement.as_bytes()),
            assertion: asked.assertion,
            sheet: None,
        };
        let answered = self.desk.approve(self.tenant, of.task, said).await?;
        self.after_answer(of.task, id, answered, who).await
    }

    /// A request that this person is asked as this, and whose statement is this one now.
    pub(crate) async fn signable(
        &self,
        (leaf, role, signed): (u64, &str, &str),
        person: &PersonId,
        who: &Who,
    ) -> Result<ApprovalSummary, Problem> {
        let looked = YesAsked { leaf, person: Some(person.clone()) };
        let found = self.desk.approval(self.tenant, looked).await?;
        let (of, display) = found.ok_or_else(|| Problem::not_found("request"))?;
        if display.is_none() {
            return Err(changed("what was displayed is not there any more, so nothing can be signed"));
        }
        let Some((_, statement)) = of.statements.iter().find(|(own, _)| own == role) else {
            // Unknown and not for this person are one answer.
            let shown = self.may_look(&of, who).await?;
            return Err(if shown { not_yours(&of, self.desk.node().now()) } else { Problem::not_found("request") });
        };
        if statement != signed {
            return Err(changed("what was signed is not what is asked: look at the request again"));
        }
        Ok(of)
    }

    /// Whether the passkey signed this.
    pub(crate) fn checked(&self, text: &[u8], passkey: &Passkey, assertion: &Assertion) -> Result<(), Problem> {
        let challenge = Challenge::Statement(text);
        let checked = check_passkey(self.people()?.site(), &challenge, passkey, assertion);
        checked.map(drop).map_err(|error| refused(Own::PasskeyRefused, &error.to_string()))
    }

    /// A no, with a reason for the agent.
    pub(crate) async fn refuse_approval(&self, id: &str, bytes: &[u8], who: &Who) -> Result<Json, Problem> {
        let asked: RefuseBody = body(bytes)?;
        let (of, _) = self.found(id, who).await?;
        let (reason, instead) = (asked.reason, asked.instead);
        let said = RefuseApproval { approval: of.state.seq, by: self.by(who)?, reason, instead, voids: true };
        let answered = self.desk.refuse_approval(self.tenant, of.task, said).await?;
        match answered {
            Err(reason) if reason.code == Code::NotAvailable => Err(not_to_refuse(&of)),
            answered => self.after_answer(of.task, id, answered, who).await,
        }
    }

    async fn after_answer(
        &self,
        task: TaskId,
        id: &str,
        answered: bailiwick_node::Answered,
        who: &Who,
    ) -> Result<Json, Problem> {
        match answered {
            Ok(_) => self.approval(id, who).await,
            // What there is to do is on the request's own page: no command would help, but to look what was asked.
            Err(reason) => {
                let offered = reason.code == Code::OfferNotNarrower;
                let command = offered.then(|| format!("bailiwick approval show {id}"));
                Err(Problem { command, ..self.refused_in(task, &reason).await })
            }
        }
    }
}

/// Whose passkey it is; who is signed in signs as nobody else.
pub(crate) fn signer<'a>(
    control: &'a LiveControl,
    assertion: &Assertion,
    who: &Who,
) -> Result<(&'a PersonId, &'a Passkey), Problem> {
    let signs = control.state.passkeys.iter().find_map(|(person, keys)| Some((person, keys.get(&assertion.id)?)));
    let (person, passkey) = signs.ok_or_else(|| refused(Own::PasskeyUnknown, "this passkey is not enrolled here"))?;
    if matches!(who, Who::Person(signed) if signed.person() != person) {
        return Err(refused(Own::PasskeyRefused, "this passkey is another person's than the one who is signed in"));
    }
    Ok((person, passkey))
}

/// Whether a request is one's own, asks one, or was signed by one.
fn asked_of(of: &ApprovalSummary, who: &Who) -> bool {
    who.only().is_none_or(|person| {
        let signed = of.state.given.iter().any(|given| given.person == *person);
        signed || of.asks || of.requester.as_ref() == Some(person)
    })
}

/// Known and refused.
pub(crate) fn refused(code: Own, detail: &str) -> Problem {
    Problem { status: StatusCode::FORBIDDEN, code: code.into(), ..Problem::bad(detail) }
}

pub(crate) fn changed(detail: &str) -> Problem {
    Problem { status: StatusCode::CONFLICT, code: Own::ApprovalChanged.into(), ..Problem::bad(detail) }
}

/// Whoever sees a request and is not asked says no to it by ending the work that it is of.
fn not_to_refuse(of: &ApprovalSummary) -> Problem {
    let asked: Vec<String> = of.state.needs.iter().map(|need| format!("`{}`", need.role)).collect();
    let detail = format!("you are not asked for this: {} may say no to it, or end the task", asked.join(", "));
    Problem { command: Some(format!("bailiwick task revoke {}", of.task)), ..refused(Own::NotAsked, &detail) }
}

/// Whoever is not asked, has said yes already, or comes too late.
fn not_yours(of: &ApprovalSummary, now: bailiwick_core::Micros) -> Problem {
    let detail = match (&of.state.standing, of.state.open(now)) {
        (ApprovalStanding::Void { by, refused }, _) => {
            let next = match of.newer {
                Some(newer) => format!("answer request {newer}, which asks anew"),
                None if !of.live => "its task or grant has ended, so nobody is asked anew".to_owned(),
                None => "the agent's next call asks anew".to_owned(),
            };
            format!("{by} has said no to request {refused} since, which comes to the same, so this one is void: {next}")
        }
        (_, true) if !of.live && of.newer.is_some() => {
            "the agent has asked for something else since: answer the newer request".to_owned()
        }
        (_, true) if !of.live => {
            "nothing can be done by it any more: its grant or task has ended, its tool was taken out, or its key used"
                .to_owned()
        }
        (_, true) => "you are not asked for this, or have said yes to it already".to_owned(),
        (_, false) => "the request was answered, was used, or has run out".to_owned(),
    };
    refused(Own::NotAsked, &detail)
}
