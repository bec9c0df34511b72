//! The engine stepped by hand, on a store in memory: what is decided, what waits, what one append holds.

#![cfg(test)]

mod burst;
mod ending;
mod hold;
mod mandates;
mod world;
