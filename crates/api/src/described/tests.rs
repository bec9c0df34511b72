use super::*;

#[test]
fn a_path_has_the_methods_that_the_document_says_and_no_other() {
    let none: [&str; 0] = [];
    assert_eq!(methods("/v1/tasks"), ["GET", "POST"]);
    assert_eq!(methods("/v1/tasks/00/wishes"), ["GET"]);
    assert_eq!(methods("/v1/tools/files/a/b"), ["GET"]);
    assert_eq!(methods("/v1/log/tile/0/x001/000"), ["GET"]);
    for nothing in ["/v1", "/v1/", "/v1/tasks/", "/v1/task", "/v1/tasks/1/consent/x", "/v1/tools/files"] {
        assert_eq!(methods(nothing), none, "{nothing}");
    }
}

#[test]
fn what_a_query_names_and_nobody_reads_is_refused() {
    for (method, path, query) in [
        ("GET", "/v1/events", "form=5"),
        ("GET", "/v1/events", "from=5&until=6"),
        ("GET", "/v1/events", "from=5&from=6"),
        ("GET", "/v1/events", "from"),
        ("GET", "/v1/tasks/1/timeline", "From=1"),
        ("GET", "/v1/log", "leaf=1"),
        ("POST", "/v1/log/proof", "leaf=1&size=2"),
        ("POST", "/v1/events", "from=5"),
    ] {
        let refused = read_whole(method, path, query);
        // a name without a value is known; what reads it says what it expects
        assert_eq!(refused.is_err(), query != "from", "{method} {path}?{query}");
    }
    for (method, path, query) in [
        ("GET", "/v1/events", ""),
        ("GET", "/v1/events", "from=5"),
        ("POST", "/v1/log/proof", "leaf=1"),
        ("GET", "/v1/tasks/1/timeline", "from=1"),
        ("DELETE", "/v1/wrap", "server=gone"),
        ("GET", "/v1/approvals", "state=all"),
    ] {
        assert_eq!(read_whole(method, path, query), Ok(()), "{method} {path}?{query}");
    }
}
