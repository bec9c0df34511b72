use super::*;

async fn all(bytes: &[u8], bytes_max: usize) -> Vec<Line> {
    let mut lines = Lines::new(bytes, bytes_max);
    let mut out = Vec::new();
    loop {
        match lines.next().await.unwrap() {
            Line::End => return out,
            line => out.push(line),
        }
    }
}

#[tokio::test]
async fn both_line_ends_are_taken_and_blank_lines_skipped() {
    let lines = all(b"a\r\n\n  \nbc\nd", 10).await;
    assert_eq!(lines, [Line::Whole(b"a".into()), Line::Whole(b"bc".into()), Line::Whole(b"d".into())]);
}

#[tokio::test]
async fn a_line_too_long_is_skipped_and_the_next_one_is_whole() {
    let long = [vec![b'x'; 100_000], b"END\nnext\n".to_vec()].concat();
    let lines = all(&long, 1000).await;
    let Line::TooLong(tail) = &lines[0] else { panic!("{:?}", lines[0]) };
    assert!(tail.ends_with(b"END") && tail.len() <= TAIL_BYTES);
    assert_eq!(lines[1..], [Line::Whole(b"next".into())]);
}

#[tokio::test]
async fn a_line_without_end_ends_the_stream() {
    let mut lines = Lines::new(tokio::io::repeat(b'x'), 1000);
    assert_eq!(lines.next().await.unwrap_err().kind(), io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn a_line_of_exactly_the_bound_is_whole() {
    assert_eq!(all(b"12345\n123456\n", 5).await, [Line::Whole(b"12345".into()), Line::TooLong(b"123456".into())]);
}
