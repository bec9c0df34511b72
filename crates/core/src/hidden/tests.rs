use super::*;
use crate::sha256;

#[test]
fn what_stands_for_a_secret_is_known_by_its_whole_form() {
    let stands = hidden(&sha256(b"hunter2"));
    assert!(is_hidden(&stands), "{stands}");
    assert_eq!(hidden_words(&stands).as_deref(), Some("a secret, not kept"), "and no digit of it");
    let short = stands.get(..stands.len() - 1).unwrap();
    for other in
        ["hunter2", "hmac-sha256:", "hmac-sha256:hunter2", short, &stands.to_uppercase(), &format!("{stands} ")]
    {
        assert!(!is_hidden(other) && hidden_words(other).is_none(), "{other}");
    }
}
