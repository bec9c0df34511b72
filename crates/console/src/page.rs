//! Which file answers which path, and what goes with it.

use http::{HeaderValue, Response, StatusCode, header};

/// What a page may do: its own scripts, its own style, its own `/v1`. Nobody frames it, no form leaves it, and a script
/// cannot make markup out of text (W3C Trusted Types).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      frame-ancestors 'none'; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'";
/// Passkeys are asked for by these pages alone, and nothing else of the machine.
const PERMISSIONS: &str = "publickey-credentials-create=(self), publickey-credentials-get=(self), camera=(), \
                           geolocation=(), microphone=(), clipboard-read=(), usb=(), payment=()";

/// Around each page: the same head, the same way about.
macro_rules! page {
    ($title:literal, $script:literal) => {
        concat!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>",
            $title,
            " · Bailiwick</title>\n<script type=\"module\" src=\"/console/",
            $script,
            ".js\"></script>\n",
            include_str!("../pages/shell.html"),
            "<h1>",
            $title,
            "</h1>\n",
            include_str!("../pages/end.html"),
        )
    };
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The id of a task or an approval in a path: which one, the page's script reads out of its own address.
fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn file(path: &str) -> Option<(&'static str, &'static str)> {
    Some(match path {
        "/" => (HTML, page!("Bailiwick", "home")),
        "/enroll" => (HTML, page!("Make a passkey", "enroll")),
        "/approvals" => (HTML, page!("Approvals", "approvals")),
        "/changes" => (HTML, page!("Changes", "changes")),
        "/break-glass" => (HTML, page!("Broken glass", "glass")),
        "/break-glass/open" => (HTML, page!("Break the glass", "break")),
        "/breakers" => (HTML, page!("Calls cut off", "breakers")),
        "/enforcement" => (HTML, page!("Enforcement", "enforcement")),
        "/tasks" => (HTML, page!("Tasks", "tasks")),
        "/start" => (HTML, page!("Start a task", "start")),
        "/console/style.css" => (STYLE, include_str!("../pages/style.css")),
        "/console/nothing.js" => (SCRIPT, include_str!("../pages/nothing.js")),
        "/console/kit.js" => (SCRIPT, include_str!("../pages/kit.js")),
        "/console/passkey.js" => (SCRIPT, include_str!("../pages/passkey.js")),
        "/console/consent.js" => (SCRIPT, include_str!("../pages/consent.js")),
        "/console/hold.js" => (SCRIPT, include_str!("../pages/hold.js")),
        "/console/settle.js" => (SCRIPT, include_str!("../pages/settle.js")),
        "/console/home.js" => (SCRIPT, include_str!("../pages/home.js")),
        "/console/enroll.js" => (SCRIPT, include_str!("../pages/enroll.js")),
        "/console/act.js" => (SCRIPT, include_str!("../pages/act.js")),
        "/console/approvals.js" => (SCRIPT, include_str!("../pages/approvals.js")),
        "/console/approval.js" => (SCRIPT, include_str!("../pages/approval.js")),
        "/console/changes.js" => (SCRIPT, include_str!("../pages/changes.js")),
        "/console/change.js" => (SCRIPT, include_str!("../pages/change.js")),
        "/console/second.js" => (SCRIPT, include_str!("../pages/second.js")),
        "/console/break.js" => (SCRIPT, include_str!("../pages/break.js")),
        "/console/glass.js" => (SCRIPT, include_str!("../pages/glass.js")),
        "/console/breakers.js" => (SCRIPT, include_str!("../pages/breakers.js")),
        "/console/enforcement.js" => (SCRIPT, include_str!("../pages/enforcement.js")),
        "/console/tasks.js" => (SCRIPT, include_str!("../pages/tasks.js")),
        "/console/task.js" => (SCRIPT, include_str!("../pages/task.js")),
        "/console/data.js" => (SCRIPT, include_str!("../pages/data.js")),
        "/console/start.js" => (SCRIPT, include_str!("../pages/start.js")),
        _ => match path.strip_prefix('/').and_then(|path| path.split_once('/'))? {
            ("approvals", id) if is_id(id) => (HTML, page!("Approval", "approval")),
            ("changes", id) if is_id(id) => (HTML, page!("Change", "change")),
            ("tasks", id) if is_id(id) => (HTML, page!("Task", "task")),
            ("tasks", rest) if rest.strip_suffix("/data").is_some_and(is_id) => (HTML, page!("Data of a task", "data")),
            _ => return None,
        },
    })
}

/// The answer to a GET of this path; `None` where there is no page.
pub fn page(path: &str) -> Option<Response<&'static [u8]>> {
    file(path).map(|file| answered(StatusCode::OK, file))
}

/// The answer to a browser that asks for a page that is not there.
pub fn no_page() -> Response<&'static [u8]> {
    answered(StatusCode::NOT_FOUND, (HTML, page!("There is no such page", "nothing")))
}

fn answered(status: StatusCode, (kind, text): (&'static str, &'static str)) -> Response<&'static [u8]> {
    let mut response = Response::new(text.as_bytes());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // A page of yesterday's node does not meet today's `/v1`.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert("permissions-policy", HeaderValue::from_static(PERMISSIONS));
    response
}

#[cfg(test)]
mod tests;
