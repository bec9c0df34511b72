use super::*;

fn url(public_url: Option<&str>, local: &str, plain: bool) -> Option<String> {
    site(public_url, local.parse().unwrap(), plain).map(|(site, _)| site.origins()[0].clone())
}

#[test]
fn a_node_of_this_machine_alone_is_called_localhost() {
    assert_eq!(url(None, "127.0.0.1:8484", true).as_deref(), Some("http://localhost:8484"));
    assert_eq!(url(Some("http://127.0.0.1:8484"), "127.0.0.1:8484", true).as_deref(), Some("http://localhost:8484"));
    assert_eq!(url(None, "[::1]:8484", true).as_deref(), Some("http://localhost:8484"));
}

#[test]
fn a_node_without_a_name_has_no_door_for_people() {
    assert_eq!(url(None, "0.0.0.0:8484", false), None);
    assert_eq!(url(Some("https://192.0.2.7:8484"), "0.0.0.0:8484", false), None);
    assert_eq!(url(Some("http://node.example"), "127.0.0.1:8484", true), None, "in the clear to elsewhere");
}

#[test]
fn behind_a_proxy_the_public_name_counts_and_the_address_stands_for_it() {
    let (site, hosts) = site(Some("https://node.example"), "127.0.0.1:8484".parse().unwrap(), true).unwrap();
    assert_eq!((site.rp_id(), hosts.as_slice()), ("node.example", ["127.0.0.1:8484".to_owned()].as_slice()));
}
