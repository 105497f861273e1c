//! `roundtrip compare`: two scenarios, or two finished runs, paired by path.

use super::{Both, Compared, Difference, differences, terms};
use crate::console::options::{Output, Sampling, interrupted, listen_for_interrupt, parse_loop};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, Ending, Leave, are_set_once, parse_override, say, told};
use crate::deals::loop_named;
use crate::input::names::nearest;
use crate::outcome::measures;
use crate::plan::Plan;
use crate::plan::parameters::Sampler;
use crate::scenario::Scenario;
use crate::studies::driver::{Study, is_defined, parse_measure, paths_kept, read_one, unfinished};
use crate::studies::run::recorded::Recorded;
use crate::studies::sample::{Sample, needed};
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths of each scenario; 1e6 is accepted [default: 20000]")),
    after_help = "Examples:\n  roundtrip compare configs/oracle.toml configs/softbank.toml\n  roundtrip compare configs/oracle.toml configs/oracle.toml --off-b announcement\n  roundtrip compare configs/oracle.toml configs/oracle.toml --set-b person.Ellison.invests.OpenAI=0\n  roundtrip compare output/oracle output/softbank\n\n--set and --off hold for both."
)]
pub struct CompareArgs {
    /// Scenario file, or the results folder of a run
    #[arg(value_name = "A")]
    pub a: PathBuf,
    /// Another, or the same
    #[arg(value_name = "B")]
    pub b: PathBuf,
    /// Override a number or key of B only; repeatable
    #[arg(long = "set-b", value_name = "PATH=VALUE", value_parser = parse_override)]
    pub set_b: Vec<(String, String)>,
    /// Switch loops off in B only
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
    pub output: Output,
}

const PATHS: u64 = 20_000;
const MOST_PATHS: u64 = 1_000_000;

/// One of the two.
struct Side {
    scenario: Scenario,
    off: Vec<String>,
    sample: Sample,
    paths: u64,
}

/// Both, and whether they are paired.
struct Pair {
    sides: [Side; 2],
    is_paired: bool,
    sampling: Sampling,
    simulated: u64,
}

pub fn compare(args: &CompareArgs) -> Ending {
    let began = Instant::now();
    let Pair { sides: [a, b], is_paired, sampling, simulated } = match (args.a.is_dir(), args.b.is_dir()) {
        (false, false) => simulated(args)?,
        (true, true) => stored(args)?,
        _ => {
            return Err(Leave::bad_input(
                "one of them is a run's folder and the other a scenario; name two scenarios or two runs",
            ));
        }
    };
    let only_in = |one: &Side, other: &Side| {
        one.sample.names.iter().filter(|name| !other.sample.names.contains(name)).cloned().collect()
    };
    let common: Vec<String> =
        a.sample.names.iter().filter(|name| b.sample.names.contains(name)).cloned().collect();
    let compared = Compared {
        names: names(args, &a, &b),
        is_paired,
        paths: [a.paths, b.paths],
        terms: terms(&a.scenario, &b.scenario),
        off: Both::of([&a, &b], |side| side.off.clone()),
        differences: differences(&a.sample, &b.sample, &common, is_paired),
        only_in_a: only_in(&a, &b),
        only_in_b: only_in(&b, &a),
        shown: args.measures.clone(),
        estimates: a.sample.estimates(),
        simulated,
    };
    let shown = |(name, d): &(String, Difference)| {
        compared.shown.contains(name) && (d.sides.a.value.is_finite() || d.sides.b.value.is_finite())
    };
    is_defined(&args.measures.join("`, `"), a.paths, compared.differences.iter().any(shown))?;
    // What B changes besides stands in its name.
    let study = Study::of("compare", &args.a, began, a.scenario, &sampling, &args.output)?;
    study.take_folder()?;
    study.end(&compared)
}

/// What the two are called: the scenarios' names, and what sets them apart where these are the same.
fn names(args: &CompareArgs, a: &Side, b: &Side) -> Both<String> {
    let [name_a, name_b] = [&a.scenario.name, &b.scenario.name].map(String::clone);
    if name_a != name_b {
        return Both { a: name_a, b: name_b };
    }
    if args.a != args.b {
        let with_file = |(name, file): (String, &PathBuf)| format!("{name} ({})", file.display());
        return Both::of([(name_a, &args.a), (name_b, &args.b)], with_file);
    }
    let mut changes: Vec<String> = args.set_b.iter().map(|(path, value)| format!("{path}={value}")).collect();
    if !args.off_b.is_empty() {
        changes.push(format!("{} off", args.off_b.join(", ")));
    }
    let with = if changes.is_empty() { String::new() } else { format!(" with {}", changes.join(", ")) };
    Both { a: name_a, b: format!("{name_b}{with}") }
}

/// Are the measures to be shown in both? Says which are not.
fn are_in_both(args: &CompareArgs, sides: [&[String]; 2]) -> Result<(), Leave> {
    let mut sound = true;
    for name in &args.measures {
        for (known, file) in sides.iter().zip([&args.a, &args.b]) {
            if !known.contains(name) {
                let near = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
                say(&format!("error: `{name}` is no measure of {}; the nearest is `{near}`", file.display()));
                sound = false;
            }
        }
    }
    if sound { Ok(()) } else { Err(Leave::with_code(BAD_INPUT)) }
}

/// Two scenarios, simulated on the same random numbers.
fn simulated(args: &CompareArgs) -> Result<Pair, Leave> {
    let overrides = &args.sampling.overrides;
    // What is wrong with either is said.
    let a = read_one(&args.a, overrides);
    let once = are_set_once("--set-b", &args.set_b);
    let b = told(Scenario::read_again(&args.b, &overrides.set, "--set-b", &args.set_b));
    let (a, b) = (a?, b?);
    once?;
    let plan_a = Plan::compile(&a);
    let mut plan_b = Plan::compile(&b);
    // The same uniforms for numbers of the same address.
    plan_b.parameters.follow(&plan_b.uncertain, (&plan_a.uncertain, &plan_a.parameters));
    let of = |plan: &Plan| measures(plan).into_iter().map(|measure| measure.name).collect::<Vec<String>>();
    let known = [of(&plan_a), of(&plan_b)];
    are_in_both(args, [&known[0], &known[1]])?;
    let paths = paths_kept(&args.sampling, PATHS, MOST_PATHS, known[0].len() + known[1].len())?;
    args.sampling.use_threads();
    listen_for_interrupt();
    let run_a = args.sampling.run(paths);
    let mut run_b = run_a;
    for which in args.off_b.iter().filter_map(|name| loop_named(name)) {
        run_b.loops = run_b.loops.without(which);
    }
    let mut progress = Progress::new(2 * paths, args.output.quiet, "compare");
    let mut sample = |plan: &Plan, run: &_, names: &[String], before: u64, who: &str| {
        Sample::of(plan, run, names, |done| {
            progress.at(before + done, || who.to_string());
            interrupted()
        })
        .map_err(unfinished("a comparison"))
    };
    let sample_a = sample(&plan_a, &run_a, &known[0], 0, "A")?;
    let sample_b = sample(&plan_b, &run_b, &known[1], paths, "B")?;
    progress.done();
    let off_b = args.sampling.off.iter().chain(&args.off_b).cloned().collect();
    let side = |scenario, off, sample| Side { scenario, off, sample, paths };
    Ok(Pair {
        sides: [side(a, args.sampling.off.clone(), sample_a), side(b, off_b, sample_b)],
        is_paired: true,
        sampling: args.sampling.clone(),
        simulated: 2 * paths,
    })
}

/// Two finished runs, from their folders.
fn stored(args: &CompareArgs) -> Result<Pair, Leave> {
    let changes = [&args.sampling.overrides.set, &args.set_b].iter().any(|set| !set.is_empty());
    if changes || !args.sampling.off.is_empty() || !args.off_b.is_empty() {
        return Err(Leave::bad_input(
            "a finished run cannot be changed; name its scenario to compare it with --set or --off",
        ));
    }
    let (a, b) = (Recorded::read(&args.a)?, Recorded::read(&args.b)?);
    let sampler = |run: &Recorded| run.sampling.sampler.sampler();
    let same_paths = a.sampling.seed == b.sampling.seed
        && sampler(&a) == sampler(&b)
        && (sampler(&a) != Sampler::LatinHypercube || a.planned == b.planned);
    let (paths_a, paths_b) = (a.manifest.paths, b.manifest.paths);
    let kept = if same_paths { [paths_a.min(paths_b); 2] } else { [paths_a, paths_b] };
    let sample_a = read(&a, kept[0])?;
    let sample_b = read(&b, kept[1])?;
    are_in_both(args, [&sample_a.names, &sample_b.names])?;
    let sampling = a.sampling.clone();
    let side =
        |run: Recorded, sample, paths| Side { off: run.sampling.off, scenario: run.scenario, sample, paths };
    Ok(Pair {
        sides: [side(a, sample_a, kept[0]), side(b, sample_b, kept[1])],
        is_paired: same_paths,
        sampling,
        simulated: 0,
    })
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
