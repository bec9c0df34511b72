//! Closed lists of words. In policies they are entities of enumerated types, so that a misspelt word is an error when the
//! policy is applied, not a rule that never matches.

use bailiwick_core::{Assurance, Autonomy, Effect, Egress, Impact, Memory, Mode, Reversibility, Road, RunBy};

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Words {
    Assurance,
    Autonomy,
    Effect,
    Egress,
    Impact,
    Memory,
    Mode,
    Reversibility,
    Road,
    RunBy,
}

impl Words {
    pub(crate) const ALL: [Self; 10] = [
        Self::Assurance,
        Self::Autonomy,
        Self::Effect,
        Self::Egress,
        Self::Impact,
        Self::Memory,
        Self::Mode,
        Self::Reversibility,
        Self::Road,
        Self::RunBy,
    ];

    /// The entity type.
    pub(crate) const fn type_name(self) -> &'static str {
        match self {
            Self::Assurance => "Assurance",
            Self::Autonomy => "Autonomy",
            Self::Effect => "Effect",
            Self::Egress => "Egress",
            Self::Impact => "Impact",
            Self::Memory => "Memory",
            Self::Mode => "Mode",
            Self::Reversibility => "Reversibility",
            Self::Road => "Road",
            Self::RunBy => "RunBy",
        }
    }

    /// All words of the list.
    pub(crate) const fn list(self) -> &'static [&'static str] {
        match self {
            Self::Assurance => &["local", "software", "key-only", "oidc", "spiffe", "session", "passkey", "fido2"],
            Self::Autonomy => &["assist", "execute", "coordinate"],
            Self::Effect => &[
                "read",
                "write",
                "delete",
                "transfer",
                "share",
                "export",
                "credential",
                "permission",
                "execute",
                "delegate",
            ],
            Self::Egress => &["none", "open"],
            Self::Impact => &["low", "medium", "high", "critical"],
            Self::Memory => &["fresh", "kept"],
            Self::Mode => &["enforced", "cooperative", "observed"],
            Self::Reversibility => &["read-only", "reversible", "by-others", "irreversible"],
            Self::Road => &["socket", "http"],
            Self::RunBy => &["own", "vendor"],
        }
    }
}

/// A value that is one word of a list.
pub(crate) trait Word {
    const WORDS: Words;
    fn word(self) -> &'static str;
}

macro_rules! word {
    ($type:ident { $($variant:ident = $text:literal),* $(,)? }) => {
        impl Word for $type {
            const WORDS: Words = Words::$type;
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

word!(Assurance {
    Local = "local", Software = "software", KeyOnly = "key-only", Oidc = "oidc", Spiffe = "spiffe", Session = "session",
    Passkey = "passkey", Fido2 = "fido2",
});
word!(Autonomy { Assist = "assist", Execute = "execute", Coordinate = "coordinate" });
word!(Egress { None = "none", Open = "open" });
word!(Memory { Fresh = "fresh", Kept = "kept" });
word!(Mode { Enforced = "enforced", Cooperative = "cooperative", Observed = "observed" });
word!(Reversibility {
    ReadOnly = "read-only", Reversible = "reversible", ByOthers = "by-others", Irreversible = "irreversible",
});
word!(Road { Socket = "socket", Http = "http" });
word!(RunBy { Own = "own", Vendor = "vendor" });

impl Word for Effect {
    const WORDS: Words = Words::Effect;
    fn word(self) -> &'static str {
        self.as_str()
    }
}
impl Word for Impact {
    const WORDS: Words = Words::Impact;
    fn word(self) -> &'static str {
        self.as_str()
    }
}

#[cfg(test)]
mod tests;
