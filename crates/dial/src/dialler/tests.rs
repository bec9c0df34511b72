use super::*;
use tokio::net::TcpListener;

fn to(url: &str, range: Range) -> Dialler {
    Dialler::new(Place::read(url).unwrap(), range, Trust::public()).unwrap()
}

#[test]
fn a_name_that_means_another_machine_does_not_get_plain_text() {
    let plain = to("http://localhost/mcp", Range::Inner);
    let tls = to("https://example.com/mcp", Range::Inner);
    for (address, without, with) in [
        ("127.0.0.1", true, true),
        ("::1", true, true),
        ("::ffff:127.0.0.1", true, true),
        ("10.1.2.3", false, true),
        ("192.0.2.1", false, true),
        ("169.254.169.254", false, false),
        ("::ffff:169.254.169.254", false, false),
        ("64:ff9b::a9fe:a9fe", false, false),
        ("2002:a9fe:a9fe::1", false, false),
        ("64:ff9b::7f00:1", false, true),
        ("fe80::1", false, false),
        ("0.0.0.0", false, false),
        ("::", false, false),
        ("255.255.255.255", false, false),
        ("224.0.0.1", false, false),
    ] {
        let ip = address.parse().unwrap();
        assert_eq!((plain.admits(ip), tls.admits(ip)), (without, with), "{address}");
    }
}

#[test]
fn an_address_that_is_not_the_worlds_is_connected_to_only_where_that_was_said() {
    let (world, inner) = (to("https://a.example/", Range::World), to("https://a.example/", Range::Inner));
    for address in ["10.0.0.7", "127.0.0.1", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.7", "64:ff9b::a00:7"] {
        let address: IpAddr = address.parse().unwrap();
        assert!(!world.admits(address), "{address}");
        assert!(inner.admits(address), "{address}");
    }
    for address in ["169.254.169.254", "fe80::1", "fd00:ec2::254", "0.0.0.0", "::ffff:169.254.169.254"] {
        assert!(!inner.admits(address.parse().unwrap()), "{address}: nothing of a tenant lives there");
    }
    assert!(world.admits("1.1.1.1".parse().unwrap()));
    assert!(!to("http://localhost:9/", Range::World).admits("127.0.0.1".parse().unwrap()));
}

#[tokio::test]
async fn a_name_of_an_inner_address_is_resolved_looked_at_and_not_connected_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let refused = to(&format!("https://localhost:{port}/"), Range::World).reach().await.unwrap_err();
    assert!(refused.why.contains("where nothing is sent"), "{refused}");
    assert_eq!(refused.to_string(), format!("`localhost:{port}` is not reached: {}", refused.why));
    let none = tokio::time::timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(none.is_err(), "nobody connected");
}

#[tokio::test]
async fn whoever_does_not_prove_its_name_is_not_spoken_to() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let dialler = to(&url, Range::Inner);
    let (dialled, _) = tokio::join!(dialler.dial(), async { drop(listener.accept().await) });
    assert!(dialled.err().is_some_and(|refused| refused.why.contains("no TLS")));
}
