use super::*;

fn guarded(url: &str) -> bool {
    Place::parse(url).unwrap_or_else(|error| panic!("{url}: {error}")).tls.is_some()
}

fn said(url: &str) -> String {
    Place::parse(url).map(drop).expect_err(url).to_string()
}

#[test]
fn another_machine_is_reached_over_tls_whatever_the_url_leaves_out() {
    for url in [
        "postgres://bw@db.example/bw",
        "postgres://bw@10.0.0.7/bw",
        "postgres://bw@localhost,db.example/bw",
        "postgres://bw@localhost/bw?hostaddr=10.0.0.7",
        "postgres://bw@db.example/bw?sslmode=require",
        "postgres://bw@localhost/bw?sslmode=verify-full",
    ] {
        assert!(guarded(url), "{url}");
    }
    for url in [
        "postgres://bw@localhost/bw",
        "postgres://bw@127.0.0.1:5433/bw",
        "postgres://bw@[::1]/bw?sslmode=disable",
        "postgres://bw@%2Frun%2Fpostgresql/bw",
        "postgres:///bw?host=/run/postgresql&sslmode=verify-full",
    ] {
        assert!(!guarded(url), "{url}");
    }
}

#[test]
fn nothing_in_the_url_sends_the_record_in_the_clear_to_another_machine() {
    for url in
        ["postgres://bw:secret@db.example/bw?sslmode=disable", "postgres://bw:secret@db.example/bw?ssl%6dode=disable"]
    {
        let said = said(url);
        assert!(said.contains("in the clear") && said.contains("verify-full") && !said.contains("secret"), "{said}");
    }
    assert!(said("postgres://bw@localhost/bw?hostaddr=10.0.0.7&sslmode=disable").contains("in the clear"));
    assert!(said("postgres://bw@db.example/bw?sslmode=prefer").contains("`sslmode=prefer`, expected `verify-full`"));
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    assert!(said("postgres://bw@localhost/bw?replicas=two").contains("expected `sync` or `none`"));
    assert!(said("postgres://bw@localhost/bw?sslrootcert=/a.pem").contains("TLS is not used"));
    assert!(said("postgres://bw@db.example/bw?sslrootcert=/no/such.pem").contains("/no/such.pem"));
    assert!(said("postgres://bw@db.example/bw?sslrootcert=%2").contains("hexadecimal"));
    assert!(Place::parse("postgres://bw@localhost/bw?replicas=sync&application_name=x").expect("a URL").replicas);
}
