//! The document of a template, and who may start a task from it.

use super::nothing;
use crate::approval::{Approver, Approvers};
use crate::envelope::{Delegation, From};
use crate::json::Json;
use crate::{
    AgentId, Amount, Code, DataClass, Effect, MandateName, PersonId, Purpose, Reason, RoleName, ServerName,
    TemplateName, ToolPattern, Unit,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of value a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The kind, as `party`, `iban`, `amount`, `path`.
    pub kind: String,
    /// Of an amount: its unit.
    #[serde(default)]
    pub currency: Option<Unit>,
    /// Of an amount: the most it may be.
    #[serde(default)]
    pub at_most: Option<Amount>,
    /// Of a server: which one it is where nobody names another.
    #[serde(default)]
    pub default: Option<ServerName>,
}

/// Who may start a task from a template, and for which agents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartRule {
    /// `anyone`, `role:NAME` or a person's id.
    pub who: Vec<String>,
    /// The agents.
    pub agents: Vec<AgentId>,
}

/// The one word that a template says of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AnyResource {
    /// Every resource: must be written, is shown at consent.
    Any,
}

/// One row of a template's `grant`. Strings of the form `{name}` stand for parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateRow {
    /// The tools, as patterns. Of a parameter of kind `server` the name may stand for the server: `{server}/*`.
    pub tools: Vec<String>,
    /// The effect, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// The effects, where they are several; read alone where neither is said.
    #[serde(default, deserialize_with = "some_effects", skip_serializing_if = "Vec::is_empty")]
    pub effects: Vec<Effect>,
    /// `any`, for reads; other selectors come with their axis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resources: Option<AnyResource>,
    /// Conditions on arguments, by JSON Pointer, before parameters are put in.
    #[serde(default = "nothing")]
    pub when: Json,
    /// Where values may come from, by their places.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: From,
    /// Limits by unit, before parameters are put in.
    #[serde(default = "nothing")]
    pub meters: Json,
    /// How many acts in all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uses: Option<u64>,
}

/// An empty list is not taken for one that is not there: no effect is not read alone.
fn some_effects<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Effect>, D::Error> {
    let effects = Vec::<Effect>::deserialize(deserializer)?;
    if effects.is_empty() {
        return Err(serde::de::Error::custom("expected at least one effect, or no `effects` at all"));
    }
    Ok(effects)
}

/// What a template needs approved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateAsk {
    /// Who: one, or any of several.
    pub who: Approvers,
    /// How many distinct persons.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub count: u64,
    /// Who may not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<Approver>,
    /// To whom it goes when nobody answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<TemplateEscalation>,
    /// Amounts by unit that may pass without.
    #[serde(default)]
    pub over: BTreeMap<Unit, Amount>,
    /// For acts of these tools alone, as patterns; for all where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// How long a yes is valid, as `30m`.
    #[serde(default = "half_an_hour")]
    pub valid: String,
}

/// To whom a request goes when nobody answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateEscalation {
    /// After this long, as `10m`.
    pub after: String,
    /// Who may say yes from then on as well.
    pub to: Approvers,
}

const fn one() -> u64 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "by INVARIANT of serde: what is skipped is asked by reference")]
const fn is_one(count: &u64) -> bool {
    *count == 1
}

fn half_an_hour() -> String {
    "30m".to_owned()
}

/// A parametrised envelope with a purpose. People start tasks from it in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// Its name.
    pub name: TemplateName,
    /// Why the work is done.
    pub purpose: Purpose,
    /// The intent, with parameters as `{name}`.
    pub intent: String,
    /// What the person fills.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// Who may start it.
    pub start: StartRule,
    /// How long its grant lives, as `1h`.
    #[serde(default = "an_hour")]
    pub window: String,
    /// Data classes that may be read.
    #[serde(default)]
    pub read: Vec<DataClass>,
    /// Data classes that may be passed on with work that is handed on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pass_on: Vec<DataClass>,
    /// The rows.
    pub grant: Vec<TemplateRow>,
    /// Whoever starts it picks which of its tools: nothing is granted that was not picked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub choose: bool,
    /// What needs approval.
    #[serde(default)]
    pub ask: Vec<TemplateAsk>,
    /// Mandates that a task of it draws on: all that it may move, as it begins.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub draws: Vec<MandateName>,
    /// To whom its holder may hand work on; to nobody where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delegate: Option<Delegation>,
    /// How old the consent to it may be; as old as its window is long, where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<TemplateConsent>,
    /// Bytes of results to keep; 0 keeps none.
    #[serde(default)]
    pub keep_results: u64,
}

/// How old a consent may be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateConsent {
    /// From this age on what is of high impact waits for the person, as `8h`.
    pub renew_after: String,
}

fn an_hour() -> String {
    "1h".to_owned()
}

impl Template {
    /// The parameter and the tool's pattern, where a row names its server by a parameter: `{server}/*`.
    pub(crate) fn server_parameter<'a>(&self, tool: &'a str) -> Option<(&'a str, &'a str)> {
        let (name, rest) = tool.strip_prefix('{')?.split_once("}/")?;
        let is_server = self.parameters.get(name).is_some_and(|parameter| parameter.kind == "server");
        is_server.then_some((name, rest))
    }

    /// The servers that its rows name outright.
    pub(crate) fn servers(&self) -> impl Iterator<Item = ServerName> {
        let patterns = self.grant.iter().flat_map(|row| &row.tools).filter_map(|tool| ToolPattern::parse(tool).ok());
        patterns.map(|pattern| pattern.server().clone())
    }

    /// The most bytes of a result that a template may keep.
    pub const KEPT_BYTES_MAX: u64 = 16 << 10;
}

/// A reason why a person may not start a task from a template.
pub fn may_start(template: &Template, person: &PersonId, roles: &[RoleName]) -> Result<(), Reason> {
    let allowed = template.start.who.iter().any(|who| match who.strip_prefix("role:") {
        Some(role) => roles.iter().any(|r| r.as_str() == role),
        None => who == "anyone" || who == person.as_str(),
    });
    if allowed { Ok(()) } else { Err(Reason::new(Code::NotAvailable).asked(&template.name)) }
}
