use super::*;
use std::str::FromStr;

fn read(annotations: &str, effect: &str) -> Result<Option<Ask>, BadStepUp> {
    ask(&Policy::from_str(&format!("{annotations} {effect} (principal, action, resource);")).unwrap())
}

#[track_caller]
fn asks(annotations: &str) -> Ask {
    read(annotations, "forbid").unwrap().unwrap()
}

fn who(words: &[&str]) -> Approvers {
    Approvers::new(words.iter().map(|word| Approver::parse(word).unwrap()).collect()).unwrap()
}

#[test]
fn a_rule_without_the_annotation_asks_nobody() {
    assert_eq!(read("", "forbid"), Ok(None));
    assert_eq!(read("", "permit"), Ok(None));
    assert_eq!(read(r#"@count("2")"#, "forbid"), Ok(None));
}

#[test]
fn what_is_not_said_is_one_person_within_half_an_hour() {
    let found = asks(r#"@step_up("owner")"#);
    let expected = Ask {
        count: 1,
        escalate: None,
        exclude: Vec::new(),
        over: BTreeMap::new(),
        tools: Vec::new(),
        valid: Span::minutes(30),
        who: who(&["owner"]),
    };
    assert_eq!(found, expected);
}

#[test]
fn all_annotations_are_read() {
    let found = asks(
        r#"@step_up("role:boss, person:ada") @count("2") @valid("2h") @escalate("10m role:cfo,owner") @exclude("requester")"#,
    );
    assert_eq!((found.who, found.count, found.valid), (who(&["role:boss", "person:ada"]), 2, Span::hours(2)));
    assert_eq!(found.escalate, Some(Escalation { after: Span::minutes(10), to: who(&["role:cfo", "owner"]) }));
    assert_eq!(found.exclude, [Approver::Requester]);
}

#[test]
fn every_mistake_is_told_with_what_was_expected() {
    const WHO: &str = "expected `requester`, `customer`, `owner`, `role:NAME` or `person:NAME`";
    const LATER: &str = "expected a span shorter than `@valid` and who, as `10m role:boss`";
    let nine = (0..9).map(|n| format!("role:r{n}")).collect::<Vec<_>>().join(",");
    let cases = [
        (r#"@step_up("")"#.to_owned(), WHO),
        (r#"@step_up"#.to_owned(), WHO),
        (r#"@step_up("boss")"#.to_owned(), WHO),
        (r#"@step_up("owner|role:boss")"#.to_owned(), WHO),
        (r#"@step_up("owner,")"#.to_owned(), WHO),
        (format!("@step_up(\"{nine}\")"), "expected 1 to 8 of them"),
        (r#"@step_up("owner") @count("0")"#.to_owned(), "expected 1 to 5 persons"),
        (r#"@step_up("owner") @count("6")"#.to_owned(), "expected 1 to 5 persons"),
        (r#"@step_up("owner") @count("two")"#.to_owned(), "expected 1 to 5 persons"),
        (r#"@step_up("owner") @valid("0m")"#.to_owned(), "expected a span as `30m`, at most 366d"),
        (r#"@step_up("owner") @valid("367d")"#.to_owned(), "expected a span as `30m`, at most 366d"),
        (r#"@step_up("owner") @escalate("role:cfo")"#.to_owned(), LATER),
        (r#"@step_up("owner") @escalate("30m role:cfo")"#.to_owned(), LATER),
        (r#"@step_up("owner") @escalate("10m cfo")"#.to_owned(), WHO),
        (r#"@step_up("owner") @exclude("everybody")"#.to_owned(), WHO),
        (format!("@step_up(\"owner\") @exclude(\"{nine}\")"), "expected at most 8 of them"),
    ];
    for (annotations, expected) in cases {
        let told = read(&annotations, "forbid").unwrap_err();
        assert_eq!(told.expected, expected, "{annotations}");
        assert!(told.found.starts_with("`@"), "{}", told.found);
    }
}

#[test]
fn a_permit_that_asks_is_refused() {
    let told = read(r#"@step_up("owner")"#, "permit").unwrap_err();
    assert_eq!(told.found, "a permit with `@step_up`");
    assert!(told.expected.starts_with("step_up belongs on forbid"), "{}", told.expected);
}
