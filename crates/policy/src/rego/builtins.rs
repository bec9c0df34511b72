//! The built-ins that rules may call: those that look at nothing but what they are given, and whose answers grow no faster
//! than [`weight`](super::weight) reckons.

/// Each with the bits by which its answer may be longer than what it is given.
const ALLOWED: &[(&str, u32)] = &[
    ("abs", 0),
    ("array.concat", 1),
    ("array.reverse", 0),
    ("array.slice", 0),
    ("concat", 4),
    ("contains", 0),
    ("count", 0),
    ("endswith", 0),
    ("format_int", 2),
    ("indexof", 0),
    ("intersection", 0),
    ("is_array", 0),
    ("is_boolean", 0),
    ("is_null", 0),
    ("is_number", 0),
    ("is_object", 0),
    ("is_set", 0),
    ("is_string", 0),
    ("lower", 2),
    ("max", 0),
    ("min", 0),
    ("object.filter", 0),
    ("object.get", 0),
    ("object.keys", 0),
    ("object.remove", 0),
    ("object.union", 1),
    ("sort", 0),
    ("split", 0),
    ("sprintf", 1),
    ("startswith", 0),
    ("strings.any_prefix_match", 0),
    ("strings.any_suffix_match", 0),
    ("strings.reverse", 0),
    ("substring", 0),
    ("sum", 0),
    ("trim", 0),
    ("trim_left", 0),
    ("trim_prefix", 0),
    ("trim_right", 0),
    ("trim_space", 0),
    ("trim_suffix", 0),
    ("type_name", 0),
    ("union", 1),
    ("upper", 2),
];

/// What begins with one of these, and why it is refused.
const REFUSED: &[(&str, &str)] = &[
    ("http.", "it looks outside; an OPA of your own may be asked beside these rules"),
    ("net.lookup", "it looks outside"),
    ("opa.", "it looks outside"),
    ("io.jwt.", "it reads the clock or secrets"),
    ("crypto.", "it is of no use to a rule here"),
    ("time.now", "it reads the clock: the moment of the act is `input.context.now`"),
    ("time.", "times are whole seconds here: `input.context.now`, `input.context.hour`"),
    ("rand.", "it rests on chance"),
    ("uuid.", "it rests on chance"),
    ("trace", "it says something beside the answer"),
    ("print", "it says something beside the answer"),
    ("regex.", "texts are compared whole, or with `startswith`, `endswith` and `contains`"),
    ("glob.", "texts are compared whole, or with `startswith`, `endswith` and `contains`"),
    ("to_number", "it may make a number with a fraction"),
    ("json.", "it makes values that nobody bounds"),
    ("yaml.", "it makes values that nobody bounds"),
    ("numbers.range", "it makes values that nobody bounds"),
    // the engine stops the process at an empty one, and counts what overlaps, as OPA does not
    ("object.subset", "the engine cannot take an empty list in it"),
    ("strings.count", "the engine cannot take an empty text in it"),
];

/// The bits by which a built-in's answer may grow, or why it is refused.
pub(super) fn bits(name: &str) -> Result<u32, &'static str> {
    if let Some((_, bits)) = ALLOWED.iter().find(|(allowed, _)| *allowed == name) {
        return Ok(*bits);
    }
    let why = REFUSED.iter().find(|(begins, _)| name.starts_with(begins)).map(|(_, why)| *why);
    Err(why.unwrap_or("it is neither a function of this policy nor a built-in that rules may call"))
}

#[cfg(test)]
mod tests;
