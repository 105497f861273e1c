//! Several scenarios side by side: a row each, with the capital raised, the share of it that insiders brought and what
//! three lenses say of it, and the probability of an unwind, every estimate with its spread or its standard error.

use crate::charts::Chart;
use crate::charts::answer::{LOOKED, LensShare, Looked};
use crate::charts::axes::{Panel, Ticks};
use crate::charts::canvas::{Anchor, Canvas, Label, fill, fine, fine_point, stroke};
use crate::charts::data::{self, Column, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width, wrap};
use crate::charts::render::Drawing;
use crate::charts::theme::{LABEL, Lens, Look, NOTE, TICK};
use crate::charts::{Estimated, Spread};
use crate::words::numbers::{count, percent, small_number, usd};
use plotters::element::{Circle, PathElement, Rectangle};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Overview {
    /// What was changed in all of the scenarios: " with market.rate = 0.05; marks off". Empty for nothing.
    pub changed: String,
    pub rows: Vec<Row>,
}

/// A scenario's run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Row {
    pub scenario: String,
    pub paths: u64,
    pub seed: u64,
    /// `capital.raised`, USD bn.
    pub raised: Spread,
    /// `share.insider`
    pub insiders: LensShare,
    /// By `Lens as usize`.
    pub lenses: [LensShare; 3],
    /// The causal share over the stated assumptions, from and to, where it has a range.
    pub range: Option<[Estimated; 2]>,
    /// `unwind`: a probability.
    pub unwind: Estimated,
}

impl Row {
    fn share(&self, looked: Looked) -> &LensShare {
        match looked {
            Looked::Insiders => &self.insiders,
            Looked::Lens(lens) => &self.lenses[lens as usize],
        }
    }

    fn spreads(&self) -> impl Iterator<Item = &Spread> {
        LOOKED.into_iter().filter_map(|looked| self.share(looked).spread())
    }
}

/// Rows drawn.
pub const MOST_ROWS: usize = 16;

/// Rows lower than this have no room for a value under its point.
const UNDER: f64 = 36.0;
/// What has its value in a line where there is room for no more, and the width of each.
const VALUED: [Looked; 2] = [Looked::Insiders, Looked::Lens(Lens::Causal)];
const IN_LINE: f64 = 52.0;

impl Chart for Overview {
    const NAME: &str = "overview";
    const QUESTION: &str = "How do several scenarios compare?";

    fn sentence(&self) -> String {
        let mut known: Vec<(&Row, Estimated)> =
            self.rows.iter().filter_map(|row| Some((row, row.insiders.spread()?.point))).collect();
        known.sort_by(|a, b| a.1.value.total_cmp(&b.1.value));
        let many = match self.rows.len() {
            1 => "the one scenario".to_string(),
            rows => format!("the {} scenarios", small_number(rows)),
        };
        let (Some((low_row, low)), Some((high_row, high))) = (known.first(), known.last()) else {
            return format!("No capital is raised in {many}");
        };
        let say = |share: &Estimated| percent(share.value, share.se);
        if say(low) == say(high) {
            return format!("Insiders bring {} of the capital in {many}", say(high));
        }
        format!(
            "Insiders bring from {} of the capital (“{}”) to {} (“{}”)",
            say(low),
            low_row.scenario,
            say(high),
            high_row.scenario
        )
    }

    fn data(&self) -> Data {
        let mut columns: Vec<Column> = data::words(["scenario", "seed"]).collect();
        columns.extend(data::of(Unit::Count, ["paths"]));
        columns.extend(data::spread("capital.raised", Unit::Billions));
        for of in ["share.insider", "share.traced", "share.netted", "share.causal"] {
            columns.extend(data::spread(of, Unit::Share));
        }
        for of in ["share.causal.low", "share.causal.high", "unwind"] {
            columns.extend(data::estimated(of, Unit::Share));
        }
        let mut data = Data::new(columns);
        for of in &self.rows {
            let [traced, netted, causal] = of.lenses.map(|lens| lens.spread().copied());
            let [low, high] = of.range.map_or([None; 2], |range| range.map(Some));
            let insiders = of.insiders.spread().copied();
            data.row(row![
                &of.scenario,
                of.seed.to_string(),
                of.paths,
                of.raised,
                insiders,
                traced,
                netted,
                causal,
                low,
                high,
                of.unwind
            ]);
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let rows = &self.rows[..self.rows.len().min(MOST_ROWS)];
        let subtitle = "Points: mean capital, ratios of means, probability. Faint bars hold 90% of the paths, strong ones \
                    50%; ticks are the causal share over stated assumptions; the line through a probability is two \
                    standard errors each way.";
        let seeds = |of: fn(&Row) -> u64| {
            let first = rows.first().map(of);
            rows.iter().all(|row| Some(of(row)) == first).then_some(first).flatten()
        };
        let mut note = match (seeds(|row| row.paths), seeds(|row| row.seed)) {
            (Some(paths), Some(seed)) => format!("{} paths each, seed {seed}.", count(paths)),
            (Some(paths), None) => format!("{} paths each, several seeds.", count(paths)),
            (None, Some(seed)) => {
                let least = rows.iter().map(|row| row.paths).min().unwrap_or(0);
                format!("At least {} paths each, seed {seed}.", count(least))
            }
            (None, None) => {
                let least = rows.iter().map(|row| row.paths).min().unwrap_or(0);
                format!("At least {} paths each, several seeds.", count(least))
            }
        };
        if !self.changed.is_empty() {
            note = format!("All{}. {note}", self.changed);
        }
        let left_out = self.rows.len() - rows.len();
        if left_out > 0 {
            let scenarios = if left_out == 1 { "scenario is" } else { "scenarios are" };
            note = format!("{left_out} more {scenarios} not drawn. {note}");
        }
        let room = canvas.frame(&self.sentence(), subtitle, &note);
        if rows.is_empty() {
            return canvas.finish();
        }

        // Columns: names, capital, shares, unwind.
        let (top, bottom) = (room.top + 26.0, room.bottom - 18.0);
        let pitch = (bottom - top) / rows.len().max(3) as f64;
        let bottom = top + pitch * rows.len() as f64;
        // The lenses one below the other within a row.
        let lens_pitch = (pitch * 0.21).min(14.5);
        let tall = lens_pitch >= NOTE * 1.05;
        // Names get the room that the widest needs, where rows are too low for a second line; the capital's panel moves.
        let widest = rows.iter().map(|row| width(&row.scenario, Weight::SemiBold, LABEL)).fold(0.0, f64::max);
        let one_line = pitch < 2.0 * LABEL * 1.25 + 4.0;
        let share_of_names = if one_line { (widest / room.width()).clamp(0.20, 0.30) } else { 0.20 };
        let names_end = room.left + room.width() * share_of_names;
        let capital_width = if share_of_names > 0.20 { 0.19 } else { 0.22 };
        // Behind bars too low for words below them stand their values.
        let beside = if pitch < UNDER { 46.0 } else { 0.0 };
        let (capital_from, capital_to) =
            (names_end + 14.0, room.left + room.width() * (capital_width + share_of_names) - beside * 0.5);
        let (unwind_from, unwind_to) = (room.right - 14.0 - room.width() * 0.14, room.right - 14.0 - beside);
        // Behind the shares their values: all of them where rows are tall enough for four lines, else of two.
        let values_width = if tall { 84.0 } else { IN_LINE * VALUED.len() as f64 };
        let (shares_from, shares_to) = (capital_to + 44.0 + beside * 0.5, unwind_from - 30.0 - values_width);

        let most = |values: &mut dyn Iterator<Item = f64>, floor: f64| values.fold(floor, f64::max);
        let capital_high =
            most(&mut rows.iter().flat_map(|row| [row.raised.p95, row.raised.point.value]), 0.0);
        let capital =
            if capital_high > 0.0 { Ticks::covering(0.0, capital_high, 3) } else { Ticks::nothing() };
        let spreads: Vec<&Spread> = rows.iter().flat_map(Row::spreads).collect();
        let assumed = || rows.iter().filter_map(|row| row.range).flatten().map(|end| end.value);
        let share_low = spreads
            .iter()
            .flat_map(|spread| [spread.p5, spread.point.value])
            .chain(assumed())
            .fold(0.0, f64::min);
        let share_high = most(
            &mut spreads.iter().flat_map(|spread| [spread.p95, spread.point.value]).chain(assumed()),
            0.1,
        );
        let shares =
            Ticks::covering(share_low, if share_high > 0.6 { share_high.max(1.0) } else { share_high }, 5);
        let unwind_high =
            most(&mut rows.iter().map(|row| (row.unwind.value + 2.0 * row.unwind.se).min(1.0)), 0.05);
        let unwind = Ticks::covering(0.0, unwind_high, 3);

        let panel = |from: f64, to: f64, ticks: &Ticks| Panel {
            bounds: Bounds::new(from, top, to, bottom),
            x: (ticks.low(), ticks.high()),
            y: (0.0, 1.0),
        };
        let capital_panel = panel(capital_from, capital_to, &capital);
        let shares_panel = panel(shares_from, shares_to, &shares);
        let unwind_panel = panel(unwind_from, unwind_to, &unwind);
        let bar = (lens_pitch * 0.36).min(5.5);
        let middle = |row: usize| top + pitch * (row as f64 + 0.5);
        let share_at = |row: usize, place: usize| middle(row) + lens_pitch * (place as f64 - 1.5);

        canvas.draw(|sheet| {
            for (panel, ticks) in
                [(&capital_panel, &capital), (&shares_panel, &shares), (&unwind_panel, &unwind)]
            {
                panel.grid(sheet, theme, &ticks.values, &[])?;
            }
            for (place, row) in rows.iter().enumerate() {
                let y = middle(place);
                if place > 0 {
                    let line = [(room.left, y - pitch / 2.0), (room.right, y - pitch / 2.0)].map(fine_point);
                    sheet.draw(&PathElement::new(line, stroke(theme.grid, 0.75)))?;
                }
                capital_panel.bar_across(sheet, theme, y, (bar * 1.3).min(8.0), &row.raised, theme.plain)?;
                let dot = |sheet: &crate::charts::canvas::Sheet, at: (f64, f64), color| {
                    sheet.draw(&Circle::new(
                        fine_point(at),
                        fine(bar.clamp(2.2, 4.5) + 1.0),
                        fill(theme.paper),
                    ))?;
                    sheet.draw(&Circle::new(fine_point(at), fine(bar.clamp(2.2, 4.5)), fill(color)))
                };
                dot(sheet, (capital_panel.x_at(row.raised.point.value), y), theme.plain)?;
                for (k, looked) in LOOKED.into_iter().enumerate() {
                    let y = share_at(place, k);
                    let color = looked.color(theme);
                    let Some(spread) = row.share(looked).spread() else { continue };
                    shares_panel.bar_across(sheet, theme, y, bar, spread, color)?;
                    if let (Looked::Lens(Lens::Causal), Some(ends)) = (looked, row.range) {
                        for end in ends {
                            let x = shares_panel.x_at(end.value);
                            let tick = [(x, y - bar - 1.5), (x, y + bar + 1.5)].map(fine_point);
                            sheet.draw(&PathElement::new(tick, stroke(color, 1.25)))?;
                        }
                    }
                    dot(sheet, (shares_panel.x_at(spread.point.value), y), color)?;
                }
                let reach = 2.0 * row.unwind.se;
                let ends = [row.unwind.value - reach, row.unwind.value + reach]
                    .map(|at| unwind_panel.x_at(at.clamp(0.0, 1.0)));
                let x = unwind_panel.x_at(row.unwind.value);
                let stick = [(unwind_panel.x_at(0.0), y - 2.5), (x, y + 2.5)].map(fine_point);
                sheet.draw(&Rectangle::new(stick, fill(theme.outer_band(theme.plain))))?;
                let line = [(ends[0], y), (ends[1], y)].map(fine_point);
                sheet.draw(&PathElement::new(line, stroke(theme.plain, 1.25)))?;
                dot(sheet, (x, y), theme.plain)?;
            }
            Ok(())
        });

        // The lenses' names stand behind the heading of their panel where rows are too low for them: it gives way.
        let lens_names: f64 = LOOKED
            .iter()
            .filter(|row| !VALUED.contains(row))
            .map(|row| width(&row.name().to_lowercase(), Weight::SemiBold, TICK) + 8.0)
            .sum();
        let long = "Share of the capital";
        let reach = shares_panel.bounds.left + width(long, Weight::SemiBold, LABEL) + 12.0 + lens_names;
        let valued = width(&VALUED[0].name().to_lowercase(), Weight::SemiBold, TICK);
        let until = shares_to + 10.0 + IN_LINE - valued - 6.0;
        let short = width("Share", Weight::SemiBold, LABEL);
        let shares_head = match tall || reach <= shares_to {
            true => long,
            false if shares_panel.bounds.left + short <= until => "Share",
            false => "",
        };
        let capital_head = capital.headed("Capital");
        for (panel, head, ticks, words) in [
            (&capital_panel, capital_head.as_str(), &capital, capital.amounts()),
            (&shares_panel, shares_head, &shares, shares.percents()),
            (&unwind_panel, "Unwind", &unwind, unwind.percents()),
        ] {
            canvas.write(Label::new(head, LABEL, theme.ink).bold().at(panel.bounds.left, top - 10.0));
            let marks: Vec<(f64, String)> = ticks.values.iter().copied().zip(words).collect();
            let right = (panel.bounds.right + 18.0).min(canvas.inside().right);
            panel.label_x(&mut canvas, Bounds::new(panel.bounds.left - 16.0, top, right, bottom), &marks);
        }
        for (place, row) in rows.iter().enumerate() {
            let y = middle(place);
            let room_for_name = names_end - room.left;
            let lines = wrap(&row.scenario, Weight::SemiBold, LABEL, room_for_name);
            let fitting = ((pitch - 4.0) / (LABEL * 1.25)).floor().max(1.0) as usize;
            let mut shown: Vec<String> = lines.iter().take(fitting.min(3)).cloned().collect();
            if lines.len() > shown.len() {
                let last = shown.len() - 1;
                shown[last] = shorten(&lines[last..].join(" "), Weight::SemiBold, LABEL, room_for_name);
            }
            let first = y - LABEL * 1.25 * (shown.len() as f64 - 1.0) / 2.0;
            for (line, words) in shown.into_iter().enumerate() {
                let label = Label::new(words, LABEL, theme.ink).bold();
                canvas.write(label.centred(room.left, first + LABEL * 1.25 * line as f64));
            }
            // Values beside the points, where rows are tall enough for words.
            let amount = usd(row.raised.point.value, row.raised.point.se);
            if pitch < UNDER {
                let probability = percent(row.unwind.value, row.unwind.se);
                for (right, said) in [(shares_from - 18.0, amount), (room.right, probability)] {
                    canvas.write(Label::new(said, NOTE, theme.ink).anchor(Anchor::End).centred(right, y));
                }
                continue;
            }
            let below = y + bar * 1.3 + 3.0 + NOTE;
            centred_value(&mut canvas, &capital_panel, row.raised.point.value, below, amount);
            centred_value(
                &mut canvas,
                &unwind_panel,
                row.unwind.value,
                y + 7.0 + NOTE,
                percent(row.unwind.value, row.unwind.se),
            );
        }
        if tall {
            for (place, row) in rows.iter().enumerate() {
                for (k, looked) in LOOKED.into_iter().enumerate() {
                    let said = said(row.share(looked));
                    let (x, y) = (shares_to + 14.0, share_at(place, k));
                    canvas.write(
                        Label::new(looked.name().to_lowercase(), NOTE, looked.color(theme))
                            .bold()
                            .centred(x, y),
                    );
                    let room_for_value = shares_to + 4.0 + values_width - x - 42.0;
                    let said = shorten(&said, Weight::Regular, NOTE, room_for_value.max(30.0));
                    canvas.write(Label::new(said, NOTE, theme.ink).centred(x + 44.0, y));
                }
            }
        } else {
            // Named once: over the values, or over the panel.
            let name =
                |looked: Looked| Label::new(looked.name().to_lowercase(), TICK, looked.color(theme)).bold();
            let mut x = shares_panel.bounds.left + width(shares_head, Weight::SemiBold, LABEL) + 12.0;
            for looked in LOOKED.into_iter().filter(|looked| !VALUED.contains(looked)) {
                if x + name(looked).width() > shares_to {
                    break;
                }
                x = canvas.write(name(looked).at(x, top - 10.0)).right + 8.0;
            }
            for (k, looked) in VALUED.into_iter().enumerate() {
                let right = shares_to + 10.0 + IN_LINE * (k as f64 + 1.0);
                canvas.write(name(looked).anchor(Anchor::End).at(right, top - 10.0));
                for (place, row) in rows.iter().enumerate() {
                    let said = said(row.share(looked));
                    canvas.write(
                        Label::new(said, NOTE, theme.ink).anchor(Anchor::End).centred(right, middle(place)),
                    );
                }
            }
        }
        canvas.finish()
    }
}

fn said(share: &LensShare) -> String {
    match share {
        LensShare::Share(spread) => percent(spread.point.value, spread.point.se),
        LensShare::Undefined => "–".to_string(),
        LensShare::NotRun => "not run".to_string(),
    }
}

/// A value under its point, inside its panel.
fn centred_value(canvas: &mut Canvas, panel: &Panel, at: f64, baseline: f64, words: String) {
    let label = Label::new(words, NOTE, canvas.theme.ink).anchor(Anchor::Middle).halo(canvas.theme.paper);
    let half = label.width() / 2.0;
    let x = panel.x_at(at).clamp(panel.bounds.left - 12.0 + half, panel.bounds.right + 12.0 - half);
    canvas.write(label.at(x, baseline));
}
