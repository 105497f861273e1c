//! Rectangles with a coordinate system: round ticks, calendar ticks, a grid by plotters, tick labels by measure.

use crate::charts::Spread;
use crate::charts::canvas::{Anchor, Canvas, Drawn, Fault, Label, Sheet, fill, fine, fine_point, stroke};
use crate::charts::layout::{Bounds, Weight, shorten, width};
use crate::charts::theme::{Color, LABEL, TICK, Theme};
use crate::words::measure::Kind;
use crate::words::numbers::{self, Scale};
use plotters::chart::{ChartBuilder, ChartContext};
use plotters::coord::cartesian::Cartesian2d;
use plotters::coord::combinators::BindKeyPoints;
use plotters::coord::ranged1d::BoldPoints;
use plotters::coord::types::RangedCoordf64;
use plotters::element::{PathElement, Rectangle};
use plotters::prelude::SVGBackend;

/// Round numbers along an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Ticks {
    pub values: Vec<f64>,
    pub step: f64,
}

impl Ticks {
    /// At most `most` + 1 ticks, 1, 2 or 5 × 10ⁿ apart, from at or below `low` to at or above `high`.
    pub fn covering(low: f64, high: f64, most: usize) -> Ticks {
        if !(low.is_finite() && high.is_finite()) {
            return Ticks::nothing();
        }
        let span = if high > low { high - low } else { low.abs().max(1.0) };
        let mut exponent = libm::floor(libm::log10(span / most as f64)) as i32;
        loop {
            for mantissa in [1.0, 2.0, 5.0] {
                // Multiples of an exact number, or quotients by one: 0.3 comes out as 0.3.
                let (times, by) = if exponent < 0 {
                    (mantissa, libm::exp10(f64::from(-exponent)))
                } else {
                    (mantissa * libm::exp10(f64::from(exponent)), 1.0)
                };
                let step = times / by;
                let first = (low / step + 1e-9).floor();
                let mut last = (high / step - 1e-9).ceil();
                if last <= first {
                    last = first + 1.0;
                }
                if last - first <= most as f64 {
                    let values =
                        (0..=(last - first) as usize).map(|k| (first + k as f64) * times / by).collect();
                    return Ticks { values, step };
                }
            }
            exponent += 1;
        }
    }

    /// An axis on which everything is 0.
    pub fn nothing() -> Ticks {
        Ticks { values: vec![0.0, 1.0], step: 1.0 }
    }

    pub fn low(&self) -> f64 {
        self.values[0]
    }

    pub fn high(&self) -> f64 {
        self.values[self.values.len() - 1]
    }

    pub fn numbers(&self) -> Vec<String> {
        self.values.iter().map(|value| numbers::tick(*value, self.step)).collect()
    }

    /// Of amounts, in the unit of [`Ticks::scale`].
    pub fn amounts(&self) -> Vec<String> {
        let scale = self.scale();
        let step = scale.of_billions(self.step);
        self.values.iter().map(|value| numbers::tick(scale.of_billions(*value), step)).collect()
    }

    /// The unit in which no tick goes beyond a thousand; an axis has one.
    pub fn scale(&self) -> Scale {
        let largest = self.low().abs().max(self.high().abs());
        Scale::of(0.999 * largest).max(Scale::of(self.step))
    }

    /// A heading with the axis's unit: `Capital raised, USD tn`.
    pub fn headed(&self, what: &str) -> String {
        format!("{what}, {}", self.scale().heading())
    }

    /// Of a measure.
    pub fn of(&self, kind: Kind) -> Vec<String> {
        match kind {
            Kind::UsdBn => self.amounts(),
            Kind::Share => self.percents(),
            Kind::Years | Kind::Plain => self.numbers(),
        }
    }

    /// What a heading adds of a measure's unit.
    pub fn unit(&self, kind: Kind) -> String {
        match kind {
            Kind::UsdBn => self.headed(""),
            Kind::Years => format!(", {}", kind.unit()),
            Kind::Share | Kind::Plain => String::new(),
        }
    }

    /// Of shares.
    pub fn percents(&self) -> Vec<String> {
        self.values
            .iter()
            .map(|value| format!("{}%", numbers::tick(value * 100.0, self.step * 100.0)))
            .collect()
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// The month of a decimal year: 2030.69 is in `September 2030`.
pub fn month_in_full(year: f64) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    // By the day, since months differ in length: 1 October is 0.748 of a year.
    let whole = year.floor() as i64;
    let leap = whole % 4 == 0 && (whole % 100 != 0 || whole % 400 == 0);
    let days = if leap { 366.0 } else { 365.0 };
    let day = ((year - year.floor()) * days + 1e-3).floor() as i64;
    let lengths = [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut after = 0;
    let month = lengths.iter().position(|length| {
        after += length;
        day < after
    });
    format!("{} {whole}", NAMES[month.unwrap_or(11)])
}

/// Beginnings of months or years between two decimal years, at most `most`, with their names; the year stands with
/// the first month of each.
pub fn calendar(from: f64, to: f64, most: usize) -> Vec<(f64, String)> {
    let first = (from * 12.0 - 1e-6).ceil() as i64;
    let last = (to * 12.0 + 1e-6).floor() as i64;
    for step in [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 12_000] {
        let start = first.div_euclid(step) * step;
        let months: Vec<i64> = (0..)
            .map(|k| start + k * step)
            .skip_while(|month| *month < first)
            .take_while(|month| *month <= last)
            .take(most + 1)
            .collect();
        if months.len() <= most {
            let name = |(place, month): (usize, i64)| {
                let (year, in_year) = (month.div_euclid(12), month.rem_euclid(12) as usize);
                let words = match (in_year, place, step < 12) {
                    (0, ..) => year.to_string(),
                    (_, 0, true) => format!("{} {year}", MONTHS[in_year]),
                    _ => MONTHS[in_year].to_string(),
                };
                (month as f64 / 12.0, words)
            };
            return months.into_iter().enumerate().map(name).collect();
        }
    }
    Vec::new()
}

/// plotters' chart over a panel.
pub type Plot<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// A rectangle of the sheet with a linear coordinate system.
#[derive(Debug, Clone, Copy)]
pub struct Panel {
    pub bounds: Bounds,
    /// From, to.
    pub x: (f64, f64),
    pub y: (f64, f64),
}

impl Panel {
    pub fn x_at(&self, value: f64) -> f64 {
        self.bounds.left + (value - self.x.0) / (self.x.1 - self.x.0) * self.bounds.width()
    }

    pub fn y_at(&self, value: f64) -> f64 {
        self.bounds.bottom - (value - self.y.0) / (self.y.1 - self.y.0) * self.bounds.height()
    }

    /// plotters' chart over the same rectangle and coordinates.
    pub fn plot<'a, 'b>(&self, sheet: &Sheet<'b>) -> Result<Plot<'a, 'b>, Fault> {
        ChartBuilder::on(&self.area(sheet)).build_cartesian_2d(self.x.0..self.x.1, self.y.0..self.y.1)
    }

    fn area<'b>(&self, sheet: &Sheet<'b>) -> Sheet<'b> {
        let corner = (fine(self.bounds.left), fine(self.bounds.top));
        // plotters maps onto the last pixel, not past it: one more, and the end of the range is the right edge.
        let size = (fine(self.bounds.width()) + 1, fine(self.bounds.height()) + 1);
        sheet.clone().shrink(corner, size)
    }

    /// Hairlines at the given values, drawn by plotters' mesh.
    pub fn grid(&self, sheet: &Sheet, theme: &Theme, across: &[f64], down: &[f64]) -> Drawn {
        let within = |values: &[f64], (from, to): (f64, f64)| -> Vec<f64> {
            values.iter().copied().filter(|value| (from..=to).contains(value)).collect()
        };
        let chart = ChartBuilder::on(&self.area(sheet)).build_cartesian_2d(
            (self.x.0..self.x.1).with_key_points(within(across, self.x)),
            (self.y.0..self.y.1).with_key_points(within(down, self.y)),
        )?;
        let hairline = stroke(theme.grid, 0.75);
        let all = || BoldPoints(usize::MAX);
        chart.plotting_area().draw_mesh(|backend, line| line.draw(backend, &hairline), all(), all())
    }

    /// A line across at `y`.
    pub fn rule(&self, sheet: &Sheet, color: Color, y: f64) -> Drawn {
        let y = fine(self.y_at(y));
        sheet.draw(&PathElement::new(
            [(fine(self.bounds.left), y), (fine(self.bounds.right), y)],
            stroke(color, 1.0),
        ))
    }

    /// How a value spreads, as a bar across at height `middle`: 90% light, 50% darker.
    pub fn bar_across(
        &self,
        sheet: &Sheet,
        theme: &Theme,
        middle: f64,
        half: f64,
        spread: &Spread,
        color: Color,
    ) -> Drawn {
        for (low, high, tint) in [
            (spread.p5, spread.p95, theme.outer_band(color)),
            (spread.p25, spread.p75, theme.inner_band(color)),
        ] {
            let corners = [(self.x_at(low), middle - half), (self.x_at(high), middle + half)];
            sheet.draw(&Rectangle::new(corners.map(fine_point), fill(tint)))?;
        }
        Ok(())
    }

    /// The same upright at `middle`, with a line across at the point.
    pub fn bar_up(
        &self,
        sheet: &Sheet,
        theme: &Theme,
        middle: f64,
        half: f64,
        spread: &Spread,
        color: Color,
    ) -> Drawn {
        for (low, high, tint) in [
            (spread.p5, spread.p95, theme.outer_band(color)),
            (spread.p25, spread.p75, theme.inner_band(color)),
        ] {
            let corners = [(middle - half, self.y_at(high)), (middle + half, self.y_at(low))];
            sheet.draw(&Rectangle::new(corners.map(fine_point), fill(tint)))?;
        }
        let y = self.y_at(spread.point.value);
        let ends = [(middle - half - 2.0, y), (middle + half + 2.0, y)];
        sheet.draw(&PathElement::new(ends.map(fine_point), stroke(color, 2.0)))
    }

    /// A heading over the panel.
    pub fn head(&self, canvas: &mut Canvas, words: &str) {
        let room = self.bounds.width().max(40.0);
        let words = shorten(words, Weight::SemiBold, LABEL, room);
        let label = Label::new(words, LABEL, canvas.theme.ink).bold();
        canvas.write(label.at(self.bounds.left, self.bounds.top - 10.0));
    }

    /// Numbers left of the panel, at their heights.
    pub fn label_y(&self, canvas: &mut Canvas, values: &[f64], words: &[String]) {
        for (value, words) in values.iter().zip(words) {
            let label = Label::new(words.clone(), TICK, canvas.theme.muted).anchor(Anchor::End);
            canvas.write(label.centred(self.bounds.left - 6.0, self.y_at(*value)));
        }
    }

    /// Dates under a panel of decimal years: the finest beginnings of months or years, at most `most`, whose names fit side
    /// by side. Thinning a finer calendar instead would drop the names of years.
    pub fn label_dates(&self, canvas: &mut Canvas, within: Bounds, most: usize) {
        let fits = |dates: &Vec<(f64, String)>| {
            !dates.is_empty() && apart(&self.labels_at(canvas.theme.muted, within, dates), 1)
        };
        let dates = (1..=most).rev().map(|most| calendar(self.x.0, self.x.1, most)).find(fits);
        let dates = dates.unwrap_or_else(|| calendar(self.x.0, self.x.1, most));
        self.label_x(canvas, within, &dates);
    }

    /// Words under the panel, at their places: every one, or every second or third and so on, until none touches its
    /// neighbour or leaves `within`.
    pub fn label_x(&self, canvas: &mut Canvas, within: Bounds, ticks: &[(f64, String)]) {
        let labels = self.labels_at(canvas.theme.muted, within, ticks);
        if let Some(stride) = (1..=labels.len()).find(|stride| apart(&labels, *stride)) {
            for label in labels.into_iter().step_by(stride) {
                canvas.write(label);
            }
        }
    }

    fn labels_at(&self, color: Color, within: Bounds, ticks: &[(f64, String)]) -> Vec<Label> {
        let label = |(value, words): &(f64, String)| {
            let half = width(words, Weight::Regular, TICK) / 2.0;
            let x =
                self.x_at(*value).clamp(within.left + half, (within.right - half).max(within.left + half));
            let label = Label::new(words.clone(), TICK, color).anchor(Anchor::Middle);
            label.at(x, self.bounds.bottom + 6.0 + TICK * 0.8)
        };
        ticks.iter().map(label).collect()
    }
}

/// Of every `stride`-th label, does each stand clear of the next?
fn apart(labels: &[Label], stride: usize) -> bool {
    let bounds: Vec<Bounds> = labels.iter().step_by(stride).map(Label::bounds).collect();
    bounds.windows(2).all(|pair| pair[0].right + 4.0 <= pair[1].left)
}

/// The widest of some tick labels.
pub fn widest(words: &[String]) -> f64 {
    words.iter().map(|words| width(words, Weight::Regular, TICK)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::canvas::FINE;
    use plotters::drawing::IntoDrawingArea;

    #[test]
    fn ticks_are_round_and_cover() {
        assert_eq!(Ticks::covering(0.0, 0.34, 4).values, [0.0, 0.1, 0.2, 0.3, 0.4]);
        assert_eq!(Ticks::covering(0.0, 1.0, 5).values, [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
        assert_eq!(Ticks::covering(-30.0, 120.0, 4).values, [-50.0, 0.0, 50.0, 100.0, 150.0]);
        assert_eq!(Ticks::covering(0.0, 0.0, 4).values.first(), Some(&0.0));
        assert_eq!(Ticks::covering(0.0, 10_000.0, 4).values, [0.0, 5000.0, 10_000.0]);
        for (low, high) in [(0.0, 0.013), (0.0, 9999.0), (-1e-3, 7e5), (3.0, 3.0)] {
            let ticks = Ticks::covering(low, high, 5);
            assert!(ticks.low() <= low && ticks.high() >= high && ticks.values.len() <= 6, "{ticks:?}");
        }
    }

    #[test]
    fn an_axis_of_amounts_has_one_unit_that_its_heading_says() {
        for (high, words, unit) in [
            (1708.0, vec!["0.0", "0.5", "1.0", "1.5", "2.0"], "USD tn"),
            (1000.0, vec!["0", "500", "1,000"], "USD bn"),
            (148.0, vec!["0", "50", "100", "150"], "USD bn"),
            (0.0032, vec!["0", "1", "2", "3", "4"], "USD mn"),
        ] {
            let ticks = Ticks::covering(0.0, high, 4);
            assert_eq!(ticks.amounts(), words, "{high}");
            assert_eq!(ticks.headed("Raised"), format!("Raised, {unit}"));
        }
        assert_eq!(Ticks::nothing().scale(), Scale::Billions);
    }

    /// Texts are placed by `x_at` and `y_at`, series by plotters: they must agree, to the grain of its canvas.
    #[test]
    fn plotters_and_the_panel_agree() {
        let panel = Panel { bounds: Bounds::new(50.0, 40.0, 250.0, 160.0), x: (2.0, 7.0), y: (-1.0, 3.0) };
        let mut svg = String::new();
        let sheet = SVGBackend::with_string(&mut svg, (3200, 1600)).into_drawing_area();
        let chart = panel.plot(&sheet).unwrap();
        for (x, y) in [(2.0, -1.0), (7.0, 3.0), (4.25, 0.5), (6.9, 2.9)] {
            let (column, row) = chart.plotting_area().map_coordinate(&(x, y));
            let (dx, dy) = (f64::from(column) / FINE - panel.x_at(x), f64::from(row) / FINE - panel.y_at(y));
            assert!(dx.abs() <= 0.26 && dy.abs() <= 0.26, "({x}, {y}) is off by ({dx}, {dy})");
        }
    }

    /// Half-yearly ticks of July and January, thinned to every second, would read "Jul 1999, Jul, Jul".
    #[test]
    fn dates_that_do_not_fit_become_coarser_and_keep_their_years() {
        for width in [60.0, 90.0, 120.0, 200.0, 400.0] {
            let bounds = Bounds::new(0.0, 0.0, width, 50.0);
            let panel = Panel { bounds, x: (1999.0 + 5.5 / 12.0, 2003.4), y: (0.0, 1.0) };
            let mut canvas = Canvas::new(&crate::charts::theme::Look::default());
            panel.label_dates(&mut canvas, Bounds { left: -6.0, right: width + 6.0, ..bounds }, 8);
            let labels: Vec<String> = canvas.finish().labels.into_iter().map(|(_, words)| words).collect();
            assert!(!labels.is_empty());
            for pair in labels.windows(2) {
                let year = |words: &String| words.bytes().any(|byte| byte.is_ascii_digit());
                assert!(year(&pair[0]) || year(&pair[1]), "{labels:?} at {width}");
            }
        }
    }

    #[test]
    fn calendar_ticks_begin_years_or_months() {
        let names =
            |from, to, most| calendar(from, to, most).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
        assert_eq!(names(2025.69, 2030.69, 6), ["2026", "2027", "2028", "2029", "2030"]);
        assert_eq!(names(2025.69, 2026.3, 4), ["Oct 2025", "2026", "Apr"]);
        assert_eq!(month_in_full(2025.0 + 8.0 / 12.0), "September 2025");
        assert_eq!(month_in_full(2026.0 + 273.0 / 365.0), "October 2026");
        assert_eq!(month_in_full(2026.0 + 272.0 / 365.0), "September 2026");
    }
}
