use super::*;
use crate::json::{Json, Limits};

fn faults(text: &str) -> Vec<String> {
    let json = Json::parse(text.as_bytes(), &Limits::default()).unwrap();
    Document::read(&json).unwrap().faults().iter().map(ToString::to_string).collect()
}

fn http(url: &str, headers: &str) -> Vec<String> {
    faults(&format!(r#"{{"kind":"server","name":"s","transport":{{"http":{{"url":"{url}","headers":{headers}}}}}}}"#))
}

#[test]
fn an_address_that_no_server_may_be_at_is_told_where_it_stands() {
    for (url, why) in [
        ("file:///etc/passwd", "found `file://`"),
        ("ftp://tickets.example/mcp", "found `ftp://`"),
        ("tickets.example/mcp", "begins with `https://`"),
        ("https://user:pw@tickets.example/mcp", "password has no place"),
        ("https://169.254.169.254/latest", "machine's own surroundings"),
        ("https://[fe80::1]/mcp", "machine's own surroundings"),
        ("https://[::ffff:169.254.169.254]/mcp", "machine's own surroundings"),
        ("https://[64:ff9b::a9fe:a9fe]/mcp", "machine's own surroundings"),
        ("https://[2002:a9fe:a9fe::1]/mcp", "machine's own surroundings"),
        ("https://0.0.0.0/mcp", "machine's own surroundings"),
        ("http://tickets.example/mcp", "only a server on this machine"),
        ("https://tickets.example/mcp#x", "fragment"),
        ("https:///mcp", "names no host"),
    ] {
        let found = http(url, "{}");
        assert_eq!(found.len(), 1, "{url}: {found:?}");
        assert!(found[0].starts_with("`transport.http.url`: ") && found[0].contains(why), "{url}: {found:?}");
    }
    for url in ["https://tickets.example/mcp", "http://127.0.0.1:9/mcp", "http://localhost/mcp", "https://10.0.0.7/mcp"]
    {
        assert_eq!(http(url, "{}"), Vec::<String>::new(), "{url}");
    }
}

#[test]
fn a_header_that_is_not_a_documents_to_say_is_told() {
    for (headers, why) in [
        (r#"{"Host":"x"}"#, "set for each request"),
        (r#"{"content-length":"3"}"#, "set for each request"),
        (r#"{"Mcp-Method":"tools/list"}"#, "set for each request"),
        (r#"{"mcp-name":"x"}"#, "set for each request"),
        (r#"{"MCP-Param-Amount":"1"}"#, "set for each request"),
        (r#"{"Mcp-Session-Id":"1"}"#, "set for each request"),
        (r#"{"MCP-Protocol-Version":"1"}"#, "set for each request"),
        (r#"{"Accept":"*/*"}"#, "set for each request"),
        (r#"{"expect":"100-continue"}"#, "set for each request"),
        (r#"{"content-encoding":"gzip"}"#, "set for each request"),
        (r#"{"transfer-encoding":"chunked"}"#, "set for each request"),
        (r#"{"connection":"close"}"#, "set for each request"),
        (r#"{"te":"trailers"}"#, "set for each request"),
        (r#"{"trailer":"x"}"#, "set for each request"),
        (r#"{"upgrade":"h2c"}"#, "set for each request"),
        (r#"{"x-a":"b\r\nx-c: d"}"#, "line breaks"),
        (r#"{"x a":"b"}"#, "can be called this"),
        (r#"{"":"b"}"#, "can be called this"),
    ] {
        let found = http("https://tickets.example/mcp", headers);
        assert!(found.len() == 1 && found[0].contains(why), "{headers}: {found:?}");
    }
    let fine = r#"{"authorization":"Bearer secret:TICKETS"}"#;
    assert_eq!(http("https://tickets.example/mcp", fine), Vec::<String>::new());
}

#[test]
fn a_command_of_nothing_and_a_review_on_no_day_are_told() {
    let found = faults(r#"{"kind":"server","name":"s","transport":{"stdio":{"command":" ","env":{"A=B":"c"}}}}"#);
    assert_eq!(found.len(), 2, "{found:?}");
    let agent = |day: &str| {
        faults(&format!(
            r#"{{"kind":"agent","name":"a","owner":"o","contact":"c","run_by":"own","autonomy":"execute","role":"r","review":"{day}"}}"#
        ))
    };
    assert_eq!(agent("2030-02-28"), Vec::<String>::new());
    assert!(agent("2030-02-31")[0].contains("expected a day"));
    assert!(agent("soon")[0].contains("found `soon`"));
}

#[test]
fn a_webhook_at_no_address_of_the_worlds_or_with_its_secret_written_is_told() {
    let found = |url: &str, secret: &str, private: bool| {
        let hook = format!(r#"{{"url":"{url}","secret":"{secret}","private":{private}}}"#);
        faults(&format!(r#"{{"kind":"rule","name":"r","notify":{{"on":["task.ended"],"webhook":{hook}}}}}"#))
    };
    for (url, private, why) in [
        ("http://a.example/", true, "expected `https://`"),
        ("https://10.0.0.7/", false, "private: true"),
        ("https://[::1]/", false, "private: true"),
        ("https://2130706433/", true, "no host"),
        ("http://localhost:9/", false, "private: true"),
        ("https://169.254.169.254/", true, "surroundings"),
        ("https://anna:x@a.example/", true, "name or password"),
    ] {
        let found = found(url, "secret:x", private);
        assert!(found.len() == 1 && found[0].contains(why), "{url}: {found:?}");
    }
    assert_eq!(found("https://a.example/hook", "secret:x", false), Vec::<String>::new());
    assert_eq!(found("http://127.0.0.1:9/hook", "secret:x", true), Vec::<String>::new());
    assert!(found("https://a.example/hook", "whsec_abc", false)[0].contains("holds no secret"));
}

#[test]
fn no_document_lets_a_server_run_as_root_or_as_what_is_no_account() {
    let of = |account: &str| {
        faults(&format!(
            r#"{{"kind":"server","name":"s","transport":{{"stdio":{{"command":"x","run_as":"{account}"}}}}}}"#
        ))
    };
    for account in ["bw-files", "1001", "_files", "files.2"] {
        assert_eq!(of(account), Vec::<String>::new(), "{account}");
    }
    for (account, why) in [
        ("root", "no server runs as root"),
        ("0", "no server runs as root"),
        ("000", "no server runs as root"),
        ("", "expected an account"),
        ("-u", "expected an account"),
        ("a b", "expected an account"),
        ("a:b", "expected an account"),
        ("../x", "expected an account"),
    ] {
        let found = of(account);
        assert!(found.len() == 1 && found[0].contains(why), "{account}: {found:?}");
        assert!(found[0].starts_with("`transport.stdio.run_as`: "), "{found:?}");
    }
}
