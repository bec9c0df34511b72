//! A TCP proxy before the server that cuts a connection around the COMMIT of an append, or holds the answer to it back.

use super::cluster::Database;
use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

/// Longer than a machine that does much else takes for an append.
const HELD_WITHIN: Duration = Duration::from_secs(120);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// COMMIT never reaches the server.
    BeforeCommit,
    /// The server has committed, its answer never reaches the client.
    AfterCommit,
    /// The server has committed, and its answer waits in the proxy.
    Hold,
}

/// What becomes of the next COMMIT of a transaction that these bytes stand in; of any where there are none.
#[derive(Debug, Clone, Copy)]
struct Next {
    cut: Cut,
    of: &'static [u8],
}

/// Whether an answer is held back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Gate {
    #[default]
    Free,
    Held,
    LetGo,
}

#[derive(Default)]
struct Plan {
    next: Mutex<Option<Next>>,
    gate: Mutex<Gate>,
    moved: Condvar,
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
                // A server that is about to start again: whoever comes is turned away.
                let Ok(server) = UnixStream::connect(&server) else { continue };
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
        self.cut_next_of(cut, b"");
    }

    /// Cuts the connection at the next COMMIT of a transaction that these bytes stand in.
    pub(super) fn cut_next_of(&self, cut: Cut, of: &'static [u8]) {
        *self.plan.next.lock().expect("no thread panics") = Some(Next { cut, of });
    }

    /// Waits until the server has committed, and its answer is held back.
    pub(super) fn holds(&self) {
        let gate = self.plan.gate.lock().expect("no thread panics");
        let held = self.plan.moved.wait_timeout_while(gate, HELD_WITHIN, |gate| *gate != Gate::Held);
        assert_eq!(*held.expect("no thread panics").0, Gate::Held, "nothing was committed");
    }

    /// The answer that is held back goes on its way.
    pub(super) fn let_go(&self) {
        *self.plan.gate.lock().expect("no thread panics") = Gate::LetGo;
        self.plan.moved.notify_all();
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

/// What one direction tells the other.
#[derive(Default)]
struct Told {
    /// Answers are no longer handed on.
    mute: AtomicBool,
    /// The answer to a COMMIT is held back.
    hold: AtomicBool,
}

fn forward(client: &TcpStream, server: &UnixStream, plan: &Plan) {
    let told = Told::default();
    thread::scope(|scope| {
        scope.spawn(|| answers(client, server, plan, &told));
        let (mut from, mut to) = (client, server);
        let (mut buffer, mut tail) = (vec![0; 64 << 10], Vec::new());
        let mut transaction = Vec::new();
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = &buffer[..count];
            transaction.extend_from_slice(bytes);
            let cut = match seen(&mut tail, bytes, b"Q\0\0\0\x0bCOMMIT\0") {
                true => due(plan, &std::mem::take(&mut transaction)),
                false => None,
            };
            match cut {
                Some(Cut::BeforeCommit) => break,
                Some(Cut::AfterCommit) => told.mute.store(true, Ordering::SeqCst),
                Some(Cut::Hold) => told.hold.store(true, Ordering::SeqCst),
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

/// What is to become of a transaction, where that was planned for one like it.
fn due(plan: &Plan, transaction: &[u8]) -> Option<Cut> {
    let mut next = plan.next.lock().expect("no thread panics");
    let like = |of: &[u8]| of.is_empty() || transaction.windows(of.len()).any(|window| window == of);
    next.take_if(|next| like(next.of)).map(|next| next.cut)
}

/// From the server to the client, until muted or held; then only until the server says that it has committed.
fn answers(client: &TcpStream, server: &UnixStream, plan: &Plan, told: &Told) {
    let (mut from, mut to) = (server, client);
    let (mut buffer, mut tail) = (vec![0; 64 << 10], Vec::new());
    let mut held = Vec::new();
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        let bytes = &buffer[..count];
        let hold = told.hold.load(Ordering::SeqCst);
        if told.mute.load(Ordering::SeqCst) {
            if seen(&mut tail, bytes, b"COMMIT\0") {
                break;
            }
            continue;
        }
        held.extend_from_slice(bytes);
        if hold && !seen(&mut tail, bytes, b"COMMIT\0") {
            continue;
        }
        if hold {
            waits(plan);
            told.hold.store(false, Ordering::SeqCst);
        }
        if to.write_all(&std::mem::take(&mut held)).is_err() {
            break;
        }
    }
    client.shutdown(Shutdown::Both).ok();
    server.shutdown(Shutdown::Both).ok();
}

/// Until somebody lets it go.
fn waits(plan: &Plan) {
    let mut gate = plan.gate.lock().expect("no thread panics");
    *gate = Gate::Held;
    plan.moved.notify_all();
    let gate = plan.moved.wait_while(gate, |gate| *gate == Gate::Held);
    *gate.expect("no thread panics") = Gate::Free;
}
