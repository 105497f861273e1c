//! Scenarios or runs against the first of them: each measure's change in per cent of what it is in the first, with its 95%
//! interval, and its values in all.

use crate::charts::Chart;
use crate::charts::Estimated;
use crate::charts::axes::{Panel, Ticks};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{LABEL, Look, TICK};
use crate::words::label::Named;
use crate::words::measure::Kind;
use crate::words::numbers::{NO_BREAK, number};
use plotters::element::{Circle, PathElement};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comparison {
    pub run: Run,
    /// What A, B and so on are.
    pub names: Vec<String>,
    /// The same paths in all?
    pub is_paired: bool,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub measure: Named,
    pub kind: Kind,
    /// In A.
    pub first: Estimated,
    /// In B and so on.
    pub others: Vec<Other>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Other {
    pub value: Estimated,
    /// Less A.
    pub change: Estimated,
}

impl Other {
    /// Change and ends of its interval, as shares of A; none where A is 0 or anything is not known.
    fn relative(&self, first: &Estimated) -> Option<[f64; 3]> {
        let whole = first.value.abs();
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
    /// What differs of the first measure, and by how much; they as they are called where the sentence stands.
    pub fn told(&self, names: &[&str]) -> String {
        let Some(row) = self.rows.first() else {
            return format!("{} have no measure in common", names.join(" and "));
        };
        match (names, row.others.as_slice()) {
            ([a, b], [other]) => told_of_two(row, other, a, b),
            _ => told_of_many(row, names),
        }
    }
}

fn told_of_two(row: &Row, other: &Other, name_a: &str, name_b: &str) -> String {
    let [a, b] = [row.first, other.value].map(|side| row.kind.value(side.value, side.se));
    let change = &other.change;
    if !change.value.is_finite() {
        return format!("{} is {b} in {name_b} and {a} in {name_a}", row.measure.heading());
    }
    if change.value == 0.0 && change.se == 0.0 {
        return format!("{} is the same in {name_a} and {name_b}: {a}", row.measure.heading());
    }
    if !other.is_told() {
        return format!(
            "No difference of {} between {name_a} and {name_b} can be told: {a} and {b}",
            row.measure
        );
    }
    let direction = if change.value > 0.0 { "higher" } else { "lower" };
    let by = match row.kind {
        // Not per cent of A: points, to the first figure of their error.
        Kind::Share => {
            let points = number(100.0 * change.value.abs(), 100.0 * change.se);
            format!("{points}{NO_BREAK}points")
        }
        kind => kind.value(change.value.abs(), change.se),
    };
    format!("{} is {direction} in {name_b} by {by}: {b} against {a} in {name_a}", row.measure.heading())
}

fn told_of_many(row: &Row, names: &[&str]) -> String {
    let values = std::iter::once(row.first).chain(row.others.iter().map(|other| other.value));
    let mut known: Vec<(&str, Estimated)> =
        names.iter().copied().zip(values).filter(|(_, value)| value.value.is_finite()).collect();
    known.sort_by(|one, other| one.1.value.total_cmp(&other.1.value));
    let say = |value: &Estimated| row.kind.value(value.value, value.se);
    let (Some((low, least)), Some((high, most))) = (known.first(), known.last()) else {
        return format!("{} is defined in none of {}", row.measure.heading(), names.join(", "));
    };
    if row.others.iter().all(|other| !other.is_told()) {
        return format!(
            "No difference of {} from {} can be told: {}",
            row.measure,
            names[0],
            say(&row.first)
        );
    }
    let ends = format!(
        "{} is lowest in {low}, {}, and highest in {high}, {}",
        row.measure.heading(),
        say(least),
        say(most)
    );
    if names[0] == *low || names[0] == *high {
        ends
    } else {
        format!("{ends}; in {} {}", names[0], say(&row.first))
    }
}

/// What each is called: A, B and so on.
pub fn letter(place: usize) -> String {
    char::from(b'A' + place as u8).to_string()
}

impl Chart for Comparison {
    const NAME: &str = "comparison";
    const QUESTION: &str = "What differs between two scenarios or runs?";

    fn sentence(&self) -> String {
        let letters: Vec<String> = (0..self.names.len()).map(letter).collect();
        self.told(&letters.iter().map(String::as_str).collect::<Vec<_>>())
    }

    fn data(&self) -> Data {
        let columns = data::words(["measure", "unit", "scenario"]).chain(data::estimated("", Unit::OfRow));
        let mut data = Data::new(columns.chain(data::estimated("less the first", Unit::OfRow)));
        for of in &self.rows {
            let unit = || Unit::from(of.kind);
            data.row(row![&of.measure.key, unit(), &self.names[0], of.first, None::<Estimated>]);
            for (name, other) in self.names[1..].iter().zip(&of.others) {
                data.row(row![&of.measure.key, unit(), name, other.value, other.change]);
            }
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let several = self.names.len() > 2;
        let paired = match (self.is_paired, several) {
            (true, _) => "paired by path",
            (false, false) => "two independent runs",
            (false, true) => "independent runs",
        };
        // Names that long would fill the sheet.
        let room_for_name = look.width * 1.6 / self.names.len().max(1) as f64;
        let called: Vec<String> = self
            .names
            .iter()
            .enumerate()
            .map(|(place, name)| {
                format!("{}: {}.", letter(place), shorten(name, Weight::Regular, LABEL, room_for_name))
            })
            .collect();
        let who = if several { "each" } else { "B" };
        let subtitle = format!(
            "{} Points: what {who} adds to A, in per cent of A, with the 95% interval ({paired}); hollow: not told from 0.",
            called.join(" ")
        );
        let in_group = self.names.len().saturating_sub(1).max(1);
        let most = |height: f64| ((height / 21.0).floor() as usize / in_group).max(1);
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
        // A line for each of the others.
        let lines: Vec<(&Row, usize, &Other)> = rows
            .iter()
            .flat_map(|row| row.others.iter().enumerate().map(move |(place, other)| (row, place, other)))
            .collect();
        let text = |size: f64, words: &str| width(words, Weight::Regular, size);
        let value = |row: &Row, side: &Estimated| row.kind.value(side.value, side.se);
        let values: Vec<[String; 2]> = lines
            .iter()
            .map(|(row, place, other)| {
                let value_b = value(row, &other.value);
                let b = if several { format!("{}: {value_b}", letter(place + 1)) } else { value_b };
                [if *place == 0 { value(row, &row.first) } else { String::new() }, b]
            })
            .collect();
        let widest = |of: &dyn Fn(usize) -> f64| (0..lines.len()).map(of).fold(24.0, f64::max);
        let name_width = widest(&|k| text(LABEL, &lines[k].0.measure.heading())).min(room.width() * 0.3);
        let widths = [0, 1].map(|side| widest(&|k| text(TICK, &values[k][side])));
        let a_right = room.left + name_width + 16.0 + widths[0];
        let b_right = a_right + 16.0 + widths[1];
        let relative: Vec<Option<[f64; 3]>> =
            lines.iter().map(|(row, _, other)| other.relative(&row.first)).collect();
        let ends = || relative.iter().flatten().flatten().copied();
        let ticks = Ticks::covering(ends().fold(-0.005, f64::min), ends().fold(0.005, f64::max), 6);
        let (top, bottom) = (room.top + 24.0, room.bottom - 20.0);
        let pitch = ((bottom - top) / lines.len().max(4) as f64).min(44.0);
        let bottom = top + pitch * lines.len() as f64;
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
            for (place, (_, in_row, _)) in lines.iter().enumerate().filter(|_| several) {
                if *in_row == 0 && place > 0 {
                    let y = top + pitch * place as f64;
                    let line = [(room.left, y), (panel.bounds.right, y)].map(fine_point);
                    sheet.draw(&PathElement::new(line, stroke(theme.grid, 0.75)))?;
                }
            }
            for (place, ((_, _, other), relative)) in lines.iter().zip(&relative).enumerate() {
                let Some([change, low, high]) = relative else { continue };
                let y = middle(place);
                let line = [*low, *high].map(|at| fine_point((panel.x_at(at), y)));
                sheet.draw(&PathElement::new(line, stroke(theme.plain, 2.0)))?;
                let point = fine_point((panel.x_at(*change), y));
                sheet.draw(&Circle::new(
                    point,
                    fine(4.0),
                    fill(if other.is_told() { theme.plain } else { theme.paper }),
                ))?;
                sheet.draw(&Circle::new(point, fine(4.0), stroke(theme.plain, 1.5)))?;
            }
            Ok(())
        });
        for (right, name) in [(a_right, "A"), (b_right, if several { "Others" } else { "B" })] {
            canvas.write(Label::new(name, LABEL, theme.ink).bold().anchor(Anchor::End).at(right, top - 10.0));
        }
        let head = if several { "Less A, in per cent of A" } else { "B less A, in per cent of A" };
        let head = shorten(head, Weight::SemiBold, LABEL, panel.bounds.width());
        canvas.write(Label::new(head, LABEL, theme.ink).bold().at(panel.bounds.left, top - 10.0));
        for (place, (row, in_row, _)) in lines.iter().enumerate() {
            let y = middle(place);
            if *in_row == 0 {
                let words = shorten(&row.measure.heading(), Weight::Regular, LABEL, name_width);
                canvas.write(Label::new(words, LABEL, theme.ink).centred(room.left, y));
            }
            for (side, right) in [a_right, b_right].into_iter().enumerate() {
                let label = Label::new(values[place][side].clone(), TICK, theme.muted).anchor(Anchor::End);
                canvas.write(label.centred(right, y));
            }
            if relative[place].is_none() {
                let why = if row.first.value == 0.0 { "A is 0" } else { "not known" };
                let why = Label::new(why, TICK, theme.muted).halo(theme.paper);
                let x = (panel.x_at(0.0) + 8.0).min(canvas.inside().right - why.width());
                canvas.write(why.centred(x, y));
            }
        }
        let marks: Vec<(f64, String)> = ticks.values.iter().copied().zip(ticks.percents()).collect();
        let within = Bounds { left: panel.bounds.left - 20.0, right: canvas.inside().right, ..room };
        panel.label_x(&mut canvas, within, &marks);
        canvas.finish()
    }
}
