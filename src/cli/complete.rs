//! Shell completions and the man page, printed from the same declarations as the help.

use super::Cli;
use crate::console::{Ending, Leave, print};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Args)]
pub struct CompletionArgs {
    /// bash, zsh, fish, elvish or powershell
    pub shell: Shell,
}

pub fn completions(args: &CompletionArgs) -> Ending {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "roundtrip", &mut text);
    Ok(print(&String::from_utf8_lossy(&text)))
}

pub fn man() -> Ending {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut text)
        .map_err(|error| Leave::failed(format!("cannot render the man page: {error}")))?;
    Ok(print(&String::from_utf8_lossy(&text)))
}
