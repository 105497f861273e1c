//! How good forecasts of later events were: each event's predicted band with what came, in the order of time, and the
//! histogram of the outcomes' ranks within their forecasts (PIT), which is even where forecasts are right.

use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{LABEL, Look, TICK};
use crate::words::numbers::count;
use plotters::element::{Circle, PathElement, Rectangle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Forecast {
    pub name: String,
    pub date: String,
    /// Predicted 5%, 25%, 50%, 75%, 95% of the log return.
    pub band: [f64; 5],
    pub y: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Backtest {
    /// The events' file; `paths` counts draws of all posteriors.
    pub run: Run,
    /// Value and standard error.
    pub within_50: (f64, f64),
    pub within_90: (f64, f64),
    /// CRPS less that of a naive forecast, over that forecast's.
    pub less_nothing: (f64, f64),
    pub less_past: (f64, f64),
    /// Events by tenth of their rank.
    pub pit: Vec<usize>,
    /// In the order of time.
    pub forecasts: Vec<Forecast>,
}

impl Chart for Backtest {
    const NAME: &str = "backtest";
    const QUESTION: &str = "How good were forecasts of later events?";

    fn sentence(&self) -> String {
        let better = |(value, se): (f64, f64)| match value {
            v if v.abs() < 2.0 * se => "no better than".to_string(),
            v if v < 0.0 => format!("{:.0}% better than", -100.0 * v),
            v => format!("{:.0}% worse than", 100.0 * v),
        };
        format!(
            "90% intervals held {:.0}% of later events; the forecasts were {} no reaction and {} the mean of past reactions",
            100.0 * self.within_90.0,
            better(self.less_nothing),
            better(self.less_past)
        )
    }

    fn data(&self) -> Data {
        let columns = data::words(["what", "event", "date"]);
        let reactions = ["p5", "p25", "p50", "p75", "p95", "happened"];
        let columns = columns.chain(data::of(Unit::Other("log return".into()), reactions));
        let columns = columns.chain(data::of(Unit::Number, ["rank from", "rank to"]));
        let mut data = Data::new(columns.chain(data::of(Unit::Count, ["events"])));
        for of in &self.forecasts {
            data.row(row!["forecast", &of.name, &of.date, of.band, of.y, None::<[f64; 3]>]);
        }
        let tenth = 1.0 / self.pit.len().max(1) as f64;
        for (place, events) in self.pit.iter().enumerate() {
            let [from, to] = [place, place + 1].map(|edge| edge as f64 * tenth);
            data.row(row!["ranks", "", "", None::<[f64; 6]>, from, to, *events]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let subtitle = "Each event is predicted from earlier ones alone. Left: predicted 90% (faint) and 50% (strong) intervals of the abnormal return, dots: \
                    what came, open where it lies outside 90%. Right: rank of what came within its forecast; the line is an even spread.";
        let draws = if self.run.paths == 1 { "draw" } else { "draws" };
        let note = format!(
            "Intervals and dots beyond the scale end at its edge. 50% intervals held {:.0}% ± {:.0}. {}: {} events, {} {draws}, seed {}.",
            100.0 * self.within_50.0,
            100.0 * self.within_50.1.max(0.0),
            self.run.scenario,
            count(self.forecasts.len() as u64),
            count(self.run.paths),
            self.run.seed
        );
        let room = canvas.frame(&self.sentence(), subtitle, &note);
        let theme = canvas.theme;
        if self.forecasts.is_empty() {
            return canvas.finish();
        }
        let clamp = |y: f64| libm::expm1(y.clamp(EDGES.0, EDGES.1));
        let ys = || self.forecasts.iter().flat_map(|f| [clamp(f.y), clamp(f.band[0]), clamp(f.band[4])]);
        let ticks = Ticks::covering(ys().fold(-0.02, f64::min), ys().fold(0.02, f64::max), 7);
        let words = ticks.percents();
        let axis = widest(&words) + 8.0;
        let split = room.left + room.width() * 0.7;
        let bounds = Bounds::new(room.left + axis, room.top + 16.0, split - 14.0, room.bottom - 17.0);
        let n = self.forecasts.len() as f64;
        let panel = Panel { bounds, x: (0.0, n), y: (ticks.low(), ticks.high()) };
        let color = theme.plain;
        canvas.draw(|sheet| {
            panel.grid(sheet, theme, &[], &ticks.values)?;
            let half = (bounds.width() / n * 0.36).clamp(0.4, 7.0);
            for (k, f) in self.forecasts.iter().enumerate() {
                let x = panel.x_at(k as f64 + 0.5);
                for (low, high, tint) in [(0, 4, theme.outer_band(color)), (1, 3, theme.inner_band(color))] {
                    let corners = [
                        (x - half, panel.y_at(clamp(f.band[high]))),
                        (x + half, panel.y_at(clamp(f.band[low]))),
                    ];
                    sheet.draw(&Rectangle::new(corners.map(fine_point), fill(tint)))?;
                }
                let y = panel.y_at(clamp(f.band[2]));
                let line = [(x - half, y), (x + half, y)];
                sheet.draw(&PathElement::new(line.map(fine_point), stroke(color, 1.2)))?;
            }
            panel.rule(sheet, theme.rule, 0.0)?;
            for (k, f) in self.forecasts.iter().enumerate() {
                let at = fine_point((panel.x_at(k as f64 + 0.5), panel.y_at(clamp(f.y))));
                let inside = f.y >= f.band[0] && f.y <= f.band[4];
                let radius = fine(if n > 150.0 { 1.4 } else { 2.4 });
                if inside {
                    sheet.draw(&Circle::new(at, radius, fill(theme.ink)))?;
                } else {
                    sheet.draw(&Circle::new(at, radius, fill(theme.paper)))?;
                    sheet.draw(&Circle::new(at, radius, stroke(theme.manufactured, 1.4)))?;
                }
            }
            Ok(())
        });
        panel.label_y(&mut canvas, &ticks.values, &words);
        let head = Label::new("Reactions, in the order of time", LABEL, theme.ink).bold();
        canvas.write(head.at(room.left, room.top + 5.0));
        // Months, where the first event of each stands; only those with room.
        let mut free = f64::NEG_INFINITY;
        let mut last = String::new();
        for (k, f) in self.forecasts.iter().enumerate() {
            let month: String = f.date.chars().take(7).collect();
            if month == last {
                continue;
            }
            last = month.clone();
            let half = width(&month, Weight::Regular, TICK) / 2.0;
            let x = panel.x_at(k as f64 + 0.5).clamp(room.left + half, bounds.right - half);
            if x - half > free {
                let label = Label::new(month, TICK, theme.muted).anchor(Anchor::Middle);
                canvas.write(label.at(x, bounds.bottom + 6.0 + TICK * 0.8));
                free = x + half + 8.0;
            }
        }
        let most = self.pit.iter().copied().max().unwrap_or(1).max(1) as f64;
        let heights = Ticks::covering(0.0, most, 5);
        let right = Bounds::new(
            split + 14.0 + widest(&heights.numbers()) + 8.0,
            room.top + 16.0,
            room.right - 4.0,
            room.bottom - 17.0,
        );
        let histogram = Panel { bounds: right, x: (0.0, 1.0), y: (0.0, heights.high()) };
        let even = n / self.pit.len().max(1) as f64;
        canvas.draw(|sheet| {
            histogram.grid(sheet, theme, &[], &heights.values)?;
            for (k, events) in self.pit.iter().enumerate() {
                let step = 1.0 / self.pit.len() as f64;
                let corners = [
                    (histogram.x_at(k as f64 * step) + 0.8, histogram.y_at(*events as f64)),
                    (histogram.x_at((k + 1) as f64 * step) - 0.8, histogram.y_at(0.0)),
                ];
                sheet.draw(&Rectangle::new(corners.map(fine_point), fill(theme.inner_band(color))))?;
            }
            let y = histogram.y_at(even);
            let line = [(right.left, y), (right.right, y)];
            sheet.draw(&PathElement::new(line.map(fine_point), stroke(theme.ink, 1.0)))?;
            histogram.rule(sheet, theme.rule, 0.0)
        });
        histogram.label_y(&mut canvas, &heights.values, &heights.numbers());
        let marks = [(0.0, "0".to_string()), (0.5, "0.5".to_string()), (1.0, "1".to_string())];
        histogram.label_x(
            &mut canvas,
            Bounds::new(right.left - 8.0, room.top, room.right, room.bottom),
            &marks,
        );
        let head = Label::new("Events by rank (PIT)", LABEL, theme.ink).bold();
        canvas.write(head.at(split + 14.0, room.top + 5.0));
        canvas.finish()
    }
}

const EDGES: (f64, f64) = (-0.35, 0.6);
