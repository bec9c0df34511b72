use super::*;
use crate::StoreError;
use bailiwick_core::Span;
use std::{collections::BTreeSet, thread};

const THREADS: u8 = 8;
const EACH: u64 = 25;

/// A store may be too busy for one try; then nothing was written and it is tried again, so often at most.
const TRIES_MAX: usize = 50;

fn tried(store: &dyn Store, append: &Append) -> Appended {
    for _ in 0..TRIES_MAX {
        match store.append(append) {
            Err(StoreError::Unavailable(_)) => {}
            answer => return answer.expect("it is looked at"),
        }
    }
    panic!("the store stays too busy")
}

fn on_threads<T: Send>(work: impl Fn(u8) -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = (1..=THREADS).map(|n| scope.spawn(move || work(n))).collect();
        running.into_iter().map(|thread| thread.join().expect("the thread ends well")).collect()
    })
}

pub(crate) fn eight_threads_append_and_none_is_lost(store: &dyn Store) {
    on_threads(|n| {
        for seq in 0..EACH {
            let answer = tried(store, &one(n, seq, &[&format!("{n} {seq} a")]));
            assert!(matches!(answer.groups.as_slice(), [Stood::At { .. }]), "nobody else moves this stream");
        }
    });
    let all = texts(store);
    assert_eq!(all.len() as u64, u64::from(THREADS) * EACH);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len(), "none stands twice");
    assert_eq!(size(store), all.len() as u64);
    for n in 1..=THREADS {
        let of_one = store.stream(OURS, stream(n), 1, 1_000).expect("it is read");
        assert!(of_one.iter().map(|event| event.seq).eq(1..=EACH), "seqs are dense");
        assert!(of_one.iter().map(|event| event.leaf).is_sorted(), "a stream is in the log in its order");
    }
}

pub(crate) fn of_eight_threads_on_one_stream_one_wins_each_head(store: &dyn Store) {
    let won: Vec<u64> = on_threads(|n| {
        let stood = |seq: &u64| {
            let answer = tried(store, &one(1, *seq, &[&format!("{n} {seq}")]));
            matches!(answer.groups.as_slice(), [Stood::At { .. }])
        };
        (0..EACH).filter(stood).collect::<Vec<_>>()
    })
    .concat();
    let heads: BTreeSet<u64> = won.iter().copied().collect();
    assert_eq!(heads.len(), won.len(), "no head has two winners");
    assert_eq!(size(store), won.len() as u64);
    assert_eq!(texts(store).len(), won.len());
    assert!(!won.is_empty(), "somebody wins the first");
}

pub(crate) fn once_is_given_to_one_of_eight_threads(store: &dyn Store) {
    let until = store.log(OURS).expect("it is there").now.after(Span::hours(1));
    let taken = on_threads(|_| store.once(OURS, 1, digest("id"), until).expect("it is durable"));
    assert_eq!(taken.into_iter().filter(|taken| *taken).count(), 1);
}
