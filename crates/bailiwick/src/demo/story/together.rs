//! Two agents and an owner: a part of the work is handed on and only shrinks, and past a sum the owner signs each act.

use super::super::node::DemoNode;
use super::super::teller::Teller;
use super::{object, pay, said};
use crate::home::Trouble;
use crate::played::{Agent, Seen, Signer};
use crate::print::text;
use bailiwick_core::json::{Json, Limits};
use bailiwick_demo_bank::{INVOICE_IBAN, INVOICE_MAIL, INVOICE_PAYEE};
use bailiwick_identity::SigningKey;

/// How often the agent tries to stay below the threshold, and by how much each time.
const PARTS: usize = 34;
const PART: &str = "299.00";

pub(super) async fn tell(
    node: &DemoNode,
    clerk_key: &SigningKey,
    scout_key: &SigningKey,
    teller: &mut Teller,
) -> Result<(), Trouble> {
    teller.chapter("The clerk hands a part of another task to a scout, another agent with a key of its own.");
    let task = node.start_suppliers().await?;
    let clerk = Agent::start(&node.url, "clerk", clerk_key, &task).await?;
    let scout = handed_on(node, &clerk, scout_key, &task, teller).await?;
    teller
        .chapter("Past 300 EUR the owner of the agents signs: here with a passkey in software, which is nobody's yes.");
    signed(node, &clerk, teller).await?;
    in_parts(node, clerk_key, teller).await?;
    teller.chapter("The person revokes the clerk's task: what was handed on ends with it.");
    let (seen, _) = scout.call("mail__read", object([("id", INVOICE_MAIL)])).await?;
    teller.step("the scout reads", "allowed", &seen);
    node.revoke(&task).await?;
    let (seen, _) = scout.call("mail__read", object([("id", INVOICE_MAIL)])).await?;
    teller.step("the scout's very next call, once the task is revoked", "task_ended", &seen);
    Ok(())
}

async fn handed_on(
    node: &DemoNode,
    clerk: &Agent,
    scout_key: &SigningKey,
    task: &str,
    teller: &mut Teller,
) -> Result<Agent, Trouble> {
    let (seen, _) = clerk.call("bailiwick_delegate", part("scout", "mail/read", "look up the payee")).await?;
    teller.step("the clerk hands on: read mail, to look up the payee", "allowed", &seen);
    let scout = Agent::start(&node.url, "scout", scout_key, task).await?;
    let (seen, _) = scout.call("mail__read", object([("id", INVOICE_MAIL)])).await?;
    teller.step("the scout reads the mail", "allowed", &seen);
    let (seen, _) = scout.call("bank__pay", pay(INVOICE_IBAN, "10.00", "by-the-scout")).await?;
    teller.step("the scout does as the mail says, and pays", "not_available", &seen);
    let (seen, _) = scout.call("bailiwick_delegate", part("filer", "mail/read", "file it")).await?;
    teller.step("the scout hands it on to a third", "delegation_not_granted", &seen);
    Ok(scout)
}

/// What an agent asks for when it hands on.
fn part(delegate: &str, tool: &str, purpose: &str) -> Json {
    Json::object([
        ("delegate", Json::from(delegate)),
        ("grant", Json::array([Json::object([("tools", Json::array([Json::from(tool)]))])])),
        ("purpose", Json::from(purpose)),
        // what is not said to be read is not
        ("read", Json::array([Json::from("mail")])),
    ])
}

async fn signed(node: &DemoNode, clerk: &Agent, teller: &mut Teller) -> Result<(), Trouble> {
    let invited = node.run(&["--json", "person", "invite", "ann"]).await?;
    let invited = Json::parse(said(&invited)?, &Limits::default())?;
    let owner = Signer::enrol(&node.url, &invited).await?;
    let order = |amount| pay(INVOICE_IBAN, amount, "suppliers-1");
    let (seen, waits) = clerk.call("bank__pay", order("450.00")).await?;
    teller.step("the clerk pays 450.00 EUR", "approval_needed", &seen);
    let id = asked(&waits)?;
    let (sentence, chain) = owner.shown(id).await?;
    let right = sentence.contains("450") && chain == ["clerk"];
    teller.holds(&format!("the owner sees what will be sent, and by whom: {}", chain.join(" > ")), right, &sentence);
    owner.sign(id).await?;
    teller.holds("and signs this act, with these arguments", true, &format!("request {id}"));
    let (seen, waits) = clerk.call("bank__pay", order("451.00")).await?;
    teller.step("the same with another amount: nobody signed that", "approval_needed", &seen);
    let another = asked(&waits)?;
    let (seen, _) = clerk.call("bank__pay", order("450.00")).await?;
    teller.step("what was signed is done", "allowed", &seen);
    let (seen, waits) = clerk.call("bank__pay", pay(INVOICE_IBAN, "450.00", "suppliers-2")).await?;
    teller.step("the very same payment a second time: a yes is used once", "approval_needed", &seen);
    let ids = [id, another, asked(&waits)?];
    let distinct = ids.iter().collect::<std::collections::BTreeSet<_>>().len() == ids.len();
    teller.holds("each is a request of its own", distinct, &ids.map(|id| id.to_string()).join(", "));
    Ok(())
}

/// Many payments, each below the threshold.
async fn in_parts(node: &DemoNode, clerk_key: &SigningKey, teller: &mut Teller) -> Result<(), Trouble> {
    let task = node.start_suppliers().await?;
    let clerk = Agent::start(&node.url, "clerk", clerk_key, &task).await?;
    let mut paid = 0;
    let mut others: Vec<String> = Vec::new();
    for turn in 1..=PARTS {
        let (Seen { allowed, reason, .. }, _) =
            clerk.call("bank__pay", pay(INVOICE_IBAN, PART, &format!("part-{turn}"))).await?;
        if allowed {
            paid += 1;
        } else if !others.contains(&reason) {
            others.push(reason);
        }
    }
    let right = paid == 1 && others.iter().all(|code| code == "approval_needed" || code == "too_many_asked");
    let words = format!("{paid} paid; the others: {}", others.join(", "));
    teller.holds(&format!("{PARTS} payments of {PART} EUR do not slip under 300"), right, &words);
    node.revoke(&task).await?;
    Ok(())
}

/// The number of the request that a refusal names.
fn asked(result: &Json) -> Result<u64, Trouble> {
    let refusal = result.get("_meta").and_then(|meta| meta.get("bailiwick.dev/refusal"));
    let id = refusal.and_then(|refusal| refusal.get("approval")).and_then(Json::as_u64);
    id.ok_or_else(|| format!("nobody is asked: {}", result.canonical()).into())
}

impl DemoNode {
    /// Starts a task of `examples/suppliers`, with both yeses; answers its id.
    async fn start_suppliers(&self) -> Result<String, Trouble> {
        let (payee, iban) = (format!("payee={INVOICE_PAYEE}"), format!("iban={INVOICE_IBAN}"));
        let begun = self
            .run(&[
                "--json",
                "task",
                "start",
                "pay-suppliers",
                &payee,
                &iban,
                "--agent",
                "clerk",
                "--yes",
                "--yes-privileged",
            ])
            .await?;
        let told = Json::parse(said(&begun)?, &Limits::default())?;
        Ok(text(&told, "task").to_owned())
    }
}
