use super::*;

/// Each `("METHOD", ["v1", …])` of the routes, as a path with `x` where anything may stand.
fn routes() -> Vec<(String, String)> {
    let of = |line: &str| {
        let (method, parts) = line.trim().strip_prefix("(\"")?.split_once("\", [")?;
        let parts = parts.split_once(']')?.0;
        let part = |part: &str| {
            part.trim().strip_prefix('"').and_then(|part| part.strip_suffix('"')).unwrap_or("x").to_owned()
        };
        let path: Vec<String> = parts.split(',').map(part).collect();
        (!parts.contains('|')).then(|| (method.to_owned(), format!("/{}", path.join("/"))))
    };
    include_str!("../route.rs").lines().filter_map(of).collect()
}

#[test]
fn what_is_of_the_machine_or_of_wrappers_is_nobodys_over_http() {
    let closed: Vec<String> = routes()
        .iter()
        .filter(|(method, path)| needs(method, path).is_none())
        .map(|(method, path)| format!("{method} {path}"))
        .collect();
    assert_eq!(
        closed,
        [
            "POST /v1/keys/root/turn",
            "POST /v1/log/heads",
            "POST /v1/backup",
            "POST /v1/node/stop",
            "POST /v1/wrap",
            "DELETE /v1/wrap",
            "GET /v1/wrap/held",
            "POST /v1/offers",
            "POST /v1/decisions",
            "POST /v1/decisions/settle",
            "POST /v1/decisions/stands",
            "GET /v1/decisions/mark",
            "GET /v1/decisions/shown",
            "GET /v1/decisions/authority",
            "GET /v1/decisions/answered/x",
            "GET /v1/decisions/ended",
        ]
    );
}

#[test]
fn each_row_of_the_table_is_a_route_that_is_there() {
    let routes = routes();
    for (method, pattern, _) in TABLE {
        let found = routes.iter().any(|(of, path)| of == method && fits(pattern, path.trim_start_matches("/v1/")));
        // files of the signed log are answered before the routes
        assert!(found || *pattern == "log/**", "{method} {pattern}");
    }
}

#[test]
fn a_path_that_only_looks_like_a_row_has_none() {
    for path in ["/v1", "/v1/", "/tasks", "/v1/tasks/", "/v1/tasks/1/consent/x", "/v1/persons//invite", "/v1//tasks"] {
        assert_eq!(needs("GET", path).or(needs("POST", path)), None, "{path}");
    }
    assert_eq!(needs("POST", "/v1/tasks/x/consent"), Some(Needs::Requester));
    assert_eq!(needs("GET", "/v1/tasks/x/consent"), None);
}

fn of(name: &str) -> Who {
    let person = bailiwick_core::PersonId::parse(name).unwrap();
    Who::Person(SignedIn { person, administrator: false })
}

#[test]
fn a_path_that_has_other_methods_names_those_that_are_there_for_who_asks() {
    let socket = Who::Socket(crate::Peer { uid: 0, pid: None });
    for (method, path, person, local) in [
        ("DELETE", "/v1/tasks", Some(vec!["GET", "POST"]), Some(vec!["GET", "POST"])),
        ("HEAD", "/v1/events", Some(vec!["GET"]), Some(vec!["GET"])),
        ("PUT", "/v1/tools/files/a/b", Some(vec!["GET"]), Some(vec!["GET"])),
        ("PUT", "/v1/session", Some(vec!["DELETE", "GET", "POST"]), Some(vec!["GET"])),
        // what is of the machine is not there for people, by any method
        ("GET", "/v1/backup", None, Some(vec!["POST"])),
        ("GET", "/v1/node/stop", None, Some(vec!["POST"])),
        ("GET", "/v1/enroll", Some(vec!["POST"]), None),
        ("GET", "/v1/tasks", None, None),
        ("GET", "/v1/nothing", None, None),
    ] {
        assert_eq!(other_methods(method, path, &of("ann")), person, "{method} {path}, to a person");
        assert_eq!(other_methods(method, path, &socket), local, "{method} {path}, at the socket");
    }
}
