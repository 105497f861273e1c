//! What drives a measure: left a tornado, the mean where a number lies in its lowest and in its highest tenth; right the
//! Shapley effects with their intervals; below, the variance by evidence: what rests on assumption, and what on luck.

use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, shorten_middle, spread, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Look, NOTE, TICK, Theme};
use crate::words::label::Named;
use crate::words::measure::Kind;
use crate::words::numbers::{capitalised, percent, small_number};
use plotters::element::{Circle, PathElement, Rectangle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Drivers {
    pub run: Run,
    pub measure: Named,
    pub kind: Kind,
    pub mean: f64,
    /// By falling effect; none that cannot be told from 0 in any index.
    pub bars: Vec<Bar>,
    /// Uncertain numbers in all.
    pub numbers: usize,
    /// Variance by grade of evidence, then luck; none where the measure does not vary.
    pub parts: Vec<Part>,
    /// The part of the variance that no data could remove, and its standard error.
    #[serde(deserialize_with = "crate::charts::pair")]
    pub luck: (f64, f64),
}

/// A number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Bar {
    pub name: Named,
    /// Mean of the measure where the number is in its lowest and highest tenth.
    pub low: f64,
    pub high: f64,
    /// Shapley effect and its 95% interval.
    pub effect: f64,
    pub effect_low: f64,
    pub effect_high: f64,
    pub is_told: bool,
}

/// A part of the variance.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub share: f64,
    pub se: f64,
    /// From 0.
    pub is_told: bool,
}

impl Chart for Drivers {
    const NAME: &str = "drivers";
    const QUESTION: &str = "Which uncertain number matters, and how much is luck?";

    fn sentence(&self) -> String {
        if self.parts.is_empty() {
            return format!("{} is the same on every path: nothing drives it", self.measure.heading());
        }
        if self.numbers == 0 {
            return format!("All of the variance of {} is luck: no number is uncertain", self.measure);
        }
        let luck = percent(self.luck.0, self.luck.1.max(0.01));
        let tail = format!("no data could remove {luck} of its variance");
        if let Some(bar) = self.bars.iter().find(|bar| bar.is_told) {
            return format!("{} moves {} most; {tail}", bar.name.heading(), self.measure);
        }
        // Bars are of numbers some effect of which is told from 0, if not the Shapley effect.
        let reach = |bar: &&Bar| (bar.high - bar.low).abs();
        match self.bars.iter().max_by(|a, b| reach(a).total_cmp(&reach(b))) {
            Some(bar) => {
                let [low, high] = [bar.low, bar.high].map(|value| self.kind.value(value, reach(&bar) * 0.05));
                format!(
                    "{} moves {} most, from {low} to {high} over its range; {tail}",
                    bar.name.heading(),
                    self.measure
                )
            }
            None => format!("No effect of a single number on {} is told from 0; {tail}", self.measure),
        }
    }

    fn data(&self) -> Data {
        let columns = data::words(["what", "of", "told from 0"]);
        let means = ["mean", "mean in the lowest tenth", "mean in the highest tenth"];
        let columns = columns.chain(data::of(self.kind.into(), means));
        let shares = ["of the variance", "se", "low 95", "high 95"];
        let mut data = Data::new(columns.chain(data::of(Unit::Share, shares)));
        data.row(row!["measure", &self.measure.key, "", self.mean, None::<[f64; 6]>]);
        for bar in &self.bars {
            let effect = [bar.effect, f64::NAN, bar.effect_low, bar.effect_high];
            data.row(row!["number", &bar.name.key, bar.is_told, f64::NAN, bar.low, bar.high, effect]);
        }
        for part in &self.parts {
            let of = [part.share, part.se];
            data.row(row!["evidence", &part.name, part.is_told, None::<[f64; 3]>, of, None::<[f64; 2]>]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let subtitle = "Left: mean where the number lies in its lowest (hollow end) and highest (full end) tenth. Right: Shapley \
                    effect, share of the variance, with its 95% interval; hollow: not told from 0.";
        let frame_note = |shown: usize| {
            let more = self.numbers.saturating_sub(shown);
            let words = match more {
                0 => String::new(),
                1 => format!("One more number is not shown{}.", self.hidden(shown)),
                many => format!("{} more numbers are not shown{}.", small_number(many), self.hidden(shown)),
            };
            let words = capitalised(&words);
            // The bar gives luck less than the title does.
            let luck = match self.parts.is_empty() || self.numbers == 0 {
                true => "",
                false => {
                    "Title: all that luck has a part in; bar: what luck and numbers do together is shared out between them."
                }
            };
            self.run.note([luck, &words].join(" ").trim())
        };
        // How many fit is known once the frame is: the note takes one line or two whatever the number in it.
        let mut trial = Canvas::new(look);
        let room = trial.frame(&self.sentence(), subtitle, &frame_note(0));
        let strip = if self.parts.is_empty() { 0.0 } else { 66.0 };
        let height = room.height() - strip - 26.0 - 22.0;
        let shown = self.bars.len().min((height / 19.0).floor().max(1.0) as usize).min(14);
        let room = canvas.frame(&self.sentence(), subtitle, &frame_note(shown));
        if self.parts.is_empty() {
            return canvas.finish();
        }
        if shown > 0 {
            bars(
                &mut canvas,
                self,
                shown,
                Bounds { top: room.top + 26.0, bottom: room.bottom - strip - 22.0, ..room },
            );
        }
        parts(&mut canvas, self, theme, Bounds { top: room.bottom - strip + 24.0, ..room });
        canvas.finish()
    }
}

impl Drivers {
    /// What the numbers beyond the first bars have of the variance: all that luck has not, less those bars.
    fn hidden(&self, shown: usize) -> String {
        let Some((_, grades)) = self.parts.split_last() else { return String::new() };
        let (all, se) =
            grades.iter().fold((0.0, 0.0), |sum, part| (sum.0 + part.share, sum.1 + part.se * part.se));
        let rest = all - self.bars[..shown.min(self.bars.len())].iter().map(|bar| bar.effect).sum::<f64>();
        let se: f64 = libm::sqrt(se);
        if rest <= 2.0 * se {
            return format!(", and have no more of the variance than its error, {}", percent(2.0 * se, se));
        }
        format!(" and have {} of the variance", percent(rest, se))
    }
}

/// The colours of the grades and of luck: from known to unknown.
fn part_color(theme: &Theme, place: usize) -> Color {
    match place {
        0 => theme.plain.over(theme.paper, 0.35),
        1 => theme.plain.over(theme.paper, 0.6),
        2 => theme.plain,
        3 => theme.manufactured,
        _ => theme.grid,
    }
}

fn bars(canvas: &mut Canvas, data: &Drivers, shown: usize, room: Bounds) {
    let theme = canvas.theme;
    let bars = &data.bars[..shown];
    let widest = bars
        .iter()
        .map(|bar| width(&bar.name.heading(), Weight::Regular, TICK))
        .fold(60.0, f64::max)
        .min(room.width() * 0.31);
    let tornado_from = room.left + widest + 12.0;
    let split = tornado_from + (room.right - tornado_from) * 0.56;
    let lows = bars.iter().map(|bar| bar.low.min(bar.high)).fold(data.mean, f64::min);
    let highs = bars.iter().map(|bar| bar.low.max(bar.high)).fold(data.mean, f64::max);
    let ticks = Ticks::covering(lows, highs, 4);
    let most = bars.iter().map(|bar| bar.effect_high).fold(0.01, f64::max);
    let least = bars.iter().map(|bar| bar.effect_low).fold(0.0, f64::min);
    let effects = Ticks::covering(least, most, 4);
    let pitch = room.height() / shown.max(3) as f64;
    let bottom = room.top + pitch * shown as f64;
    let panel = |from: f64, to: f64, ticks: &Ticks| Panel {
        bounds: Bounds::new(from, room.top, to, bottom),
        x: (ticks.low(), ticks.high()),
        y: (0.0, 1.0),
    };
    let tornado = panel(tornado_from, split - 22.0, &ticks);
    let effect = panel(split + 22.0, room.right - 8.0, &effects);
    let middle = |row: usize| room.top + pitch * (row as f64 + 0.5);
    let half = (pitch * 0.28).min(7.0);
    canvas.draw(|sheet| {
        tornado.grid(sheet, theme, &ticks.values, &[])?;
        effect.grid(sheet, theme, &effects.values, &[])?;
        for (row, bar) in bars.iter().enumerate() {
            let y = middle(row);
            let ends = [tornado.x_at(bar.low), tornado.x_at(bar.high)];
            let corners = [(ends[0].min(ends[1]), y - half), (ends[0].max(ends[1]), y + half)];
            sheet.draw(&Rectangle::new(corners.map(fine_point), fill(theme.inner_band(theme.plain))))?;
            sheet.draw(&Circle::new(fine_point((ends[0], y)), fine(3.5), fill(theme.paper)))?;
            sheet.draw(&Circle::new(fine_point((ends[0], y)), fine(3.5), stroke(theme.plain, 1.25)))?;
            sheet.draw(&Circle::new(fine_point((ends[1], y)), fine(3.5), fill(theme.plain)))?;
            let line = [bar.effect_low, bar.effect_high].map(|value| fine_point((effect.x_at(value), y)));
            sheet.draw(&PathElement::new(line, stroke(theme.plain, 1.5)))?;
            let color = if bar.is_told { theme.plain } else { theme.paper };
            let point = fine_point((effect.x_at(bar.effect), y));
            sheet.draw(&Circle::new(point, fine(3.5), fill(color)))?;
            sheet.draw(&Circle::new(point, fine(3.5), stroke(theme.plain, 1.25)))?;
        }
        let x = fine(tornado.x_at(data.mean));
        sheet.draw(&PathElement::new([(x, fine(room.top)), (x, fine(bottom))], stroke(theme.ink, 1.0)))
    });
    tornado.head(
        canvas,
        &shorten(
            &format!("Mean of {}{}", data.measure, ticks.unit(data.kind)),
            Weight::SemiBold,
            LABEL,
            tornado.bounds.width(),
        ),
    );
    effect.head(canvas, "Shapley effect");
    for (row, bar) in bars.iter().enumerate() {
        let words = shorten_middle(&bar.name.heading(), Weight::Regular, TICK, widest);
        let label = Label::new(words, TICK, theme.ink).anchor(Anchor::End);
        canvas.write(label.centred(tornado_from - 10.0, middle(row)));
    }
    let numbers = ticks.of(data.kind);
    for (panel, values, words) in
        [(&tornado, &ticks.values, numbers), (&effect, &effects.values, effects.percents())]
    {
        let marks: Vec<(f64, String)> = values.iter().copied().zip(words).collect();
        let within = Bounds { left: panel.bounds.left - 16.0, right: panel.bounds.right + 16.0, ..room };
        panel.label_x(canvas, within, &marks);
    }
}

/// The variance by evidence, as one bar with its parts named below it.
fn parts(canvas: &mut Canvas, data: &Drivers, theme: &'static Theme, room: Bounds) {
    let heads = [
        "Variance by evidence and luck, what they do together shared out (Shapley effects)",
        "Variance by evidence and luck (Shapley effects)",
    ];
    let head = heads.into_iter().find(|head| width(head, Weight::SemiBold, LABEL) <= room.width());
    let head = Label::new(head.unwrap_or(heads[1]), LABEL, theme.ink).bold();
    canvas.write(head.at(room.left, room.top - 8.0));
    // Estimates may fall below 0 by their error: they are drawn as nothing and named with what they are.
    let sizes: Vec<f64> = data.parts.iter().map(|part| part.share.max(0.0)).collect();
    let all: f64 = sizes.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    let mut from = room.left;
    let mut middles = Vec::new();
    let mut drawn = Vec::new();
    for (place, size) in sizes.iter().enumerate() {
        let to = from + size / all * room.width();
        middles.push((from + to) / 2.0);
        drawn.push((from, to, part_color(theme, place), data.parts[place].is_told));
        from = to;
    }
    let (top, bottom) = (room.top, room.top + 14.0);
    canvas.draw(|sheet| {
        for (from, to, color, is_told) in &drawn {
            let corners = [(*from, top), (*to, bottom)].map(fine_point);
            sheet.draw(&Rectangle::new(corners, fill(*color)))?;
            sheet.draw(&Rectangle::new(corners, stroke(theme.paper, 1.0)))?;
            // Hollow, as the points above: not told from 0.
            if !is_told && to - from > 8.0 {
                let inner = [(*from + 2.5, top + 2.0), (*to - 2.5, bottom - 2.0)].map(fine_point);
                sheet.draw(&Rectangle::new(inner, fill(theme.paper)))?;
            }
        }
        Ok(())
    });
    let named: Vec<(f64, String)> = data
        .parts
        .iter()
        .zip(&middles)
        .filter(|(part, _)| part.share != 0.0)
        .map(|(part, middle)| {
            let share = percent(part.share, part.se);
            let error = match part.is_told {
                true => String::new(),
                false => format!(" ± {}", percent(part.se, part.se / 3.0)),
            };
            (*middle, format!("{} {share}{error}", part.name))
        })
        .collect();
    let widths: Vec<f64> =
        named.iter().map(|(_, words)| width(words, Weight::Regular, NOTE) + 10.0).collect();
    let wanted: Vec<f64> = named.iter().map(|(middle, _)| *middle).collect();
    // In two lines, where one has no room for all: every second name below.
    let lines = if widths.iter().sum::<f64>() <= room.width() { 1 } else { 2 };
    for line in 0..lines {
        let of_line =
            |values: &[f64]| -> Vec<f64> { values.iter().skip(line).step_by(lines).copied().collect() };
        let middles = spread(&of_line(&wanted), &of_line(&widths), room.left, room.right);
        for ((_, words), x) in named.iter().skip(line).step_by(lines).zip(middles) {
            let label = Label::new(words.clone(), NOTE, theme.ink).anchor(Anchor::Middle);
            canvas.write(label.at(x, bottom + 5.0 + NOTE + 1.35 * NOTE * line as f64));
        }
    }
}
