//! Who of an agent was there once, and there is no room for: a set that may take somebody for one of them, and never misses one.

use super::hands::Holder;
use bailiwick_record::sha256;
use serde::{Deserialize, Serialize};

/// The words of 64 bits of its first layer; each next one has twice as many.
const FIRST_WORDS: usize = 1 << 10;
/// Its most layers: a mebibyte in all, which takes one in fifty strangers for somebody else after half a million.
const LAYERS_MAX: usize = 7;
/// How many are put into a word before the next layer.
const PUT_PER_WORD: usize = 4;
/// How many bits stand for one.
const BITS: usize = 4;

/// Who was there once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Gone {
    /// The size of the log when somebody was put there last.
    pub(super) at: u64,
    layers: Vec<Layer>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Layer {
    put: usize,
    words: Vec<u64>,
}

impl Gone {
    /// One more, at this size of the log.
    pub(super) fn put(&mut self, holder: &Holder, at: u64) {
        self.at = at;
        if self.has(holder) {
            return;
        }
        let full = self.layers.last().is_none_or(|layer| layer.put >= layer.words.len() * PUT_PER_WORD);
        if full && self.layers.len() < LAYERS_MAX {
            self.layers.push(Layer { put: 0, words: vec![0; FIRST_WORDS << self.layers.len()] });
        }
        let Some(layer) = self.layers.last_mut() else { return };
        layer.put += 1;
        for (word, bit) in places(holder, layer.words.len()) {
            if let Some(word) = layer.words.get_mut(word) {
                *word |= bit;
            }
        }
    }

    pub(super) fn has(&self, holder: &Holder) -> bool {
        self.layers.iter().any(|layer| {
            let set = |(word, bit): &(usize, u64)| layer.words.get(*word).is_some_and(|word| word & bit != 0);
            places(holder, layer.words.len()).iter().all(set)
        })
    }
}

/// The bits that stand for one, of so many words.
fn places(holder: &Holder, words: usize) -> Vec<(usize, u64)> {
    let name = match holder {
        Holder::Agent(agent) => format!("agent {agent}"),
        Holder::Instance(agent, instance) => format!("instance {agent} {instance}"),
        Holder::Key(key) => format!("key {key}"),
    };
    let digest = sha256(name.as_bytes());
    let four = digest
        .bytes()
        .chunks_exact(4)
        .take(BITS)
        .map(|part| part.iter().fold(0_usize, |number, byte| (number << 8) | usize::from(*byte)));
    four.map(|number| ((number >> 6) % words.max(1), 1_u64 << (number & 63))).collect()
}
