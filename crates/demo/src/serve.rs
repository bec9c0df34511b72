//! MCP's stdio framing: a JSON object a line, answers in the order of the requests.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

use crate::rpc::{INVALID_REQUEST, Message, answer, error};
use crate::server::Server;

/// The longest line that is read as a message.
pub const LINE_BYTES_MAX: usize = 1 << 20;

enum Line {
    Whole,
    TooLong,
    End,
}

/// Serves until the input ends.
///
/// One request is done at a time, in order: what arrives while a payment is held waits for it, cancellations too.
pub fn serve(mut read: impl BufRead, mut write: impl Write, server: &mut Server) -> io::Result<()> {
    let mut line = Vec::new();
    loop {
        line.clear();
        let said = match next(&mut read, &mut line)? {
            Line::End => return Ok(()),
            Line::TooLong => {
                let message = format!("a message must have at most {LINE_BYTES_MAX} bytes");
                Some(answer(&Value::Null, Err(error(INVALID_REQUEST, message))))
            }
            Line::Whole if line.trim_ascii().is_empty() => None,
            Line::Whole => match Message::read(&line) {
                Message::Nothing => None,
                Message::Wrong(wrong, id) => Some(answer(&id, Err(wrong))),
                Message::Request { id, method, params } => Some(answer(&id, server.answer(&method, params))),
            },
        };
        if let Some(said) = said {
            writeln!(write, "{said}")?;
            write.flush()?;
        }
    }
}

/// Reads a line without its end; a longer one is passed over to its end and not kept.
fn next(read: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    read.by_ref().take(LINE_BYTES_MAX as u64 + 1).read_until(b'\n', line)?;
    match line.pop() {
        None => return Ok(Line::End),
        Some(b'\n') => return Ok(Line::Whole),
        Some(last) if line.len() < LINE_BYTES_MAX => {
            line.push(last);
            return Ok(Line::Whole);
        }
        Some(_) => {}
    }
    read.skip_until(b'\n')?;
    Ok(Line::TooLong)
}

#[cfg(test)]
mod tests;
