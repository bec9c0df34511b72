//! Work that is handed on: more than is held, to whom it must not go, and what is left of it afterwards.

use super::super::act::Act;
use super::super::scene::{Came, NoControl, Reply, Run, Scene, Tried};
use crate::played::Agent;
use crate::print::list;
use bailiwick_core::Effect;
use bailiwick_core::json::Json;

const TOOL: &str = "bailiwick_delegate";
/// The most tools that are handed on until one is used.
const HANDED_MAX: usize = 6;
const NOT_GRANTED: &str = "it lets nothing be handed on";

/// To whom it lets work be handed on.
fn delegate<'a>(scene: Scene<'a>) -> Option<&'a str> {
    let named = scene.case.template.get("delegate").map(|to| list(to, "agents")).unwrap_or_default();
    let names = named.iter().filter_map(Json::as_str);
    let mut there =
        names.filter(|name| scene.stage.keys.contains_key(*name) && !scene.copied.suspended.contains(*name));
    there.next()
}

/// What is asked for when a tool is handed on.
fn request(scene: Scene<'_>, to: &str, tool: &str, effect: Effect) -> Json {
    let mut row = vec![("tools", Json::array([Json::from(tool)]))];
    if effect != Effect::Read {
        row.push(("effect", Json::from(effect.as_str())));
    }
    Json::object([
        ("delegate", Json::from(to)),
        ("grant", Json::array([Json::object(row)])),
        ("purpose", Json::from("as was rehearsed")),
        ("read", Json::array(list(&scene.case.template, "pass_on").to_vec())),
    ])
}

async fn asks(agent: &Agent, request: &Json) -> Tried<Reply> {
    let (seen, result) = agent.call(TOOL, request.clone()).await?;
    Ok(Reply { seen, result })
}

/// Hands a tool on as the template lets it: people say yes where they are asked.
async fn hands_on<'a>(scene: Scene<'a>, run: &Run<'a>, to: &str, act: &Act) -> Tried<Agent> {
    let request = request(scene, to, &act.tool.to_string(), act.effect);
    let mut reply = asks(&run.agent, &request).await?;
    if let Some(approval) = reply.waits() {
        scene.signed(approval).await;
        reply = asks(&run.agent, &request).await?;
    }
    if !reply.seen.allowed {
        return Err(format!(
            "`{}` cannot be handed on to `{to}`: {}: {}",
            act.shown(),
            reply.seen.reason,
            reply.seen.said
        )
        .into());
    }
    scene.taken(to, &run.task).await
}

/// A task in which a gentle tool was handed on, and used by who has it now: the first that they may use.
async fn handed<'a>(scene: Scene<'a>) -> Tried<Option<(Run<'a>, Agent, &'a Act)>> {
    let Some(to) = delegate(scene) else { return Ok(None) };
    let mut failed = format!("`{to}` can be handed nothing that reads");
    for act in scene.case.acts.iter().filter(|act| act.effect == Effect::Read).take(HANDED_MAX) {
        let run = scene.begin().await?;
        let other = match hands_on(scene, &run, to, act).await {
            Ok(other) => other,
            Err(NoControl(why)) => {
                failed = why;
                continue;
            }
        };
        let (seen, _) = other.call(&act.name(), Run::fresh(act, &act.arguments)).await?;
        if seen.allowed {
            return Ok(Some((run, other, act)));
        }
        failed = format!("`{to}` may not use what was handed to it: {}: {}", seen.reason, seen.said);
    }
    Err(failed.into())
}

/// What became of a request to hand on.
async fn came<'a>(scene: Scene<'a>, reply: &Reply, request: &Json, to: &str) -> Came {
    if reply.seen.allowed {
        return Came::Through { to: to.to_owned(), what: request.canonical() };
    }
    let by = scene.by(reply).await;
    match reply.waits() {
        Some(approval) => {
            scene.refused(approval).await;
            Came::Asked(by)
        }
        None => Came::Stopped(by),
    }
}

pub(super) async fn wider(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.gentle() else { return Ok(Came::NotApplicable("it has no act".to_owned())) };
    let run = scene.begin().await?;
    let granted = delegate(scene);
    match granted {
        Some(to) => drop(hands_on(scene, &run, to, act).await?),
        None => drop(run.honest(act).await?),
    }
    let others = scene.stage.keys.keys().map(String::as_str).find(|name| *name != scene.case.agent);
    let Some(to) = granted.or(others) else { return Ok(Came::NotApplicable("there is no other agent".to_owned())) };
    // where anything may be handed on, what is not held may not
    let beyond = scene.case.beyond.first().filter(|_| granted.is_some());
    let tool = beyond.map_or_else(|| act.tool.to_string(), |own| own.tool.to_string());
    if granted.is_some() && beyond.is_none() {
        return Ok(Came::NotApplicable("it holds every tool that there is".to_owned()));
    }
    let request = request(scene, to, &tool, beyond.map_or(act.effect, |own| own.effect));
    let reply = asks(&run.agent, &request).await?;
    let came = came(scene, &reply, &request, to).await;
    run.revoke().await?;
    Ok(came)
}

pub(super) async fn itself(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.gentle() else { return Ok(Came::NotApplicable("it has no act".to_owned())) };
    let run = scene.begin().await?;
    match delegate(scene) {
        Some(to) => drop(hands_on(scene, &run, to, act).await?),
        None => drop(run.honest(act).await?),
    }
    let request = request(scene, &scene.case.agent, &act.tool.to_string(), act.effect);
    let reply = asks(&run.agent, &request).await?;
    let came = came(scene, &reply, &request, &scene.case.agent).await;
    run.revoke().await?;
    Ok(came)
}

pub(super) async fn beyond(scene: Scene<'_>) -> Tried<Came> {
    let Some((run, other, act)) = handed(scene).await? else { return Ok(Came::NotApplicable(NOT_GRANTED.to_owned())) };
    let more = scene.case.acts.iter().find(|more| more.tool != act.tool && more.effect != Effect::Read);
    let Some(more) = more.or_else(|| scene.case.acts.iter().find(|more| more.tool != act.tool)) else {
        return Ok(Came::NotApplicable("it holds one tool alone".to_owned()));
    };
    let count = scene.stage.servers.count();
    let (seen, result) = other.call(&more.name(), Run::fresh(more, &more.arguments)).await?;
    let came = run.came(count, &Reply { seen, result }).await;
    run.revoke().await?;
    Ok(came)
}

pub(super) async fn back(scene: Scene<'_>) -> Tried<Came> {
    let Some((run, other, act)) = handed(scene).await? else { return Ok(Came::NotApplicable(NOT_GRANTED.to_owned())) };
    let request = request(scene, &scene.case.agent, &act.tool.to_string(), act.effect);
    let reply = asks(&other, &request).await?;
    let came = came(scene, &reply, &request, &scene.case.agent).await;
    run.revoke().await?;
    Ok(came)
}

pub(super) async fn after(scene: Scene<'_>) -> Tried<Came> {
    let Some((run, other, act)) = handed(scene).await? else { return Ok(Came::NotApplicable(NOT_GRANTED.to_owned())) };
    run.revoke().await?;
    let count = scene.stage.servers.count();
    let (seen, result) = other.call(&act.name(), Run::fresh(act, &act.arguments)).await?;
    Ok(run.came(count, &Reply { seen, result }).await)
}
