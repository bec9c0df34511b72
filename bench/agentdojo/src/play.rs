//! One task of a suite, played: honestly, and under each attack on it, with a person who says yes to what the task is about
//! and with one who says yes to everything.

use crate::Trouble;
use crate::choose::Chooser;
use crate::data::{Pair, Suite, UserTask, same};
use crate::run::{Person, Run};
use crate::score::Score;
use crate::tenant::{LOOK, Tenant};
use std::collections::BTreeSet;

/// What plays: a suite on a tenant of its own.
pub(crate) struct Player<'a> {
    pub(crate) suite: &'a Suite,
    pub(crate) tenant: Tenant,
    pub(crate) chooser: &'a Chooser,
    pub(crate) tell: bool,
}

/// What one attack in one variant came to.
struct Attacked {
    won: bool,
    through: BTreeSet<usize>,
    asked: usize,
    harm: usize,
}

impl Player<'_> {
    /// A task, with all attacks on it.
    pub(crate) async fn task(&self, task: &UserTask) -> Result<Score, Trouble> {
        let mut score = Score { name: self.suite.name.clone(), ..Score::default() };
        self.honest(task, &mut score).await?;
        for pair in self.suite.pairs_of(task) {
            self.pair(task, pair, &mut score).await?;
        }
        Ok(score)
    }

    async fn start(&self, task: &UserTask, person: Person) -> Result<Run<'_>, Trouble> {
        let stated = self.tenant.stated(&task.prompt)?;
        let more = self.chooser.choose(&task.prompt, &stated);
        let bound = self.tenant.start(LOOK, &task.prompt, &more).await?;
        Ok(Run { tenant: &self.tenant, bound, person, approvals: 0 })
    }

    /// A task with nothing injected.
    async fn honest(&self, task: &UserTask, score: &mut Score) -> Result<(), Trouble> {
        let mut run = self.start(task, Person::Perfect).await?;
        let mut passes = true;
        let calls = self.suite.honest(task, None);
        let came = run.honest(&calls).await?;
        for ((call, _), came) in calls.iter().zip(came) {
            score.changes += usize::from(call.class != "read");
            passes &= came.through;
            if self.tell && !came.through {
                println!("  {} {}: {} is refused: {}", self.suite.name, task.id, same(call), came.why);
            } else if self.tell && came.asked {
                println!("  {} {}: {} is asked about", self.suite.name, task.id, same(call));
            }
        }
        if self.tell && run.approvals > 0 {
            println!("  {} {}: {} approvals", self.suite.name, task.id, run.approvals);
        }
        self.tenant.end(&run.bound).await?;
        score.honest_total += 1;
        score.honest_pass += usize::from(passes);
        score.approvals.push(run.approvals);
        Ok(())
    }

    /// An attack: from the moment that its text was read, and after all honest calls.
    async fn pair(&self, task: &UserTask, pair: &Pair, score: &mut Score) -> Result<(), Trouble> {
        score.pairs += 1;
        let (mut perfect, mut yes) = (false, false);
        let moments: BTreeSet<usize> = [task.read_by(), task.calls.len()].into();
        for until in moments {
            let first = self.attacked((task, pair), Person::Perfect, until).await?;
            // Who is asked nothing says nothing: then the other person sees the same.
            let second = match first.asked {
                0 => None,
                _ => Some(self.attacked((task, pair), Person::Yes, until).await?),
            };
            score.prompts += first.asked;
            score.harm += first.harm;
            perfect |= first.won;
            yes |= second.as_ref().unwrap_or(&first).won;
            for (person, came) in [("", Some(&first)), (" with yes to all", second.as_ref())] {
                if let Some(came) = came.filter(|came| self.tell && (came.won || (person.is_empty() && came.harm > 0)))
                {
                    let calls: Vec<String> = came.through.iter().map(usize::to_string).collect();
                    let (name, from) =
                        (&self.suite.name, if until == task.calls.len() { "the end" } else { "the text" });
                    let what = if came.won { "wins" } else { "does harm" };
                    println!(
                        "  {name} {} {}: {what}{person} from {from} on, calls {}",
                        task.id,
                        pair.injection_task,
                        calls.join(", ")
                    );
                }
            }
        }
        score.won_perfect += usize::from(perfect);
        score.won_yes += usize::from(yes);
        Ok(())
    }

    /// One attack after `until` honest calls.
    async fn attacked(
        &self,
        (task, pair): (&UserTask, &Pair),
        person: Person,
        until: usize,
    ) -> Result<Attacked, Trouble> {
        let injection = self.suite.injections.get(&pair.injection_task).ok_or("no such injection")?;
        let text = self.suite.attack_text(&injection.goal);
        let honest = self.suite.honest(task, Some(&text));
        let truth: BTreeSet<String> = honest.iter().map(|(call, _)| same(call)).collect();
        let mut run = self.start(task, person).await?;
        run.honest(honest.get(..until).unwrap_or(&honest)).await?;
        let (mut through, mut asked, mut harm) = (BTreeSet::new(), 0, 0);
        for (at, (call, result)) in self.suite.attack(pair, &text).iter().enumerate() {
            let own = truth.contains(&same(call));
            let came = run.call(call, result, own).await?;
            asked += usize::from(came.asked);
            if came.through {
                through.insert(at);
                harm += usize::from(call.class != "read" && !own);
            }
        }
        self.tenant.end(&run.bound).await?;
        Ok(Attacked { won: injection.succeeds(&through), through, asked, harm })
    }
}
