//! Funding rounds (5.10): when a lab raises, at what value, who offers, and what of it is taken.

use crate::actors::{Actors, Now, SLACK};
use crate::books::ledger::capital_at;
use crate::books::{Edge, Flow, Origin, Party, Purse};
use crate::compiler::Compiler;
use crate::deals::compute::Compute;
use crate::deals::vendor_equity::{VendorCapital, VendorEquity};
use crate::input::Node;
use crate::market::funding::{holding_capacity_at, holding_pays_at, person_borrows_at, person_capacity_at};
use crate::market::sentiment::Sentiment;
use crate::state::maths::exp1;
use crate::state::{Batch, F8, LANES, Loop, Row};

#[derive(Debug, Clone)]
pub struct Rounds {
    /// By lab; `None` for a lab that never raises.
    pub terms: Vec<Option<RoundTerms>>,
    /// The extra dollar of §9: USD bn of savings for the first lab at step 0, outside the target.
    pub extra: Row,
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

impl Rounds {
    /// Stage 8.
    #[inline(always)]
    pub fn step(
        &self,
        b: &mut Batch,
        now: &Now,
        actors: &Actors,
        compute: &Compute,
        vendors: &VendorEquity,
        sentiment: &Sentiment,
    ) {
        for (l, terms) in self.terms.iter().enumerate() {
            let Some(terms) = terms else { continue };
            let lab = &actors.labs[l];
            let net = (b.get(lab.opex) - b.get(lab.revenue)) * now.clock.step_years;
            let year = F8::splat(f64::from(now.clock.steps_per_year));
            let need = (compute.bills_next_year(b, l) + net * year).positive_part();
            let cash = lab.account.total(b);
            let low = (cash + SLACK).lt(b.get(terms.trigger) * need);
            let free = F8::splat(f64::from(now.step)).ge(b.get(terms.earliest));
            let raises = low & free;
            if raises.any() {
                for lane in raises.lanes() {
                    self.raise_at(b, lane, now, actors, compute, vendors, sentiment, l, terms);
                }
            }
        }
        if now.step == 0 {
            self.extra_dollar(b, actors);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn raise_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        compute: &Compute,
        vendors: &VendorEquity,
        sentiment: &Sentiment,
        l: usize,
        terms: &RoundTerms,
    ) {
        let lab = &actors.labs[l];
        let dt = now.clock.step_years;
        let span = now.clock.span(b.at(terms.runway, path));
        let net = (b.at(lab.opex, path) - b.at(lab.revenue, path)) * dt * f64::from(span);
        let need = (compute.bills_over_at(b, path, l, now.step, span) + net).max(0.0);
        let target = need - lab.account.total_at(b, path) - lab.credits_at(b, path);
        if target <= SLACK {
            return;
        }
        let mood = sentiment.state_at(b, path);
        let reported = lab.reported_revenue_at(b, path, now.step, now.clock.steps_per_year);
        let spill = self.spillover_at(b, path, now, actors, l, terms);
        let pre_money = lab.priced_at(b, path, b.at(terms.multiple[mood], path) * reported * exp1(spill));

        // Offers, all made before anybody pays.
        let outside = b.at(terms.appetite[mood], path) * pre_money;
        let related = now.loops.on(Loop::RELATED_WEALTH);
        let mut offered = outside;
        for index in &terms.vendors {
            let offer = vendors.offers[*index].offer_at(b, path, now, actors);
            offered += offer.cash + offer.credits;
        }
        let person_offer = |b: &Batch, who: &Investor| {
            b.at(who.fraction, path) * person_capacity_at(b, path, &actors.persons[who.index], actors, now)
        };
        let holding_offer = |b: &Batch, who: &Investor| {
            b.at(who.fraction, path) * holding_capacity_at(b, path, &actors.holdings[who.index], actors, now)
        };
        if related {
            offered += terms.persons.iter().map(|who| person_offer(b, who)).sum::<f64>();
            offered += terms.holdings.iter().map(|who| holding_offer(b, who)).sum::<f64>();
        }
        if offered <= SLACK {
            return;
        }
        let scale = (target / offered).min(1.0);

        // Payments, in the order of the offers.
        let mut raised = outside * scale;
        let mut raised_related = 0.0;
        let savings = Purse::of(Origin::Savings, raised);
        capital_at(b, path, lab.outside_round_edge, lab.account, &savings);
        lab.note_capital_at(b, path, Party::Outside, raised);
        let holders = terms.vendors.len() + terms.persons.len() + terms.holdings.len();
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
        debug_assert!(holders <= MOST_INVESTORS);
        let person_amounts = self.amounts_at(b, &terms.persons, related, &person_offer);
        let holding_amounts = self.amounts_at(b, &terms.holdings, related, &holding_offer);
        for index in &terms.vendors {
            let vendor = &vendors.offers[*index];
            let offer = vendor.offer_at(b, path, now, actors);
            let take = VendorCapital { cash: offer.cash * scale, credits: offer.credits * scale };
            let paid = vendor.pay_at(b, path, actors, take);
            note(b, vendor.investor(), vendor.stake, paid);
        }
        for (who, amount) in terms.persons.iter().zip(person_amounts) {
            if amount > 0.0 {
                let purse =
                    person_borrows_at(b, path, &actors.persons[who.index], actors, now, amount * scale);
                capital_at(b, path, who.edge, lab.account, &purse);
                note(b, Party::Person(who.index as u16), who.stake, purse.total());
            }
        }
        for (who, amount) in terms.holdings.iter().zip(holding_amounts) {
            if amount > 0.0 {
                let purse =
                    holding_pays_at(b, path, &actors.holdings[who.index], actors, now, amount * scale);
                capital_at(b, path, who.edge, lab.account, &purse);
                note(b, Party::Holding(who.index as u16), who.stake, purse.total());
            }
        }

        let mark = pre_money + raised;
        let kept = if mark > 0.0 { pre_money / mark } else { 1.0 };
        actors.lab_stakes.dilute_at(b, path, l, kept);
        for (stake, paid) in &given[..count] {
            actors.lab_stakes.give_at(b, path, *stake, paid / mark, *paid);
        }
        b.put(lab.mark, path, mark);
        let dilution = b.at(lab.dilution, path) * kept;
        b.put(lab.dilution, path, dilution);
        b.add_at(terms.count, path, 1.0);
        let gap = now.clock.span(b.at(terms.gap, path)).max(1);
        b.put(terms.earliest, path, f64::from(now.step + gap));
        for dealings in &lab.dealings {
            b.put(dealings.paid_since_round, path, 0.0);
        }
        sentiment.note_capital_at(b, path, raised_related, raised);
        lab.commit_at(b, path, raised);
    }

    /// Offers of a class, before anybody has paid.
    fn amounts_at(
        &self,
        b: &Batch,
        who: &[Investor],
        related: bool,
        offer: &impl Fn(&Batch, &Investor) -> f64,
    ) -> [f64; MOST_INVESTORS] {
        let mut amounts = [0.0; MOST_INVESTORS];
        if related {
            for (amount, who) in amounts.iter_mut().zip(who) {
                *amount = offer(b, who);
            }
        }
        amounts
    }

    /// χ·x̄: the sector's premium prices the private round; x̄ weighted by base weight. Zero with the announcement
    /// loop off.
    fn spillover_at(
        &self,
        b: &Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        l: usize,
        terms: &RoundTerms,
    ) -> f64 {
        if !now.loops.on(Loop::ANNOUNCEMENT) {
            return 0.0;
        }
        let (mut sum, mut weights) = (0.0, 0.0);
        for link in &actors.labs[l].spending {
            let weight = b.at(link.base_weight, path);
            sum += weight * b.at(actors.companies[link.company].premium, path);
            weights += weight;
        }
        if weights > 0.0 { b.at(terms.spillover, path) * sum / weights } else { 0.0 }
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

/// Investors in one lab, of all classes; the scenario's reader refuses more.
pub const MOST_INVESTORS: usize = 32;

impl RoundTerms {
    pub fn compile(
        c: &mut Compiler,
        l: usize,
        node: &Node,
        vendor_equity: &VendorEquity,
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
        Some(RoundTerms {
            trigger: c.row(round, "trigger"),
            gap: c.row(round, "gap"),
            runway: c.row(round, "runway"),
            multiple: round.states("multiple").map(Row::from),
            appetite: round.states("appetite").map(Row::from),
            spillover: c.row(round, "spillover"),
            earliest: c.layout.row(),
            count: c.layout.row(),
            vendors: (0..vendor_equity.offers.len()).filter(|k| vendor_equity.offers[*k].lab == l).collect(),
            persons,
            holdings,
        })
    }
}
