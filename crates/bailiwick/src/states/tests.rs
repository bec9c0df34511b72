use super::*;

const KEY: [u8; 32] = [7; 32];

fn of(task: u8, grant: &[u8]) -> State {
    let mut key = KEY;
    State::new(Secret::take(&mut key), TenantId::new([1; 16]), StreamId::new([task; 16]), grant)
}

#[test]
fn a_state_opens_for_its_own_grant_until_it_is_too_old_and_only_whole() {
    let (own, now) = (of(2, b"g"), Micros(5_000_000));
    let sealed = own.seal(b"what was asked", now).unwrap();
    let text = String::from_utf8_lossy(sealed.as_bytes()).into_owned();
    assert!(!text.contains("asked"), "nothing of it can be read");
    assert_eq!(own.open(&sealed, now).unwrap(), b"what was asked");
    let last = Micros(now.after(LIVES).0 - 1);
    assert_eq!(own.open(&sealed, last).unwrap(), b"what was asked");
    assert_eq!(own.open(&sealed, now.after(LIVES)), None, "too old");
    assert_eq!(of(2, b"h").open(&sealed, now), None, "another grant's");
    assert_eq!(of(3, b"g").open(&sealed, now), None, "another task's");
    assert_eq!(State::of_session("s").open(&sealed, now), None, "another key's");
    for other in [format!("{sealed}-TAMPERED"), sealed.replacen('A', "B", 1) + "A", String::new(), "A".into()] {
        assert_eq!(own.open(&other, now), None, "{other}");
    }
    for at in 0..sealed.len() {
        let mut bytes = sealed.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        // the bits that the last letter does not use are refused by the decoder
        assert_eq!(own.open(&changed, now), None, "changed at {at}");
    }
}

#[test]
fn sessions_with_other_secrets_do_not_open_each_others_states() {
    let now = Micros(1);
    let sealed = State::of_session("one").seal(b"x", now).unwrap();
    assert!(State::of_session("one").open(&sealed, now).is_some());
    assert!(State::of_session("two").open(&sealed, now).is_none());
}
