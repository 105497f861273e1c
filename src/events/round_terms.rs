//! The terms of a lab's rounds (5.10): when it may raise, what it is priced at, who offers what. The round itself is in
//! [`super::round`].

use super::clearing::Demand;
use super::listing::Listing;
use super::need;
use super::round::Around;
use crate::actors::{Actors, Lab, Now, SLACK};
use crate::books::{Edge, Flow, Party};
use crate::compiler::Compiler;
use crate::deals::compute::Claims;
use crate::deals::vendor_equity::{VendorCapital, VendorEquity};
use crate::input::Node;
use crate::market::funding::{holding_capacity_at, person_capacity_at};
use crate::market::sentiment::Sentiment;
use crate::state::{Batch, Cells, Eight, F8, Loop, M8, Place, Row, Value};

#[derive(Debug, Clone)]
pub struct RoundTerms {
    pub trigger: Row,
    pub gap: Row,
    pub runway: Row,
    pub multiple: [Row; 3],
    pub appetite: [Row; 3],
    pub spillover: Row,
    /// Step from which the next round may come.
    pub earliest: Row,
    pub count: Row,
    /// Indices into [`VendorEquity::offers`].
    pub vendors: Vec<usize>,
    pub persons: Vec<Investor>,
    pub holdings: Vec<Investor>,
    /// Rounds without need.
    pub at_will: Option<AtWill>,
    /// `None`: outside investors offer `appetite`, whatever the price.
    pub demand: Option<Demand<Row>>,
    pub told: Option<Told>,
    /// What companies paid for shares beyond what others would have, USD bn; where the price may fall.
    pub conceded: Option<Row>,
}

/// When a lab that is in no need may raise.
#[derive(Debug, Clone)]
pub struct AtWill {
    /// Step of the last round before the start, or 0: `gap` counts from it.
    pub last: i32,
    /// Step from which such a round may come.
    pub earliest: Row,
    /// (u, f)
    pub step_up: Option<(Row, Row)>,
    /// H
    pub cash_target: Option<Row>,
    pub listing: Option<Listing>,
}

/// What is reported of rounds beyond their number.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Rounds of a lab that was in no need.
    pub by_choice: Row,
    /// Σ of 1 − P'/P.
    pub discounts: Row,
}

/// A person or holding that invests in the lab's rounds.
#[derive(Debug, Clone, Copy)]
pub struct Investor {
    pub index: usize,
    /// φ
    pub fraction: Row,
    pub edge: Edge,
    pub stake: usize,
}

/// What insiders offer, before anybody pays: companies, persons, holdings.
#[derive(Debug, Clone)]
pub struct Offers {
    all: [VendorCapital; MOST_INVESTORS],
    /// Where persons begin, where holdings do, and how many there are.
    persons: usize,
    holdings: usize,
    count: usize,
}

impl Offers {
    pub fn of_companies(&self) -> &[VendorCapital] {
        &self.all[..self.persons]
    }

    pub fn of_persons(&self) -> &[VendorCapital] {
        &self.all[self.persons..self.holdings]
    }

    pub fn of_holdings(&self) -> &[VendorCapital] {
        &self.all[self.holdings..self.count]
    }

    /// Of companies, cash and credits at face.
    pub fn by_companies(&self) -> f64 {
        sum_from(0.0, self.of_companies())
    }

    /// Of persons and holdings.
    pub fn by_others(&self) -> f64 {
        sum_from(0.0, self.of_persons()) + sum_from(0.0, self.of_holdings())
    }

    /// All offers: the outside's first, then these in their order.
    pub fn beside(&self, outside: f64) -> f64 {
        let with_companies = sum_from(outside, self.of_companies());
        with_companies + sum_from(0.0, self.of_persons()) + sum_from(0.0, self.of_holdings())
    }
}

fn sum_from(start: f64, offers: &[VendorCapital]) -> f64 {
    offers.iter().fold(start, |sum, offer| sum + (offer.cash + offer.credits))
}

impl RoundTerms {
    pub fn compile(
        c: &mut Compiler,
        l: usize,
        node: &Node,
        lab: &Lab,
        vendor_equity: &VendorEquity,
        are_priced: bool,
    ) -> Option<RoundTerms> {
        let round = node.table("round")?;
        let to = Party::Lab(l as u16);
        let name = node.text("name");
        let invest = |c: &mut Compiler, section: &str, party: fn(u16) -> Party| -> Vec<Investor> {
            let nodes = c.sections_named(section).enumerate();
            nodes
                .filter_map(|(index, node)| {
                    let fraction = node.numbers_by("invests").iter().find(|(lab, _)| lab == name)?.1;
                    let who = party(index as u16);
                    Some(Investor {
                        index,
                        fraction: Row::from(fraction),
                        edge: c.edge(who, to, Flow::ROUND),
                        stake: c.lab_stakes.of(&mut c.layout, who, l),
                    })
                })
                .collect()
        };
        let persons = invest(c, "person", Party::Person);
        let holdings = invest(c, "holding", Party::Holding);
        let vendors: Vec<usize> =
            (0..vendor_equity.offers.len()).filter(|k| vendor_equity.offers[*k].lab == l).collect();
        let companies = vendors.iter().map(|k| vendor_equity.offers[*k].investor());
        let others = persons.iter().map(|who| Party::Person(who.index as u16));
        let others = others.chain(holdings.iter().map(|who| Party::Holding(who.index as u16)));
        let from = std::iter::once(Party::Outside).chain(companies).chain(others);
        let listing = Listing::compile(c, l, node, from);
        let step_up = lab.priced.map(|_| (c.row(round, "step_up"), c.row(round, "sell")));
        let at_will = (step_up.is_some() || listing.is_some()).then(|| AtWill {
            last: if round.has("last") { c.clock.step_of(round.date("last")) } else { 0 },
            earliest: c.layout.row(),
            step_up,
            cash_target: round.number_if("cash_target").map(Row::from),
            listing,
        });
        Some(RoundTerms {
            trigger: c.row(round, "trigger"),
            gap: c.row(round, "gap"),
            runway: c.row(round, "runway"),
            multiple: round.states("multiple").map(Row::from),
            appetite: round.states("appetite").map(Row::from),
            spillover: c.row(round, "spillover"),
            earliest: c.layout.row(),
            count: c.layout.sum(format!("rounds of {name}")),
            vendors,
            persons,
            holdings,
            at_will,
            demand: Demand::compile(c, round),
            conceded: round.was_given("price_elasticity").then(|| c.layout.row()),
            told: are_priced.then(|| Told {
                by_choice: c.layout.sum(format!("rounds by choice of {name}")),
                discounts: c.layout.sum(format!("discounts of {name}")),
            }),
        })
    }

    pub fn listing(&self) -> Option<&Listing> {
        self.at_will.as_ref()?.listing.as_ref()
    }

    /// Those of some paths on which the lab has less cash than its need over the next year asks for.
    #[inline(always)]
    pub fn is_low(&self, b: &Cells, around: &Around, l: usize, among: M8) -> M8 {
        let Around { now, actors, compute, deals, .. } = *around;
        if !among.any() {
            return M8::NONE;
        }
        let lab = &actors.labs[l];
        let (cash, trigger) = (lab.account.total(b) + SLACK, b.get(self.trigger));
        if deals.any(l) {
            // What it owes on loans is summed step by step: not where its cash is enough for the most that they can ask.
            let most = need::most_in_next_year(b, now, actors, compute, deals, l).positive_part();
            if !(among & cash.lt(trigger * most * (1.0 + 1e-9))).any() {
                return M8::NONE;
            }
        }
        let need = need::next_year(b, now, actors, compute, deals, l).positive_part();
        debug_assert!({
            let most = need::most_in_next_year(b, now, actors, compute, deals, l).positive_part();
            !(among & need.gt(most * (1.0 + 1e-9) + SLACK)).any()
        });
        among & cash.lt(trigger * need)
    }

    /// What a round by choice may bring at most, USD bn: cash and credits up to the target.
    #[inline(always)]
    pub fn room(&self, b: &Cells, around: &Around, l: usize, target: Row) -> F8 {
        let Around { now, actors, compute, deals, .. } = *around;
        let lab = &actors.labs[l];
        let costs = need::costs_next_year(b, now, actors, compute, deals, l);
        let credits = lab.dealings.iter().fold(F8::ZERO, |sum, d| sum + b.get(d.credits));
        b.get(target) * costs - lab.account.total(b) - credits
    }

    /// Paths on which the lab may raise without need: those where the price has stepped up
    /// and cash is below its target, and those where it lists.
    #[inline(always)]
    pub fn wants(&self, b: &Cells, around: &Around, l: usize) -> (M8, M8) {
        let Around { now, actors, sentiment, .. } = *around;
        let none = (M8::NONE, M8::NONE);
        let Some(at_will) = &self.at_will else { return none };
        let free = F8::splat(f64::from(now.step)).ge(b.get(at_will.earliest));
        if !free.any() {
            return none;
        }
        let lab = &actors.labs[l];
        let ready = match (&at_will.listing, lab.listed) {
            (Some(listing), Some(listed)) => {
                free & listing.is_ready(b, now.step, lab.revenue, listed, sentiment)
            }
            _ => M8::NONE,
        };
        if at_will.step_up.is_none() && !ready.any() {
            return none;
        }
        let price = self.pre_money(b, Eight, now, actors, sentiment, l);
        let has_price = price.gt(F8::ZERO);
        let steps_up = match (at_will.step_up, lab.priced) {
            (Some((step_up, _)), Some(priced)) => {
                let last = b.get(priced);
                let rises = free & has_price & last.gt(F8::ZERO) & (price + SLACK).ge(b.get(step_up) * last);
                match at_will.cash_target.filter(|_| rises.any()) {
                    Some(target) => rises & self.room(b, around, l, target).gt(F8::splat(SLACK)),
                    None => rises,
                }
            }
            _ => M8::NONE,
        };
        (steps_up, ready & has_price)
    }

    /// P = `multiple[sentiment]` × reported revenue × exp(χ·x̄), times the lab's factor
    #[inline(always)]
    pub fn pre_money<P: Place>(
        &self,
        b: &Cells,
        place: P,
        now: &Now,
        actors: &Actors,
        sentiment: &Sentiment,
        l: usize,
    ) -> P::Value {
        let lab = &actors.labs[l];
        let reported = lab.reported_revenue(b, place, now.step, now.clock.steps_per_year);
        let multiple = sentiment.of_state(b, place, &self.multiple);
        let spillover = self.spillover(b, place, now, actors, l).exp();
        lab.believed(b, place, multiple * reported * spillover)
    }

    /// χ·x̄: the sector's premium prices the private round; x̄ weighted by base weight. Zero with the announcement
    /// loop off.
    #[inline(always)]
    fn spillover<P: Place>(&self, b: &Cells, place: P, now: &Now, actors: &Actors, l: usize) -> P::Value {
        if !now.loops.on(Loop::ANNOUNCEMENT) {
            return P::Value::ZERO;
        }
        let (mut sum, mut weights) = (P::Value::ZERO, P::Value::ZERO);
        for link in &actors.labs[l].spending {
            let weight = place.read(b, link.base_weight);
            sum = sum + weight * place.read(b, actors.companies[link.company].premium);
            weights = weights + weight;
        }
        (place.read(b, self.spillover) * sum).share_of(weights)
    }

    pub fn offers_at(&self, b: &Batch, path: usize, around: &Around) -> Offers {
        let Around { now, actors, vendors, .. } = *around;
        let persons = self.vendors.len();
        let holdings = persons + self.persons.len();
        let count = holdings + self.holdings.len();
        let mut all = [VendorCapital { cash: 0.0, credits: 0.0 }; MOST_INVESTORS];
        for (offer, index) in all.iter_mut().zip(&self.vendors) {
            *offer = vendors.offers[*index].offer_at(b, path, now, actors);
        }
        if now.loops.on(Loop::RELATED_WEALTH) {
            for (offer, who) in all[persons..holdings].iter_mut().zip(&self.persons) {
                let capacity = person_capacity_at(b, path, &actors.persons[who.index], actors, now);
                offer.cash = b.at(who.fraction, path) * capacity;
            }
            for (offer, who) in all[holdings..count].iter_mut().zip(&self.holdings) {
                let capacity = holding_capacity_at(b, path, &actors.holdings[who.index], actors, now);
                offer.cash = b.at(who.fraction, path) * capacity;
            }
        }
        Offers { all, persons, holdings, count }
    }
}

/// Investors in one lab, of all classes; the scenario's reader refuses more.
pub const MOST_INVESTORS: usize = 32;
