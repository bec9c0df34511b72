//! The doors that answer: /v1 for people, scripts and wrappers.
