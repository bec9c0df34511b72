//! Forms that ask a person for a secret: these are never shown. MCP forbids them to servers too (Elicitation, security):
//! what is secret goes to a page of the server's own, by a URL.
//!
//! What is judged is what is asked for. The name of a field says it. A title, a description or a default says it too, but for
//! what it tells a person not to give ("do not give us your pin"). The question says it where it asks, or is no more than a
//! label. It is a list of words: one that is not in it passes.

use bailiwick_core::json::Json;
use bailiwick_core::normal::look;
use std::sync::LazyLock;

/// Words that mean a secret wherever they stand, without anything between them.
const INSIDE: &[&str] = &[
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "passwort",
    "passord",
    "kennwort",
    "geheimzahl",
    "motdepasse",
    "contraseña",
    "wachtwoord",
    "lösenord",
    "salasana",
    "пароль",
    "密码",
    "密碼",
    "パスワード",
    "비밀번호",
    "secret",
    "credential",
    "apikey",
    "apitoken",
    "accesskey",
    "privatekey",
    "signingkey",
    "encryptionkey",
    "sshkey",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "refreshtoken",
    "sessiontoken",
    "sessioncookie",
    "authcookie",
    "sessionid",
    "dotenv",
    "envfile",
    "cardnumber",
    "creditcard",
    "securitycode",
    "socialsecurity",
    "verificationcode",
    "authenticationcode",
    "authenticatorcode",
    "authcode",
    "smscode",
    "logincode",
    "backupcode",
    "recoverycode",
    "factorcode",
    "onetimecode",
    "seedphrase",
    "seedwords",
    "recoveryphrase",
    "recoverywords",
    "recoverykey",
    "walletphrase",
    "walletwords",
    "walletkey",
    "mnemonic",
];
/// Words that mean one when they stand alone, or in the plural.
const ALONE: &[&str] = &[
    "pwd", "pin", "tan", "otp", "totp", "mfa", "2fa", "cvc", "cvv", "cvc2", "cvv2", "ssn", "token", "senha", "hasło",
    "heslo", "kodeord",
];
/// Words that ask.
const ASKING: &[&str] = &[
    "enter",
    "type",
    "give",
    "provide",
    "tell",
    "send",
    "paste",
    "supply",
    "input",
    "need",
    "needs",
    "needed",
    "require",
    "requires",
    "required",
    "share",
    "confirm",
    "submit",
    "fill",
    "put",
    "write",
    "want",
    "please",
    "what",
    "whats",
    "repeat",
    "insert",
    "include",
    "add",
    "reveal",
    "post",
    "disclose",
    "use",
    "gib",
    "bitte",
    "eingeben",
    "entrez",
    "introduzca",
    "ingrese",
];
/// Words after which what follows is not wanted.
const NOT: &[&str] = &["not", "dont", "never", "no", "without", "nor", "kein", "keine", "nicht"];
/// A question of no more words is a label: it asks for what it names.
const LABEL_WORDS_MAX: usize = 4;

/// The words as texts are looked at.
static LOOKS: LazyLock<(Vec<String>, Vec<String>)> = LazyLock::new(|| {
    let looks = |words: &[&str]| words.iter().map(|word| look(word)).collect();
    (looks(INSIDE), looks(ALONE))
});

/// What a text is to the form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The name of a field.
    Name,
    /// A title or description: it says what is asked for, unless it says what is not.
    Label,
    /// What is said beside it: only what it asks for counts, and what is no more than a label.
    Words,
    /// What is said beside a choice: only what it asks for.
    Aside,
}

/// Whether a form with this question asks for a secret. What a person can only tick is none.
pub(super) fn asks_for_secret(message: &str, schema: &Json) -> bool {
    let fields = schema.get("properties").and_then(Json::as_object);
    let fields: Vec<_> =
        fields.into_iter().flat_map(|fields| fields.iter()).filter(|(_, field)| !is_tick(field)).collect();
    if fields.is_empty() {
        return false;
    }
    let said = |value: &Json, name: &str, part| {
        value.get(name).and_then(Json::as_str).is_some_and(|text| means_secret(text, part))
    };
    let titled = |(name, field): &(&str, &Json)| field.get("title").and_then(Json::as_str).unwrap_or(name).to_owned();
    fields.iter().any(|(name, field)| {
        field.get("format").and_then(Json::as_str) == Some("password")
            || means_secret(name, Part::Name)
            || said(field, "title", Part::Label)
            || said(field, "description", Part::Label)
            || said(field, "default", Part::Words)
    })
        // a word in parts
        || means_secret(&fields.iter().map(titled).collect::<String>(), Part::Label)
        || said(schema, "title", Part::Label)
        || said(schema, "description", Part::Words)
        || means_secret(message, if fields.iter().all(|(_, field)| is_choice(field)) { Part::Aside } else { Part::Words })
}

/// One or more of a list that the server has already; single characters are a keyboard.
fn is_choice(field: &Json) -> bool {
    let options = |field: &Json| {
        let listed = ["enum", "oneOf", "anyOf"].iter().find_map(|name| field.get(name)?.as_array());
        let option = |option: &Json| option.get("const").unwrap_or(option).as_str().is_some_and(|text| text.len() > 1);
        listed.is_some_and(|listed| !listed.is_empty() && listed.iter().all(option))
    };
    options(field) || field.get("items").is_some_and(options)
}

fn is_tick(field: &Json) -> bool {
    field.get("type").and_then(Json::as_str) == Some("boolean")
}

fn means_secret(text: &str, part: Part) -> bool {
    // `apiKey` is two words, `API` is one
    let mut spaced = String::with_capacity(text.len());
    let mut before_is_small = false;
    for c in text.chars().filter(|c| !matches!(c, '\'' | '\u{2019}')) {
        if c.is_uppercase() && before_is_small {
            spaced.push(' ');
        }
        before_is_small = c.is_lowercase();
        spaced.push(c);
    }
    let seen = look(&spaced);
    if part == Part::Name {
        return clause_asks(&seen, part);
    }
    seen.split(['.', '!', '?', ';', ':', '(', ')', '\n', '\r']).any(|clause| clause_asks(clause, part))
}

/// Whether a clause names a secret and, where it takes that, asks for it.
fn clause_asks(clause: &str, part: Part) -> bool {
    let read_as = |c: char| match c {
        '0' => 'o',
        '1' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        c => c,
    };
    // digits that stand for letters, and digits that stand for themselves
    [clause.to_owned(), clause.chars().map(read_as).collect()].iter().any(|clause| {
        let words: Vec<&str> = clause.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let wanted = match part {
            Part::Name | Part::Label => true,
            Part::Words | Part::Aside => {
                part == Part::Words && words.len() <= LABEL_WORDS_MAX || words.iter().any(|word| ASKING.contains(word))
            }
        };
        wanted && secrets(&words).iter().any(|at| part == Part::Name || !is_unwanted(&words, *at))
    })
}

/// Where secrets are named: by the first word of each.
fn secrets(words: &[&str]) -> Vec<usize> {
    let (inside, alone) = &*LOOKS;
    let is_alone = |word: &str| alone.iter().any(|secret| secret == word);
    let mut found: Vec<usize> = Vec::new();
    let (mut joined, mut starts) = (String::new(), Vec::new());
    for (at, word) in words.iter().enumerate() {
        starts.push(joined.len());
        joined.push_str(word);
        if is_alone(word) || word.strip_suffix('s').is_some_and(is_alone) {
            found.push(at);
        }
    }
    for (byte, _) in inside.iter().flat_map(|secret| joined.match_indices(secret.as_str())) {
        found.push(starts.partition_point(|start| *start <= byte).saturating_sub(1));
    }
    found
}

/// Whether a person is told not to give what stands at this word: "do not give us your pin", "no passwords". Another
/// word that asks ends it: "do not wait, enter your pin".
fn is_unwanted(words: &[&str], at: usize) -> bool {
    let mut unwanted = false;
    let mut before: Option<&str> = None;
    for word in words.iter().take(at) {
        if ASKING.contains(word) {
            unwanted = before.is_some_and(|before| NOT.contains(&before));
        }
        // "never ever", "do not please"
        if !matches!(*word, "ever" | "please") {
            before = Some(word);
        }
    }
    // directly before it
    unwanted || at.checked_sub(1).and_then(|last| words.get(last)).is_some_and(|last| NOT.contains(last))
}
