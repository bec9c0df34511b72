//! The codes of `/v1`: those of decisions, and its own. Each is a row of `docs/errors.md`.

use bailiwick_core::Code;

macro_rules! own {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A code of `/v1` that is no decision's. Its text is for ever.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Own { $($(#[$doc])* $name,)* }

        impl Own {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// As it is written everywhere.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

own! {
    /// A request or a change is not any more what was signed.
    ApprovalChanged = "approval_changed",
    /// The request is not what it should be.
    BadRequest = "bad_request",
    /// The session of a wrapper is not known.
    CallerUnknown = "caller_unknown",
    /// A stream cannot be read.
    Closed = "closed",
    /// An act comes to something else than was signed.
    ConsentChanged = "consent_changed",
    /// Our own fault.
    Internal = "internal",
    /// The path has other methods.
    MethodNotAllowed = "method_not_allowed",
    /// People reach the node under another name.
    Misdirected = "misdirected",
    /// It is for administrators.
    NotAdministrator = "not_administrator",
    /// A request asks others.
    NotAsked = "not_asked",
    /// It is for people who may break the glass.
    NotBreakGlass = "not_break_glass",
    /// There is no such thing, or it is not the caller's to know.
    NotFound = "not_found",
    /// It is signed by itself.
    NotOnASheet = "not_on_a_sheet",
    /// It is for the person whose task it is.
    NotRequester = "not_requester",
    /// Nobody is signed in.
    NotSignedIn = "not_signed_in",
    /// Another page than the node's own asks.
    OriginNotAllowed = "origin_not_allowed",
    /// A broken glass would let nothing through.
    OverridesNothing = "overrides_nothing",
    /// Nobody gives a role to themselves.
    OwnRole = "own_role",
    /// A passkey signed something else, or not as it is asked.
    PasskeyRefused = "passkey_refused",
    /// A passkey is not theirs.
    PasskeyUnknown = "passkey_unknown",
    /// The act is signed with a passkey.
    SignatureNeeded = "signature_needed",
    /// The store went back.
    StoreBehind = "store_behind",
    /// It is larger than the record keeps.
    TooLarge = "too_large",
    /// The store cannot be reached, or too much waits.
    Unavailable = "unavailable",
    /// Nobody knows whether it stands.
    Unknown = "unknown",
    /// The body is no JSON.
    UnsupportedMediaType = "unsupported_media_type",
}

/// What a no is called: a closed list, so that none is answered that no page explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProblemCode {
    /// Of `/v1` itself.
    Own(Own),
    /// Of a decision.
    Reason(Code),
}

impl ProblemCode {
    /// As it is written everywhere.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Own(own) => own.as_str(),
            Self::Reason(code) => code.as_str(),
        }
    }
}

impl From<Own> for ProblemCode {
    fn from(own: Own) -> Self {
        Self::Own(own)
    }
}
