//! `bailiwick-bench`: measures Bailiwick beside a reference in one run, prints ratios, writes them as JSON.
//!
//! Knows no goals: those stand in `docs/performance.md`, and nothing fails because a machine is slow.
//!
//! 1. Ours and the reference run in one process, one after the other, in rounds; medians count.
//! 2. The reference is named with each figure, and does the least that could be called the same work.

mod decide;
mod durable;
mod exchange;
mod floor;
mod gateway;
mod labels;
mod lineage;
mod many;
mod memory;
mod restart;
mod revoke;
mod table;
mod verify;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use table::Table;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Whatever stops a measurement.
type Trouble = Box<dyn std::error::Error + Send + Sync>;

const HELP: &str = "\
bailiwick-bench [--only NAME] [--binary FILE] [--events N] [--with FILE] [--out FILE]

  --only NAME   decide, lineage, labels, durable, many, exchange, gateway, revoke, verify, restart or memory
  --binary FILE the `bailiwick` that the gateway's figures are of (target/release/bailiwick)
  --events N    how many events stand in the log before the restart (1000000)
  --with FILE   figures that another program made, one JSON object a line; printed and kept with ours
  --out FILE    where the figures go (target/bench.json)";

struct Asked {
    only: Option<String>,
    binary: PathBuf,
    events: u64,
    with: Vec<PathBuf>,
    out: PathBuf,
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Asked>, Trouble> {
    let mut asked = Asked {
        only: None,
        binary: PathBuf::from("target/release/bailiwick"),
        events: 1_000_000,
        with: Vec::new(),
        out: PathBuf::from("target/bench.json"),
    };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}`: expected a value"));
        match word.as_str() {
            "--only" => asked.only = Some(value()?),
            "--binary" => asked.binary = value()?.into(),
            "--events" => asked.events = value()?.parse()?,
            "--with" => asked.with.push(value()?.into()),
            "--out" => asked.out = value()?.into(),
            "--help" => return Ok(None),
            _ => return Err(format!("expected an option, found `{word}`").into()),
        }
    }
    Ok(Some(asked))
}

async fn measure(asked: &Asked) -> Result<Table, Trouble> {
    let mut table = Table::default();
    for file in &asked.with {
        table.read(&std::fs::read_to_string(file)?)?;
    }
    let wanted = |name: &str| asked.only.as_deref().is_none_or(|only| only == name);
    if wanted("decide") {
        decide::measure(&mut table).await?;
    }
    if wanted("lineage") {
        lineage::measure(&mut table).await?;
    }
    if wanted("labels") {
        labels::measure(&mut table).await?;
    }
    if wanted("durable") {
        durable::measure(&mut table).await?;
    }
    if wanted("many") {
        many::measure(&mut table).await?;
    }
    if wanted("exchange") {
        exchange::measure(&mut table).await?;
    }
    if wanted("gateway") {
        gateway::measure(&mut table, &asked.binary).await?;
    }
    if wanted("revoke") {
        revoke::measure(&mut table).await?;
    }
    if wanted("verify") {
        verify::measure(&mut table).await?;
    }
    if wanted("restart") {
        restart::measure(&mut table, asked.events).await?;
    }
    if wanted("memory") {
        memory::measure(&mut table).await?;
    }
    Ok(table)
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if let Some(("part", of)) = words.split_first().map(|(first, rest)| (first.as_str(), rest)) {
        return ended(run(gateway::run_part(of)));
    }
    let asked = match read(words.into_iter()) {
        Ok(Some(asked)) => asked,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(why) => {
            eprintln!("{why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    ended(run(async {
        let table = measure(&asked).await?;
        std::fs::write(&asked.out, table.to_json()?)?;
        Ok(())
    }))
}

fn run(work: impl Future<Output = Result<(), Trouble>>) -> Result<(), Trouble> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

fn ended(done: Result<(), Trouble>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bailiwick-bench: {why}");
            ExitCode::FAILURE
        }
    }
}
