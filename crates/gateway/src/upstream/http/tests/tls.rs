use crate::era::Era;
use crate::testing::*;
use crate::upstream::http::peer::*;
use crate::upstream::{HttpTarget, Target};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

// made for these tests alone: an authority, and `localhost` with its key under it; good for a hundred years
const AUTHORITY: &[&str] = &[
    "MIIBiTCCAS+gAwIBAgIUbZIhy+T594kVgAp61jJBfHF0/HswCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkw",
    "IBcNMjYxMTIxMTUxNTE3WhgPMjEyNjEwMjgxNTE1MTdaMBkxFzAVBgNVBAMMDnRlc3QgYXV0aG9yaXR5MFkwEwYHKoZIzj0CAQYI",
    "KoZIzj0DAQcDQgAEYwEwmiBwYGRYrASFrbrQeFMWIcurE9sBCmXwi9CA7ZamFEeCXbxHwX8lPSlBlQCHKG/nqvYr5XWdr8akgZgs",
    "wqNTMFEwHQYDVR0OBBYEFCkwTTfguhMyccq0wS8Ylk4lONUGMB8GA1UdIwQYMBaAFCkwTTfguhMyccq0wS8Ylk4lONUGMA8GA1Ud",
    "EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAM07LjjeAFEDBCCMFbVBX3Xc+/6XQpIeaFeVTN3JnoKaAiAuo8OxvmHRCQVh",
    "r41boZ8VaF9a9hZfqAH5pa1RwRxUmw==",
];
const CERTIFICATE: &[&str] = &[
    "MIIBqDCCAU+gAwIBAgIUTg5msmgwsS0RN7TMkP6fzAZrv7UwCgYIKoZIzj0EAwIwGTEXMBUGA1UEAwwOdGVzdCBhdXRob3JpdHkw",
    "IBcNMjYxMTIxMTUxNTE3WhgPMjEyNjEwMjgxNTE1MTdaMBQxEjAQBgNVBAMMCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49",
    "AwEHA0IABFmF5YNe3W/QrihhCKtxSgL3jkB+vKoBBCNOAwPsV0XZZFwBn3z76WPZNGGyCzYBhFANPH2pS/2PBBck3T79f1GjeDB2",
    "MBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAJBgNVHRMEAjAAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMB0GA1UdDgQWBBSFvAJN/4cI7owX",
    "WDlX1lMu5buc7jAfBgNVHSMEGDAWgBQpME034LoTMnHKtMEvGJZOJTjVBjAKBggqhkjOPQQDAgNHADBEAiBvCt7oxs8tTNpoerco",
    "ZJwKWaMyVc/sYW9l1hQWsg8QqwIgbrFoCuJrWCrWOA4Lm+Jl6/Mz8hJBitabK86XVrb4Qi8=",
];
const KEY: &[&str] = &[
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgGAdMEH8Qm8G2qvT9pMYfgOA8fDRXtlyyjkXV65tjwSihRANCAARZ",
    "heWDXt1v0K4oYQircUoC945AfryqAQQjTgMD7FdF2WRcAZ98++lj2TRhsgs2AYRQDTx9qUv9jwQXJN0+/X9R",
];

fn der(lines: &[&str]) -> Vec<u8> {
    STANDARD.decode(lines.concat()).unwrap()
}

async fn secure() -> Peer {
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from(der(CERTIFICATE))],
            PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(der(KEY))),
        )
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let script = |heard: &Heard| {
        begins(Era::Modern, heard).unwrap_or_else(|| says_json(&result(Era::Modern, heard, "over TLS")))
    };
    Peer::over(script, move |stream| {
        let acceptor = acceptor.clone();
        async move { acceptor.accept(stream).await.ok() }
    })
    .await
}

fn target(peer: &Peer, host: &str, authorities: Vec<Vec<u8>>) -> Target {
    let url = peer.url.replace("http://127.0.0.1", &format!("https://{host}"));
    Target::Http(HttpTarget { authorities, ..HttpTarget::new(url, Vec::new()) })
}

#[tokio::test]
async fn a_server_proves_its_name_before_anything_is_said() {
    let ours = vec![der(AUTHORITY)];
    for (host, authorities, good) in
        [("localhost", ours.clone(), true), ("localhost", Vec::new(), false), ("127.0.0.1", ours, false)]
    {
        let peer = secure().await;
        let mut client = Client::of(target(&peer, host, authorities));
        let answer = client.ask(&call(1, "echo", "{}")).await;
        if good {
            assert_eq!(text(&answer), "over TLS");
        } else {
            assert_eq!(refused(&answer), "server_unavailable");
            assert!(text(&answer).contains("no TLS"), "{}", answer.canonical());
            assert_eq!((client.calls(), peer.heard().len()), (0, 0));
        }
        client.close().await;
    }
}

#[tokio::test]
async fn a_call_over_tls_does_not_leave_after_its_time() {
    let peer = secure().await;
    let decider = FakeDecider { forward_within: std::time::Duration::ZERO, ..FakeDecider::default() };
    // how long a handshake takes on a busy machine says nothing here
    let patient = crate::settings::Settings { probe_within: std::time::Duration::from_secs(20), ..settings() };
    let mut client = Client::with(vec![("s", target(&peer, "localhost", vec![der(AUTHORITY)]))], decider, patient);
    assert_eq!(refused(&client.ask(&call(1, "echo", "{}")).await), "never_sent");
    client.close().await;
    assert_eq!(peer.asked("tools/call"), 0);
}

#[tokio::test]
async fn a_server_without_tls_is_not_spoken_to_as_if_it_had_it() {
    let peer = Peer::start(|_| Does::Ends(http("200 OK", JSON, "{}"))).await;
    let mut client = Client::of(target(&peer, "localhost", Vec::new()));
    // it waits for a whole head that never comes: the client says its hello and hangs up
    let answer = client.ask(&call(1, "echo", "{}")).await;
    assert_eq!(refused(&answer), "server_unavailable");
    assert!(peer.heard().is_empty());
    client.close().await;
}
