//! A form that is read is read the same when it is written anew.
#![no_main]

use bailiwick_authority::parse_form;
use libfuzzer_sys::fuzz_target;

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fuzz_target!(|body: &[u8]| {
    match parse_form(body) {
        Ok(form) => {
            let mut anew = Vec::new();
            for (name, values) in &form {
                let values: Vec<&str> =
                    if values.is_empty() { vec![""] } else { values.iter().map(String::as_str).collect() };
                anew.extend(values.iter().map(|value| format!("{}={}", escaped(name), escaped(value))));
            }
            let anew = anew.join("&");
            // three times as long, it may be longer than a form can be
            if let Ok(again) = parse_form(anew.as_bytes()) {
                assert_eq!(again, form);
            } else {
                assert!(anew.len() > bailiwick_authority::FORM_BYTES_MAX);
            }
        }
        Err(refusal) => assert!(refusal.sentence().len() < 65536, "a sentence is bounded"),
    }
});
