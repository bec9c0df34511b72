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
    let codes = |whole| told(all(), whole).map(|found| found.code).collect::<Vec<_>>();
    assert_eq!(codes(false), [Sprawl::ChainDeep]);
    assert_eq!(codes(true), [Sprawl::AgentUnused, Sprawl::ChainDeep]);
    assert!(told(all(), true).all(|found| found.why.len() == FOUND_CHARS_MAX));
}
