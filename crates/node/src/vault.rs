//! The keys of a node: tenant keys under the root, data keys under those. Nothing here is ever printed.

use bailiwick_core::{Digest, StreamId, TenantId};
use bailiwick_record::{KeyError, Root, Secret, StampKey, TenantKey, Wrapped, keyed_hash};
use bailiwick_store::{Keys, NewKey, StoreError, WrappedKey};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Where randomness comes from: the system's, or a seed in simulation.
pub type Fill = Arc<dyn Fn(&mut [u8]) -> Result<(), KeyError> + Send + Sync>;

/// Why a key cannot be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VaultError {
    /// The store failed.
    Store(StoreError),
    /// The key is not what it should be.
    Key(KeyError),
}

impl fmt::Display for VaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
        }
    }
}
impl std::error::Error for VaultError {}
impl From<StoreError> for VaultError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
impl From<KeyError> for VaultError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

/// The keys of a node.
pub struct Vault {
    root: RwLock<Arc<dyn Root>>,
    fill: Fill,
    tenants: Mutex<BTreeMap<TenantId, Opened>>,
}

/// A tenant's keys, open: all versions, and what each call needs of the first, made ready once.
struct Opened {
    keys: Arc<Vec<TenantKey>>,
    stamp: Arc<StampKey>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// Over a root key.
    pub fn new(root: Box<dyn Root>, fill: Fill) -> Self {
        Self { root: RwLock::new(Arc::from(root)), fill, tenants: Mutex::new(BTreeMap::new()) }
    }

    fn root(&self) -> Arc<dyn Root> {
        Arc::clone(&self.root.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The version of the root key that wraps from now on.
    pub fn root_version(&self) -> i32 {
        self.root().version()
    }

    /// What tells that version from another file's of the same number, and gives nothing of it away.
    pub fn root_mark(&self) -> Digest {
        self.root().mark()
    }

    /// Takes the root keys as they are now: after one was added.
    pub fn take_root(&self, root: Box<dyn Root>) {
        *self.root.write().unwrap_or_else(PoisonError::into_inner) = Arc::from(root);
    }

    /// Whether the root keys that are here open the tenant's.
    ///
    /// # Errors
    /// [`VaultError`] when the store fails, or one is wrapped by a root key that is not here.
    pub fn opens(&self, keys: &dyn Keys, tenant: TenantId) -> Result<(), VaultError> {
        let root = self.root();
        for (version, key) in keys.tenant_keys(tenant)? {
            TenantKey::open(root.as_ref(), tenant, version, &Wrapped { by: key.by, bytes: key.bytes })?;
        }
        Ok(())
    }

    /// Wraps by the newest root key what an older one wraps of a tenant. Each key is opened by one version or by the other:
    /// a crash in between leaves nothing closed, and whoever comes next goes on. Answers how many it wrapped.
    ///
    /// # Errors
    /// [`VaultError`] when the store fails, or the root did not wrap what is stored, or what another node wrapped meanwhile.
    pub fn rewrap(&self, keys: &dyn Keys, tenant: TenantId) -> Result<usize, VaultError> {
        let (root, mut wrapped) = (self.root(), 0);
        for (version, key) in keys.tenant_keys(tenant)? {
            if key.by >= root.version() {
                continue;
            }
            let from = key.by;
            let open = TenantKey::open(root.as_ref(), tenant, version, &Wrapped { by: from, bytes: key.bytes })?;
            let Wrapped { by, bytes } = open.wrapped(root.as_ref(), &|out| (self.fill)(out))?;
            // Another node may have been first: what it wrapped is looked at below.
            wrapped += usize::from(keys.rewrap_tenant_key(tenant, version, from, &WrappedKey { by, bytes })?);
        }
        self.opens(keys, tenant)?;
        Ok(wrapped)
    }

    /// Opens the tenant's keys, and makes the first one where there is none.
    ///
    /// # Errors
    /// [`VaultError`] when the store fails or the root did not wrap what is stored.
    pub fn open_tenant(&self, keys: &dyn Keys, tenant: TenantId) -> Result<(), VaultError> {
        let mut stored = keys.tenant_keys(tenant)?;
        if stored.is_empty() {
            let (_, wrapped) = TenantKey::draw(self.root().as_ref(), tenant, 1, &|out| (self.fill)(out))?;
            // Another node may have been first: what stands is what counts.
            match keys.put_tenant_key(tenant, 1, &WrappedKey { by: wrapped.by, bytes: wrapped.bytes }) {
                Ok(()) | Err(StoreError::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
            stored = keys.tenant_keys(tenant)?;
        }
        let root = self.root();
        let opened = stored
            .into_iter()
            .map(|(version, key)| {
                TenantKey::open(root.as_ref(), tenant, version, &Wrapped { by: key.by, bytes: key.bytes })
            })
            .collect::<Result<Vec<_>, _>>()?;
        let first = opened.first().ok_or(VaultError::Store(StoreError::NoTenant))?;
        let stamp = Arc::new(StampKey::new(&first.subkey("stamp", b"")));
        self.lock().insert(tenant, Opened { keys: Arc::new(opened), stamp });
        Ok(())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<TenantId, Opened>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys_of(&self, tenant: TenantId) -> Result<Arc<Vec<TenantKey>>, VaultError> {
        let tenants = self.lock();
        let opened = tenants.get(&tenant).ok_or(VaultError::Store(StoreError::NoTenant))?;
        Ok(Arc::clone(&opened.keys))
    }

    /// Draws the data key of a stream and wraps it by the tenant's newest key.
    ///
    /// # Errors
    /// [`VaultError`] when the tenant was not opened or there is no randomness.
    pub fn draw(&self, tenant: TenantId, stream: StreamId) -> Result<(Secret, NewKey), VaultError> {
        let keys = self.keys_of(tenant)?;
        let newest = keys.last().ok_or(VaultError::Store(StoreError::NoTenant))?;
        let fill = |out: &mut [u8]| (self.fill)(out);
        let secret = Secret::draw(&fill)?;
        let wrapped = newest.wrap(stream, &secret, &fill)?;
        Ok((secret, NewKey { id: stream, kek: newest.version(), wrapped: wrapped.bytes, drop_on: 0 }))
    }

    /// Opens the data key of a stream; `None` when it never was or is erased.
    ///
    /// # Errors
    /// [`VaultError`] when the store fails or the key is not what it should be.
    pub fn data_key(&self, store: &dyn Keys, tenant: TenantId, stream: StreamId) -> Result<Option<Secret>, VaultError> {
        let Some(stored) = store.data_key(tenant, stream)? else { return Ok(None) };
        let keys = self.keys_of(tenant)?;
        let by = keys.iter().find(|key| key.version() == stored.by).ok_or(KeyError::Version(stored.by))?;
        Ok(Some(by.unwrap(stream, &Wrapped { by: stored.by, bytes: stored.bytes })?))
    }

    /// The key that stamps the tenant's events.
    ///
    /// # Errors
    /// [`VaultError`] when the tenant was not opened.
    pub fn stamp_key(&self, tenant: TenantId) -> Result<Arc<StampKey>, VaultError> {
        let tenants = self.lock();
        let opened = tenants.get(&tenant).ok_or(VaultError::Store(StoreError::NoTenant))?;
        Ok(Arc::clone(&opened.stamp))
    }

    /// A key of the tenant for one use, as `nonce`.
    ///
    /// # Errors
    /// [`VaultError`] when the tenant was not opened.
    pub fn subkey(&self, tenant: TenantId, purpose: &str) -> Result<Secret, VaultError> {
        let keys = self.keys_of(tenant)?;
        let first = keys.first().ok_or(VaultError::Store(StoreError::NoTenant))?;
        Ok(first.subkey(purpose, b""))
    }

    /// A keyed hash under a key of the tenant for one use.
    ///
    /// # Errors
    /// [`VaultError`] when the tenant was not opened.
    pub fn keyed_hash(&self, tenant: TenantId, purpose: &str, bytes: &[u8]) -> Result<Digest, VaultError> {
        Ok(keyed_hash(&self.subkey(tenant, purpose)?, purpose, bytes))
    }

    /// Fresh random bytes.
    ///
    /// # Errors
    /// [`VaultError`] when there is no randomness.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], VaultError> {
        let mut out = [0; N];
        (self.fill)(&mut out)?;
        Ok(out)
    }
}
