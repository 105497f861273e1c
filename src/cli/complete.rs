//! Shell completions and the man page, printed from the same declarations as the help.

use super::Cli;
use crate::console::print;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

#[derive(Args)]
pub struct CompletionArgs {
    /// bash, zsh, fish, elvish or powershell
    pub shell: Shell,
}

pub fn completions(args: &CompletionArgs) -> u8 {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "roundtrip", &mut text);
    print(&String::from_utf8_lossy(&text))
}

pub fn man() -> u8 {
    let mut text = Vec::new();
    match clap_mangen::Man::new(Cli::command()).render(&mut text) {
        Ok(()) => print(&String::from_utf8_lossy(&text)),
        Err(error) => {
            crate::console::say(&format!("error: cannot render the man page: {error}"));
            crate::console::FAILED
        }
    }
}
