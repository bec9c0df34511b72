//! Who is told of what happened: the node's mail server and secrets, and how it goes.

use crate::cli::Serve;
use crate::home::{Home, Trouble};
use crate::print::words;
use crate::trust::BadInput;
use bailiwick_api::{RuleTold, Telling};
use bailiwick_core::{MailAddress, Notify, secret_named};
use bailiwick_gateway::Secrets;
use bailiwick_notices::{Notices, Settings, Smtp, Standing};
use std::sync::Arc;

/// For `status` and `doctor`.
#[derive(Debug)]
struct Told(Arc<Notices>);

impl Telling for Told {
    fn told(&self) -> Vec<RuleTold> {
        let told = |standing: Standing| {
            let Standing { rule, sent, waiting, given_up, failed, trouble } = standing;
            RuleTold { rule, sent, waiting, given_up, failed, trouble }
        };
        self.0.standings().into_iter().map(told).collect()
    }

    fn unready(&self, notify: &Notify) -> Option<String> {
        self.0.unready(notify)
    }
}

/// The mail server that the command line names.
///
/// # Errors
/// What of it cannot be used.
pub(crate) fn smtp(asked: &Serve, secrets: &Secrets) -> Result<Option<Smtp>, Trouble> {
    let (Some(url), Some(from)) = (&asked.smtp, &asked.mail_from) else { return Ok(None) };
    let from = MailAddress::parse(from).map_err(|error| BadInput(format!("--mail-from: {error}")))?;
    let named = |text: &String| {
        let name = secret_named(text).filter(|(before, _)| before.is_empty()).map(|(_, name)| name);
        let name = name.ok_or_else(|| BadInput("--smtp-password: expected `secret:NAME`".to_owned()))?;
        let unknown =
            || BadInput(format!("--smtp-password: no secret `{name}` was given with --secret or --secret-env"));
        secrets.value(name).ok_or_else(unknown)
    };
    let password = asked.smtp_password.as_ref().map(named).transpose()?;
    let read = |path: &std::path::PathBuf| {
        std::fs::read(path).map_err(|error| BadInput(format!("{}: {error}", path.display())))
    };
    let authorities = asked.smtp_ca.as_ref().map(read).transpose()?;
    let smtp = Smtp::read(url, password, from, authorities.as_deref());
    Ok(Some(smtp.map_err(|error| BadInput(format!("--smtp: {error}")))?))
}

/// The notices of a home. They go with each beat of the node.
pub(crate) fn open(home: &Home, public_url: Option<String>, smtp: Option<Smtp>, secrets: Secrets) -> Arc<Notices> {
    let settings =
        Settings { public_url, smtp, secret: Box::new(move |name| secrets.value(name)), say: Box::new(words) };
    let notices = Arc::new(Notices::new(Arc::clone(&home.node), home.tenant, settings));
    home.api.has_notices(Arc::new(Told(Arc::clone(&notices))));
    notices
}
