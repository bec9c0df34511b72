use super::*;
use std::path::PathBuf;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn folder(name: &str, mode: u32) -> Folder {
    let path = std::env::temp_dir().join(format!("bw-doctor-{name}-{}", std::process::id()));
    fs::create_dir(&path).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    Folder(path)
}

fn put(folder: &Folder, name: &str, mode: u32) {
    let path = folder.0.join(name);
    fs::write(&path, "x").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_others_could_read_is_named_with_the_command_that_helps() {
    let open = folder("open", 0o755);
    put(&open, "root.key", 0o640);
    put(&open, "bailiwick.db-wal", 0o600);
    put(&open, "notes-of-somebody", 0o644);
    let wrong: Vec<Check> = home(&open.0).into_iter().filter(|check| check.well == Some(false)).collect();
    let fixes: Vec<String> = wrong.into_iter().filter_map(|check| check.fix).collect();
    let key = open.0.join("root.key");
    assert_eq!(fixes, [format!("chmod 700 {}", open.0.display()), format!("chmod 600 {}", key.display())]);
}

#[test]
fn a_home_for_its_owner_only_is_well_and_one_that_is_not_there_yet_is_not_wrong() {
    let own = folder("own", 0o700);
    put(&own, "root.key", 0o600);
    assert!(home(&own.0).iter().all(|check| check.well == Some(true)));
    let none = home(&own.0.join("later"));
    assert_eq!(none.iter().map(|check| check.well).collect::<Vec<_>>(), [None]);
}

#[test]
fn a_disk_with_little_room_is_noted_and_one_with_none_is_wrong() {
    for (bytes, well) in [(0, Some(false)), (ROOM_BYTES_MIN, None), (ROOM_BYTES_LOW, Some(true))] {
        assert_eq!(left(bytes).well, well, "{bytes}");
    }
}
