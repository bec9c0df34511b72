//! The control plane for delegated authority of AI agents: one binary, many doors.

mod accounts;
mod beside;
mod bundle;
mod cli;
mod client;
mod command;
mod connect;
mod cvc5;
mod demo;
mod engines;
mod hint;
mod home;
mod http_server;
mod in_place;
mod install;
mod journal;
mod keeper;
mod keys;
mod local;
mod names;
mod notices;
mod peer;
mod people_door;
mod places;
mod played;
mod pool;
mod print;
mod rehearse;
mod remote;
mod run_as;
mod seats;
mod server;
mod shadow;
mod states;
mod streaming;
mod tls;
mod trouble;
mod trust;
mod work;
mod wrap;
mod yaml;

use clap::Parser;
use std::process::ExitCode;

// glibc's allocator does not scale from one worker to two on small machines; this one does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long what still runs beside a command that has ended may take.
const LINGER_WITHIN: std::time::Duration = std::time::Duration::from_secs(1);

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let words: Vec<String> = std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
            hint::remember_typed(&words);
            return trouble::usage(&error, &words);
        }
    };
    hint::remember(cli.home.as_deref());
    let json = cli.json;
    // Before there is any other thread: what it lets go of, the process has let go of.
    if let cli::Command::RunAs(asked) = &cli.command {
        return run_as::run_as(asked);
    }
    let ran = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ran = ran.map_err(home::Trouble::from).and_then(|runtime| {
        let ran = runtime.block_on(command::run(cli));
        // A line that is still waited for on standard input keeps no process that was asked to go.
        runtime.shutdown_timeout(LINGER_WITHIN);
        ran
    });
    match ran {
        Ok(outcome) => outcome.into(),
        Err(trouble) => trouble::tell(&trouble, json),
    }
}
