//! What a client is told of an act, by what came of it and what may be given out.

use super::TOKEN_EXPIRED;
use crate::decider::{Given, Received, Undecided};
use crate::refusal::Refusal;
use crate::rpc::{INTERNAL_ERROR, RpcError};
use bailiwick_core::json::{Json, Object};
use bailiwick_core::{Code, Disposition, ServerName};

/// What the client is told of an act.
pub(super) enum Outcome {
    Answer(Result<Json, RpcError>),
    No(Refusal),
    /// The client took its request back.
    Silence,
}

pub(super) fn outcome(
    received: Received,
    given: Result<Given, Undecided>,
    cut: Option<&str>,
    (server, leaf): (&ServerName, u64),
) -> Outcome {
    let no = |code: &str, sentence: String, next| Outcome::No(Refusal::own(code, sentence, next));
    match (received, given) {
        // nothing came, so nothing is given: what was recorded of it changes no word of this
        (Received::Nothing(_) | Received::NeverSent, _) if cut == Some("cancelled") => Outcome::Silence,
        (Received::NeverSent, _) if cut.is_some_and(|why| why != TOKEN_EXPIRED) => {
            Outcome::No(Refusal::of(Code::GrantEnded, server, None))
        }
        // nothing is in doubt of a read that stays where it is, and nobody is told that something is
        (received @ (Received::Nothing(_) | Received::Result(_) | Received::Error(_)), Ok(Given::Assumed)) => {
            let (cause, next) = match (cut, received) {
                (Some(TOKEN_EXPIRED), _) => ("the token expired while this was under way", Disposition::TryLater),
                (Some(_), _) => ("the grant ended while this was under way", Disposition::Stop),
                (None, Received::Nothing(why)) => (why, Disposition::TryLater),
                (None, _) => ("the server's answer is no result", Disposition::TryLater),
            };
            let sentence = format!("no answer came ({cause}); it is a read, so it changed nothing and counts as done");
            Outcome::No(Refusal::own("no_answer", sentence, next).at_event(leaf))
        }
        // it had left before the grant ended: that it is refused would be no true word
        (Received::Nothing(_), _) if cut.is_some() => {
            let ended = if cut == Some(TOKEN_EXPIRED) { "token expired" } else { "grant ended" };
            let sentence = format!(
                "the {ended} while this was under way: it had begun, as event {leaf}, and was cut, so nobody knows \
                 whether it was done"
            );
            let command = format!("bailiwick event show {leaf}");
            Outcome::No(Refusal::own("ended_in_doubt", sentence, Disposition::Stop).with_command(command))
        }
        (Received::Nothing(why), _) => {
            let sentence =
                format!("no answer came ({why}), so nobody knows whether it was done; look before you repeat it");
            no("in_doubt", sentence, Disposition::Stop)
        }
        (Received::NeverSent, _) => {
            no("never_sent", "it could not be sent in time, so nothing was done".to_owned(), Disposition::TryLater)
        }
        (Received::Secret { failed }, given) => secret_returned(failed, given.err(), server),
        (Received::Error(_), Ok(Given::Withheld(why))) => {
            let sentence =
                format!("the server answered with an error, which is withheld: {}", why.trim_end_matches('.'));
            Outcome::No(Refusal::own("result_withheld", sentence, Disposition::AskForMore))
        }
        (_, Ok(Given::Withheld(why))) => {
            let sentence = format!("it was done, and its result is withheld: {}", why.trim_end_matches('.'));
            Outcome::No(Refusal::own("result_withheld", sentence, Disposition::AskForMore))
        }
        (_, Err(why)) => {
            let sentence = format!("it was sent, and its result is withheld because the outcome was not kept: {why}");
            Outcome::No(Refusal::own("outcome_unrecorded", sentence, Disposition::TryLater))
        }
        (Received::Result(_), Ok(Given::Whole(result))) => Outcome::Answer(Ok(result)),
        (Received::Error(_), Ok(Given::Whole(error))) => {
            Outcome::Answer(Err(RpcError::read(&error).unwrap_or_else(|| {
                let data = [("event", Json::from(leaf))].into_iter().collect::<Object>();
                RpcError::new(INTERNAL_ERROR, "the server answered with an error").with(Json::Object(data))
            })))
        }
    }
}

/// The answer is kept from everybody, also from the record.
fn secret_returned(failed: bool, unkept: Option<Undecided>, server: &ServerName) -> Outcome {
    let done = match (failed, unkept) {
        (false, None) => "it was done".to_owned(),
        (true, None) => "nobody knows whether it was done".to_owned(),
        (_, Some(why)) => format!("what was done was not kept ({why})"),
    };
    let sentence = format!(
        "the server's answer held a secret that was given to the server, so it is withheld, and the tool waits for a \
         person's review; {done}"
    );
    let command = format!("bailiwick server review {server}");
    Outcome::No(Refusal::own("secret_returned", sentence, Disposition::AskForMore).with_command(command))
}

/// The same act was done before, and its result was not kept.
pub(super) fn again(outcome: &str) -> Refusal {
    let came = match outcome {
        "asked" => "its server asked something, and the call went on with the answer".to_owned(),
        outcome => format!("it is {outcome}; its result was not kept"),
    };
    let sentence = format!("this act was asked for before and nothing was sent again: {came}");
    Refusal::own("repeated", sentence, Disposition::Stop)
}
