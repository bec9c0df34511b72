//! The bank: one account, payments, statements.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::day::Day;
use crate::hold::Hold;
use crate::iban::Iban;
use crate::money::{self, Euros, shown};
use crate::state::State;
use crate::tool::{Done, Failed, Hints, READS, Tool, amount, arguments, object, text};

/// What the account holds before anything is paid.
pub const BANK_OPENING_CENTS: i64 = 2_500_000;

/// The most payments that one set of books keeps.
pub const PAYMENTS_MAX: usize = 10_000;

const NAME_CHARS_MAX: usize = 140;

/// The account's books.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Books {
    payments: Vec<Payment>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Payment {
    id: String,
    day: String,
    cancelled: bool,
    order: Order,
}

/// What is to be paid. Two orders are one when all of it is equal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Order {
    iban: String,
    payee: String,
    cents: i64,
    reference: String,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pay {
    iban: String,
    payee: String,
    amount: String,
    currency: String,
    reference: String,
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CancelPayment {
    payment_id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GetPayment {
    idempotency_key: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Balance {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExportStatements {
    from: String,
    to: String,
}

pub(crate) fn tools() -> [Tool; 5] {
    let receipt =
        || object(json!({"payment_id": {"type": "string"}, "status": {"type": "string"}, "amount": amount()}));
    [
        Tool {
            name: "pay",
            title: "Pay by credit transfer",
            description: "Pays an amount in euros to an IBAN, at once. The same idempotency_key pays once.",
            hints: Hints { read_only: false, destructive: true, idempotent: true, open_world: true },
            input: object(json!({
                "iban": text("The payee's IBAN"),
                "payee": text("The payee's name"),
                "amount": {
                    "type": "string", "pattern": "^[0-9]{1,9}(\\.[0-9]{1,2})?$",
                    "description": "Decimal text such as 480.00",
                },
                "currency": {"type": "string", "enum": ["EUR"]},
                "reference": text("What the payee reads on the statement"),
                "idempotency_key": text("Chosen by the caller; the same key pays once"),
            })),
            output: receipt(),
        },
        Tool {
            name: "cancel_payment",
            title: "Cancel a payment",
            description: "Takes a payment back and returns its amount to the account.",
            hints: Hints { read_only: false, destructive: false, idempotent: true, open_world: true },
            input: object(json!({"payment_id": text("As `pay` answered it")})),
            output: receipt(),
        },
        Tool {
            name: "get_payment",
            title: "Look a payment up",
            description: "Says what became of the payment with this idempotency_key: `executed`, `cancelled`, or `none`.",
            hints: READS,
            input: object(json!({"idempotency_key": text("As `pay` was given it")})),
            output: object(json!({"status": {"type": "string"}, "amount": amount()})),
        },
        Tool {
            name: "balance",
            title: "Balance",
            description: "Says what the account holds.",
            hints: READS,
            input: object(json!({})),
            output: object(json!({"amount": amount()})),
        },
        Tool {
            name: "export_statements",
            title: "Export statements",
            description: "Lists the account's payments from one day to another, both included.",
            hints: READS,
            input: object(json!({"from": text("A day such as 2026-11-01"), "to": text("A day such as 2026-11-30")})),
            output: object(json!({"payments": {"type": "array", "items": {"type": "object"}}})),
        },
    ]
}

/// Does one call; `None` if there is no tool of that name.
pub(crate) fn call(
    name: &str,
    given: Option<Value>,
    state: &mut State,
    hold: Option<&Hold>,
    today: &Day,
) -> Option<Done> {
    Some(match name {
        "pay" => pay(given, state, hold, today),
        "cancel_payment" => cancel_payment(given, state),
        "get_payment" => get_payment(given, state),
        "balance" => balance(given, state),
        "export_statements" => export_statements(given, state),
        _ => return None,
    })
}

fn pay(given: Option<Value>, state: &mut State, hold: Option<&Hold>, today: &Day) -> Done {
    let order = arguments::<Pay>(given).and_then(Order::read)?;
    let line = format!("pay {} {}", money::text(order.cents), order.iban);
    if hold.is_some_and(|hold| !hold.passes(&line)) {
        return said("the payment was held and not let go; nothing was paid");
    }
    kept(state, |books| books.pay(order, today))
}

fn cancel_payment(given: Option<Value>, state: &mut State) -> Done {
    let CancelPayment { payment_id } = arguments(given)?;
    kept(state, |books| books.cancel(&payment_id))
}

/// Calls are done one after another: a payment that is not there when this is asked never comes of a call from before.
fn get_payment(given: Option<Value>, state: &mut State) -> Done {
    let GetPayment { idempotency_key } = arguments(given)?;
    kept(state, |books| Ok(books.of_key(&idempotency_key)))
}

fn balance(given: Option<Value>, state: &mut State) -> Done {
    let Balance {} = arguments(given)?;
    kept(state, |books| Ok(json!({"amount": shown(books.balance())})))
}

fn export_statements(given: Option<Value>, state: &mut State) -> Done {
    let ExportStatements { from, to } = arguments(given)?;
    let day = |text: &str| Day::read(text).map_err(|error| Failed::Arguments(error.to_string()));
    let (from, to) = (day(&from)?.to_string(), day(&to)?.to_string());
    kept(state, |books| Ok(books.statements(&from, &to)))
}

fn kept(state: &mut State, change: impl FnOnce(&mut Books) -> Done) -> Done {
    state.with(change).unwrap_or_else(|error| Err(Failed::Books(error.to_string())))
}

fn said<T>(text: impl Into<String>) -> Result<T, Failed> {
    Err(Failed::Said(text.into()))
}

impl Order {
    fn read(given: Pay) -> Result<Self, Failed> {
        let wrong = Failed::Arguments;
        if given.currency != "EUR" {
            return Err(wrong("`currency` must be `EUR`".into()));
        }
        for (name, value) in
            [("payee", &given.payee), ("reference", &given.reference), ("idempotency_key", &given.idempotency_key)]
        {
            if value.trim().is_empty() || value.chars().count() > NAME_CHARS_MAX {
                return Err(wrong(format!("`{name}` must have 1 to {NAME_CHARS_MAX} characters")));
            }
        }
        Ok(Self {
            iban: Iban::read(&given.iban).map_err(|error| wrong(error.to_string()))?.as_str().to_owned(),
            payee: given.payee,
            cents: Euros::read(&given.amount).map_err(|error| wrong(error.to_string()))?.cents(),
            reference: given.reference,
            idempotency_key: given.idempotency_key,
        })
    }
}

impl Payment {
    const fn status(&self) -> &'static str {
        if self.cancelled { "cancelled" } else { "executed" }
    }

    fn receipt(&self) -> Value {
        json!({"payment_id": self.id, "status": self.status(), "amount": shown(self.order.cents)})
    }

    fn line(&self) -> Value {
        let Order { iban, payee, cents, reference, .. } = &self.order;
        json!({
            "payment_id": self.id, "day": self.day, "cancelled": self.cancelled,
            "iban": iban, "payee": payee, "amount": shown(*cents), "reference": reference,
        })
    }
}

impl Books {
    fn balance(&self) -> i64 {
        let paid: i64 = self.payments.iter().filter(|paid| !paid.cancelled).map(|paid| paid.order.cents).sum();
        BANK_OPENING_CENTS - paid
    }

    fn pay(&mut self, order: Order, today: &Day) -> Done {
        if let Some(known) = self.payments.iter().find(|paid| paid.order.idempotency_key == order.idempotency_key) {
            if known.order == order {
                return Ok(known.receipt());
            }
            return said("this `idempotency_key` was used for another payment");
        }
        if order.cents > self.balance() {
            return said("the account does not hold that much");
        }
        if self.payments.len() >= PAYMENTS_MAX {
            return said(format!("the books are full: {PAYMENTS_MAX} payments"));
        }
        let id = format!("P-{:06}", self.payments.len() + 1);
        let payment = Payment { id, day: today.to_string(), cancelled: false, order };
        let receipt = payment.receipt();
        self.payments.push(payment);
        Ok(receipt)
    }

    fn of_key(&self, key: &str) -> Value {
        let found = self.payments.iter().find(|paid| paid.order.idempotency_key == key);
        let (status, cents) = found.map_or(("none", 0), |paid| (paid.status(), paid.order.cents));
        json!({"status": status, "amount": shown(cents)})
    }

    fn cancel(&mut self, id: &str) -> Done {
        let Some(payment) = self.payments.iter_mut().find(|paid| paid.id == id) else {
            return said("there is no payment of that id");
        };
        payment.cancelled = true;
        Ok(payment.receipt())
    }

    fn statements(&self, from: &str, to: &str) -> Value {
        let within = |day: &str| (from..=to).contains(&day);
        let payments: Vec<Value> = self.payments.iter().filter(|paid| within(&paid.day)).map(Payment::line).collect();
        json!({"payments": payments})
    }
}

#[cfg(test)]
mod tests;
