//! The commands: each asks the node and says what came of it.

mod agent;
mod apply;
mod approval;
mod backup;
mod breaker;
mod change;
mod demo_server;
mod doctor;
mod enforcement;
mod erase;
mod event;
mod explain;
mod friction;
mod glass;
mod grant;
mod init;
mod key;
mod log;
mod mandate;
mod migrate;
mod observe;
mod person;
mod policy;
mod propose;
mod restore;
mod review;
mod serve;
mod server;
mod status;
mod stop;
mod task;
mod template;
mod tool;
mod verify;
mod wish;

pub(crate) use serve::{ensure_user_node, serve};
pub(crate) use task::{find as find_task, find_grant};

use crate::cli::{Cli, Command};
use crate::client::Client;
use crate::home::Trouble;
use crate::places::Places;
use crate::trust::BadInput;
use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Done.
    Done,
    /// The answer is no.
    No,
}

/// Runs what was typed.
///
/// # Errors
/// What goes wrong, in a user's words.
pub(crate) async fn run(cli: Cli) -> Result<Outcome, Trouble> {
    if let Command::Verify(asked) = cli.command {
        // On a machine that has never seen a node there is no home either.
        return verify::verify(asked, cli.json).await;
    }
    if let Command::Apply(crate::cli::Apply { schema: true, .. }) = cli.command {
        crate::print::raw(apply::SCHEMA.as_bytes());
        return Ok(Outcome::Done);
    }
    // These have a home of their own, whoever asks.
    match cli.command {
        Command::Install(asked) => return crate::install::install(asked, cli.home).await,
        Command::Uninstall(asked) => return crate::install::uninstall(&asked, cli.home).await,
        Command::InstallFile(asked) => return crate::install::act(&asked),
        _ => {}
    }
    let places = match &cli.home {
        Some(home) => Places::under(home),
        None => Places::of_user()
            .ok_or_else(|| BadInput("expected HOME or --home to say where the node keeps its state".to_owned()))?,
    };
    let client = Client::new(&places.socket, None).waiting(&places.state);
    if looks(&cli.command) && cli.home.is_none() && Places::are_usual() && places.has_store() {
        // the user's own node ends when it is idle: whoever looks is not to know
        let started = ensure_user_node(&places, false).await?;
        if started {
            crate::print::words("the user's own node was started to read its record; it ends after ten idle minutes");
        }
    }
    let json = cli.json;
    match cli.command {
        Command::Wrap(wrap) => crate::wrap::wrap(wrap, &places, cli.home.is_some()).await,
        Command::Connect(asked) => crate::connect::connect(asked, &client).await,
        Command::Serve(asked) => serve(asked, places).await,
        Command::Init(asked) => init::init(&asked, json),
        Command::Apply(asked) => apply::apply(&client, asked, json).await,
        Command::Stop => stop::stop(&client, &places, json).await,
        Command::Doctor { store } => {
            if store.is_some() && client.answers().await {
                crate::print::words("a node runs in this home and looks at its own store: --store is not looked at");
            }
            doctor::doctor(&client, &with_store(places, store), json).await
        }
        Command::Backup(asked) => backup::backup(&client, asked, places, json).await,
        Command::Restore(asked) => restore::restore(&client, asked, places, json).await,
        Command::Migrate { store } => migrate::migrate(&with_store(places, store), json).await,
        Command::Status => status::status(&places, cli.home.is_some(), json).await,
        Command::Enforcement => enforcement::enforcement(&client, json).await,
        // by INVARIANT of `main` and of the beginning of this function
        Command::RunAs(_) | Command::Install(_) | Command::Uninstall(_) | Command::InstallFile(_) => Ok(Outcome::No),
        Command::Task(asked) => task::task(&client, asked, json).await,
        Command::Event(asked) => event::event(&client, asked, json).await,
        Command::Explain { event } => explain::explain(&client, event, json).await,
        Command::Policy(asked) => policy::policy(&client, asked, json).await,
        Command::Agent(asked) => agent::agent(&client, asked, json).await,
        Command::Approval(asked) => approval::approval(&client, asked, json).await,
        Command::Friction { days } => friction::friction(&client, days, json).await,
        Command::Review { days, record } => review::review(&client, days, (record, json)).await,
        Command::Wish(asked) => wish::wish(&client, asked, json).await,
        Command::Change(asked) => change::change(&client, asked, json).await,
        Command::Observe(asked) => observe::observe(&client, asked, json).await,
        Command::Propose(asked) => propose::propose(&client, asked, json).await,
        Command::Rehearse(asked) => crate::rehearse::rehearse(asked, &client, &places, json).await,
        Command::BreakGlass(asked) => glass::glass(&client, asked, json).await,
        Command::Breaker(asked) => breaker::breaker(&client, asked, json).await,
        Command::Person(asked) => person::person(&client, asked, json).await,
        Command::Erase(asked) => erase::erase(&client, asked, json).await,
        Command::Tool(asked) => tool::tool(&client, asked, json).await,
        Command::Mandate(asked) => mandate::mandate(&client, asked, json).await,
        Command::Template(asked) => template::template(&client, asked, json).await,
        Command::Grant(asked) => grant::grant(&client, asked, json).await,
        Command::Tenant(asked) => agent::tenant(&client, asked, json).await,
        Command::Server(asked) => server::server(&client, asked, json).await,
        Command::Key(asked) => key::key(&client, asked, json).await,
        Command::Log(asked) => log::log(&client, asked, json).await,
        Command::Verify(asked) => verify::verify(asked, json).await,
        Command::Demo => crate::demo::demo(json).await,
        Command::DemoServer(asked) => demo_server::demo_server(&asked),
        Command::Completions { shell } => {
            let mut command = <Cli as clap::CommandFactory>::command();
            let mut out = Vec::new();
            clap_complete::generate(shell, &mut command, "bailiwick", &mut out);
            crate::print::raw(&out);
            Ok(Outcome::Done)
        }
    }
}

/// Whether a command only looks at what the user's own node holds.
fn looks(command: &Command) -> bool {
    use crate::cli::{Event, Task};
    matches!(
        command,
        Command::Task(Task::List { .. } | Task::Show { .. } | Task::Tree { .. } | Task::Timeline { .. })
            | Command::Explain { .. }
            | Command::Event(Event::List { .. } | Event::Show { .. } | Event::Lineage { .. })
    )
}

/// The places, with another store where one was named.
fn with_store(places: Places, store: Option<String>) -> Places {
    match store {
        Some(store) => Places { store, ..places },
        None => places,
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Self::SUCCESS,
            Outcome::No => Self::from(1),
        }
    }
}
