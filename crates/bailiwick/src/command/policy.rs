//! `policy …`.

mod bundle;
mod check;
mod diff;
mod fmt;
mod offline;
mod replay;
mod shadow;
mod test;

use super::Outcome;
use crate::cli::Policy;
use crate::client::Client;
use crate::home::Trouble;
use crate::print::{self, text};

pub(super) async fn policy(client: &Client, asked: Policy, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Policy::Document => {
            let document = client.get("/v1/policy/document").await?;
            if json {
                print::json(&document);
            } else {
                // every value in it was escaped where it was put in
                print::raw(text(&document, "markdown").as_bytes());
            }
            Ok(Outcome::Done)
        }
        Policy::Bundle(asked) => bundle::bundle(&asked),
        Policy::Check(asked) => check::check(client, asked, json).await,
        Policy::Test(asked) => test::test(client, asked, json).await,
        Policy::Fmt(asked) => fmt::fmt(&asked, json),
        Policy::Replay(asked) => replay::replay(client, asked, json).await,
        Policy::Shadow(asked) => shadow::shadow(client, asked, json).await,
        Policy::Diff(asked) => diff::diff(client, asked, json).await,
    }
}
