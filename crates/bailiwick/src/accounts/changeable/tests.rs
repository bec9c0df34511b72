use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn folder(name: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("bw-changeable-{}-{name}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    Folder(fs::canonicalize(folder).unwrap())
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_file_is_as_safe_as_every_folder_and_link_on_the_way_to_it() {
    let folder = folder("way");
    let own = fs::metadata(&folder.0).unwrap().uid();
    let trusted = [0, own];
    let (inner, open, program) = (folder.0.join("inner"), folder.0.join("open"), folder.0.join("inner/program"));
    fs::create_dir(&inner).unwrap();
    fs::create_dir(&open).unwrap();
    fs::write(&program, "").unwrap();
    for (path, bits) in [(&folder.0, 0o755), (&inner, 0o755), (&open, 0o777), (&program, 0o755)] {
        mode(path, bits);
    }
    assert_eq!(changeable(&program, &trusted), None, "{}", program.display());
    // a link in a folder that everybody may write to leads where anybody wants, wherever it leads now
    symlink(&program, open.join("link")).unwrap();
    assert_eq!(changeable(&open.join("link"), &trusted), Some(open.clone()));
    // and so does a link to a link there
    symlink(open.join("link"), inner.join("link")).unwrap();
    assert_eq!(changeable(&inner.join("link"), &trusted), Some(open.clone()));
    symlink("../inner/program", inner.join("fine")).unwrap();
    assert_eq!(changeable(&inner.join("fine"), &trusted), None);
    symlink(inner.join("round"), inner.join("round")).unwrap();
    assert_eq!(changeable(&inner.join("round"), &trusted), Some(inner.join("round")), "without end");
    for bits in [0o757, 0o777] {
        mode(&program, bits);
        assert_eq!(changeable(&program, &trusted), Some(program.clone()), "{bits:o}");
    }
    mode(&program, 0o755);
    mode(&inner, 0o777);
    assert_eq!(changeable(&program, &trusted), Some(inner.clone()));
    mode(&inner, 0o1777);
    assert_eq!(changeable(&program, &trusted), None, "nobody takes away what is another's there");
    assert_eq!(changeable(&inner.join("missing"), &trusted), Some(inner.join("missing")));
    if own != 0 {
        assert!(changeable(&program, &[0]).is_some(), "its owner is not trusted");
    }
}
