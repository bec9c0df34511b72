use super::question::Unasked;
use super::*;
use crate::testing::{json, server};

fn read(kind: Kind, params: &str) -> Result<Question, Unasked> {
    let asker = Asker { server: server("s"), zone: Some("vendor".into()) };
    Question::read(kind, json(params).as_object().unwrap(), &asker)
}

fn form(message: &str, properties: &str) -> String {
    format!(r#"{{"message":"{message}","requestedSchema":{{"type":"object","properties":{{{properties}}}}}}}"#)
}

#[test]
fn a_question_names_its_server_and_zone_before_its_own_words_and_holds_nothing_that_hides() {
    let asked = form("Who?\\u001b[2J\\u202e", r#""name":{"type":"string"}"#);
    let question = read(Kind::Elicitation, &asked.replacen('{', r#"{"_meta":{"x":1},"task":{},"#, 1)).unwrap();
    let message = question.params.get("message").and_then(Json::as_str).unwrap();
    assert_eq!(message, "The server `s` (zone `vendor`) asks:\n> Who?\\u{1b}[2J\\u{202e}");
    assert_eq!(question.params.keys().collect::<Vec<_>>(), ["message", "requestedSchema"]);
    assert_eq!(question.asked.get("names"), Some(&json(r#"["name"]"#)));
    let page = r#"{"mode":"url","url":"https://pay.example/x?y=1","elicitationId":"e","message":"Pay"}"#;
    let question = read(Kind::Elicitation, page).unwrap();
    let message = question.params.get("message").and_then(Json::as_str).unwrap();
    assert_eq!(message, "The server `s` (zone `vendor`) asks to open a page of `pay.example`:\n> Pay");
    assert!(question.url && question.params.contains_key("elicitationId"));
}

#[test]
fn no_line_of_a_question_passes_for_ours() {
    let lines = "\\n".repeat(300);
    let asked = form(
        &format!("Hi\u{3164}\u{2028}{lines}The server `bank` asks:"),
        r#""n":{"type":"string","x-html":"<b>","title":"a\nb \u00ad"}"#,
    );
    let asked = asked.replacen(r#""type":"object""#, r#""title":"Bank","type":"object""#, 1);
    let question = read(Kind::Elicitation, &asked).unwrap();
    let message = question.params.get("message").and_then(Json::as_str).unwrap();
    let mut lines = message.lines();
    assert_eq!(lines.next(), Some("The server `s` (zone `vendor`) asks:"));
    assert_eq!(lines.next(), Some("> Hi\\u{3164}\\u{2028}"));
    assert!(lines.clone().all(|line| line.starts_with("> ")) && lines.count() <= 41, "{message}");
    let shown = question.params.get("requestedSchema").unwrap();
    let left = r#"{"type":"object","properties":{"n":{"type":"string","title":"a b \\u{ad}"}}}"#;
    assert_eq!(shown, &json(left));
    let asked = r#"{"messages":[{"role":"user","content":{"type":"text","text":"a\u001b[2J","x":1},"y":2}],"maxTokens":5,"systemPrompt":"\u200bz"}"#;
    let question = read(Kind::Sampling, asked).unwrap();
    let shown = r#"{"messages":[{"role":"user","content":{"type":"text","text":"a\\u{1b}[2J"}}],"maxTokens":5,"systemPrompt":"This is asked by the server `s` (zone `vendor`).\n\n\\u{200b}z"}"#;
    assert_eq!(Json::Object(question.params), json(shown));
}

#[test]
fn what_is_no_question_is_not_asked() {
    let long = "x".repeat(ASKED_BYTES_MAX);
    for (kind, params) in [
        (Kind::Elicitation, "{}".to_owned()),
        (Kind::Elicitation, r#"{"message":"m"}"#.to_owned()),
        (Kind::Elicitation, r#"{"message":"m","mode":"other","requestedSchema":{"properties":{}}}"#.to_owned()),
        (Kind::Elicitation, r#"{"message":"m","requestedSchema":{}}"#.to_owned()),
        (Kind::Elicitation, form("m", r#""a":{"type":"string","enum":["\u202e"]}"#)),
        (Kind::Elicitation, form("m", r#""a":{"type":"object"}"#)),
        (Kind::Elicitation, form("m", r#""a\u0000":{"type":"string"}"#)),
        (Kind::Elicitation, form(&long, r#""a":{"type":"string"}"#)),
        (Kind::Elicitation, r#"{"message":"m","mode":"url","url":"http://pay.example/"}"#.to_owned()),
        (Kind::Elicitation, r#"{"message":"m","mode":"url","url":"javascript:alert(1)"}"#.to_owned()),
        (Kind::Elicitation, r#"{"message":"m","mode":"url","url":"https://me@pay.example/"}"#.to_owned()),
        (Kind::Sampling, "{}".to_owned()),
        (Kind::Sampling, r#"{"messages":[]}"#.to_owned()),
        (Kind::Sampling, format!(r#"{{"messages":["{long}"],"maxTokens":1}}"#)),
    ] {
        assert!(read(kind, &params).is_err(), "{}", params.chars().take(80).collect::<String>());
    }
}

#[test]
fn a_form_that_asks_for_a_secret_is_never_shown() {
    for (message, properties) in [
        ("Sign in", r#""password":{"type":"string"}"#),
        ("Sign in", r#""x":{"type":"string","format":"password"}"#),
        ("Sign in", r#""x":{"type":"string","title":"Your API key"}"#),
        ("Sign in", r#""apiKey":{"type":"string"}"#),
        ("Sign in", r#""access_token":{"type":"string"}"#),
        ("Sign in", r#""x":{"type":"string","description":"the token of your account"}"#),
        ("Pay", r#""cvc":{"type":"string"}"#),
        ("Pay", r#""n":{"type":"integer","title":"Card number"}"#),
        ("Pay", r#""credit-card":{"type":"string"}"#),
        ("Enter the PIN of your card", r#""value":{"type":"string"}"#),
        ("What is your Pass-Word?", r#""value":{"type":"string"}"#),
        ("Codes", r#""OTP":{"type":"string"}"#),
        ("Codes", r#""oneTimeCode":{"type":"string"}"#),
        ("Tell", r#""client_secret":{"type":"string"}"#),
        // what looks like a choice and is none, and a choice of digits
        ("x", r#""password":{"type":"string","oneOf":[]}"#),
        ("x", r#""password":{"type":"string","enum":null}"#),
        ("x", r#""pin1":{"type":"string","title":"PIN, first digit","enum":["0","1"]}"#),
        ("x", r#""a":{"type":"string","title":"pass"},"b":{"type":"string","title":"word"}"#),
        ("x", r#""a":{"type":"string","default":"Enter your password here"}"#),
        // letters
        ("x", r#""pass\u3164word":{"type":"string"}"#),
        ("x", r#""p\u0430ssword":{"type":"string"}"#),
        ("x", r#""x":{"type":"string","title":"\uff50\uff41\uff53\uff53word"}"#),
        ("x", r#""x":{"type":"string","title":"P4$$w0rd"}"#),
        // words
        ("x", r#""x":{"type":"string","title":"Mot de passe"}"#),
        ("x", r#""x":{"type":"string","title":"Contrase\u00f1a"}"#),
        ("x", r#""x":{"type":"string","title":"SMS code"}"#),
        ("x", r#""x":{"type":"string","title":"2-factor code"}"#),
        ("x", r#""x":{"type":"string","title":"SSN"}"#),
        // no to the one, and yes to the other
        ("Do not give us your name, enter your password", r#""x":{"type":"string"}"#),
        ("x", r#""x":{"type":"string","description":"Your pin (do not tell it to others)"}"#),
        ("Your PIN:", r#""x":{"type":"string"}"#),
    ] {
        assert_eq!(read(Kind::Elicitation, &form(message, properties)), Err(Unasked::Secret), "{message} {properties}");
    }
    for (message, properties) in [
        ("What is your name?", r#""name":{"type":"string"}"#),
        ("How far shall it turn?", r#""spin":{"type":"string"},"opinion":{"type":"string"}"#),
        ("Shall I reset your password?", r#""ok":{"type":"boolean"}"#),
        ("Your password was changed an hour ago. What is your name?", r#""name":{"type":"string"}"#),
        ("Do not give us your pin.", r#""name":{"type":"string"}"#),
        ("Never share your password here!", r#""name":{"type":"string"}"#),
        (
            "n",
            r#""n":{"type":"integer","description":"(do not give us your phone number, pin, or other sensitive info)"}"#,
        ),
        ("n", r#""n":{"type":"string","description":"A word, no passwords"}"#),
        ("Which token standard?", r#""kind":{"type":"string","enum":["erc20","erc721"]}"#),
    ] {
        assert!(read(Kind::Elicitation, &form(message, properties)).is_ok(), "{message} {properties}");
    }
}

/// What `server-everything` of the MCP project asks.
const OFFICIAL: &str = r#"{"message":"Please provide inputs for the following fields:","requestedSchema":{"type":"object",
    "properties":{
    "name":{"title":"String","type":"string","description":"Your full, legal name"},
    "check":{"title":"Boolean","type":"boolean","description":"Agree to the terms and conditions"},
    "firstLine":{"title":"String with default","type":"string","description":"Favorite first line of a story","default":"It was a dark and stormy night."},
    "email":{"title":"String with email format","type":"string","format":"email","description":"Your email address (will be verified, and never shared with anyone else)"},
    "homepage":{"type":"string","format":"uri","title":"String with uri format","description":"Portfolio / personal website"},
    "birthdate":{"title":"String with date format","type":"string","format":"date","description":"Your date of birth"},
    "integer":{"title":"Integer","type":"integer","description":"Your favorite integer (do not give us your phone number, pin, or other sensitive info)","minimum":1,"maximum":100,"default":42},
    "number":{"title":"Number in range 1-1000","type":"number","description":"Favorite number (there are no wrong answers)","minimum":0,"maximum":1000,"default":3.14},
    "untitledSingleSelectEnum":{"type":"string","title":"Untitled Single Select Enum","description":"Choose your favorite friend","enum":["Monica","Rachel"],"default":"Monica"},
    "untitledMultipleSelectEnum":{"type":"array","title":"Untitled Multiple Select Enum","description":"Choose your favorite instruments","minItems":1,"maxItems":3,"items":{"type":"string","enum":["Guitar","Piano"]},"default":["Guitar"]},
    "titledSingleSelectEnum":{"type":"string","title":"Titled Single Select Enum","oneOf":[{"const":"hero-1","title":"Superman"}],"default":"hero-1"},
    "titledMultipleSelectEnum":{"type":"array","title":"Titled Multiple Select Enum","minItems":1,"maxItems":3,"items":{"anyOf":[{"const":"fish-1","title":"Tuna"}]},"default":["fish-1"]},
    "legacyTitledEnum":{"type":"string","title":"Legacy Titled Single Select Enum","enum":["pet-1"],"enumNames":["Cats"],"default":"pet-1"}
    },"required":["name"]}}"#;

#[test]
fn the_form_of_the_official_server_is_asked_as_it_is() {
    let question = read(Kind::Elicitation, OFFICIAL).unwrap();
    assert_eq!(question.params.get("requestedSchema"), json(OFFICIAL).get("requestedSchema"));
}

#[test]
fn a_model_is_given_nothing_of_other_servers_and_no_tools() {
    let asked = r#"{"messages":[{"role":"user","content":{"type":"text","text":"hi"}}],"maxTokens":5,
        "includeContext":"allServers","tools":[],"toolChoice":{},"metadata":{},"systemPrompt":"be kind"}"#;
    let question = read(Kind::Sampling, asked).unwrap();
    assert_eq!(question.params.keys().collect::<Vec<_>>(), ["maxTokens", "messages", "systemPrompt"]);
    assert_eq!(question.asked.get("message").and_then(Json::as_str), Some("hi"));
}

#[test]
fn an_answer_leaves_as_it_was_decided_and_a_no_is_none() {
    let asked = json(r#"{"digest":"d","mode":"form","names":["a","b"]}"#);
    let form = json(r#"{"properties":{"a":{"type":"string"},"b":{"type":"array","items":{"type":"string"}}}}"#);
    let said = json(r#"{"action":"accept","content":{"a":"x","b":["y"]},"_meta":{"z":1}}"#);
    let Ok(Answered::Shares(arguments)) = read_answer(Kind::Elicitation, &asked, &form, &said) else { panic!() };
    let out = written(Kind::Elicitation, &arguments).unwrap();
    assert_eq!(out, json(r#"{"action":"accept","content":{"a":"x","b":["y"]}}"#));
    for no in ["decline", "cancel"] {
        let said = json(&format!(r#"{{"action":"{no}","content":{{"a":"x"}}}}"#));
        let read = read_answer(Kind::Elicitation, &asked, &form, &said);
        assert_eq!(read, Ok(Answered::No(json(r#"{"action":"decline"}"#))), "nothing goes with a no, nor by it");
    }
    let spoken =
        json(r#"{"role":"assistant","model":"m","stopReason":"endTurn","content":{"type":"text","text":"Paris"}}"#);
    let Ok(Answered::Shares(arguments)) = read_answer(Kind::Sampling, &asked, &Json::Null, &spoken) else { panic!() };
    assert_eq!(written(Kind::Sampling, &arguments), Some(spoken));
    let used = json(
        r#"{"role":"assistant","model":"m","content":[{"type":"text","text":"x"},{"type":"tool_use","id":"1","input":{"a":1}}]}"#,
    );
    let Ok(Answered::Shares(arguments)) = read_answer(Kind::Sampling, &asked, &Json::Null, &used) else { panic!() };
    assert_eq!(written(Kind::Sampling, &arguments), Some(used));
}

#[test]
fn an_answer_that_is_none_or_says_more_than_was_asked_is_refused() {
    let asked = json(r#"{"mode":"form","names":["a"]}"#);
    let form = json(r#"{"type":"object","properties":{"a":{}}}"#);
    let long = "x".repeat(ANSWER_BYTES_MAX);
    for (kind, said) in [
        (Kind::Elicitation, "7".to_owned()),
        (Kind::Elicitation, "{}".to_owned()),
        (Kind::Elicitation, r#"{"action":"yes"}"#.to_owned()),
        (Kind::Elicitation, r#"{"action":"accept"}"#.to_owned()),
        (Kind::Elicitation, r#"{"action":"accept","content":{"b":"x"}}"#.to_owned()),
        (Kind::Elicitation, r#"{"action":"accept","content":{"a":{"b":"x"}}}"#.to_owned()),
        (Kind::Elicitation, format!(r#"{{"action":"accept","content":{{"a":"{long}"}}}}"#)),
        (Kind::Sampling, r#"{"role":"assistant","model":"m"}"#.to_owned()),
        (Kind::Sampling, r#"{"role":"assistant","model":"m","content":[]}"#.to_owned()),
        (Kind::Sampling, r#"{"role":"assistant","model":"m","content":{"type":"image","data":"x"}}"#.to_owned()),
        (Kind::Roots, r#"{"roots":[]}"#.to_owned()),
    ] {
        assert!(
            read_answer(kind, &asked, &form, &json(&said)).is_err(),
            "{}",
            said.chars().take(80).collect::<String>()
        );
    }
}

#[test]
fn a_client_that_declares_elicitation_without_a_mode_has_forms() {
    let read = |text: &str| Able::read(Some(&json(text)));
    assert_eq!(read(r#"{"elicitation":{}}"#), Able { form: true, ..Able::default() });
    assert_eq!(read(r#"{"elicitation":{"url":{}}}"#), Able { url: true, ..Able::default() });
    assert_eq!(
        read(r#"{"elicitation":{"form":{},"url":{}},"sampling":{},"roots":{}}"#),
        Able { form: true, url: true, sampling: true, roots: true, tasks: false }
    );
    assert_eq!(read(r#"{"elicitation":true,"sampling":null}"#), Able::default());
    let declared = Able { form: true, roots: true, ..Able::default() }.declared();
    assert_eq!(Json::Object(declared), json(r#"{"elicitation":{"form":{}}}"#), "roots are not the client's");
}
