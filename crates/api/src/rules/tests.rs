use super::*;
use bailiwick_core::json::Limits;
use bailiwick_core::{Blobs, By, ControlCommand, Document, Facts, Micros, PersonId, UnreadPolicies, decide_control};
use std::collections::BTreeMap;
use std::sync::Arc;

fn by() -> By {
    By { assurance: bailiwick_core::Assurance::Local, person: PersonId::parse("ann").unwrap() }
}

/// The control state after these documents were applied.
fn state(documents: &[&str]) -> ControlState {
    let mut state = ControlState::default();
    let mut blobs: BTreeMap<Digest, Arc<[u8]>> = BTreeMap::new();
    let facts = Facts::of_nobody(Micros(1), Vec::new());
    let read = |text: &&str| Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap();
    let documents = documents.iter().map(read).collect();
    let open = ControlCommand::Open { name: "a # b".to_owned(), origin: "o".to_owned(), epoch: 1 };
    for (leaf, command) in (0..).zip([open, ControlCommand::Apply { by: by(), documents, removed: Vec::new() }]) {
        let decided = decide_control(&state, &UnreadPolicies, &command, &facts);
        assert_eq!(decided.refused, None);
        blobs.extend(decided.blobs.into_iter().map(|(digest, bytes)| (digest, bytes.into())));
        decided.events.iter().for_each(|event| state.apply(event, leaf, &blobs as &dyn Blobs).unwrap());
    }
    state
}

const ROLE: &str = r#"{"kind":"role","name":"r","allow":[{"tools":["*"],"effects":["read","transfer"]}]}"#;
const AGENT: &str = r#"{"kind":"agent","name":"payer","owner":"ann","contact":"<b>desk</b> | [x](http://y)","run_by":"own","autonomy":"assist","role":"r","review":"2030-01-01"}"#;
const SERVER: &str = r#"{"kind":"server","name":"bank","transport":{"stdio":{"command":"bank"}}}"#;
const TEMPLATE: &str = r##"{"kind":"template","name":"pay","purpose":"p","intent":"# Pay\u202e 300 EUR","start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"total":"500"}}}],"ask":[{"who":"owner","over":{"EUR":"300.00"}}],"delegate":{"agents":["payer"]}}"##;

fn made() -> String {
    document(&state(&[ROLE, AGENT, SERVER, TEMPLATE]), Made { leaf: Some(7), hash: Some(Digest::new([3; 32])) })
}

#[test]
fn the_same_rules_make_the_same_bytes() {
    assert_eq!(made(), made());
}

#[test]
fn what_is_asked_and_handed_on_stands_in_the_words_of_the_rules() {
    let page = made();
    for words in [
        "- allows, after a second act of consent: transfer with bank/pay; at most 500 EUR in total; owner is asked over 300 EUR",
        "- needs a yes of owner: over 300 EUR; a yes is good for 30m",
        "- template pay: to payer; at most 1 grants one below the other",
        "- every effect but read of agents that assist, by the requester: payer",
        "| r | every tool | read, transfer |",
        "There is no policy: every call is refused.",
        "- last control event: #7",
    ] {
        assert!(page.contains(words), "`{words}` is not in\n{page}");
    }
}

#[test]
fn every_rule_over_all_tasks_is_told() {
    let rules = [
        r#"{"kind":"rule","name":"slow","rate":{"per":"agent","most":{"calls":"60"},"over":"1m"}}"#,
        r#"{"kind":"rule","name":"stays","flow":{"classes":["payroll"]}}"#,
        r#"{"kind":"rule","name":"tell","notify":{"on":["breakglass.opened"],"who":["ann"],"mail":true}}"#,
        r#"{"kind":"rule","name":"two","break_glass":{"persons":2}}"#,
    ];
    let page = document(&state(&rules), Made { leaf: None, hash: None });
    for name in ["slow", "stays", "tell", "two"] {
        assert!(page.contains(&format!("- {name}\\: ")) || page.contains(&format!("- {name}: ")), "{name}: {page}");
    }
    assert!(page.contains("60 calls") && page.contains("payroll") && page.contains("glass"), "{page}");
}

#[test]
fn a_mandate_is_told_with_what_draws_on_it() {
    let mandate = r#"{"kind":"mandate","name":"m","giver":"ann","for":{"agents":["payer"]},"meters":{"EUR":{"most":"10","per":"month in UTC"}}}"#;
    let template = TEMPLATE.replacen(r#""start":"#, r#""draws":["m"],"start":"#, 1);
    let page = document(&state(&[ROLE, AGENT, SERVER, mandate, &template]), Made { leaf: None, hash: None });
    let told = "- m: ann gives 10 EUR a month (UTC) for agent payer; drawn on by tasks of: pay";
    assert!(page.contains(told), "{page}");
    assert!(!made().contains("## Mandates"));
}

#[test]
fn nothing_that_somebody_wrote_looks_like_ours() {
    let page = made();
    assert!(page.starts_with("# The rules of tenant a \\# b\n"), "{page}");
    assert!(page.contains("\\<b\\>desk\\</b\\> \\| \\[x\\](http\\://y)"), "{page}");
    assert!(page.contains("- intent: \\# PayU+202E 300 EUR"), "{page}");
    assert_eq!(page.lines().filter(|line| line.starts_with("# ")).count(), 1);
}

#[test]
fn every_way_that_a_grant_ends_is_told_with_when() {
    let page = made();
    for code in bailiwick_core::ENDINGS {
        assert!(page.contains(&format!("| `{code}` | ")), "{code}");
    }
}

#[test]
fn a_rule_of_policy_stands_with_its_conditions() {
    let policy = r#"{"kind":"policy","name":"house","cedar":"@id(\"no\") @description(\"Not far.\") forbid (principal, action, resource) when { context.depth > 2 };"}"#;
    let page = document(&state(&[policy]), Made { leaf: None, hash: None });
    let written = format!(
        "rule house.no as it is written: {}",
        page::value("forbid (principal, action, resource) when { context.depth > 2 };")
    );
    assert!(page.contains(&written) && page.contains("forbids: Not far."), "{page}");
}
