//! What ends a grant, and how an ending comes to hold.

use super::page::{Page, value};
use bailiwick_core::{Code, ENDINGS, REFUSALS_MAX};

/// Everything that ends a grant.
pub(super) fn endings(page: &mut Page) {
    page.heading(2, &["What ends a grant"]);
    page.text("With a grant ends every grant below it; with its last grant a task. None of it is undone: a new consent is needed.");
    let rows = ENDINGS.map(|code| vec![format!("`{code}`"), value(&when(code))]);
    page.table(&["code", "when"], &rows, "");
}

/// When an ending comes about.
fn when(code: Code) -> String {
    match code {
        Code::Completed => "a person, the holder of it or of one above, or a wrapped client that goes in order, says that the work is complete".to_owned(),
        Code::Revoked => "a person, or the holder of it or of one above, ends it".to_owned(),
        Code::WindowClosed => "its window is over".to_owned(),
        Code::AgentInactive => "its agent is suspended or removed".to_owned(),
        Code::ContextChanged => {
            "its agent's document changes in owner, run by, zone, autonomy, memory, version or configuration, or loses a key".to_owned()
        }
        Code::PersonLeft => "the person who started the task, or who owns its agent, is removed".to_owned(),
        Code::TenantStopped => "all work of the tenant is stopped".to_owned(),
        Code::RefusedTooOften => format!("{REFUSALS_MAX} calls of its holder were refused"),
        Code::MeterExceeded => "a result came to more than its limits allow".to_owned(),
        Code::EpochPassed => "the store was restored: what was granted before is over".to_owned(),
        Code::ClientGone => "the wrapped client went without a word".to_owned(),
        Code::ServerGone => "the wrapped server did not start, or went with its client".to_owned(),
        Code::NodeStopped => "the node was stopped while a wrapped client was open".to_owned(),
        Code::GrantEnded => "what it allows was erased".to_owned(),
        Code::NotPossible => "it was written before an axis was asked that is asked now".to_owned(),
        other => other.sentence().to_owned(),
    }
}

/// What an ending promises, and when.
pub(super) fn revocation(page: &mut Page) {
    page.heading(2, &["How an ending holds"]);
    for line in [
        "`bailiwick task revoke`, `bailiwick grant revoke`, `bailiwick agent suspend`, `bailiwick agent offboard` and `bailiwick tenant stop` need no other yes and work while policy is broken",
        "effective: its event is appended, and nothing begins after it, on any node",
        "drained: every earlier act has ended or may not leave any more, and nothing leaves after it",
        "what was open and is not known stays charged, and is settled by what a person finds out",
    ] {
        page.item(&[line]);
    }
}
