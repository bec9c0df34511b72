use super::*;
use crate::keys::{TenantKey, system_random};
use bailiwick_core::TenantId;
use std::os::unix::fs::PermissionsExt;

const TENANT: TenantId = TenantId::new([1; 16]);

/// A fresh folder, removed when the test ends.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

pub(crate) fn folder() -> Folder {
    let mut random = [0; 8];
    system_random(&mut random).unwrap();
    let path = std::env::temp_dir().join(format!("bailiwick-record-{:016x}", u64::from_be_bytes(random)));
    std::fs::create_dir(&path).unwrap();
    Folder(path)
}

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_file_is_made_once_for_its_owner_only_and_then_read() {
    let folder = folder();
    let path = folder.join("root");
    let made = RootFile::open_or_create(&path, &system_random).unwrap();
    assert_eq!((made.version(), mode(&path)), (1, 0o600));
    let never = |_: &mut [u8]| -> Result<(), KeyError> { panic!("a key was drawn though one is there") };
    let (_, wrapped) = TenantKey::draw(&made, TENANT, 1, &system_random).unwrap();
    let read = RootFile::open_or_create(&path, &never).unwrap();
    assert!(TenantKey::open(&read, TENANT, 1, &wrapped).is_ok());
}

#[test]
fn what_is_no_file_is_refused_at_once() {
    let folder = folder();
    let pipe = folder.join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    std::fs::set_permissions(&pipe, std::fs::Permissions::from_mode(0o600)).unwrap();
    let directory = folder.join("directory");
    std::fs::create_dir(&directory).unwrap();
    for path in [&pipe, &directory] {
        assert!(
            matches!(RootFile::open_or_create(path, &system_random), Err(RootError::Form(_))),
            "{}",
            path.display()
        );
    }
}

#[test]
fn opening_makes_no_file() {
    let folder = folder();
    let path = folder.join("root");
    assert!(RootFile::open(&path).unwrap().is_none());
    assert!(!path.exists());
    RootFile::open_or_create(&path, &system_random).unwrap();
    assert!(RootFile::open(&path).unwrap().is_some());
}

#[test]
fn a_file_that_others_may_read_or_write_is_refused() {
    let folder = folder();
    let path = folder.join("root");
    RootFile::open_or_create(&path, &system_random).unwrap();
    for bad in [0o640, 0o604, 0o620, 0o602, 0o610, 0o777] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(bad)).unwrap();
        assert!(
            matches!(RootFile::open_or_create(&path, &system_random), Err(RootError::Exposed(_, mode)) if mode == bad)
        );
        assert!(RootFile::rotate(&path, &system_random).is_err());
    }
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o400)).unwrap();
    assert!(RootFile::open_or_create(&path, &system_random).is_ok());
}

#[test]
fn after_rotation_the_new_version_wraps_and_the_old_one_still_opens() {
    let folder = folder();
    let path = folder.join("root");
    let old = RootFile::open_or_create(&path, &system_random).unwrap();
    let (_, wrapped) = TenantKey::draw(&old, TENANT, 1, &system_random).unwrap();
    RootFile::rotate(&path, &system_random).unwrap();
    let new = RootFile::open_or_create(&path, &system_random).unwrap();
    assert_eq!((new.version(), mode(&path)), (2, 0o600));
    let key = TenantKey::open(&new, TENANT, 1, &wrapped).unwrap();
    let again = key.wrapped(&new, &system_random).unwrap();
    assert_eq!((wrapped.by, again.by), (1, 2));
    assert!(TenantKey::open(&new, TENANT, 1, &again).is_ok());
    assert_eq!(TenantKey::open(&old, TENANT, 1, &again).unwrap_err(), KeyError::Version(2));
}

#[test]
fn a_file_that_is_not_ours_is_refused_and_left_as_it_is() {
    let folder = folder();
    let path = folder.join("root");
    let good = RootFile::open_or_create(&path, &system_random).unwrap().text();
    let bad = [
        String::new(),
        "\n".to_owned(),
        good.trim_end().to_owned(),
        good.replace(" 1 ", " 2 "),
        good.replace(" 1 ", " 01 "),
        good.replace("root-1", "root-2"),
        good.to_uppercase(),
        good.replacen(FORM, "", 1),
        format!("{}{}", *good, *good),
        format!("{}\n", *good),
        good.chars().take(good.len() - 2).chain(['\n']).collect(),
        "x".repeat(usize::try_from(FILE_BYTES_MAX).unwrap() + 1),
    ];
    for text in bad {
        std::fs::write(&path, &text).unwrap();
        assert!(matches!(RootFile::open_or_create(&path, &system_random), Err(RootError::Form(_))), "{}", text.len());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
    }
    assert!(matches!(RootFile::open_or_create(&folder.0, &system_random), Err(RootError::Form(_))));
    assert!(RootFile::rotate(&folder.join("absent"), &system_random).is_err());
}

#[test]
fn many_that_make_it_at_once_have_one_key() {
    let folder = folder();
    let path = folder.join("root");
    let texts: Vec<_> = std::thread::scope(|scope| {
        let run = || RootFile::open_or_create(&path, &system_random).unwrap().text().to_string();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(run)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(texts.iter().all(|text| *text == texts[0]));
}

#[test]
fn without_randomness_no_file_is_made() {
    let folder = folder();
    let path = folder.join("root");
    let none = |_: &mut [u8]| Err(KeyError::NoRandom);
    assert!(matches!(RootFile::open_or_create(&path, &none), Err(RootError::Key(KeyError::NoRandom))));
    assert!(!path.exists());
}

#[test]
fn a_root_is_not_printed() {
    let folder = folder();
    let root = RootFile::open_or_create(&folder.join("root"), &system_random).unwrap();
    assert_eq!(format!("{root:?}"), "RootFile { newest: (1, Secret), older: [] }");
}
