use super::*;
use bailiwick_core::Sprawl;

#[test]
fn a_node_looks_first_when_it_has_been_there_for_a_while_and_then_every_few_hours() {
    let (beat, began) = (SprawlBeat::default(), Micros(1_000_000));
    assert!(!beat.due(began));
    assert!(!beat.due(began.after(Span::minutes(9))));
    assert!(beat.due(began.after(Span::minutes(10))));
    assert!(!beat.due(began.after(Span::minutes(11))), "once");
    assert!(beat.due(began.after(Span::hours(7))));
}

#[test]
fn what_only_was_not_done_is_written_where_the_record_reaches_back_that_far() {
    let all = || {
        let one = |code| Found { code, of: "x".to_owned(), why: "y".repeat(FOUND_CHARS_MAX + 1), agent: None };
        vec![one(Sprawl::AgentUnused), one(Sprawl::ChainDeep)]
    };
    let codes = |whole| {
        let told = all().into_iter().filter(|found| tells(found, whole)).map(told);
        told.map(|found| found.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(false), [Sprawl::ChainDeep]);
    assert_eq!(codes(true), [Sprawl::AgentUnused, Sprawl::ChainDeep]);
    assert!(all().into_iter().map(told).all(|found| found.why.len() == FOUND_CHARS_MAX));
}

#[test]
fn much_of_one_kind_keeps_nothing_of_another_waiting_and_what_is_left_comes_with_the_next_look() {
    let found = |code, number: usize| FoundSprawl { agent: None, code, of: number.to_string(), why: "y".to_owned() };
    let all = || {
        let unused = (0..150).map(|number| found(Sprawl::AgentUnused, number));
        unused.chain((0..3).map(|number| found(Sprawl::ToolUnused, number)))
    };
    let most = usize::try_from(WRITTEN_MAX).unwrap();
    let first: Vec<_> = in_turn(all()).into_iter().take(most).collect();
    assert_eq!(first.iter().filter(|one| one.code == Sprawl::ToolUnused).count(), 3);
    let mut written = Vec::new();
    for _ in 0..3 {
        let new = all().filter(|one| !written.contains(one));
        let look: Vec<_> = in_turn(new).into_iter().take(most).collect();
        assert!(!look.is_empty());
        written.extend(look);
    }
    assert_eq!(written.len(), 153, "each once, and none left out");
}
