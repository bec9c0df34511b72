//! Server-sent events of bounded size (HTML, section 9.2.6: interpreting an event stream).

/// Reads a stream piece by piece.
#[derive(Debug)]
pub(super) struct Events {
    bytes_max: usize,
    line: Vec<u8>,
    /// The last line ended with CR: a LF that follows belongs to it.
    after_cr: bool,
    begun: bool,
    data: Vec<u8>,
    has_data: bool,
    other: bool,
}

/// One event is longer than the bound.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooLong;

impl Events {
    pub(super) const fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            line: Vec::new(),
            after_cr: false,
            begun: false,
            data: Vec::new(),
            has_data: false,
            other: false,
        }
    }

    /// Takes a piece. Gives the data of each message that it completes; other kinds of events, and those without data,
    /// are passed over.
    pub(super) fn take(&mut self, mut piece: &[u8]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut messages = Vec::new();
        if self.after_cr && !piece.is_empty() {
            self.after_cr = false;
            piece = piece.strip_prefix(b"\n").unwrap_or(piece);
        }
        while let Some(at) = piece.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (part, rest) = piece.split_at_checked(at).unwrap_or_default();
            self.hold(part)?;
            messages.extend(self.line_ends());
            piece = match rest {
                [b'\r', b'\n', rest @ ..] | [_, rest @ ..] => rest,
                [] => rest,
            };
            self.after_cr = piece.is_empty() && rest == b"\r";
        }
        self.hold(piece)?;
        Ok(messages)
    }

    fn hold(&mut self, part: &[u8]) -> Result<(), TooLong> {
        // room for the name of the field beside its value
        const FIELD_BYTES: usize = 64;
        if self.line.len() + self.data.len() + part.len() > self.bytes_max + FIELD_BYTES {
            return Err(TooLong);
        }
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn line_ends(&mut self) -> Option<Vec<u8>> {
        let line = std::mem::take(&mut self.line);
        let line = if std::mem::replace(&mut self.begun, true) {
            line.as_slice()
        } else {
            line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&line)
        };
        if line.is_empty() {
            let data = std::mem::take(&mut self.data);
            let passed = std::mem::take(&mut self.other) || data.is_empty();
            self.has_data = false;
            return (!passed).then_some(data);
        }
        let colon = line.iter().position(|byte| *byte == b':').unwrap_or(line.len());
        let (field, value) = line.split_at_checked(colon).unwrap_or_default();
        let value = value.strip_prefix(b":").unwrap_or(value);
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match field {
            b"data" => {
                if std::mem::replace(&mut self.has_data, true) {
                    self.data.push(b'\n');
                }
                self.data.extend_from_slice(value);
            }
            b"event" => self.other = !matches!(value, b"" | b"message"),
            // nothing is resumed, so ids and delays say nothing here; a line that begins with a colon is a comment
            _ => {}
        }
        None
    }
}

/// The messages of a stream that comes in these pieces; `None` when an event is too long.
pub(crate) fn messages_of<'a>(pieces: impl Iterator<Item = &'a [u8]>, bytes_max: usize) -> Option<Vec<Vec<u8>>> {
    let mut events = Events::new(bytes_max);
    let taken: Result<Vec<_>, TooLong> = pieces.map(|piece| events.take(piece)).collect();
    Some(taken.ok()?.concat())
}

#[cfg(test)]
mod tests;
