//! The terminal: results on stdout, everything else on stderr, colours where they are wanted, the flags that several
//! commands share, progress, Ctrl-C. Nothing else prints.

pub mod options;
pub mod progress;

use crate::input::Findings;
use crate::input::names::visible;
use crate::scenario::Scenario;
use clap::Args;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// Exit codes; `roundtrip --help` and the README list them.
pub const OK: u8 = 0;
/// It failed on the way, or what was asked does not hold.
pub const FAILED: u8 = 1;
/// The command, the scenario or a table is wrong.
pub const BAD_INPUT: u8 = 2;
/// A file that this program wrote is not as it was written.
pub const DAMAGED: u8 = 3;
/// Interrupted, and the same command goes on from there: EX_TEMPFAIL, by which schedulers know to try again.
pub const GOES_ON: u8 = 75;
/// Interrupted, and the same command begins again: 128 and the number of SIGINT, as shells have it.
pub const INTERRUPTED: u8 = 130;

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

/// Why a command leaves before its end. An error of any kind becomes one with `?`, and is said when the program ends.
#[derive(Debug)]
pub struct Leave {
    code: u8,
    /// `error: `, or nothing.
    head: &'static str,
    why: String,
}

impl Leave {
    /// The command or the scenario is wrong.
    pub fn bad_input(why: impl Into<String>) -> Leave {
        Leave { code: BAD_INPUT, head: "error: ", why: why.into() }
    }

    pub fn failed(why: impl Into<String>) -> Leave {
        Leave { code: FAILED, head: "error: ", why: why.into() }
    }

    pub fn damaged(why: impl Into<String>) -> Leave {
        Leave { code: DAMAGED, head: "error: ", why: why.into() }
    }

    /// Interrupted, with nothing to go on from.
    pub fn interrupted(why: impl Into<String>) -> Leave {
        Leave { code: INTERRUPTED, ..Leave::stopped(why) }
    }

    /// Interrupted, and the same command goes on from there.
    pub fn goes_on(why: impl Into<String>) -> Leave {
        Leave { code: GOES_ON, ..Leave::stopped(why) }
    }

    /// Failed by nobody's error: the sentence is said as it is.
    pub fn stopped(why: impl Into<String>) -> Leave {
        Leave { code: FAILED, head: "", why: why.into() }
    }

    /// Everything has been said.
    pub fn with_code(code: u8) -> Leave {
        Leave { code, head: "", why: String::new() }
    }

    /// What was at work when it happened.
    pub fn at(self, what: &str) -> Leave {
        Leave { why: format!("{what}: {}", self.why), ..self }
    }

    /// Says why; the exit code.
    pub fn say(self) -> u8 {
        if !self.why.is_empty() {
            say(&format!("{}{}", self.head, self.why));
        }
        self.code
    }
}

impl<E: std::error::Error> From<E> for Leave {
    fn from(error: E) -> Leave {
        Leave::failed(error.to_string())
    }
}

/// What a command ends with: an exit code, or why it has no better one.
pub type Ending = Result<u8, Leave>;

/// Results go to stdout. Names in them come from files, and none steers the terminal.
pub fn print(text: &str) -> u8 {
    let text = visible(text);
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
    say_coloured(&visible(text));
}

/// What is wrong or doubtful, in colours of its own.
pub fn say_findings(findings: &Findings) {
    say_coloured(&findings.render(colour()));
}

fn say_coloured(text: &str) {
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

/// Columns of the terminal that results go to, or where they go elsewhere those that `COLUMNS` says.
pub fn columns() -> Option<usize> {
    let terminal = terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0));
    let said = || std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    terminal.filter(|columns| *columns > 0).or_else(said).map(|columns: usize| columns.clamp(40, 1000))
}

/// Says what is wrong with something that was read.
pub fn refused(findings: Findings) -> Leave {
    say_findings(&findings);
    Leave::with_code(BAD_INPUT)
}

/// Names stand in charts, whose typeface has Latin, Greek and Cyrillic letters.
fn warn_of_letters(scenario: &Scenario) {
    let actors = ["lab", "company", "person", "holding"];
    let names =
        actors.iter().flat_map(|section| scenario.sections_named(section)).map(|node| node.text("name"));
    let lacking: String = names.chain([scenario.name.as_str()]).map(crate::charts::layout::lacking).collect();
    if !lacking.is_empty() {
        say(&format!(
            "warning: {}: the charts' typeface has no {lacking}: PNG and PDF show boxes in their place, SVG and page a typeface \
             of the reader's; give names in Latin, Greek or Cyrillic letters",
            scenario.file
        ));
    }
}

/// Reads every scenario; says all findings of all of them.
pub fn read_all(files: &[PathBuf], overrides: &Overrides) -> Result<Vec<Scenario>, Leave> {
    let once = are_set_once("--set", &overrides.set);
    let read: Vec<_> = files.iter().map(|file| told(Scenario::read(file, &overrides.set))).collect();
    once?;
    read.into_iter().collect()
}

/// Says what was found in a scenario.
pub fn told(read: Result<Scenario, Findings>) -> Result<Scenario, Leave> {
    let scenario = read.map_err(refused)?;
    if !scenario.warnings.is_empty() {
        say_findings(&scenario.warnings);
    }
    warn_of_letters(&scenario);
    Ok(scenario)
}

/// Which of two values of one address is meant, nobody can tell. All that are given twice are said.
pub fn are_set_once(option: &str, set: &[(String, String)]) -> Result<(), Leave> {
    let mut once = Ok(());
    for (place, (address, value)) in set.iter().enumerate() {
        if let Some((_, first)) = set[..place].iter().find(|(earlier, _)| earlier == address) {
            say(&format!("error: {option} gives `{address}` twice, {first} and {value}: keep one of them"));
            once = Err(Leave::with_code(BAD_INPUT));
        }
    }
    once
}
