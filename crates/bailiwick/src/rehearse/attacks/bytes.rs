//! Bytes that two programs read differently.

use super::super::act::Act;
use super::super::scene::{Came, Run, Scene, Tried};
use super::super::values::MARK;
use bailiwick_core::json::Json;
use hyper::body::Bytes;

const NO_TEXT: &str = "no act of it has an argument that could stand twice";

/// An act with an argument that is a text, and that argument.
fn with_text<'a>(scene: Scene<'a>) -> Option<(&'a Act, String)> {
    let text = |act: &Act| {
        let members = act.arguments.as_object()?;
        members.iter().find(|(_, value)| value.as_str().is_some()).map(|(name, _)| name.to_owned())
    };
    let best = scene.changes().and_then(|act| Some((act, text(act)?)));
    best.or_else(|| scene.case.acts.iter().find_map(|act| Some((act, text(act)?))))
}

/// Sends a call in which a further member stands before the honest one.
async fn besides(scene: Scene<'_>, named: impl Fn(&str) -> String) -> Tried<Came> {
    let Some((act, name)) = with_text(scene) else { return Ok(Came::NotApplicable(NO_TEXT.to_owned())) };
    let run = scene.begin().await?;
    run.honest(act).await?;
    let bytes = run.agent.bytes(&act.name(), Run::fresh(act, &act.arguments))?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let doubled = text.replacen("\"arguments\":{", &format!("\"arguments\":{{\"{}\":\"{MARK}\",", named(&name)), 1);
    let count = scene.stage.servers.count();
    let seen = run.agent.call_in_bytes(&act.name(), Bytes::from(doubled)).await?;
    let came = run.ended(count, seen).await;
    run.revoke().await?;
    Ok(came)
}

pub(super) async fn doubled(scene: Scene<'_>) -> Tried<Came> {
    besides(scene, str::to_owned).await
}

pub(super) async fn by_case(scene: Scene<'_>) -> Tried<Came> {
    besides(scene, str::to_uppercase).await
}

/// What routes by the head sees a gentle call, and what reads the body another.
pub(super) async fn head(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.gentle() else { return Ok(Came::NotApplicable("it has no act".to_owned())) };
    let other = scene.case.acts.iter().chain(&scene.case.beyond).find(|other| other.tool != act.tool);
    let Some(other) = other else { return Ok(Came::NotApplicable("there is one tool alone".to_owned())) };
    let run = scene.begin().await?;
    run.honest(act).await?;
    let body = run.agent.bytes(&other.name(), Run::fresh(other, &other.arguments))?;
    let count = scene.stage.servers.count();
    let seen = run.agent.call_in_bytes(&act.name(), body).await?;
    let came = run.ended(count, seen).await;
    run.revoke().await?;
    Ok(came)
}

/// An object without members, for a call without arguments.
pub(super) fn nothing() -> Json {
    Json::object::<&str>([])
}
