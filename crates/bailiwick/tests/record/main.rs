//! The record of the real binary, looked at from outside: what it exports, what is caught in it, what a kill leaves.

#![cfg(test)]

mod asks;
mod backup;
mod behind;
mod bundle;
mod caught;
mod changed;
mod doctor;
mod edited;
mod home;
mod killed;
mod lasting;
mod own;
mod said;
mod screens;
mod seen;
mod stop;
mod world;
mod wrapped;
