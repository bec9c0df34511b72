//! The OAuth endpoints.
