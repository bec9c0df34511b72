use super::*;
use crate::Document;
use crate::json::Limits;

const DAWN: Micros = Micros(1_800_000_000_000_000);

fn json(text: &str) -> Json {
    Json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn read(text: &str) -> Result<Template, String> {
    match Document::read(&json(text)) {
        Ok(Document::Template(template)) => Ok(template),
        Ok(other) => Err(format!("{other:?}")),
        Err(error) => Err(error.to_string()),
    }
}

/// A template of this intent and these rows.
pub(super) fn template_of(intent: &str, grant: &str) -> Result<Template, String> {
    read(
        &Json::object([
            ("kind", Json::from("template")),
            ("name", Json::from("t")),
            ("purpose", Json::from("p")),
            ("intent", Json::from(intent)),
            (
                "parameters",
                json(
                    r#"{"payee":{"kind":"party"},"iban":{"kind":"iban"},"where":{"kind":"server"},
                    "max":{"kind":"amount","currency":"EUR","at_most":"500"}}"#,
                ),
            ),
            ("start", json(r#"{"who":["anyone"],"agents":["payer"]}"#)),
            ("grant", json(&format!("[{grant}]"))),
        ])
        .canonical(),
    )
}

/// A template whose `grant` and further fields are these.
fn template(grant: &str, more: &str) -> Result<Template, String> {
    read(&format!(
        r#"{{"kind":"template","name":"t","purpose":"p","intent":"Pay {{payee}} at most {{max}}",
        "parameters":{{"payee":{{"kind":"party"}},"iban":{{"kind":"iban"}},"max":{{"kind":"amount","currency":"EUR","at_most":"500"}}}},
        "start":{{"who":["anyone"],"agents":["payer"]}},"grant":[{grant}]{more}}}"#
    ))
}

const PAY: &str = r#"{"tools":["bank/pay"],"effect":"transfer","when":{"/iban":{"equals":"{iban}"}},"meters":{"EUR":{"each":"{max}","total":"{max}"}},"uses":5}"#;

fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let mut all = BTreeMap::from([("payee", "Acme Ltd"), ("iban", "DE89 3704 0044 0532 0130 00"), ("max", "500")]);
    all.extend(pairs.iter().copied());
    all.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

#[test]
fn a_filled_template_is_an_intent_and_an_envelope_in_normal_forms() {
    let filled = fill(&template(PAY, "").unwrap(), &given(&[("max", "500.00 EUR")]), DAWN).unwrap();
    assert_eq!(filled.intent, "Pay Acme Ltd at most 500");
    assert_eq!(filled.parameters.canonical(), r#"{"iban":"DE89370400440532013000","max":"500","payee":"Acme Ltd"}"#);
    let row = &filled.envelope.rows[0];
    assert_eq!(row.meters[&Unit::parse("EUR").unwrap()].total, Amount::parse("500").ok());
    let iban = row.when.values().next().unwrap();
    assert!(iban.allows(Some(&Json::from("DE89370400440532013000"))));
    assert!(!iban.allows(Some(&Json::from("GB82WEST12345698765432"))) && !iban.allows(None));
    assert_eq!(filled.envelope.window, Window { not_before: DAWN, expires: DAWN.after(Span::hours(1)) });
}

#[test]
fn what_a_person_filled_in_is_refused_by_its_name() {
    let template = template(PAY, "").unwrap();
    for (name, value) in [
        ("max", "500.01"),
        ("max", "-1"),
        ("max", "1e2"),
        ("max", "NaN"),
        ("max", "1.005"),
        ("max", "10 USD"),
        ("max", ""),
        ("iban", "DE89370400440532013001"),
        ("iban", "{max}"),
        ("payee", ""),
        ("payee", "Acme\nLtd"),
        ("unknown", "x"),
    ] {
        let error = fill(&template, &given(&[(name, value)]), DAWN).unwrap_err();
        assert_eq!(error.place, name, "{value}: {error}");
    }
    let few = [("iban", "XX"), ("payee", "Acme")].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let few = BTreeMap::from(few);
    let told = fill(&template, &few, DAWN).unwrap_err().to_string();
    let (iban, max) = told.split_once('\n').unwrap();
    assert!(iban.starts_with("`iban`: ") && iban.ends_with("; `XX` is none"), "{told}");
    assert!(max.starts_with("`max`: ") && max.ends_with("it is missing"), "{told}");
    for missing in ["payee", "iban", "max"] {
        let mut given = given(&[]);
        given.remove(missing);
        assert_eq!(fill(&template, &given, DAWN).unwrap_err().place, missing);
    }
}

#[test]
fn a_value_never_becomes_a_pattern_or_a_placeholder() {
    let row = |when: &str| {
        let text = format!(
            r#"{{"kind":"template","name":"t","purpose":"p","intent":"Note {{text}}","parameters":{{"text":{{"kind":"text"}},"more":{{"kind":"text"}}}},
            "start":{{"who":["anyone"],"agents":["payer"]}},"grant":[{{"tools":["bank/note"],"effect":"write","when":{when}}}]}}"#
        );
        read(&text)
    };
    let error = row(r#"{"/subject":{"pattern":"{text}"}}"#).unwrap_err();
    assert!(error.contains("`grant[0].when`"), "{error}");
    let template = row(r#"{"/to":{"one_of":["{text}","a{text}"]}}"#).unwrap();
    for value in ["(.*)", "{more}"] {
        let given = BTreeMap::from([("text", value), ("more", "secret")]);
        let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let filled = fill(&template, &given, DAWN).unwrap();
        assert_eq!(filled.intent, format!("Note {value}"));
        let to = filled.envelope.rows[0].when.values().next().unwrap();
        let allowed = |text: &str| to.allows(Some(&Json::from(text)));
        assert!(
            allowed(value) && allowed("a{text}") && !allowed("anything") && !allowed("secret") && !allowed("asecret")
        );
    }
}

#[test]
fn a_template_that_can_never_be_filled_is_refused_where_it_is_written() {
    let meter = |limit: &str| format!(r#"{{"tools":["bank/pay"],"effect":"transfer","meters":{limit}}}"#);
    let when = |when: &str| format!(r#"{{"tools":["bank/pay"],"effect":"write","when":{when}}}"#);
    for (grant, more, place) in [
        (when(r#"{"/iban":{"equals":"{nothing}"}}"#), "", "grant[0].when"),
        (when(r#"{"iban":{"equals":"x"}}"#), "", "grant[0].when"),
        (when(r#"{"/iban":{}}"#), "", "grant[0].when"),
        (when(r#"{"/iban":{"equal":"x"}}"#), "", "grant[0].when"),
        (when(r#"{"/iban":{"pattern":"(?=x)"}}"#), "", "grant[0].when"),
        (when(r#"{"/iban":{"most":"-1"}}"#), "", "grant[0].when"),
        (meter(r#"{"EUR":{"each":"{payee}"}}"#), "", "grant[0].meters.EUR"),
        (meter(r#"{"EUR":{"each":"1.005"}}"#), "", "grant[0].meters.EUR"),
        (meter(r#"{"EUR":{"each":5}}"#), "", "grant[0].meters.EUR"),
        (meter(r#"{"EUR":{}}"#), "", "grant[0].meters.EUR"),
        (meter(r#"{"EUR":{"most":"5"}}"#), "", "grant[0].meters.EUR"),
        (meter(r#"{"EURO":{"each":"5"}}"#), "", "grant[0].meters.EURO"),
        (meter(r#"{"EUR":{"window":{"most":"5","over":"9999999d"}}}"#), "", "grant[0].meters.EUR"),
        (r#"{"tools":[]}"#.to_owned(), "", "grant[0].tools"),
        (r#"{"tools":["bank/pay"],"effect":"read","effects":["read"]}"#.to_owned(), "", "grant[0].effects"),
        (r#"{"tools":["bank/pay"],"effect":"write","resources":"any"}"#.to_owned(), "", "grant[0].resources"),
        (r#"{"tools":["bank/pay"],"uses":9007199254740993}"#.to_owned(), "", "grant[0].uses"),
        (PAY.to_owned(), r#","ask":[{"who":"owner","over":{"USD":"1"}}]"#, "ask[0].over.USD"),
        (PAY.to_owned(), r#","ask":[{"who":"anybody"}]"#, "ask[0].who"),
        (PAY.to_owned(), r#","ask":[{"who":[]}]"#, "ask[0].who"),
        (PAY.to_owned(), r#","ask":[{"who":"owner","count":0}]"#, "ask.count"),
        (
            PAY.to_owned(),
            r#","ask":[{"who":"owner","escalate":{"after":"2h","to":"role:boss"}}]"#,
            "ask.escalate.after",
        ),
        (PAY.to_owned(), r#","ask":[{"who":"role:"}]"#, "ask[0].who"),
        (PAY.to_owned(), r#","ask":[{"who":"owner","valid":"soon"}]"#, "ask.valid"),
        (PAY.to_owned(), r#","keep_results":16385"#, "keep_results"),
        (PAY.to_owned(), r#","window":"25h""#, "window"),
        (PAY.to_owned(), r#","window":"0h""#, "window"),
    ] {
        let error = template(&grant, more).expect_err(&grant);
        assert!(error.contains(&format!("`{place}`")), "expected `{place}`: {error}");
    }
    for (parameters, place) in [
        (r#"{"x":{"kind":"unheard-of"}}"#, "parameters.x"),
        (r#"{"x":{"kind":"amount"}}"#, "parameters.x"),
        (r#"{"x":{"kind":"iban","currency":"EUR"}}"#, "parameters.x"),
        (r#"{"x":{"kind":"amount","currency":"EUR","at_most":"1.005"}}"#, "parameters.x"),
        (r#"{"X":{"kind":"iban"}}"#, "parameters.X"),
        (r#"{"y":{"kind":"iban"}}"#, "intent"),
    ] {
        let text = format!(
            r#"{{"kind":"template","name":"t","purpose":"p","intent":"{{x}}","parameters":{parameters},
            "start":{{"who":["anyone"],"agents":["payer"]}},"grant":[{{"tools":["bank/list"]}}]}}"#
        );
        let error = read(&text).expect_err(parameters);
        assert!(error.contains(&format!("`{place}`")), "expected `{place}`: {error}");
    }
    assert!(
        template(
            PAY,
            r#","ask":[{"who":"role:finance","count":2,"over":{"EUR":"300"}}],"keep_results":16384,"window":"24h""#
        )
        .is_ok()
    );
}

#[test]
fn a_row_that_names_no_effect_reads() {
    let filled = fill(&template(r#"{"tools":["bank/list"]}"#, "").unwrap(), &given(&[]), DAWN).unwrap();
    assert_eq!(filled.envelope.rows[0].effects, [Effect::Read]);
}

#[test]
fn each_act_of_consent_shows_what_it_allows_and_nothing_else() {
    let rows = r#"{"tools":["mail/*"],"resources":"any"},
        {"tools":["bank/*"],"effects":["read","transfer"],"when":{"/iban":{"equals":"{iban}"}},"meters":{"EUR":{"each":"{max}","total":"{max}","window":{"most":"100","over":"1h"}}},"uses":5}"#;
    let template = template(rows, r#","ask":[{"who":"owner","over":{"EUR":"300.00"}}]"#).unwrap();
    let envelope = fill(&template, &given(&[]), DAWN).unwrap().envelope;
    let bounds = "with bank/*; only where iban is \"DE89370400440532013000\"; at most 500 EUR each; at most 500 EUR in total; \
        at most 100 EUR in any 3600 s; at most 5 times; owner is asked over 300 EUR";
    assert_eq!(envelope.sentences(false), ["read with mail/*".to_owned(), format!("read {bounds}")]);
    assert_eq!(envelope.sentences(true), [format!("transfer {bounds}")]);
}

#[test]
fn every_condition_is_shown_and_written_so_that_it_cannot_break_out_of_its_line() {
    let row = r#"{"tools":["bank/note"],"effect":"write","when":{
        "/a":{"one_of":["x","y\n; at most 1 EUR"]},"/b":{"path_within":"/srv\nread with bank/*"},"/c":{"host_of":"example.com"},
        "/d":{"most":"5","least":"1"},"/e":{"length":3,"pattern":"[a-z]*"},"/f":{"absent":true},"/g":{"required":true}}}"#;
    let sentences = fill(&template(row, "").unwrap(), &given(&[]), DAWN).unwrap().envelope.sentences(false);
    let [sentence] = sentences.as_slice() else { panic!("{sentences:?}") };
    assert!(!sentence.contains('\n'), "{sentence}");
    for part in [
        r#"a is "x" or "y\n; at most 1 EUR""#,
        r#"b is within "/srv\nread with bank/*""#,
        r#"c is on host "example.com""#,
        "d is at most 5 and is at least 1",
        "e has at most 3 characters and has the template's form",
        "f is absent",
        "g is given",
    ] {
        assert!(sentence.contains(part), "expected {part} in {sentence}");
    }
}

#[test]
fn a_limit_of_nothing_is_told_and_an_amount_that_limits_nothing_is_not() {
    let parameters = r#","parameters":{"iban":{"kind":"iban"},"max":{"kind":"amount","currency":"EUR","at_most":"500.00"},
        "least":{"kind":"amount","currency":"EUR"}}"#;
    let text = format!(
        r#"{{"kind":"template","name":"t","purpose":"p","intent":"Pay {{iban}}","start":{{"who":["anyone"],"agents":["a"]}},
        "grant":[{{"tools":["bank/pay"],"effect":"transfer","when":{{"/amount":{{"least":"{{least}}"}}}},
        "meters":{{"EUR":{{"total":"{{max}}"}}}}}}]{parameters}}}"#
    );
    let template = read(&text).unwrap();
    let told = |max: &str, least: &str| {
        let given = [("max", max), ("least", least)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        of_nothing(&template, &given.into()).map(|bad| bad.to_string())
    };
    for nothing in ["0", "0.00", "0 EUR", "0EUR"] {
        assert_eq!(told(nothing, "1").as_deref(), Some("`max`: expected more than 0 EUR, as `max=500`"), "{nothing}");
    }
    assert_eq!(told("0.01", "0"), None, "that one is no limit");
    assert_eq!(told("a lot", "0"), None, "what is no amount is told as that");
}

#[test]
fn a_secret_is_filled_in_as_its_keyed_hash_or_not_at_all() {
    let template = read(
        r#"{"kind":"template","name":"t","purpose":"p","intent":"sign in as {user} with {password}","parameters":{"user":{"kind":"name"},
            "password":{"kind":"secret"}},"start":{"who":["anyone"],"agents":["payer"]},"grant":[{"tools":["vault/login"],
            "effect":"write","when":{"/password":{"equals":"{password}"}}}]}"#,
    )
    .unwrap();
    let filled = |secret: &str| {
        let given = [("user", "ann"), ("password", secret)].map(|(name, value)| (name.to_owned(), value.to_owned()));
        fill(&template, &given.into(), DAWN)
    };
    let refused = filled("hunter2").unwrap_err().to_string();
    assert!(refused.contains("`password`: expected a secret") && !refused.contains("hunter2"), "{refused}");
    let stands = crate::hidden(&crate::sha256(b"hunter2"));
    let filled = filled(&stands).unwrap();
    assert_eq!(filled.intent, "sign in as ann with (a secret, not kept)");
    let consent = filled.consent();
    assert!(consent.contains("only where password is a secret, not kept"), "{consent}");
    assert!(!consent.contains(&stands), "people read what tells two apart, and no more: {consent}");
    let at = Pointer::parse("/password").unwrap();
    let condition = &filled.envelope.rows[0].when[&at];
    assert!(condition.allows(Some(&Json::from(stands.as_str()))) && !condition.allows(Some(&Json::from("hunter2"))));
    assert!(filled.values.iter().any(|said| said.kind == Kind::Secret && said.value == stands), "{:?}", filled.values);
}
