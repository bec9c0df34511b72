//! What a node remembers outside of the store of erasures: a backup of before, put back, must not bring back what was erased.
//!
//! The file is `bailiwick-erased-1` and then a line a task, sorted: `TENANT TASK`. It is written before a key is destroyed.

use crate::file::{Contents, lock, read_private, replace};
use crate::guard::GuardError;
use bailiwick_core::{StreamId, TenantId};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const FORM: &str = "bailiwick-erased-1";
/// The most tasks that one file names.
const ERASED_MAX: usize = 1 << 20;
/// More than a file of so many lines has.
const FILE_BYTES_MAX: u64 = 128 << 20;

type Tasks = BTreeSet<(TenantId, StreamId)>;

/// The tasks that were erased.
#[derive(Debug)]
pub(crate) struct Erased {
    /// `None` for a memory that ends with the process.
    path: Option<PathBuf>,
    tasks: Tasks,
}

impl Erased {
    pub(crate) fn open(path: PathBuf) -> Result<Self, GuardError> {
        let tasks = read(&path)?;
        Ok(Self { path: Some(path), tasks })
    }

    pub(crate) const fn in_memory() -> Self {
        Self { path: None, tasks: Tasks::new() }
    }

    pub(crate) fn of(&self, tenant: TenantId) -> Vec<StreamId> {
        self.tasks.iter().filter(|(of, _)| *of == tenant).map(|(_, task)| *task).collect()
    }

    /// Remembers tasks, all in one write. When this returns it is durable.
    pub(crate) fn add(&mut self, tenant: TenantId, new: &[StreamId]) -> Result<(), GuardError> {
        let new: Tasks = new.iter().map(|task| (tenant, *task)).collect();
        if new.is_subset(&self.tasks) {
            return Ok(());
        }
        let Some(path) = &self.path else {
            self.tasks.extend(new);
            return Ok(());
        };
        let io = |why| GuardError::Io(path.clone(), why);
        let held = lock(path).map_err(io)?;
        // Another process may have written since, and nothing of this one's is forgotten.
        let mut tasks = read(path)?;
        tasks.extend(self.tasks.iter().copied());
        tasks.extend(new);
        if tasks.len() > ERASED_MAX {
            return Err(GuardError::ErasedFull(path.clone()));
        }
        replace(&held, path, text(&tasks).as_bytes()).map_err(io)?;
        // A crash before this line names tasks whose erasure stands in the record: their keys go when a node begins.
        self.tasks = tasks;
        Ok(())
    }
}

fn text(tasks: &Tasks) -> String {
    tasks.iter().fold(format!("{FORM}\n"), |mut text, (tenant, task)| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{tenant} {task}");
        text
    })
}

fn read(path: &Path) -> Result<Tasks, GuardError> {
    match read_private(path, FILE_BYTES_MAX).map_err(|why| GuardError::Io(path.to_owned(), why))? {
        Contents::Absent => Ok(Tasks::new()),
        Contents::Exposed(mode) => Err(GuardError::Exposed(path.to_owned(), mode)),
        Contents::Odd => Err(GuardError::Form(path.to_owned())),
        Contents::Text(text) => parse(&text).ok_or_else(|| GuardError::Form(path.to_owned())),
    }
}

fn parse(file: &str) -> Option<Tasks> {
    let lines = file.strip_prefix(FORM)?.strip_prefix('\n')?;
    let line = |line: &str| {
        let (tenant, task) = line.split_once(' ')?;
        Some((TenantId::parse(tenant).ok()?, StreamId::parse(task).ok()?))
    };
    let tasks = lines.lines().map(line).collect::<Option<Tasks>>()?;
    // One memory has one form: sorted, no task twice, the last line whole.
    (text(&tasks) == file).then_some(tasks)
}

#[cfg(test)]
mod tests;
