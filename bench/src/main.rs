//! `bailiwick-bench`: measures Bailiwick beside a reference in one run, prints ratios, writes them as JSON.
//!
//! Knows no goals: those stand in `docs/performance.md`, and nothing fails because a machine is slow.
//!
//! 1. Ours and the reference run in one process, one after the other, in rounds; medians count.
//! 2. The reference is named with each figure, and does the least that could be called the same work.

mod decide;
mod durable;
mod floor;
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
bailiwick-bench [--only NAME] [--events N] [--with FILE] [--out FILE]

  --only NAME   decide, durable, revoke, verify, restart or memory
  --events N    how many events stand in the log before the restart (1000000)
  --with FILE   figures that another program made, one JSON object a line; printed and kept with ours
  --out FILE    where the figures go (target/bench.json)";

struct Asked {
    only: Option<String>,
    events: u64,
    with: Vec<PathBuf>,
    out: PathBuf,
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Option<Asked>, Trouble> {
    let mut asked = Asked { only: None, events: 1_000_000, with: Vec::new(), out: PathBuf::from("target/bench.json") };
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| format!("`{word}`: expected a value"));
        match word.as_str() {
            "--only" => asked.only = Some(value()?),
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
    if wanted("durable") {
        durable::measure(&mut table).await?;
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
    let asked = match read(std::env::args().skip(1)) {
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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = runtime.map_err(Trouble::from).and_then(|runtime| {
        let table = runtime.block_on(measure(&asked))?;
        std::fs::write(&asked.out, table.to_json()?)?;
        Ok(())
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("bailiwick-bench: {why}");
            ExitCode::FAILURE
        }
    }
}
