//! Funding rounds (5.10): when a lab raises, in need or by choice, at what value, who offers, and what of it is taken.
//! A lab's terms and what insiders offer are in [`super::round_terms`], the price that clears in [`super::clearing`], the
//! public one in [`super::listing`].

use super::clearing::{Ask, Cleared, Demand};
use super::need;
use super::round_terms::{MOST_INVESTORS, Offers, RoundTerms};
use crate::actors::{Actors, Lab, Now, SLACK};
use crate::books::ledger::capital_at;
use crate::books::{Edge, Origin, Party, Purse};
use crate::compiler::Compiler;
use crate::deals::Deals;
use crate::deals::compute::Compute;
use crate::deals::vendor_equity::{VendorCapital, VendorEquity};
use crate::input::Node;
use crate::market::funding::{holding_pays_at, person_borrows_at};
use crate::market::sentiment::Sentiment;
use crate::state::{Batch, Clock, Eight, F8, LANES, Row};

#[derive(Debug, Clone)]
pub struct Rounds {
    /// By lab; `None` for a lab that never raises.
    pub terms: Vec<Option<RoundTerms>>,
    /// The extra dollar of §9: USD bn of savings for the first lab at step 0, outside the target.
    pub extra: Row,
    /// Does the file say more of rounds than that they come in need and at P? Then more is reported of them.
    pub are_priced: bool,
}

/// Everything that a round looks at.
pub struct Around<'a> {
    pub now: &'a Now,
    pub actors: &'a Actors,
    pub compute: &'a Compute,
    pub deals: &'a Deals,
    pub vendors: &'a VendorEquity,
    pub sentiment: &'a Sentiment,
}

/// Why a lab raises on a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why {
    pub in_need: bool,
    pub steps_up: bool,
    pub lists: bool,
}

/// A round before anybody has paid.
#[derive(Debug, Clone)]
pub struct Agreed {
    pub why: Why,
    /// T is what brings cash and credits to `cash_target`.
    pub fills: bool,
    /// P
    pub pre_money: f64,
    pub demand: Demand<f64>,
    pub ask: Ask,
    /// The outside's quota without any signal.
    pub plain: f64,
    pub offers: Offers,
    pub cleared: Cleared,
}

impl Agreed {
    /// What outside investors bid at P, what they get only if money is missing included.
    pub fn outside_bids(&self) -> f64 {
        self.ask.quota + self.demand.oversubscribed * self.ask.quota
    }
}

impl Rounds {
    pub fn compile(c: &mut Compiler, labs: &[Lab], vendor_equity: &VendorEquity) -> Rounds {
        let are_priced =
            c.any("lab", says_more_of_rounds) || c.any("commitment", |node| node.was_given("marked"));
        let nodes = c.sections_named("lab").zip(labs).enumerate();
        let terms = nodes
            .map(|(l, (node, lab))| RoundTerms::compile(c, l, node, lab, vendor_equity, are_priced))
            .collect();
        Rounds { terms, extra: c.layout.row(), are_priced }
    }

    pub fn open(&self, b: &mut Batch, clock: &Clock, actors: &Actors) {
        for (terms, lab) in self.terms.iter().zip(&actors.labs) {
            if let Some(priced) = lab.priced {
                b.copy(lab.mark, priced);
            }
            let Some(terms) = terms else { continue };
            let Some(at_will) = &terms.at_will else { continue };
            for path in 0..LANES {
                let earliest = at_will.last + clock.span(b.at(terms.gap, path));
                b.put(at_will.earliest, path, f64::from(earliest));
            }
        }
    }

    /// Stage 8: labs in need, then those that may raise and need not. `told`: path, lab and round, before it is paid.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, around: &Around, told: &mut dyn FnMut(usize, usize, &Agreed)) {
        let now = around.now;
        self.quote_listed(b, around);
        for (l, terms) in self.terms.iter().enumerate() {
            let Some(terms) = terms else { continue };
            let free = F8::splat(f64::from(now.step)).ge(b.get(terms.earliest));
            let raises = terms.is_low(b, around, l, free);
            if raises.any() {
                let (steps_up, lists) = terms.wants(b, around, l);
                for lane in raises.lanes() {
                    let why = Why { in_need: true, steps_up: steps_up.at(lane), lists: lists.at(lane) };
                    self.raise_at(b, lane, around, l, terms, why, told);
                }
            }
        }
        for (l, terms) in self.terms.iter().enumerate() {
            let Some(terms) = terms else { continue };
            if terms.at_will.is_none() {
                continue;
            }
            let (steps_up, lists) = terms.wants(b, around, l);
            let raises = steps_up | lists;
            if raises.any() {
                // Another lab's round changes nothing of whether this one is in need.
                let raises = raises & !terms.is_low(b, around, l, raises);
                for lane in raises.lanes() {
                    let why = Why { in_need: false, steps_up: steps_up.at(lane), lists: lists.at(lane) };
                    self.raise_at(b, lane, around, l, terms, why, told);
                }
            }
        }
        if now.step == 0 {
            self.extra_dollar(b, around.actors);
        }
    }

    /// V ← P of labs that have listed, from the step after the listing on.
    #[inline(always)]
    fn quote_listed(&self, b: &mut Batch, around: &Around) {
        for (l, terms) in self.terms.iter().enumerate() {
            let lab = &around.actors.labs[l];
            let Some(terms) = terms.as_ref().filter(|_| lab.listed.is_some()) else { continue };
            let listed = lab.is_listed(b, around.now.step);
            if listed.any() {
                let price = terms.pre_money(b, Eight, around.now, around.actors, around.sentiment, l);
                let mark = listed.select(price, b.get(lab.mark));
                b.set(lab.mark, mark);
            }
        }
    }

    /// What is agreed on before anybody pays; `None`: no round.
    fn agree_at(
        &self,
        b: &Batch,
        path: usize,
        around: &Around,
        l: usize,
        terms: &RoundTerms,
        why: Why,
    ) -> Option<Agreed> {
        let Around { now, actors, compute, deals, sentiment, .. } = *around;
        let lab = &actors.labs[l];
        let span = now.clock.span(b.at(terms.runway, path));
        let need = need::over_at(b, path, now, actors, compute, deals, l, span);
        let need = (need - lab.account.total_at(b, path) - lab.credits_at(b, path)).max(0.0);
        let pre_money = terms.pre_money(b, path, now, actors, sentiment, l);
        let listing = terms.listing();
        let at_will = terms.at_will.as_ref().filter(|_| why.steps_up);
        let sells = match listing.filter(|_| why.lists) {
            Some(listing) => Some(listing.sell),
            None => at_will.and_then(|at_will| at_will.step_up).map(|(_, sell)| sell),
        };
        let sold = sells.map_or(0.0, |sell| b.at(sell, path) * pre_money);
        let room = at_will.and_then(|at_will| at_will.cash_target).filter(|_| !why.lists);
        let room = room.map_or(f64::INFINITY, |target| terms.room(b, around, l, target).0[path]);
        let target = need.max(sold.min(room));
        if target <= SLACK {
            return None;
        }
        let offers = terms.offers_at(b, path, around);
        let demand = terms.demand.map_or(Demand::PLAIN, |demand| demand.at(b, path));
        let mut appetite = sentiment.of_state(b, path, &terms.appetite);
        if let Some(listing) = listing
            && (why.lists || lab.is_listed(b, now.step).at(path))
        {
            appetite *= b.at(listing.depth, path);
        }
        let plain = appetite * pre_money;
        let quota = plain * demand.endorsed(offers.by_companies(), target);
        let offered = offers.beside(quota);
        if offered <= SLACK {
            return None;
        }
        let insiders = offers.beside(0.0);
        let ask = Ask { target, need: why.in_need.then_some(need), quota, insiders, offered };
        let cleared = demand.clear(&ask);
        let fills = room < sold && room > need;
        Some(Agreed { why, fills, pre_money, demand, ask, plain, offers, cleared })
    }

    #[allow(clippy::too_many_arguments)]
    fn raise_at(
        &self,
        b: &mut Batch,
        path: usize,
        around: &Around,
        l: usize,
        terms: &RoundTerms,
        why: Why,
        told: &mut dyn FnMut(usize, usize, &Agreed),
    ) {
        let Some(agreed) = self.agree_at(b, path, around, l, terms, why) else { return };
        told(path, l, &agreed);
        let Around { now, actors, vendors, sentiment, .. } = *around;
        let lab = &actors.labs[l];
        let Agreed { pre_money, demand, ask, plain, ref offers, cleared, .. } = agreed;
        let Cleared { price, taken, outside } = cleared;

        // Payments, in the order of the offers.
        let edges = terms.listing().filter(|_| why.lists).map(|listing| &listing.edges);
        let edge = |of_round: Edge, k: usize| edges.map_or(of_round, |edges| edges[k]);
        let mut raised = outside;
        let mut raised_related = 0.0;
        let savings = Purse::of(Origin::Savings, raised);
        capital_at(b, path, edge(lab.outside_round_edge, 0), lab.account, &savings);
        lab.note_capital_at(b, path, Party::Outside, raised);
        // What each new holder put in: stakes are given once V is known.
        let mut given = [(0usize, 0.0f64); MOST_INVESTORS];
        let mut count = 0;
        let mut note = |b: &mut Batch, who: Party, stake: usize, paid: f64| {
            lab.note_capital_at(b, path, who, paid);
            raised += paid;
            raised_related += paid;
            given[count] = (stake, paid);
            count += 1;
        };
        let mut company_cash = 0.0;
        let mut k = 0;
        for (index, offer) in terms.vendors.iter().zip(offers.of_companies()) {
            let vendor = &vendors.offers[*index];
            let take = VendorCapital { cash: offer.cash * taken, credits: offer.credits * taken };
            k += 1;
            let paid = vendor.pay_at(b, path, actors, take, edge(vendor.round_edge, k));
            company_cash += paid - take.credits;
            note(b, vendor.investor(), vendor.stake, paid);
        }
        for (who, offer) in terms.persons.iter().zip(offers.of_persons()) {
            k += 1;
            if offer.cash > 0.0 {
                let purse =
                    person_borrows_at(b, path, &actors.persons[who.index], actors, now, offer.cash * taken);
                capital_at(b, path, edge(who.edge, k), lab.account, &purse);
                note(b, Party::Person(who.index as u16), who.stake, purse.total());
            }
        }
        for (who, offer) in terms.holdings.iter().zip(offers.of_holdings()) {
            k += 1;
            if offer.cash > 0.0 {
                let purse =
                    holding_pays_at(b, path, &actors.holdings[who.index], actors, now, offer.cash * taken);
                capital_at(b, path, edge(who.edge, k), lab.account, &purse);
                note(b, Party::Holding(who.index as u16), who.stake, purse.total());
            }
        }

        if let Some(conceded) = terms.conceded.filter(|_| company_cash > 0.0) {
            let without = demand.price_without_companies(price, &ask, plain, offers.by_others());
            let given = company_cash * (price - without) * pre_money / (price * pre_money + raised);
            b.add_at(conceded, path, given);
        }
        let pre_money = price * pre_money;
        let mark = pre_money + raised;
        let kept = if mark > 0.0 { pre_money / mark } else { 1.0 };
        actors.lab_stakes.dilute_at(b, path, l, kept);
        for (stake, paid) in &given[..count] {
            actors.lab_stakes.give_at(b, path, *stake, paid / mark, *paid);
        }
        lab.price_at(b, path, mark);
        let dilution = b.at(lab.dilution, path) * kept;
        b.put(lab.dilution, path, dilution);
        b.add_at(terms.count, path, 1.0);
        if let Some(told) = terms.told {
            // A round at P = 0 has no price to cut.
            b.add_at(told.discounts, path, if pre_money > 0.0 { 1.0 - price } else { 0.0 });
            b.add_at(told.by_choice, path, f64::from(!why.in_need));
        }
        if let Some(listed) = lab.listed.filter(|_| why.lists && raised > SLACK) {
            b.put(listed, path, f64::from(now.step + 1));
        }
        let gap = now.clock.span(b.at(terms.gap, path)).max(1);
        b.put(terms.earliest, path, f64::from(now.step + gap));
        if let Some(at_will) = &terms.at_will {
            b.put(at_will.earliest, path, f64::from(now.step + gap));
        }
        for dealings in &lab.dealings {
            b.put(dealings.paid_since_round, path, 0.0);
        }
        sentiment.note_capital_at(b, path, raised_related, raised);
        lab.commit_at(b, path, raised);
    }

    /// Savings that the first lab raises outside its target: counted in G, committed like any capital.
    fn extra_dollar(&self, b: &mut Batch, actors: &Actors) {
        let Some(lab) = actors.labs.first() else { return };
        for path in 0..LANES {
            let extra = b.at(self.extra, path);
            if extra != 0.0 {
                let purse = Purse::of(Origin::Savings, extra);
                capital_at(b, path, lab.outside_round_edge, lab.account, &purse);
                lab.note_capital_at(b, path, Party::Outside, extra);
                lab.commit_at(b, path, extra);
            }
        }
    }
}

/// Does the file say more of the lab's rounds and marks than that rounds come in need and at P?
fn says_more_of_rounds(lab: &Node) -> bool {
    const KEYS: [&str; 6] =
        ["step_up", "last", "price_elasticity", "price_floor", "oversubscribed", "endorsement"];
    ["tender", "remarks", "listing"].iter().any(|key| lab.was_given(key))
        || lab.table("round").is_some_and(|round| KEYS.iter().any(|key| round.was_given(key)))
}
