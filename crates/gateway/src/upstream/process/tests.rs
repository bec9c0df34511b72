use super::*;

#[test]
fn of_last_words_the_error_is_told_and_not_what_stands_under_it() {
    let node = "node:internal/modules/cjs/loader:1148\n  throw err;\n  ^\n\nError: Cannot find module '/srv/mail.js'\n    \
                at Module._load (node:internal/modules/cjs/loader:1004:27)\n  code: 'MODULE_NOT_FOUND',\n}\n\nNode.js v20.20.2\n";
    assert_eq!(telling(node), Some("Error: Cannot find module '/srv/mail.js'"));
    let python =
        "Traceback (most recent call last):\n  File \"a.py\", line 1\nModuleNotFoundError: No module named 'mail'\n";
    assert_eq!(telling(python), Some("ModuleNotFoundError: No module named 'mail'"));
    assert_eq!(telling("starting\nno such folder\n\n"), Some("no such folder"));
    assert_eq!(telling(" \n"), None);
}
