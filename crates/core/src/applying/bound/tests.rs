use super::*;
use crate::json::Limits;

fn said(name: &str, part: &str) -> String {
    words(name, &Json::parse(part.as_bytes(), &Limits::default()).unwrap())
}

#[test]
fn each_role_of_an_argument_is_told_in_words() {
    for (how, told) in [
        (r#"{"kind":"content"}"#, "`/x` is read (content)"),
        (r#"{"kind":"text","role":"harmless"}"#, "`/x` does not matter and is not read"),
        (r#"{"role":"idempotency"}"#, "`/x` names the act: the same again is not done twice"),
        (
            r#"{"kind":"iban","role":"destination","group":"payee","zone":"bank"}"#,
            "`/x` says where it sends (iban), in zone bank, together with others of `payee`",
        ),
        (r#"{"kind":"id:payment","role":"resource"}"#, "`/x` says what it is about (id:payment)"),
        (r#"{"role":"measure","currency_at":"/c"}"#, "`/x` says how much of the currency at `/c`"),
        (r#"{"role":"measure","currency":"EUR","minor":true}"#, "`/x` says how much of EUR, in its smallest coin"),
    ] {
        assert_eq!(said("arguments", &format!(r#"{{"/x":{how}}}"#)), told);
    }
}

#[test]
fn what_an_argument_points_to_is_told_with_how_it_is_read() {
    let part =
        r#"[{"at":"/d","read":{"tool":"get","arguments":{"/id":"/d"},"version":"/etag","show":["/to"]},"send":"/v"}]"#;
    assert_eq!(
        said("referents", part),
        "`/d` points to what `get` reads, with `/id` of `/d`, whose version stands at `/etag`, and people are shown `/to`; \
         the version goes along as `/v`"
    );
}

#[test]
fn what_a_result_gives_back_is_told_with_the_value_that_does() {
    let part = r#"{"not_done":[{"at":"/status","equals":"rejected"}],"measured":[{"at":"/n","unit":"records"}],
        "values":[{"at":"/id","kind":"id:payment","trusted":true}]}"#;
    let told = said("result", part);
    for words in [
        "a result whose `/status` is \"rejected\" gives back what was reserved",
        "the result's `/n` says what it came to, of records",
        "the result's `/id` (id:payment) is remembered, which nobody outside can write",
    ] {
        assert!(told.contains(words), "{told}");
    }
    assert_eq!(
        said("measures", r#"[{"unit":"calls"},{"unit":"bytes","after":true}]"#),
        "one of calls a call; bytes by the size of the result"
    );
    assert_eq!(said("classes", r#"["payments"]"#), "brings data of class payments");
    assert_eq!(said("unchecked", r#"["/a"]"#), "`/a` is not checked");
}

#[test]
fn how_a_doubt_is_settled_by_the_record_is_told_with_each_word_that_does() {
    let part = r#"{"tool":"find","arguments":{"/reference":"/key"},"done":[{"at":"/status","equals":"booked"}],
        "not_done":[{"at":"/status","equals":"rejected"}],"measured":[{"at":"/n","currency":"EUR"}]}"#;
    assert_eq!(
        said("outcome", part),
        "what is in doubt is settled by what `find` reads, with `/reference` of `/key`; there `/status` of \"booked\" says \
         that it was done; there `/status` of \"rejected\" gives back what was reserved; there `/n` says what it came to, of EUR"
    );
}

#[test]
fn what_has_no_words_is_written_as_it_stands() {
    for (name, part) in [
        ("arguments", r#"{"/x":{"kind":"iban","more":1}}"#),
        ("result", r#"{"later":[{"at":"/x"}]}"#),
        ("arguments", "{}"),
        ("other", "[1]"),
    ] {
        assert_eq!(said(name, part), format!("`{part}`"));
    }
}
