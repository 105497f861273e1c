//! Progress on stderr: a bar on a terminal, a line now and then elsewhere; nothing for what takes less than a second.

use crate::console::{is_terminal, say};
use crate::input::names::visible;
use crate::words::numbers::count;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use std::fmt::Write;
use std::time::{Duration, Instant};

pub struct Progress {
    bar: ProgressBar,
    began: Instant,
    /// When the next line is due, where there is no terminal.
    next_line: Option<Duration>,
    quiet: bool,
    total: u64,
    /// The total is a guess.
    about: bool,
    /// What is counted: paths.
    unit: &'static str,
}

/// Where there is no terminal: first and later lines.
const FIRST_LINE: Duration = Duration::from_secs(1);
const BETWEEN_LINES: Duration = Duration::from_secs(10);

impl Progress {
    pub fn new(total: u64, quiet: bool, name: &str) -> Progress {
        Progress::of("paths", total, quiet, name)
    }

    /// Of other things than paths.
    pub fn of(unit: &'static str, total: u64, quiet: bool, name: &str) -> Progress {
        let terminal = is_terminal(&std::io::stderr());
        let target = if quiet || !terminal {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(8)
        };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let template = format!(
            "{{prefix}} {{bar:24}} {{human_pos}}/{{human_len}} {unit}, {{rate}} a second, {{eta}} left  {{msg}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            let rate = |state: &ProgressState, out: &mut dyn Write| {
                let _ = write!(out, "{}", count(state.per_sec().round() as u64));
            };
            bar.set_style(style.with_key("rate", rate));
        }
        bar.set_prefix(visible(name).into_owned());
        let next_line = (!terminal && !quiet).then_some(FIRST_LINE);
        Progress { bar, began: Instant::now(), next_line, quiet, total, about: false, unit }
    }

    /// From what is known so far the work is likely to end there, before its bound.
    pub fn expect(&mut self, total: u64) {
        (self.total, self.about) = (total, true);
        self.bar.set_length(total);
    }

    /// `estimate` says where the estimate stands; it may be empty.
    pub fn at(&mut self, paths: u64, estimate: impl Fn() -> String) {
        if self.quiet || self.began.elapsed() < FIRST_LINE {
            return;
        }
        match self.next_line {
            None => {
                self.bar.set_position(paths);
                self.bar.set_message(estimate());
            }
            Some(due) if self.began.elapsed() >= due => {
                let done = Done { paths, total: self.total, about: self.about, unit: self.unit };
                say(&format!("{}: {}", self.bar.prefix(), done.line(self.began.elapsed(), &estimate())));
                self.next_line = Some(self.began.elapsed() + BETWEEN_LINES);
            }
            Some(_) => {}
        }
    }

    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}

/// How far the work is.
struct Done {
    paths: u64,
    total: u64,
    about: bool,
    unit: &'static str,
}

impl Done {
    /// Of nothing done there is no rate, and no telling how long the rest takes.
    fn line(&self, elapsed: Duration, estimate: &str) -> String {
        let about = if self.about { "about " } else { "" };
        let mut line = format!("{} of {about}{} {}", count(self.paths), count(self.total), self.unit);
        if self.paths > 0 {
            let rate = self.paths as f64 / elapsed.as_secs_f64().max(1e-9);
            let left = self.total.saturating_sub(self.paths) as f64 / rate;
            line += &format!(", {} a second, {} left", count(rate.round() as u64), in_words(left));
        }
        if !estimate.is_empty() {
            line += &format!("; {estimate}");
        }
        line
    }
}

/// `40 s`, `12 min`, `3 h`
fn in_words(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3600.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_no_more_than_is_known() {
        let line = |paths, about, seconds, estimate| {
            Done { paths, total: 100_000, about, unit: "paths" }
                .line(Duration::from_secs_f64(seconds), estimate)
        };
        assert_eq!(line(0, false, 3.0, ""), "0 of 100,000 paths");
        assert_eq!(
            line(8192, true, 2.0, "traced 8%"),
            "8,192 of about 100,000 paths, 4,096 a second, 22 s left; traced 8%"
        );
        assert_eq!(line(200, false, 2.0, ""), "200 of 100,000 paths, 100 a second, 17 min left");
        assert_eq!(in_words(7200.0), "2 h");
    }
}
