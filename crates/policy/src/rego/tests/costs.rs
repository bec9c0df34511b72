//! What costs too much is refused, by what it says or by its steps, and never hangs.

use super::{HEAD, broken, problems, said};

/// Asked on a thread as small as those that decide.
fn small(rego: String) {
    let ask = move || {
        let answer = said(&rego);
        let told = problems(&rego);
        assert!(!told.is_empty() || !matches!(answer, bailiwick_core::Answer::Permit(_)), "{answer:?}");
    };
    std::thread::Builder::new().stack_size(2 << 20).spawn(ask).unwrap().join().unwrap();
}

#[test]
fn an_exponential_rule_refuses_and_says_that_it_took_too_many_steps() {
    let loops = (0..10).map(|n| format!("some v{n} in numbers\n")).collect::<String>();
    let rego = format!("numbers := [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nallow := true\ndeny if {{\n{loops}v0 == 11\n}}");
    broken(&said(&rego), "guard.deny", "it took more than 200000 steps");
    let within = format!(
        "numbers := [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nallow := true\ndeny if not none\nnone if {{\n{loops}v0 == 11\n}}"
    );
    broken(&said(&within), "guard.deny", "steps");
    let function = format!(
        "numbers := [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nallow := true\ndeny if f(1) == 2\nf(x) := 1 if {{\n{loops}v0 == 11 + x\n}}"
    );
    broken(&said(&function), "guard.deny", "steps");
    let listed = format!(
        "numbers := [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nallow := count([1 | {}]) > 5",
        loops.replace('\n', "; ").trim_end_matches("; ")
    );
    broken(&said(&listed), "guard.allow", "steps");
}

#[test]
fn the_steps_that_it_took_are_the_same_each_time() {
    let loops = (0..4).map(|n| format!("some v{n} in numbers\n")).collect::<String>();
    let rego = format!("numbers := [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]\nallow := true\ndeny if {{\n{loops}v0 == 11\n}}");
    let first = said(&rego);
    for _ in 0..3 {
        assert_eq!(said(&rego), first);
    }
}

#[test]
fn a_value_that_doubles_in_every_rule_is_refused_by_its_text() {
    let chain = |of: &str| {
        let rules: String = (1..12).map(|n| format!("v{n} := {}\n", of.replace('x', &format!("v{}", n - 1)))).collect();
        format!("v0 := input.action\n{rules}allow if v11 == v10")
    };
    for of in
        ["[x, x, x, x]", "{\"a\": x, \"b\": x, \"c\": [x, x]}", "concat(\"\", [x, x, x, x])", "[x | some y in [1, 2]]"]
    {
        let found = problems(&chain(of));
        assert!(found.iter().any(|told| told.contains("times twice as long")), "{of}: {found:?}");
    }
    let calls =
        format!("f(x) := [x, x]\nallow if {} == 1", (0..25).fold("1".to_owned(), |inner, _| format!("f({inner})")));
    let found = problems(&calls);
    assert!(found.iter().any(|told| told.contains("times twice as long")), "{found:?}");
    assert!(
        problems("allow if input.context.hour * input.context.hour > 5").iter().any(|told| told.contains("product"))
    );
    assert!(
        problems("allow if concat(input.action, [\"a\", \"b\"]) == \"\"").iter().any(|told| told.contains("concat"))
    );
    assert!(problems("allow if sprintf(\"%99999999d\", [1]) == \"\"").iter().any(|told| told.contains("sprintf")));
}

#[test]
fn a_text_that_nests_for_ever_is_refused_and_overflows_nothing() {
    let many = |of: &str, count: usize| vec![of; count].join("");
    small(format!("allow if {}1 == 1", many("1 +\n", 4_000)));
    small(format!("allow if {}1 == 1", many("1 +\n", 20_000)));
    small(format!("allow if {}1{} == 1", many("(", 10_000), many(")", 10_000)));
    small(format!("allow if {}1{} == 1", many("[", 10_000), many("]", 10_000)));
    small(format!("allow if input{} == 1", many(".a", 5_000)));
    small(format!("allow if input{} == 1", many("[0]", 5_000)));
    small(format!("allow if {{ {} }}", many("some x in [1]\n", 2_000)));
    small(format!("allow if {}true", many("not ", 5_000)));
    let rules: String = (1..4_000).map(|n| format!("f{n}(x) := f{}(x)\n", n - 1)).collect();
    small(format!("f0(x) := x\n{rules}allow if f3999(1) == 2"));
    small("f(x) := f(x)\nallow if f(1) == 1".to_owned());
    small("allow if deny\ndeny if allow".to_owned());
}

#[test]
fn a_rule_as_large_as_may_be_overflows_nothing() {
    // each at its bound: expressions, loops and rules within one another
    let inner = (0..15).map(|n| format!("some v{n} in [1]\n")).collect::<String>();
    let sum = vec!["1"; 40].join(" + ");
    let rules: String =
        (1..12).map(|n| format!("f{n}(x) := y if {{\n{inner}y := f{}(x) + {sum}\n}}\n", n - 1)).collect();
    let rego = format!("f0(x) := x\n{rules}allow if f11(1) > 2");
    assert_eq!(problems(&rego), <[String; 0]>::default());
    let ask = move || assert_eq!(said(&rego), bailiwick_core::Answer::Permit(vec!["guard.allow".to_owned()]));
    std::thread::Builder::new().stack_size(2 << 20).spawn(ask).unwrap().join().unwrap();
}

#[test]
fn a_text_that_is_too_long_is_refused() {
    let found = problems(&format!("allow := true # {}", "x".repeat(130 << 10)));
    assert!(found.iter().any(|told| told.contains("at most 122880")), "{found:?}");
    assert!(HEAD.len() < 100);
}

#[test]
fn what_doubles_within_one_rule_is_refused_by_how_long_its_text_is() {
    let doubled = |times: usize, of: &str| {
        let lines: String = (1..=times).map(|n| format!("x{n} := array.concat(x{p}, x{p})\n", p = n - 1)).collect();
        format!("allow if {{\nx0 := [{of}]\n{lines}count(x{times}) == 1\n}}")
    };
    let many = (0..3000).map(|n| n.to_string()).collect::<Vec<_>>().join(",\n");
    for (times, of, heavy) in [(12, "1", false), (20, "1", true), (12, &*many, true), (20, &*many, true)] {
        let found = problems(&doubled(times, of));
        assert_eq!(found.iter().any(|told| told.contains("times twice as long")), heavy, "{times}: {found:?}");
    }
}
