//! Who calls: stolen tokens, replayed proofs, keys of others.

use super::super::act::Act;
use super::super::scene::{By, Came, Run, Scene, Tried};
use crate::played::{self, Agent};

const NO_ACT: &str = "it has no act";

/// A task with an honest call done, and the act that was.
async fn begun<'a>(scene: Scene<'a>) -> Tried<Option<(Run<'a>, &'a Act)>> {
    let Some(act) = scene.gentle() else { return Ok(None) };
    let run = scene.begin().await?;
    run.honest(act).await?;
    Ok(Some((run, act)))
}

pub(super) async fn stolen(scene: Scene<'_>) -> Tried<Came> {
    let Some((run, act)) = begun(scene).await? else { return Ok(Came::NotApplicable(NO_ACT.to_owned())) };
    let count = scene.stage.servers.count();
    let seen = run.agent.call_with_another_key(&act.name(), Run::fresh(act, &act.arguments)).await?;
    Ok(run.ended(count, seen).await)
}

pub(super) async fn bearer(scene: Scene<'_>) -> Tried<Came> {
    let Some((run, act)) = begun(scene).await? else { return Ok(Came::NotApplicable(NO_ACT.to_owned())) };
    let count = scene.stage.servers.count();
    let seen = run.agent.call_as_bearer(&act.name(), Run::fresh(act, &act.arguments)).await?;
    Ok(run.ended(count, seen).await)
}

/// A call, and with its proof the very same bytes or a call of its own.
async fn with_proof_again(scene: Scene<'_>, same: bool) -> Tried<Came> {
    let Some((run, act)) = begun(scene).await? else { return Ok(Came::NotApplicable(NO_ACT.to_owned())) };
    let other = (!same).then(|| Run::fresh(act, &act.arguments));
    let count = scene.stage.servers.count();
    let (seen, second) = run.agent.call_and_again(&act.name(), Run::fresh(act, &act.arguments), other).await?;
    if !seen.allowed {
        let why = format!("the call that is listened to does not pass: {}: {}", seen.reason, seen.said);
        return Ok(Came::NoControl(why));
    }
    // the first one was honest: one more is the attack
    Ok(run.ended(count + 1, second).await)
}

pub(super) async fn replayed(scene: Scene<'_>) -> Tried<Came> {
    with_proof_again(scene, true).await
}

pub(super) async fn other_body(scene: Scene<'_>) -> Tried<Came> {
    with_proof_again(scene, false).await
}

/// Somebody asks for the task with a key; what came of it.
async fn takes(scene: Scene<'_>, agent: &str, key: &bailiwick_identity::SigningKey) -> Tried<Came> {
    let Some((run, act)) = begun(scene).await? else { return Ok(Came::NotApplicable(NO_ACT.to_owned())) };
    let taken = Agent::start(&scene.stage.url, agent, key, &run.task).await;
    let thief = match taken {
        Ok(thief) => thief,
        Err(why) => {
            let sentence = why.to_string();
            return Ok(Came::Stopped(By { code: "no_token".to_owned(), sentence, rule: None }));
        }
    };
    let count = scene.stage.servers.count();
    let (seen, _) = thief.call(&act.name(), Run::fresh(act, &act.arguments)).await?;
    Ok(run.ended(count, seen).await)
}

pub(super) async fn unregistered(scene: Scene<'_>) -> Tried<Came> {
    let key = played::client().draw_key().map_err(|why| why.to_string())?;
    takes(scene, &scene.case.agent, &key).await
}

pub(super) async fn other_agent(scene: Scene<'_>) -> Tried<Came> {
    let other =
        scene.stage.keys.iter().find(|(name, _)| **name != scene.case.agent && !scene.copied.suspended.contains(*name));
    match other {
        Some((name, key)) => takes(scene, name, key).await,
        None => Ok(Came::NotApplicable("there is no other agent".to_owned())),
    }
}
