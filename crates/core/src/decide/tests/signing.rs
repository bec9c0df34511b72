//! People of the tests who sign: who has a passkey, what they say yes and no to.

use super::super::prelude::*;
use super::{World, by, digest, json};

pub(crate) const PART: &str = "cGFydA";

pub(crate) fn person(name: &str) -> PersonId {
    PersonId::parse(name).unwrap()
}

pub(crate) fn passkey_of(name: &str) -> String {
    format!("key-of-{name}")
}

pub(crate) fn signer(name: &str) -> By {
    By { assurance: Assurance::Passkey, person: person(name) }
}

impl World {
    /// A world in which an administrator has a passkey, so that what loosens waits.
    pub(crate) fn administered() -> Self {
        let mut world = Self::ready();
        world.documents(&[r#"{"kind":"person","name":"otto","roles":["administrator"]}"#]);
        world.enrol("otto");
        world
    }

    /// A person enrols a passkey.
    pub(crate) fn enrol(&mut self, name: &str) {
        let (code, expires) = (digest(&format!("code of {name}")), self.now.after(Span::hours(1)));
        self.govern(ControlCommand::Invite { by: by("otto"), person: person(name), code, expires, signed: None });
        let key = json(&format!(r#"{{"crv":"P-256","kty":"EC","x":"{name}","y":"2"}}"#));
        let passkey = Passkey {
            id: passkey_of(name),
            key,
            model: Salt::new([0; 16]),
            site: "localhost".to_owned(),
            name: "phone".to_owned(),
        };
        let enrolled = self.govern(ControlCommand::Enroll { by: signer(name), code, passkey });
        assert_eq!(enrolled.refused, None);
    }

    /// Ready, with a directory in which everybody has a passkey.
    pub(crate) fn with_passkeys() -> Self {
        let mut world = Self::ready();
        world.documents(&[
            r#"{"kind":"person","name":"bea","roles":["boss"]}"#,
            r#"{"kind":"person","name":"carl","roles":["boss","approver"]}"#,
        ]);
        ["anna", "otto", "bea", "carl"].into_iter().for_each(|name| world.enrol(name));
        world
    }

    pub(crate) fn yes(&self, approval: u64, role: &str, name: &str) -> Approve {
        let statement = self.task.statement(&self.task.approvals[&approval], role, &person(name));
        let part = || PART.to_owned();
        let assertion =
            Assertion { authenticator_data: part(), client_data: part(), id: passkey_of(name), signature: part() };
        Approve {
            approval,
            role: role.to_owned(),
            by: signer(name),
            signed: statement.digest(),
            assertion,
            sheet: None,
        }
    }

    /// One signature over all of these, as each of them is told of it.
    pub(crate) fn yes_to_all(&self, asked: &[(u64, &str)], name: &str) -> Vec<Approve> {
        let each: Vec<Approve> = asked.iter().map(|(approval, role)| self.yes(*approval, role, name)).collect();
        let sheet = Sheet::of(each.iter().map(|said| said.signed).collect()).unwrap();
        let on = |said: Approve| Approve { signed: sheet.digest(), sheet: Some(sheet.clone()), ..said };
        each.into_iter().map(on).collect()
    }

    pub(crate) fn says(&mut self, said: Approve) -> Decided {
        let facts = self.facts();
        self.run(&Command::Approve(Box::new(said)), &facts)
    }

    pub(crate) fn approve(&mut self, approval: u64, role: &str, name: &str) -> Decided {
        let said = self.yes(approval, role, name);
        self.says(said)
    }

    pub(crate) fn refuse_approval(&mut self, approval: u64, name: &str) -> Decided {
        let facts = self.facts();
        let said =
            RefuseApproval { approval, by: by(name), reason: "not this month".to_owned(), instead: None, voids: true };
        self.run(&Command::RefuseApproval(Box::new(said)), &facts)
    }

    /// A no, with arguments that would do.
    pub(crate) fn offer(&mut self, approval: u64, name: &str, instead: &str) -> Decided {
        let facts = self.facts();
        let (reason, instead) = ("too much".to_owned(), Some(json(instead)));
        let said = RefuseApproval { approval, by: by(name), reason, instead, voids: true };
        self.run(&Command::RefuseApproval(Box::new(said)), &facts)
    }
}

/// The request that an act waits for.
pub(crate) fn waits(decided: &Decided) -> u64 {
    match decided.verdict {
        Verdict::StepUp { approval } => approval,
        _ => panic!("expected a wait, found {decided:?}"),
    }
}
