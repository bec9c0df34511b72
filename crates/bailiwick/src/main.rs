//! The control plane for delegated authority of AI agents: one binary, many doors.

mod cli;
mod client;
mod command;
mod connect;
mod demo;
mod home;
mod http_server;
mod journal;
mod keeper;
mod local;
mod places;
mod pool;
mod print;
mod remote;
mod seats;
mod server;
mod streaming;
mod tls;
mod trust;
mod work;
mod wrap;
mod yaml;

use bailiwick_store::StoreError;
use clap::Parser;
use std::process::ExitCode;

// glibc's allocator does not scale from one worker to two on small machines; this one does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What an unforeseen trouble ends with: our fault.
const OUR_FAULT: u8 = 3;
/// What a no of the node about the input ends with.
const YOUR_INPUT: u8 = 2;

/// Whether it is for the user to give another store, or to bring this one on.
fn is_input(error: &StoreError) -> bool {
    matches!(error, StoreError::Refused(_) | StoreError::Older(_))
}

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            print::words(&format!("bailiwick: {error}"));
            return ExitCode::from(OUR_FAULT);
        }
    };
    match runtime.block_on(command::run(cli)) {
        Ok(outcome) => outcome.into(),
        Err(trouble) => {
            print::words(&format!("bailiwick: {trouble}"));
            let refused = trouble.downcast_ref::<client::Refused>();
            match refused.map(|refused| refused.status) {
                Some(403) => ExitCode::from(1),
                Some(400..=499) => ExitCode::from(YOUR_INPUT),
                None if trouble.is::<yaml::BadFile>() || trouble.is::<trust::BadInput>() => ExitCode::from(YOUR_INPUT),
                None if trouble.downcast_ref::<StoreError>().is_some_and(is_input) => ExitCode::from(YOUR_INPUT),
                _ => ExitCode::from(OUR_FAULT),
            }
        }
    }
}
