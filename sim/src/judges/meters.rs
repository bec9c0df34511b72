//! Reserved and settled together are within every limit, by this judge's own arithmetic in cents: from what stands in the
//! arguments, and from what the upstream really did.

use super::tree::Tree;
use super::{Judge, Verdict, holds};
use crate::happening::Happening;
use crate::log::{Entry, Log};
use crate::world::World;
use bailiwick_core::json::Json;
use bailiwick_core::{ActionBegun, ActionEnded, Amount, Data, GrantId, Micros, Reserved, Status, StreamId, Unit};
use std::collections::BTreeMap;

type Meter = (GrantId, u64, Unit);

/// One charge of an act.
#[derive(Debug, Clone, Copy)]
struct Charge {
    act: u64,
    at: Micros,
    size: u64,
}

#[derive(Default)]
pub(super) struct Meters {
    tree: Tree,
    charges: BTreeMap<Meter, Vec<Charge>>,
    uses: BTreeMap<(GrantId, u64), u64>,
    begun: BTreeMap<(StreamId, u64), Box<ActionBegun>>,
    executed: BTreeMap<GrantId, u64>,
}

/// An amount in hundredths: all of this world have at most two decimals.
pub(super) fn hundredths(amount: Amount) -> Result<u64, String> {
    let text = amount.to_string();
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let bad = || format!("{text} has more than two decimals");
    let whole: u64 = whole.parse().map_err(|_| bad())?;
    let part: u64 = match part.len() {
        0 => 0,
        1 => part.parse::<u64>().map_err(|_| bad())? * 10,
        2 => part.parse().map_err(|_| bad())?,
        _ => return Err(bad()),
    };
    Ok(whole * 100 + part)
}

impl Meters {
    fn begun(&mut self, entry: &Entry, begun: &ActionBegun) -> Verdict {
        let (leaf, act) = (entry.stored.leaf, entry.stored.seq);
        let said = begun.private.as_ref().and_then(|private| private.arguments.get("amount")).and_then(Json::as_str);
        if let Some(said) = said {
            let said = Amount::parse(said).map_err(|error| format!("leaf {leaf}: {error}"))?;
            let in_euros = |reserved: &&Reserved| reserved.unit.as_str() == "EUR";
            let reserved = begun.reserved.iter().find(in_euros).map(|reserved| reserved.amount);
            holds(reserved == Some(said), || {
                format!("leaf {leaf}: {said} EUR is asked for and {reserved:?} is reserved")
            })?;
        }
        if let Some(first) = begun.continues {
            self.gone_on(entry, first, begun)?;
        }
        // Every grant that it comes from is charged as well.
        for (above, _) in self.tree.upwards(begun.grant).into_iter().filter(|_| !begun.rows.is_empty()) {
            let used = begun.rows.iter().any(|used| used.grant == above);
            holds(used, || format!("leaf {leaf}: nothing is charged to grant {above}, which it comes from"))?;
        }
        for used in &begun.rows {
            let uses = self.uses.entry((used.grant, used.row)).or_default();
            *uses += 1;
            let row = usize::try_from(used.row).ok();
            let envelope = self.tree.get(used.grant).map(|held| &held.envelope);
            let row = row.and_then(|row| envelope?.rows.get(row)).ok_or("a row was used that is not there")?;
            holds(row.uses.is_none_or(|most| *uses <= most), || {
                format!("leaf {leaf}: a row is used {uses} times, past its most")
            })?;
            // Every meter of the row that the act is about is charged.
            for unit in row.meters.keys() {
                let charged = begun.reserved.iter().any(|held| held.grant == used.grant && held.unit == *unit);
                holds(charged, || format!("leaf {leaf}: nothing is reserved in {unit}"))?;
            }
        }
        for reserved in &begun.reserved {
            let charge = Charge { act, at: entry.event.at, size: hundredths(reserved.amount)? };
            let meter = (reserved.grant, reserved.row, reserved.unit.clone());
            self.charges.entry(meter.clone()).or_default().push(charge);
            self.within(&meter, entry)?;
        }
        self.begun.insert((entry.stored.stream, act), Box::new(begun.clone()));
        Ok(())
    }

    /// The charge of an act that was answered with a question goes over to the one that goes on, which bears no less.
    fn gone_on(&mut self, entry: &Entry, first: u64, next: &ActionBegun) -> Verdict {
        let leaf = entry.stored.leaf;
        let begun = self.begun.remove(&(entry.stored.stream, first));
        let begun = begun.ok_or_else(|| format!("leaf {leaf}: it goes on from act {first}, which is not there"))?;
        holds(next.rows == begun.rows, || format!("leaf {leaf}: it goes on from act {first} by other rows"))?;
        for used in &begun.rows {
            let uses = self.uses.entry((used.grant, used.row)).or_default();
            *uses = uses.saturating_sub(1);
        }
        for held in &begun.reserved {
            let size = hundredths(held.amount)?;
            let same = |now: &&Reserved| now.grant == held.grant && now.row == held.row && now.unit == held.unit;
            let now = next.reserved.iter().find(same).map_or(Ok(0), |now| hundredths(now.amount))?;
            holds(now >= size, || format!("leaf {leaf}: it goes on from act {first} and is charged less"))?;
            let charges = self.charges.entry((held.grant, held.row, held.unit.clone())).or_default();
            let charge = charges.iter_mut().find(|charge| charge.act == first);
            charge.ok_or_else(|| format!("leaf {leaf}: act {first} was not charged"))?.size = 0;
        }
        Ok(())
    }

    fn ended(&mut self, entry: &Entry, ended: &ActionEnded) -> Verdict {
        let leaf = entry.stored.leaf;
        let begun = self.begun.get(&(entry.stored.stream, ended.act));
        let begun = begun.ok_or_else(|| format!("leaf {leaf}: act {} ended that did not begin", ended.act))?;
        let gives_back = matches!(ended.status, Status::NeverSent | Status::NotDone);
        if gives_back {
            for used in &begun.rows {
                let uses = self.uses.entry((used.grant, used.row)).or_default();
                *uses = uses.saturating_sub(1);
            }
        }
        for settled in &ended.settled {
            let size = hundredths(settled.amount)?;
            let meter = (settled.grant, settled.row, settled.unit.clone());
            let charges = self.charges.entry(meter.clone()).or_default();
            let charge = charges.iter_mut().find(|charge| charge.act == ended.act);
            let charge =
                charge.ok_or_else(|| format!("leaf {leaf}: act {} settles what it did not reserve", ended.act))?;
            charge.size = size;
            self.within(&meter, entry)?;
        }
        Ok(())
    }

    /// The limits of a meter, over its charges.
    fn within(&self, meter: &Meter, entry: &Entry) -> Verdict {
        let (grant, row, unit) = meter;
        let leaf = entry.stored.leaf;
        let row = usize::try_from(*row).ok();
        let limit = row.and_then(|row| self.tree.get(*grant)?.envelope.rows.get(row)?.meters.get(unit));
        let limit = limit.ok_or_else(|| format!("leaf {leaf}: a meter in {unit} is charged that is not there"))?;
        let charges = self.charges.get(meter).map(Vec::as_slice).unwrap_or_default();
        let past =
            |most: Option<Amount>, size: u64| most.map_or(Ok(false), |most| Ok::<_, String>(size > hundredths(most)?));
        let total: u64 = charges.iter().map(|charge| charge.size).sum();
        let past_total = past(limit.total, total)?;
        holds(!past_total, || format!("leaf {leaf}: {total} hundredths of {unit} are charged, past the total"))?;
        let largest = charges.iter().map(|charge| charge.size).max().unwrap_or(0);
        let past_each = past(limit.each, largest)?;
        holds(!past_each, || format!("leaf {leaf}: {largest} hundredths of {unit} in one act, past the most"))?;
        let Some(window) = &limit.window else { return Ok(()) };
        for last in charges {
            let from = last.at.before(window.over);
            let within: u64 = charges.iter().filter(|one| one.at > from && one.at <= last.at).map(|one| one.size).sum();
            let past_window = past(Some(window.most), within)?;
            holds(!past_window, || {
                format!("leaf {leaf}: {within} hundredths of {unit} within a window, past the most")
            })?;
        }
        Ok(())
    }
}

impl Judge for Meters {
    fn name(&self) -> &'static str {
        "meters"
    }

    fn entry(&mut self, entry: &Entry, _: &Log) -> Verdict {
        self.tree.entry(entry);
        match &entry.event.data {
            Data::ActionBegun(begun) => self.begun(entry, begun),
            Data::ActionEnded(ended) => self.ended(entry, ended),
            _ => Ok(()),
        }
    }

    fn happened(&mut self, happening: &Happening, _: &Log, _: &World) -> Verdict {
        let Happening::Executed { grant, amount, .. } = happening else { return Ok(()) };
        // What was done below a grant was done within what it allows.
        for (above, held) in self.tree.upwards(*grant) {
            let executed = self.executed.entry(above).or_default();
            *executed += hundredths(*amount)?;
            let rows = held.envelope.rows.iter().flat_map(|row| &row.meters);
            let euros = rows.filter(|(unit, _)| unit.as_str() == "EUR").map(|(_, limit)| limit.total);
            let totals =
                euros.map(|total| total.map(hundredths).transpose()).collect::<Result<Option<Vec<u64>>, _>>()?;
            let Some(most) = totals.map(|totals| totals.iter().sum::<u64>()) else { continue };
            holds(*executed <= most, || {
                format!("the upstream moved {executed} hundredths under grant {above}, granted were {most}")
            })?;
        }
        Ok(())
    }
}
