use super::*;

fn happened(leaf: u64) -> Happened {
    Happened {
        occasion: Occasion::ApprovalAsked,
        about: About::Tenant,
        leaf,
        at: Micros(1_790_000_000_123_456),
        until: Some(Micros(1_790_000_600_000_000)),
        approval: Some("ab12".to_owned()),
        request: None,
        facts: BTreeMap::from([("effect", "transfer".to_owned())]),
    }
}

const LOG: Log<'static> = Log { origin: "bailiwick.local/1", epoch: 1, public_url: Some("https://bailiwick.example/") };

#[test]
fn an_id_is_the_same_for_the_same_and_another_for_anything_else() {
    let id = |log: Log<'_>, rule: &str, leaf: u64| Notice::new(log, rule, happened(leaf)).id;
    let first = id(LOG, "a", 7);
    assert_eq!(first, id(LOG, "a", 7));
    assert_eq!(first.len(), 36);
    let others = [
        id(LOG, "b", 7),
        id(LOG, "a", 8),
        id(Log { epoch: 2, ..LOG }, "a", 7),
        id(Log { origin: "bailiwick.local/2", ..LOG }, "a", 7),
    ];
    assert!(others.iter().all(|other| *other != first), "a restored log gives its numbers out again");
}

#[test]
fn the_body_is_what_standard_webhooks_says_and_holds_nothing_else() {
    let notice = Notice::new(LOG, "a", happened(7));
    let expected = concat!(
        r#"{"data":{"approval":"ab12","effect":"transfer","event":7,"#,
        r#""link":"https://bailiwick.example/approvals/ab12","not_after":"2026-09-21T14:23:20Z"},"#,
        r#""timestamp":"2026-09-21T14:13:20Z","type":"approval.asked"}"#
    );
    assert_eq!(String::from_utf8(notice.body()).unwrap(), expected);
}

#[test]
fn a_node_without_an_address_gives_no_link() {
    let notice = Notice::new(Log { public_url: None, ..LOG }, "a", happened(7));
    assert_eq!(notice.link, None);
    assert!(!String::from_utf8(notice.body()).unwrap().contains("link"));
}
