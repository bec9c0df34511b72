use super::*;
use crate::Call;
use crate::testing::{STDIO, World, json, keyed};
use bailiwick_core::{Code, Standing};

const BIND: &str = r#"{"kind":"tool","tool":"s/t","effect":"write","reversibility":"irreversible",
    "bind":{"arguments":{"/deep/key":{"role":"idempotency"}}}}"#;

fn world(schema: &str) -> World {
    let tool = format!(
        r##"{{"name":"t","inputSchema":{{"type":"object","$defs":{{"id":{{"type":"string","maxLength":36}}}},
        "properties":{{"n":{{"type":"integer"}},"deep":{{"type":"object","properties":{{"key":{schema}}}}}}}}}}}"##
    );
    World::new(STDIO).with(&tool, Standing::Reviewed).ruled(BIND)
}

fn call(arguments: &str) -> Call {
    let key = Some(sha256(b"keyed"));
    let (arguments, beside) = (json(arguments), Json::Null);
    Call { tool: World::id("t"), arguments, beside, idempotency: None, key }
}

#[test]
fn the_hash_leaves_in_the_first_form_that_the_schema_takes_and_the_key_does_not() {
    let digits = Shape::LongHex.write(&sha256(b"keyed"));
    let short = Shape::Hex.write(&sha256(b"keyed"));
    assert!(digits.starts_with(&short) && short.len() == 32);
    let uuid = Shape::Uuid.write(&sha256(b"keyed"));
    assert_eq!(uuid.len(), 36);
    assert_eq!((uuid.as_bytes()[14], "89ab".contains(char::from(uuid.as_bytes()[19]))), (b'8', true), "{uuid}");
    for (schema, expected) in [
        (r#"{"type":"string"}"#, short.as_str()),
        (r#"{"type":"string","maxLength":32}"#, short.as_str()),
        (r##"{"$ref":"#/$defs/id"}"##, short.as_str()),
        (r#"{"type":"string","format":"uuid"}"#, &uuid),
        (r#"{"type":"string","minLength":36,"maxLength":36}"#, &uuid),
        (
            r#"{"type":"string","pattern":"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"}"#,
            &uuid,
        ),
        (r#"{"type":"string","minLength":40}"#, &digits),
        ("{}", short.as_str()),
    ] {
        let world = world(schema);
        let catalogue = world.catalogue();
        assert_eq!(catalogue.problems(), [], "{schema}");
        // the caller's own key is as the schema wants it, or it is told what of the schema it breaks
        let own =
            if schema.contains("40") { "k".repeat(40) } else { "0d9e4c1a-93b5-4f86-9d2c-6a1f0b7e8c55".to_owned() };
        let own = if schema.contains("32") && !schema.contains("36") { "k".repeat(32) } else { own };
        let call = call(&format!(r#"{{"n":1,"deep":{{"key":"{own}"}}}}"#));
        assert_eq!(catalogue.key_of(&call), Some((own.clone(), true)));
        let read = catalogue.read(&call, &keyed).unwrap();
        assert_eq!(read.refused, None, "{schema}");
        let sent = format!(r#"{{"deep":{{"key":"{expected}"}},"n":1}}"#);
        assert_eq!(String::from_utf8(read.forward).unwrap(), sent, "{schema}");
        assert_eq!(read.replaced.unwrap().canonical(), sent);
        // what is kept is what the caller wrote; what is digested is what leaves
        assert!(read.action.arguments.canonical().contains(&own));
        assert_eq!(read.action.sent, crate::write::sent("t", sent.as_bytes(), &Json::Null));
    }
}

#[test]
fn a_schema_that_takes_no_form_of_it_is_a_problem_that_names_the_place() {
    for schema in [
        r#"{"type":"integer"}"#,
        r#"{"type":"string","maxLength":20}"#,
        r#"{"type":"string","pattern":"^INV-[0-9]+$"}"#,
        r#"{"enum":["a","b"]}"#,
    ] {
        let catalogue = world(schema).catalogue();
        assert!(catalogue.problems()[0].why.contains("`/deep/key`"), "{schema}: {:?}", catalogue.problems());
        let read = catalogue.read(&call(r#"{"deep":{"key":"1"}}"#), &keyed).unwrap();
        assert_eq!(read.refused.map(|reason| reason.code), Some(Code::UnderReview), "{schema}");
    }
}

#[test]
fn two_keys_that_disagree_are_refused_and_two_that_agree_are_one() {
    let world = world(r#"{"type":"string"}"#);
    let catalogue = world.catalogue();
    for (beside, refused) in [("own", None), ("other", Some(Code::ArgumentMalformed))] {
        let call = Call { idempotency: Some(beside.to_owned()), ..call(r#"{"deep":{"key":"own"}}"#) };
        let read = catalogue.read(&call, &keyed).unwrap();
        assert_eq!(read.refused.map(|reason| reason.code), refused, "{beside}");
    }
}

#[test]
fn a_call_without_the_argument_goes_by_the_key_beside_it_and_stays_as_it_is() {
    let world = world(r#"{"type":"string"}"#);
    let catalogue = world.catalogue();
    for arguments in [r#"{"n":1}"#, r#"{"deep":{"key":null},"n":1}"#] {
        let call = Call { idempotency: Some("beside".into()), ..call(arguments) };
        assert_eq!(catalogue.key_of(&call), Some(("beside".to_owned(), false)));
        let read = catalogue.read(&call, &keyed).unwrap();
        assert_eq!((read.replaced, String::from_utf8(read.forward).unwrap().as_str()), (None, arguments));
    }
    assert_eq!(catalogue.key_of(&call("{}")), None);
}

#[test]
fn two_digests_are_two_keys_in_every_form() {
    for shape in Shape::ALL {
        assert_ne!(shape.write(&sha256(b"a")), shape.write(&sha256(b"b")));
    }
}
