use super::*;
use crate::hash::sha256;
use crate::root::tests::folder;
use std::convert::Infallible;
use std::os::unix::fs::PermissionsExt;

const TENANT: TenantId = TenantId::new([1; 16]);
const OTHER: TenantId = TenantId::new([2; 16]);

fn mark(epoch: u32, size: u64) -> Mark {
    Mark { epoch, size, root: root_at(size) }
}

fn root_at(size: u64) -> Digest {
    sha256(&size.to_be_bytes())
}

fn honest(size: u64) -> Result<Digest, Infallible> {
    Ok(root_at(size))
}

fn forked(_: u64) -> Result<Digest, Infallible> {
    Ok(sha256(b"another log"))
}

#[test]
fn a_store_is_new_same_ahead_behind_forked_or_restored() {
    let folder = folder();
    let mut guard = Guard::open(&folder.join("heads")).unwrap();
    assert_eq!(guard.compare(TENANT, 1, 10, honest), Ok(Standing::New));
    guard.raise(TENANT, mark(1, 10)).unwrap();
    let known = mark(1, 10);
    assert_eq!(guard.compare(TENANT, 1, 10, honest), Ok(Standing::Same));
    assert_eq!(guard.compare(TENANT, 1, 11, honest), Ok(Standing::Ahead));
    assert_eq!(guard.compare(TENANT, 1, 9, honest), Ok(Standing::Behind(known)));
    assert_eq!(guard.compare(TENANT, 1, 0, honest), Ok(Standing::Behind(known)));
    assert_eq!(guard.compare(TENANT, 0, 99, honest), Ok(Standing::Behind(known)));
    assert_eq!(guard.compare(TENANT, 1, 10, forked), Ok(Standing::Forked(known)));
    assert_eq!(guard.compare(TENANT, 1, 99, forked), Ok(Standing::Forked(known)));
    assert_eq!(guard.compare(TENANT, 2, 99, honest), Ok(Standing::Restored(known)));
    assert_eq!(guard.compare(OTHER, 1, 0, honest), Ok(Standing::New));
    assert_eq!(guard.compare(TENANT, 1, 11, |_| Err("unread")), Err("unread"));
}

#[test]
fn what_was_raised_is_known_to_the_next_process() {
    let folder = folder();
    let path = folder.join("heads");
    let mut guard = Guard::open(&path).unwrap();
    guard.raise(TENANT, mark(1, 10)).unwrap();
    guard.raise(OTHER, mark(3, 0)).unwrap();
    guard.raise(TENANT, mark(1, 12)).unwrap();
    let again = Guard::open(&path).unwrap();
    assert_eq!((again.mark(TENANT), again.mark(OTHER)), (Some(mark(1, 12)), Some(mark(3, 0))));
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn the_memory_never_falls_forks_or_changes_its_epoch_by_itself() {
    let folder = folder();
    let mut guard = Guard::open(&folder.join("heads")).unwrap();
    guard.raise(TENANT, mark(2, 10)).unwrap();
    assert!(matches!(guard.raise(TENANT, mark(2, 9)), Err(GuardError::Higher(known)) if known == mark(2, 10)));
    let fork = Mark { root: sha256(b"another log"), ..mark(2, 10) };
    assert!(matches!(guard.raise(TENANT, fork), Err(GuardError::Forked(known)) if known == mark(2, 10)));
    for epoch in [1, 3] {
        assert!(matches!(guard.raise(TENANT, mark(epoch, 20)), Err(GuardError::Epoch(_))));
    }
    assert!(guard.raise(TENANT, mark(2, 10)).is_ok());
    assert!(matches!(guard.begin_epoch(TENANT, mark(2, 20)), Err(GuardError::Epoch(_))));
    guard.begin_epoch(TENANT, mark(3, 1)).unwrap();
    assert_eq!(guard.compare(TENANT, 3, 1, honest), Ok(Standing::Same));
    assert_eq!(guard.compare(TENANT, 2, 50, honest), Ok(Standing::Behind(mark(3, 1))));
}

#[test]
fn two_processes_on_one_file_do_not_undo_each_other() {
    let folder = folder();
    let path = folder.join("heads");
    let (mut one, mut two) = (Guard::open(&path).unwrap(), Guard::open(&path).unwrap());
    one.raise(TENANT, mark(1, 10)).unwrap();
    two.raise(OTHER, mark(1, 5)).unwrap();
    assert!(matches!(two.raise(TENANT, mark(1, 7)), Err(GuardError::Higher(_))));
    assert_eq!(two.mark(TENANT), Some(mark(1, 10)));
    assert_eq!(Guard::open(&path).unwrap().marks, two.marks);
}

#[test]
fn a_file_deleted_under_a_running_node_is_written_again_whole() {
    let folder = folder();
    let path = folder.join("heads");
    let mut guard = Guard::open(&path).unwrap();
    guard.raise(TENANT, mark(1, 10)).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(guard.raise(TENANT, mark(1, 9)), Err(GuardError::Higher(_))));
    guard.raise(OTHER, mark(1, 1)).unwrap();
    assert_eq!(Guard::open(&path).unwrap().mark(TENANT), Some(mark(1, 10)));
}

#[test]
fn a_write_that_crashed_halfway_leaves_the_old_memory_whole() {
    let folder = folder();
    let path = folder.join("heads");
    let mut guard = Guard::open(&path).unwrap();
    guard.raise(TENANT, mark(1, 10)).unwrap();
    // The crash: the new file was begun and never renamed.
    std::fs::write(folder.join("heads.new"), "bailiwick-gua").unwrap();
    let mut again = Guard::open(&path).unwrap();
    assert_eq!(again.mark(TENANT), Some(mark(1, 10)));
    again.raise(TENANT, mark(1, 11)).unwrap();
    assert_eq!(Guard::open(&path).unwrap().mark(TENANT), Some(mark(1, 11)));
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_never_taken_for_an_empty_one() {
    let folder = folder();
    let path = folder.join("heads");
    let mut guard = Guard::open(&path).unwrap();
    guard.raise(TENANT, mark(1, 10)).unwrap();
    guard.raise(OTHER, mark(1, 20)).unwrap();
    let good = std::fs::read_to_string(&path).unwrap();
    let (head, lines) = good.split_once('\n').unwrap();
    let (one, two) = lines.trim_end().split_once('\n').unwrap();
    for text in [
        String::new(),
        head.to_owned(),
        good.trim_end().to_owned(),
        good.replace("guard-1", "guard-2"),
        good.replace(" 10 ", " 010 "),
        good.replace(" 10 ", " -10 "),
        good.replace(" 10 ", " 9223372036854775808 "),
        good.replace(" 10 ", "  "),
        format!("{head}\n{two}\n{one}\n"),
        format!("{head}\n{one}\n{one}\n"),
        format!("{good}\n"),
        format!("{good}x"),
        good.replace('\n', "\r\n"),
    ] {
        std::fs::write(&path, &text).unwrap();
        assert!(matches!(Guard::open(&path), Err(GuardError::Form(_))), "{text:?}");
        assert!(matches!(guard.raise(TENANT, mark(1, 30)), Err(GuardError::Form(_))), "{text:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    std::fs::write(&path, &good).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(Guard::open(&path), Err(GuardError::Exposed(_, 0o644))));
}

#[test]
fn a_memory_without_a_file_judges_as_one_with_a_file() {
    let mut guard = Guard::in_memory();
    guard.raise(TENANT, mark(1, 10)).unwrap();
    assert!(matches!(guard.raise(TENANT, mark(1, 9)), Err(GuardError::Higher(known)) if known == mark(1, 10)));
    assert!(matches!(guard.raise(TENANT, mark(2, 11)), Err(GuardError::Epoch(_))));
    assert!(matches!(guard.raise(TENANT, Mark { root: root_at(0), ..mark(1, 10) }), Err(GuardError::Forked(_))));
    assert_eq!(guard.mark(TENANT), Some(mark(1, 10)));
    assert_eq!(guard.compare(TENANT, 1, 9, honest), Ok(Standing::Behind(mark(1, 10))));
}
