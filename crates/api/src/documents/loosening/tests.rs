//! What is called harmless allows nothing that was refused: said of random documents and changes, decided by what decides.

use super::*;
use bailiwick_catalogue::{Call, Catalogue, Ending, ToolWords};
use bailiwick_core::json::{Json, Limits};
use bailiwick_core::*;
use bailiwick_policy::Compiled;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;

type Words = BTreeMap<Digest, Arc<[u8]>>;

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn document(text: &str) -> Document {
    Document::read(&json(text)).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn by() -> By {
    By { assurance: Assurance::Local, person: PersonId::parse("otto").unwrap() }
}

const TOOLS: [&str; 4] = ["pay", "export", "note", "list"];
const PATTERNS: [&str; 5] = ["bank/pay", "bank/export", "bank/note", "bank/list", "bank/*"];
const EFFECTS: [&str; 4] = ["read", "write", "transfer", "export"];
/// Each document is made of numbers at fixed places: another number is another value of one field.
const GENES: usize = 88;

/// Where numbers of a kind begin, and how many one of them has.
const TOOLS_AT: usize = 6;
const TOOL: usize = 6;
const RULES_AT: usize = TOOLS_AT + TOOL * TOOLS.len();
const ROWS_AT: usize = RULES_AT + 4;
const ROW_AT: usize = ROWS_AT + 2;
const ROW: usize = 16;

/// What two parts must say at once for a change of one to matter is seldom drawn: numbers to begin with, place by place.
const BEGUN: [&[(usize, u8)]; 4] = [
    &[],
    // a tool of which only results tell how much it was, under a limit of one and one of all
    &[
        (TOOLS_AT + TOOL, 1),
        (TOOLS_AT + TOOL + 1, 1),
        (TOOLS_AT + TOOL + 5, 2),
        (ROW_AT + 7, 3),
        (ROW_AT + 8, 2),
        (ROW_AT + 9, 3),
    ],
    // a row of all tools for one act, and one of a single tool after it
    &[(ROWS_AT, 1), (ROW_AT, 1), (ROW_AT + 15, 2), (ROW_AT + ROW, 3), (ROW_AT + ROW + 15, 4)],
    // a rule that permits and can fail, of a read whose destination may be none
    &[(TOOLS_AT, 1), (TOOLS_AT + 1, 0), (TOOLS_AT + 5, 3), (RULES_AT + 1, 4)],
];

struct Genes<'a> {
    all: &'a [u8],
    at: usize,
}

impl Genes<'_> {
    fn next(&mut self) -> usize {
        self.at += 1;
        usize::from(self.all[self.at - 1])
    }
    fn often(&mut self) -> bool {
        !self.next().is_multiple_of(4)
    }
    fn one<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.next() % of.len()]
    }
    /// Some of them; all for every second number, and where it says none.
    fn some(&mut self, of: &[&str]) -> String {
        let number = self.next();
        let (all, mask) = (number.is_multiple_of(2), number >> 1);
        let chosen = of.iter().enumerate().filter(|(index, _)| all || mask >> index & 1 == 1).map(|(_, word)| *word);
        let chosen: Vec<&str> = chosen.collect();
        let chosen = if chosen.is_empty() { of.to_vec() } else { chosen };
        format!(r#"["{}"]"#, chosen.join(r#"",""#))
    }
}

const BINDS: [&str; 7] = [
    "{}",
    r#"{"arguments":{"/amount":{"role":"measure","currency":"EUR"}}}"#,
    r#"{"measures":[{"unit":"records","after":true,"count":"/structuredContent/rows/*"}]}"#,
    r#"{"arguments":{"/amount":{"role":"measure","unit":"points"},"/to":{"kind":"iban","role":"destination"}}}"#,
    r#"{"arguments":{"/amount":{"role":"measure","currency":"EUR"}},"measures":[{"unit":"records","after":true,"count":"/structuredContent/rows/*"}]}"#,
    r#"{"arguments":{"/to":{"kind":"party","role":"resource"}},"classes":["secret"]}"#,
    r#"{"arguments":{"/amount":{"role":"measure","currency":"EUR"}},"result":{"not_done":[{"at":"/structuredContent/done","equals":false}]}}"#,
];

const RULES: [&str; 18] = [
    "",
    "permit (principal, action, resource);",
    "forbid (principal, action, resource);",
    "permit (principal, action, resource) when { context.amounts has EUR && context.amounts.EUR.lessThan(decimal(\"2.5\")) };",
    "permit (principal, action, resource) when { context.destination has zone && context.hour == 25 };",
    "permit (principal, action, resource) when { context.sums has records };",
    "forbid (principal, action, resource) unless { context.sums has records };",
    "permit (principal, action in Impact::Action::\"high\", resource);",
    "permit (principal, action in Impact::Action::\"critical\", resource);",
    "forbid (principal, action, resource) when { context.impact == Impact::\"medium\" };",
    "permit (principal, action, resource) when { context.egress == Egress::\"open\" };",
    "forbid (principal, action, resource) unless { context.reversibility == Reversibility::\"irreversible\" };",
    "permit (principal, action in [Effect::Action::\"read\", Effect::Action::\"write\"], resource);",
    "forbid (principal, action, resource) when { context.classes.contains(\"secret\") };",
    "forbid (principal, action, resource) unless { context.classes.contains(\"internal\") };",
    "forbid (principal, action, resource) when { context.autonomy == Autonomy::\"execute\" };",
    "permit (principal, action, resource) when { context.memory == Memory::\"fresh\" };",
    "forbid (principal, action, resource) when { context.uses > 1 };",
];

fn limit(genes: &mut Genes<'_>, unit: &str) -> Option<String> {
    let amounts = ["1", "2", "3", "4"];
    let (which, each, total, most) = (genes.next(), genes.one(&amounts), genes.one(&amounts), genes.one(&amounts));
    let parts = [
        (which & 1 == 1).then(|| format!(r#""each":"{each}""#)),
        (which & 2 == 2).then(|| format!(r#""total":"{total}""#)),
        (which & 48 == 48).then(|| format!(r#""per_destination":"{most}""#)),
        (which & 12 == 12).then(|| format!(r#""window":{{"most":"{most}","over":"1h"}}"#)),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!(r#""{unit}":{{{}}}"#, parts.join(",")))
}

fn row(genes: &mut Genes<'_>) -> String {
    let tools = genes.some(&PATTERNS);
    let effects = genes.some(&EFFECTS);
    let when = genes.one(&[
        "{}",
        r#"{"/to":{"equals":"A"}}"#,
        r#"{"/to":{"one_of":["A","B"]}}"#,
        r#"{"/n":{"most":"2"}}"#,
        r#"{"/n":{"absent":true}}"#,
        r#"{"/to":{"equals":"A"},"/n":{"most":"2"}}"#,
        "{}",
    ]);
    let meters: Vec<String> = ["EUR", "records", "points"].into_iter().filter_map(|unit| limit(genes, unit)).collect();
    let uses = genes.one(&["", "", r#","uses":1"#, r#","uses":2"#, r#","uses":3"#]);
    format!(r#"{{"tools":{tools},"effects":{effects},"when":{when},"meters":{{{}}}{uses}}}"#, meters.join(","))
}

/// What people wrote, by the numbers. The first field of some says whether it is there at all.
fn documents(all: &[u8]) -> Vec<Document> {
    let mut genes = Genes { all, at: 0 };
    let mut out =
        vec![r#"{"kind":"person","name":"anna"}"#.to_owned(), r#"{"kind":"person","name":"otto"}"#.to_owned()];
    let roles = [genes.some(&EFFECTS), genes.some(&PATTERNS)];
    out.push(format!(
        r#"{{"kind":"role","name":"payer","allow":[{{"tools":["*"],"effects":{}}},{{"tools":{},"effects":["read","write"]}}]}}"#,
        roles[0], roles[1]
    ));
    let (autonomy, memory) = (genes.one(&["execute", "assist", "coordinate"]), genes.one(&["fresh", "kept"]));
    out.push(format!(
        r#"{{"kind":"agent","name":"payer","owner":"otto","contact":"c","run_by":"own","autonomy":"{autonomy}","memory":"{memory}","role":"payer","review":"2030-01-01"}}"#
    ));
    let classes = genes.one(&["", r#""internal""#, r#""secret""#, r#""internal","secret""#]);
    let exact = genes.one(&["true", "false"]);
    out.push(format!(
        r#"{{"kind":"server","name":"bank","transport":{{"http":{{"url":"https://bank.example/mcp"}}}},"classes":[{classes}],"int64_exact":{exact}}}"#
    ));
    for tool in TOOLS {
        let there = genes.often();
        let (effect, egress) = (genes.one(&EFFECTS), genes.one(&["none", "open"]));
        let reversibility = genes.one(&["read-only", "reversible", "by-others", "irreversible"]);
        let impact = genes.one(&["null", "null", r#""medium""#, r#""high""#, r#""critical""#]);
        let bind = genes.one(&BINDS);
        if there {
            out.push(format!(
                r#"{{"kind":"tool","tool":"bank/{tool}","effect":"{effect}","egress":"{egress}","reversibility":"{reversibility}","impact":{impact},"bind":{bind}}}"#
            ));
        }
    }
    assert_eq!(genes.at, RULES_AT);
    // unless something is said, the first permits and there are no others
    let rules: Vec<String> = (0..4)
        .map(|slot| match genes.one(&RULES) {
            "" if slot == 0 => RULES[1].to_owned(),
            "" => String::new(),
            rule => format!("@id(\"rule{slot}\") {rule}\n"),
        })
        .collect();
    let policy = PolicyText::in_cedar("p", rules.concat());
    assert_eq!(genes.at, ROWS_AT);
    let rows = [genes.often(), genes.often()];
    let mut grant = vec![row(&mut genes)];
    let more = [row(&mut genes), row(&mut genes)];
    grant.extend(more.into_iter().zip(rows).filter(|(_, there)| *there).map(|(row, _)| row));
    assert_eq!(genes.at, ROW_AT + 3 * ROW);
    let ask = genes.one(&["", "", "", r#"{"who":"owner"}"#, r#"{"who":"owner","over":{"EUR":"2"}}"#]);
    let ask = if ask.contains("EUR") && !grant.concat().contains("EUR") { "" } else { ask };
    let window = genes.one(&["1h", "2h"]);
    out.push(format!(
        r#"{{"kind":"template","name":"t","purpose":"p","intent":"x","start":{{"who":["anyone"],"agents":["payer"]}},"window":"{window}","grant":[{}],"ask":[{ask}]}}"#,
        grant.join(",")
    ));
    assert!(genes.at <= GENES, "{} numbers", genes.at);
    let mut out: Vec<Document> = out.iter().map(|text| document(text)).collect();
    out.push(Document::Policy(policy));
    out
}

/// One tenant as its control events make it.
#[derive(Clone)]
struct Tenant {
    control: ControlState,
    blobs: Words,
    leaf: u64,
}

const DAWN: Micros = Micros(1_800_000_000_000_000);

fn facts(number: u8) -> Facts {
    Facts::of_nobody(DAWN, vec![Salt::new([number; 16]), Salt::new([number + 1; 16])])
}

fn called() -> Facts {
    let caller = Caller {
        agent: AgentId::parse("payer").unwrap(),
        assurance: Assurance::KeyOnly,
        attestation: None,
        instance: InstanceId::parse("one").unwrap(),
        key: KeyThumbprint::parse(&"k".repeat(43)).unwrap(),
        proof: None,
        road: Road::Http,
    };
    Facts { caller: Some(caller), ..facts(5) }
}

impl Tenant {
    fn new(documents: Vec<Document>) -> Self {
        let mut tenant = Self { control: ControlState::default(), blobs: Words::new(), leaf: 0 };
        let origin = "example/log".to_owned();
        tenant.govern(ControlCommand::Open { name: "default".to_owned(), origin, epoch: 1 });
        tenant.govern(ControlCommand::Apply { by: by(), documents, removed: Vec::new() });
        let identity = sha256(b"bank");
        let tools = TOOLS.iter().map(|name| {
            let schema = r#"{"type":"object","additionalProperties":false,"properties":{"amount":{"type":"string"},"to":{"type":"string"},"n":{"type":"integer"}}}"#;
            let words = ToolWords::read(&json(&format!(r#"{{"name":"{name}","inputSchema":{schema}}}"#))).unwrap();
            let (effect, egress) = (Effect::Write, Egress::None);
            let pinned = PinnedTool {
                effect,
                egress,
                pin: words.pin(&identity),
                reversibility: Reversibility::Reversible,
                standing: Standing::Reviewed,
                tool: ToolId::parse(&format!("bank/{name}")).unwrap(),
                words: words.digest(),
            };
            tenant.blobs.insert(words.digest(), words.bytes().into());
            pinned
        });
        let tools = tools.collect();
        let server = ServerName::parse("bank").unwrap();
        tenant.govern(ControlCommand::Review { accepted: Vec::new(), by: by(), server, identity, tools });
        tenant
    }

    fn govern(&mut self, command: ControlCommand) {
        let decided = decide_control(&self.control, &CedarReader, &command, &facts(1));
        assert_eq!(decided.refused, None, "{command:?}");
        self.blobs.extend(decided.blobs.iter().map(|(digest, bytes)| (*digest, Arc::from(bytes.as_slice()))));
        for event in &decided.events {
            self.leaf += 1;
            self.control.apply(event, self.leaf, &self.blobs).unwrap();
        }
    }
}

/// A task under what stands, with all that decides.
#[derive(Clone)]
struct Desk<'a> {
    control: &'a ControlState,
    catalogue: &'a Catalogue,
    policy: &'a Compiled,
    task: TaskState,
    leaf: u64,
}

impl Desk<'_> {
    fn run(&mut self, command: &Command, facts: &Facts) -> Decided {
        let decided = decide(View::of(&self.task, self.control), self.policy, command, facts);
        for event in &decided.events {
            self.leaf += 1;
            self.task.apply(event, self.leaf).unwrap();
        }
        decided
    }

    fn started(mut self) -> Option<Self> {
        let start = Start {
            by: By { person: PersonId::parse("anna").unwrap(), ..by() },
            subject: None,
            template: TemplateName::parse("t").unwrap(),
            parameters: BTreeMap::new(),
            agent: AgentId::parse("payer").unwrap(),
            only: Vec::new(),
            seen: None,
        };
        let started = self.run(&Command::Start(Box::new(start.clone())), &facts(3));
        if started.verdict == Verdict::Deny {
            return None;
        }
        let grant = self.task.root?;
        self.run(&Command::Consent { grant, by: start.by }, &facts(4));
        self.run(&Command::Bind { grant }, &called());
        Some(self)
    }

    fn attempt(&mut self, call: &Call) -> Option<u64> {
        let read = self.catalogue.read(call, &bailiwick_core::sha256)?;
        let attempt = Attempt {
            grant: self.task.root?,
            epoch: self.control.epoch,
            action: read.action,
            refused: read.refused,
            settle_within: Span::minutes(1),
            signature: None,
            continues: None,
        };
        match self.run(&Command::Attempt(Box::new(attempt)), &called()).verdict {
            Verdict::Allow { act, .. } => Some(act),
            _ => None,
        }
    }

    fn settle(&mut self, call: &Call, act: u64, result: &str) {
        let key = |_: &bailiwick_core::normal::Kind, text: &str| sha256(text.as_bytes());
        let seen = self.catalogue.observe(&call.tool, result.as_bytes(), 0, &key).unwrap();
        let outcome = match seen.ending {
            Ending::Done => Outcome::Done(seen.observed),
            Ending::NotDone => Outcome::NotDone(seen.observed),
            Ending::Doubt(why) => Outcome::Doubt { why: why.to_owned() },
        };
        let leaf = self.task.acts[&act].leaf;
        self.run(&Command::Settle(Box::new(Settle { act, leaf, outcome })), &facts(6));
    }
}

const RESULTS: [Option<&str>; 5] = [
    None,
    Some(r#"{"content":[],"structuredContent":{"rows":[1],"done":true}}"#),
    Some(r#"{"content":[],"structuredContent":{"rows":[1,2,3],"done":false}}"#),
    Some(r#"{"content":[],"structuredContent":{"done":true}}"#),
    Some(r#"{"content":[],"isError":true}"#),
];

fn call(numbers: &[u8; 5]) -> (Call, Option<&'static str>) {
    let one = |number: u8, of: &[&'static str]| of[usize::from(number) % of.len()];
    let amount = one(numbers[1], &["1", "2", "3", "x"]);
    let to = one(numbers[2], &["A", "B", "DE89370400440532013000", ""]);
    let n = one(numbers[3], &["", r#","n":1"#, r#","n":3"#, r#","n":9007199254740993"#]);
    let call = Call {
        tool: ToolId::parse(&format!("bank/{}", one(numbers[0], &TOOLS))).unwrap(),
        arguments: json(&format!(r#"{{"amount":"{amount}","to":"{to}"{n}}}"#)),
        beside: Json::Null,
        idempotency: None,
        key: None,
    };
    (call, RESULTS[usize::from(numbers[4]) % RESULTS.len()])
}

/// Does the same under both. What the second allows and the first refused, after both did the same, is told.
fn more(mut old: Desk<'_>, mut new: Desk<'_>, calls: &[[u8; 5]]) -> Option<String> {
    for (index, numbers) in calls.iter().enumerate() {
        let (call, result) = call(numbers);
        let (kept_old, kept_new) = (old.clone(), new.clone());
        match (old.attempt(&call), new.attempt(&call)) {
            (None, Some(_)) => {
                return Some(format!("call {index}: `{}` {}", call.tool, call.arguments.canonical()));
            }
            (Some(was), Some(is)) => {
                if let Some(result) = result {
                    old.settle(&call, was, result);
                    new.settle(&call, is, result);
                }
            }
            (_, None) => (old, new) = (kept_old, kept_new),
        }
    }
    None
}

/// What a change that is called harmless lets happen; `None` where it is not called so, and where nothing is let.
fn harmless_and_more(
    (stood, old): (&[Document], &Tenant),
    after: &[u8],
    works: &[Vec<[u8; 5]>],
) -> Option<(Vec<Change>, String)> {
    let given = documents(after);
    if stood == given {
        return None;
    }
    let gone = stood.iter().filter(|old| !given.iter().any(|new| new.kind() == old.kind() && new.name() == old.name()));
    let removed: Vec<(String, String)> = gone.map(|gone| (gone.kind().to_owned(), gone.name())).collect();
    // what stands as it is given need not be given
    let given: Vec<Document> = given.into_iter().filter(|new| !stood.contains(new)).collect();
    let mut new = old.clone();
    new.govern(ControlCommand::Apply { by: by(), documents: given.clone(), removed: removed.clone() });
    let changes = all_changes(&old.control, &new.control, &given, &removed);
    if changes.iter().any(Change::loosens) {
        return None;
    }
    let catalogues = [old, &new].map(|tenant| Catalogue::compile(&tenant.control, &tenant.blobs));
    let policies = [old, &new].map(|tenant| Compiled::compile(&tenant.control).unwrap());
    let make = |index: usize| Desk {
        control: if index == 0 { &old.control } else { &new.control },
        catalogue: &catalogues[index],
        policy: &policies[index],
        task: TaskState::empty(TenantId::new([1; 16]), TaskId::new([2; 16])),
        leaf: 100,
    };
    let more = match (make(0).started(), make(1).started()) {
        (None, Some(_)) => Some("a task could not be started".to_owned()),
        (Some(old), new) => works.iter().find_map(|calls| {
            // a task that was started before the change, and goes on under it
            let live = Desk { task: old.task.clone(), leaf: old.leaf, ..make(1) };
            more(old.clone(), live, calls).or_else(|| more(old.clone(), new.clone()?, calls))
        }),
        (None, None) => None,
    };
    more.map(|more| (changes, more))
}

/// Where, whether among what is said, and the number to put there; nothing is said again, or it is said a little otherwise.
type Edit = (u16, bool, Option<i8>);

/// Most numbers say nothing: a change that is drawn blindly would seldom meet one that does.
fn make((at, said, by): &Edit, numbers: &mut [u8]) {
    let saying: Vec<usize> = (0..GENES).filter(|index| !said || numbers[*index] > 0).collect();
    if let Some(at) = saying.get(usize::from(*at) % saying.len().max(1)) {
        numbers[*at] = by.map_or(0, |by| numbers[*at].wrapping_add_signed(by));
    }
}

/// The work of one task: some calls of few tools, so that they meet in the same rows.
fn work() -> impl Strategy<Value = Vec<[u8; 5]>> {
    let calls = prop::collection::vec(any::<[u8; 5]>(), 1..7);
    (calls, any::<[u8; 2]>()).prop_map(|(mut calls, tools)| {
        calls.iter_mut().for_each(|call| call[0] = tools[usize::from(call[0] % 3 / 2)]);
        calls
    })
}

/// Each case is many changes.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases / 4, failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_called_harmless_allows_nothing_that_was_refused(
        drawn in prop::collection::vec(prop_oneof![5 => Just(0_u8), 1 => any::<u8>()], GENES),
        begun in 0..BEGUN.len(),
        edits in prop::collection::vec(prop::collection::vec(any::<Edit>(), 1..3), 1..24),
        works in prop::collection::vec(work(), 1..8),
    ) {
        let mut before = drawn;
        BEGUN[begun].iter().for_each(|(at, number)| before[*at] = *number);
        let stood = documents(&before);
        let old = Tenant::new(stood.clone());
        for edits in &edits {
            let mut after = before.clone();
            edits.iter().for_each(|edit| make(edit, &mut after));
            if let Some((changes, more)) = harmless_and_more((&stood, &old), &after, &works) {
                let stood: Vec<String> = stood.iter().map(|old| old.json().canonical()).collect();
                prop_assert!(false, "{more}\nold {stood:#?}\nchanges {changes:#?}");
            }
        }
    }
}
