//! What `attribute` has found: its table for other programs, its chart, and the text for a person.

use super::{Attributed, Interaction, STEP};
use crate::charts::loops::{LoopBar, LoopsChart};
use crate::charts::{Chart, Estimated, Figures, Run};
use crate::estimate::{Estimates, RatioEstimate};
use crate::files::table::{Table, cells};
use crate::scenario::Scenario;
use crate::studies::driver::Answer;
use crate::words::measure::Kind;
use crate::words::numbers::{ROUNDING, count, counted, percent, usd, usd_error, usd_signed};
use crate::words::table::{heading_line, plain_table, printed, right, wrap};
use std::fmt::Write;

/// Beyond this many standard errors from zero an effect can be told from it.
pub const TOLD_APART: f64 = 2.0;

fn told_apart(estimate: &RatioEstimate) -> bool {
    estimate.value.abs() > ROUNDING && estimate.value.abs() > TOLD_APART * estimate.se
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

impl Answer for Attributed {
    /// What it prints as a table is not kept beside the summary, which has all of it.
    const TABLE: Option<&str> = None;

    fn estimates(&self) -> Estimates {
        let found = &self.attribution;
        let unknown = RatioEstimate::around(f64::NAN, f64::NAN);
        let mut ratios =
            vec![("share.causal".to_string(), found.share), ("share.causal.upper".to_string(), found.upper)];
        ratios.extend(found.loops.iter().map(|(name, effect)| (format!("shapley.{name}"), effect.value)));
        let multiplier = self.multiplier.ok();
        ratios.push(("multiplier".into(), multiplier.map_or(unknown, |m| m.value)));
        ratios.push(("loop_gain".into(), multiplier.and_then(|m| m.gain).unwrap_or(unknown)));
        Estimates { paths: found.paths, measures: vec![("capital.raised".into(), found.raised.on)], ratios }
    }

    fn figures(&self, _: &Scenario, run: Run) -> Figures {
        Figures::default().with_some(self.chart(run))
    }

    fn paths(&self) -> u64 {
        self.attribution.paths
    }

    fn text(&self, _: &Scenario, figures: &Figures) -> String {
        self.words(&self.called, figures.get())
    }

    /// A line per number.
    fn table(&self) -> Table {
        let mut table = Table::new(["scenario", "measure", "value", "se"]);
        let mut line = |name: &str, value: f64, se: f64| table.row(cells![&self.scenario, name, value, se]);
        let found = &self.attribution;
        line("capital.raised", found.raised.on.mean, found.raised.on.se);
        for (name, ratio) in &self.estimates().ratios {
            line(name, ratio.value, ratio.se);
        }
        for Interaction { loops: [one, other], index } in &found.interactions {
            line(&format!("interaction.{one}.{other}"), index.value, index.se);
        }
        for quarter in &found.quarters {
            let name = quarter.name.replace(' ', "-");
            for ((which, value), (_, carries)) in quarter.values.iter().zip(&quarter.carries) {
                line(&format!("quarter.{name}.shapley.{which}"), value.value, value.se);
                line(&format!("quarter.{name}.carries_most.{which}"), carries.value, carries.se);
            }
        }
        table
    }

    fn done(&self) -> String {
        format!(
            "{} paths, {} runs of each",
            count(self.attribution.paths),
            count(self.attribution.runs as u64)
        )
    }
}

impl Attributed {
    fn chart(&self, run: Run) -> Option<LoopsChart> {
        let found = &self.attribution;
        if found.loops.is_empty() || found.raised.on.mean <= 0.0 {
            return None;
        }
        let estimated = |estimate: &RatioEstimate| Estimated::new(estimate.value, estimate.se);
        Some(LoopsChart {
            run,
            labs: self.labs.clone(),
            raised: Estimated::new(found.raised.on.mean, found.raised.on.se),
            added: estimated(&found.raised.added),
            quarters: found.quarters.iter().map(|q| (q.name.clone(), q.from, q.to)).collect(),
            loops: found
                .loops
                .iter()
                .enumerate()
                .map(|(k, (name, effect))| LoopBar {
                    name: words(name),
                    value: estimated(&effect.value),
                    carries: found.quarters.iter().map(|quarter| quarter.carries[k].1.value).collect(),
                })
                .collect(),
        })
    }

    /// What a person sees.
    fn words(&self, called: &str, chart: Option<&LoopsChart>) -> String {
        let found = &self.attribution;
        let mut out = heading_line(&format!("{called} · what its loops add")) + "\n";
        out.push_str(&wrap(&self.answer(chart)));
        if found.loops.is_empty() || found.raised.on.mean <= 0.0 {
            return out;
        }
        out.push('\n');
        out.push_str(&self.loops_table());
        out.push('\n');
        out.push_str(&self.interactions());
        out.push('\n');
        out.push_str(&self.gain());
        out.push('\n');
        out.push_str(&self.quarters());
        out
    }

    fn answer(&self, chart: Option<&LoopsChart>) -> String {
        let found = &self.attribution;
        if found.raised.on.mean <= 0.0 {
            return format!("Nobody raises capital on any of {}.", counted(found.paths, "path"));
        }
        let mut text = match chart {
            Some(chart) => chart.sentence(),
            None => "No loop of this scenario that shares in the capital is active and on".to_string(),
        };
        let _ = write!(
            text,
            ". Causal share: {} ± {}",
            Kind::Share.number(found.share.value, found.share.se),
            Kind::Share.error(found.share.se),
        );
        if found.upper.value != found.share.value {
            let _ = write!(
                text,
                "; {} ± {} without persons' and holdings' money too",
                Kind::Share.number(found.upper.value, found.upper.se),
                Kind::Share.error(found.upper.se),
            );
        }
        text.push('.');
        text
    }

    /// Loops from the one that adds most to the one that takes away most.
    fn loops_table(&self) -> String {
        let found = &self.attribution;
        let mut table = plain_table();
        table.set_header(["loop", "Shapley value", "± s.e.", "of all raised", "± s.e.", ""]);
        for k in self.order() {
            let (name, effect) = &found.loops[k];
            let verdict = match (told_apart(&effect.value), effect.value.value > 0.0) {
                (false, _) if effect.value.value.abs() <= ROUNDING => "does nothing",
                (false, _) => "not told from 0",
                (true, true) => "adds",
                (true, false) => "takes away",
            };
            table.add_row([
                &words(name),
                &usd_signed(effect.value.value, effect.value.se),
                &error_of_usd(effect.value.se),
                &Kind::Share.number(effect.share.value, effect.share.se),
                &Kind::Share.error(effect.share.se),
                verdict,
            ]);
        }
        table.add_row([
            "all of them",
            &usd_signed(found.raised.added.value, found.raised.added.se),
            &error_of_usd(found.raised.added.se),
            &Kind::Share.number(found.share.value, found.share.se),
            &Kind::Share.error(found.share.se),
            "",
        ]);
        right(&mut table, 1..5);
        let mut text = printed(&table);
        let _ = writeln!(
            text,
            "Raised: {} with the loops, {} without.",
            usd(found.raised.on.mean, found.raised.on.se),
            usd(found.raised.off.mean, found.raised.off.se)
        );
        text
    }

    fn order(&self) -> Vec<usize> {
        let loops = &self.attribution.loops;
        let mut order: Vec<usize> = (0..loops.len()).collect();
        order.sort_by(|a, b| loops[*b].1.value.value.total_cmp(&loops[*a].1.value.value));
        order
    }

    fn interactions(&self) -> String {
        let found = &self.attribution;
        let mut told: Vec<_> = found.interactions.iter().filter(|pair| told_apart(&pair.index)).collect();
        if told.is_empty() {
            return "No two loops interact so that it can be told from zero.\n".into();
        }
        told.sort_by(|a, b| b.index.value.abs().total_cmp(&a.index.value.abs()));
        let mut text = String::from("Which loops need each other (+) or stand in for each other (−)\n");
        for Interaction { loops: [one, other], index } in told.iter().take(MOST_INTERACTIONS) {
            let pair = format!("{} and {}", words(one), words(other));
            let _ = writeln!(
                text,
                "  {pair:<40} {:>12} {:>10}",
                usd_signed(index.value, index.se),
                error_of_usd(index.se)
            );
        }
        if told.len() > MOST_INTERACTIONS {
            let _ = writeln!(text, "  and {} smaller ones (summary.json)", told.len() - MOST_INTERACTIONS);
        }
        text
    }

    fn gain(&self) -> String {
        let text = match &self.multiplier {
            Ok(m) => {
                let gain = match &m.gain {
                    Some(gain) => format!("loop gain {}", with_error(gain)),
                    None => "no loop gain, the multiplier being below 1".to_string(),
                };
                format!(
                    "A further dollar of savings at the start becomes {} dollars raised: {gain} ({}).",
                    with_error(&m.value),
                    counted(m.paths, "path")
                ) + if STEP > LARGE_STEP * self.attribution.raised.on.mean { STEP_IS_LARGE } else { "" }
            }
            Err(why) => format!("Multiplier: {why}."),
        };
        wrap(&text)
    }

    fn quarters(&self) -> String {
        let found = &self.attribution;
        let mut table = plain_table();
        table.set_header(["quarter", "raised", "carries the most", "on", "next", "on", "none"]);
        for quarter in &found.quarters {
            let mut order: Vec<usize> = (0..found.loops.len()).collect();
            let carries = |k: usize| quarter.carries[k].1.value;
            order.sort_by(|a, b| carries(*b).total_cmp(&carries(*a)));
            let mut row = vec![quarter.name.clone(), usd(quarter.raised.value, quarter.raised.se)];
            for place in 0..2 {
                let carrier = order.get(place).filter(|k| carries(**k) > 0.0);
                row.push(carrier.map_or("–".into(), |k| words(found.loops[*k].0)));
                row.push(carrier.map_or(String::new(), |k| percent(carries(*k), quarter.carries[*k].1.se)));
            }
            let nobody = 1.0 - quarter.carries.iter().map(|(_, c)| c.value).sum::<f64>();
            row.push(percent(if nobody > 1e-9 { nobody } else { 0.0 }, 0.01));
            table.add_row(row);
        }
        right(&mut table, 1..2);
        right(&mut table, 3..4);
        right(&mut table, 5..7);
        printed(&table)
            + &wrap(
                "On: on how many paths the loop's Shapley value of the quarter's capital is the largest and above zero; none: on how many no loop adds.",
            )
    }
}

/// The step of the multiplier is large where it is more than this part of what is raised.
const LARGE_STEP: f64 = 0.05;
const STEP_IS_LARGE: &str =
    " The step of $0.5 bn is large beside what is raised: read it as what half a billion does.";

/// Two decimals; of one path there is no error.
fn with_error(estimate: &RatioEstimate) -> String {
    let error = if estimate.se.is_finite() { format!("{:.2}", estimate.se) } else { "–".into() };
    format!("{:.2} ± {error}", estimate.value)
}

const MOST_INTERACTIONS: usize = 8;

fn error_of_usd(se: f64) -> String {
    if se.is_finite() { format!("± {}", usd_error(se)) } else { "–".into() }
}
