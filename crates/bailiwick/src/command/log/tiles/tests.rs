use super::*;

fn names(size: u64) -> Vec<String> {
    paths(size).map(|path| path.to_string()).collect()
}

#[test]
fn a_tree_has_these_files_and_no_others() {
    assert_eq!(names(0), Vec::<String>::new());
    assert_eq!(names(1), ["tile/0/000.p/1", "tile/entries/000.p/1"]);
    assert_eq!(names(256), ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"]);
    let some = ["tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/44"];
    assert_eq!(names(300), some);
    assert_eq!(names(70_000).len(), 274 + 2 + 1 + 274);
}
