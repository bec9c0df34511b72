//! `person …`.

use super::Outcome;
use crate::cli::Person;
use crate::client::Client;
use crate::hint::ours;
use crate::home::Trouble;
use crate::names::{in_path, known};
use crate::print::{self, data, foreign, list, number, text, time, words};
use crate::trust::BadInput;
use bailiwick_core::json::Json;

pub(super) async fn person(client: &Client, asked: Person, json: bool) -> Result<Outcome, Trouble> {
    match asked {
        Person::List => {
            let all = client.get("/v1/persons").await?;
            if json {
                print::json_lines(&all, "persons");
            } else {
                list(&all, "persons").iter().for_each(|person| data(&line(person)));
                nobody_signs(list(&all, "persons"));
            }
        }
        Person::Show { person } => {
            let person = client.get(&format!("/v1/persons/{}", in_path(&named(client, &person).await?))).await?;
            if json {
                print::json(&person);
            } else {
                show(&person);
            }
        }
        Person::Invite { person } => {
            let path = format!("/v1/persons/{}/invite", in_path(&named(client, &person).await?));
            let invited = client.post(&path, &Json::Null).await?;
            if json {
                print::json(&invited);
                return Ok(Outcome::Done);
            }
            data(text(&invited, "url"));
            if super::change::waits(&invited) {
                words("the link opens once it is signed, for an hour; it is not shown again");
                return Ok(Outcome::Done);
            }
            words(&format!(
                "open it in the browser of {}, or hand it over in private: whoever opens it first makes a passkey that signs as \
                 that person. It is good once, until {}, and is not shown again",
                text(&invited, "person"),
                time(number(&invited, "expires"))
            ));
        }
        Person::Uninvite { person, invitation } => {
            let name = named(client, &person).await?;
            let path = format!("/v1/persons/{}/invitations/{invitation}/withdraw", in_path(&name));
            let gone = client.post(&path, &Json::Null).await?;
            if json {
                print::json(&gone);
            } else {
                data(&format!("withdrawn, as event {}: its link opens nothing any more", number(&gone, "event")));
            }
        }
        Person::RemovePasskey { person, passkey } => {
            let name = named(client, &person).await?;
            let known = client.get(&format!("/v1/persons/{}", in_path(&name))).await?;
            let ids = list(&known, "passkeys").iter().map(|key| text(key, "id"));
            let mut found = ids.filter(|id| !passkey.is_empty() && id.starts_with(&passkey));
            let (Some(id), None) = (found.next(), found.next()) else {
                let why =
                    format!("not one passkey of `{name}` begins with `{passkey}`; see `bailiwick person show {name}`");
                return Err(BadInput(why).into());
            };
            let removed =
                client.post(&format!("/v1/persons/{}/passkeys/{id}/remove", in_path(&name)), &Json::Null).await?;
            if json {
                print::json(&removed);
            } else {
                data(&format!(
                    "removed, as event {}: it signs nothing more, and its sessions and what {name} invited by passkey are over",
                    number(&removed, "event")
                ));
            }
        }
    }
    Ok(Outcome::Done)
}

/// The name of a person who is there.
async fn named(client: &Client, name: &str) -> Result<String, Trouble> {
    let all = client.get("/v1/persons").await?;
    Ok(known("person", name, list(&all, "persons").iter().map(|person| text(person, "name")))?)
}

fn roles(person: &Json) -> String {
    let roles: Vec<&str> = list(person, "roles").iter().filter_map(Json::as_str).collect();
    if roles.is_empty() { "no role".to_owned() } else { roles.join(", ") }
}

/// Where nobody could sign a yes, what is to be done for that.
fn nobody_signs(persons: &[Json]) {
    let invite = ours("person invite NAME");
    if persons.is_empty() {
        words(&format!(
            "nobody is in the directory yet, so nobody can say yes to anything: describe people in documents of kind `person`, \
             `{}`, and have each make a passkey by `{invite}`",
            ours("apply -f FILE")
        ));
    } else if persons.iter().all(|person| list(person, "passkeys").is_empty()) {
        words(&format!("nobody has a passkey yet, so nobody can say yes to anything: `{invite}`"));
    }
}

fn line(person: &Json) -> String {
    let (name, keys) = (text(person, "name"), list(person, "passkeys").len());
    let keys = if keys == 1 { "1 passkey".to_owned() } else { format!("{keys} passkeys") };
    format!("{name:<24} {keys:<12} {}", roles(person))
}

fn show(person: &Json) {
    data(&format!("person {}", text(person, "name")));
    data(&format!("  roles     {}", roles(person)));
    if let Some(uid) = person.get("uid").and_then(Json::as_u64) {
        data(&format!("  uid       {uid}"));
    }
    for key in list(person, "passkeys") {
        data(&format!("  passkey   {}  {}", text(key, "id"), foreign(text(key, "name"))));
    }
    for open in list(person, "invited") {
        let (id, by, until) = (number(open, "id"), text(open, "by"), time(number(open, "expires")));
        data(&format!("  invited   {id} by {by}, open until {until}"));
    }
}
