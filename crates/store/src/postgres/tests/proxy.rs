//! A TCP proxy before the server that cuts a connection around the COMMIT of an append.

use super::cluster::Database;
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// COMMIT never reaches the server.
    BeforeCommit,
    /// The server has committed, its answer never reaches the client.
    AfterCommit,
}

#[derive(Default)]
struct Plan {
    next: Mutex<Option<Cut>>,
    refuse: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

pub(super) struct Proxy {
    port: u16,
    plan: Arc<Plan>,
}

impl Proxy {
    pub(super) fn start(server: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it is bound").port();
        let plan = Arc::new(Plan::default());
        let shared = Arc::clone(&plan);
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                if shared.refuse.load(Ordering::SeqCst) {
                    continue;
                }
                let server = UnixStream::connect(&server).expect("the server is there");
                shared.open.lock().expect("no thread panics").push(client.try_clone().expect("a second handle"));
                let plan = Arc::clone(&shared);
                thread::spawn(move || forward(&client, &server, &plan));
            }
        });
        Self { port, plan }
    }

    pub(super) fn url(&self, database: &Database) -> String {
        format!("postgres://bailiwick@127.0.0.1:{}/{}", self.port, database.name())
    }

    /// Cuts the connection at the next COMMIT.
    pub(super) fn cut_next(&self, cut: Cut) {
        *self.plan.next.lock().expect("no thread panics") = Some(cut);
    }

    /// Closes what is open and takes nothing new.
    pub(super) fn refuse(&self, refuse: bool) {
        self.plan.refuse.store(refuse, Ordering::SeqCst);
        for client in self.plan.open.lock().expect("no thread panics").drain(..) {
            client.shutdown(Shutdown::Both).ok();
        }
    }
}

/// The end of what was seen, long enough to find a message that is split.
fn seen(tail: &mut Vec<u8>, bytes: &[u8], message: &[u8]) -> bool {
    tail.extend_from_slice(bytes);
    let found = tail.windows(message.len()).any(|window| window == message);
    let keep = tail.len().saturating_sub(message.len() - 1);
    tail.drain(..keep);
    found
}

fn forward(client: &TcpStream, server: &UnixStream, plan: &Plan) {
    // Set by one direction, obeyed by the other: answers are no longer handed on.
    let mute = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| answers(client, server, &mute));
        let (mut from, mut to) = (client, server);
        let (mut buffer, mut tail) = (vec![0; 64 << 10], Vec::new());
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..count];
            let cut = match seen(&mut tail, bytes, b"Q\0\0\0\x0bCOMMIT\0") {
                true => plan.next.lock().expect("no thread panics").take(),
                false => None,
            };
            match cut {
                Some(Cut::BeforeCommit) => break,
                Some(Cut::AfterCommit) => mute.store(true, Ordering::SeqCst),
                None => {}
            }
            if to.write_all(bytes).is_err() {
                break;
            }
        }
        client.shutdown(Shutdown::Both).ok();
        server.shutdown(Shutdown::Both).ok();
    });
}

/// From the server to the client, until muted; then only until the server says that it has committed.
fn answers(client: &TcpStream, server: &UnixStream, mute: &AtomicBool) {
    let (mut from, mut to) = (server, client);
    let (mut buffer, mut tail) = (vec![0; 64 << 10], Vec::new());
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        if mute.load(Ordering::SeqCst) {
            if seen(&mut tail, bytes, b"COMMIT\0") {
                break;
            }
        } else if to.write_all(bytes).is_err() {
            break;
        }
    }
    client.shutdown(Shutdown::Both).ok();
    server.shutdown(Shutdown::Both).ok();
}
