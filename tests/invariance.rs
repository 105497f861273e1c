//! The same bytes whatever the threads, the width of a batch, the shards, the instruction set (§2); a path's numbers
//! depend on its address alone; turning a loop off changes no random number (§11).

use roundtrip::deals::loops;
use roundtrip::engine::simulate::{Opening, column_names, run_batch};
use roundtrip::engine::step::{Nobody, Witness};
use roundtrip::engine::{Instructions, Run, simulate};
use roundtrip::outcome::{Measure, measures};
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::{Sampler, Sampling};
use roundtrip::scenario::Scenario;
use roundtrip::state::{Batch, LANES, Loops};
use roundtrip::studies::sample::Sample;
use roundtrip::studies::simulator::Simulator;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

const SAMPLERS: [Sampler; 3] = [Sampler::Plain, Sampler::LatinHypercube, Sampler::Sobol];

/// Neither a multiple of a batch nor of a lane group.
const PATHS: u64 = 603;

/// Everything at once, with uncertain numbers.
fn everything() -> Plan {
    let set = [
        ("announcement.elasticity", "\"0.3 to 0.8\""),
        ("announcement.exponent", "{ normal = { mean = 0.7, sd = 0.08 } }"),
        ("lab.OpenAI.revenue.growth", "{ uniform = [0.3, 0.9] }"),
        ("compute.OpenAI.Oracle.contracts.0.notional", "\"200 to 400\""),
        ("company.NVIDIA.volatility", "{ triangular = [0.2, 0.3, 0.5] }"),
        ("company.Oracle.rate", "\"0.04 to 0.09\""),
        ("company.Oracle.beta.labs.OpenAI", "0.5"),
        ("lab.OpenAI.factor_volatility", "0.3"),
        ("compute.OpenAI.Oracle.contracts.0.ramp", "\"0.5 to 2\""),
        ("lab.OpenAI.commit.ramp", "0.5"),
        ("lab.OpenAI.defer.runway", "\"0.3 to 1.5\""),
        ("lab.OpenAI.defer.deferred", "0.5"),
        ("lab.OpenAI.defer.delay", "\"0.5 to 2\""),
        ("lab.OpenAI.defer.accept", "0.7"),
        ("lab.OpenAI.defer.most", "2"),
    ];
    let set = set.map(|(path, value)| (path.to_string(), value.to_string()));
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases/90_everything_weekly.toml");
    Plan::compile(
        &Scenario::read(&file, &set).unwrap_or_else(|findings| panic!("{}", findings.render(false))),
    )
}

/// All that a run says, as bits.
#[derive(PartialEq)]
struct Result {
    columns: Vec<Vec<u64>>,
    flows: Vec<u64>,
    networks: Vec<u64>,
    courses: Vec<u64>,
}

fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
    values.into_iter().map(f64::to_bits).collect()
}

fn result_of(plan: &Plan, run: &Run) -> Result {
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); column_names(plan).len()];
    let finished = simulate(plan, run, |block| {
        assert!(block.columns.iter().all(|column| column.len() == block.paths));
        for (all, more) in columns.iter_mut().zip(&block.columns) {
            all.extend(more);
        }
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    assert_eq!(finished.paths, run.end - run.first);
    let flows = &finished.flows;
    let each =
        (0..flows.edges.len()).flat_map(|edge| flows.origins.iter().map(move |origin| (edge, *origin)));
    let moments = each.map(|(edge, origin)| flows.mean(edge, origin));
    let courses = &finished.courses;
    let moments_of_courses = (0..courses.series.len()).flat_map(|series| courses.columns(series));
    let networks =
        flows.batch_networks().into_iter().flat_map(|(paths, means)| means.into_iter().chain([paths as f64]));
    Result {
        columns: columns.into_iter().map(bits).collect(),
        flows: bits(moments.flat_map(|(mean, se)| [mean, se])),
        networks: bits(flows.mean_network().into_iter().chain(networks)),
        courses: bits(moments_of_courses.flatten()),
    }
}

fn assert_same(one: &Result, other: &Result, what: &str) {
    assert!(one.columns == other.columns, "columns: {what}");
    assert!(one.flows == other.flows, "flows: {what}");
    assert!(one.networks == other.networks, "networks: {what}");
    assert!(one.courses == other.courses, "courses: {what}");
}

fn with_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(work)
}

#[test]
fn threads_and_widths_change_nothing() {
    let plan = everything();
    for sampler in SAMPLERS {
        let run = Run { sampler, width: 64, ..Run::new(3, PATHS) };
        let one = with_threads(1, || result_of(&plan, &run));
        assert_same(&one, &with_threads(2, || result_of(&plan, &run)), &format!("{sampler:?}, two threads"));
        for width in [1, 8, 16, 200, 256] {
            let other = result_of(&plan, &Run { width, ..run });
            assert_same(&one, &other, &format!("{sampler:?}, width {width}"));
        }
        // It can fail.
        assert!(one != result_of(&plan, &Run { seed: 4, ..run }), "{sampler:?}: another seed");
    }
}

/// More paths than are handed on at a time.
#[test]
fn chunks_change_nothing() {
    let mut plan = everything();
    plan.clock.steps = 3;
    let run = Run { width: 64, ..Run::new(3, 5001) };
    let one = result_of(&plan, &run);
    for width in [8, 200, 256] {
        assert_same(&one, &result_of(&plan, &Run { width, ..run }), &format!("width {width}"));
    }
}

#[test]
fn shards_change_nothing() {
    let plan = everything();
    for sampler in SAMPLERS {
        let run = Run { sampler, ..Run::new(3, PATHS) };
        let whole = result_of(&plan, &run);
        for cuts in [vec![0, 8, 64, 360, PATHS], vec![0, 1, 13, 102, 333, PATHS], vec![0, 299, 301, PATHS]] {
            let mut columns: Vec<Vec<u64>> = vec![Vec::new(); whole.columns.len()];
            for cut in cuts.windows(2) {
                let shard = result_of(&plan, &Run { first: cut[0], end: cut[1], ..run });
                for (all, more) in columns.iter_mut().zip(shard.columns) {
                    all.extend(more);
                }
            }
            assert!(columns == whole.columns, "{sampler:?}, {cuts:?}");
        }
    }
}

/// The words of a path's address carry from the low to the high half.
#[test]
fn a_shard_beyond_32_bits_is_the_same_however_it_starts() {
    let mut plan = everything();
    plan.clock.steps = 5;
    let edge = 1_u64 << 32;
    let run = |first, end| result_of(&plan, &Run { first, end, ..Run::new(3, edge + 16) }).columns;
    let whole = run(edge - 8, edge + 8);
    let odd = run(edge - 3, edge + 8);
    for (whole, odd) in whole.iter().zip(odd) {
        assert_eq!(whole[5..], odd);
    }
}

/// Where the machine has less than AVX-512, fewer of them differ.
#[test]
fn instruction_sets_change_nothing() {
    let plan = everything();
    let run = Run::new(3, 200);
    let widest = result_of(&plan, &run);
    for instructions in [Instructions::Avx2, Instructions::Baseline] {
        let other = result_of(&plan, &Run { instructions, ..run });
        assert_same(&widest, &other, &format!("{instructions:?}"));
    }
}

/// Paths that keep no flows but capital go the same way: what is read off capital is the same to the bit, with all loops
/// and with none, and of the rest some is missing.
#[test]
fn keeping_no_flows_but_capital_changes_no_capital() {
    let configs = ["oracle", "softbank", "anthropic_web", "web_2026"].map(|name| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("configs/{name}.toml"));
        Plan::compile(&Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false))))
    });
    for plan in configs.iter().chain([&everything()]) {
        let measures = measures(plan);
        let sampling = Sampling { seed: 3, sampler: Sampler::Plain, paths: 64 };
        let mut parameters = vec![0.0; plan.uncertain.len() * 64];
        plan.parameters.draw(&sampling, 0, 64, &mut parameters);
        for loops in [Loops::ALL_ON, Loops::ALL_OFF] {
            let mut spared = false;
            for first in (0..64).step_by(LANES) {
                let values = [true, false].map(|flows| {
                    let run = Run { loops, flows, ..Run::new(3, 64) };
                    let opening = Opening { first, parameters: &parameters[first as usize..], stride: 64 };
                    let mut b = plan.batch();
                    run_batch(plan, &run, &mut b, &opening, &mut Nobody);
                    measures.iter().map(|measure| (measure.read)(&b).0.map(f64::to_bits)).collect::<Vec<_>>()
                });
                for (k, measure) in measures.iter().enumerate() {
                    let differs = values[0][k] != values[1][k];
                    assert!(!(differs && measure.is_of_capital), "{}: {}", plan.name, measure.name);
                    spared |= differs;
                }
            }
            assert!(spared, "{}: nothing is spared", plan.name);
        }
    }
}

#[test]
fn a_path_is_the_same_in_runs_of_any_length() {
    let plan = everything();
    for sampler in SAMPLERS {
        let short = result_of(&plan, &Run { sampler, ..Run::new(3, 96) });
        let long = result_of(&plan, &Run { sampler, ..Run::new(3, 400) });
        let same = short.columns.iter().zip(&long.columns).all(|(short, long)| short[..] == long[..96]);
        // A Latin hypercube divides each dimension among the paths of the run.
        assert_eq!(same, sampler != Sampler::LatinHypercube, "{sampler:?}");
    }
}

/// No contract, commitment to compute or warrant: F moves by its shocks alone.
const WITHOUT_NEWS: &str = r#"
[scenario]
name = "Without announcements"
start = 2025-01-01
years = 2.0
steps_per_year = 52

[market]
volatility = 0.2
sector_volatility = 0.2
rate = 0.04

[announcement]
elasticity = "0.3 to 0.8"
exponent = 0.7
noise = 0.5
impact = 1.0

[sentiment]
initial = "hype"
response = [1.0, 0.4, -0.5]
rates = [[0.0, 0.5, 0.2], [0.5, 0.0, 0.5], [0.1, 0.6, 0.0]]
circularity = { sensitivity = 2.0, reference = 0.3, half_life = 0.5 }

[[lab]]
name = "Lab"
cash = 5.0
revenue = { annual = 10.0, growth = { uniform = [0.0, 0.5] }, volatility = 0.3 }
opex = 12.0
mark = 100.0
round = { trigger = 1.0, gap = 0.5, runway = 1.5, multiple = [30.0, 20.0, 10.0], appetite = [0.04, 0.02, 0.004] }

[[company]]
name = "Cloud"
market_cap = 600.0
premium = 0.4
volatility = 0.3
cash = 10.0
earnings = 8.0
margin = 0.3
max_ltv = 0.2
suppliers = { Chip = 0.5 }

[[company]]
name = "Chip"
market_cap = 3000.0
volatility = 0.4
cash = 50.0
earnings = 60.0
margin = 0.7

[[person]]
name = "Ellis"
stake = { Cloud = 0.4 }
loan = 20.0
max_ltv = 0.1
call_ltv = 0.2
invests = { Lab = 0.5 }

[[holding]]
name = "Soft"
cash = 25.0
debt = 30.0
max_ltv = 0.25
call_ltv = 0.35
stakes = { Chip = 0.02 }
invests = { Lab = 0.3 }

[[compute]]
lab = "Lab"
company = "Cloud"
base = 15.0

[[vendor_equity]]
company = "Chip"
lab = "Lab"
ratio = 0.3
credits = 0.2
reciprocal = 0.1

[[vendor_equity]]
company = "Cloud"
lab = "Lab"
ratio = 0.2
reciprocal = 0.1
"#;

#[test]
fn loops_leave_every_draw_alone() {
    let without_news = Scenario::parse("text", WITHOUT_NEWS, Path::new(""), &[]);
    let without_news =
        Plan::compile(&without_news.unwrap_or_else(|findings| panic!("{}", findings.render(false))));
    for (plan, by_shocks_alone) in
        [(everything(), vec![".revenue_end"]), (without_news, vec![".revenue_end", ".fundamental_end"])]
    {
        let names = column_names(&plan);
        let drawn: Vec<usize> = (0..names.len())
            .filter(|k| {
                *k < plan.uncertain.len() || by_shocks_alone.iter().any(|end| names[*k].ends_with(end))
            })
            .collect();
        assert!(drawn.len() >= plan.uncertain.len() + 2);
        let run = Run { courses: 0, ..Run::new(3, 160) };
        let on = result_of(&plan, &run);
        let all_but_one = loops().map(|kind| (kind.name, Loops::ALL_ON.without(kind.which)));
        let cases = all_but_one.chain([("causal", Loops::ALL_ON.causal_off()), ("all", Loops::ALL_OFF)]);
        let mut moved = 0;
        for (name, loops) in cases {
            let off = result_of(&plan, &Run { loops, ..run });
            for k in &drawn {
                assert!(on.columns[*k] == off.columns[*k], "{} with {name} off", names[*k]);
            }
            moved += usize::from(on.columns != off.columns);
        }
        // It can fail: loops do change other columns.
        assert!(moved >= 6, "only {moved} loops changed anything");
    }
}

/// Notes all measures of a batch after some step.
struct After<'a> {
    steps: u32,
    measures: &'a [Measure],
    seen: Vec<[u64; LANES]>,
}

impl Witness for After<'_> {
    fn step_done(&mut self, b: &Batch, step: u32) {
        if step + 1 == self.steps {
            self.seen = self.measures.iter().map(|measure| (measure.read)(b).0.map(f64::to_bits)).collect();
        }
    }
}

/// Where a run ends changes nothing before: what a path has after a step is the same in the whole run, in one that is
/// cut there, and in that of a scenario whose years end there. This is what lets `score` end paths at a date.
#[test]
fn the_end_of_a_run_changes_nothing_before() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    const SEVERAL: u64 = 3 * LANES as u64;
    let run = Run::new(3, SEVERAL);
    for file in ["tests/reference/cases/90_everything_weekly.toml", "configs/web_2025.toml"] {
        let of = |set: &[(String, String)]| {
            let scenario =
                Scenario::read(&root.join(file), set).unwrap_or_else(|f| panic!("{}", f.render(false)));
            (Plan::compile(&scenario), scenario.steps_per_year)
        };
        let (whole, per_year) = of(&[]);
        let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: SEVERAL };
        let mut drawn = vec![0.0; whole.uncertain.len() * SEVERAL as usize];
        whole.parameters.draw(&sampling, 0, SEVERAL as usize, &mut drawn);
        for steps in [1, 17, 40] {
            assert!(steps < whole.clock.steps);
            let mut cut = whole.clone();
            cut.clock.steps = steps;
            let measures = measures(&cut);
            let names: Vec<String> = measures.iter().map(|measure| measure.name.clone()).collect();
            let columns = |plan: &Plan| -> Vec<Vec<u64>> {
                let sample = Sample::of(&mut Simulator::engine(), plan, &run, &names, |_| false)
                    .expect("nothing stops it");
                names.iter().map(|name| bits(sample.column(name).iter().copied())).collect()
            };
            let expected = columns(&cut);
            let years = f64::from(steps) / f64::from(per_year);
            let (short, _) = of(&[("scenario.years".to_string(), format!("{years:?}"))]);
            assert_eq!(short.clock.steps, steps, "{years}");
            assert!(columns(&short) == expected, "{file}: years of {steps} steps");
            let mut batch = whole.batch();
            for first in (0..SEVERAL).step_by(LANES) {
                let parameters = &drawn[(first as usize).min(drawn.len())..];
                let opening = Opening { first, parameters, stride: SEVERAL as usize };
                let mut after = After { steps, measures: &measures, seen: Vec::new() };
                run_batch(&whole, &run, &mut batch, &opening, &mut after);
                for ((name, seen), column) in names.iter().zip(&after.seen).zip(&expected) {
                    assert_eq!(
                        seen[..],
                        column[first as usize..][..LANES],
                        "{file}: {name} after {steps} steps"
                    );
                }
            }
            // It can fail: a step more is another result.
            cut.clock.steps = steps + 1;
            assert!(columns(&cut) != expected, "{file}: {steps} steps");
        }
    }
}

/// A number that `--set` makes certain keeps its place among the draws, and one that it makes uncertain comes after all
/// others: the rest of a run stays as it was, with every sampler.
#[test]
fn a_number_that_is_set_shifts_no_other_numbers_draws() {
    const PATHS: u64 = 256;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
    let read = |set: &[(String, String)]| {
        Scenario::read(&file, set).unwrap_or_else(|f| panic!("{}", f.render(false)))
    };
    let drawn = |scenario: &Scenario, sampler: Sampler| -> BTreeMap<String, Vec<u64>> {
        let plan = Plan::compile(scenario);
        let mut values = vec![0.0; plan.uncertain.len() * PATHS as usize];
        let sampling = Sampling { seed: 7, sampler, paths: PATHS };
        plan.parameters.draw(&sampling, 0, PATHS as usize, &mut values);
        let columns = values.chunks_exact(PATHS as usize).map(|column| bits(column.iter().copied()));
        plan.uncertain.iter().cloned().zip(columns).collect()
    };
    let others = |mut columns: BTreeMap<String, Vec<u64>>, address: &str| {
        columns.remove(address);
        columns
    };
    let itself = read(&[]);
    assert!(itself.correlations().is_empty(), "correlated numbers answer for one another");
    let certain: Vec<String> =
        itself.numbers.iter().filter(|number| number.is_certain()).map(|n| n.address.clone()).collect();
    let made_uncertain = certain.iter().find(|address| address.ends_with(".volatility")).unwrap();
    let mut shifted = 0;
    for sampler in SAMPLERS {
        let whole = drawn(&itself, sampler);
        let varied = read(&[(made_uncertain.clone(), "0.1 to 0.4".into())]);
        assert_eq!(others(drawn(&varied, sampler), made_uncertain), whole, "{made_uncertain}");
        for address in whole.keys() {
            let value = f64::from_bits(whole[address][0]);
            let Ok(mut set) = Scenario::read(&file, &[(address.clone(), format!("{value:?}"))]) else {
                continue;
            };
            let expected = others(whole.clone(), address);
            assert_eq!(drawn(&set, sampler), expected, "{address}");
            // It can fail: without the file's own numbers, those after it move up.
            set.numbers_in_file = None;
            shifted += u32::from(drawn(&set, sampler) != expected);
        }
    }
    assert!(shifted > 100, "only {shifted} shifted anything");
}
