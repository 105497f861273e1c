//! Progress on stderr: a bar on a terminal, a line now and then elsewhere; nothing for what takes less than a second.

use super::say;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

pub struct Progress {
    bar: ProgressBar,
    began: Instant,
    /// When the next line is due, where there is no terminal.
    next_line: Option<Duration>,
    quiet: bool,
    total: u64,
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
        let terminal = std::io::stderr().is_terminal();
        let target = if quiet || !terminal {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr_with_hz(8)
        };
        let bar = ProgressBar::with_draw_target(Some(total), target);
        let template = format!(
            "{{prefix}} {{bar:24}} {{human_pos}}/{{human_len}} {unit}, {{per_sec}}, {{eta}} left  {{msg}}"
        );
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_prefix(name.to_string());
        let next_line = (!terminal && !quiet).then_some(FIRST_LINE);
        Progress { bar, began: Instant::now(), next_line, quiet, total, unit }
    }

    /// `estimate` says where the estimate stands.
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
                let rate = paths as f64 / self.began.elapsed().as_secs_f64();
                let left = (self.total.saturating_sub(paths)) as f64 / rate.max(1e-9);
                say(&format!(
                    "{}: {paths} of {} {}, {rate:.0} a second, {left:.0} s left; {}",
                    self.bar.prefix(),
                    self.total,
                    self.unit,
                    estimate()
                ));
                self.next_line = Some(self.began.elapsed() + BETWEEN_LINES);
            }
            Some(_) => {}
        }
    }

    pub fn done(&self) {
        self.bar.finish_and_clear();
    }
}
