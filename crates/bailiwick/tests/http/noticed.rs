//! Who hears of what: a rule's webhook is called by the real node when somebody is asked for a yes, and when the glass is broken.

use super::Plain;
use super::approved::{asked, call, node};
use super::breakglass::EMERGENCY;
use super::changes::{number, signs};
use super::people::{Browser, json, text};
use bailiwick_core::json::Json;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long a notice may take: only a failure waits so long.
const LONG: Duration = Duration::from_secs(120);

/// Takes what is posted to it, and says that it did; its port, and what came.
fn receiver() -> (u16, Receiver<Json>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (told, heard) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut line, mut length) = (String::new(), 0);
            while stream.read_line(&mut line).unwrap() > 2 {
                if let Some(bytes) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = bytes.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            stream.get_mut().write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").unwrap();
            if told.send(json(&String::from_utf8(body).unwrap())).is_err() {
                return;
            }
        }
    });
    (port, heard)
}

#[test]
fn a_webhook_is_told_of_who_is_asked_and_of_an_override() {
    let (node, task) = node();
    let (port, heard) = receiver();
    node.documents(&format!(
        "{{kind: rule, name: hook, notify: {{on: [approval.asked, breakglass.opened], \
         webhook: {{url: \"http://127.0.0.1:{port}/\", secret: \"secret:hook\", private: true}}}}}}"
    ));
    node.documents(EMERGENCY);
    let (bert, _) = Browser::of(&node, "bert", "boss");
    let (rita, ritas) = Browser::of(&node, "rita", "break-glass");
    let (_ann, _) = Browser::of(&node, "ann", "administrator");
    let mut helper = Plain::start(&node);
    let waits = asked(&helper.ask(&call(1, "one__pid")));
    let notice = heard.recv_timeout(LONG).unwrap();
    assert_eq!(text(&notice, "type"), "approval.asked", "{}", notice.canonical());
    let link = text(notice.get("data").unwrap(), "link");
    assert!(link.ends_with(&format!("/approvals/{waits}")), "where it is answered: {link}");
    assert!(!notice.canonical().contains("one/pid"), "what is asked stands behind the sign-in: {}", notice.canonical());
    assert!(bert.ask("GET", link.strip_prefix(&format!("http://{}", bert.host)).unwrap(), "").status() < 400);

    let body = format!(
        r#"{{"task":"{task}","template":"emergency","incident":"INC-7","reason":"the boss is away","minutes":5}}"#
    );
    let proposed = rita.ask("POST", "/v1/break-glass", &body).json();
    let id = number(proposed.get("proposed").unwrap_or_else(|| panic!("{}", proposed.canonical())), "id");
    signs(&rita, &ritas, id);
    let notice = heard.recv_timeout(LONG).unwrap();
    assert_eq!(text(&notice, "type"), "breakglass.opened", "{}", notice.canonical());
    let data = notice.get("data").unwrap();
    assert_eq!((text(data, "by"), text(data, "task")), ("rita", task.to_string().as_str()));
    helper.close();
}
