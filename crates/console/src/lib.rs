//! Small plain pages for people: sign in, start a task, consent, approve, end it.
//!
//! Knows no person, no store and no rule: a page asks `/v1`, as any other program of a person would.
//!
//! 1. A page is the same for everybody: what a person may see comes from `/v1`.
//! 2. Nothing is loaded from elsewhere, and no script stands in a page.
//! 3. What others wrote becomes text, never markup, with what cannot be seen spelt out.

mod page;

pub use page::{no_page, page};
