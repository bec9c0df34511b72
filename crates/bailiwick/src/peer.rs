//! Whose a connection of this machine is: the kernel says under which account the other end was opened, when it is asked for
//! the one connection; where it cannot be asked so, its own list of all connections does.

mod diag;

use bailiwick_api::Place;
use std::io::{BufRead, BufReader, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where Linux lists connections (proc_pid_net(5)).
const LISTS: [&str; 2] = ["/proc/net/tcp", "/proc/net/tcp6"];
/// The most that is read of a list: what stands further down is not seen.
const LIST_BYTES_MAX: u64 = 32 << 20;

/// Where the other end of a connection is. May read whole lists: not for a thread that serves others.
pub(crate) fn place(peer: SocketAddr, local: SocketAddr) -> Place {
    // First, whatever the addresses: of a machine with several, one end may have another than the one that it calls.
    if let Some(account) = diag::account(peer, local) {
        return Place::Account(account);
    }
    if !is_here(peer.ip(), local.ip()) {
        return Place::Elsewhere;
    }
    LISTS.iter().find_map(|list| account(list, peer, local)).map_or(Place::Unseen, Place::Account)
}

/// Whether the other end is this machine: its loopback, or the address that we were reached at.
fn is_here(peer: IpAddr, local: IpAddr) -> bool {
    let (peer, local) = (peer.to_canonical(), local.to_canonical());
    peer.is_loopback() || peer == local
}

fn account(list: &str, peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let file = std::fs::File::open(list).ok()?;
    let lines = BufReader::new(file.take(LIST_BYTES_MAX)).lines().map_while(Result::ok);
    lines.skip(1).find_map(|line| of_line(&line, peer, local))
}

/// The account of a line, where it is the other end: its local address is our peer's, its remote one ours.
fn of_line(line: &str, peer: SocketAddr, local: SocketAddr) -> Option<u32> {
    let mut words = line.split_ascii_whitespace();
    let (own, remote) = (address(words.nth(1)?)?, address(words.next()?)?);
    let same = |one: SocketAddr, other: SocketAddr| {
        one.port() == other.port() && one.ip().to_canonical() == other.ip().to_canonical()
    };
    if !same(own, peer) || !same(remote, local) {
        return None;
    }
    // state, queues, timer, retransmissions; then the uid, a timeout, and the file: none, where no process holds it any more
    let account = words.nth(4)?.parse().ok()?;
    words.nth(1).filter(|inode| *inode != "0").map(|_| account)
}

/// An address as the kernel writes it: words of 32 bits as this machine holds them, in hex, and the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word = |at: usize| Some(u32::from_str_radix(address.get(at..at + 8)?, 16).ok()?.to_ne_bytes());
    let ip = match address.len() {
        8 => IpAddr::V4(Ipv4Addr::from(word(0)?)),
        32 => {
            let mut bytes = [0; 16];
            for (part, at) in bytes.chunks_exact_mut(4).zip([0, 8, 16, 24]) {
                part.copy_from_slice(&word(at)?);
            }
            IpAddr::V6(Ipv6Addr::from(bytes))
        }
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests;
