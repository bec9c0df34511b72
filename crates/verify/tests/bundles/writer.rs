//! Writes bundles from a world, as lines that a test may change before they are text.

use crate::world::{ORIGIN, TENANT, World, control_stream};
use bailiwick_core::{Digest, StreamId};
use bailiwick_record::{
    Checkpoint, Heads, NoteKey, Secret, SignatureKind, TILE_BYTES, TileReader, Tiler, Tiles, cosign, prove_consistency,
    prove_inclusion, root,
};
use bailiwick_verify::{Report, Trust, VerifierKey, verify};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// The log's hashes and full tiles.
#[derive(Default)]
struct Kept {
    entries: Vec<Digest>,
    tiles: BTreeMap<(u8, u64), Vec<u8>>,
}

impl Tiles for Kept {
    type Error = Infallible;

    fn tile(&self, level: u8, index: u64) -> Result<Option<Vec<u8>>, Infallible> {
        Ok(self.tiles.get(&(level, index)).cloned().inspect(|tile| assert_eq!(tile.len(), TILE_BYTES)))
    }
    fn entries(&self, from: u64, count: u64) -> Result<Vec<Digest>, Infallible> {
        Ok(self.entries[from as usize..(from + count) as usize].to_vec())
    }
}

fn kept(world: &World) -> Kept {
    let (mut kept, mut tiler) = (Kept::default(), Tiler::default());
    for written in &world.log {
        kept.entries.push(written.hash);
        tiler.push(&written.hash, |tile| {
            kept.tiles.insert((tile.level, tile.index), tile.bytes);
        });
    }
    kept
}

fn note_key(name: &str, kind: SignatureKind, seed: u8) -> NoteKey {
    let mut seed = [seed; 32];
    NoteKey::new(name, kind, &Secret::take(&mut seed)).unwrap()
}

pub(crate) fn log_key() -> NoteKey {
    note_key(ORIGIN, SignatureKind::Ed25519, 3)
}

/// Another key under the log's name.
pub(crate) fn forger() -> NoteKey {
    note_key(ORIGIN, SignatureKind::Ed25519, 4)
}

pub(crate) fn witness(number: u8) -> NoteKey {
    note_key(&format!("witness.example/{number}"), SignatureKind::Cosignature, 40 + number)
}

pub(crate) fn vkey(key: &NoteKey) -> VerifierKey {
    VerifierKey::parse(&key.verifier().to_string()).unwrap()
}

pub(crate) fn trust() -> Trust {
    Trust::in_log(vkey(&log_key()))
}

/// A checkpoint of the world's log at a size.
pub(crate) fn checkpoint(world: &World, size: usize, key: &NoteKey, witnesses: &[NoteKey]) -> String {
    let kept = kept(world);
    let mut tree = TileReader::new(&kept, size as u64).unwrap();
    let mut note = Checkpoint::sign(key, size as u64, root(&mut tree, size as u64).unwrap()).unwrap();
    for witness in witnesses {
        let line = cosign(witness, &note, 1_800_000_000).unwrap();
        note.add(line).unwrap();
    }
    note.to_string()
}

/// A bundle, line by line.
#[derive(Clone)]
pub(crate) struct Bundle(pub(crate) Vec<Value>);

impl Bundle {
    /// Of one task: the control stream and the task's, up to the last list of heads.
    pub(crate) fn of_task(world: &World, task: StreamId) -> Self {
        let mut bundle = Self::header(world, json!({ "task": task }));
        let (at, heads) = world
            .log
            .iter()
            .enumerate()
            .rev()
            .find(|(_, written)| written.clear.contains("\"kind\":\"control.heads\""))
            .expect("the world has committed to its heads");
        let clear: Value = serde_json::from_str(&heads.clear).unwrap();
        let size = clear["data"]["size"].as_u64().unwrap() as usize;
        let all = Heads::new(world.all_heads(size)).unwrap();
        for stream in [control_stream(), task] {
            let proof = all.prove(stream).unwrap();
            bundle.0.push(json!({ "head": { "heads": at, "proof": proof, "stream": stream } }));
        }
        bundle.events(world, |leaf, stream| leaf <= at && (stream == control_stream() || stream == task));
        bundle
    }

    /// Of the whole log.
    pub(crate) fn of_log(world: &World) -> Self {
        let mut bundle = Self::header(world, json!("log"));
        bundle.events(world, |_, _| true);
        bundle
    }

    fn header(world: &World, what: Value) -> Self {
        let key = log_key();
        Self(vec![json!({ "bundle": {
            "checkpoint": checkpoint(world, world.log.len(), &key, &[witness(1), witness(2)]),
            "exported_at": world.now,
            "format": bailiwick_verify::FORMAT,
            "log_key": key.verifier().to_string(),
            "origin": ORIGIN,
            "tenant": TENANT,
            "what": what,
        } })])
    }

    fn events(&mut self, world: &World, wanted: impl Fn(usize, StreamId) -> bool) {
        let kept = kept(world);
        let size = world.log.len() as u64;
        let mut tree = TileReader::new(&kept, size).unwrap();
        for (leaf, written) in world.log.iter().enumerate().filter(|(leaf, written)| wanted(*leaf, written.stream)) {
            for (digest, bytes) in &written.blobs {
                self.0.push(json!({ "blob": { "bytes": STANDARD.encode(bytes), "digest": digest } }));
            }
            let mut event = json!({
                "clear": written.clear,
                "leaf": leaf,
                "path": prove_inclusion(&mut tree, leaf as u64, size).unwrap(),
                "seq": written.seq,
                "stream": written.stream,
            });
            if let Some(sealed) = &written.sealed {
                event["sealed"] = json!(sealed);
            }
            if let Some(opened) = &written.opened {
                let field = |(pointer, value, blind): &(String, String, Digest)| json!({ "blind": blind, "pointer": pointer, "value": value });
                event["opened"] = opened.iter().map(field).collect();
            }
            self.0.push(json!({ "event": event }));
        }
    }

    /// Shows that the log goes on from an earlier size.
    pub(crate) fn with_consistency(mut self, world: &World, from: usize) -> Self {
        let kept = kept(world);
        let to = world.log.len() as u64;
        let mut tree = TileReader::new(&kept, to).unwrap();
        let path = prove_consistency(&mut tree, from as u64, to).unwrap();
        self.0.insert(1, json!({ "consistency": { "from": from, "path": path, "to": to } }));
        self
    }

    /// The place of an event among the lines.
    pub(crate) fn line_of(&self, stream: StreamId, seq: u64) -> usize {
        let stream = json!(stream);
        let here = |line: &Value| line["event"]["stream"] == stream && line["event"]["seq"] == json!(seq);
        self.0.iter().position(here).expect("the bundle has the event")
    }

    pub(crate) fn event(&mut self, stream: StreamId, seq: u64) -> &mut Value {
        let at = self.line_of(stream, seq);
        &mut self.0[at]["event"]
    }

    pub(crate) fn text(&self) -> String {
        self.0.iter().map(|line| format!("{line}\n")).collect()
    }

    pub(crate) fn verify(&self) -> Report {
        self.verify_by(&trust())
    }

    pub(crate) fn verify_by(&self, trust: &Trust) -> Report {
        verify(self.text().as_bytes(), trust)
    }
}
