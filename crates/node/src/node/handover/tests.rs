use super::*;
use bailiwick_core::TenantId;
use bailiwick_store::Group;
use std::sync::mpsc::{Receiver, channel};

fn batch(id: u64) -> Batch {
    let (tenant, group) = (TenantId::new([1; 16]), Group::default());
    Batch { id, tenant, epoch: 1, decided_under: None, narrows: false, group }
}

fn handover() -> (Handover, Receiver<Vec<Batch>>) {
    let (to, came) = channel();
    (Handover::new(to), came)
}

fn ids(came: &Receiver<Vec<Batch>>) -> Vec<Vec<u64>> {
    came.try_iter().map(|batches| batches.iter().map(|batch| batch.id).collect()).collect()
}

#[test]
fn what_is_decided_in_one_burst_is_handed_over_together_and_in_order() {
    let (mut handover, came) = handover();
    for id in 1..=3 {
        handover.put(batch(id));
        handover.taken();
    }
    assert!(ids(&came).is_empty(), "more may come");
    handover.pass_on();
    handover.pass_on();
    assert_eq!(ids(&came), [[1, 2, 3]]);
}

#[test]
fn a_batch_waits_for_so_many_inputs_and_no_more_whatever_comes_of_them() {
    let (mut handover, came) = handover();
    // Inputs of which nothing comes count only once something waits.
    (0..HELD_MAX * 2).for_each(|_| handover.taken());
    handover.put(batch(7));
    (1..HELD_MAX).for_each(|_| handover.taken());
    assert!(ids(&came).is_empty());
    handover.taken();
    assert_eq!(ids(&came), [[7]]);
    handover.put(batch(8));
    handover.taken();
    assert!(ids(&came).is_empty(), "the next is counted anew");
}
