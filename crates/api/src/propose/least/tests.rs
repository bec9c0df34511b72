use super::*;
use bailiwick_core::json::Limits;
use bailiwick_core::{
    Action, Bound, Digest, Document, Egress, Envelope, Impact, Measure, Micros, PolicyText, Reading, Template, ToolId,
    fill, sha256,
};

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// An action of a tool with these arguments; `bound` are places with their kinds.
fn action(tool: &str, effect: Effect, arguments: &str, bound: &[(&str, &str)]) -> Action {
    let arguments = json(arguments);
    let nothing: Digest = sha256(b"nothing");
    let read = |(at, kind): &(&str, &str)| {
        let pointer = Pointer::parse(at).unwrap();
        let value = arguments.pointer(&pointer)?;
        let normal = Reading::Known(value.as_str().map_or_else(|| value.canonical(), str::to_owned));
        let (kind, role) = ((*kind).to_owned(), BoundAs::Value);
        Some(Bound { digest: nothing, group: None, kind, normal, pointer, role, unit: None })
    };
    let euros = arguments.get("amount").and_then(Json::as_str).map(|text| Measure {
        amount: Reading::Known(Amount::parse(text).unwrap()),
        after: false,
        unit: Reading::Known(Unit::parse("EUR").unwrap()),
    });
    Action {
        bound: bound.iter().filter_map(read).collect(),
        measures: Vec::from_iter(euros),
        arguments,
        by_field: Vec::new(),
        classes: Vec::new(),
        clean: false,
        credential: None,
        destination: None,
        effect,
        egress: Egress::None,
        idempotency: None,
        impact: Impact::Low,
        pin: nothing,
        referents: Vec::new(),
        resource: None,
        round: 0,
        sent: nothing,
        server: nothing,
        tool: ToolId::parse(tool).unwrap(),
    }
}

fn did(task: u8, action: &Action) -> Did {
    Did {
        event: u64::from(task),
        task: StreamId::new([task; 16]),
        tool: action.tool.to_string(),
        effect: action.effect,
        classes: action.classes.clone(),
        measures: action.measures.iter().map(|of| (of.unit.known().cloned(), of.amount.known().copied())).collect(),
        measured: Vec::new(),
        private: Some(ActionPrivate::of(action)),
        once: false,
        own: is_own(action.tool.server()),
        stopped_by: Vec::new(),
    }
}

fn proposed(all: &[Did], times: u64) -> Least {
    let (agent, name) = (AgentId::parse("helper").unwrap(), TemplateName::parse("helper-least").unwrap());
    let who = ["ann".to_owned()].into();
    least((&agent, &name, &who), &all.iter().collect::<Vec<_>>(), times)
}

/// What `apply` and a task make of the documents.
fn granted(least: &Least) -> (Envelope, PolicyText) {
    let read =
        |document: &Json| Document::read(document).unwrap_or_else(|bad| panic!("{}: {bad:?}", document.canonical()));
    let mut documents = least.documents.iter().map(read);
    let (Some(Document::Template(template)), Some(Document::Policy(policy))) = (documents.next(), documents.next())
    else {
        panic!("a template and a policy")
    };
    let template: Template = template;
    (fill(&template, &Default::default(), Micros(0)).unwrap().envelope, policy)
}

const PAY: &[(&str, &str)] = &[("/to", "iban"), ("/amount", "amount"), ("/note", "content")];

fn pay(to: &str, amount: &str) -> Action {
    let arguments = format!(r#"{{"to":"{to}","amount":"{amount}","note":"thanks {amount}"}}"#);
    action("bank/pay", Effect::Transfer, &arguments, PAY)
}

#[test]
fn what_was_seen_is_allowed_and_its_neighbours_are_not() {
    let (one, other) = ("DE89370400440532013000", "FR1420041010050500013M02606");
    let seen = [pay(one, "10"), pay(other, "25"), action("bank/list", Effect::Read, "{}", &[])];
    let all: Vec<Did> = seen.iter().map(|action| did(1, action)).collect();
    let least = proposed(&all, 1);
    let (envelope, policy) = granted(&least);
    for action in &seen {
        assert!(envelope.fits(action, true).is_ok(), "{} was seen", action.tool);
    }
    assert!(envelope.fits(&pay("GB29NWBK60161331926819", "10"), true).is_err(), "another destination");
    assert!(envelope.fits(&action("bank/close", Effect::Transfer, "{}", &[]), true).is_err(), "another tool");
    assert!(envelope.fits(&action("bank/list", Effect::Write, "{}", &[]), true).is_err(), "another effect");
    let limits: Vec<_> = envelope.rows.iter().filter_map(|row| row.meters.get(&Unit::parse("EUR").unwrap())).collect();
    let [limit] = limits.as_slice() else { panic!("one row moves money") };
    let is = |text: &str| Some(Amount::parse(text).unwrap());
    assert_eq!((limit.each, limit.total), (is("25"), is("35")), "no more money than one act, or one task, moved");
    let cedar = least.documents[1].get("cedar").and_then(Json::as_str).unwrap();
    assert!(cedar.contains(r#"[Action::"bank/list", Action::"bank/pay"]"#), "{cedar}");
    assert_eq!(policy.name, "helper-least");
    assert!(least.left_out.is_empty(), "{:?}", least.left_out);
}

#[test]
fn a_list_is_held_whole() {
    let send = |to: &str| {
        action("mail/send", Effect::Share, &format!(r#"{{"to":{to}}}"#), &[("/to/0", "email"), ("/to/1", "email")])
    };
    let seen = send(r#"["a@example.org"]"#);
    let (envelope, _) = granted(&proposed(&[did(1, &seen)], 1));
    assert!(envelope.fits(&seen, true).is_ok());
    for to in [r#"["a@example.org","b@example.org"]"#, r#"["b@example.org"]"#] {
        assert!(envelope.fits(&send(to), true).is_err(), "{to}");
    }
}

#[test]
fn many_paths_are_told_by_their_folder_and_never_by_the_root_of_all() {
    let read =
        |path: &str| action("files/read", Effect::Read, &format!(r#"{{"path":"{path}"}}"#), &[("/path", "path")]);
    let seen: Vec<Did> = (0..9).map(|n| did(1, &read(&format!("/srv/notes/{n}.txt")))).collect();
    let (envelope, _) = granted(&proposed(&seen, 1));
    assert!(envelope.fits(&read("/srv/notes/new.txt"), true).is_ok());
    for path in ["/srv/secret.txt", "/srv/notes/../secret.txt", "/srv/notesfoo/1.txt"] {
        assert!(envelope.fits(&read(path), true).is_err(), "{path}");
    }
    let apart: Vec<Did> = (0..20).map(|n| did(1, &read(&format!("/{n}/x.txt")))).collect();
    let least = proposed(&apart, 1);
    assert!(least.documents.is_empty());
    assert!(least.left_out[0].why.contains("20 values that have nothing in common"), "{:?}", least.left_out);
}

#[test]
fn an_argument_that_was_not_there_stays_away_where_it_was_not() {
    let of = |arguments: &str| action("one/go", Effect::Write, arguments, &[("/id", "id"), ("/copy_to", "email")]);
    let seen = [of(r#"{"id":"7"}"#), of(r#"{"id":"8","copy_to":"a@example.org"}"#)];
    let (envelope, _) = granted(&proposed(&seen.iter().map(|one| did(1, one)).collect::<Vec<_>>(), 1));
    seen.iter().for_each(|one| assert!(envelope.fits(one, true).is_ok()));
    assert!(envelope.fits(&of(r#"{"id":"7","copy_to":"a@example.org"}"#), true).is_err());
}

#[test]
fn what_is_seldom_unread_unbounded_or_handed_on_is_left_out_and_said() {
    let seldom = action("one/go", Effect::Read, "{}", &[]);
    let mut unread = did(2, &action("one/see", Effect::Read, r#"{"id":"7"}"#, &[("/id", "id")]));
    unread.private.as_mut().unwrap().bound[0].normal = Reading::Unknown;
    let mut erased = did(3, &action("one/look", Effect::Read, "{}", &[]));
    erased.private = None;
    let mut unmeasured = did(4, &action("one/export", Effect::Export, "{}", &[]));
    unmeasured.measures = vec![(Some(Unit::records()), None)];
    let twice = |did: &Did| [did.clone(), did.clone()];
    let all: Vec<Did> =
        [vec![did(1, &seldom)], twice(&unread).to_vec(), twice(&erased).to_vec(), twice(&unmeasured).to_vec()].concat();
    let least = proposed(&all, 2);
    assert!(least.documents.is_empty());
    let told: Vec<(&str, u64)> = least.left_out.iter().map(|left| (left.tool.as_str(), left.count)).collect();
    assert_eq!(told, [("one/export", 2), ("one/go", 1), ("one/look", 2), ("one/see", 2)]);
    let measured = Did { measured: vec![(Unit::records(), Amount::parse("12").unwrap())], ..unmeasured };
    let (envelope, _) = granted(&proposed(&[measured], 1));
    assert_eq!(envelope.rows[0].meters[&Unit::records()].each, Some(Amount::parse("12").unwrap()), "its result told");
}

#[test]
fn a_rule_that_forbids_is_named() {
    let mut seen = did(1, &action("one/go", Effect::Read, "{}", &[]));
    seen.stopped_by = vec!["house.night".to_owned()];
    let least = proposed(&[seen], 1);
    assert!(least.notes[0].contains("house.night"), "{:?}", least.notes);
}
