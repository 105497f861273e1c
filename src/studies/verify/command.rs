//! `roundtrip verify`: published cases and closed forms, computed again on this machine.

use super::{Verified, words};
use crate::console::options::Format;
use crate::console::{Ending, FAILED, print, say};
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

pub fn run(args: &VerifyArgs) -> Ending {
    let verified = Verified::of(args.perturb);
    let code = print(&match args.format {
        Format::Table => words::text(&verified),
        Format::Json => serde_json::to_string_pretty(&verified)? + "\n",
        Format::Csv => words::table(&verified).text(),
    });
    if args.format != Format::Table {
        say(&words::sentence(&verified));
    }
    Ok(if verified.holds && !args.perturb { code } else { FAILED })
}
