//! Events verified and decided again a second, on one core; and recorded calls replayed under a candidate.

use crate::Trouble;
use crate::table::{Row, Table, begins, middle, now};
use crate::world::World;
use bailiwick_core::{Micros, PolicyText};
use bailiwick_node::{ExportOptions, Reaches, export_task, log_key, sign_checkpoint};
use bailiwick_verify::{Answer, Candidate, Trust, VerifierKey, verify, verify_replaying};
use sha2::{Digest as _, Sha256};
use std::hint::black_box;

const CALLS: u64 = 5_000;
const ROUNDS: usize = 5;
/// What is tried on what was recorded: one rule that asks nothing, one that looks at the amount.
const CANDIDATE: &str = r#"@id("any") permit (principal, action, resource);
@id("large") forbid (principal, action, resource) when { context.amounts has EUR && context.amounts.EUR.greaterThan(decimal("500.0")) };"#;

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    begins(&format!("{CALLS} calls are recorded"));
    let world = World::new("verify").await?;
    let bound = world.task().await?;
    for _ in 0..CALLS {
        World::call(&world.desk, &bound).await?;
    }
    // A look waits for what is under way.
    world.desk.task(bound.tenant, bound.task).await?;
    let node = world.desk.node();
    let (store, vault) = (node.store().as_ref(), node.vault().as_ref());
    let reaches = Reaches::default();
    node.control_command(bound.tenant, reaches.commit(store, vault, bound.tenant)?, Vec::new()).await?;
    let checkpoint = sign_checkpoint((store, vault, &reaches), None, bound.tenant)?;
    let mut bundle = Vec::new();
    let options = ExportOptions { now: node.now(), ..ExportOptions::default() };
    export_task(store, vault, bound.tenant, bound.task, &checkpoint, &options, &mut bundle)?;
    let trust = Trust::in_log(VerifierKey::parse(&log_key(store, vault, bound.tenant)?.verifier().to_string())?);
    let events = checkpoint.size;
    let second = std::time::Duration::from_secs(1);
    let texts = [PolicyText {
        name: "candidate".to_owned(),
        cedar: Some(CANDIDATE.to_owned()),
        rego: None,
        bundle: None,
        opa: None,
    }];
    begins(&format!("they are verified and replayed, {ROUNDS} rounds"));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut tried, mut checked) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let start = now();
        let report = verify(bundle.as_slice(), &trust);
        if report.answer != Answer::Confirmed {
            return Err(report.to_string().into());
        }
        ours.push(rate(events, start.elapsed()));
        let start = now();
        for line in bundle.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            black_box(serde_json::from_slice::<serde_json::Value>(line)?);
            black_box(Sha256::digest(line));
        }
        theirs.push(rate(events, start.elapsed()));
        let candidate = Candidate::new(&texts, Micros(0)).map_err(|problems| format!("{problems:?}"))?;
        let start = now();
        let (report, replayed) = verify_replaying(bundle.as_slice(), &trust, candidate);
        if report.answer != Answer::Confirmed || replayed.same != CALLS {
            return Err(format!("{replayed:?}").into());
        }
        tried.push(rate(CALLS, start.elapsed()));
        checked.push(ours.last().copied().unwrap_or_default() * rate(CALLS, second) / rate(events, second));
    }
    table.add(Row {
        name: "replay: calls decided under a candidate too, one core".to_owned(),
        reference: "calls of the same bundle verified".to_owned(),
        ours: middle(tried),
        theirs: middle(checked),
        unit: "calls/s",
    });
    table.add(Row {
        name: "verify and decide again, one core".to_owned(),
        reference: "the bundle's lines parsed as JSON and hashed".to_owned(),
        ours: middle(ours),
        theirs: middle(theirs),
        unit: "events/s",
    });
    Ok(())
}

fn rate(events: u64, took: std::time::Duration) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    let events = events as f64;
    events / took.as_secs_f64()
}
