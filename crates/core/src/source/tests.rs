use super::*;

#[test]
fn the_most_trusted_stands_first_and_each_has_words_of_its_own() {
    assert!(Origin::ALL.is_sorted());
    for origin in Origin::ALL {
        assert_eq!(serde_json::to_string(&origin).unwrap(), format!("\"{origin}\"", origin = origin.as_str()));
        assert_eq!(Origin::ALL.iter().filter(|other| other.words() == origin.words()).count(), 1);
    }
}

#[test]
fn what_is_wanted_is_met_by_what_is_more_trusted() {
    for (at, origin) in Origin::ALL.into_iter().enumerate() {
        assert!(Wanted::Any.met_by(origin));
        assert_eq!(Wanted::Said.met_by(origin), at == 0);
        for (least, wanted) in Origin::ALL.into_iter().enumerate() {
            assert_eq!(Wanted::AtMost(wanted).met_by(origin), at <= least);
        }
    }
}
