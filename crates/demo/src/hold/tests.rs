use std::os::unix::net::UnixListener;
use std::thread;

use super::*;
use crate::state::tests::scratch;

#[test]
fn nobody_listening_holds_nothing() {
    let dir = scratch("hold-none");
    assert!(Hold::at(dir.path().join("hold.sock")).passes("pay 1.00"));
}

#[test]
fn a_held_call_goes_on_only_when_told() {
    for (answer, passes) in [("go\n", true), ("", false), ("no\n", false)] {
        let dir = scratch("hold");
        let path = dir.path().join("hold.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let call = thread::spawn(move || Hold::at(path).passes("pay 1.00 DE89"));
        let (stream, _) = listener.accept().unwrap();
        let mut line = String::new();
        BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "pay 1.00 DE89\n");
        assert!(!call.is_finished(), "the call must wait");
        (&stream).write_all(answer.as_bytes()).unwrap();
        drop(stream);
        assert_eq!(call.join().unwrap(), passes, "{answer:?}");
    }
}
