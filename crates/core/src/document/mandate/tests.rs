use crate::json::{Json, Limits};
use crate::{Document, Mandate, Micros, Per, Span};

fn read(text: &str) -> Result<Mandate, String> {
    let json = Json::parse(text.as_bytes(), &Limits::stored()).unwrap();
    match Document::read(&json) {
        Ok(Document::Mandate(mandate)) => Ok(mandate),
        Ok(other) => panic!("{other:?}"),
        Err(error) => Err(error.to_string()),
    }
}

fn with(meters: &str, more: &str) -> Result<Mandate, String> {
    let text = format!(
        r#"{{"kind":"mandate","name":"household","giver":"ann","for":{{"agents":["payer"]}},"meters":{meters}{more}}}"#
    );
    read(&text)
}

const MONTH: &str = r#"{"EUR":{"most":"1000.00","per":"month in Europe/Berlin"}}"#;

#[test]
fn a_mandate_is_read_and_written_as_it_was() {
    let mandate = with(MONTH, r#","from":"2026-11-01","until":"2027-11-01""#).unwrap();
    assert_eq!(mandate.sentence(), "ann gives 1000 EUR a month (Europe/Berlin) for agent payer");
    assert_eq!(mandate.begins(), Micros(1_793_491_200_000_000));
    assert_eq!(mandate.ends(), Some(Micros(1_825_027_200_000_000)));
    let again = Document::read(&Document::Mandate(mandate.clone()).json()).unwrap();
    assert_eq!(again, Document::Mandate(mandate));
    let rolling = with(r#"{"calls":{"most":"5","over":"24h"}}"#, "").unwrap();
    assert_eq!(rolling.meters.values().next().unwrap().span(), Some(Span::hours(24)));
}

#[test]
fn what_is_no_mandate_is_told_with_its_place() {
    for (meters, more, told) in [
        (r#"{"EUR":{"most":"1000.001","per":"month in UTC"}}"#, "", "`meters.EUR.most`: expected an amount in EUR"),
        (r#"{"EUR":{"most":"1000","per":"month"}}"#, "", "as `month in Europe/Berlin`"),
        (r#"{"EUR":{"most":"1000","per":"year in UTC"}}"#, "", "as `month in Europe/Berlin`"),
        (r#"{"EUR":{"most":"1000","per":"month in Mars; drop"}}"#, "", "as `month in Europe/Berlin`"),
        (r#"{"EUR":{"most":"1000"}}"#, "", "`meters.EUR`: expected either `per`"),
        (r#"{"EUR":{"most":"1000","per":"day in UTC","over":"24h"}}"#, "", "`meters.EUR`: expected either `per`"),
        (r#"{"EUR":{"most":"1000","over":"367d"}}"#, "", "at most 366d"),
        ("{}", "", "`meters`: expected 1 to 64 units"),
        (MONTH, r#","from":"2026-13-01""#, "`from`: expected a day"),
        (MONTH, r#","until":"soon""#, "`until`: expected a day"),
        (MONTH, r#","from":"2026-11-02","until":"2026-11-02""#, "`until`: expected a day after `from`"),
        (MONTH, r#","tools":["bank/pay"]"#, "there is no field `tools`"),
    ] {
        let error = with(meters, more).unwrap_err();
        assert!(error.contains(told), "{error}");
    }
    let nobody = format!(r#"{{"kind":"mandate","name":"m","giver":"ann","for":{{}},"meters":{MONTH}}}"#);
    assert!(read(&nobody).unwrap_err().starts_with("`for`: expected `agents`"));
}

#[test]
fn a_mandate_that_is_for_less_or_is_anothers_word_is_another() {
    let one = with(MONTH, "").unwrap();
    let more = Mandate {
        given_for: crate::GivenFor { agents: vec![], subjects: vec!["4711".to_owned()], ..one.given_for.clone() },
        ..one.clone()
    };
    let other = Mandate { giver: crate::PersonId::parse("bob").unwrap(), ..one.clone() };
    assert!(!one.rests_otherwise(&one));
    assert!(one.rests_otherwise(&more) && one.rests_otherwise(&other));
    let both = Mandate { given_for: crate::GivenFor::default(), ..one.clone() };
    assert!(!one.rests_otherwise(&both));
    assert!(Per::parse("week in Etc/GMT+1").is_some());
}
