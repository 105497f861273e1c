//! The command line: the table of commands. A study's command lies in its folder; those that simulate nothing are here.

mod check;
mod complete;
mod evidence;
mod init;
mod schema;

use crate::console::{Leave, columns};
use crate::studies::{
    attribute, backtest, calibrate, compare, event_study, replay, run, score, sensitivity, solve, sweep,
    verify, why,
};
use crate::words::table::set_width;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "roundtrip",
    version,
    about = "How much of the capital behind AI is manufactured by its own financing loops?",
    after_help = "Examples:\n  roundtrip run configs/oracle.toml\n  roundtrip run configs/oracle.toml --set lab.OpenAI.commit.multiple=2 --paths 1e6\n  roundtrip check configs/softbank.toml\n  roundtrip init my-scenario\n\nExit codes:\n    0  done\n    1  failed on the way, or what was asked does not hold\n    2  the command, a scenario or a table is wrong\n    3  a file that roundtrip wrote is damaged\n   75  interrupted; the same command goes on from there\n  130  interrupted; the same command begins again",
    arg_required_else_help = true
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Simulate scenarios; write tables and charts
    Run(run::command::RunArgs),
    /// What the loops of a scenario add, and which of them: causal share, Shapley values, loop gain
    Attribute(attribute::command::AttributeArgs),
    /// Draw a run's charts and write its page again, without simulating
    Report(run::redraw::ReportArgs),
    /// Validate scenarios and print them as they were understood
    Check(check::CheckArgs),
    /// Which uncertain number matters: Sobol and Shapley effects, tornado, and how much is luck
    Sensitivity(sensitivity::command::SensitivityArgs),
    /// One or two numbers over a grid, on the same paths: a line with bands, or a map
    Sweep(sweep::command::SweepArgs),
    /// Reverse stress: the value of a number that brings a measure to a target, and the likeliest way to an unwind
    Solve(solve::command::SolveArgs),
    /// Two scenarios or two runs, paired by path: what differs, and by how much
    Compare(compare::command::CompareArgs),
    /// Print what the numbers of scenarios rest on: value, grade, source, and which scenarios use each
    Evidence(evidence::EvidenceArgs),
    /// Write a scenario that runs, to start from: a small one, or one of a kind of deal
    Init(init::InitArgs),
    /// Print the JSON Schema of the scenario file, or with --markdown the key reference
    Schema(schema::SchemaArgs),
    /// Print one path step by step, every posting
    Replay(replay::command::ReplayArgs),
    /// Print the causal ledger behind a number of a run: deals, triggers, prices
    Why(why::command::WhyArgs),
    /// Estimate the announcement effect from dated events; write a posterior that scenarios draw from
    Calibrate(calibrate::command::CalibrateArgs),
    /// Predict each event from the earlier ones alone and keep the score
    Backtest(backtest::command::BacktestArgs),
    /// Abnormal returns around dated events against the market model, and whether they are told from chance
    EventStudy(event_study::command::EventStudyArgs),
    /// Set scenarios against what happened: each outcome's place in its forecast, and how many the bands held
    Score(score::command::ScoreArgs),
    /// Put the shards of one run or study together
    Merge(run::merge::MergeArgs),
    /// Run again as a manifest says and compare every result file, byte by byte
    Reproduce(run::reproduce::ReproduceArgs),
    /// Compute published cases and closed forms again on this machine; exit 1 when one does not hold
    Verify(verify::command::VerifyArgs),
    /// Print a completion script for a shell
    Completions(complete::CompletionArgs),
    /// Print the man page
    Man,
}

/// Runs the program. A pipe that its reader has closed is not an error.
pub fn main() -> ExitCode {
    let command = Cli::parse().command;
    if let Some(columns) = columns() {
        set_width(columns);
    }
    let ending = match command {
        Command::Run(args) => run::command::run(&args),
        Command::Attribute(args) => attribute::command::run(&args, &[]),
        Command::Report(args) => run::redraw::report(&args),
        Command::Check(args) => check::check(&args),
        Command::Sensitivity(args) => sensitivity::command::sensitivity(&args, &[]),
        Command::Sweep(args) => sweep::command::sweep(&args, &[]),
        Command::Solve(args) => solve::command::solve(&args),
        Command::Compare(args) => compare::command::compare(&args, &[]),
        Command::Evidence(args) => evidence::evidence(&args),
        Command::Init(args) => init::init(&args),
        Command::Schema(args) => schema::schema(&args),
        Command::Replay(args) => replay::command::replay(&args),
        Command::Why(args) => why::command::why(&args),
        Command::Calibrate(args) => calibrate::command::run(&args),
        Command::Backtest(args) => backtest::command::run(&args),
        Command::EventStudy(args) => event_study::command::run(&args),
        Command::Score(args) => score::command::score(&args, &[]),
        Command::Merge(args) => run::merge::merge(&args),
        Command::Reproduce(args) => run::reproduce::reproduce(&args),
        Command::Verify(args) => verify::command::run(&args),
        Command::Completions(args) => complete::completions(&args),
        Command::Man => complete::man(),
    };
    ExitCode::from(ending.unwrap_or_else(Leave::say))
}
