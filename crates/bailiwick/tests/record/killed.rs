//! The node under `kill -9` at random moments: its record holds from outside.

use crate::bundle::Bundle;
use crate::world::{BINARY, TOTAL_EUR, World, Wrapped, found, succeeded, verify, verify_python};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often it is killed.
const KILLS: u64 = 12;
/// How long a round may go on before the kill.
const ROUND_MILLIS_MAX: u64 = 400;
/// How many tasks a person starts in a round, at most.
const TASKS_MAX: u64 = 3;

/// A seed, as the environment gives it or the clock does.
#[expect(clippy::disallowed_methods, reason = "a test chooses its seed from outside")]
fn seed() -> u64 {
    let given = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    given.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64)
}

/// xorshift64*: enough to choose moments.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % bound
    }
}

/// Pays until the wrapper ends or says that nothing can be decided; answers the references that were told to have succeeded.
fn drive(mut agent: Wrapped, round: u64, opened: &Sender<()>) -> Vec<String> {
    let mut told = Vec::new();
    let open = agent.open();
    // Nobody may be waiting for it.
    let _gone = opened.send(());
    if open.is_none() {
        return told;
    }
    for number in 0..10_000 {
        let reference = format!("r{round}-{number}");
        match agent.pay(1, &reference) {
            None => break,
            Some(answer) if succeeded(&answer) => told.push(reference),
            // A protocol error is the node's absence; a result that is an error is a refusal, over the total.
            Some(answer) if answer.get("error").is_some() => break,
            Some(answer) => {
                let text = answer.to_string();
                if text.contains("cannot be reached") || text.contains("unavailable") || text.contains("not known") {
                    break;
                }
            }
        }
    }
    told
}

/// Starts tasks until the node is gone; answers those that were told to have started.
fn start_tasks(home: &Path) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..TASKS_MAX {
        let task = ["--json", "task", "start", "read-only", "server=bank", "--agent", "personal", "--yes"];
        let out = Command::new(BINARY).arg("--home").arg(home).args(task).output().unwrap();
        let Ok(task) = serde_json::from_slice::<Value>(&out.stdout) else { break };
        told.push(task["task"].as_str().unwrap().to_owned());
    }
    told
}

#[test]
fn killed_at_random_nothing_told_is_lost_nothing_begins_twice_and_no_meter_is_overspent() {
    let seed = seed();
    println!("SEED={seed}");
    let mut dice = Dice(seed | 1);
    let mut world = World::furnished("killed");
    let mut told: Vec<String> = Vec::new();
    let mut started: Vec<String> = Vec::new();
    for round in 0..KILLS {
        let mut agent = world.wrap();
        // A wrapper that finds no node starts one of its own; from here on it only loses this one.
        agent.governed();
        let (open, opened) = channel();
        let driver = std::thread::spawn(move || drive(agent, round, &open));
        // One in four dies while the server is looked at for the first time.
        if dice.below(4) > 0 {
            let _ended = opened.recv();
        }
        let home = world.home.clone();
        let person = std::thread::spawn(move || start_tasks(&home));
        std::thread::sleep(Duration::from_millis(dice.below(ROUND_MILLIS_MAX)));
        world.kill();
        told.extend(driver.join().unwrap());
        started.extend(person.join().unwrap());
        world.start();
    }
    let key = world.key();
    let mut begun: BTreeMap<String, u64> = BTreeMap::new();
    let mut ended: BTreeMap<String, bool> = BTreeMap::new();
    let tasks = world.tasks();
    for task in &started {
        assert!(tasks.contains(task), "SEED={seed}: task {task} was told to have started and is not in the record");
    }
    for (number, task) in tasks.iter().enumerate() {
        let bundle = Bundle::read(&world.export(task, &[]));
        let path = bundle.write(&world.folder.0, task);
        let report = verify(&path, &key, &[]);
        assert_eq!(report["answer"], "confirmed", "SEED={seed}: {report}");
        // The second verifier is slow: it gets some of them.
        let second = (number % 4 == 0).then(|| verify_python(&path, &key, &[])).flatten();
        if let Some(report) = second {
            assert_eq!(report["answer"], "confirmed", "SEED={seed}: {:?}", found(&report));
        }
        let spent = spent(&bundle, task, &mut begun, &mut ended);
        assert!(spent <= TOTAL_EUR, "SEED={seed}: {spent} of {TOTAL_EUR} EUR in {task}");
    }
    let (acts, tasks) = (begun.len(), tasks.len());
    println!("{} told, {acts} begun, {} ended; {} of {tasks} tasks told", told.len(), ended.len(), started.len());
    assert!(!told.is_empty(), "SEED={seed}: no call came through, so nothing was tried");
    for (reference, times) in &begun {
        assert_eq!(*times, 1, "SEED={seed}: {reference}");
    }
    for reference in &told {
        assert!(begun.contains_key(reference), "SEED={seed}: {reference} was told and is not in the record");
    }
    // An outcome that moves no meter is told when it is decided: a kill may lose the last one.
    let lost = told.iter().filter(|reference| !ended.contains_key(*reference)).count() as u64;
    assert!(lost <= KILLS, "SEED={seed}: {lost} were told and have no outcome, in {KILLS} kills");
    // The bank paid nothing that the record does not know of.
    let books: Value = serde_json::from_slice(&std::fs::read(&world.books).unwrap()).unwrap();
    let paid = books.to_string();
    let paid = paid.split("\"reference\":\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    for reference in paid {
        assert!(begun.contains_key(reference), "SEED={seed}: {reference} was paid and is not in the record");
    }
}

/// What a task's acts may have spent: what began and is not known to have come to nothing.
fn spent(bundle: &Bundle, task: &str, begun: &mut BTreeMap<String, u64>, ended: &mut BTreeMap<String, bool>) -> u64 {
    let mut acts: BTreeMap<u64, String> = BTreeMap::new();
    for (at, kind) in bundle.kinds(task) {
        let line = &bundle.0[at];
        match kind.as_str() {
            "action.begun" => {
                let arguments = Bundle::opened(line, "arguments").unwrap_or_else(|| panic!("{line}"));
                let reference = arguments["reference"].as_str().unwrap().to_owned();
                *begun.entry(reference.clone()).or_default() += 1;
                acts.insert(line["event"]["seq"].as_u64().unwrap(), reference);
            }
            "action.ended" => {
                let clear = Bundle::clear(line);
                let act = clear["data"]["act"].as_u64().unwrap();
                ended.insert(acts[&act].clone(), true);
            }
            _ => {}
        }
    }
    acts.len() as u64
}
