//! The terminal: results on stdout, everything else on stderr, colours where they are wanted, the flags that several
//! commands share, progress, Ctrl-C. Nothing else prints.

pub mod options;
pub mod progress;

use clap::Args;
use std::io::{self, IsTerminal, Write};

/// Exit codes: done; failed on the way; the command or the scenario is wrong.
pub const OK: u8 = 0;
pub const FAILED: u8 = 1;
pub const BAD_INPUT: u8 = 2;

/// Overrides that every command reading a scenario takes.
#[derive(Args, Clone)]
pub struct Overrides {
    /// Override a number or key of the scenario: --set lab.OpenAI.commit.multiple=2, or what a shell must not read in
    /// quotes, 'market.rate=0.02 to 0.05' or 'market.rate={ uniform = [0.02, 0.05] }'; repeatable
    #[arg(long = "set", value_name = "PATH=VALUE", value_parser = parse_override)]
    pub set: Vec<(String, String)>,
}

pub fn parse_override(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((path, value)) if !path.trim().is_empty() && !value.trim().is_empty() => {
            Ok((path.trim().to_string(), value.trim().to_string()))
        }
        _ => Err("write it as PATH=VALUE, for example --set market.rate=0.05".into()),
    }
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
