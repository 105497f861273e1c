//! What stands on the histogram and below it: point masses, the cumulative curve, quantiles through both.

use super::tally::{CELLS, SLACK, Tally};
use super::{Distribution, near};
use crate::charts::axes::Panel;
use crate::charts::canvas::{Anchor, Canvas, Drawn, Label, Sheet, fill, fine, fine_point, stroke};
use crate::charts::layout::{Bounds, Weight, spread, width};
use crate::charts::theme::{Color, LABEL, NOTE};
use plotters::element::{Circle, PathElement, Polygon, Rectangle};
use plotters::series::LineSeries;

/// A column of the sheet set aside for a point mass.
pub(super) const GUTTER: f64 = 46.0;
/// Half the width of its bar.
const MASS: f64 = 9.0;
/// From the top of its bar up to the label's baseline.
pub(super) const MASS_LABEL: f64 = 4.0;

/// Where a share stands: inside the panel, or on its own column if it is a point mass.
pub(super) struct Across {
    pub(super) panel: Panel,
    pub(super) zero: Option<f64>,
    pub(super) one: Option<f64>,
}

impl Across {
    pub(super) fn at(&self, share: f64) -> f64 {
        match (self.zero, self.one) {
            (Some(x), _) if share <= SLACK => x,
            (_, Some(x)) if share >= 1.0 - SLACK => x,
            _ => self.panel.x_at(share),
        }
    }
}

/// The bar of a point mass, cut by a slanted gap if it is taller than the panel.
pub(super) fn mass(sheet: &Sheet, panel: &Panel, x: f64, part: f64, color: Color, paper: Color) -> Drawn {
    // However few, they are seen.
    let top = panel.y_at(part.min(panel.y.1)).min(panel.bounds.bottom - 1.5);
    let corners = [(x - MASS, top), (x + MASS, panel.y_at(0.0))];
    sheet.draw(&Rectangle::new(corners.map(fine_point), fill(color)))?;
    if part > panel.y.1 {
        let y = panel.bounds.top + panel.bounds.height() * 0.16;
        let gap = [(-1.0, 3.0), (1.0, -3.0), (1.0, 1.0), (-1.0, 7.0)];
        let gap = gap.map(|(side, drop)| fine_point((x + side * (MASS + 2.0), y + drop)));
        sheet.draw(&Polygon::new(gap, fill(paper)))?;
    }
    Ok(())
}

/// The cumulative curve: it jumps at the point masses and nowhere else by more than a cell holds.
pub(super) fn cumulative(
    sheet: &Sheet,
    tally: &Tally,
    panel: &Panel,
    across: &Across,
    left: f64,
    right: f64,
    style: plotters::style::ShapeStyle,
) -> Drawn {
    let total = tally.total() as f64;
    let level = |seen: u64| seen as f64 / total;
    let (from, to) =
        ((panel.x.0 * CELLS as f64).round() as usize, (panel.x.1 * CELLS as f64).round() as usize);
    let mut seen = tally.zero + tally.between[..from.min(CELLS)].iter().sum::<u64>();
    if let Some(x) = across.zero {
        let jump = [
            (left, panel.y_at(0.0)),
            (x, panel.y_at(0.0)),
            (x, panel.y_at(level(seen))),
            (panel.bounds.left, panel.y_at(level(seen))),
        ];
        sheet.draw(&PathElement::new(jump.map(fine_point), style))?;
    }
    // As many cells together as make half a pixel; their paths are shown at their end, where all lie below.
    let together = (((to - from) as f64 / panel.bounds.width() / 2.0) as usize).max(1);
    let mut steps = vec![(panel.x.0, level(seen))];
    for cell in (from..to.min(CELLS)).step_by(together) {
        let end = (cell + together).min(CELLS);
        let held: u64 = tally.between[cell..end].iter().sum();
        if held > 0 {
            steps.push((cell as f64 / CELLS as f64, level(seen)));
            seen += held;
            steps.push((end as f64 / CELLS as f64, level(seen)));
        }
    }
    steps.push((panel.x.1, level(seen)));
    panel.plot(sheet)?.draw_series(LineSeries::new(steps, style))?;
    if let Some(x) = across.one {
        let jump = [
            (panel.bounds.right, panel.y_at(level(seen))),
            (x, panel.y_at(level(seen))),
            (x, panel.y_at(1.0)),
            (right, panel.y_at(1.0)),
        ];
        sheet.draw(&PathElement::new(jump.map(fine_point), style))?;
    }
    Ok(())
}

/// Lines through both panels at the quantiles, with their values above; quantiles that are equal share one label.
pub(super) fn quantiles(
    canvas: &mut Canvas,
    data: &Distribution,
    across: &Across,
    curve: &Panel,
    room: Bounds,
) {
    let theme = canvas.theme;
    struct Mark {
        share: f64,
        value: String,
        name: String,
        /// The quantiles that it is; none for the headline.
        parts: Vec<f64>,
    }
    let mut marks: Vec<Mark> = Vec::new();
    for (quantile, (name, part)) in
        data.quantiles.iter().zip([("5th percentile", 0.05), ("median", 0.5), ("95th percentile", 0.95)])
    {
        match marks.last_mut() {
            Some(mark) if mark.share == quantile.value => {
                mark.name = if part == 0.95 && mark.parts.len() == 2 {
                    "5th to 95th percentile".to_string()
                } else {
                    format!("{} and {name}", mark.name)
                };
                mark.parts.push(part);
            }
            _ => marks.push(Mark {
                share: quantile.value,
                value: near(quantile),
                name: name.to_string(),
                parts: vec![part],
            }),
        }
    }
    let on_axis = |share: f64| (across.panel.x.0..=across.panel.x.1).contains(&share);
    if let Some(headline) = data.headline.as_ref().filter(|headline| on_axis(headline.value)) {
        let place = marks.iter().position(|mark| mark.share > headline.value).unwrap_or(marks.len());
        let value = near(headline);
        let mark =
            Mark { share: headline.value, value, name: "headline, of all capital".into(), parts: Vec::new() };
        marks.insert(place, mark);
    }
    let places: Vec<f64> = marks.iter().map(|mark| across.at(mark.share)).collect();
    let widths: Vec<f64> = marks
        .iter()
        .map(|mark| {
            let name = width(&mark.name, Weight::Regular, NOTE);
            name.max(width(&mark.value, Weight::SemiBold, LABEL)) + 12.0
        })
        .collect();
    let middles = spread(&places, &widths, room.left - 6.0, room.right);
    let (top, knee) = (room.top + 42.0, room.top + 49.0);
    let histogram = &across.panel;
    canvas.draw(|sheet| {
        for ((mark, x), middle) in marks.iter().zip(&places).zip(&middles) {
            let is_headline = mark.parts.is_empty();
            let line = match is_headline {
                true => stroke(theme.manufactured, 2.0),
                false => stroke(theme.ink, if mark.parts.contains(&0.5) { 1.0 } else { 0.625 }),
            };
            // A point mass is a bar and has its own label: the line ends above.
            let tally = &data.tally;
            let mass = match (mark.share <= SLACK, mark.share >= 1.0 - SLACK) {
                (true, _) => Some(tally.zero),
                (_, true) => Some(tally.one),
                _ => None,
            };
            let end = mass.map_or(histogram.bounds.bottom, |mass| {
                let part = mass as f64 / tally.total() as f64;
                histogram.y_at(part.min(histogram.y.1)) - MASS_LABEL - NOTE
            });
            let upper = [(*middle, top), (*x, knee), (*x, end)];
            sheet.draw(&PathElement::new(upper.map(fine_point), line))?;
            if is_headline {
                continue;
            }
            // Interrupted where the shares stand between the panels.
            let deepest = mark.parts.first().map_or(0.0, |part| *part);
            let lower = [(*x, curve.bounds.top - 2.0), (*x, curve.y_at(deepest))];
            sheet.draw(&PathElement::new(lower.map(fine_point), line))?;
            for part in &mark.parts {
                sheet.draw(&Circle::new(fine_point((*x, curve.y_at(*part))), fine(3.0), fill(theme.ink)))?;
            }
        }
        Ok(())
    });
    for (mark, middle) in marks.into_iter().zip(middles) {
        let color = if mark.parts.is_empty() { theme.manufactured } else { theme.ink };
        let value = Label::new(mark.value, LABEL, color).bold().anchor(Anchor::Middle);
        canvas.write(value.at(middle, room.top + 27.0));
        let name = Label::new(mark.name, NOTE, theme.muted).anchor(Anchor::Middle);
        canvas.write(name.at(middle, room.top + 38.0));
    }
}
