//! Durable decisions a second, with 1, 16 and 256 tasks at once, beside the same bytes group-committed by bare SQLite.

use crate::Trouble;
use crate::floor::Floor;
use crate::table::{Row, Table, middle, now};
use crate::world::World;
use bailiwick_node::Bound;
use std::time::Duration;

const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(2);

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    let world = World::new("durable").await?;
    let tasks = world.tasks(256).await?;
    let before = bytes_and_events(&world)?;
    ours(&world, &tasks).await?;
    let after = bytes_and_events(&world)?;
    let size = usize::try_from((after.0 - before.0) / (after.1 - before.1).max(1))?;
    let floor = Floor::start(&world.folder.file("floor.db"))?;
    for at_once in [1, 16, 256] {
        let tasks = tasks.get(..at_once).unwrap_or_default();
        let (mut us, mut them) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            us.push(ours(&world, tasks).await?);
            them.push(theirs(&floor, at_once, size).await?);
        }
        table.add(Row {
            name: format!("durable events, {at_once} tasks at once"),
            reference: format!("bare SQLite, groups of rows of {size} bytes"),
            ours: middle(us),
            theirs: middle(them),
            unit: "events/s",
        });
    }
    Ok(())
}

/// What an event costs in the file, and how many there are.
fn bytes_and_events(world: &World) -> Result<(i64, i64), Trouble> {
    let database = rusqlite::Connection::open(world.folder.file("bench.db"))?;
    let bytes: i64 = database.query_row(
        "SELECT coalesce(sum(length(clear) + coalesce(length(sealed), 0)), 0) FROM event LEFT JOIN body USING (place)",
        [],
        |row| row.get(0),
    )?;
    let events = database.query_row("SELECT count(*) FROM event", [], |row| row.get(0))?;
    Ok((bytes, events))
}

/// Two events a call.
async fn ours(world: &World, tasks: &[Bound]) -> Result<f64, Trouble> {
    let start = now();
    let mut all = tokio::task::JoinSet::new();
    for bound in tasks {
        let (desk, bound) = (world.desk.clone(), bound.clone());
        all.spawn(async move {
            let mut events = 0_u32;
            while start.elapsed() < ROUND {
                World::call(&desk, &bound).await?;
                events += 2;
            }
            Ok::<u32, Trouble>(events)
        });
    }
    sum(all, start).await
}

async fn theirs(floor: &Floor, at_once: usize, size: usize) -> Result<f64, Trouble> {
    let start = now();
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..at_once {
        let floor = floor.clone();
        all.spawn(async move {
            let mut events = 0_u32;
            while start.elapsed() < ROUND {
                floor.write(vec![b'x'; size]).await?;
                events += 1;
            }
            Ok::<u32, Trouble>(events)
        });
    }
    sum(all, start).await
}

async fn sum(mut all: tokio::task::JoinSet<Result<u32, Trouble>>, start: std::time::Instant) -> Result<f64, Trouble> {
    let mut events = 0.0;
    while let Some(done) = all.join_next().await {
        events += f64::from(done??);
    }
    Ok(events / start.elapsed().as_secs_f64())
}
