//! The simulation: three nodes, one store, five agents, their people and one upstream, all chance from one seed.
//!
//! Knows no threads, no sockets and no clock of the machine: the binary around it reads one to know when to stop.
//!
//! 1. A seed is a run: the same seed makes the same steps, on every machine.
//! 2. Core, policy, record and the engine are the product's own; store, clocks, processes, edges and the upstream are faked.
//! 3. Judges read the log and what the world saw, never an engine's memory, but for the one that compares the two.
//! 4. For each promise of safety one mutant is kept, and the judge of that promise alone must see it.

mod bundle;
mod campaign;
mod chance;
mod happening;
mod judges;
mod log;
mod mutant;
mod options;
mod run;
mod setup;
#[cfg(test)]
mod tests;
mod world;

use crate::campaign::{MUTANT_WITHIN, campaign, hunt};
use crate::mutant::Mutant;
use crate::run::{Failure, Ran, run};
use std::process::ExitCode;
use std::time::{Duration, Instant};

const HELP: &str = "\
bailiwick-sim [--seed N] [--seconds N] [--mutants] [--mutant NAME]

  --seed N      run this seed alone, and say what it made of the world
  --seconds N   run seeds for so long, those that failed once first; without it, for ever
  --from N      the first fresh seed (1)
  --mutants     break one promise at a time; each must be seen within a minute
  --mutant NAME break this one alone, as `ignores heads`

Exits 1 when a promise is broken (or a mutant goes unseen), 2 on a mistake in the options.";

/// What was asked for.
#[derive(Default)]
struct Asked {
    seed: Option<u64>,
    from: Option<u64>,
    seconds: Option<u64>,
    mutants: Vec<Mutant>,
    help: bool,
}

fn read(mut words: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    while let Some(word) = words.next() {
        if word == "--mutant" {
            let name = words.next().unwrap_or_default();
            let known = Mutant::ALL.into_iter().find(|mutant| mutant.to_string() == name);
            asked.mutants.push(known.ok_or_else(|| format!("`--mutant`: there is no `{name}`"))?);
            continue;
        }
        let mut number = || {
            let text = words.next().ok_or_else(|| format!("`{word}`: expected a number"))?;
            text.parse().map(Some).map_err(|_| format!("`{word}`: expected a number, found `{text}`"))
        };
        match word.as_str() {
            "--seed" => asked.seed = number()?,
            "--from" => asked.from = number()?,
            "--seconds" => asked.seconds = number()?,
            "--mutants" => asked.mutants = Mutant::ALL.to_vec(),
            "--help" => asked.help = true,
            _ => return Err(format!("expected an option, found `{word}`")),
        }
    }
    Ok(asked)
}

#[expect(clippy::disallowed_methods, reason = "the binary knows when to stop; nothing of a run depends on it")]
fn clock() -> Instant {
    Instant::now()
}

fn say(failure: &Failure) -> ExitCode {
    eprintln!("{failure}");
    if let Some(options) = &failure.options {
        eprintln!("{options}");
    }
    eprintln!("again: bailiwick-sim --seed {}; keep it: a line in sim/seeds/list", failure.seed);
    ExitCode::from(1)
}

fn mutants(of: &[Mutant], from: u64) -> ExitCode {
    let mut unseen = false;
    for mutant in of.iter().copied() {
        let start = clock();
        let line = match hunt(mutant, from, || start.elapsed() < MUTANT_WITHIN) {
            Ok(Some(failure)) => format!("seen    {:>5.1}s  {mutant}: {failure}", start.elapsed().as_secs_f32()),
            Ok(None) => format!("UNSEEN  {mutant}"),
            Err(failure) => format!("UNSEEN  {mutant}; instead {failure}"),
        };
        unseen |= line.starts_with("UNSEEN");
        println!("{line}");
    }
    ExitCode::from(u8::from(unseen))
}

fn main() -> ExitCode {
    let asked = match read(std::env::args().skip(1)) {
        Ok(asked) if asked.help => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Ok(asked) => asked,
        Err(why) => {
            eprintln!("{why}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let from = asked.from.unwrap_or(1);
    if !asked.mutants.is_empty() {
        return mutants(&asked.mutants, from);
    }
    if let Some(seed) = asked.seed {
        return match run(seed, None) {
            Ok(Ran { counts, kinds }) => {
                println!("seed {seed}: {} steps, {} faults, {} acts", counts.steps, counts.faults, counts.forwarded);
                kinds.iter().for_each(|(kind, count)| println!("{count:>6} {kind}"));
                ExitCode::SUCCESS
            }
            Err(failure) => say(&failure),
        };
    }
    let start = clock();
    let until = asked.seconds.map(Duration::from_secs);
    match campaign(from, || until.is_none_or(|until| start.elapsed() < until)) {
        Ok(total) => {
            println!("{total}");
            ExitCode::SUCCESS
        }
        Err(failure) => say(&failure),
    }
}
