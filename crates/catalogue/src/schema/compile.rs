//! From a schema's text to its nodes. Local references are followed once each; everything that is not understood is
//! listed with its place.

use super::number::Exact;
use super::{ArrayRules, Dependent, Node, NumberRules, ObjectRules, TextRules, Type, Unsupported, Validator, pattern};
use bailiwick_core::json::{Json, Object, Pointer};
use std::collections::BTreeMap;

/// The most schemas within one schema.
const NODES_MAX: usize = 8192;
/// The most levels of schemas within each other, by which the compiler recurses.
const DEPTH_MAX: usize = 64;

/// Words about values that ask nothing of them. `format` asks nothing in 2020-12 (section 7.2.1) unless a dialect says
/// so; what depends on a format is said by a binding.
const SILENT: [&str; 23] = [
    "$anchor",
    "$comment",
    "$defs",
    "$id",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "deprecated",
    "description",
    "discriminator",
    "enumDescriptions",
    "enumNames",
    "example",
    "examples",
    "externalDocs",
    "format",
    "markdownDescription",
    "readOnly",
    "title",
    "writeOnly",
];

/// Words that the compiler reads.
const READ: [&str; 41] = [
    "$ref",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "required",
    "then",
    "type",
    "uniqueItems",
    "unevaluatedProperties",
    "unevaluatedItems",
];

pub(super) fn compile(schema: &Json) -> Validator {
    let mut compiler = Compiler { root: schema, nodes: Vec::new(), unsupported: Vec::new(), known: BTreeMap::new() };
    compiler.schema(&Pointer::root(), schema, 0);
    let Compiler { nodes, mut unsupported, .. } = compiler;
    unsupported.sort();
    unsupported.dedup();
    Validator { nodes, unsupported }
}

struct Compiler<'a> {
    root: &'a Json,
    nodes: Vec<Node>,
    unsupported: Vec<Unsupported>,
    /// Schemas by their place, so that references meet and recursion ends.
    known: BTreeMap<Pointer, usize>,
}

impl<'a> Compiler<'a> {
    fn unsupported(&mut self, place: &Pointer, why: impl Into<String>) {
        self.unsupported.push(Unsupported { place: place.to_string(), why: why.into() });
    }

    /// Compiles the schema at a place and gives its node.
    fn schema(&mut self, place: &Pointer, schema: &'a Json, depth: usize) -> usize {
        if let Some(index) = self.known.get(place) {
            return *index;
        }
        let index = self.nodes.len();
        self.nodes.push(Node::default());
        self.known.insert(place.clone(), index);
        let node = match schema {
            _ if index >= NODES_MAX || depth >= DEPTH_MAX => {
                self.unsupported(place, "the schema is too large or too deep");
                Node { never: true, ..Node::default() }
            }
            Json::Bool(always) => Node { never: !always, ..Node::default() },
            Json::Object(members) => self.members(place, members, depth + 1),
            other => {
                self.unsupported(place, format!("expected a schema, found {}", other.kind()));
                Node::default()
            }
        };
        if let Some(slot) = self.nodes.get_mut(index) {
            *slot = node;
        }
        index
    }

    fn below(&mut self, place: &Pointer, members: &'a Object, name: &str, depth: usize) -> Option<usize> {
        let schema = members.get(name)?;
        Some(self.schema(&place.clone().join(name), schema, depth))
    }

    fn each(&mut self, place: &Pointer, members: &'a Object, name: &str, depth: usize) -> Vec<usize> {
        let place = place.clone().join(name);
        match members.get(name) {
            None => Vec::new(),
            Some(Json::Array(items)) => {
                let items = items.iter().enumerate();
                items.map(|(at, schema)| self.schema(&place.clone().index(at), schema, depth)).collect()
            }
            Some(other) => {
                self.unsupported(&place, format!("expected a list of schemas, found {}", other.kind()));
                Vec::new()
            }
        }
    }

    fn named(&mut self, place: &Pointer, members: &'a Object, name: &str, depth: usize) -> Vec<(&'a str, usize)> {
        let place = place.clone().join(name);
        match members.get(name) {
            None => Vec::new(),
            Some(Json::Object(schemas)) => schemas
                .iter()
                .map(|(key, schema)| (key, self.schema(&place.clone().join(key), schema, depth)))
                .collect(),
            Some(other) => {
                self.unsupported(&place, format!("expected schemas by name, found {}", other.kind()));
                Vec::new()
            }
        }
    }

    fn members(&mut self, place: &Pointer, members: &'a Object, depth: usize) -> Node {
        for name in members.keys() {
            let known = SILENT.contains(&name) || READ.contains(&name) || name.starts_with("x-");
            if !known {
                self.unsupported(&place.clone().join(name), "a word that is not checked");
            }
        }
        if !place.is_root() && members.contains_key("$id") {
            // JSON Schema 2020-12 section 8.2.1: references within it mean another document's places
            self.unsupported(&place.clone().join("$id"), "a schema with a name of its own within another");
        }
        for name in ["unevaluatedProperties", "unevaluatedItems"] {
            // Unnamed properties are refused anyway; what these say of values is not asked.
            if !matches!(members.get(name), None | Some(Json::Bool(_))) {
                self.unsupported(&place.clone().join(name), "a word that is not checked");
            }
        }
        if members.get("unevaluatedItems") == Some(&Json::Bool(false)) {
            self.unsupported(&place.clone().join("unevaluatedItems"), "a word that is not checked");
        }
        let mut all = self.each(place, members, "allOf", depth);
        all.extend(self.reference(place, members, depth));
        let condition = self.below(place, members, "if", depth);
        let (then, other) = (self.below(place, members, "then", depth), self.below(place, members, "else", depth));
        Node {
            never: false,
            types: self.types(place, members),
            one_of: self.one_of(place, members),
            object: self.object(place, members, depth),
            array: self.array(place, members, depth),
            text: self.text(place, members),
            number: self.number(place, members),
            all,
            any: self.each(place, members, "anyOf", depth),
            one: self.each(place, members, "oneOf", depth),
            not: self.below(place, members, "not", depth),
            when: condition.map(|condition| (condition, then, other)),
        }
    }

    /// `$ref` to a place of this document. Nothing is fetched, and no other name is known.
    fn reference(&mut self, place: &Pointer, members: &'a Object, depth: usize) -> Option<usize> {
        let text = members.get("$ref")?;
        let at = place.clone().join("$ref");
        let local = text.as_str().and_then(|text| text.strip_prefix('#')).filter(|text| !text.contains('%'));
        let target = local.and_then(|local| Pointer::parse(local).ok());
        let found = target.and_then(|target| Some((self.root.pointer(&target)?, target)));
        match found {
            // A reference to oneself or around asks nothing that can be answered; the checker's depth ends it.
            Some((schema, target)) => Some(self.schema(&target, schema, depth)),
            None => {
                self.unsupported(&at, "a reference to something that is not in the schema");
                None
            }
        }
    }

    fn types(&mut self, place: &Pointer, members: &Object) -> Option<Vec<Type>> {
        let at = place.clone().join("type");
        let texts: Vec<&Json> = match members.get("type")? {
            Json::Array(items) => items.iter().collect(),
            one => vec![one],
        };
        let mut types = Vec::with_capacity(texts.len() + 1);
        for text in texts {
            match text.as_str().and_then(Type::read) {
                Some(kind) => types.push(kind),
                None => {
                    self.unsupported(&at, "a type that JSON does not have");
                    return None;
                }
            }
        }
        // OpenAPI 3.0 writes `nullable` beside a type.
        if members.get("nullable") == Some(&Json::Bool(true)) {
            types.push(Type::Null);
        }
        Some(types)
    }

    fn one_of(&mut self, place: &Pointer, members: &Object) -> Vec<Vec<Json>> {
        let mut lists: Vec<Vec<Json>> = members.get("const").map(|value| vec![value.clone()]).into_iter().collect();
        match members.get("enum") {
            None => {}
            Some(Json::Array(items)) => lists.push(items.clone()),
            Some(_) => self.unsupported(&place.clone().join("enum"), "expected a list of values"),
        }
        lists
    }

    fn count(&mut self, place: &Pointer, members: &Object, name: &str) -> Option<u64> {
        let value = members.get(name)?;
        let count = value.as_u64();
        if count.is_none() {
            self.unsupported(&place.clone().join(name), "expected a whole number");
        }
        count
    }

    fn pattern(&mut self, place: &Pointer, text: Option<&str>) -> Option<bailiwick_core::TextPattern> {
        let compiled = text.and_then(pattern::translate);
        if compiled.is_none() {
            self.unsupported(place, "a pattern that cannot be checked in linear time");
        }
        compiled
    }

    fn strings(&mut self, place: &Pointer, value: &Json) -> Vec<String> {
        let items = value.as_array().map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)).collect());
        match items {
            Some(Some(strings)) => strings,
            Some(None) | None => {
                self.unsupported(place, "expected a list of names");
                Vec::new()
            }
        }
    }

    fn object(&mut self, place: &Pointer, members: &'a Object, depth: usize) -> Option<Box<ObjectRules>> {
        const WORDS: [&str; 10] = [
            "properties",
            "patternProperties",
            "additionalProperties",
            "required",
            "propertyNames",
            "dependentRequired",
            "dependentSchemas",
            "dependencies",
            "minProperties",
            "maxProperties",
        ];
        if !WORDS.iter().any(|word| members.contains_key(word)) {
            return None;
        }
        let mut rules = ObjectRules::default();
        let properties = self.named(place, members, "properties", depth);
        rules.properties = properties.into_iter().map(|(name, index)| (name.to_owned(), index)).collect();
        rules.properties.sort();
        for (text, index) in self.named(place, members, "patternProperties", depth) {
            let at = place.clone().join("patternProperties").join(text);
            if let Some(pattern) = self.pattern(&at, Some(text)) {
                rules.patterns.push((pattern, index));
            }
        }
        rules.additional = self.below(place, members, "additionalProperties", depth);
        if let Some(required) = members.get("required") {
            rules.required = self.strings(&place.clone().join("required"), required);
        }
        rules.names = self.below(place, members, "propertyNames", depth);
        for word in ["dependentRequired", "dependentSchemas", "dependencies"] {
            let at = place.clone().join(word);
            for (name, value) in members.get(word).and_then(Json::as_object).into_iter().flat_map(Object::iter) {
                let at = at.clone().join(name);
                let dependent = match value {
                    Json::Array(_) => Dependent::Required(self.strings(&at, value)),
                    schema => Dependent::Schema(self.schema(&at, schema, depth)),
                };
                rules.dependent.push((name.to_owned(), dependent));
            }
        }
        rules.least = self.count(place, members, "minProperties").unwrap_or(0);
        rules.most = self.count(place, members, "maxProperties");
        Some(Box::new(rules))
    }

    fn array(&mut self, place: &Pointer, members: &'a Object, depth: usize) -> Option<Box<ArrayRules>> {
        const WORDS: [&str; 6] = ["items", "prefixItems", "contains", "uniqueItems", "minItems", "maxItems"];
        if !WORDS.iter().any(|word| members.contains_key(word)) {
            return None;
        }
        let mut rules = ArrayRules { prefix: self.each(place, members, "prefixItems", depth), ..ArrayRules::default() };
        if matches!(members.get("items"), Some(Json::Array(_))) {
            // draft-07 section 6.4.1: a list of schemas is by position, and `additionalItems` is for the rest
            rules.prefix = self.each(place, members, "items", depth);
            rules.rest = self.below(place, members, "additionalItems", depth);
        } else {
            rules.rest = self.below(place, members, "items", depth);
        }
        if let Some(contains) = self.below(place, members, "contains", depth) {
            let least = self.count(place, members, "minContains").unwrap_or(1);
            rules.contains = Some((contains, least, self.count(place, members, "maxContains")));
        }
        rules.unique = members.get("uniqueItems") == Some(&Json::Bool(true));
        rules.least = self.count(place, members, "minItems").unwrap_or(0);
        rules.most = self.count(place, members, "maxItems");
        Some(Box::new(rules))
    }

    fn text(&mut self, place: &Pointer, members: &Object) -> Option<Box<TextRules>> {
        if !["pattern", "minLength", "maxLength"].iter().any(|word| members.contains_key(word)) {
            return None;
        }
        let mut rules = TextRules::default();
        if let Some(text) = members.get("pattern") {
            rules.pattern = self.pattern(&place.clone().join("pattern"), text.as_str());
        }
        rules.least = self.count(place, members, "minLength").unwrap_or(0);
        rules.most = self.count(place, members, "maxLength");
        Some(Box::new(rules))
    }

    fn number(&mut self, place: &Pointer, members: &Object) -> Option<Box<NumberRules>> {
        let mut read = |name: &str| {
            let value = members.get(name)?;
            let number = value.as_number().map(Exact::of);
            if number.is_none() {
                self.unsupported(&place.clone().join(name), "expected a number");
            }
            number
        };
        let rules = NumberRules {
            least: read("minimum"),
            above: read("exclusiveMinimum"),
            most: read("maximum"),
            below: read("exclusiveMaximum"),
            step: read("multipleOf").filter(|step| !step.is_zero()),
        };
        let NumberRules { least, above, most, below, step } = &rules;
        let asks = [least, above, most, below, step].iter().any(|rule| rule.is_some());
        asks.then(|| Box::new(rules))
    }
}

impl Type {
    fn read(text: &str) -> Option<Self> {
        Some(match text {
            "null" => Self::Null,
            "boolean" => Self::Boolean,
            "integer" => Self::Integer,
            "number" => Self::Number,
            "string" => Self::String,
            "array" => Self::Array,
            "object" => Self::Object,
            _ => return None,
        })
    }
}
