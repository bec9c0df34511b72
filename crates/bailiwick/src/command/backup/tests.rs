use super::*;

#[test]
fn of_a_database_the_very_command_is_told_and_no_password() {
    let told = not_ours("postgres://ann:secret@db.example/it's", "/mnt/a b.dump").unwrap_err().to_string();
    assert!(
        told.contains(r"pg_dump --format=custom --file='/mnt/a b.dump' 'postgres://ann@db.example/it'\''s'"),
        "{told}"
    );
    assert!(!told.contains("secret"), "{told}");
    assert_eq!(not_ours("sqlite:/var/lib/bailiwick.db", "/mnt/out"), Ok(()));
}
