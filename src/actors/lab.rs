//! A lab (§3): cash by origin, external revenue R, mark V, opex, credits and dealings with each company, and how it
//! commits the capital that it raises (5.10). Bills are in [`crate::deals::compute`], rounds in
//! [`crate::events::round`].

use crate::actors::SLACK;
use crate::books::{Account, Edge, Flow, Party};
use crate::compiler::Compiler;
use crate::input::{
    Check, Finding, Key, Node, Quantity,
    Range::{self, Any, AtLeastOne, NonNegative, Part, Positive, Signed},
    Section, Shape,
    Unit::{Exponent, Fraction, Multiple, PerYear, Pure, TimesPerYear, UsdBn, UsdBnPerYear, Years},
};
use crate::state::{Batch, Cells, F8, M8, Place, Row, Value};

pub const SECTION: Section = Section {
    name: "lab",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    refuse,
    doc: "A lab: sells AI, buys compute, raises capital.",
};

/// The keys of `[[lab]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The lab's name, by which the file refers to it."),
    Key::number("cash", UsdBn, NonNegative).doc("Cash at the start."),
    Key::of("revenue", Shape::Table(REVENUE)).doc("Revenue from customers outside the loop (5.1, 5.4)."),
    Key::number("opex", UsdBnPerYear, NonNegative).doc("Costs other than compute, at the start."),
    Key::number("opex_growth", PerYear, Any)
        .or_value(0.0)
        .doc("Growth of these costs, continuously compounded."),
    Key::number("mark", UsdBn, NonNegative)
        .doc("V: post-money valuation of the last round before the start."),
    Key::of("round", Shape::Table(ROUND))
        .optional()
        .doc("Funding rounds (5.10). Absent: the lab never raises."),
    Key::of("commit", Shape::Table(COMMIT))
        .optional()
        .doc("Commitments to compute out of capital raised (5.10). Absent: it never commits."),
    Key::number("factor_volatility", PerYear, NonNegative)
        .or_owner("0: no factor")
        .doc("φ: volatility of the lab's own factor, which moves what its rounds are priced at and companies with a `beta` to it (5.1)."),
    Key::number("tender", TimesPerYear, NonNegative)
        .or_value(0.0)
        .doc("Sales of old shares that mark the lab at P: no money reaches it (5.10)."),
    Key::of("remarks", Shape::List(REMARK))
        .optional()
        .doc("Days on which the mark changes without a round of the lab (5.10)."),
    Key::of("listing", Shape::Table(LISTING))
        .optional()
        .doc("When the lab goes public, and what it sells then (5.10). Absent: it never does."),
    Key::of("defer", Shape::Table(DEFER))
        .optional()
        .doc("Asking vendors for time before it cannot pay (5.12). Absent: it never asks."),
    Key::of("restructure", Shape::Table(RESTRUCTURE))
        .or_keys()
        .doc("What a default does to its contracts (5.8)."),
];

/// The keys of `revenue`.
const REVENUE: &[Key] = &[
    Key::number("annual", UsdBnPerYear, NonNegative).doc("R: annual rate at the start."),
    Key::number("growth", PerYear, Any).doc("g_start: growth at the start, continuously compounded."),
    Key::number("growth_end", PerYear, Any)
        .or_owner("equal to `growth`")
        .doc("g_end: growth in the long run."),
    Key::number("half_life", Years, Positive)
        .or_owner("none; required with `growth_end`")
        .doc("h_g: half-life of the distance between growth and growth_end."),
    Key::number("volatility", PerYear, NonNegative).or_value(0.0).doc("σ_R: volatility of revenue."),
];

/// The keys of `round`.
const ROUND: &[Key] = &[
    Key::number("trigger", Multiple, NonNegative)
        .doc("The lab raises when its cash is below this many times its need over the next year."),
    Key::number("gap", Years, NonNegative).doc("Least time between two rounds."),
    Key::number("runway", Years, NonNegative).doc("The span whose need a round is to cover."),
    Key::of("multiple", Shape::States)
        .within(Multiple, NonNegative)
        .doc("Pre-money valuation over reported revenue, by sentiment."),
    Key::of("appetite", Shape::States)
        .within(Fraction, NonNegative)
        .doc("Offer of outside investors over pre-money valuation, by sentiment."),
    Key::number("spillover", Exponent, NonNegative)
        .or_value(0.0)
        .doc("χ: how much of its companies' premium prices the round."),
    Key::number("step_up", Multiple, AtLeastOne)
        .optional()
        .doc("u: without need the lab raises once P is this many times the last price. With `sell`."),
    Key::number("sell", Fraction, Part)
        .optional()
        .doc("f: target of a round by choice over P. With `step_up`."),
    Key::number("cash_target", Multiple, NonNegative)
        .optional()
        .doc("H: a round by choice brings cash and credits to at most this many times what the lab pays in the next year. With `step_up`; without it there is no limit."),
    Key::of("last", Shape::Date)
        .optional()
        .doc("Day of the last round before the start: `gap` before a round by choice counts from it."),
    Key::number("price_elasticity", Pure, NonNegative).or_value(0.0).doc(
        "ε: by how much more, in logs, outside investors offer per log of a lower price; 0, or 0.01 to 100.",
    ),
    Key::number("price_floor", Fraction, Part).or_value(1.0).doc("Least price of a round in need, over P."),
    Key::number("oversubscribed", Multiple, NonNegative)
        .or_value(0.0)
        .doc("o: what outside investors bid beyond `appetite` and get only if money is missing, over it."),
    Key::number("endorsement", Pure, Signed).or_value(0.0).doc(
        "z: log price that a round paid by companies alone is worth as a signal, beside one without them.",
    ),
    Key::number("endorsement_reference", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("m̄: companies' share of the rounds that `appetite` was estimated from."),
];

/// The keys of a day of `remarks`.
const REMARK: &[Key] = &[
    Key::of("on", Shape::Date).doc("The day."),
    Key::number("post_money", UsdBn, Positive).doc("V from then on."),
];

/// The keys of `listing`.
const LISTING: &[Key] = &[
    Key::of("earliest", Shape::Date).doc("No listing before this day."),
    Key::number("revenue", UsdBnPerYear, NonNegative).doc("Least revenue R at which it lists."),
    Key::number("sell", Fraction, Part).doc("f: target of the listing over P."),
    Key::number("depth", Multiple, AtLeastOne)
        .doc("d: by how much the public market's appetite exceeds `appetite`, from the listing on."),
];

/// The keys of `commit`.
const COMMIT: &[Key] = &[
    Key::number("multiple", Multiple, NonNegative).doc("λ: new compute commitments over capital raised."),
    Key::number("term", Years, Positive).doc("τ: length of a new commitment."),
    Key::number("lead", Years, NonNegative).doc("From the announcement to the first payment."),
    Key::number("tie", Pure, NonNegative)
        .or_value(0.0)
        .doc("How strongly commitments lean towards the companies that invested."),
    Key::number("ramp", Years, NonNegative).or_owner("0: equal payments").doc(
        "Time over which a new commitment's payments rise evenly before they are equal, at most the term.",
    ),
];

/// The keys of `defer`.
const DEFER: &[Key] = &[
    Key::number("runway", Years, NonNegative)
        .doc("The lab asks when its cash and credits are below its need over this span."),
    Key::number("deferred", Fraction, Range::Unit)
        .doc("ξ: share of each contract's payments of the next `delay` years that is paid later."),
    Key::number("delay", Years, Positive)
        .doc("δ: length of the span whose payments are reduced, and of that over which they are made up after the contract's last payment."),
    Key::number("accept", Fraction, Range::Unit).doc("Probability that the vendors agree."),
    Key::number("gap", Years, NonNegative).or_value(1.0).doc("Least time between two requests."),
    Key::number("most", Pure, NonNegative)
        .or_value(1.0)
        .doc("Deferrals that are granted to the lab at most, a whole number."),
];

/// The keys of `restructure`.
const RESTRUCTURE: &[Key] = &[Key::number("cut", Fraction, Range::Unit)
    .or_value(0.5)
    .doc("Share of every future rate that a restructuring removes.")];

fn refuse(nodes: &[&Node], check: &mut Check) {
    for defer in nodes.iter().filter_map(|node| node.table("defer")) {
        let Some(most) = defer.number_if("most") else { continue };
        if check.number(most).is_certain() && check.lowest(most).fract() != 0.0 {
            let finding = Finding::error("`most` is not a whole number").at(&check.place(most, &defer.at));
            check.push(finding.help("it counts deferrals: write 1, or 2"));
        }
    }
    for revenue in nodes.iter().filter_map(|node| node.table("revenue")) {
        if let Some(end) = revenue.number_if("growth_end")
            && !revenue.was_given("half_life")
        {
            let place = check.place(end, &revenue.at);
            let finding = Finding::error("`growth_end` without `half_life`").at(&place);
            check.push(finding.help("add `half_life = ...` (years): how fast growth goes to `growth_end`"));
        }
    }
    for node in nodes {
        match node.table("round") {
            Some(round) => refuse_round(node, round, check),
            None if node.was_given("round") => {}
            None => {
                if let Some(listing) = node.table("listing") {
                    let message = format!("`{}` has a `listing` and no `round`", node.name());
                    let help = "add `round`: its `multiple` prices the listing, its `appetite` pays for it";
                    check.push(Finding::error(message).at(&listing.at).help(help));
                }
            }
        }
    }
}

/// The least that a price elasticity other than 0 may be, and the most.
const ELASTICITIES: (f64, f64) = (0.01, 100.0);

fn refuse_round(node: &Node, round: &Node, check: &mut Check) {
    for (one, other, help) in [
        ("step_up", "sell", "add `sell = ...`: the part of the lab that a round by choice sells"),
        ("sell", "step_up", "add `step_up = ...`: the rise in price at which the lab raises without need"),
        (
            "cash_target",
            "step_up",
            "add `step_up` and `sell`: it limits rounds by choice, and there are none",
        ),
    ] {
        if round.was_given(one) && !round.was_given(other) {
            let message = format!("the `round` of `{}` has `{one}` and no `{other}`", node.name());
            check.push(Finding::error(message).at(round.place(one)).help(help));
        }
    }
    if let Some(id) = round.number_if("price_elasticity") {
        let (least, most) = ELASTICITIES;
        let is_fine = |value: f64| value == 0.0 || (least..=most).contains(&value);
        let (low, high) = (check.lowest(id), check.highest(id));
        let all_fine = match &check.number(id).quantity {
            Quantity::Uncertain(law) => match law.values() {
                Some(mut values) => values.all(is_fine),
                None => low >= least && high <= most,
            },
            Quantity::Certain(value) => is_fine(*value),
        };
        if !all_fine {
            let verb = if check.number(id).is_certain() { "is" } else { "can be" };
            let message = format!(
                "`price_elasticity` of `{}` {verb} neither 0 nor between {least} and {most}",
                node.name()
            );
            let help = format!(
                "leave it out, or keep it between {least} and {most}: `{{ value = ..., min = {least}, max = {most} }}`"
            );
            check.push(Finding::error(message).at(&check.place(id, &round.at)).help(help));
        }
    }
    if round.was_given("endorsement") && !round.was_given("price_elasticity") {
        let message = format!("`endorsement` of `{}` without `price_elasticity`", node.name());
        let help = "add `price_elasticity`: a signal is worth what outside investors' offer answers to price";
        check.push(Finding::error(message).at(round.place("endorsement")).help(help));
    }
}

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
            let from_company = link.put_in.map_or(0.0, |row| b.at(row, path));
            let share = if so_far > 0.0 { from_company / so_far } else { 0.0 };
            b.at(link.base_weight, path) * (1.0 + tie * share)
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
