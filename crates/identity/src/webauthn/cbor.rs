//! As much CBOR (RFC 8949) as authenticators speak: whole numbers, bytes, texts, lists, maps. Bounded before it is built.

/// The most values of one document, the outermost included.
const VALUES_MAX: usize = 256;
/// CTAP 2.1 §8 allows four maps and lists within each other; an attestation object stands around those.
const DEPTH_MAX: usize = 8;

/// A value, over the bytes that it was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cbor<'a> {
    Int(i64),
    Bytes(&'a [u8]),
    Text(&'a str),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Bool(bool),
    Null,
}

impl<'a> Cbor<'a> {
    /// Reads bytes that are one value and nothing else.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut rest = bytes;
        Self::read_first(&mut rest).filter(|_| rest.is_empty())
    }

    /// Reads one value off the front.
    pub(super) fn read_first(bytes: &mut &'a [u8]) -> Option<Self> {
        Reader { bytes, values: 0 }.value(DEPTH_MAX)
    }

    /// The member of that number, if this is a map that has it.
    pub(super) fn numbered(&self, number: i64) -> Option<&Self> {
        self.member(&Cbor::Int(number))
    }

    /// The member of that name, if this is a map that has it.
    pub(super) fn named(&self, name: &str) -> Option<&Self> {
        self.member(&Cbor::Text(name))
    }

    fn member(&self, key: &Cbor<'_>) -> Option<&Self> {
        let Self::Map(members) = self else { return None };
        members.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn as_bytes(&self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        if let Self::Int(number) = self { Some(*number) } else { None }
    }
}

struct Reader<'r, 'a> {
    bytes: &'r mut &'a [u8],
    values: usize,
}

impl<'a> Reader<'_, 'a> {
    fn value(&mut self, depth: usize) -> Option<Cbor<'a>> {
        self.values += 1;
        if depth == 0 || self.values > VALUES_MAX {
            return None;
        }
        let first = self.byte()?;
        let (kind, short) = (first >> 5, first & 0x1f);
        // RFC 8949 §3.3: the simple values that anybody sends. Floats and the rest stand nowhere in WebAuthn.
        if kind == 7 {
            return match short {
                20 => Some(Cbor::Bool(false)),
                21 => Some(Cbor::Bool(true)),
                22 => Some(Cbor::Null),
                _ => None,
            };
        }
        let number = self.argument(short)?;
        match kind {
            0 => i64::try_from(number).ok().map(Cbor::Int),
            // RFC 8949 §3.1: -1 - n
            1 => i64::try_from(number).ok().map(|number| Cbor::Int(-1 - number)),
            2 => self.take(number).map(Cbor::Bytes),
            3 => str::from_utf8(self.take(number)?).ok().map(Cbor::Text),
            4 => (0..self.count(number)?).map(|_| self.value(depth - 1)).collect::<Option<_>>().map(Cbor::List),
            5 => self.map(number, depth),
            // Tags. CTAP 2.1 §8 forbids them.
            _ => None,
        }
    }

    fn map(&mut self, number: u64, depth: usize) -> Option<Cbor<'a>> {
        let mut members: Vec<(Cbor<'a>, Cbor<'a>)> = Vec::new();
        for _ in 0..self.count(number)? {
            let key = self.value(depth - 1)?;
            // RFC 8949 §5.6: of two members with one key, two readers take two values.
            if !matches!(key, Cbor::Int(_) | Cbor::Text(_)) || members.iter().any(|(other, _)| *other == key) {
                return None;
            }
            members.push((key, self.value(depth - 1)?));
        }
        Some(Cbor::Map(members))
    }

    /// RFC 8949 §3. CTAP 2.1 §8 wants the shortest form; clients that pack attestations by a general library do not
    /// always write it, and a longer form says the same. Lengths that are told later (31) are refused, as there.
    fn argument(&mut self, short: u8) -> Option<u64> {
        match short {
            0..=23 => Some(u64::from(short)),
            24 => self.byte().map(u64::from),
            25 => self.array().map(u16::from_be_bytes).map(u64::from),
            26 => self.array().map(u32::from_be_bytes).map(u64::from),
            27 => self.array().map(u64::from_be_bytes),
            _ => None,
        }
    }

    /// A number of values. Each takes a byte at least, so none that is larger than what is left can be true.
    fn count(&self, number: u64) -> Option<usize> {
        usize::try_from(number).ok().filter(|count| *count <= self.bytes.len().min(VALUES_MAX))
    }

    fn take(&mut self, number: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(usize::try_from(number).ok()?)?;
        *self.bytes = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        crate::bytes::take(self.bytes)
    }
}

#[cfg(test)]
mod tests;
