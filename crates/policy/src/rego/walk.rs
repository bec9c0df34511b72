//! What stands in a module: what it reads, what it calls, what it compares, and what it may cost. The tree is gone through
//! with a list of what is still to be seen, not by recursion: it may be deep.

use super::builtins;
use super::chain::{Chain, Step, chain, literal, text};
use super::weight::{Weight, doublings};
use crate::reads::Reads;
use regorus::unstable::{ArithOp, AssignOp, BinOp, BoolOp, Expr, Literal, Query, Ref};
use std::collections::{BTreeMap, BTreeSet};

/// The deepest that an expression may nest.
const DEPTH_MAX: usize = 48;
/// The most loops of one rule: each is gone through within the one before.
const LOOPS_MAX: usize = 16;
/// The most digits of a number.
const DIGITS_MAX: usize = 18;
/// What a list made by a loop weighs.
const LOOP_BITS: u32 = 6;
/// The longest separator of `concat`.
const SEPARATOR_BYTES_MAX: usize = 64;

/// A literal that an attribute is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Constant {
    Text(String),
    Number,
    Bool,
}

/// `input.context.hour < 6`: the path behind `input`, and what it is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compared {
    pub(crate) path: Vec<String>,
    pub(crate) with: Constant,
    pub(crate) line: usize,
}

/// What a mistake is, and on which line.
pub(super) type Mistake = (usize, String, String);

/// What stands in one rule.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) reads: Reads,
    /// Every path behind `input` that is read, with its line.
    pub(super) paths: BTreeSet<(Vec<String>, usize)>,
    pub(super) compared: Vec<Compared>,
    /// `"a" in input.context.touched`: the path, and what is looked for.
    pub(super) sought: Vec<Compared>,
    pub(super) weight: Weight,
    pub(super) texts: BTreeSet<String>,
    pub(super) mistakes: Vec<Mistake>,
}

/// What names mean outside of a rule.
pub(super) struct Around<'a> {
    /// What an import is called here, and the path that it stands for.
    pub(super) aliases: &'a BTreeMap<String, String>,
    /// The functions of the policy, as `data.package.name`.
    pub(super) functions: &'a BTreeSet<String>,
    /// This module's package, as `data.package`.
    pub(super) package: &'a str,
}

/// Goes through a rule's expressions.
pub(super) struct Walk<'a> {
    around: &'a Around<'a>,
    rest: Vec<(&'a Expr, usize)>,
    queries: Vec<(&'a Query, usize)>,
    loops: usize,
    seen: Seen,
}

impl<'a> Walk<'a> {
    pub(super) fn new(around: &'a Around<'a>) -> Self {
        Self { around, rest: Vec::new(), queries: Vec::new(), loops: 0, seen: Seen::default() }
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) {
        self.rest.push((expr, 0));
    }

    pub(super) fn query(&mut self, query: &'a Query) {
        self.queries.push((query, 0));
    }

    /// Goes on until all was seen.
    pub(super) fn seen(mut self) -> Seen {
        loop {
            if let Some((expr, depth)) = self.rest.pop() {
                if depth > DEPTH_MAX {
                    let found = "an expression that nests too deep".to_owned();
                    self.wrong(expr, found, format!("at most {DEPTH_MAX}"));
                    return self.seen;
                }
                self.one(expr, depth);
            } else if let Some((query, depth)) = self.queries.pop() {
                self.statements(query, depth);
            } else {
                break;
            }
        }
        if self.loops > LOOPS_MAX {
            let found = format!("a rule with {} loops", self.loops);
            self.seen.mistakes.push((0, found, format!("at most {LOOPS_MAX}; split the rule")));
        }
        self.seen
    }

    fn wrong(&mut self, at: &Expr, found: String, expected: impl Into<String>) {
        self.seen.mistakes.push((line(at), found, expected.into()));
    }

    fn statements(&mut self, query: &'a Query, depth: usize) {
        for statement in &query.stmts {
            if let Some(with) = statement.with_mods.first() {
                let expected = "rules read what is there: `with` belongs in tests";
                self.seen.mistakes.push((place(with.span.line), "`with`".to_owned(), expected.to_owned()));
            }
            match &statement.literal {
                Literal::SomeVars { .. } => {}
                Literal::SomeIn { key, value, collection, .. } => {
                    self.loops += 1;
                    self.rest.extend(key.iter().map(|key| (key.as_ref(), depth)));
                    self.rest.extend([(value.as_ref(), depth), (collection.as_ref(), depth)]);
                }
                Literal::Expr { expr, .. } | Literal::NotExpr { expr, .. } => self.rest.push((expr.as_ref(), depth)),
                Literal::Every { domain, query, .. } => {
                    self.loops += 1;
                    self.rest.push((domain.as_ref(), depth));
                    self.queries.push((query.as_ref(), depth + 1));
                }
            }
        }
    }

    fn one(&mut self, expr: &'a Expr, depth: usize) {
        let next = depth + 1;
        match expr {
            Expr::String { .. } | Expr::RawString { .. } => self.seen.texts.extend(text(expr)),
            Expr::Bool { .. } | Expr::Null { .. } => {}
            Expr::Number { span, .. } => {
                let digits = span.text();
                if !digits.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
                    let expected = "whole numbers: amounts are ten-thousandths, so `0.5` is `5000`";
                    self.wrong(expr, format!("the number `{digits}`"), expected);
                } else if digits.len() > DIGITS_MAX {
                    self.wrong(expr, "a number that is too long".to_owned(), format!("at most {DIGITS_MAX} digits"));
                }
            }
            Expr::Var { .. } | Expr::RefDot { .. } | Expr::RefBrack { .. } => self.reference(expr, next),
            Expr::Array { items, .. } | Expr::Set { items, .. } => self.made_of(items.iter(), next),
            Expr::Object { fields, .. } => {
                self.made_of(fields.iter().flat_map(|(_, key, value)| [key, value]), next);
            }
            Expr::ArrayCompr { term, query, .. } | Expr::SetCompr { term, query, .. } => {
                self.seen.weight.bits += LOOP_BITS;
                self.rest.push((term.as_ref(), next));
                self.queries.push((query.as_ref(), next));
            }
            Expr::ObjectCompr { key, value, query, .. } => {
                self.seen.weight.bits += LOOP_BITS;
                self.rest.extend([(key.as_ref(), next), (value.as_ref(), next)]);
                self.queries.push((query.as_ref(), next));
            }
            Expr::Call { fcn, params, .. } => {
                self.call(expr, fcn.as_ref(), params);
                self.rest.extend(params.iter().map(|param| (param.as_ref(), next)));
            }
            Expr::UnaryExpr { expr, .. } => self.rest.push((expr.as_ref(), next)),
            Expr::BinExpr { op, lhs, rhs, .. } => {
                self.seen.weight.bits += u32::from(*op == BinOp::Union);
                self.both(lhs, rhs, next);
            }
            Expr::BoolExpr { op, lhs, rhs, .. } => {
                let ordered = !matches!(op, BoolOp::Eq | BoolOp::Ne);
                self.compared(lhs, rhs, ordered);
                self.both(lhs, rhs, next);
            }
            Expr::ArithExpr { op, lhs, rhs, .. } => {
                self.reckoned(expr, op, lhs, rhs);
                self.both(lhs, rhs, next);
            }
            Expr::AssignExpr { op, lhs, rhs, .. } => {
                if *op == AssignOp::Eq {
                    self.compared(lhs, rhs, false);
                }
                self.both(lhs, rhs, next);
            }
            Expr::Membership { key, value, collection, .. } => {
                if let Expr::Array { items, .. } | Expr::Set { items, .. } = collection.as_ref() {
                    items.iter().for_each(|item| self.compared(value, item, false));
                }
                self.sought(value, collection);
                self.rest.extend(key.iter().map(|key| (key.as_ref(), next)));
                self.both(value, collection, next);
            }
        }
    }

    fn both(&mut self, one: &'a Ref<Expr>, other: &'a Ref<Expr>, depth: usize) {
        self.rest.extend([(one.as_ref(), depth), (other.as_ref(), depth)]);
    }

    /// A list holds all that stands in it: what stands in it twice, twice.
    fn made_of(&mut self, items: impl Iterator<Item = &'a Ref<Expr>>, depth: usize) {
        let mut held = 0;
        for item in items {
            held += usize::from(!literal(item.as_ref()));
            self.rest.push((item.as_ref(), depth));
        }
        self.seen.weight.bits = self.seen.weight.bits.saturating_add(doublings(held));
    }

    /// Products of two values double in length: one side is a number that stands there.
    fn reckoned(&mut self, at: &Expr, op: &ArithOp, lhs: &Expr, rhs: &Expr) {
        match op {
            ArithOp::Div => {
                let expected = "multiply the other side: a quotient may be a number with a fraction";
                self.wrong(at, "a division".to_owned(), expected);
            }
            ArithOp::Mul if !matches!((lhs, rhs), (Expr::Number { .. }, _) | (_, Expr::Number { .. })) => {
                self.wrong(at, "a product of two values".to_owned(), "one of the two as a number");
            }
            _ => {}
        }
    }

    fn reference(&mut self, expr: &'a Expr, depth: usize) {
        let of = chain(expr);
        for step in &of.steps {
            if let Step::Index(index) = step {
                self.loops += usize::from(matches!(index, Expr::Var { .. }));
                self.rest.push((index, depth));
            }
        }
        let Some(name) = of.name() else {
            self.rest.push((of.root, depth));
            return;
        };
        match name {
            "input" => self.input(expr, &of),
            "data" => self.data(&of.named()),
            "_" => {}
            name => {
                self.seen.weight.reads.push(name.to_owned());
                if let Some(path) = self.around.aliases.get(name) {
                    let parts: Vec<&str> = path.split('.').skip(1).chain(of.named()).collect();
                    self.data(&parts);
                }
            }
        }
    }

    fn data(&mut self, parts: &[&str]) {
        self.seen.weight.reads.extend(parts.iter().map(|part| (*part).to_owned()));
    }

    fn input(&mut self, expr: &Expr, of: &Chain<'_>) {
        let named = of.named();
        let reads = &mut self.seen.reads;
        match named.as_slice() {
            [] | ["context"] => reads.whole = true,
            ["context", attribute, rest @ ..] => {
                reads.attributes.insert((*attribute).to_owned());
                if let Some(member) = rest.first() {
                    reads.members.insert(((*attribute).to_owned(), (*member).to_owned()));
                }
            }
            _ => {}
        }
        self.seen.paths.insert((named.into_iter().map(str::to_owned).collect(), line(expr)));
    }

    fn call(&mut self, at: &Expr, function: &Expr, params: &[Ref<Expr>]) {
        let Some(name) = chain(function).dotted() else {
            self.wrong(at, "a call of what only an evaluation knows".to_owned(), "the name of a function");
            return;
        };
        let (first, behind) = name.split_once('.').map_or((name.as_str(), ""), |(first, behind)| (first, behind));
        let aliased = self.around.aliases.get(first).map(|path| format!("{path}.{behind}"));
        let own = format!("{}.{name}", self.around.package);
        let known = |path: &&String| self.around.functions.contains(*path);
        let path = [Some(&own), Some(&name), aliased.as_ref()].into_iter().flatten().find(known);
        if let Some(path) = path {
            self.seen.weight.calls.extend(path.rsplit('.').next().map(str::to_owned));
            return;
        }
        match builtins::bits(&name) {
            Ok(bits) => self.seen.weight.bits += bits,
            Err(why) => self.wrong(at, format!("`{name}` may not be called"), why),
        }
        if let Err(expected) = given(&name, params) {
            self.wrong(at, format!("`{name}` with what is reckoned"), expected);
        }
    }

    fn sought(&mut self, value: &Expr, collection: &Expr) {
        let of = chain(collection);
        if let (Some("input"), true, Some(text)) = (of.name(), of.whole(), text(value)) {
            let path = of.named().into_iter().map(str::to_owned).collect();
            self.seen.sought.push(Compared { path, with: Constant::Text(text), line: line(collection) });
        }
    }

    fn compared(&mut self, one: &Expr, other: &Expr, ordered: bool) {
        for (side, constant) in [(one, other), (other, one)] {
            let of = chain(side);
            if of.name() != Some("input") || !of.whole() {
                continue;
            }
            let with = match constant {
                Expr::String { .. } | Expr::RawString { .. } => Constant::Text(text(constant).unwrap_or_default()),
                Expr::Number { .. } => Constant::Number,
                Expr::Bool { .. } => Constant::Bool,
                // `input.context.hour < input.context.depth` compares what is alike, as far as anybody can tell
                _ => continue,
            };
            let with = if ordered && with == Constant::Bool { Constant::Number } else { with };
            let path = of.named().into_iter().map(str::to_owned).collect();
            self.seen.compared.push(Compared { path, with, line: line(side) });
        }
    }
}

/// What built-ins that join texts are given: a separator and a form that stand there, so that the answer is bounded.
fn given(name: &str, params: &[Ref<Expr>]) -> Result<(), &'static str> {
    let first = params.first().and_then(|param| text(param.as_ref()));
    match name {
        "concat" => match first {
            Some(text) if text.len() <= SEPARATOR_BYTES_MAX => Ok(()),
            _ => Err("a separator that stands there, of at most 64 bytes"),
        },
        "sprintf" => match first {
            Some(text) if plain_form(&text) => Ok(()),
            _ => Err("a form that stands there, with `%v`, `%s` and `%d` alone"),
        },
        _ => Ok(()),
    }
}

fn plain_form(text: &str) -> bool {
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c == '%' && !rest.next().is_some_and(|verb| matches!(verb, 'v' | 's' | 'd' | '%')) {
            return false;
        }
    }
    true
}

pub(super) fn line(expr: &Expr) -> usize {
    place(expr.span().line)
}

pub(super) fn place(line: u32) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}
