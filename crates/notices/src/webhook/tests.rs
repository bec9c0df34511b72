use super::*;
use crate::testing::{happened, log};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NOW: Micros = Micros(1_790_000_000_000_000);

/// An endpoint that answers each request with these bytes.
async fn endpoint(answer: &'static str) -> (Webhook, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?x=1", listener.local_addr().unwrap());
    let heard = Arc::new(Mutex::new(Vec::new()));
    let said = heard.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            while !bytes.ends_with(b"}") {
                if stream.read_buf(&mut bytes).await.unwrap_or(0) == 0 {
                    break;
                }
            }
            said.lock().unwrap().push(String::from_utf8_lossy(&bytes).into_owned());
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    (Webhook { url, secret: "secret:x".to_owned(), private: true }, heard)
}

fn secret() -> SigningSecret {
    SigningSecret::read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap()
}

async fn sent(answer: &'static str) -> (Outcome, Vec<String>) {
    let (webhook, heard) = endpoint(answer).await;
    let outcome = send(&webhook, &secret(), &Notice::new(log(), "r", happened(7, NOW)), NOW).await;
    let heard = heard.lock().unwrap().clone();
    (outcome, heard)
}

#[tokio::test]
async fn a_request_carries_id_time_and_signature_of_its_body() {
    let (outcome, heard) = sent("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(outcome, Outcome::Taken);
    let (head, body) = heard[0].split_once("\r\n\r\n").unwrap();
    let notice = Notice::new(log(), "r", happened(7, NOW));
    let signed = secret().sign(&notice.id, 1_790_000_000, body.as_bytes());
    assert!(head.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{head}");
    for line in [
        format!("webhook-id: {}", notice.id),
        "webhook-timestamp: 1790000000".to_owned(),
        format!("webhook-signature: {signed}"),
        "content-type: application/json".to_owned(),
    ] {
        assert!(head.split("\r\n").any(|heard| heard == line), "{line}: {head}");
    }
    assert_eq!(body.as_bytes(), notice.body());
}

#[tokio::test]
async fn a_redirect_is_followed_by_nobody() {
    let (outcome, heard) = sent("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:1/\r\n\r\n").await;
    assert_eq!((outcome, heard.len()), (Outcome::Again("it answered `307`".to_owned()), 1));
}

#[test]
fn a_yes_alone_is_a_yes() {
    for (status, outcome) in
        [(200, 0), (299, 0), (400, 2), (410, 2), (422, 2), (301, 1), (401, 1), (404, 1), (429, 1), (500, 1)]
    {
        let judged = judged(StatusCode::from_u16(status).unwrap());
        let found = match judged {
            Outcome::Taken => 0,
            Outcome::Again(_) | Outcome::Later(_) => 1,
            Outcome::Never(_) => 2,
        };
        assert_eq!(found, outcome, "{status}");
    }
}

#[tokio::test]
async fn an_answer_without_end_or_of_no_sense_is_a_failed_try_and_bounded() {
    for answer in ["", "HTTP/1.1 200", "nonsense\r\n\r\n"] {
        let (outcome, _) = sent(answer).await;
        assert!(matches!(outcome, Outcome::Again(_)), "{answer}: {outcome:?}");
    }
    let long: &'static str =
        Box::leak(format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(64 << 10)).into_boxed_str());
    assert!(matches!(sent(long).await.0, Outcome::Again(_)));
}

#[tokio::test(start_paused = true)]
async fn a_place_that_never_answers_is_waited_for_ten_seconds() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let webhook = Webhook { url, secret: "secret:x".to_owned(), private: true };
    let outcome = send(&webhook, &secret(), &Notice::new(log(), "r", happened(7, NOW)), NOW).await;
    assert_eq!(outcome, Outcome::Again("no answer within 10 s".to_owned()));
}

#[tokio::test]
async fn nothing_is_sent_to_an_inner_address_that_the_rule_does_not_name_private() {
    let (webhook, heard) = endpoint("HTTP/1.1 200 OK\r\n\r\n").await;
    let webhook = Webhook { private: false, ..webhook };
    let outcome = send(&webhook, &secret(), &Notice::new(log(), "r", happened(7, NOW)), NOW).await;
    assert!(matches!(&outcome, Outcome::Again(why) if why.contains("nothing is sent")), "{outcome:?}");
    assert!(heard.lock().unwrap().is_empty());
}
