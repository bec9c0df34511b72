//! What of the machine an installation needs: accounts, folders, files, and a program run as the user.

use crate::accounts::{self, Entry};
use crate::home::Trouble;
use crate::trust::BadInput;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, chown};
use std::path::Path;
use std::process::{Command, Stdio};

/// The most that a program of the user's may say.
const SAID_BYTES_MAX: u64 = 8 << 20;
/// The shell of an account that nobody logs in to.
const NO_SHELL: &str = "/usr/sbin/nologin";

/// An account that the installation makes.
pub(super) struct Made<'a> {
    pub(super) name: &'a str,
    pub(super) home: &'a Path,
    /// By which it is known again as ours.
    pub(super) comment: &'a str,
}

impl Made<'_> {
    /// The command that makes it.
    pub(super) fn command(&self) -> Vec<String> {
        let home = self.home.display().to_string();
        let words =
            ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", &home, "--shell", NO_SHELL];
        let words = words.into_iter().chain(["--comment", self.comment, self.name]);
        words.map(str::to_owned).collect()
    }

    /// Whether it is there. One of this name that is not ours is in the way.
    pub(super) fn is_there(&self) -> Result<bool, BadInput> {
        match accounts::find(self.name) {
            None => Ok(false),
            Some(found) if found.comment == self.comment && found.name == self.name => Ok(true),
            Some(_) => {
                Err(BadInput(format!("the account `{}` is there, and was not made by an installation", self.name)))
            }
        }
    }
}

/// Runs a command of the system.
pub(super) fn run(words: &[String]) -> Result<(), Trouble> {
    let Some((program, args)) = words.split_first() else { return Ok(()) };
    let ran = Command::new(program).args(args).stdin(Stdio::null()).output();
    let ran = ran.map_err(|error| format!("`{program}`: {error}"))?;
    if ran.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&ran.stderr);
    Err(format!("`{}`: {}, {}", words.join(" "), ran.status, crate::print::foreign(said.trim())).into())
}

/// Whether a folder is there, as it should be.
pub(super) fn folder_is(path: &Path, mode: u32, owner: Option<&Entry>) -> bool {
    let Some(owner) = owner else { return false };
    fs::symlink_metadata(path).is_ok_and(|about| {
        about.is_dir() && about.mode() & 0o7777 == mode && about.uid() == owner.uid && about.gid() == owner.gid
    })
}

/// Makes a folder, or puts its owner and mode right. One that somebody put a link in the place of is refused.
pub(super) fn folder(path: &Path, mode: u32, owner: &Entry) -> Result<(), Trouble> {
    match fs::symlink_metadata(path) {
        Ok(about) if !about.is_dir() => return Err(BadInput(format!("{}: expected a folder", path.display())).into()),
        Ok(_) => {}
        Err(_) => fs::create_dir(path).map_err(|error| format!("{}: {error}", path.display()))?,
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    chown(path, Some(owner.uid), Some(owner.gid))?;
    Ok(())
}

/// Whether a file is there, with this in it.
pub(super) fn file_is(path: &Path, text: &str) -> bool {
    fs::read(path).is_ok_and(|now| now == text.as_bytes())
}

/// Writes a file whole: beside, then in its place.
pub(super) fn file(path: &Path, mode: u32, owner: &Entry, text: &str) -> Result<(), Trouble> {
    let fresh = path.with_extension("new");
    let mut out = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&fresh)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    fs::set_permissions(&fresh, fs::Permissions::from_mode(mode))?;
    chown(&fresh, Some(owner.uid), Some(owner.gid))?;
    fs::rename(&fresh, path)?;
    Ok(())
}

/// Runs this program as the user: what it does to the user's files, the user could have done.
pub(super) fn as_user(user: &Entry, args: &[&str], input: &str) -> Result<String, Trouble> {
    let mut command = Command::new(std::env::current_exe()?);
    let (uid, gid) = (user.uid.to_string(), user.gid.to_string());
    command.args(["run-as", &uid, &gid, "/", "--"]).arg(std::env::current_exe()?).args(args);
    command.env_clear().env("HOME", &user.home).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // One that reads nothing says so by how it ends.
        let _unread = stdin.write_all(input.as_bytes());
    }
    let mut said = String::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(SAID_BYTES_MAX).read_to_string(&mut said)?;
    }
    let ended = child.wait_with_output()?;
    if ended.status.success() {
        return Ok(said);
    }
    let why = String::from_utf8_lossy(&ended.stderr);
    Err(BadInput(crate::print::foreign(why.trim().trim_start_matches("bailiwick: "))).into())
}

/// Whether systemd starts services here.
pub(super) fn has_systemd() -> bool {
    Path::new("/run/systemd/system").is_dir()
}
