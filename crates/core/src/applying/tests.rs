mod mandates;
mod rules;

use super::*;
use crate::control::{AgentEntry, RuleEntry, ServerEntry, ToolEntry};
use crate::event::{PinnedTool, Standing};
use crate::json::Limits;
use crate::sha256;
use std::sync::Arc;

fn document(text: &str) -> Document {
    let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    Document::read(&json).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// A tenant in which these stand; servers among them were seen, with these tools.
fn tenant(documents: &[&str], tools: &[&str]) -> ControlState {
    let mut state = ControlState::default();
    for text in documents {
        match document(text) {
            Document::Agent(document) => {
                let digest = sha256(b"agent");
                let entry =
                    AgentEntry { document, digest, active: true, suspended: None, changed: None, offboarded: false };
                state.agents.insert(entry.document.name.clone(), entry);
            }
            Document::Role(role) => drop(state.roles.insert(role.name.clone(), role)),
            Document::Server(document) => {
                let entry = ServerEntry { document, identity: Some(sha256(b"seen")), same: true };
                state.servers.insert(entry.document.name.clone(), entry);
            }
            Document::Tool(tool) => drop(state.tool_rules.insert(tool.tool.clone(), Arc::new(tool))),
            Document::Template(template) => {
                state.templates.insert(template.name.clone(), (Arc::new(template), sha256(b"template")));
            }
            Document::Policy(policy) => {
                state.policies.insert(policy.name.clone(), (Arc::new(policy), sha256(b"policy")));
            }
            Document::Person(person) => drop(state.persons.insert(person.name.clone(), person)),
            Document::Mandate(document) => mandates::put(&mut state, document),
            Document::Rule(rule) => drop(state.rules.insert(rule.name.clone(), RuleEntry { document: rule, since: 1 })),
        }
    }
    for tool in tools {
        let tool = ToolId::parse(tool).unwrap();
        let pin = sha256(b"pin");
        let (effect, egress, reversibility) = (Effect::Write, Egress::Open, Reversibility::Irreversible);
        let standing = Standing::Reviewed;
        let pinned = PinnedTool { effect, egress, pin, reversibility, standing, tool: tool.clone(), words: pin };
        state.tools.insert(tool, ToolEntry { pinned, seen: None, quarantine: None });
    }
    state
}

/// The lines of the one change from the first document to the second: those that loosen begin with `!`.
fn lines(old: &str, new: &str) -> Vec<String> {
    let state = tenant(&[old], &[]);
    let after = BTreeSet::from([Unit::records()]);
    let changes = changes(&state, &[document(new)], &[], &after);
    let lines = changes.iter().flat_map(|change| &change.lines);
    lines.map(|line| format!("{}{}: {}", if line.loosens { "!" } else { " " }, line.at, line.words)).collect()
}

fn template(grant: &str, more: &str) -> String {
    format!(
        r#"{{"kind":"template","name":"t","purpose":"p","intent":"x","parameters":{{"max":{{"kind":"amount","currency":"EUR","at_most":"500"}}}},
        "start":{{"who":["anna"],"agents":["a"]}},"grant":[{grant}]{more}}}"#
    )
}

#[test]
fn what_stands_as_it_is_given_is_no_change() {
    let text = template(r#"{"tools":["bank/pay"]}"#, "");
    assert_eq!(lines(&text, &text), Vec::<String>::new());
    // said and unsaid, when both mean reading
    let same = template(r#"{"tools":["bank/pay"],"effect":"read"}"#, "");
    assert_eq!(lines(&text, &same), Vec::<String>::new());
}

#[test]
fn more_of_a_row_loosens_and_less_of_it_does_not() {
    let row = |inner: &str| template(&format!(r#"{{"tools":["bank/pay"],"effect":"transfer"{inner}}}"#), "");
    let meters = |each: &str| row(&format!(r#","meters":{{"EUR":{{"each":"{each}"}}}}"#));
    let calls = |limit: &str| row(&format!(r#","meters":{{"calls":{{"window":{{"most":"5","over":"{limit}"}}}}}}"#));
    let when = |condition: &str| row(&format!(r#","when":{{"/x":{condition}}}"#));
    for (old, new, expected) in [
        (meters("5"), meters("6"), "!grant[0].meters.EUR.each: from `5` to `6`"),
        (meters("6"), meters("5"), " grant[0].meters.EUR.each: from `6` to `5`"),
        (meters("6"), meters("{max}"), "!grant[0].meters.EUR.each: from `6` to `{max}`"),
        (row(""), meters("6"), "!grant[0].meters.EUR: `{\"each\":\"6\"}` added"),
        (meters("6"), row(""), "!grant[0].meters.EUR: `{\"each\":\"6\"}` removed"),
        (calls("2h"), calls("1h"), "!grant[0].meters.calls.window.over: from `2h` to `1h`"),
        (calls("1h"), calls("2h"), " grant[0].meters.calls.window.over: from `1h` to `2h`"),
        (calls("1h"), row(""), "!grant[0].meters.calls: `{\"window\":{\"most\":\"5\",\"over\":\"1h\"}}` removed"),
        (row(""), row(r#","uses":5"#), " grant[0].uses: `5` added"),
        (row(r#","uses":5"#), row(r#","uses":6"#), "!grant[0].uses: from `5` to `6`"),
        (row(r#","uses":5"#), row(""), "!grant[0].uses: `5` removed"),
        // whoever consents to it has named the value, and is asked about it no longer
        (row(""), when(r#"{"equals":1}"#), "!grant[0].when./x: `{\"equals\":1}` added"),
        (when(r#"{"least":"3"}"#), when(r#"{"least":"3","pattern":"a+"}"#), "!grant[0].when./x.pattern: `a+` added"),
        (row(""), when(r#"{"most":"3"}"#), " grant[0].when./x: `{\"most\":\"3\"}` added"),
        (row(""), row(r#","from":{"/x":["intent"]}"#), " grant[0].from: `{\"/x\":[\"intent\"]}` added"),
        (
            row(r#","from":{"/x":["intent"]}"#),
            row(r#","from":{"/x":["own","intent"]}"#),
            "!grant[0].from./x[0]: `own` added",
        ),
        (row(r#","from":{"/x":["intent"]}"#), row(""), "!grant[0].from: `{\"/x\":[\"intent\"]}` removed"),
        (when(r#"{"equals":1}"#), row(""), "!grant[0].when./x: `{\"equals\":1}` removed"),
        (when(r#"{"equals":1}"#), when(r#"{"equals":2}"#), "!grant[0].when./x.equals: from `1` to `2`"),
        (when(r#"{"most":"3"}"#), when(r#"{"most":"2"}"#), " grant[0].when./x.most: from `3` to `2`"),
        (when(r#"{"least":"3"}"#), when(r#"{"least":"2"}"#), "!grant[0].when./x.least: from `3` to `2`"),
        (when(r#"{"one_of":[1]}"#), when(r#"{"one_of":[1,2]}"#), "!grant[0].when./x.one_of[1]: `2` added"),
        (when(r#"{"one_of":[1,2]}"#), when(r#"{"one_of":[1]}"#), " grant[0].when./x.one_of[1]: `2` removed"),
    ] {
        assert_eq!(lines(&old, &new), [expected], "{old} to {new}");
    }
}

#[test]
fn rows_are_compared_with_those_of_the_same_tools_wherever_they_stand() {
    let (read, pay) = (r#"{"tools":["mail/read"]}"#, r#"{"tools":["bank/pay"],"effect":"transfer"}"#);
    let both = template(&format!("{read},{pay}"), "");
    let gone = lines(&both, &template(pay, ""));
    assert!(gone.len() == 1 && gone[0].starts_with(" grant[0]: ") && gone[0].contains("mail/read"), "{gone:?}");
    let more = template(&format!(r#"{pay},{{"tools":["mail/read","mail/search"]}}"#), "");
    assert_eq!(lines(&both, &more), ["!grant[1].tools[1]: `mail/search` added", "!grant: in another order"]);
    let came = lines(&template(pay, ""), &both);
    assert_eq!(came, ["!grant[0]: read with mail/read: added"]);
    // order decides which row is charged: it is never passed over in silence
    let other = template(&format!("{pay},{read}"), "");
    assert_eq!(lines(&both, &other), ["!grant: in another order"]);
}

#[test]
fn to_whom_work_may_be_handed_loosens_as_it_grows() {
    let row = r#"{"tools":["bank/x"]}"#;
    let with = |delegate: &str| template(row, &format!(r#","delegate":{delegate}"#));
    let one = with(r#"{"agents":["a"],"depth":1}"#);
    let cases = [
        (template(row, ""), one.clone(), true),
        (one.clone(), template(row, ""), false),
        (one.clone(), with(r#"{"agents":["a","b"],"depth":1}"#), true),
        (with(r#"{"agents":["a","b"],"depth":1}"#), one.clone(), false),
        (one.clone(), with(r#"{"agents":["a"],"depth":2}"#), true),
        (with(r#"{"agents":["a"],"depth":2}"#), one.clone(), false),
        (one, with(r#"{"agents":["a"],"zones":["partner"],"depth":1}"#), true),
    ];
    for (old, new, loosens) in cases {
        let lines = lines(&old, &new);
        assert!(!lines.is_empty() && lines.iter().any(|line| line.starts_with('!')) == loosens, "{lines:?}");
    }
}

#[test]
fn what_is_not_proven_narrower_loosens() {
    let pay = |inner: &str| {
        format!(r#"{{"tools":["bank/pay"],"effect":"transfer","meters":{{"EUR":{{"total":"5"}}}}{inner}}}"#)
    };
    let when = |condition: &str| template(&pay(&format!(r#","when":{{"/x":{condition}}}"#)), "");
    let metered = |effect: &str, meters: &str| {
        template(&format!(r#"{{"tools":["bank/pay"],"effect":"{effect}","meters":{{{meters}}}}}"#), "")
    };
    let balance = |uses: u8| format!(r#"{{"tools":["bank/balance"],"uses":{uses}}}"#);
    let uses = |uses: u8| format!(r#"{{"tools":["bank/bal*","bank/list"],"uses":{uses}}}"#);
    let few = |uses: u8| format!(r#"{{"tools":["bank/list"],"uses":{uses}}}"#);
    let asked = |rows: &str, ask: &str| template(rows, &format!(r#","ask":[{ask}]"#));
    let (one, two) = (pay(""), format!("{},{}", pay(""), balance(9)));
    let owner = r#"{"who":"owner"}"#;
    let above = |most: &str| format!(r#"{{"who":"owner","over":{{"EUR":"{most}"}}}}"#);
    let agent = |autonomy: &str| {
        format!(
            r#"{{"kind":"agent","name":"a","owner":"o","contact":"c","run_by":"own","role":"r","review":"2030-01-01","autonomy":"{autonomy}"}}"#
        )
    };
    for (old, new, loosens) in [
        // no value is no condition
        (when(r#"{"one_of":["a"],"length":34}"#), when(r#"{"one_of":[],"length":34}"#), true),
        (when(r#"{"one_of":["a"],"length":34}"#), when(r#"{"length":34}"#), true),
        (when(r#"{"length":34}"#), when(r#"{"one_of":["a"],"length":34}"#), true),
        // leaving it out was refused
        (when(r#"{"equals":"ok"}"#), when(r#"{"absent":true}"#), true),
        (when(r#"{"absent":true}"#), when(r#"{"equals":"ok"}"#), true),
        (when(r#"{"equals":"ok"}"#), when(r#"{"equals":"ok","length":2}"#), false),
        // null is a value that an argument may have
        (when(r#"{"equals":{"a":null}}"#), when(r#"{"equals":{}}"#), true),
        // an ask above an amount asks less often
        (asked(&one, owner), asked(&one, &above("4999")), true),
        (asked(&one, &above("4999")), asked(&one, owner), true),
        (asked(&one, &above("4999")), asked(&one, &above("5000")), true),
        (asked(&one, &above("4999")), asked(&one, &above("4000")), false),
        (asked(&one, owner), asked(&one, &format!(r#"{{"who":"requester"}},{owner}"#)), true),
        // what no longer fits the row that asks may fit one that does not
        (asked(&two, &above("1")), asked(&two.replacen("\"5\"", "\"4\"", 1), &above("1")), true),
        (asked(&two, owner), asked(&two.replacen("\"5\"", "\"4\"", 1), owner), false),
        (asked(&one, &above("1")), asked(&one.replacen("\"5\"", "\"4\"", 1), &above("1")), false),
        (asked(&two, owner), asked(&balance(9), owner), false),
        // a row more is a row more, also of the same words
        (template(&two, ""), template(&format!("{0},{0},{1}", pay(""), balance(8)), ""), true),
        (template(&format!("{0},{0},{1}", pay(""), balance(9)), ""), template(&two, ""), false),
        // a unit that was not granted is
        (
            metered("transfer", r#""EUR":{"total":"5"}"#),
            metered("transfer", r#""EUR":{"total":"5"},"points":{"total":"9"}"#),
            true,
        ),
        (
            metered("write", r#""EUR":{"total":"5"}"#),
            metered("write", r#""EUR":{"total":"5"},"points":{"total":"9"}"#),
            false,
        ),
        (
            metered("transfer", r#""EUR":{"total":"5"}"#),
            metered("transfer", r#""EUR":{"total":"5"},"calls":{"total":"9"}"#),
            false,
        ),
        // a read is limited in money only where the row limits it
        (metered("read", r#""EUR":{"total":"5"}"#), metered("read", ""), true),
        // with a limit of one, what only results measure no longer goes one at a time
        (metered("write", r#""EUR":{"total":"5"}"#), metered("write", r#""EUR":{"each":"1","total":"5"}"#), true),
        (metered("write", r#""EUR":{"each":"5"}"#), metered("write", r#""EUR":{"each":"5","total":"9"}"#), false),
        // what only a result tells reserves the limit of one: with a lower one, more run at a time
        (
            metered("write", r#""records":{"each":"100","total":"100"}"#),
            metered("write", r#""records":{"each":"10","total":"100"}"#),
            true,
        ),
        (metered("write", r#""EUR":{"each":"9"}"#), metered("write", r#""EUR":{"each":"8"}"#), false),
        // acts that no longer fit a row go to the next that names them, and leave room behind
        (template(&format!("{},{}", uses(9), uses(8)), ""), template(&format!("{},{}", uses(7), uses(8)), ""), true),
        (template(&format!("{},{}", uses(9), uses(8)), ""), template(&format!("{},{}", uses(9), uses(7)), ""), false),
        (template(&format!("{},{}", uses(9), balance(8)), ""), template(&balance(8), ""), true),
        (template(&format!("{},{}", uses(9), balance(8)), ""), template(&uses(9), ""), false),
        (
            template(&format!("{},{}", uses(9), balance(8)), ""),
            template(&format!("{},{}", few(9), balance(8)), ""),
            true,
        ),
        (agent("execute"), agent("assist"), false),
        (agent("coordinate"), agent("assist"), true),
    ] {
        let lines = lines(&old, &new);
        assert!(!lines.is_empty(), "{old} to {new}");
        assert_eq!(lines.iter().any(|line| line.starts_with('!')), loosens, "{old} to {new}: {lines:?}");
    }
}

#[test]
fn a_list_of_no_values_is_not_applied() {
    let row = |values: &str| format!(r#"{{"tools":["bank/pay"],"when":{{"/x":{{"one_of":[{values}],"length":34}}}}}}"#);
    let faults = document(&template(&row(""), "")).faults();
    assert_eq!(faults[0].at.to_string(), "/grant/0/when/~1x/one_of", "{faults:?}");
    assert_eq!(document(&template(&row(r#""a""#), "")).faults(), Vec::new());
}

proptest::proptest! {
    /// Whatever two conditions say: where the change is harmless, nothing is allowed that was not.
    #[test]
    fn a_harmless_change_of_a_condition_allows_nothing_more(old in condition(), new in condition()) {
        let of = |condition: &Json| {
            document(&template(&format!(r#"{{"tools":["bank/pay"],"when":{{"/x":{}}}}}"#, condition.canonical()), ""))
        };
        let read = |json: &Json| serde_json::from_str::<crate::Constraint>(&json.canonical()).unwrap();
        let (before, after) = (read(&old), read(&new));
        if [&before, &after].iter().all(|of| !of.is_empty() && of.never().is_none()) {
            let lines = compared(&of(&old), &of(&new), &BTreeSet::new());
            if !lines.iter().any(|line| line.loosens) {
                for value in VALUES {
                    let value = value.map(|text| Json::parse(text.as_bytes(), &Limits::default()).unwrap());
                    let more = after.allows(value.as_ref()) && !before.allows(value.as_ref());
                    proptest::prop_assert!(!more, "{value:?}: {lines:?}");
                }
            }
        }
    }
}

const VALUES: [Option<&str>; 10] = [
    None,
    Some("null"),
    Some("1"),
    Some("2"),
    Some(r#""1""#),
    Some(r#""abc""#),
    Some(r#""/a/b""#),
    Some("[]"),
    Some("{}"),
    Some(r#"{"a":null}"#),
];

fn condition() -> impl proptest::strategy::Strategy<Value = Json> {
    use proptest::prelude::*;
    let value = || prop::sample::select(vec!["null", "1", "2", r#""1""#, r#""abc""#, "{}", r#"{"a":null}"#]);
    let amount = || prop::sample::select(vec![r#""0""#, r#""1""#, r#""2""#]);
    let some = |text: BoxedStrategy<String>| prop_oneof![3 => Just(None), 1 => text.prop_map(Some)];
    let parts = (
        some(prop::sample::select(vec!["true", "false"]).prop_map(str::to_owned).boxed()),
        some(value().prop_map(str::to_owned).boxed()),
        some(prop::collection::vec(value(), 0..3).prop_map(|all| format!("[{}]", all.join(","))).boxed()),
        some((0..4_u8).prop_map(|most| most.to_string()).boxed()),
        some(amount().prop_map(str::to_owned).boxed()),
        some(amount().prop_map(str::to_owned).boxed()),
        some(prop::sample::select(vec![r#""/a""#, r#""/a/b""#]).prop_map(str::to_owned).boxed()),
        some(prop::sample::select(vec!["true", "false"]).prop_map(str::to_owned).boxed()),
    );
    parts.prop_map(|(absent, equals, one_of, length, most, least, path, required)| {
        let parts = [
            ("absent", absent),
            ("equals", equals),
            ("one_of", one_of),
            ("length", length),
            ("most", most),
            ("least", least),
            ("path_within", path),
            ("required", required),
        ];
        let parse = |text: String| Json::parse(text.as_bytes(), &Limits::default()).unwrap();
        Json::object(parts.into_iter().filter_map(|(name, part)| Some((name, parse(part?)))))
    })
}

#[test]
fn each_other_field_is_classified_by_what_it_lets_happen() {
    let agent = |inner: &str| {
        format!(
            r#"{{"kind":"agent","name":"a","owner":"o","contact":"c","run_by":"own","role":"r","review":"2030-01-01",{inner}}}"#
        )
    };
    let server =
        |inner: &str| format!(r#"{{"kind":"server","name":"s","transport":{{"stdio":{{"command":"x"}}}}{inner}}}"#);
    let tool = |effect: &str, inner: &str| format!(r#"{{"kind":"tool","tool":"s/x","effect":"{effect}"{inner}}}"#);
    let undone = r#","reversibility":"reversible""#;
    let row = r#"{"tools":["bank/pay"]}"#;
    let assist = r#""autonomy":"assist""#;
    for (old, new, loosens) in [
        (agent(assist), agent(r#""autonomy":"execute""#), true),
        (agent(r#""autonomy":"execute""#), agent(assist), false),
        (agent(assist), agent(&format!(r#"{assist},"memory":"kept""#)), true),
        (agent(assist), agent(&format!(r#"{assist},"zone":"vendor""#)), true),
        (agent(assist), agent(&format!(r#"{assist},"keys":[{{"kty":"EC"}}]"#)), true),
        (agent(&format!(r#"{assist},"keys":[{{"kty":"EC"}}]"#)), agent(assist), false),
        (agent(assist), agent(assist).replace(r#""contact":"c""#, r#""contact":"d""#), false),
        (agent(assist), agent(assist).replace(r#""role":"r""#, r#""role":"q""#), true),
        (server(""), server(r#","words_may_change":true"#), true),
        (server(r#","words_may_change":true"#), server(""), false),
        (server(""), server("").replace(r#""command":"x""#, r#""command":"y","run_as":"a""#), true),
        (server(""), server(r#","classes":["payments"]"#), false),
        (server(r#","classes":["payments"]"#), server(""), true),
        // a grant of writes alone covers it now
        (tool("read", undone), tool("transfer", undone), true),
        (tool("read", undone), tool("write", undone), true),
        (tool("transfer", undone), tool("read", undone), true),
        (tool("transfer", undone), tool("share", undone), true),
        (tool("read", undone), tool("read", &format!(r#"{undone},"egress":"open""#)), false),
        (tool("read", &format!(r#"{undone},"egress":"open""#)), tool("read", undone), true),
        (tool("read", undone), tool("read", r#","reversibility":"irreversible""#), false),
        (tool("read", r#","reversibility":"irreversible""#), tool("read", undone), true),
        (tool("read", undone), tool("read", &format!(r#"{undone},"impact":"high""#)), false),
        (tool("read", &format!(r#"{undone},"impact":"high""#)), tool("read", undone), true),
        (tool("read", undone), tool("read", &format!(r#"{undone},"bind":{{"arguments":{{}}}}"#)), true),
        (template(row, ""), template(row, r#","window":"2h""#), true),
        (template(row, r#","window":"2h""#), template(row, ""), false),
        (template(row, ""), template(row, r#","read":["payments"]"#), true),
        (template(row, ""), template(row, r#","keep_results":5"#), true),
        (template(row, r#","ask":[{"who":"owner"}]"#), template(row, ""), true),
        (template(row, ""), template(row, r#","ask":[{"who":"owner"}]"#), false),
        (template(row, ""), template(row, "").replace(r#""anna""#, r#""anna","otto""#), true),
        (template(row, ""), template(row, "").replace("500", "501"), true),
        (template(row, ""), template(row, "").replace("500", "499"), false),
        (template(row, ""), template(row, "").replace(r#""intent":"x""#, r#""intent":"y""#), true),
        (
            r#"{"kind":"person","name":"anna"}"#.to_owned(),
            r#"{"kind":"person","name":"anna","roles":["clerk"]}"#.to_owned(),
            true,
        ),
        (
            r#"{"kind":"role","name":"r","allow":[{"tools":["*"],"effects":["read","write"]}]}"#.to_owned(),
            r#"{"kind":"role","name":"r","allow":[{"tools":["a/*"],"effects":["read"]}]}"#.to_owned(),
            false,
        ),
        (
            r#"{"kind":"role","name":"r","allow":[{"tools":["a/*"],"effects":["read"]}]}"#.to_owned(),
            r#"{"kind":"role","name":"r","allow":[{"tools":["b/x"],"effects":["read"]}]}"#.to_owned(),
            true,
        ),
        (
            r#"{"kind":"role","name":"r","allow":[{"tools":["a/b","a/c"],"effects":["read"]}]}"#.to_owned(),
            r#"{"kind":"role","name":"r","allow":[{"tools":["a/b"],"effects":["read"]}]}"#.to_owned(),
            false,
        ),
    ] {
        let lines = lines(&old, &new);
        assert!(!lines.is_empty(), "{old} to {new}");
        assert_eq!(lines.iter().any(|line| line.starts_with('!')), loosens, "{old} to {new}: {lines:?}");
    }
}

#[test]
fn what_is_new_is_said_once_and_a_tool_against_what_its_server_proposes() {
    let state = tenant(&[], &["s/x"]);
    let say = |effect: &str, egress: &str| {
        let text = format!(
            r#"{{"kind":"tool","tool":"s/x","effect":"{effect}","egress":"{egress}","reversibility":"irreversible"}}"#
        );
        let changes = changes(&state, &[document(&text)], &[], &BTreeSet::new());
        assert_eq!(changes[0].what, What::New);
        changes[0].loosens()
    };
    assert!(say("read", "open") && say("write", "none"));
    assert!(say("transfer", "open") && !say("write", "open"));
    let bound = |bind: &str| {
        let text = format!(
            r#"{{"kind":"tool","tool":"s/x","effect":"write","egress":"open","reversibility":"irreversible","bind":{bind}}}"#
        );
        changes(&state, &[document(&text)], &[], &BTreeSet::new())[0].loosens()
    };
    assert!(bound(r#"{"result":{"not_done":[{"at":"/content/0/type","equals":"text"}]}}"#), "every result gives back");
    assert!(bound(r#"{"arguments":{}}"#) && bound(r#"{"unchecked":["/x"]}"#) && !bound("{}"));
    let unseen = r#"{"kind":"tool","tool":"s/y","effect":"write","egress":"open","reversibility":"irreversible"}"#;
    assert!(
        changes(&state, &[document(unseen)], &[], &BTreeSet::new())[0].loosens(),
        "what its server will propose is not known"
    );
    let text = template(r#"{"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"total":"{max}"}}}"#, "");
    let new = changes(&state, &[document(&text)], &[], &BTreeSet::new());
    let words: Vec<&str> = new[0].lines.iter().map(|line| line.words.as_str()).collect();
    assert_eq!(words, ["anna may start it: x", "transfer with bank/pay; at most {max} EUR in total"]);
    assert!(new[0].loosens());
}

#[test]
fn a_persons_word_on_a_tool_that_goes_loosens_and_an_agent_that_goes_does_not() {
    let state = tenant(
        &[
            r#"{"kind":"tool","tool":"s/x","effect":"read","reversibility":"reversible"}"#,
            r#"{"kind":"person","name":"anna","roles":["clerk"]}"#,
            r#"{"kind":"person","name":"otto","uid":7}"#,
        ],
        &[],
    );
    let removed = [("tool", "s/x"), ("person", "anna"), ("person", "otto")];
    let removed = removed.map(|(kind, name)| (kind.to_owned(), name.to_owned()));
    let changes = changes(&state, &[], &removed, &BTreeSet::new());
    let loosens: Vec<(&str, bool)> = changes.iter().map(|change| (change.kind, change.loosens())).collect();
    assert_eq!(loosens, [("tool", true), ("person", false), ("person", true)]);
}

#[test]
fn what_is_named_and_not_there_is_found_where_it_stands() {
    let server = r#"{"kind":"server","name":"bank","transport":{"stdio":{"command":"x"}}}"#;
    let unseen = r#"{"kind":"server","name":"mail","transport":{"stdio":{"command":"x"}}}"#;
    let state = tenant(&[server], &["bank/pay"]);
    let find = |text: &str| -> Vec<String> {
        let found = findings(&state, &[document(unseen), document(text)], &[]);
        found
            .iter()
            .map(|finding| {
                assert_eq!(finding.document, 1);
                let mark = if finding.refused { "!" } else { " " };
                format!("{mark}{}: {}", finding.at, finding.why)
            })
            .collect()
    };
    let tools = |tool: &str| {
        let text = template(&format!(r#"{{"tools":["{tool}"]}}"#), "").replace("\"anna\"", "\"anyone\"");
        find(&text.replace(r#""agents":["a"]"#, r#""agents":[]"#))
    };
    assert_eq!(tools("bank/pay"), Vec::<String>::new());
    assert_eq!(tools("bank/*"), Vec::<String>::new());
    assert_eq!(tools("bank/pya"), ["!/grant/0/tools/0: `bank` has no such tool; is `bank/pay` meant?"]);
    assert_eq!(tools("bank/send_*"), [" /grant/0/tools/0: nothing that `bank` offers is called so"]);
    assert_eq!(tools("bonk/pay"), ["!/grant/0/tools/0: there is no server `bonk`"]);
    assert_eq!(tools("mail/x").len(), 1);
    assert!(tools("mail/x")[0].starts_with(" /grant/0/tools/0: `mail` was never seen yet"), "{:?}", tools("mail/x"));
    let nobody = find(&template(r#"{"tools":["bank/pay"]}"#, "").replace("\"anna\"", "\"anna\",\"role:clerk\""));
    assert_eq!(nobody.len(), 3, "{nobody:?}");
    assert_eq!(nobody[0], "!/start/agents/0: there is no agent `a`");
    let agent = r#"{"kind":"agent","name":"a","owner":"uid:7","contact":"c","run_by":"own","autonomy":"execute","role":"r","review":"x"}"#;
    let found = find(agent);
    assert!(found[0].starts_with("!/review: ") && found[1].starts_with("!/role: "), "{found:?}");
    let tool =
        |name: &str| find(&format!(r#"{{"kind":"tool","tool":"{name}","effect":"read","reversibility":"read-only"}}"#));
    assert!(tool("bank/other")[0].starts_with(" /tool: `bank` does not offer it"));
    assert!(tool("bonk/other")[0].starts_with("!/tool: there is no server"));
}
