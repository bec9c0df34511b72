use super::*;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;

#[tokio::test]
async fn work_is_done_when_the_last_of_it_was_sent() {
    let work = Work::new();
    let (first, second) = (work.begin(), work.begin());
    assert_eq!(work.count(), 2);
    drop(first);
    let body = Counted::new(Full::new(Bytes::from_static(b"answer")), Some(second));
    assert_eq!(work.count(), 1, "an answer that waits to be sent is under way");
    body.collect().await.unwrap();
    assert_eq!(work.count(), 0);
}

#[test]
fn an_answer_whose_reader_went_away_holds_nobody_up() {
    let work = Work::new();
    drop(Counted::new(Full::new(Bytes::from_static(b"answer")), Some(work.begin())));
    assert_eq!(work.count(), 0);
}
