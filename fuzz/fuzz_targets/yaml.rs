//! Documents of a file are told wrong in bounded words, or read the same from their JSON.
#![no_main]
#![expect(dead_code, reason = "the command line reads files besides")]

use libfuzzer_sys::fuzz_target;

// the command line is a program and no library
#[path = "../../crates/bailiwick/src"]
mod bailiwick {
    pub(crate) mod yaml;
}

fuzz_target!(|text: &str| {
    match bailiwick::yaml::documents("f.yaml", text) {
        Ok(read) => {
            for one in read {
                let again = bailiwick::yaml::documents("f.json", &one.json.canonical()).expect("JSON is YAML");
                assert_eq!(again.first().map(|again| &again.json), Some(&one.json));
            }
        }
        Err(bad) => assert!(bad.to_string().len() < 2048 * (1 + text.len()), "what is told is bounded"),
    }
});
