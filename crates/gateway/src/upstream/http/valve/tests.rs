use super::*;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

fn gated(room: usize) -> (Gated<DuplexStream>, DuplexStream) {
    let (stream, theirs) = tokio::io::duplex(room);
    (Gated { stream, valve: Valve::default() }, theirs)
}

fn ticket(within: Duration) -> Arc<Ticket> {
    Ticket::new(Boot::now().after(within))
}

#[tokio::test]
async fn what_has_left_cannot_be_taken_back() {
    let (mut gated, mut theirs) = gated(64);
    gated.write_all(b"handshake").await.unwrap();
    let ticket = ticket(Duration::from_secs(9));
    gated.valve.carry(&ticket);
    assert!(!ticket.has_left(), "what is written before a request is not the request");
    gated.write_all(b"request").await.unwrap();
    assert!(ticket.has_left() && !ticket.withdraw());
    let mut bytes = [0; 16];
    theirs.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"handshakerequest");
}

#[tokio::test]
async fn what_is_taken_back_does_not_leave() {
    for taken_back in [true, false] {
        let (mut gated, mut theirs) = gated(64);
        let ticket = ticket(if taken_back { Duration::from_secs(9) } else { Duration::ZERO });
        gated.valve.carry(&ticket);
        if taken_back {
            assert!(ticket.withdraw());
        }
        gated.write_all(b"request").await.unwrap_err();
        assert!(ticket.withdraw() && !ticket.has_left());
        drop(gated);
        let mut bytes = Vec::new();
        theirs.read_to_end(&mut bytes).await.unwrap();
        assert_eq!(bytes, b"");
    }
}

#[tokio::test]
async fn a_write_that_waits_has_not_left() {
    let (mut gated, _theirs) = gated(4);
    gated.write_all(b"full").await.unwrap();
    let ticket = ticket(Duration::from_secs(9));
    gated.valve.carry(&ticket);
    tokio::time::timeout(Duration::from_millis(20), gated.write_all(b"request")).await.unwrap_err();
    assert!(!ticket.has_left() && ticket.withdraw());
}
