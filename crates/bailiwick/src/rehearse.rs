//! `rehearse`: attacks on a copy of the tenant's own configuration. The node is real and lives for as long as they take; servers
//! are played, so nothing is sent, and nothing is written where the configuration came from.

mod act;
mod answers;
mod arguments;
mod attacks;
mod case;
mod copied;
mod folder;
mod form;
mod made;
mod on_record;
mod recorded;
mod report;
mod scene;
mod servers;
mod shape;
mod stage;
mod values;

use crate::cli::Rehearse;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, text, words};
use crate::trust::BadInput;
use answers::Told;
use attacks::{ATTACKS, Attack};
use bailiwick_core::json::Json;
use case::Case;
use copied::Copied;
use report::{Report, Row};
use scene::{Came, NoControl, Scene};
use stage::Stage;
use std::collections::BTreeSet;

/// Rehearses, and tells what came of it. Its answer is no when anything got through.
///
/// # Errors
/// When there is nothing to rehearse, or no node for it.
pub(crate) async fn rehearse(
    asked: Rehearse,
    client: &Client,
    places: &Places,
    json: bool,
) -> Result<Outcome, Trouble> {
    let chosen = chosen(&asked.only)?;
    if asked.list {
        list(&chosen, json);
        return Ok(Outcome::Done);
    }
    let copied = Copied::of(client, places, &asked.candidate).await?;
    let mut report = Report { notes: copied.notes.clone(), ..Report::default() };
    let templates: Vec<Json> = copied.of_kind("template").cloned().collect();
    let wanted = |template: &&Json| {
        asked.template.is_empty() || asked.template.iter().any(|name| name == text(template, "name"))
    };
    if let Some(missing) =
        asked.template.iter().find(|name| !templates.iter().any(|template| text(template, "name") == **name))
    {
        return Err(BadInput(format!("there is no template `{missing}`")).into());
    }
    for template in templates.iter().filter(wanted) {
        on_template(&copied, template, &chosen, &mut report).await?;
    }
    if report.rows.is_empty() {
        let whys: Vec<String> = report.left_out.iter().map(|(name, why)| format!("\n{name}: {why}")).collect();
        return Err(BadInput(format!("no template can be rehearsed{}", whys.concat())).into());
    }
    report.notes.push(
        "agents had keys and people passkeys that were made for this; servers were played, and nothing was sent"
            .to_owned(),
    );
    match json {
        true => print::json(&report.json()),
        false => report.show(),
    }
    Ok(if report.holds() { Outcome::Done } else { Outcome::No })
}

/// The attacks that were asked for.
fn chosen(only: &[String]) -> Result<Vec<&'static Attack>, Trouble> {
    if let Some(unknown) = only.iter().find(|named| !ATTACKS.iter().any(|attack| attack.is(named))) {
        return Err(BadInput(format!("there is no attack `{unknown}`: `bailiwick rehearse --list` shows them")).into());
    }
    let named = |attack: &&Attack| only.is_empty() || only.iter().any(|named| attack.is(named));
    Ok(ATTACKS.iter().filter(named).collect())
}

/// What there is to try.
fn list(chosen: &[&Attack], json: bool) {
    if json {
        let one = |attack: &&Attack| {
            Json::object([
                ("attack", Json::from(attack.name)),
                ("threats", Json::array(attack.threats.iter().map(|threat| Json::from(*threat)))),
                ("tries", Json::from(attack.tries)),
            ])
        };
        return print::json(&Json::object([("attacks", Json::array(chosen.iter().map(one)))]));
    }
    for attack in chosen {
        print::data(&format!("{:<26} {:<9} {}", attack.name, attack.threats.join(", "), attack.tries));
    }
}

/// All attacks on one template: on one node, but for those that end more than their own task.
async fn on_template(
    copied: &Copied,
    template: &Json,
    chosen: &[&'static Attack],
    report: &mut Report,
) -> Result<(), Trouble> {
    let name = text(template, "name").to_owned();
    let (case, mut stage) = match honest(copied, template, report).await? {
        Ok(found) => found,
        Err(why) => {
            report.left_out.push((name, why));
            return Ok(());
        }
    };
    for act in &case.acts {
        let tool = act.tool.to_string();
        let told = Told::of(copied.answers.get(&tool));
        report.answers.insert(tool, told);
    }
    words(&format!("{name}: {} attacks", chosen.len()));
    let (apart, together): (Vec<&'static Attack>, Vec<_>) = chosen.iter().copied().partition(|attack| attack.last);
    let mut groups = vec![together];
    groups.extend(apart.into_iter().map(|attack| vec![attack]));
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        let mut own = match stage.take() {
            Some(own) => own,
            None => Stage::open(copied).await?,
        };
        for attack in group {
            let mut came = attack.tried(Scene { stage: &own, copied, case: &case }).await;
            if cut_off(&own).await? {
                // what one attack was cut off by stops no other: the next node has counted nothing
                own.end().await;
                own = Stage::open(copied).await?;
                if matches!(came, Came::NoControl(_)) {
                    came = attack.tried(Scene { stage: &own, copied, case: &case }).await;
                }
            }
            report.rows.push(Row { attack, template: name.clone(), came });
        }
        own.end().await;
    }
    if let Some(unused) = stage {
        unused.end().await;
    }
    Ok(())
}

/// Why a template is left out, by the first of its calls that do not pass: the others mostly say the same.
fn none_passes(failed: &[String]) -> String {
    const NAMED_MAX: usize = 2;
    let named = failed.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join("; ");
    let more = failed.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    format!("no honest call of it passes, so no attack would prove anything: {named}{more}")
}

/// A template with the acts of it that pass when they are honest, and the node on which they did; else why there are none.
async fn honest(
    copied: &Copied,
    template: &Json,
    report: &mut Report,
) -> Result<Result<(Case, Option<Stage>), String>, Trouble> {
    let mut tried = BTreeSet::new();
    let mut failed = Vec::new();
    loop {
        let mut case = match Case::of(copied, template, &tried) {
            Ok(case) => case,
            Err(why) if failed.is_empty() => return Ok(Err(why)),
            Err(_) => {
                return Ok(Err(none_passes(&failed)));
            }
        };
        let stage = Stage::open(copied).await?;
        let acts = std::mem::take(&mut case.acts);
        let mut whys = Vec::new();
        for act in acts {
            let scene = Scene { stage: &stage, copied, case: &case };
            match scene.passes(&act).await {
                Ok(()) => case.acts.push(act),
                Err(NoControl(why)) => whys.push(why),
            }
        }
        if !case.acts.is_empty() {
            let notes =
                case.cannot.iter().cloned().chain(whys).map(|why| format!("{}: not attacked, since {why}", case.name));
            report.notes.extend(notes);
            return Ok(Ok((case, Some(stage))));
        }
        stage.end().await;
        failed.append(&mut whys);
        // another server may stand for the parameter
        if !case.server_picked().is_some_and(|server| tried.insert(server.to_owned())) {
            return Ok(Err(none_passes(&failed)));
        }
    }
}

/// Whether a breaker cuts calls off.
async fn cut_off(stage: &Stage) -> Result<bool, Trouble> {
    let open = stage.local.get("/v1/breakers").await?;
    Ok(!print::list(&open, "breakers").is_empty())
}
