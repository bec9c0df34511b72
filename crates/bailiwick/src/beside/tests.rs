use super::*;

#[test]
fn a_file_is_there_whole_or_not_at_all_and_nothing_behind_a_link_is_touched() {
    let folder = std::env::temp_dir().join(format!("bailiwick-beside-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (place, victim) = (folder.join("out"), folder.join("victim"));
    std::fs::write(&victim, "mine").unwrap();
    std::os::unix::fs::symlink(&victim, folder.join(".out.bailiwick-part")).unwrap();
    let mut broken = Beside::of(&place).unwrap();
    broken.write_all(b"half").unwrap();
    drop(broken);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "only the other file is left");
    let mut whole = Beside::of(&place).unwrap();
    whole.write_all(b"whole").unwrap();
    assert!(!place.exists());
    whole.put().unwrap();
    assert_eq!(std::fs::read_to_string(&place).unwrap(), "whole");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 2);
    std::fs::remove_dir_all(&folder).unwrap();
}
