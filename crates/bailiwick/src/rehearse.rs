//! `rehearse`: attacks on a copy of the tenant's own configuration. The node is real and lives for as long as they take; servers
//! are played, so nothing is sent, and nothing is written where the configuration came from.

mod act;
mod attacks;
mod case;
mod copied;
mod made;
mod report;
mod scene;
mod servers;
mod stage;
mod values;

use crate::cli::Rehearse;
use crate::client::Client;
use crate::command::Outcome;
use crate::home::Trouble;
use crate::places::Places;
use crate::print::{self, text, words};
use crate::trust::BadInput;
use attacks::{ATTACKS, Attack};
use bailiwick_core::json::Json;
use case::Case;
use copied::Copied;
use report::{Report, Row};
use scene::Scene;
use stage::Stage;

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
        let name = text(template, "name").to_owned();
        match Case::of(&copied, template) {
            Ok(case) => on_template(&copied, &case, &chosen, &mut report).await?,
            Err(why) => report.left_out.push((name, why)),
        }
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
    case: &Case,
    chosen: &[&'static Attack],
    report: &mut Report,
) -> Result<(), Trouble> {
    words(&format!("{}: {} attacks", case.name, chosen.len()));
    let (apart, together): (Vec<&Attack>, Vec<&Attack>) = chosen.iter().copied().partition(|attack| attack.last);
    let mut groups = vec![together];
    groups.extend(apart.into_iter().map(|attack| vec![attack]));
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        let stage = Stage::open(copied).await?;
        for attack in group {
            let came = attack.tried(Scene { stage: &stage, copied, case }).await;
            calm(&stage).await?;
            report.rows.push(Row { attack, template: case.name.clone(), came });
        }
        stage.end().await;
    }
    Ok(())
}

/// What one attack was cut off by does not stop the next.
async fn calm(stage: &Stage) -> Result<(), Trouble> {
    let open = stage.local.get("/v1/breakers").await?;
    for breaker in print::list(&open, "breakers") {
        let id = print::number(breaker, "id");
        // one that is closed already is none
        let _closed = stage.local.post(&format!("/v1/breakers/{id}/close"), &Json::Null).await;
    }
    Ok(())
}
