//! A gate before a payment, so that a test or the demo can act while a call is on its way, without sleeping.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

/// The longest line that lets a held call go on.
const RELEASE_BYTES_MAX: u64 = 64;

/// Where somebody may stand who holds payments: a Unix socket that they listen on.
///
/// Before it moves money the bank connects and writes one line, `pay AMOUNT IBAN`; it goes on when it reads the line
/// `go`, and pays nothing when the connection ends without it. Nobody listening means that nothing is held, so the
/// socket can be made just before the one call that is to be held.
#[derive(Debug, Clone)]
pub struct Hold {
    socket: PathBuf,
}

impl Hold {
    /// Payments ask at this socket.
    pub fn at(socket: impl Into<PathBuf>) -> Self {
        Self { socket: socket.into() }
    }

    /// Waits for the one who listens; `false` if they hung up without letting the call go.
    pub(crate) fn passes(&self, call: &str) -> bool {
        let Ok(mut stream) = UnixStream::connect(&self.socket) else { return true };
        let mut line = String::new();
        let said = writeln!(stream, "{call}").and_then(|()| stream.flush());
        let read = BufReader::new(stream.take(RELEASE_BYTES_MAX)).read_line(&mut line);
        said.is_ok() && read.is_ok() && line.trim_end() == "go"
    }
}

#[cfg(test)]
mod tests;
