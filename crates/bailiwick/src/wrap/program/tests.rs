use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn folder(name: &str, mode: u32) -> Folder {
    let path = std::env::temp_dir().join(format!("bw-program-{name}-{}", std::process::id()));
    fs::create_dir(&path).unwrap();
    let program = path.join("server");
    fs::write(&program, "#!/bin/sh\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
    Folder(path)
}

#[test]
fn a_program_is_found_as_the_system_would_and_why_it_is_not_is_told() {
    let (runs, plain) = (folder("runs", 0o755), folder("plain", 0o644));
    let search = format!("/nowhere:{}:{}", plain.0.display(), runs.0.display());
    assert_eq!(find("server", Some(&search)), Ok(runs.0.join("server")));
    let only_plain = plain.0.to_str();
    assert!(find("server", only_plain).unwrap_err().contains("not executable"));
    assert!(find("server", None).unwrap_err().contains("no program `server` in PATH"));
    let path = |folder: &Folder, name: &str| folder.0.join(name).to_str().unwrap().to_owned();
    assert!(find(&path(&runs, "server"), None).is_ok());
    assert!(find(&path(&plain, "server"), None).unwrap_err().contains("is not executable"));
    assert!(find(&path(&runs, "no"), None).unwrap_err().contains("is not there"));
    assert!(find(runs.0.to_str().unwrap(), None).unwrap_err().contains("is not executable"), "a folder");
}
