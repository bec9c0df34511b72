use super::*;
use std::net::{TcpListener, TcpStream};

fn own_account() -> u32 {
    std::os::unix::fs::MetadataExt::uid(&std::fs::metadata("/proc/self").unwrap())
}

#[test]
fn the_kernel_tells_whose_a_connection_is() {
    for address in ["127.0.0.1:0", "[::1]:0"] {
        // a machine without IPv6 has nothing to be asked
        let Ok(listener) = TcpListener::bind(address) else { continue };
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (own, remote) = (client.local_addr().unwrap(), client.peer_addr().unwrap());
        // a kernel that was built without this is asked by its lists
        if let Some(account) = account(own, remote) {
            assert_eq!(account, own_account(), "{address}");
        }
        let nobody = SocketAddr::new(own.ip(), 1);
        assert_eq!(super::account(nobody, remote), None, "one that listens is not one that is connected");
    }
}

#[test]
fn an_answer_counts_only_for_the_ends_that_were_asked_for() {
    let at = |text: &str| text.parse::<SocketAddr>().unwrap();
    let asked = question(at("127.0.0.1:4000"), at("127.0.0.1:8484")).unwrap();
    assert_eq!(asked.len(), ASKED_BYTES as usize);
    let mut told = vec![0; TOLD_BYTES];
    told[4..6].copy_from_slice(&BY_FAMILY.to_ne_bytes());
    told[TOLD_ENDS..TOLD_ENDS + ENDS_BYTES].copy_from_slice(&asked[ASKED_ENDS..ASKED_ENDS + ENDS_BYTES]);
    told[TOLD_ACCOUNT..TOLD_ACCOUNT + 4].copy_from_slice(&1001_u32.to_ne_bytes());
    assert_eq!(answered(&asked, &told), None, "nobody holds it any more");
    told[TOLD_INODE] = 7;
    assert_eq!(answered(&asked, &told), Some(1001));
    for at in [4, TOLD_ENDS, TOLD_ENDS + 3, TOLD_ENDS + 4, TOLD_ENDS + 20] {
        let mut other = told.clone();
        other[at] ^= 1;
        assert_eq!(answered(&asked, &other), None, "byte {at}");
    }
    assert_eq!(answered(&asked, &told[..TOLD_BYTES - 1]), None);
    assert_eq!(question(at("127.0.0.1:1"), at("[::1]:2")), None, "two families are no connection");
}
