//! How sure the manufactured share is: its histogram over the paths that raise anything, and under it the same
//! as a cumulative curve. Shares of exactly 0 and exactly 1 are counts of their own and stand apart: no bar and no
//! curve smooths across them.

mod marks;
mod tally;

use crate::charts::Chart;
use crate::charts::Estimated;
use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Anchor, Canvas, Drawn, Label, Run, fill, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::Bounds;
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Look, NOTE, TICK};
use crate::words::numbers::{count, names, percent, percent_ends, percent_or_less, percent_or_more, verb};
use marks::{Across, GUTTER, MASS_LABEL, cumulative, mass, quantiles};
use plotters::element::{PathElement, Rectangle};
use serde::{Deserialize, Serialize};
pub use tally::{CELLS, Tally};
use tally::{Extent, SLACK};

/// The traced share of each path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Distribution {
    pub run: Run,
    pub labs: Vec<String>,
    pub tally: Tally,
    /// 5%, 50%, 95%, with their standard errors.
    pub quantiles: [Estimated; 3],
    /// `share.traced`, the ratio of means: the figure of the answer.
    #[serde(default)]
    pub headline: Option<Estimated>,
}

impl Chart for Distribution {
    const NAME: &str = "distribution";
    const QUESTION: &str = "How sure is the share from inflated values?";

    fn sentence(&self) -> String {
        let tally = &self.tally;
        let total = tally.total();
        let labs = names(&self.labs, "lab");
        if total == 0 {
            return format!(
                "On no path {} {labs} raise capital: there is no share to speak of",
                does(&self.labs)
            );
        }
        let part = |count: u64| percent(count as f64 / total as f64, 0.01);
        let [low, _, high] = self.quantiles;
        let capital = format!("the capital that {labs} {}", verb("raise", &self.labs));
        if tally.zero == total {
            return format!("On every path, none of {capital} comes from inflated values");
        }
        if tally.one == total {
            return format!("On every path, all of {capital} comes from inflated values");
        }
        let (nothing, everything) = (part(tally.zero), part(tally.one));
        if 2 * tally.zero >= total {
            let start = format!("On {nothing} of paths nothing comes from inflated values");
            return if 20 * tally.one >= total {
                format!("{start}, on {everything} all of the capital")
            } else {
                let top = percent_or_more(high.value);
                format!("{start}; on one in twenty, {top} or more of the capital")
            };
        }
        if 2 * tally.one >= total {
            let start = format!("On {everything} of paths all of the capital comes from inflated values");
            return if 20 * tally.zero >= total {
                format!("{start}, on {nothing} none")
            } else {
                let bottom = percent_or_less(low.value);
                format!("{start}; on one in twenty, {bottom} or less")
            };
        }
        let [from, to] = percent_ends(low.value, high.value);
        if low.value == high.value {
            return format!("On nine of ten paths {from} of {capital} comes from inflated values");
        }
        format!("On nine of ten paths between {from} and {to} of the capital comes from inflated values")
    }

    fn caption(&self) -> String {
        let total = self.tally.total();
        if total == 0 {
            return "No path raises capital.".into();
        }
        let [low, median, high] = self.quantiles;
        let mut text = format!(
            "Traced share over the {} paths that raise capital: median {}, 5th percentile {}, 95th {}.",
            count(total),
            percent(median.value, median.se),
            percent(low.value, low.se),
            percent(high.value, high.se)
        );
        if self.tally.zero > 0 {
            let share = self.tally.zero as f64 / total as f64;
            text += &format!(
                " On {} the share is exactly 0.",
                percent(share, (share * (1.0 - share) / total as f64).sqrt())
            );
        }
        if self.tally.one > 0 {
            let share = self.tally.one as f64 / total as f64;
            text += &format!(
                " On {} it is exactly 1.",
                percent(share, (share * (1.0 - share) / total as f64).sqrt())
            );
        }
        text
    }

    fn data(&self) -> Data {
        let columns = data::words(["what"]).chain(data::of(Unit::Share, ["from", "to", "se"]));
        let mut data = Data::new(columns.chain(data::of(Unit::Count, ["paths"])));
        let mut counted = |from: f64, to: f64, paths: u64| {
            if paths > 0 {
                data.row(row!["paths", from, to, f64::NAN, paths]);
            }
        };
        counted(0.0, 0.0, self.tally.zero);
        let edge = |cell: usize| cell as f64 / CELLS as f64;
        for (cell, paths) in self.tally.between.iter().enumerate() {
            counted(edge(cell), edge(cell + 1), *paths);
        }
        counted(1.0, 1.0, self.tally.one);
        let quantiles = ["p5", "p50", "p95"].into_iter().zip(self.quantiles);
        for (what, at) in quantiles.chain(self.headline.map(|headline| ("share.traced", headline))) {
            data.row(row![what, at.value, at.value, at.se, None::<f64>]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let tally = &self.tally;
        let total = tally.total();
        let which = if total == self.run.paths {
            if total == 1 { "the only path".to_string() } else { format!("all {} paths", count(total)) }
        } else {
            format!("the {} of {} paths that raise any", count(total), count(self.run.paths))
        };
        let subtitle = format!(
            "Share of the capital raised that comes from inflated values (traced), on {which}. The strong part holds 90% of them."
        );
        let extent = tally.extent();
        // The range shown follows the quantiles, out to 0 or 1 if enough paths lie there.
        let (low, high) = (extent.first, extent.last);
        // A range of less than a fifth of a point would magnify the last digits.
        const LEAST: usize = CELLS / 500;
        let lack = LEAST.saturating_sub(high - low).div_ceil(2);
        let (low, high) = (low.saturating_sub(lack), (high + lack).min(CELLS));
        let cells = tally.cells_per_bar(high - low);
        // Whole bars only.
        let (low, high) = (low / cells * cells, high.div_ceil(cells) * cells);
        let ticks = Ticks::covering(low as f64 / CELLS as f64, high as f64 / CELLS as f64, 10);
        let extent = extent.out_to(tally, ticks.low(), ticks.high());
        let note =
            self.run.note(&format!("A share is defined where capital is raised.{}", self.beyond(&extent)));
        let room = canvas.frame(&self.sentence(), &subtitle, &note);
        if total == 0 {
            let words = format!("No path of {} raises capital", count(self.run.paths));
            let (x, y) = room.center();
            canvas.write(Label::new(words, LABEL, theme.muted).anchor(Anchor::Middle).centred(x, y));
            return canvas.finish();
        }

        let bars: Vec<(f64, f64, f64)> = (0..CELLS / cells)
            .map(|bar| {
                let held: u64 = tally.between[bar * cells..(bar + 1) * cells].iter().sum();
                let edge = |cell: usize| cell as f64 / CELLS as f64;
                (edge(bar * cells), edge((bar + 1) * cells), held as f64 / total as f64)
            })
            .filter(|(from, to, part)| {
                *part > 0.0 && *to > ticks.low() + SLACK && *from < ticks.high() - SLACK
            })
            .map(|(from, to, part)| (from.max(ticks.low()), to.min(ticks.high()), part))
            .collect();
        let part_at = |shown: bool, held: u64| if shown { held as f64 / total as f64 } else { 0.0 };
        let (zero, one) = (part_at(extent.zero, tally.zero), part_at(extent.one, tally.one));
        let tallest = bars.iter().map(|bar| bar.2).fold(0.0, f64::max);
        // A point mass may tower over the rest: then its bar is cut, and says so.
        let masses = zero.max(one);
        let ceiling = if tallest > 0.0 { tallest.max(masses.min(2.0 * tallest)) } else { masses };
        let heights = Ticks::covering(0.0, ceiling, 4);
        let axis = widest(&heights.percents()).max(widest(&["100%".to_string()])) + 8.0;
        let left = room.left + axis;
        let inner = (
            left + if extent.zero { GUTTER } else { 0.0 },
            room.right - 12.0 - if extent.one { GUTTER } else { 0.0 },
        );
        // From the top: quantiles' names, histogram, shares, curve.
        let top = room.top + 66.0;
        let bottom = room.bottom - 18.0;
        let middle = top + (bottom - top) * 0.56;
        let x = (ticks.low(), ticks.high());
        let histogram =
            Panel { bounds: Bounds::new(inner.0, top, inner.1, middle), x, y: (0.0, heights.high()) };
        let curve = Panel { bounds: Bounds::new(inner.0, middle + 52.0, inner.1, bottom), x, y: (0.0, 1.0) };
        let step = match curve.bounds.height() {
            height if height > 70.0 => 0.25,
            height if height > 44.0 => 0.5,
            _ => 1.0,
        };
        let levels = Ticks { values: (0..=(1.0 / step) as usize).map(|k| k as f64 * step).collect(), step };
        let across = Across {
            panel: histogram,
            zero: extent.zero.then_some(left + GUTTER / 2.0 - 4.0),
            one: extent.one.then_some(room.right - 12.0 - GUTTER / 2.0 + 4.0),
        };
        let whole = |panel: &Panel| Panel {
            bounds: Bounds { left, right: room.right - 12.0, ..panel.bounds },
            ..*panel
        };
        let [p5, _, p95] = self.quantiles;

        canvas.draw(|sheet| {
            whole(&histogram).grid(sheet, theme, &[], &heights.values)?;
            whole(&curve).grid(sheet, theme, &[], &levels.values)?;
            for (from, to, part) in &bars {
                let bar = |from: f64, to: f64, color: Color| -> Drawn {
                    let corners = [
                        (histogram.x_at(from), histogram.y_at(*part)),
                        (histogram.x_at(to), histogram.y_at(0.0)),
                    ];
                    sheet.draw(&Rectangle::new(corners.map(fine_point), fill(color)))
                };
                bar(*from, *to, theme.manufactured.over(theme.paper, 0.30))?;
                let (inside_from, inside_to) = (from.max(p5.value), to.min(p95.value));
                if p5.value == p95.value && (*from..*to).contains(&p5.value) {
                    bar(*from, *to, theme.manufactured.over(theme.paper, 0.62))?;
                } else if inside_to > inside_from {
                    bar(inside_from, inside_to, theme.manufactured.over(theme.paper, 0.62))?;
                }
            }
            // Paper between bars that are wide enough for it.
            let pitch = histogram.x_at(cells as f64 / CELLS as f64) - histogram.x_at(0.0);
            if pitch > 5.0 {
                for (_, to, part) in &bars {
                    let line = [
                        (histogram.x_at(*to), histogram.y_at(*part)),
                        (histogram.x_at(*to), histogram.y_at(0.0)),
                    ];
                    sheet.draw(&PathElement::new(line.map(fine_point), stroke(theme.paper, 0.75)))?;
                }
            }
            for (x, part, color) in
                [(across.zero, zero, theme.organic), (across.one, one, theme.manufactured)]
            {
                if let Some(x) = x {
                    mass(sheet, &histogram, x, part, color, theme.paper)?;
                }
            }
            cumulative(
                sheet,
                tally,
                &curve,
                &across,
                left,
                room.right - 12.0,
                stroke(theme.manufactured, 1.75),
            )?;
            whole(&histogram).rule(sheet, theme.rule, 0.0)?;
            whole(&curve).rule(sheet, theme.rule, 0.0)
        });
        whole(&histogram).label_y(&mut canvas, &heights.values, &heights.percents());
        whole(&curve).label_y(&mut canvas, &levels.values, &levels.percents());

        quantiles(&mut canvas, self, &across, &curve, room);

        // Shares along both panels; 0 and 1 under their own bars if they have them.
        let marks: Vec<(f64, String)> = ticks
            .values
            .iter()
            .copied()
            .zip(ticks.percents())
            .filter(|(value, _)| {
                !(across.zero.is_some() && *value == 0.0 || across.one.is_some() && *value == 1.0)
            })
            .collect();
        for panel in [&histogram, &curve] {
            panel.label_x(&mut canvas, room, &marks);
            for (x, words) in [(across.zero, "0%"), (across.one, "100%")] {
                if let Some(x) = x {
                    let label = Label::new(words, TICK, theme.ink).bold().anchor(Anchor::Middle);
                    canvas.write(label.at(x, panel.bounds.bottom + 6.0 + TICK * 0.8));
                }
            }
        }
        for (x, part) in [(across.zero, zero), (across.one, one)] {
            if let Some(x) = x {
                let words = percent(part, (part * (1.0 - part) / total as f64).sqrt());
                let y = histogram.y_at(part.min(heights.high())) - MASS_LABEL;
                canvas.write(
                    Label::new(words, NOTE, theme.ink)
                        .bold()
                        .anchor(Anchor::Middle)
                        .halo(theme.paper)
                        .at(x, y),
                );
            }
        }
        let points = match cells as f64 * 100.0 / CELLS as f64 {
            1.0 => "1 point".to_string(),
            points => format!("{points} points"),
        };
        let words = if bars.is_empty() {
            "Paths by share".to_string()
        } else {
            format!("Paths by share, in bars of {points}")
        };
        for (baseline, words) in
            [(room.top + 9.0, words), (curve.bounds.top - 12.0, "Paths at or below a share".to_string())]
        {
            canvas.write(Label::new(words, LABEL, theme.ink).bold().at(room.left, baseline));
        }
        canvas.finish()
    }
}

impl Distribution {
    /// How many paths the axis does not reach, and how far they go.
    fn beyond(&self, extent: &Extent) -> String {
        let total = self.tally.total() as f64;
        let (least, most) = self.tally.ends();
        let mut parts = Vec::new();
        if extent.below > 0 {
            parts.push(format!(
                "{} of paths below, down to {}",
                few(extent.below as f64 / total),
                percent_or_more(least)
            ));
        }
        if extent.above > 0 {
            parts.push(format!(
                "{} above, up to {}",
                few(extent.above as f64 / total),
                percent_or_less(most)
            ));
        }
        match parts.as_slice() {
            [] => String::new(),
            [one] => format!(" Beyond the axis: {}.", one.replace("% above", "% of paths above")),
            both => format!(" Beyond the axis: {}.", both.join("; ")),
        }
    }
}

/// A share to its error; below one point, where the axis may be of hundredths, with two decimals.
fn near(share: &Estimated) -> String {
    match share.value {
        small if small > 0.0 && small < 0.01 => format!("{:.2}%", 100.0 * small),
        value => percent(value, share.se.max(0.001)),
    }
}

/// A small part of the paths, to a hundredth of a point.
fn few(part: f64) -> String {
    format!("{:.2}%", (100.0 * part).max(0.01))
}

fn does(labs: &[String]) -> &'static str {
    if labs.len() == 1 { "does" } else { "do" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_masses_are_counted_apart() {
        let tally = Tally::of([0.0, 1e-12, 0.000_45, 0.5, 0.999_95, 1.0 - 1e-12, 1.0, f64::NAN]);
        assert_eq!((tally.zero, tally.one, tally.total()), (2, 2, 7));
        assert_eq!((tally.between[4], tally.between[CELLS / 2], tally.between[CELLS - 1]), (1, 1, 1));
    }

    /// One path in a thousand far out does not stretch the axis, whose picture would be the worse the more paths there are.
    #[test]
    fn the_axis_follows_the_paths_and_not_the_luckiest() {
        let body = |paths: usize| (0..paths).map(move |k| 0.02 + 0.1 * (k as f64 + 0.5) / paths as f64);
        let extent = |shares: Vec<f64>| Tally::of(shares).extent();
        let alone = extent(body(1000).collect());
        let lucky = extent(body(1000).chain([0.9]).collect());
        assert!(lucky.last <= alone.last + 1 && lucky.above >= 1, "{} {}", lucky.last, alone.last);
        let many = extent(body(1000).chain(vec![0.9; 20]).collect());
        assert!(many.last > 9000 && many.above == 0);
        // Few paths are all shown.
        let few = extent(vec![0.1, 0.2, 0.9]);
        assert_eq!((few.first, few.last, few.below, few.above), (1000, 9001, 0, 0));
        let masses = extent(body(1000).chain(vec![0.0; 100]).chain([1.0]).collect());
        assert_eq!((masses.zero, masses.one, masses.first), (true, false, 0));
        assert!(masses.above >= 1);
    }

    #[test]
    fn sentences_are_true_at_the_edges() {
        let of = |shares: &[f64], quantiles: [f64; 3]| Distribution {
            run: Run { scenario: "S".into(), paths: shares.len() as u64, seed: 1, ..Run::default() },
            labs: vec!["OpenAI".into()],
            tally: Tally::of(shares.iter().copied()),
            quantiles: quantiles.map(|value| Estimated::new(value, 0.0)),
            headline: None,
        };
        let title = |shares: &[f64], quantiles| of(shares, quantiles).sentence();
        assert_eq!(
            title(&[f64::NAN], [0.0; 3]),
            "On no path does OpenAI raise capital: there is no share to speak of"
        );
        assert_eq!(
            title(&[0.0; 9], [0.0; 3]),
            "On every path, none of the capital that OpenAI raises comes from inflated values"
        );
        assert_eq!(
            title(&[1.0; 9], [1.0; 3]),
            "On every path, all of the capital that OpenAI raises comes from inflated values"
        );
        assert_eq!(
            title(&[0.0, 0.0, 0.0, 0.4], [0.0, 0.0, 0.4]),
            "On 75% of paths nothing comes from inflated values; on one in twenty, 40% or more of the capital"
        );
        assert_eq!(
            title(&[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]),
            "On 67% of paths nothing comes from inflated values, on 33% all of the capital"
        );
        assert_eq!(
            title(&[0.1, 0.3, 0.5], [0.1, 0.3, 0.5]),
            "On nine of ten paths between 10% and 50% of the capital comes from inflated values"
        );
        assert_eq!(
            title(&[0.3, 0.3, 0.3], [0.3; 3]),
            "On nine of ten paths 30% of the capital that OpenAI raises comes from inflated values"
        );
    }
}
