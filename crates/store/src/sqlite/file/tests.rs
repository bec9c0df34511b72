use super::*;
use crate::sqlite::tests::Directory;

#[test]
fn who_closes_a_store_leaves_it_free_though_a_child_that_is_being_begun_has_its_files_still() {
    let directory = Directory::new();
    let sole = Sole::take(&directory.file()).expect("it is free");
    // as a child has them between the fork and the program that it becomes
    let child = sole.0.each_ref().map(|file| file.try_clone().expect("the same file once more"));
    assert!(Sole::take(&directory.file()).is_err(), "it is held");
    drop(sole);
    drop(Sole::take(&directory.file()).expect("it is free again"));
    drop(child);
}
