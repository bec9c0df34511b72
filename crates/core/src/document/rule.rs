//! Rules: rows of the tenant's settings. What a rule says of notices: of what somebody is told, who, and how.

use super::{BadDocument, BreakerRule, Pace, Retention, secret_named};
use crate::json::Pointer;
use crate::{DataClass, PersonId, RoleName, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// A row of the tenant's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name.
    pub name: RoleName,
    /// Of what somebody is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notify: Option<Notify>,
    /// Where data of some classes may go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flow: Option<Flow>,
    /// How many persons break the glass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub break_glass: Option<GlassRule>,
    /// How much may be done within a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<Pace>,
    /// When a fault cuts calls off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breaker: Option<BreakerRule>,
    /// How long tasks that have ended are kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retention: Option<Retention>,
}

/// How many persons break the glass: who does, and a second one with the role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GlassRule {
    /// How many distinct persons have to sign it: 2.
    pub persons: u64,
}

/// Where data of some classes may go: nowhere beside the tenant's own zone, and these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flow {
    /// The classes.
    pub classes: BTreeSet<DataClass>,
    /// Zones other than one's own that it may go to; none: it never leaves.
    #[serde(default)]
    pub zones: BTreeSet<Zone>,
}

/// Of what somebody is told, who, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// Of what.
    pub on: Vec<Occasion>,
    /// Whom, by mail.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub who: Vec<Told>,
    /// The one place that is told over HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook: Option<Webhook>,
    /// Whether those people are told by mail.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mail: bool,
}

/// A place that is told by signed requests (Standard Webhooks).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhook {
    /// The endpoint.
    pub url: String,
    /// What requests are signed with, as `secret:NAME`.
    pub secret: String,
    /// Whether it may be at an address that is not the world's: this machine's, or an inner network's.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub private: bool,
}

macro_rules! occasions {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $words:literal;)*) => {
        /// What somebody may be told of.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Occasion { $($(#[$doc])* #[serde(rename = $text)] $name,)* }

        impl Occasion {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name,)*];
            /// As written.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
            /// In words, as a sentence about what happened.
            pub const fn words(self) -> &'static str {
                match self { $(Self::$name => $words,)* }
            }
        }
    };
}

occasions! {
    /// Somebody's yes is waited for.
    ApprovalAsked = "approval.asked", "an approval is asked for";
    /// A yes was given.
    ApprovalGiven = "approval.given", "an approval was given";
    /// A no was given.
    ApprovalRefused = "approval.refused", "an approval was refused";
    /// Nobody answered, and others may as well now.
    ApprovalEscalated = "approval.escalated", "nobody has answered, and others may now";
    /// A request ran out.
    ApprovalExpired = "approval.expired", "a request for an approval ran out";
    /// A change waits for a second person.
    ChangeProposed = "change.proposed", "a change waits for a second person";
    /// An agent asked its person for more.
    WishMade = "wish.made", "an agent asks for more";
    /// Somebody broke the glass.
    BreakglassOpened = "breakglass.opened", "the glass was broken";
    /// Nobody can tell whether an act was done.
    ActionDoubtful = "action.doubtful", "an act is in doubt";
    /// The window of a task closes soon.
    TaskEnding = "task.ending", "a task will end soon";
    /// A task ended.
    TaskEnded = "task.ended", "a task ended";
    /// An agent was suspended.
    AgentSuspended = "agent.suspended", "an agent was suspended";
    /// An agent may act again.
    AgentResumed = "agent.resumed", "an agent may act again";
    /// Somebody enrolled a passkey.
    PasskeyEnrolled = "passkey.enrolled", "a passkey was enrolled";
    /// A tool was quarantined.
    ToolQuarantined = "tool.quarantined", "a tool was quarantined";
    /// A fault cut calls off.
    BreakerOpened = "breaker.opened", "a fault cut calls off";
    /// Authority was found to sprawl.
    SprawlFound = "sprawl.found", "authority was found to sprawl";
    /// All work was stopped.
    TenantStopped = "tenant.stopped", "all work was stopped";
    /// Work goes on.
    TenantResumed = "tenant.resumed", "work goes on";
    /// Documents were added, changed or removed.
    SettingsChanged = "settings.changed", "settings were changed";
}

impl Occasion {
    /// Whether it is about a request to say yes, which asks somebody.
    pub const fn asks(self) -> bool {
        matches!(
            self,
            Self::ApprovalAsked
                | Self::ApprovalGiven
                | Self::ApprovalRefused
                | Self::ApprovalEscalated
                | Self::ApprovalExpired
        )
    }
}

/// Who is told: a person, those of a role, or who has to do with what happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    /// The owners of every agent that has to do with it.
    Owner,
    /// Who asked for the task.
    Requester,
    /// Whoever may answer the request that it is about.
    Asked,
    /// Those of a role.
    Role(RoleName),
    /// One person.
    Person(PersonId),
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Owner => f.write_str("owner"),
            Self::Requester => f.write_str("requester"),
            Self::Asked => f.write_str("asked"),
            Self::Role(role) => write!(f, "role:{role}"),
            Self::Person(person) => person.fmt(f),
        }
    }
}

impl Serialize for Told {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        let read = match (text.as_ref(), text.strip_prefix("role:")) {
            ("owner", _) => Ok(Self::Owner),
            ("requester", _) => Ok(Self::Requester),
            ("asked", _) => Ok(Self::Asked),
            (_, Some(role)) => RoleName::parse(role).map(Self::Role),
            (person, None) => PersonId::parse(person).map(Self::Person),
        };
        read.map_err(serde::de::Error::custom)
    }
}

impl Rule {
    /// The most rules of a tenant.
    pub const COUNT_MAX: usize = 64;
    /// The most entries of `on` and of `who`.
    pub const ENTRIES_MAX: usize = 16;

    pub(super) fn check(&self) -> Result<(), BadDocument> {
        let said = (&self.notify, &self.flow, &self.break_glass, &self.rate, &self.breaker, &self.retention);
        let notify = match said {
            (Some(notify), None, None, None, None, None) => notify,
            (None, Some(flow), None, None, None, None) => return flow.check(),
            (None, None, Some(glass), None, None, None) => return glass.check(),
            (None, None, None, Some(rate), None, None) => return rate.check(),
            (None, None, None, None, Some(breaker), None) => return breaker.check(),
            (None, None, None, None, None, Some(retention)) => return retention.check(),
            _ => {
                let why = "expected the one thing that the rule says: `notify`, `flow`, `break_glass`, `rate`, \
                           `breaker`, or `retention`";
                return Err(BadDocument { at: Pointer::root(), why: why.to_owned() });
            }
        };
        let bad = |place: &str, why: &str| {
            Err(BadDocument { at: Pointer::root().join("notify").join(place), why: why.to_owned() })
        };
        let most = Self::ENTRIES_MAX;
        if notify.on.is_empty() || notify.on.len() > most {
            return bad("on", &format!("expected 1 to {most} of what somebody is told of"));
        }
        match (&notify.webhook, notify.mail) {
            (None, false) | (Some(_), true) => {
                let why = "expected either `webhook` or `mail: true`".to_owned();
                Err(BadDocument { at: Pointer::root().join("notify"), why })
            }
            (Some(_), false) if !notify.who.is_empty() => {
                bad("who", "a webhook is one place: `who` says who gets mail")
            }
            (None, true) if notify.who.is_empty() || notify.who.len() > most => {
                bad("who", &format!("expected 1 to {most} of `asked`, `owner`, `requester`, `role:NAME` or a person"))
            }
            _ if notify.who.contains(&Told::Asked) && !notify.on.iter().any(|on| on.asks()) => {
                bad("who", "`asked` is whom a request asks: `on` names none of `approval.*`")
            }
            _ => Ok(()),
        }
    }

    /// In a line: what it says.
    pub fn sentence(&self) -> String {
        if let Some(flow) = &self.flow {
            return flow.sentence();
        }
        if let Some(glass) = &self.break_glass {
            return format!("a rule: {} persons break the glass", glass.persons);
        }
        if let Some(rate) = &self.rate {
            return rate.sentence();
        }
        if let Some(breaker) = &self.breaker {
            return breaker.sentence();
        }
        if let Some(retention) = &self.retention {
            return retention.sentence();
        }
        let Some(notify) = &self.notify else { return "a rule".to_owned() };
        let on = notify.on.iter().map(|on| on.as_str()).collect::<Vec<_>>().join(", ");
        let to = match &notify.webhook {
            Some(webhook) => format!("`{}`", webhook.url.escape_debug()),
            None => format!("{} by mail", notify.who.iter().map(Told::to_string).collect::<Vec<_>>().join(", ")),
        };
        format!("a rule: tells {to} of {on}")
    }
}

impl GlassRule {
    fn check(self) -> Result<(), BadDocument> {
        match self.persons {
            2 => Ok(()),
            other => Err(BadDocument {
                at: Pointer::root().join("break_glass").join("persons"),
                why: format!("expected 2, found {other}: without a rule one person breaks it"),
            }),
        }
    }
}

impl Flow {
    fn check(&self) -> Result<(), BadDocument> {
        let most = Rule::ENTRIES_MAX;
        if self.classes.is_empty() || self.classes.len() > most || self.zones.len() > most {
            let why = format!("expected 1 to {most} classes, and at most {most} zones");
            return Err(BadDocument { at: Pointer::root().join("flow").join("classes"), why });
        }
        Ok(())
    }

    fn sentence(&self) -> String {
        let join = |all: Vec<String>| all.join(", ");
        let classes = join(self.classes.iter().map(ToString::to_string).collect());
        if self.zones.is_empty() {
            return format!("a rule: data of {classes} never leaves");
        }
        format!(
            "a rule: data of {classes} leaves to {} alone",
            join(self.zones.iter().map(ToString::to_string).collect())
        )
    }
}

impl Webhook {
    /// The name of the secret that requests are signed with.
    pub fn secret_name(&self) -> Option<&str> {
        secret_named(&self.secret).filter(|(before, _)| before.is_empty()).map(|(_, name)| name)
    }
}

/// Whether a text is a mail address: a dot-string (RFC 5321 section 4.1.2) at a host's name. We refuse more than the RFC:
/// quoted strings, address literals, and characters that mean something in a header or a shell.
pub(crate) fn is_mail_address(text: &str) -> bool {
    let Some((local, host)) = text.split_once('@') else { return false };
    let atom = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-_=".contains(&b));
    let label = |part: &str| {
        let inner = part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        (1..=63).contains(&part.len()) && inner && !part.starts_with('-') && !part.ends_with('-')
    };
    // RFC 5321 section 4.5.3.1: octets of a local part, and of a path without its brackets
    local.len() <= 64 && text.len() <= 254 && local.split('.').all(atom) && host.split('.').all(label)
}

#[cfg(test)]
mod tests;
