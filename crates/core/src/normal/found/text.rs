//! A text by its bytes, for scans that look a little ahead and behind. Out of range is no byte and no text.

#[derive(Clone, Copy)]
pub(super) struct Text<'a>(&'a str);

impl<'a> Text<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self(text)
    }

    pub(super) const fn len(self) -> usize {
        self.0.len()
    }

    /// The byte there; zero where there is none.
    pub(super) fn byte(self, at: usize) -> u8 {
        self.0.as_bytes().get(at).copied().unwrap_or(0)
    }

    /// What stands between; nothing where that is no text.
    pub(super) fn part(self, from: usize, to: usize) -> &'a str {
        self.0.get(from..to).unwrap_or("")
    }

    pub(super) fn rest(self, from: usize) -> &'a str {
        self.0.get(from..).unwrap_or("")
    }

    /// The character that ends there.
    pub(super) fn before(self, at: usize) -> Option<char> {
        self.0.get(..at)?.chars().next_back()
    }

    /// The character that begins there.
    pub(super) fn after(self, at: usize) -> Option<char> {
        self.rest(at).chars().next()
    }

    /// The last characters before it, at most so many.
    pub(super) fn tail(self, at: usize, chars: usize) -> &'a str {
        let before = self.part(0, at);
        let from = before.char_indices().rev().take(chars).last().map_or(at, |(from, _)| from);
        self.part(from, at)
    }

    /// Where these characters stand.
    pub(super) fn each(self, mark: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.0.match_indices(mark).map(|(at, _)| at)
    }
}

/// What a text is written with: one look at its bytes, before any that costs more.
#[derive(Clone, Copy)]
pub(super) struct Marks(u8);

impl Marks {
    pub(super) const AT: u8 = 1;
    pub(super) const COLON: u8 = 1 << 1;
    pub(super) const DIGIT: u8 = 1 << 2;
    pub(super) const DOT: u8 = 1 << 3;
    /// `%` or `&`.
    pub(super) const ESCAPE: u8 = 1 << 4;
    /// A byte outside of ASCII.
    pub(super) const FOREIGN: u8 = 1 << 5;

    pub(super) fn of(text: &str) -> Self {
        Self(text.bytes().fold(0, |marks, byte| marks | mark(byte)))
    }

    pub(super) const fn any(self, marks: u8) -> bool {
        self.0 & marks != 0
    }
}

const fn mark(byte: u8) -> u8 {
    match byte {
        b'@' => Marks::AT,
        b':' => Marks::COLON,
        b'0'..=b'9' => Marks::DIGIT,
        b'.' => Marks::DOT,
        b'%' | b'&' => Marks::ESCAPE,
        0x80.. => Marks::FOREIGN,
        _ => 0,
    }
}

/// Parts of a text that are taken already: disjoint and in their order.
#[derive(Default)]
pub(super) struct Taken(Vec<(usize, usize)>);

impl Taken {
    pub(super) fn of(parts: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut parts: Vec<(usize, usize)> = parts.collect();
        parts.sort_unstable();
        let mut out: Vec<(usize, usize)> = Vec::with_capacity(parts.len());
        for (from, to) in parts {
            match out.last_mut() {
                Some(last) if from < last.1 => last.1 = last.1.max(to),
                _ => out.push((from, to)),
            }
        }
        Self(out)
    }

    /// Whether nothing of this part is taken.
    pub(super) fn free(&self, from: usize, to: usize) -> bool {
        let next = self.0.partition_point(|part| part.1 <= from);
        self.0.get(next).is_none_or(|part| part.0 >= to)
    }
}
