use super::*;

#[test]
fn an_authority_that_is_none_is_told() {
    assert_eq!(Trust::pem(b"PEM").unwrap_err(), BadTrust::Empty);
    assert_eq!(Trust::only([]).unwrap_err(), BadTrust::Empty);
    let other = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(matches!(Trust::pem(other).unwrap_err(), BadTrust::Authority(_)));
    let broken = b"-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    assert!(matches!(Trust::pem(broken).unwrap_err(), BadTrust::Pem(_)));
}

#[test]
fn a_client_believes_somebody_and_shows_nothing_of_itself() {
    let client = Trust::public().client().unwrap();
    assert!(!client.client_auth_cert_resolver.has_certs());
    assert!(client.alpn_protocols.is_empty());
}
