use super::ALLOWED;
use regorus::Engine;

/// What is empty, odd, at an edge, or of another type than is meant.
const VALUES: &str = r#"["", "a", "ß😀e\u0301", "a/b", [], [1, "a", null], [[], {}], {}, {"a": {"b": 1}}, {"a": []}, set(), {1, "a"},
    0, -1, 2, 64, 999999999999999999, -999999999999999999, null, true]"#;

/// How many were answered, of all that was asked; it ends the process where one of them panics.
fn asked(name: &str, parameters: usize) -> usize {
    let names: Vec<String> = (0..parameters).map(|at| format!("v{at}")).collect();
    let each: String = names.iter().map(|name| format!("some {name} in values; ")).collect();
    let mut engine = Engine::new();
    engine.set_strict_builtin_errors(false);
    let rule =
        format!("package t\nvalues := {VALUES}\nsaid := [answer | {each}answer := {name}({})]", names.join(", "));
    engine.add_policy("t.rego".to_owned(), rule).unwrap();
    let said = engine.eval_rule("data.t.said".to_owned());
    said.ok().and_then(|said| said.as_array().ok().map(|answers| answers.len())).unwrap_or(0)
}

#[test]
fn no_built_in_that_may_be_called_stops_the_process_whatever_it_is_given() {
    for (name, _) in ALLOWED.iter().filter(|(name, _)| *name != "sprintf") {
        let said: usize = (1..=3).map(|parameters| asked(name, parameters)).sum();
        assert!(said > 0, "{name} answered nothing: it was not asked as it is called");
    }
}
