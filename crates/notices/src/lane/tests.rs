use super::*;
use crate::testing::{happened, log};
use bailiwick_core::{Occasion, Span};

const AT: Micros = Micros(1_790_000_000_000_000);

fn notify() -> Notify {
    Notify { on: vec![Occasion::TaskEnded], who: Vec::new(), webhook: None, mail: true }
}

/// A lane at leaf 10 with notices of these leaves, all that were looked at up to 30.
fn lane(leaves: &[u64]) -> Lane {
    let mut lane = Lane::new(notify(), 1, 10);
    for leaf in 10..30 {
        lane.look(leaf, |_| leaves.contains(&leaf).then(|| Notice::new(log(), "r", happened(leaf, AT))));
    }
    lane
}

fn settle(lane: &mut Lane, now: Micros, outcome: Outcome) -> Option<News> {
    let (notice, reached) = lane.due(now).unwrap();
    lane.settle(now, &notice.id, reached, outcome)
}

fn again() -> Outcome {
    Outcome::Again("503".to_owned())
}

#[test]
fn notices_go_one_at_a_time_and_in_order() {
    let mut lane = lane(&[11, 12]);
    let (first, none) = lane.due(AT).unwrap();
    assert_eq!((first.happened.leaf, none.len()), (11, 0));
    assert_eq!(lane.due(AT), None, "one is under way");
    assert_eq!(lane.position(), 11, "who begins anew sends it again");
    assert_eq!(lane.settle(AT, &first.id, none, Outcome::Taken), None);
    assert_eq!(lane.position(), 12);
    assert_eq!(settle(&mut lane, AT, Outcome::Taken), None);
    assert_eq!((lane.position(), lane.standing("r").sent), (30, 2));
}

#[test]
fn a_failure_is_said_once_and_holds_the_lane_until_it_is_tried_again() {
    let mut lane = lane(&[11, 12]);
    assert_eq!(settle(&mut lane, AT, again()), Some(News::Fails("503".to_owned())));
    assert_eq!(lane.due(AT.after(Span::seconds(4))), None);
    let later = AT.after(Span::seconds(5));
    assert_eq!(settle(&mut lane, later, again()), None, "said before");
    assert_eq!(lane.position(), 11);
    assert_eq!(lane.standing("r").failed, 2);
    assert_eq!(settle(&mut lane, AT.after(Span::seconds(30)), Outcome::Taken), Some(News::Works));
    assert_eq!(lane.standing("r").failed, 0);
}

#[test]
fn what_is_never_taken_is_given_up_counted_and_said_and_the_next_goes() {
    let mut lane = lane(&[11, 12]);
    assert_eq!(settle(&mut lane, AT, Outcome::Never("400".to_owned())), Some(News::GaveUp("400".to_owned())));
    let day = AT.after(Span::hours(24));
    assert_eq!(settle(&mut lane, day, again()), Some(News::GaveUp("503".to_owned())));
    assert_eq!((lane.standing("r").given_up, lane.position()), (2, 30));
}

#[test]
fn an_outcome_of_another_notice_changes_nothing() {
    let mut lane = lane(&[11]);
    assert_eq!(lane.settle(AT, "msg_other", BTreeSet::new(), Outcome::Taken), None);
    let (first, _) = lane.due(AT).unwrap();
    assert_eq!(lane.settle(AT, "msg_other", BTreeSet::new(), Outcome::Taken), None);
    assert_eq!((lane.position(), lane.standing("r").sent), (11, 0));
    lane.settle(AT, &first.id, BTreeSet::new(), Outcome::Taken);
    assert_eq!(lane.standing("r").sent, 1);
}

#[test]
fn a_lane_has_room_for_so_many_and_looks_at_no_leaf_past_them() {
    let mut lane = Lane::new(notify(), 1, 0);
    for leaf in 0..1_000 {
        lane.look(leaf, |_| Some(Notice::new(log(), "r", happened(leaf, AT))));
    }
    assert_eq!((lane.standing("r").waiting, lane.wants()), (WAITING_MAX, None));
    settle(&mut lane, AT, Outcome::Taken);
    assert_eq!(lane.wants(), Some(256), "the log has what did not fit");
}

#[test]
fn a_place_that_says_much_is_shown_as_little_and_escaped() {
    let mut lane = lane(&[11]);
    settle(&mut lane, AT, Outcome::Again(format!("\u{1b}[31m\r\n{}", "x".repeat(1_000))));
    let trouble = lane.standing("r").trouble.unwrap();
    assert!(trouble.starts_with("\\u{1b}[31m\\r\\n") && trouble.chars().count() == WHY_CHARS_MAX, "{trouble}");
}

#[test]
fn who_has_a_notice_already_is_known_at_the_next_try_and_of_no_other() {
    let mut lane = lane(&[11, 12]);
    let anna = PersonId::parse("anna").unwrap();
    let (first, _) = lane.due(AT).unwrap();
    lane.settle(AT, &first.id, BTreeSet::from([anna.clone()]), again());
    let later = AT.after(Span::seconds(5));
    let (again, reached) = lane.due(later).unwrap();
    assert_eq!((again.id == first.id, reached), (true, BTreeSet::from([anna])));
    lane.settle(later, &first.id, BTreeSet::new(), Outcome::Taken);
    assert_eq!(lane.due(later).unwrap().1, BTreeSet::new());
}

#[test]
fn a_recipient_who_cannot_be_reached_now_holds_back_nothing_but_their_own_notice() {
    let mut lane = lane(&[11, 12, 13]);
    let ann = BTreeSet::from([PersonId::parse("ann").unwrap()]);
    let (first, _) = lane.due(AT).unwrap();
    let full = || Outcome::Later("450 the mailbox is busy".to_owned());
    let news = lane.settle(AT, &first.id, ann.clone(), full());
    assert!(matches!(news, Some(News::Fails(_))), "{news:?}");
    // the next goes at once, and who begins anew still sends the first
    assert_eq!(lane.due(AT).map(|(next, reached)| (next.happened.leaf, reached.len())), Some((12, 0)));
    assert_eq!(lane.position(), 11);
    assert_eq!(lane.settle(AT, "msg_other", BTreeSet::new(), Outcome::Taken), None, "another's outcome is none");
    let second = lane.trying.clone().unwrap();
    assert_eq!(lane.settle(AT, &second, BTreeSet::new(), Outcome::Taken), None, "the trouble is not over");
    assert_eq!((lane.position(), lane.standing("r").waiting, lane.standing("r").failed), (11, 2, 1));
    // at its time it is tried again, for those who do not have it
    let later = AT.after(Span::seconds(5));
    let (once_more, reached) = lane.due(later).unwrap();
    assert_eq!((once_more.happened.leaf, reached), (11, ann));
    assert_eq!(lane.settle(later, &once_more.id, BTreeSet::new(), Outcome::Taken), Some(News::Works));
    assert_eq!(lane.position(), 13);
    // a server that is gone holds all of them
    assert!(matches!(settle(&mut lane, later, again()), Some(News::Fails(_))));
    assert_eq!(lane.due(later), None);
}

#[test]
fn so_many_wait_by_themselves_and_then_the_lane_waits_as_a_whole() {
    let leaves: Vec<u64> = (10..30).collect();
    let mut lane = lane(&leaves);
    for _ in 0..ASIDE_MAX {
        settle(&mut lane, AT, Outcome::Later("450".to_owned()));
    }
    assert!(lane.due(AT).is_some_and(|(next, _)| next.happened.leaf == 26));
    let trying = lane.trying.clone().unwrap();
    lane.settle(AT, &trying, BTreeSet::new(), Outcome::Later("450".to_owned()));
    assert_eq!((lane.due(AT), lane.standing("r").waiting), (None, 20));
}
