//! `roundtrip schema`: the JSON Schema of the scenario file, for editors; with `--markdown` the key reference.

use crate::console::print;
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

pub fn schema(args: &SchemaArgs) -> u8 {
    let text = if args.markdown {
        crate::input::reference::markdown(SECTIONS)
    } else {
        crate::input::schema::json(SECTIONS)
    };
    print(&text)
}
