//! `roundtrip check`: validates scenarios and prints them as they were understood.

use crate::console::{Ending, Overrides, columns, print, read_all};
use crate::scenario::describe_within;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip check configs/oracle.toml\n  roundtrip check mine.toml --set market.rate=\"0.03 to 0.06\""
)]
pub struct CheckArgs {
    /// Scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    #[command(flatten)]
    pub overrides: Overrides,
}

pub fn check(args: &CheckArgs) -> Ending {
    let scenarios = read_all(&args.scenarios, &args.overrides)?;
    let width = columns().unwrap_or(WIDTH);
    let text: Vec<String> = scenarios.iter().map(|scenario| describe_within(scenario, width)).collect();
    Ok(print(&text.join("\n")))
}

/// Of lines that go elsewhere than to a terminal.
const WIDTH: usize = 120;
