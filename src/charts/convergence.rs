//! Convergence: where two headline estimates stood after so many paths, and how sure they were then. The band is the 95%
//! interval at each number of paths; the line across is the value at the end.

use crate::charts::Chart;
use crate::charts::Estimated;
use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, halves};
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Lens, Look};
use crate::words::numbers::{NO_BREAK, ROUNDING, count, counted, figures, percent, usd, usd_error};
use plotters::element::{PathElement, Polygon};
use serde::{Deserialize, Serialize};

/// Running estimates.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Convergence {
    pub run: Run,
    /// Paths so far, rising; the last is all of them.
    pub paths: Vec<u64>,
    /// `capital.raised`, USD bn, and `share.traced`, at each.
    pub raised: Vec<Estimated>,
    pub share: Vec<Estimated>,
}

impl Chart for Convergence {
    const NAME: &str = "convergence";
    const QUESTION: &str = "Are there enough paths?";

    fn sentence(&self) -> String {
        let (Some(paths), Some(raised), Some(share)) =
            (self.paths.last(), self.raised.last(), self.share.last())
        else {
            return "No path was run".to_string();
        };
        let paths = format!("After {}", counted(*paths, "path"));
        let known = |estimate: &Estimated| estimate.value.is_finite() && estimate.se.is_finite();
        match (known(raised), known(share)) {
            (true, true) => format!(
                "{paths} the capital raised is known to ±{NO_BREAK}{} and the traced share to ±{NO_BREAK}{}, with 95% confidence",
                usd_error(half(raised)),
                error_in_points(half(share))
            ),
            (true, false) => {
                format!(
                    "{paths} the capital raised is known to ±{NO_BREAK}{}, with 95% confidence",
                    usd_error(half(raised))
                )
            }
            _ => format!("{paths} no error can be given"),
        }
    }

    fn caption(&self) -> String {
        let stood = |at: usize| {
            let (raised, share) = (self.raised[at], self.share[at]);
            let raised = format!("{} ±{NO_BREAK}{}", usd(raised.value, raised.se), usd_error(half(&raised)));
            match share.value.is_finite() && share.se.is_finite() {
                true => format!(
                    "capital raised {raised}, traced share {} ±{NO_BREAK}{}",
                    percent(share.value, share.se),
                    error_in_points(half(&share))
                ),
                false => format!("capital raised {raised}"),
            }
        };
        let last = self.paths.len().min(self.raised.len()).min(self.share.len());
        // One path has no error.
        let mut known = (0..last).filter(|at| self.raised[*at].se.is_finite());
        match (known.next(), known.next_back()) {
            (Some(first), Some(last)) => format!(
                "After {} paths: {}. After {}: {}. What follows a ± is half of the 95% interval, as the bands.",
                count(self.paths[first]),
                stood(first),
                count(self.paths[last]),
                stood(last)
            ),
            _ => "Too few paths to tell an error.".into(),
        }
    }

    fn data(&self) -> Data {
        let columns =
            data::of(Unit::Count, ["paths"]).chain(data::estimated("capital.raised", Unit::Billions));
        let mut data = Data::new(columns.chain(data::estimated("share.traced", Unit::Share)));
        for ((paths, raised), share) in self.paths.iter().zip(&self.raised).zip(&self.share) {
            data.row(row![*paths, *raised, *share]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let subtitle = "Running estimates by number of paths (logarithmic), with their 95% intervals (what follows a ±); the line across is the last value.";
        let room = canvas.frame(&self.sentence(), subtitle, &self.run.note(""));
        let theme = canvas.theme;
        let room = Bounds { top: room.top + 22.0, bottom: room.bottom - 18.0, ..room };
        let (gap, above) = if look.is_column() { (54.0, Some(0.5)) } else { (28.0, None) };
        let [of_capital, of_share] = halves(room, gap, room.width() / 2.0, above);
        panel(
            &mut canvas,
            self,
            Course { head: "Capital raised", values: &self.raised, color: theme.organic, as_share: false },
            of_capital,
        );
        panel(
            &mut canvas,
            self,
            Course {
                head: "From inflated values, traced",
                values: &self.share,
                color: theme.lens(Lens::Traced),
                as_share: true,
            },
            of_share,
        );
        canvas.finish()
    }
}

/// Half of the 95% interval: what the band is drawn from.
fn half(estimate: &Estimated) -> f64 {
    crate::estimate::NORMAL_95 * estimate.se
}

/// An error of a share in points: two figures.
fn error_in_points(se: f64) -> String {
    format!("{}{NO_BREAK}points", figures(100.0 * se, 2))
}

struct Course<'a> {
    head: &'a str,
    values: &'a [Estimated],
    color: Color,
    as_share: bool,
}

fn panel(canvas: &mut Canvas, data: &Convergence, course: Course, room: Bounds) {
    let theme = canvas.theme;
    let known: Vec<(f64, f64, f64, f64)> = data
        .paths
        .iter()
        .zip(course.values)
        .filter(|(_, estimate)| estimate.value.is_finite() && estimate.se.is_finite())
        .map(|(paths, estimate)| {
            let half = half(estimate);
            (libm::log10(*paths as f64), estimate.value, estimate.value - half, estimate.value + half)
        })
        .collect();
    let head = Panel { bounds: room, x: (0.0, 1.0), y: (0.0, 1.0) };
    let Some((last_x, last, ..)) = known.last().copied() else {
        let is_defined = course.values.iter().any(|estimate| estimate.value.is_finite());
        let why = if is_defined { "too few paths for an error" } else { "not defined: nothing is raised" };
        head.head(canvas, course.head);
        let label = Label::new(why, LABEL, theme.muted).anchor(Anchor::Middle);
        canvas.write(label.centred(room.center().0, room.center().1));
        return;
    };
    let low = known.iter().fold(f64::INFINITY, |least, (.., low, _)| least.min(*low));
    let high = known.iter().fold(f64::NEG_INFINITY, |most, (.., high)| most.max(*high));
    // A share or a sum that does not vary at all, but for rounding, still has an axis.
    let slack = if high - low > ROUNDING * last.abs() {
        0.0
    } else {
        0.05 * last.abs().max(if course.as_share { 0.01 } else { 1.0 })
    };
    let ticks = Ticks::covering(low - slack, high + slack, 6);
    let words = if course.as_share { ticks.percents() } else { ticks.amounts() };
    head.head(canvas, &if course.as_share { course.head.to_string() } else { ticks.headed(course.head) });
    let first_x = known[0].0;
    let (from, to) = if last_x > first_x { (first_x, last_x) } else { (first_x - 0.5, first_x + 0.5) };
    let panel = Panel {
        bounds: Bounds { left: room.left + widest(&words) + 8.0, ..room },
        x: (from, to),
        y: (ticks.low(), ticks.high()),
    };
    let powers: Vec<(f64, String)> = (0..=12)
        .flat_map(|power| [1u64, 2, 5].map(|times| times * 10u64.pow(power)))
        .map(|paths| (libm::log10(paths as f64), count(paths)))
        .filter(|(x, _)| (from - 1e-9..=to + 1e-9).contains(x))
        .collect();
    // Round numbers of paths: powers of ten alone where there are enough of them.
    let tens: Vec<(f64, String)> =
        powers.iter().filter(|(x, _)| (x - x.round()).abs() < 1e-9).cloned().collect();
    let places = if tens.len() >= 3 { tens } else { powers };
    let across: Vec<f64> = places.iter().map(|(x, _)| *x).collect();
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &across, &ticks.values)?;
        let at = |x: f64, y: f64| fine_point((panel.x_at(x), panel.y_at(y)));
        if known.len() > 1 {
            let upper = known.iter().map(|(x, _, _, high)| at(*x, *high));
            let lower = known.iter().rev().map(|(x, _, low, _)| at(*x, *low));
            sheet.draw(&Polygon::new(
                upper.chain(lower).collect::<Vec<_>>(),
                fill(theme.outer_band(course.color)),
            ))?;
        }
        let ends = [at(from, last), at(to, last)];
        sheet.draw(&PathElement::new(ends, stroke(theme.rule, 1.0)))?;
        let line: Vec<_> = known.iter().map(|(x, y, ..)| at(*x, *y)).collect();
        sheet.draw(&PathElement::new(line, stroke(course.color, 1.75)))
    });
    panel.label_y(canvas, &ticks.values, &words);
    panel.label_x(canvas, Bounds { left: room.left, right: room.right + 8.0, ..room }, &places);
    let end = course.values.last().copied().unwrap_or_default();
    let value = if course.as_share { percent(end.value, end.se) } else { usd(end.value, end.se) };
    // Above the line where the value lies low, below it where it lies high.
    let below = panel.y_at(last) < panel.bounds.center().1;
    let y = if below { panel.bounds.bottom - 14.0 } else { panel.bounds.top + 14.0 };
    let label = Label::new(format!("in the end {value}"), LABEL, theme.ink)
        .bold()
        .anchor(Anchor::End)
        .halo(theme.paper);
    canvas.write(label.centred(panel.bounds.right - 6.0, y));
}
