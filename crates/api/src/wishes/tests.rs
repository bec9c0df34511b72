use super::*;
use bailiwick_core::Document;
use bailiwick_core::json::Limits;

fn template(tools: &str, rest: &str) -> Template {
    let text = format!(
        r#"{{"kind":"template","name":"t","purpose":"p","intent":"i","start":{{"who":["anna"],"agents":["a"]}},{rest}"grant":[{tools}]}}"#
    );
    match Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()) {
        Ok(Document::Template(template)) => template,
        other => panic!("{other:?}"),
    }
}

fn wished(tools: &[&str]) -> Vec<String> {
    tools.iter().map(|tool| (*tool).to_owned()).collect()
}

#[test]
fn an_offer_gives_no_tool_that_was_not_wished() {
    let one = r#"{"tools":["bank/list","bank/pay"]}"#;
    let of =
        |tools: &str, rest: &str, wish: &[&str]| Offer::of(&template(tools, rest), &wished(wish)).map(|of| of.only);
    assert_eq!(of(one, "", &["bank/list"]), Some(wished(&["bank/list"])), "the other is not given with it");
    assert_eq!(of(r#"{"tools":["bank/*"]}"#, "", &["bank/list"]), Some(wished(&["bank/list"])));
    assert_eq!(of(one, "", &["bank/*"]), Some(Vec::new()), "all of it was wished");
    assert_eq!(of(one, r#""choose":true,"#, &["bank/pay", "bank/list"]), Some(wished(&["bank/pay", "bank/list"])));
    assert_eq!(of(one, "", &["mail/send"]), None);
    assert_eq!(of(one, "", &[]), Some(Vec::new()), "nothing was named to compare with");
}

#[test]
fn the_narrowest_offer_stands_first() {
    let of = |tools: &str, wish: &[&str]| Offer::of(&template(tools, ""), &wished(wish)).unwrap();
    let (all, some) = (["bank/list", "mail/send"], r#"{"tools":["bank/list"]}"#);
    let whole = of(r#"{"tools":["bank/list","mail/send"]}"#, &all);
    assert!(whole < of(some, &all), "what gives all that is named");
    let pays = r#"{"tools":["bank/list"]},{"tools":["bank/*"],"effect":"transfer","meters":{"EUR":{"each":"1"}}}"#;
    assert!(of(some, &["bank/list"]) < of(pays, &["bank/list"]), "what is privileged comes last");
}
