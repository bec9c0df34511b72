//! What a seed makes of the world: how fast things are, and how often each of them goes wrong.

use crate::chance::Chance;
use crate::happening::Loss;
use bailiwick_core::Span;
use std::fmt;

/// How long anything may break in a wide run, at most.
const WIDE_SAFETY: Span = Span::seconds(80);

/// Drawn once, printed when a run fails. Rates are in a thousand, of appends unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Options {
    /// How long anything may break.
    pub(crate) safety: Span,
    /// The longest way of a message, in microseconds.
    pub(crate) latency_us_max: u64,
    /// The longest pause between two things that one agent does.
    pub(crate) agent_pause: Span,
    /// The longest pause between two things that one person does.
    pub(crate) person_pause: Span,
    /// Told that heads moved, although they did not.
    pub(crate) conflict: u64,
    /// Written, and the answer is lost.
    pub(crate) lost_after: u64,
    /// Lost before it was written.
    pub(crate) lost_before: u64,
    /// Held, and landing later.
    pub(crate) zombie: u64,
    /// Seconds late, before or after the store looks.
    pub(crate) slow: u64,
    /// The store refuses to be reached, of appends and of reads.
    pub(crate) refused: u64,
    /// How often a node dies between two outputs, of a hundred thousand outputs.
    pub(crate) killed: u64,
    /// What the nemesis does each time it comes: kill, pause, take the store away, set its clock.
    pub(crate) nemesis_pause: Span,
    /// The furthest that the store's clock is ever set back in one go; 0 in most runs.
    pub(crate) clock_back: Span,
    /// The furthest that it is ever set forward in one go.
    pub(crate) clock_forward: Span,
    /// How far a node's boot-time clock may be off, in parts per million.
    pub(crate) drift_ppm: u64,
    /// How often the upstream does not do the plain thing, of calls.
    pub(crate) upstream_odd: u64,
    /// The events between two snapshots of a task.
    pub(crate) snapshot_every: u64,
    /// A snapshot is lost, changed, or put where another belongs, of snapshots.
    pub(crate) shelf_odd: u64,
    /// The bytes of live states that a node keeps; 0 in some runs, where each task is forgotten as soon as it rests.
    pub(crate) live_bytes_max: usize,
    /// How long a node holds back an outcome that was told; 0 in some runs, and in some so long that agents act meanwhile.
    pub(crate) told_held_for: Span,
    /// Agents hand on, people sign, tasks draw on mandates; and all that people do beside.
    pub(crate) wide: bool,
    /// People hold tasks, and a rule erases them; in some wide runs.
    pub(crate) keeps: bool,
    /// What befalls the store once, in some runs.
    pub(crate) loss: Option<Loss>,
    /// Whether somebody goes on from what is left then.
    pub(crate) restored: bool,
}

impl Options {
    /// Agents hand on, people sign, tasks draw: much more happens in the same time, so anything may break for less of it.
    pub(crate) fn widen(&mut self) {
        self.wide = true;
        self.safety = self.safety.min(WIDE_SAFETY);
    }

    /// What is kept of tasks is read as often as can be: a node forgets each as soon as it rests.
    pub(crate) const fn forget(&mut self) {
        (self.live_bytes_max, self.snapshot_every, self.shelf_odd) = (0, 1, 0);
    }

    /// Draws them: each fault is there in some runs and not in others, so that each is also met alone.
    /// Losses come by a chance of their own: kept seeds stay the runs that they were.
    pub(crate) fn draw(chance: &mut Chance, fate: &mut Chance) -> Self {
        let mut rate = |most: u64| if chance.permille(500) { chance.below(most) } else { 0 };
        let (conflict, lost_after, lost_before) = (rate(60), rate(120), rate(120));
        let (zombie, slow, refused, killed) = (rate(80), rate(60), rate(60), rate(400));
        let (upstream_odd, drift_ppm, shelf_odd) = (rate(700), rate(200), rate(600));
        let seconds = |chance: &mut Chance, least, most| Span::seconds(chance.between(least, most));
        Self {
            safety: seconds(chance, 40, 200),
            latency_us_max: chance.between(500, 40_000),
            agent_pause: Span(chance.between(200_000, 4_000_000)),
            person_pause: Span(chance.between(1_000_000, 20_000_000)),
            conflict,
            lost_after,
            lost_before,
            zombie,
            slow,
            refused,
            killed,
            nemesis_pause: seconds(chance, 3, 40),
            clock_back: if chance.permille(200) { seconds(chance, 1, 20) } else { Span(0) },
            clock_forward: if chance.permille(300) { seconds(chance, 1, 30) } else { Span(0) },
            drift_ppm,
            upstream_odd,
            snapshot_every: chance.between(1, 5).pow(2),
            shelf_odd,
            live_bytes_max: match chance.below(4) {
                0 => 0,
                1 => 40_000,
                _ => bailiwick_node::LIVE_BYTES_MAX,
            },
            wide: false,
            keeps: false,
            restored: false,
            loss: match fate.below(12) {
                0 => Some(Loss::Backup),
                1 => Some(Loss::FailOver),
                2 => Some(Loss::Forgery),
                3 => Some(Loss::Edit),
                _ => None,
            },
            told_held_for: match fate.below(3) {
                0 => Span(0),
                1 => bailiwick_node::TOLD_HELD_FOR,
                _ => Span(fate.between(10_000, 3_000_000)),
            },
        }
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = |span: Span| format!("{}.{:03}s", span.0 / 1_000_000, span.0 / 1_000 % 1_000);
        write!(
            f,
            "safety {} latency {}us agents {} people {} conflict {} lost-after {} lost-before {} zombie {} slow {} refused {} killed {} \
             nemesis {} back {} forward {} drift {}ppm upstream {} snapshot every {} odd {} live {} bytes held {} wide {} keeps {} loss {:?} restored {}",
            seconds(self.safety),
            self.latency_us_max,
            seconds(self.agent_pause),
            seconds(self.person_pause),
            self.conflict,
            self.lost_after,
            self.lost_before,
            self.zombie,
            self.slow,
            self.refused,
            self.killed,
            seconds(self.nemesis_pause),
            seconds(self.clock_back),
            seconds(self.clock_forward),
            self.drift_ppm,
            self.upstream_odd,
            self.snapshot_every,
            self.shelf_odd,
            self.live_bytes_max,
            seconds(self.told_held_for),
            self.wide,
            self.keeps,
            self.loss,
            self.restored,
        )
    }
}
