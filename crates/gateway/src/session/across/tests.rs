use crate::era::Era;
use crate::testing::*;
use crate::upstream::Target;
use crate::upstream::fake::{Fake, Seen};
use bailiwick_core::json::Json;

const FORM: &str = r#""k":{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}}"#;
const MODEL: &str = r#""m":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":5}}"#;
const ROOTS: &str = r#""r":{"method":"roots/list","params":{}}"#;
const BOTH: [&str; 2] = ["elicitation:create", "sampling:createMessage"];
const CAN: &str = r#"{"elicitation":{},"sampling":{},"roots":{}}"#;
const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#;
const ANN: &str = r#""result":{"action":"accept","content":{"name":"Ann"}}"#;
const SPOKEN: &str = r#""result":{"role":"assistant","model":"x","content":{"type":"text","text":"y"}}"#;

/// A server of the newer era that asks these things until it was sent input this often; then it says what it was sent last.
fn asks(questions: &str, times: usize) -> Target {
    let questions = questions.to_owned();
    Fake::target(move |mut wire| {
        let questions = questions.clone();
        async move {
            let mut left = times;
            while let Some(Seen { id, whole, .. }) = wire.call(Era::Modern).await {
                let params = whole.get("params").unwrap();
                if params.get("inputResponses").is_some() {
                    left = left.saturating_sub(1);
                }
                if left == 0 {
                    wire.text(Era::Modern, &id, &params.canonical()).await;
                } else {
                    let asked = format!(
                        r#"{{"resultType":"input_required","inputRequests":{{{questions}}},"requestState":"theirs"}}"#
                    );
                    wire.result(&id, &asked).await;
                }
            }
        }
    })
}

async fn client(target: Target, names: &[&str], can: &str) -> Client {
    let mut client = Client::of(target);
    client.decider.name(names);
    assert!(client.initialize_as(can).await.get("result").is_some());
    client
}

fn reply(question: &Json, outcome: &str) -> String {
    format!(r#"{{"jsonrpc":"2.0","id":{},{outcome}}}"#, question.get("id").unwrap().canonical())
}

fn method(message: &Json) -> &str {
    message.get("method").and_then(Json::as_str).unwrap_or_else(|| panic!("{}", message.canonical()))
}

#[tokio::test]
async fn a_client_of_the_older_era_answers_what_a_server_of_the_newer_one_asks_and_each_answer_is_a_share() {
    let mut client = client(asks(&format!("{FORM},{MODEL},{ROOTS}"), 1), &BOTH, CAN).await;
    client.say(CALL).await;
    let form = client.next().await;
    assert_eq!(method(&form), "elicitation/create");
    let message = form.get("params").unwrap().get("message").and_then(Json::as_str);
    assert_eq!(message, Some("The server `s` asks:\n> Who?"), "who asks is said in our words");
    client.say(&reply(&form, ANN)).await;
    let model = client.next().await;
    assert_eq!(method(&model), "sampling/createMessage");
    let done = client.ask(&reply(&model, SPOKEN)).await;
    let sent = json(text(&done));
    let own = |name: &str| sent.get("inputResponses").unwrap().get(name).map(Json::canonical).unwrap_or_default();
    assert_eq!(own("k"), r#"{"action":"accept","content":{"name":"Ann"}}"#);
    assert_eq!(own("r"), r#"{"roots":[]}"#, "nothing of the client's folders leaves, and it is not asked for them");
    assert!(own("m").contains(r#""text":"y""#), "{}", own("m"));
    assert_eq!(sent.get("requestState").and_then(Json::as_str), Some("theirs"));
    assert_eq!(client.decider.tools(), ["echo", "elicitation:create", "sampling:createMessage", "echo"]);
    let calls = client.decider.calls.lock().unwrap().clone();
    assert!(calls[0].continues.is_none() && calls[3].continues.is_some(), "one charge goes on with its rounds");
    assert_eq!(client.settled().len(), 4, "every act is settled");
    client.close().await;
}

#[tokio::test]
async fn what_is_not_named_or_not_declared_is_asked_of_nobody() {
    for (names, can) in [(&BOTH[1..], CAN), (&[][..], CAN), (&BOTH[..], r#"{"sampling":{}}"#), (&BOTH[..], "{}")] {
        let mut client = client(asks(FORM, 1), names, can).await;
        let answer = client.ask(CALL).await;
        assert_eq!(refused(&answer), "input_not_given", "{names:?} {can}");
        assert_eq!(client.decider.tools(), ["echo"]);
        client.close().await;
    }
}

#[tokio::test]
async fn a_no_goes_up_as_one_and_an_error_ends_the_call_without_a_share() {
    let mut declines = client(asks(FORM, 1), &BOTH, CAN).await;
    declines.say(CALL).await;
    let asked = declines.next().await;
    let done = declines.ask(&reply(&asked, r#""result":{"action":"cancel"}"#)).await;
    assert!(text(&done).contains(r#""inputResponses":{"k":{"action":"decline"}}"#), "{}", text(&done));
    let calls = declines.decider.calls.lock().unwrap().clone();
    assert!(calls.iter().any(|call| call.declined), "the no is recorded");
    declines.close().await;

    let mut fails = client(asks(MODEL, 1), &BOTH, CAN).await;
    fails.say(CALL).await;
    let asked = fails.next().await;
    let done = fails.ask(&reply(&asked, r#""error":{"code":-1,"message":"no"}"#)).await;
    assert_eq!(refused(&done), "input_not_given");
    assert_eq!(fails.decider.tools(), ["echo", "sampling:createMessage"]);
    let calls = fails.decider.calls.lock().unwrap().clone();
    assert!(calls[1].declined, "whoever turns it down is not asked for ever");
    fails.close().await;
}

#[tokio::test]
async fn a_server_that_asks_again_and_again_is_stopped() {
    let mut client = client(asks(FORM, usize::MAX), &BOTH, CAN).await;
    client.say(CALL).await;
    let mut rounds = 0;
    let answer = loop {
        let message = client.next().await;
        if message.get("method").is_none() {
            break message;
        }
        rounds += 1;
        client.say(&reply(&message, ANN)).await;
    };
    assert_eq!((refused(&answer).as_str(), rounds), ("input_not_given", 16));
    client.close().await;
}

#[tokio::test]
async fn a_client_that_cancels_its_call_is_not_waited_for() {
    let mut client = client(asks(FORM, 1), &BOTH, CAN).await;
    client.say(CALL).await;
    let asked = client.next().await;
    client.say(r#"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#).await;
    let over = client.next().await;
    assert_eq!(method(&over), "notifications/cancelled");
    assert_eq!(over.get("params").unwrap().get("requestId"), asked.get("id"));
    assert_eq!(client.decider.tools(), ["echo"]);
    client.close().await;
}

#[tokio::test]
async fn an_answer_or_its_round_that_people_are_asked_about_waits_for_them_and_is_not_lost() {
    for waits in [BOTH[0], "echo"] {
        let mut client = client(asks(FORM, 1), &BOTH, CAN).await;
        client.say(CALL).await;
        let asked = client.next().await;
        client.decider.waits.lock().unwrap().push(waits.to_owned());
        client.say(&reply(&asked, ANN)).await;
        while client.decider.tools().last().map(String::as_str) != Some(waits) || client.calls() < 2 {
            tokio::task::yield_now().await;
        }
        client.decider.yes.send_replace(true);
        let done = client.next().await;
        assert!(text(&done).contains(r#""content":{"name":"Ann"}"#), "{}", text(&done));
        let calls = client.decider.calls.lock().unwrap().clone();
        assert!(calls.last().unwrap().continues.is_some(), "it is the next round of the same call");
        client.close().await;
    }
}
