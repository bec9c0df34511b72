//! The command line, from outside: what each command prints, on which stream, and the code that it ends with.

#![cfg(test)]

mod applying;
mod every;
mod hints;
mod looking;
mod nouns;
mod policies;
mod rehearsing;
mod reviewing;
mod starting;
mod telling;
mod trouble;
mod world;
