use super::*;
use crate::Document;
use crate::json::{Json, Limits};

fn read(text: &str) -> Result<Document, String> {
    Document::read(&Json::parse(text.as_bytes(), &Limits::default()).unwrap()).map_err(|error| error.to_string())
}

fn rule(notify: &str) -> Result<Document, String> {
    read(&format!(r#"{{"kind":"rule","name":"r","notify":{notify}}}"#))
}

#[test]
fn a_rule_tells_people_by_mail_or_one_place_by_webhook() {
    for notify in [
        r#"{"on":["task.ended"],"who":["owner","requester","role:clerk","anna"],"mail":true}"#,
        r#"{"on":["approval.asked","task.ended"],"who":["asked","owner"],"mail":true}"#,
        r#"{"on":["approval.asked","agent.suspended"],"webhook":{"url":"https://a.example/","secret":"secret:x"}}"#,
    ] {
        let document = rule(notify).unwrap();
        let again = Document::read(&Json::parse(&document.bytes(), &Limits::stored()).unwrap()).unwrap();
        assert_eq!(again, document);
        assert_eq!((document.kind(), document.name().as_str()), ("rule", "r"));
    }
}

#[test]
fn a_rule_that_tells_nobody_or_two_ways_or_of_nothing_is_refused() {
    let hook = r#""webhook":{"url":"https://a.example/","secret":"secret:x"}"#;
    for (notify, told) in [
        (r#"{"on":["task.ended"]}"#.to_owned(), "either `webhook` or `mail: true`"),
        (format!(r#"{{"on":["task.ended"],"who":["owner"],"mail":true,{hook}}}"#), "either `webhook` or `mail: true`"),
        (format!(r#"{{"on":["task.ended"],"who":["owner"],{hook}}}"#), "`notify.who`: a webhook is one place"),
        (r#"{"on":["task.ended"],"mail":true}"#.to_owned(), "`notify.who`: expected 1 to 16"),
        (format!(r#"{{"on":[],{hook}}}"#), "`notify.on`: expected 1 to 16"),
        (format!(r#"{{"on":["task.begun"],{hook}}}"#), "task.begun"),
        (r#"{"on":["task.ending"],"who":["asked"],"mail":true}"#.to_owned(), "`on` names none of `approval.*`"),
        (r#"{"on":["task.ended"],"who":["role:A B"],"mail":true}"#.to_owned(), "a role name"),
        (format!(r#"{{"on":["task.ended"],"retry":1,{hook}}}"#), "retry"),
    ] {
        let error = rule(&notify).expect_err(&notify);
        assert!(error.contains(told), "{error}");
    }
    assert!(read(r#"{"kind":"rule","name":"r"}"#).unwrap_err().contains("`notify`"));
}

#[test]
fn only_a_plain_address_is_a_mail_address() {
    for good in ["anna@bank.example", "a.b+c_d@x.y-z.example", "root@localhost"] {
        assert!(is_mail_address(good), "{good}");
    }
    let long = format!("{}@bank.example", "a".repeat(65));
    for bad in [
        "",
        "anna",
        "@bank.example",
        "anna@",
        "a@b@c.example",
        "anna@bank.example\r\nBcc: eve@evil.example",
        "anna @bank.example",
        "<anna@bank.example>",
        "\"a b\"@bank.example",
        "anna@[127.0.0.1]",
        ".a@bank.example",
        "a..b@bank.example",
        "anna@-bank.example",
        "anna@bank..example",
        "ännä@bank.example",
        "a,b@bank.example",
        &long,
    ] {
        assert!(!is_mail_address(bad), "{bad}");
    }
}

#[test]
fn a_secret_is_named_and_never_written() {
    let webhook = |secret: &str| Webhook { url: String::new(), secret: secret.to_owned(), private: false };
    assert_eq!(webhook("secret:hook").secret_name(), Some("hook"));
    assert_eq!(webhook("whsec_abc").secret_name(), None);
    assert_eq!(webhook("Bearer secret:hook").secret_name(), None);
}

#[test]
fn a_rate_says_how_much_of_what_in_which_time() {
    let rate = |rate: &str| read(&format!(r#"{{"kind":"rule","name":"r","rate":{{{rate}}}}}"#));
    let good = rate(r#""per":"tool","most":{"calls":"60","EUR":"5000.00"},"over":"1m","tools":["bank/*"]"#).unwrap();
    assert_eq!(Document::read(&Json::parse(&good.bytes(), &Limits::stored()).unwrap()).unwrap(), good);
    for (wrong, told) in [
        (r#""per":"tool","most":{},"over":"1m""#, "`rate.most`: expected 1 to 16"),
        (r#""per":"tool","most":{"calls":"0"},"over":"1m""#, "more than 0 calls"),
        (r#""per":"tool","most":{"calls":"5"},"over":"2d""#, "`rate.over`: expected a span"),
        (r#""per":"tool","most":{"calls":"5"},"over":"soon""#, "`rate.over`: expected a span"),
        (r#""per":"task","most":{"calls":"5"},"over":"1m""#, "task"),
        (r#""per":"tool","most":{"calls":"-5"},"over":"1m""#, "rate"),
        (r#""per":"tool","most":{"calls":"5"},"over":"1m","each":1"#, "each"),
    ] {
        let error = rate(wrong).expect_err(wrong);
        assert!(error.contains(told), "{wrong}: {error}");
    }
    let two = r#"{"kind":"rule","name":"r","rate":{"per":"tool","most":{"calls":"5"},"over":"1m"},"break_glass":{"persons":2}}"#;
    assert!(read(two).unwrap_err().contains("the one thing"), "a rule says one thing");
}
