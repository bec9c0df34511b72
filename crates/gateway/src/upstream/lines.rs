//! Lines of bounded length. A longer one is skipped without being held.

use std::io;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader};

/// What is kept of the end of a line that is too long.
const TAIL_BYTES: usize = 512;
/// A line this many times too long is an attack, not a mistake: the stream ends.
const SKIP_FACTOR: usize = 256;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line {
    /// A line without its end; never blank.
    Whole(Vec<u8>),
    /// A line over the bound: its last bytes.
    TooLong(Vec<u8>),
    /// The stream is over.
    End,
}

/// Reads lines. `next` may be dropped and called again: nothing is lost.
pub(crate) struct Lines<R> {
    reader: BufReader<R>,
    bytes_max: usize,
    held: Vec<u8>,
    /// Bytes of the present line that were not held.
    skipped: usize,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    pub(crate) fn new(reader: R, bytes_max: usize) -> Self {
        Self { reader: BufReader::with_capacity(16 << 10, reader), bytes_max, held: Vec::new(), skipped: 0 }
    }

    /// The next line.
    pub(crate) async fn next(&mut self) -> io::Result<Line> {
        loop {
            let available = self.reader.fill_buf().await?;
            if available.is_empty() {
                return Ok(if self.held.is_empty() { Line::End } else { self.line() });
            }
            let (part, ends) = match available.iter().position(|byte| *byte == b'\n') {
                Some(at) => (available.get(..at).unwrap_or_default(), true),
                None => (available, false),
            };
            let used = part.len() + usize::from(ends);
            self.held.extend_from_slice(part);
            let over = self.held.len() + self.skipped > self.bytes_max;
            if over {
                let surplus = self.held.len().saturating_sub(TAIL_BYTES);
                self.held.drain(..surplus);
                self.skipped += surplus;
            }
            AsyncBufRead::consume(std::pin::Pin::new(&mut self.reader), used);
            if self.skipped > self.bytes_max.saturating_mul(SKIP_FACTOR) {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line without end"));
            }
            if ends && !self.held.trim_ascii().is_empty() {
                return Ok(self.line());
            }
            if ends {
                self.held.clear();
                self.skipped = 0;
            }
        }
    }

    fn line(&mut self) -> Line {
        let mut line = std::mem::take(&mut self.held);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        if std::mem::take(&mut self.skipped) > 0 || line.len() > self.bytes_max {
            return Line::TooLong(line);
        }
        Line::Whole(line)
    }
}

#[cfg(test)]
mod tests;
