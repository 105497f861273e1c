//! When the money comes, and what happens to the premiums (§3, §7): fans of cumulative capital, one panel for each
//! part, and beside them a fan of each company's premium. All panels of a side share one scale, so that what is
//! larger looks larger.

use crate::books::Origin;
use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, calendar, month_in_full, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Data, FIVE, Unit, row};
use crate::charts::layout::{Bounds, Weight, halves, shorten, shorten_middle, width};
use crate::charts::numbers;
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Look, TICK, Theme};
use crate::words::numbers::{list, names, percent, rough, usd, usd_range, verb};
use plotters::element::{Circle, Polygon};
use plotters::series::LineSeries;
use serde::{Deserialize, Serialize};

/// Quantiles of something over time, one value per entry of `Course::times`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Fan {
    #[serde(deserialize_with = "numbers")]
    pub p5: Vec<f64>,
    #[serde(deserialize_with = "numbers")]
    pub p25: Vec<f64>,
    #[serde(deserialize_with = "numbers")]
    pub p50: Vec<f64>,
    #[serde(deserialize_with = "numbers")]
    pub p75: Vec<f64>,
    #[serde(deserialize_with = "numbers")]
    pub p95: Vec<f64>,
}

impl Fan {
    /// The quantiles at one of the times.
    pub fn at(&self, place: usize) -> [f64; 5] {
        [&self.p5, &self.p25, &self.p50, &self.p75, &self.p95]
            .map(|quantile| quantile.get(place).copied().unwrap_or(f64::NAN))
    }
}

/// What a panel of capital holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Money {
    Organic,
    Manufactured,
    Of(Origin),
}

impl Money {
    fn name(self) -> &'static str {
        match self {
            Money::Organic => "at face value",
            Money::Manufactured => "from inflated values",
            Money::Of(origin) => origin.name(),
        }
    }

    fn color(self, theme: &Theme) -> Color {
        match self {
            Money::Organic => theme.organic,
            Money::Manufactured => theme.manufactured,
            Money::Of(origin) => theme.origin(origin),
        }
    }
}

/// In what premiums are given. Per cent of the fundamental value makes a large company comparable with a small one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PremiumUnit {
    UsdBn,
    /// (M − F)/F, as a fraction.
    ShareOfFundamental,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Course {
    pub run: Run,
    pub labs: Vec<String>,
    /// The scenario's start as a decimal year: 8 September 2025 is 2025.685.
    pub start: f64,
    /// Years since the start, ascending.
    pub times: Vec<f64>,
    /// Cumulative capital raised, USD bn: organic and manufactured, or each origin; six panels at most.
    pub capital: Vec<(Money, Fan)>,
    pub premium_unit: PremiumUnit,
    /// Market value less fundamental value, by company, the largest first where there are more than twelve; twelve are drawn.
    pub premiums: Vec<(String, Fan)>,
}

/// Panels of premiums that are drawn.
pub const MOST_COMPANIES: usize = 12;

impl Chart for Course {
    const NAME: &str = "course";
    const QUESTION: &str = "When does the money come, and what happens to the premiums?";

    fn sentence(&self) -> String {
        let labs = names(&self.labs, "lab");
        let end = |wanted: fn(Money) -> bool| {
            let mut ends =
                self.capital.iter().filter(|(money, _)| wanted(*money)).filter_map(|(_, fan)| fan.p50.last());
            let first = ends.next().copied();
            // Medians of origins do not add up to the median of their sum: then there is no number to give.
            if ends.next().is_some() { None } else { first }
        };
        let last = self.times.last().map_or(self.start, |years| self.start + years);
        let when = month_in_full(last);
        let raise = verb("raise", &self.labs);
        match (end(|money| money == Money::Organic), end(|money| money == Money::Manufactured)) {
            (Some(organic), Some(manufactured)) if organic <= 0.0 && manufactured <= 0.0 => {
                format!("At the median {labs} {raise} no capital by {when}")
            }
            (Some(organic), Some(manufactured)) => {
                let have = if self.labs.len() == 1 { "has" } else { "have" };
                let [organic, manufactured] =
                    [organic, manufactured].map(|amount| usd(amount.max(0.0), amount.abs() * KNOWN));
                format!(
                    "By {when} {labs} {have} raised {organic} at face value and {manufactured} from inflated values, at the median"
                )
            }
            _ if self.premiums.is_empty() => format!("The capital that {labs} {raise} until {when}"),
            _ => format!("The capital that {labs} {raise} until {when}, and the premiums of the companies"),
        }
    }

    fn caption(&self) -> String {
        let last = |values: &[f64]| values.last().copied().unwrap_or(0.0).max(0.0);
        let parts: Vec<String> = self
            .capital
            .iter()
            .map(|(money, fan)| {
                let name = money.name();
                let (low, high) = (last(&fan.p5), last(&fan.p95));
                format!(
                    "{name} {} (median; 90% of the paths: {})",
                    usd(last(&fan.p50), last(&fan.p50) * 0.02),
                    usd_range(low, high, high * 0.02)
                )
            })
            .collect();
        let mut text =
            if parts.is_empty() { String::new() } else { format!("Raised by the end: {}.", list(&parts)) };
        // Where the median premium of any company stands highest.
        let medians = self.premiums.iter().flat_map(|(name, fan)| {
            fan.p50.iter().zip(&self.times).map(move |(premium, time)| (name, *premium, self.start + time))
        });
        let highest = medians.filter(|(_, premium, _)| *premium > 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((name, premium, date)) = highest {
            let amount = match self.premium_unit {
                PremiumUnit::UsdBn => usd(premium, premium * 0.02),
                PremiumUnit::ShareOfFundamental => format!("{} of its fundamental value", rough(premium)),
            };
            text += &format!(" The largest median premium is {name}’s in {}, {amount}.", month_in_full(date));
        }
        text
    }

    fn data(&self) -> Data {
        let columns = data::words(["what", "of"]).chain(data::dated());
        let columns = columns.chain(data::of(Unit::Billions, FIVE)).chain(data::of(Unit::Share, FIVE));
        let mut data = Data::new(columns);
        for (money, fan) in &self.capital {
            for (place, time) in self.times.iter().enumerate() {
                let now = data::at(self.start, *time);
                data.row(row!["capital", money.name(), now, fan.at(place), None::<[f64; 5]>]);
            }
        }
        for (company, fan) in &self.premiums {
            for (place, time) in self.times.iter().enumerate() {
                let [amount, share] = match self.premium_unit {
                    PremiumUnit::UsdBn => [Some(fan.at(place)), None],
                    PremiumUnit::ShareOfFundamental => [None, Some(fan.at(place))],
                };
                data.row(row!["premium", company, data::at(self.start, *time), amount, share]);
            }
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let premiums = &self.premiums[..self.premiums.len().min(MOST_COMPANIES)];
        let subtitle =
            "Line: median, its last value at the right. Bands: 50% and 90% of the paths at each date.";
        let left_out = self.premiums.len() - premiums.len();
        let note = match left_out {
            0 => self.run.note("Panels of one side share their scale."),
            1 => self
                .run
                .note("Panels of one side share their scale. One more company, the smallest, is not drawn."),
            more => self.run.note(&format!(
                "Panels of one side share their scale. {more} more companies, the smallest, are not drawn."
            )),
        };
        let room = canvas.frame(&self.sentence(), subtitle, &note);
        let theme = canvas.theme;

        let capital: Vec<(String, Color, &Fan)> = self
            .capital
            .iter()
            .map(|(money, fan)| (money.name().to_string(), money.color(theme), fan))
            .collect();
        let part = if capital.len() <= 2 { 0.37 } else { 0.46 };
        let above = look.is_column().then_some(part);
        let [left_side, right_side] = match premiums.is_empty() {
            true => [Bounds { right: room.right - 12.0, ..room }, room],
            false => halves(room, 24.0, room.width() * part, above),
        };
        let columns = if capital.len() <= 2 && !look.is_column() { 1 } else { 2 };
        let money = |value: f64| usd(value, value.abs() * KNOWN);
        let capital =
            Side { head: "Capital raised so far".into(), panels: capital, columns, in_percent: false };
        side(&mut canvas, self, &capital, left_side, &money);
        if !premiums.is_empty() {
            let panels: Vec<(String, Color, &Fan)> =
                premiums.iter().map(|(name, fan)| (name.clone(), theme.plain, fan)).collect();
            let columns = match panels.len() {
                1 | 2 => 1,
                3..=6 => 2,
                _ => 3,
            };
            let (head, in_percent) = match self.premium_unit {
                PremiumUnit::UsdBn => ("Premium: market value above fundamental value".to_string(), false),
                PremiumUnit::ShareOfFundamental => {
                    ("Premium: market value above fundamental value, % of it".to_string(), true)
                }
            };
            let side_of_premiums = Side { head, panels, columns, in_percent };
            if in_percent {
                side(&mut canvas, self, &side_of_premiums, right_side, &|value| percent(value, 0.01));
            } else {
                side(&mut canvas, self, &side_of_premiums, right_side, &money);
            }
        }
        canvas.finish()
    }
}

/// To what part of itself a median is printed: quantiles over time come without standard errors.
const KNOWN: f64 = 0.02;

/// A grid of panels with one scale.
struct Side<'a> {
    head: String,
    panels: Vec<(String, Color, &'a Fan)>,
    columns: usize,
    in_percent: bool,
}

fn side(canvas: &mut Canvas, data: &Course, side: &Side, room: Bounds, number: &dyn Fn(f64) -> String) {
    let Side { head, panels, columns, in_percent } = side;
    let columns = *columns;
    let head_at = (room.left, room.top + 9.0);
    let room = Bounds { top: room.top + 14.0, ..room };
    if panels.is_empty() || data.times.is_empty() {
        return;
    }
    let values =
        || panels.iter().flat_map(|(.., fan)| fan.p5.iter().chain(&fan.p95).chain(&fan.p50).copied());
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let rows = panels.len().div_ceil(columns);
    const HEAD: f64 = 20.0;
    const FOOT: f64 = 17.0;
    const BETWEEN: f64 = 12.0;
    let height = (room.height() - FOOT) / rows as f64 - HEAD;
    let most = if height > 120.0 {
        5
    } else if height > 60.0 {
        4
    } else {
        2
    };
    // Small panels have no room to spare: the axis ends with the data, not with a round number; at least two ticks
    // stay inside.
    let (y, ticks) = if low == 0.0 && high == 0.0 {
        ((0.0, 1.0), Ticks::nothing())
    } else {
        let y = (low - 0.03 * (high - low) * f64::from(low < 0.0), high + 0.03 * (high - low));
        let inside = |most: usize| {
            let mut ticks = Ticks::covering(low, high, most);
            ticks.values.retain(|value| (y.0..=y.1).contains(value));
            ticks
        };
        let ticks = (most..most + 4).map(inside).find(|ticks| ticks.values.len() > 1);
        (y, ticks.unwrap_or_else(|| inside(most)))
    };
    let words = if *in_percent { ticks.percents() } else { ticks.amounts() };
    let head = if *in_percent { head.clone() } else { ticks.headed(head) };
    let head = shorten(&head, Weight::SemiBold, LABEL, room.width());
    canvas.write(Label::new(head, LABEL, canvas.theme.ink).bold().at(head_at.0, head_at.1));
    let axis = widest(&words) + 8.0;
    let breadth = (room.width() - axis - BETWEEN * (columns - 1) as f64) / columns as f64;
    let first = data.times[0];
    let last = data.times[data.times.len() - 1];
    let span = (data.start + first, if last > first { data.start + last } else { data.start + first + 1.0 });
    let dates = calendar(span.0, span.1, ((breadth / 28.0) as usize).clamp(1, 8));
    for (place, (name, color, fan)) in panels.iter().enumerate() {
        let (row, column) = (place / columns, place % columns);
        let left = room.left + axis + column as f64 * (breadth + BETWEEN);
        let top = room.top + row as f64 * (height + HEAD) + HEAD;
        let panel = Panel { bounds: Bounds::new(left, top, left + breadth, top + height - 6.0), x: span, y };
        let across = Across { start: data.start, times: &data.times, dates: &dates };
        draw_fan(canvas, &across, &panel, &ticks, *color, fan, &[]);
        if column == 0 {
            panel.label_y(canvas, &ticks.values, &words);
        }
        // Dates under the lowest panel of each column.
        if place + columns >= panels.len() {
            // The last date of a panel stands clear of its neighbour's first.
            let within = Bounds::new(left - 3.0, top, left + breadth + 1.0, room.bottom);
            panel.label_dates(canvas, within, dates.len());
        }
        let end = fan.p50.last().map_or(String::new(), |end| number(*end));
        heading(canvas, &panel, name, &end);
    }
}

/// Above a panel: whose it is, and the median at the end if the name leaves room.
fn heading(canvas: &mut Canvas, panel: &Panel, name: &str, end: &str) {
    let theme = canvas.theme;
    let baseline = panel.bounds.top - 5.0;
    let name = shorten_middle(name, Weight::SemiBold, TICK, panel.bounds.width());
    let written = canvas.write(Label::new(name, TICK, theme.ink).bold().at(panel.bounds.left, baseline));
    if written.right + 6.0 + width(end, Weight::Regular, TICK) <= panel.bounds.right {
        canvas.write(Label::new(end, TICK, theme.muted).anchor(Anchor::End).at(panel.bounds.right, baseline));
    }
}

/// The axis of time that panels of one chart share.
pub struct Across<'a> {
    /// The scenario's start as a decimal year, and years since then.
    pub start: f64,
    pub times: &'a [f64],
    /// Ticks.
    pub dates: &'a [(f64, String)],
}

/// A fan on its grid; `besides` are thin lines of other panels, for comparison.
pub fn draw_fan(
    canvas: &mut Canvas,
    axis: &Across,
    panel: &Panel,
    ticks: &Ticks,
    color: Color,
    fan: &Fan,
    besides: &[&[f64]],
) {
    let theme = canvas.theme;
    let across: Vec<f64> = axis.dates.iter().map(|(date, _)| *date).collect();
    // No more than two points a pixel: the first, the last and every so many between.
    let every = (axis.times.len() as f64 / (panel.bounds.width() * 2.0)).ceil().max(1.0) as usize;
    let last = axis.times.len() - 1;
    let kept: Vec<usize> = (0..=last).filter(|step| step % every == 0 || *step == last).collect();
    let line = |values: &[f64]| -> Vec<(f64, f64)> {
        kept.iter()
            .filter_map(|step| Some((axis.start + axis.times[*step], *values.get(*step)?)))
            .filter(|(_, value)| value.is_finite())
            .collect()
    };
    let band = |low: &[f64], high: &[f64]| -> Vec<(i32, i32)> {
        let there = line(high);
        let back = line(low);
        there
            .iter()
            .chain(back.iter().rev())
            .map(|(x, y)| fine_point((panel.x_at(*x), panel.y_at(*y))))
            .collect()
    };
    canvas.draw(|sheet| {
        panel.grid(sheet, theme, &across, &ticks.values)?;
        for (low, high, tint) in
            [(&fan.p5, &fan.p95, theme.outer_band(color)), (&fan.p25, &fan.p75, theme.inner_band(color))]
        {
            let outline = band(low, high);
            if outline.len() > 3 {
                sheet.draw(&Polygon::new(outline, fill(tint)))?;
            }
        }
        panel.rule(sheet, theme.rule, 0.0)?;
        for other in besides {
            panel.plot(sheet)?.draw_series(LineSeries::new(line(other), stroke(theme.rule, 0.75)))?;
        }
        let median = line(&fan.p50);
        if let [(x, y)] = median[..] {
            let at = fine_point((panel.x_at(x), panel.y_at(y)));
            return sheet.draw(&Circle::new(at, fine(2.0), fill(color)));
        }
        panel.plot(sheet)?.draw_series(LineSeries::new(median, stroke(color, 1.75)))?;
        Ok(())
    });
}
