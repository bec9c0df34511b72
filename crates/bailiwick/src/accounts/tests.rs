use super::*;

const TEXT: &str = "root:x:0:0:root:/root:/bin/sh\n\nbroken\nno-uid:x:a:1::/:\nbw-files:x:990:991:files:/var/lib/f:/usr/sbin/nologin\n";

#[test]
fn an_account_is_found_by_its_name_or_uid_and_a_broken_line_is_none() {
    let comment = "files".to_owned();
    let files = Entry { name: "bw-files".to_owned(), uid: 990, gid: 991, comment, home: "/var/lib/f".into() };
    assert_eq!(of_text(TEXT, "bw-files"), Some(files.clone()));
    assert_eq!(of_text(TEXT, "990"), Some(files));
    for none in ["broken", "no-uid", "991", "", "bw"] {
        assert_eq!(of_text(TEXT, none), None, "{none}");
    }
    assert_eq!(find("root").map(|entry| entry.uid), Some(0));
}

#[test]
fn a_folder_that_is_searched_before_the_program_is_found_counts_as_the_program_does() {
    let folder = std::env::temp_dir().join(format!("bw-searched-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let own = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&folder).unwrap());
    let search = OsString::from(format!("{}:/usr/bin:/bin", folder.display()));
    let found = |trusted: &[u32]| looked_up("sh", &[], Some(&search), Path::new("/"), trusted);
    // the tests' own account may write there: trusted, or root
    assert_eq!(found(&[0, own]), None);
    std::fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777)).unwrap();
    assert_eq!(found(&[0, own]), Some(folder.clone()));
    std::fs::remove_dir_all(&folder).unwrap();
}
