//! A notice as a mail: plain text in our words, with ids beside them.

use crate::notice::{Notice, moment};
use bailiwick_core::MailAddress;

/// The whole message (RFC 5322), its lines ended by CR LF. Every value stands on one line of printable ASCII, so that none
/// makes a header or a line of its own.
pub(crate) fn message(from: &MailAddress, to: &MailAddress, notice: &Notice) -> String {
    let happened = &notice.happened;
    let host = from.as_str().split_once('@').map_or("localhost", |(_, host)| host);
    let date = moment(happened.at).strftime("%a, %d %b %Y %H:%M:%S +0000").to_string();
    let words = happened.occasion.words();
    let mut lines = vec![
        format!("From: Bailiwick <{from}>"),
        format!("To: <{to}>"),
        format!("Subject: Bailiwick: {words}"),
        format!("Date: {date}"),
        // the same at every try: who gets it twice can tell
        format!("Message-ID: <{}@{host}>", notice.id),
        // RFC 3834 section 5: nobody's machine answers it
        "Auto-Submitted: auto-generated".to_owned(),
        "MIME-Version: 1.0".to_owned(),
        "Content-Type: text/plain; charset=us-ascii".to_owned(),
        String::new(),
        format!(
            "{}{}.",
            words.chars().next().map_or(' ', |c| c.to_ascii_uppercase()),
            words.get(1..).unwrap_or_default()
        ),
        String::new(),
        format!("when: {}", crate::notice::time(happened.at)),
    ];
    lines.extend(happened.facts.iter().map(|(name, value)| format!("{name}: {value}")));
    lines.push(format!("event: {}", happened.leaf));
    lines.extend(happened.until.map(|until| format!("not after: {}", crate::notice::time(until))));
    if let Some(link) = &notice.link {
        lines.push(String::new());
        lines.push(format!("Look at it, and sign in there: {link}"));
        lines.push("Opening this link changes nothing. Nobody signs by mail.".to_owned());
    }
    if let Some(command) = notice.command() {
        lines.push(String::new());
        lines.push(format!("Whoever began it may let it go on for longer, while it lives: {command}"));
    }
    lines.push(String::new());
    lines.push(format!("Who asks for more: bailiwick event show {}", happened.leaf));
    lines.iter().map(|line| format!("{}\r\n", plain(line))).collect()
}

/// Printable ASCII; what is not becomes a question mark. RFC 5322 section 2.1.1 bounds a line.
fn plain(line: &str) -> String {
    line.chars().take(900).map(|c| if c == ' ' || c.is_ascii_graphic() { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests;
