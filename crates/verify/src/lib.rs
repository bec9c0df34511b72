//! Checks an exported record without trusting who wrote it, and decides every action again.
