//! What stands at the other end is a double here: a socket that says these bytes, and no OPA.

use super::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Says this to whoever asks, in parts, and gives what it was asked. It hangs past the last part when told to.
async fn double(parts: Vec<Vec<u8>>, hangs: bool) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = vec![0; 4096];
        let read = stream.read(&mut heard).await.unwrap();
        for part in parts {
            if stream.write_all(&part).await.is_err() {
                break;
            }
        }
        if hangs {
            std::future::pending::<()>().await;
        }
        String::from_utf8_lossy(heard.get(..read).unwrap()).into_owned()
    });
    (url, heard)
}

fn at(url: &str, more: &str) -> Outside {
    serde_json::from_str(&format!(r#"{{"url":"{url}","path":"authz/agents"{more}}}"#)).unwrap()
}

async fn said(answer: impl Into<Vec<u8>>) -> Result<Vec<u8>, String> {
    let (url, _heard) = double(vec![answer.into()], false).await;
    OverHttp::new().reach(&at(&url, ""), "{}".to_owned()).await
}

#[tokio::test]
async fn one_question_is_one_post_to_its_document_and_the_body_is_the_answer() {
    let (url, heard) = double(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}".to_vec()], false).await;
    let answer = OverHttp::new().reach(&at(&url, ""), r#"{"input":1}"#.to_owned()).await;
    assert_eq!(answer.unwrap(), b"{}");
    let heard = heard.await.unwrap();
    assert!(
        heard.starts_with("POST /v1/data/authz/agents?provenance=true&strict-builtin-errors=true HTTP/1.1\r\n"),
        "{heard}"
    );
    assert!(heard.ends_with(r#"{"input":1}"#) && heard.contains("content-type: application/json"), "{heard}");
}

#[tokio::test]
async fn what_is_no_200_of_bounded_size_is_no_answer() {
    for (answer, part) in [
        ("HTTP/1.1 500 Oops\r\nContent-Length: 6\r\n\r\nsecret", "`500`"),
        ("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\nContent-Length: 0\r\n\r\n", "`302`"),
        ("HTTP/1.1 204 No\r\n\r\n", "`204`"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{", "broke off"),
        ("secret nonsense\r\n\r\n", "broke off"),
        ("", "broke off"),
    ] {
        let why = said(answer).await.unwrap_err();
        assert!(why.contains(part) && !why.contains("secret"), "{answer}: {why}");
    }
    let size = ENGINE_ANSWER_BYTES_MAX + 1;
    let long = format!("HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n{}", "x".repeat(size));
    assert!(said(long).await.unwrap_err().contains("over"));
    let head = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(HEAD_BYTES_MAX * 2));
    assert!(said(head).await.is_err(), "a head without end");
}

#[tokio::test]
async fn an_engine_that_hangs_is_left_and_one_that_is_not_there_is_told_so() {
    let (url, _heard) = double(vec![b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{".to_vec()], true).await;
    let outside = at(&url, "");
    let engines = OverHttp::new();
    let asked = engines.reach(&outside, "{}".to_owned());
    assert!(tokio::time::timeout(Duration::from_millis(50), asked).await.is_err());
    assert_eq!(engines.room.available_permits(), AT_ONCE_MAX, "it holds no place");
    let gone = at("http://127.0.0.1:1", "");
    assert!(OverHttp::new().reach(&gone, String::new()).await.unwrap_err().contains("not reached"));
    let gone = at("unix:/nowhere/opa.sock", "");
    assert!(OverHttp::new().reach(&gone, String::new()).await.unwrap_err().contains("not reached"));
}

#[tokio::test]
async fn an_authority_that_is_none_is_told() {
    for pem in ["PEM", "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n"] {
        let outside = at("https://localhost:1", &format!(r#","ca":"{pem}""#));
        let why = OverHttp::new().reach(&outside, String::new()).await.unwrap_err();
        assert!(why.contains("`ca`"), "{pem}: {why}");
    }
}
