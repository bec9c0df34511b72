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
    Target::of(&server(transport), &secrets(), node())
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
