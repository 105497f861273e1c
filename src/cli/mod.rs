//! The command line: parse, call, print. A file per command; nothing else prints.

pub mod attribute;
pub mod backtest;
pub mod calibrate;
pub mod check;
pub mod chunks;
pub mod compare;
pub mod complete;
pub mod evidence;
pub mod init;
pub mod merge;
pub mod options;
pub mod progress;
pub mod recorded;
pub mod replay;
pub mod report;
pub mod reproduce;
pub mod run;
pub mod schema;
pub mod score;
pub mod sensitivity;
pub mod solve;
pub mod study;
pub mod sweep;
pub mod verify;
pub mod why;

use clap::{Args, Parser, Subcommand};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

/// Exit codes: done; failed on the way; the command or the scenario is wrong.
pub const OK: u8 = 0;
pub const FAILED: u8 = 1;
pub const BAD_INPUT: u8 = 2;

#[derive(Parser)]
#[command(
    name = "roundtrip",
    version,
    about = "How much of the capital behind AI is manufactured by its own financing loops?",
    after_help = "Examples:\n  roundtrip run configs/oracle.toml\n  roundtrip run configs/oracle.toml --set lab.OpenAI.commit.multiple=2 --paths 1e6\n  roundtrip check configs/softbank.toml\n  roundtrip init my-scenario",
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Simulate scenarios; write tables and charts
    Run(run::RunArgs),
    /// What the loops of a scenario add, and which of them: causal share, Shapley values, loop gain
    Attribute(attribute::AttributeArgs),
    /// Draw a run's charts and write its page again, without simulating
    Report(report::ReportArgs),
    /// Validate scenarios and print them as they were understood
    Check(check::CheckArgs),
    /// Which uncertain number matters: Sobol and Shapley effects, tornado, and how much is luck
    Sensitivity(sensitivity::SensitivityArgs),
    /// One or two numbers over a grid, on the same paths: a line with bands, or a map
    Sweep(sweep::SweepArgs),
    /// Reverse stress: the value of a number that brings a measure to a target, and the likeliest way to an unwind
    Solve(solve::SolveArgs),
    /// Two scenarios or two runs, paired by path: what differs, and by how much
    Compare(compare::CompareArgs),
    /// Print what the numbers of scenarios rest on: value, grade, source, and which scenarios use each
    Evidence(evidence::EvidenceArgs),
    /// Write a starter scenario that runs
    Init(init::InitArgs),
    /// Print the JSON Schema of the scenario file, or with --markdown the key reference
    Schema(schema::SchemaArgs),
    /// Print one path step by step, every posting
    Replay(replay::ReplayArgs),
    /// Print the causal ledger behind a number of a run: deals, triggers, prices
    Why(why::WhyArgs),
    /// Estimate the announcement effect from dated events; write a posterior that scenarios draw from
    Calibrate(calibrate::CalibrateArgs),
    /// Predict each event from the earlier ones alone and keep the score
    Backtest(backtest::BacktestArgs),
    /// Set scenarios against what happened: each outcome's place in its forecast, and how many the bands held
    Score(score::ScoreArgs),
    /// Put the shards of one run together into the run
    Merge(merge::MergeArgs),
    /// Run again as a manifest says and compare every result file, byte by byte
    Reproduce(reproduce::ReproduceArgs),
    /// Compute published cases and closed forms again on this machine; exit 1 when one does not hold
    Verify(verify::VerifyArgs),
    /// Print a completion script for a shell
    Completions(complete::CompletionArgs),
    /// Print the man page
    Man,
}

/// Overrides that every command reading a scenario takes.
#[derive(Args, Clone)]
pub struct Overrides {
    /// Override a number or key of the scenario: --set lab.OpenAI.commit.multiple=2, or what a shell must not read in
    /// quotes, 'market.rate=0.02 to 0.05' or 'market.rate={ uniform = [0.02, 0.05] }'; repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = parse_override)]
    pub set: Vec<(String, String)>,
}

fn parse_override(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
            Ok((path.trim().to_string(), value.trim().to_string()))
        }
        _ => Err("write it as PATH=VALUE, for example --set market.rate=0.05".into()),
    }
}

/// Runs the program. A pipe that its reader has closed is not an error.
pub fn main() -> ExitCode {
    let code = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Attribute(args) => attribute::run(&args),
        Command::Report(args) => report::report(&args),
        Command::Check(args) => check::check(&args),
        Command::Sensitivity(args) => sensitivity::sensitivity(&args),
        Command::Sweep(args) => sweep::sweep(&args),
        Command::Solve(args) => solve::solve(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Evidence(args) => evidence::evidence(&args),
        Command::Init(args) => init::init(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Why(args) => why::why(&args),
        Command::Calibrate(args) => calibrate::run(&args),
        Command::Backtest(args) => backtest::run(&args),
        Command::Score(args) => score::score(&args),
        Command::Merge(args) => merge::merge(&args),
        Command::Reproduce(args) => reproduce::reproduce(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Completions(args) => complete::completions(&args),
        Command::Man => complete::man(),
    };
    ExitCode::from(code)
}

/// Results go to stdout.
pub fn print(text: &str) -> u8 {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => OK,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => OK,
        Err(error) => {
            say(&format!("error: cannot write to standard output: {error}"));
            FAILED
        }
    }
}

/// Everything else goes to stderr, and cannot fail.
pub fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Colours on a terminal only, and not where NO_COLOR asks for none.
pub fn colour() -> bool {
    is_terminal(&io::stderr()) && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// A terminal that understands more than text: `TERM=dumb` does not.
pub fn is_terminal(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Reads every scenario; prints all findings of all of them. `None` if any has errors.
pub fn read_all(
    files: &[std::path::PathBuf],
    overrides: &Overrides,
) -> Option<Vec<crate::scenario::Scenario>> {
    let mut scenarios = Vec::new();
    let mut failed = false;
    for file in files {
        match crate::scenario::Scenario::read(file, &overrides.set) {
            Ok(scenario) => {
                if !scenario.warnings.is_empty() {
                    say(&scenario.warnings.render(colour()));
                }
                scenarios.push(scenario);
            }
            Err(findings) => {
                failed = true;
                say(&findings.render(colour()));
            }
        }
    }
    (!failed).then_some(scenarios)
}
