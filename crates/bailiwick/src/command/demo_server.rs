//! `demo-server`: somebody else's server, small enough to try things with.

use super::Outcome;
use crate::cli::DemoServer;
use crate::home::Trouble;
use crate::print::today;
use bailiwick_demo_bank::{Day, Hold, Server, State, serve};

/// Serves standard input until it ends.
pub(super) fn demo_server(asked: &DemoServer) -> Result<Outcome, Trouble> {
    let state = asked.state.as_ref().map_or_else(State::memory, State::file);
    let server = Server::new(asked.which, state, Day::read(&today())?);
    let mut server = match &asked.hold {
        Some(socket) => server.held_at(Hold::at(socket)),
        None => server,
    };
    serve(std::io::stdin().lock(), std::io::stdout().lock(), &mut server)?;
    Ok(Outcome::Done)
}
