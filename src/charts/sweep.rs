//! One number over its range: a panel per measure, the headline with its 95% interval, and how the measure spreads over
//! the paths.

use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Cells, Column, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten};
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Look, TICK, Theme};
use crate::words::label::Named;
use crate::words::measure::Kind;
use crate::words::numbers::counted;
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sweep {
    pub run: Run,
    pub number: Named,
    /// What it is in: "USD bn", "a year"; empty for a pure number.
    pub unit: String,
    /// Rising or falling; the paths are the same at each.
    pub at: Vec<f64>,
    /// The number in the scenario's file, where it is certain.
    pub in_file: Option<f64>,
    /// Three are drawn.
    pub lines: Vec<Line>,
    /// What `solve` looked for in the first line.
    pub target: Option<Target>,
}

/// A value that a measure is to reach, and where it does.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Target {
    pub value: f64,
    /// Each with the ends of its 95% interval, and whether an end is that of the range.
    pub crossings: Vec<Reached>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Reached {
    pub at: f64,
    pub low: f64,
    pub high: f64,
    /// The interval goes on beyond the range, below or above.
    pub is_open: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Line {
    pub measure: Named,
    pub kind: Kind,
    /// By point.
    pub values: Vec<Place>,
    /// The last point less the first, and its standard error, paired by path.
    #[serde(deserialize_with = "crate::charts::pair")]
    pub change: (f64, f64),
}

#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Place {
    #[serde(deserialize_with = "crate::charts::number")]
    pub headline: f64,
    #[serde(deserialize_with = "crate::charts::number")]
    pub se: f64,
    /// Over the paths; NaN for a probability.
    #[serde(deserialize_with = "crate::charts::number")]
    pub p5: f64,
    #[serde(deserialize_with = "crate::charts::number")]
    pub p25: f64,
    #[serde(deserialize_with = "crate::charts::number")]
    pub p75: f64,
    #[serde(deserialize_with = "crate::charts::number")]
    pub p95: f64,
}

const MOST_PANELS: usize = 3;

/// A value of the number as the file would write it.
pub fn plain(value: f64) -> String {
    crate::input::number::four_digits(value)
}

impl Chart for Sweep {
    const NAME: &str = "sweep";
    const QUESTION: &str = "What does one number do, over its range?";

    fn sentence(&self) -> String {
        let (Some(from), Some(to)) = (self.at.first(), self.at.last()) else { return self.number.heading() };
        let range = format!("as {} goes from {} to {}", self.number, plain(*from), plain(*to));
        let Some(line) = self.lines.first() else { return range };
        if let Some(target) = &self.target {
            return reached(self, line, target, (*from, *to));
        }
        let (change, se) = line.change;
        let ends = [line.values.first(), line.values.last()].map(|value| value.copied().unwrap_or_default());
        if !change.is_finite() {
            return format!("{} is not defined at both ends {range}", line.measure.heading());
        }
        if !se.is_finite() {
            let [first, last] = ends.map(|end| line.kind.value(end.headline, end.se));
            let paths = counted(self.run.paths, "path");
            return format!(
                "{} is {first} at one end and {last} at the other {range}: on {paths}, without an error to judge it by",
                line.measure.heading()
            );
        }
        if change.abs() <= crate::estimate::sensitivity::TOLD * se || change == 0.0 {
            let words = if change == 0.0 && se == 0.0 {
                "does not change"
            } else {
                "shows no change that can be told from noise"
            };
            return format!("{} {words} {range}", line.measure.heading());
        }
        let verb = if change > 0.0 { "rises" } else { "falls" };
        let [low, high] = ends.map(|end| line.kind.value(end.headline, end.se));
        format!("{} {verb} from {low} to {high} {range}", line.measure.heading())
    }

    fn data(&self) -> Data {
        let unit = Unit::of_key(&self.unit);
        let mut columns: Vec<Column> = data::words(["what"]).collect();
        let low_and_high = ["low 95", "high 95"];
        columns.push(Column::new(&self.number.key, unit.clone()));
        columns.extend(data::of(unit, low_and_high));
        columns.extend(self.lines.iter().flat_map(|line| data::spread(&line.measure.key, line.kind.into())));
        let mut data = Data::new(columns);
        for (place, at) in self.at.iter().enumerate() {
            let mut row = row!["point", *at, None::<[f64; 2]>];
            for line in &self.lines {
                let of = line.values.get(place).copied().unwrap_or_default();
                [of.headline, of.se, of.p5, of.p25, of.p75, of.p95].put(&mut row);
            }
            data.row(row);
        }
        // Of a row that is no point of the range, only the first measure may be known.
        let mut beside = |what: &str, at: f64, ends: Option<[f64; 2]>, value: f64| {
            let mut row = row![what, at, ends, value];
            row.resize(data.columns.len(), data::Cell::Empty);
            data.row(row);
        };
        if let Some(in_file) = self.in_file {
            beside("in the file", in_file, None, f64::NAN);
        }
        for of in
            self.target.iter().flat_map(|target| target.crossings.iter().map(move |of| (of, target.value)))
        {
            beside("reached", of.0.at, Some([of.0.low, of.0.high]), of.1);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let subtitle = if self.target.as_ref().is_some_and(|target| target.crossings.is_empty()) {
            "Line: the measure with its 95% interval, on the same random numbers at every point. Across: the target."
        } else if self.target.is_some() {
            "Line: the measure with its 95% interval, on the same random numbers at every point. Across: the target. Upright \
         band: the 95% interval of where it is reached."
        } else {
            "Lines: means, for a share the ratio of means, with their 95% intervals. Faint bands hold 90% of the paths, \
                    strong ones 50%. The same random numbers at every point."
        };
        let left_out = self.lines.len().saturating_sub(MOST_PANELS);
        let more = match left_out {
            0 => String::new(),
            1 => "One more measure is not drawn.".to_string(),
            n => format!("{n} more measures are not drawn."),
        };
        let room = canvas.frame(&self.sentence(), subtitle, &self.run.note(&more));
        let lines = &self.lines[..self.lines.len().min(MOST_PANELS)];
        if lines.is_empty() || self.at.is_empty() {
            return canvas.finish();
        }
        let (low, high) = ends(&self.at);
        let between = 26.0;
        let breadth = (room.width() - between * (lines.len() - 1) as f64) / lines.len() as f64;
        let color = |place: usize| [theme.plain, theme.organic, theme.manufactured][place % 3];
        for (place, line) in lines.iter().enumerate() {
            let left = room.left + (breadth + between) * place as f64;
            let room = Bounds::new(left, room.top + 22.0, left + breadth, room.bottom - 36.0);
            panel(&mut canvas, self, line, color(place), (low, high), room);
        }
        let unit = if self.unit.is_empty() { String::new() } else { format!(", {}", self.unit) };
        let words =
            shorten(&format!("{}{unit}", self.number.heading()), Weight::Regular, LABEL, room.width());
        let label = Label::new(words, LABEL, theme.ink).anchor(Anchor::Middle);
        canvas.write(label.at(room.center().0, room.bottom - 4.0));
        canvas.finish()
    }
}

/// The title of a search.
fn reached(data: &Sweep, line: &Line, target: &Target, range: (f64, f64)) -> String {
    let value = line.kind.value(target.value, 0.0);
    let interval = |reached: &Reached| {
        let beyond = if reached.is_open { " or beyond" } else { "" };
        format!("{} ({} to {}{beyond})", plain(reached.at), plain(reached.low), plain(reached.high))
    };
    match target.crossings.as_slice() {
        [] => {
            let all = |test: fn(f64, f64) -> bool| {
                line.values.iter().all(|place| test(place.headline, target.value))
            };
            let stays = match (all(|is, target| is > target), all(|is, target| is < target)) {
                (true, false) => ": it is above throughout",
                (false, true) => ": it is below throughout",
                _ => "",
            };
            format!(
                "{} does not reach {value} for any {} from {} to {}{stays}",
                line.measure.heading(),
                data.number,
                plain(range.0),
                plain(range.1)
            )
        }
        [one] => {
            format!("{} reaches {value} where {} is {}", line.measure.heading(), data.number, interval(one))
        }
        many => {
            let places: Vec<String> = many.iter().map(interval).collect();
            format!(
                "{} reaches {value} where {} is {}",
                line.measure.heading(),
                data.number,
                places.join(" and ")
            )
        }
    }
}

fn ends(values: &[f64]) -> (f64, f64) {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if high > low { (low, high) } else { (low - 0.5, high + 0.5) }
}

fn panel(canvas: &mut Canvas, data: &Sweep, line: &Line, color: Color, x: (f64, f64), room: Bounds) {
    let theme: &Theme = canvas.theme;
    let all = || {
        line.values
            .iter()
            .flat_map(|v| {
                [v.headline - 2.0 * v.se, v.headline + 2.0 * v.se, v.p5, v.p95]
                    .into_iter()
                    .filter(|v| v.is_finite())
            })
            .chain(data.target.iter().map(|target| target.value))
    };
    let (low, high) = (all().fold(0.0, f64::min), all().fold(0.0, f64::max));
    let y = if low == 0.0 && high == 0.0 { Ticks::nothing() } else { Ticks::covering(low, high, 5) };
    let words = y.of(line.kind);
    let axis = widest(&words) + 8.0;
    let panel = Panel {
        bounds: Bounds::new(room.left + axis, room.top, room.right - 6.0, room.bottom),
        x,
        y: (y.low(), y.high()),
    };
    let mut across = Ticks::covering(x.0, x.1, 4);
    across.values.retain(|value| (x.0 - 1e-12..=x.1 + 1e-12).contains(value));
    let points: Vec<(f64, &Place)> = data.at.iter().copied().zip(&line.values).collect();
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &across.values, &y.values)?;
        type Band = fn(&Place) -> f64;
        let bands: [(Band, Band, Color); 2] =
            [(|v| v.p5, |v| v.p95, theme.outer_band(color)), (|v| v.p25, |v| v.p75, theme.inner_band(color))];
        for (low, high, tint) in bands {
            let defined: Vec<&(f64, &Place)> = points.iter().filter(|(_, v)| low(v).is_finite()).collect();
            if defined.len() > 1 {
                let there = defined.iter().map(|(at, v)| (*at, high(v)));
                let back = defined.iter().rev().map(|(at, v)| (*at, low(v)));
                let outline: Vec<(i32, i32)> =
                    there.chain(back).map(|(at, v)| fine_point((panel.x_at(at), panel.y_at(v)))).collect();
                sheet.draw(&Polygon::new(outline, fill(tint)))?;
            }
        }
        for reached in data.target.iter().flat_map(|target| &target.crossings) {
            let corners = [(reached.low, y.high()), (reached.high, y.low())]
                .map(|(at, v)| fine_point((panel.x_at(at), panel.y_at(v))));
            sheet.draw(&Rectangle::new(corners, fill(theme.outer_band(theme.manufactured))))?;
            let ends = [(reached.at, y.low()), (reached.at, y.high())]
                .map(|(at, v)| fine_point((panel.x_at(at), panel.y_at(v))));
            sheet.draw(&PathElement::new(ends, stroke(theme.manufactured, 1.25)))?;
        }
        if let Some(target) = &data.target {
            panel.rule(sheet, theme.ink, target.value)?;
        }
        if let Some(at) = data.in_file.filter(|at| (x.0..=x.1).contains(at)) {
            let ends =
                [(at, y.low()), (at, y.high())].map(|(at, v)| fine_point((panel.x_at(at), panel.y_at(v))));
            sheet.draw(&PathElement::new(ends, stroke(theme.rule, 1.0)))?;
        }
        let headline: Vec<(i32, i32)> = points
            .iter()
            .filter(|(_, v)| v.headline.is_finite())
            .map(|(at, v)| fine_point((panel.x_at(*at), panel.y_at(v.headline))))
            .collect();
        sheet.draw(&PathElement::new(headline.clone(), stroke(color, 1.75)))?;
        for ((at, v), point) in points.iter().filter(|(_, v)| v.headline.is_finite()).zip(headline) {
            let reach = 1.96 * if v.se.is_finite() { v.se } else { 0.0 };
            let ends = [v.headline - reach, v.headline + reach]
                .map(|v| fine_point((panel.x_at(*at), panel.y_at(v))));
            sheet.draw(&PathElement::new(ends, stroke(color, 1.25)))?;
            sheet.draw(&Circle::new(point, fine(2.5), fill(color)))?;
        }
        Ok(())
    });
    let head = shorten(
        &format!("{}{}", line.measure.heading(), y.unit(line.kind)),
        Weight::SemiBold,
        LABEL,
        room.width(),
    );
    canvas.write(Label::new(head, LABEL, theme.ink).bold().at(room.left, room.top - 10.0));
    panel.label_y(canvas, &y.values, &words);
    let marks: Vec<(f64, String)> = across.values.iter().copied().zip(across.numbers()).collect();
    let within = Bounds { left: room.left, right: room.right + 4.0, ..room };
    panel.label_x(canvas, within, &marks);
    if let Some(at) = data.in_file.filter(|at| (x.0..=x.1).contains(at)) {
        let label = Label::new("in the file", TICK, theme.muted).halo(theme.paper);
        let width = label.width();
        let to_right = panel.x_at(at) + 4.0;
        let from =
            if to_right + width > panel.bounds.right { panel.x_at(at) - 4.0 - width } else { to_right };
        canvas.write(label.at(from.max(panel.bounds.left), panel.bounds.top + 10.0));
    }
}
