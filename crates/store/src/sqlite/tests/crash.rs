//! A process that appends is killed, its disk fails, its log is cut: what was acknowledged is there, and all is whole.

use super::*;
use crate::contract::{OURS, append_of, group, moved, new_key, sealed, stands, stream, two_tenants};
use crate::{Advance, Keys};
use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
};

const FILE: &str = "BAILIWICK_STORE_TEST_FILE";
const STREAMS: u8 = 5;

fn file_of_child() -> OsString {
    std::env::var_os(FILE).expect("the child is told its file")
}

/// Appends two events and a key at a time and says so, until it is killed or the disk fails.
#[test]
#[ignore = "the child of the tests below"]
fn child_that_appends_for_ever() {
    let store = SqliteStore::open(Path::new(&file_of_child())).expect("it opens");
    two_tenants(&store);
    for round in 0..1_000_000_u64 {
        let n = u8::try_from(round % u64::from(STREAMS)).expect("it is small") + 1;
        let expect = round / u64::from(STREAMS) * 2;
        let mut key = [n; 16];
        key[8..].copy_from_slice(&round.to_be_bytes());
        let key = StreamId::new(key);
        let mut big = sealed(&format!("{round}"), key);
        big.clear.resize(20_000, b'x');
        let events = vec![big, sealed(&format!("{round} again"), key)];
        let mut one = group(vec![Advance { events, ..moved(n, expect, &[]) }]);
        one.keys.push(new_key(key));
        stands(&store, &append_of(vec![one]));
        writeln!(std::io::stdout(), "stands {round}").expect("the parent listens");
    }
}

fn child(path: &Path, blocks_max: Option<u32>) -> Child {
    let this = std::env::current_exe().expect("a test has a binary");
    // A file that may not grow fails with an I/O error instead of a signal.
    let limit = blocks_max.map_or(String::new(), |blocks| format!("trap '' XFSZ; ulimit -f {blocks}; "));
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{limit}exec \"$0\" \"$@\"")]).arg(this);
    command.args(["--ignored", "--exact", "--nocapture", "sqlite::tests::crash::child_that_appends_for_ever"]);
    command.env(FILE, path).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the child runs")
}

/// Rounds acknowledged until the child has said so many, and what it said until it was dead.
fn listen(child: &mut Child, kill_after: u64) -> u64 {
    let lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut acknowledged = 0;
    for line in lines.map_while(Result::ok) {
        if line.contains("stands ") {
            acknowledged += 1;
            if acknowledged == kill_after {
                child.kill().expect("it is killed");
            }
        }
    }
    acknowledged
}

/// The log is dense, every stream whole, every key there with its events; answers the rounds that stand.
fn whole(store: &SqliteStore) -> u64 {
    let events = store.leaves(OURS, 0, 1_000_000).expect("it is read");
    assert!(events.iter().map(|event| event.leaf).eq(0..events.len() as u64), "leaves are dense");
    assert_eq!(store.log(OURS).expect("it is there").size, events.len() as u64);
    for event in &events {
        assert!(event.event.sealed.is_some(), "leaf {} lost its body", event.leaf);
        let key = event.key.expect("it has a key");
        assert!(store.data_key(OURS, key).expect("it is read").is_some(), "leaf {} lost its key", event.leaf);
    }
    for head in store.heads(OURS, None, 100).expect("it is read") {
        let of_one = store.stream(OURS, head.stream, 1, 1_000_000).expect("it is read");
        assert!(of_one.iter().map(|event| event.seq).eq(1..=head.head), "stream {} is whole", head.stream);
        assert_eq!(of_one.last().map(|event| event.event.hash), Some(head.hash));
    }
    assert_eq!(events.len() % 2, 0, "a group stands whole");
    events.len() as u64 / 2
}

#[test]
fn killed_at_any_time_it_has_all_that_it_acknowledged() {
    for kill_after in [1, 60, 350] {
        let directory = Directory::new();
        let mut child = child(&directory.file(), None);
        let acknowledged = listen(&mut child, kill_after);
        child.wait().expect("it is dead");
        assert!(acknowledged >= kill_after);
        let store = SqliteStore::open(&directory.file()).expect("it opens again, the lock went with the process");
        let stand = whole(&store);
        assert!(stand == acknowledged || stand == acknowledged + 1, "{acknowledged} acknowledged, {stand} stand");
    }
}

#[test]
fn a_disk_that_fails_under_a_commit_ends_the_process_and_what_it_acknowledged_is_there() {
    use std::os::unix::process::ExitStatusExt as _;
    const SIGABRT: i32 = 6;
    let directory = Directory::new();
    // 512-byte blocks or kilobytes, as the shell likes; either way the log soon hits the end.
    let mut child = child(&directory.file(), Some(2_000));
    let acknowledged = listen(&mut child, u64::MAX);
    let status = child.wait().expect("it has ended");
    assert_eq!(status.signal(), Some(SIGABRT), "{status:?}");
    assert!(acknowledged > 0);
    let store = SqliteStore::open(&directory.file()).expect("it opens again");
    let stand = whole(&store);
    assert!(stand == acknowledged || stand == acknowledged + 1, "{acknowledged} acknowledged, {stand} stand");
}

#[test]
fn a_log_cut_anywhere_gives_a_whole_prefix() {
    let directory = Directory::new();
    let mut child = child(&directory.file(), None);
    let acknowledged = listen(&mut child, 40);
    child.wait().expect("it is dead");
    let wal = std::fs::read(directory.0.join("store.db-wal")).expect("the log is there");
    let mut last = u64::MAX;
    for part in (0..=10).rev() {
        let cut = Directory::new();
        std::fs::copy(directory.file(), cut.file()).expect("it is copied");
        let length = wal.len() * part / 10;
        std::fs::write(cut.0.join("store.db-wal"), &wal[..length]).expect("it is written");
        let store = SqliteStore::open(&cut.file()).expect("a cut log opens");
        let stand = if store.log(OURS).is_ok() { whole(&store) } else { 0 };
        assert!(stand <= last, "a shorter log holds no more");
        assert!(part < 10 || stand >= acknowledged);
        last = stand;
    }
    assert!(last < acknowledged, "an empty log holds less");
    assert!(SqliteStore::open(&directory.file()).is_ok_and(|store| store.head(OURS, stream(1)).is_ok()));
}
