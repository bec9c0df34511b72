use super::*;

fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("bailiwick-folders-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&place).unwrap();
    place
}

#[test]
fn what_a_killed_rehearsal_left_is_taken_away_by_the_next_and_what_one_uses_is_not() {
    let place = place("left");
    let left = place.join(format!("{NAMED}0123456789abcdef"));
    std::fs::create_dir_all(left.join("node")).unwrap();
    std::fs::write(left.join("node/root.key"), "a key").unwrap();
    let first = Folder::within(&place).unwrap();
    assert!(!left.exists(), "nobody holds it any more");
    std::fs::write(first.path().join("in-use"), "x").unwrap();
    let second = Folder::within(&place).unwrap();
    assert!(first.path().join("in-use").exists(), "its process lives");
    // whatever ends a process lets its lock go, and leaves the folder
    let Folder { path, _lock } = &first;
    let killed = path.clone();
    _lock.unlock().unwrap();
    drop(Folder::within(&place).unwrap());
    assert!(!killed.exists() && second.path().exists());
    drop(second);
    drop(first);
    assert_eq!(std::fs::read_dir(&place).unwrap().count(), 0);
    std::fs::remove_dir_all(&place).unwrap();
}

#[test]
fn nothing_else_is_taken_away_and_no_link_is_followed() {
    let place = place("else");
    let (other, kept) = (place.join("other"), place.join("kept"));
    [&other, &kept].into_iter().for_each(|folder| std::fs::create_dir_all(folder).unwrap());
    std::fs::write(kept.join("file"), "x").unwrap();
    let link = place.join(format!("{NAMED}link"));
    std::os::unix::fs::symlink(&kept, &link).unwrap();
    std::fs::write(place.join(format!("{NAMED}file")), "x").unwrap();
    drop(Folder::within(&place).unwrap());
    assert!(other.exists() && kept.join("file").exists() && link.exists());
    assert!(place.join(format!("{NAMED}file")).exists());
    std::fs::remove_dir_all(&place).unwrap();
}
