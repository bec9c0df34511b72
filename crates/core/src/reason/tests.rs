use super::*;

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
