use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use super::*;

/// A directory that is removed at the end of a test.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub(crate) fn scratch(name: &str) -> Scratch {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let made = MADE.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("bailiwick-demo-{}-{name}-{made}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    Scratch(path)
}

#[test]
fn a_file_keeps_the_books_for_the_next_process() {
    let dir = scratch("books");
    let path = dir.path().join("books.json");
    State::file(&path).with(|n: &mut u32| *n += 1).unwrap();
    assert_eq!(State::file(&path).with(|n: &mut u32| *n).unwrap(), 1);
}

#[test]
fn two_writers_lose_no_change() {
    let dir = scratch("shared");
    let path = dir.path().join("books.json");
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let path = path.clone();
            thread::spawn(move || (0..25).for_each(|_| State::file(&path).with(|n: &mut u32| *n += 1).unwrap()))
        })
        .collect();
    writers.into_iter().for_each(|writer| writer.join().unwrap());
    assert_eq!(State::file(&path).with(|n: &mut u32| *n).unwrap(), 100);
}

#[test]
fn books_that_cannot_be_read_are_an_error_not_a_fresh_start() {
    let dir = scratch("broken");
    let path = dir.path().join("books.json");
    fs::write(&path, "{").unwrap();
    assert!(State::file(&path).with(|n: &mut u32| *n).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"{");
}
