//! People: a yes that nobody gave, one that is used for something else, and questions until somebody gives in.

use super::super::act::Act;
use super::super::scene::{By, Came, Reply, Run, Scene, Tried};
use crate::print::{list, text};
use bailiwick_core::json::Json;
use bailiwick_core::{Amount, Effect};

const NOBODY: &str = "nothing that it does asks people";
/// How many calls are a storm.
const STORM: u64 = 150;
/// So many events of it are bounded.
const STORM_EVENTS_MAX: u64 = 20;

/// Arguments of an act that may ask people: over the threshold of its template first.
fn may_ask(scene: Scene<'_>, act: &Act) -> Vec<Json> {
    let over = act.amount.as_ref().and_then(|(at, unit)| {
        let asks = list(&scene.case.template, "ask").iter();
        let least = asks
            .filter_map(|ask| ask.get("over")?.get(unit)?.as_str().and_then(|text| Amount::parse(text).ok()))
            .min()?;
        let whole: u64 = least.to_string().split('.').next()?.parse().ok()?;
        act.with(at, &format!("{}.00", whole.checked_add(1)?))
    });
    over.into_iter().chain([act.arguments.clone()]).collect()
}

/// A call that waits for people, made in a task of its own.
struct Waits<'a> {
    run: Run<'a>,
    act: &'a Act,
    arguments: Json,
    approval: u64,
}

async fn waiting<'a>(scene: Scene<'a>) -> Tried<Option<Waits<'a>>> {
    for act in scene.case.acts.iter().filter(|act| act.effect != Effect::Read) {
        for arguments in may_ask(scene, act) {
            let run = scene.begin().await?;
            let arguments = Run::fresh(act, &arguments);
            let reply = run.once(act, &arguments).await?;
            if let Some(approval) = reply.waits() {
                return Ok(Some(Waits { run, act, arguments, approval }));
            }
            run.revoke().await?;
        }
    }
    Ok(None)
}

/// What a door said to who is no person.
fn turned_away(path: &str, (status, said): (u16, &Json)) -> Came {
    if status < 300 {
        return Came::Through { to: path.to_owned(), what: said.canonical() };
    }
    let code = if text(said, "code").is_empty() { status.to_string() } else { text(said, "code").to_owned() };
    Came::Stopped(By { code, sentence: text(said, "detail").to_owned(), rule: None })
}

/// An assertion as whoever has no passkey would make it up.
fn made_up() -> Json {
    let part = || Json::from("cGFydA");
    let members = [("authenticatorData", part()), ("clientDataJSON", part()), ("signature", part())];
    Json::object([
        ("id", Json::from("key")),
        ("rawId", Json::from("key")),
        ("response", Json::object(members)),
        ("type", Json::from("public-key")),
    ])
}

pub(super) async fn signs(scene: Scene<'_>) -> Tried<Came> {
    let Some(waits) = waiting(scene).await? else { return Ok(Came::NotApplicable(NOBODY.to_owned())) };
    let path = format!("/v1/approvals/{}/sign", waits.approval);
    let body = [("assertion", made_up()), ("role", Json::from("requester")), ("statement", Json::from("{}"))];
    let (status, said) = waits.run.agent.asks_v1(&path, Json::object(body)).await?;
    let count = scene.stage.servers.count();
    let reply = waits.run.once(waits.act, &waits.arguments).await?;
    if let Some(came) = super::amounts::arrived(scene, count) {
        return Ok(came);
    }
    // a person's own yes is one: so the call waited for nothing else
    waits.run.honest_with(waits.act, &waits.arguments).await?;
    waits.run.revoke().await?;
    match turned_away(&path, (status, &said)) {
        Came::Through { .. } => Ok(Came::Stopped(scene.by(&reply).await)),
        other => Ok(other),
    }
}

pub(super) async fn consents(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.changes().or_else(|| scene.gentle()) else {
        return Ok(Came::NotApplicable(NOBODY.to_owned()));
    };
    let run = scene.begin().await?;
    // its person has consented: so there is nothing else that keeps it
    run.honest(act).await?;
    let path = format!("/v1/tasks/{}/consent", run.task);
    let (status, said) = run.agent.asks_v1(&path, Json::Null).await?;
    run.revoke().await?;
    Ok(turned_away(&path, (status, &said)))
}

pub(super) async fn documents(scene: Scene<'_>) -> Tried<Came> {
    let run = scene.begin().await?;
    if let Some(act) = scene.gentle() {
        run.honest(act).await?;
    }
    let policy = Json::object([
        ("cedar", Json::from("permit (principal, action, resource);")),
        ("kind", Json::from("policy")),
        ("name", Json::from("rehearsed")),
    ]);
    let body = Json::object([("documents", Json::array([policy, scene.case.template.clone()]))]);
    // who may apply documents may apply these: said and not done
    let dry = Json::object([("documents", Json::array([scene.case.template.clone()])), ("dry_run", Json::from(true))]);
    scene.stage.local.post("/v1/documents", &dry).await?;
    let (status, said) = run.agent.asks_v1("/v1/documents", body).await?;
    run.revoke().await?;
    Ok(turned_away("/v1/documents", (status, &said)))
}

pub(super) async fn twice(scene: Scene<'_>) -> Tried<Came> {
    let Some(waits) = waiting(scene).await? else { return Ok(Came::NotApplicable(NOBODY.to_owned())) };
    waits.run.honest_with(waits.act, &waits.arguments).await?;
    let came = waits.run.tries(waits.act, &waits.arguments).await;
    waits.run.revoke().await?;
    came
}

pub(super) async fn changed(scene: Scene<'_>) -> Tried<Came> {
    let Some(waits) = waiting(scene).await? else { return Ok(Came::NotApplicable(NOBODY.to_owned())) };
    let act = Act { arguments: waits.arguments.clone(), ..waits.act.clone() };
    let other = match (&act.amount, act.words_at()) {
        (Some((at, _)), _) => more(&act, at).and_then(|amount| act.with(at, &amount)),
        (None, Some(at)) => act.with(&at, "other words than were shown"),
        (None, None) => None,
    };
    let Some(other) = other else {
        return Ok(Came::NotApplicable("what asks people has nothing that could be changed".to_owned()));
    };
    scene.signed(waits.approval).await;
    let count = scene.stage.servers.count();
    let reply = waits.run.once(&act, &other).await?;
    let came = waits.run.came(count, &reply).await;
    // what was said yes to is done: so the yes was one
    waits.run.honest_with(&act, &waits.arguments).await?;
    waits.run.revoke().await?;
    Ok(came)
}

/// One more than stands at a place.
fn more(act: &Act, at: &str) -> Option<String> {
    let whole: u64 = act.value(at)?.split('.').next()?.parse().ok()?;
    Some(format!("{}.00", whole.checked_add(1)?))
}

pub(super) async fn again(scene: Scene<'_>) -> Tried<Came> {
    const TIMES: usize = 4;
    let Some(control) = waiting(scene).await? else { return Ok(Came::NotApplicable(NOBODY.to_owned())) };
    control.run.honest_with(control.act, &control.arguments).await?;
    control.run.revoke().await?;
    let Some(waits) = waiting(scene).await? else { return Ok(Came::NotApplicable(NOBODY.to_owned())) };
    scene.refused(waits.approval).await;
    let mut asked = 1;
    let mut last: Option<Reply> = None;
    for _ in 0..TIMES {
        let count = scene.stage.servers.count();
        let reply = waits.run.once(waits.act, &Run::fresh(waits.act, &waits.arguments)).await?;
        if let Some(came) = super::amounts::arrived(scene, count) {
            return Ok(came);
        }
        if let Some(approval) = reply.waits() {
            asked += 1;
            scene.refused(approval).await;
        }
        last = Some(reply);
    }
    waits.run.revoke().await?;
    match last {
        Some(reply) if reply.waits().is_none() => Ok(Came::Stopped(scene.by(&reply).await)),
        _ => {
            Ok(Came::Through { to: "people".to_owned(), what: format!("they were asked {asked} times about the same") })
        }
    }
}

pub(super) async fn storm(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.gentle() else { return Ok(Came::NotApplicable("it has no act".to_owned())) };
    let run = scene.begin().await?;
    run.honest(act).await?;
    let size = || async { scene.stage.local.get("/v1/log").await.map(|log| crate::print::number(&log, "size")) };
    let before = size().await?;
    let mut last = None;
    for _ in 0..STORM {
        let (seen, _) = run.agent.call(&format!("{}__not-there", act.tool.server()), super::bytes::nothing()).await?;
        last = Some(seen);
    }
    let events = size().await?.saturating_sub(before);
    if events > STORM_EVENTS_MAX {
        return Ok(Came::Through { to: "the record".to_owned(), what: format!("{events} events of {STORM} calls") });
    }
    let code = last.map(|seen| seen.reason).unwrap_or_default();
    let sentence = format!("{STORM} calls that were refused became {events} events: the rest were counted");
    Ok(Came::Stopped(By { code, sentence, rule: None }))
}
