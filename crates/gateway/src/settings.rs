//! The bounds of everything the gateway holds or waits for.

use crate::room::Room;
use std::time::Duration;

/// Bounds of one door and its upstream sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The most bytes of one message of a client.
    pub client_message_bytes_max: usize,
    /// The most bytes of one message of a server.
    pub server_message_bytes_max: usize,
    /// The most requests of one client session, or of one HTTP caller, at a time.
    pub open_requests_max: usize,
    /// The most HTTP sessions of the older era that one door keeps.
    pub http_sessions_max: usize,
    /// The most of them for one caller.
    pub http_sessions_per_caller_max: usize,
    /// How long a server may take to answer the question for its era.
    pub probe_within: Duration,
    /// How long a server may take to start, shake hands and list what it offers.
    pub start_within: Duration,
    /// How long a call may take.
    pub call_within: Duration,
    /// How long a call that waits for a person is held, before its client is told to come again.
    pub answered_within: Duration,
    /// How long a question of a server may wait for its answer.
    pub question_within: Duration,
    /// Where calls are kept between two requests.
    pub room: Room,
    /// Whether a client whose one server does not start is told so when it begins, instead of being shown no tools.
    pub server_needed: bool,
    /// After a failed start, how long until the next try.
    pub restart_after: Duration,
    /// How long a server may take to end by itself, before each stronger signal.
    pub stop_within: Duration,
    /// How long calls that are open when the client goes may take to be settled.
    pub drain_within: Duration,
    /// The most entries of one list of a server.
    pub offer_entries_max: usize,
    /// The most pages of one list of a server.
    pub offer_pages_max: usize,
    /// How many entries of a list a client is given at a time.
    pub page_entries: usize,
    /// The most progress notes and log lines that one call passes on.
    pub notices_per_call_max: u32,
    /// The most bytes of one of them.
    pub notice_bytes_max: usize,
    /// How often an idle event stream shows that it lives.
    pub keep_alive_every: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            client_message_bytes_max: 4 << 20,
            server_message_bytes_max: 16 << 20,
            open_requests_max: 64,
            http_sessions_max: 1024,
            http_sessions_per_caller_max: 64,
            probe_within: Duration::from_secs(4),
            start_within: Duration::from_secs(90),
            call_within: Duration::from_secs(600),
            answered_within: Duration::from_secs(20),
            question_within: Duration::from_secs(300),
            room: Room::default(),
            server_needed: false,
            restart_after: Duration::from_secs(1),
            stop_within: Duration::from_secs(2),
            drain_within: Duration::from_secs(5),
            offer_entries_max: 2048,
            offer_pages_max: 64,
            page_entries: 512,
            notices_per_call_max: 10_000,
            notice_bytes_max: 64 << 10,
            keep_alive_every: Duration::from_secs(15),
        }
    }
}
