//! The policy that a new tenant begins with.

/// The name of the document.
pub const STARTER_NAME: &str = "starter";
/// Its text, with comments for the person who will change it.
pub const STARTER: &str = include_str!("../../../examples/policies/starter.cedar");

#[cfg(test)]
mod tests;
