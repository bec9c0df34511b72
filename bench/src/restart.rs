//! The first call after a restart, with many events in the log.

use crate::Trouble;
use crate::table::{Row, Table, now};
use crate::world::{World, start};
use std::time::Duration;

/// Tasks that write side by side while the log is filled.
const TASKS: usize = 256;
const FILL: Duration = Duration::from_secs(3_600);

/// Measures.
pub(crate) async fn measure(table: &mut Table, events: u64) -> Result<(), Trouble> {
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
    desk.node().drain().await;
    drop(desk);
    let bound = tasks.first().cloned().ok_or("no task")?;
    let begun = now();
    let desk = start(&folder)?;
    World::call(&desk, &bound).await?;
    let ours = begun.elapsed();
    let begun = now();
    let database = rusqlite::Connection::open(folder.file("bench.db"))?;
    let read: i64 = database.query_row("SELECT max(place) & ((1 << 40) - 1) FROM event", [], |row| row.get(0))?;
    let theirs = begun.elapsed();
    table.add(Row {
        name: format!("restart to first call done, {read} events"),
        reference: "bare SQLite: the file opened, the last row read".to_owned(),
        ours: ours.as_secs_f64() * 1e3,
        theirs: theirs.as_secs_f64() * 1e3,
        unit: "ms",
    });
    Ok(())
}
