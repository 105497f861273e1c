//! Financing (section 5.14 of docs/model.md): capital and what lenders lend against contracts, by who brings it. A dollar
//! that becomes a lease does not leave this picture. Only of scenarios with vendor credit or project debt.

use crate::charts::axes::{Panel, Ticks};
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine_point};
use crate::charts::data::{self, Data, Unit, row};
use crate::charts::layout::{Bounds, Weight, shorten, width};
use crate::charts::render::Drawing;
use crate::charts::theme::{LABEL, Look, NOTE, TICK};
use crate::charts::{Chart, Estimated};
use crate::words::numbers::{names, percent, usd};
use plotters::element::Rectangle;
use serde::{Deserialize, Serialize};

/// Who finances labs and what is built for them, means over the paths.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Financing {
    pub run: Run,
    pub labs: Vec<String>,
    /// Capital and project debt, USD bn.
    pub whole: Estimated,
    /// Capital alone.
    pub capital: Estimated,
    /// Insiders' share of the whole, and of capital alone.
    pub insiders: Estimated,
    pub insiders_of_capital: Estimated,
    /// What is lent only because of a guarantee.
    pub guaranteed: Estimated,
    /// Parts of the whole, from outside first.
    pub parts: Vec<Part>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub amount: Estimated,
    pub is_insider: bool,
}

impl Chart for Financing {
    const NAME: &str = "financing";
    const QUESTION: &str = "Who finances it, when loans and project debt count?";

    fn sentence(&self) -> String {
        let labs = names(&self.labs, "lab");
        if self.whole.value <= 0.0 {
            return format!("Nobody finances {labs} or what is built for {}", it_or_them(&self.labs));
        }
        let whole = usd(self.whole.value, self.whole.se);
        let share = percent(self.insiders.value, self.insiders.se);
        let mut words = format!(
            "{labs} and what is built for {} take {whole} of capital and project debt, {share} of it from insiders",
            it_or_them(&self.labs)
        );
        // A title is no place for what rounds to nothing.
        if self.guaranteed.value > 0.005 * self.whole.value {
            let lent = usd(self.guaranteed.value, self.guaranteed.se);
            words += &format!("; {lent} is lent only because of a guarantee");
        }
        words
    }

    fn caption(&self) -> String {
        let capital = usd(self.capital.value, self.capital.se);
        let mut words = format!("Capital alone is {capital}");
        if self.insiders_of_capital.value.is_finite() {
            let share = percent(self.insiders_of_capital.value, self.insiders_of_capital.se);
            words += &format!(", {share} of it from insiders");
        }
        words
            + ". Insiders are companies that sell to the labs, holdings and named persons, and of project debt what lenders \
               lend only because somebody guarantees it. A loan repaid and one outstanding count the same."
    }

    fn data(&self) -> Data {
        let columns = data::words(["what", "insider"]).chain(data::estimated("", Unit::Billions));
        let mut data = Data::new(columns.chain(data::estimated("insiders", Unit::Share)));
        for part in &self.parts {
            data.row(row![&part.name, part.is_insider, part.amount, None::<Estimated>]);
        }
        data.row(row!["Capital and project debt", "", self.whole, self.insiders]);
        data.row(row!["Capital", "", self.capital, self.insiders_of_capital]);
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let subtitle = "Amounts over the run, means over the paths, and their part of the whole.";
        let room = canvas.frame(&self.sentence(), subtitle, &self.run.note(&self.caption()));
        let theme = canvas.theme;
        let groups = [("From outside", false), ("From insiders", true)];
        let of = |insider: bool| self.parts.iter().filter(move |part| part.is_insider == insider);
        let heads = groups.iter().filter(|(_, insider)| of(*insider).next().is_some()).count();
        let rows = (self.parts.len() + heads).max(1) as f64;
        let pitch = ((room.height() - 20.0) / rows).min(34.0);
        let named = self.parts.iter().map(|part| width(&part.name, Weight::Regular, LABEL));
        let name_room = named.fold(60.0, f64::max).min(0.36 * room.width());
        let said = |part: &Part| {
            let amount = usd(part.amount.value, part.amount.se);
            match self.whole.value > 0.0 {
                true => {
                    let share = part.amount.value / self.whole.value;
                    format!("{amount}, {}", percent(share, part.amount.se / self.whole.value))
                }
                false => amount,
            }
        };
        let said_room =
            self.parts.iter().map(|part| width(&said(part), Weight::SemiBold, TICK)).fold(0.0, f64::max);
        let left = room.left + name_room + 10.0;
        let highest = self.parts.iter().map(|part| part.amount.value).fold(0.0, f64::max);
        let ticks = if highest > 0.0 { Ticks::covering(0.0, highest, 5) } else { Ticks::nothing() };
        let bottom = room.top + pitch * rows;
        // The longest bar ends where there is room for its words.
        let right = (room.right - said_room - 10.0).max(left + 60.0);
        let right = left + (right - left) * if highest > 0.0 { ticks.high() / highest } else { 1.0 };
        let panel = Panel {
            bounds: Bounds::new(left, room.top, right.min(room.right), bottom),
            x: (0.0, ticks.high()),
            y: (0.0, 1.0),
        };
        let half = (pitch * 0.3).min(9.0);
        let mut row = 0.0;
        for (head, insider) in groups {
            if of(insider).next().is_none() {
                continue;
            }
            let middle = room.top + pitch * (row + 0.62);
            canvas.write(Label::new(head, NOTE, theme.muted).centred(room.left, middle));
            row += 1.0;
            for part in of(insider) {
                let middle = room.top + pitch * (row + 0.5);
                row += 1.0;
                let color = if insider { theme.plain } else { theme.plain.over(theme.paper, 0.45) };
                let end = panel.x_at(part.amount.value.max(0.0));
                canvas.draw(|sheet| {
                    let corners = [(panel.bounds.left, middle - half), (end, middle + half)];
                    sheet.draw(&Rectangle::new(corners.map(fine_point), fill(color)))
                });
                let name = shorten(&part.name, Weight::Regular, LABEL, name_room);
                let name = Label::new(name, LABEL, theme.ink).anchor(Anchor::End);
                canvas.write(name.centred(left - 8.0, middle));
                canvas.write(Label::new(said(part), TICK, theme.ink).bold().centred(end + 7.0, middle));
            }
        }
        canvas.finish()
    }
}

fn it_or_them(labs: &[String]) -> &'static str {
    if labs.len() == 1 { "it" } else { "them" }
}
