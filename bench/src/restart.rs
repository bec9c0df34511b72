//! The first call after a restart, with many events in the log.

use crate::Trouble;
use crate::table::{Row, Table, begins, median, now};
use crate::world::{Folder, World, start};
use bailiwick_node::Bound;
use std::time::Duration;

/// Tasks that write side by side while the log is filled.
const TASKS: usize = 256;
const ROUNDS: usize = 5;
/// Calls of each task since heads were listed last: 1,024 events in all.
const UNLISTED_CALLS: usize = 2;
const FILL: Duration = Duration::from_secs(3_600);

/// Measures.
pub(crate) async fn measure(table: &mut Table, events: u64) -> Result<(), Trouble> {
    begins(&format!("a log is filled with {events} events"));
    let world = World::new("restart").await?;
    let tasks = world.tasks(TASKS).await?;
    let each = events / 2 / u64::try_from(TASKS)?;
    let begun = now();
    let mut all = tokio::task::JoinSet::new();
    for bound in tasks.clone() {
        let desk = world.desk.clone();
        all.spawn(async move {
            for _ in 0..each {
                if begun.elapsed() > FILL {
                    return Err("the log could not be filled in an hour".into());
                }
                World::call(&desk, &bound).await?;
            }
            Ok::<(), Trouble>(())
        });
    }
    while let Some(done) = all.join_next().await {
        done??;
    }
    eprintln!("filled {} events in {:.0?}", each * 2 * u64::try_from(TASKS)?, begun.elapsed());
    let World { desk, folder } = world;
    // A node lists its heads as it goes; the next start follows the log from there. Half of what it may have to follow.
    desk.node().checkpoint_with_heads(first(&tasks)?.tenant).await?;
    for bound in &tasks {
        for _ in 0..UNLISTED_CALLS {
            World::call(&desk, bound).await?;
        }
    }
    desk.node().drain().await;
    drop(desk);
    begins(&format!("{} restarts, the last without snapshots", ROUNDS + 1));
    let mut ours = Vec::with_capacity(ROUNDS);
    let mut theirs = Vec::with_capacity(ROUNDS);
    // Each round calls a task that nobody has called since the log was filled.
    for bound in tasks.iter().take(ROUNDS) {
        ours.push(first_call(&folder, bound).await?);
        let begun = now();
        let database = rusqlite::Connection::open(folder.file("bench.db"))?;
        let last = "SELECT max(place) & ((1 << 40) - 1) FROM event";
        let _read: i64 = database.query_row(last, [], |row| row.get(0))?;
        theirs.push(begun.elapsed());
    }
    let database = rusqlite::Connection::open(folder.file("bench.db"))?;
    let read: i64 = database.query_row("SELECT count(*) FROM event", [], |row| row.get(0))?;
    database.execute("DELETE FROM snapshot", [])?;
    drop(database);
    let folded = tasks.get(ROUNDS).ok_or("no task is left")?;
    let without = first_call(&folder, folded).await?;
    let (ours, theirs) = (median(ours), median(theirs));
    let row = |name: String, ours: Duration| Row {
        name,
        reference: "bare SQLite: the file opened, the last row read".to_owned(),
        ours: ours.as_secs_f64() * 1e3,
        theirs: theirs.as_secs_f64() * 1e3,
        unit: "ms",
    };
    table.add(row(format!("restart to first call done, {read} events"), ours));
    table.add(row(format!("restart to first call done without snapshots, {} events of the task", each * 2), without));
    Ok(())
}

fn first(tasks: &[Bound]) -> Result<&Bound, Trouble> {
    tasks.first().ok_or_else(|| "there is no task".into())
}

/// Opens the store, has one call of the task done, and ends.
async fn first_call(folder: &Folder, bound: &Bound) -> Result<Duration, Trouble> {
    let begun = now();
    let desk = start(folder)?;
    let opened = begun.elapsed();
    World::call(&desk, bound).await?;
    let took = begun.elapsed();
    // What a call takes when nothing is read: two commits, most of it.
    World::call(&desk, bound).await?;
    let (first, warm) = (took.saturating_sub(opened), begun.elapsed().saturating_sub(took));
    eprintln!("opened in {opened:.1?}, first call in {first:.1?}, next one in {warm:.1?}");
    desk.node().drain().await;
    Ok(took)
}
