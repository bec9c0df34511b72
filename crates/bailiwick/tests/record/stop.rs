//! How a node ends: at once where nobody waits for anything, with every wrapper's task ended.

use crate::world::{World, succeeded};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixListener;
use std::time::{Duration, Instant};

/// What ending may take where nothing is under way: far less than the time that work would be given.
const AT_ONCE: Duration = Duration::from_secs(4);

fn address(world: &World) -> String {
    loop {
        let line = world.says();
        if let Some(url) = line.strip_prefix("agents reach it at http://") {
            return url.strip_suffix("/mcp").unwrap().to_owned();
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "how long it takes is what the test is about")]
fn clients_that_ask_nothing_hold_no_node_up() {
    let mut world = World::new("stop-idle");
    world.start_as(&["serve", "--listen", "127.0.0.1:0"]);
    let address = address(&world);
    let silent = TcpStream::connect(&address).unwrap();
    let mut idle = TcpStream::connect(&address).unwrap();
    write!(idle, "GET /livez HTTP/1.1\r\nhost: {address}\r\n\r\n").unwrap();
    let mut answer = [0; 12];
    idle.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    let mut half = TcpStream::connect(&address).unwrap();
    half.write_all(b"GET /livez HTTP/1.1\r\n").unwrap();
    let begun = Instant::now();
    world.stop();
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    let said = world.said();
    assert!(said.contains(&"stopping".to_owned()) && said.contains(&"stopped".to_owned()), "{said:?}");
    drop((silent, idle, half));
}

#[test]
fn stop_ends_the_node_and_the_tasks_of_what_it_wrapped() {
    let mut world = World::furnished("stop");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    let stopped = world.json(&["stop"]);
    assert!(stopped["ran"] == true && stopped["ended"] == true, "{stopped}");
    world.has_ended();
    assert!(world.done(&["stop"]).contains("no node runs"));
    assert_eq!(world.json(&["stop"])["ran"], false);
    agent.kill();
    world.start();
    let tasks = world.listed();
    assert_eq!(tasks[0]["standing"]["why"], "node_stopped", "{tasks:?}");
}

#[test]
fn a_call_that_is_on_its_way_is_waited_for_and_settled() {
    let mut world = World::furnished("stop-waits");
    let mut agent = world.wrap();
    agent.open().unwrap();
    let listener = UnixListener::bind(world.hold()).unwrap();
    let paid = std::thread::scope(|scope| {
        let paying = scope.spawn(|| agent.pay(1, "held").unwrap());
        let (held, _) = listener.accept().unwrap();
        BufReader::new(held.try_clone().unwrap()).read_line(&mut String::new()).unwrap();
        world.terminate();
        let said = world.says();
        assert!(said.contains("waits at most 5 s") && said.contains("1 calls of wrapped servers"), "{said}");
        (&held).write_all(b"go\n").unwrap();
        paying.join().unwrap()
    });
    assert!(succeeded(&paid), "{paid}");
    world.has_ended();
    agent.kill();
    world.start();
    let tasks = world.listed();
    let task = &tasks[0];
    assert_eq!(
        (&task["standing"]["why"], &task["doubtful"]),
        (&"node_stopped".into(), &serde_json::json!([])),
        "{task}"
    );
}

#[test]
fn a_call_that_does_not_finish_is_cut_and_who_stops_the_node_is_told_before() {
    let mut world = World::furnished("stop-cuts");
    let mut agent = world.wrap();
    agent.open().unwrap();
    let listener = UnixListener::bind(world.hold()).unwrap();
    agent.pays_without_waiting(1, "held");
    let (held, _) = listener.accept().unwrap();
    BufReader::new(held.try_clone().unwrap()).read_line(&mut String::new()).unwrap();
    let out = world.run(&["stop"]);
    let told = String::from_utf8(out.stderr).unwrap();
    assert!(out.status.success() && told.contains("1 calls of wrapped servers; waits at most 5 s"), "{told}");
    assert!(told.contains("ends the tasks of 1 wrapped servers"), "{told}");
    world.has_ended();
    let said = world.said();
    assert!(said.iter().any(|line| line.starts_with("not finished within 5 s and cut")), "{said:?}");
    drop(held);
    agent.kill();
    world.start();
    let task = world.listed().remove(0);
    assert_eq!(task["standing"]["why"], "node_stopped", "{task}");
}

#[test]
fn a_call_that_is_cut_by_a_killed_wrapper_ends_its_task_with_the_act_in_doubt() {
    let world = World::furnished("stop-cut");
    let mut agent = world.wrap();
    agent.open().unwrap();
    let listener = UnixListener::bind(world.hold()).unwrap();
    std::thread::scope(|scope| {
        let (told, killed) = std::sync::mpsc::channel();
        scope.spawn(move || {
            agent.pays_without_waiting(1, "cut");
            killed.recv().unwrap();
            agent.kill();
        });
        let (held, _) = listener.accept().unwrap();
        BufReader::new(held.try_clone().unwrap()).read_line(&mut String::new()).unwrap();
        told.send(()).unwrap();
    });
    let standing = crate::wrapped::ended(&world);
    assert_eq!(standing["why"], "client_gone", "{standing}");
    let receipt = world.listed();
    assert_eq!(receipt[0]["grants"][0]["open"], 1, "what came of it is not known: {receipt:?}");
}

#[test]
fn a_wrapper_that_comes_while_a_node_ends_is_served_by_the_next_one() {
    let mut world = World::furnished("stop-next");
    let mut agent = world.wrap();
    agent.open().unwrap();
    let listener = UnixListener::bind(world.hold()).unwrap();
    agent.pays_without_waiting(1, "held");
    let (held, _) = listener.accept().unwrap();
    BufReader::new(held.try_clone().unwrap()).read_line(&mut String::new()).unwrap();
    world.terminate();
    while !world.says().starts_with("stopping; waits") {}
    let mut next = world.wrap();
    drop((held, listener));
    next.governed();
    world.has_ended();
    assert!(next.open().is_some());
    next.close();
    agent.kill();
    assert_eq!(world.json(&["stop"])["ended"], true, "the one that the wrapper started");
}

#[test]
fn an_agent_that_is_let_go_takes_the_sessions_of_its_wrappers_with_it() {
    let world = World::furnished("stop-offboard");
    let mut agent = world.wrap();
    agent.open().unwrap();
    assert!(succeeded(&agent.pay(1, "one").unwrap()));
    let tasks = world.listed();
    let (task, holder) = (tasks[0]["task"].clone(), tasks[0]["grants"][0]["holder"].as_str().unwrap().to_owned());
    let certified = world.json(&["agent", "offboard", &holder]);
    let sessions = certified["certificate"]["sessions"].as_array().unwrap();
    assert!(sessions.len() == 1 && sessions[0]["task"] == task, "{certified}");
    agent.kill();
}
