//! Two numbers over a grid: a measure as colour, and the contour of the loop gain (§9). At a gain of 1 each dollar raised
//! would bring about another, and the multiplier has no bound; over a finite horizon it is approached and not reached, so
//! lower contours are drawn beside it, and the subtitle says how near to 1 it comes.

use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width};
use crate::charts::render::Drawing;
use crate::charts::sweep::plain;
use crate::charts::theme::{Color, LABEL, Look, NOTE, TICK, Theme};
use crate::words::label::Named;
use crate::words::measure::{Column, Kind};
use plotters::element::{PathElement, Rectangle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Map {
    pub run: Run,
    /// Across, up: the number and its values.
    pub axes: [(Named, Vec<f64>); 2],
    pub measure: Named,
    pub kind: Kind,
    /// The measure and its standard error at [up · across + along].
    #[serde(deserialize_with = "crate::charts::pairs")]
    pub cells: Vec<(f64, f64)>,
    /// 1 − 1/multiplier and its standard error at the same places; NaN where the multiplier is not above 0. Empty where it
    /// was not computed.
    #[serde(deserialize_with = "crate::charts::pairs")]
    pub gain: Vec<(f64, f64)>,
}

/// Contours that may be drawn, of the loop gain.
const LEVELS: [f64; 4] = [0.25, 0.5, 0.75, 1.0];

/// With larger errors than this at most points a contour would be noise.
const COARSE: f64 = 0.1;

impl Chart for Map {
    const NAME: &str = "map";
    const QUESTION: &str = "What do two numbers do together, and where does the loop feed itself?";

    fn sentence(&self) -> String {
        let across = self.axes[0].1.len().max(1);
        let mut defined: Vec<(usize, (f64, f64))> =
            self.cells.iter().copied().enumerate().filter(|(_, (value, _))| value.is_finite()).collect();
        defined.sort_by(|a, b| a.1.0.total_cmp(&b.1.0));
        let (Some((_, (low, low_se))), Some((place, (high, high_se)))) = (defined.first(), defined.last())
        else {
            return format!("{} is not defined anywhere on the grid", self.measure.heading());
        };
        if low == high {
            return format!(
                "{} is {} everywhere on the grid",
                self.measure.heading(),
                self.kind.value(*low, *low_se)
            );
        }
        let [x, y] = [&self.axes[0], &self.axes[1]];
        format!(
            "{} lies between {} and {}; it is highest where {} is {} and {} is {}",
            self.measure.heading(),
            self.kind.value(*low, *low_se),
            self.kind.value(*high, *high_se),
            x.0,
            plain(x.1[place % across]),
            y.0,
            plain(y.1[place / across])
        )
    }

    fn data(&self) -> Data {
        let [(across, xs), (up, ys)] = &self.axes;
        let columns = data::of(Unit::Number, [across.key.as_str(), up.key.as_str()]);
        let columns = columns.chain(data::estimated(&self.measure.key, self.kind.into()));
        let mut data = Data::new(columns.chain(data::estimated("loop gain", Unit::Number)));
        for (place, (value, se)) in self.cells.iter().enumerate() {
            let gain = self.gain.get(place).map(|(gain, se)| [*gain, *se]);
            data.row(row![xs[place % xs.len()], ys[place / xs.len()], *value, *se, gain]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let column = Column::of(self.kind, self.cells.iter().map(|(value, _)| *value));
        let subtitle = format!(
            "Colour: {}{}, on the same random numbers at every point.{}",
            self.measure,
            column.unit(),
            of_gain(self)
        );
        let room = canvas.frame(&self.sentence(), &subtitle, &self.run.note(""));
        let [(x_name, xs), (y_name, ys)] = &self.axes;
        let defined = || self.cells.iter().map(|(value, _)| *value).filter(|value| value.is_finite());
        let (low, high) =
            (defined().fold(f64::INFINITY, f64::min), defined().fold(f64::NEG_INFINITY, f64::max));
        if xs.is_empty() || ys.is_empty() || low > high {
            return canvas.finish();
        }
        let y_words: Vec<String> = ys.iter().map(|value| plain(*value)).collect();
        let scale =
            if high > low { Ticks::covering(low, high, 4) } else { Ticks { values: vec![low], step: 1.0 } };
        let scale_words = scale.of(self.kind);
        let legend = widest(&scale_words) + 36.0;
        let bounds = Bounds::new(
            room.left + widest(&y_words) + 10.0,
            room.top + 22.0,
            room.right - legend - 10.0,
            room.bottom - 38.0,
        );
        // Cells about the points: half a step beyond the outer ones.
        let panel = Panel { bounds, x: (-0.5, xs.len() as f64 - 0.5), y: (-0.5, ys.len() as f64 - 0.5) };
        let part = |value: f64| if high > low { (value - low) / (high - low) } else { 0.5 };
        let lines = contours(self);
        canvas.draw(|sheet| {
            for (place, (value, _)) in self.cells.iter().enumerate() {
                let (column, row) = ((place % xs.len()) as f64, (place / xs.len()) as f64);
                let corners = [
                    (panel.x_at(column - 0.5), panel.y_at(row + 0.5)),
                    (panel.x_at(column + 0.5), panel.y_at(row - 0.5)),
                ];
                let color = if value.is_finite() { tint(theme, part(*value)) } else { theme.grid };
                sheet.draw(&Rectangle::new(corners.map(fine_point), fill(color)))?;
            }
            for (_, segments) in &lines {
                for (width, color) in [(4.0, theme.paper), (1.75, theme.ink)] {
                    for segment in segments {
                        let ends = segment.map(|(x, y)| fine_point((panel.x_at(x), panel.y_at(y))));
                        sheet.draw(&PathElement::new(ends, stroke(color, width)))?;
                    }
                }
            }
            let from = bounds.right + 22.0;
            for step in 0..48 {
                let at = |k: f64| bounds.bottom - (bounds.bottom - bounds.top) * k / 48.0;
                let corners = [(from, at(f64::from(step) + 1.0)), (from + 12.0, at(f64::from(step)))];
                sheet.draw(&Rectangle::new(
                    corners.map(fine_point),
                    fill(tint(theme, (f64::from(step) + 0.5) / 48.0)),
                ))?;
            }
            Ok(())
        });
        // The colour's scale.
        for (value, words) in scale.values.iter().zip(&scale_words) {
            let at = part(*value);
            if (0.0..=1.0).contains(&at) {
                let y = bounds.bottom - bounds.height() * at;
                canvas.write(Label::new(words.clone(), TICK, theme.muted).centred(bounds.right + 38.0, y));
            }
        }
        let head = shorten(&y_name.heading(), Weight::SemiBold, LABEL, room.width() * 0.7);
        canvas.write(Label::new(head, LABEL, theme.ink).bold().at(room.left, room.top + 10.0));
        let marks: Vec<(f64, String)> = xs.iter().enumerate().map(|(k, v)| (k as f64, plain(*v))).collect();
        panel.label_x(&mut canvas, Bounds { left: room.left, right: bounds.right + 14.0, ..room }, &marks);
        let every = (TICK * 1.3 / (bounds.height() / ys.len() as f64)).ceil().max(1.0) as usize;
        let (places, words): (Vec<f64>, Vec<String>) =
            y_words.iter().enumerate().step_by(every).map(|(k, words)| (k as f64, words.clone())).unzip();
        panel.label_y(&mut canvas, &places, &words);
        let words = shorten(&x_name.heading(), Weight::SemiBold, LABEL, room.width());
        canvas.write(
            Label::new(words, LABEL, theme.ink)
                .bold()
                .anchor(Anchor::Middle)
                .at(bounds.center().0, room.bottom - 2.0),
        );
        // Each contour named where it begins; the values where cells have room.
        let mut taken: Vec<Bounds> = Vec::new();
        for (level, segments) in &lines {
            let words = format!("gain {level}");
            let half = width(&words, Weight::SemiBold, NOTE) / 2.0;
            for [(x, y), _] in segments {
                let at = (
                    panel.x_at(*x).clamp(bounds.left + half + 3.0, bounds.right - half - 3.0),
                    panel.y_at(*y).clamp(bounds.top + 9.0, bounds.bottom - 9.0),
                );
                let label = Label::new(words.clone(), NOTE, theme.ink)
                    .bold()
                    .anchor(Anchor::Middle)
                    .halo(theme.paper);
                let label = label.centred(at.0, at.1);
                if taken.iter().all(|other| !other.overlaps(&label.bounds().grown(2.0))) {
                    taken.push(canvas.write(label));
                    break;
                }
            }
        }
        let cell = (bounds.width() / xs.len() as f64, bounds.height() / ys.len() as f64);
        for (place, (value, se)) in self.cells.iter().enumerate() {
            let words = column.alone(*value, *se);
            let dark = value.is_finite() && part(*value) > 0.7;
            let label =
                Label::new(words, NOTE, if dark { theme.paper } else { theme.ink }).anchor(Anchor::Middle);
            let (column, row) = ((place % xs.len()) as f64, (place / xs.len()) as f64);
            let label = label.centred(panel.x_at(column), panel.y_at(row));
            let fits = label.width() + 6.0 < cell.0 && NOTE * 1.5 < cell.1;
            if fits && taken.iter().all(|other| !other.overlaps(&label.bounds())) {
                canvas.write(label);
            }
        }
        canvas.finish()
    }
}

/// What can be said of the loop gain.
pub fn of_gain(data: &Map) -> String {
    let known: Vec<&(f64, f64)> =
        data.gain.iter().filter(|(gain, se)| gain.is_finite() && se.is_finite()).collect();
    if data.gain.is_empty() {
        return String::new();
    }
    let Some((gain, se)) = known.iter().max_by(|a, b| a.0.total_cmp(&b.0)).copied() else {
        return " The loop gain is not defined here.".into();
    };
    if *gain <= 0.0 {
        return " No point has a loop gain: a further dollar brings about less than one.".into();
    }
    let reached = if gain - 2.0 * se > 1.0 {
        "it reaches 1"
    } else if gain + 2.0 * se < 1.0 {
        "it does not reach 1 on this grid"
    } else {
        "whether it reaches 1 cannot be told"
    };
    let lines = match (is_coarse(data), contours(data).is_empty()) {
        (true, _) => "; its errors are too large for contours",
        (false, true) => "",
        (false, false) => "; lines are its contours",
    };
    format!(" The largest loop gain found is {gain:.2} ± {se:.2}: {reached}{lines}.")
}

/// Is the gain known too poorly for a contour?
fn is_coarse(data: &Map) -> bool {
    let mut errors: Vec<f64> =
        data.gain.iter().filter(|(gain, _)| gain.is_finite()).map(|(_, se)| *se).collect();
    errors.sort_by(f64::total_cmp);
    errors.get(errors.len() / 2).is_none_or(|middle| middle.is_nan() || *middle > COARSE)
}

fn tint(theme: &Theme, part: f64) -> Color {
    theme.manufactured.over(theme.paper, 0.06 + 0.86 * part)
}

/// Segments of the contours of the gain, in steps of the grid: linear within each of its squares.
type Segment = [(f64, f64); 2];

fn contours(data: &Map) -> Vec<(f64, Vec<Segment>)> {
    let (across, up) = (data.axes[0].1.len(), data.axes[1].1.len());
    if data.gain.len() != across * up || is_coarse(data) {
        return Vec::new();
    }
    let gain = |x: usize, y: usize| data.gain[y * across + x].0;
    let of = |level: f64| {
        let mut segments = Vec::new();
        for y in 0..up.saturating_sub(1) {
            for x in 0..across.saturating_sub(1) {
                // Corners in order round the square.
                let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)];
                let values = corners.map(|(x, y)| gain(x, y) - level);
                if values.iter().any(|value| !value.is_finite()) {
                    continue;
                }
                let mut crossings = Vec::new();
                for side in 0..4 {
                    let (a, b) = (values[side], values[(side + 1) % 4]);
                    if (a > 0.0) != (b > 0.0) {
                        let part = a / (a - b);
                        let [from, to] =
                            [corners[side], corners[(side + 1) % 4]].map(|(x, y)| (x as f64, y as f64));
                        crossings.push((from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1)));
                    }
                }
                // A saddle has four: joined in order, two by two.
                segments.extend(crossings.chunks_exact(2).map(|pair| [pair[0], pair[1]]));
            }
        }
        (level, segments)
    };
    LEVELS.into_iter().map(of).filter(|(_, segments)| !segments.is_empty()).collect()
}
