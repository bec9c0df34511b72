//! A normal form is its own normal form, whatever the kind.
#![no_main]

use bailiwick_core::normal::{Kind, normal, url_host};
use libfuzzer_sys::fuzz_target;

const KINDS: [&str; 16] = [
    "iban", "email", "phone", "host", "url", "path", "id:file", "person", "party", "name", "title", "amount", "date",
    "secret", "content", "text",
];

fuzz_target!(|input: (u8, &str)| {
    let (choice, text) = input;
    let kind = Kind::parse(KINDS[usize::from(choice) % KINDS.len()]).expect("a kind");
    if let Some(found) = normal(&kind, text) {
        assert_eq!(normal(&kind, &found).as_ref(), Some(&found));
        match kind {
            Kind::Path => assert!(found.split('/').all(|segment| segment != "..")),
            Kind::Url => assert_eq!(url_host(&found), url_host(text)),
            Kind::Host => assert!(found.is_ascii()),
            _ => {}
        }
    }
});
