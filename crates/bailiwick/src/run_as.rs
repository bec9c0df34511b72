//! `run-as`: takes on an account, lets go of all else, and becomes a server. A program of its own for that moment, so that
//! nothing of the node is in it.

use crate::cli::RunAs;
use crate::print::words;
use std::process::ExitCode;

/// Takes on the account and becomes the program. Comes back only when it could not.
pub(crate) fn run_as(asked: &RunAs) -> ExitCode {
    let why = become_it(asked);
    // The last line of what a server says that did not start is what its node tells people.
    words(&format!("error: {why}"));
    ExitCode::from(3)
}

#[cfg(target_os = "linux")]
fn become_it(asked: &RunAs) -> String {
    use std::os::unix::process::CommandExt;
    let Some((program, args)) = asked.command.split_first() else { return "expected a program after `--`".to_owned() };
    if let Err(why) = let_go(asked.uid, asked.gid) {
        return format!("cannot take on account {}: {why}", asked.uid);
    }
    // What is another's is not entered before one is that other.
    if let Err(why) = std::env::set_current_dir(&asked.directory) {
        return format!("`{}`: {why}", asked.directory.display());
    }
    let why = std::process::Command::new(program).args(args).exec();
    format!("`{}`: {why}", program.to_string_lossy())
}

/// Groups first, then the group, then the account: after it nothing of that may be done. A capability that was given to us
/// stays over a change between two accounts of which neither is root, so all are let go of besides.
#[cfg(target_os = "linux")]
fn let_go(uid: u32, gid: u32) -> Result<(), String> {
    use rustix::process::{getegid, geteuid, getgid, getgroups, getuid};
    use rustix::thread::{
        CapabilitySet, CapabilitySets, Gid, Uid, capabilities, clear_ambient_capability_set, set_capabilities,
        set_no_new_privs, set_thread_groups, set_thread_res_gid, set_thread_res_uid, set_thread_uid,
    };
    let failed = |what: &'static str| move |error: rustix::io::Errno| format!("{what}: {error}");
    if uid == 0 || gid == 0 {
        return Err("what may do everything is no account for a server".to_owned());
    }
    let (to, group) = (Uid::from_raw(uid), Gid::from_raw(gid));
    // By INVARIANT of `main`: this thread is the only one, so what it lets go of the process has let go of.
    set_thread_groups(&[]).map_err(failed("its groups"))?;
    set_thread_res_gid(group, group, group).map_err(failed("its group"))?;
    clear_ambient_capability_set().map_err(failed("what it hands on"))?;
    set_thread_res_uid(to, to, to).map_err(failed("its uid"))?;
    let none = CapabilitySet::empty();
    let nothing = CapabilitySets { effective: none, permitted: none, inheritable: none };
    set_capabilities(None, nothing).map_err(failed("what it may do besides"))?;
    // No program that it starts is more than it is: not by a bit of its file, nor by a list beside it.
    set_no_new_privs(true).map_err(failed("its bounds"))?;
    let own = getuid() == to && geteuid() == to && getgid() == group && getegid() == group;
    let bare =
        getgroups().is_ok_and(|groups| groups.is_empty()) && capabilities(None).is_ok_and(|have| have == nothing);
    let back = set_thread_uid(Uid::ROOT).is_ok();
    if !own || !bare || back {
        return Err("not all that it had was let go of".to_owned());
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn become_it(_: &RunAs) -> String {
    "only on Linux does a node start servers under accounts of their own".to_owned()
}
