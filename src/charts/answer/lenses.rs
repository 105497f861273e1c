//! Right of the answer's column: the count of insiders and the three lenses, a row each.

use super::{Answer, LOOKED, LensShare, Looked};
use crate::charts::axes::{Panel, Ticks};
use crate::charts::canvas::{Anchor, Canvas, Label, fill, fine, fine_point, stroke};
use crate::charts::layout::{Bounds, Weight, shorten, spread as spread_labels, width};
use crate::charts::theme::{LABEL, Lens, NOTE, TICK};
use crate::words::answer;
use crate::words::numbers::{percent, percent_ends};
use plotters::element::{Circle, PathElement};

/// A row's height over that of one without a range.
const WITH_RANGE: f64 = 1.35;
/// Rows nearer together than this leave out what their lens asks, and the words at the ends of bars and of the range.
const TIGHT: f64 = 58.0;
/// The bracket of the range below the middle of a bar.
const BRACKET: f64 = 28.0;

pub(super) fn lenses(canvas: &mut Canvas, data: &Answer, room: Bounds) {
    let theme = canvas.theme;
    let range = data.range().map(|range| [range.low.share.value, range.high.share.value]);
    let reach: Vec<f64> = LOOKED
        .iter()
        .filter_map(|row| row.share(data).spread())
        .flat_map(|spread| [spread.p5, spread.p95, spread.point.value])
        .chain(data.without_wealth().map(|upper| upper.value))
        .chain(range.into_iter().flatten())
        .collect();
    let low = reach.iter().copied().fold(0.0, f64::min);
    let high = reach.iter().copied().fold(0.1, f64::max);
    // A share near the whole is read against the whole, and so is one of nothing.
    let all_zero = reach.iter().all(|value| *value == 0.0);
    let high = if high > 0.6 || all_zero { high.max(1.0) } else { high };
    let ticks = Ticks::covering(low, high, 5);
    let panel = Panel {
        bounds: Bounds::new(room.left, room.top, room.right - 14.0, room.bottom - 20.0),
        x: (ticks.low(), ticks.high()),
        y: (0.0, 1.0),
    };
    let heights = LOOKED.map(|row| if row == LOOKED[3] && range.is_some() { WITH_RANGE } else { 1.0 });
    let pitch = panel.bounds.height() / heights.iter().sum::<f64>();
    // The middle of each bar: text above and below it.
    let rows: Vec<(Looked, f64)> = LOOKED
        .iter()
        .enumerate()
        .map(|(k, row)| (*row, panel.bounds.top + pitch * (k as f64 + 0.5) + 10.0))
        .collect();
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &ticks.values, &[])?;
        for (row, y) in &rows {
            let Some(spread) = row.share(data).spread() else { continue };
            let (color, y) = (row.color(theme), *y);
            panel.bar_across(sheet, theme, y, 8.0, spread, color)?;
            let point = fine_point((panel.x_at(spread.point.value), y));
            if *row == Looked::Lens(Lens::Causal) {
                if let Some(upper) = data.without_wealth() {
                    let end = fine_point((panel.x_at(upper.value), y));
                    sheet.draw(&PathElement::new([point, end], stroke(color, 1.0)))?;
                    sheet.draw(&Circle::new(end, fine(4.0), fill(theme.paper)))?;
                    sheet.draw(&Circle::new(end, fine(4.0), stroke(color, 1.5)))?;
                }
                if let Some(ends) = range {
                    let [from, to] = ends.map(|share| panel.x_at(share));
                    let below = y + BRACKET;
                    for line in [
                        [(from, below), (to, below)],
                        [(from, below - 4.0), (from, below + 4.0)],
                        [(to, below - 4.0), (to, below + 4.0)],
                    ] {
                        sheet.draw(&PathElement::new(line.map(fine_point), stroke(color, 1.5)))?;
                    }
                }
            }
            sheet.draw(&Circle::new(point, fine(5.5), fill(theme.paper)))?;
            sheet.draw(&Circle::new(point, fine(4.5), fill(color)))?;
        }
        Ok(())
    });
    panel.head(canvas, "Shares of it");
    let marks: Vec<(f64, String)> = ticks.values.iter().copied().zip(ticks.percents()).collect();
    panel.label_x(canvas, Bounds { left: room.left - 12.0, right: canvas.inside().right, ..room }, &marks);
    for (row, y) in rows {
        row_labels(canvas, data, &panel, row, y, pitch < TIGHT);
    }
}

/// Above a row's bar its name, its value and what it asks; below it the ends of the bar and what the marks say.
fn row_labels(canvas: &mut Canvas, data: &Answer, panel: &Panel, row: Looked, y: f64, tight: bool) {
    let theme = canvas.theme;
    let (left, right) = (panel.bounds.left, panel.bounds.right);
    let said = match row.share(data) {
        LensShare::Share(spread) => percent(spread.point.value, spread.point.se),
        LensShare::Undefined => "not defined: nothing is raised".to_string(),
        LensShare::NotRun => "not run".to_string(),
    };
    let name = Label::new(row.name(), LABEL + 1.0, row.color(theme)).bold().halo(theme.paper);
    let above = if tight { y - 14.0 } else { y - 28.0 };
    let written = canvas.write(name.at(left, above));
    let value = Label::new(said, LABEL + 1.0, theme.ink).bold().halo(theme.paper);
    canvas.write(value.at(written.right + 6.0, above));
    if !tight {
        let question = shorten(row.question(), Weight::Regular, TICK, right - left);
        canvas.write(Label::new(question, TICK, theme.muted).halo(theme.paper).at(left, y - 14.0));
    }

    let Some(spread) = row.share(data).spread() else { return };
    let mut below: Vec<(f64, String)> = Vec::new();
    if tight {
        return;
    }
    if data.run.paths > 1 && spread.p95 > spread.p5 {
        let [low, high] = percent_ends(spread.p5, spread.p95);
        below.extend([(spread.p5, low), (spread.p95, high)]);
    }
    if let (Looked::Lens(Lens::Causal), Some(upper)) = (row, data.without_wealth()) {
        below.push((upper.value, format!("hollow {}", percent(upper.value, upper.se))));
    }
    below.sort_by(|a, b| a.0.total_cmp(&b.0));
    let wanted: Vec<f64> = below.iter().map(|(value, _)| panel.x_at(*value)).collect();
    let widths: Vec<f64> = below.iter().map(|(_, words)| width(words, Weight::Regular, NOTE) + 6.0).collect();
    let middles = spread_labels(&wanted, &widths, left - 12.0, canvas.inside().right);
    for ((_, words), x) in below.into_iter().zip(middles) {
        let label = Label::new(words, NOTE, theme.muted).anchor(Anchor::Middle).halo(theme.paper);
        canvas.write(label.at(x, y + 18.0));
    }
    if let (Looked::Lens(Lens::Causal), Some(range)) = (row, data.range()) {
        let [low, high] = [&range.low, &range.high].map(|end| answer::share(&end.share));
        let words = format!("over stated assumptions: {low} to {high}");
        let half = width(&words, Weight::Regular, NOTE) / 2.0;
        let middle = panel.x_at((range.low.share.value + range.high.share.value) / 2.0);
        let x = middle.clamp(left + half - 6.0, (canvas.inside().right - half).max(left + half - 6.0));
        let label = Label::new(words, NOTE, theme.ink).anchor(Anchor::Middle).halo(theme.paper);
        canvas.write(label.at(x, y + BRACKET + 15.0));
    }
}
