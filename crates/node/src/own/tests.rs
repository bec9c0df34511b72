use super::*;

fn node() -> Own {
    let own = Own::default();
    own.listens("127.0.0.1:8484".parse().unwrap());
    own.reached_by("https://Agents.Bank.Example/t/one");
    own
}

fn is_own(url: &str) -> bool {
    let form = normal(&Kind::Url, url).unwrap_or_else(|| panic!("{url}"));
    node().0.read().unwrap().has_url(&form)
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
