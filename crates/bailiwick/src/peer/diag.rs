//! One connection, asked for by its two ends: the kernel looks it up (sock_diag(7)), where its lists name all that there are.

use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};
use std::net::{IpAddr, SocketAddr};

/// `SOCK_DIAG_BY_FAMILY`: the type of the question, and of its answer.
const BY_FAMILY: u16 = 20;
/// `NLM_F_REQUEST`, and nothing else: one socket, not a list.
const REQUEST: u16 = 1;
const TCP: u8 = 6;
/// `AF_INET`, `AF_INET6`.
const FAMILIES: [u8; 2] = [2, 10];
/// Of a question: `nlmsghdr` and `inet_diag_req_v2`. Of an answer: `nlmsghdr` and `inet_diag_msg`.
const ASKED_BYTES: u32 = 16 + 56;
const TOLD_BYTES: usize = 16 + 72;
/// Where the ends begin in both (`inet_diag_sockid`: ports, then addresses), and where an answer has the account.
const ASKED_ENDS: usize = 16 + 8;
const TOLD_ENDS: usize = 16 + 4;
const ENDS_BYTES: usize = 4 + 32;
const TOLD_ACCOUNT: usize = 16 + 64;
/// Where it has the socket's file: none, where no process holds it any more, and then the account is nobody's.
const TOLD_INODE: usize = 16 + 68;

/// The account that holds the end `own` of the connection to `remote`; `None` where the kernel does not say.
pub(super) fn account(own: SocketAddr, remote: SocketAddr) -> Option<u32> {
    let asked = question(own, remote)?;
    let kernel =
        socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, Some(netlink::SOCK_DIAG)).ok()?;
    send(&kernel, &asked, SendFlags::empty()).ok()?;
    let mut told = [0; 512];
    // the answer is there when the question was taken: nobody is waited for
    let (length, _) = recv(&kernel, &mut told, RecvFlags::DONTWAIT).ok()?;
    answered(&asked, told.get(..length)?)
}

/// Numbers are the machine's, ports and addresses the network's.
fn question(own: SocketAddr, remote: SocketAddr) -> Option<Vec<u8>> {
    let (own_ip, remote_ip) = (own.ip().to_canonical(), remote.ip().to_canonical());
    let family = *FAMILIES.get(usize::from(own_ip.is_ipv6()))?;
    let mut asked = Vec::with_capacity(ASKED_BYTES as usize);
    asked.extend(ASKED_BYTES.to_ne_bytes());
    asked.extend(BY_FAMILY.to_ne_bytes());
    asked.extend(REQUEST.to_ne_bytes());
    // sequence and port: one question, one answer
    asked.extend([0; 8]);
    // nothing beside the socket itself, whatever its state
    asked.extend([family, TCP, 0, 0]);
    asked.extend(u32::MAX.to_ne_bytes());
    asked.extend(own.port().to_be_bytes());
    asked.extend(remote.port().to_be_bytes());
    for ip in [own_ip, remote_ip] {
        let mut bytes = [0; 16];
        match (ip, family) {
            (IpAddr::V4(ip), 2) => bytes.get_mut(..4)?.copy_from_slice(&ip.octets()),
            (IpAddr::V6(ip), 10) => bytes = ip.octets(),
            _ => return None,
        }
        asked.extend(bytes);
    }
    // by no interface, and no cookie (`INET_DIAG_NOCOOKIE`)
    asked.extend([0; 4]);
    asked.extend([0xff; 8]);
    Some(asked)
}

/// The account of the answer. A socket that only listens at one end is another than the one asked for.
fn answered(asked: &[u8], told: &[u8]) -> Option<u32> {
    let of_type = told.get(4..6)? == BY_FAMILY.to_ne_bytes().as_slice();
    let same = told.get(TOLD_ENDS..TOLD_ENDS + ENDS_BYTES)? == asked.get(ASKED_ENDS..ASKED_ENDS + ENDS_BYTES)?;
    let held = told.get(TOLD_INODE..TOLD_BYTES)? != [0; 4];
    let account = told.get(TOLD_ACCOUNT..TOLD_ACCOUNT + 4)?.try_into().ok().map(u32::from_ne_bytes);
    account.filter(|_| of_type && same && held)
}

#[cfg(test)]
mod tests;
