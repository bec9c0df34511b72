use super::*;
use crate::testing::NOW;

const ID: Salt = Salt::new([3; 16]);
const EPOCH: u32 = 4;

fn key() -> SessionKey {
    SessionKey::new(&[5; 32])
}

fn ada() -> PersonId {
    PersonId::parse("ada@example.com").unwrap()
}

fn begun() -> (PersonSession, String) {
    key().begin(ada(), "Y3JlZA", EPOCH, ID, NOW)
}

#[test]
fn every_node_of_the_tenant_reads_who_signed_in_and_by_what() {
    let (session, cookie) = begun();
    let read = key().read(&cookie, EPOCH, NOW).unwrap();
    assert_eq!(read, session);
    assert_eq!((read.person(), read.credential(), read.id(), read.issued()), (&ada(), "Y3JlZA", ID, NOW));
    assert!(cookie.len() < 4096, "browsers keep no longer cookies");
    let longest = PersonId::parse(&"a".repeat(128)).unwrap();
    let (session, cookie) = key().begin(longest, &"A".repeat(1364), EPOCH, ID, NOW);
    assert!(cookie.len() < 4096);
    assert_eq!(key().read(&cookie, EPOCH, NOW), Ok(session));
}

#[test]
fn a_session_ends_idle_or_after_its_whole_life_whichever_comes_first() {
    let (session, cookie) = begun();
    assert_eq!(session.expires(), NOW.after(SESSION_IDLE));
    assert!(key().read(&cookie, EPOCH, session.expires().before(Span(1))).is_ok());
    assert_eq!(key().read(&cookie, EPOCH, session.expires()), Err(SessionRefusal::Idle));
    // a busy person: renewed as often as can be
    let (mut cookie, mut now, mut renewals) = (cookie, NOW, 0);
    let over = loop {
        now = now.after(Span::minutes(1));
        match key().read(&cookie, EPOCH, now) {
            Ok(read) => {
                assert_eq!((read.id(), read.issued()), (ID, NOW), "a renewal changes neither");
                assert!(read.expires() <= NOW.after(SESSION_LIFE));
                if let Some(next) = key().renew(&read, now) {
                    cookie = next;
                    renewals += 1;
                }
            }
            Err(refusal) => break refusal,
        }
    };
    assert_eq!((over, now), (SessionRefusal::Over, NOW.after(SESSION_LIFE)));
    assert_eq!(renewals, 159, "every three minutes of eight hours");
}

#[test]
fn a_young_cookie_is_not_renewed() {
    let (session, _) = begun();
    assert_eq!(key().renew(&session, NOW.after(SESSION_RENEW).before(Span(1))), None);
    assert!(key().renew(&session, NOW.after(SESSION_RENEW)).is_some());
}

#[test]
fn another_epoch_ends_every_session() {
    let (_, cookie) = begun();
    for epoch in [EPOCH - 1, EPOCH + 1] {
        assert_eq!(key().read(&cookie, epoch, NOW), Err(SessionRefusal::OtherEpoch));
    }
}

#[test]
fn another_tenants_cookie_and_any_changed_character_are_unknown() {
    let (_, good) = begun();
    let other = SessionKey::new(&[6; 32]).begin(ada(), "Y3JlZA", EPOCH, ID, NOW).1;
    let changed = (0..good.len()).map(|at| {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    });
    let made = [
        other,
        String::new(),
        format!("{good}A"),
        format!("{good}="),
        "A".repeat(9_000),
        good.chars().skip(4).collect(),
    ];
    for cookie in changed.chain(made) {
        assert_eq!(key().read(&cookie, EPOCH, NOW), Err(SessionRefusal::Unknown), "{cookie}");
    }
}

#[test]
fn a_challenge_and_a_session_of_one_secret_are_not_each_other() {
    let drawn = crate::ChallengeKey::new(&[5; 32]).draw(crate::Aim::SignIn, [7; 16], NOW);
    assert_eq!(key().read(&drawn, EPOCH, NOW), Err(SessionRefusal::Unknown));
}

#[test]
fn the_key_of_sessions_never_shows_in_debug() {
    assert_eq!(format!("{:?}", key()), "SessionKey");
}
