//! Loops: which of them add to the capital raised, and when (§9). Left the Shapley value of each loop with its interval;
//! right, in the same rows, on how many paths the loop carries the most of what is added in each quarter.

use crate::charts::Chart;
use crate::charts::Estimated;
use crate::charts::axes::{Panel, Ticks};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine_point, stroke};
use crate::charts::data::{self, Column, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Lens, Look, TICK};
use crate::words::numbers::{ROUNDING, names, usd, usd_signed, verb};
use plotters::element::{PathElement, Rectangle};
use serde::{Deserialize, Serialize};

/// What each loop adds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoopsChart {
    pub run: Run,
    pub labs: Vec<String>,
    /// Raised with the loops on, USD bn.
    pub raised: Estimated,
    /// Of that, what the loops add together: the sum of the bars.
    pub added: Estimated,
    /// Name, beginning and end as decimal years.
    pub quarters: Vec<(String, f64, f64)>,
    pub loops: Vec<LoopBar>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LoopBar {
    pub name: String,
    /// Shapley value, USD bn.
    pub value: Estimated,
    /// By quarter: the probability that the loop carries the most.
    pub carries: Vec<f64>,
}

/// Standard errors of the interval drawn.
const INTERVAL: f64 = crate::estimate::NORMAL_95;

impl Chart for LoopsChart {
    const NAME: &str = "loops";
    const QUESTION: &str = "Which loops add to the capital, and when?";

    fn sentence(&self) -> String {
        let labs = names(&self.labs, "lab");
        let raise = verb("raise", &self.labs);
        let raised = usd(self.raised.value, self.raised.se);
        let top = self.loops.iter().max_by(|a, b| a.value.value.total_cmp(&b.value.value));
        let (added, Some(top)) = (self.added, top) else {
            return format!("No loop is active behind the {raised} that {labs} {raise}");
        };
        // What rounding leaves of nothing is nothing.
        let sure = |estimate: &Estimated| {
            estimate.value.abs() > ROUNDING && estimate.value.abs() > INTERVAL * estimate.se
        };
        if !sure(&added) {
            return format!(
                "Together the loops change nothing that can be told from zero in the {raised} that {labs} {raise}"
            );
        }
        let amount = usd(added.value.abs(), added.se);
        if added.value < 0.0 {
            return format!("Without the loops {labs} would raise {amount} more than the {raised} they do");
        }
        let start = format!("Of the {raised} that {labs} {raise}, the loops add {amount}");
        if !sure(&top.value) {
            return start;
        }
        let most = if self.loops.len() == 1 {
            return start;
        } else if top.value.value > added.value {
            format!("{} alone more than that", top.name)
        } else if top.value.value > 0.5 * added.value {
            format!("{} most of it", top.name)
        } else {
            format!("{} the most", top.name)
        };
        format!("{start}, {most} ({})", usd(top.value.value, top.value.se))
    }

    fn data(&self) -> Data {
        let columns = data::words(["loop"]).chain(data::estimated("", Unit::Billions));
        let carries = |(quarter, ..): &(String, f64, f64)| {
            Column::new(format!("carries the most in {quarter}"), Unit::Share)
        };
        let mut data = Data::new(columns.chain(self.quarters.iter().map(carries)));
        for of in &self.loops {
            let mut row = row![&of.name, of.value];
            row.extend(of.carries.iter().map(|share| data::Cell::from(*share)));
            data.row(row);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let note = self.run.note(
            "Shapley value: what the loop adds, averaged over the orders in which loops may be switched on.",
        );
        let room = canvas.frame(&self.sentence(), SUBTITLE, &note);
        let mut order: Vec<&LoopBar> = self.loops.iter().collect();
        order.sort_by(|a, b| b.value.value.total_cmp(&a.value.value));
        let none: Vec<f64> = (0..self.quarters.len())
            .map(|quarter| (1.0 - self.loops.iter().map(|bar| bar.carries[quarter]).sum::<f64>()).max(0.0))
            .collect();

        const NO_LOOP: &str = "no loop adds";
        let names = order.iter().map(|bar| bar.name.as_str()).chain([NO_LOOP]);
        let name_room =
            names.map(|name| width(name, Weight::Regular, LABEL)).fold(0.0, f64::max).min(0.2 * room.width());
        let values: Vec<String> = order.iter().map(|bar| usd_signed(bar.value.value, bar.value.se)).collect();
        let value_room = values.iter().map(|words| width(words, Weight::SemiBold, LABEL)).fold(0.0, f64::max);
        let top = room.top + 22.0;
        let bottom = room.bottom - 18.0;
        let left = room.left + name_room + 8.0;
        let bars_right = left + (room.width() * 0.5 - name_room - value_room - 34.0).max(70.0);
        let map_left = bars_right + value_room + 30.0;
        let row_height = (bottom - top) / (order.len() + 1) as f64;
        let middle = |row: usize| top + (row as f64 + 0.5) * row_height;
        let half = (row_height * 0.32).min(13.0);

        let ends =
            |bar: &LoopBar| [-1.0, 1.0].map(|side| bar.value.value + side * INTERVAL * finite(bar.value.se));
        let low = order.iter().map(|bar| ends(bar)[0]).fold(0.0, f64::min);
        let high = order.iter().map(|bar| ends(bar)[1]).fold(0.0, f64::max);
        let ticks = if low < high { Ticks::covering(low, high, 4) } else { Ticks::nothing() };
        let bars = Panel {
            bounds: Bounds::new(left, top, bars_right, bottom),
            x: (ticks.low(), ticks.high()),
            y: (0.0, 1.0),
        };
        let (from, to) = match (self.quarters.first(), self.quarters.last()) {
            (Some((_, from, _)), Some((_, _, to))) if to > from => (*from, *to),
            _ => (0.0, 1.0),
        };
        let map =
            Panel { bounds: Bounds::new(map_left, top, room.right, bottom), x: (from, to), y: (0.0, 1.0) };
        let theme = canvas.theme;
        let color = theme.lens(Lens::Causal);
        let cell = |row: usize, quarter: usize| {
            order.get(row).map_or_else(|| none[quarter], |bar| bar.carries[quarter])
        };
        // The palest cell is still told from paper.
        let tint = |row: usize, quarter: usize| {
            let ink = if row < order.len() { color } else { theme.plain };
            ink.over(theme.paper, 0.06 + 0.74 * cell(row, quarter).clamp(0.0, 1.0))
        };
        // The loop that leads the quarter, if any carries anything, and none.
        let labelled = |quarter: usize| {
            let leader = (0..order.len())
                .rev()
                .max_by(|a, b| cell(*a, quarter).total_cmp(&cell(*b, quarter)))
                .filter(|row| cell(*row, quarter) > 0.0);
            leader.into_iter().chain([order.len()])
        };
        let rows = order.len() + 1;
        canvas.draw(|sheet| {
            bars.grid(sheet, theme, &ticks.values, &[])?;
            for (row, bar) in order.iter().enumerate() {
                let y = middle(row);
                let corners = [(bars.x_at(0.0), y - half), (bars.x_at(bar.value.value), y + half)];
                let tint =
                    if bar.value.value < 0.0 { theme.outer_band(color) } else { theme.inner_band(color) };
                sheet.draw(&Rectangle::new(corners.map(fine_point), fill(tint)))?;
                let [low, high] = ends(bar).map(|value| bars.x_at(value));
                sheet.draw(&PathElement::new([(low, y), (high, y)].map(fine_point), stroke(color, 1.5)))?;
                for x in [low, high] {
                    let whisker = [(x, y - 0.5 * half), (x, y + 0.5 * half)];
                    sheet.draw(&PathElement::new(whisker.map(fine_point), stroke(color, 1.5)))?;
                }
            }
            let zero = bars.x_at(0.0);
            let axis = [(zero, top), (zero, top + row_height * order.len() as f64)];
            sheet.draw(&PathElement::new(axis.map(fine_point), stroke(theme.rule, 1.0)))?;
            for (quarter, (_, begin, end)) in self.quarters.iter().enumerate() {
                for row in 0..rows {
                    let corners = [
                        (map.x_at(*begin) + 0.5, middle(row) - 0.5 * row_height + 1.0),
                        (map.x_at(*end) - 0.5, middle(row) + 0.5 * row_height - 1.0),
                    ];
                    sheet.draw(&Rectangle::new(corners.map(fine_point), fill(tint(row, quarter))))?;
                }
            }
            Ok(())
        });
        for (row, name) in order.iter().map(|bar| bar.name.as_str()).chain([NO_LOOP]).enumerate() {
            let ink = if row < order.len() { theme.ink } else { theme.muted };
            let label = Label::new(shorten(name, Weight::Regular, LABEL, name_room), LABEL, ink);
            canvas.write(label.anchor(Anchor::End).centred(room.left + name_room, middle(row)));
        }
        for (row, words) in values.into_iter().enumerate() {
            let label = Label::new(words, LABEL, theme.ink).bold().anchor(Anchor::End);
            canvas.write(label.centred(bars_right + 12.0 + value_room, middle(row)));
        }
        for (quarter, (_, begin, end)) in self.quarters.iter().enumerate() {
            let wide = map.x_at(*end) - map.x_at(*begin);
            for row in labelled(quarter) {
                let words = format!("{:.0}", 100.0 * cell(row, quarter));
                if width(&words, Weight::Regular, SMALL) + 1.0 <= wide && row_height >= SMALL + 2.0 {
                    let ink = clearer(tint(row, quarter), theme.ink, theme.paper);
                    let label = Label::new(words, SMALL, ink).anchor(Anchor::Middle);
                    canvas.write(label.centred((map.x_at(*begin) + map.x_at(*end)) / 2.0, middle(row)));
                }
            }
        }
        let edge = Panel { bounds: Bounds { left: room.left, right: map_left - 8.0, ..bars.bounds }, ..bars };
        edge.head(&mut canvas, &ticks.headed("Adds to capital raised"));
        map.head(&mut canvas, "Carries the most, by quarter");
        let words = ticks.amounts();
        let places: Vec<(f64, String)> = ticks.values.iter().copied().zip(words).collect();
        bars.label_x(&mut canvas, Bounds { right: map_left - 6.0, ..room }, &places);
        let most = ((map.bounds.width() / 44.0) as usize).max(1);
        map.label_dates(&mut canvas, Bounds { left: map_left - 12.0, ..room }, most);
        canvas.finish()
    }
}

const SUBTITLE: &str = "Left: Shapley value of each loop over the whole run, with its 95% interval. Right: on how many paths \
     the loop carries the most of what the loops add in the quarter; the stronger the colour the more, in per cent for the loop that leads.";

/// Of two colours the one that stands out more from a ground.
fn clearer(ground: Color, one: Color, other: Color) -> Color {
    let light = |Color(r, g, b): Color| 0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b);
    let apart = |color: Color| (light(color) - light(ground)).abs();
    if apart(one) >= apart(other) { one } else { other }
}

/// Type size of the per cents in the cells.
const SMALL: f64 = TICK - 1.5;

/// An error that is not known is not drawn.
fn finite(se: f64) -> f64 {
    if se.is_finite() { se } else { 0.0 }
}
