use super::*;

fn node() -> Own {
    let own = Own::default();
    own.listens("127.0.0.1:8484".parse().unwrap());
    own.reached_by("https://Agents.Bank.Example/t/one");
    own
}

fn is_own(url: &str) -> bool {
    let form = normal(&Kind::Url, url).unwrap_or_else(|| panic!("{url}"));
    node().0.read().unwrap().has_url(&form, &BTreeSet::new())
}

#[test]
fn the_node_is_known_by_every_way_to_write_where_it_is() {
    for url in [
        "http://127.0.0.1:8484/console/",
        "http://127.8.9.1:8484/",
        "HTTP://LOCALHOST:8484/v1/tasks",
        "http://a.localhost:8484/",
        "http://localhost.:8484/",
        "http://[::1]:8484/",
        "http://[::ffff:127.0.0.1]:8484/",
        "http://0.0.0.0:8484/",
        "https://localhost:8484/",
        "ws://127.0.0.1:8484/",
        "https://agents.bank.example/",
        "https://agents.bank.example.:443/authority",
        "agents.bank.example/authority",
        "//agents.bank.example/",
        "http://agents.bank.example/",
    ] {
        assert!(is_own(url), "{url}");
    }
}

#[test]
fn a_host_and_a_port_in_two_arguments_are_one_address() {
    let own = node();
    let own = own.0.read().unwrap();
    let all = Json::parse(
        br#"{"port":8484,"far":70000,"part":1.5,"below":[{"text":" 443 ","more":"8484x"}],"on":true}"#,
        &bailiwick_core::json::Limits::default(),
    );
    let ports = numbers(&all.unwrap());
    assert_eq!(ports, BTreeSet::from([443, 8484]));
    for (host, with, without) in [
        ("localhost", true, false),
        ("127.9.9.9", true, false),
        ("[::1]", true, false),
        ("agents.bank.example", true, true),
        ("bank.example", false, false),
        ("10.0.0.1", false, false),
    ] {
        let host = normal(&Kind::Host, host).unwrap();
        assert_eq!(
            (own.has_host(&host, &ports), own.has_host(&host, &BTreeSet::from([80]))),
            (with, without),
            "{host}"
        );
    }
}

#[test]
fn a_url_without_a_port_and_a_port_beside_it_are_one_address() {
    let own = node();
    let own = own.0.read().unwrap();
    for (url, beside, expected) in [
        ("http://127.0.0.1/", 8484, true),
        ("http://127.0.0.1/", 8485, false),
        ("http://127.0.0.1:8080/", 8484, false),
        ("http://good.example/", 8484, false),
    ] {
        let form = normal(&Kind::Url, url).unwrap();
        assert_eq!(own.has_url(&form, &BTreeSet::from([beside])), expected, "{url} {beside}");
    }
}

#[test]
fn what_only_looks_like_it_is_not_it() {
    for url in [
        "http://127.0.0.1:8485/",
        "http://localhost/",
        "http://10.0.0.1:8484/",
        "https://agents.bank.example:8443/",
        "https://bank.example/",
        "https://evil.example/?u=http://127.0.0.1:8484/",
        "https://agents.bank.example.evil.example/",
    ] {
        assert!(!is_own(url), "{url}");
    }
}

#[test]
fn an_address_without_one_form_is_read_as_programs_read_it() {
    let own = node();
    let own = own.0.read().unwrap();
    for url in [
        "http://127.1:8484/",
        "http://2130706433:8484/",
        "http://0x7f.1:8484/",
        "http://0x7f000001:8484/",
        "http://0177.0.0.1:8484/",
        "http://x@127.0.0.1:8484/",
        "http://good.example@127.0.0.1:8484/",
        "http://127.0.0.1:8484/a/../console/",
        "http:\\\\127.0.0.1:8484\\console",
        "http:/127.0.0.1:8484/",
        "http:127.0.0.1:8484/console/",
        "http://\u{2460}\u{2461}\u{2466}.0.0.1:8484/",
        "http://%E2%91%A0.example/",
        "http://local\u{ad}host:8484/",
        "http:////127.0.0.1:8484/",
        "http://127.0.0.1:08484/",
        "http://%31%32%37.0.0.1:8484/",
        "http://127\u{3002}0\u{3002}0\u{3002}1:8484/",
        "http://\u{ff11}27.0.0.1:8484/",
        "ht\ttp://127.0.0.1:8484/",
        "http://0:8484/",
        "http://localhost.:8484/..",
        "https://x@agents.bank.example/../v1",
    ] {
        assert!(read::origin(url).is_some_and(|read| own.is_origin(read, &BTreeSet::new())), "{url}");
    }
    assert!(own.is_origin(read::origin("127.1").unwrap(), &BTreeSet::from([8484])), "a host beside its port");
    for url in [
        "http://127.0.0.1@good.example:8484/",
        "http://good.example/@127.0.0.1:8484/",
        "http://good.example/..?http://127.0.0.1:8484/",
        "http://1.2.3.4.5:8484/",
        "http://4294967296:8484/",
        "http://10.1:8484/",
        "http://127.1:8485/",
        "http://127.1:99999/",
        "http://%zz:8484/",
    ] {
        assert!(!read::origin(url).is_some_and(|read| own.is_origin(read, &BTreeSet::new())), "{url}");
    }
}
