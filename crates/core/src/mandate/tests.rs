use super::*;
use crate::Document;
use crate::json::{Json, Limits};

fn unit(name: &str) -> Unit {
    Unit::parse(name).unwrap()
}

fn made(task: u8, at: u64, amount: &str, over: Option<Span>) -> Event {
    let amounts =
        vec![crate::Allocated { amount: Amount::parse(amount).unwrap(), over, period: None, unit: unit("EUR") }];
    let mandate = MandateName::parse("m").unwrap();
    let facts = Facts::of_nobody(Micros(at), Vec::new());
    let (control, ends, rules, task) = (None, None, 1, TaskId::new([task; 16]));
    let data = AllocationMade { amounts, control, ends, facts, mandate, rules, task };
    Event { at: Micros(at), data: data.into() }
}

fn returned(task: u8, counts: &str, settled: bool) -> Event {
    let counts = Amount::parse(counts).unwrap();
    let amounts = vec![crate::GivenBack { counts, returned: Amount::ZERO, unit: unit("EUR") }];
    let facts = Facts::of_nobody(Micros(0), Vec::new());
    let (mandate, rules, task) = (MandateName::parse("m").unwrap(), 1, TaskId::new([task; 16]));
    Event { at: Micros(0), data: AllocationReturned { amounts, facts, mandate, rules, settled, task }.into() }
}

fn state() -> MandateState {
    MandateState::empty(TenantId::new([1; 16]), StreamId::new([2; 16]))
}

#[test]
fn what_no_task_drew_does_not_go_back() {
    let mut state = state();
    assert!(state.apply(&returned(1, "0", true)).is_err());
    state.apply(&made(1, 5, "10", None)).unwrap();
    assert!(state.clone().apply(&made(1, 6, "10", None)).is_err(), "a task draws once");
    state.apply(&returned(1, "4", true)).unwrap();
    assert!(state.apply(&returned(1, "0", true)).is_err(), "what was settled is settled");
}

#[test]
fn an_event_of_another_kind_or_mandate_has_no_place_in_it() {
    let mut state = state();
    state.apply(&made(1, 5, "10", None)).unwrap();
    let heads = crate::ControlHeads {
        count: 0,
        facts: Facts::of_nobody(Micros(0), Vec::new()),
        root: sha256(b""),
        rules: 1,
        size: 0,
    };
    assert!(state.clone().apply(&Event { at: Micros(5), data: heads.into() }).is_err());
    let Data::AllocationMade(of) = made(2, 5, "10", None).data else { panic!("no allocation") };
    let other = AllocationMade { mandate: MandateName::parse("n").unwrap(), ..*of };
    assert!(state.apply(&Event { at: Micros(5), data: other.into() }).is_err());
}

#[test]
fn what_was_settled_is_forgotten_once_no_limit_counts_it_and_what_is_held_never() {
    let mut state = state();
    state.apply(&made(1, 1, "10", None)).unwrap();
    state.apply(&made(2, 2, "10", None)).unwrap();
    state.apply(&returned(1, "10", true)).unwrap();
    let later = 1 + Span::hours(32 * 24).0;
    state.apply(&made(3, later, "10", Some(Span::hours(40 * 24)))).unwrap();
    assert_eq!(state.units[&unit("EUR")].drawn.len(), 3, "a limit over a longer span counts it still");
    state.apply(&made(4, later, "10", None)).unwrap();
    let tasks: Vec<u8> = state.units[&unit("EUR")].drawn.iter().map(|drawn| drawn.task.bytes()[0]).collect();
    assert_eq!(tasks, [2, 3, 4]);
}

#[test]
fn a_mandate_that_is_full_has_place_again_once_what_it_remembers_counts_no_more() {
    let mut state = state();
    state.apply(&made(1, 1, "1", None)).unwrap();
    state.apply(&returned(1, "1", true)).unwrap();
    let drawn = &mut state.units.get_mut(&unit("EUR")).unwrap().drawn;
    *drawn = vec![drawn[0].clone(); DRAWN_REMEMBERED_MAX];
    let later = Micros(1 + FORGET_AFTER.0);
    let counted = |over| Counted { from: Micros(0), over, period: None };
    let place = |over, now| state.has_place(&unit("EUR"), &counted(over), now);
    assert!(!place(None, Micros(2)), "full");
    assert!(!place(Some(Span::hours(40 * 24)), later), "a limit over a longer span counts it still");
    assert!(place(None, later));
}

#[test]
fn a_mandate_has_a_stream_of_its_own_in_its_tenant() {
    let stream =
        |tenant: u8, name: &str| mandate_stream(TenantId::new([tenant; 16]), &MandateName::parse(name).unwrap());
    assert_eq!(stream(1, "a"), stream(1, "a"));
    assert_ne!(stream(1, "a"), stream(1, "b"));
    assert_ne!(stream(1, "a"), stream(2, "a"));
}

#[test]
fn what_is_left_is_told_of_units_that_the_mandate_limits() {
    let text = r#"{"kind":"mandate","name":"m","giver":"ann","for":{"agents":["payer"]},"meters":{"EUR":{"most":"15","over":"1h"}}}"#;
    let json = Json::parse(text.as_bytes(), &Limits::stored()).unwrap();
    let Ok(Document::Mandate(mandate)) = Document::read(&json) else { panic!("no mandate") };
    let mut state = state();
    state.apply(&made(1, 1, "10", Some(Span::hours(1)))).unwrap();
    let facts = |now: u64| Facts::of_nobody(Micros(now), Vec::new());
    let told = |now: u64, name: &str| left(&mandate, &state, &unit(name), &facts(now)).map(|left| left.to_string());
    assert_eq!(told(2, "EUR").as_deref(), Some("5"));
    assert_eq!(told(Span::hours(5).0, "EUR").as_deref(), Some("5"), "its task may still spend it");
    assert_eq!(told(2, "USD"), None);
    let settled = Event { at: Micros(7), ..returned(1, "10", true) };
    state.apply(&settled).unwrap();
    let told = |now: u64| left(&mandate, &state, &unit("EUR"), &facts(now)).map(|left| left.to_string());
    assert_eq!(told(Span::hours(1).0 + 6).as_deref(), Some("5"));
    assert_eq!(told(Span::hours(1).0 + 7).as_deref(), Some("15"), "one span after it was settled");
}
