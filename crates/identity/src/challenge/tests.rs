use super::*;
use crate::{bytes::from_base64url, testing::NOW};

const CODE: Aim = Aim::Enroll(Digest::new([8; 32]));

fn key() -> ChallengeKey {
    ChallengeKey::new(&[5; 32])
}

fn check(text: &str, aim: Aim, now: Micros) -> Result<(), ChallengeRefusal> {
    key().check(aim, &from_base64url(text.as_bytes()).unwrap(), now)
}

#[test]
fn a_challenge_is_known_again_until_it_ends_and_for_its_aim_alone() {
    for aim in [Aim::SignIn, CODE] {
        let text = key().draw(aim, [7; 16], NOW);
        assert_eq!(check(&text, aim, NOW), Ok(()));
        assert_eq!(check(&text, aim, NOW.after(CHALLENGE_LIFE).before(Span(1))), Ok(()));
        assert_eq!(check(&text, aim, NOW.after(CHALLENGE_LIFE)), Err(ChallengeRefusal::Late { seconds: 0 }));
        for other in [Aim::SignIn, CODE, Aim::Enroll(Digest::new([9; 32]))] {
            assert_eq!(check(&text, other, NOW).is_ok(), other == aim, "{aim:?} for {other:?}");
        }
    }
}

#[test]
fn another_tenants_challenge_and_any_changed_byte_are_unknown() {
    let good = from_base64url(key().draw(Aim::SignIn, [7; 16], NOW).as_bytes()).unwrap();
    let other = from_base64url(ChallengeKey::new(&[6; 32]).draw(Aim::SignIn, [7; 16], NOW).as_bytes()).unwrap();
    let changed = (0..good.len()).map(|at| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    });
    let made = [other, Vec::new(), good[1..].to_vec(), good[..good.len() - 1].to_vec(), [&good[..], &[0]].concat()];
    for bytes in changed.chain(made) {
        assert_eq!(key().check(Aim::SignIn, &bytes, NOW), Err(ChallengeRefusal::Unknown), "{bytes:02x?}");
    }
}

#[test]
fn the_challenge_of_a_statement_is_its_digest() {
    // NIST, SHA-256 of "abc"
    let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(statement_challenge(b"abc"), base64url(Digest::parse(digest).unwrap().bytes()));
}

#[test]
fn the_key_of_challenges_never_shows_in_debug() {
    assert_eq!(format!("{:?}", key()), "ChallengeKey");
}
