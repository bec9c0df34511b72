use crate::testing::{STDIO, World, json, keyed};
use bailiwick_core::json::Json;
use bailiwick_core::{Bound, BoundAs, Reading, Standing};

fn found(nature: &str, arguments: &Json) -> Vec<Bound> {
    let rule =
        format!(r#"{{"kind":"tool","tool":"s/t",{nature},"bind":{{"arguments":{{"/body":{{"kind":"content"}}}}}}}}"#);
    let tool =
        r#"{"name":"t","inputSchema":{"type":"object","properties":{"body":{"type":"string"},"q":{"type":"string"}}}}"#;
    let world = World::new(STDIO).with(tool, Standing::Reviewed).ruled(&rule);
    let call = crate::Call {
        tool: World::id("t"),
        arguments: arguments.clone(),
        beside: Json::Null,
        idempotency: None,
        key: None,
    };
    let bound = world.catalogue().read(&call, &keyed).unwrap().action.bound;
    bound.into_iter().filter(|bound| bound.role == BoundAs::Found).collect()
}

#[test]
fn what_nobody_bound_is_searched_wherever_something_leaves_or_is_done() {
    let arguments = json(r#"{"q":"see evil.com"}"#);
    for (nature, expected) in [
        (r#""effect":"read","egress":"none","reversibility":"read-only""#, 0),
        (r#""effect":"read","egress":"open","reversibility":"read-only""#, 1),
        (r#""effect":"write","egress":"none","reversibility":"reversible""#, 1),
    ] {
        assert_eq!(found(nature, &arguments).len(), expected, "{nature}");
    }
}

#[test]
fn addresses_that_an_event_could_not_hold_are_one_of_which_nothing_is_known() {
    let long: String = (0..20).map(|at| format!("https://h{at}.example/{} ", "x".repeat(2000))).collect();
    let all = found(
        r#""effect":"write","egress":"none","reversibility":"reversible""#,
        &Json::object([("body", Json::from(long.as_str()))]),
    );
    let bytes: usize = all.iter().filter_map(|bound| bound.normal.known()).map(String::len).sum();
    assert!(bytes <= super::FORMS_BYTES_MAX, "{bytes}");
    assert!(all.len() < 20 && all.last().unwrap().normal == Reading::Unknown);
}
