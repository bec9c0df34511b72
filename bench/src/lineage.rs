//! What depth costs: a decision under a lineage of 1, 4, 16 and 64 grants, and the revocation of a tree of ten thousand.

use crate::Trouble;
use crate::decide::decided;
use crate::floor::Floor;
use crate::table::{Row, Table, begins, median, micros, now};
use crate::world::{AGENTS, World, by, look};
use bailiwick_core::{Code, Ender};
use bailiwick_node::Bound;
use std::sync::Arc;

/// Grants below one holder, on the first two levels.
const FAN_OUT: usize = 64;
/// And on the last.
const LEAVES: usize = 2;
/// How many are handed on at a time.
const AT_ONCE: usize = 64;
/// How often one row is written beside it.
const ROUNDS: usize = 50;

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    depth(table).await?;
    tree(table).await
}

async fn depth(table: &mut Table) -> Result<(), Trouble> {
    begins("decisions in lineages of 1 to 64 grants");
    let world = World::new("lineage").await?;
    let mut chain = vec![world.task_of("team").await?];
    for n in 1..=AGENTS {
        let last = chain.last().ok_or("no root")?;
        let next = world.handed(last, &format!("a{n}"), AGENTS - n).await?;
        chain.push(next);
    }
    let mut alone = None;
    for depth in [1_u32, 4, 16, 64] {
        let bound = chain.get(usize::try_from(depth)? - 1).ok_or("too short a lineage")?;
        let (ours, _) = decided(&world, bound, look()?).await?;
        let first = *alone.get_or_insert(ours);
        table.add(Row {
            name: format!("decide, a level of a lineage of {depth}"),
            reference: "a lineage of one grant".to_owned(),
            ours: micros(ours) / f64::from(depth),
            theirs: micros(first),
            unit: "us",
        });
    }
    Ok(())
}

/// Hands on to this agent so many times from each holder, many at once.
async fn below(
    world: &Arc<World>,
    from: &[Bound],
    (agent, each, depth): (&str, usize, usize),
) -> Result<Vec<Bound>, Trouble> {
    let (mut under_way, mut all) = (tokio::task::JoinSet::new(), Vec::new());
    for holder in from.iter().flat_map(|holder| std::iter::repeat_n(holder, each)) {
        let (world, holder, agent) = (Arc::clone(world), holder.clone(), agent.to_owned());
        under_way.spawn(async move { world.handed(&holder, &agent, depth).await });
        if under_way.len() >= AT_ONCE
            && let Some(done) = under_way.join_next().await
        {
            all.push(done??);
        }
    }
    while let Some(done) = under_way.join_next().await {
        all.push(done??);
    }
    Ok(all)
}

async fn tree(table: &mut Table) -> Result<(), Trouble> {
    begins("a tree of some 12,000 grants is handed on, and revoked");
    let world = Arc::new(World::new("tree").await?);
    let root = world.task_of("team").await?;
    let first = below(&world, std::slice::from_ref(&root), ("a1", FAN_OUT, 2)).await?;
    let second = below(&world, &first, ("a2", FAN_OUT, 1)).await?;
    let third = below(&world, &second, ("a3", LEAVES, 0)).await?;
    let grants = 1 + first.len() + second.len() + third.len();
    let start = now();
    let ended = world.desk.end(root.tenant, root.task, None, Ender::Person(by()?), Code::Revoked).await?;
    let ours = start.elapsed();
    ended.map_err(|reason| reason.to_string())?;
    let floor = Floor::start(&world.folder.file("floor.db"))?;
    let mut rows = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let start = now();
        floor.write(vec![b'x'; 1_024]).await?;
        rows.push(start.elapsed());
    }
    table.add(Row {
        name: format!("revoke a tree of {grants} grants, effective and drained"),
        reference: "bare SQLite: one row durable".to_owned(),
        ours: ours.as_secs_f64() * 1e3,
        theirs: median(rows).as_secs_f64() * 1e3,
        unit: "ms",
    });
    Ok(())
}
