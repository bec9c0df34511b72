use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bw-journal-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_log_that_grows_is_rotated_and_its_files_are_bounded_in_size_and_number() {
    let folder = Folder::new("grows");
    let path = folder.0.join("node.log");
    let mut journal = Journal::open(&path, false, 200).unwrap();
    for number in 0..100 {
        journal.write(&format!("line {number}"), 0).unwrap();
    }
    let mut files: Vec<PathBuf> = fs::read_dir(&folder.0).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 1 + OLDER_MAX as usize, "{files:?}");
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
        assert!(fs::metadata(file).unwrap().len() <= 200, "{}", file.display());
    }
    // The newest line is in the newest file, and no line is lost between two files.
    let all: String = files.iter().rev().map(|file| fs::read_to_string(file).unwrap()).collect::<Vec<_>>().concat();
    let mut lines: Vec<u32> = all.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines.last(), Some(&99));
    assert!(lines.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{lines:?}");
    assert!(fs::read_to_string(&path).unwrap().ends_with("line 99\n"));
}

#[test]
fn a_log_that_others_could_read_is_made_its_owners_own() {
    let folder = Folder::new("modes");
    let path = folder.0.join("node.log");
    fs::write(&path, "old\n").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let mut journal = Journal::open(&path, false, FILE_BYTES_MAX).unwrap();
    journal.write("new", 0).unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(fs::read_to_string(&path).unwrap(), "old\n1970-01-01 00:00:00Z new\n");
}

#[test]
fn what_is_said_over_several_lines_cannot_pass_for_lines_of_their_own() {
    let folder = Folder::new("lines");
    let path = folder.0.join("node.log");
    Journal::open(&path, false, FILE_BYTES_MAX).unwrap().write("one\n1970-01-01 two", 0).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "1970-01-01 00:00:00Z one\n  1970-01-01 two\n");
}

#[test]
fn what_a_link_in_place_of_the_log_leads_to_is_not_touched() {
    let folder = Folder::new("link");
    let (path, victim) = (folder.0.join("node.log"), folder.0.join("victim"));
    fs::write(&victim, "mine").unwrap();
    fs::set_permissions(&victim, fs::Permissions::from_mode(0o644)).unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    assert!(Journal::open(&path, false, 200).is_err());
    assert_eq!((fs::read_to_string(&victim).unwrap().as_str(), mode(&victim)), ("mine", 0o644));
}
