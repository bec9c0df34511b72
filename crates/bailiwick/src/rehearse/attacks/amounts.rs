//! Amounts: more than was said yes to, in parts, once more, under a used name, and as two programs read it differently.

use super::super::act::{Act, put_in};
use super::super::scene::{By, Came, Run, Scene, Tried, through};
use super::super::servers::Answer;
use crate::print::list;
use bailiwick_core::json::Json;
use bailiwick_core::{Amount, Effect};

const NO_AMOUNT: &str = "no act of it has an amount that a binding reads";
/// What is used where 1 was said yes to.
const MORE: &str = "5000.00";
/// The most acts that a total is spent in.
const TIMES_MAX: u64 = 20;
/// The most parts that are tried.
const PARTS_MAX: usize = 12;

fn moves(act: &Act) -> bool {
    act.amount.is_some() && act.effect != Effect::Read
}

/// An amount that its row limits, or from which on people are asked.
fn limit(scene: Scene<'_>, act: &Act, name: &str) -> Option<Amount> {
    let (_, unit) = act.amount.as_ref()?;
    let meter = act.row.get("meters").and_then(|meters| meters.get(unit));
    let said = meter.and_then(|meter| meter.get(name)).map(|value| put_in(value, &scene.case.filled));
    said.and_then(|value| Amount::parse(value.as_str()?).ok())
}

fn asked_over(scene: Scene<'_>, act: &Act) -> Option<Amount> {
    let (_, unit) = act.amount.as_ref()?;
    let asks = list(&scene.case.template, "ask").iter();
    let over = asks.filter_map(|ask| ask.get("over")?.get(unit)?.as_str().and_then(|text| Amount::parse(text).ok()));
    over.min()
}

/// An amount in hundredths, what is less left off.
fn cents(amount: Amount) -> Option<u64> {
    let text = amount.to_string();
    let (whole, cents) = text.split_once('.').unwrap_or((&text, ""));
    let cents: u64 = format!("{cents:0<2}").chars().take(2).collect::<String>().parse().ok()?;
    whole.parse::<u64>().ok()?.checked_mul(100)?.checked_add(cents)
}

fn as_amount(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// So many hundredths of an amount.
fn part(amount: Amount, hundredths: u64) -> Option<String> {
    Some(as_amount(cents(amount)?.checked_mul(hundredths)? / 100))
}

/// A yes to one, and then five thousand.
pub(super) async fn more(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.act(moves) else { return Ok(Came::NotApplicable(NO_AMOUNT.to_owned())) };
    let at = act.amount.as_ref().map(|(at, _)| at.as_str()).unwrap_or_default();
    let Some(arguments) = act.with(at, MORE) else { return Ok(Came::NotApplicable(NO_AMOUNT.to_owned())) };
    super::values::after_honest(scene, act, &arguments).await
}

/// Parts that are each under a limit, until together they are over it.
pub(super) async fn split(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.act(moves) else { return Ok(Came::NotApplicable(NO_AMOUNT.to_owned())) };
    let at = act.amount.as_ref().map(|(at, _)| at.as_str()).unwrap_or_default();
    let limits = [asked_over(scene, act), limit(scene, act, "total"), limit(scene, act, "each")];
    let Some(most) = limits.into_iter().flatten().min() else {
        return Ok(Came::NotApplicable("no limit of it is one that parts could slip under".to_owned()));
    };
    let one = part(most, 60).and_then(|text| act.with(at, &text));
    let Some(arguments) = one else { return Ok(Came::NotApplicable("its limit is too small to be parted".to_owned())) };
    let run = scene.begin().await?;
    let first = Run::fresh(act, &arguments);
    // the first part is within the limit, so it is honest
    run.honest_with(act, &first).await?;
    let mut came = run.tries(act, &arguments).await?;
    for _ in 2..PARTS_MAX {
        if !matches!(came, Came::Through { .. }) {
            break;
        }
        // two parts are over the limit: one that was let through is enough, and how far it goes is told
        let next = run.tries(act, &arguments).await?;
        if !matches!(next, Came::Through { .. }) {
            break;
        }
        came = next;
    }
    run.revoke().await?;
    Ok(came)
}

/// The whole of the limit, in acts whose answers tell nothing, and then once more.
pub(super) async fn again(scene: Scene<'_>) -> Tried<Came> {
    let Some(act) = scene.act(moves) else { return Ok(Came::NotApplicable(NO_AMOUNT.to_owned())) };
    let at = act.amount.as_ref().map(|(at, _)| at.as_str()).unwrap_or_default();
    let Some(total) = limit(scene, act, "total").and_then(cents) else {
        return Ok(Came::NotApplicable("no total bounds its amounts, so none can be spent twice".to_owned()));
    };
    let each = limit(scene, act, "each").and_then(cents).map_or(total, |each| each.min(total)).max(1);
    let times = total.div_ceil(each);
    let whole = act.with(at, &as_amount(each)).filter(|_| times <= TIMES_MAX);
    let Some(arguments) = whole else {
        return Ok(Came::NotApplicable(format!("its total takes {times} acts: at most {TIMES_MAX} are tried")));
    };
    let control = scene.begin().await?;
    control.honest_with(act, &Run::fresh(act, &arguments)).await?;
    control.revoke().await?;
    let run = scene.begin().await?;
    scene.stage.servers.answers(&act.tool.to_string(), Answer::Error);
    for _ in 0..times {
        let own = Run::fresh(act, &arguments);
        let reply = run.once(act, &own).await?;
        if let Some(approval) = reply.waits() {
            scene.signed(approval).await;
            run.once(act, &own).await?;
        }
    }
    scene.stage.servers.as_before();
    let came = run.tries(act, &arguments).await;
    run.revoke().await?;
    came
}

/// The name of an act that was done, for another one.
pub(super) async fn same_key(scene: Scene<'_>) -> Tried<Came> {
    let named =
        |act: &Act| act.keyed && act.effect != Effect::Read && (act.amount.is_some() || act.words_at().is_some());
    let Some(act) = scene.act(named) else {
        return Ok(Came::NotApplicable("no act of it takes a name for idempotency".to_owned()));
    };
    let run = scene.begin().await?;
    let honest = Run::fresh(act, &act.arguments);
    run.honest_with(act, &honest).await?;
    let changed = Act { arguments: honest, ..act.clone() };
    let other = match &act.amount {
        Some((at, _)) => changed.with(at, "1.01"),
        None => act.words_at().and_then(|at| changed.with(&at, "other words")),
    };
    let count = scene.stage.servers.count();
    let reply = run.once(act, &other.unwrap_or_default()).await?;
    let came = run.came(count, &reply).await;
    run.revoke().await?;
    Ok(came)
}

/// Amounts that one program takes for a small one, and another for a large one.
pub(super) async fn unreadable(scene: Scene<'_>) -> Tried<Came> {
    const FORMS: [&str; 5] = ["1,000.00", "1e3", "\u{ff11}\u{ff10}", "+1.00", "0x10"];
    let Some(act) = scene.act(moves) else { return Ok(Came::NotApplicable(NO_AMOUNT.to_owned())) };
    let at = act.amount.as_ref().map(|(at, _)| at.as_str()).unwrap_or_default();
    let run = scene.begin().await?;
    run.honest(act).await?;
    let mut stopped = None;
    for form in FORMS {
        let Some(arguments) = act.with_json(at, Json::from(form)) else { break };
        match run.tries(act, &arguments).await? {
            Came::Stopped(by) => stopped = Some(by),
            other => {
                run.revoke().await?;
                return Ok(other);
            }
        }
    }
    run.revoke().await?;
    let nothing = || By { code: String::new(), sentence: "no form of an amount was tried".to_owned(), rule: None };
    Ok(Came::Stopped(stopped.unwrap_or_else(nothing)))
}

/// Whether anything reached a server after so many calls.
pub(super) fn arrived(scene: Scene<'_>, count: usize) -> Option<Came> {
    scene.stage.servers.since(count).first().map(through)
}
