//! `roundtrip schema`: the JSON Schema of the scenario file, for editors; with `--markdown` the key reference.

use crate::console::{Ending, print};
use crate::scenario::SECTIONS;
use clap::Args;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip schema > roundtrip.schema.json\n  roundtrip schema --markdown > scenario-keys.md"
)]
pub struct SchemaArgs {
    /// Print the key reference instead
    #[arg(long)]
    pub markdown: bool,
}

pub fn schema(args: &SchemaArgs) -> Ending {
    let text = if args.markdown {
        crate::input::reference::markdown(SECTIONS)
    } else {
        crate::input::schema::json(SECTIONS)
    };
    Ok(print(&text))
}
