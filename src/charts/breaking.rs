//! How likely the loop is to break, when, after what, and what it does to the companies (§5.8): the share of
//! paths on which no lab has restructured yet, with its 95% band; what preceded a restructuring, beside how common that
//! was at the same dates on the paths still standing; the time in each sentiment; the companies' market value around it.

use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, calendar, month_in_full, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, halves, shorten, shorten_middle, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Look, NOTE, TICK, Theme};
use crate::charts::{Estimated, Spread};
use crate::estimate::proportion::wilson;
use crate::market::sentiment::STATES;
use crate::words::numbers::{count, names, percent, percent_ends, rough, share_in_words};
use jiff::civil::Date;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Breaking {
    pub run: Run,
    pub labs: Vec<String>,
    /// The scenario's start as a decimal year.
    pub start: f64,
    /// Years since the start, ascending.
    pub times: Vec<f64>,
    /// Paths on which no lab has restructured by then, of `run.paths`.
    pub standing: Vec<u64>,
    /// Paths with a restructuring among those followed over time, before which there was a date to look at.
    pub followed: u64,
    /// What preceded it.
    pub before: Vec<Precursor>,
    /// Mean share of time, by state.
    pub sentiments: [Estimated; STATES.len()],
    /// Market value from the last date before to a quarter after, as a change, by company; the point is the median.
    pub falls: Vec<(String, Spread)>,
}

/// Something that may precede a restructuring.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Precursor {
    /// "suspicion in the year before"
    pub what: String,
    /// Share of the paths about to restructure.
    pub breaking: Estimated,
    /// Share of the paths still standing at the same dates.
    pub standing: Estimated,
}

/// Companies that are drawn.
pub const MOST_COMPANIES: usize = 12;

impl Breaking {
    /// Paths with a restructuring.
    pub fn broken(&self) -> u64 {
        self.run.paths - self.standing.last().copied().unwrap_or(self.run.paths)
    }

    /// Probability and its standard error.
    pub fn probability(&self) -> Estimated {
        let n = self.run.paths.max(1) as f64;
        let p = self.broken() as f64 / n;
        Estimated::new(p, (p * (1.0 - p) / n).sqrt())
    }

    /// When half of those that break have broken, as a decimal year.
    pub fn median_date(&self) -> Option<f64> {
        let broken = self.broken();
        let half = |standing: &u64| 2 * (self.run.paths - standing) >= broken;
        let place = (broken > 0).then(|| self.standing.iter().position(half))?;
        Some(self.start + self.times[place?])
    }
}

impl Chart for Breaking {
    const NAME: &str = "breaking";
    const QUESTION: &str =
        "How likely is it to break, when, after what, and what does it do to the companies?";

    fn sentence(&self) -> String {
        let who = if self.labs.len() == 1 { names(&self.labs, "lab") } else { "Some lab".to_string() };
        let last = month_in_full(self.start + self.times.last().copied().unwrap_or(0.0));
        let probability = self.probability();
        match (self.broken(), self.median_date()) {
            (0, _) | (_, None) => {
                let paths = if self.run.paths == 1 {
                    "path".into()
                } else {
                    format!("{} paths", count(self.run.paths))
                };
                format!("{who} restructures on none of the {paths} by {last}")
            }
            (all, Some(date)) if all == self.run.paths => {
                format!(
                    "{who} restructures on every path by {last}, on half of them by {}",
                    month_in_full(date)
                )
            }
            (_, Some(date)) => format!(
                "{who} restructures on {} of the paths by {last}, on half of these by {}",
                share_in_words(probability.value, probability.se),
                month_in_full(date)
            ),
        }
    }

    fn caption(&self) -> String {
        let probability = self.probability();
        let mut text = if self.broken() == 0 {
            let (_, high) = wilson(0, self.run.paths);
            format!(
                "None of the paths broke: with 95% confidence the probability is below {}.",
                percent(high, high / 10.0)
            )
        } else {
            let (low, high) = wilson(self.broken(), self.run.paths);
            let [low, high] = percent_ends(low, high);
            format!(
                "The probability of a restructuring is {}, with 95% confidence {low} to {high}.",
                percent(probability.value, probability.se)
            )
        };
        let widest = self.before.iter().max_by(|a, b| {
            (a.breaking.value - a.standing.value).total_cmp(&(b.breaking.value - b.standing.value))
        });
        if let Some(precursor) = widest.filter(|p| p.breaking.value > p.standing.value) {
            let hits = (precursor.breaking.value * self.followed as f64).round() as u64;
            let (low, high) = wilson(hits, self.followed);
            let [low, high] = percent_ends(low, high);
            text += &format!(
                " What sets the breaking paths apart most is “{}”: {} of them ({low} to {high}), against {} of the paths still standing at the same dates.",
                precursor.what,
                percent(precursor.breaking.value, precursor.breaking.se.max(0.01)),
                percent(precursor.standing.value, precursor.standing.se.max(0.01))
            );
        }
        let deepest = self
            .falls
            .iter()
            .filter(|(_, spread)| spread.point.value.is_finite())
            .min_by(|a, b| a.1.point.value.total_cmp(&b.1.point.value));
        if let Some((name, spread)) = deepest.filter(|(_, spread)| spread.point.value < 0.0) {
            text += &format!(
                " Of the companies {name} falls most around it: by {} at the median.",
                rough(-spread.point.value)
            );
        }
        text
    }

    fn data(&self) -> Data {
        let columns =
            data::words(["what", "of"]).chain(data::dated()).chain(data::of(Unit::Count, ["paths"]));
        let names = ["value", "se", "low 95", "high 95", "p5", "p25", "p75", "p95"];
        let columns = columns.chain(data::of(Unit::Share, names));
        let mut data = Data::new(columns.chain(data::estimated("paths still standing", Unit::Share)));
        let no_date = None::<(Date, f64)>;
        for (time, standing) in self.times.iter().zip(&self.standing) {
            let (low, high) = wilson(*standing, self.run.paths);
            let share = *standing as f64 / self.run.paths.max(1) as f64;
            data.row(row![
                "no lab has restructured",
                "",
                data::at(self.start, *time),
                *standing,
                share,
                None::<f64>,
                low,
                high,
                None::<[f64; 4]>,
                None::<Estimated>
            ]);
        }
        for of in &self.before {
            data.row(row![
                "before a restructuring",
                &of.what,
                no_date,
                None::<u64>,
                of.breaking,
                None::<[f64; 6]>,
                of.standing
            ]);
        }
        for (state, share) in STATES.iter().zip(self.sentiments) {
            data.row(row![
                "share of the time",
                *state,
                no_date,
                None::<u64>,
                share,
                None::<[f64; 6]>,
                None::<Estimated>
            ]);
        }
        for (company, fall) in &self.falls {
            data.row(row![
                "change of market value",
                company,
                no_date,
                None::<u64>,
                fall.point,
                None::<[f64; 2]>,
                [fall.p5, fall.p25, fall.p75, fall.p95],
                None::<Estimated>
            ]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let is_column = look.is_column();
        let [one, other] = if is_column { ["Above", "Below"] } else { ["Left", "Right"] };
        let subtitle = format!(
            "{one}: share of paths on which no lab has restructured yet, with its 95% interval. {other}: what came \
             before a restructuring, how the market felt, and what the companies lost."
        );
        let more = if self.followed > 0 {
            format!(
                "What came before: {} restructurings on the paths followed over time; after: those with a quarter left. Preceding is not causing.",
                count(self.followed)
            )
        } else {
            String::new()
        };
        let room = canvas.frame(&self.sentence(), &subtitle, &self.run.note(&more));
        if self.times.is_empty() {
            return canvas.finish();
        }
        let room = Bounds { top: room.top + 20.0, ..room };
        let (gap, above) = if is_column { (44.0, Some(0.36)) } else { (32.0, None) };
        let [curve, rest] = halves(room, gap, room.width() * 0.40, above);
        survival(&mut canvas, self, curve);
        let below = precursors(&mut canvas, self, rest);
        let below = moods(&mut canvas, self, Bounds { top: below + 26.0, ..rest });
        falls(&mut canvas, self, Bounds { top: below + 26.0, ..rest });
        canvas.finish()
    }
}

fn head(canvas: &mut Canvas, words: &str, left: f64, top: f64, room: f64) {
    let label = Label::new(shorten(words, Weight::SemiBold, LABEL, room), LABEL, canvas.theme.ink).bold();
    canvas.write(label.at(left, top - 10.0));
}

fn survival(canvas: &mut Canvas, data: &Breaking, room: Bounds) {
    let theme = canvas.theme;
    let paths = data.run.paths;
    let share = |standing: u64| standing as f64 / paths.max(1) as f64;
    let least = data.standing.last().map_or(1.0, |last| wilson(*last, paths).0);
    // Down to 0 unless the curve stays high; then what there is to see is near 1.
    let ticks = Ticks::covering(if least > 0.8 { least.min(0.99) } else { 0.0 }, 1.0, 5);
    let words = ticks.percents();
    let left = room.left + widest(&words) + 8.0;
    let last = data.times[data.times.len() - 1];
    let panel = Panel {
        bounds: Bounds::new(left, room.top, room.right, room.bottom - 17.0),
        x: (data.start, data.start + last.max(1e-9)),
        y: (ticks.low(), ticks.high()),
    };
    let dates = calendar(panel.x.0, panel.x.1, ((panel.bounds.width() / 34.0) as usize).clamp(1, 8));
    let across: Vec<f64> = dates.iter().map(|(date, _)| *date).collect();
    // No more than two points a pixel.
    let every = (data.times.len() as f64 / (panel.bounds.width() * 2.0)).ceil().max(1.0) as usize;
    let end = data.times.len() - 1;
    let mut points = vec![(0.0, paths)];
    points.extend(
        (0..=end)
            .filter(|step| step % every == 0 || *step == end)
            .map(|step| (data.times[step], data.standing[step])),
    );
    let at = |years: f64, value: f64| fine_point((panel.x_at(data.start + years), panel.y_at(value)));
    let band: Vec<(i32, i32)> = points
        .iter()
        .map(|(years, standing)| at(*years, wilson(*standing, paths).1))
        .chain(points.iter().rev().map(|(years, standing)| at(*years, wilson(*standing, paths).0)))
        .collect();
    let line: Vec<(i32, i32)> = points.iter().map(|(years, standing)| at(*years, share(*standing))).collect();
    let now = share(data.standing[end]);
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &across, &ticks.values)?;
        sheet.draw(&Polygon::new(band, fill(theme.inner_band(theme.plain))))?;
        sheet.draw(&PathElement::new(line, stroke(theme.ink, 1.75)))?;
        sheet.draw(&Circle::new(at(last, now), fine(3.0), fill(theme.ink)))
    });
    panel.label_y(canvas, &ticks.values, &words);
    panel.label_dates(canvas, Bounds::new(room.left, room.top, room.right + 10.0, room.bottom), dates.len());
    let theme = canvas.theme;
    head(canvas, "No restructuring yet", room.left, room.top, room.width());
    let n = paths.max(1) as f64;
    let error = (now * (1.0 - now) / n).sqrt();
    let (low, high) = wilson(data.standing[end], paths);
    let value = percent(now, error);
    let grain = ((high - low) / 4.0).max(1e-4);
    let interval = format!("{} to {}", percent(low, grain), percent(high, grain));
    // Where the curve is not: under its end if it ends high, else above it.
    let y = panel.y_at(now);
    let room_below = panel.bounds.bottom - y;
    let baseline = if room_below > 46.0 { y + 26.0 } else { y - 22.0 };
    for (words, size, color, bold, line) in
        [(value, LABEL, theme.ink, true, 0.0), (interval, NOTE, theme.muted, false, 12.0)]
    {
        let mut label = Label::new(words, size, color)
            .anchor(Anchor::End)
            .halo(theme.paper)
            .at(panel.bounds.right - 4.0, baseline + line);
        if bold {
            label = label.bold();
        }
        canvas.write(label);
    }
}

/// Rows of the right side are that high at most.
const PITCH: f64 = 21.0;

/// Returns where it ends.
fn precursors(canvas: &mut Canvas, data: &Breaking, room: Bounds) -> f64 {
    let theme = canvas.theme;
    head(canvas, "What came before", room.left, room.top, room.width() * 0.5);
    if data.before.is_empty() {
        let words =
            if data.broken() == 0 { "no restructuring to look back from" } else { "not followed over time" };
        canvas.write(Label::new(words, TICK, theme.muted).at(room.left, room.top + 10.0));
        return room.top + 14.0;
    }
    let pitch = pitch(data, room);
    let widest = data.before.iter().map(|p| width(&p.what, Weight::Regular, TICK) + 1.0).fold(0.0, f64::max);
    let names = widest.clamp(room.width() * 0.30, room.width() * 0.52);
    let values = 62.0;
    let panel = Panel {
        bounds: Bounds::new(
            room.left + names + 8.0,
            room.top,
            room.right - values,
            room.top + pitch * data.before.len() as f64,
        ),
        x: (0.0, 1.0),
        y: (0.0, 1.0),
    };
    let middle = |row: usize| room.top + pitch * (row as f64 + 0.5);
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &[0.0, 0.5, 1.0], &[])?;
        for (row, precursor) in data.before.iter().enumerate() {
            let y = middle(row);
            let [here, there] = [precursor.breaking, precursor.standing].map(|share| panel.x_at(share.value));
            sheet
                .draw(&PathElement::new([(there, y), (here, y)].map(fine_point), stroke(theme.rule, 1.5)))?;
            sheet.draw(&Circle::new(fine_point((there, y)), fine(3.5), fill(theme.rule)))?;
            sheet.draw(&Circle::new(fine_point((there, y)), fine(2.3), fill(theme.paper)))?;
            sheet.draw(&Circle::new(fine_point((here, y)), fine(3.5), fill(theme.ink)))?;
        }
        Ok(())
    });
    for (row, precursor) in data.before.iter().enumerate() {
        let y = middle(row);
        let name = shorten(&precursor.what, Weight::Regular, TICK, names);
        canvas.write(Label::new(name, TICK, theme.ink).centred(room.left, y));
        let [here, there] =
            [precursor.breaking, precursor.standing].map(|share| percent(share.value, share.se.max(0.01)));
        let label = Label::new(here, TICK, theme.ink).bold().anchor(Anchor::End);
        canvas.write(label.centred(room.right - values / 2.0 + 2.0, y));
        canvas.write(Label::new(there, TICK, theme.muted).anchor(Anchor::End).centred(room.right, y));
    }
    // What the two marks are, at the right of the heading.
    let key = [("before a restructuring", theme.ink, true), ("paths still standing then", theme.rule, false)];
    let mut right = room.right;
    let start = room.left + width("What came before", Weight::SemiBold, LABEL) + 12.0;
    for (words, color, full) in key.into_iter().rev() {
        let label = Label::new(words, NOTE, theme.muted).anchor(Anchor::End);
        let left = right - label.width() - 9.0;
        if left < start {
            break;
        }
        let y = room.top - 13.0;
        canvas.write(label.at(right, room.top - 10.0));
        canvas.draw(|sheet| {
            sheet.draw(&Circle::new(fine_point((left + 3.0, y)), fine(3.0), fill(color)))?;
            if full {
                Ok(())
            } else {
                sheet.draw(&Circle::new(fine_point((left + 3.0, y)), fine(1.9), fill(theme.paper)))
            }
        });
        right = left - 8.0;
    }
    let marks = [(0.0, "0%"), (0.5, "50%"), (1.0, "100%")].map(|(at, words)| (at, words.to_string()));
    let within = Bounds { left: panel.bounds.left - 12.0, right: panel.bounds.right + 16.0, ..room };
    panel.label_x(canvas, within, &marks);
    panel.bounds.bottom + AXIS
}

/// Height of the per cents under an upper panel.
const AXIS: f64 = 14.0;

/// One height for all rows, so that everything fits.
fn pitch(data: &Breaking, room: Bounds) -> f64 {
    let rows = data.before.len() + data.falls.len().min(MOST_COMPANIES);
    // Two headings, the bar of sentiments with its names, the axis below.
    let fixed = 2.0 * 26.0 + 14.0 + 14.0 + 20.0 + AXIS;
    ((room.height() - fixed) / rows.max(1) as f64).clamp(11.8, PITCH)
}

/// Pale, middling, dark: what is neither money nor a lens.
fn mood_colors(theme: &Theme) -> [Color; STATES.len()] {
    [theme.plain.over(theme.paper, 0.25), theme.plain.over(theme.paper, 0.55), theme.plain]
}

fn moods(canvas: &mut Canvas, data: &Breaking, room: Bounds) -> f64 {
    let theme = canvas.theme;
    head(canvas, "Time in each sentiment", room.left, room.top, room.width());
    let height = 12.0;
    let colors = mood_colors(theme);
    let total: f64 = data.sentiments.iter().map(|share| share.value.max(0.0)).sum();
    let mut x = room.left;
    let mut ends = Vec::new();
    for share in &data.sentiments {
        let to = x + if total > 0.0 { share.value.max(0.0) / total } else { 0.0 } * room.width();
        ends.push((x, to));
        x = to;
    }
    canvas.draw(|sheet| {
        for ((from, to), color) in ends.iter().zip(colors) {
            if to > from {
                let corners = [(*from, room.top), (*to - 0.75, room.top + height)].map(fine_point);
                sheet.draw(&Rectangle::new(corners, fill(color)))?;
            }
        }
        Ok(())
    });
    // Names under their parts, pushed apart where parts are narrow.
    let labels: Vec<Label> = STATES
        .iter()
        .zip(&data.sentiments)
        .filter(|(_, share)| share.value > 0.0)
        .map(|(state, share)| {
            Label::new(format!("{state} {}", percent(share.value, share.se.max(0.005))), TICK, theme.ink)
        })
        .collect();
    let middles: Vec<f64> =
        ends.iter().filter(|(from, to)| to > from).map(|(from, to)| (from + to) / 2.0).collect();
    let widths: Vec<f64> = labels.iter().map(|label| label.width() + 10.0).collect();
    let places = crate::charts::layout::spread(&middles, &widths, room.left - 5.0, room.right + 5.0);
    for (label, x) in labels.into_iter().zip(places) {
        canvas.write(label.anchor(Anchor::Middle).at(x, room.top + height + 12.0));
    }
    room.top + height + 16.0
}

fn falls(canvas: &mut Canvas, data: &Breaking, room: Bounds) {
    let theme = canvas.theme;
    if data.falls.is_empty() {
        return;
    }
    let pitch = pitch(data, room).min(PITCH);
    let axis = 17.0;
    let fitting = (((room.height() - axis) / pitch).floor().max(1.0) as usize).min(MOST_COMPANIES);
    let shown = &data.falls[..data.falls.len().min(fitting)];
    let left_out = data.falls.len() - shown.len();
    let words = match left_out {
        0 => "Market value, from before to a quarter after".to_string(),
        1 => "Market value, from before to a quarter after (one more company)".to_string(),
        more => format!("Market value, from before to a quarter after ({more} more companies)"),
    };
    head(canvas, &words, room.left, room.top, room.width());
    let pitch = ((room.height() - axis) / shown.len() as f64).min(PITCH);
    let names = (room.width() * 0.30)
        .min(shown.iter().map(|(name, _)| width(name, Weight::Regular, TICK)).fold(0.0, f64::max));
    let values = 38.0;
    let low = shown.iter().map(|(_, spread)| spread.p5).filter(|v| v.is_finite()).fold(0.0, f64::min);
    let high = shown.iter().map(|(_, spread)| spread.p95).filter(|v| v.is_finite()).fold(0.0, f64::max);
    let ticks = Ticks::covering(low, if high > low { high } else { low + 0.1 }, 5);
    let panel = Panel {
        bounds: Bounds::new(
            room.left + names + 12.0,
            room.top,
            room.right - values,
            room.top + pitch * shown.len() as f64,
        ),
        x: (ticks.low(), ticks.high()),
        y: (0.0, 1.0),
    };
    let middle = |row: usize| room.top + pitch * (row as f64 + 0.5);
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &ticks.values, &[])?;
        let zero = [(panel.x_at(0.0), panel.bounds.top), (panel.x_at(0.0), panel.bounds.bottom)];
        sheet.draw(&PathElement::new(zero.map(fine_point), stroke(theme.rule, 1.0)))?;
        for (row, (_, spread)) in shown.iter().enumerate() {
            if !spread.point.value.is_finite() {
                continue;
            }
            let half = (pitch * 0.26).min(4.5);
            panel.bar_across(sheet, theme, middle(row), half, spread, theme.plain)?;
            let x = panel.x_at(spread.point.value);
            let tick = [(x, middle(row) - half - 1.0), (x, middle(row) + half + 1.0)].map(fine_point);
            sheet.draw(&PathElement::new(tick, stroke(theme.ink, 2.0)))?;
        }
        Ok(())
    });
    for (row, (name, spread)) in shown.iter().enumerate() {
        let y = middle(row);
        let name = shorten_middle(name, Weight::Regular, TICK, names.max(20.0));
        canvas.write(Label::new(name, TICK, theme.ink).centred(room.left, y));
        let value = rough(spread.point.value);
        canvas.write(Label::new(value, TICK, theme.ink).bold().anchor(Anchor::End).centred(room.right, y));
    }
    let marks: Vec<(f64, String)> = ticks.values.iter().copied().zip(ticks.percents()).collect();
    panel.label_x(canvas, Bounds::new(panel.bounds.left - 14.0, room.top, room.right, room.bottom), &marks);
}
