//! Everything that must be caught, each named, and each beside the bundle that holds.

use crate::python;
use crate::world::{OTHER_TASK, TASK, World, control_stream, digest};
use crate::writer::{Bundle, checkpoint, forger, log_key, trust, vkey, witness};
use bailiwick_core::sha256;
use bailiwick_verify::{Answer, Complete, Found, Trust};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

/// Both verifiers name this finding, and both confirm the bundle it was made from.
fn caught(sound: &Bundle, changed: &Bundle, trust: &Trust, found: Found) {
    let control = sound.verify_by(trust);
    assert_eq!(control.answer, Answer::Confirmed, "{control}");
    named(changed, trust, found);
}

fn named(changed: &Bundle, trust: &Trust, found: Found) {
    let report = changed.verify_by(trust);
    assert_eq!(report.answer, found.answer(), "{report}");
    assert!(report.findings.iter().any(|finding| finding.found == found), "{report}");
    python::agrees(changed, trust, found);
}

fn change(bundle: &Bundle, work: impl FnOnce(&mut Bundle)) -> Bundle {
    let mut changed = bundle.clone();
    work(&mut changed);
    assert_ne!(changed.0, bundle.0, "the change changes nothing");
    changed
}

fn replace(value: &mut Value, from: &str, to: &str) {
    let text = value.as_str().unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    *value = json!(text.replace(from, to));
}

#[test]
fn a_sound_bundle_is_confirmed_and_says_what_it_rests_on() {
    let world = World::day();
    let report = Bundle::of_task(&world, TASK).verify();
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    let heads = Complete::Heads(world.log.len() as u64 - 1);
    assert_eq!(report.basis.complete, heads);
    assert_eq!(report.decided_again, report.events, "{report}");
    assert_eq!((report.acts.begun, report.acts.cooperative, report.acts.refused, report.acts.counted), (5, 5, 2, 3));
    let text = report.to_string();
    assert!(text.starts_with("This rests on:"), "{text}");
    assert!(text.contains("Acts that did not pass the gateway are outside of this proof"), "{text}");
    assert!(text.contains("5 were cooperative"), "{text}");
    python::confirms(&Bundle::of_task(&world, TASK), &trust());
}

#[test]
fn the_whole_log_is_confirmed_without_any_word_of_heads() {
    let world = World::day();
    let bundle = Bundle::of_log(&world);
    let report = bundle.verify();
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    assert_eq!(report.basis.complete, Complete::Log(world.log.len() as u64));
    python::confirms(&bundle, &trust());
}

#[test]
fn a_task_that_never_was_is_shown_not_to_be() {
    let bundle = Bundle::of_task(&World::day(), bailiwick_core::StreamId::new([0x77; 16]));
    assert_eq!(bundle.verify().answer, Answer::Confirmed, "{}", bundle.verify());
    python::confirms(&bundle, &trust());
}

#[test]
fn a_changed_body_is_caught() {
    let sound = Bundle::of_task(&World::day(), TASK);
    let value =
        change(&sound, |bundle| replace(&mut bundle.event(TASK, 5)["opened"][0]["value"], "invoice", "invoicE"));
    caught(&sound, &value, &trust(), Found::BodyChanged);
    let blind = change(&sound, |bundle| bundle.event(TASK, 5)["opened"][0]["blind"] = json!(digest("blind")));
    caught(&sound, &blind, &trust(), Found::BodyChanged);
    let left_out = change(&sound, |bundle| drop(bundle.event(TASK, 5)["opened"].as_array_mut().unwrap().pop()));
    caught(&sound, &left_out, &trust(), Found::BodyChanged);
    let sealed = change(&sound, |bundle| bundle.event(TASK, 5)["sealed"] = json!(digest("another body")));
    caught(&sound, &sealed, &trust(), Found::EventChanged);
}

#[test]
fn a_changed_event_is_caught_and_its_place_told() {
    let sound = Bundle::of_task(&World::day(), TASK);
    for seq in 1..=20 {
        let changed = change(&sound, |bundle| replace(&mut bundle.event(TASK, seq)["clear"], "\"at\":18", "\"at\":19"));
        caught(&sound, &changed, &trust(), Found::EventChanged);
        let finding = changed.verify().findings.remove(0);
        assert_eq!((finding.seq, finding.line), (Some(seq), sound.line_of(TASK, seq) as u64 + 1));
    }
    let moved = change(&sound, |bundle| bundle.event(TASK, 20)["leaf"] = json!(9_999));
    named(&moved, &trust(), Found::EventChanged);
}

#[test]
fn a_removed_event_is_caught() {
    let sound = Bundle::of_task(&World::day(), TASK);
    for (stream, seq) in [(TASK, 1), (TASK, 7), (control_stream(), 3)] {
        let changed = change(&sound, |bundle| drop(bundle.0.remove(bundle.line_of(stream, seq))));
        caught(&sound, &changed, &trust(), Found::EventRemoved);
    }
    // Numbered anew, what follows is not what the log has.
    let renumbered = change(&sound, |bundle| {
        bundle.0.remove(bundle.line_of(TASK, 7));
        for seq in 8..=20 {
            bundle.event(TASK, seq)["seq"] = json!(seq - 1);
        }
    });
    caught(&sound, &renumbered, &trust(), Found::EventChanged);
}

#[test]
fn two_events_swapped_are_caught() {
    let world = World::day();
    let sound = Bundle::of_task(&world, TASK);
    let swap = |bundle: &mut Bundle, one: u64, other: u64| {
        let (one, other) = (bundle.line_of(TASK, one), bundle.line_of(TASK, other));
        bundle.0.swap(one, other);
    };
    caught(&sound, &change(&sound, |bundle| swap(bundle, 5, 6)), &trust(), Found::EventsSwapped);
    caught(&sound, &change(&sound, |bundle| swap(bundle, 4, 9)), &trust(), Found::EventsSwapped);
    // Swapped with their numbers, each stands where the other is in the log.
    let renumbered = change(&sound, |bundle| {
        swap(bundle, 5, 6);
        let (one, other) = (bundle.line_of(TASK, 6), bundle.line_of(TASK, 5));
        bundle.0[one]["event"]["seq"] = json!(5);
        bundle.0[other]["event"]["seq"] = json!(6);
    });
    named(&renumbered, &trust(), Found::EventsSwapped);
    let log = Bundle::of_log(&world);
    let across = change(&log, |bundle| {
        let (one, other) = (bundle.line_of(OTHER_TASK, 2), bundle.line_of(control_stream(), 5));
        bundle.0.swap(one, other);
    });
    named(&across, &trust(), Found::EventsSwapped);
}

#[test]
fn a_truncated_stream_is_caught() {
    let world = World::day();
    let sound = Bundle::of_task(&world, TASK);
    for kept in [19, 10, 4] {
        let changed = change(&sound, |bundle| {
            for seq in (kept + 1..=world.tasks[&TASK].seq).rev() {
                bundle.0.remove(bundle.line_of(TASK, seq));
            }
        });
        caught(&sound, &changed, &trust(), Found::StreamTruncated);
    }
    let log = Bundle::of_log(&world);
    let shorter = change(&log, |bundle| drop(bundle.0.pop()));
    caught(&log, &shorter, &trust(), Found::StreamTruncated);
    let no_end = change(&sound, |bundle| drop(bundle.0.remove(2)));
    caught(&sound, &no_end, &trust(), Found::CompletenessNotShown);
}

#[test]
fn a_hidden_stream_is_caught() {
    let mut world = World::day();
    let sound = Bundle::of_task(&world, TASK);
    let is_of_task = |line: &Value| line["event"]["stream"] == json!(TASK);
    let without_events = change(&sound, |bundle| bundle.0.retain(|line| !is_of_task(line)));
    caught(&sound, &without_events, &trust(), Found::StreamHidden);
    let nothing_shown = change(&without_events, |bundle| drop(bundle.0.remove(2)));
    caught(&sound, &nothing_shown, &trust(), Found::StreamHidden);
    // Absence of one stream shown in the place of another's.
    let absent = Bundle::of_task(&world, bailiwick_core::StreamId::new([0x77; 16]));
    let denied = change(&without_events, |bundle| bundle.0[2]["head"]["proof"] = absent.0[2]["head"]["proof"].clone());
    caught(&sound, &denied, &trust(), Found::HeadsForged);
    // A node that commits to a list without the stream is caught by who has the whole log.
    let log = Bundle::of_log(&world);
    world.heads_without(&[OTHER_TASK]);
    caught(&log, &Bundle::of_log(&world), &trust(), Found::StreamHidden);
}

#[test]
fn a_forged_checkpoint_is_caught() {
    let world = World::day();
    let sound = Bundle::of_task(&world, TASK);
    let size = world.log.len();
    let set = |note: String| change(&sound, |bundle| bundle.0[0]["bundle"]["checkpoint"] = json!(note));
    let by_another = set(checkpoint(&world, size, &forger(), &[]));
    caught(&sound, &by_another, &trust(), Found::CheckpointForged);
    // The bundle's own word for the key changes nothing.
    let with_its_key =
        change(&by_another, |bundle| bundle.0[0]["bundle"]["log_key"] = json!(forger().verifier().to_string()));
    caught(&sound, &with_its_key, &trust(), Found::CheckpointForged);
    let note = checkpoint(&world, size, &log_key(), &[]);
    caught(
        &sound,
        &set(note.replace(&format!("\n{size}\n"), &format!("\n{}\n", size + 1))),
        &trust(),
        Found::CheckpointForged,
    );
}

#[test]
fn a_log_rewritten_after_a_kept_checkpoint_is_caught() {
    let world = World::day();
    let mut rewritten = World::new();
    rewritten.start(OTHER_TASK);
    rewritten.start(TASK);
    rewritten.heads();
    let size = world.log.len();
    let kept = |note: String| Trust { kept: vec![note], ..trust() };
    for old in [10, size / 2, size] {
        let keeps = kept(checkpoint(&world, old, &log_key(), &[]));
        let sound = Bundle::of_task(&world, TASK).with_consistency(&world, old);
        assert_eq!(sound.verify_by(&keeps).basis.kept, [old as u64]);
        python::confirms(&sound, &keeps);
    }
    let forked = rewritten.log.len();
    let keeps_another = kept(checkpoint(&rewritten, forked, &log_key(), &[]));
    let honest = Trust { kept: vec![checkpoint(&world, forked, &log_key(), &[])], ..trust() };
    let bundle = Bundle::of_task(&world, TASK).with_consistency(&world, forked);
    assert_eq!(bundle.verify_by(&honest).answer, Answer::Confirmed);
    named(&bundle, &keeps_another, Found::LogRewritten);
    // The same size with another root needs no proof to be caught.
    let mut other_end = World::day();
    other_end.log.truncate(size - 1);
    other_end.heads_without(&[OTHER_TASK]);
    assert_eq!(other_end.log.len(), size);
    named(&bundle, &kept(checkpoint(&other_end, size, &log_key(), &[])), Found::LogRewritten);
    // A bundle that shows nothing of it.
    named(&Bundle::of_task(&world, TASK), &kept(checkpoint(&world, size - 1, &log_key(), &[])), Found::KeptNotShown);
}

#[test]
fn a_bundle_with_its_own_policy_is_caught() {
    let world = World::day();
    let sound = Bundle::of_task(&world, TASK);
    let own = br#"{"cedar":"permit(principal, action, resource); //","kind":"policy","name":"starter"}"#;
    let is_policy = |line: &Value| {
        let bytes = STANDARD.decode(line["blob"]["bytes"].as_str().unwrap_or_default()).unwrap();
        String::from_utf8_lossy(&bytes).contains("\"kind\":\"policy\"")
    };
    let at = sound.0.iter().position(is_policy).unwrap();
    let other_bytes = change(&sound, |bundle| bundle.0[at]["blob"]["bytes"] = json!(STANDARD.encode(own)));
    caught(&sound, &other_bytes, &trust(), Found::OwnDocument);
    let other_digest = change(&other_bytes, |bundle| bundle.0[at]["blob"]["digest"] = json!(sha256(own)));
    caught(&sound, &other_digest, &trust(), Found::OwnDocument);
    caught(&sound, &other_digest, &trust(), Found::DocumentMissing);
    let added = change(&sound, |bundle| {
        bundle.0.insert(at, json!({ "blob": { "bytes": STANDARD.encode(own), "digest": sha256(own) } }));
    });
    caught(&sound, &added, &trust(), Found::OwnDocument);
    let missing = change(&sound, |bundle| drop(bundle.0.remove(at)));
    caught(&sound, &missing, &trust(), Found::DocumentMissing);
    // An event that applies it, in the place of one of the log's.
    let digest_of_policy = sound.0[at]["blob"]["digest"].as_str().unwrap();
    let applied = change(&other_digest, |bundle| {
        replace(&mut bundle.event(control_stream(), 2)["clear"], digest_of_policy, &sha256(own).to_string());
    });
    caught(&sound, &applied, &trust(), Found::EventChanged);
    let in_header =
        change(&sound, |bundle| bundle.0[0]["bundle"]["policy"] = json!("permit(principal, action, resource);"));
    caught(&sound, &in_header, &trust(), Found::Malformed);
}

#[test]
fn a_changed_digest_is_told_at_its_line_and_of_no_sound_document() {
    let sound = Bundle::of_task(&World::day(), TASK);
    let blobs: Vec<usize> = (0..sound.0.len()).filter(|at| sound.0[*at].get("blob").is_some()).collect();
    assert!(blobs.len() > 1, "one document cannot be taken for another");
    for at in blobs {
        let changed = change(&sound, |bundle| bundle.0[at]["blob"]["digest"] = json!(digest("another")));
        caught(&sound, &changed, &trust(), Found::OwnDocument);
        let report = changed.verify();
        let of_documents: Vec<_> =
            report.findings.iter().filter(|finding| finding.found == Found::OwnDocument).collect();
        assert_eq!(of_documents.len(), 1, "{report}");
        assert_eq!(of_documents[0].line, at as u64 + 1, "{report}");
        assert!(of_documents[0].text.starts_with("this line was changed"), "{report}");
    }
}

#[test]
fn the_numbers_say_what_the_events_are() {
    let report = Bundle::of_task(&World::day(), TASK).verify();
    let (all, tenant) = (report.events, report.events_of_tenant);
    let control = Bundle::of_task(&World::day(), bailiwick_core::StreamId::new([0x77; 16])).verify();
    assert_eq!((control.events, control.events_of_tenant), (tenant, tenant));
    let line = format!("{all} events: {tenant} of the tenant");
    assert!(report.to_string().contains(&line), "{report}");
    assert!(report.to_string().contains(&format!(", {} of tasks", all - tenant)), "{report}");
}

#[test]
fn witnesses_count_only_by_their_keys_and_each_once() {
    let bundle = Bundle::of_task(&World::day(), TASK);
    let of = |witnesses: Vec<u8>, needed| Trust {
        witnesses: witnesses.into_iter().map(|number| vkey(&witness(number))).collect(),
        witnesses_needed: needed,
        ..trust()
    };
    let two = of(vec![1, 2, 3], 2);
    let report = bundle.verify_by(&two);
    assert_eq!(report.answer, Answer::Confirmed, "{report}");
    assert_eq!(report.basis.witnesses.len(), 2);
    python::confirms(&bundle, &two);
    named(&bundle, &of(vec![1, 2, 3], 3), Found::WitnessesMissing);
    named(&bundle, &of(vec![1, 1], 2), Found::WitnessesMissing);
}

#[test]
fn an_erased_body_is_not_decidable_and_never_confirmed() {
    let sound = Bundle::of_task(&World::day(), TASK);
    for seq in [1, 2, 5] {
        let erased = change(&sound, |bundle| drop(bundle.event(TASK, seq).as_object_mut().unwrap().remove("opened")));
        named(&erased, &trust(), Found::Erased);
    }
}
