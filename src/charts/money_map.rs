//! Who pays whom (§8): actors on a ring, each payment a band as wide as the square root of its money, in the colours
//! of the money's origins. What runs in circles has full colour; what passes through is pale. Every end of every band
//! has a place of its own on its actor's arc, so that heads never meet and the two directions between a pair lie
//! apart.

mod band;
mod ring;

use crate::books::{ByOrigin, Origin};
use crate::charts::Chart;
use crate::charts::Estimated;
use crate::charts::axes::month_in_full;
use crate::charts::canvas::{Anchor, Canvas, Label, Run, fill, fine_point, stroke};
use crate::charts::data::{self, Column, Data, Unit, row};
use crate::charts::layout::{Bounds, Claims, Weight, shorten, spread, width, wrap};
use crate::charts::render::Drawing;
use crate::charts::texture::line_color;
use crate::charts::theme::{LABEL, Look, NOTE, TICK};
use crate::estimate::circular::LARGEST_NETWORK;
use crate::words::numbers::{capitalised, list, percent, share_in_words, usd};
use band::{POINTS, TEXTURE};
use plotters::element::{PathElement, Polygon};
use ring::{RING, Ring};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ActorKind {
    Lab,
    Company,
    Person,
    Holding,
    /// Customers, savers, lenders, suppliers of everything else: the boundary.
    Outside,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Actor {
    pub name: String,
    pub kind: ActorKind,
}

/// Money moved from one actor to another: the mean of the paths over the whole time, USD bn.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Payment {
    /// Places in `MoneyMap::actors`; every pair at most once of each kind.
    pub payer: usize,
    pub payee: usize,
    pub by_origin: ByOrigin<f64>,
    /// What of their sum runs in circles; 0 where the network is too large to be taken apart.
    pub circular: f64,
    /// Lent, or interest and principal of what was lent: a broken band.
    #[serde(default)]
    pub is_lending: bool,
}

impl Payment {
    fn amount(&self) -> f64 {
        self.by_origin.sum()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MoneyMap {
    pub run: Run,
    /// Beginning and end as decimal years.
    pub from: f64,
    pub to: f64,
    pub actors: Vec<Actor>,
    pub payments: Vec<Payment>,
    /// `share.circular`, Gt of the mean flows.
    pub circular_throughput: Option<Estimated>,
    /// What each actor gets and pays besides, from and to the outside: companies' business outside of the network.
    #[serde(default)]
    pub beside: Vec<(f64, f64)>,
}

impl MoneyMap {
    /// Was what runs in circles told from what passes through? A network of more actors is not taken apart.
    pub fn is_taken_apart(&self) -> bool {
        self.actors.len() <= LARGEST_NETWORK
    }
}

/// Why what runs in circles is not told: a network has the outside for a node, too.
pub const NOT_TAKEN_APART: &str = "not computed for more than 15 actors";
const _: () = assert!(LARGEST_NETWORK == 16);

/// Actors drawn; the smallest beyond are put together.
pub const MOST_ACTORS: usize = 14;
/// A payment smaller than this part of the largest is not drawn.
const LEAST: f64 = 1.0 / 4000.0;

impl Chart for MoneyMap {
    const NAME: &str = "money_map";
    const QUESTION: &str = "Who pays whom?";

    fn sentence(&self) -> String {
        let inside = |actor: usize| self.actors[actor].kind != ActorKind::Outside;
        let all: f64 = self.payments.iter().map(Payment::amount).sum();
        let between = self.payments.iter().filter(|payment| inside(payment.payer) && inside(payment.payee));
        let amount: f64 = between.map(Payment::amount).sum();
        if all <= 0.0 {
            return "In this scenario nobody pays anybody".to_string();
        }
        if amount <= 0.0 {
            return format!(
                "All {} come from outside or go there: the actors pay one another nothing",
                rough(all)
            );
        }
        let who = "these actors";
        match self.circular_throughput {
            Some(share) if self.is_taken_apart() => {
                let part = match share.value {
                    none if none <= 1e-9 => {
                        "none of what goes through their network runs in circles".to_string()
                    }
                    all if all >= 1.0 - 1e-9 => {
                        "all of what goes through their network runs in circles".to_string()
                    }
                    part => format!(
                        "{} of what goes through their network runs in circles",
                        share_in_words(part, share.se)
                    ),
                };
                format!("{} pay one another {}; {part}", capitalised(who), rough(amount))
            }
            _ => format!("Of the {} on this map, {who} pay one another {}", rough(all), rough(amount)),
        }
    }

    fn caption(&self) -> String {
        let inside = |actor: usize| self.actors[actor].kind != ActorKind::Outside;
        let mut between: Vec<(&str, &str, f64)> = self
            .payments
            .iter()
            .filter(|payment| inside(payment.payer) && inside(payment.payee))
            .map(|payment| {
                let amount = payment.by_origin.sum();
                (self.actors[payment.payer].name.as_str(), self.actors[payment.payee].name.as_str(), amount)
            })
            .collect();
        between.sort_by(|a, b| b.2.total_cmp(&a.2));
        if between.is_empty() {
            return "The actors pay one another nothing.".into();
        }
        let largest: Vec<String> = between
            .iter()
            .take(4)
            .map(|(payer, payee, amount)| format!("{payer} to {payee} {}", usd(*amount, amount * 0.02)))
            .collect();
        let mut text = format!("The largest mean payments between actors: {}.", list(&largest));
        if let Some(share) = self.circular_throughput {
            text += &format!(
                " {} of the throughput of this network, where a dollar counts once through however many hands it goes, runs in circles.",
                percent(share.value, share.se)
            );
        }
        if !self.is_taken_apart() {
            text += &format!(" What runs in circles is {NOT_TAKEN_APART}.");
        }
        text
    }

    fn data(&self) -> Data {
        let origins = self.payments.first().map(|payment| payment.by_origin.clone());
        let origins: Vec<&str> =
            origins.iter().flat_map(|of| of.iter()).map(|(origin, _)| origin.name()).collect();
        let columns =
            data::words(["payer", "payee", "what"]).chain(data::of(Unit::Billions, ["all", "circular"]));
        let mut data =
            Data::new(columns.chain(origins.iter().map(|origin| Column::new(*origin, Unit::Billions))));
        let name = |place: usize| &self.actors[place].name;
        for payment in &self.payments {
            let what = if payment.is_lending { "lending" } else { "payment" };
            let mut row =
                row![name(payment.payer), name(payment.payee), what, payment.amount(), payment.circular];
            row.extend(payment.by_origin.values().iter().map(|amount| data::Cell::from(*amount)));
            data.row(row);
        }
        for (actor, (gets, pays)) in self.actors.iter().zip(&self.beside) {
            for (payer, payee, amount) in [("", actor.name.as_str(), *gets), (&actor.name, "", *pays)] {
                if amount != 0.0 {
                    let mut row = row![payer, payee, "beside the map", amount, None::<f64>];
                    row.extend(origins.iter().map(|_| data::Cell::Empty));
                    data.row(row);
                }
            }
        }
        data
    }

    fn draw(&self, look: &Look) -> Drawing {
        let mut canvas = Canvas::new(look);
        let theme = canvas.theme;
        let shown = together(self);
        let largest = shown.payments.iter().map(Payment::amount).fold(0.0, f64::max);
        let (drawn, dropped): (Vec<&Payment>, Vec<&Payment>) = shown
            .payments
            .iter()
            .filter(|payment| payment.amount() > 0.0)
            .partition(|p| p.amount() >= largest * LEAST);
        let mut subtitle = format!(
            "Mean payments from {} to {}, by the origin of the money.",
            month_in_full(self.from),
            month_in_full(self.to)
        );
        if self.is_taken_apart() {
            subtitle += match theme.edges_circles {
                true => " Edged in black: money that runs in circles; the rest passes through.",
                false => " Full colour: money that runs in circles; faint: money that passes through.",
            };
        } else {
            subtitle += &format!(" What of it runs in circles is {NOT_TAKEN_APART}.");
        }
        if self.is_taken_apart() && self.circular_throughput.is_some() {
            subtitle += " What goes through counts once, through however many hands it goes.";
        }
        let mut more = String::new();
        let beside: f64 = self.beside.iter().map(|(gets, pays)| gets + pays).sum();
        if beside > 0.0 {
            more = format!(
                "Left out: business beyond this network (earnings, costs, interest, payouts, loans), {}; after “of” stands what an actor gets and pays with it. ",
                rough(beside)
            );
        }
        if !dropped.is_empty() {
            let sum: f64 = dropped.iter().map(|payment| payment.amount()).sum();
            more += &format!(
                "Payments under {} are not drawn; together they are {}.",
                usd(largest * LEAST, 0.0),
                usd(sum, 0.0)
            );
        }
        let room = canvas.frame(&self.sentence(), &subtitle, &self.run.note(more.trim_end()));
        if drawn.is_empty() {
            let (x, y) = room.center();
            let label = Label::new("No payments", LABEL, theme.muted).anchor(Anchor::Middle).centred(x, y);
            canvas.write(label);
            return canvas.finish();
        }

        // In a journal's column its names stand in two lines.
        let (key_height, sides) = if look.is_column() { (30.0, 88.0) } else { (14.0, 120.0) };
        let key_top = room.bottom - key_height;
        let area = Bounds { bottom: key_top - 14.0, ..room };
        let ring = Ring::laid_out(&shown.actors, &drawn, area, sides);
        let mut order: Vec<usize> = (0..drawn.len()).collect();
        // Pale bands below, and the larger below the smaller.
        let circles = |place: usize| drawn[place].circular > 0.5 * drawn[place].amount();
        order.sort_by(|a, b| {
            circles(*a)
                .cmp(&circles(*b))
                .then(drawn[*b].amount().total_cmp(&drawn[*a].amount()))
                .then(a.cmp(b))
        });
        canvas.draw(|sheet| {
            for place in &order {
                ring.bands[*place].draw(sheet, drawn[*place], self.is_taken_apart(), theme)?;
            }
            for (arc, actor) in ring.arcs.iter().zip(&shown.actors) {
                let color = match actor.kind {
                    ActorKind::Outside => theme.rule,
                    ActorKind::Lab => theme.ink,
                    _ => theme.muted,
                };
                sheet.draw(&Polygon::new(ring.segment(arc), fill(color)))?;
            }
            Ok(())
        });
        for place in &order {
            canvas.obstacle(ring.bands[*place].head_bounds());
        }
        let mut claims = Claims::on(area.grown(6.0));
        for place in &order {
            claims.claim(ring.bands[*place].head_bounds());
        }
        for arc in &ring.arcs {
            for bounds in ring.boxes_along(arc) {
                claims.claim(bounds);
                canvas.obstacle(bounds);
            }
        }
        actor_labels(&mut canvas, &shown, &ring, area);
        amounts(&mut canvas, &shown.actors, &drawn, &ring, &mut claims);
        key(&mut canvas, &drawn, self.is_taken_apart(), &ring, Bounds { top: key_top, ..room });
        canvas.finish()
    }
}

/// An amount on the map, where digits are in the way: whole billions from twenty on, else two digits.
fn rough(amount: f64) -> String {
    usd(amount, if amount >= 20.0 { 1.0 } else { amount * 0.05 })
}

/// What is drawn: the given actors, or the largest of them and the rest as one.
struct Shown {
    /// What each gets and pays besides.
    beside: Vec<(f64, f64)>,
    actors: Vec<Actor>,
    payments: Vec<Payment>,
}

fn together(data: &MoneyMap) -> Shown {
    let through = |actor: usize| -> f64 {
        let touches = |payment: &&Payment| payment.payer == actor || payment.payee == actor;
        data.payments.iter().filter(touches).map(Payment::amount).sum()
    };
    let mut by_size: Vec<usize> = (0..data.actors.len()).filter(|actor| through(*actor) > 0.0).collect();
    by_size.sort_by(|a, b| through(*b).total_cmp(&through(*a)).then(a.cmp(b)));
    let rest = if by_size.len() > MOST_ACTORS { by_size.split_off(MOST_ACTORS - 1) } else { Vec::new() };
    by_size.sort();
    let mut actors: Vec<Actor> = by_size.iter().map(|actor| data.actors[*actor].clone()).collect();
    if !rest.is_empty() {
        actors.push(Actor { name: format!("{} others", rest.len()), kind: ActorKind::Company });
    }
    let place = |actor: usize| by_size.iter().position(|kept| *kept == actor).unwrap_or(by_size.len());
    let mut beside = vec![(0.0, 0.0); actors.len()];
    for (actor, (gets, pays)) in data.beside.iter().enumerate() {
        // One whom nobody on the map pays has no place on it.
        if let Some(sums) = beside.get_mut(place(actor)) {
            (sums.0, sums.1) = (sums.0 + gets, sums.1 + pays);
        }
    }
    let mut payments: Vec<Payment> = Vec::new();
    for payment in &data.payments {
        let (payer, payee) = (place(payment.payer), place(payment.payee));
        if payer == payee {
            continue;
        }
        let same = |known: &&mut Payment| {
            (known.payer, known.payee, known.is_lending) == (payer, payee, payment.is_lending)
        };
        match payments.iter_mut().find(same) {
            Some(known) => {
                for ((_, sum), amount) in known.by_origin.iter_mut().zip(payment.by_origin.values()) {
                    *sum += amount;
                }
                known.circular += payment.circular;
            }
            None => payments.push(Payment { payer, payee, ..payment.clone() }),
        }
    }
    Shown { beside, actors, payments }
}

/// Names around the ring, each with what it gets and pays, tied to its arc.
fn actor_labels(canvas: &mut Canvas, shown: &Shown, ring: &Ring, area: Bounds) {
    let theme = canvas.theme;
    let Shown { beside, actors, payments } = shown;
    let clear = ring.radius + RING + 15.0;
    for side in [-1.0, 1.0] {
        let edge = if side < 0.0 { area.left } else { area.right };
        let widest = (edge - (ring.center.0 + side * clear)).abs();
        struct Tag {
            actor: usize,
            lines: Vec<String>,
            amounts: Vec<String>,
            point: (f64, f64),
        }
        // On the map, of all in flows.csv.
        let amounts = |actor: usize| {
            let sum = |of: fn(&Payment) -> usize| -> f64 {
                payments.iter().filter(|payment| of(payment) == actor).map(Payment::amount).sum()
            };
            let said = |verb: &str, shown: f64, beside: f64| {
                // What rounds to the same is all of it.
                match [rough(shown), rough(shown + beside)] {
                    [shown, all] if shown != all => format!("{verb} {shown} of {all}"),
                    [shown, _] => format!("{verb} {shown}"),
                }
            };
            let gets = said("gets", sum(|payment| payment.payee), beside[actor].0);
            let pays = said("pays", sum(|payment| payment.payer), beside[actor].1);
            let both = format!("{gets}, {pays}");
            let fits = width(&both, Weight::Regular, NOTE) <= widest;
            if fits { vec![both] } else { vec![format!("{gets},"), pays] }
        };
        let mut tags: Vec<Tag> = Vec::new();
        for (actor, arc) in ring.arcs.iter().enumerate() {
            let on_right = libm::sin(arc.middle()) >= 0.0;
            if on_right != (side > 0.0) {
                continue;
            }
            let mut lines = wrap(&actors[actor].name, Weight::SemiBold, LABEL, widest);
            if lines.len() > 2 {
                let rest = lines[1..].join(" ");
                lines.truncate(1);
                lines.push(shorten(&rest, Weight::SemiBold, LABEL, widest));
            }
            tags.push(Tag {
                actor,
                lines,
                amounts: amounts(actor),
                point: ring.at(arc.middle(), ring.radius + RING),
            });
        }
        tags.sort_by(|a, b| a.point.1.total_cmp(&b.point.1).then(a.actor.cmp(&b.actor)));
        let line = LABEL * 1.22;
        let below = NOTE * 1.45;
        let height = |tag: &Tag, with_amounts: bool| {
            tag.lines.len() as f64 * line
                + if with_amounts { below * tag.amounts.len() as f64 } else { 0.0 }
                + 3.0
        };
        let (low, high) = (area.top - 8.0, area.bottom + 8.0);
        let fits = |words: &String| width(words, Weight::Regular, NOTE) <= widest + 4.0;
        let has_room = !canvas.look.is_column() || tags.iter().flat_map(|tag| &tag.amounts).all(fits);
        let with_amounts = has_room && tags.iter().map(|tag| height(tag, true)).sum::<f64>() <= high - low;
        if !with_amounts && tags.iter().map(|tag| height(tag, false)).sum::<f64>() > high - low {
            for tag in &mut tags {
                tag.lines = vec![shorten(&actors[tag.actor].name, Weight::SemiBold, LABEL, widest)];
            }
        }
        let heights: Vec<f64> = tags.iter().map(|tag| height(tag, with_amounts)).collect();
        // A little away from the ring's middle line, where a radial leader would point.
        let wanted: Vec<f64> = tags
            .iter()
            .map(|tag| ring.center.1 + (tag.point.1 - ring.center.1) * (clear / (ring.radius + RING)))
            .collect();
        let middles = spread(&wanted, &heights, low, high);
        for ((tag, middle), height) in tags.iter().zip(&middles).zip(&heights) {
            // As near the ring as the nearer edge of the label allows.
            let (top, bottom) = (middle - height / 2.0, middle + height / 2.0);
            let near = if top > ring.center.1 { top } else { bottom.min(ring.center.1) };
            let drop = (near - ring.center.1).abs().min(clear);
            let reach = (clear * clear - drop * drop).sqrt().max((tag.point.0 - ring.center.0).abs() + 9.0);
            let x = ring.center.0 + side * reach;
            let anchor = if side < 0.0 { Anchor::End } else { Anchor::Start };
            let leader = [tag.point, (x - side * 3.0, top + line * 0.55)].map(fine_point);
            canvas.draw(|sheet| sheet.draw(&PathElement::new(leader, stroke(theme.rule, 0.625))));
            let mut y = top + line * 0.5;
            for words in &tag.lines {
                canvas.write(Label::new(words.clone(), LABEL, theme.ink).bold().anchor(anchor).centred(x, y));
                y += line;
            }
            if with_amounts {
                for words in &tag.amounts {
                    let words = shorten(words, Weight::Regular, NOTE, (edge - x).abs());
                    let label = Label::new(words, NOTE, theme.muted).anchor(anchor);
                    canvas.write(label.at(x, y - line * 0.5 + NOTE));
                    y += below;
                }
            }
        }
    }
}

/// Amounts on their bands, where they cover least of the others: the largest payments between actors first, then the
/// largest from and to the outside.
fn amounts(canvas: &mut Canvas, actors: &[Actor], payments: &[&Payment], ring: &Ring, claims: &mut Claims) {
    const MOST: usize = 8;
    let theme = canvas.theme;
    let touches_outside = |place: &usize| {
        let payment = payments[*place];
        [payment.payer, payment.payee].iter().any(|actor| actors[*actor].kind == ActorKind::Outside)
    };
    let mut order: Vec<usize> = (0..payments.len()).collect();
    order.sort_by(|a, b| payments[*b].amount().total_cmp(&payments[*a].amount()).then(a.cmp(b)));
    let largest = payments[order[0]].amount();
    order.retain(|place| payments[*place].amount() >= 0.01 * largest);
    let (outside, between): (Vec<usize>, Vec<usize>) = order.into_iter().partition(touches_outside);
    for place in between.into_iter().take(MOST).chain(outside.into_iter().take(MOST)) {
        let amount = payments[place].amount();
        let words = rough(amount);
        let half = (width(&words, Weight::SemiBold, NOTE) / 2.0 + 2.0, NOTE * 0.55 + 1.0);
        let band = &ring.bands[place];
        let mut candidates: Vec<(f64, f64, Bounds)> = Vec::new();
        for step in POINTS / 8..=POINTS - POINTS / 8 {
            let (x, y) = band.middle[step].0;
            let bounds = Bounds::around(x, y, half.0, half.1);
            let covered: f64 = ring
                .bands
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != place)
                .map(|(_, other)| {
                    // A band touches the label where its middle comes within half its width of it.
                    let touched = bounds.grown(other.width / 2.0);
                    let inside = |(x, y): (f64, f64)| {
                        (touched.left..touched.right).contains(&x)
                            && (touched.top..touched.bottom).contains(&y)
                    };
                    let points = other.middle.iter().filter(|(point, _)| inside(*point)).count();
                    // A thin band under a label is lost, a wide one shows on both sides.
                    points as f64 / (1.0 + 0.1 * other.width)
                })
                .sum();
            candidates.push((covered, step.abs_diff(POINTS / 2) as f64, bounds));
        }
        candidates.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        if let Some(bounds) = claims.place(candidates.iter().map(|(.., bounds)| *bounds)) {
            let (x, y) = bounds.center();
            let label = Label::new(words, NOTE, theme.ink).bold().anchor(Anchor::Middle).halo(theme.paper);
            canvas.write(label.centred(x, y));
        }
    }
}

/// One line under the map: colours of the origins that occur, and three widths.
fn key(canvas: &mut Canvas, payments: &[&Payment], taken_apart: bool, ring: &Ring, room: Bounds) {
    let theme = canvas.theme;
    let mut y = room.top + 7.0;
    let mut x = room.left;
    let has_lines = room.height() > 20.0;
    for origin in Origin::ALL {
        if payments.iter().all(|payment| payment.by_origin.of(origin) <= 0.0) {
            continue;
        }
        if has_lines && x + 18.0 + width(origin.name(), Weight::Regular, TICK) > room.right {
            (x, y) = (room.left, y + 15.0);
        }
        let color = theme.origin(origin);
        let is_told = taken_apart && !theme.edges_circles;
        let pale = if is_told { color.over(theme.paper, 0.38) } else { color };
        canvas.draw(|sheet| {
            let halves = [(x, x + 7.0, color), (x + 7.0, x + 14.0, pale)];
            for (from, to, color) in halves {
                let corners = [(from, y - 4.0), (to, y + 4.0)].map(fine_point);
                sheet.draw(&plotters::element::Rectangle::new(corners, fill(color)))?;
            }
            for line in
                theme.texture(origin).lines(14.0, 8.0, |along, across| (x + along, y - 4.0 + 8.0 * across))
            {
                let line: Vec<_> = line.into_iter().map(fine_point).collect();
                sheet.draw(&PathElement::new(line, stroke(line_color(theme, color), TEXTURE)))?;
            }
            Ok(())
        });
        let written = canvas.write(Label::new(origin.name(), TICK, theme.ink).centred(x + 18.0, y));
        x = written.right + 12.0;
    }
    if payments.iter().any(|payment| payment.is_lending) {
        if has_lines && x + 80.0 > room.right {
            (x, y) = (room.left, y + 15.0);
        }
        canvas.draw(|sheet| {
            for k in 0..3 {
                let from = x + 6.0 * f64::from(k);
                let corners = [(from, y - 4.0), (from + 4.0, y + 4.0)].map(fine_point);
                sheet.draw(&plotters::element::Rectangle::new(corners, fill(theme.rule)))?;
            }
            Ok(())
        });
        let written = canvas.write(Label::new("lent, repaid", TICK, theme.ink).centred(x + 20.0, y));
        x = written.right + 12.0;
    }
    // Widths from the right: a round amount at or below the largest, a tenth, a hundredth.
    let largest = payments.iter().map(|payment| payment.amount()).fold(0.0, f64::max);
    let decade = libm::exp10(libm::floor(libm::log10(largest) + 1e-9));
    let mut end = room.right;
    // None taller than the line it stands in.
    let fits = |amount: &f64| ring.scale * amount.sqrt() <= 18.0;
    for amount in (0..4).map(|step| decade / libm::exp10(f64::from(step))).filter(fits).take(3) {
        let label = Label::new(usd(amount, 0.0), TICK, theme.ink).anchor(Anchor::End).centred(end, y);
        let bounds = label.bounds();
        let stroke_width = (ring.scale * amount.sqrt()).max(0.5);
        if amount < 0.01 || bounds.left - 30.0 < x + 110.0 {
            break;
        }
        canvas.write(label);
        canvas.draw(|sheet| {
            let from_to =
                [(bounds.left - 26.0, y - stroke_width / 2.0), (bounds.left - 5.0, y + stroke_width / 2.0)];
            sheet.draw(&plotters::element::Rectangle::new(from_to.map(fine_point), fill(theme.rule)))
        });
        end = bounds.left - 26.0 - 12.0;
    }
    let label = Label::new("width, by square root", TICK, theme.muted).anchor(Anchor::End).centred(end, y);
    if label.bounds().left > x {
        canvas.write(label);
    }
}
