use super::*;

const TENANT: TenantId = TenantId::new([1; 16]);

fn task(number: u8) -> TaskId {
    TaskId::new([number; 16])
}

#[test]
fn a_task_in_which_nothing_happened_is_looked_at_again_only_while_it_asks() {
    let mut looked = Looked::default();
    let heads = |one: u64| vec![(task(1), one), (task(2), 5)];
    assert_eq!(looked.due(TENANT, heads(3)), [task(1), task(2)], "of none is anything known");
    looked.found((TENANT, task(1)), (3, false));
    looked.found((TENANT, task(2)), (5, true));
    assert_eq!(looked.due(TENANT, heads(3)), [task(2)], "what asks may be over by now");
    assert_eq!(looked.due(TENANT, heads(4)), [task(1), task(2)], "something happened in it");
    looked.found((TENANT, task(1)), (2, false));
    assert_eq!(looked.due(TENANT, heads(3)).len(), 2, "memory was behind the log: nothing is settled by that");
    looked.found((TENANT, task(2)), (5, false));
    assert_eq!(looked.due(TenantId::new([2; 16]), heads(2)).len(), 2, "another tenant's");
}
