use super::*;

#[test]
fn a_number_of_the_stream_is_told_from_an_event_of_the_log() {
    for own in ["data.act  5", "data.statement.approval  7", "data.sources[0].event  10", "data.wish 6"] {
        assert_eq!(counted_in_its_stream(own), "  (counted in its own stream)", "{own}");
    }
    for other in ["data.under.control  12", "data.kind  act", "data.act", "data.effect  write", "data.asked  41"] {
        assert_eq!(counted_in_its_stream(other), "", "{other}");
    }
}
