use super::*;
use bailiwick_identity::{ChallengeKey, SessionKey, Site};

fn people(url: &str, hosts: &[&str]) -> People {
    let hosts = hosts.iter().map(|host| (*host).to_owned()).collect();
    People::new(Site::of(url).unwrap(), hosts, SessionKey::new(&[1; 32]), ChallengeKey::new(&[2; 32]))
}

fn head(method: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().method(method).uri("/v1/tasks");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

#[test]
fn behind_tls_the_cookie_is_held_to_this_host_and_to_tls() {
    let people = people("https://node.example", &[]);
    assert_eq!(people.set_cookie("v"), "__Host-bailiwick=v; Path=/; HttpOnly; SameSite=Strict; Secure");
    assert_eq!(people.set_cookie(""), "__Host-bailiwick=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0");
    let sent = |cookie: &str| people.cookie(&head("GET", &[("cookie", cookie)]).headers).map(str::to_owned);
    assert_eq!(sent("a=1; __Host-bailiwick=v; b=2").as_deref(), Some("v"));
    assert_eq!(sent("bailiwick=v"), None, "one that any host may have set");
    assert_eq!(sent("__Host-bailiwick=v; __Host-bailiwick=w"), None, "which of them is ours is not known");
}

#[test]
fn a_browser_that_says_that_another_page_asks_is_believed() {
    let people = people("http://localhost:8484", &[]);
    let asked =
        |from: &str| people.check(&head("GET", &[("host", "localhost:8484"), ("sec-fetch-site", from)])).is_ok();
    assert!(asked("same-origin") && asked("none"), "a page of ours, and an address that was typed");
    assert!(!asked("same-site") && !asked("cross-site") && !asked(""), "another port, another site");
    assert!(people.check(&head("GET", &[("host", "localhost:8484")])).is_ok(), "no browser, or an old one");
}

#[test]
fn behind_a_proxy_its_name_and_the_nodes_own_address_are_served_and_no_other() {
    let people = people("https://node.example", &["127.0.0.1:8484"]);
    let own = [("origin", "https://node.example"), ("content-type", "application/json")];
    let check = |host: &str| people.check(&head("POST", &[[("host", host)].as_slice(), &own].concat())).is_ok();
    for (host, served) in [
        ("node.example", true),
        ("Node.Example", true),
        ("127.0.0.1:8484", true),
        ("node.example:444", false),
        ("node.example.evil", false),
        ("127.0.0.1", false),
        ("", false),
    ] {
        assert_eq!(check(host), served, "{host}");
    }
    assert!(people.check(&head("POST", &own)).is_err(), "no host");
    assert!(people.check(&head("GET", &[("host", "node.example"), ("host", "node.example")])).is_err(), "two");
}
