//! Headline against cash: what labs announced, what they committed to on raising capital, and what they paid, each so
//! far. Three panels on one scale and never a sum: an announcement is not a commitment, and neither is cash.

use crate::charts::Chart;
use crate::charts::axes::{Panel, Ticks, calendar, month_in_full, widest};
use crate::charts::canvas::{Anchor, Canvas, Label, Run};
use crate::charts::course::{Across, Fan, draw_fan};
use crate::charts::data::{self, Data, FIVE, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width, wrap};
use crate::charts::render::Drawing;
use crate::charts::theme::{LABEL, Look, NOTE, TICK};
use crate::scenario::Good;
use crate::words::numbers::{names, usd, usd_range};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Headline {
    pub run: Run,
    pub labs: Vec<String>,
    /// What they buy.
    #[serde(default, skip_serializing_if = "Good::is_compute")]
    pub good: Good,
    /// The scenario's start as a decimal year.
    pub start: f64,
    /// Years since the start, ascending.
    pub times: Vec<f64>,
    /// Cumulative, USD bn: `announced`, `committed`, `paid`.
    pub announced: Fan,
    pub committed: Fan,
    pub paid: Fan,
}

/// To what part of itself a median is printed: quantiles over time come without standard errors.
pub const KNOWN: f64 = 0.02;

/// The median at the end.
pub fn end(fan: &Fan) -> f64 {
    fan.p50.last().copied().filter(|value| value.is_finite()).unwrap_or(0.0).max(0.0)
}

impl Chart for Headline {
    const NAME: &str = "headline";
    const QUESTION: &str = "How much of what is announced is paid?";

    fn sentence(&self) -> String {
        let labs = names(&self.labs, "lab");
        let when = month_in_full(self.start + self.times.last().copied().unwrap_or(0.0));
        let good = &self.good;
        let have = if self.labs.len() == 1 { "has" } else { "have" };
        let (announced, paid) = (end(&self.announced), end(&self.paid));
        let amount = |value: f64| usd(value, value * KNOWN);
        match (announced > 0.0, paid > 0.0) {
            (false, false) => {
                format!("By {when} {labs} {have} neither announced nor paid for any {good}, at the median")
            }
            (false, true) => {
                format!(
                    "By {when} {labs} {have} announced nothing new and paid {} of bills, at the median",
                    amount(paid)
                )
            }
            (true, false) => {
                format!(
                    "By {when} {labs} {have} announced {} of {good} and paid for none of it, at the median",
                    amount(announced)
                )
            }
            (true, true) => format!(
                "By {when} {labs} {have} announced {} of new {good} and paid {} of bills, new and old, at the median",
                amount(announced),
                amount(paid)
            ),
        }
    }

    fn caption(&self) -> String {
        let (announced, committed, paid) = (end(&self.announced), end(&self.committed), end(&self.paid));
        let amount = |value: f64| usd(value, value * KNOWN);
        let mut text = format!(
            "Medians at the end: {} announced, {} committed on raising capital, {} paid.",
            amount(announced),
            amount(committed),
            amount(paid)
        );
        if announced > 0.0 && paid > 0.0 {
            text += " What is paid includes older contracts and what labs spend without any contract: it is not a part of what \
                 was announced, of which most falls due later.";
        }
        if let (Some(low), Some(high)) = (self.paid.p5.last(), self.paid.p95.last()) {
            text += &format!(
                " On nine of ten paths {} were paid.",
                usd_range(low.max(0.0), high.max(0.0), high * KNOWN)
            );
        }
        text
    }

    fn data(&self) -> Data {
        let columns = data::words(["what"]).chain(data::dated());
        let mut data = Data::new(columns.chain(data::of(Unit::Billions, FIVE)));
        let fans = [("announced", &self.announced), ("committed", &self.committed), ("paid", &self.paid)];
        for (what, fan) in fans {
            for (place, time) in self.times.iter().enumerate() {
                data.row(row![what, data::at(self.start, *time), fan.at(place)]);
            }
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let note = self.run.note(
        "Paid includes bills on contracts announced before the start, and spending without a contract; announced and committed \
         do not. Three different amounts: none is a part of another, they are never added.",
    );
        let theme = canvas.theme;
        let panels = [
            ("Announced", "notional of new contracts", theme.plain, &self.announced),
            (
                "Committed by rule",
                "on raising capital; dated contracts are not in it",
                theme.plain,
                &self.committed,
            ),
            ("Paid", "all bills settled, in cash or credits", theme.plain, &self.paid),
        ];
        let highest = panels
            .iter()
            .flat_map(|(_, _, _, fan)| fan.p95.iter().chain(&fan.p50))
            .copied()
            .filter(|value| value.is_finite())
            .fold(0.0, f64::max);
        let ticks = if highest > 0.0 { Ticks::covering(0.0, highest, 6) } else { Ticks::nothing() };
        let subtitle = format!(
            "{} so far. Line: median, its last value at the right. Bands: 50% and 90% of the paths at each date. \
             Hairlines: the medians of the other two panels.",
            ticks.scale().heading()
        );
        let room = canvas.frame(&self.sentence(), &subtitle, &note);
        if self.times.is_empty() {
            return canvas.finish();
        }
        let words = ticks.amounts();
        const BETWEEN: f64 = 16.0;
        let axis = widest(&words) + 8.0;
        let breadth = (room.width() - axis - 2.0 * BETWEEN) / 3.0;
        // Every head has the lines that the longest needs.
        let meanings = panels.map(|(_, meaning, _, _)| wrap(meaning, Weight::Regular, NOTE, breadth));
        let lines = meanings.iter().map(Vec::len).max().unwrap_or(1);
        let top = room.top + 16.0 + lines as f64 * NOTE * 1.28 + 4.0;
        let bottom = room.bottom - 17.0;
        let (first, last) = (self.times[0], self.times[self.times.len() - 1]);
        let from = if self.times.len() > 1 { self.start } else { self.start + first };
        let span = (from, if last > 0.0 { self.start + last } else { from + 1.0 });
        let dates = calendar(span.0, span.1, ((breadth / 34.0) as usize).clamp(1, 8));
        let across = Across { start: self.start, times: &self.times, dates: &dates };
        for (place, (name, _, color, fan)) in panels.iter().enumerate() {
            let left = room.left + axis + place as f64 * (breadth + BETWEEN);
            let panel = Panel {
                bounds: Bounds::new(left, top, left + breadth, bottom),
                x: span,
                y: (0.0, ticks.high()),
            };
            let besides: Vec<&[f64]> = panels
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place)
                .map(|(_, (_, _, _, fan))| fan.p50.as_slice())
                .collect();
            draw_fan(&mut canvas, &across, &panel, &ticks, *color, fan, &besides);
            if place == 0 {
                panel.label_y(&mut canvas, &ticks.values, &words);
            }
            panel.label_dates(
                &mut canvas,
                Bounds::new(left - 4.0, top, left + breadth + 2.0, room.bottom),
                dates.len(),
            );
            let value = end(fan);
            let said = usd(value, value * KNOWN);
            let head = shorten(name, Weight::SemiBold, LABEL, breadth);
            let written = canvas.write(Label::new(head, LABEL, theme.ink).bold().at(left, room.top + 9.0));
            if written.right + 8.0 + width(&said, Weight::SemiBold, TICK) <= left + breadth {
                let label = Label::new(said, TICK, theme.ink).bold().anchor(Anchor::End);
                canvas.write(label.at(left + breadth, room.top + 9.0));
            }
            for (line, words) in meanings[place].iter().enumerate() {
                let baseline = room.top + 9.0 + (line + 1) as f64 * NOTE * 1.28 + 1.0;
                canvas.write(Label::new(words.clone(), NOTE, theme.muted).at(left, baseline));
            }
        }
        canvas.finish()
    }
}
