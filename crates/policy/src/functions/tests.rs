use crate::validate;
use crate::world::World;

fn told(condition: &str) -> Vec<String> {
    let cedar = format!("@id(\"a\") forbid (principal, action, resource) when {{ {condition} }};");
    let problems = validate(&World::new().with_policy("p", &cedar).control, &[]);
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_function_that_no_question_needs_is_refused_by_its_name() {
    for (name, condition) in [
        ("ip", "context.uses > 1 && ip(\"10.0.0.1\") == ip(\"10.0.0.2\")"),
        ("isInRange", "context.uses > 1 && ip(\"10.0.0.1\").isInRange(ip(\"10.0.0.0/8\"))"),
        ("isLoopback", "[ip(\"10.0.0.1\").isLoopback()].contains(context.attested)"),
        ("datetime", "context.uses > 1 && datetime(\"2026-01-01\") < datetime(\"2027-01-01\")"),
        ("duration", "{a: duration(\"1h\"), b: context.uses}.b > 2"),
        ("offset", "context.uses > 1 && datetime(\"2026-01-01\").offset(duration(\"1h\")) == datetime(\"2026-01-02\")"),
        ("toMilliseconds", "duration(\"1h\").toMilliseconds() > context.uses"),
    ] {
        let told = told(condition);
        let named = format!("`{name}` is no function that rules have; expected one of `decimal`, `lessThan`");
        assert!(told.iter().any(|line| line.contains(&named)), "{condition}: {told:?}");
    }
}

#[test]
fn functions_of_amounts_are_called_as_before() {
    for name in ["lessThan", "lessThanOrEqual", "greaterThan", "greaterThanOrEqual"] {
        let of = format!("context.amounts has EUR && context.amounts.EUR.{name}(decimal(\"5.0\"))");
        assert_eq!(told(&of), Vec::<String>::new());
    }
    let records = "{ip: context.uses}.ip > 1 && [\"datetime\"].contains(context.purpose)";
    assert_eq!(told(records), Vec::<String>::new(), "a member and a text are no calls");
}
