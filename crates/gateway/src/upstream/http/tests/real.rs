//! A server of somebody else's: `BAILIWICK_MCP_URL=http://127.0.0.1:3001/mcp cargo test -p bailiwick-gateway --
//! --ignored a_real_server`, with one that has a tool `BAILIWICK_MCP_TOOL` (`echo`) and its arguments in
//! `BAILIWICK_MCP_ARGUMENTS`.

use crate::testing::*;
use crate::upstream::{HttpTarget, Target, locked};

#[tokio::test]
#[ignore = "needs a server: BAILIWICK_MCP_URL"]
async fn a_real_server_is_called_through_the_gateway() {
    let variable = |name: &str, or: &str| {
        std::env::var_os(name).map_or_else(|| or.to_owned(), |value| value.into_string().unwrap())
    };
    let url = variable("BAILIWICK_MCP_URL", "");
    let tool = variable("BAILIWICK_MCP_TOOL", "echo");
    let arguments = variable("BAILIWICK_MCP_ARGUMENTS", r#"{"message":"hi there"}"#);
    let mut client = Client::of(Target::Http(HttpTarget::new(url, Vec::new())));
    let answer = client.ask(&call(1, &tool, &arguments)).await;
    assert_eq!(client.settled().len(), 1, "{}", answer.canonical());
    println!("{}", answer.canonical());
    let offers = locked(&client.decider.offers).clone();
    println!("{} tools, {} prompts, methods {:?}", offers[0].tools.len(), offers[0].prompts.len(), offers[0].methods);
    println!("{}", offers[0].identity.canonical());
    assert!(answer.get("result").is_some_and(|result| result.get("isError") != Some(&true.into())));
    for id in 2..12 {
        let again = client.ask(&call(id, &tool, &arguments)).await;
        assert_eq!(text(&again), text(&answer));
    }
    client.close().await;
}
