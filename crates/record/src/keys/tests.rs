use super::*;
use crate::root::RootFile;
use crate::root::tests::folder;
use crate::vectors::hex;

const TENANT: TenantId = TenantId::new([1; 16]);
const OTHER: TenantId = TenantId::new([2; 16]);

fn root() -> RootFile {
    RootFile::open_or_create(&folder().join("root"), &system_random).unwrap()
}

#[test]
fn keys_opened_from_the_hierarchy_are_the_keys_put_into_it() {
    let root = root();
    let (tenant, wrapped) = TenantKey::draw(&root, TENANT, 1, &system_random).unwrap();
    let data = Secret::draw(&system_random).unwrap();
    let id = StreamId::new([3; 16]);
    let under = tenant.wrap(id, &data, &system_random).unwrap();
    assert_eq!(under.bytes.len(), WRAPPED_BYTES);

    let again = TenantKey::open(&root, TENANT, 1, &wrapped).unwrap();
    assert_eq!(again.unwrap(id, &under).unwrap().expose(), data.expose());
    assert_eq!(again.subkey("nonce", b"").expose(), tenant.subkey("nonce", b"").expose());
}

#[test]
fn a_wrapped_key_does_not_pass_for_another() {
    let root = root();
    let (key, wrapped) = TenantKey::draw(&root, TENANT, 1, &system_random).unwrap();
    for (tenant, version) in [(OTHER, 1), (TENANT, 2)] {
        assert_eq!(TenantKey::open(&root, tenant, version, &wrapped).unwrap_err(), KeyError::NotOurs);
    }
    let (one, two) = (StreamId::new([3; 16]), StreamId::new([4; 16]));
    let under = key.wrap(one, &Secret::draw(&system_random).unwrap(), &system_random).unwrap();
    assert_eq!(key.unwrap(two, &under).unwrap_err(), KeyError::NotOurs);
    let relabelled = Wrapped { by: 2, bytes: under.bytes.clone() };
    assert_eq!(key.unwrap(one, &relabelled).unwrap_err(), KeyError::Version(2));
    // A data key is not a tenant key, though both were wrapped by one secret.
    let name = KeyName::Tenant { tenant: TENANT, version: 0 };
    assert_eq!(unwrap(&key.secret, &name, &under).unwrap_err(), KeyError::NotOurs);
}

#[test]
fn changed_cut_and_foreign_bytes_are_refused() {
    let root = root();
    let (_, wrapped) = TenantKey::draw(&root, TENANT, 1, &system_random).unwrap();
    for at in 0..wrapped.bytes.len() {
        let mut changed = wrapped.clone();
        changed.bytes[at] ^= 1;
        assert!(TenantKey::open(&root, TENANT, 1, &changed).is_err(), "byte {at}");
        let cut = Wrapped { by: wrapped.by, bytes: wrapped.bytes[..at].to_vec() };
        assert_eq!(TenantKey::open(&root, TENANT, 1, &cut).unwrap_err(), KeyError::Form, "cut at {at}");
    }
    let unknown = Wrapped { by: 9, ..wrapped };
    assert_eq!(TenantKey::open(&root, TENANT, 1, &unknown).unwrap_err(), KeyError::Version(9));
}

#[test]
fn one_key_wrapped_twice_is_not_the_same_bytes() {
    let root = root();
    let (key, wrapped) = TenantKey::draw(&root, TENANT, 1, &system_random).unwrap();
    assert_ne!(key.wrapped(&root, &system_random).unwrap().bytes, wrapped.bytes);
}

#[test]
fn without_randomness_nothing_is_wrapped() {
    let none = |_: &mut [u8]| Err(KeyError::NoRandom);
    assert_eq!(TenantKey::draw(&root(), TENANT, 1, &none).unwrap_err(), KeyError::NoRandom);
    let (key, _) = TenantKey::draw(&root(), TENANT, 1, &system_random).unwrap();
    let data = Secret::draw(&system_random).unwrap();
    assert_eq!(key.wrap(StreamId::new([3; 16]), &data, &none).unwrap_err(), KeyError::NoRandom);
}

#[test]
fn a_tenant_key_is_rotated_by_wrapping_again() {
    let root = root();
    let (old, _) = TenantKey::draw(&root, TENANT, 1, &system_random).unwrap();
    let (new, _) = TenantKey::draw(&root, TENANT, 2, &system_random).unwrap();
    let id = StreamId::new([3; 16]);
    let data = Secret::draw(&system_random).unwrap();
    let before = old.wrap(id, &data, &system_random).unwrap();
    let after = new.wrap(id, &old.unwrap(id, &before).unwrap(), &system_random).unwrap();
    assert_eq!((before.by, after.by), (1, 2));
    assert_eq!(new.unwrap(id, &after).unwrap().expose(), data.expose());
}

#[test]
fn purposes_contexts_and_tenants_have_keys_of_their_own() {
    let secret = || Secret::take(&mut [5; 32]);
    let key = |tenant| TenantKey { tenant, version: 1, secret: secret() };
    let made = [
        key(TENANT).subkey("nonce", b""),
        key(TENANT).subkey("idempotency", b""),
        key(TENANT).subkey("nonce", b"x"),
        key(TENANT).subkey("noncex", b""),
        key(OTHER).subkey("nonce", b""),
        secret(),
    ];
    for (at, one) in made.iter().enumerate() {
        assert!(made.iter().skip(at + 1).all(|other| one.expose() != other.expose()), "{at}");
    }
    let hash = |domain, bytes| keyed_hash(&secret(), domain, bytes);
    assert_ne!(hash("ab", b"c"), hash("a", b"bc"));
    assert_eq!(hash("ab", b"c"), hash("ab", b"c"));
}

#[test]
fn hkdf_is_that_of_rfc_5869() {
    // RFC 5869, A.1, the first 32 bytes of its output; its input key is 22 bytes, so the extract is made by hand.
    let extracted = hmac_of(&hex("000102030405060708090a0b0c"), &[&[0x0b; 22]]);
    assert_eq!(extracted.expose().as_slice(), hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
    let out = expand(&Extracted::of(&extracted), &[&hex("f0f1f2f3f4"), &hex("f5f6f7f8f9")]);
    assert_eq!(out.expose().as_slice(), hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
}

#[test]
fn a_secret_wipes_where_it_came_from_and_is_not_printed() {
    let mut bytes = [0xab; 32];
    let secret = Secret::take(&mut bytes);
    assert_eq!((bytes, secret.expose()), ([0; 32], &[0xab; 32]));
    assert_eq!(format!("{secret:?}"), "Secret");
    let (key, _) = TenantKey::draw(&root(), TENANT, 1, &system_random).unwrap();
    assert_eq!(format!("{key:?}"), format!("TenantKey {{ tenant: {TENANT}, version: 1, secret: Secret }}"));
}
