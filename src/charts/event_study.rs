//! Abnormal returns around events: added up from the first day of the window, the mean with its 95% interval, each event a
//! thin line.

use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Canvas, Run, fill, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::Bounds;
use crate::charts::render::Drawing;
use crate::charts::theme::Look;
use crate::charts::{Chart, number, numbers};
use crate::words::numbers::{counted, signed, with_commas};
use plotters::element::{PathElement, Polygon};
use serde::{Deserialize, Serialize};

/// A mean abnormal return and its 95% interval; 0.05 for 5%.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Mean {
    #[serde(deserialize_with = "number")]
    pub mean: f64,
    #[serde(deserialize_with = "number")]
    pub low: f64,
    #[serde(deserialize_with = "number")]
    pub high: f64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    pub name: String,
    #[serde(deserialize_with = "numbers")]
    pub sums: Vec<f64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventStudy {
    /// The file of returns; `paths` counts events.
    pub run: Run,
    /// First day of the window.
    pub first: i32,
    /// Day 0 by itself.
    pub zero: Mean,
    /// From the first day to each.
    pub cumulated: Vec<Mean>,
    /// Of the whole window: two-sided, by the adjusted BMP test.
    #[serde(deserialize_with = "number")]
    pub p: f64,
    pub events: Vec<Course>,
}

impl Chart for EventStudy {
    const NAME: &str = "event_study";
    const QUESTION: &str = "How did shares move around events, beyond the market?";

    fn sentence(&self) -> String {
        let whole = |day: i32| with_commas(&day.to_string());
        let points = |value: f64| format!("{}%", signed(100.0 * value, 1));
        let Some(last) = self.cumulated.last().filter(|last| last.mean.is_finite()) else {
            return "No event was measured".into();
        };
        let told = match self.p {
            p if p < 0.05 => "told from chance",
            p if p.is_finite() => "not told from chance",
            _ => "whether by chance is not known",
        };
        format!(
            "Beyond the market, shares moved {} on the day of the event and {} over days {} to {}: {told}",
            points(self.zero.mean),
            points(last.mean),
            whole(self.first),
            whole(self.first + self.cumulated.len() as i32 - 1)
        )
    }

    fn caption(&self) -> String {
        let of = |mean: &Mean| {
            let [mean, low, high] =
                [mean.mean, mean.low, mean.high].map(|value| format!("{}%", signed(100.0 * value, 1)));
            format!("{mean} (95% from {low} to {high})")
        };
        match self.cumulated.last() {
            Some(last) => format!(
                "Mean of {}: on day 0 {}; over the whole window {}.",
                counted(self.events.len() as u64, "event"),
                of(&self.zero),
                of(last)
            ),
            None => "No event was measured.".into(),
        }
    }

    fn data(&self) -> Data {
        let columns = data::words(["what", "event"]).chain(data::of(Unit::Number, ["day"]));
        let columns = columns.chain(data::of(Unit::Share, ["abnormal return", "low 95", "high 95"]));
        let mut data = Data::new(columns);
        let day = |place: usize| f64::from(self.first) + place as f64;
        let interval = |of: &Mean| [of.mean, of.low, of.high];
        data.row(row!["mean of the day alone", "", 0.0, interval(&self.zero)]);
        for (place, mean) in self.cumulated.iter().enumerate() {
            data.row(row!["mean, cumulated", "", day(place), interval(mean)]);
        }
        for event in &self.events {
            for (place, sum) in event.sums.iter().enumerate() {
                data.row(row!["event, cumulated", &event.name, day(place), *sum, None::<[f64; 2]>]);
            }
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let subtitle = "Abnormal returns against each share's market model, added up from the first day of the window. Thick: mean over events with its \
                        95% interval, which counts the correlation of events of the same days. Thin: each event.";
        let note = format!(
            "Lines beyond the scale run along its edge. {}: {}.",
            self.run.scenario,
            counted(self.events.len() as u64, "event")
        );
        let room = canvas.frame(&self.sentence(), subtitle, &note);
        let theme = canvas.theme;
        let known: Vec<(f64, Mean)> = (self.first..)
            .zip(&self.cumulated)
            .filter(|(_, mean)| mean.mean.is_finite())
            .map(|(day, mean)| (f64::from(day), *mean))
            .collect();
        if known.is_empty() {
            return canvas.finish();
        }
        let (low, high) = self.scale(&known);
        let ticks = Ticks::covering(low, high, 7);
        let words = ticks.percents();
        let bounds = Bounds::new(
            room.left + widest(&words) + 8.0,
            room.top + 6.0,
            room.right - 6.0,
            room.bottom - 18.0,
        );
        let (from, to) = (f64::from(self.first), known[known.len() - 1].0);
        let x = if to > from { (from, to) } else { (from - 0.5, from + 0.5) };
        let panel = Panel { bounds, x, y: (ticks.low(), ticks.high()) };
        let at = |day: f64, value: f64| {
            fine_point((panel.x_at(day), panel.y_at(value.clamp(ticks.low(), ticks.high()))))
        };
        let color = theme.plain;
        let marks = days(x);
        let across: Vec<f64> = marks.iter().map(|(day, _)| *day).collect();
        canvas.draw(|sheet| {
            panel.grid(sheet, theme, &across, &ticks.values)?;
            if known.len() > 1 && known.iter().all(|(_, mean)| mean.low.is_finite() && mean.high.is_finite())
            {
                let upper = known.iter().map(|(day, mean)| at(*day, mean.high));
                let lower = known.iter().rev().map(|(day, mean)| at(*day, mean.low));
                sheet.draw(&Polygon::new(
                    upper.chain(lower).collect::<Vec<_>>(),
                    fill(theme.outer_band(color)),
                ))?;
            }
            for event in &self.events {
                let line = event.sums.iter().enumerate().filter(|(_, sum)| sum.is_finite());
                let line: Vec<_> = line.map(|(place, sum)| at(from + place as f64, *sum)).collect();
                sheet.draw(&PathElement::new(line, stroke(theme.muted, 0.5)))?;
            }
            panel.rule(sheet, theme.rule, 0.0)?;
            if (x.0..=x.1).contains(&0.0) {
                let upright = [at(0.0, ticks.low()), at(0.0, ticks.high())];
                sheet.draw(&PathElement::new(upright, stroke(theme.rule, 1.0)))?;
            }
            let line: Vec<_> = known.iter().map(|(day, mean)| at(*day, mean.mean)).collect();
            sheet.draw(&PathElement::new(line, stroke(color, 2.25)))
        });
        panel.label_y(&mut canvas, &ticks.values, &words);
        panel.label_x(&mut canvas, Bounds { right: room.right + 6.0, ..room }, &marks);
        canvas.finish()
    }
}

impl EventStudy {
    /// Wide enough for the mean's interval and for nine events of ten; one share that doubles does not flatten the rest.
    fn scale(&self, known: &[(f64, Mean)]) -> (f64, f64) {
        let mut all: Vec<f64> =
            self.events.iter().flat_map(|event| &event.sums).copied().filter(|sum| sum.is_finite()).collect();
        all.sort_by(f64::total_cmp);
        let of = |p: f64| all.get((p * (all.len().max(1) - 1) as f64) as usize).copied().unwrap_or(0.0);
        let ends = known.iter().flat_map(|(_, mean)| [mean.mean, mean.low, mean.high]);
        let ends = ends.filter(|value| value.is_finite()).chain([of(0.05), of(0.95), -0.01, 0.01]);
        ends.fold((0.0, 0.0), |(low, high): (f64, f64), value| (low.min(value), high.max(value)))
    }
}

/// Round days within a span, at most a dozen.
fn days((from, to): (f64, f64)) -> Vec<(f64, String)> {
    let ticks = Ticks::covering(from, to, 12);
    let whole = ticks.values.into_iter().filter(|day| (from..=to).contains(day) && day.fract() == 0.0);
    whole.map(|day| (day, with_commas(&format!("{day}")))).collect()
}
