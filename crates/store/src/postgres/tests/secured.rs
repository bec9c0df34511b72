//! A real server with `ssl = on`: what is sent to it is for it alone, or is not sent.

use super::*;
use std::path::PathBuf;

/// The authority of the server's certificate, in a file of its own.
struct Authority(PathBuf);

impl Authority {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bailiwick-{name}-{}.pem", std::process::id()));
        std::fs::write(&path, include_str!("tls/authority.pem")).expect("it is written");
        Self(path)
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

fn said(url: &str) -> String {
    match PostgresStore::open(url).map(drop) {
        Err(StoreError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_server_whose_certificate_is_known_is_spoken_to_in_secret() {
    let Some(database) = database() else { return };
    let authority = Authority::new("known");
    let url = format!("{}?sslmode=verify-full&sslrootcert={}", database.url_at("localhost"), authority.0.display());
    let store = PostgresStore::open(&url).expect("it opens over TLS");
    two_tenants(&store);
    store.append(&one(1, 0, &["first"])).expect("it stands");
    assert_eq!(texts(&store), ["first"]);
    let secured = "SELECT count(*)::int FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                   WHERE datname = current_database() AND application_name = 'bailiwick' AND ssl";
    assert!(database.number(secured) > 0, "no session is over TLS");
    let plain = secured.replace("AND ssl", "AND NOT ssl");
    assert_eq!(database.number(&plain), 0, "a session is in the clear");
}

#[test]
fn a_server_that_cannot_show_who_it_is_is_not_spoken_to() {
    let Some(database) = database() else { return };
    let authority = Authority::new("unknown");
    let known = format!("sslrootcert={}", authority.0.display());
    // Nobody known vouches for it; then its name is another; then what is asked for is less, and means the same.
    let unknown = said(&format!("{}?sslmode=verify-full", database.url_at("localhost")));
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    let other = said(&format!("{}?sslmode=verify-full&{known}", database.url_at("127.0.0.1")));
    assert!(other.contains("not valid for name"), "{other}");
    let less = said(&format!("{}?sslmode=require", database.url_at("localhost")));
    assert!(less.contains("UnknownIssuer"), "{less}");
    assert_eq!(database.number("SELECT count(*)::int FROM pg_class WHERE relname = 'tenant_log'"), 0);
}

#[test]
fn a_server_without_tls_is_not_spoken_to_where_it_is_asked_for() {
    let Some(fresh) = fresh() else { return };
    // The proxy leads to a socket, at which the server has none.
    let proxy = Proxy::start(fresh.database.socket());
    let url = proxy.url(&fresh.database);
    let said = said(&format!("{url}?sslmode=require"));
    assert!(said.contains("does not support TLS"), "{said}");
    PostgresStore::open(&format!("{url}?sslmode=disable")).expect("it opens on this machine");
}
