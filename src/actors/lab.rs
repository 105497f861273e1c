//! A lab (§3): cash by origin, external revenue R, mark V, opex, credits and dealings with each company, and how it
//! commits the capital that it raises (5.10). Bills are in [`crate::deals::compute`], rounds in
//! [`crate::events::round`].

mod keys;

pub use keys::SECTION;

use crate::actors::SLACK;
use crate::books::{Account, Edge, Flow, Party};
use crate::compiler::Compiler;
use crate::input::Node;
use crate::state::{Batch, Cells, F8, M8, Place, Row, Value};

#[derive(Debug, Clone)]
pub struct Lab {
    pub name: String,
    // The user's numbers.
    pub revenue_annual: Row,
    pub growth: Row,
    pub growth_end: Row,
    /// h_g; `None` when growth does not fade
    pub growth_half_life: Option<Row>,
    pub revenue_volatility: Row,
    /// The lab's factor, if the file gives it one.
    pub factor: Option<Factor>,
    pub opex_opening: Row,
    pub opex_growth: Row,
    pub mark_opening: Row,
    pub cut: Row,
    pub commit: Option<Commit>,
    // State.
    pub account: Account,
    /// R: external revenue, USD bn a year
    pub revenue: Row,
    /// Opex at its present rate, USD bn a year.
    pub opex: Row,
    /// V: post-money of the last round, USD bn
    pub mark: Row,
    /// V_r: the last price that somebody agreed on, which the daily V of a listed lab is not; where a round by choice
    /// asks for it.
    pub priced: Option<Row>,
    /// Step of the listing plus one; 0 while there is none.
    pub listed: Option<Row>,
    /// δ: product of P/V over the rounds since the start
    pub dilution: Row,
    /// Unpaid in this step; above zero means default (5.8).
    pub unpaid: Row,
    pub written_off: Row,
    /// Step of the last restructuring plus one; 0 when there was none.
    pub restructured: Row,
    /// Capital so far: rounds, tranches, credits, warrants.
    pub capital: Row,
    pub committed: Row,
    pub announced: Row,
    /// Dealings with company i at index i.
    pub dealings: Vec<Dealings>,
    /// Compute links in the scenario's order, for splitting commitments.
    pub spending: Vec<Spending>,
    /// Capital put in so far, by investor.
    pub put_in: Vec<(Party, Row)>,
    /// Any commitment waits to be announced in the next step.
    pub news: Row,
    pub revenue_edge: Edge,
    pub opex_edge: Edge,
    pub outside_round_edge: Edge,
    pub reciprocal: Option<Reciprocal>,
}

/// What is believed of one lab beyond its revenue: moves its price, and companies with a beta to it (5.1).
#[derive(Debug, Clone, Copy)]
pub struct Factor {
    /// φ
    pub volatility: Row,
    /// e^f, which multiplies P.
    pub level: Row,
}

/// λ, τ, lead, tie, and the time over which payments rise.
#[derive(Debug, Clone, Copy)]
pub struct Commit {
    pub multiple: Row,
    pub term: Row,
    pub lead: Row,
    pub tie: Row,
    pub ramp: Option<Row>,
}

/// What has passed between a lab and a company.
#[derive(Debug, Clone, Copy)]
pub struct Dealings {
    /// Payments l → i (5.5): bills settled in cash or credits at face, and what others passed on.
    pub paid_now: Row,
    pub paid: Row,
    pub paid_since_round: Row,
    /// Does an offer of the company depend on that?
    pub offers: bool,
    /// Credits granted and not yet used.
    pub credits: Row,
    pub credits_used: Row,
    /// Where not all of the payments came back in the sense of section 8.
    pub back: Option<Back>,
    /// The lab owes the company no bill in the run: its cash is outside money to the causal lens (section 9).
    pub is_stranger: bool,
}

/// What a company got back from a lab, where that is not what the lab paid it.
#[derive(Debug, Clone, Copy)]
pub struct Back {
    /// Of this step's payments, what did not come back (negative: what came back beside them).
    pub not_now: Row,
    /// What came back since the start.
    pub all: Row,
}

impl Dealings {
    /// Row of what came back since the start.
    pub fn got_back(&self) -> Row {
        self.back.map_or(self.paid, |back| back.all)
    }

    /// What came back in this step.
    #[inline(always)]
    pub fn back_now(&self, b: &Cells) -> F8 {
        let paid = b.get(self.paid_now);
        match self.back {
            None => paid,
            Some(back) => paid - b.get(back.not_now),
        }
    }
}

/// A link that new commitments may go to.
#[derive(Debug, Clone, Copy)]
pub struct Spending {
    pub company: usize,
    pub base_weight: Row,
    /// Committed, to be announced in the next step.
    pub pending: Row,
    /// Row of the capital from that company, if it can invest.
    pub put_in: Option<Row>,
}

/// Reciprocal purchases of the last year, for reported revenue (5.7).
#[derive(Debug, Clone, Copy)]
pub struct Reciprocal {
    /// This step's purchases.
    pub now: Row,
    /// A ring of the last year's steps, and their sum.
    pub ring: Row,
    pub year: Row,
    pub total: Row,
}

impl Lab {
    /// A price is agreed on: V, V_r.
    pub fn price_at(&self, b: &mut Batch, path: usize, value: f64) {
        b.put(self.mark, path, value);
        if let Some(priced) = self.priced {
            b.put(priced, path, value);
        }
    }

    /// The same on some paths.
    #[inline(always)]
    pub fn price(&self, b: &mut Cells, on: M8, value: F8) {
        b.set(self.mark, on.select(value, b.get(self.mark)));
        if let Some(priced) = self.priced {
            b.set(priced, on.select(value, b.get(priced)));
        }
    }

    /// Paths on which the lab had listed before the step.
    #[inline(always)]
    pub fn is_listed(&self, b: &Cells, step: i32) -> M8 {
        self.listed.map_or(M8::NONE, |row| {
            let listed = b.get(row);
            listed.gt(F8::ZERO) & listed.le(F8::splat(f64::from(step)))
        })
    }

    /// Notes capital that has reached the lab from an investor.
    pub fn note_capital_at(&self, b: &mut Batch, path: usize, investor: Party, amount: f64) {
        b.add_at(self.capital, path, amount);
        if let Some((_, row)) = self.put_in.iter().find(|(party, _)| *party == investor) {
            b.add_at(*row, path, amount);
        }
    }

    /// λ·capital is committed, split over the links by w_k ∝ base weight · (1 + tie · share of capital so far).
    pub fn commit_at(&self, b: &mut Batch, path: usize, capital: f64) {
        let Some(commit) = &self.commit else { return };
        // What rounding leaves in an investor's purse is not announced.
        if capital.abs() <= SLACK {
            return;
        }
        let so_far = b.at(self.capital, path);
        let tie = b.at(commit.tie, path);
        let weight = |b: &Batch, link: &Spending| {
            let base = b.at(link.base_weight, path);
            // Who cannot put in capital has no share of it.
            let Some(row) = link.put_in else { return base };
            let share = if so_far > 0.0 { b.at(row, path) / so_far } else { 0.0 };
            base * (1.0 + tie * share)
        };
        let sum: f64 = self.spending.iter().map(|link| weight(b, link)).sum();
        if sum <= 0.0 {
            return;
        }
        let committed = b.at(commit.multiple, path) * capital;
        for link in &self.spending {
            let part = committed * weight(b, link) / sum;
            b.add_at(link.pending, path, part);
        }
        b.add_at(self.committed, path, committed);
        b.put(self.news, path, 1.0);
    }

    /// P with what is believed of the lab: times e^f (5.1).
    #[inline(always)]
    pub fn believed<P: Place>(&self, b: &Cells, place: P, pre_money: P::Value) -> P::Value {
        self.factor.map_or(pre_money, |factor| pre_money * place.read(b, factor.level))
    }

    /// Credits that the lab holds, over companies.
    #[inline(always)]
    pub fn credits(&self, b: &Cells) -> F8 {
        self.dealings.iter().fold(F8::ZERO, |sum, d| sum + b.get(d.credits))
    }

    pub fn credits_at(&self, b: &Batch, path: usize) -> f64 {
        self.dealings.iter().map(|d| b.at(d.credits, path)).sum()
    }

    /// Reported revenue: R and the annual rate of reciprocal purchases over the last year's steps, or as many as
    /// there are (5.7). USD bn a year.
    #[inline(always)]
    pub fn reported_revenue<P: Place>(
        &self,
        b: &Cells,
        place: P,
        step: i32,
        steps_per_year: u32,
    ) -> P::Value {
        let external = place.read(b, self.revenue);
        match &self.reciprocal {
            None => external,
            Some(r) => {
                let steps = (step + 1).min(steps_per_year as i32);
                // The running sum's rounding may leave it a hair below zero.
                let bought = place.read(b, r.year).positive_part();
                external + bought * f64::from(steps_per_year) / f64::from(steps)
            }
        }
    }
}

impl Lab {
    pub fn compile(c: &mut Compiler, l: usize, node: &Node) -> Lab {
        let me = Party::Lab(l as u16);
        let revenue = node.table("revenue").expect("revenue is required");
        let cash = c.row(node, "cash");
        let commit = node.table("commit").map(|commit| Commit {
            multiple: c.row(commit, "multiple"),
            term: c.row(commit, "term"),
            lead: c.row(commit, "lead"),
            tie: c.row(commit, "tie"),
            ramp: c.row_if(commit, "ramp"),
        });
        let cut = node.table("restructure").expect("restructure is defaulted");
        let name = node.text("name");
        let strangers: Vec<(String, bool)> = c
            .companies
            .iter()
            .map(|company| (format!("{name} and {company}"), c.is_stranger(company, name)))
            .collect();
        let dealings = strangers
            .into_iter()
            .map(|(with, is_stranger)| Dealings {
                paid_now: c.layout.amount(format!("payments in this step, {with}")),
                paid: c.layout.sum(format!("payments, {with}")),
                paid_since_round: c.layout.amount(format!("payments since the last round, {with}")),
                offers: false,
                credits: c.layout.amount(format!("credits, {with}")),
                credits_used: c.layout.sum(format!("credits used, {with}")),
                back: None,
                is_stranger,
            })
            .collect();
        let growth = c.row(revenue, "growth");
        let volatility = node.number_if("factor_volatility").filter(|id| c.matters(*id));
        let factor = volatility.map(|id| Factor { volatility: Row::from(id), level: c.layout.row() });
        let spending = c
            .sections_named("compute")
            .filter(|link| link.text("lab") == node.text("name"))
            .map(|link| Spending {
                company: c.company(link.text("company")),
                base_weight: Row::from(link.number("weight")),
                pending: c.layout.amount(format!("pending commitment of {name}")),
                put_in: None,
            })
            .collect();
        Lab {
            name: node.text("name").to_string(),
            revenue_annual: c.row(revenue, "annual"),
            growth,
            growth_end: revenue.number_if("growth_end").map_or(growth, Row::from),
            growth_half_life: revenue.number_if("half_life").map(Row::from),
            revenue_volatility: c.row(revenue, "volatility"),
            factor,
            opex_opening: c.row(node, "opex"),
            opex_growth: c.row(node, "opex_growth"),
            mark_opening: c.row(node, "mark"),
            cut: c.row(cut, "cut"),
            commit,
            account: c.account(me, cash),
            revenue: c.layout.amount(format!("revenue of {name}")),
            opex: c.layout.amount(format!("opex of {name}")),
            mark: c.layout.amount(format!("mark of {name}")),
            priced: node
                .table("round")
                .filter(|round| round.has("step_up"))
                .map(|_| c.layout.amount(format!("last price of {name}"))),
            listed: node.table("listing").map(|_| c.layout.sum(format!("step of the listing of {name}"))),
            dilution: c.layout.amount(format!("dilution of {name}")),
            unpaid: c.layout.amount(format!("unpaid of {name}")),
            written_off: c.layout.sum(format!("written_off of {name}")),
            restructured: c.layout.sum(format!("step of the restructuring of {name}")),
            capital: c.layout.sum(format!("capital of {name}")),
            committed: c.layout.sum(format!("committed of {name}")),
            announced: c.layout.sum(format!("announced of {name}")),
            dealings,
            spending,
            put_in: Vec::new(),
            news: c.layout.row(),
            revenue_edge: c.edge(Party::Outside, me, Flow::REVENUE),
            opex_edge: c.edge(me, Party::Outside, Flow::OPEX),
            outside_round_edge: c.edge(Party::Outside, me, Flow::ROUND),
            reciprocal: None,
        }
    }
}

/// A row for what each possible investor has put into each lab.
pub fn compile_investors(c: &mut Compiler, labs: &mut [Lab]) {
    for lab in labs.iter_mut() {
        let companies = (0..c.companies.len()).map(|i| Party::Company(i as u16));
        let persons = (0..c.persons.len()).map(|i| Party::Person(i as u16));
        let holdings = (0..c.holdings.len()).map(|i| Party::Holding(i as u16));
        let parties: Vec<Party> = companies.chain(persons).chain(holdings).collect();
        for party in parties {
            if !lab.put_in.iter().any(|(known, _)| *known == party) {
                let who = c.name(party).to_string();
                lab.put_in.push((party, c.layout.sum(format!("capital of {who} in {}", lab.name))));
            }
        }
        for link in &mut lab.spending {
            let from = Party::Company(link.company as u16);
            link.put_in = lab.put_in.iter().find(|(party, _)| *party == from).map(|(_, row)| *row);
        }
    }
}
