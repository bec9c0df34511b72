use super::*;

fn condition(json: &str) -> Constraint {
    serde_json::from_str(json).unwrap()
}

#[test]
fn a_reason_is_one_sentence_that_says_what_was_asked_and_what_could_be_had() {
    let pointer = Pointer::parse("/iban").unwrap();
    for (reason, sentence) in [
        (Reason::new(Code::TenantStopped), "all work of this tenant is stopped"),
        (
            Reason::new(Code::OverTotal).asked("600 EUR").most("500 EUR"),
            "the amount is over what is left of the grant: asked `600 EUR`, at most `500 EUR`",
        ),
        (
            Reason::new(Code::ArgumentNotGranted).at(&pointer).most("equals"),
            "an argument is outside what the grant allows (`/iban`): condition `equals`",
        ),
        (
            Reason::new(Code::ArgumentNotGranted).at(&pointer).allowed(&condition(r#"{"equals":"DE89"}"#)),
            "an argument is outside what the grant allows: only where `/iban` is \"DE89\"",
        ),
        (
            Reason::new(Code::ArgumentNotGranted).asked("iban").most("a value of kind iban"),
            "`iban`: expected a value of kind iban",
        ),
        (
            Reason::new(Code::ArgumentMalformed).at(&pointer).asked("expected a string, found a number"),
            "the call is not as the tool asks for it: `/iban`: expected a string, found a number",
        ),
        (
            Reason::new(Code::ArgumentMalformed).at(&Pointer::root()).asked("expected an object, found an array"),
            "the call is not as the tool asks for it: expected an object, found an array",
        ),
        (
            Reason::new(Code::NotPossible).asked("agent payer names role x").most("a role that is there"),
            "agent payer names role x: expected a role that is there",
        ),
        (Reason::new(Code::NotPossible).asked("role x twice"), "this is not possible: role x twice"),
        (Reason::new(Code::NotPossible), "that is not possible in the present state"),
        (Reason::new(Code::TaskEnded).asked(Code::Revoked), "the task has ended: the grant was revoked"),
        (Reason::new(Code::GrantEnded).asked(Code::Completed), "the grant has ended: the task is complete"),
    ] {
        assert_eq!(reason.to_string(), sentence);
    }
}

#[test]
fn what_was_stopped_is_to_go_on_before_anything_is_started() {
    let ended = |how: Code| Reason::new(Code::GrantEnded).asked(how);
    assert_eq!(ended(Code::TenantStopped).to_string(), "the grant has ended: all work of this tenant is stopped");
    assert_eq!(ended(Code::TenantStopped).command(), Some("bailiwick tenant resume"));
    assert_eq!(ended(Code::AgentInactive).command(), Some("bailiwick agent resume AGENT"));
    assert_eq!(ended(Code::Revoked).command(), Code::GrantEnded.command());
}

#[test]
fn a_command_that_starts_a_task_has_all_that_its_usage_asks_for_and_helps() {
    for code in Code::ALL {
        let command = code.command().unwrap_or_default();
        assert_eq!(command.contains("task start"), command.ends_with(" TEMPLATE --agent AGENT"), "{code}: {command}");
    }
    // The same template again would be refused again.
    for code in [Code::ToolNotGranted, Code::EffectNotGranted] {
        assert!(!code.command().unwrap_or_default().contains("task start"), "{code}");
    }
}

#[test]
fn what_a_condition_compares_with_is_told_to_its_holder_and_neither_written_nor_told_of_a_grant_above() {
    let at = Pointer::parse("/path").unwrap();
    let told = Reason::new(Code::ArgumentNotGranted).at(&at).allowed(&condition(r#"{"path_within":"/srv/files"}"#));
    assert!(told.clone().told().to_string().ends_with(r#"only where `/path` is within "/srv/files""#), "{told}");
    for kept in [told.written(), told.of_above()] {
        let json = serde_json::to_string(&kept).unwrap();
        assert!(json.contains("path_within") && !json.contains("files"), "{json}");
        assert!(!kept.to_string().contains("files"), "{kept}");
    }
}

#[test]
fn a_long_condition_is_cut_in_words() {
    let names: Vec<String> = (0..200).map(|n| format!("\"name-{n}\"")).collect();
    let words = condition(&format!(r#"{{"one_of":[{}]}}"#, names.join(","))).words();
    assert!(words.starts_with(r#"is "name-0" or "name-1""#) && words.ends_with('…'), "{words}");
    assert!(words.chars().count() < 310, "{words}");
}

#[test]
fn a_limit_of_a_grant_above_is_told_as_one_and_not_how_much_it_is() {
    let above = Reason::new(Code::OverTotal).asked("600 EUR").most("500 EUR").of_above();
    assert!(above.rule.as_deref().is_some_and(|rule| rule.contains("500")), "people read it: {above:?}");
    let told = above.told();
    let sentence = told.to_string();
    assert!(sentence.ends_with("asked `600 EUR`; that is a limit of a grant above yours"), "{sentence}");
    assert!(!serde_json::to_string(&told).unwrap().contains("500"), "{told:?}");
    let own = Reason::new(Code::OverTotal).asked("600 EUR").most("500 EUR").told();
    assert!(own.to_string().ends_with("at most `500 EUR`"), "{own}");
}
