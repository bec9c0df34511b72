//! What crosses a trust zone is new, shorter, goes no further, and does nothing of high impact.

use super::prelude::*;
use super::world::*;

const ABROAD: &str = r#"{"kind":"template","name":"abroad","purpose":"upkeep","intent":"Keep the books",
    "start":{"who":["anyone"],"agents":["payer"]},"window":"1h",
    "grant":[{"tools":["mail/*"],"resources":"any"},{"tools":["bank/*"],"effect":"transfer","meters":{"EUR":{"total":"100"}}}],
    "delegate":{"agents":["other"],"zones":["partner"],"depth":2}}"#;

const TRANSFERS: &str = r#"[{"tools":["bank/*"],"effect":"transfer","meters":{"EUR":{"total":"50"}}}]"#;
const SEARCH: &str = r#"[{"tools":["mail/search"]}]"#;

fn world() -> World {
    let mut world = World::new();
    let applied = world.documents(&[ABROAD]);
    assert_eq!(applied.refused, None);
    assert_eq!(world.start("abroad").verdict, Verdict::Done);
    world.consent();
    world.bind('a');
    world
}

fn request(delegate: &str, grant: &str, rest: &str) -> String {
    format!(r#"{{"delegate":"{delegate}","purpose":"p","grant":{grant}{rest}}}"#)
}

fn handed(decided: &Decided) -> GrantId {
    assert_eq!(decided.verdict, Verdict::Done, "{:?}", decided.reasons);
    decided.grant.unwrap()
}

/// Where it goes beyond, and the most.
fn beyond(decided: &Decided) -> (Code, String, String) {
    assert_eq!(decided.verdict, Verdict::Deny);
    let reason = decided.reasons.first().unwrap();
    (reason.code, reason.at.as_ref().unwrap().to_string(), reason.most.clone().unwrap())
}

fn of(at: &str, most: &str) -> (Code, String, String) {
    (Code::BeyondGrant, at.to_owned(), most.to_owned())
}

fn pays(world: &mut World, grant: GrantId, letter: char) -> Decided {
    let facts = world.facts_by(grant, letter);
    let attempt = Attempt { grant, ..world.attempt_command(world.payment("1")) };
    world.run(&Command::Attempt(Box::new(attempt)), &facts)
}

fn ends(world: &World, grant: GrantId) -> Micros {
    world.task.grants[&grant].envelope.as_ref().unwrap().window.expires
}

#[test]
fn a_grant_that_crosses_a_zone_ends_sooner_than_its_holders() {
    let mut world = world();
    let root = world.grant();
    let quarter = world.now.after(ABROAD_WINDOW_MAX);
    let unsaid = handed(&world.hand_on(root, &request("afar", SEARCH, "")));
    assert_eq!(ends(&world, unsaid), quarter, "where nothing is said it is the most");
    assert!(quarter < ends(&world, root));
    let longer = world.hand_on(root, &request("afar", SEARCH, r#","window":"16m""#));
    assert_eq!(beyond(&longer), of("/window", "900 s"));
    let shorter = handed(&world.hand_on(root, &request("afar", SEARCH, r#","window":"5m""#)));
    assert_eq!(ends(&world, shorter), world.now.after(Span::minutes(5)));
    world.pass(Span::minutes(50));
    let longer = world.hand_on(root, &request("afar", SEARCH, r#","window":"6m""#));
    assert_eq!(beyond(&longer), of("/window", "300 s"), "half of what is left");
    let own = handed(&world.hand_on(root, &request("other", SEARCH, "")));
    assert_eq!(ends(&world, own), ends(&world, root), "in its own zone as long as its holder");
    world.replay();
}

#[test]
fn who_got_work_from_another_zone_hands_nothing_on() {
    let mut world = world();
    let root = world.grant();
    let further = r#","delegation":{"zones":["partner"],"depth":1}"#;
    assert_eq!(beyond(&world.hand_on(root, &request("afar", SEARCH, further))), of("/delegation/depth", "0"));
    let other = handed(&world.hand_on(root, &request("other", SEARCH, further)));
    world.take(other, 'o');
    let third = world.hand_on(root, &request("third", SEARCH, ""));
    assert_eq!(third.reasons[0].code, Code::DelegationNotGranted, "of its own zone, and named nowhere");
    let afar = handed(&world.hand_on(other, &request("afar", SEARCH, "")));
    assert!(ends(&world, afar) <= world.now.after(ABROAD_WINDOW_MAX), "wherever in the lineage it crosses");
    world.take(afar, 'f');
    assert_eq!(world.hand_on(afar, &request("third", SEARCH, "")).reasons[0].code, Code::DelegationNotGranted);
    world.replay();
}

#[test]
fn nothing_of_high_impact_is_done_in_another_zone_whether_its_tool_is_named_or_not() {
    let mut world = world();
    let root = world.grant();
    let named = TRANSFERS.replace("bank/*", "bank/pay");
    assert_eq!(beyond(&world.hand_on(root, &request("afar", &named, ""))), of("/grant/0/tools", "impact medium"));
    let afar = handed(&world.hand_on(root, &request("afar", TRANSFERS, "")));
    let other = handed(&world.hand_on(root, &request("other", TRANSFERS, "")));
    world.take(afar, 'f');
    world.take(other, 'o');
    let refused = pays(&mut world, afar, 'f');
    assert_eq!((refused.verdict, refused.reasons[0].code), (Verdict::Deny, Code::TooFarHanded));
    assert!(refused.reasons[0].to_string().contains("zone partner"), "{}", refused.reasons[0]);
    let own = pays(&mut world, other, 'o');
    assert_eq!(own.reasons[0].code, Code::ApprovalUnavailable, "in its own zone people are asked, as everywhere");
    world.replay();
}
