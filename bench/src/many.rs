//! Many live tasks on one node, and one task near the most events that it may have, each beside the ordinary case.

use crate::Trouble;
use crate::table::{Row, Table, begins, median, now};
use crate::world::World;
use bailiwick_node::Bound;
use std::sync::Arc;
use std::time::Duration;

/// Live tasks.
const TASKS: usize = 10_000;
/// How many are started, or called, at a time.
const AT_ONCE: usize = 256;
/// How long each round goes.
const ROUND: Duration = Duration::from_secs(5);
/// Calls of the long task; two events each, and a task has at most 100,000 events.
const CALLS: usize = 49_000;
/// How many calls are timed one by one.
const TIMED: usize = 400;

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    many(table).await?;
    long(table).await
}

async fn many(table: &mut Table) -> Result<(), Trouble> {
    begins(&format!("{TASKS} tasks begin"));
    let world = Arc::new(World::new("many").await?);
    let (mut under_way, mut tasks) = (tokio::task::JoinSet::new(), Vec::with_capacity(TASKS));
    for _ in 0..TASKS {
        let world = Arc::clone(&world);
        under_way.spawn(async move { world.task().await });
        if under_way.len() >= AT_ONCE
            && let Some(done) = under_way.join_next().await
        {
            tasks.push(done??);
        }
    }
    while let Some(done) = under_way.join_next().await {
        tasks.push(done??);
    }
    begins(&format!("calls of {AT_ONCE} tasks and of all of them, 5 s each"));
    let few = calls_per_s(&world, tasks.get(..AT_ONCE).unwrap_or_default()).await?;
    let all = calls_per_s(&world, &tasks).await?;
    table.add(Row {
        name: format!("calls, {TASKS} live tasks in turn, {AT_ONCE} at once"),
        reference: format!("{AT_ONCE} tasks"),
        ours: all,
        theirs: few,
        unit: "calls/s",
    });
    Ok(())
}

/// So many at once, each over its own share of the tasks.
async fn calls_per_s(world: &Arc<World>, tasks: &[Bound]) -> Result<f64, Trouble> {
    let mut under_way = tokio::task::JoinSet::new();
    let start = now();
    for share in tasks.chunks(tasks.len().div_ceil(AT_ONCE)) {
        let (desk, share) = (world.desk.clone(), share.to_vec());
        under_way.spawn(async move {
            let mut calls = 0_u32;
            for bound in share.iter().cycle() {
                if start.elapsed() >= ROUND {
                    break;
                }
                World::call(&desk, bound).await?;
                calls += 1;
            }
            Ok::<u32, Trouble>(calls)
        });
    }
    let mut calls = 0;
    while let Some(done) = under_way.join_next().await {
        calls += done??;
    }
    Ok(f64::from(calls) / start.elapsed().as_secs_f64())
}

async fn long(table: &mut Table) -> Result<(), Trouble> {
    begins(&format!("a task is given {} events", CALLS * 2));
    let world = Arc::new(World::new("long").await?);
    let (bound, fresh) = (world.task().await?, world.task().await?);
    let mut under_way = tokio::task::JoinSet::new();
    for _ in 0..CALLS {
        let (world, bound) = (Arc::clone(&world), bound.clone());
        under_way.spawn(async move { World::call(&world.desk, &bound).await });
        // a grant has room for 64 open acts
        if under_way.len() >= 48
            && let Some(done) = under_way.join_next().await
        {
            done??;
        }
    }
    while let Some(done) = under_way.join_next().await {
        done??;
    }
    begins("calls of it one by one, and of a fresh one");
    let (ours, theirs) = (one_by_one(&world, &bound).await?, one_by_one(&world, &fresh).await?);
    table.add(Row {
        name: format!("one call of a task with {} events, p50", CALLS * 2),
        reference: "one call of a task with few".to_owned(),
        ours: ours.as_secs_f64() * 1e3,
        theirs: theirs.as_secs_f64() * 1e3,
        unit: "ms",
    });
    Ok(())
}

async fn one_by_one(world: &World, bound: &Bound) -> Result<Duration, Trouble> {
    let mut all = Vec::with_capacity(TIMED);
    for _ in 0..TIMED {
        let start = now();
        World::call(&world.desk, bound).await?;
        all.push(start.elapsed());
    }
    Ok(median(all))
}
