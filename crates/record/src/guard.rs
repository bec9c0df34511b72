//! What a node remembers outside of the store: the highest head of each tenant's log that it signed or saw, by which a
//! store that went back in time is noticed.
//!
//! The file is `bailiwick-guard-1` and then a line a tenant, sorted: `TENANT EPOCH SIZE ROOT`. It is written before a head
//! is shown to anybody. Who deletes it takes the memory away, so it lies beside the keys.

use crate::erased::Erased;
use crate::file::{Contents, lock, read_private, replace};
use crate::tree::LEAVES_MAX;
use bailiwick_core::{Digest, StreamId, TenantId};
use std::collections::BTreeMap;
use std::fmt::{self, Write};
use std::io;
use std::path::{Path, PathBuf};

const FORM: &str = "bailiwick-guard-1";
/// The most tenants one node remembers.
pub const GUARD_TENANTS_MAX: usize = 100_000;
/// More than a file of so many lines has.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// The head of a tenant's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// The epoch, which has a log of its own.
    pub epoch: u32,
    /// Leaves in that log.
    pub size: u64,
    /// Its root.
    pub root: Digest,
}

/// How a store's log stands to what the node remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// The node remembers nothing of this tenant.
    New,
    /// The very head that is remembered.
    Same,
    /// It grew, and what is remembered is its beginning.
    Ahead,
    /// It is shorter, or of an older epoch: the store went back. Nothing may be allowed.
    Behind(Mark),
    /// It is another log. Nothing may be allowed.
    Forked(Mark),
    /// The store is in a later epoch: somebody restored it. Nothing may be allowed before the new log's first leaf was
    /// seen to commit to this head (or to a later one of the same log); then [`Guard::begin_epoch`].
    Restored(Mark),
}

/// Why the memory cannot be used or raised.
#[derive(Debug)]
pub enum GuardError {
    /// The file could not be read or written.
    Io(PathBuf, io::Error),
    /// The file may be changed or read by others.
    Exposed(PathBuf, u32),
    /// The file is not one of ours, or was changed. It is never written over.
    Form(PathBuf),
    /// A higher head is remembered: compare again.
    Higher(Mark),
    /// Another root of the same size is remembered: the log forked.
    Forked(Mark),
    /// The head is of another epoch than the one remembered.
    Epoch(Mark),
    /// More tenants than a node remembers.
    Full,
    /// More tasks were erased than the file may name.
    ErasedFull(PathBuf),
}

impl fmt::Display for GuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, why) => write!(f, "the file of known heads `{}` cannot be used: {why}", path.display()),
            Self::Exposed(path, mode) => {
                write!(f, "the file of known heads `{}` has mode `{mode:o}`, not `600`", path.display())
            }
            Self::Form(path) => write!(f, "`{}` is not a file of known heads", path.display()),
            Self::Higher(mark) => write!(f, "a head of `{}` leaves is known already", mark.size),
            Self::Forked(mark) => write!(f, "another log of `{}` leaves is known", mark.size),
            Self::Epoch(mark) => write!(f, "the known head is of epoch `{}`", mark.epoch),
            Self::ErasedFull(path) => write!(f, "`{}` names as many tasks as it may", path.display()),
            Self::Full => write!(f, "a node remembers at most {GUARD_TENANTS_MAX} tenants"),
        }
    }
}

impl std::error::Error for GuardError {}

/// The heads that a node remembers.
#[derive(Debug)]
pub struct Guard {
    /// `None` for a memory that ends with the process.
    path: Option<PathBuf>,
    marks: BTreeMap<TenantId, Mark>,
    erased: Erased,
}

/// The file beside it that names the tasks that were erased.
const ERASED: &str = "erased";

impl Guard {
    /// Reads the memory; a file that is not there is an empty one.
    ///
    /// # Errors
    /// [`GuardError`] when the file cannot be read, is readable by others, or is not one of ours.
    pub fn open(path: &Path) -> Result<Self, GuardError> {
        let erased = Erased::open(path.with_file_name(ERASED))?;
        Ok(Self { path: Some(path.to_owned()), marks: read(path)?, erased })
    }

    /// A memory without a file, for simulations: as good as a file for as long as it is kept.
    #[must_use]
    pub const fn in_memory() -> Self {
        Self { path: None, marks: BTreeMap::new(), erased: Erased::in_memory() }
    }

    /// The tasks of a tenant that were erased, as far as this node saw it.
    #[must_use]
    pub fn erased(&self, tenant: TenantId) -> Vec<StreamId> {
        self.erased.of(tenant)
    }

    /// Remembers that tasks were erased. When this returns it is durable.
    ///
    /// # Errors
    /// [`GuardError`] when it could not be made durable.
    pub fn erase(&mut self, tenant: TenantId, tasks: &[StreamId]) -> Result<(), GuardError> {
        self.erased.add(tenant, tasks)
    }

    /// The highest head known of a tenant's log.
    #[must_use]
    pub fn mark(&self, tenant: TenantId) -> Option<Mark> {
        self.marks.get(&tenant).copied()
    }

    /// Whether no head of any log is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// How a store's log of this epoch and size stands to what is remembered. `root_at` is asked at most once, for the
    /// root of the store's first so many leaves, made from its hashes of events.
    ///
    /// # Errors
    /// Those of `root_at`.
    pub fn compare<E>(
        &self,
        tenant: TenantId,
        epoch: u32,
        size: u64,
        root_at: impl FnOnce(u64) -> Result<Digest, E>,
    ) -> Result<Standing, E> {
        let Some(mark) = self.mark(tenant) else { return Ok(Standing::New) };
        if epoch > mark.epoch {
            return Ok(Standing::Restored(mark));
        }
        if epoch < mark.epoch || size < mark.size {
            return Ok(Standing::Behind(mark));
        }
        Ok(match root_at(mark.size)? {
            root if root != mark.root => Standing::Forked(mark),
            _ if size == mark.size => Standing::Same,
            _ => Standing::Ahead,
        })
    }

    /// Remembers a head of the same epoch that [`Guard::compare`] found to be ahead. When this returns it is durable.
    ///
    /// # Errors
    /// [`GuardError`] when it is lower than, or forks from, what is remembered (by this process or by another that
    /// shares the file), or it could not be made durable.
    pub fn raise(&mut self, tenant: TenantId, mark: Mark) -> Result<(), GuardError> {
        self.write(tenant, mark, |known| match known {
            known if known.epoch != mark.epoch => Err(GuardError::Epoch(known)),
            known if known.size > mark.size => Err(GuardError::Higher(known)),
            known if known.size == mark.size && known.root != mark.root => Err(GuardError::Forked(known)),
            _ => Ok(()),
        })
    }

    /// Remembers the first head of a later epoch, after a restore that was checked.
    ///
    /// # Errors
    /// [`GuardError`] when the epoch is not later, or it could not be made durable.
    pub fn begin_epoch(&mut self, tenant: TenantId, mark: Mark) -> Result<(), GuardError> {
        self.write(tenant, mark, |known| if known.epoch < mark.epoch { Ok(()) } else { Err(GuardError::Epoch(known)) })
    }

    fn write(
        &mut self,
        tenant: TenantId,
        mark: Mark,
        allowed: impl FnOnce(Mark) -> Result<(), GuardError>,
    ) -> Result<(), GuardError> {
        let Some(path) = self.path.clone() else {
            let mut marks = self.marks.clone();
            set(&mut marks, tenant, mark, allowed)?;
            self.marks = marks;
            return Ok(());
        };
        let io = |why| GuardError::Io(path.clone(), why);
        let held = lock(&path).map_err(io)?;
        // Another process may have written since: its heads are kept, and judged against.
        let mut marks = read(&path)?;
        // What this process remembers and the file lost (somebody deleted it) is not forgotten.
        self.marks.iter().for_each(|(tenant, mark)| {
            let known = marks.entry(*tenant).or_insert(*mark);
            if (known.epoch, known.size) < (mark.epoch, mark.size) {
                *known = *mark;
            }
        });
        set(&mut marks, tenant, mark, allowed)?;
        replace(&held, &path, text(&marks).as_bytes()).map_err(io)?;
        // A crash before this line has the head on disk and not shown to anybody: only more careful than needed.
        self.marks = marks;
        Ok(())
    }
}

fn set(
    marks: &mut BTreeMap<TenantId, Mark>,
    tenant: TenantId,
    mark: Mark,
    allowed: impl FnOnce(Mark) -> Result<(), GuardError>,
) -> Result<(), GuardError> {
    if let Some(known) = marks.get(&tenant) {
        allowed(*known)?;
    } else if marks.len() >= GUARD_TENANTS_MAX {
        return Err(GuardError::Full);
    }
    marks.insert(tenant, mark);
    Ok(())
}

fn text(marks: &BTreeMap<TenantId, Mark>) -> String {
    let start = format!("{FORM}\n");
    marks.iter().fold(start, |mut text, (tenant, mark)| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{tenant} {} {} {}", mark.epoch, mark.size, mark.root);
        text
    })
}

fn read(path: &Path) -> Result<BTreeMap<TenantId, Mark>, GuardError> {
    match read_private(path, FILE_BYTES_MAX).map_err(|why| GuardError::Io(path.to_owned(), why))? {
        Contents::Absent => Ok(BTreeMap::new()),
        Contents::Exposed(mode) => Err(GuardError::Exposed(path.to_owned(), mode)),
        Contents::Odd => Err(GuardError::Form(path.to_owned())),
        Contents::Text(text) => parse(&text).ok_or_else(|| GuardError::Form(path.to_owned())),
    }
}

fn parse(file: &str) -> Option<BTreeMap<TenantId, Mark>> {
    let lines = file.strip_prefix(FORM)?.strip_prefix('\n')?;
    let mut marks = BTreeMap::new();
    for line in lines.lines() {
        let mut words = line.split(' ');
        let tenant = TenantId::parse(words.next()?).ok()?;
        let epoch = words.next()?.parse().ok()?;
        let size = words.next()?.parse().ok().filter(|size| *size <= LEAVES_MAX)?;
        let root = Digest::parse(words.next()?).ok()?;
        marks.insert(tenant, Mark { epoch, size, root });
    }
    // One memory has one form: sorted, no tenant twice, no other spelling of a number, the last line whole.
    (text(&marks) == file).then_some(marks)
}

#[cfg(test)]
mod tests;
