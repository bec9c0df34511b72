//! What is over: a task that was revoked, an agent that was suspended, a tenant that was stopped.

use super::super::scene::{Came, Reply, Run, Scene, Tried};
use bailiwick_core::json::Json;

const NO_ACT: &str = "it has no act";

/// An honest call, then something ends, then the same call.
async fn once_over(scene: Scene<'_>, ends: Option<&str>) -> Tried<Came> {
    let Some(act) = scene.gentle() else { return Ok(Came::NotApplicable(NO_ACT.to_owned())) };
    let run = scene.begin().await?;
    run.honest(act).await?;
    match ends {
        Some(path) => drop(scene.stage.local.post(path, &Json::Null).await?),
        None => run.revoke().await?,
    }
    run.tries(act, &act.arguments).await
}

pub(super) async fn revoked(scene: Scene<'_>) -> Tried<Came> {
    once_over(scene, None).await
}

pub(super) async fn suspended(scene: Scene<'_>) -> Tried<Came> {
    once_over(scene, Some(&format!("/v1/agents/{}/suspend", scene.case.agent))).await
}

pub(super) async fn stopped(scene: Scene<'_>) -> Tried<Came> {
    once_over(scene, Some("/v1/tenant/stop")).await
}

/// What is asked for once more may be on record: it is not given to who may do nothing any more.
pub(super) async fn repeated(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.act(|act| act.keyed) else {
        return Ok(Came::NotApplicable("no act of it takes a name for idempotency".to_owned()));
    };
    let run = scene.begin().await?;
    let arguments = Run::fresh(act, &act.arguments);
    run.honest_with(act, &arguments).await?;
    // the twin: while the task lives its outcome is told again
    let told = |reply: &Reply| reply.seen.allowed || reply.seen.reason == "repeated";
    let twin = run.once(act, &arguments).await?;
    if !told(&twin) {
        return Ok(Came::NoControl(format!("its outcome is not told again: {}: {}", twin.seen.reason, twin.seen.said)));
    }
    run.revoke().await?;
    let count = scene.stage.servers.count();
    let reply = run.once(act, &arguments).await?;
    if told(&reply) {
        return Ok(Came::Through { to: scene.case.agent.clone(), what: "an outcome on record".to_owned() });
    }
    Ok(run.came(count, &reply).await)
}
