use super::*;
use crate::document::Document;
use crate::json::{Json, Limits};
use crate::template::fill;
use crate::{Micros, ToolId};
use std::collections::BTreeMap;

fn template(choose: bool) -> Template {
    let text = format!(
        r#"{{"kind":"template","name":"t","purpose":"p","intent":"{{what}}","parameters":{{"what":{{"kind":"text"}}}},
            "start":{{"who":["anyone"],"agents":["a"]}},"choose":{choose},"grant":[
            {{"tools":["mail/*","bank/balance"],"resources":"any"}},
            {{"tools":["bank/pay"],"effect":"transfer","uses":2}}]}}"#
    );
    match Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).unwrap() {
        Document::Template(template) => template,
        _ => unreachable!(),
    }
}

fn picked(choose: bool, only: &[&str]) -> Result<Vec<String>, String> {
    let template = template(choose);
    let given = BTreeMap::from([("what".to_owned(), "see what there is".to_owned())]);
    let only: Vec<ToolPattern> = only.iter().map(|tool| ToolPattern::parse(tool).unwrap()).collect();
    let filled = fill(&template, &given, Micros(1)).unwrap();
    let chosen = chosen(&template, filled, &only).map_err(|error| error.to_string())?;
    let row = |row: &Row| row.tools.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    Ok(chosen.envelope.rows.iter().map(row).collect())
}

#[test]
fn what_is_picked_is_all_that_is_granted_and_within_what_the_template_allows() {
    for choose in [false, true] {
        assert_eq!(picked(choose, &["mail/read"]).unwrap(), ["mail/read"]);
        assert_eq!(picked(choose, &["bank/*"]).unwrap(), ["bank/balance", "bank/pay"], "a wide pick grants no more");
        assert_eq!(picked(choose, &["bank/pay", "mail/a*", "bank/pay"]).unwrap(), ["mail/a*", "bank/pay"]);
        for beyond in ["files/read", "bank/export"] {
            let no = picked(choose, &["mail/read", beyond]).unwrap_err();
            assert!(no.contains(beyond) && no.starts_with("`only`"), "{no}");
        }
    }
}

#[test]
fn a_template_that_has_them_picked_grants_nothing_unpicked_and_others_grant_all() {
    assert_eq!(picked(false, &[]).unwrap(), ["mail/* bank/balance", "bank/pay"]);
    assert!(picked(true, &[]).unwrap_err().contains("mail/*, bank/balance, bank/pay"));
    let many = vec!["mail/read"; CHOSEN_MAX + 1];
    assert!(picked(true, &many).unwrap_err().contains("at most 64"));
}

#[test]
fn no_pick_reaches_a_tool_that_its_row_did_not() {
    let tool = |name: &str| ToolId::parse(name).unwrap();
    let whole = template(false);
    let given = BTreeMap::from([("what".to_owned(), "x".to_owned())]);
    for pick in ["mail/*", "mail/a*", "mail/read", "bank/*", "bank/p*", "bank/pay", "bank/b*e"] {
        let filled = fill(&whole, &given, Micros(1)).unwrap();
        let before = filled.envelope.rows.clone();
        let Ok(chosen) = chosen(&whole, filled, &[ToolPattern::parse(pick).unwrap()]) else { continue };
        for name in ["mail/read", "mail/ask", "bank/balance", "bank/pay", "bank/export", "files/read"] {
            for row in &chosen.envelope.rows {
                let matches = |row: &Row| row.tools.iter().any(|own| own.matches(&tool(name)));
                let same = before.iter().find(|old| old.effects == row.effects && old.uses == row.uses).unwrap();
                assert!(!matches(row) || matches(same), "{pick} reaches {name}");
            }
        }
    }
}
