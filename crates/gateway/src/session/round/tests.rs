use crate::decider::{Received, Round};
use crate::era::Era;
use crate::testing::*;
use crate::upstream::Target;
use crate::upstream::fake::{Fake, Seen};
use bailiwick_core::json::Json;

const FORM: &str = r#""k":{"method":"elicitation/create","params":{"message":"Who?","requestedSchema":{"type":"object","properties":{"name":{"type":"string"}}}}}"#;
const MODEL: &str = r#""m":{"method":"sampling/createMessage","params":{"messages":[],"maxTokens":5}}"#;
const ROOTS: &str = r#""r":{"method":"roots/list","params":{}}"#;
const ANSWER: &str = r#"{"k":{"action":"accept","content":{"name":"Ann"}}}"#;
const CAN: &str = r#"{"elicitation":{},"sampling":{},"roots":{}}"#;

/// A server of the newer era that asks these things until it has input; then it says what it was sent.
fn asks(questions: &str) -> Target {
    let questions = questions.to_owned();
    Fake::target(move |mut wire| {
        let questions = questions.clone();
        async move {
            while let Some(Seen { id, whole, .. }) = wire.call(Era::Modern).await {
                let params = whole.get("params").unwrap();
                if params.get("inputResponses").is_some() {
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

/// One whose grant names these answers.
async fn client(target: Target, names: &[&str]) -> Client {
    let client = Client::of(target);
    client.decider.name(names);
    client
}

fn with(id: u64, can: &str, arguments: &str, more: &str) -> String {
    let meta = meta("").replace(r#"{"sampling":{}}"#, can);
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"echo","arguments":{arguments},{more}{meta}}}}}"#
    )
}

fn again(id: u64, state: &Json, responses: &str) -> String {
    with(id, CAN, "{}", &format!(r#""inputResponses":{responses},"requestState":{},"#, state.canonical()))
}

fn state(answer: &Json) -> Json {
    let result = answer.get("result").unwrap();
    assert_eq!(result.get("resultType").and_then(Json::as_str), Some("input_required"), "{}", answer.canonical());
    result.get("requestState").cloned().unwrap()
}

const BOTH: [&str; 2] = ["elicitation:create", "sampling:createMessage"];

#[tokio::test]
async fn an_answer_is_a_share_of_its_own_before_the_call_that_it_goes_with() {
    let mut client = client(asks(&format!("{FORM},{MODEL},{ROOTS}")), &BOTH).await;
    let asked = client.ask(&with(1, CAN, "{}", "")).await;
    let state = state(&asked);
    let shown = asked.get("result").unwrap().get("inputRequests").unwrap();
    assert_eq!(shown.as_object().unwrap().keys().collect::<Vec<_>>(), ["k", "m", "r"]);
    let message = shown.pointer(&bailiwick_core::json::Pointer::parse("/k/params/message").unwrap()).unwrap();
    assert_eq!(message.as_str(), Some("The server `s` asks:\n> Who?"));
    let responses = r#"{"k":{"action":"accept","content":{"name":"Ann"}},"m":{"role":"assistant","model":"x","content":{"type":"text","text":"y"}},"r":{"roots":[{"uri":"file:///home/me/ann"}]},"extra":{"action":"accept"}}"#;
    let done = client.ask(&again(2, &state, responses)).await;
    let sent = json(text(&done));
    let own = |name: &str| sent.get("inputResponses").unwrap().get(name).cloned();
    assert_eq!(own("k"), Some(json(r#"{"action":"accept","content":{"name":"Ann"}}"#)));
    assert_eq!(own("r"), Some(json(r#"{"roots":[]}"#)), "nothing of the client's folders leaves");
    assert_eq!(own("extra"), None, "nobody asked for it");
    assert_eq!(sent.get("requestState").and_then(Json::as_str), Some("theirs"));
    let calls = client.decider.tools();
    assert_eq!(calls, ["echo", "elicitation:create", "sampling:createMessage", "echo"]);
    let input = client.decider.calls.lock().unwrap().last().unwrap().input.clone();
    assert_eq!(input.get("inputResponses"), sent.get("inputResponses"), "the decision covers what is sent");
    let settled = client.settled();
    assert!(matches!(&settled[0], Received::Result(result) if result.get("inputRequests").is_some()));
    assert_eq!(settled.len(), 4, "every act is settled");
    client.close().await;
}

#[tokio::test]
async fn a_server_is_told_only_what_the_grant_names_and_the_client_declares() {
    for (names, can, told) in [
        (&BOTH[..], CAN, r#"{"elicitation":{"form":{}},"sampling":{}}"#),
        (&BOTH[..1], CAN, r#"{"elicitation":{"form":{}}}"#),
        (&BOTH[..], r#"{"sampling":{}}"#, r#"{"sampling":{}}"#),
        (&BOTH[..], r#"{"elicitation":{"url":{}}}"#, r#"{"elicitation":{"url":{}}}"#),
        (&[][..], CAN, "{}"),
        (&BOTH[..], "{}", "{}"),
    ] {
        let mut client = client(crate::upstream::fake::echo(Era::Modern), names).await;
        let said = client.ask(&with(1, can, "{}", "")).await;
        let whole = json(text(&said));
        let meta = whole.get("params").unwrap().get("_meta").unwrap();
        assert_eq!(meta.get("io.modelcontextprotocol/clientCapabilities"), Some(&json(told)), "{names:?} {can}");
        client.close().await;
    }
}

#[tokio::test]
async fn what_the_grant_does_not_name_the_client_is_never_asked() {
    for (questions, names) in [(FORM, &BOTH[1..]), (MODEL, &BOTH[..1]), (FORM, &[][..])] {
        let mut client = client(asks(questions), names).await;
        let answer = client.ask(&with(1, CAN, "{}", "")).await;
        assert_eq!(refused(&answer), "input_not_given", "{questions}");
        assert_eq!(client.decider.tools(), ["echo"]);
        client.close().await;
    }
}

#[tokio::test]
async fn what_the_client_did_not_declare_is_told_as_missing() {
    let mut client = client(asks(FORM), &BOTH).await;
    let answer = client.ask(&with(1, r#"{"sampling":{}}"#, "{}", "")).await;
    assert_eq!(code(&answer), -32021);
    client.close().await;
}

#[tokio::test]
async fn a_form_that_asks_for_a_secret_goes_to_nobody() {
    let mut client = client(asks(&FORM.replace("\"name\"", "\"password\"")), &BOTH).await;
    let answer = client.ask(&with(1, CAN, "{}", "")).await;
    assert_eq!(refused(&answer), "input_not_given");
    assert!(text(&answer).contains("secret"), "{}", text(&answer));
    client.close().await;
}

#[tokio::test]
async fn a_state_that_was_changed_or_is_anothers_or_too_old_or_of_another_call_is_refused_before_anything_is_decided() {
    let mut client = client(asks(FORM), &BOTH).await;
    let state = state(&client.ask(&with(1, CAN, "{}", "")).await);
    let own = state.as_str().unwrap().to_owned();
    let tampered = Json::from(format!("{own}-TAMPERED"));
    let foreign = Json::from(own.replacen("g|", "h|", 1));
    for (id, bad) in [(2, &tampered), (3, &foreign), (4, &Json::from(7u64)), (5, &Json::from(""))] {
        assert_eq!(code(&client.ask(&again(id, bad, ANSWER)).await), -32602);
    }
    let other = again(6, &state, ANSWER).replace(r#""arguments":{}"#, r#""arguments":{"text":"x"}"#);
    assert_eq!(code(&client.ask(&other).await), -32602, "other arguments");
    let other = again(7, &state, ANSWER).replace(r#""name":"echo""#, r#""name":"typed""#);
    assert_eq!(code(&client.ask(&other).await), -32602, "another tool");
    *client.decider.expired.lock().unwrap() = true;
    assert_eq!(code(&client.ask(&again(8, &state, ANSWER)).await), -32602, "too old");
    assert_eq!(client.decider.tools(), ["echo"]);
    *client.decider.expired.lock().unwrap() = false;
    assert!(text(&client.ask(&again(9, &state, ANSWER)).await).contains("Ann"));
    client.close().await;
}

#[tokio::test]
async fn answers_that_are_none_or_too_large_are_refused_and_those_without_a_state_stay_here() {
    let mut client = client(asks(FORM), &BOTH).await;
    let state = state(&client.ask(&with(1, CAN, "{}", "")).await);
    let large = format!(r#"{{"k":{{"action":"accept","content":{{"name":"{}"}}}}}}"#, "x".repeat(300 << 10));
    for (id, bad) in [(2, "null"), (3, r#"{"k":7}"#), (4, r#"{"k":{"action":"maybe"}}"#), (5, large.as_str())] {
        assert_eq!(code(&client.ask(&again(id, &state, bad)).await), -32602);
    }
    let unasked = client.ask(&with(6, CAN, "{}", &format!(r#""inputResponses":{ANSWER},"#))).await;
    assert_eq!(client.decider.tools(), ["echo", "echo"], "nobody asked under our seal");
    drop(self::state(&unasked));
    client.close().await;
}

#[tokio::test]
async fn a_no_of_the_client_is_passed_on_and_recorded() {
    for no in ["decline", "cancel"] {
        let mut client = client(asks(FORM), &BOTH).await;
        let state = state(&client.ask(&with(1, CAN, "{}", "")).await);
        let done = client.ask(&again(2, &state, &format!(r#"{{"k":{{"action":"{no}"}}}}"#))).await;
        assert!(text(&done).contains("decline"), "one no");
        let calls = client.decider.calls.lock().unwrap().clone();
        let declined: Vec<_> = calls.iter().map(|call| (call.tool.as_str(), call.declined)).collect();
        assert_eq!(declined, [("echo", false), ("elicitation:create", true), ("echo", false)]);
        assert_eq!(calls[1].arguments.get("answer"), Some(&json(r#"{"action":"decline"}"#)), "nothing of it is shared");
        assert!(calls[1].arguments.get("asked").and_then(|asked| asked.get("digest")).is_some());
        client.close().await;
    }
}

#[tokio::test]
async fn a_share_that_is_refused_stops_the_call_and_no_answer_before_it_leaves() {
    let mut client = client(asks(&format!("{FORM},{MODEL}")), &BOTH).await;
    let state = state(&client.ask(&with(1, CAN, "{}", "")).await);
    client.decider.forbid("sampling:createMessage");
    let responses = r#"{"k":{"action":"accept","content":{"name":"Ann"}},"m":{"role":"assistant","model":"x","content":{"type":"text","text":"y"}}}"#;
    assert_eq!(refused(&client.ask(&again(2, &state, responses)).await), "tool_not_granted");
    assert_eq!(client.decider.tools(), ["echo", "elicitation:create", "sampling:createMessage"]);
    assert_eq!(client.settled().last(), Some(&Received::NeverSent), "the first answer never left");
    client.close().await;
}

#[tokio::test]
async fn a_server_that_asks_for_ever_is_stopped() {
    let target = Fake::target(|mut wire| async move {
        while let Some(Seen { id, .. }) = wire.call(Era::Modern).await {
            wire.result(&id, &format!(r#"{{"resultType":"input_required","inputRequests":{{{FORM}}}}}"#)).await;
        }
    });
    let mut client = client(target, &BOTH).await;
    let mut answer = client.ask(&with(1, CAN, "{}", "")).await;
    for round in 0..super::ROUNDS_MAX {
        if answer.get("result").unwrap().get("requestState").is_none() {
            panic!("it was stopped after {round} rounds");
        }
        answer = client.ask(&again(round + 2, &state(&answer), ANSWER)).await;
    }
    assert_eq!(refused(&answer), "input_not_given");
    client.close().await;
}

#[tokio::test]
async fn a_client_of_the_older_era_that_declared_nothing_is_not_asked_and_brings_no_answers() {
    let mut client = client(asks(FORM), &BOTH).await;
    client.initialize().await;
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{}}}"#;
    assert_eq!(refused(&client.ask(call).await), "input_not_given");
    let more = call.replace(r#""name""#, r#""inputResponses":{},"name""#).replace(r#""id":1"#, r#""id":2"#);
    assert_eq!(code(&client.ask(&more).await), -32602, "it is no parameter of the older era");
    client.close().await;
}

#[tokio::test]
async fn a_server_of_the_older_era_cannot_put_a_question_into_its_result() {
    let target = Fake::target(|mut wire| async move {
        while let Some(Seen { id, .. }) = wire.call(Era::Legacy).await {
            wire.result(&id, r#"{"content":[],"resultType":"input_required","requestState":"theirs"}"#).await;
        }
    });
    let mut client = client(target, &BOTH).await;
    let answer = client.ask(&with(1, CAN, "{}", "")).await;
    let kind = answer.get("result").unwrap().get("resultType").and_then(Json::as_str);
    assert_eq!(kind, Some("complete"), "{}", answer.canonical());
    let Received::Result(settled) = &client.settled()[0] else { panic!("{:?}", client.settled()) };
    assert!(settled.get("resultType").is_none(), "nor have itself settled as one that asked: {}", settled.canonical());
    client.close().await;
}

#[tokio::test]
async fn of_one_key_a_round_is_one_act_whatever_is_answered() {
    let mut client = client(asks(FORM), &BOTH).await;
    let key = |text: String| text.replacen(r#""_meta":{"#, r#""_meta":{"bailiwick.dev/idempotency-key":"one","#, 1);
    let state = state(&client.ask(&key(with(1, CAN, "{}", ""))).await);
    for (id, name) in [(2, "Ann"), (3, "Ann"), (4, "Bob")] {
        client.ask(&key(again(id, &state, &ANSWER.replace("Ann", name)))).await;
    }
    let calls = client.decider.calls.lock().unwrap().clone();
    let called = calls.iter().filter(|call| call.tool == "echo");
    let keys: Vec<_> = called.map(|call| (call.idempotency.as_deref(), call.continues.clone())).collect();
    assert_eq!(keys[0], (Some("one"), None));
    let round = Round { act: 1, leaf: 101, asked: 1, under: "pin".into() };
    assert_eq!(
        keys[1..],
        [const { None::<Round> }; 3].map(|_| (Some("one"), Some(round.clone()))),
        "one round of one key"
    );
    client.close().await;
}

#[tokio::test]
async fn each_round_names_the_act_that_asked_before_it() {
    let target = Fake::target(|mut wire| async move {
        while let Some(Seen { id, .. }) = wire.call(Era::Modern).await {
            wire.result(&id, &format!(r#"{{"resultType":"input_required","inputRequests":{{{FORM}}}}}"#)).await;
        }
    });
    let mut client = client(target, &BOTH).await;
    let mut answer = client.ask(&with(1, CAN, "{}", "")).await;
    for id in 2..4 {
        answer = client.ask(&again(id, &state(&answer), ANSWER)).await;
    }
    let calls = client.decider.calls.lock().unwrap().clone();
    let acts = calls.iter().enumerate().filter(|(_, call)| call.tool == "echo");
    let acts: Vec<_> = acts
        .map(|(at, call)| (at + 1, call.continues.as_ref().map(|round| (round.act, round.leaf, round.asked))))
        .collect();
    // the second call of the decider is the answer
    assert_eq!(acts, [(1, None), (3, Some((1, 101, 1))), (5, Some((3, 103, 2)))]);
    client.close().await;
}

#[tokio::test]
async fn an_answer_that_does_not_fit_its_form_is_refused_with_the_field_and_shares_nothing() {
    let fields = r#""age":{"type":"integer","minimum":18},"mail":{"type":"string","format":"email"},"how":{"type":"string","enum":["a","b"]}"#;
    let form = FORM
        .replace(r#""name":{"type":"string"}"#, fields)
        .replace(r#""properties""#, r#""required":["age"],"properties""#);
    let mut client = client(asks(&form), &BOTH).await;
    let state = state(&client.ask(&with(1, CAN, "{}", "")).await);
    for (id, content, field) in [
        (2, r#"{"mail":"a@b.example"}"#, "`content.age`"),
        (3, r#"{"age":"20"}"#, "`content.age`"),
        (4, r#"{"age":17}"#, "`content.age`"),
        (5, r#"{"age":20,"mail":"nobody"}"#, "`content.mail`"),
        (6, r#"{"age":20,"how":"c"}"#, "`content.how`"),
        (7, r#"{"age":20,"iban":"x"}"#, "`content.iban`"),
    ] {
        let responses = format!(r#"{{"k":{{"action":"accept","content":{content}}}}}"#);
        let answer = client.ask(&again(id, &state, &responses)).await;
        let told = answer.get("error").and_then(|error| error.get("message")).and_then(Json::as_str).unwrap();
        assert!(told.contains("inputResponses.k") && told.contains(field), "{told}");
    }
    assert_eq!(client.decider.tools(), ["echo"], "the state is good still, and nothing was shared");
    let responses = r#"{"k":{"action":"accept","content":{"age":20,"mail":"a@b.example","how":"a"}}}"#;
    assert!(text(&client.ask(&again(8, &state, responses)).await).contains("a@b.example"));
    client.close().await;
}

#[tokio::test]
async fn an_answer_to_a_question_of_another_tool_or_epoch_goes_nowhere() {
    let mut client = client(asks(FORM), &BOTH).await;
    let state = state(&client.ask(&with(1, CAN, "{}", "")).await);
    *client.decider.under.lock().unwrap() = "another pin".to_owned();
    let answer = client.ask(&again(2, &state, ANSWER)).await;
    assert_eq!(refused(&answer), "question_passed");
    assert!(text(&answer).contains("make the call anew"), "{}", text(&answer));
    assert_eq!(client.settled().last(), Some(&Received::NeverSent), "what was shared never left");
    client.close().await;
}

#[tokio::test]
async fn a_question_by_another_name_or_too_large_to_come_back_is_not_handed_out() {
    let fields: Vec<String> = (0..60).map(|n| format!(r#""{n}{}":{{"type":"string"}}"#, "x".repeat(3000))).collect();
    let large = FORM.replace(r#""name":{"type":"string"}"#, &fields.join(","));
    let large: Vec<String> = (0..4).map(|n| large.replacen(r#""k""#, &format!(r#""k{n}""#), 1)).collect();
    for questions in [FORM.replacen(r#""k""#, r#""The server `bank` asks""#, 1), large.join(",")] {
        let mut client = client(asks(&questions), &BOTH).await;
        let answer = client.ask(&with(1, CAN, "{}", "")).await;
        assert_eq!(refused(&answer), "input_not_given");
        client.close().await;
    }
}
