use super::*;
use serde_json::Value;

fn cases() -> Vec<Value> {
    let folder = format!("{}/../../vectors/seal", env!("CARGO_MANIFEST_DIR"));
    let read = |file: std::io::Result<std::fs::DirEntry>| {
        serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap()
    };
    std::fs::read_dir(folder).unwrap().map(read).collect()
}

fn text(hex: &str) -> Option<String> {
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    String::from_utf8(hex.as_bytes().chunks(2).map(pair).collect()).ok()
}

fn field(of: &Value) -> Option<OpenedField<'static>> {
    let pointer = of["pointer"].as_str().unwrap().to_owned();
    let blind = Digest::parse(of["blind"].as_str().unwrap()).unwrap();
    Some(OpenedField { blind, pointer: pointer.into(), value: text(of["value"].as_str().unwrap())?.into() })
}

/// All fields, if each of them is text: sorted as the commitment has them.
fn fields(case: &Value) -> Option<Vec<OpenedField<'static>>> {
    let mut fields = case["opened"].as_array()?.iter().map(field).collect::<Option<Vec<_>>>()?;
    fields.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    Some(fields)
}

#[test]
fn commitments_are_those_of_the_vectors_and_of_nothing_else() {
    let mut seen = 0;
    for case in cases() {
        let (Some(commit), Some(fields)) = (case["commit"].as_str(), fields(&case)) else { continue };
        let commit = Digest::parse(commit).unwrap();
        // A vector may open some of its fields only.
        let all = case["opened"][0]["fields"].as_array().map_or(0, Vec::len);
        assert_eq!(commits(&commit, &fields), fields.len() == all && all > 0, "{}", case["name"]);
        for left_out in 0..fields.len() {
            let mut fewer = self::fields(&case).unwrap();
            fewer.remove(left_out);
            assert!(!commits(&commit, &fewer), "{}", case["name"]);
        }
        if let Some(twice) = field(&case["opened"][0]) {
            let mut doubled = fields;
            doubled.insert(0, twice);
            assert!(!commits(&commit, &doubled), "{}", case["name"]);
        }
        seen += 1;
    }
    assert!(seen >= 3, "{seen} vectors");
}
