//! The answer: capital raised, by origin; whose money it is, a count; and what three lenses say of it (§1, §7–9). Left a
//! column, money from inflated values at the bottom so that it is read off the axis; beside it the spread over the paths of
//! that part and of the whole. Right the count and the lenses, 90% and 50% of the paths and the ratio of means, and the
//! causal share's range over what is assumed of outside money.

mod lenses;

use crate::books::{ByOrigin, ORIGINS, Origin};
use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine_point, stroke};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, halves, shorten, spread as spread_labels, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{Color, LABEL, Lens, Look, NOTE, Theme};
use crate::charts::{Estimated, Spread};
use crate::words::answer::{self, Told};
use crate::words::numbers::{
    A_DOLLAR, capitalised, list, names, percent, percent_ends, share_in_words, usd, usd_range, verb,
};
use lenses::lenses;
use plotters::element::{PathElement, Rectangle};
use serde::{Deserialize, Serialize};

/// Capital over all labs and the whole horizon, USD bn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    pub run: Run,
    pub labs: Vec<String>,
    /// `capital.raised`
    pub raised: Spread,
    /// `capital.manufactured`
    pub manufactured: Spread,
    /// Means; they add up to `raised.point`.
    pub by_origin: ByOrigin<Estimated>,
    /// `share.insider`
    pub insiders: LensShare,
    /// By `Lens as usize`. The point is the ratio of means, the quantiles are those of the share per path.
    pub lenses: [LensShare; 3],
    pub told: Told,
}

impl Answer {
    /// `share.causal.upper`: without persons' and holdings' money too. None where that changes nothing.
    fn without_wealth(&self) -> Option<Estimated> {
        self.told.causal.as_ref()?.without_wealth
    }

    /// The causal share over the stated assumptions, where it has a range.
    fn range(&self) -> Option<&answer::Range> {
        self.told.causal.as_ref()?.range.as_ref()
    }
}

/// What a lens says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum LensShare {
    Share(Spread),
    /// Nothing was raised on any path.
    Undefined,
    NotRun,
}

impl LensShare {
    pub fn spread(&self) -> Option<&Spread> {
        match self {
            LensShare::Share(spread) => Some(spread),
            _ => None,
        }
    }
}

/// From the bottom of the column to its top: manufactured below, organic above.
const STACK: [Origin; ORIGINS] = [
    Origin::Premium,
    Origin::Mark,
    Origin::Guarantee,
    Origin::Credit,
    Origin::Recycled,
    Origin::Revenue,
    Origin::Savings,
];

impl Chart for Answer {
    const NAME: &str = "answer";
    const QUESTION: &str =
        "How much capital is raised, whose is it, and how much would there be without the loops?";

    fn sentence(&self) -> String {
        let labs = names(&self.labs, "lab");
        let raised = self.raised.point;
        if raised.value <= 0.0 {
            return format!("In this scenario {labs} {} no capital at all", verb("raise", &self.labs));
        }
        let average = if self.run.paths > 1 { " on average" } else { "" };
        let amount = usd(raised.value, raised.se);
        let who = format!("that {labs} {}{average}", verb("raise", &self.labs));
        let (Some(insiders), Some(traced)) =
            (self.insiders.spread(), self.lenses[Lens::Traced as usize].spread())
        else {
            return capitalised(&format!("{labs} {} {amount}{average}", verb("raise", &self.labs)));
        };
        let count = match insiders.point.value {
            share if share <= 0.0 => format!("None of the {amount} {who} comes from insiders"),
            share if share >= 1.0 => format!("All of the {amount} {who} comes from insiders"),
            share => {
                format!(
                    "Of the {amount} {who}, {} comes from insiders",
                    share_in_words(share, insiders.point.se)
                )
            }
        };
        let said = |spread: &Spread| percent(spread.point.value, spread.point.se);
        match self.lenses[Lens::Causal as usize].spread() {
            Some(causal) if causal.point.value > 0.0 => {
                format!("{count}; {} would not be raised without the loops", said(causal))
            }
            Some(causal) if causal.point.value < 0.0 => {
                let more = Spread { point: Estimated::new(-causal.point.value, causal.point.se), ..*causal };
                format!("{count}; {} more would be raised without the loops", said(&more))
            }
            Some(_) => format!("{count}; as much would be raised without the loops"),
            None => format!("{count}, {} from inflated values", said(traced)),
        }
    }

    fn caption(&self) -> String {
        let amounts = self.by_origin.iter().map(|(origin, amount)| (origin, *amount));
        let mut parts: Vec<(Origin, Estimated)> = amounts.filter(|(_, amount)| amount.value > 0.0).collect();
        parts.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
        if parts.is_empty() {
            return "No capital is raised on any path.".into();
        }
        let of = |made: bool| -> Vec<String> {
            let kind = parts.iter().filter(|(origin, _)| origin.is_manufactured() == made);
            kind.map(|(origin, amount)| format!("{} {}", usd(amount.value, amount.se), origin.name()))
                .collect()
        };
        let mut text = String::new();
        if !of(false).is_empty() {
            text += &format!("At face value: {}. ", list(&of(false)));
        }
        if !of(true).is_empty() {
            text += &format!("From inflated values: {}. ", list(&of(true)));
        }
        let shares: Vec<String> = LOOKED
            .iter()
            .filter_map(|looked| {
                let LensShare::Share(spread) = looked.share(self) else { return None };
                let [low, high] = percent_ends(spread.p5, spread.p95);
                let name = looked.name().to_lowercase();
                Some(format!(
                    "{name} {} ({low} to {high} on nine of ten paths)",
                    percent(spread.point.value, spread.point.se)
                ))
            })
            .collect();
        if !shares.is_empty() {
            text += &format!("Shares: {}. ", list(&shares));
        }
        if let Some(range) = self.told.causal.as_ref().and_then(|causal| causal.range.as_ref()) {
            text += &range.said();
        }
        text.trim_end().to_string()
    }

    fn data(&self) -> Data {
        let columns = data::words(["what", "assumed"]);
        let columns = columns.chain(data::spread("", Unit::Billions)).chain(data::spread("", Unit::Share));
        let mut data = Data::new(columns);
        for (what, amount) in [("capital.raised", self.raised), ("capital.manufactured", self.manufactured)] {
            data.row(row![what, "", amount, None::<Spread>]);
        }
        for (origin, amount) in self.by_origin.iter() {
            let what = format!("capital.origin.{}", origin.name());
            data.row(row![what, "", *amount, [f64::NAN; 4], None::<Spread>]);
        }
        let [traced, netted, causal] = &self.lenses;
        let lenses = [
            ("share.insider", &self.insiders),
            ("share.traced", traced),
            ("share.netted", netted),
            ("share.causal", causal),
        ];
        for (what, lens) in lenses {
            data.row(row![what, "", None::<Spread>, lens.spread().copied()]);
        }
        let mut point = |what: &str, assumed: &str, share: Estimated| {
            data.row(row![what, assumed, None::<Spread>, share, [f64::NAN; 4]]);
        };
        if let Some(upper) = self.without_wealth() {
            point("share.causal.upper", "", upper);
        }
        if let Some(range) = self.range() {
            point("share.causal.low", &range.low.corner, range.low.share);
            point("share.causal.high", &range.high.corner, range.high.share);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let subtitle = if self.run.paths > 1 {
            "Capital raised, by the origin of its dollars; whose money it is, a count; and what three lenses say of it. \
         Faint bars hold 90% of the paths, strong ones 50%."
        } else {
            "Capital raised, by the origin of its dollars; whose money it is, a count; and what three lenses say of it."
        };
        let note = self.run.note(&notes(self));
        let room = canvas.frame(&self.sentence(), subtitle, &note);
        // The column's labels need so much whatever the width; the lenses can do with less.
        let room = Bounds { top: room.top + 22.0, ..room };
        let beside = (room.width() * 0.53).max(340.0);
        let [of_column, of_lenses] = halves(room, 40.0, beside, look.is_column().then_some(0.46));
        column(&mut canvas, self, of_column);
        lenses(&mut canvas, self, of_lenses);
        canvas.finish()
    }
}

/// Who the insiders are, and what the marks on the causal share mean.
fn notes(data: &Answer) -> String {
    let mut notes = String::new();
    let who = data.told.insiders_named();
    if !who.is_empty() {
        notes += &format!("Insiders: {who}; a count, not a judgement. ");
    }
    if data.lenses[Lens::Causal as usize].spread().is_some() {
        if data.without_wealth().is_some() {
            notes += &format!("Hollow: {}. ", data.told.without_wealth());
        }
        match data.range() {
            Some(range) => notes += &format!("Bracket: {} ", lower_first(&range.said())),
            None => {
                notes += "No assumptions about what outside money would do without the loops were tried: no range. "
            }
        }
    }
    notes + "Capital: rounds, tranches, credits and warrants."
}

fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

/// A band of the column, from and to in USD bn.
struct Segment {
    origin: Origin,
    from: f64,
    to: f64,
}

impl Segment {
    fn middle(&self) -> f64 {
        (self.from + self.to) / 2.0
    }
}

fn column(canvas: &mut Canvas, data: &Answer, room: Bounds) {
    let theme = canvas.theme;
    let mut segments = Vec::new();
    let mut height = 0.0;
    for origin in STACK {
        let amount = data.by_origin.get(origin).map_or(0.0, |amount| amount.value.max(0.0));
        if amount >= A_DOLLAR {
            segments.push(Segment { origin, from: height, to: height + amount });
            height += amount;
        }
    }
    let top =
        [data.raised.p95, data.raised.point.value, data.manufactured.p95].into_iter().fold(height, f64::max);
    let ticks = if top > 0.0 { Ticks::covering(0.0, top, 6) } else { Ticks::nothing() };
    let words = ticks.amounts();
    let left = room.left + widest(&words) + 8.0;
    let panel = Panel {
        bounds: Bounds::new(left, room.top, room.right, room.bottom - 6.0),
        x: (0.0, 1.0),
        y: (0.0, ticks.high()),
    };
    let bar_width = (panel.bounds.width() - 240.0).clamp(36.0, 80.0);
    let bar = (left + 54.0, left + 54.0 + bar_width);
    // The grid stops where the labels begin.
    let grid = Panel { bounds: Bounds { right: bar.1 + 6.0, ..panel.bounds }, ..panel };

    canvas.draw(|sheet| {
        grid.grid(sheet, theme, &[], &ticks.values)?;
        for segment in &segments {
            let (top, bottom) = (panel.y_at(segment.to), panel.y_at(segment.from));
            // A hair of paper between bands that are thick enough to spare it.
            let gap = if bottom - top > 3.0 { 0.5 } else { 0.0 };
            let corners = [(bar.0, top + gap), (bar.1, bottom - gap)];
            sheet.draw(&Rectangle::new(corners.map(fine_point), fill(theme.origin(segment.origin))))?;
        }
        if data.run.paths > 1 {
            for (x, part) in [(14.0, Part::Manufactured), (36.0, Part::All)] {
                let spread = part.spread(data).expect("both have one");
                if spread.p95 > 0.0 {
                    panel.bar_up(sheet, theme, left + x, 4.5, spread, part.color(theme))?;
                }
            }
        }
        grid.rule(sheet, theme.rule, 0.0)
    });
    panel.label_y(canvas, &ticks.values, &words);
    Panel { bounds: Bounds { left: room.left, ..panel.bounds }, ..panel }
        .head(canvas, &ticks.headed("Capital raised"));
    column_labels(canvas, data, &panel, &segments, bar.1);
}

/// What the column is read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    All,
    Organic,
    Manufactured,
}

impl Part {
    fn name(self) -> &'static str {
        match self {
            Part::All => "All capital",
            Part::Organic => "At face value",
            Part::Manufactured => "From inflated values",
        }
    }

    /// Where there is no room for the name.
    fn short(self) -> &'static str {
        match self {
            Part::Manufactured => "Inflated",
            _ => self.name(),
        }
    }

    fn spread(self, data: &Answer) -> Option<&Spread> {
        match self {
            Part::All => Some(&data.raised),
            Part::Organic => None,
            Part::Manufactured => Some(&data.manufactured),
        }
    }

    fn amount(self, data: &Answer) -> Estimated {
        match self {
            Part::All => data.raised.point,
            Part::Manufactured => data.manufactured.point,
            Part::Organic => {
                let [revenue, savings] = [Origin::Revenue, Origin::Savings]
                    .map(|origin| data.by_origin.get(origin).copied().unwrap_or_default());
                // Not independent: the sum of the errors is the most it can be.
                Estimated::new(revenue.value + savings.value, revenue.se + savings.se)
            }
        }
    }

    fn holds(self, origin: Origin) -> bool {
        match self {
            Part::All => false,
            Part::Organic => !origin.is_manufactured(),
            Part::Manufactured => origin.is_manufactured(),
        }
    }

    fn color(self, theme: &Theme) -> Color {
        match self {
            Part::Manufactured => theme.manufactured,
            _ => theme.muted,
        }
    }
}

/// What a line of the column's labels says.
enum Line<'a> {
    Heading(Part),
    Range(&'a Spread),
    Origin(&'a Segment),
}

/// Right of the column: the whole, the parts and their origins, each origin tied to its band by a thin line.
fn column_labels(canvas: &mut Canvas, data: &Answer, panel: &Panel, segments: &[Segment], bar_end: f64) {
    let theme = canvas.theme;
    let (left, right) = (bar_end + 24.0, panel.bounds.right);
    // From the top, each with its height and where its middle would best lie.
    let mut lines: Vec<(Line, f64, f64)> = Vec::new();
    for part in [Part::All, Part::Organic, Part::Manufactured] {
        let inside: Vec<&Segment> =
            segments.iter().rev().filter(|segment| part.holds(segment.origin)).collect();
        let below = inside.first().map_or(0.0, |segment| panel.y_at(segment.middle()));
        let start = match part {
            Part::All => panel.y_at(data.raised.point.value) - 52.0,
            _ if inside.is_empty() => panel.y_at(0.0),
            _ => below - 24.0,
        };
        lines.push((Line::Heading(part), LABEL * 2.0, start));
        if let Some(spread) = part.spread(data)
            && data.run.paths > 1
            && spread.p95 > 0.0
        {
            lines.push((Line::Range(spread), NOTE * 1.35, start + 12.0));
        }
        for segment in inside {
            lines.push((Line::Origin(segment), LABEL * 1.38, panel.y_at(segment.middle())));
        }
    }
    let heights: Vec<f64> = lines.iter().map(|(_, height, _)| *height).collect();
    let wanted: Vec<f64> = lines.iter().map(|(_, _, wanted)| *wanted).collect();
    let middles = spread_labels(&wanted, &heights, panel.bounds.top - 6.0, panel.bounds.bottom + 6.0);
    canvas.draw(|sheet| {
        for ((line, ..), y) in lines.iter().zip(&middles) {
            match line {
                Line::Origin(segment) => {
                    let band = panel.y_at(segment.middle());
                    let tie =
                        [(bar_end + 3.0, band), (bar_end + 7.0, band), (left - 9.0, *y), (left - 4.0, *y)];
                    sheet.draw(&PathElement::new(tie.map(fine_point), stroke(theme.rule, 0.75)))?;
                    let swatch = [(left, y - 4.0), (left + 8.0, y + 4.0)].map(fine_point);
                    sheet.draw(&Rectangle::new(swatch, fill(theme.origin(segment.origin))))?;
                }
                // The key to the bars at the left: the same bar, small.
                Line::Heading(part) if part.spread(data).is_some() && data.run.paths > 1 => {
                    let color = part.color(theme);
                    for (half, tint) in [(6.5, theme.outer_band(color)), (3.0, theme.inner_band(color))] {
                        let corners = [(left + 1.5, y + 3.0 - half), (left + 6.5, y + 3.0 + half)];
                        sheet.draw(&Rectangle::new(corners.map(fine_point), fill(tint)))?;
                    }
                    let ends = [(left, y + 3.0), (left + 8.0, y + 3.0)].map(fine_point);
                    sheet.draw(&PathElement::new(ends, stroke(color, 1.5)))?;
                }
                _ => {}
            }
        }
        Ok(())
    });
    for ((line, ..), y) in lines.iter().zip(&middles) {
        let start = left + 13.0;
        match line {
            Line::Heading(part) => {
                let amount = part.amount(data);
                let amount = usd(amount.value, amount.se);
                let room = right - start - width(&amount, Weight::SemiBold, LABEL) - 8.0;
                let name = if width(part.name(), Weight::SemiBold, LABEL) <= room {
                    part.name()
                } else {
                    part.short()
                };
                canvas.write(Label::new(name, LABEL, theme.ink).bold().centred(start, y + 3.0));
                let amount = Label::new(amount, LABEL, theme.ink).bold();
                canvas.write(amount.anchor(Anchor::End).centred(right, y + 3.0));
            }
            Line::Range(spread) => {
                let range = usd_range(spread.p5, spread.p95, spread.point.se);
                let in_full = format!("90% of paths: {range}");
                let fits = width(&in_full, Weight::Regular, NOTE) <= right - start;
                let words =
                    if fits { in_full } else { shorten(&range, Weight::Regular, NOTE, right - start) };
                canvas.write(Label::new(words, NOTE, theme.muted).centred(start, *y));
            }
            Line::Origin(segment) => {
                let amount = data.by_origin.get(segment.origin).copied().unwrap_or_default();
                canvas.write(Label::new(segment.origin.name(), LABEL, theme.ink).centred(start, *y));
                let amount = Label::new(usd(amount.value, amount.se), LABEL, theme.ink);
                canvas.write(amount.anchor(Anchor::End).centred(right, *y));
            }
        }
    }
}

/// A share of the capital: the count, or a lens.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Looked {
    Insiders,
    Lens(Lens),
}

/// In the answer's order.
pub const LOOKED: [Looked; 4] =
    [Looked::Insiders, Looked::Lens(Lens::Traced), Looked::Lens(Lens::Netted), Looked::Lens(Lens::Causal)];

impl Looked {
    pub fn share(self, data: &Answer) -> &LensShare {
        match self {
            Looked::Insiders => &data.insiders,
            Looked::Lens(lens) => &data.lenses[lens as usize],
        }
    }

    pub fn color(self, theme: &Theme) -> Color {
        match self {
            Looked::Insiders => theme.plain,
            Looked::Lens(lens) => theme.lens(lens),
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Looked::Insiders => "Insiders",
            Looked::Lens(lens) => lens.name(),
        }
    }

    fn question(self) -> &'static str {
        match self {
            Looked::Insiders => "a count of who brought the money",
            Looked::Lens(lens) => lens.question(),
        }
    }
}
