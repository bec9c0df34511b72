//! Events of a task and its grants.

use super::{nothing_private, private_struct};
use crate::consent::SignedConsent;
use crate::envelope::{Envelope, Row, When};
use crate::facts::{Assurance, By, Facts};
use crate::json::{Json, Object};
use crate::reason::Code;
use crate::template::{Stated, is_pasted};
use crate::{
    AgentId, DataClass, Digest, GrantId, InstanceId, KeyThumbprint, Micros, Purpose, Salt, TemplateName, ToolPattern,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A person consented to an intent; the root grant follows in the same append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskStarted {
    /// The person's act.
    pub by: By,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// The epoch it belongs to.
    pub epoch: u32,
    /// What it rests on.
    pub facts: Facts,
    /// How much of results is kept: 0 is nothing but bound fields.
    pub keep_results: u64,
    /// The tools that the person picked of the template's; all of them where there are none.
    pub only: Vec<ToolPattern>,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<TaskPrivate>,
    /// Why the work is done.
    pub purpose: Purpose,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The person's signature over it, where they gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedConsent>>,
    /// The template it was made from.
    pub template: TemplateName,
    /// The digest of that template.
    pub template_digest: Digest,
}

impl TaskStarted {
    /// Whether its first holder is told words of others that its person pasted. Of what was erased nobody knows, and it counts
    /// as if it were.
    pub fn tells_what_was_pasted(&self) -> bool {
        self.private
            .as_ref()
            .is_none_or(|private| is_pasted(private.parameters.as_object().into_iter().flat_map(Object::keys)))
    }
}

/// What of a task may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskPrivate {
    /// The sentence that the person was shown and said yes to.
    pub consent: String,
    /// The intent in the person's words.
    pub intent: String,
    /// The typed parameters, and what was pasted beside them.
    pub parameters: Json,
    /// Values of what was pasted that the person did not confirm.
    pub pasted: Option<Vec<Stated>>,
    /// Salts every digest of this task, so that none can be guessed at after erasure.
    pub salt: Salt,
    /// What the person was shown and signed, whole, where they signed it.
    pub shown: Option<Json>,
    /// The customer it is done for, where that is another than the requester.
    pub subject: Option<String>,
    /// The values that the person said: parameters, and those of their own words, which they were shown.
    pub values: Vec<Stated>,
}
private_struct!(
    TaskStarted,
    TaskPrivate { consent, intent, parameters, salt, subject },
    later { pasted, shown, values }
);

/// A person said more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskAmended {
    /// The person's act.
    pub by: By,
    /// What is other than before; absent of the second act of consent, by which privileged rows may be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<Amendment>,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// Which grant.
    pub grant: GrantId,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<AmendPrivate>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The person's signature over it, where they gave one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed: Option<Box<SignedConsent>>,
    /// The wish that it answers, by the seq of its `wish.made`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wish: Option<u64>,
}

/// How a task is other than before, by a turn of its person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Amendment {
    /// Rows of another template were added. What is privileged waits for the second act, the rows of before with it.
    Widened {
        /// The tools that the person picked of the template's; all of them where there are none.
        only: Vec<ToolPattern>,
        /// Classes of data that may be read from now on, and might not before.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        read: BTreeSet<DataClass>,
        /// The rows; their conditions stand in the private part.
        rows: Vec<Row>,
        /// The template.
        template: TemplateName,
        /// Its digest.
        template_digest: Digest,
    },
    /// Less is allowed from now on.
    Narrowed {
        /// Not usable from here on, where that is sooner.
        expires: Option<Micros>,
        /// Rows that allow nothing any more, by index.
        rows: Vec<u64>,
    },
    /// The same goes on under a renewed consent.
    Renewed {
        /// Not usable from here on.
        expires: Micros,
        /// What is privileged waits for the second act again.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        waits: bool,
    },
}

/// What of an amendment may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendPrivate {
    /// The sentence that the person was shown and said yes to.
    pub consent: String,
    /// What the person wants beside what was wanted before.
    pub intent: Option<String>,
    /// The typed parameters.
    pub parameters: Option<Json>,
    /// What the person was shown and signed, whole, where they signed it.
    pub shown: Option<Json>,
    /// The values that the person said by it.
    pub values: Vec<Stated>,
    /// Conditions on arguments, one for each row that was added.
    pub when: Vec<When>,
}
private_struct!(TaskAmended, AmendPrivate { consent, intent, parameters, when }, later { shown, values }, written by canonical);

/// The window of a task closes soon: written once of each end that it has, so that whoever began it can be told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskEnding {
    /// Not usable from here on.
    pub expires: Micros,
    /// What it rests on.
    pub facts: Facts,
    /// The root's grant, whose window it is.
    pub grant: GrantId,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// The template that it was made from: what people call it by who are not shown what it is for.
    pub template: Option<TemplateName>,
}

/// The task ended and every grant with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaskEnded {
    /// The person's act; absent when the holder or time ended it.
    pub by: Option<By>,
    /// What it rests on.
    pub facts: Facts,
    /// Acts that were open or in doubt, by seq.
    pub open: Vec<u64>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Why.
    pub why: Code,
}

/// A grant came to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantMinted {
    /// The act that handed it on, by the seq of its `action.begun`, of which this is the outcome; the root has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub act: Option<u64>,
    /// The seq of the last control event that it was decided under: what comes after may end it.
    pub control: u64,
    /// What it allows; the conditions on arguments stand in the private part.
    pub envelope: Envelope,
    /// Its id.
    pub grant: GrantId,
    /// Who holds it.
    pub holder: AgentId,
    /// The grant it comes from; the root has none.
    pub parent: Option<GrantId>,
    /// What a person may erase.
    #[serde(skip)]
    pub private: Option<GrantPrivate>,
}

/// What of a grant may be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantPrivate {
    /// Conditions on arguments, one for each row of the envelope.
    pub when: Vec<When>,
}
private_struct!(GrantMinted, GrantPrivate { when }, written by canonical);

impl GrantMinted {
    /// The whole envelope, conditions included; `None` when they are erased or do not fit the rows.
    pub fn whole_envelope(&self) -> Option<Envelope> {
        let when = &self.private.as_ref()?.when;
        if when.len() != self.envelope.rows.len() {
            return None;
        }
        let mut envelope = self.envelope.clone();
        for (row, when) in envelope.rows.iter_mut().zip(when) {
            row.when = when.clone();
        }
        Some(envelope)
    }
}

/// A grant and its subtree ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantEnded {
    /// The person's act; absent when the holder, time or a rule ended it.
    pub by: Option<By>,
    /// What it rests on.
    pub facts: Facts,
    /// Which grant.
    pub grant: GrantId,
    /// Acts of the subtree that were open or in doubt, by seq.
    pub open: Vec<u64>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
    /// Why.
    pub why: Code,
}

/// An instance's key was bound to a grant; the one before is retired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyBound {
    /// Whose instance.
    pub agent: AgentId,
    /// How it was made sure.
    pub assurance: Assurance,
    /// The last control leaf that was folded.
    pub control: Option<u64>,
    /// What it rests on.
    pub facts: Facts,
    /// To which grant.
    pub grant: GrantId,
    /// The running process.
    pub instance: InstanceId,
    /// The key.
    pub key: KeyThumbprint,
    /// The key that is retired by this.
    pub retired: Option<KeyThumbprint>,
    /// The meaning of `decide` it was written under.
    pub rules: u32,
}

nothing_private!(TaskEnding, TaskEnded, GrantEnded, KeyBound);
