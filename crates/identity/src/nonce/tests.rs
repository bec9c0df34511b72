use super::*;
use crate::testing::{NODE, NOW, nonces};

/// The first moment of the window that `NOW` is in.
const START: Micros = Micros(NOW.0 - NOW.0 % NONCE_WINDOW.0);

#[test]
fn a_nonce_is_good_in_its_window_and_the_next_at_every_node_of_the_tenant() {
    let text = nonces().issue(NODE, START);
    assert_eq!(text, nonces().issue(NODE, START.after(NONCE_WINDOW).before(Span(1))), "one nonce a window");
    for (now, want) in [
        (START.before(Span(1)), Err(NonceRefusal::Ahead)),
        (START, Ok(NODE)),
        (START.after(Span(2 * NONCE_WINDOW.0 - 1)), Ok(NODE)),
        (START.after(Span(2 * NONCE_WINDOW.0)), Err(NonceRefusal::Old { windows: 2 })),
        (START.after(Span(9 * NONCE_WINDOW.0)), Err(NonceRefusal::Old { windows: 9 })),
    ] {
        assert_eq!(nonces().read(&text, now).map(|nonce| nonce.node()), want, "{now:?}");
    }
}

#[test]
fn a_nonce_says_which_node_gave_it() {
    for node in [NodeId(0), NODE, NodeId(u64::MAX)] {
        assert_eq!(nonces().read(&nonces().issue(node, NOW), NOW).unwrap().node(), node);
    }
}

#[test]
fn another_tenants_nonce_and_an_altered_one_are_unknown() {
    let other = NonceKey::new(&[4; 32]).issue(NODE, NOW);
    let good = nonces().issue(NODE, NOW);
    let altered = (0..good.len()).map(|at| {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).unwrap()
    });
    let made = [other, String::new(), format!("{good}A"), format!("{good}="), good.chars().skip(1).collect()];
    for text in altered.chain(made) {
        assert_eq!(nonces().read(&text, NOW), Err(NonceRefusal::Unknown), "{text}");
    }
}

#[test]
fn the_key_of_nonces_never_shows_in_debug() {
    assert_eq!(format!("{:?}", nonces()), "NonceKey");
}
