//! From a call to an action: everything that decisions rest on is read here, once, under the pin.

mod addresses;

use crate::binding::{Argument, Counted, Role};
use crate::catalogue::Entry;
use crate::hide::{Keyed, in_place_of};
use crate::idempotency;
use crate::measure::Measured;
use crate::referent::Looked;
use crate::schema::{Openness, Place};
use crate::write;
use bailiwick_core::json::{Json, Pointer};
use bailiwick_core::normal::{Kind, normal};
use bailiwick_core::{
    Action, Amount, Bound, Code, DataClass, Destination, Digest, Effect, Egress, IdempotencyKey, Measure, Reading,
    Reason, ToolId, Unit, Zone, sha256,
};
use std::collections::BTreeSet;

/// The most values that bindings read out of one call.
const BOUND_MAX: usize = 256;
/// The longest normal form that an event keeps.
const NORMAL_BYTES_MAX: usize = 4 << 10;

/// A call, as the edge took it off the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The tool, or a method by the name of its tool.
    pub tool: ToolId,
    /// The arguments, read strictly.
    pub arguments: Json,
    /// What will be sent beside the arguments: input responses, an HTTP method, governed headers. Null for nothing.
    pub beside: Json,
    /// `_meta["bailiwick.dev/idempotency-key"]` or the header, where no argument is bound as one.
    pub idempotency: Option<String>,
    /// The keyed hash of the key that [`Catalogue::key_of`](crate::Catalogue::key_of) found: what is forwarded of it.
    pub key: Option<Digest>,
}

/// A call, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// What is to be done.
    pub action: Action,
    /// Why it is refused whatever a grant says.
    pub refused: Option<Reason>,
    /// The arguments to forward, in RFC 8785 form: written anew from what was read, covered by `action.sent`.
    pub forward: Vec<u8>,
    /// The same as a value, where it is another than the caller's: an idempotency key leaves as its hash.
    pub replaced: Option<Json>,
}

impl Entry {
    /// Reads a call of this tool. Secrets are read as their keyed hash, so none stands in the action.
    pub(crate) fn read(&self, call: &Call, looked: Option<&[Looked]>, keyed: Keyed<'_>) -> Read {
        let mut forward = call.arguments.canonical().into_bytes();
        let unfit = self.unfit(call);
        let hides = self.unreadable || self.binding.takes_secrets();
        // Where its schema refuses a call, a secret may stand anywhere in it.
        let hidden = match unfit {
            Some(_) if hides => Some(in_place_of(&call.arguments, keyed)),
            _ => self.binding.without_secrets(&call.arguments, keyed),
        };
        let arguments = hidden.as_ref().unwrap_or(&call.arguments);
        let kept = match &hidden {
            Some(hidden) => write::keep(hidden, hidden.canonical().as_bytes()),
            None => write::keep(&call.arguments, &forward),
        };
        let mut reader = Reader::default();
        for argument in &self.binding.arguments {
            reader.argument(argument, arguments);
        }
        reader.counted(&self.binding.measures);
        let replaced = match (&reader.key, &call.key) {
            (Some((at, _)), Some(hash)) => self.hashed(call, at, hash),
            _ => Ok(None),
        };
        let replaced = replaced.unwrap_or_else(|reason| {
            reader.refused.get_or_insert(reason);
            None
        });
        if let Some(replaced) = &replaced {
            forward = replaced.canonical().into_bytes();
        }
        let idempotency = reader.idempotency(call);
        // A digest over the secret itself would let whoever has the rest try what it is.
        let sent_of = |forwarded: &[u8]| write::sent(call.tool.tool(), forwarded, &call.beside);
        let sent = match (unfit.is_some(), &replaced, &hidden) {
            (false, Some(replaced), Some(_)) => {
                let hidden = self.binding.without_secrets(replaced, keyed);
                sent_of(hidden.as_ref().unwrap_or(replaced).canonical().as_bytes())
            }
            (_, _, Some(hidden)) => sent_of(hidden.canonical().as_bytes()),
            (_, _, None) => sent_of(&forward),
        };
        let (referents, unread) = self.referents(arguments, looked);
        // What is sent as a precondition is the version, which the action digest holds already.
        let with = self.with_versions(replaced.as_ref().unwrap_or(&call.arguments), &referents);
        let (with, changed) = with.map_or_else(|reason| (None, Some(reason)), |with| (with, None));
        if let Some(with) = &with {
            forward = with.canonical().into_bytes();
        }
        let replaced = with.or(replaced);
        let too_large = || {
            let why = "more arguments than an event can hold";
            kept.too_large.then(|| Reason::new(Code::ArgumentMalformed).at(&Pointer::root()).asked(why))
        };
        let refused = unfit.or_else(too_large).or(reader.refused.take()).or(unread).or(changed);
        let nature = self.nature;
        let unbound = nature.effect != Effect::Read || nature.egress != Egress::None;
        reader.bound.extend(addresses::addresses(&self.binding, arguments, unbound));
        let action = Action {
            tool: call.tool.clone(),
            pin: self.pin,
            server: self.server,
            credential: self.credential.clone(),
            effect: nature.effect,
            egress: nature.egress,
            impact: nature.impact,
            arguments: kept.arguments,
            sent,
            resource: reader.resource.one(),
            destination: reader.destination(),
            measures: reader.measures,
            classes: self.all_classes(),
            by_field: self.by_field(),
            bound: reader.bound,
            referents,
            idempotency,
            round: 0,
            clean: self.binding.result.clean || self.is_sanitizer(),
        };
        Read { action, refused, forward, replaced }
    }

    /// The classes of single fields of its result.
    pub(crate) fn by_field(&self) -> Vec<DataClass> {
        let fields: BTreeSet<_> = self.binding.result.fields.iter().map(|(_, class)| class.clone()).collect();
        fields.into_iter().collect()
    }

    /// All classes that its result may bring: those of what the binding does not name, and those of the fields that it names.
    fn all_classes(&self) -> Vec<DataClass> {
        let fields = self.by_field();
        let more = fields.into_iter().filter(|class| !self.classes.contains(class));
        self.classes.iter().cloned().chain(more).collect()
    }

    /// What the caller calls this act, by the argument that a binding names; else what came beside the arguments.
    pub(crate) fn key_of(&self, call: &Call) -> Option<(String, bool)> {
        let own = idempotency::place(&self.binding.arguments).and_then(|place| {
            let found = place.find(&call.arguments);
            found.hits.into_iter().next().and_then(|hit| scalar(hit.value))
        });
        own.map(|own| (own, true)).or_else(|| call.idempotency.clone().map(|beside| (beside, false)))
    }

    /// The arguments with the hash in the place of the key, in the first form that the schema takes.
    fn hashed(&self, call: &Call, at: &Pointer, hash: &Digest) -> Result<Option<Json>, Reason> {
        let openness = Openness::of(self.nature.effect, self.nature.egress);
        let Some(validator) = self.checked() else { return Ok(None) };
        let mut forms = self.key_shapes.iter().map(|shape| {
            let replaced = idempotency::replaced(&call.arguments, at, &shape.write(hash));
            validator.check(&replaced, openness).map(|()| replaced)
        });
        let refuse =
            || Reason::new(Code::ArgumentMalformed).at(at).asked("no form of the hash that is forwarded of it fits");
        // What the schema refuses of the call as it came is told of that.
        let broken = || validator.check(&call.arguments, openness).is_err();
        match forms.find_map(Result::ok) {
            Some(replaced) => Ok(Some(replaced)),
            None if broken() => Ok(None),
            None => Err(refuse()),
        }
    }

    /// What the schema refuses.
    fn unfit(&self, call: &Call) -> Option<Reason> {
        let Some(validator) = self.checked() else {
            return Some(Reason::new(Code::UnderReview).asked(&call.tool));
        };
        let refuse = |at: &Pointer, why: &str| Some(Reason::new(Code::ArgumentMalformed).at(at).asked(why));
        let openness = Openness::of(self.nature.effect, self.nature.egress);
        let bound = |place: &Pointer| self.binding.arguments.iter().any(|argument| argument.at.is_at(place));
        if let Err(fault) = validator.check_bound(&call.arguments, openness, &bound) {
            return refuse(&fault.at, &fault.why);
        }
        let wide = wide_integers(&call.arguments);
        let unfit = wide.into_iter().find(|place| {
            let tokens: Vec<Option<&str>> = place.tokens().into_iter().map(Some).collect();
            !(self.int64_exact && validator.place(&tokens) == Place::Integer)
        });
        unfit.and_then(|place| refuse(&place, "an integer beyond 2^53, which the server may read as another"))
    }
}

/// Places of integers that not every reader keeps.
fn wide_integers(arguments: &Json) -> Vec<Pointer> {
    let mut found = Vec::new();
    let mut rest = vec![(Pointer::root(), arguments)];
    while let Some((place, value)) = rest.pop() {
        match value {
            Json::Number(number) if number.is_wide_integer() => found.push(place),
            Json::Array(items) => {
                rest.extend(items.iter().enumerate().map(|(at, item)| (place.clone().index(at), item)))
            }
            Json::Object(members) => rest.extend(members.iter().map(|(name, value)| (place.clone().join(name), value))),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    found.sort();
    found
}

/// What stands at places of which there should be one.
#[derive(Debug)]
struct Once<T> {
    bound: bool,
    found: Vec<T>,
    unclear: bool,
}

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self { bound: false, found: Vec::new(), unclear: false }
    }
}

impl<T: Clone> Once<T> {
    fn one(&self) -> Option<T> {
        match self.found.as_slice() {
            [one] if !self.unclear => Some(one.clone()),
            _ => None,
        }
    }
}

#[derive(Debug, Default)]
struct Reader {
    bound: Vec<Bound>,
    measures: Vec<Measure>,
    destination: Once<Destination>,
    resource: Once<String>,
    key: Option<(Pointer, Option<String>)>,
    refused: Option<Reason>,
}

impl Reader {
    fn refuse(&mut self, code: Code, at: &Pointer, why: &str) {
        self.refused.get_or_insert_with(|| Reason::new(code).at(at).asked(why));
    }

    fn argument(&mut self, argument: &Argument, arguments: &Json) {
        match &argument.role {
            // A person says that it does not matter, so it is neither compared nor kept apart.
            Role::Harmless => return,
            Role::Idempotency => {
                let found = argument.at.find(arguments);
                self.key = found.hits.into_iter().next().map(|hit| (hit.pointer, scalar(hit.value)));
                return;
            }
            Role::Measure(from) => {
                let mut measured = Measured::default();
                from.read(arguments, &mut measured);
                self.measured(measured);
            }
            Role::Destination(_) => self.destination.bound = true,
            Role::Resource => self.resource.bound = true,
            Role::Value => {}
        }
        let Some(kind) = &argument.kind else { return };
        let found = argument.at.find(arguments);
        if found.over || self.bound.len() + found.hits.len() > BOUND_MAX {
            self.refuse(Code::ArgumentMalformed, &Pointer::root(), "more bound values than an event can hold");
            self.destination.unclear |= matches!(argument.role, Role::Destination(_));
            self.resource.unclear |= argument.role == Role::Resource;
            return;
        }
        for hit in found.hits {
            let form = typed(kind, hit.value);
            match &argument.role {
                Role::Destination(zone) => self.send_to(kind, form.as_deref(), zone.as_ref()),
                Role::Resource => match &form {
                    Some(form) => self.resource.found.push(form.clone()),
                    None => self.resource.unclear = true,
                },
                Role::Value | Role::Measure(_) | Role::Idempotency | Role::Harmless => {}
            }
            // A form too long to keep is compared with nothing.
            let form = form.filter(|form| form.len() <= NORMAL_BYTES_MAX);
            self.bound.push(Bound {
                digest: sha256(hit.value.canonical().as_bytes()),
                group: argument.group.clone(),
                kind: kind.to_string(),
                normal: form.map_or(Reading::Unknown, Reading::Known),
                unit: match &argument.role {
                    Role::Measure(from) => from.unit_of(&hit, arguments),
                    _ => None,
                },
                pointer: hit.pointer,
                role: argument.bound_as(),
            });
        }
    }

    fn send_to(&mut self, kind: &Kind, form: Option<&str>, zone: Option<&Zone>) {
        match form {
            Some(form) if form.len() <= NORMAL_BYTES_MAX => {
                let (kind, normal) = (kind.to_string(), form.to_owned());
                self.destination.found.push(Destination { kind, normal, zone: zone.cloned() });
            }
            Some(_) | None => self.destination.unclear = true,
        }
    }

    /// Read twice is unknown: two arguments that both say how much of one unit may be the same sum or another.
    fn measured(&mut self, measured: Measured) {
        for unread in &measured.unreadable {
            if unread.money {
                self.refuse(Code::MeasureUnknown, &unread.pointer, unread.why);
            }
        }
        for measure in measured.measures {
            match self.measures.iter_mut().find(|own| !own.after && own.unit == measure.unit) {
                Some(own) => own.amount = Reading::Unknown,
                None => self.measures.push(measure),
            }
        }
    }

    fn counted(&mut self, counted: &[Counted]) {
        self.measures.extend(counted.iter().map(|counted| match counted {
            Counted::Calls => {
                let one = Amount::from_whole(1).map_or(Reading::Unknown, Reading::Known);
                Measure { amount: one, after: false, unit: Reading::Known(Unit::calls()) }
            }
            Counted::After { unit, .. } => {
                Measure { amount: Reading::Unknown, after: true, unit: Reading::Known(unit.clone()) }
            }
        }));
    }

    /// The argument that a binding names, else what came beside the arguments.
    fn idempotency(&mut self, call: &Call) -> Option<IdempotencyKey> {
        let (at, text) = match self.key.take() {
            Some((at, text)) => (at, text),
            None => (Pointer::root(), Some(call.idempotency.clone()?)),
        };
        // Which of two names one act goes by would be ours to guess, and a retry under the other one is paid twice.
        if let (Some(own), Some(beside)) = (&text, &call.idempotency)
            && own != beside
        {
            self.refuse(Code::ArgumentMalformed, &at, "another idempotency key than the one beside the arguments");
        }
        let key = text.and_then(|text| IdempotencyKey::parse(&text).ok());
        if key.is_none() {
            self.refuse(Code::ArgumentMalformed, &at, "an idempotency key that is not 1 to 255 printable characters");
        }
        key
    }

    /// Bound and not read once is unknown, never absent.
    fn destination(&self) -> Option<Reading<Destination>> {
        let destination = &self.destination;
        destination.bound.then(|| destination.one().map_or(Reading::Unknown, Reading::Known))
    }
}

fn scalar(value: &Json) -> Option<String> {
    match value {
        Json::String(text) => Some(text.to_string()),
        Json::Number(number) => Some(number.to_string()),
        Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// The whole normal form of a value of that kind. A number is its digits, for kinds that are written so.
pub(crate) fn typed(kind: &Kind, value: &Json) -> Option<String> {
    match (kind, value) {
        (_, Json::String(text)) => normal(kind, text),
        (Kind::Amount | Kind::Id(_) | Kind::Phone, Json::Number(number)) => normal(kind, number.as_str()),
        (Kind::Content | Kind::Text, value) => normal(kind, &value.canonical()),
        _ => None,
    }
}
