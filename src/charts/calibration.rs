//! Reactions to announcements against the deal's size, a panel for each sentiment (§5.3, §5.2): what was observed in the
//! weeks where that sentiment is the likeliest, and the bands that the posterior predicts for a contract. All panels
//! share their scales. Reactions are log returns drawn in per cent.

use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Claims, Weight, shorten, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Look, NOTE, Theme};
use crate::words::numbers::{capitalised, count, small_number};
use plotters::element::{Circle, PathElement, Polygon};
use plotters::series::LineSeries;
use serde::{Deserialize, Serialize};

/// An observed reaction.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dot {
    /// Ticker.
    pub name: String,
    /// ln(D/M) and its standard deviation; drawn hollow where this is 1 or more.
    pub x: f64,
    pub x_sd: f64,
    /// Abnormal log return.
    pub y: f64,
    /// A contract; else a stake, drawn small.
    pub contract: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sentiment {
    pub name: String,
    /// ρ: 5%, median, 95%.
    pub response: [f64; 3],
    /// ln(D/M), then the predicted 5%, 25%, 50%, 75%, 95%.
    pub bands: Vec<[f64; 6]>,
    pub dots: Vec<Dot>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Calibration {
    /// The events' file; `paths` counts draws from the posterior.
    pub run: Run,
    pub events: usize,
    /// 5%, median, 95%.
    pub elasticity: [f64; 3],
    pub exponent: [f64; 3],
    /// Share of the events inside their 90% interval.
    pub coverage_90: f64,
    pub sentiments: Vec<Sentiment>,
}

/// A reaction is drawn at the edge where it lies beyond these.
const EDGES: (f64, f64) = (-0.3, 0.6);

fn rise(data: &Calibration, share: f64) -> f64 {
    libm::expm1(data.elasticity[1] * libm::pow(share, data.exponent[1]))
}

impl Chart for Calibration {
    const NAME: &str = "calibration";
    const QUESTION: &str = "How do shares react to announcements, by size and sentiment?";

    fn sentence(&self) -> String {
        let percent = |value: f64| format!("{:.*}%", usize::from(value.abs() < 0.095), 100.0 * value);
        let jump = percent(rise(self, 0.1));
        match self.sentiments.last() {
            Some(last) if last.response[2] < 0.0 => format!(
                "In hype a contract of a tenth of the company's value lifts its share by {jump}; in suspicion such news makes it fall"
            ),
            Some(last) if last.response[0] < 0.0 => format!(
                "In hype a contract of a tenth of the company's value lifts its share by {jump}; in suspicion it may as well fall"
            ),
            Some(_) => format!(
                "A contract of a tenth of the company's value lifts its share by {jump} in hype and by less in suspicion"
            ),
            None => format!("A contract of a tenth of the company's value lifts its share by {jump}"),
        }
    }

    fn data(&self) -> Data {
        let of = |unit: &str| Unit::Other(unit.into());
        let columns = data::words(["sentiment", "what", "name"]);
        let columns = columns.chain(data::of(of("ln deal over value"), ["size", "size sd"]));
        let reactions = ["reaction", "p5", "p25", "p50", "p75", "p95"];
        let mut data = Data::new(columns.chain(data::of(of("log return"), reactions)));
        for sentiment in &self.sentiments {
            for dot in &sentiment.dots {
                let what = if dot.contract { "contract" } else { "stake" };
                data.row(row![&sentiment.name, what, &dot.name, dot.x, dot.x_sd, dot.y, None::<[f64; 5]>]);
            }
            for [size, p5, p25, p50, p75, p95] in &sentiment.bands {
                let band = [*p5, *p25, *p50, *p75, *p95];
                data.row(row![&sentiment.name, "predicted", "", *size, None::<[f64; 2]>, band]);
            }
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let subtitle = "Abnormal return of the day against the deal's size beside the company's market value (log scale). Bands: 50% and 90% \
                    of what the posterior predicts for a contract of a large company, daily noise included; line: its median.";
        let beyond: usize = self
            .sentiments
            .iter()
            .flat_map(|s| &s.dots)
            .filter(|dot| !(EDGES.0..=EDGES.1).contains(&dot.y))
            .count();
        let edge = match beyond {
            0 => String::new(),
            1 => " One reaction lies beyond the scale and is drawn at its edge.".into(),
            more => format!(
                " {} reactions lie beyond the scale and are drawn at its edge.",
                capitalised(&small_number(more))
            ),
        };
        let draws = if self.run.paths == 1 { "draw" } else { "draws" };
        let note = format!(
            "Large dots: contracts; small: stakes. Hollow: size or market value not known.{edge} 90% intervals hold {:.0}% of {} events. {}: {} {draws}, seed {}.",
            100.0 * self.coverage_90,
            count(self.events as u64),
            self.run.scenario,
            count(self.run.paths),
            self.run.seed
        );
        let room = canvas.frame(&self.sentence(), subtitle, &note);
        let theme = canvas.theme;
        let xs = || {
            let dots = self.sentiments.iter().flat_map(|s| s.dots.iter().map(|dot| dot.x));
            dots.chain(self.sentiments.iter().flat_map(|s| s.bands.iter().map(|band| band[0])))
                .filter(|x| x.is_finite())
        };
        if self.sentiments.is_empty() || xs().next().is_none() {
            return canvas.finish();
        }
        let decades = |x: f64| x / std::f64::consts::LN_10;
        let low = decades(xs().fold(f64::INFINITY, f64::min)) - 0.2;
        let high = decades(xs().fold(f64::NEG_INFINITY, f64::max)) + 0.2;
        let ys = || {
            let dots = self.sentiments.iter().flat_map(|s| s.dots.iter().map(|dot| dot.y));
            dots.chain(self.sentiments.iter().flat_map(|s| s.bands.iter().flat_map(|b| [b[1], b[5]])))
                .filter(|y| y.is_finite())
                .map(|y| y.clamp(EDGES.0, EDGES.1))
        };
        let bottom = libm::expm1(ys().fold(-0.05, f64::min));
        let top = libm::expm1(ys().fold(0.05, f64::max));
        let ticks = Ticks::covering(bottom, top, 7);
        let words = ticks.percents();
        let axis = widest(&words) + 8.0;
        const BETWEEN: f64 = 14.0;
        let panels = self.sentiments.len() as f64;
        let breadth = (room.width() - axis - BETWEEN * (panels - 1.0)) / panels;
        let first = low.ceil() as i32;
        let marks: Vec<(f64, String)> =
            (first..=high.floor() as i32).map(|decade| (f64::from(decade), decade_name(decade))).collect();
        let colors = [theme.manufactured, theme.plain, theme.organic];
        for (place, sentiment) in self.sentiments.iter().enumerate() {
            let left = room.left + axis + place as f64 * (breadth + BETWEEN);
            let bounds = Bounds::new(left, room.top + 34.0, left + breadth, room.bottom - 17.0);
            let panel = Panel { bounds, x: (low, high), y: (ticks.low(), ticks.high()) };
            one(&mut canvas, theme, sentiment, &panel, &ticks, &marks, colors[place % 3]);
            if place == 0 {
                panel.label_y(&mut canvas, &ticks.values, &words);
            }
            panel.label_x(
                &mut canvas,
                Bounds::new(left - 6.0, room.top, left + breadth + 6.0, room.bottom),
                &marks,
            );
            let head = capitalised(&sentiment.name);
            let head = shorten(&head, Weight::SemiBold, LABEL, breadth);
            canvas.write(Label::new(head, LABEL, theme.ink).bold().at(left, room.top + 9.0));
            let [p5, p50, p95] = sentiment.response;
            let response = if p5 == p95 {
                format!("response {p50:.0} by definition")
            } else {
                format!("response {p50:.2}, 90% {p5:.2} to {p95:.2}").replace('-', "−")
            };
            let response = shorten(&response, Weight::Regular, NOTE, breadth);
            canvas.write(Label::new(response, NOTE, theme.muted).at(left, room.top + 22.0));
        }
        canvas.finish()
    }
}

/// D/M of 10ⁿ: `1%`, `10×`.
fn decade_name(decade: i32) -> String {
    match decade {
        ..=-3 => format!("{:.*}%", (-decade - 2) as usize, libm::exp10(f64::from(decade + 2))),
        -2..=0 => format!("{:.0}%", libm::exp10(f64::from(decade + 2))),
        _ => format!("{}×", count(libm::exp10(f64::from(decade)) as u64)),
    }
}

fn one(
    canvas: &mut Canvas,
    theme: &Theme,
    sentiment: &Sentiment,
    panel: &Panel,
    ticks: &Ticks,
    marks: &[(f64, String)],
    color: Color,
) {
    let x_of = |x: f64| x / std::f64::consts::LN_10;
    // What is observed beyond the edges stands at them; bands and medians go on to the end of the axis.
    let y_of = |y: f64| libm::expm1(y.clamp(EDGES.0, EDGES.1)).clamp(panel.y.0, panel.y.1);
    let on_axis = |y: f64| libm::expm1(y).clamp(panel.y.0, panel.y.1);
    let at = |x: f64, y: f64| fine_point((panel.x_at(x_of(x)), panel.y_at(on_axis(y))));
    let across: Vec<f64> = marks.iter().map(|(x, _)| *x).collect();
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &across, &ticks.values)?;
        for (low, high, tint) in [(1, 5, theme.outer_band(color)), (2, 4, theme.inner_band(color))] {
            let there = sentiment.bands.iter().map(|band| at(band[0], band[high]));
            let back = sentiment.bands.iter().rev().map(|band| at(band[0], band[low]));
            let outline: Vec<(i32, i32)> = there.chain(back).collect();
            if outline.len() > 3 {
                sheet.draw(&Polygon::new(outline, fill(tint)))?;
            }
        }
        panel.rule(sheet, theme.rule, 0.0)?;
        let median: Vec<(f64, f64)> =
            sentiment.bands.iter().map(|band| (x_of(band[0]), on_axis(band[3]))).collect();
        if median.len() > 1 {
            panel.plot(sheet)?.draw_series(LineSeries::new(median, stroke(color, 1.75)))?;
        }
        for dot in &sentiment.dots {
            let radius = if dot.contract { 3.2 } else { 2.0 };
            let place = fine_point((panel.x_at(x_of(dot.x)), panel.y_at(y_of(dot.y))));
            if dot.x_sd >= 1.0 {
                sheet.draw(&Circle::new(place, fine(radius), fill(theme.paper)))?;
                sheet.draw(&Circle::new(place, fine(radius), stroke(theme.ink, 0.8)))?;
            } else {
                sheet.draw(&Circle::new(place, fine(radius), fill(theme.ink)))?;
            }
            // Beyond the scale: a tick that points out of the panel.
            if !(EDGES.0..=EDGES.1).contains(&dot.y) {
                let up = if dot.y > 0.0 { -7.0 } else { 7.0 };
                let (x, y) = (panel.x_at(x_of(dot.x)), panel.y_at(y_of(dot.y)));
                let line = [fine_point((x, y)), fine_point((x, y + up))];
                sheet.draw(&PathElement::new(line, stroke(theme.ink, 1.0)))?;
            }
        }
        Ok(())
    });
    // The names of the largest reactions, where there is room.
    let mut claims = Claims::on(panel.bounds);
    for dot in &sentiment.dots {
        claims.claim(Bounds::around(panel.x_at(x_of(dot.x)), panel.y_at(y_of(dot.y)), 4.0, 4.0));
    }
    let mut order: Vec<&Dot> = sentiment.dots.iter().collect();
    order.sort_by(|a, b| b.y.abs().total_cmp(&a.y.abs()));
    for dot in order.into_iter().take(NAMED) {
        let (x, y) = (panel.x_at(x_of(dot.x)), panel.y_at(y_of(dot.y)));
        let (wide, high) = (width(&dot.name, Weight::Regular, NOTE), NOTE);
        let beside = [(x + 6.0 + wide / 2.0, y), (x - 6.0 - wide / 2.0, y), (x, y - 9.0), (x, y + 9.0)];
        let boxes = beside.map(|(x, y)| Bounds::around(x, y, wide / 2.0 + 1.0, high / 2.0 + 1.0));
        if let Some(bounds) = claims.place(boxes) {
            let (x, y) = bounds.center();
            let label =
                Label::new(dot.name.clone(), NOTE, theme.ink).anchor(Anchor::Middle).halo(theme.paper);
            canvas.write(label.centred(x, y));
        }
    }
}

/// Reactions that are named in a panel.
const NAMED: usize = 7;
