//! What came of a rehearsal, as people read it and as programs do.

use super::answers::Told;
use super::attacks::{ATTACKS, Attack};
use super::scene::{By, Came};
use crate::print::{data, foreign, foreign_whole};
use bailiwick_core::json::Json;
use std::collections::BTreeMap;

/// One attack on one template.
pub(super) struct Row {
    pub(super) attack: &'static Attack,
    pub(super) template: String,
    pub(super) came: Came,
}

/// All that came of it.
#[derive(Default)]
pub(super) struct Report {
    pub(super) rows: Vec<Row>,
    /// Templates that could not be rehearsed, and why.
    pub(super) left_out: Vec<(String, String)>,
    /// How the tools of what was rehearsed answered.
    pub(super) answers: BTreeMap<String, Told>,
    /// What is otherwise here than where it was copied.
    pub(super) notes: Vec<String>,
}

/// In the order in which they are told.
const WORDS: [&str; 5] = ["got through", "control failed", "asked", "stopped", "not applicable"];

const fn word(came: &Came) -> &'static str {
    match came {
        Came::Through { .. } => "got through",
        Came::NoControl(_) => "control failed",
        Came::Asked(_) => "asked",
        Came::Stopped(_) => "stopped",
        Came::NotApplicable(_) => "not applicable",
    }
}

fn by_words(by: &By) -> String {
    let rule = by.rule.as_ref().map_or_else(String::new, |rule| format!(", rule {}", foreign(rule)));
    format!("{}{rule}: {}", foreign(&by.code), foreign_whole(&by.sentence))
}

/// What it came to, in words.
fn detail(row: &Row) -> String {
    match &row.came {
        Came::Stopped(by) | Came::Asked(by) => by_words(by),
        Came::Through { to, what } => format!("sent to {}: {}", foreign(to), foreign(what)),
        Came::NotApplicable(why) | Came::NoControl(why) => foreign_whole(why),
    }
}

impl Report {
    /// How many came to this.
    pub(super) fn count(&self, of: &str) -> usize {
        self.rows.iter().filter(|row| word(&row.came) == of).count()
    }

    /// Whether nothing got through, and something was tried.
    pub(super) fn holds(&self) -> bool {
        let tried = self.count("stopped") + self.count("asked") > 0;
        tried && self.count("got through") == 0
    }

    /// For people: one attack after another, and what it came to with the templates on which it came to that.
    pub(super) fn show(&self) {
        let mut told: Vec<(&'static Attack, &'static str, String, Vec<&str>)> = Vec::new();
        for row in &self.rows {
            let (word, detail) = (word(&row.came), detail(row));
            let same = |of: &&mut (&'static Attack, &'static str, String, Vec<&str>)| {
                of.0.name == row.attack.name && of.1 == word && of.2 == detail
            };
            match told.iter_mut().find(same) {
                Some((.., templates)) => templates.push(&row.template),
                None => told.push((row.attack, word, detail, vec![&row.template])),
            }
        }
        // in the order of the attacks, whichever template came first
        told.sort_by_key(|(attack, ..)| ATTACKS.iter().position(|own| own.name == attack.name));
        for (attack, word, detail, templates) in told {
            let on = foreign(&templates.join(", "));
            data(&format!("{word:<14}  {} ({}): {}", attack.name, attack.threats.join(", "), attack.tries));
            data(&format!("                on {on}"));
            data(&format!("                {detail}"));
        }
        for (template, why) in &self.left_out {
            data(&format!("not rehearsed   {}: {}", foreign(template), foreign_whole(why)));
        }
        self.show_answers();
        self.notes.iter().for_each(|note| data(&format!("note            {}", foreign_whole(note))));
        data(&format!("\n{}", self.summary()));
    }

    /// How tools answered, those together that answered alike.
    fn show_answers(&self) {
        let mut alike: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (tool, told) in &self.answers {
            alike.entry(told.words()).or_default().push(tool);
        }
        for (words, tools) in alike {
            data(&format!("answers         {}: {}", foreign(&words), foreign_whole(&tools.join(", "))));
        }
    }

    fn summary(&self) -> String {
        let mut templates: Vec<&str> = self.rows.iter().map(|row| row.template.as_str()).collect();
        templates.dedup();
        let counts = WORDS.map(|word| format!("{} {word}", self.count(word))).join(", ");
        let names: std::collections::BTreeSet<&str> = self.rows.iter().map(|row| row.attack.name).collect();
        format!("{} attacks on {} templates: {counts}", names.len(), templates.len())
    }

    /// For programs.
    pub(super) fn json(&self) -> Json {
        let counts: BTreeMap<&str, Json> =
            WORDS.iter().map(|word| (*word, Json::from(u64::try_from(self.count(word)).unwrap_or(u64::MAX)))).collect();
        let left_out = self.left_out.iter().map(|(template, why)| {
            Json::object([("template", Json::from(template.as_str())), ("why", Json::from(why.as_str()))])
        });
        let answers = self.answers.iter().map(|(tool, told)| {
            Json::object([
                ("event", told.event.map_or(Json::Null, Json::from)),
                ("from", Json::from(told.from)),
                ("tool", Json::from(tool.as_str())),
                ("why", told.why.as_deref().map_or(Json::Null, Json::from)),
            ])
        });
        Json::object([
            ("answers", Json::array(answers)),
            ("attacks", Json::array(self.rows.iter().map(Row::json))),
            ("counts", Json::object(counts.into_iter().map(|(word, count)| (word.replace(' ', "_"), count)))),
            ("holds", Json::from(self.holds())),
            ("left_out", Json::array(left_out)),
            ("notes", Json::array(self.notes.iter().map(|note| Json::from(note.as_str())))),
        ])
    }
}

impl Row {
    fn json(&self) -> Json {
        let mut members = vec![
            ("attack", Json::from(self.attack.name)),
            ("came", Json::from(word(&self.came).replace(' ', "_"))),
            ("template", Json::from(self.template.as_str())),
            ("threats", Json::array(self.attack.threats.iter().map(|threat| Json::from(*threat)))),
            ("tries", Json::from(self.attack.tries)),
        ];
        match &self.came {
            Came::Stopped(by) | Came::Asked(by) => members.extend([
                ("code", Json::from(by.code.as_str())),
                ("rule", by.rule.as_deref().map_or(Json::Null, Json::from)),
                ("sentence", Json::from(by.sentence.as_str())),
            ]),
            Came::Through { to, what } => {
                members.extend([("sent", Json::from(what.as_str())), ("to", Json::from(to.as_str()))]);
            }
            Came::NotApplicable(why) | Came::NoControl(why) => members.push(("why", Json::from(why.as_str()))),
        }
        Json::object(members)
    }
}
