use super::super::*;

fn fault(text: &str, limits: Limits) -> Option<Fault> {
    Json::parse(text.as_bytes(), &limits).err().map(|error| error.fault)
}

#[test]
fn each_limit_allows_what_it_says_and_not_one_more() {
    let limits = Limits { bytes: 10, depth: 3, nodes: 4 };
    let cases = [
        ("\"12345678\"", None),
        ("\"123456789\"", Some(Fault::TooManyBytes { most: 10 })),
        ("[[[1]]]", None),
        ("[[[[]]]]", Some(Fault::TooDeep { most: 3 })),
        ("[{\"\":[]}]", None),
        ("[[{}]]", None),
        ("[[[{}]]]", Some(Fault::TooDeep { most: 3 })),
        ("[1,2,3]", None),
        ("[1,2,3,4]", Some(Fault::TooManyValues { most: 4 })),
    ];
    for (text, expected) in cases {
        assert_eq!(fault(text, limits), expected, "{text}");
    }
}

#[test]
fn no_limit_lets_recursion_grow_with_the_input() {
    let text = "[".repeat(1_000_000);
    let limits = Limits { bytes: usize::MAX, depth: usize::MAX, nodes: usize::MAX };
    assert_eq!(fault(&text, limits), Some(Fault::TooDeep { most: DEPTH_MAX }));
    let text = "{\"a\":".repeat(1_000_000);
    assert_eq!(fault(&text, limits), Some(Fault::TooDeep { most: DEPTH_MAX }));
}

#[test]
fn a_document_at_every_default_limit_is_read() {
    let deep = format!("{}{}", "[".repeat(64), "]".repeat(64));
    assert_eq!(fault(&deep, Limits::default()), None);
    let many = format!("[{}0]", "0,".repeat(99_998));
    assert_eq!(fault(&many, Limits::default()), None);
    let large = format!("\"{}\"", "x".repeat((1 << 20) - 2));
    assert_eq!(fault(&large, Limits::default()), None);
}

#[test]
fn keys_in_falling_order_are_sorted_once_and_not_one_by_one() {
    let members: Vec<String> = (0..60_000u32).rev().map(|key| format!("\"{key:05}\":0")).collect();
    let text = format!("{{{}}}", members.join(","));
    let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    assert_eq!(json.as_object().unwrap().keys().next(), Some("00000"));
    assert_eq!(json.as_object().unwrap().len(), 60_000);
}
