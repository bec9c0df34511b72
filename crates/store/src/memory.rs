//! A store in memory, for tests and for the simulation: the same rules, a clock that is set, faults that are asked for.

mod data;
mod faults;
mod journal;

pub use faults::{Backup, Fault, Landed};

use crate::{
    Append, Appended, Entry, Keys, Ledger, Shelf, Snapshot, Stood, StoreError, StoredEvent, StreamHead, TenantLog,
    WrappedKey, bounds, clock::RunningClock,
};
use bailiwick_core::{Digest, Micros, StreamId, TenantId};
use data::{Data, Tenant};
use journal::Journal;
use std::{
    collections::VecDeque,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// A store that forgets everything when it is dropped.
pub struct MemoryStore(Mutex<Inner>);

struct Inner {
    data: Data,
    journal: Journal,
    now: Micros,
    /// Set in stores that nobody sets the clock of.
    running: Option<RunningClock>,
    gone: bool,
    faults: VecDeque<Fault>,
    zombies: VecDeque<Append>,
}

impl Inner {
    fn now(&self) -> Micros {
        self.running.map_or(self.now, |clock| clock.now())
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

fn gone() -> StoreError {
    StoreError::Unavailable("it is gone".into())
}

fn stood(answer: &Appended) -> bool {
    answer.groups.iter().any(|group| matches!(group, Stood::At { .. }))
}

impl MemoryStore {
    /// An empty store whose clock stands at `now` until it is set.
    pub fn new(now: Micros) -> Self {
        Self::with_clock(now, None)
    }

    /// An empty store whose clock runs.
    pub(crate) fn running() -> Self {
        Self::with_clock(Micros(0), Some(RunningClock::start(Micros(0))))
    }

    fn with_clock(now: Micros, running: Option<RunningClock>) -> Self {
        Self(Mutex::new(Inner {
            data: Data::default(),
            journal: Journal::new(Data::default()),
            now,
            running,
            gone: false,
            faults: VecDeque::new(),
            zombies: VecDeque::new(),
        }))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reachable(&self) -> Result<MutexGuard<'_, Inner>, StoreError> {
        let inner = self.inner();
        if inner.gone { Err(gone()) } else { Ok(inner) }
    }

    fn read<T>(&self, tenant: TenantId, read: impl FnOnce(&Tenant) -> T) -> Result<T, StoreError> {
        self.reachable()?.data.tenant(tenant).map(read)
    }

    /// Writes, and keeps what stood so that it can be played again.
    fn write<T>(
        &self,
        write: impl Fn(&mut Data, Micros) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let mut inner = self.reachable()?;
        let now = inner.now();
        let answer = write(&mut inner.data, now)?;
        inner.journal.push(false, Box::new(move |data| drop(write(data, now))));
        Ok(answer)
    }
}

impl Ledger for MemoryStore {
    fn open_tenant(&self, tenant: TenantId, name: &str) -> Result<TenantLog, StoreError> {
        bounds::name("the name of a tenant", name)?;
        let name = name.to_owned();
        self.write(move |data, now| {
            data.open_tenant(tenant, &name)?;
            data.tenant(tenant).map(|tenant| tenant.log(now))
        })
    }

    fn tenants(&self) -> Result<Vec<(TenantId, String)>, StoreError> {
        let inner = self.reachable()?;
        let mut all: Vec<_> = inner.data.tenants.iter().map(|(id, tenant)| (*id, tenant.name.clone())).collect();
        all.sort_by(|a, b| a.1.cmp(&b.1));
        Ok(all)
    }

    fn append(&self, append: &Append) -> Result<Appended, StoreError> {
        bounds::append(append)?;
        self.reachable()?.append_with_faults(append)
    }

    fn raise_epoch(&self, tenant: TenantId, epoch: u32) -> Result<(), StoreError> {
        bounds::epoch(epoch)?;
        self.write(move |data, _| {
            let tenant = data.tenant_mut(tenant)?;
            tenant.epoch = tenant.epoch.max(epoch);
            Ok(())
        })
    }

    fn log(&self, tenant: TenantId) -> Result<TenantLog, StoreError> {
        let inner = self.reachable()?;
        inner.data.tenant(tenant).map(|tenant| tenant.log(inner.now()))
    }

    fn stream(
        &self,
        tenant: TenantId,
        stream: StreamId,
        from_seq: u64,
        most: usize,
    ) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(tenant, |tenant| tenant.stream(stream, from_seq, most))
    }

    fn leaves(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<StoredEvent>, StoreError> {
        self.read(tenant, |tenant| tenant.leaves(from_leaf, most))
    }

    fn entries(&self, tenant: TenantId, from_leaf: u64, most: usize) -> Result<Vec<Entry>, StoreError> {
        self.read(tenant, |tenant| tenant.entries(from_leaf, most))
    }

    fn heads(&self, tenant: TenantId, after: Option<StreamId>, most: usize) -> Result<Vec<StreamHead>, StoreError> {
        self.read(tenant, |tenant| tenant.heads(after, most))
    }

    fn head(&self, tenant: TenantId, stream: StreamId) -> Result<Option<StreamHead>, StoreError> {
        self.read(tenant, |tenant| tenant.head(stream))
    }

    fn due(&self, now: Micros, most: usize) -> Result<Vec<(TenantId, StreamId)>, StoreError> {
        Ok(self.reachable()?.data.due(now, most))
    }

    fn blob(&self, tenant: TenantId, digest: Digest) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(tenant, |tenant| tenant.blobs.get(&digest).map(|bytes| bytes.to_vec()))
    }

    fn once(&self, tenant: TenantId, kind: i32, id: Digest, until: Micros) -> Result<bool, StoreError> {
        bounds::number("the end of an id", until.0)?;
        self.write(move |data, now| {
            let once = &mut data.tenant_mut(tenant)?.once;
            once.retain(|_, until| *until >= now);
            // What is past already could not be remembered, so it is not given out.
            Ok(until >= now && once.insert((kind, id), until).is_none())
        })
    }
}

impl Keys for MemoryStore {
    fn put_tenant_key(&self, tenant: TenantId, version: i32, key: &WrappedKey) -> Result<(), StoreError> {
        bounds::wrapped(&key.bytes)?;
        let key = key.clone();
        self.write(move |data, _| {
            let keys = &mut data.tenant_mut(tenant)?.tenant_keys;
            if keys.contains_key(&version) {
                return Err(bounds::key_exists(version));
            }
            keys.insert(version, key.clone());
            Ok(())
        })
    }

    fn tenant_keys(&self, tenant: TenantId) -> Result<Vec<(i32, WrappedKey)>, StoreError> {
        self.read(tenant, |tenant| tenant.tenant_keys.iter().map(|(version, key)| (*version, key.clone())).collect())
    }

    fn rewrap_tenant_key(
        &self,
        tenant: TenantId,
        version: i32,
        from: i32,
        key: &WrappedKey,
    ) -> Result<bool, StoreError> {
        bounds::wrapped(&key.bytes)?;
        let key = key.clone();
        self.write(move |data, _| {
            let found = data.tenant_mut(tenant)?.tenant_keys.get_mut(&version).filter(|old| old.by == from);
            Ok(found.map(|old| *old = key.clone()).is_some())
        })
    }

    fn data_key(&self, tenant: TenantId, id: StreamId) -> Result<Option<WrappedKey>, StoreError> {
        self.read(tenant, |tenant| tenant.data_keys.get(&id).cloned())
    }

    fn erase(&self, tenant: TenantId, id: StreamId) -> Result<bool, StoreError> {
        self.write(move |data, _| data.tenant_mut(tenant).map(|tenant| tenant.erase(id)))
    }

    fn rewrap(&self, tenant: TenantId, id: StreamId, from: i32, key: &WrappedKey) -> Result<bool, StoreError> {
        bounds::wrapped(&key.bytes)?;
        let key = key.clone();
        self.write(move |data, _| {
            let found = data.tenant_mut(tenant)?.data_keys.get_mut(&id).filter(|old| old.by == from);
            Ok(found.map(|old| *old = key.clone()).is_some())
        })
    }
}

impl Shelf for MemoryStore {
    fn put_snapshot(&self, tenant: TenantId, stream: StreamId, snapshot: &Snapshot) -> Result<(), StoreError> {
        bounds::snapshot(snapshot)?;
        let snapshot = snapshot.clone();
        self.write(move |data, _| {
            let kept = data.tenant_mut(tenant)?.snapshots.entry(stream).or_insert_with(|| snapshot.clone());
            if (kept.seq, kept.fold) < (snapshot.seq, snapshot.fold) {
                *kept = snapshot.clone();
            }
            Ok(())
        })
    }

    fn snapshot(&self, tenant: TenantId, stream: StreamId) -> Result<Option<Snapshot>, StoreError> {
        self.read(tenant, |tenant| tenant.snapshots.get(&stream).cloned())
    }

    fn put_tiles(&self, tenant: TenantId, epoch: u32, tiles: &[(u8, u64, Vec<u8>)]) -> Result<(), StoreError> {
        bounds::tiles(tiles)?;
        let tiles = tiles.to_vec();
        self.write(move |data, _| {
            let kept = &mut data.tenant_mut(tenant)?.tiles;
            for (level, index, hashes) in &tiles {
                if kept.get(&(epoch, *level, *index)).is_some_and(|old| old != hashes) {
                    return Err(bounds::tile_differs(*level, *index));
                }
            }
            kept.extend(tiles.iter().map(|(level, index, hashes)| ((epoch, *level, *index), hashes.clone())));
            Ok(())
        })
    }

    fn tile(&self, tenant: TenantId, epoch: u32, level: u8, index: u64) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(tenant, |tenant| tenant.tiles.get(&(epoch, level, index)).cloned())
    }

    fn put_checkpoint(&self, tenant: TenantId, epoch: u32, size: u64, note: &str) -> Result<(), StoreError> {
        bounds::checkpoint(size, note)?;
        let note = note.to_owned();
        self.write(move |data, _| {
            data.tenant_mut(tenant)?.checkpoints.entry((epoch, size)).or_insert_with(|| note.clone());
            Ok(())
        })
    }

    fn last_checkpoint(&self, tenant: TenantId, epoch: u32) -> Result<Option<(u64, String)>, StoreError> {
        self.read(tenant, |tenant| {
            let mut of_epoch = tenant.checkpoints.range((epoch, 0)..=(epoch, u64::MAX));
            of_epoch.next_back().map(|((_, size), note)| (*size, note.clone()))
        })
    }

    fn move_cursor(&self, name: &str, tenant: TenantId, leaf: u64) -> Result<u64, StoreError> {
        bounds::name("the name of a cursor", name)?;
        bounds::number("a cursor", leaf)?;
        let name = name.to_owned();
        self.write(move |data, _| {
            let at = data.tenant_mut(tenant)?.cursors.entry(name.clone()).or_insert(leaf);
            *at = leaf.max(*at);
            Ok(*at)
        })
    }

    fn cursor(&self, name: &str, tenant: TenantId) -> Result<u64, StoreError> {
        self.read(tenant, |tenant| tenant.cursors.get(name).copied().unwrap_or(0))
    }
}

#[cfg(test)]
mod tests;
