//! Reading a stream of events (HTML, section 9.2.6), as far as MCP uses it: the data of each, and nothing else.

/// The most bytes of one event.
const EVENT_BYTES_MAX: usize = 32 << 20;

/// An event, or a line, is longer than any that we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TooLong;

/// Takes bytes as they come, gives events as they end.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    data: Vec<u8>,
    /// The last byte was a carriage return: a line feed after it ends nothing more.
    returned: bool,
}

impl Events {
    /// The data of the events that end in these bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut events = Vec::new();
        for byte in bytes {
            let after_return = std::mem::replace(&mut self.returned, *byte == b'\r');
            match byte {
                b'\n' if after_return => {}
                b'\n' | b'\r' => events.extend(self.end_of_line()),
                byte => self.line.push(*byte),
            }
            if self.line.len() + self.data.len() > EVENT_BYTES_MAX {
                return Err(TooLong);
            }
        }
        Ok(events)
    }

    fn end_of_line(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        if line.is_empty() {
            let mut data = std::mem::take(&mut self.data);
            // the last line break is not of the data
            data.pop();
            return Some(data).filter(|data| !data.is_empty());
        }
        let value = line.strip_prefix(b"data:")?;
        self.data.extend_from_slice(value.strip_prefix(b" ").unwrap_or(value));
        self.data.push(b'\n');
        None
    }
}

#[cfg(test)]
mod tests;
