use super::*;

#[test]
fn a_site_is_the_host_of_its_url_and_its_origin_as_browsers_write_it() {
    for (url, rp_id, origin) in [
        ("https://bailiwick.example", "bailiwick.example", "https://bailiwick.example"),
        ("HTTPS://Bailiwick.Example:443/ui/?a#b", "bailiwick.example", "https://bailiwick.example"),
        ("https://bailiwick.example:8443/", "bailiwick.example", "https://bailiwick.example:8443"),
        ("http://localhost:8400", "localhost", "http://localhost:8400"),
        ("http://node.localhost", "node.localhost", "http://node.localhost"),
    ] {
        let site = Site::of(url).unwrap();
        assert_eq!((site.rp_id(), site.origins()), (rp_id, &[origin.to_owned()][..]), "{url}");
    }
}

#[test]
fn no_browser_makes_a_passkey_for_an_address_or_over_plain_http() {
    for url in [
        "http://127.0.0.1:8400",
        "https://127.0.0.1",
        "https://[::1]:8400",
        "https://10.1",
        "https://2130706433",
        "https://example.7",
        "https://example.",
        "http://bailiwick.example",
        "http://notlocalhost",
        "ftp://localhost",
        "localhost:8400",
        "",
    ] {
        assert!(Site::of(url).is_err(), "{url}");
    }
}

#[test]
fn another_origin_stands_under_the_same_host() {
    let site = Site::of("https://bailiwick.example").unwrap();
    for (url, good) in [
        ("https://console.bailiwick.example", true),
        ("https://bailiwick.example:8443", true),
        ("https://example", false),
        ("https://notbailiwick.example", false),
        ("https://bailiwick.example.evil.example", false),
        ("http://console.bailiwick.example", false),
    ] {
        assert_eq!(site.clone().also(url).is_ok(), good, "{url}");
    }
    let two = site.clone().also("https://bailiwick.example:8443").unwrap();
    assert_eq!(two.clone().also("https://bailiwick.example:8443"), Ok(two), "known is known");
    let many = (1..).try_fold(site, |site, port| site.also(&format!("https://bailiwick.example:{port}")));
    assert!(many.is_err(), "the list is bounded");
}
