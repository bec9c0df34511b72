//! Durable decisions a second, with 1, 16 and 256 tasks at once, beside the same bytes group-committed by bare SQLite; and
//! the processor time of each, client included, which a busy machine changes little.

use crate::Trouble;
use crate::floor::Floor;
use crate::table::{Row, Table, begins, middle, now};
use crate::world::World;
use bailiwick_node::Bound;
use std::time::{Duration, Instant};

const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(2);

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    let world = World::new("durable").await?;
    let tasks = world.tasks(256).await?;
    let before = bytes_and_events(&world)?;
    begins("the bytes of an event, and a round that is not counted");
    ours(&world, &tasks).await?;
    let after = bytes_and_events(&world)?;
    let size = usize::try_from((after.0 - before.0) / (after.1 - before.1).max(1))?;
    let floor = Floor::start(&world.folder.file("floor.db"))?;
    for at_once in [1, 16, 256] {
        begins(&format!("durable events, {at_once} tasks at once, {ROUNDS} rounds of 2 s of each"));
        let tasks = tasks.get(..at_once).unwrap_or_default();
        let (mut us, mut them) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            us.push(ours(&world, tasks).await?);
            them.push(theirs(&floor, at_once, size).await?);
        }
        let of = |measured: &[Measured], figure: fn(&Measured) -> f64| middle(measured.iter().map(figure).collect());
        table.add(Row {
            name: format!("durable events, {at_once} tasks at once"),
            reference: format!("bare SQLite, groups of rows of {size} bytes"),
            ours: of(&us, |round| round.events_per_s),
            theirs: of(&them, |round| round.events_per_s),
            unit: "events/s",
        });
        table.add(Row {
            name: format!("processor time of one, {at_once} tasks at once"),
            reference: format!("bare SQLite, groups of rows of {size} bytes"),
            ours: of(&us, |round| round.cpu_us_per_event),
            theirs: of(&them, |round| round.cpu_us_per_event),
            unit: "us",
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

/// What one round came to.
struct Measured {
    events_per_s: f64,
    cpu_us_per_event: f64,
}

/// When a round began, by the clock and by this process's processor time.
struct Began {
    at: Instant,
    cpu: Duration,
}

impl Began {
    fn now() -> Result<Self, Trouble> {
        Ok(Self { at: now(), cpu: processor_time()? })
    }
}

/// Of all threads of this process, those that have ended too.
fn processor_time() -> Result<Duration, Trouble> {
    const TICKS_PER_S: u64 = 100;
    let text = std::fs::read_to_string("/proc/self/stat")?;
    // The name, which may hold anything, ends at the last bracket.
    let (_, fields) = text.rsplit_once(')').ok_or("no name in /proc/self/stat")?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(str::parse::<u64>).sum::<Result<u64, _>>()?;
    Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_S))
}

/// Two events a call.
async fn ours(world: &World, tasks: &[Bound]) -> Result<Measured, Trouble> {
    let began = Began::now()?;
    let start = began.at;
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
    sum(all, began).await
}

async fn theirs(floor: &Floor, at_once: usize, size: usize) -> Result<Measured, Trouble> {
    let began = Began::now()?;
    let start = began.at;
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
    sum(all, began).await
}

async fn sum(mut all: tokio::task::JoinSet<Result<u32, Trouble>>, began: Began) -> Result<Measured, Trouble> {
    let mut events = 0.0;
    while let Some(done) = all.join_next().await {
        events += f64::from(done??);
    }
    let took = began.at.elapsed();
    let cpu = processor_time()?.saturating_sub(began.cpu);
    Ok(Measured { events_per_s: events / took.as_secs_f64(), cpu_us_per_event: cpu.as_secs_f64() * 1e6 / events })
}
