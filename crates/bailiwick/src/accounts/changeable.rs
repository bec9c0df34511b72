//! Whose hand could change what stands at a path: the file itself, each folder on the way to it, and each link.

use std::collections::VecDeque;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// The most links on one way (Linux follows as many).
const LINKS_MAX: usize = 40;
/// The most steps of one way.
const STEPS_MAX: usize = 512;
/// In such a folder nobody takes away or renames what is another's.
const STICKY: u32 = 0o1000;

/// The first place on the way to a file that somebody who is none of `trusted` could change; `None` where there is none. A
/// place that cannot be looked at is one.
pub(crate) fn changeable(path: &Path, trusted: &[u32]) -> Option<PathBuf> {
    let mut left: VecDeque<PathBuf> = parts(path);
    let mut here = PathBuf::from("/");
    let (mut links, mut steps) = (0, 0);
    if let Some(found) = place(&here, trusted) {
        return Some(found);
    }
    while let Some(part) = left.pop_front() {
        steps += 1;
        if steps > STEPS_MAX {
            return Some(path.to_owned());
        }
        if part == Path::new("..") {
            here.pop();
            continue;
        }
        let next = here.join(&part);
        let Ok(target) = fs::read_link(&next) else {
            if let Some(found) = place(&next, trusted) {
                return Some(found);
            }
            here = next;
            continue;
        };
        links += 1;
        // A link is as its owner, and as the folder that it is in, which was looked at.
        let owned = fs::symlink_metadata(&next).is_ok_and(|about| trusted.contains(&about.uid()));
        if links > LINKS_MAX || !owned {
            return Some(next);
        }
        let mut parts = parts(&target);
        parts.append(&mut left);
        left = parts;
        if target.is_absolute() {
            here = PathBuf::from("/");
        }
    }
    None
}

fn parts(path: &Path) -> VecDeque<PathBuf> {
    let named = path.components().filter_map(|part| match part {
        Component::Normal(part) => Some(PathBuf::from(part)),
        Component::ParentDir => Some(PathBuf::from("..")),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    named.collect()
}

/// This place, if somebody else could change it: its owner, its group, everybody. Lists of further accounts (ACL) show in
/// what the group may.
fn place(path: &Path, trusted: &[u32]) -> Option<PathBuf> {
    let Ok(about) = fs::symlink_metadata(path) else { return Some(path.to_owned()) };
    let held = about.is_dir() && about.mode() & STICKY != 0;
    let group = about.mode() & 0o020 != 0 && about.gid() != 0;
    let others = about.mode() & 0o002 != 0 || group;
    (!trusted.contains(&about.uid()) || (others && !held)).then(|| path.to_owned())
}

#[cfg(test)]
mod tests;
