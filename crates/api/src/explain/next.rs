//! What to do next: a sentence, and the command for a person with the names filled in.

use super::Story;
use super::came::{Came, stands};
use super::told::Told;
use super::under::tool_of;
use crate::{Api, Problem};
use bailiwick_core::json::Json;
use bailiwick_core::{Code, Data, Event, TaskState};
use bailiwick_node::LiveControl;

/// A command of a reason, with what is known of this event in the places of its names.
pub(super) fn filled(story: &Story, command: &str) -> String {
    let task = &story.past.after;
    let holder = story.grant.and_then(|grant| task.grants.get(&grant)).map(|grant| grant.holder.to_string());
    let root = task.root.and_then(|root| task.grants.get(&root)).map(|grant| grant.holder.to_string());
    // a task is started for who holds its root; what is resumed is who was refused
    let agent = if command.contains("TEMPLATE") { root } else { holder };
    let names = [
        ("TASK", Some(story.task.to_string())),
        ("EVENT", Some(story.leaf.to_string())),
        ("TEMPLATE", task.template.as_ref().map(ToString::to_string)),
        ("AGENT", agent),
        ("SERVER", tool_of(story).map(|tool| tool.server().to_string())),
    ];
    let known = names.into_iter().filter_map(|(word, name)| Some((word, name?)));
    known.fold(command.to_owned(), |command, (word, name)| command.replace(word, &name))
}

impl Api {
    pub(super) async fn next(&self, story: &Story) -> Result<Told, Problem> {
        let mut told = Told::new("next", "what to do next");
        let after: Vec<Event> = self.came_after(story)?.into_iter().map(|(_, event)| event).collect();
        let live = |task: &TaskState, _: &LiveControl| task.standing.live();
        let live = self.desk.node().look(self.tenant, story.task, live).await?;
        let (words, command) = match &story.event.data {
            Data::ActionRefused(refused) => {
                of_code(story, refused.reasons.first().map(|reason| (reason.code, reason.command())))
            }
            Data::ActionWaiting(_) if live => {
                ("see what waits for a yes, and of whom:".to_owned(), Some("bailiwick approval list".to_owned()))
            }
            Data::ApprovalAsked(_) if live => {
                let command = format!("bailiwick approval show {}", story.leaf);
                ("who is asked looks at what is asked, and signs or refuses on the page:".to_owned(), Some(command))
            }
            Data::TaskEnded(ended) => of_code(story, Some((ended.why, ended.why.command()))),
            Data::GrantEnded(ended) => of_code(story, Some((ended.why, ended.why.command()))),
            _ => of_act(story, stands(story, &after), live),
        };
        told.say(words.clone());
        if let Some(command) = &command {
            told.say(format!("  {command}"));
        }
        Ok(told
            .json(Json::object([("command", command.map_or(Json::Null, Json::from)), ("sentence", Json::from(words))])))
    }
}

/// Of a no or an ending: what its code says to people.
fn of_code(story: &Story, of: Option<(Code, Option<&'static str>)>) -> (String, Option<String>) {
    match of {
        Some((_, Some(command))) => ("where it is to go on, a person runs:".to_owned(), Some(filled(story, command))),
        _ => ("nothing: there is nothing for a person to do about it".to_owned(), None),
    }
}

fn of_act(story: &Story, came: Came, live: bool) -> (String, Option<String>) {
    let act = story.act.as_ref().map_or(story.leaf, |(leaf, _)| *leaf);
    match came {
        Came::InDoubt => {
            let asked = matches!(&story.event.data, Data::ActionDoubtful(doubt) if doubt.why == bailiwick_core::ASKED);
            let words = if asked {
                "its server asked something: the agent answers it and the call goes on; else who found out says so:"
            } else {
                "find out whether it was done, where it was to be done, and say so (or `--not-done`):"
            };
            let settle = format!("bailiwick task settle {} {act} --done --evidence WORDS", story.task);
            (words.to_owned(), Some(settle))
        }
        Came::Open => ("wait: its outcome comes, or it is in doubt once its time is over".to_owned(), None),
        Came::Known | Came::NoAct if live => {
            let words = "nothing; the task lives, and can be ended at any moment:";
            (words.to_owned(), Some(format!("bailiwick task revoke {}", story.task)))
        }
        Came::Known | Came::NoAct => ("nothing: the task has ended".to_owned(), None),
    }
}
