use super::*;

fn endpoint(url: &str, private: bool) -> Result<Endpoint, String> {
    Endpoint::read(&Webhook { url: url.to_owned(), secret: "secret:x".to_owned(), private })
}

#[test]
fn only_tls_or_this_machine_is_an_endpoint() {
    for url in ["https://a.example/x?y=1", "https://a.example:8443/", "http://127.0.0.1:9/", "http://[::1]:9/"] {
        assert!(endpoint(url, true).is_ok(), "{url}");
    }
    for url in [
        "http://a.example/",
        "ftp://a.example/",
        "http://10.0.0.7/",
        "https://2130706433/",
        "https://a@b.example/",
        "x",
    ] {
        assert!(endpoint(url, true).is_err(), "{url}");
    }
}

#[test]
fn an_address_that_is_not_the_worlds_is_connected_to_only_where_the_rule_says_so() {
    let (open, inner) = (endpoint("https://a.example/", false).unwrap(), endpoint("https://a.example/", true).unwrap());
    for address in ["10.0.0.7", "127.0.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.7", "64:ff9b::a00:7"] {
        let address: IpAddr = address.parse().unwrap();
        assert!(!open.admits(address), "{address}");
        assert!(inner.admits(address), "{address}");
    }
    for address in ["169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "::ffff:169.254.169.254"] {
        assert!(!inner.admits(address.parse().unwrap()), "{address}: nothing of a tenant lives there");
    }
    assert!(open.admits("1.1.1.1".parse().unwrap()));
}

#[test]
fn plain_text_goes_to_this_machine_whatever_the_name_means() {
    let local = endpoint("http://localhost:9/", true).unwrap();
    assert!(local.admits("127.0.0.1".parse().unwrap()));
    assert!(!local.admits("1.1.1.1".parse().unwrap()), "a resolver that says otherwise is not believed");
    assert!(!endpoint("http://localhost:9/", false).unwrap().admits("127.0.0.1".parse().unwrap()));
}

#[tokio::test]
async fn a_name_of_an_inner_address_is_resolved_looked_at_and_not_connected_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let why = endpoint(&format!("https://localhost:{port}/"), false).unwrap().reach().await.unwrap_err();
    assert!(why.contains("where its rule sends nothing"), "{why}");
    let none = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    assert!(none.is_err(), "nobody connected");
}
