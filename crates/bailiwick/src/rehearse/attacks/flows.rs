//! Data of a class that a rule keeps from a zone: it is read, and then something is sent there; in one task, and by the same process
//! in its next.

use super::super::act::Act;
use super::super::copied::Copied;
use super::super::scene::{Came, NoControl, Scene, Tried};
use crate::print::{list, text};
use bailiwick_core::Effect;
use bailiwick_core::json::Json;

/// How many classes are tried, each on its way to one zone.
const FLOWS_MAX: usize = 4;
const NONE: &str = "it reads nothing of a class that a rule keeps from a zone that it sends to";
const OWN: &str = "own";

/// A way that a rule forbids.
struct Flow<'a> {
    class: String,
    zone: String,
    reading: &'a Act,
    sending: &'a Act,
}

/// The zones that an act carries something to.
fn zones(copied: &Copied, act: &Act) -> Vec<String> {
    let server = copied.server(act.tool.server().as_str());
    let arguments = copied.tool(&act.tool.to_string()).and_then(|tool| tool.get("bind")?.get("arguments")?.as_object());
    let destinations = arguments.into_iter().flat_map(|all| all.iter()).map(|(_, how)| how);
    let to = destinations.filter(|how| text(how, "role") == "destination").map(|how| text(how, "zone"));
    let to = to.filter(|zone| !zone.is_empty()).map(str::to_owned).next();
    // to nobody knows where
    let away = (act.leaves && to.is_none()).then(|| "public".to_owned());
    let lives = server.map(|server| text(server, "zone").to_owned());
    [lives, to, away].into_iter().flatten().filter(|zone| !zone.is_empty() && zone != OWN).collect()
}

/// The ways that rules forbid, of each class one.
fn forbidden(scene: Scene<'_>) -> Vec<Flow<'_>> {
    let has = |all: &[Json], name: &str| all.iter().any(|one| one.as_str() == Some(name));
    let kept = |class: &str, zone: &str| {
        scene.copied.flows().any(|flow| has(list(flow, "classes"), class) && !has(list(flow, "zones"), zone))
    };
    let mut found: Vec<Flow<'_>> = Vec::new();
    let reads = |act: &&Act| act.effect == Effect::Read;
    for reading in scene.case.acts.iter().filter(reads) {
        for class in scene.copied.classes(reading) {
            // what the template may not read is no part of an honest answer
            let read = has(list(&scene.case.template, "read"), &class);
            if !read || found.iter().any(|flow| flow.class == class) {
                continue;
            }
            let ends = scene.case.acts.iter().filter(|sending| sending.tool != reading.tool);
            let mut ends =
                ends.flat_map(|sending| zones(scene.copied, sending).into_iter().map(move |zone| (sending, zone)));
            if let Some((sending, zone)) = ends.find(|(_, zone)| kept(&class, zone)) {
                found.push(Flow { class, zone, reading, sending });
            }
        }
    }
    found.truncate(FLOWS_MAX);
    found
}

impl Flow<'_> {
    /// Reads, and sends; what came of it.
    async fn tried(&self, scene: Scene<'_>, in_the_next: bool) -> Tried<Came> {
        // the twin: the very same call of who has read nothing
        let twin = scene.begin().await?;
        twin.honest(self.sending).await?;
        twin.revoke().await?;
        let run = scene.begin().await?;
        run.honest(self.reading).await?;
        if !run.has_touched(&self.class).await? {
            let (reading, class) = (self.reading.shown(), &self.class);
            return Err(format!("what `{reading}` answers here has nothing of the class {class}").into());
        }
        let came = if in_the_next {
            let next = scene.begin_as(&run.agent).await?;
            let came = next.tries(self.sending, &self.sending.arguments).await;
            next.revoke().await?;
            came
        } else {
            run.tries(self.sending, &self.sending.arguments).await
        };
        run.revoke().await?;
        Ok(match came? {
            Came::Through { to, what } => Came::Through { to: format!("{to}, in the zone {}", self.zone), what },
            came => came,
        })
    }
}

async fn all(scene: Scene<'_>, in_the_next: bool) -> Tried<Came> {
    let (mut last, mut failed) = (None, None);
    for flow in forbidden(scene) {
        match flow.tried(scene, in_the_next).await {
            Ok(came @ Came::Through { .. }) => return Ok(came),
            Ok(came) => last = Some(came),
            Err(NoControl(why)) => failed = Some(why),
        }
    }
    match (last, failed) {
        (Some(came), _) => Ok(came),
        (None, Some(why)) => Err(why.into()),
        (None, None) => Ok(Came::NotApplicable(NONE.to_owned())),
    }
}

pub(super) async fn in_one_task(scene: Scene<'_>) -> Tried<Came> {
    all(scene, false).await
}

pub(super) async fn in_the_next(scene: Scene<'_>) -> Tried<Came> {
    all(scene, true).await
}
