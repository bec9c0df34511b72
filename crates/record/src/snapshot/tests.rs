use super::*;

const STATE: &[u8] = b"{\"charged\":\"499.00\"}";

fn key(byte: u8) -> Secret {
    Secret::take(&mut [byte; 32])
}

fn place() -> SnapshotPlace {
    let (tenant, stream) = (TenantId::new([1; 16]), StreamId::new([2; 16]));
    SnapshotPlace { tenant, stream, seq: 1_000, head: Digest::new([3; 32]), epoch: 1, fold: 1 }
}

fn sealed() -> Vec<u8> {
    place().seal(&key(9), STATE.to_vec()).unwrap()
}

#[test]
fn a_state_opens_at_its_own_place_and_at_no_other() {
    assert_eq!(place().open(&key(9), &sealed()).unwrap().as_slice(), STATE);
    let others = [
        SnapshotPlace { tenant: TenantId::new([7; 16]), ..place() },
        SnapshotPlace { stream: StreamId::new([7; 16]), ..place() },
        SnapshotPlace { seq: 2_000, ..place() },
        SnapshotPlace { head: Digest::new([7; 32]), ..place() },
        SnapshotPlace { epoch: 2, ..place() },
        SnapshotPlace { fold: 2, ..place() },
    ];
    for other in others {
        assert_eq!(other.open(&key(9), &sealed()), Err(SealError::NotOurs), "{other:?}");
    }
    assert_eq!(place().open(&key(8), &sealed()), Err(SealError::NotOurs));
}

#[test]
fn no_byte_of_a_sealed_state_can_be_changed_added_or_left_out() {
    let whole = sealed();
    for at in 0..whole.len() {
        let mut bad = whole.clone();
        bad[at] ^= 1;
        assert!(place().open(&key(9), &bad).is_err(), "byte {at} was changed");
        assert!(place().open(&key(9), &whole[..at]).is_err(), "cut at {at}");
    }
    assert!(place().open(&key(9), &[whole.as_slice(), b"0"].concat()).is_err());
}

#[test]
fn nothing_of_the_state_can_be_read_and_two_states_share_no_key() {
    let whole = sealed();
    assert!(!whole.windows(7).any(|part| STATE.windows(7).any(|clear| clear == part)));
    assert_eq!(whole, sealed(), "the same state is the same bytes");
    let other = place().seal(&key(9), b"{\"charged\":\"000.00\"}".to_vec()).unwrap();
    let same = whole.iter().zip(&other).filter(|(one, other)| one == other).count();
    assert!(same < 10, "{same} bytes are the same: one key stream was used twice");
}
