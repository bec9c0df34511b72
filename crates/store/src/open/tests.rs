use super::*;

#[test]
fn a_password_is_in_no_url_that_is_shown() {
    for (url, seen) in [
        ("sqlite:/var/lib/a.db", "sqlite:/var/lib/a.db"),
        ("postgres://db.example/bw", "postgres://db.example/bw"),
        ("postgres://ann@db.example/bw", "postgres://ann@db.example/bw"),
        ("postgres://ann:se:cr@et@db.example:5432/bw", "postgres://ann:…@db.example:5432/bw"),
        ("postgresql:///bw?host=/run/pg&password=secret&user=ann", "postgresql:///bw?host=/run/pg&password=…&user=ann"),
        ("postgres://h/bw?p%61ssword=secret", "postgres://h/bw?p%61ssword=…"),
    ] {
        assert_eq!(shown(url), seen);
    }
}

#[test]
fn what_is_no_url_of_a_store_is_not_repeated() {
    let Err(error) = open("mysql://ann:secret@h/bw").map(drop) else { panic!("it opened") };
    assert_eq!(error, StoreError::NoStore);
    assert!(!error.to_string().contains("secret"), "{error}");
}
