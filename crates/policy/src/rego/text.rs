//! A document's text becomes an engine that can be asked, or all that is wrong with it is told.

use super::chain::chain;
use super::walk::{Around, Compared, Seen, Walk, place};
use super::weight::{RULES_DEEP_MAX, Weights, bits_max, deep, weigh};
use super::{ask, lexical, steps};
use crate::attribute::{ATTRIBUTES, Attribute};
use crate::problem::PolicyProblem;
use crate::reads::Reads;
use bailiwick_core::json::Json;
use bailiwick_core::{PolicyText, RegoBundle};
use regorus::unstable::{Expr, Module, Ref, Rule, RuleHead};
use regorus::{Engine, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The rule that permits.
pub(crate) const ALLOW: &str = "allow";
/// The rule that forbids.
pub(crate) const DENY: &str = "deny";
/// The rule that asks people.
pub(crate) const STEP_UP: &str = "step_up";
const ENTRIES: [&str; 3] = [ALLOW, DENY, STEP_UP];
/// What tests of a bundle are called: they decide nothing.
const TESTS: &str = "_test.rego";

/// One definition of one of the three rules.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) rule: &'static str,
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// One policy in Rego, ready to be asked.
pub(crate) struct Rego {
    pub(crate) document: String,
    /// `data.package`
    pub(super) package: String,
    pub(super) engine: Engine,
    /// Which of the three rules it has, in the order of its text.
    pub(crate) entries: Vec<Entry>,
    pub(crate) reads: Reads,
    pub(crate) paths: BTreeSet<(Vec<String>, usize)>,
    pub(crate) compared: Vec<Compared>,
    pub(crate) sought: Vec<Compared>,
    /// Its literals: what a rule says with one of them is its author's, not the call's.
    pub(super) texts: BTreeSet<String>,
    /// What it reads of the context.
    pub(super) attributes: Vec<&'static Attribute>,
}

impl Rego {
    /// Whether it has a rule.
    pub(crate) fn has(&self, rule: &str) -> bool {
        self.entries.iter().any(|entry| entry.rule == rule)
    }
}

/// A rule's name without what it says: `guard.deny.too-much` is `guard.deny`.
pub(crate) fn without_message(rule: &str) -> &str {
    let mark = format!(".{DENY}.");
    match rule.rfind(&mark) {
        Some(at) => rule.get(..at + mark.len() - 1).unwrap_or(rule),
        None => rule,
    }
}

/// Reads a policy in Rego; `None` where it is in another language.
pub(crate) fn read(text: &PolicyText) -> Option<Result<Rego, Vec<PolicyProblem>>> {
    match (&text.rego, &text.bundle) {
        (Some(module), _) => {
            let modules = BTreeMap::from([(String::new(), module.clone())]);
            Some(Reader::new(&text.name, None).read(&modules, None))
        }
        (None, Some(bundle)) => Some(Reader::new(&text.name, Some(bundle)).read(&bundle.modules, Some(bundle))),
        (None, None) => None,
    }
}

/// A rule of a module, by its path.
struct Found<'a> {
    name: String,
    function: bool,
    rule: &'a Rule,
}

struct Reader<'a> {
    document: &'a str,
    bundle: Option<&'a RegoBundle>,
    problems: Vec<PolicyProblem>,
    all: Seen,
    weights: Weights,
    entries: Vec<Entry>,
}

impl<'a> Reader<'a> {
    fn new(document: &'a str, bundle: Option<&'a RegoBundle>) -> Self {
        let (all, weights) = (Seen::default(), Weights::new());
        Self { document, bundle, problems: Vec::new(), all, weights, entries: Vec::new() }
    }

    fn read(
        mut self,
        modules: &BTreeMap<String, String>,
        bundle: Option<&RegoBundle>,
    ) -> Result<Rego, Vec<PolicyProblem>> {
        let mut engine = Engine::new();
        if !steps::bound(&mut engine) {
            return Err(vec![PolicyProblem::new(self.document, "steps of Rego cannot be counted")]);
        }
        engine.set_strict_builtin_errors(true);
        let mut size = 0;
        for (path, module) in modules.iter().filter(|(path, _)| !path.ends_with(TESTS)) {
            size += module.len();
            if let Err(problem) = lexical::check(self.document, module) {
                return Err(vec![problem]);
            }
            if let Err(error) = engine.add_policy(path.clone(), module.clone()) {
                let (line, found) = told(&error.to_string());
                self.problem(path, line, &found, "");
            }
        }
        if size > crate::bounds::TEXT_BYTES_MAX {
            let problem = PolicyProblem::new(self.document, format!("its modules have {size} bytes"));
            return Err(vec![problem.expected(format_args!("at most {}", crate::bounds::TEXT_BYTES_MAX))]);
        }
        if let Some(bundle) = bundle
            && let Err(found) = data(&mut engine, &bundle.data)
        {
            self.problem("data.json", None, &found, "whole numbers alone");
        }
        let modules: Vec<Ref<Module>> = engine.get_modules().clone();
        let package = self.package(&modules);
        self.modules(&modules, &package);
        let data = bundle.map_or(0, |bundle| bundle.data.canonical().len());
        self.weigh(size.saturating_add(data));
        if !self.problems.is_empty() {
            return Err(self.problems);
        }
        if self.entries.is_empty() {
            let problem =
                PolicyProblem::new(self.document, format!("`{package}` has none of the rules that are asked"));
            return Err(vec![problem.expected("expected `allow`, `deny` or `step_up`")]);
        }
        self.prepared(engine, package)
    }

    fn problem(&mut self, path: &str, line: Option<usize>, found: &str, expected: &str) {
        let found = if path.is_empty() { found.to_owned() } else { format!("`{path}`: {found}") };
        let problem = PolicyProblem::new(self.document, found).line(line.filter(|line| *line > 0));
        self.problems.push(if expected.is_empty() { problem } else { problem.expected(expected) });
    }

    /// The package whose rules are asked.
    fn package(&mut self, modules: &[Ref<Module>]) -> String {
        let of = |module: &Ref<Module>| chain(module.package.refr.as_ref()).dotted();
        match self.bundle {
            Some(bundle) => {
                let package = format!("data.{}", bundle.entry);
                if !modules.iter().any(|module| of(module).is_some_and(|of| format!("data.{of}") == package)) {
                    let found = format!("no module is of the package `{}`", bundle.entry);
                    self.problem("", None, &found, "the package whose rules are asked, as `entry`");
                }
                package
            }
            None => format!("data.{}", modules.first().and_then(of).unwrap_or_default()),
        }
    }

    fn modules(&mut self, modules: &[Ref<Module>], package: &str) {
        let mut functions = BTreeSet::new();
        let mut read = Vec::new();
        for module in modules {
            let path = module.package.span.source.get_path().clone();
            let Some(own) = chain(module.package.refr.as_ref()).dotted().map(|own| format!("data.{own}")) else {
                let line = place(module.package.span.line);
                self.problem(&path, Some(line), "a package that is not names with points between", "`package a.b`");
                continue;
            };
            let rules: Vec<Found<'_>> = module.policy.iter().filter_map(|rule| found(rule.as_ref())).collect();
            functions.extend(rules.iter().filter(|rule| rule.function).map(|rule| format!("{own}.{}", rule.name)));
            let aliases = self.aliases(&path, module);
            read.push((path, own, rules, aliases));
        }
        for (path, own, rules, aliases) in &read {
            let around = Around { aliases, functions: &functions, package: own };
            for rule in rules {
                self.rule(path, rule, &around, own == package);
            }
        }
    }

    fn aliases(&mut self, path: &str, module: &Module) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for import in &module.imports {
            let of = chain(import.refr.as_ref());
            match (of.name(), of.dotted()) {
                (Some("rego" | "future"), _) => {}
                (Some("data"), Some(dotted)) => {
                    let last = dotted.rsplit('.').next().unwrap_or_default().to_owned();
                    let name = import.r#as.as_ref().map_or(last, |name| name.text().to_owned());
                    out.insert(name, dotted);
                }
                _ => {
                    let line = Some(place(import.span.line));
                    self.problem(path, line, "an import of what is not `data`", "`input.…` where it is read");
                }
            }
        }
        out
    }

    fn rule(&mut self, path: &str, found: &Found<'_>, around: &Around<'_>, asked: bool) {
        let mut walk = Walk::new(around);
        each(found.rule, &mut |part| match part {
            Part::Expr(expr) => walk.expr(expr),
            Part::Query(query) => walk.query(query),
        });
        let seen = walk.seen();
        let line = place(found.rule.span().line);
        for (at, what, expected) in &seen.mistakes {
            self.problem(path, Some(if *at == 0 { line } else { *at }), what, expected);
        }
        let key = found.name.rsplit('.').next().unwrap_or_default().to_owned();
        self.weights.entry(key).or_default().push(seen.weight);
        self.all.reads.attributes.extend(seen.reads.attributes);
        self.all.reads.members.extend(seen.reads.members);
        self.all.reads.whole |= seen.reads.whole;
        self.all.paths.extend(seen.paths);
        self.all.compared.extend(seen.compared);
        self.all.sought.extend(seen.sought);
        self.all.texts.extend(seen.texts);
        if asked && let Some(rule) = ENTRIES.into_iter().find(|entry| *entry == found.name) {
            self.entry(path, rule, found);
        }
    }

    /// One of the three rules that are asked: it must be of the form in which it is understood.
    fn entry(&mut self, path: &str, rule: &'static str, found: &Found<'_>) {
        let line = place(found.rule.span().line);
        let wrong = match found.rule {
            Rule::Spec { head: RuleHead::Func { .. }, .. } => Some("a rule without arguments"),
            Rule::Spec { head: RuleHead::Set { .. }, .. } if rule == ALLOW => Some("`allow if …`"),
            Rule::Spec { head: RuleHead::Compr { .. }, .. } | Rule::Default { .. } if rule == STEP_UP => {
                Some("`step_up contains \"owner\" if …`")
            }
            Rule::Spec { head: RuleHead::Set { key: Some(key), .. }, .. } if rule == STEP_UP => {
                let who = super::chain::text(key.as_ref()).map(|who| ask::parse(&who));
                if let Some(Err(why)) = who {
                    self.problem(path, Some(line), &why, "");
                }
                None
            }
            _ => None,
        };
        if let Some(expected) = wrong {
            self.problem(path, Some(line), &format!("`{rule}` is not of a form that is understood"), expected);
        }
        self.entries.push(Entry { rule, line, text: found.rule.span().text().to_owned() });
    }

    fn weigh(&mut self, bytes: usize) {
        let most = bits_max(bytes);
        let (mut depths, mut bits) = (BTreeMap::new(), BTreeMap::new());
        let names: Vec<String> = self.weights.keys().cloned().collect();
        if let Some(name) = names.iter().find(|name| deep(name, &self.weights, &mut depths) > RULES_DEEP_MAX) {
            let found = format!("the rule `{name}` rests on others, or on itself, too deep");
            self.problem("", None, &found, &format!("at most {RULES_DEEP_MAX} deep"));
            return;
        }
        let heavy = names.iter().map(|name| (name, weigh(name, &self.weights, &mut bits)));
        if let Some((name, bits)) = heavy.filter(|(_, bits)| *bits > most).max_by_key(|(_, bits)| *bits) {
            let found = format!("the rule `{name}` may make what it is given {bits} times twice as long");
            self.problem(
                "",
                None,
                &found,
                &format!("at most {most} of so much text and data: fewer lists of lists, and lists made by loops"),
            );
        }
    }

    /// Asked once of nothing, so that the engine has made what it makes of rules, and no question pays for it.
    fn prepared(self, mut engine: Engine, package: String) -> Result<Rego, Vec<PolicyProblem>> {
        engine.set_input(Value::new_object());
        for rule in ENTRIES.into_iter().filter(|rule| self.entries.iter().any(|entry| entry.rule == *rule)) {
            // What it comes to does not matter: of an empty question rules may well fail. Functions that are not there, and
            // rules that rest on themselves, are told by the walk.
            drop(engine.eval_rule(format!("{package}.{rule}")));
        }
        let Seen { reads, paths, compared, sought, texts, .. } = self.all;
        let attributes = ATTRIBUTES.iter().filter(|of| reads.whole || reads.attributes.contains(of.name)).collect();
        let (document, entries) = (self.document.to_owned(), self.entries);
        Ok(Rego { document, package, engine, entries, reads, paths, compared, sought, texts, attributes })
    }
}

enum Part<'a> {
    Expr(&'a Expr),
    Query(&'a regorus::unstable::Query),
}

/// A rule's name and kind; `None` where only an evaluation knows its name.
fn found(rule: &Rule) -> Option<Found<'_>> {
    let (refr, function) = match rule {
        Rule::Spec { head: RuleHead::Compr { refr, .. } | RuleHead::Set { refr, .. }, .. } => (refr, false),
        Rule::Spec { head: RuleHead::Func { refr, .. }, .. } => (refr, true),
        Rule::Default { refr, args, .. } => (refr, !args.is_empty()),
    };
    let of = chain(refr.as_ref());
    let name = std::iter::once(of.name()?).chain(of.named()).collect::<Vec<_>>().join(".");
    Some(Found { name, function, rule })
}

/// All expressions and bodies of a rule.
fn each<'a>(rule: &'a Rule, see: &mut impl FnMut(Part<'a>)) {
    match rule {
        Rule::Default { args, value, .. } => {
            args.iter().for_each(|arg| see(Part::Expr(arg.as_ref())));
            see(Part::Expr(value.as_ref()));
        }
        Rule::Spec { head, bodies, .. } => {
            let (refr, assign) = match head {
                RuleHead::Compr { refr, assign, .. } => (refr, assign.as_ref()),
                RuleHead::Set { refr, key, .. } => {
                    if let Some(key) = key {
                        see(Part::Expr(key.as_ref()));
                    }
                    (refr, None)
                }
                RuleHead::Func { refr, args, assign, .. } => {
                    args.iter().for_each(|arg| see(Part::Expr(arg.as_ref())));
                    (refr, assign.as_ref())
                }
            };
            for step in chain(refr.as_ref()).steps {
                if let super::chain::Step::Index(index) = step {
                    see(Part::Expr(index));
                }
            }
            if let Some(assign) = assign {
                see(Part::Expr(assign.value.as_ref()));
            }
            for body in bodies {
                if let Some(assign) = &body.assign {
                    see(Part::Expr(assign.value.as_ref()));
                }
                see(Part::Query(body.query.as_ref()));
            }
        }
    }
}

/// What a bundle's modules read as `data`.
fn data(engine: &mut Engine, data: &Json) -> Result<(), String> {
    let text = data.canonical();
    if !whole(data) {
        return Err("a number with a fraction".to_owned());
    }
    engine.add_data_json(&text).map_err(|error| told(&error.to_string()).1)
}

fn whole(json: &Json) -> bool {
    match json {
        Json::Object(members) => members.iter().all(|(_, value)| whole(value)),
        Json::Array(items) => items.iter().all(whole),
        Json::Number(number) => number.to_string().bytes().all(|b| b.is_ascii_digit() || b == b'-'),
        _ => true,
    }
}

/// An error of the engine's: the line, and its last line, which says what is wrong.
pub(super) fn told(error: &str) -> (Option<usize>, String) {
    let place = error.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
    let mut parts = place.into_iter().flat_map(|place| place.rsplit(':'));
    let line = parts.nth(1).and_then(|line| line.trim().parse().ok());
    let last = error.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    (line, last.strip_prefix("error: ").unwrap_or(last).to_owned())
}
