//! Vendor credit: a company lends a lab part of what the lab owes it for compute, by setting the bill off against a
//! loan; no cash moves then. The lab pays interest and principal with its bills. Capital, repayments and losses are kept
//! by pair (5.13). Lucent and Nortel financed carriers this way in 1999; lessors of chips do in 2026.

use crate::actors::lab::Back;
use crate::actors::{Actors, Now, SLACK};
use crate::books::ledger::Payment;
use crate::books::{Edge, Flow, Party};
use crate::compiler::{Compiler, Foreseen, LoopKind};
use crate::deals::bills::link_of;
use crate::deals::{BillsAhead, Cut, Deal, Event, Happening, Parties, Scene};
use crate::input::{
    Check, Key, Node,
    Range::{self, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, PerYear, UsdBn, Years},
    Whom,
    check::refuse_twice,
};
use crate::measure::Kind::UsdBn as Dollars;
use crate::measure::{Measure, Pattern, Reading, sum};
use crate::state::maths::exp;
use crate::state::{Batch, Cells, Clock, F8, Loop, M8, Row};

pub const SECTION: Section = Section {
    name: "vendor_credit",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["company", "lab"],
    refuse,
    doc: "A company that lends a lab part of what the lab owes it for compute (5.13); every pair at most once.",
};

/// The keys of `[[vendor_credit]]`.
const KEYS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("The lender, which sells compute to the lab."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The borrower."),
    Key::number("lent", Fraction, Range::Unit)
        .called("part of {1}’s bills that {0} lends")
        .doc("λ: share of each bill, after credits, that is set off against the loan."),
    Key::number("cap", UsdBn, Positive)
        .called("cap of {0}’s loan to {1}")
        .doc("The loan is never more than this."),
    Key::number("life", Years, Positive)
        .called("life of {0}’s loan to {1}")
        .doc("Principal is repaid at the rate 1/life of what is outstanding."),
    Key::number("rate", PerYear, NonNegative)
        .called("rate of {0}’s loan to {1}")
        .or_owner("as in `[market]`")
        .doc("Interest, continuously compounded."),
    Key::number("market_rate", PerYear, NonNegative)
        .called("market rate of a loan to {1}")
        .or_owner("equal to `rate`")
        .doc("What others would charge the lab: what is below it is a concession."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    refuse_twice(nodes, ["company", "lab"], "the vendor credit", "keep one of the sections", check);
    for node in nodes {
        let what = |company: &str, lab: &str| {
            format!("`{company}` lends `{lab}` part of its bills, and bills it nothing")
        };
        link_of(node, what, "the loan", check);
    }
}

pub const LOOP: LoopKind = LoopKind {
    which: Loop::at(9),
    name: "vendor_credit",
    off: "companies lend labs nothing of what the labs owe them",
    notes: false,
    active: |c| c.any("vendor_credit", |n| c.matters(n.number("lent"))),
};

/// The instrument.
pub const LOANS: &str = "vendor_loan";

/// Lent in a step, at the face of the bill: its capital is the rise above the highest balance so far.
const LENT: Flow = Flow::new(LOANS).network().cashless().lending();
/// That capital; it is within what is lent.
const CAPITAL: Flow = Flow::new(LOANS).capital().memo();
const INTEREST: Flow = Flow::new("loan_interest").network().laps().lending();
const REPAYMENT: Flow = Flow::new("repayment").network().laps().lending();

/// A restructuring cuts the loan.
const LOSS: Event =
    Event { name: "loan_loss", amounts: &["lost"], sentence: "{company} loses {lost} of what it lent {lab}" };

#[derive(Debug, Clone)]
pub struct VendorCredit {
    pub loans: Vec<Loan>,
    /// The loan on each compute link.
    of_link: Vec<Option<usize>>,
}

#[derive(Debug, Clone)]
pub struct Loan {
    pub company: usize,
    pub lab: usize,
    /// Place of the pair's compute link.
    link: usize,
    /// λ, cap, life, rates
    lent_share: Row,
    cap: Row,
    life: Row,
    rate: Row,
    market_rate: Row,
    /// e^(rΔ) − 1 and p = 1 − e^(−Δ/life)
    interest: Row,
    amortised: Row,
    /// N: outstanding, USD bn; and its highest so far
    debt: Row,
    highest: Row,
    /// f: lent in this step, by origin and in all
    now: Row,
    lot: Edge,
    /// Since the start: lent, repaid, lost in restructurings.
    lent: Row,
    repaid: Row,
    lost: Row,
    /// The part of this step's payments to the company that the netted lens does not count as returned: f less interest.
    not_back: Row,
    lent_edge: Edge,
    capital_edge: Edge,
    interest_edge: Edge,
    repayment_edge: Edge,
}

impl Deal for VendorCredit {
    const SECTION: &'static Section = &SECTION;
    const LOOP: &'static LoopKind = &LOOP;
    const CONCESSION: Option<(&'static str, &'static str)> =
        Some(("loan", "in loans below the market’s rate"));
    const MEASURES: &'static [Pattern] = &[Pattern {
        pattern: "loan_lent|loan_repaid",
        kinds: &[Dollars],
        doc: "What companies lent labs of their bills, refinancing included; what of it was repaid.",
    }];

    /// A lender loses what a restructuring cuts; the bill is settled by the loan.
    fn foresee(c: &Compiler, foreseen: &mut Foreseen) {
        for node in c.sections_named("vendor_credit") {
            let company = c.company(node.text("company"));
            foreseen.losers.push(company);
            foreseen.set_off.push((c.lab(node.text("lab")), company));
        }
    }

    fn compile(c: &mut Compiler, parties: &mut Parties) -> VendorCredit {
        let mut loans = Vec::new();
        let mut of_link = vec![None; parties.compute.links.len()];
        for node in c.sections_named("vendor_credit") {
            let (company, lab) = (c.company(node.text("company")), c.lab(node.text("lab")));
            let (from, to) = (Party::Company(company as u16), Party::Lab(lab as u16));
            let links = &parties.compute.links;
            let link = links.iter().position(|link| (link.lab, link.company) == (lab, company));
            let link = link.expect("a vendor credit has its compute link");
            of_link[link] = Some(loans.len());
            let rate = node.number_if("rate").map_or(parties.market_rate, Row::from);
            let not_back = c.layout.row();
            parties.labs[lab].dealings[company].back = Some(Back { not_now: not_back, all: c.layout.row() });
            let pair = format!("{} to {}", node.text("company"), node.text("lab"));
            loans.push(Loan {
                company,
                lab,
                link,
                lent_share: c.row(node, "lent"),
                cap: c.row(node, "cap"),
                life: c.row(node, "life"),
                rate,
                market_rate: node.number_if("market_rate").map_or(rate, Row::from),
                interest: c.layout.row(),
                amortised: c.layout.row(),
                debt: c.layout.amount(format!("vendor credit of {pair}")),
                highest: c.layout.sum(format!("highest vendor credit of {pair}")),
                now: c.layout.amount(format!("vendor credit in this step of {pair}")),
                lot: c.lot(),
                lent: c.layout.sum(format!("lent by {pair}")),
                repaid: c.layout.sum(format!("repaid of vendor credit of {pair}")),
                lost: c.layout.sum(format!("lost of vendor credit of {pair}")),
                not_back,
                lent_edge: c.edge(from, to, LENT),
                capital_edge: c.edge(from, to, CAPITAL),
                interest_edge: c.edge(to, from, INTEREST),
                repayment_edge: c.edge(to, from, REPAYMENT),
            });
        }
        VendorCredit { loans, of_link }
    }

    fn open(&self, b: &mut Batch, clock: &Clock) {
        for loan in &self.loans {
            let interest = exp(b.get(loan.rate) * clock.step_years) - F8::ONE;
            b.set(loan.interest, interest);
            let kept = exp(F8::splat(-clock.step_years) / b.get(loan.life));
            b.set(loan.amortised, F8::ONE - kept);
        }
    }

    fn measures(&self, _: &Actors, out: &mut Vec<Measure>) {
        if !self.loans.is_empty() {
            sum(out, "loan_lent", self.loans.iter().map(|loan| loan.lent).collect());
            sum(out, "loan_repaid", self.loans.iter().map(|loan| loan.repaid).collect());
        }
    }

    /// Per pair: lent = repaid + outstanding + lost; capital is the highest balance.
    fn broken_at(&self, b: &Batch, path: usize, actors: &Actors) -> Option<String> {
        for loan in &self.loans {
            let at = |row: Row| b.at(row, path);
            let (lent, gone) = (at(loan.lent), at(loan.repaid) + at(loan.debt) + at(loan.lost));
            let slack = SLACK * lent.max(1.0);
            let raised = loan.capital_edge.total_at(b, path);
            let whole = at(loan.debt) <= at(loan.highest) + slack;
            if !whole || (lent - gone).abs() > slack || (raised - at(loan.highest)).abs() > slack {
                let (company, lab) = (&actors.companies[loan.company].name, &actors.labs[loan.lab].name);
                return Some(format!(
                    "{company} lent {lab} {lent}: {gone} is repaid, outstanding or lost; capital {raised}, highest {}",
                    at(loan.highest)
                ));
            }
        }
        None
    }

    /// After the bills: what a loan has risen above its highest so far is capital, of the origins of what was lent.
    #[inline(always)]
    fn billed(&self, b: &mut Batch, scene: &Scene) {
        for loan in &self.loans {
            let rise = (b.get(loan.debt) - b.get(loan.highest)).positive_part();
            let rises = rise.gt(F8::ZERO);
            if !rises.any() {
                continue;
            }
            let part = rise.share_of(b.get(loan.now));
            let c = b.cells();
            loan.capital_edge.add_lot(c, loan.lot, part);
            c.raise(loan.highest, c.get(loan.debt));
            let lab = &scene.actors.labs[loan.lab];
            for path in rises.lanes() {
                let amount = rise.0[path];
                lab.note_capital_at(b, path, Party::Company(loan.company as u16), amount);
                scene.sentiment.note_capital_at(b, path, amount, amount);
                lab.commit_at(b, path, amount);
            }
        }
    }

    #[inline(always)]
    fn claims(&self, lab: usize) -> bool {
        self.of_lab(lab).next().is_some()
    }

    /// How much of a link's bill, after credits, is set off: f = min(λ·left, cap − N), before any bill is paid.
    #[inline(always)]
    fn set_off(&self, b: &mut Cells, now: &Now, actors: &Actors, link: usize, left: F8) -> F8 {
        let Some(loan) = self.of_link[link].map(|k| &self.loans[k]) else { return F8::ZERO };
        let company = &actors.companies[loan.company];
        let room = (b.get(loan.cap) - b.get(loan.debt)).positive_part();
        let wanted = (b.get(loan.lent_share) * left).min(room);
        let lends = self.lends(b, now, actors, loan);
        let face = lends.select(wanted, F8::ZERO);
        b.set(loan.now, face);
        loan.lot.promise(b, company.account, b.get(company.margin), face);
        face
    }

    /// This step's f on a link, as [`VendorCredit::set_off`] found it.
    #[inline(always)]
    fn set_off_now(&self, b: &Cells, link: usize) -> F8 {
        self.of_link[link].map_or(F8::ZERO, |k| b.get(self.loans[k].now))
    }

    /// Interest and principal that a lab owes with its bills.
    #[inline(always)]
    fn due(&self, b: &Cells, lab: usize) -> [F8; 2] {
        let mut due = [F8::ZERO; 2];
        for loan in self.of_lab(lab) {
            due[0] += b.get(loan.interest) * b.get(loan.debt);
            due[1] += b.get(loan.amortised) * b.get(loan.debt);
        }
        due
    }

    /// Pays the fraction of both that cash covers and adds this step's lending; unpaid principal stays in the loan.
    #[inline(always)]
    fn pay(&self, b: &mut Cells, actors: &Actors, lab: usize, payment: &mut Payment, covered: F8) {
        for loan in self.of_lab(lab) {
            let account = actors.companies[loan.company].account;
            let debt = b.get(loan.debt);
            let interest = b.get(loan.interest) * debt * covered;
            let principal = b.get(loan.amortised) * debt * covered;
            payment.lap(b, loan.interest_edge, account, interest);
            payment.lap(b, loan.repayment_edge, account, principal);
            let face = b.get(loan.now);
            loan.lent_edge.add_lot(b, loan.lot, F8::ONE);
            b.set(loan.debt, debt + face - principal);
            b.add(loan.lent, face);
            b.add(loan.repaid, principal);
            b.set(loan.not_back, face - interest);
        }
    }

    /// An upper bound on a step's interest and principal: a loan never rises above its cap, but may stand above it now.
    #[inline(always)]
    fn most_service(&self, b: &Cells, lab: usize) -> F8 {
        self.of_lab(lab).fold(F8::ZERO, |sum, loan| {
            sum + (b.get(loan.interest) + b.get(loan.amortised)) * b.get(loan.debt).max(b.get(loan.cap))
        })
    }

    /// Service less lending.
    #[inline(always)]
    fn need_next_year(
        &self,
        b: &Cells,
        now: &Now,
        actors: &Actors,
        lab: usize,
        bills: &mut impl BillsAhead,
    ) -> F8 {
        let mut need = F8::ZERO;
        for loan in self.of_lab(lab) {
            let lends = self.lends(b, now, actors, loan);
            let (cap, share) = (b.get(loan.cap), lends.select(b.get(loan.lent_share), F8::ZERO));
            let (amortised, interest) = (b.get(loan.amortised), b.get(loan.interest));
            let mut debt = b.get(loan.debt);
            for k in 0..now.clock.steps_per_year as usize {
                let face = (share * bills.next(b, loan.link, k)).min((cap - debt).positive_part());
                need += (amortised + interest) * debt - face;
                debt = debt - amortised * debt + face;
            }
        }
        need
    }

    /// The same over any span, on one path.
    fn need_at(
        &self,
        b: &Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        lab: usize,
        span: i32,
        bill: &impl Fn(usize, i32) -> f64,
    ) -> f64 {
        let mut need = 0.0;
        for loan in self.of_lab(lab) {
            let lends = self.lends(b, now, actors, loan).0[path] != 0;
            let share = if lends { b.at(loan.lent_share, path) } else { 0.0 };
            let (cap, service) = (b.at(loan.cap, path), b.at(loan.amortised, path));
            let interest = b.at(loan.interest, path);
            let mut debt = b.at(loan.debt, path);
            for step in now.step + 1..=now.step.saturating_add(span) {
                let face = (share * bill(loan.link, step)).min((cap - debt).max(0.0));
                need += (service + interest) * debt - face;
                debt = debt - service * debt + face;
            }
        }
        need
    }

    /// A restructuring of the lab cuts its loans: the company takes the news.
    fn cut_at(&self, b: &mut Batch, path: usize, scene: &Scene, cut: &Cut) {
        for loan in self.of_lab(cut.lab) {
            let debt = b.at(loan.debt, path);
            let lost = cut.cut * debt;
            b.put(loan.debt, path, debt - lost);
            b.add_at(loan.lost, path, lost);
            if lost > 0.0 {
                scene.announcement.note_loss_at(b, path, loan.company, lost);
                let (company, lab, amounts) = (Some(loan.company), loan.lab, &[lost]);
                (scene.tell)(path, &Happening { event: &LOSS, company, lab, amounts });
            }
        }
    }

    fn financed(&self) -> Option<[Vec<Row>; 2]> {
        (!self.loans.is_empty()).then_some([vec![], vec![]])
    }

    /// The rise of each loan above what it ever was, times what it is below the market rate, over its life.
    fn conceded(&self) -> Option<Reading> {
        let rows = |loan: &Loan| [loan.highest, loan.market_rate, loan.rate, loan.life];
        let loans: Vec<[Row; 4]> = self.loans.iter().map(rows).collect();
        (!loans.is_empty()).then(|| {
            Box::new(move |b: &Batch| {
                loans.iter().fold(F8::ZERO, |sum, [highest, market_rate, rate, life]| {
                    let below = (b.get(*market_rate) - b.get(*rate)).positive_part();
                    sum + b.get(*highest) * below * b.get(*life)
                })
            }) as Reading
        })
    }
}

impl VendorCredit {
    /// Loans of a lab.
    fn of_lab(&self, lab: usize) -> impl Iterator<Item = &Loan> {
        self.loans.iter().filter(move |loan| loan.lab == lab)
    }

    /// Not with the loop off, nor within a year of a restructuring.
    #[inline(always)]
    fn lends(&self, b: &Cells, now: &Now, actors: &Actors, loan: &Loan) -> M8 {
        if !now.loops.on(LOOP.which) {
            return M8::NONE;
        }
        let last = b.get(actors.labs[loan.lab].restructured);
        let since = F8::splat(f64::from(now.step)) - (last - F8::ONE);
        last.le(F8::ZERO) | since.ge(F8::splat(f64::from(now.clock.span(1.0))))
    }
}
