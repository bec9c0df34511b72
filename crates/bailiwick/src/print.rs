//! Words for people: what others wrote is escaped, so that it can neither move the cursor nor look like ours.

use bailiwick_core::json::Json;
use bailiwick_core::normal::{one_line, seen_json};
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// The longest foreign text in one line.
const FOREIGN_CHARS_MAX: usize = 400;

/// Text of somebody else, made harmless for a terminal and a log, and cut where it is long.
pub(crate) fn foreign(text: &str) -> String {
    one_line(text, FOREIGN_CHARS_MAX)
}

/// Text of somebody else that people came to read whole: made harmless, and cut nowhere.
pub(crate) fn foreign_whole(text: &str) -> String {
    one_line(text, usize::MAX)
}

/// Whether somebody stopped to read what is printed.
static UNREAD: AtomicBool = AtomicBool::new(false);

/// A line of data on standard output.
pub(crate) fn data(line: &str) {
    // A reader that went away is not an error of ours: what is done is done.
    if let Err(error) = writeln!(std::io::stdout().lock(), "{line}") {
        unread(&error);
    }
}

/// The fields of a JSON value, one a line, each named by the way to it. What is empty is left out.
pub(crate) fn fields(name: &str, value: &Json) -> Vec<String> {
    let below = |part: &str| if name.is_empty() { part.to_owned() } else { format!("{name}.{part}") };
    match value {
        Json::Object(members) => {
            members.iter().flat_map(|(part, value)| fields(&below(&foreign(part)), value)).collect()
        }
        Json::Array(all) => {
            let mut out = Vec::new();
            for (index, value) in all.iter().enumerate() {
                out.extend(fields(&format!("{name}[{index}]"), value));
            }
            out
        }
        Json::Null => Vec::new(),
        value => {
            let said = match (value.as_str(), value.as_u64()) {
                (Some(text), _) => foreign_whole(text),
                (None, Some(number)) if TIMES.contains(&number) => time(number),
                (None, _) => value.canonical(),
            };
            vec![format!("{name:<32} {said}")]
        }
    }
}

/// Numbers that no field of an event holds but times do: microseconds of this century.
const TIMES: std::ops::Range<u64> = 946_684_800_000_000..4_102_444_800_000_000;

/// Text on standard output as it is.
pub(crate) fn raw(bytes: &[u8]) {
    let mut out = std::io::stdout().lock();
    if let Err(error) = out.write_all(bytes).and_then(|()| out.flush()) {
        unread(&error);
    }
}

/// Remembers a reader that went away.
pub(crate) fn unread(error: &std::io::Error) {
    if error.kind() == ErrorKind::BrokenPipe {
        UNREAD.store(true, Ordering::Relaxed);
    }
}

/// Whether nobody reads standard output any more: what prints for ever ends then.
pub(crate) fn is_unread() -> bool {
    UNREAD.load(Ordering::Relaxed)
}

/// The entries of a list: one a line.
pub(crate) fn json_lines(answer: &Json, name: &str) {
    list(answer, name).iter().for_each(json);
}

/// A JSON value on standard output, a line. What others wrote stands in its strings, so whatever a terminal might obey or
/// hide is written as JSON's own escapes: the value is the same.
pub(crate) fn json(value: &Json) {
    data(&seen_json(&value.canonical()));
}

/// The same on standard error: what went wrong.
pub(crate) fn json_words(value: &Json) {
    words(&seen_json(&value.canonical()));
}

/// A line of words on standard error, and in the log of a node.
pub(crate) fn words(line: &str) {
    if !crate::journal::say(line) {
        return;
    }
    let _gone = writeln!(std::io::stderr().lock(), "{line}");
}

/// Asks a question on the terminal; no terminal is no.
pub(crate) fn yes(question: &str) -> bool {
    if !std::io::stdin().is_terminal() {
        return false;
    }
    let _gone = write!(std::io::stderr().lock(), "{question} [y/N] ");
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).is_ok() && matches!(line.trim(), "y" | "Y" | "yes")
}

/// A text of a JSON object; nothing where there is none.
pub(crate) fn text<'a>(json: &'a Json, name: &str) -> &'a str {
    json.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// A number of a JSON object; 0 where there is none.
pub(crate) fn number(json: &Json, name: &str) -> u64 {
    json.get(name).and_then(Json::as_u64).unwrap_or_default()
}

/// A list of a JSON object; empty where there is none.
pub(crate) fn list<'a>(json: &'a Json, name: &str) -> &'a [Json] {
    json.get(name).and_then(Json::as_array).unwrap_or_default()
}

/// So many of something, as people say it: `1 grant`, `2 grants`.
pub(crate) fn counted(count: u64, of: &str) -> String {
    format!("{count} {of}{}", if count == 1 { "" } else { "s" })
}

/// How much was charged of a meter: one of what is counted is said as one.
pub(crate) fn charged(meter: &Json, total: &str) -> String {
    let (amount, unit) = (text(meter, "amount"), text(meter, "unit"));
    match total {
        "" if amount == "1" && ["bytes", "calls", "records"].contains(&unit) => {
            format!("1 {}", unit.trim_end_matches('s'))
        }
        "" => format!("{amount} {unit}"),
        total => format!("{amount} of {total} {unit}"),
    }
}

/// A time of the record, as people read it: UTC, to the second.
pub(crate) fn time(micros: u64) -> String {
    let seconds = micros / 1_000_000;
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = date(days);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

/// The moment that a member of this name says; nobody knows it of what is erased.
pub(crate) fn time_of(of: &Json, name: &str) -> String {
    of.get(name).and_then(Json::as_u64).map_or_else(|| "(erased)".to_owned(), time)
}

/// Today by this machine's clock, as `yyyy-mm-dd` in UTC.
pub(crate) fn today() -> String {
    days_from_now(0)
}

/// The day after so many days.
#[expect(
    clippy::disallowed_methods,
    reason = "what a person or the demo's bank is shown of a date; nothing is decided by it"
)]
pub(crate) fn days_from_now(days: u64) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = date(since.as_secs() / 86_400 + days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// A day since 1970 as a date of the Gregorian calendar.
fn date(days: u64) -> (u64, u64, u64) {
    let mut left = days;
    let mut year = 1970;
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    loop {
        let length = if leap(year) { 366 } else { 365 };
        if left < length {
            break;
        }
        left -= length;
        year += 1;
    }
    let february = if leap(year) { 29 } else { 28 };
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    (year, month, left + 1)
}

#[cfg(test)]
mod tests;
