//! The main job: what a scenario's paths say, gathered as they come, written and told. [`run`] is all of it that simulates;
//! [`folder`] writes, [`words`] tells.

pub mod around_unwind;
pub mod asked;
pub mod causal;
pub mod command;
pub mod corners;
pub mod facts;
pub mod folder;
pub mod merge;
pub mod picture;
pub mod recorded;
pub mod redraw;
pub mod reproduce;
pub mod results;
pub mod shard;
pub mod sheets;
pub mod source;
pub mod told;
pub mod words;

use crate::charts::distribution::Tally;
use crate::deals::loops;
use crate::engine::simulate::{column_names, simulate_chunks};
use crate::engine::{Chunk, Fault, Gathering, Run, Unfinished};
use crate::estimate::convergence::Running;
use crate::estimate::moments::Spread;
use crate::estimate::sensitivity::rank_correlation;
use crate::estimate::survival::Unwinds;
use crate::estimate::{Accumulator, Keep, RatioEstimate, RatioSpec};
use crate::input::days::decimal_year;
use crate::outcome::RATIOS;
use crate::plan::Plan;
use crate::scenario::Scenario;
use asked::Asked;
use causal::{Again, CAUSAL_PATHS, Causal, OnRun, causal};
use corners::CORNER_PATHS;
use results::{Evidence, Results, nodes, opening_premiums, parties, throughput_share};
use std::ops::ControlFlow;

/// Simulates a scenario and its causal lens, unless a path has no finite state. `watch` sees how the estimates stand after every few thousand paths, and ends
/// the run where it breaks.
pub fn run(
    scenario: &Scenario,
    run: &Run,
    mut watch: impl FnMut(&Gathered) -> ControlFlow<()> + Send,
) -> Result<Results, Fault> {
    let plan = Plan::compile(scenario);
    let mut gathered = Gathered::new(scenario, &plan, run);
    let mut flow = ControlFlow::Continue(());
    simulate_chunks(&plan, run, |chunk| {
        gathered.absorb(&chunk);
        flow = watch(&gathered);
        flow
    })?;
    let causal = match flow.is_break() {
        true => None,
        false => match causal(&plan, run, gathered.on_run(), Again::default(), CORNER_PATHS, || false) {
            Err(Unfinished::Fault(fault)) => return Err(fault),
            found => found.ok().flatten(),
        },
    };
    Ok(gathered.finish(causal))
}

/// Drivers that are named.
const DRIVERS: usize = 5;

/// What the paths of a run say so far.
pub struct Gathered<'a> {
    scenario: &'a Scenario,
    plan: &'a Plan,
    run: Run,
    /// By column: the uncertain numbers, then the measures.
    accumulator: Accumulator,
    gathering: Gathering<'a>,
    running: Running,
    unwinds: Unwinds,
    shares: Tally,
    /// Of the first paths: what the causal lens looks at; their uncertain numbers and their share, for the drivers.
    on: OnRun,
    on_paths: u64,
    numbers: Vec<Vec<f64>>,
    traced: Vec<f64>,
    asked: Asked,
    columns: Columns,
}

/// Where the measures stand that are looked at by name.
struct Columns {
    raised: usize,
    manufactured: usize,
    traced: usize,
    unwind_time: usize,
    /// What the causal lens looks at.
    on: Vec<usize>,
}

impl<'a> Gathered<'a> {
    pub fn new(scenario: &'a Scenario, plan: &'a Plan, run: &Run) -> Gathered<'a> {
        let names = column_names(plan);
        let column = |name: &str| names.iter().position(|n| n == name).expect("a measure of every run");
        // What the scenario has nothing of is no ratio of its run.
        let found = |name: &str| names.iter().position(|n| n == name);
        let ratio = |(name, part, whole): &(&str, &str, &str)| {
            let (numerator, denominator) = (vec![found(part)?], found(whole)?);
            Some(RatioSpec { name: name.to_string(), numerator, denominator })
        };
        let on = OnRun::new(plan);
        let columns = Columns {
            raised: column("capital.raised"),
            manufactured: column("capital.manufactured"),
            traced: column("share.traced"),
            unwind_time: column("unwind.time"),
            on: on.names.iter().map(|name| column(name)).collect(),
        };
        let is_replicated = run.sampler.is_replicated();
        let ratios = RATIOS.iter().filter_map(ratio).collect();
        Gathered {
            scenario,
            plan,
            run: *run,
            accumulator: Accumulator::new(names.clone(), ratios, Keep::MEASURES).replicated(is_replicated),
            gathering: Gathering::new(plan, run),
            running: Running::new(is_replicated),
            unwinds: Unwinds::over(&plan.clock),
            shares: Tally::of([]),
            on,
            on_paths: CAUSAL_PATHS,
            numbers: vec![Vec::new(); plan.uncertain.len()],
            traced: Vec::new(),
            asked: Asked::default(),
            columns,
        }
    }

    /// With questions to the paths.
    pub fn asking(self, asked: Asked) -> Gathered<'a> {
        Gathered { asked, ..self }
    }

    /// Takes the chunk that follows.
    pub fn absorb(&mut self, chunk: &Chunk) {
        let block = &chunk.block;
        let Columns { raised, manufactured, traced, unwind_time, ref on } = self.columns;
        let column = |number: usize| block.columns[number].as_slice();
        self.gathering.absorb(chunk);
        self.asked.add(block.first, block.paths, column);
        self.accumulator.add(block);
        self.unwinds.add(column(unwind_time));
        self.running.add(block.first, column(manufactured), column(raised));
        self.shares.add(column(traced).iter().copied());
        let on_room = (self.on_paths as usize).saturating_sub(self.on.paths()).min(block.paths);
        let room = (CAUSAL_PATHS as usize).saturating_sub(self.traced.len()).min(block.paths);
        for (kept, number) in self.on.columns.iter_mut().zip(on) {
            kept.extend_from_slice(&column(*number)[..on_room]);
        }
        self.traced.extend_from_slice(&column(traced)[..room]);
        for (kept, number) in self.numbers.iter_mut().zip(&block.columns) {
            kept.extend_from_slice(&number[..room]);
        }
    }

    /// With so many paths for the causal lens to look at.
    pub fn with_causal_paths(self, on_paths: u64) -> Gathered<'a> {
        Gathered { on_paths, ..self }
    }

    pub fn paths(&self) -> u64 {
        self.accumulator.paths()
    }

    /// Where a measure or a ratio of means stands, and its standard error.
    pub fn current(&self, measure: &str) -> Option<(f64, f64)> {
        self.accumulator.current(measure)
    }

    /// The same, for a rule that stops the run.
    pub fn spread(&self, measure: &str) -> Option<Spread> {
        self.accumulator.spread(measure)
    }

    /// The throughput share of the mean flows so far, whose error comes from batches of paths: for a rule that stops the run
    /// as good as one from replicates, of which there are fewer.
    pub fn circular(&self) -> Spread {
        let RatioEstimate { value, se, .. } = throughput_share(&self.gathering.flows.so_far(self.plan));
        let unknown = f64::NAN;
        Spread {
            n: self.paths(),
            value,
            sd: unknown,
            kurtosis: unknown,
            farthest: unknown,
            replicated: Some(se),
        }
    }

    /// What the causal lens looks at, of the first paths.
    pub fn on_run(&self) -> &OnRun {
        &self.on
    }

    /// The results, with those of the causal lens.
    pub fn finish(self, causal: Option<Causal>) -> Results {
        let Gathered { scenario, plan, run, .. } = self;
        let off = loops().filter(|kind| !run.loops.on(kind.which));
        let finished = self.gathering.finish();
        let paths = self.accumulator.paths();
        let mut estimates = self.accumulator.finish();
        estimates.ratios.push(("share.circular".into(), throughput_share(&finished.flows)));
        if let Some(causal) = &causal {
            estimates.ratios.extend(causal.ratios());
        }
        let (nodes, node_kinds) = nodes(plan);
        let companies: Vec<String> =
            plan.actors.companies.iter().map(|company| company.name.clone()).collect();
        Results {
            name: scenario.name.clone(),
            seed: run.seed,
            sampler: run.sampler.name(),
            paths,
            years: scenario.years,
            start: decimal_year(scenario.start),
            good: scenario.good.clone(),
            currency: scenario.currency,
            labs: plan.actors.labs.iter().map(|lab| lab.name.clone()).collect(),
            opening_premiums: opening_premiums(scenario, &estimates, &companies),
            companies,
            persons: plan.actors.persons.iter().map(|person| person.name.clone()).collect(),
            holdings: plan.actors.holdings.iter().map(|holding| holding.name.clone()).collect(),
            estimates,
            uncertain: plan.uncertain.len(),
            traced: self.shares,
            convergence: self.running.finish(),
            unwinds: self.unwinds,
            causal,
            asked: self.asked.finish(),
            drivers: drivers(&plan.uncertain, &self.numbers, &self.traced),
            parties: parties(plan, &finished.flows),
            nodes,
            node_kinds,
            flows: finished.flows,
            courses: finished.courses,
            evidence: Evidence::of(scenario),
            set: scenario.set.clone(),
            off: off.map(|kind| kind.name.to_string()).collect(),
        }
    }
}

/// The uncertain numbers that the traced share moves with most, where the correlation can be told from zero.
fn drivers(uncertain: &[String], numbers: &[Vec<f64>], share: &[f64]) -> Vec<(String, RatioEstimate)> {
    let mut all: Vec<(String, RatioEstimate)> = uncertain
        .iter()
        .zip(numbers)
        .map(|(address, values)| (address.clone(), rank_correlation(values, share)))
        .filter(|(_, rho)| rho.value.abs() > 3.0 * rho.se)
        .collect();
    all.sort_by(|a, b| b.1.value.abs().total_cmp(&a.1.value.abs()));
    all.truncate(DRIVERS);
    all
}
