//! Funding rounds (5.10): when a lab raises, in need or by choice, at what value, who offers, and what of it is taken.
//! The price is found in [`super::clearing`], the public one in [`super::listing`].

use super::clearing::{Ask, Cleared, Demand};
use super::listing::Listing;
use super::need;
use crate::actors::{Actors, Lab, Now, SLACK};
use crate::books::ledger::capital_at;
use crate::books::{Edge, Flow, Origin, Party, Purse};
use crate::compiler::Compiler;
use crate::deals::Deals;
use crate::deals::compute::Compute;
use crate::deals::vendor_equity::{VendorCapital, VendorEquity};
use crate::input::Node;
use crate::market::funding::{holding_capacity_at, holding_pays_at, person_borrows_at, person_capacity_at};
use crate::market::sentiment::Sentiment;
use crate::state::{Batch, Cells, Clock, Eight, F8, LANES, Loop, M8, Place, Row, Value};

#[derive(Debug, Clone)]
pub struct Rounds {
    /// By lab; `None` for a lab that never raises.
    pub terms: Vec<Option<RoundTerms>>,
    /// The extra dollar of §9: USD bn of savings for the first lab at step 0, outside the target.
    pub extra: Row,
    /// Does the file say more of rounds than that they come in need and at P? Then more is reported of them.
    pub are_priced: bool,
}

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
#[derive(Debug, Clone, Copy)]
struct Why {
    in_need: bool,
    steps_up: bool,
    lists: bool,
}

/// What insiders offer, before anybody pays.
struct Offers {
    companies: [VendorCapital; MOST_INVESTORS],
    persons: [f64; MOST_INVESTORS],
    holdings: [f64; MOST_INVESTORS],
}

impl Offers {
    const NONE: Offers = Offers {
        companies: [VendorCapital { cash: 0.0, credits: 0.0 }; MOST_INVESTORS],
        persons: [0.0; MOST_INVESTORS],
        holdings: [0.0; MOST_INVESTORS],
    };

    /// Of companies, cash and credits at face.
    fn by_companies(&self) -> f64 {
        self.companies.iter().fold(0.0, |sum, offer| sum + (offer.cash + offer.credits))
    }

    /// Of persons and holdings.
    fn by_others(&self) -> f64 {
        self.persons.iter().sum::<f64>() + self.holdings.iter().sum::<f64>()
    }

    /// All offers: the outside's first, then these in their order.
    fn beside(&self, outside: f64) -> f64 {
        let with_companies =
            self.companies.iter().fold(outside, |sum, offer| sum + (offer.cash + offer.credits));
        with_companies + self.persons.iter().sum::<f64>() + self.holdings.iter().sum::<f64>()
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

    /// Stage 8: labs in need, then those that may raise and need not.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, around: &Around) {
        let now = around.now;
        self.quote_listed(b, around);
        for (l, terms) in self.terms.iter().enumerate() {
            let Some(terms) = terms else { continue };
            let free = F8::splat(f64::from(now.step)).ge(b.get(terms.earliest));
            let raises = terms.is_low(b, around, l) & free;
            if raises.any() {
                let (steps_up, lists) = terms.wants(b, around, l);
                for lane in raises.lanes() {
                    let why = Why { in_need: true, steps_up: steps_up.at(lane), lists: lists.at(lane) };
                    self.raise_at(b, lane, around, l, terms, why);
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
                let raises = raises & !terms.is_low(b, around, l);
                for lane in raises.lanes() {
                    let why = Why { in_need: false, steps_up: steps_up.at(lane), lists: lists.at(lane) };
                    self.raise_at(b, lane, around, l, terms, why);
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

    fn raise_at(&self, b: &mut Batch, path: usize, around: &Around, l: usize, terms: &RoundTerms, why: Why) {
        let Around { now, actors, compute, deals, vendors, sentiment } = *around;
        let lab = &actors.labs[l];
        let span = now.clock.span(b.at(terms.runway, path));
        let need = need::over_at(b, path, now, actors, compute, deals, l, span);
        let need = (need - lab.account.total_at(b, path) - lab.credits_at(b, path)).max(0.0);
        let pre_money = terms.pre_money(b, path, now, actors, sentiment, l);
        let at_will = terms.at_will.as_ref();
        let listing = at_will.and_then(|at_will| at_will.listing.as_ref());
        let step_up = at_will.and_then(|at_will| at_will.step_up).filter(|_| why.steps_up);
        let sells = match listing.filter(|_| why.lists) {
            Some(listing) => Some(listing.sell),
            None => step_up.map(|(_, sell)| sell),
        };
        let target = sells.map_or(need, |sell| need.max(b.at(sell, path) * pre_money));
        if target <= SLACK {
            return;
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
            return;
        }
        let insiders = offers.beside(0.0);
        let ask = Ask { target, need: why.in_need.then_some(need), quota, insiders, offered };
        let Cleared { price, taken, outside } = demand.clear(&ask);

        // Payments, in the order of the offers.
        let edges = listing.filter(|_| why.lists).map(|listing| &listing.edges);
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
        for (index, offer) in terms.vendors.iter().zip(&offers.companies) {
            let vendor = &vendors.offers[*index];
            let take = VendorCapital { cash: offer.cash * taken, credits: offer.credits * taken };
            k += 1;
            let paid = vendor.pay_at(b, path, actors, take, edge(vendor.round_edge, k));
            company_cash += paid - take.credits;
            note(b, vendor.investor(), vendor.stake, paid);
        }
        for (who, amount) in terms.persons.iter().zip(offers.persons) {
            k += 1;
            if amount > 0.0 {
                let purse =
                    person_borrows_at(b, path, &actors.persons[who.index], actors, now, amount * taken);
                capital_at(b, path, edge(who.edge, k), lab.account, &purse);
                note(b, Party::Person(who.index as u16), who.stake, purse.total());
            }
        }
        for (who, amount) in terms.holdings.iter().zip(offers.holdings) {
            k += 1;
            if amount > 0.0 {
                let purse =
                    holding_pays_at(b, path, &actors.holdings[who.index], actors, now, amount * taken);
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
        if let Some(at_will) = at_will {
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
            count: c.layout.row(),
            vendors,
            persons,
            holdings,
            at_will,
            demand: Demand::compile(c, round),
            conceded: round.was_given("price_elasticity").then(|| c.layout.row()),
            told: are_priced.then(|| Told { by_choice: c.layout.row(), discounts: c.layout.row() }),
        })
    }

    /// Paths on which the lab has less cash than its need over the next year asks for.
    #[inline(always)]
    fn is_low(&self, b: &Cells, around: &Around, l: usize) -> M8 {
        let Around { now, actors, compute, deals, .. } = *around;
        let lab = &actors.labs[l];
        let need = need::next_year(b, now, actors, compute, deals, l).positive_part();
        let cash = lab.account.total(b);
        (cash + SLACK).lt(b.get(self.trigger) * need)
    }

    /// Paths on which the lab may raise without need: those where the price has stepped up, and those where it lists.
    #[inline(always)]
    fn wants(&self, b: &Cells, around: &Around, l: usize) -> (M8, M8) {
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
                free & has_price & last.gt(F8::ZERO) & (price + SLACK).ge(b.get(step_up) * last)
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

    fn offers_at(&self, b: &Batch, path: usize, around: &Around) -> Offers {
        let Around { now, actors, vendors, .. } = *around;
        let mut offers = Offers::NONE;
        for (offer, index) in offers.companies.iter_mut().zip(&self.vendors) {
            *offer = vendors.offers[*index].offer_at(b, path, now, actors);
        }
        if now.loops.on(Loop::RELATED_WEALTH) {
            for (offer, who) in offers.persons.iter_mut().zip(&self.persons) {
                let capacity = person_capacity_at(b, path, &actors.persons[who.index], actors, now);
                *offer = b.at(who.fraction, path) * capacity;
            }
            for (offer, who) in offers.holdings.iter_mut().zip(&self.holdings) {
                let capacity = holding_capacity_at(b, path, &actors.holdings[who.index], actors, now);
                *offer = b.at(who.fraction, path) * capacity;
            }
        }
        offers
    }
}

/// Investors in one lab, of all classes; the scenario's reader refuses more.
pub const MOST_INVESTORS: usize = 32;

/// Does the file say more of the lab's rounds and marks than that rounds come in need and at P?
fn says_more_of_rounds(lab: &Node) -> bool {
    const KEYS: [&str; 6] =
        ["step_up", "last", "price_elasticity", "price_floor", "oversubscribed", "endorsement"];
    ["tender", "remarks", "listing"].iter().any(|key| lab.was_given(key))
        || lab.table("round").is_some_and(|round| KEYS.iter().any(|key| round.was_given(key)))
}
