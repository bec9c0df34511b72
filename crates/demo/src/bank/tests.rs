use super::*;

const IBAN: &str = crate::INVOICE_IBAN;

fn order(key: &str, amount: &str) -> Value {
    json!({"iban": IBAN, "payee": "Example Printing", "amount": amount, "currency": "EUR",
        "reference": "INV-7", "idempotency_key": key})
}

fn ask(state: &mut State, name: &str, given: Value) -> Done {
    call(name, Some(given), state, None, &Day::read("2026-11-21").unwrap()).expect("a tool of the bank")
}

fn held(state: &mut State) -> Value {
    ask(state, "balance", json!({})).unwrap()["amount"]["value"].clone()
}

#[test]
fn a_payment_moves_its_amount_and_a_cancelled_one_brings_it_back() {
    let state = &mut State::memory();
    let paid = ask(state, "pay", order("a", "480.00")).unwrap();
    assert_eq!(
        paid,
        json!({"payment_id": "P-000001", "status": "executed", "amount": {"value": "480.00", "currency": "EUR"}})
    );
    assert_eq!(held(state), "24520.00");
    let back = ask(state, "cancel_payment", json!({"payment_id": "P-000001"})).unwrap();
    assert_eq!(
        back,
        json!({"payment_id": "P-000001", "status": "cancelled", "amount": {"value": "480.00", "currency": "EUR"}})
    );
    assert_eq!(held(state), "25000.00");
}

#[test]
fn a_payment_is_looked_up_by_its_key() {
    let state = &mut State::memory();
    let found = |state: &mut State| ask(state, "get_payment", json!({"idempotency_key": "a"})).unwrap();
    assert_eq!(found(state), json!({"status": "none", "amount": {"value": "0.00", "currency": "EUR"}}));
    ask(state, "pay", order("a", "480.00")).unwrap();
    assert_eq!(found(state), json!({"status": "executed", "amount": {"value": "480.00", "currency": "EUR"}}));
    ask(state, "cancel_payment", json!({"payment_id": "P-000001"})).unwrap();
    assert_eq!(found(state)["status"], "cancelled");
}

#[test]
fn one_idempotency_key_pays_once() {
    let state = &mut State::memory();
    let first = ask(state, "pay", order("a", "10.00")).unwrap();
    assert_eq!(ask(state, "pay", order("a", "10.00")).unwrap(), first);
    assert_eq!(held(state), "24990.00");
    let other = ask(state, "pay", order("a", "11.00"));
    assert_eq!(other, Err(Failed::Said("this `idempotency_key` was used for another payment".into())));
}

#[test]
fn what_does_not_fit_moves_nothing() {
    let state = &mut State::memory();
    let change = |key: &str, value: Value| {
        let mut order = order("a", "10.00");
        order[key] = value;
        order
    };
    for wrong in [
        change("amount", json!(10)),
        change("amount", json!("-10.00")),
        change("amount", json!("1e3")),
        change("amount", json!("25000.01")),
        change("currency", json!("USD")),
        change("iban", json!("DE89370400440532013001")),
        change("payee", json!("  ")),
        change("surprise", json!(true)),
        json!({"iban": IBAN}),
        json!([]),
    ] {
        assert!(ask(state, "pay", wrong.clone()).is_err(), "{wrong}");
    }
    assert_eq!(held(state), "25000.00");
}

#[test]
fn statements_show_the_days_asked_for() {
    let state = &mut State::memory();
    ask(state, "pay", order("a", "10.00")).unwrap();
    let on = |state: &mut State, from: &str, to: &str| {
        ask(state, "export_statements", json!({"from": from, "to": to}))
            .map(|s| s["payments"].as_array().unwrap().len())
    };
    assert_eq!(on(state, "2026-11-21", "2026-11-21"), Ok(1));
    assert_eq!(on(state, "2026-11-01", "2026-11-20"), Ok(0));
    assert!(on(state, "yesterday", "2026-11-20").is_err());
}

#[test]
fn a_payment_that_is_held_and_dropped_moves_nothing() {
    let dir = crate::state::tests::scratch("held");
    let path = dir.path().join("hold.sock");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    let watcher = std::thread::spawn(move || drop(listener.accept().unwrap()));
    let (state, hold) = (&mut State::memory(), Hold::at(path));
    let answer = call("pay", Some(order("a", "10.00")), state, Some(&hold), &Day::read("2026-11-21").unwrap());
    assert!(matches!(answer, Some(Err(Failed::Said(_)))));
    watcher.join().unwrap();
    assert_eq!(held(state), "25000.00");
}
