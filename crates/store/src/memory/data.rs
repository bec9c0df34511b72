//! What a store holds, as plain data. Every change is a pure function of the data and its arguments, so that it can be
//! played again on an older copy.

use crate::{
    Append, Appended, Entry, Group, NewEvent, Snapshot, Stood, StoreError, StoredEvent, StreamHead, StreamKind,
    TenantLog, WrappedKey,
};
use bailiwick_core::{Digest, Micros, StreamId, TenantId};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

#[derive(Debug, Clone, Default)]
pub(super) struct Data {
    pub(super) tenants: BTreeMap<TenantId, Tenant>,
    wakes: BTreeSet<(Micros, TenantId, StreamId)>,
}

#[derive(Debug, Clone)]
pub(super) struct Tenant {
    pub(super) name: String,
    pub(super) epoch: u32,
    pub(super) format: u32,
    pub(super) control_floor: Option<u64>,
    rows: Vec<Arc<Row>>,
    streams: BTreeMap<StreamId, Stream>,
    pub(super) blobs: BTreeMap<Digest, Arc<Vec<u8>>>,
    pub(super) once: BTreeMap<(i32, Digest), Micros>,
    pub(super) tenant_keys: BTreeMap<i32, WrappedKey>,
    pub(super) data_keys: BTreeMap<StreamId, WrappedKey>,
    pub(super) snapshots: BTreeMap<StreamId, Snapshot>,
    pub(super) tiles: BTreeMap<(u32, u8, u64), Vec<u8>>,
    pub(super) checkpoints: BTreeMap<(u32, u64), String>,
    pub(super) cursors: BTreeMap<String, u64>,
}

#[derive(Debug, Clone)]
struct Row {
    stream: StreamId,
    seq: u64,
    event: NewEvent,
    key: Option<StreamId>,
    body: Option<Digest>,
}

#[derive(Debug, Clone)]
struct Stream {
    kind: StreamKind,
    hash: Digest,
    leaves: Vec<u64>,
    wake: Option<Micros>,
}

impl Data {
    pub(super) fn tenant(&self, tenant: TenantId) -> Result<&Tenant, StoreError> {
        self.tenants.get(&tenant).ok_or(StoreError::NoTenant)
    }

    pub(super) fn tenant_mut(&mut self, tenant: TenantId) -> Result<&mut Tenant, StoreError> {
        self.tenants.get_mut(&tenant).ok_or(StoreError::NoTenant)
    }

    pub(super) fn open_tenant(&mut self, id: TenantId, name: &str) -> Result<(), StoreError> {
        match self.tenants.iter().find(|(other, tenant)| **other == id || tenant.name == name) {
            None => {
                self.tenants.insert(id, Tenant::new(name));
                Ok(())
            }
            Some((other, tenant)) if *other == id && tenant.name == name => Ok(()),
            Some((other, tenant)) => Err(crate::bounds::other_tenant(name, *other, &tenant.name)),
        }
    }

    pub(super) fn append(&mut self, append: &Append, now: Micros) -> Result<Appended, StoreError> {
        let tenant = self.tenants.get_mut(&append.tenant).ok_or(StoreError::NoTenant)?;
        let current = tenant.epoch == append.epoch && tenant.format == append.format;
        if !current || tenant.control_floor > append.decided_under {
            return Err(StoreError::Stale);
        }
        let groups = append.groups.iter().map(|group| tenant.take(group, append.tenant, &mut self.wakes)).collect();
        let answer = Appended { groups, now };
        if append.narrows && super::stood(&answer) {
            tenant.control_floor = tenant.size().checked_sub(1);
        }
        Ok(answer)
    }

    pub(super) fn edit(&mut self, tenant: TenantId, leaf: u64, change: impl FnOnce(&mut NewEvent)) -> bool {
        let rows = self.tenants.get_mut(&tenant).map(|tenant| &mut tenant.rows);
        let row = rows.and_then(|rows| rows.get_mut(usize::try_from(leaf).ok()?));
        row.map(|row| change(&mut Arc::make_mut(row).event)).is_some()
    }

    pub(super) fn due(&self, now: Micros, most: usize) -> Vec<(TenantId, StreamId)> {
        let is_due = |wake: &&(Micros, TenantId, StreamId)| wake.0 <= now;
        self.wakes.iter().take_while(is_due).take(most).map(|(_, tenant, stream)| (*tenant, *stream)).collect()
    }
}

impl Tenant {
    fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            epoch: crate::bounds::EPOCH_FIRST,
            format: crate::bounds::FORMAT_FIRST,
            control_floor: None,
            rows: Vec::new(),
            streams: BTreeMap::new(),
            blobs: BTreeMap::new(),
            once: BTreeMap::new(),
            tenant_keys: BTreeMap::new(),
            data_keys: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            tiles: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            cursors: BTreeMap::new(),
        }
    }

    fn size(&self) -> u64 {
        self.rows.len() as u64
    }

    fn take(&mut self, group: &Group, id: TenantId, wakes: &mut BTreeSet<(Micros, TenantId, StreamId)>) -> Stood {
        let head = |stream| self.streams.get(&stream).map_or(0, |stream| stream.leaves.len() as u64);
        let moved = group.streams.iter().any(|advance| head(advance.stream) != advance.expect);
        if moved || group.keys.iter().any(|key| self.data_keys.contains_key(&key.id)) {
            return Stood::Conflict;
        }
        let first_leaf = self.size();
        for advance in &group.streams {
            let fresh = || Stream { kind: advance.kind, hash: Digest::new([0; 32]), leaves: Vec::new(), wake: None };
            let stream = self.streams.entry(advance.stream).or_insert_with(fresh);
            for event in &advance.events {
                stream.leaves.push(self.rows.len() as u64);
                stream.hash = event.hash;
                let key = event.sealed.as_ref().map(|sealed| sealed.key);
                let body = event.sealed.as_ref().map(|sealed| sealed.digest);
                let seq = stream.leaves.len() as u64;
                self.rows.push(Arc::new(Row { stream: advance.stream, seq, event: event.clone(), key, body }));
            }
            if let Some(old) = stream.wake {
                wakes.remove(&(old, id, advance.stream));
            }
            stream.wake = advance.wake;
            wakes.extend(advance.wake.map(|wake| (wake, id, advance.stream)));
        }
        for key in &group.keys {
            self.data_keys.insert(key.id, WrappedKey { by: key.kek, bytes: key.wrapped.clone() });
        }
        for blob in &group.blobs {
            self.blobs.entry(blob.digest).or_insert_with(|| Arc::new(blob.bytes.clone()));
        }
        Stood::At { first_leaf }
    }

    pub(super) fn log(&self, now: Micros) -> TenantLog {
        let (epoch, format, control_floor) = (self.epoch, self.format, self.control_floor);
        TenantLog { epoch, format, control_floor, size: self.size(), now }
    }

    fn stored(&self, leaf: u64) -> Option<StoredEvent> {
        let row = self.rows.get(usize::try_from(leaf).ok()?)?;
        Some(StoredEvent {
            leaf,
            stream: row.stream,
            seq: row.seq,
            event: row.event.clone(),
            key: row.key,
            body: row.body,
        })
    }

    pub(super) fn stream(&self, stream: StreamId, from_seq: u64, most: usize) -> Vec<StoredEvent> {
        let from = usize::try_from(from_seq.saturating_sub(1)).unwrap_or(usize::MAX);
        let leaves = self.streams.get(&stream).map_or(&[][..], |stream| &stream.leaves);
        leaves.iter().skip(from).take(most).filter_map(|leaf| self.stored(*leaf)).collect()
    }

    pub(super) fn leaves(&self, from_leaf: u64, most: usize) -> Vec<StoredEvent> {
        (from_leaf..self.size()).take(most).filter_map(|leaf| self.stored(leaf)).collect()
    }

    pub(super) fn entries(&self, from_leaf: u64, most: usize) -> Vec<Entry> {
        let from = usize::try_from(from_leaf).unwrap_or(usize::MAX);
        let rows = self.rows.iter().enumerate().skip(from).take(most);
        let entry = |(leaf, row): (usize, &Arc<Row>)| {
            let leaf = leaf as u64;
            let Row { stream, seq, event: NewEvent { at, hash, stamp, .. }, .. } = **row;
            Some(Entry { leaf, stream, kind: self.streams.get(&stream)?.kind, seq, at, hash, stamp })
        };
        rows.filter_map(entry).collect()
    }

    pub(super) fn heads(&self, after: Option<StreamId>, most: usize) -> Vec<StreamHead> {
        let from = after.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let range = self.streams.range((from, std::ops::Bound::Unbounded));
        range.take(most).map(|(id, stream)| stream.head(*id)).collect()
    }

    pub(super) fn head(&self, stream: StreamId) -> Option<StreamHead> {
        self.streams.get(&stream).map(|found| found.head(stream))
    }

    pub(super) fn erase(&mut self, id: StreamId) -> bool {
        for row in self.rows.iter_mut().filter(|row| row.key == Some(id) && row.event.sealed.is_some()) {
            Arc::make_mut(row).event.sealed = None;
        }
        self.data_keys.remove(&id).is_some()
    }
}

impl Stream {
    fn head(&self, stream: StreamId) -> StreamHead {
        StreamHead { stream, kind: self.kind, head: self.leaves.len() as u64, hash: self.hash }
    }
}
