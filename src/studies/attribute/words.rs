//! What `attribute` has found: its `summary.json`, its table for other programs, and the text for a person.

use crate::charts::loops::{self, LoopBar, LoopsChart};
use crate::charts::{Estimated, Figures, Run};
use crate::estimate::{Estimates, RatioEstimate};
use crate::files::summary;
use crate::studies::attribute::{Attribution, Multiplier, STEP};
use crate::words::numbers::{ROUNDING, counted, percent, usd, usd_signed};
use crate::words::table::{plain_table, points, printed, right, share, wrap};
use serde_json::{Value, json};
use std::fmt::Write;

/// A finished study.
pub struct Attributed {
    pub scenario: String,
    /// The same with what was changed in it.
    pub called: String,
    pub seed: u64,
    pub labs: Vec<String>,
    pub attribution: Attribution,
    /// `None` where it was refused or not asked for; the text says why.
    pub multiplier: Result<Multiplier, &'static str>,
}

/// Beyond this many standard errors from zero an effect can be told from it.
pub const TOLD_APART: f64 = 2.0;

fn told_apart(estimate: &RatioEstimate) -> bool {
    estimate.value.abs() > ROUNDING && estimate.value.abs() > TOLD_APART * estimate.se
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

impl Attributed {
    /// As the files name them.
    pub fn estimates(&self) -> Estimates {
        let found = &self.attribution;
        let unknown = RatioEstimate::around(f64::NAN, f64::NAN);
        let mut ratios =
            vec![("share.causal".to_string(), found.share), ("share.causal.upper".to_string(), found.upper)];
        ratios.extend(found.loops.iter().map(|effect| (format!("shapley.{}", effect.name), effect.value)));
        let multiplier = self.multiplier.ok();
        ratios.push(("multiplier".into(), multiplier.map_or(unknown, |m| m.value)));
        ratios.push(("loop_gain".into(), multiplier.and_then(|m| m.gain).unwrap_or(unknown)));
        Estimates { paths: found.paths, measures: vec![("capital.raised".into(), found.on)], ratios }
    }

    /// The whole `summary.json`.
    pub fn body(&self) -> serde_json::Result<Value> {
        let found = &self.attribution;
        let mut body = summary::value(&self.scenario, self.seed, &self.estimates())?;
        let pair = |estimate: &RatioEstimate| json!({"value": estimate.value, "se": estimate.se});
        let by_loop = |of: &dyn Fn(usize) -> Value| -> Value {
            found.loops.iter().enumerate().map(|(k, effect)| (effect.name.to_string(), of(k))).collect()
        };
        let quarters: Vec<Value> = found
            .quarters
            .iter()
            .map(|quarter| {
                json!({
                    "quarter": quarter.name,
                    "from": quarter.from,
                    "to": quarter.to,
                    "raised": pair(&quarter.raised),
                    "shapley": by_loop(&|k| pair(&quarter.values[k])),
                    "carries_most": by_loop(&|k| pair(&quarter.carries[k])),
                })
            })
            .collect();
        let interactions: Vec<Value> = found
            .interactions
            .iter()
            .map(|(i, j, index)| {
                json!({
                    "loops": [found.loops[*i].name, found.loops[*j].name],
                    "value": index.value,
                    "se": index.se,
                })
            })
            .collect();
        let off = |e: &crate::estimate::Estimate| json!({"value": e.mean, "se": e.se});
        body["attribute"] = json!({
            "runs_of_a_path": found.runs,
            "raised": {
                "loops_on": off(&found.on),
                "loops_off": off(&found.off),
                "loops_and_related_wealth_off": off(&found.none),
                "added_by_loops": pair(&found.added),
            },
            "loops": by_loop(&|k| json!({
                "value": found.loops[k].value.value,
                "se": found.loops[k].value.se,
                "share": found.loops[k].share.value,
                "share_se": found.loops[k].share.se,
            })),
            "interactions": interactions,
            "quarters": quarters,
            "multiplier": match &self.multiplier {
                Ok(multiplier) => json!({"paths": multiplier.paths, "step": STEP}),
                Err(why) => json!({"paths": 0, "step": STEP, "why_none": why}),
            },
        });
        Ok(body)
    }

    /// A line per number.
    pub fn csv(&self) -> Result<String, csv::Error> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
        table.write_record(["scenario", "measure", "value", "se"])?;
        let mut line = |name: &str, value: f64, se: f64| {
            table.write_record([&self.scenario, name, &number(value), &number(se)])
        };
        let found = &self.attribution;
        line("capital.raised", found.on.mean, found.on.se)?;
        for (name, ratio) in &self.estimates().ratios {
            line(name, ratio.value, ratio.se)?;
        }
        for (i, j, index) in &found.interactions {
            let name = format!("interaction.{}.{}", found.loops[*i].name, found.loops[*j].name);
            line(&name, index.value, index.se)?;
        }
        for quarter in &found.quarters {
            let name = quarter.name.replace(' ', "-");
            for (effect, (value, carries)) in
                found.loops.iter().zip(quarter.values.iter().zip(&quarter.carries))
            {
                line(&format!("quarter.{name}.shapley.{}", effect.name), value.value, value.se)?;
                line(&format!("quarter.{name}.carries_most.{}", effect.name), carries.value, carries.se)?;
            }
        }
        let bytes = table.into_inner().map_err(|error| error.into_error())?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    pub fn figures(&self) -> Figures {
        Figures { loops: self.chart(), ..Figures::default() }
    }

    fn chart(&self) -> Option<LoopsChart> {
        let found = &self.attribution;
        if found.loops.is_empty() || found.on.mean <= 0.0 {
            return None;
        }
        let estimated = |estimate: &RatioEstimate| Estimated::new(estimate.value, estimate.se);
        Some(LoopsChart {
            run: Run { scenario: self.called.clone(), paths: found.paths, seed: self.seed },
            labs: self.labs.clone(),
            raised: Estimated::new(found.on.mean, found.on.se),
            added: estimated(&found.added),
            quarters: found.quarters.iter().map(|q| (q.name.clone(), q.from, q.to)).collect(),
            loops: found
                .loops
                .iter()
                .enumerate()
                .map(|(k, effect)| LoopBar {
                    name: words(effect.name),
                    value: estimated(&effect.value),
                    carries: found.quarters.iter().map(|quarter| quarter.carries[k].value).collect(),
                })
                .collect(),
        })
    }

    /// What a person sees.
    pub fn text(&self) -> String {
        let found = &self.attribution;
        let title = format!("{} · what its loops add", self.called);
        let mut out = format!("{title}\n{}\n\n", "─".repeat(title.chars().count().min(80)));
        out.push_str(&wrap(&self.answer()));
        if found.loops.is_empty() || found.on.mean <= 0.0 {
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

    fn answer(&self) -> String {
        let found = &self.attribution;
        if found.on.mean <= 0.0 {
            return format!("Nobody raises capital on any of {}.", counted(found.paths, "path"));
        }
        let mut text = match self.chart() {
            Some(chart) => loops::sentence(&chart),
            None => "No loop of this scenario that shares in the capital is active and on".to_string(),
        };
        let _ = write!(
            text,
            ". Causal share: {} ± {}",
            percent(found.share.value, found.share.se),
            points(found.share.se),
        );
        if found.upper.value != found.share.value {
            let _ = write!(
                text,
                "; {} ± {} without persons' and holdings' money too",
                percent(found.upper.value, found.upper.se),
                points(found.upper.se),
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
            let effect = &found.loops[k];
            let verdict = match (told_apart(&effect.value), effect.value.value > 0.0) {
                (false, _) if effect.value.value.abs() <= ROUNDING => "does nothing",
                (false, _) => "cannot be told from 0",
                (true, true) => "adds",
                (true, false) => "takes away",
            };
            table.add_row([
                &words(effect.name),
                &usd_signed(effect.value.value, effect.value.se),
                &error_of_usd(effect.value.se),
                &share(effect.share.value),
                &points(effect.share.se),
                verdict,
            ]);
        }
        table.add_row([
            "all of them",
            &usd_signed(found.added.value, found.added.se),
            &error_of_usd(found.added.se),
            &share(found.share.value),
            &points(found.share.se),
            "",
        ]);
        right(&mut table, 1..5);
        let mut text = printed(&table);
        let _ = writeln!(
            text,
            "Raised: {} with the loops, {} without.",
            usd(found.on.mean, found.on.se),
            usd(found.off.mean, found.off.se)
        );
        text
    }

    fn order(&self) -> Vec<usize> {
        let loops = &self.attribution.loops;
        let mut order: Vec<usize> = (0..loops.len()).collect();
        order.sort_by(|a, b| loops[*b].value.value.total_cmp(&loops[*a].value.value));
        order
    }

    fn interactions(&self) -> String {
        let found = &self.attribution;
        let mut told: Vec<_> = found.interactions.iter().filter(|(_, _, index)| told_apart(index)).collect();
        if told.is_empty() {
            return "No two loops interact so that it can be told from zero.\n".into();
        }
        told.sort_by(|a, b| b.2.value.abs().total_cmp(&a.2.value.abs()));
        let mut text = String::from("Which loops need each other (+) or stand in for each other (−), $ bn\n");
        for (i, j, index) in told.iter().take(MOST_INTERACTIONS) {
            let pair = format!("{} and {}", words(found.loops[*i].name), words(found.loops[*j].name));
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
                ) + if STEP > LARGE_STEP * self.attribution.on.mean { STEP_IS_LARGE } else { "" }
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
            order.sort_by(|a, b| quarter.carries[*b].value.total_cmp(&quarter.carries[*a].value));
            let mut row = vec![quarter.name.clone(), usd(quarter.raised.value, quarter.raised.se)];
            for place in 0..2 {
                let carrier = order.get(place).filter(|k| quarter.carries[**k].value > 0.0);
                row.push(carrier.map_or("–".into(), |k| words(found.loops[*k].name)));
                row.push(
                    carrier.map_or(String::new(), |k| {
                        percent(quarter.carries[*k].value, quarter.carries[*k].se)
                    }),
                );
            }
            let nobody = 1.0 - quarter.carries.iter().map(|c| c.value).sum::<f64>();
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
    if !se.is_finite() {
        return "–".into();
    }
    let digits = if se > 0.0 { (1.0 - se.log10().floor()).clamp(0.0, 3.0) as usize } else { 0 };
    format!("± {se:.digits$}")
}
