use super::{Events, TooLong};

fn read(parts: &[&str]) -> Vec<String> {
    let mut events = Events::default();
    let data = parts.iter().flat_map(|part| events.take(part.as_bytes()).unwrap());
    data.map(|data| String::from_utf8(data).unwrap()).collect()
}

#[test]
fn events_are_the_same_however_the_bytes_are_cut() {
    let whole = "event: message\ndata: {\"a\":1}\n\n:\n\nid: 3\nretry: 5\ndata: one\ndata:two\n\n";
    let wanted = vec!["{\"a\":1}".to_owned(), "one\ntwo".to_owned()];
    assert_eq!(read(&[whole]), wanted);
    let bytes: Vec<&str> = whole.split_inclusive(|_| true).collect();
    assert_eq!(read(&bytes), wanted);
}

#[test]
fn all_three_ends_of_a_line_end_one() {
    assert_eq!(read(&["data: a\r\n\r\ndata: b\r\rdata: c\n\n"]), ["a", "b", "c"]);
}

#[test]
fn an_event_without_data_is_none() {
    assert_eq!(read(&["id: 1\ndata:\n\ndata: x\n\n"]), ["x"]);
}

#[test]
fn an_event_that_never_ends_is_not_held() {
    let mut events = Events::default();
    let megabyte = vec![b'x'; 1 << 20];
    let ended = (0..40).map(|_| events.take(&megabyte)).find(Result::is_err);
    assert_eq!(ended, Some(Err(TooLong)));
}
