//! Revoking under full load: until nothing more begins, and until what was open has ended.

use crate::Trouble;
use crate::floor::Floor;
use crate::table::{Row, Table, begins, now, quantile};
use crate::world::World;
use bailiwick_core::{Assurance, By, Code, Ender, PersonId};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Tasks that keep the node busy.
const BUSY: usize = 64;
/// Tasks that are revoked, one after another.
const REVOKED: usize = 200;

/// Measures.
pub(crate) async fn measure(table: &mut Table) -> Result<(), Trouble> {
    begins(&format!("{REVOKED} revocations while {BUSY} tasks are busy"));
    let world = World::new("revoke").await?;
    let victims = world.tasks(REVOKED).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut load = tokio::task::JoinSet::new();
    for bound in world.tasks(BUSY).await? {
        let (desk, stop) = (world.desk.clone(), Arc::clone(&stop));
        load.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                World::call(&desk, &bound).await?;
            }
            Ok::<(), Trouble>(())
        });
    }
    let by = By { assurance: Assurance::Local, person: PersonId::parse("ann")? };
    let mut ours = Vec::new();
    for victim in &victims {
        let start = now();
        world
            .desk
            .end(victim.tenant, victim.task, None, Ender::Person(by.clone()), Code::Revoked)
            .await?
            .map_err(|reason| reason.to_string())?;
        ours.push(start.elapsed());
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(done) = load.join_next().await {
        done??;
    }
    let theirs = beside(&world).await?;
    for (part, name) in [(0.5, "p50"), (0.99, "p99")] {
        table.add(Row {
            name: format!("revoke to effective and drained, {BUSY} tasks busy, {name}"),
            reference: format!("bare SQLite: one row durable, {BUSY} writers busy"),
            ours: quantile(&mut ours.clone(), part).as_secs_f64() * 1e3,
            theirs: quantile(&mut theirs.clone(), part).as_secs_f64() * 1e3,
            unit: "ms",
        });
    }
    Ok(())
}

async fn beside(world: &World) -> Result<Vec<Duration>, Trouble> {
    begins(&format!("{REVOKED} rows while {BUSY} writers are busy"));
    let floor = Floor::start(&world.folder.file("floor.db"))?;
    let stop = Arc::new(AtomicBool::new(false));
    let mut load = tokio::task::JoinSet::new();
    for _ in 0..BUSY {
        let (floor, stop) = (floor.clone(), Arc::clone(&stop));
        load.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                floor.write(vec![b'x'; 1_024]).await?;
            }
            Ok::<(), Trouble>(())
        });
    }
    let mut all = Vec::new();
    for _ in 0..REVOKED {
        let start = now();
        floor.write(vec![b'x'; 1_024]).await?;
        all.push(start.elapsed());
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(done) = load.join_next().await {
        done??;
    }
    Ok(all)
}
