//! What rules change.

use super::*;

#[test]
fn a_rate_that_comes_or_is_lowered_narrows_and_any_other_change_of_it_loosens() {
    let rule = |rate: &str| format!(r#"{{"kind":"rule","name":"r","rate":{{{rate}}}}}"#);
    let pace = |most: &str, over: &str| rule(&format!(r#""per":"agent","most":{{{most}}},"over":"{over}""#));
    let with = |tools: &str| rule(&format!(r#""per":"agent","most":{{"calls":"5"}},"over":"1m"{tools}"#));
    let five = pace(r#""calls":"5""#, "1m");
    for (old, new, loosens) in [
        (five.clone(), pace(r#""calls":"4""#, "1m"), false),
        (five.clone(), pace(r#""calls":"6""#, "1m"), true),
        (five.clone(), pace(r#""calls":"5","EUR":"10""#, "1m"), false),
        (pace(r#""calls":"5","EUR":"10""#, "1m"), five.clone(), true),
        (five.clone(), pace(r#""calls":"5""#, "2m"), false),
        (five.clone(), pace(r#""calls":"5""#, "30s"), true),
        (five.clone(), five.replace("agent", "tool"), true),
        (five.clone(), with(r#","tools":["bank/pay"]"#), true),
        (with(r#","tools":["bank/pay"]"#), with(r#","tools":["bank/pay","bank/see"]"#), false),
        (with(r#","tools":["bank/pay","bank/see"]"#), with(r#","tools":["bank/see"]"#), true),
    ] {
        let lines = lines(&old, &new);
        assert!(!lines.is_empty(), "{old} to {new}");
        assert_eq!(lines.iter().any(|line| line.starts_with('!')), loosens, "{old} to {new}: {lines:?}");
    }
    let new = changes(&tenant(&[], &[]), &[document(&five)], &[], &BTreeSet::new());
    let words = "a rule: each agent does at most 5 calls in any 1m, over all tasks";
    assert_eq!(new[0].lines, [ChangeLine::whole(words, false)]);
}

#[test]
fn whoever_changes_who_is_told_or_where_loosens() {
    let rule = |notify: &str| format!(r#"{{"kind":"rule","name":"r","notify":{{{notify}}}}}"#);
    let mail = rule(r#""on":["task.ended"],"who":["owner","anna"],"mail":true"#);
    let hook = |url: &str| rule(&format!(r#""on":["task.ended"],"webhook":{{"url":"{url}","secret":"secret:x"}}"#));
    for (old, new) in [
        (mail.clone(), mail.replace("anna", "eve")),
        (mail.clone(), mail.replace(r#","anna""#, "")),
        (mail.clone(), mail.replace("task.ended", "approval.asked")),
        (hook("https://a.example/"), hook("https://b.example/")),
        (person(r#""mail":"anna@bank.example""#), person(r#""mail":"eve@evil.example""#)),
        (person(r#""roles":[]"#), person(r#""mail":"anna@bank.example""#)),
    ] {
        let lines = lines(&old, &new);
        assert!(!lines.is_empty() && lines.iter().all(|line| line.starts_with('!')), "{new}: {lines:?}");
    }
    let state = tenant(&[&mail], &[]);
    assert!(changes(&state, &[], &[("rule".to_owned(), "r".to_owned())], &BTreeSet::new())[0].loosens());
    let new = changes(&tenant(&[], &[]), &[document(&mail)], &[], &BTreeSet::new());
    assert_eq!(new[0].lines, [ChangeLine::whole("a rule: tells owner, anna by mail of task.ended", true)]);
    let told = &findings(&state, &[document(&mail)], &[])[0];
    assert!(told.why.contains("no person `anna`") && !told.refused, "{told:?}");
}

#[test]
fn what_is_kept_for_a_shorter_time_waits_for_two_and_what_is_kept_for_longer_is_at_once() {
    let rule = |retention: &str| format!(r#"{{"kind":"rule","name":"keep","retention":{{{retention}}}}}"#);
    let first = rule(r#""after":"90d","floor":"7d","templates":{"pay":"365d"}"#);
    for (from, to, loosens) in [
        ("90d", "91d", false),
        ("90d", "89d", true),
        ("365d", "366d", false),
        ("365d", "364d", true),
        ("\"7d\"", "\"8d\"", false),
        ("\"7d\"", "\"6d\"", true),
        (r#""pay":"365d""#, r#""pay":"365d","other":"90d""#, false),
        (r#""pay":"365d""#, r#""pay":"365d","other":"89d""#, true),
        (r#""pay":"365d""#, "", true),
        ("}}", r#"},"classes":{"payroll":"365d"}}"#, false),
        ("}}", r#"},"classes":{"payroll":"30d"}}"#, true),
    ] {
        let new = first.replacen(from, to, 1);
        let lines = lines(&first, &new);
        assert!(!lines.is_empty(), "{new}");
        assert_eq!(lines.iter().any(|line| line.starts_with('!')), loosens, "{new}: {lines:?}");
    }
    let state = tenant(&[&first], &[]);
    let removed = [("rule".to_owned(), "keep".to_owned())];
    assert!(!changes(&state, &[], &removed, &BTreeSet::new())[0].loosens(), "without it nothing is erased");
    assert!(changes(&tenant(&[], &[]), &[document(&first)], &[], &BTreeSet::new())[0].loosens(), "what is new erases");
    let notes = findings(&state, &[document(&first)], &[]);
    let note = |told: &Finding| told.why.contains("no template `pay`") && !told.refused;
    assert!(notes.iter().any(note), "{notes:?}");
}

fn person(more: &str) -> String {
    format!(r#"{{"kind":"person","name":"anna",{more}}}"#)
}
