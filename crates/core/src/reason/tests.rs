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
        (Reason::new(Code::TaskEnded).asked(Code::Revoked), "the task has ended: revoked"),
        (Reason::new(Code::GrantEnded).asked(Code::Completed), "the grant has ended: completed"),
    ] {
        assert_eq!(reason.to_string(), sentence);
    }
}
