use super::*;

fn all(pieces: &[&[u8]], bytes_max: usize) -> Result<Vec<String>, TooLong> {
    let mut events = Events::new(bytes_max);
    let mut out = Vec::new();
    for piece in pieces {
        out.extend(events.take(piece)?.into_iter().map(|data| String::from_utf8(data).unwrap()));
    }
    Ok(out)
}

const STREAM: &str = "\u{feff}: hello\r\nid: 0\nretry: 3000\ndata:\n\nevent: message\ndata: {\"a\":\r\ndata: 1}\r\n\r\nevent: other\ndata: no\n\ndata:b\r\rdata: c\n\n\ndata: unfinished\n";

#[test]
fn messages_are_read_whatever_ends_their_lines() {
    assert_eq!(all(&[STREAM.as_bytes()], 1000).unwrap(), ["{\"a\":\n1}", "b", "c"]);
}

#[test]
fn where_a_stream_is_cut_changes_nothing() {
    let whole = all(&[STREAM.as_bytes()], 1000).unwrap();
    for at in 0..STREAM.len() {
        let (a, b) = STREAM.as_bytes().split_at(at);
        assert_eq!(all(&[a, b], 1000).unwrap(), whole, "cut at {at}");
    }
    let bytes: Vec<&[u8]> = STREAM.as_bytes().chunks(1).collect();
    assert_eq!(all(&bytes, 1000).unwrap(), whole);
}

#[test]
fn an_event_over_the_bound_is_too_long_however_it_comes() {
    let fits = format!("data: {}\n\n", "x".repeat(500));
    assert_eq!(all(&[fits.as_bytes()], 500).unwrap().len(), 1);
    let line = format!("data: {}", "x".repeat(1000));
    assert_eq!(all(&[line.as_bytes()], 500), Err(TooLong));
    let lines = "data: xxxxxxxxxxxxxxxxxxxx\n".repeat(50);
    assert_eq!(all(&[lines.as_bytes()], 500), Err(TooLong));
    let many = "data: x\n\n".repeat(1000);
    assert_eq!(all(&[many.as_bytes()], 500).unwrap().len(), 1000);
    // lines of nothing grow too
    assert_eq!(all(&["data\n".repeat(1000).as_bytes()], 500), Err(TooLong));
}
