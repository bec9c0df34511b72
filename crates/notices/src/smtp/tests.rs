use super::*;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

fn from() -> MailAddress {
    MailAddress::parse("bailiwick@bank.example").unwrap()
}

fn read(url: &str, password: bool) -> Result<Smtp, BadSmtp> {
    Smtp::read(url, password.then(|| Zeroizing::new("pw".to_owned())), from(), None)
}

#[test]
fn a_mail_server_is_named_by_scheme_user_host_and_port() {
    let smtp = read("smtps://mail@bank.example@smtp.example", true).unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port), ("smtp.example", 465));
    assert!(matches!(smtp.tls, Tls::Wrapper(_)));
    let smtp = read("smtp://smtp.example", false).unwrap();
    assert_eq!((smtp.host.as_str(), smtp.port), ("smtp.example", 587));
    assert!(matches!(smtp.tls, Tls::Required(_)), "never in the clear over a network");
    let smtp = read("smtp://127.0.0.1:2525", false).unwrap();
    assert!(matches!((smtp.port, smtp.tls), (2525, Tls::None)));
    assert_eq!(read("smtp://[::1]:25", false).unwrap().port, 25);
}

#[test]
fn what_is_no_mail_server_is_refused_and_no_password_is_shown() {
    for url in ["smtp.example", "http://smtp.example", "smtps://", "smtps://a b", "smtps://h:99999", "smtps://h/x?y"] {
        assert!(matches!(read(url, false), Err(BadSmtp::Url(_))), "{url}");
    }
    assert_eq!(read("smtps://u:pw@h.example", true).unwrap_err(), BadSmtp::Password);
    assert_eq!(read("smtps://u@h.example", false).unwrap_err(), BadSmtp::Half);
    assert_eq!(read("smtps://h.example", true).unwrap_err(), BadSmtp::Half);
    assert!(!format!("{:?}", read("smtps://u@h.example", true).unwrap()).contains("pw"));
}

/// A server that answers a command that begins so with this, and everything else with a yes.
async fn server(no: &'static str, answer: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let said = heard.clone();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = BufReader::new(stream);
            stream.write_all(b"220 here\r\n").await.unwrap();
            let (mut line, mut data) = (String::new(), false);
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                let command = line.trim_end().to_owned();
                said.lock().unwrap().push(command.clone());
                let reply = match (data, command.as_str()) {
                    (true, ".") => Some("250 taken"),
                    (true, _) => None,
                    (_, command) if !no.is_empty() && command.starts_with(no) => Some(answer),
                    (_, "DATA") => Some("354 go on"),
                    _ => Some("250 yes"),
                };
                data = reply.is_none() || reply == Some("354 go on");
                if let Some(reply) = reply {
                    let _ = stream.write_all(format!("{reply}\r\n").as_bytes()).await;
                }
                line.clear();
            }
        }
    });
    (port, heard)
}

async fn sent(no: &'static str, answer: &'static str, url: impl Fn(u16) -> String) -> (Outcome, Vec<String>) {
    let (port, heard) = server(no, answer).await;
    let smtp = read(&url(port), false).unwrap();
    let to = MailAddress::parse("anna@bank.example").unwrap();
    let outcome = smtp.send(&to, "Subject: x\r\n\r\n.starts with a point\r\n").await;
    let heard = heard.lock().unwrap().clone();
    (outcome, heard)
}

fn near(port: u16) -> String {
    format!("smtp://127.0.0.1:{port}")
}

#[tokio::test]
async fn a_mail_is_handed_over_whole() {
    let (outcome, heard) = sent("", "", near).await;
    assert_eq!(outcome, Outcome::Taken);
    let has = |line: &str| heard.iter().any(|heard| heard == line);
    assert!(has("MAIL FROM:<bailiwick@bank.example>") && has("RCPT TO:<anna@bank.example>"), "{heard:?}");
    assert!(has("..starts with a point"), "RFC 5321 section 4.5.2: {heard:?}");
}

#[tokio::test]
async fn a_refused_address_is_given_up_and_a_busy_server_is_tried_again() {
    let (outcome, _) = sent("RCPT", "550 no such user", near).await;
    assert!(
        matches!(&outcome, Outcome::Never(why) if why.contains("550") || why.contains("no such user")),
        "{outcome:?}"
    );
    for mailbox in ["450 busy", "451 later", "452 full"] {
        let (outcome, _) = sent("RCPT", mailbox, near).await;
        assert!(matches!(outcome, Outcome::Later(_)), "others need not wait for it: {outcome:?}");
    }
    let (outcome, _) = sent("MAIL", "421 going down", near).await;
    assert!(matches!(outcome, Outcome::Again(_)), "{outcome:?}");
    let (outcome, _) = sent("MAIL", "530 who are you", near).await;
    assert!(matches!(outcome, Outcome::Again(_)), "the account can be mended: {outcome:?}");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let gone = read(&near(port), false).unwrap();
    assert!(matches!(gone.send(&from(), "x").await, Outcome::Again(_)));
}

#[tokio::test]
async fn nothing_is_said_in_the_clear_where_tls_must_be_had() {
    let (port, heard) = server("", "").await;
    let mut smtp = read("smtp://smtp.example", false).unwrap();
    (smtp.host, smtp.port) = ("127.0.0.1".to_owned(), port);
    assert!(matches!(smtp.send(&from(), "x").await, Outcome::Again(_)));
    let heard = heard.lock().unwrap().clone();
    assert!(heard.iter().all(|line| line.starts_with("EHLO") || line.starts_with("QUIT")), "{heard:?}");
}
