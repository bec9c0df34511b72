use super::*;
use crate::notice::About;
use crate::testing::{happened, log};
use bailiwick_core::{Micros, Occasion, TaskId};

const AT: Micros = Micros(1_790_000_000_000_000);

fn address(text: &str) -> MailAddress {
    MailAddress::parse(text).unwrap()
}

#[test]
fn a_mail_is_plain_words_ids_and_a_link_that_says_what_it_cannot_do() {
    let mut happened = happened(7, AT);
    happened.occasion = Occasion::ApprovalAsked;
    happened.approval = Some("ab12".to_owned());
    let notice = Notice::new(log(), "r", happened);
    let message = message(&address("bailiwick@bank.example"), &address("anna@bank.example"), &notice);
    let (head, body) = message.split_once("\r\n\r\n").unwrap();
    let expected = format!(
        "From: Bailiwick <bailiwick@bank.example>\r\nTo: <anna@bank.example>\r\n\
         Subject: Bailiwick: an approval is asked for\r\nDate: Mon, 21 Sep 2026 14:13:20 +0000\r\n\
         Message-ID: <{}@bank.example>\r\nAuto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=us-ascii",
        notice.id
    );
    assert_eq!(head, expected);
    assert!(body.starts_with("An approval is asked for.\r\n\r\nwhen: 2026-09-21T14:13:20Z\r\n"), "{body}");
    assert!(body.contains("https://bailiwick.example/approvals/ab12\r\nOpening this link changes nothing."), "{body}");
}

#[test]
fn no_value_makes_a_header_or_a_line_of_its_own() {
    let mut happened = happened(7, AT);
    happened.facts.insert("agent", "x\r\nBcc: eve@evil.example\r\n\r\n.\r\n\u{202e}ä".to_owned());
    let notice = Notice::new(log(), "r", happened);
    let message = message(&address("b@bank.example"), &address("anna@bank.example"), &notice);
    assert!(message.is_ascii());
    assert!(message.contains("agent: x??Bcc: eve@evil.example????.????\r\n"), "{message}");
    assert!(message.split("\r\n").all(|line| !line.contains(['\r', '\n']) && !line.starts_with("Bcc")), "{message}");
}

#[test]
fn of_a_window_that_closes_a_mail_says_how_it_is_renewed_and_where() {
    let task = TaskId::new([9; 16]);
    let mut happened = happened(7, AT);
    (happened.occasion, happened.about) = (Occasion::TaskEnding, About::Task(task));
    let message =
        message(&address("b@bank.example"), &address("anna@bank.example"), &Notice::new(log(), "r", happened));
    assert!(message.contains("Subject: Bailiwick: a task will end soon\r\n"), "{message}");
    for told in [format!(": bailiwick task renew {task}\r\n"), format!(": https://bailiwick.example/tasks/{task}\r\n")]
    {
        assert!(message.contains(&told), "{told} is not in {message}");
    }
}
