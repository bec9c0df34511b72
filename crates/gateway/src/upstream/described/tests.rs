use super::*;

fn server(transport: &str) -> Server {
    serde_json::from_str(&format!(r#"{{"name":"bank","transport":{transport}}}"#)).unwrap()
}

fn secrets() -> Secrets {
    let mut secrets = Secrets::default();
    secrets.put("bank", "s3cret-of-the-bank".to_owned().into()).unwrap();
    secrets
}

fn node() -> Vec<(OsString, OsString)> {
    [("PATH", "/bin"), ("HOME", "/h"), ("AWS_SECRET_ACCESS_KEY", "k"), ("SSH_AUTH_SOCK", "/s")]
        .map(|(name, value)| (name.into(), value.into()))
        .into()
}

fn of(transport: &str) -> Result<Target, NoTarget> {
    let account = |name: &str| {
        let (name, home, starter) = (name.to_owned(), "/var/lib/s".into(), "/bin/starter".into());
        (name == "bw-bank").then_some(Account { name, uid: 990, gid: 991, home, starter })
    };
    Target::of(&server(transport), &secrets(), node(), account)
}

#[test]
fn a_process_is_given_its_own_environment_and_a_small_part_of_the_nodes() {
    let Ok(Target::Stdio(target)) =
        of(r#"{"stdio":{"command":"bank","args":["-v"],"env":{"KEY":"secret:bank","MODE":"live"}}}"#)
    else {
        panic!("a process")
    };
    let given: Vec<_> =
        target.environment.iter().map(|(name, value)| (name.to_str().unwrap(), value.as_str())).collect();
    assert_eq!(given, [("PATH", "/bin"), ("HOME", "/h"), ("KEY", "s3cret-of-the-bank"), ("MODE", "live")]);
    assert!(!target.inherit_environment && target.secrets.len() == 1);
    assert_eq!(target.search.as_deref(), Some("/bin".as_ref()));
    assert!(!format!("{target:?}").contains("s3cret"));
}

#[test]
fn an_endpoint_is_given_its_headers() {
    let Ok(Target::Http(target)) =
        of(r#"{"http":{"url":"https://bank.example/mcp","headers":{"Authorization":"Bearer secret:bank","X-V":"2"}}}"#)
    else {
        panic!("an endpoint")
    };
    let given: Vec<_> = target.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(given, [("Authorization", "Bearer s3cret-of-the-bank"), ("X-V", "2")]);
    assert_eq!(target.secrets.len(), 1);
    assert!(!format!("{target:?}").contains("s3cret"));
}

#[test]
fn what_cannot_be_reached_is_no_target() {
    assert_eq!(of(r#"{"wrapped":{"command":["bank"]}}"#).unwrap_err(), NoTarget::Wrapped);
    let missing = of(r#"{"http":{"url":"https://bank.example/mcp","headers":{"X":"secret:other"}}}"#).unwrap_err();
    assert_eq!(missing.to_string(), "`X` names the secret `other`, which this node does not have");
    for transport in [
        r#"{"http":{"url":"http://bank.example/mcp"}}"#,
        r#"{"http":{"url":"https://u:p@bank.example/mcp"}}"#,
        r#"{"http":{"url":"https://bank.example/mcp","headers":{"Host":"x"}}}"#,
    ] {
        assert!(matches!(of(transport), Err(NoTarget::Endpoint(_))), "{transport}");
    }
}

#[test]
fn under_an_account_of_its_own_a_process_has_that_accounts_home_and_name_and_no_other_way_to_start() {
    let Ok(Target::Stdio(target)) = of(r#"{"stdio":{"command":"bank","run_as":"bw-bank"}}"#) else {
        panic!("a process")
    };
    let given: Vec<_> =
        target.environment.iter().map(|(name, value)| (name.to_str().unwrap(), value.as_str())).collect();
    assert_eq!(given, [("PATH", "/bin"), ("HOME", "/var/lib/s"), ("LOGNAME", "bw-bank"), ("USER", "bw-bank")]);
    assert_eq!(target.directory.as_deref(), Some("/var/lib/s".as_ref()));
    assert_eq!(target.account.map(|account| (account.uid, account.gid)), Some((990, 991)));
    // an account that is not there is no reason to run under the node's
    let missing = of(r#"{"stdio":{"command":"bank","run_as":"bw-other"}}"#).unwrap_err();
    assert_eq!(missing, NoTarget::NoAccount("bw-other".to_owned()));
}
