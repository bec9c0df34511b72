//! A page of Markdown, and values of others made harmless in it.

/// A page, line by line.
#[derive(Debug, Default)]
pub(super) struct Page(String);

impl Page {
    /// A heading with an empty line around it.
    pub(super) fn heading(&mut self, level: usize, parts: &[&str]) {
        self.gap();
        self.0.push_str(&"#".repeat(level));
        self.0.push(' ');
        self.line(parts);
        self.0.push('\n');
    }

    /// A paragraph.
    pub(super) fn text(&mut self, text: &str) {
        self.gap();
        self.line(&[text]);
        self.0.push('\n');
    }

    /// An item of a list.
    pub(super) fn item(&mut self, parts: &[&str]) {
        self.0.push_str("- ");
        self.line(parts);
    }

    /// A table; where it has no row, what is said instead.
    pub(super) fn table(&mut self, head: &[&str], rows: &[Vec<String>], none: &str) {
        if rows.is_empty() {
            return self.text(none);
        }
        self.gap();
        self.row(head.iter().copied());
        self.row(head.iter().map(|_| "---"));
        rows.iter().for_each(|row| self.row(row.iter().map(String::as_str)));
        self.0.push('\n');
    }

    fn row<'a>(&mut self, cells: impl Iterator<Item = &'a str>) {
        self.0.push('|');
        for cell in cells {
            self.0.push(' ');
            self.0.push_str(cell);
            self.0.push_str(" |");
        }
        self.0.push('\n');
    }

    fn line(&mut self, parts: &[&str]) {
        parts.iter().for_each(|part| self.0.push_str(part));
        self.0.push('\n');
    }

    /// One empty line before what comes, unless there is one.
    fn gap(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with("\n\n") {
            self.0.push('\n');
        }
    }

    /// The whole page.
    pub(super) fn done(self) -> String {
        format!("{}\n", self.0.trim_end())
    }
}

/// A value that somebody wrote: nothing in it means anything to Markdown or to HTML, nothing is invisible, and it stays on
/// its line. CommonMark 2.4: any ASCII punctuation may be escaped with a backslash.
pub(super) fn value(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // what links by itself: addresses after `:` and `@`, and names after `www.` (GFM 6.9)
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '&' | '~' | '!' | '@' | ':' => {
                out.push('\\');
                out.push(c);
            }
            '.' if out.to_ascii_lowercase().ends_with("www") => out.push_str("\\."),
            ' ' => out.push(' '),
            c if c.is_alphanumeric() || c.is_ascii_graphic() => out.push(c),
            c => out.push_str(&format!("U+{:04X}", u32::from(c))),
        }
    }
    out
}

/// Values of others, with commas between; a dash for none.
pub(super) fn values<T: std::fmt::Display>(all: impl IntoIterator<Item = T>) -> String {
    let all: Vec<String> = all.into_iter().map(|one| value(&one.to_string())).collect();
    if all.is_empty() { "–".to_owned() } else { all.join(", ") }
}

#[cfg(test)]
mod tests;
