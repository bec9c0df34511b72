use super::*;
use proptest::prelude::*;

fn wrong(text: &str) -> String {
    documents("f.yaml", text).map(|_| ()).unwrap_err().to_string()
}

const ROLE: &str = "kind: role\nname: payer\nallow:\n  - {tools: [\"mail/*\"], effects: [read]}\n";

#[test]
fn what_is_wrong_is_told_with_file_line_and_field() {
    for (text, expected) in [
        (ROLE.replace("read]", "reads]"), "f.yaml:4:35: `allow[0].effects[0]`: expected one of"),
        (ROLE.replace("effects:", "effect:"), "f.yaml:4:25: `allow[0].effect`: there is no field `effect`"),
        (ROLE.replace("name: payer\n", ""), "f.yaml:1:1: missing `name`"),
        (ROLE.replace("kind: role", "kind: roll"), "f.yaml:1:1: `kind`: expected one of `agent`"),
        (ROLE.replace("name: payer", "name: 7"), "f.yaml:2:1: `name`: expected"),
        (format!("{ROLE}name: again\n"), "f.yaml:5:1: the key `name` stands twice"),
        (
            format!("{ROLE}---\n{}", ROLE.replace("mail/*", "mail")),
            "f.yaml:9:14: `allow[0].tools[0]`: expected a tool pattern",
        ),
        (ROLE.replace("payer", "!secret payer"), "f.yaml:2:15: the tag `!secret` means nothing here"),
        (ROLE.replace("payer", "*gone"), "f.yaml:2:7: "),
        (ROLE.replace("]}", "]"), "f.yaml:"),
        (String::new(), "f.yaml: there is no document in it"),
        ("# nothing but words\n---\n".to_owned(), "f.yaml: there is no document in it"),
        ("just words".to_owned(), "f.yaml:1:1: expected a document with a `kind`, found a string"),
    ] {
        let said = wrong(&text);
        assert!(said.starts_with(expected), "{text}\n  {said}\n  {expected}");
        for inner in ["serde", "Mapping", "struct ", "variant"] {
            assert!(!said.contains(inner), "{said}");
        }
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = format!("{}---\n{}", ROLE.replace("read", "reads"), ROLE.replace("payer", "PAYER"));
    assert_eq!(wrong(&text).lines().count(), 2, "{}", wrong(&text));
    let BadFile(found) = documents("f.yaml", &text).unwrap_err();
    assert_eq!((found[1].at.0, found[1].field.as_str()), (7, "name"));
}

#[test]
fn json_is_yaml_and_what_is_fine_is_read() {
    let read = documents("f.json", r#"{"kind":"person","name":"ann","uid":1000}"#).unwrap();
    assert_eq!(read[0].json.canonical(), r#"{"kind":"person","name":"ann","uid":1000}"#);
    assert_eq!(documents("f.yaml", &format!("{ROLE}---\n{}", ROLE.replace("payer", "other"))).unwrap().len(), 2);
}

#[test]
fn an_address_that_no_server_may_be_at_is_told_on_its_line() {
    let text = "kind: server\nname: s\ntransport:\n  http:\n    url: file:///etc/passwd\n    headers: {host: x}\n";
    let said = wrong(text);
    assert!(said.contains("f.yaml:5:5: `transport.http.url`: expected `https://`"), "{said}");
    assert!(said.contains("f.yaml:6:15: `transport.http.headers.host`: this header"), "{said}");
}

#[test]
fn what_is_no_file_is_refused_and_not_waited_for() {
    let refused = |path: &Path| BadFile(from_paths(&[path.to_owned()]).wrong).to_string();
    assert!(refused(Path::new("/dev/zero")).contains("expected a file or a folder"));
    let pipe = std::env::temp_dir().join(format!("bailiwick-pipe-{}.yaml", std::process::id()));
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(refused(&pipe).contains("expected a file or a folder"));
    std::fs::remove_file(&pipe).unwrap();
    assert!(refused(&pipe).contains("No such file"));
}

#[test]
fn a_file_without_end_is_read_to_its_bound() {
    let large = std::env::temp_dir().join(format!("bailiwick-large-{}.yaml", std::process::id()));
    std::fs::File::create(&large).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    let said = BadFile(from_paths(std::slice::from_ref(&large)).wrong).to_string();
    assert!(said.contains("it has more than"), "{said}");
    std::fs::remove_file(&large).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_that_are_read_are_read_the_same_as_json(
        at in any::<prop::sample::Index>(), cut in any::<bool>(), noise in "[ \\n\\[\\]{}:,&*!|>'\"a-c0-9.~-]{0,6}"
    ) {
        let mut text = ROLE.to_owned();
        let at = at.index(text.len() + 1);
        if cut {
            text.truncate(at);
        }
        text.insert_str(at, &noise);
        match documents("f.yaml", &text) {
            Ok(read) => for one in read {
                let again = documents("f.json", &one.json.canonical()).unwrap();
                prop_assert_eq!(&again[0].json, &one.json);
            },
            Err(bad) => prop_assert!(bad.to_string().len() < 64 << 10, "what is told is bounded"),
        }
    }
}

#[test]
fn mistakes_are_told_in_words_up_to_a_bound_and_to_programs_whole() {
    let text: Vec<String> = (0..25).map(|n| format!("kind: person\nname: p{n}\nwhom: 1\n")).collect();
    let bad = documents("f.yaml", &text.join("---\n")).unwrap_err();
    let said = bad.to_string();
    assert_eq!(said.lines().count(), 21, "{said}");
    assert!(said.ends_with("and 5 more mistakes"), "{said}");
    assert_eq!(bad.places().len(), 25);
}
