//! The main job: what a scenario's paths say, gathered as they come, written and told. [`run`] is all of it that simulates;
//! [`folder`] writes, [`words`] tells.

pub mod aggregates;
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
mod stops;
pub mod told;
pub mod words;

use crate::charts::distribution::Tally;
use crate::deals::loops;
use crate::engine::flows::FlowSums;
use crate::engine::simulate::{column_names, simulate_chunks};
use crate::engine::{Chunk, Fault, Gathering, Run, Unfinished};
use crate::estimate::convergence::Running;
use crate::estimate::moments::Spread;
use crate::estimate::sensitivity::rank_correlation;
use crate::estimate::survival::Unwinds;
use crate::estimate::{Accumulator, Block, Keep, RatioEstimate, RatioSpec};
use crate::input::days::decimal_year;
use crate::outcome::RATIOS;
use crate::plan::Plan;
use crate::scenario::Scenario;
use asked::{Asked, Counted};
use causal::{Again, CAUSAL_PATHS, Causal, OnRun, causal};
use corners::CORNER_PATHS;
use results::{Evidence, Results, nodes, opening_premiums, parties, throughput_share};
use serde::Serialize;
use std::ops::ControlFlow;

/// Simulates a scenario and its causal lens, unless a path has no finite state. `watch` sees how the estimates stand after every few thousand paths, and ends
/// the run where it breaks.
pub fn run(
    scenario: &Scenario,
    run: &Run,
    mut watch: impl FnMut(&Gathered) -> ControlFlow<()> + Send,
) -> Result<Results, Fault> {
    let plan = Plan::compile(scenario);
    let mut gathered = Gathered::new(scenario, &plan, run).in_one_piece();
    let mut flow = ControlFlow::Continue(());
    simulate_chunks(&plan, run, |mut chunk| {
        gathered.absorb(&mut chunk);
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
    /// The same of a shard, chunk by chunk, until all shards are there.
    firsts: Vec<Chunk>,
    columns: Columns,
}

/// What all paths say together, as a file has it.
type Together = (Accumulator, FlowSums, Running, Unwinds, Tally, Counted);

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
            firsts: Vec::new(),
            columns,
        }
    }

    /// With questions to the paths.
    pub fn asking(self, asked: Asked) -> Gathered<'a> {
        Gathered { asked, ..self }
    }

    /// Takes the chunk that follows, and its courses out of it: they are more than all the rest.
    pub fn absorb(&mut self, chunk: &mut Chunk) {
        if let Some(first) = self.first_of(chunk) {
            self.absorb_first(&first);
        }
        self.absorb_together(chunk);
    }

    /// The same in a shard, whose paths may follow others that are elsewhere.
    pub fn absorb_apart(&mut self, chunk: &mut Chunk) {
        self.firsts.extend(self.first_of(chunk));
        self.absorb_together(chunk);
    }

    fn absorb_together(&mut self, chunk: &Chunk) {
        let block = &chunk.block;
        let Columns { raised, manufactured, traced, unwind_time, .. } = self.columns;
        let column = |number: usize| block.columns[number].as_slice();
        self.gathering.absorb_flows(chunk);
        self.asked.add(block.first, block.paths, column);
        self.accumulator.add(block);
        self.unwinds.add(column(unwind_time));
        self.running.add(block.first, column(manufactured), column(raised));
        self.shares.add(column(traced).iter().copied());
    }

    /// The run's first paths, of which more is kept than what they say together.
    fn are_first(&self, path: u64) -> bool {
        path - self.run.first < self.on_paths.max(CAUSAL_PATHS).max(self.run.courses)
    }

    /// Of a chunk of the run's first paths what is looked at path by path: the uncertain numbers, what the causal lens looks
    /// at, the traced share, and courses.
    fn first_of(&self, chunk: &mut Chunk) -> Option<Chunk> {
        let block = &chunk.block;
        self.are_first(block.first).then(|| {
            let numbers = 0..self.numbers.len();
            let on = self.columns.on.iter().copied();
            let picked = numbers.chain(on).chain([self.columns.traced]);
            let columns = picked.map(|number| block.columns[number].clone()).collect();
            let block = Block { first: block.first, paths: block.paths, columns };
            Chunk { block, flows: Vec::new(), courses: std::mem::take(&mut chunk.courses) }
        })
    }

    fn absorb_first(&mut self, first: &Chunk) {
        let columns = &first.block.columns;
        let (numbers, columns) = columns.split_at(self.numbers.len());
        let (on, traced) = columns.split_at(self.on.columns.len());
        let room_for = |paths: u64, kept: usize| (paths as usize).saturating_sub(kept).min(first.block.paths);
        let on_room = room_for(self.on_paths, self.on.paths());
        let room = room_for(CAUSAL_PATHS, self.traced.len());
        for (kept, column) in self.on.columns.iter_mut().zip(on) {
            kept.extend_from_slice(&column[..on_room]);
        }
        self.traced.extend_from_slice(&traced[0][..room]);
        for (kept, column) in self.numbers.iter_mut().zip(numbers) {
            kept.extend_from_slice(&column[..room]);
        }
        self.gathering.absorb_courses(first);
    }

    /// For a run whose chunks all come here.
    pub fn in_one_piece(self) -> Gathered<'a> {
        let accumulator = self.accumulator.in_one_piece(self.run.paths);
        Gathered { accumulator, ..self }
    }

    /// For a shard: values are counted from its first path on where all of the run's would be too many to keep.
    pub fn of_a_shard(mut self) -> Gathered<'a> {
        self.accumulator.count_from(self.run.paths);
        self.asked.count_from(self.run.paths);
        self
    }

    /// No path is added any more: ready to be stored, or to be merged.
    pub fn close(&mut self) {
        self.accumulator.close();
        self.gathering.flows.close();
        self.running.close();
        self.asked.close();
    }

    /// What all paths say together, for a file.
    pub fn together(&self) -> impl Serialize + '_ {
        let Gathered { accumulator, gathering, running, unwinds, shares, asked, .. } = self;
        (accumulator, &gathering.flows, running, unwinds, shares, asked.counted())
    }

    /// The first paths, for a file.
    pub fn firsts(&self) -> &[Chunk] {
        &self.firsts
    }

    /// Takes in what [`Gathered::together`] put into a file; `None` where it is of another run, or has paths that are here
    /// already. What is left then is of no use.
    #[must_use]
    pub fn merge(&mut self, bytes: &[u8]) -> Option<()> {
        let (accumulator, flows, running, unwinds, shares, asked) =
            postcard::from_bytes::<Together>(bytes).ok()?;
        self.accumulator.merge(accumulator)?;
        self.gathering.flows.merge(flows)?;
        self.running.merge(running)?;
        self.unwinds.merge(unwinds)?;
        self.shares.merge(shares)?;
        self.asked.merge(asked)
    }

    /// Keeps first paths from a file; `None` where they are of another run.
    #[must_use]
    pub fn keep_first(&mut self, first: Chunk) -> Option<()> {
        let Block { first: path, paths, columns } = &first.block;
        let fits = self.are_first(*path)
            && columns.len() == self.numbers.len() + self.on.columns.len() + 1
            && columns.iter().all(|column| column.len() == *paths)
            && self.gathering.courses_fit(&first);
        fits.then(|| self.firsts.push(first))
    }

    /// So that a file of it does not tell who was merged first.
    pub fn put_in_order(&mut self) {
        self.accumulator.put_in_order();
        self.asked.put_in_order();
        self.firsts.sort_by_key(|first| first.block.first);
    }

    /// No shard is to come any more: takes in their first paths, as far as none is missing.
    pub fn absorb_firsts(&mut self) {
        self.firsts.sort_by_key(|first| first.block.first);
        let mut next = self.run.first;
        for first in std::mem::take(&mut self.firsts) {
            if first.block.first == next {
                next += first.block.paths as u64;
                self.absorb_first(&first);
            }
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
