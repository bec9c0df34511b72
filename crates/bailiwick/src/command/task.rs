//! `task …`.

mod amend;
mod data;
mod hold;
mod pasted;
mod picked;
mod timeline;
mod tree;

use super::Outcome;
use crate::cli::Task;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::names::by_beginning;
use crate::print::{self, data, foreign, list, number, text, time, time_of, words, yes};
use crate::trouble::NoYes;
use crate::trust::BadInput;
use bailiwick_core::TaskId;
use bailiwick_core::json::Json;

pub(super) async fn task(client: &Client, asked: Task, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Task::Start { template, parameters, agent, only, subject, paste, confirm, yes, yes_privileged } => {
            let parameters = pasted::beside(given(&parameters)?, &paste, &confirm)?;
            let template = super::template::named(client, &template).await?;
            let agent = match agent {
                Some(agent) => super::agent::named(client, &agent).await?,
                None => super::template::its_agent(client, &template).await?,
            };
            let only = picked::picked(client, &only).await?;
            let body = Json::object([
                ("agent", Json::from(agent.as_str())),
                ("only", only),
                ("parameters", parameters),
                ("subject", subject.as_deref().map_or(Json::Null, Json::from)),
                ("template", Json::from(template.as_str())),
            ]);
            start(client, body, (yes, yes_privileged), json).await
        }
        Task::List { live: only_live } => {
            let tasks = client.get(if only_live { "/v1/tasks?live=true" } else { "/v1/tasks" }).await?;
            for task in list(&tasks, "tasks") {
                if json {
                    print::json(task);
                } else {
                    data(&line(task));
                }
            }
            closed(&tasks, json);
            Ok(Outcome::Done)
        }
        Task::Show { task } => {
            let id = find(client, &task).await?;
            let task = client.get(&format!("/v1/tasks/{id}")).await?;
            let wishes = client.get(&format!("/v1/tasks/{id}/wishes")).await?;
            if let (Json::Object(mut members), true) = (task.clone(), json) {
                members.insert("wishes", wishes.get("wishes").cloned().unwrap_or_default());
                print::json(&Json::Object(members));
            } else {
                show(&task, json);
                super::wish::show_all(&wishes);
            }
            Ok(Outcome::Done)
        }
        Task::Tree { task } => {
            let task = client.get(&format!("/v1/tasks/{}/tree", find(client, &task).await?)).await?;
            if json {
                print::json(&task)
            } else {
                tree::tree(&task)
            }
            Ok(Outcome::Done)
        }
        Task::Timeline { task } => timeline::timeline(client, &find(client, &task).await?, json).await,
        Task::Data { task } => data::data(client, &find(client, &task).await?, json).await,
        Task::Declassify { task, class, reason, grant, event, at, kind, value } => {
            let id = find(client, &task).await?;
            let grant = grant_of(client, &id, grant).await?;
            let named = (kind.as_deref(), value.as_deref());
            let one = event.zip(at.as_deref()).map(|(event, at)| data::One { event, at, named });
            data::declassify(client, &id, (&class, &reason, grant.as_deref()), one, json).await
        }
        Task::Settle { task, event, by_record: true, .. } => {
            by_record(client, &find(client, &task).await?, event, json).await
        }
        Task::Settle { task, event, done, amount, evidence, .. } => {
            let evidence = evidence.unwrap_or_default();
            let id = find(client, &task).await?;
            let measured = amount.iter().map(|text| measured(text)).collect::<Result<Vec<_>, _>>()?;
            let body = Json::object([
                ("done", Json::from(done)),
                ("event", Json::from(event)),
                ("evidence", Json::from(evidence.as_str())),
                ("measured", Json::array(measured)),
            ]);
            let settled = client.post(&format!("/v1/tasks/{id}/settle"), &body).await?;
            if json {
                print::json(&settled);
            } else {
                data(&format!("settled, as event {}", number(&settled, "event")));
                show(settled.get("task").unwrap_or(&Json::Null), false);
            }
            Ok(Outcome::Done)
        }
        Task::Consent { task, yes } => second(client, &task, yes, json).await,
        Task::Widen { task, template, parameters, only, wish, yes } => {
            let id = find(client, &task).await?;
            let only = picked::picked(client, &only).await?;
            amend::widen(client, &id, (&template, given(&parameters)?, (only, wish)), yes, json).await
        }
        Task::Narrow { task, without, within } => {
            amend::narrow(client, &find(client, &task).await?, &without, within.as_deref(), json).await
        }
        Task::Renew { task, yes } => amend::renew(client, &find(client, &task).await?, yes, json).await,
        Task::Attach { task, grant } => {
            let id = find(client, &task).await?;
            let grant = grant_of(client, &id, grant).await?;
            let asked = Json::object([("grant", grant.as_deref().map_or(Json::Null, Json::from))]);
            let task = client.post(&format!("/v1/tasks/{id}/attach"), &asked).await?;
            if json {
                print::json(&task);
            } else {
                let holder =
                    list(&task, "grants").iter().find(|of| grant.as_deref().is_none_or(|id| text(of, "grant") == id));
                let agent = holder.map_or("its agent", |of| text(of, "holder"));
                data(&format!("the next `connect` of {agent} gets task {id}: {}", intent(&task)));
            }
            Ok(Outcome::Done)
        }
        Task::Complete { task } => end(client, &find(client, &task).await?, None, true, json).await,
        Task::Erase { task, reason } => erase(client, &find(client, &task).await?, &reason, json).await,
        Task::Hold { task, reason } => hold::hold(client, &find(client, &task).await?, &reason, json).await,
        Task::Release { task, hold, reason } => {
            hold::release(client, &find(client, &task).await?, (hold, &reason), json).await
        }
        Task::Revoke { task, grant } => {
            let id = find(client, &task).await?;
            let grant = grant_of(client, &id, grant).await?;
            end(client, &id, grant.as_deref(), false, json).await
        }
    }
}

/// What a task is for, in words; of an erased one there are none.
fn intent(task: &Json) -> String {
    task.get("intent")
        .and_then(Json::as_str)
        .map_or_else(|| "(erased)".to_owned(), |intent| foreign(intent).to_string())
}

/// Destroys the key of a task, or proposes that.
async fn erase(client: &Client, task: &str, reason: &str, json: bool) -> Result<Outcome, Trouble> {
    let body = Json::object([("reason", Json::from(reason))]);
    let done = client.post(&format!("/v1/tasks/{task}/erase"), &body).await?;
    if json {
        print::json(&done);
    } else if super::change::waits(&done) {
        return Ok(Outcome::Done);
    } else if done.get("changed").and_then(Json::as_bool) == Some(true) {
        print::data(&format!("task {task} is erased; event {}", print::number(&done, "event")));
        print::words(
            "what was said, sent and answered in it is gone from the store and from every copy made from now on",
        );
        print::words("copies of before still hold it: `restore` of one erases it again, of what this node erased");
    } else {
        print::data(&format!("task {task} was erased before"));
    }
    Ok(Outcome::Done)
}

/// Has a server's own record settle an act; 1 where it does not tell.
async fn by_record(client: &Client, task: &str, event: u64, json: bool) -> Result<Outcome, Trouble> {
    let body = Json::object([("event", Json::from(event))]);
    let answer = client.post(&format!("/v1/tasks/{task}/settle-by-record"), &body).await?;
    let told = answer.get("done").and_then(Json::as_bool);
    if json {
        print::json(&answer);
    } else {
        match told {
            Some(true) => data("settled: the server's own record says that it was done"),
            Some(false) => data("settled: the server's own record says that nothing was done"),
            None => data(&format!("not settled: {}", foreign(text(&answer, "why")))),
        }
        show(answer.get("task").unwrap_or(&Json::Null), false);
    }
    Ok(if told.is_some() { Outcome::Done } else { Outcome::No })
}

/// A task and a grant of it, each by its beginning.
pub(crate) async fn find_grant(
    client: &Client,
    task: &str,
    grant: Option<&str>,
) -> Result<(String, Option<String>), Trouble> {
    let task = find(client, task).await?;
    let grant = grant_of(client, &task, grant.map(str::to_owned)).await?;
    Ok((task, grant))
}

/// A grant of a task by its beginning, where one is named.
async fn grant_of(client: &Client, task: &str, beginning: Option<String>) -> Result<Option<String>, Trouble> {
    let Some(beginning) = beginning else { return Ok(None) };
    let task = client.get(&format!("/v1/tasks/{task}")).await?;
    let grants = list(&task, "grants").iter().map(|grant| text(grant, "grant"));
    Ok(Some(by_beginning("grant", &beginning, grants)?))
}

/// Parameters as they were typed.
fn given(parameters: &[String]) -> Result<Json, BadInput> {
    let mut given: Vec<(String, Json)> = Vec::new();
    for parameter in parameters {
        let (name, value) = parameter
            .split_once('=')
            .ok_or_else(|| BadInput(format!("`{parameter}`: expected a parameter as `name=value`")))?;
        if given.iter().any(|(known, _)| known == name) {
            return Err(BadInput(format!("`{name}` is given twice")));
        }
        given.push((name.to_owned(), Json::from(value)));
    }
    Ok(Json::object(given))
}

/// An amount with its unit, as `12.50 EUR`.
fn measured(text: &str) -> Result<Json, BadInput> {
    let (amount, unit) = text
        .split_once(' ')
        .ok_or_else(|| BadInput(format!("`{text}`: expected an amount and its unit, as `12.50 EUR`")))?;
    Ok(Json::object([("amount", Json::from(amount)), ("unit", Json::from(unit.trim()))]))
}

/// The second act of consent.
async fn second(client: &Client, task: &str, said: bool, json: bool) -> Result<Outcome, Trouble> {
    let id = find(client, task).await?;
    let task = client.get(&format!("/v1/tasks/{id}")).await?;
    if live(&task) && !waits(&task) {
        if json {
            print::json(&task);
        } else {
            data("nothing changed: nothing of this task waits for consent");
        }
        return Ok(Outcome::Done);
    }
    // Of a task that has ended nothing is asked: the node says how it ended.
    if live(&task) {
        show_waiting(&task);
    }
    if live(&task) && !said && !yes("Do you consent to the privileged tools of this task?") {
        return Err(NoYes("nothing changed: nobody consented; --yes consents without being asked").into());
    }
    show(&consent(client, &id).await?, json);
    Ok(Outcome::Done)
}

async fn start(client: &Client, body: Json, said: (bool, bool), json: bool) -> Result<Outcome, Trouble> {
    let preview = pasted::preview(client, &body).await?;
    let (body, preview) = if said.0 { (body, preview) } else { pasted::asked(client, body, preview).await? };
    let (agent, window) = (text(&body, "agent"), text(&preview, "window"));
    words(&format!("{}\nfor {window}, {agent} may:", foreign(text(&preview, "intent"))));
    for row in list(&preview, "rows").iter().filter_map(Json::as_str) {
        words(&format!("  - {}", foreign(row)));
    }
    stated(&preview, false);
    pasted::told(&preview);
    for line in list(&preview, "draws").iter().filter_map(Json::as_str) {
        words(&format!("it {}", foreign(line)));
    }
    let privileged: Vec<&str> = list(&preview, "privileged").iter().filter_map(Json::as_str).collect();
    if !privileged.is_empty() {
        words("a second yes will be asked for, to what is privileged:");
        for row in &privileged {
            words(&format!("  - {}", foreign(row)));
        }
    }
    if let Some(note) = super::template::not_enforced(&preview) {
        words(&format!("note: {note}"));
    }
    for note in list(&preview, "confirmed").iter().filter_map(Json::as_str) {
        words(&format!("note: {}", foreign(note)));
    }
    for note in list(&preview, "unanswerable").iter().filter_map(Json::as_str) {
        words(&format!("note: {}: they are refused. See `{}`", foreign(note), ours("person invite")));
    }
    if !said.0 && !yes("Do you consent to this task?") {
        return Err(NoYes("not started: nobody consented; --yes consents without being asked").into());
    }
    let mut task = client.post("/v1/tasks", &as_shown(&body, &preview)).await?;
    if !privileged.is_empty() {
        words("privileged, and consented to by an act of its own:");
        for row in &privileged {
            words(&format!("  - {}", foreign(row)));
        }
        if said.1 || yes("Do you consent to these as well?") {
            task = consent(client, text(&task, "task")).await?;
        } else {
            let later = ours(&format!("task consent {}", text(&task, "task")));
            words(&format!("not consented; later: {later}"));
        }
    }
    show(&task, json);
    Ok(Outcome::Done)
}

/// The same request, good for what was shown alone.
fn as_shown(body: &Json, preview: &Json) -> Json {
    let Json::Object(mut members) = body.clone() else { return body.clone() };
    members.insert("digest", preview.get("digest").cloned().unwrap_or_default());
    Json::Object(members)
}

/// What was read out of the person's own words: they say yes to it with the rest.
fn stated(preview: &Json, json: bool) {
    let values: Vec<&str> = list(preview, "stated").iter().filter_map(Json::as_str).collect();
    if !values.is_empty() && !json {
        words("in your own words stand these, and your yes is to them as well:");
        values.iter().for_each(|value| words(&format!("  - {}", foreign(value))));
    }
}

async fn consent(client: &Client, task: &str) -> Result<Json, Trouble> {
    client.post(&format!("/v1/tasks/{task}/consent"), &Json::Null).await
}

/// Ends a task, or one grant of it, and says what the receipt says.
pub(super) async fn end(
    client: &Client,
    task: &str,
    grant: Option<&str>,
    completed: bool,
    json: bool,
) -> Result<Outcome, Trouble> {
    let body = Json::object([("completed", Json::from(completed)), ("grant", grant.map_or(Json::Null, Json::from))]);
    let receipt = client.post(&format!("/v1/tasks/{task}/end"), &body).await?;
    if json {
        print::json(&receipt);
        return Ok(Outcome::Done);
    }
    if receipt.get("event").is_none_or(Json::is_null) {
        data("it had ended before; nothing changed");
        return Ok(Outcome::Done);
    }
    data(&format!("effective at {}: nothing begins after it", time(number(&receipt, "effective_at"))));
    data(&format!("drained at   {}: nothing leaves after it", time(number(&receipt, "drained_at"))));
    data(&format!("event        {}", number(&receipt, "event")));
    data(&format!("open at that moment: {}", acts(&receipt, "open_acts")));
    data(&format!("outcome not known: {}", acts(&receipt, "unsettled_acts")));
    Ok(Outcome::Done)
}

/// Acts are named by the event they began with, as `event show` takes it, and by their tool.
fn acts(receipt: &Json, name: &str) -> String {
    let acts: Vec<String> = list(receipt, name).iter().map(act).collect();
    if acts.is_empty() { "none".to_owned() } else { acts.join(", ") }
}

fn act(act: &Json) -> String {
    format!("#{} {}", number(act, "event"), foreign(text(act, "tool")))
}

/// Tasks that this node cannot read, and why.
pub(super) fn closed(tasks: &Json, json: bool) {
    for task in list(tasks, "closed") {
        if json {
            print::json(task);
        } else {
            data(&format!("{}  CLOSED: {}", text(task, "task"), text(task, "why")));
        }
    }
}

/// The task whose id begins so. A whole id is the node's to know: the list of tasks is bounded.
pub(crate) async fn find(client: &Client, beginning: &str) -> Result<String, Trouble> {
    if let Ok(id) = TaskId::parse(beginning) {
        return Ok(id.to_string());
    }
    let tasks = client.get("/v1/tasks").await?;
    Ok(by_beginning("task", beginning, list(&tasks, "tasks").iter().map(|task| text(task, "task")))?)
}

pub(super) fn standing(json: &Json) -> String {
    let Some(standing) = json.get("standing") else { return String::new() };
    if standing.get("live").and_then(Json::as_bool).unwrap_or_default() {
        "live".to_owned()
    } else {
        format!("ended ({})", text(standing, "why"))
    }
}

pub(super) fn live(json: &Json) -> bool {
    json.get("standing").and_then(|standing| standing.get("live")).and_then(Json::as_bool).unwrap_or_default()
}

/// Whether something of a task waits for the second act of consent.
fn waits(task: &Json) -> bool {
    live(task) && list(task, "grants").iter().any(|grant| live(grant) && !list(grant, "waiting").is_empty())
}

/// What a task or a grant of it is marked with where people see many.
pub(super) fn mark(task: &Json) -> &'static str {
    if waits(task) { "  (waits for consent)" } else { "" }
}

/// A task in a list: when anything last happened, who asked for it, whose agents act.
fn line(task: &Json) -> String {
    let mut holders: Vec<&str> = list(task, "grants").iter().map(|grant| text(grant, "holder")).collect();
    holders.dedup();
    let (at, standing, intent) = (time(number(task, "at")), standing(task), intent(task));
    let (id, requester, holders) = (text(task, "task"), foreign(text(task, "requester")), holders.join(", "));
    format!("{id}  {at}  {standing:<18} {holders} for {requester}: {intent}{}", mark(task))
}

fn show_waiting(task: &Json) {
    for row in list(task, "grants").iter().flat_map(|grant| list(grant, "waiting")).filter_map(Json::as_str) {
        words(&format!("  - {}", foreign(row)));
    }
}

fn show(task: &Json, json: bool) {
    if json {
        print::json(task);
        return;
    }
    data(&format!("task {}  {}", text(task, "task"), standing(task)));
    data(&format!("  intent     {}", intent(task)));
    data(&format!("  requester  {}", foreign(text(task, "requester"))));
    hold::told(task);
    if let Some(until) = task.get("keep_until").and_then(Json::as_u64) {
        let then = match task.get("hold").is_some_and(|hold| !hold.is_null()) {
            true => "while it is held it is not erased",
            false => "then it is erased for good",
        };
        data(&format!("  kept       until {}, by rule: {then}", time(until)));
    }
    for drawn in list(task, "allocations") {
        let (mandate, unit, counts) = (text(drawn, "mandate"), text(drawn, "unit"), text(drawn, "counts"));
        data(&format!("  drew       {} {unit} on mandate {mandate}, of which {counts} counts", text(drawn, "drawn")));
    }
    for grant in list(task, "grants") {
        data(&format!("  grant {}  {}", text(grant, "grant"), standing(grant)));
        show_grant(task, grant, "    ");
    }
    for doubtful in list(task, "doubtful_acts") {
        data(&format!("  in doubt  {}", act(doubtful)));
    }
    if let Some(first) = list(task, "doubtful_acts").first() {
        words(&format!(
            "nobody knows whether it was done; who found out says so: {} --done (or --not-done) --evidence WORDS, or --by-record \
             where its server keeps one",
            ours(&format!("task settle {} {}", text(task, "task"), number(first, "event")))
        ));
    }
}

/// What an instance says that it runs.
fn runs(software: &Json) -> String {
    let named = |what: &str, name: &str| match text(software, name) {
        "" => String::new(),
        value => format!("{what} {value}, "),
    };
    format!("{}{}as it says", named("version", "version"), named("configuration", "config"))
}

/// What a grant allows, and what was charged to it.
pub(super) fn show_grant(task: &Json, grant: &Json, before: &str) {
    data(&format!("{before}holder   {}, until {}", text(grant, "holder"), time_of(grant, "expires")));
    if let Some(software) = grant.get("software").filter(|software| !software.is_null()) {
        data(&format!("{before}runs     {}", foreign(&runs(software))));
    }
    for row in list(grant, "rows").iter().filter_map(Json::as_str) {
        data(&format!("{before}allows   {}", foreign(row)));
    }
    for row in list(grant, "waiting").iter().filter_map(Json::as_str) {
        let how = if live(task) && live(grant) {
            format!("waits for consent: {}", ours(&format!("task consent {}", text(task, "task"))))
        } else {
            "nobody consented".to_owned()
        };
        data(&format!("{before}not yet  {}; {how}", foreign(row)));
    }
    for meter in list(grant, "charged") {
        let total = text(meter, "total");
        let row = number(meter, "row").saturating_add(1);
        data(&format!("{before}charged  {} (row {row})", print::charged(meter, total)));
    }
    data(&format!("{before}open     {}, refused {}", number(grant, "open"), number(grant, "refused")));
    let Some(risk) = grant.get("risk").filter(|risk| number(risk, "score") > 0) else { return };
    data(&format!("{before}risk     {} of 100 before anything is known of the call", number(risk, "score")));
    for reason in list(risk, "reasons") {
        data(&format!("{before}         {} ({})", text(reason, "words"), number(reason, "adds")));
    }
}
