use super::*;

#[test]
fn only_a_host_on_this_machine_is_spoken_to_without_tls() {
    for url in ["http://127.0.0.1:8080/mcp", "http://localhost/mcp", "http://[::1]:9/", "http://a.localhost/x"] {
        assert!(!Place::read(url).unwrap().tls, "{url}");
    }
    for url in
        ["http://example.com/mcp", "http://10.0.0.1/mcp", "http://localhost.example/mcp", "http://127.0.0.1.nip.io/"]
    {
        assert_eq!(Place::read(url), Err(BadPlace::Plain), "{url}");
    }
    assert!(Place::read("https://example.com/mcp").unwrap().tls);
}

#[test]
fn a_url_that_two_readers_read_differently_is_none() {
    for url in [
        "https://user:secret@example.com/mcp",
        "https://example.com/a/../b",
        "https://example.com/mcp#there",
        "https://2130706433/mcp",
        "https://0x7f.1/mcp",
        "https:example.com",
        "ftp://example.com/mcp",
        "ws://localhost/mcp",
        "https://exa mple.com/",
        "x",
        "",
    ] {
        assert!(Place::read(url).is_err(), "{url}");
    }
}

#[test]
fn what_is_connected_to_is_what_the_url_says() {
    let place = Place::read("https://Example.COM:8443/a/mcp?tenant=1").unwrap();
    assert_eq!((place.host.as_str(), place.port, place.tls), ("example.com", 8443, true));
    assert_eq!((place.authority.to_str().unwrap(), place.path.as_str()), ("example.com:8443", "/a/mcp?tenant=1"));
    let place = Place::read("http://[::1]/").unwrap();
    assert_eq!((place.host.as_str(), place.port, place.authority.to_str().unwrap()), ("::1", 80, "[::1]"));
}
