//! What labels and sources cost: a decision of a task whose memory of values is full, and a result that brings a hundred values.

use crate::Trouble;
use crate::decide::decided;
use crate::table::{Row, Table, begins, median, micros, now};
use crate::world::{LEDGERS, World, json, look, pay};
use bailiwick_core::ToolId;
use bailiwick_core::json::Json;
use bailiwick_node::{Asked, Attempted, Bound, Received};
use std::time::Duration;

/// The values of one result, of each kind of trust.
const VALUES: usize = 100;
/// Results of each server that bring new values: more than a task remembers of one, and of four all that it remembers.
const RESULTS: usize = 12;
/// How often a result is timed.
const ROUNDS: usize = 200;

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    begins("both memories of values filled, and decisions with them");
    let world = World::new("labels").await?;
    let (empty, full) = (world.task_of("ledger").await?, world.task_of("ledger").await?);
    for round in 0..RESULTS {
        for (at, ledger) in LEDGERS.into_iter().enumerate() {
            read(&world, &full, ledger, &rows(at * RESULTS + round)).await?;
        }
    }
    let (before, _) = decided(&world, &empty, pay()?).await?;
    let (after, _) = decided(&world, &full, pay()?).await?;
    table.add(Row {
        name: "decide, both memories of values full".to_owned(),
        reference: "the same with nothing read".to_owned(),
        ours: micros(after),
        theirs: micros(before),
        unit: "us",
    });
    begins("results with many values and with none");
    let (again, nothing) = (rows(0), "[]".to_owned());
    let (mut ours, mut theirs) = (Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        ours.push(read(&world, &full, "bank", &again).await?);
        theirs.push(read(&world, &full, "bank", &nothing).await?);
    }
    table.add(Row {
        name: format!("a result with {} values, memories full", 2 * VALUES),
        reference: "a result with none".to_owned(),
        ours: micros(median(ours)),
        theirs: micros(median(theirs)),
        unit: "us",
    });
    Ok(())
}

/// Names of which half are the bank's own and half anybody's.
fn rows(round: usize) -> String {
    let row = |at: usize| {
        let n = round * VALUES + at;
        format!(r#"{{"from":"p{n}@other.example","own":"p{n}@bank.example"}}"#)
    };
    format!("[{}]", (0..VALUES).map(row).collect::<Vec<_>>().join(","))
}

/// One call that reads these rows, from decision to outcome.
async fn read(world: &World, bound: &Bound, ledger: &str, rows: &str) -> Result<Duration, Trouble> {
    let tool = ToolId::parse(&format!("{ledger}/rows"))?;
    let asked = Asked { tool: tool.clone(), ..look()? };
    let text = Json::object([("text", Json::from("rows")), ("type", Json::from("text"))]);
    let rows = Json::object([("rows", json(rows)?)]);
    let result = Json::object([("content", Json::array([text])), ("structuredContent", rows)]);
    let start = now();
    let Attempted::Forward { act, leaf, .. } = world.desk.attempt(bound, asked).await? else {
        return Err("a call was refused".into());
    };
    world.desk.settle(bound, &tool, (act, leaf), Received::Result(result), &[]).await?;
    Ok(start.elapsed())
}
