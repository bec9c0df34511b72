//! Reads the language-neutral cases of `vectors/` for tests.

use bailiwick_core::Digest;
use serde_json::Value;
use std::path::PathBuf;

pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../vectors").join(name)
}

/// Every file of a folder, in order.
pub(crate) fn all(name: &str) -> Vec<Value> {
    let mut paths: Vec<_> = std::fs::read_dir(folder(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "no vectors in {name}");
    paths.iter().map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

pub(crate) fn one(name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder(name)).unwrap()).unwrap()
}

pub(crate) fn list<'a>(of: &'a Value, name: &str) -> &'a Vec<Value> {
    of[name].as_array().unwrap_or_else(|| panic!("no list {name}"))
}

pub(crate) fn text<'a>(of: &'a Value, name: &str) -> &'a str {
    of[name].as_str().unwrap_or_else(|| panic!("no text {name}"))
}

pub(crate) fn number(of: &Value, name: &str) -> u64 {
    of[name].as_u64().unwrap_or_else(|| panic!("no number {name}"))
}

pub(crate) fn digest(of: &Value, name: &str) -> Digest {
    Digest::parse(text(of, name)).unwrap()
}

pub(crate) fn digests(of: &Value, name: &str) -> Vec<Digest> {
    list(of, name).iter().map(|hash| Digest::parse(hash.as_str().unwrap()).unwrap()).collect()
}

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    assert!(rest.is_empty(), "odd hex {text}");
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Bytes, or one run of them.
pub(crate) fn run(of: &Value) -> Vec<u8> {
    hex(text(of, "hex")).repeat(usize::try_from(number(of, "times")).unwrap())
}

/// The entries that the tree's vectors are made of, as their files say.
pub(crate) fn entries(count: u64) -> Vec<Digest> {
    (0..count).map(|i| crate::hash::sha256_of(&[b"entry", &i.to_be_bytes()])).collect()
}
