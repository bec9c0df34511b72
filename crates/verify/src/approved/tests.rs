use super::of_site;

#[test]
fn a_page_is_of_its_own_site_and_in_the_clear_on_the_machine_alone() {
    for (origin, site, expected) in [
        ("https://a.example", "a.example", true),
        ("https://b.a.example:8443", "a.example", true),
        ("http://localhost:4711", "localhost", true),
        ("http://a.example", "a.example", false),
        ("https://nota.example", "a.example", false),
        ("https://a.example.evil.example", "a.example", false),
        ("https://a.example@evil.example", "a.example", false),
        ("a.example", "a.example", false),
    ] {
        assert_eq!(of_site(origin, site), expected, "{origin} {site}");
    }
}
