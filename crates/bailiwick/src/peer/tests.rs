use super::*;
use std::net::{TcpListener, TcpStream};

#[test]
fn the_other_end_of_a_connection_of_this_machine_is_our_own_account() {
    let own = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap());
    for address in ["127.0.0.1:0", "[::1]:0"] {
        // a machine without IPv6 has nothing to be asked
        let Ok(listener) = TcpListener::bind(address) else { continue };
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (taken, peer) = listener.accept().unwrap();
        assert_eq!(place(peer, taken.local_addr().unwrap()), Place::Account(own), "{address}");
        drop(client);
    }
}

#[test]
fn another_machine_is_elsewhere_and_a_connection_that_is_not_listed_is_nobodys() {
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    assert_eq!(place(at("198.51.100.7:4000"), at("192.0.2.1:8484")), Place::Elsewhere);
    assert_eq!(place(at("127.0.0.1:1"), at("127.0.0.1:2")), Place::Unseen);
    assert_eq!(place(at("[::ffff:127.0.0.1]:1"), at("127.0.0.1:2")), Place::Unseen);
    // the address that it was reached at, whichever that is
    assert_eq!(place(at("192.0.2.1:4000"), at("192.0.2.1:8484")), Place::Unseen);
}

#[test]
fn a_line_counts_only_where_both_ends_are_ours() {
    let word = |address: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(address));
    let near = word([127, 0, 0, 1]);
    let line = format!("   1: {near}:0FA0 {near}:2124 01 00000000:00000000 00:00000000 00000000  1001        0 1579 1");
    let at = |port: u16| SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port);
    assert_eq!(of_line(&line, at(4000), at(8484)), Some(1001));
    for (peer, local) in [(4001, 8484), (4000, 8485), (8484, 4000)] {
        assert_eq!(of_line(&line, at(peer), at(local)), None);
    }
    for broken in ["", "1: x", "1: 0100007F:0FA0 0100007F:2124", "  sl  local_address rem_address   st"] {
        assert_eq!(of_line(broken, at(4000), at(8484)), None, "{broken}");
    }
}
