use super::*;

use crate::root::tests::folder;

const OURS: TenantId = TenantId::new([1; 16]);
const OTHERS: TenantId = TenantId::new([2; 16]);

fn task(number: u8) -> StreamId {
    StreamId::new([number; 16])
}

#[test]
fn what_was_erased_is_known_after_another_start_and_to_who_shares_the_file() {
    let folder = folder();
    let path = folder.join("erased");
    let (mut one, mut other) = (Erased::open(path.clone()).unwrap(), Erased::open(path.clone()).unwrap());
    one.add(OURS, &[task(3)]).unwrap();
    other.add(OURS, &[task(1)]).unwrap();
    other.add(OTHERS, &[task(2)]).unwrap();
    one.add(OURS, &[task(3)]).unwrap();
    let again = Erased::open(path.clone()).unwrap();
    assert_eq!(again.of(OURS), [task(1), task(3)]);
    assert_eq!(again.of(OTHERS), [task(2)]);
    one.add(OURS, &[task(4)]).unwrap();
    assert_eq!(Erased::open(path).unwrap().of(OURS), [task(1), task(3), task(4)], "what the other wrote stays");
}

#[test]
fn a_list_that_was_changed_or_that_others_may_read_is_not_used_nor_written_over() {
    let folder = folder();
    let path = folder.join("erased");
    Erased::open(path.clone()).unwrap().add(OURS, &[task(3)]).unwrap();
    let whole = std::fs::read_to_string(&path).unwrap();
    for spoilt in [whole.trim_end().to_owned(), format!("{whole}{OURS} x\n"), whole.replace(FORM, "bailiwick-erased-2")]
    {
        std::fs::write(&path, &spoilt).unwrap();
        assert!(matches!(Erased::open(path.clone()), Err(GuardError::Form(_))), "{spoilt}");
    }
    std::fs::write(&path, &whole).unwrap();
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    assert!(matches!(Erased::open(path), Err(GuardError::Exposed(..))));
}
