//! One MCP `tools/call`, 1 KiB of arguments and 1 KiB of result, through the product's HTTP door, beside three references:
//! the server itself, a bare hyper proxy, and a hyper proxy that parses the JSON, verifies one ES256 proof and
//! group-commits one row of 1 KiB.
//!
//! Ours is the real binary, with everything on: token, proof, task, grant, meters, policy, arguments that are read, a
//! durable decision before and a durable outcome after. Server, proxies and node are processes of their own, and this one
//! is the client; all run on the same machine. Each connection is an agent with a key, a task and a grant of its own, as
//! agents are in the world: 64 connections are 64 tasks. The client makes a fresh proof for each call, and nothing of it
//! beforehand; it makes the same proof, of the same size, for the third reference, so the two are charged alike. It makes
//! none for the other two, which look at none. A call is timed from the first byte sent to the last one read: the proof is
//! made before that, and counts in calls a second alone.

mod call;
mod load;
mod ours;
mod part;
mod proxy;
mod socket;
mod upstream;

pub(crate) use part::run as run_part;

use crate::Trouble;
use crate::floor::Floor;
use crate::table::{Row, Table, begins, micros, middle, now, quantile};
use crate::world::Folder;
use call::Caller;
use load::{Figures, Target, fire};
use ours::Node;
use part::Part;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(2);
/// Before anything is counted: connections, nonces, sessions with the server.
const WARM: Duration = Duration::from_millis(300);
const CONNECTIONS: [usize; 3] = [1, 16, 64];
const CONNECTIONS_MAX: usize = 64;
/// What a row of the record and of the reference have in common.
const ROW_BYTES: usize = 1_024;
/// What may be added to a durable commit, as `anchors.md` has it.
const ADDED_MICROS: f64 = 250.0;

/// The three references, in the order in which they stand in the table.
const REFERENCES: [&str; 3] = ["direct, no proxy", "bare hyper proxy", "hyper proxy, one proof, one row"];
/// The index of the one that the goals speak of.
const PROVEN: usize = 2;

/// The rounds of one way with one number of connections.
#[derive(Debug, Default)]
struct Rounds(Vec<Figures>);

impl Rounds {
    fn middle(&self, figure: impl Fn(&Figures) -> f64) -> f64 {
        middle(self.0.iter().map(figure).collect())
    }
}

/// Measures.
pub(crate) async fn measure(table: &mut Table, binary: &Path) -> Result<(), Trouble> {
    let folder = Folder::new("gateway")?;
    let upstream = Part::start(&["upstream"]).await?;
    let bare = Part::start(&["bare", &upstream.address]).await?;
    let rows = folder.file("reference.db").display().to_string();
    let proven = Part::start(&["proven", &upstream.address, &rows]).await?;
    let mut node = Node::start(binary, &folder, &upstream.address, CONNECTIONS_MAX).await?;
    let callers = (0..CONNECTIONS_MAX).map(|_| Caller::of_reference(&proven.address));
    let callers = callers.collect::<Result<Vec<_>, _>>()?.into_iter().map(Arc::new).collect();
    let references = [
        (Target::open(&upstream), upstream.pid),
        (Target::open(&bare), bare.pid),
        (Target::proven(&proven, callers), proven.pid),
    ];
    for connections in CONNECTIONS {
        begins(&format!("gateway, {connections} at once, {ROUNDS} rounds of 2 s of each of four ways"));
        let mut us = Rounds::default();
        let mut them: [Rounds; 3] = Default::default();
        for round in 0..=ROUNDS {
            // the first is not counted
            let length = if round == 0 { WARM } else { ROUND };
            for ((target, pid), rounds) in references.iter().zip(&mut them) {
                let figures = fire(target, connections, length, *pid).await?;
                if round > 0 {
                    rounds.0.push(figures);
                }
            }
            let target = node.target().await?;
            let figures = fire(&target, connections, length, node.pid).await?;
            if round > 0 {
                us.0.push(figures);
            }
        }
        add(table, connections, &us, &them);
        if connections == 1 {
            added(table, &folder, &us, &them).await?;
        }
    }
    Ok(())
}

/// The rows of one number of connections.
fn add(table: &mut Table, connections: usize, us: &Rounds, them: &[Rounds; 3]) {
    let words = if connections == 1 { "connection" } else { "connections" };
    type Figure = (&'static str, &'static str, fn(&Figures) -> f64);
    let figures: [Figure; 3] = [
        ("calls/s", "calls/s", |figures| figures.rate),
        ("p50", "us", |figures| figures.p50),
        ("p99", "us", |figures| figures.p99),
    ];
    for (what, unit, figure) in figures {
        for (reference, rounds) in REFERENCES.iter().zip(them) {
            table.add(Row {
                name: format!("gateway {what}, {connections} {words}"),
                reference: (*reference).to_owned(),
                ours: us.middle(figure),
                theirs: rounds.middle(figure),
                unit,
            });
        }
    }
    if let Some(proven) = them.get(PROVEN) {
        table.add(Row {
            name: format!("gateway CPU a call, {connections} {words}"),
            reference: REFERENCES.get(PROVEN).copied().unwrap_or_default().to_owned(),
            ours: us.middle(|figures| figures.cpu),
            theirs: proven.middle(|figures| figures.cpu),
            unit: "us",
        });
    }
}

/// What a call through us takes longer than one without us, beside a durable commit and what may come on top of it.
async fn added(table: &mut Table, folder: &Folder, us: &Rounds, them: &[Rounds; 3]) -> Result<(), Trouble> {
    begins("durable commits, one after another");
    let floor = Floor::start(&folder.file("commit.db"))?;
    let (start, mut all) = (now(), Vec::new());
    while start.elapsed() < ROUND {
        let begun = now();
        floor.write(vec![b'x'; ROW_BYTES]).await?;
        all.push(begun.elapsed());
    }
    let direct = them.first().map(|direct| direct.middle(|figures| figures.p50)).unwrap_or_default();
    table.add(Row {
        name: "gateway added p50, 1 connection".to_owned(),
        reference: "one durable commit + 0.25 ms".to_owned(),
        ours: us.middle(|figures| figures.p50) - direct,
        theirs: micros(quantile(&mut all, 0.5)) + ADDED_MICROS,
        unit: "us",
    });
    Ok(())
}
