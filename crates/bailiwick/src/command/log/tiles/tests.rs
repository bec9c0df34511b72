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

#[test]
fn the_directory_of_another_log_is_left_as_it_is() {
    let dir = std::env::temp_dir().join(format!("bailiwick-tiles-{}", std::process::id()));
    let file = dir.join("checkpoint");
    is_ours(&file, "ours\n3\n").unwrap();
    put(&file, b"ours\n2\nroot\n").unwrap();
    is_ours(&file, "ours\n3\n").unwrap();
    let why = is_ours(&file, "another\n3\n").unwrap_err().to_string();
    assert!(why.contains("the log `ours`, ours is `another`"), "{why}");
    std::fs::remove_dir_all(&dir).unwrap();
}
