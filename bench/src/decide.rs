//! One decision in memory without policy, beside the hashing of the same arguments.

use crate::Trouble;
use crate::table::{Row, Table, begins, median, micros, now};
use crate::world::{World, pay};
use bailiwick_core::{Answer, Attempt, Command, Digest, Facts, Policy, Question, Verdict, View, decide, sha256};
use bailiwick_node::{Asked, Bound};
use sha2::{Digest as _, Sha256};
use std::hint::black_box;
use std::time::Duration;

const ROUND: u32 = 2_000;
const ROUNDS: usize = 15;

/// A policy that costs nothing.
struct Yes;

impl Policy for Yes {
    fn ask(&self, _: &Question<'_>) -> Answer {
        Answer::Permit(Vec::new())
    }
    fn digest(&self) -> Digest {
        Digest::new([0; 32])
    }
}

fn fastest(mut work: impl FnMut()) -> Duration {
    let mut round = || {
        let start = now();
        (0..ROUND).for_each(|_| work());
        start.elapsed() / ROUND
    };
    median((0..ROUNDS).map(|_| round()).collect())
}

/// What one decision in memory takes under this grant, without policy, and what reading its arguments does.
pub(crate) async fn decided(world: &World, bound: &Bound, asked: Asked) -> Result<(Duration, Duration), Trouble> {
    let node = world.desk.node();
    let facts = Facts { caller: Some(bound.caller.clone()), mode: bound.mode, ..node.facts(0)? };
    let grant = (bound.grant, bound.epoch);
    let measured = node
        .look(bound.tenant, bound.task, move |task, control| {
            let call = bailiwick_catalogue::Call {
                tool: asked.tool.clone(),
                arguments: asked.arguments.clone(),
                beside: bailiwick_core::json::Json::Null,
                idempotency: None,
                key: None,
            };
            let read = control.catalogue.read(&call, &sha256)?;
            let attempt = Attempt {
                grant: grant.0,
                epoch: grant.1,
                action: read.action,
                refused: read.refused,
                settle_within: asked.settle_within,
                signature: None,
                continues: None,
            };
            let command = Command::Attempt(Box::new(attempt));
            let view = View::of(task, &control.state);
            let allowed = matches!(decide(view, &Yes, &command, &facts).verdict, Verdict::Allow { .. });
            let decided = fastest(|| drop(black_box(decide(view, &Yes, black_box(&command), &facts))));
            let reading = fastest(|| drop(black_box(control.catalogue.read(black_box(&call), &sha256))));
            allowed.then_some((decided, reading))
        })
        .await?;
    Ok(measured.ok_or("the call was refused")?)
}

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    begins("one decision, again and again");
    let world = World::new("decide").await?;
    let bound = world.task().await?;
    let asked = pay()?;
    let bytes = asked.arguments.canonical();
    let (decided, reading) = decided(&world, &bound, asked).await?;
    let hashed = fastest(|| {
        black_box(Sha256::digest(black_box(bytes.as_bytes())));
    });
    let beside = || "SHA-256 of the same arguments".to_owned();
    table.add(Row {
        name: "decide, one grant, without policy".to_owned(),
        reference: beside(),
        ours: micros(decided),
        theirs: micros(hashed),
        unit: "us",
    });
    table.add(Row {
        name: "decide, reading 1 KiB of arguments".to_owned(),
        reference: beside(),
        ours: micros(reading),
        theirs: micros(hashed),
        unit: "us",
    });
    Ok(())
}
