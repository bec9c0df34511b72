use super::*;
use std::time::Duration;

const BOUNDS: Bounds = Bounds { all: 8, each: 4 };

fn peer(n: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, n])
}

/// Whether a connection was told to go.
async fn wanted(seat: &Seat) -> bool {
    tokio::time::timeout(Duration::ZERO, seat.wanted()).await.is_ok()
}

#[tokio::test]
async fn one_peer_has_its_share_and_leaves_the_others_theirs() {
    let seats = Seats::new(BOUNDS);
    let busy = |seat: &Arc<Seat>| {
        seat.proven();
        seat.busy()
    };
    let own: Vec<_> = (0..4).map(|_| seats.take(peer(1)).unwrap()).collect();
    let under_way: Vec<_> = own.iter().map(busy).collect();
    assert!(seats.take(peer(1)).is_none(), "all it has are in use");
    let other = seats.take(peer(2)).expect("another peer's share");
    drop((under_way, own));
    assert!(seats.take(peer(1)).is_some());
    assert!(!wanted(&other).await);
}

#[tokio::test]
async fn the_oldest_that_proved_nothing_makes_room_and_what_is_in_use_never_does() {
    let seats = Seats::new(BOUNDS);
    let at_work = seats.take(peer(1)).unwrap();
    at_work.proven();
    let call = at_work.busy();
    let idle = seats.take(peer(1)).unwrap();
    idle.proven();
    let strangers = [seats.take(peer(1)).unwrap(), seats.take(peer(1)).unwrap()];
    // one that sends a body for ever has proved nothing either
    let _slow = strangers[0].busy();
    let next = seats.take(peer(1)).unwrap();
    assert!(wanted(&strangers[0]).await && !wanted(&strangers[1]).await);
    next.proven();
    strangers[1].proven();
    let _last = seats.take(peer(1)).unwrap();
    assert!(wanted(&idle).await && !wanted(&at_work).await, "the one that is idle longest");
    drop(call);
}

#[tokio::test]
async fn strangers_of_many_addresses_keep_nobody_out() {
    let seats = Seats::new(BOUNDS);
    let strangers: Vec<_> = (10..18).map(|n| seats.take(peer(n)).unwrap()).collect();
    let came = seats.take(peer(1)).expect("a stranger makes room");
    came.proven();
    assert!(wanted(&strangers[0]).await);
    for n in 20..120 {
        drop(seats.take(peer(n)));
    }
    assert!(!wanted(&came).await, "who proved itself stays");
    drop((strangers, came));
    tokio::time::timeout(Duration::from_secs(5), seats.empty()).await.unwrap();
}

#[test]
fn addresses_of_one_prefix_share() {
    let seats = Seats::new(Bounds { all: 8, each: 1 });
    let first = seats.take("2001:db8:1:2::1".parse().unwrap()).unwrap();
    first.proven();
    let _call = first.busy();
    assert!(seats.take("2001:db8:1:2::2".parse().unwrap()).is_none());
    assert!(seats.take("2001:db8:1:3::1".parse().unwrap()).is_some());
}
