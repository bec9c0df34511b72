//! The accounts of this machine: who they are, and whose hand could change what a server runs.

mod changeable;

pub(crate) use changeable::changeable;

use bailiwick_api::Accounts;
use bailiwick_core::{Server, ServerName, Transport};
use bailiwick_gateway::Account;
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// Where accounts are described.
const PASSWD: &str = "/etc/passwd";
/// The most that is read of it.
const PASSWD_BYTES_MAX: u64 = 4 << 20;
/// How long it is believed that nobody has changed who may change a program.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// An account, as the machine describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whose it is, in words.
    pub(crate) comment: String,
    pub(crate) home: PathBuf,
}

/// The account of a name or uid; `None` where this machine describes none. Accounts of a directory service are not asked for.
pub(crate) fn find(name: &str) -> Option<Entry> {
    of_text(&text()?, name)
}

/// All accounts that this machine describes.
pub(crate) fn all() -> Vec<Entry> {
    text().unwrap_or_default().lines().filter_map(entry).collect()
}

fn text() -> Option<String> {
    let mut text = String::new();
    let file = std::fs::File::open(PASSWD).ok()?;
    file.take(PASSWD_BYTES_MAX).read_to_string(&mut text).ok()?;
    Some(text)
}

fn of_text(text: &str, name: &str) -> Option<Entry> {
    let uid: Option<u32> = name.parse().ok();
    text.lines().filter_map(entry).find(|entry| entry.name == name || Some(entry.uid) == uid)
}

/// A line of passwd(5): name, password, uid, gid, comment, home, shell.
fn entry(line: &str) -> Option<Entry> {
    let mut parts = line.split(':');
    let name = parts.next().filter(|name| !name.is_empty())?.to_owned();
    let uid = parts.nth(1)?.parse().ok()?;
    let gid = parts.next()?.parse().ok()?;
    let comment = parts.next()?.to_owned();
    let home = parts.next().map(PathBuf::from)?;
    Some(Entry { name, uid, gid, comment, home })
}

/// The account that a server is to run under, with the program that takes it on: this one.
pub(crate) fn of_server(name: &str) -> Option<Account> {
    let Entry { name, uid, gid, home, .. } = find(name)?;
    let starter = std::env::current_exe().ok()?;
    Some(Account { name, uid, gid, home, starter })
}

/// This machine, as `/v1` asks it.
#[derive(Debug)]
pub(crate) struct Machine {
    own: u32,
    looked: Mutex<BTreeMap<ServerName, Looked>>,
}

/// What was found of a server's program, and when.
#[derive(Debug)]
struct Looked {
    document: Server,
    at: Instant,
    found: Option<String>,
}

impl Machine {
    /// `own` is the account that the node's home belongs to.
    pub(crate) fn new(own: u32) -> Self {
        Self { own, looked: Mutex::default() }
    }
}

impl Accounts for Machine {
    fn own(&self) -> u32 {
        self.own
    }

    fn uid(&self, name: &str) -> Option<u32> {
        find(name).map(|entry| entry.uid)
    }

    fn changeable(&self, server: &Server) -> Option<String> {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let before = looked.get(&server.name);
        if let Some(before) = before.filter(|was| was.document == *server && was.at.elapsed() < LOOK_EVERY) {
            return before.found.clone();
        }
        let found = program_changeable(server, self.own);
        let now = Looked { document: server.clone(), at: Instant::now(), found: found.clone() };
        looked.insert(server.name.clone(), now);
        found
    }
}

/// The first place of a server's program, or of a file among its arguments, that somebody else than root, `own` and the
/// account that it runs under could change.
fn program_changeable(server: &Server, own: u32) -> Option<String> {
    let Transport::Stdio { command, args, env, run_as } = &server.transport else { return None };
    let account = run_as.as_deref().and_then(find)?;
    let trusted = [0, own, account.uid];
    let search = env.get("PATH").map(OsString::from).or_else(|| crate::places::variable("PATH").map(OsString::from));
    let found = looked_up(command, args, search.as_deref(), &account.home, &trusted);
    found.map(|path| path.display().to_string())
}

/// The first place that somebody who is none of `trusted` could change, of what a command runs where it is started in `home`:
/// its program, the folders that this is looked up in before it is found, and files among its arguments.
pub(crate) fn looked_up(
    command: &str,
    args: &[String],
    search: Option<&OsStr>,
    home: &Path,
    trusted: &[u32],
) -> Option<PathBuf> {
    let mut places: Vec<PathBuf> = Vec::new();
    if command.contains('/') {
        places.push(home.join(command));
    } else {
        for folder in std::env::split_paths(search.unwrap_or_default()) {
            let program = folder.join(command);
            let found = program.is_file();
            // who may write there may put a program before the one that is meant
            places.extend(if found { Some(program) } else { folder.is_dir().then_some(folder) });
            if found {
                break;
            }
        }
    }
    places.extend(args.iter().map(|word| home.join(word)).filter(|path| path.is_file()));
    places.iter().find_map(|path| changeable(path, trusted))
}

#[cfg(test)]
mod tests;
