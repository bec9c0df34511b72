use super::*;
use serde_json::Value;

fn run(of: &Value) -> Vec<u8> {
    let hex = of["hex"].as_str().unwrap().as_bytes();
    let pair = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    let bytes: Vec<u8> = hex.chunks(2).map(pair).collect();
    bytes.repeat(of["times"].as_u64().unwrap() as usize)
}

#[test]
fn event_hashes_are_those_of_the_vectors() {
    let folder = format!("{}/../../vectors/event", env!("CARGO_MANIFEST_DIR"));
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let case: Value = serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap();
        let text = |name: &str| case[name].as_str().unwrap();
        let (tenant, stream) = (TenantId::parse(text("tenant")).unwrap(), StreamId::parse(text("stream")).unwrap());
        let mut previous = Digest::parse(case["after"]["hash"].as_str().unwrap()).unwrap();
        for event in case["events"].as_array().unwrap() {
            let sealed =
                event.get("sealed").filter(|sealed| !sealed.is_null()).map(|sealed| sha256_of(&[&run(sealed)]));
            let seq = event["seq"].as_u64().unwrap();
            previous = event_hash(tenant, stream, seq, &previous, &run(&event["clear"]), sealed.as_ref());
            assert_eq!(previous.to_string(), event["hash"].as_str().unwrap(), "{}", case["name"]);
            seen += 1;
        }
    }
    assert!(seen >= 10, "{seen} events");
}
