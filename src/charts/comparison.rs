//! Two scenarios or runs: each measure's change in per cent of what it is in the first, with its 95% interval, and its
//! values in both.

use crate::charts::Chart;
use crate::charts::Estimated;
use crate::charts::axes::{Panel, Ticks};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{LABEL, Look, TICK};
use crate::words::measure::Kind;
use crate::words::numbers::NO_BREAK;
use plotters::element::{Circle, PathElement};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comparison {
    pub run: Run,
    /// What A and B are.
    pub names: [String; 2],
    /// The same paths in both?
    pub is_paired: bool,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub measure: String,
    pub kind: Kind,
    pub sides: [Estimated; 2],
    /// B less A.
    pub change: Estimated,
}

impl Row {
    /// Change and ends of its interval, as shares of A; none where A is 0 or anything is not known.
    fn relative(&self) -> Option<[f64; 3]> {
        let whole = self.sides[0].value.abs();
        let reach = crate::estimate::NORMAL_95 * self.change.se;
        let all =
            [self.change.value, self.change.value - reach, self.change.value + reach].map(|v| v / whole);
        (whole > 0.0 && all.iter().all(|v| v.is_finite())).then_some(all)
    }

    fn is_told(&self) -> bool {
        self.change.value.abs() > crate::estimate::sensitivity::TOLD * self.change.se
    }
}

impl Comparison {
    /// What differs of the first measure, and by how much; the two as they are called where the sentence stands.
    pub fn told(&self, name_a: &str, name_b: &str) -> String {
        let Some(row) = self.rows.first() else {
            return format!("{name_a} and {name_b} have no measure in common");
        };
        let [a, b] = row.sides.map(|side| row.kind.value(side.value, side.se));
        if !row.change.value.is_finite() {
            return format!("{} is {b} in {name_b} and {a} in {name_a}", row.measure);
        }
        if row.change.value == 0.0 && row.change.se == 0.0 {
            return format!("{} is the same in {name_a} and {name_b}: {a}", row.measure);
        }
        if !row.is_told() {
            return format!(
                "No difference of {} between {name_a} and {name_b} can be told: {a} and {b}",
                row.measure
            );
        }
        let direction = if row.change.value > 0.0 { "higher" } else { "lower" };
        let by = match row.kind {
            // Not per cent of A: points, to the first figure of their error.
            Kind::Share => {
                let points = Kind::Plain.number(100.0 * row.change.value.abs(), 1000.0 * row.change.se);
                format!("{points}{NO_BREAK}points")
            }
            kind => kind.value(row.change.value.abs(), row.change.se),
        };
        format!("{} is {direction} in {name_b} by {by}: {b} against {a} in {name_a}", row.measure)
    }
}

impl Chart for Comparison {
    const NAME: &str = "comparison";
    const QUESTION: &str = "What differs between two scenarios or runs?";

    fn sentence(&self) -> String {
        self.told("A", "B")
    }

    fn data(&self) -> Data {
        let estimates = ["a", "b", "b less a"].into_iter().flat_map(|of| data::estimated(of, Unit::OfRow));
        let mut data = Data::new(data::words(["measure", "unit"]).chain(estimates));
        for of in &self.rows {
            let [a, b] = of.sides;
            data.row(row![&of.measure, Unit::from(of.kind), a, b, of.change]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let paired = if self.is_paired { "paired by path" } else { "two independent runs" };
        // Names that long would fill the sheet.
        let names = self.names.clone().map(|name| shorten(&name, Weight::Regular, LABEL, look.width * 0.8));
        let subtitle = format!(
            "A: {}. B: {}. Points: what B adds to A, in per cent of A, with the 95% interval ({paired}); hollow: not told from 0.",
            names[0], names[1]
        );
        let most = |height: f64| ((height / 21.0).floor().max(1.0)) as usize;
        let note = |shown: usize| match self.rows.len() - shown {
            0 => self.run.note(""),
            1 => self.run.note("One more measure is not drawn."),
            n => self.run.note(&format!("{n} more measures are not drawn.")),
        };
        let mut trial = Canvas::new(look);
        let room = trial.frame(&self.sentence(), &subtitle, &note(0));
        let shown = self.rows.len().min(most(room.height() - 50.0));
        let room = canvas.frame(&self.sentence(), &subtitle, &note(shown));
        let rows = &self.rows[..shown];
        if rows.is_empty() {
            return canvas.finish();
        }
        let text = |size: f64, words: &str| width(words, Weight::Regular, size);
        let values: Vec<[String; 2]> =
            rows.iter().map(|row| row.sides.map(|side| row.kind.value(side.value, side.se))).collect();
        let widest = |of: &dyn Fn(usize) -> f64| (0..shown).map(of).fold(24.0, f64::max);
        let name_width = widest(&|k| text(LABEL, &rows[k].measure)).min(room.width() * 0.3);
        let widths = [0, 1].map(|side| widest(&|k| text(TICK, &values[k][side])));
        let a_right = room.left + name_width + 16.0 + widths[0];
        let b_right = a_right + 16.0 + widths[1];
        let relative: Vec<Option<[f64; 3]>> = rows.iter().map(Row::relative).collect();
        let ends = || relative.iter().flatten().flatten().copied();
        let ticks = Ticks::covering(ends().fold(-0.005, f64::min), ends().fold(0.005, f64::max), 6);
        let (top, bottom) = (room.top + 24.0, room.bottom - 20.0);
        let pitch = ((bottom - top) / shown.max(4) as f64).min(44.0);
        let bottom = top + pitch * shown as f64;
        let panel = Panel {
            bounds: Bounds::new(b_right + 34.0, top, room.right - 16.0, bottom),
            x: (ticks.low(), ticks.high()),
            y: (0.0, 1.0),
        };
        let middle = |row: usize| top + pitch * (row as f64 + 0.5);
        canvas.draw(|sheet| {
            panel.grid(sheet, theme, &ticks.values, &[])?;
            let zero = fine(panel.x_at(0.0));
            sheet.draw(&PathElement::new(
                [(zero, fine(top)), (zero, fine(bottom))],
                stroke(theme.rule, 1.25),
            ))?;
            for (place, (row, relative)) in rows.iter().zip(&relative).enumerate() {
                let Some([change, low, high]) = relative else { continue };
                let y = middle(place);
                let line = [*low, *high].map(|at| fine_point((panel.x_at(at), y)));
                sheet.draw(&PathElement::new(line, stroke(theme.plain, 2.0)))?;
                let point = fine_point((panel.x_at(*change), y));
                sheet.draw(&Circle::new(
                    point,
                    fine(4.0),
                    fill(if row.is_told() { theme.plain } else { theme.paper }),
                ))?;
                sheet.draw(&Circle::new(point, fine(4.0), stroke(theme.plain, 1.5)))?;
            }
            Ok(())
        });
        for (right, name) in [(a_right, "A"), (b_right, "B")] {
            canvas.write(Label::new(name, LABEL, theme.ink).bold().anchor(Anchor::End).at(right, top - 10.0));
        }
        let head = shorten("B less A, in per cent of A", Weight::SemiBold, LABEL, panel.bounds.width());
        canvas.write(Label::new(head, LABEL, theme.ink).bold().at(panel.bounds.left, top - 10.0));
        for (place, row) in rows.iter().enumerate() {
            let y = middle(place);
            let words = shorten(&row.measure, Weight::Regular, LABEL, name_width);
            canvas.write(Label::new(words, LABEL, theme.ink).centred(room.left, y));
            for (side, right) in [a_right, b_right].into_iter().enumerate() {
                let label = Label::new(values[place][side].clone(), TICK, theme.muted).anchor(Anchor::End);
                canvas.write(label.centred(right, y));
            }
            if relative[place].is_none() {
                let why = if row.sides[0].value == 0.0 { "A is 0" } else { "not known" };
                canvas.write(
                    Label::new(why, TICK, theme.muted).halo(theme.paper).centred(panel.x_at(0.0) + 8.0, y),
                );
            }
        }
        let marks: Vec<(f64, String)> = ticks.values.iter().copied().zip(ticks.percents()).collect();
        let within = Bounds { left: panel.bounds.left - 20.0, right: canvas.inside().right, ..room };
        panel.label_x(&mut canvas, within, &marks);
        canvas.finish()
    }
}
