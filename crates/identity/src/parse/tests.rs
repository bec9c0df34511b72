use super::*;
use crate::testing::{ISSUER, JTI, NODE, NOW, agent, claims, key, key_set, nonces, proof_parts, signed};
use crate::{make_assertion, mint_token};
use proptest::prelude::*;

/// One good input of each parser, by number; `None` past the last.
fn good(n: usize) -> Option<Vec<u8>> {
    let (header, payload) = proof_parts("t");
    Some(match n {
        0 => mint_token(&key_set(), &claims()).unwrap().into_bytes(),
        1 => signed(&key(5), &header, &payload).into_bytes(),
        2 => make_assertion(&key(7), &agent("payer"), ISSUER, (JTI, NOW), None).unwrap().into_bytes(),
        3 => key(1).public().to_jwk().into_bytes(),
        4 => crate::jose::to_pem("PUBLIC KEY", b"any").as_bytes().to_vec(),
        5 => key(1).to_pem().unwrap().as_bytes().to_vec(),
        6 => key_set().to_bytes().unwrap().to_vec(),
        7 => nonces().issue(NODE, NOW).into_bytes(),
        8 => b"https://a.example/b".to_vec(),
        _ => return None,
    })
}

fn parses(n: usize, bytes: &[u8]) -> bool {
    match n {
        0 => parse_access_token(bytes).is_ok(),
        1 => parse_proof(bytes).is_ok(),
        2 => parse_assertion(bytes).is_ok(),
        3 => parse_jwk(bytes).is_ok(),
        4 => parse_pem(bytes).is_ok(),
        5 => parse_private_key(bytes).is_ok(),
        6 => parse_key_set(bytes).is_ok(),
        7 => parse_nonce(bytes, &nonces(), NOW).is_ok(),
        _ => parse_url(bytes).is_ok(),
    }
}

#[test]
fn each_parser_takes_its_own_kind_and_no_other() {
    let inputs: Vec<Vec<u8>> = (0..).map_while(good).collect();
    for (kind, bytes) in inputs.iter().enumerate() {
        for parser in 0..inputs.len() {
            assert_eq!(parses(parser, bytes), parser == kind, "input {kind} in parser {parser}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// No parser may end the process, whatever a good input is turned into.
    #[test]
    fn no_parser_takes_noise_for_a_message(
        n in 0usize..9, at in any::<prop::sample::Index>(), cut in any::<bool>(), noise in prop::collection::vec(any::<u8>(), 1..64)
    ) {
        let mut bytes = good(n).unwrap();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        }
        bytes.splice(at.min(bytes.len())..at.min(bytes.len()), noise.iter().copied());
        for parser in 0..8 {
            // A changed payload may still have its form; only the kind cannot change. Any 65 bytes after the format's
            // number are a key set, so noise that begins with that number is let through there.
            let any_bytes_do = parser == 6 && bytes.first() == Some(&1);
            let taken = parses(parser, &bytes);
            prop_assert!(parser == n || any_bytes_do || !taken, "parser {} took input {}", parser, n);
        }
        prop_assert!(!parses(8, &noise) || noise.to_ascii_lowercase().starts_with(b"http"));
    }
}
