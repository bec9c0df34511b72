use super::*;
use std::os::unix::fs::PermissionsExt as _;

struct Dir(std::path::PathBuf);

impl Dir {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("bailiwick-secrets-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, bytes: &[u8], mode: u32) -> std::path::PathBuf {
        let path = self.0.join("secret");
        // by removal: a file with another mode may be there
        let _ = std::fs::remove_file(&path);
        std::fs::write(&path, bytes).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        path
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn filled(secrets: &Secrets, value: &str) -> (String, bool) {
    let (value, secret) = secrets.fill(value).unwrap();
    (value.to_string(), secret.is_some())
}

#[test]
fn a_file_that_others_can_read_is_not_taken() {
    let dir = Dir::new("mode");
    for mode in [0o640, 0o604, 0o644, 0o620, 0o666] {
        let bad = Secrets::default().put_file("bank", &dir.file(b"s3cret", mode)).unwrap_err();
        assert_eq!(bad, BadSecret::Mode("bank".into(), mode));
    }
    for mode in [0o600, 0o400] {
        let mut secrets = Secrets::default();
        secrets.put_file("bank", &dir.file(b"s3cret\r\n", mode)).unwrap();
        assert_eq!(filled(&secrets, "secret:bank"), ("s3cret".into(), true));
    }
}

#[test]
fn what_is_no_secret_is_not_taken() {
    let dir = Dir::new("value");
    let long = vec![b'x'; usize::try_from(SECRET_BYTES_MAX).unwrap() + 1];
    for bytes in [b"".as_slice(), b"\n", b"a\0b", b"\xff\xfe", &long] {
        let bad = Secrets::default().put_file("s", &dir.file(bytes, 0o600)).unwrap_err();
        assert_eq!(bad, BadSecret::Value("s".into()));
    }
    assert!(matches!(Secrets::default().put_file("s", &dir.0), Err(BadSecret::File(..))));
    assert!(matches!(Secrets::default().put_file("s", &dir.0.join("none")), Err(BadSecret::File(..))));
    for name in ["", "a b", "a/b", "é", &"x".repeat(65)] {
        assert!(matches!(Secrets::default().put(name, "v".to_owned().into()), Err(BadSecret::Name(_))), "{name}");
    }
    let mut secrets = Secrets::default();
    secrets.put("s", "v".to_owned().into()).unwrap();
    assert_eq!(secrets.put("s", "w".to_owned().into()), Err(BadSecret::Twice("s".into())));
}

#[test]
fn a_reference_is_the_whole_value_or_its_last_word() {
    let mut secrets = Secrets::default();
    secrets.put("bank", "s3cret".to_owned().into()).unwrap();
    assert_eq!(filled(&secrets, "secret:bank"), ("s3cret".into(), true));
    assert_eq!(filled(&secrets, "Bearer secret:bank"), ("Bearer s3cret".into(), true));
    assert_eq!(filled(&secrets, "no secret here"), ("no secret here".into(), false));
    assert_eq!(filled(&secrets, ""), (String::new(), false));
    assert_eq!(secrets.fill("secret:other").unwrap_err(), "other");
    assert_eq!(secrets.fill("Bearer secret:").unwrap_err(), "");
}

#[test]
fn a_secret_is_in_no_debug_output() {
    let mut secrets = Secrets::default();
    secrets.put("bank", "s3cret".to_owned().into()).unwrap();
    assert_eq!(format!("{secrets:?}"), r#"{"bank"}"#);
}
