use super::*;

#[test]
fn a_block_reads_back_as_written() {
    for len in [0usize, 1, 47, 48, 49, 200] {
        let der: Vec<u8> = (0..len).map(|n| n as u8).collect();
        let text = to_pem("PUBLIC KEY", &der);
        assert!(text.lines().all(|line| line.len() <= 64), "{}", *text);
        assert_eq!(from_pem("PUBLIC KEY", text.as_bytes()).unwrap().as_slice(), der);
    }
}

#[test]
fn what_is_not_one_block_is_refused() {
    let block = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    for (text, want) in [
        ("", PemError::NotPem),
        ("AAAA", PemError::NotPem),
        (&format!("{block}{block}"), PemError::NotPem),
        (&format!("note\n{block}"), PemError::NotPem),
        (&block.replace("AAAA", "A*AA"), PemError::NotPem),
        (&block.replace("END PUBLIC", "END PRIVATE"), PemError::NotPem),
        (&block.replace("PUBLIC", "PRIVATE"), PemError::OtherLabel { private: true }),
        (&block.replace("PUBLIC", "EC PRIVATE"), PemError::OtherLabel { private: true }),
        (&block.replace("PUBLIC KEY", "CERTIFICATE"), PemError::OtherLabel { private: false }),
    ] {
        assert_eq!(from_pem("PUBLIC KEY", text.as_bytes()).map(|_| ()), Err(want), "{text}");
    }
}
