//! What the tenant of the tests of `decide` has: its documents, and what its servers offer.

use super::super::prelude::*;
use super::{digest, tool};

/// What people wrote of this tenant, before anything is started.
pub(super) const DOCUMENTS: &[&str] = &[
    r#"{"kind":"role","name":"payer","allow":[
        {"tools":["bank/*"],"effects":["read","write","transfer","export"]},{"tools":["mail/*"],"effects":["read"]},
        {"tools":["bailiwick/delegate"],"effects":["delegate"]}]}"#,
    r#"{"kind":"agent","name":"payer","owner":"otto","contact":"otto","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"agent","name":"other","owner":"otto","contact":"otto","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"agent","name":"third","owner":"otto","contact":"otto","run_by":"own","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"agent","name":"afar","owner":"otto","contact":"otto","run_by":"vendor","zone":"partner","autonomy":"execute","role":"payer","review":"2030-01-01"}"#,
    r#"{"kind":"person","name":"anna","roles":["clerk"]}"#,
    r#"{"kind":"person","name":"otto"}"#,
    r#"{"kind":"server","name":"bank","transport":{"http":{"url":"https://bank.example/mcp"}}}"#,
    r#"{"kind":"server","name":"mail","transport":{"wrapped":{"command":["mail"]}}}"#,
    TEMPLATE,
    BROAD,
];

/// The template of the design, with tools beside it whose size only the result tells and whose rate is limited.
const TEMPLATE: &str = r#"{"kind":"template","name":"pay-invoice","purpose":"accounts-payable",
    "intent":"Pay the invoice of {payee}, at most {max}",
    "parameters":{"payee":{"kind":"party"},"iban":{"kind":"iban"},"max":{"kind":"amount","currency":"EUR","at_most":"500.00"}},
    "start":{"who":["role:clerk"],"agents":["payer"]},"window":"1h","read":["internal"],
    "grant":[
        {"tools":["mail/*"],"resources":"any"},
        {"tools":["bank/pay"],"effect":"transfer","when":{"/iban":{"equals":"{iban}"}},
         "meters":{"EUR":{"each":"{max}","total":"{max}"}},"uses":5},
        {"tools":["bank/export"],"effect":"export","meters":{"records":{"total":"1000"}}},
        {"tools":["bank/note","bank/gone","bank/list"],"effect":"write","meters":{"calls":{"window":{"most":"3","over":"10m"}}}},
        {"tools":["bank/batch"],"effect":"export","meters":{"records":{"each":"100","total":"250"}}}],
    "ask":[{"who":"owner","over":{"EUR":"300.00"}}],"delegate":{"agents":["other","third"],"depth":2}}"#;

/// What customer 17 gives each month, and a template that draws on it.
pub(crate) const MANDATE: &str = r#"{"kind":"mandate","name":"household","giver":"otto",
    "for":{"agents":["payer"],"subjects":["customer-17"]},"meters":{"EUR":{"most":"1000.00","per":"month in UTC"}}}"#;
pub(crate) const DRAWING: &str = r#"{"kind":"template","name":"pay-monthly","purpose":"accounts-payable",
    "intent":"Pay what is due","start":{"who":["role:clerk"],"agents":["payer"]},"window":"1h","draws":["household"],
    "grant":[
        {"tools":["bank/pay"],"effect":"transfer","meters":{"EUR":{"each":"300","total":"400"}}},
        {"tools":["bank/order"],"effect":"transfer","meters":{"EUR":{"total":"100"}}}],
    "delegate":{"agents":["other"],"depth":1}}"#;

/// A template that allows much: what is refused under it is refused by a bound of the product's own.
const BROAD: &str = r#"{"kind":"template","name":"broad","purpose":"upkeep","intent":"Keep the books",
    "start":{"who":["anyone"],"agents":["payer"]},"window":"24h",
    "grant":[{"tools":["mail/*"],"resources":"any"},{"tools":["bank/note","bank/order"],"effect":"write"}]}"#;

/// What the test servers offer: name, effect, egress.
pub(super) const TOOLS: &[(&str, Effect, Egress)] = &[
    ("bank/pay", Effect::Transfer, Egress::None),
    ("bank/export", Effect::Export, Egress::None),
    ("bank/batch", Effect::Export, Egress::None),
    ("bank/note", Effect::Write, Egress::None),
    ("bank/order", Effect::Write, Egress::None),
    ("bank/list", Effect::Read, Egress::None),
    ("bank/hidden", Effect::Read, Egress::None),
    ("mail/search", Effect::Read, Egress::None),
    ("mail/fetch", Effect::Read, Egress::Open),
];

pub(crate) fn pinned(name: &str, effect: Effect, egress: Egress, standing: Standing) -> PinnedTool {
    let pin = digest(name);
    PinnedTool { effect, egress, pin, reversibility: Reversibility::ByOthers, standing, tool: tool(name), words: pin }
}
