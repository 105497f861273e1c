//! `roundtrip evidence`: what the numbers of scenarios rest on, as a Markdown page.

use crate::console::{Ending, Overrides, print, read_all};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip evidence configs/oracle.toml\n  roundtrip evidence configs/*.toml > docs/evidence.md"
)]
pub struct EvidenceArgs {
    /// Scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
}

pub fn evidence(args: &EvidenceArgs) -> Ending {
    let scenarios = read_all(&args.scenarios, &Overrides { set: Vec::new() })?;
    let names = args.scenarios.iter().map(|file| match file.file_stem() {
        Some(stem) => stem.to_string_lossy().into_owned(),
        None => file.display().to_string(),
    });
    let named: Vec<_> = names.zip(scenarios).collect();
    Ok(print(&crate::scenario::evidence::markdown(&named)))
}
