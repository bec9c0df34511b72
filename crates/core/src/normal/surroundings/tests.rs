use super::*;

#[test]
fn an_address_of_the_surroundings_is_one_in_every_form() {
    for address in [
        "169.254.169.254",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "::",
        "fe80::1",
        "ff02::1",
        "fd00:ec2::254",
        "::ffff:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b::169.254.1.1",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b:1:a9fe:a9:fe00::",
        "64:ff9b:1:a9:fe:a9fe::",
        "64:ff9b:1:0:a9:fea9:fe00:0",
        "2002:a9fe:a9fe::1",
        "2002:e000:1::",
        "2001:0:a9fe:a9fe::1",
        "2001::5601:5601",
    ] {
        assert!(surroundings(address.parse().unwrap()), "{address}");
    }
    for address in [
        "127.0.0.1",
        "::1",
        "10.0.0.7",
        "192.0.2.1",
        "::ffff:10.0.0.7",
        "64:ff9b::10.0.0.7",
        "2002:a00:7::1",
        "fd00::1",
        "2001:db8::a9fe:a9fe",
        "2606:4700::1111",
    ] {
        assert!(!surroundings(address.parse().unwrap()), "{address}");
    }
}

#[test]
fn an_address_that_is_not_the_worlds_is_private_in_every_form() {
    for address in [
        "127.0.0.1",
        "127.8.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "10.0.0.7",
        "172.16.0.1",
        "172.31.255.1",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "0.1.2.3",
        "240.0.0.1",
        "169.254.169.254",
        "::ffff:10.0.0.7",
        "64:ff9b::10.0.0.7",
        "2002:a00:7::1",
        "fd00::1",
        "fe80::1",
        "fec0::1",
        "100::1",
        "2001:db8::1",
        "3fff::1",
    ] {
        assert!(private(address.parse().unwrap()), "{address}");
    }
    for address in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::8.8.8.8", "2002:808:808::1"] {
        assert!(!private(address.parse().unwrap()), "{address}");
    }
}
