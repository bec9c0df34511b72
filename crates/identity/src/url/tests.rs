use super::*;

fn check(text: &str, want: Option<&str>) {
    assert_eq!(PublicUrl::parse(text).ok().as_ref().map(PublicUrl::as_str), want, "{text:?}");
}

#[test]
fn all_spellings_of_a_url_are_one() {
    let normal = "https://a.example/mcp/bank";
    for spelling in [
        normal,
        "HTTPS://A.Example/mcp/bank",
        "https://a.example:443/mcp/bank",
        "https://a.example:/mcp/bank",
        "https://a.example/mcp/bank?x=1",
        "https://a.example/mcp/bank#top",
        "https://a.example/mcp/bank?x=/../..#y",
        "https://a.example/%6Dcp/ban%6b",
        "https://a.example/./mcp/x/../bank",
        "https://a.example/mcp/%2E%2e/mcp/bank",
        "https://a.example/../../mcp/bank",
    ] {
        check(spelling, Some(normal));
    }
    check("http://a.example", Some("http://a.example/"));
    check("http://a.example?x", Some("http://a.example/"));
    check("http://a.example:80/", Some("http://a.example/"));
    check("http://a.example:443/", Some("http://a.example:443/"));
    check("http://[::1]:8420/a", Some("http://[::1]:8420/a"));
    check("http://a.example/a/..", Some("http://a.example/"));
    check("http://a.example/a/.", Some("http://a.example/a/"));
    check("http://a.example/a%2fb", Some("http://a.example/a%2Fb"));
}

#[test]
fn different_resources_stay_different() {
    let of = |text| PublicUrl::parse(text).unwrap();
    let base = of("https://a.example/mcp/bank");
    for other in [
        "http://a.example/mcp/bank",
        "https://b.example/mcp/bank",
        "https://a.example:8443/mcp/bank",
        "https://a.example/mcp/Bank",
        "https://a.example/mcp/bank/",
        "https://a.example/mcp//bank",
        "https://a.example/mcp%2Fbank",
        "https://a.example./mcp/bank",
    ] {
        assert_ne!(of(other), base, "{other}");
    }
}

#[test]
fn what_two_readers_may_read_differently_is_no_url() {
    for bad in [
        "",
        "/mcp/bank",
        "a.example/mcp",
        "ftp://a.example/",
        "https://",
        "https:///mcp",
        "https://user@a.example/",
        "https://a.example@evil.example/",
        "https://a.example:0443/",
        "https://a.example:99999999/",
        "https://a.example:x/",
        "https://[::1/",
        "https://a%2eexample/",
        "https://a.example/%",
        "https://a.example/%4",
        "https://a.example/%zz",
        "https://a.example\\mcp",
        "https://a.example/ mcp",
        "https://a.example/\tmcp",
        "https://a.example/\u{e9}",
        "https://\u{430}.example/",
        " https://a.example/",
    ] {
        check(bad, None);
    }
    check(&format!("https://a.example/{}", "x".repeat(URL_BYTES_MAX)), None);
}

proptest::proptest! {
    #[test]
    fn a_normal_form_is_its_own_normal_form(path in "(/[a-c%.~2EeFf]{0,4}){0,6}", host in "[a-cA-C.]{1,6}") {
        if let Ok(url) = PublicUrl::parse(&format!("https://{host}{path}")) {
            proptest::prop_assert_eq!(PublicUrl::parse(url.as_str()), Ok(url.clone()));
        }
    }
}
