use super::*;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn ended(leaf: u64, more: &str, private: &str) -> Json {
    json(&format!(
        r##"{{"act":"#3 hr/people","kind":"action.ended","leaf":{leaf},"data":{{"by":null,"status":"done","values":[],"result":{{"kept":true,"size":9}}{more}}},"private":{private}}}"##
    ))
}

const BODY: &str = r#"{"result":{"content":[{"type":"text","text":"Ada"}]}}"#;
const VALUES: &str =
    r#","values":[{"kind":"email","pointer":"/people/0/email","record":"/people/0"},{"kind":"odd","pointer":"/x"}]"#;

fn with(more: &str, private: &str) -> Option<Recorded> {
    // a member that is said anew stands in the place of the one from before
    let event = ended(7, "", private);
    let mut data = event.get("data").unwrap().as_object().unwrap().clone();
    for (name, value) in json(&format!("{{{}}}", more.trim_start_matches(','))).as_object().unwrap().iter() {
        data.insert(name, value.clone());
    }
    let mut members = event.as_object().unwrap().clone();
    members.insert("data", Json::Object(data));
    let (tool, found) = seen(&Json::Object(members))?;
    assert_eq!((tool.as_str(), found.event), ("hr/people", 7));
    Some(found)
}

#[test]
fn a_result_that_is_kept_is_found_and_of_others_the_places_of_their_values() {
    assert!(matches!(with("", BODY).unwrap().kept, Kept::Whole(_)));
    let Kept::Places(places) = with(VALUES, r#"{"result":null}"#).unwrap().kept else { panic!("no body is kept") };
    assert_eq!(places, [(Pointer::parse("/people/0/email").unwrap(), Kind::Email)]);
    assert_eq!(with("", r#"{"result":null}"#), None, "nothing is known of it");
    assert!(matches!(with(VALUES, "{}").unwrap().kept, Kept::Places(_)), "of what is erased what is kept stays");
}

#[test]
fn what_was_not_done_was_said_by_others_failed_or_was_cut_is_no_answer() {
    for more in [
        r#""status":"not_done""#,
        r#""by":{"person":"ann"}"#,
        r#""record":{"act":1,"begun":1}"#,
        r#""result":{"failed":true,"kept":true,"size":9}"#,
        r#""result":{"kept":true,"size":9,"withheld":["payroll"]}"#,
    ] {
        assert_eq!(with(more, BODY), None, "{more}");
    }
    let other = json(&ended(1, "", BODY).canonical().replace("action.ended", "action.doubtful"));
    assert_eq!(seen(&other), None);
}

#[test]
fn the_newest_counts_and_one_that_is_whole_before_all() {
    let one = |event, whole: bool| Recorded {
        event,
        kept: if whole { Kept::Whole(Json::Null) } else { Kept::Places(Vec::new()) },
    };
    // as the record is read: the newest first
    let mut found = BTreeMap::new();
    for (event, whole) in [(9, false), (8, false), (7, true), (6, true)] {
        take(&mut found, "hr/people".to_owned(), one(event, whole));
    }
    assert_eq!(found["hr/people"].event, 7);
}
