use super::*;

#[test]
fn what_can_never_be_a_node_is_refused_at_once() {
    for url in
        ["ftp://127.0.0.1:8484", "127.0.0.1:8484", "", "http://", "file:///x", "http://a:b@127.0.0.1/", "mailto:a@b"]
    {
        assert!(check_url(url).is_err(), "{url}");
    }
    for url in ["http://127.0.0.1:8484", "https://node.example/mcp/bank", "http://localhost:1/mcp", "http://[::1]:8484"]
    {
        assert_eq!(check_url(url), Ok(()), "{url}");
    }
}

#[test]
fn a_node_that_is_named_alone_means_all_its_servers() {
    assert_eq!(resource("http://127.0.0.1:8484/"), "http://127.0.0.1:8484/mcp");
    assert_eq!(resource("http://127.0.0.1:8484/mcp/bank"), "http://127.0.0.1:8484/mcp/bank");
}
