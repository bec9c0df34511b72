use super::propose;
use crate::testing::json;
use bailiwick_core::{Effect, Egress, Reversibility};

#[test]
fn annotations_propose_what_the_model_says() {
    use {
        Effect::{Read, Write},
        Egress::{None as Stays, Open},
        Reversibility::{Irreversible, ReadOnly, Reversible},
    };
    for (hints, expected) in [
        (None, (Write, Open, Irreversible)),
        (Some("{}"), (Write, Open, Irreversible)),
        (Some(r#"{"readOnlyHint":true}"#), (Read, Open, ReadOnly)),
        (Some(r#"{"readOnlyHint":true,"openWorldHint":false}"#), (Read, Stays, ReadOnly)),
        (Some(r#"{"readOnlyHint":true,"openWorldHint":true}"#), (Read, Open, ReadOnly)),
        (Some(r#"{"readOnlyHint":false,"openWorldHint":false}"#), (Write, Stays, Irreversible)),
        (Some(r#"{"destructiveHint":false,"openWorldHint":false}"#), (Write, Stays, Reversible)),
        (Some(r#"{"destructiveHint":true,"openWorldHint":false}"#), (Write, Stays, Irreversible)),
        (Some(r#"{"readOnlyHint":true,"destructiveHint":true}"#), (Read, Open, ReadOnly)),
        (Some(r#"{"readOnlyHint":"true","openWorldHint":0}"#), (Write, Open, Irreversible)),
        (Some(r#"{"readonlyhint":true,"openWorldHint":null}"#), (Write, Open, Irreversible)),
    ] {
        let found = propose(hints.map(json).as_ref());
        assert_eq!((found.effect, found.egress, found.reversibility), expected, "{hints:?}");
        assert!(found.why.len() >= 2, "{hints:?}");
    }
}
