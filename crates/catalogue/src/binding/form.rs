//! Reading the form of a binding. Every member is known or refused, and every error names its place.

mod record;
mod result;

use super::{Argument, BadBinding, Binding, Counted, Role, Told};
use crate::measure::{MeasureFrom, UnitFrom};
use crate::path::{Path, Step};
use crate::record::RecordFrom;
use crate::referent::{REFERENTS_MAX, ReferentFrom, SHOWN_MAX};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::normal::Kind;
use bailiwick_core::{DataClass, Unit, Zone};

/// The most bound arguments, measures and result fields of one tool, each.
const PARTS_MAX: usize = 64;
/// The most bytes of a group's name.
const GROUP_BYTES_MAX: usize = 32;

type Read<T> = Result<T, BadBinding>;

/// A place in the form, and what stands there.
struct At<'a> {
    place: String,
    value: &'a Json,
}

impl<'a> At<'a> {
    fn bad<T>(&self, why: impl Into<String>) -> Read<T> {
        Err(BadBinding { place: self.place.clone(), why: why.into() })
    }

    fn expected<T>(&self, what: &str) -> Read<T> {
        self.bad(format!("expected {what}, found {}", self.value.kind()))
    }

    fn below(&self, name: &str, value: &'a Json) -> At<'a> {
        let place = if self.place.is_empty() { name.to_owned() } else { format!("{}.{name}", self.place) };
        At { place, value }
    }

    fn members(&self, known: &[&str]) -> Read<&'a Object> {
        let Some(members) = self.value.as_object() else { return self.expected("an object") };
        match members.keys().find(|name| !known.contains(name)) {
            Some(other) => self
                .below(&other.escape_debug().to_string(), &Json::Null)
                .bad(format!("expected one of `{}`", known.join("`, `"))),
            None => Ok(members),
        }
    }

    fn get(&self, name: &str) -> Option<At<'a>> {
        self.value.get(name).map(|value| self.below(name, value))
    }

    fn need(&self, name: &str) -> Read<At<'a>> {
        match self.get(name) {
            Some(at) => Ok(at),
            None => self.bad(format!("expected a member `{name}`")),
        }
    }

    fn items(&self) -> Read<Vec<At<'a>>> {
        let Some(items) = self.value.as_array() else { return self.expected("a list") };
        if items.len() > PARTS_MAX {
            return self.bad(format!("expected at most {PARTS_MAX}, found {}", items.len()));
        }
        Ok(items.iter().enumerate().map(|(i, value)| At { place: format!("{}[{i}]", self.place), value }).collect())
    }

    fn text(&self) -> Read<&'a str> {
        self.value.as_str().map_or_else(|| self.expected("a string"), Ok)
    }

    fn flag(&self) -> Read<bool> {
        self.value.as_bool().map_or_else(|| self.expected("a boolean"), Ok)
    }

    fn path(&self) -> Read<Path> {
        parse_path(self.text()?).or_else(|why| self.bad(why))
    }

    fn unit(&self) -> Read<Unit> {
        Unit::parse(self.text()?).or_else(|error| self.bad(error.to_string()))
    }

    fn kind(&self) -> Read<Kind> {
        Kind::parse(self.text()?)
            .map_or_else(|| self.bad("expected a kind of value such as `iban`, `party` or `id:invoice`"), Ok)
    }

    fn class(&self) -> Read<DataClass> {
        DataClass::parse(self.text()?).or_else(|error| self.bad(error.to_string()))
    }

    /// A flag that is no unless it is said.
    fn said(&self, name: &str) -> Read<bool> {
        Ok(self.get(name).map(|flag| flag.flag()).transpose()?.unwrap_or(false))
    }

    fn slug(&self, most: usize) -> Read<&'a str> {
        let text = self.text()?;
        let fits = (1..=most).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if fits { Ok(text) } else { self.bad(format!("expected 1 to {most} characters of a-z, 0-9 and -")) }
    }
}

fn parse_path(text: &str) -> Result<Path, String> {
    match Path::parse(text) {
        Ok(path) if path.steps().is_empty() => Err("expected a place below the whole, as `/iban`".to_owned()),
        Ok(path) => Ok(path),
        Err(error) => Err(error.to_string()),
    }
}

pub(super) fn read(bind: &Json) -> Read<Binding> {
    let at = At { place: String::new(), value: bind };
    at.members(&["arguments", "classes", "measures", "outcome", "referents", "result", "unchecked"])?;
    let mut binding = Binding::default();
    if let Some(arguments) = at.get("arguments") {
        binding.arguments = read_arguments(&arguments)?;
    }
    if let Some(measures) = at.get("measures") {
        binding.measures = measures.items()?.iter().map(counted).collect::<Read<_>>()?;
    }
    if let Some(referents) = at.get("referents") {
        binding.referents = read_referents(&referents)?;
    }
    if let Some(outcome) = at.get("outcome") {
        binding.outcome = Some(record::read(&outcome, &binding.arguments)?);
    }
    if let Some(result) = at.get("result") {
        binding.result = result::read(&result)?;
    }
    if let Some(classes) = at.get("classes") {
        binding.classes = classes.items()?.iter().map(At::class).collect::<Read<_>>()?;
    }
    if let Some(accepted) = at.get("unchecked") {
        binding.accepted = accepted.items()?.iter().map(|at| at.text().map(str::to_owned)).collect::<Read<_>>()?;
    }
    only_hidden(&at, &binding)?;
    Ok(binding)
}

/// A secret is nothing that is kept: no key of the act, and nothing by which something else is read.
fn only_hidden(at: &At<'_>, binding: &Binding) -> Read<()> {
    let keys = binding.arguments.iter().filter(|argument| argument.role == Role::Idempotency).map(|of| &of.at);
    let referents = binding.referents.iter().flat_map(ReferentFrom::places);
    let outcome = binding.outcome.iter().flat_map(RecordFrom::places);
    let mut named = keys.chain(referents).chain(outcome);
    let secret = |place: &&Path| binding.secrets().any(|secret| secret.meets(place));
    match named.find(secret) {
        None => Ok(()),
        Some(place) => {
            at.bad(format!("`{place}` is a secret: it is no idempotency key, points to nothing, and reads no outcome"))
        }
    }
}

fn read_arguments(at: &At<'_>) -> Read<Vec<Argument>> {
    let Some(members) = at.value.as_object() else { return at.expected("an object") };
    if members.len() > PARTS_MAX {
        return at.bad(format!("expected at most {PARTS_MAX}, found {}", members.len()));
    }
    let each = members.iter().map(|(text, value)| {
        let place = at.below(&text.escape_debug().to_string(), value);
        let path = parse_path(text).or_else(|why| place.bad(why))?;
        argument(&place, path)
    });
    let all = each.collect::<Read<Vec<Argument>>>()?;
    let keys: Vec<&Argument> = all.iter().filter(|argument| argument.role == Role::Idempotency).collect();
    if keys.len() > 1 || keys.iter().any(|key| key.at.stars() > 0) {
        return at.bad("expected one argument of role `idempotency`, without `*`");
    }
    Ok(all)
}

fn argument(at: &At<'_>, path: Path) -> Read<Argument> {
    let mut known = vec!["kind", "role", "group"];
    let role_at = at.get("role");
    let role = match &role_at {
        Some(role) => role.text()?,
        None => "value",
    };
    match role {
        "measure" => known.extend(["currency", "currency_at", "unit", "minor"]),
        "destination" => known.push("zone"),
        "value" => known.push("binds"),
        _ => {}
    }
    at.members(&known)?;
    let kind = at.get("kind").map(|kind| kind.kind()).transpose()?;
    let needs_kind = |role: Role| match &kind {
        Some(_) => Ok(role),
        None => at.bad("expected a member `kind`"),
    };
    let role = match role {
        "value" => needs_kind(Role::Value)?,
        "resource" => needs_kind(Role::Resource)?,
        "destination" => {
            let zone = |at: At<'_>| Zone::parse(at.text()?).or_else(|error| at.bad(error.to_string()));
            needs_kind(Role::Destination(at.get("zone").map(zone).transpose()?))?
        }
        "measure" => {
            if kind.as_ref().is_some_and(|kind| *kind != Kind::Amount) {
                return at.bad("a measure is of kind `amount`");
            }
            Role::Measure(measure(at, path.clone())?)
        }
        "idempotency" => Role::Idempotency,
        "harmless" => Role::Harmless,
        _ => {
            let role_at = role_at.unwrap_or_else(|| at.below("role", at.value));
            return role_at.bad("expected `value`, `destination`, `resource`, `measure`, `idempotency` or `harmless`");
        }
    };
    let binds = at.said("binds")?;
    if binds && kind != Some(Kind::Date) {
        return at.bad("only what is of kind `date` binds");
    }
    let kind = if matches!(role, Role::Measure(_)) { Some(Kind::Amount) } else { kind };
    let group = at.get("group").map(|group| group.slug(GROUP_BYTES_MAX).map(str::to_owned)).transpose()?;
    Ok(Argument { at: path, kind, role, group, binds })
}

/// The unit of a measure is said once: by name, or by where it stands.
fn measure(at: &At<'_>, path: Path) -> Read<MeasureFrom> {
    let unit = match (at.get("currency"), at.get("currency_at"), at.get("unit")) {
        (Some(currency), None, None) => {
            let unit = currency.unit()?;
            if !unit.is_currency() {
                return currency.bad("expected a currency of ISO 4217 such as `EUR`");
            }
            UnitFrom::Fixed(unit)
        }
        (None, Some(currency_at), None) => {
            let currency = currency_at.path()?;
            if !currency.follows(&path) {
                return currency_at.bad(format!("expected each `*` where `{path}` has one"));
            }
            UnitFrom::At(currency)
        }
        (None, None, Some(unit)) => UnitFrom::Fixed(unit.unit()?),
        _ => return at.bad("expected exactly one of `currency`, `currency_at` and `unit`"),
    };
    let minor = at.said("minor")?;
    Ok(MeasureFrom { at: path, unit, minor })
}

fn counted(at: &At<'_>) -> Read<Counted> {
    at.members(&["unit", "after", "at", "count"])?;
    let unit = at.need("unit")?.unit()?;
    let after = at.said("after")?;
    let told = match (at.get("at"), at.get("count")) {
        (Some(place), None) => {
            Some(Told::At(MeasureFrom { at: place.path()?, unit: UnitFrom::Fixed(unit.clone()), minor: false }))
        }
        (None, Some(count)) => Some(Told::Count(count.path()?)),
        (None, None) => None,
        (Some(_), Some(_)) => return at.bad("expected `at` or `count`, not both"),
    };
    match (after, told) {
        (true, Some(told)) => Ok(Counted::After { unit, told }),
        (true, None) if unit == Unit::bytes() => Ok(Counted::After { unit, told: Told::Size }),
        (true, None) => at.bad("expected `at` or `count`: where the result says how much"),
        (false, None) if unit == Unit::calls() => Ok(Counted::Calls),
        (false, None) => at.bad("expected `after: true`; a measure that an argument says stands under `arguments`"),
        (false, Some(_)) => at.bad("`at` and `count` are places of the result: expected `after: true`"),
    }
}

/// What arguments point to: read with a tool of the same server.
fn read_referents(at: &At<'_>) -> Read<Vec<ReferentFrom>> {
    let items = at.items()?;
    if items.len() > REFERENTS_MAX {
        return at.bad(format!("expected at most {REFERENTS_MAX}, found {}", items.len()));
    }
    items.iter().map(referent).collect()
}

fn referent(at: &At<'_>) -> Read<ReferentFrom> {
    at.members(&["at", "read", "send"])?;
    let read = at.need("read")?;
    read.members(&["tool", "arguments", "version", "show"])?;
    let name = reader(&read)?;
    let arguments = read_with(&read)?;
    let shown = read.get("show").map(|show| show.items()).transpose()?.unwrap_or_default();
    if shown.len() > SHOWN_MAX {
        return read.bad(format!("expected at most {SHOWN_MAX} places to `show`, found {}", shown.len()));
    }
    let send = at.get("send").map(|send| member(&send, send.text()?)).transpose()?;
    Ok(ReferentFrom {
        at: one_place(&at.need("at")?)?,
        tool: name,
        arguments,
        version: read.get("version").map(|version| one_place(&version)).transpose()?,
        show: shown.iter().map(one_place).collect::<Read<_>>()?,
        send,
    })
}

/// The tool of the same server that reads.
fn reader(at: &At<'_>) -> Read<String> {
    let tool = at.need("tool")?;
    match tool.text()? {
        name if name.is_empty() || name.contains('/') => {
            tool.bad("expected the name of a tool of the same server, without the server's")
        }
        name => Ok(name.to_owned()),
    }
}

/// Its arguments, and where in the call they stand.
fn read_with(at: &At<'_>) -> Read<Vec<(String, Path)>> {
    let arguments = at.need("arguments")?;
    let members = arguments.value.as_object().map_or_else(|| arguments.expected("an object"), Ok)?;
    let each = members.iter().map(|(name, from)| {
        let place = arguments.below(&name.escape_debug().to_string(), from);
        let own = member(&place, name)?;
        Ok((own, one_place(&place)?))
    });
    each.collect()
}

fn one_place(at: &At<'_>) -> Read<Path> {
    let path = at.path()?;
    if path.stars() > 0 { at.bad("expected one place, without `*`") } else { Ok(path) }
}

/// A member of the arguments themselves.
fn member(at: &At<'_>, text: &str) -> Read<String> {
    match parse_path(text).or_else(|why| at.bad(why))?.steps() {
        [Step::Member(name)] => Ok(name.to_string()),
        _ => at.bad("expected a member of the arguments, as `/id`"),
    }
}
