//! The form of a bundle is read strictly.

use crate::python;
use crate::world::{TASK, World};
use crate::writer::{Bundle, trust};
use bailiwick_verify::{Answer, Found, LINE_BYTES_MAX, verify};

fn refused(text: &str) {
    let report = verify(text.as_bytes(), &trust());
    assert_eq!(report.answer, Answer::Contradicted, "{report}");
    assert_eq!(report.findings.last().unwrap().found, Found::Malformed, "{report}");
    python::refuses(text, &trust(), Found::Malformed);
}

#[test]
fn what_two_readers_could_take_for_two_bundles_is_refused() {
    let sound = Bundle::of_task(&World::day(), TASK).text();
    let changes = [
        ("{\"event\":{", "{\"event\":{\"note\":1,"),
        ("{\"event\":{", "{\"event\":{\"seq\":1,"),
        ("{\"event\":{", "{\"event\":{\"leaf\":1,"),
        ("{\"bundle\":{", "{\"bundle\":{\"format\":\"bailiwick-bundle/1\","),
        ("{\"event\":{", "{\"evenT\":{"),
        ("{\"head\":{", "{\"head\":{\"more\":null,"),
        ("{\"blob\":{", " {\"blob\":{}}{\"blob\":{"),
        ("bailiwick-bundle/1", "bailiwick-bundle/2"),
        ("{\"event\":{", "{\"event\":[{"),
        ("\n{\"event\":{", "\n\n{\"event\":{"),
    ];
    for (from, to) in changes {
        let changed = sound.replacen(from, to, 1);
        assert_ne!(changed, sound, "{from}");
        refused(&changed);
    }
    refused(sound.strip_suffix('\n').unwrap());
    refused("");
    refused("\n");
    let (header, rest) = sound.split_once('\n').unwrap();
    refused(&format!("{rest}{header}\n"));
    refused(&format!("{header}\n{sound}"));
}

#[test]
fn a_line_that_is_too_long_is_refused_before_it_is_read() {
    let sound = Bundle::of_task(&World::day(), TASK).text();
    refused(&format!("{sound}{{\"event\":{{\"clear\":\"{}\"", "x".repeat(LINE_BYTES_MAX)));
}

#[test]
fn every_line_cut_short_anywhere_is_refused_and_nothing_panics() {
    let sound = Bundle::of_task(&World::day(), TASK).text();
    let report = verify(sound.as_bytes(), &trust());
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    for to in (0..sound.len() - 1).step_by(97) {
        let cut = sound.get(..to).unwrap_or_default();
        assert_ne!(verify(cut.as_bytes(), &trust()).answer, Answer::Confirmed);
    }
}
