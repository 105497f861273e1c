//! `roundtrip compare`: scenarios, or finished runs, each against the first, paired by path.

use super::{Against, Both, Compared, Difference, differences, terms};
use crate::charts::comparison::letter;
use crate::console::options::{Output, Sampling, interrupted, parse_loop};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, Ending, Leave, are_set_once, parse_override, say, told};
use crate::deals::loop_named;
use crate::files::journal::Header;
use crate::input::names::nearest;
use crate::outcome::measures;
use crate::plan::Plan;
use crate::plan::parameters::Sampler;
use crate::scenario::Scenario;
use crate::studies::driver::{Study, is_defined, parse_measure, paths_kept, read_one};
use crate::studies::run::recorded::Recorded;
use crate::studies::sample::{Sample, needed};
use crate::studies::simulator::{Pieces, Simulator};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths of each scenario; 1e6 is accepted [default: 20000]")),
    after_help = "Examples:\n  roundtrip compare configs/oracle.toml configs/softbank.toml\n  roundtrip compare configs/oracle.toml configs/oracle.toml --off-b announcement\n  roundtrip compare configs/oracle.toml configs/oracle.toml --set-b person.Ellison.invests.OpenAI=0\n  roundtrip compare output/oracle output/softbank\n  roundtrip compare configs/oracle.toml configs/softbank.toml configs/web_2026.toml\n\n--set and --off hold for all."
)]
pub struct CompareArgs {
    /// Scenario files, or the results folders of runs: A, B and so on, each against A
    #[arg(required = true, num_args = 2..=26, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    /// Of two, override a number or key of B only; repeatable
    #[arg(long = "set-b", value_name = "PATH=VALUE", value_parser = parse_override)]
    pub set_b: Vec<(String, String)>,
    /// Of two, switch loops off in B only
    #[arg(long = "off-b", value_name = "LOOP,…", value_delimiter = ',', value_parser = parse_loop)]
    pub off_b: Vec<String>,
    /// Measures to show, the first of them in the sentence; all are in compare.csv
    #[arg(
        long = "measure",
        value_name = "MEASURE,…",
        value_delimiter = ',',
        value_parser = parse_measure,
        default_value = "share.traced,share.netted,capital.raised,capital.manufactured,rounds,announced,paid,written_off,forced_sales,unwind"
    )]
    pub measures: Vec<String>,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub pieces: Pieces,
    #[command(flatten)]
    pub output: Output,
}

const PATHS: u64 = 20_000;
const MOST_PATHS: u64 = 1_000_000;

/// One of them.
struct Side {
    scenario: Scenario,
    off: Vec<String>,
    sample: Sample,
    /// It has the paths of the first.
    is_paired: bool,
    paths: u64,
}

/// Of paths that are simulated, or that shards hold.
pub fn compare(args: &CompareArgs, shards: &[(PathBuf, Header)]) -> Ending {
    let began = Instant::now();
    if args.scenarios.len() > 2 && !(args.set_b.is_empty() && args.off_b.is_empty()) {
        return Err(Leave::bad_input(
            "--set-b and --off-b are of the second of two; with more scenarios, write a file for each",
        ));
    }
    let folders = args.scenarios.iter().filter(|which| which.is_dir()).count();
    match folders {
        0 => {
            let (study, simulator, sides) = simulated(args, shards, began)?;
            let simulated = sides.iter().map(|side| side.paths).sum();
            study.end(&against(args, &sides, simulated)?, simulator)
        }
        all if all == args.scenarios.len() => {
            let (sampling, sides) = stored(args)?;
            let against = against(args, &sides, 0)?;
            let first = sides.into_iter().next().expect("two at least").scenario;
            let study = Study::of("compare", &args.scenarios[0], began, first, &sampling, &args.output)?;
            study.take_folder()?;
            study.end(&against, Simulator::engine())
        }
        _ => Err(Leave::bad_input(
            "some of them are runs' folders and others scenarios; name two scenarios or two runs, or more of a kind",
        )),
    }
}

/// The first with each of the others. What B changes besides stands in its name.
fn against(args: &CompareArgs, sides: &[Side], simulated: u64) -> Result<Against, Leave> {
    let names = names(args, sides);
    let (a, others) = sides.split_first().expect("two at least");
    let estimates = a.sample.estimates();
    let only_in = |one: &Side, other: &Side| {
        one.sample.names.iter().filter(|name| !other.sample.names.contains(name)).cloned().collect()
    };
    let against = |(b, name): (&Side, &String)| {
        let common: Vec<String> =
            a.sample.names.iter().filter(|name| b.sample.names.contains(name)).cloned().collect();
        Compared {
            names: Both { a: names[0].clone(), b: name.clone() },
            is_paired: b.is_paired,
            paths: [a.paths, b.paths],
            terms: terms(&a.scenario, &b.scenario),
            off: Both::of([a, b], |side| side.off.clone()),
            differences: differences(&a.sample, &b.sample, &common, b.is_paired),
            only_in_a: only_in(a, b),
            only_in_b: only_in(b, a),
        }
    };
    let against = Against {
        pairs: others.iter().zip(&names[1..]).map(against).collect(),
        shown: args.measures.clone(),
        estimates,
        simulated,
    };
    let shown = |(name, d): &(String, Difference)| {
        against.shown.contains(name) && (d.sides.a.value.is_finite() || d.sides.b.value.is_finite())
    };
    let is_shown = against.pairs.iter().flat_map(|pair| &pair.differences).any(shown);
    is_defined(&args.measures.join("`, `"), a.paths, is_shown)?;
    Ok(against)
}

/// What they are called: the scenarios' names, and what sets them apart where these are the same.
fn names(args: &CompareArgs, sides: &[Side]) -> Vec<String> {
    let name = |side: &Side| side.scenario.name.clone();
    let mut changes: Vec<String> = args.set_b.iter().map(|(path, value)| format!("{path}={value}")).collect();
    if !args.off_b.is_empty() {
        changes.push(format!("{} off", args.off_b.join(", ")));
    }
    if let ([a, b], [file_a, file_b]) = (sides, args.scenarios.as_slice())
        && name(a) == name(b)
        && file_a == file_b
    {
        let with = if changes.is_empty() { String::new() } else { format!(" with {}", changes.join(", ")) };
        return vec![name(a), format!("{}{with}", name(b))];
    }
    let is_twice = |side: &Side| sides.iter().filter(|other| name(other) == name(side)).count() > 1;
    let named = |(side, file): (&Side, &PathBuf)| match is_twice(side) {
        true => format!("{} ({})", name(side), file.display()),
        false => name(side),
    };
    sides.iter().zip(&args.scenarios).map(named).collect()
}

/// Are the measures to be shown in all of them? Says which are not.
fn are_in_all(args: &CompareArgs, known: &[&[String]]) -> Result<(), Leave> {
    let mut sound = true;
    for name in &args.measures {
        for (known, file) in known.iter().zip(&args.scenarios) {
            if !known.contains(name) {
                let near = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
                say(&format!("error: `{name}` is no measure of {}; the nearest is `{near}`", file.display()));
                sound = false;
            }
        }
    }
    if sound { Ok(()) } else { Err(Leave::with_code(BAD_INPUT)) }
}

/// Scenarios, simulated on the same random numbers.
fn simulated<'a>(
    args: &'a CompareArgs,
    shards: &[(PathBuf, Header)],
    began: Instant,
) -> Result<(Study<'a>, Simulator, Vec<Side>), Leave> {
    let overrides = &args.sampling.overrides;
    let once = are_set_once("--set-b", &args.set_b);
    // What is wrong with any is said.
    let read = |(place, file): (usize, &PathBuf)| match place {
        0 => read_one(file, overrides),
        _ => told(Scenario::read_again(file, &overrides.set, "--set-b", &args.set_b)),
    };
    let read: Vec<Result<Scenario, Leave>> = args.scenarios.iter().enumerate().map(read).collect();
    let scenarios = read.into_iter().collect::<Result<Vec<Scenario>, Leave>>()?;
    once?;
    let mut plans: Vec<Plan> = scenarios.iter().map(Plan::compile).collect();
    // The same uniforms for numbers of the same address.
    let (first, others) = plans.split_first_mut().expect("two at least");
    for plan in others {
        plan.parameters.follow(&plan.uncertain, (&first.uncertain, &first.parameters));
    }
    let of = |plan: &Plan| measures(plan).into_iter().map(|measure| measure.name).collect::<Vec<String>>();
    let known: Vec<Vec<String>> = plans.iter().map(of).collect();
    are_in_all(args, &known.iter().map(Vec::as_slice).collect::<Vec<_>>())?;
    let paths = paths_kept(&args.sampling, PATHS, MOST_PATHS, known.iter().map(Vec::len).sum())?;
    let (first, tables) = (scenarios[0].clone(), scenarios[1..].iter().flat_map(|other| &other.tables));
    let tables: Vec<PathBuf> = tables.map(|table| table.path.clone()).collect();
    let study = Study::of("compare", &args.scenarios[0], began, first, &args.sampling, &args.output)?;
    let mut simulator = study.begin::<CompareArgs>(&args.pieces, shards, &args.scenarios, &tables)?;
    let run_a = args.sampling.run(paths);
    let mut run_b = run_a;
    for which in args.off_b.iter().filter_map(|name| loop_named(name)) {
        run_b.loops = run_b.loops.without(which);
    }
    let all = paths * plans.len() as u64;
    let mut progress = Progress::new(all, args.output.quiet, "compare");
    let mut sides = Vec::new();
    for (place, (scenario, (plan, names))) in scenarios.into_iter().zip(plans.iter().zip(&known)).enumerate()
    {
        let (run, more_off) = if place == 0 { (&run_a, None) } else { (&run_b, Some(&args.off_b)) };
        let sample = Sample::of(&mut simulator, plan, run, names, |done| {
            progress.at(paths * place as u64 + done, || letter(place));
            interrupted()
        });
        let sample = sample.map_err(|why| study.left(&mut simulator, "a comparison", why))?;
        let off = args.sampling.off.iter().chain(more_off.into_iter().flatten()).cloned().collect();
        sides.push(Side { scenario, off, sample, is_paired: true, paths });
    }
    progress.done();
    study.leave_with_shard(&mut simulator)?;
    Ok((study, simulator, sides))
}

/// Finished runs, from their folders.
fn stored(args: &CompareArgs) -> Result<(Sampling, Vec<Side>), Leave> {
    if args.pieces.shard.is_some() {
        return Err(Leave::bad_input("finished runs are compared without simulating: leave --shard out"));
    }
    let changes = [&args.sampling.overrides.set, &args.set_b].iter().any(|set| !set.is_empty());
    if changes || !args.sampling.off.is_empty() || !args.off_b.is_empty() {
        return Err(Leave::bad_input(
            "a finished run cannot be changed; name its scenario to compare it with --set or --off",
        ));
    }
    let runs = args.scenarios.iter().map(|folder| Recorded::read(folder)).collect::<Result<Vec<_>, _>>()?;
    let sampler = |run: &Recorded| run.sampling.sampler.sampler();
    let a = &runs[0];
    let is_paired = |run: &Recorded| {
        a.sampling.seed == run.sampling.seed
            && sampler(a) == sampler(run)
            && (sampler(a) != Sampler::LatinHypercube || a.planned == run.planned)
    };
    let least = runs.iter().filter(|run| is_paired(run)).map(|run| run.manifest.paths).min().unwrap_or(0);
    let sampling = a.sampling.clone();
    let is_paired: Vec<bool> = runs.iter().map(is_paired).collect();
    let mut sides = Vec::new();
    for (run, is_paired) in runs.into_iter().zip(is_paired) {
        let paths = if is_paired { least } else { run.manifest.paths };
        let sample = read(&run, paths)?;
        sides.push(Side { off: run.sampling.off, scenario: run.scenario, sample, is_paired, paths });
    }
    are_in_all(args, &sides.iter().map(|side| side.sample.names.as_slice()).collect::<Vec<_>>())?;
    Ok((sampling, sides))
}

/// The measures of a run's first paths.
fn read(run: &Recorded, paths: u64) -> Result<Sample, Leave> {
    let reader = run.paths()?;
    let uncertain =
        |name: &String| run.scenario.number_at(name).is_some_and(|id| !run.scenario.number(id).is_certain());
    // A share is compared as a ratio of means: a run that kept it without its two parts has none.
    let is_whole =
        |name: &String| needed(std::slice::from_ref(name)).iter().all(|part| reader.names().contains(part));
    let is_kept = |column: &usize| {
        let name = &reader.names()[*column];
        !uncertain(name) && is_whole(name)
    };
    let columns: Vec<usize> = (0..reader.names().len()).filter(is_kept).collect();
    let mut sample = Sample {
        names: columns.iter().map(|column| reader.names()[*column].clone()).collect(),
        columns: vec![Vec::new(); columns.len()],
        replicated: run.sampling.sampler.sampler().is_replicated(),
    };
    for block in reader.blocks(&columns) {
        let block = block?;
        for (kept, column) in sample.columns.iter_mut().zip(&block.columns) {
            let room = (paths as usize - kept.len()).min(column.len());
            kept.extend_from_slice(&column[..room]);
        }
    }
    Ok(sample)
}
