//! Addresses at which nothing of a tenant lives: a machine's own surroundings, in whatever form they are written.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where one cloud keeps its metadata in IPv6.
const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);

/// Whether the address is of the machine's own surroundings: unspecified, multicast, broadcast or link-local, where
/// clouds keep their metadata (RFC 3927, RFC 4291 section 2.5.6), also where IPv6 carries such an address of IPv4.
pub fn surroundings(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) => {
            address.is_unspecified()
                || address.is_multicast()
                || address.is_unicast_link_local()
                || address == METADATA
                || (address != Ipv6Addr::LOCALHOST && carried(address).into_iter().any(of_v4))
        }
    }
}

/// Whether the address is not one of the world's: of this machine, of an inner network, set apart, or of the machine's own
/// surroundings (RFC 6890, RFC 1918, RFC 6598, RFC 4193), also where IPv6 carries such an address of IPv4.
pub fn private(address: IpAddr) -> bool {
    let address = address.to_canonical();
    surroundings(address)
        || match address {
            IpAddr::V4(address) => inner_v4(address),
            IpAddr::V6(address) => {
                let [first, second, ..] = address.segments();
                // RFC 4291 section 2.4: what is handed out of the world's addresses is within 2000::/3
                let outside = first & 0xe000 != 0x2000 && carried(address).is_empty();
                // RFC 3849 and RFC 9637: for documents only
                let documents = (first, second) == (0x2001, 0xdb8) || first == 0x3fff && second < 0x1000;
                outside || documents || carried(address).into_iter().any(inner_v4)
            }
        }
}

fn inner_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_documentation()
        || matches!((a, b, c), (0 | 240.., ..) | (100, 64..=127, _) | (192, 0, 0) | (198, 18 | 19, _))
}

const fn of_v4(address: Ipv4Addr) -> bool {
    address.is_unspecified() || address.is_multicast() || address.is_link_local() || address.is_broadcast()
}

/// The addresses of IPv4 that one of IPv6 may lead to.
fn carried(address: Ipv6Addr) -> Vec<Ipv4Addr> {
    let [a, b, c, d, e, _, y, z] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match (a, b, c) {
        // RFC 6052 section 2.1, the well-known prefix of translators
        (0x64, 0xff9b, 0) => vec![v4(y, z)],
        // RFC 8215: a prefix for translators of one's own, of whatever length (RFC 6052 section 2.2)
        (0x64, 0xff9b, 1) => {
            let after = |at: usize| {
                let octets = address.octets();
                // the octet in the middle is always zero, and is no part of the address
                let carried: Vec<u8> =
                    octets.iter().enumerate().skip(at).filter(|(at, _)| *at != 8).map(|(_, octet)| *octet).collect();
                carried.first_chunk::<4>().map(|octets| Ipv4Addr::from(*octets))
            };
            [6, 7, 8, 12].into_iter().filter_map(after).collect()
        }
        // RFC 3056 section 2: 6to4
        (0x2002, high, low) => vec![v4(high, low)],
        // RFC 4380 section 4: a server, and a client with every bit turned
        (0x2001, 0, server) => vec![v4(server, d), v4(!y, !z)],
        // RFC 4291 section 2.5.5.1: given up, and still read by some
        (0, 0, 0) if d == 0 && e == 0 && address.octets().get(10..12) == Some(&[0, 0]) => vec![v4(y, z)],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
