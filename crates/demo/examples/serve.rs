//! One of the two servers over stdio: `serve bank|mail DAY [STATE [HOLD]]`.

use std::io;

use bailiwick_demo_bank::{Day, Hold, Server, State, serve};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut given = std::env::args().skip(1);
    let which = given.next().ok_or("which server: `bank` or `mail`")?.parse()?;
    let today = Day::read(&given.next().ok_or("which day, such as `2026-11-21`")?)?;
    let state = given.next().map_or_else(State::memory, State::file);
    let server = Server::new(which, state, today);
    let mut server = match given.next() {
        Some(socket) => server.held_at(Hold::at(socket)),
        None => server,
    };
    serve(io::stdin().lock(), io::stdout().lock(), &mut server)?;
    Ok(())
}
