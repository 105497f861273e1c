//! `roundtrip verify`: published cases and closed forms, computed again on this machine.

use crate::console::options::Format;
use crate::console::{FAILED, print, say};
use crate::studies::verify::words as report;
use crate::studies::verify::{Verdict, verify};
use clap::Args;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip verify\n  roundtrip verify --format json\n  roundtrip verify --perturb    # every case must fail"
)]
pub struct VerifyArgs {
    /// Change an input of every case, to show that each can fail; the exit code is then 1
    #[arg(long)]
    pub perturb: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

pub fn run(args: &VerifyArgs) -> u8 {
    let verdicts = verify(args.perturb);
    let text = match args.format {
        Format::Table => Ok(report::text(&verdicts, args.perturb)),
        Format::Json => serde_json::to_string_pretty(&report::json(&verdicts, args.perturb))
            .map(|text| text + "\n")
            .map_err(|error| error.to_string()),
        Format::Csv => report::csv(&verdicts).map_err(|error| error.to_string()),
    };
    let printed = match text {
        Ok(text) => print(&text),
        Err(error) => {
            say(&format!("error: {error}"));
            return FAILED;
        }
    };
    if args.format != Format::Table {
        say(&report::sentence(&verdicts, args.perturb));
    }
    let holds = verdicts.iter().all(Verdict::passed);
    if holds && !args.perturb { printed } else { FAILED }
}
