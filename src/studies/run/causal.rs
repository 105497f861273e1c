//! The causal lens (§9): the same paths again with loops off, and what stands beside the share: whom the missing money came
//! from, what else changes, what contracts tied to the loops add, and how far the share moves with what is assumed of the
//! outside's money ([`super::corners`]).

use super::corners::{self, Point, Range};
use crate::engine::simulate::{column_names, simulate_some};
use crate::engine::{Run, Unfinished};
use crate::estimate::moments::{Moments, Pairs, Spread};
use crate::estimate::paired::Paired;
use crate::estimate::replicates::ByReplicate;
use crate::estimate::{Estimate, RatioEstimate};
use crate::plan::Plan;
use crate::state::Loops;
use serde_json::{Value, json};
use std::ops::ControlFlow;

/// The causal lens: what would not have been raised without the loops.
#[derive(Debug, Clone)]
pub struct Causal {
    /// Paths that were run again.
    pub paths: u64,
    /// `1 − E[G_off]/E[G_on]`, all loops off but `related_wealth`.
    pub share: RatioEstimate,
    /// The same with `related_wealth` off too.
    pub upper: RatioEstimate,
    /// The share path by path, over the paths that raised capital with the loops on.
    pub by_path: Estimate,
    pub replacement: Replacement,
    /// What else differs between the two runs, `capital.raised` first.
    pub compared: Vec<Compared>,
    /// `(G(off, 0) − G(off, ω))/G_on`, where a contract is tied to a loop that is on.
    pub demand: Option<RatioEstimate>,
    /// Where the scenario is not certain of what the outside's money does.
    pub range: Option<Range>,
    /// `1 − E[off]/E[on]` of the second denominator, where there is one.
    pub financing: Option<RatioEstimate>,
}

/// How much of the money that comes through the loops others would have brought without them.
#[derive(Debug, Clone, Copy)]
pub struct Replacement {
    /// `L/E[G_on]`: money that came through the loops.
    pub through_loops: RatioEstimate,
    /// `1 − (E[G_on] − E[G_off])/L`, not clipped; `None` where [`Replacement::LEAST`] of the capital did not come through.
    pub rate: Option<RatioEstimate>,
    /// The rate at which the share is 10%.
    pub at_ten: Option<AtTen>,
}

#[derive(Debug, Clone, Copy)]
pub enum AtTen {
    Rate(RatioEstimate),
    /// So little came through the loops that the share is below 10% whatever is replaced.
    AtAny,
}

impl Replacement {
    /// With a smaller part of the capital through the loops a rate of replacement is noise.
    pub const LEAST: f64 = 0.05;
    /// The effect that others may think too small to speak of.
    pub const SMALL_SHARE: f64 = 0.1;
}

/// The mean of a measure with the loops on and off, over the paths on which it is defined.
#[derive(Debug, Clone)]
pub struct Compared {
    pub measure: String,
    pub on: RatioEstimate,
    pub off: RatioEstimate,
    /// `E[off]/E[on] − 1`, paired.
    pub change: RatioEstimate,
}

/// Paths that `run` runs again for the causal lens, unless it waits for one of its errors.
pub const CAUSAL_PATHS: u64 = 20_000;

/// Measures of a run's first paths that the causal lens looks at, in path order.
pub struct OnRun {
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
}

const RAISED: &str = "capital.raised";
/// Where there is vendor credit or project debt: what labs had others pay for, however it is called.
const FINANCING: &str = "financing";
const THROUGH_LOOPS: &str = "capital.through_loops";

impl OnRun {
    pub fn new(plan: &Plan) -> OnRun {
        let measures = column_names(plan);
        let measures = &measures[plan.uncertain.len()..];
        let of_labs = plan.actors.labs.iter().flat_map(|lab| {
            ["discount", "dilution"].into_iter().map(move |what| format!("lab.{}.{what}", lab.name))
        });
        let always = [RAISED, FINANCING, "paid", "written_off"].map(str::to_string);
        let mut names: Vec<String> =
            always.into_iter().chain(of_labs).filter(|name| measures.contains(name)).collect();
        names.push(THROUGH_LOOPS.to_string());
        OnRun { columns: vec![Vec::new(); names.len()], names }
    }

    /// Of all paths of a run.
    pub fn simulated(plan: &Plan, run: &Run) -> OnRun {
        let names = OnRun::new(plan).names;
        let columns = columns_of(plan, run, &names, &|| false).expect("nobody stops it");
        OnRun { names, columns }
    }

    pub fn paths(&self) -> usize {
        self.columns[0].len()
    }

    fn raised(&self) -> &[f64] {
        &self.columns[0]
    }

    fn through_loops(&self) -> &[f64] {
        self.columns.last().expect("it is the last of them")
    }

    /// What both runs are compared by: all but what came through the loops.
    fn compared(&self) -> &[String] {
        &self.names[..self.names.len() - 1]
    }
}

/// The same paths without the loops, as far as they were run again.
#[derive(Debug, Clone, Default)]
pub struct Again {
    /// By what is compared, all loops off but `related_wealth`.
    off: Vec<Vec<f64>>,
    /// Capital raised with all loops off, and with what is tied to them off too, where something is.
    none: Vec<f64>,
    tied: Vec<f64>,
}

impl Again {
    /// Runs the paths of `on` again that were not yet, unless `stop` says so.
    fn extend(
        &mut self,
        plan: &Plan,
        run: &Run,
        on: &OnRun,
        stop: &(impl Fn() -> bool + Sync),
    ) -> Result<(), Unfinished> {
        let (first, end) = (run.first + self.none.len() as u64, run.first + on.paths() as u64);
        if first >= end {
            return Ok(());
        }
        let loops_off = run.loops.causal_off();
        let more = Run { first, end, courses: 0, loops: loops_off, ..*run };
        let only_raised = [RAISED.to_string()];
        let off = columns_of(plan, &more, on.compared(), stop)?;
        let none = columns_of(plan, &Run { loops: Loops::ALL_OFF, ..more }, &only_raised, stop)?;
        let ties = run.loops.of_which_off(loops_off);
        if plan.compute.is_tied(ties) {
            self.tied.extend(columns_of(plan, &Run { ties, ..more }, &only_raised, stop)?.remove(0));
        }
        self.off.resize(off.len(), Vec::new());
        self.off.iter_mut().zip(off).for_each(|(column, more)| column.extend(more));
        self.none.extend(&none[0]);
        Ok(())
    }

    /// How a ratio of the lens spreads over the paths of `on`, for a rule that stops the run; `None` for one that has no
    /// error.
    pub fn spread(
        &mut self,
        name: &str,
        plan: &Plan,
        run: &Run,
        on: &OnRun,
        stop: impl Fn() -> bool + Sync,
    ) -> Result<Option<Spread>, Unfinished> {
        self.extend(plan, run, on, &stop)?;
        let less = |one: &[f64], other: &[f64]| -> Vec<f64> {
            one.iter().zip(other).map(|(one, other)| one - other).collect()
        };
        let raised = on.raised();
        // The ratio, and what it is multiplied by.
        let (above, below, factor) = match name {
            "share.causal" => (less(raised, &self.off[0]), raised, 1.0),
            "share.causal.upper" => (less(raised, &self.none), raised, 1.0),
            "share.causal.demand" if !self.tied.is_empty() => (less(&self.off[0], &self.tied), raised, 1.0),
            "share.financing.causal" => {
                let Some(place) = on.compared().iter().position(|name| name == FINANCING) else {
                    return Ok(None);
                };
                let financing = on.columns[place].as_slice();
                (less(financing, &self.off[place]), financing, 1.0)
            }
            "replacement" => (less(raised, &self.off[0]), on.through_loops(), 1.0),
            "replacement.at_10_percent" => (raised.to_vec(), on.through_loops(), Replacement::SMALL_SHARE),
            _ => return Ok(None),
        };
        let mut pairs = Pairs::default();
        pairs.add(&above, below);
        let spread = pairs.spread();
        let pairing = Pairing { first: run.first, is_replicated: run.sampler.is_replicated() };
        let replicated = pairing.is_replicated.then(|| factor * pairing.ratio(&above, below).se);
        // A rate of replacement is 1 less the ratio.
        let value = factor * spread.value;
        let value = if name.starts_with("replacement") { 1.0 - value } else { value };
        Ok(Some(Spread { value, sd: factor * spread.sd, replicated, ..spread }))
    }
}

/// Can a run wait for a ratio of the lens?
pub fn has_spread(name: &str, plan: &Plan, run: &Run) -> bool {
    match name {
        "share.causal.low" | "share.causal.high" => false,
        "share.causal.demand" => plan.compute.is_tied(run.loops.of_which_off(run.loops.causal_off())),
        "share.financing.causal" => OnRun::new(plan).names.iter().any(|name| name == FINANCING),
        _ => true,
    }
}

/// Runs the first `on.paths()` paths again with loops off, but those that `again` has; `on` is what they did with the loops
/// of `run` on. `None` when nothing was raised.
pub fn causal(
    plan: &Plan,
    run: &Run,
    on: &OnRun,
    mut already: Again,
    corner_paths: u64,
    stop: impl Fn() -> bool + Sync,
) -> Result<Option<Causal>, Unfinished> {
    let raised = on.raised();
    if raised.is_empty() || raised.iter().all(|g| *g <= 0.0) {
        return Ok(None);
    }
    already.extend(plan, run, on, &stop)?;
    let Again { off, none, tied } = already;
    let again = Run { end: run.first + raised.len() as u64, courses: 0, ..*run };
    let pairing = Pairing { first: run.first, is_replicated: run.sampler.is_replicated() };
    let demand = (!tied.is_empty()).then(|| {
        let needed: Vec<f64> = off[0].iter().zip(&tied).map(|(off, tied)| off - tied).collect();
        pairing.ratio(&needed, raised)
    });
    let by_path =
        off[0].iter().zip(raised).map(|(off, on)| if *on > 0.0 { 1.0 - off / on } else { f64::NAN });
    let range = corners::range(plan, &again, corner_paths, [raised, &off[0]], pairing, &stop)?;
    let financing = on.names.iter().position(|name| name == FINANCING);
    let compared = on.compared().iter().zip(&on.columns).zip(&off);
    Ok(Some(Causal {
        paths: raised.len() as u64,
        share: pairing.share_lost(&off[0], raised),
        upper: pairing.share_lost(&none, raised),
        by_path: Estimate::of(by_path.collect()),
        replacement: replacement(&pairing, raised, &off[0], on.through_loops()),
        compared: compared
            .map(|((measure, on), off)| Compared {
                measure: measure.clone(),
                on: pairing.mean(on),
                off: pairing.mean(off),
                change: pairing.ratio(off, on).plus(-1.0),
            })
            .collect(),
        demand,
        range,
        financing: financing.map(|k| pairing.share_lost(&off[k], &on.columns[k])),
    }))
}

impl Causal {
    /// As the files name them.
    pub fn ratios(&self) -> Vec<(String, RatioEstimate)> {
        let unknown = RatioEstimate::around(f64::NAN, f64::NAN);
        let mut all = vec![("share.causal", self.share), ("share.causal.upper", self.upper)];
        all.extend(self.demand.map(|demand| ("share.causal.demand", demand)));
        if let Some(range) = &self.range {
            all.extend([("share.causal.low", range.low().share), ("share.causal.high", range.high().share)]);
        }
        all.extend(self.financing.map(|share| ("share.financing.causal", share)));
        all.push(("replacement", self.replacement.rate.unwrap_or(unknown)));
        let at_ten = match self.replacement.at_ten {
            Some(AtTen::Rate(rate)) => rate,
            _ => unknown,
        };
        all.push(("replacement.at_10_percent", at_ten));
        all.into_iter().map(|(name, ratio)| (name.to_string(), ratio)).collect()
    }
}

impl Causal {
    /// What `summary.json` says of it beside the ratios.
    pub fn json(&self) -> Value {
        let of = |ratio: &RatioEstimate| json!({"value": ratio.value, "se": ratio.se});
        let Replacement { through_loops, rate, at_ten } = &self.replacement;
        let why_none = match (rate, at_ten) {
            (None, _) => Some("less than 5% of the capital came through the loops"),
            (Some(_), Some(AtTen::AtAny)) => Some("the share is below 10% at any rate of replacement"),
            _ => None,
        };
        let point = |point: &Point| {
            let corner: serde_json::Map<String, Value> = point
                .corner
                .iter()
                .flat_map(|corner| corner.by_key())
                .map(|(key, end)| (key.to_string(), Value::from(end)))
                .collect();
            json!({
                "corner": corner, "value": point.share.value, "se": point.share.se, "raised": of(&point.raised),
            })
        };
        let compared: serde_json::Map<String, Value> = self
            .compared
            .iter()
            .map(|c| {
                (c.measure.clone(), json!({"on": of(&c.on), "off": of(&c.off), "change": of(&c.change)}))
            })
            .collect();
        json!({
            "paths": self.paths,
            "through_loops": of(through_loops),
            "replacement": {
                "value": rate.map(|rate| rate.value), "se": rate.map(|rate| rate.se), "why_none": why_none,
            },
            "compared": compared,
            "range": self.range.as_ref().map(|range| json!({
                "paths": range.paths,
                "low": point(range.low()),
                "high": point(range.high()),
                "points": range.points.iter().map(point).collect::<Vec<_>>(),
            })),
        })
    }
}

fn replacement(pairing: &Pairing, on: &[f64], off: &[f64], through: &[f64]) -> Replacement {
    let through_loops = pairing.ratio(through, on);
    if through_loops.value < Replacement::LEAST {
        return Replacement { through_loops, rate: None, at_ten: None };
    }
    let lost: Vec<f64> = on.iter().zip(off).map(|(on, off)| on - off).collect();
    let at_ten = pairing.ratio(on, through).times(-Replacement::SMALL_SHARE).plus(1.0);
    Replacement {
        through_loops,
        rate: Some(pairing.ratio(&lost, through).times(-1.0).plus(1.0)),
        at_ten: Some(if at_ten.value < 0.0 { AtTen::AtAny } else { AtTen::Rate(at_ten) }),
    }
}

/// How paths of two runs are paired, and what the errors come from: the paths, or the sampler's replicates.
#[derive(Debug, Clone, Copy)]
pub struct Pairing {
    pub first: u64,
    pub is_replicated: bool,
}

impl Pairing {
    /// Mean of y over mean of x.
    pub fn ratio(&self, y: &[f64], x: &[f64]) -> RatioEstimate {
        if self.is_replicated {
            let mut by_replicate = ByReplicate::default();
            for ((path, y), x) in (self.first..).zip(y).zip(x) {
                by_replicate.push(path, *y, *x);
            }
            return by_replicate.ratio();
        }
        let mut paired = Paired::default();
        paired.add(y, x);
        paired.ratio()
    }

    pub fn mean(&self, values: &[f64]) -> RatioEstimate {
        if self.is_replicated {
            let mut by_replicate = ByReplicate::default();
            by_replicate.add(self.first, values);
            return by_replicate.ratio();
        }
        let moments = Moments::of_all(values);
        RatioEstimate::around(moments.mean, moments.se())
    }

    /// `1 − E[off]/E[on]`.
    pub fn share_lost(&self, off: &[f64], on: &[f64]) -> RatioEstimate {
        if self.is_replicated {
            let lost: Vec<f64> = on.iter().zip(off).map(|(on, off)| on - off).collect();
            return self.ratio(&lost, on);
        }
        let mut paired = Paired::default();
        paired.add(off, on);
        paired.share_lost()
    }
}

/// Measures of a run's paths, a column each.
pub fn columns_of(
    plan: &Plan,
    run: &Run,
    wanted: &[String],
    stop: &(impl Fn() -> bool + Sync),
) -> Result<Vec<Vec<f64>>, Unfinished> {
    let paths = (run.end - run.first) as usize;
    let mut columns: Vec<Vec<f64>> = wanted.iter().map(|_| Vec::with_capacity(paths)).collect();
    simulate_some(plan, run, wanted, |block| {
        // The measures follow the uncertain numbers.
        for (column, more) in columns.iter_mut().zip(&block.columns[plan.uncertain.len()..]) {
            column.extend_from_slice(more);
        }
        if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if columns[0].len() == paths { Ok(columns) } else { Err(Unfinished::Stopped) }
}
