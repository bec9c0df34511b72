use super::*;

const PAGES: [&str; 14] = [
    "/",
    "/enroll",
    "/approvals",
    "/approvals/ab-1",
    "/break-glass",
    "/break-glass/open",
    "/breakers",
    "/enforcement",
    "/changes",
    "/changes/1",
    "/tasks",
    "/tasks/ab-1",
    "/tasks/ab-1/data",
    "/start",
];
const SCRIPTS: [&str; 22] = [
    include_str!("../../pages/nothing.js"),
    include_str!("../../pages/act.js"),
    include_str!("../../pages/breakers.js"),
    include_str!("../../pages/consent.js"),
    include_str!("../../pages/hold.js"),
    include_str!("../../pages/settle.js"),
    include_str!("../../pages/glass.js"),
    include_str!("../../pages/break.js"),
    include_str!("../../pages/second.js"),
    include_str!("../../pages/enforcement.js"),
    include_str!("../../pages/changes.js"),
    include_str!("../../pages/change.js"),
    include_str!("../../pages/kit.js"),
    include_str!("../../pages/passkey.js"),
    include_str!("../../pages/home.js"),
    include_str!("../../pages/enroll.js"),
    include_str!("../../pages/approvals.js"),
    include_str!("../../pages/approval.js"),
    include_str!("../../pages/tasks.js"),
    include_str!("../../pages/task.js"),
    include_str!("../../pages/start.js"),
    include_str!("../../pages/data.js"),
];

/// What stands between a name with its quote and the next quote.
fn named<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.split(name).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn what_a_page_names_is_there_and_nothing_is_of_elsewhere() {
    for path in PAGES {
        let response = page(path).unwrap();
        let text = str::from_utf8(response.body()).unwrap();
        let links: Vec<&str> = named(text, "src=\"").into_iter().chain(named(text, "href=\"")).collect();
        assert!(links.len() > 2, "{path}: {links:?}");
        for link in links {
            assert!(link.starts_with('#') || file(link).is_some(), "{path} names `{link}`");
        }
    }
    for script in SCRIPTS {
        for module in script.split("from '").skip(1).map(|rest| rest.split('\'').next().unwrap()) {
            assert!(file(module).is_some(), "{module}");
        }
        assert!(!script.contains("http://") && !script.contains("https://") && !script.contains("//#"));
    }
}

#[test]
fn a_page_that_is_not_there_says_so_and_is_held_as_the_others_are() {
    let (none, there) = (no_page(), page("/").unwrap());
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
    assert_eq!(none.headers(), there.headers());
    let text = str::from_utf8(none.body()).unwrap();
    assert!(text.contains("<h1>There is no such page</h1>") && file("/console/nothing.js").is_some(), "{text}");
}

#[test]
fn no_script_and_no_style_stands_in_a_page() {
    for path in PAGES {
        let text = str::from_utf8(page(path).unwrap().into_body()).unwrap();
        for word in [" on", "style=", "<style", "javascript:"] {
            assert!(
                !text.to_ascii_lowercase().split('<').any(|tag| format!("<{tag}")
                    .split('>')
                    .next()
                    .unwrap()
                    .contains(word)),
                "{path}: {word}"
            );
        }
        assert!(text.contains("</script>") && text.split("<script").skip(1).all(|rest| rest.contains("></script>")));
    }
}

#[test]
fn what_others_wrote_can_become_text_only() {
    for script in SCRIPTS {
        for way in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "eval(",
            "Function(",
            "srcdoc",
            "setAttribute('on",
            "createContextualFragment",
            "localStorage",
            "sessionStorage",
        ] {
            assert!(!script.contains(way), "{way}");
        }
    }
}

#[test]
fn a_page_says_what_it_may_do_and_nobody_frames_it() {
    let response = page("/").unwrap();
    let policy = response.headers().get("content-security-policy").unwrap().to_str().unwrap();
    for part in
        ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'none'", "base-uri 'none'"]
    {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("data:"));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cache-control", "no-cache"),
    ] {
        assert_eq!(response.headers().get(name).unwrap(), value);
    }
}

#[test]
fn an_id_in_a_path_is_letters_digits_and_dashes() {
    let long = format!("/tasks/{}", "a".repeat(65));
    for path in [
        "/tasks/",
        "/tasks/a/b",
        "/tasks/..",
        "/tasks/%3Cb",
        "/tasks/a b",
        &long,
        "/other",
        "//",
        "/console/",
        "/approvals/<",
    ] {
        assert!(page(path).is_none(), "{path}");
    }
}
