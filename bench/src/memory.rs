//! What a live task at rest takes of the node's memory.

use crate::Trouble;
use crate::table::{Row, Table, begins};
use crate::world::World;

const TASKS: usize = 5_000;
/// Of the machines that this is measured on.
const PAGE_BYTES: f64 = 4_096.0;

fn resident() -> Result<f64, Trouble> {
    let text = std::fs::read_to_string("/proc/self/statm")?;
    let pages: f64 = text.split_whitespace().nth(1).ok_or("no second number in statm")?.parse()?;
    Ok(pages * PAGE_BYTES)
}

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    begins(&format!("{TASKS} tasks begin and rest"));
    let world = World::new("memory").await?;
    // What is there once is not counted.
    world.tasks(500).await?;
    let before = resident()?;
    let tasks = world.tasks(TASKS).await?;
    let after = resident()?;
    let database = rusqlite::Connection::open(world.folder.file("bench.db"))?;
    let stored: f64 = database.query_row(
        "SELECT 1.0 * sum(length(clear) + coalesce(length(sealed), 0)) / count(DISTINCT stream)
         FROM event LEFT JOIN body USING (place)",
        [],
        |row| row.get(0),
    )?;
    #[expect(clippy::cast_precision_loss, reason = "a mean")]
    let count = tasks.len() as f64;
    table.add(Row {
        name: "memory of a live task at rest".to_owned(),
        reference: "the bytes of its events in the store".to_owned(),
        ours: (after - before) / count,
        theirs: stored,
        unit: "bytes",
    });
    Ok(())
}
