use super::*;

#[test]
fn a_base_is_a_scheme_a_host_and_a_port_as_written() {
    for (base, issuer) in [
        ("https://bailiwick.example", Some("https://bailiwick.example")),
        ("https://bailiwick.example/", Some("https://bailiwick.example")),
        ("http://127.0.0.1:7777", Some("http://127.0.0.1:7777")),
        ("http://[::1]:7777", Some("http://[::1]:7777")),
        ("https://bailiwick.example/tenant", None),
        ("https://bailiwick.example?x", None),
        ("https://Bailiwick.example", None),
        ("https://bailiwick.example:443", None),
        ("https://me@bailiwick.example", None),
        ("ftp://bailiwick.example", None),
        ("bailiwick.example", None),
        ("", None),
    ] {
        assert_eq!(Urls::new(base).ok().as_ref().map(Urls::issuer), issuer, "{base}");
    }
}

#[test]
fn only_the_mcp_door_and_those_of_known_servers_are_resources() {
    let control = ControlState::default();
    for (path, known) in
        [("/mcp", true), ("/mcp/", false), ("/mcp/bank", false), ("/mcpx", false), ("/", false), ("", false)]
    {
        assert_eq!(is_resource(path, &control), known, "{path}");
    }
}
