//! The figures: printed as they come, kept as JSON.

use crate::Trouble;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// One figure of ours beside one of a reference.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    /// What was measured; begins with the part.
    pub(crate) name: String,
    /// What stands beside it.
    pub(crate) reference: String,
    /// Our figure.
    pub(crate) ours: f64,
    /// The reference's figure, in the same unit.
    pub(crate) theirs: f64,
    /// The unit of both.
    pub(crate) unit: &'static str,
}

/// All figures of a run.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Value>,
}

/// Reads the clock.
#[expect(clippy::disallowed_methods, reason = "a measurement reads a clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The median of some durations.
pub(crate) fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// The duration that this part of all does not exceed.
pub(crate) fn quantile(all: &mut [Duration], part: f64) -> Duration {
    all.sort_unstable();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an index"
    )]
    let index = ((all.len() as f64 * part) as usize).min(all.len().saturating_sub(1));
    all.get(index).copied().unwrap_or_default()
}

/// The median of some figures.
pub(crate) fn middle(mut all: Vec<f64>) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// Microseconds.
pub(crate) fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Says what is measured now, for what takes more than a second: on standard error, beside the figures.
pub(crate) fn begins(what: &str) {
    eprintln!("now: {what}");
}

impl Table {
    /// Prints a figure and keeps it.
    pub(crate) fn add(&mut self, row: Row) {
        let Row { name, reference, ours, theirs, unit } = row;
        let ratio = ours / theirs;
        self.keep(json!({
            "name": name, "ours": ours, "ratio": ratio, "reference": theirs, "reference_name": reference, "unit": unit,
        }));
    }

    fn keep(&mut self, row: Value) {
        if self.rows.is_empty() {
            println!("{:<44} {:>12} {:>12} {:>8}  {:<9} beside", "what", "ours", "reference", "ratio", "unit");
        }
        let number = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let text = |name: &str| row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        println!(
            "{:<44} {:>12.2} {:>12.2} {:>8.3}  {:<9} {}",
            text("name"),
            number("ours"),
            number("reference"),
            number("ratio"),
            text("unit"),
            text("reference_name")
        );
        self.rows.push(row);
    }

    /// Takes figures that another program printed.
    ///
    /// # Errors
    /// When a line is no JSON.
    pub(crate) fn read(&mut self, lines: &str) -> Result<(), Trouble> {
        for line in lines.lines().filter(|line| line.starts_with('{')) {
            self.keep(serde_json::from_str(line)?);
        }
        Ok(())
    }

    /// All figures.
    ///
    /// # Errors
    /// Never for figures that are numbers.
    pub(crate) fn to_json(&self) -> Result<String, Trouble> {
        Ok(serde_json::to_string_pretty(&self.rows)?)
    }
}
