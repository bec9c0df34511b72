//! Bundles written by a writer that only tests have, changed in every way that must be caught.

#![cfg(test)]

mod again;
mod catches;
mod consented;
mod expired;
mod form;
mod python;
mod speed;
mod world;
mod writer;
