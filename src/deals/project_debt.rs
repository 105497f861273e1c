//! Project debt: lenders pay what a company builds ahead for a lab, against what the lab has still to pay on its
//! contracts, as far as its revenue covers it or another company guarantees it. Interest and principal are part of the
//! company's sum of 5.6; what remains in a restructuring, or when the contracts are over, is lost, and called from the
//! guarantor. Section 5.14 of docs/model.md; landlords and clouds build so for labs in 2026.

use crate::actors::{Actors, Now, SLACK};
use crate::books::ledger::{Payment, pass_through_at};
use crate::books::{Edge, Flow, Party};
use crate::compiler::{Compiler, Foreseen, LoopKind};
use crate::deals::bills::link_of;
use crate::deals::remaining::Remaining;
use crate::deals::{Cut, Deal, Event, Happening, Parties, Scene};
use crate::input::{
    Check, Finding, Key, Node,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::{Fraction, PerYear, UsdBn},
    Whom,
    check::refuse_twice,
};
use crate::market::funding::company_borrows;
use crate::measure::Kind::UsdBn as Dollars;
use crate::measure::{Measure, Pattern, Reading, cell, sum, sum_of};
use crate::state::maths::exp;
use crate::state::{Batch, Cells, Clock, F8, Loop, Row};

pub const SECTION: Section = Section {
    name: "project_debt",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["company", "lab"],
    refuse,
    doc: "Lenders pay what a company builds ahead for a lab, against the lab's contracts (5.14); every pair at most once.",
};

/// The keys of `[[project_debt]]`.
const KEYS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("Who builds, with `build_ahead` and `suppliers`."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("Who will pay."),
    Key::number("advance", Fraction, Range::Unit).called("advance on {1}’s payments to {0}")
        .doc("The debt is at most this share of what the lab has still to pay, as far as that is covered or guaranteed."),
    Key::of("guarantor", Shape::Actor(Whom::Company))
        .optional()
        .doc("The company that guarantees the debt; not the one that builds."),
    Key::number("guarantee", Fraction, Range::Unit).called("guaranteed part of {0}’s debt on {1}’s contracts")
        .or_value(0.0)
        .doc("g: share of the debt that is guaranteed."),
    Key::number("spread", PerYear, NonNegative).called("spread of {0}’s debt on {1}’s contracts")
        .or_value(0.0)
        .doc("What lenders charge over the company's rate where nobody guarantees."),
    Key::number("recovery", Fraction, Range::Unit).called("recovery of {0}’s debt on {1}’s contracts")
        .or_value(0.0)
        .doc("Share of what is not repaid that comes back to lenders from elsewhere; below 1."),
    Key::number("opening", UsdBn, NonNegative).called("{0}’s debt on {1}’s contracts at the start")
        .or_value(0.0)
        .doc("K at the start; needs a contract announced before it."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    refuse_twice(nodes, ["company", "lab"], "the project debt", "keep one of the sections", check);
    for node in nodes {
        let guarantor = node.text_if("guarantor");
        if guarantor.is_some() && guarantor == node.text_if("company") {
            let finding =
                Finding::error("a company does not guarantee its own debt").at(node.place("guarantor"));
            check.push(finding.help("name another company, or leave `guarantor` and `guarantee` out"));
        }
        if !node.was_given("guarantor") && check.highest_of(node, "guarantee") > 0.0 {
            let finding = Finding::error("a guarantee without a guarantor").at(node.place("guarantee"));
            check.push(finding.help("add `guarantor = \"...\"`, the company that gives it"));
        }
        if node.was_given("guarantor") && check.highest_of(node, "guarantee") <= 0.0 {
            let finding = Finding::warning("the guarantor guarantees nothing").at(node.place("guarantor"));
            check.push(finding.help("add `guarantee`, the share of the debt, or leave `guarantor` out"));
        }
        if check.highest_of(node, "recovery") >= 1.0 {
            let finding = Finding::error("lenders who recover all lose nothing").at(node.place("recovery"));
            check.push(finding.help("write a `recovery` below 1"));
        }
        refuse_who_builds_nothing(node, check);
        let what = |company: &str, lab: &str| {
            format!("lenders lend `{company}` against bills of `{lab}`, and it bills it nothing")
        };
        if let Some(link) = link_of(node, what, "the debt", check) {
            refuse_an_opening_for_nothing(node, link, check);
        }
    }
}

fn refuse_who_builds_nothing(node: &Node, check: &mut Check) {
    let Some(company) = node.text_if("company") else { return };
    let Some(builder) = check.named("company").find(|node| node.text_if("name") == Some(company)) else {
        return;
    };
    let builds = check.highest_of(builder, "build_ahead") > 0.0;
    let missing = match (builds, builder.was_given("suppliers")) {
        (true, true) => return,
        (true, false) => "`suppliers = { ... }`",
        (false, true) => "`build_ahead`",
        (false, false) => "`build_ahead` and `suppliers = { ... }`",
    };
    let message = format!("`{company}` builds nothing ahead that lenders could lend for");
    let help = format!("add {missing} to the company, or leave the debt out");
    check.push(
        Finding::error(message).at(node.place("company")).marked(&builder.at, "the company").help(help),
    );
}

fn refuse_an_opening_for_nothing(node: &Node, link: &Node, check: &mut Check) {
    if check.highest_of(node, "opening") <= 0.0 {
        return;
    }
    let Some(start) = check.first("scenario").and_then(|node| node.date_if("start")) else { return };
    let is_public = |contract: &Node| contract.date_if("announced").is_none_or(|day| day <= start);
    if !link.list("contracts").iter().any(is_public) {
        let message = "an opening debt, and no contract was announced by the start";
        let help = "add the contract that it was lent against to [[compute]], or leave `opening` out";
        check
            .push(Finding::error(message).at(node.place("opening")).marked(&link.at, "the bills").help(help));
    }
}

pub const LOOP: LoopKind = LoopKind {
    which: Loop::at(10),
    name: "guarantee",
    off: "nobody guarantees the debt of what companies build ahead",
    notes: true,
    active: |c| c.any("project_debt", |n| c.matters(n.number("guarantee"))),
};

/// From lenders through the builder to its suppliers.
const LOAN: Flow = Flow::new("project_loan").shown().lending();
const INTEREST: Flow = Flow::new("project_interest").shown().lending();
const REPAYMENT: Flow = Flow::new("project_repayment").shown().lending();
/// From a guarantor to lenders.
const CALL: Flow = Flow::new("guarantee_call").shown();

/// It is not repaid.
const LOSS: Event = Event {
    name: "project_loss",
    amounts: &["recovered", "called", "lost"],
    sentence: "{all} of what {company} owes on its building for {lab} is not repaid: {recovered} comes back, the guarantor pays {called}, lenders lose {lost}",
};

#[derive(Debug, Clone)]
pub struct ProjectDebt {
    pub debts: Vec<Debt>,
    of_company: Vec<Vec<usize>>,
    of_link: Vec<Option<usize>>,
    /// ΣK: the highest at the end of a step.
    peak: Row,
}

#[derive(Debug, Clone)]
pub struct Debt {
    pub company: usize,
    pub lab: usize,
    advance: Row,
    recovery: Row,
    opening: Row,
    /// The company's rate, and what lenders charge over it.
    rate: Row,
    spread: Row,
    pub guarantee: Option<Guarantee>,
    /// e^(…) − 1 with the guarantee and without.
    interest: [Row; 2],
    pub remaining: Remaining,
    /// K, as the step found it, and the highest so far.
    pub debt: Row,
    found: Row,
    highest: Row,
    /// Of this step: interest and principal due; K once the contracts are over, for the guarantor and the lenders.
    interest_due: Row,
    principal_due: Row,
    over: Row,
    /// Since the start.
    lent: Row,
    capitalised: Row,
    repaid: Row,
    called: Row,
    recovered: Row,
    lost: Row,
    /// y that took K above its highest, and what of it only the guarantee brought about.
    financed: Row,
    financed_by_guarantee: Row,
    loan_edge: Edge,
    interest_edge: Edge,
    repayment_edge: Edge,
}

#[derive(Debug, Clone, Copy)]
pub struct Guarantee {
    pub guarantor: usize,
    /// g
    share: Row,
    /// What the guarantor has borne of what may be called; and what of it is news in the next step.
    provision: Row,
    borne: Row,
    /// What lenders would have charged for it (F.6).
    conceded: Row,
    edge: Edge,
}

impl Deal for ProjectDebt {
    const SECTION: &'static Section = &SECTION;
    const LOOP: &'static LoopKind = &LOOP;
    const CONCESSION: Option<(&'static str, &'static str)> = Some(("guarantee", "in guarantees"));
    const MEASURES: &'static [Pattern] = &[
        Pattern {
            pattern: "project_debt_peak",
            kinds: &[Dollars],
            doc: "The highest project debt of all companies at the end of a step.",
        },
        Pattern {
            pattern: "guarantee_calls|project_losses",
            kinds: &[Dollars],
            doc: "Project debt that guarantors paid; that its lenders lost.",
        },
    ];

    /// A guarantor loses what is called.
    fn foresee(c: &Compiler, foreseen: &mut Foreseen) {
        for node in c.sections_named("project_debt") {
            foreseen.lent_ahead.push((c.lab(node.text("lab")), c.company(node.text("company"))));
            if let Some(guarantor) = node.text_if("guarantor").map(|name| c.company(name)) {
                foreseen.losers.push(guarantor);
                foreseen.guarantors.push(guarantor);
            }
            foreseen.has_guarantees |= c.matters(node.number("guarantee"));
        }
    }

    fn compile(c: &mut Compiler, parties: &mut Parties) -> ProjectDebt {
        let compute = parties.compute;
        let mut of_company = vec![Vec::new(); parties.companies.len()];
        let mut of_link = vec![None; compute.links.len()];
        let mut debts: Vec<Debt> = Vec::new();
        for node in c.sections_named("project_debt") {
            let (company, lab) = (c.company(node.text("company")), c.lab(node.text("lab")));
            let me = Party::Company(company as u16);
            let link = compute.links.iter().position(|link| (link.lab, link.company) == (lab, company));
            let link = link.expect("project debt has its compute link");
            of_company[company].push(debts.len());
            of_link[link] = Some(debts.len());
            let guarantor = node.text_if("guarantor").map(|name| c.company(name));
            let guarantor = guarantor.filter(|_| c.matters(node.number("guarantee")));
            let pair = format!("project debt of {} for {}", node.text("company"), node.text("lab"));
            debts.push(Debt {
                company,
                lab,
                advance: c.row(node, "advance"),
                recovery: c.row(node, "recovery"),
                opening: c.row(node, "opening"),
                rate: parties.companies[company].rate,
                spread: c.row(node, "spread"),
                guarantee: guarantor.map(|guarantor| Guarantee {
                    guarantor,
                    share: c.row(node, "guarantee"),
                    provision: c.layout.row(),
                    borne: c.layout.row(),
                    conceded: c.layout.row(),
                    edge: c.edge(Party::Company(guarantor as u16), Party::Outside, CALL),
                }),
                interest: [c.layout.row(), c.layout.row()],
                remaining: Remaining::compile(&mut c.layout, compute, link),
                debt: c.layout.amount(pair.clone()),
                found: c.layout.row(),
                highest: c.layout.sum(format!("highest {pair}")),
                interest_due: c.layout.row(),
                principal_due: c.layout.row(),
                over: c.layout.row(),
                lent: c.layout.sum(format!("lent, {pair}")),
                capitalised: c.layout.sum(format!("capitalised, {pair}")),
                repaid: c.layout.sum(format!("repaid, {pair}")),
                called: c.layout.sum(format!("called, {pair}")),
                recovered: c.layout.sum(format!("recovered, {pair}")),
                lost: c.layout.sum(format!("lost, {pair}")),
                financed: c.layout.sum(format!("financed, {pair}")),
                financed_by_guarantee: c.layout.sum(format!("financed by guarantee, {pair}")),
                loan_edge: c.edge(Party::Outside, me, LOAN),
                interest_edge: c.edge(me, Party::Outside, INTEREST),
                repayment_edge: c.edge(me, Party::Outside, REPAYMENT),
            });
        }
        ProjectDebt { debts, of_company, of_link, peak: c.layout.sum("highest project debt") }
    }

    fn open(&self, b: &mut Batch, clock: &Clock) {
        for debt in &self.debts {
            debt.remaining.open(b);
            let uncovered = match debt.guarantee {
                Some(guarantee) => F8::ONE - b.get(guarantee.share),
                None => F8::ONE,
            };
            for (row, uncovered) in debt.interest.into_iter().zip([uncovered, F8::ONE]) {
                let rate = b.get(debt.rate) + uncovered * b.get(debt.spread);
                let interest = exp(rate * clock.step_years) - F8::ONE;
                b.set(row, interest);
            }
            b.copy(debt.opening, debt.debt);
            if debt.guarantee.is_some() && b.get(debt.opening).gt(F8::ZERO).any() {
                b.note(LOOP.which);
            }
            b.copy(debt.opening, debt.highest);
        }
    }

    fn measures(&self, _: &Actors, out: &mut Vec<Measure>) {
        if self.debts.is_empty() {
            return;
        }
        let rows = |row: fn(&Debt) -> Row| self.debts.iter().map(row).collect();
        cell(out, "project_debt_peak", self.peak);
        sum(out, "guarantee_calls", rows(|debt| debt.called));
        sum(out, "project_losses", rows(|debt| debt.lost));
    }

    /// Per pair: lent, with the opening and interest not paid, = repaid + called + recovered + outstanding + lost.
    fn broken_at(&self, b: &Batch, path: usize, actors: &Actors) -> Option<String> {
        for debt in &self.debts {
            let sum = |rows: &[Row]| -> f64 { rows.iter().map(|row| b.at(*row, path)).sum() };
            let came = sum(&[debt.opening, debt.lent, debt.capitalised]);
            let went = sum(&[debt.repaid, debt.called, debt.recovered, debt.debt, debt.lost]);
            let slack = SLACK * came.max(1.0);
            let pair = || {
                let (company, lab) = (&actors.companies[debt.company].name, &actors.labs[debt.lab].name);
                format!("project debt of {company} for {lab}")
            };
            if (came - went).abs() > slack {
                return Some(format!("{}: {came} came, {went} was repaid, called, lost or is owed", pair()));
            }
            let posted = debt.loan_edge.total_at(b, path);
            let lent: f64 =
                self.of_company[debt.company].iter().map(|k| b.at(self.debts[*k].lent, path)).sum();
            if (posted - lent).abs() > slack.max(SLACK * posted) {
                return Some(format!("{}: flows say that {posted} was lent, and not {lent}", pair()));
            }
            let [financed, guaranteed] =
                [debt.financed, debt.financed_by_guarantee].map(|row| b.at(row, path));
            if financed > b.at(debt.lent, path) + slack || guaranteed > financed + slack {
                return Some(format!("{}: {guaranteed} by guarantee of {financed} financed", pair()));
            }
        }
        None
    }

    /// What the labs have still to pay, and so what guarantors are liable for.
    #[inline(always)]
    fn announced(&self, b: &mut Batch, scene: &Scene) {
        for debt in &self.debts {
            debt.remaining.bring_to_step(b, scene.now, &scene.actors.labs, scene.compute);
            b.copy(debt.debt, debt.found);
            b.fill(debt.over, 0.0);
        }
        self.count_guarantees(b, scene.now, scene.actors);
    }

    /// When contracts are over, guarantors and lenders bear what is left of the debt; what guarantors bear of new lending
    /// is news in the next step.
    #[inline(always)]
    fn supplied(&self, b: &mut Batch, scene: &Scene) {
        if self.debts.is_empty() {
            return;
        }
        self.count_guarantees(b, scene.now, scene.actors);
        for debt in &self.debts {
            let over = b.get(debt.over).gt(F8::ZERO);
            for path in over.lanes() {
                let left = b.at(debt.over, path);
                self.write_off_at(b, path, scene, debt, left);
            }
            if let Some(guarantee) = debt.guarantee {
                let borne = b.get(guarantee.borne).gt(F8::ZERO);
                for path in borne.lanes() {
                    scene.announcement.note_loss_at(
                        b,
                        path,
                        guarantee.guarantor,
                        b.at(guarantee.borne, path),
                    );
                    b.put(guarantee.borne, path, 0.0);
                }
            }
            debt.remaining.leave_step(b, scene.now, scene.compute);
        }
    }

    #[inline(always)]
    fn recorded(&self, b: &mut Batch) {
        if !self.debts.is_empty() {
            let b = b.cells();
            let whole = self.debts.iter().fold(F8::ZERO, |sum, debt| sum + b.get(debt.debt));
            b.raise(self.peak, whole);
        }
    }

    /// Debt above the limit that remains after the cut is not repaid.
    fn cut_at(&self, b: &mut Batch, path: usize, scene: &Scene, cut: &Cut) {
        for debt in self.debts.iter().filter(|debt| debt.lab == cut.lab) {
            debt.remaining.forget_at(b, path);
            let share = debt.share(b, scene.now).0[path];
            let backed =
                debt.remaining.backed_after_cut_at(b, path, &scene.now.clock, scene.compute, cut, share);
            let excess = b.at(debt.debt, path) - b.at(debt.advance, path) * backed;
            if excess > SLACK {
                self.write_off_at(b, path, scene, debt, excess);
            }
        }
    }

    /// Lending that took debts above their previous highs: all of it, and the part due to guarantees alone.
    fn financed(&self) -> Option<[Vec<Row>; 2]> {
        let rows = |row: fn(&Debt) -> Row| self.debts.iter().map(row).collect();
        (!self.debts.is_empty())
            .then(|| [rows(|debt| debt.financed), rows(|debt| debt.financed_by_guarantee)])
    }

    /// The interest that guarantees saved borrowers on the debt that they made possible.
    fn conceded(&self) -> Option<Reading> {
        let given = self.debts.iter().filter_map(|debt| debt.guarantee);
        let given: Vec<Row> = given.map(|guarantee| guarantee.conceded).collect();
        (!self.debts.is_empty()).then(|| Box::new(move |b: &Batch| sum_of(&given, b)) as Reading)
    }

    #[inline(always)]
    fn finances(&self, company: usize) -> bool {
        !self.debts.is_empty() && !self.of_company[company].is_empty()
    }

    /// y = max(0, min(ahead, limit − K)); of origin `guarantee` what lies above K and the limit without one.
    #[inline(always)]
    fn lend(&self, b: &mut Cells, now: &Now, link: usize, ahead: F8) -> [F8; 2] {
        let Some(debt) = self.of_link[link].map(|k| &self.debts[k]) else { return [F8::ZERO; 2] };
        let before = b.get(debt.debt);
        let share = debt.share(b, now);
        let lent = ahead.min(debt.limit(b, share) - before).positive_part();
        let after = before + lent;
        let alone = debt.limit(b, F8::ZERO);
        let by_guarantee = match debt.guarantee {
            Some(_) => (after - before.max(alone)).positive_part().min(lent),
            None => F8::ZERO,
        };
        if debt.guarantee.is_some() && lent.gt(F8::ZERO).any() {
            b.note(LOOP.which);
        }
        debt.loan_edge.post(b, [lent - by_guarantee, by_guarantee]);
        b.set(debt.debt, after);
        b.add(debt.lent, lent);
        let rise = (after - before.max(b.get(debt.highest))).positive_part();
        b.raise(debt.highest, after);
        b.add(debt.financed, rise);
        b.add(debt.financed_by_guarantee, by_guarantee * rise.share_of(lent));
        if let Some(guarantee) = debt.guarantee {
            let all = b.get(debt.remaining.all);
            let wait = b.get(debt.remaining.waits).share_of(all);
            b.add(guarantee.conceded, rise * share * b.get(debt.spread) * wait);
            let uncovered = F8::ONE - b.get(debt.remaining.covered).share_of(all).min(F8::ONE);
            let borne = share * lent * uncovered * (F8::ONE - b.get(debt.recovery));
            b.set(guarantee.borne, borne);
            b.add(guarantee.provision, borne);
        }
        [lent, by_guarantee]
    }

    #[inline(always)]
    fn due_of_company(&self, b: &mut Cells, now: &Now, company: usize) -> F8 {
        let mut due = F8::ZERO;
        for debt in self.of_company[company].iter().map(|k| &self.debts[*k]) {
            let (found, all) = (b.get(debt.found), b.get(debt.remaining.all));
            let over = all.le(F8::splat(SLACK));
            let principal = over.select(found, found * b.get(debt.remaining.bill).share_of(all).min(F8::ONE));
            let rate = debt.interest[usize::from(!now.loops.on(LOOP.which))];
            let interest = b.get(rate) * found;
            b.set(debt.interest_due, interest);
            b.set(debt.principal_due, principal);
            due += interest + principal;
        }
        due
    }

    #[inline(always)]
    fn pay_by_company(&self, b: &mut Cells, company: usize, payment: &mut Payment, fraction: F8) {
        for debt in self.of_company[company].iter().map(|k| &self.debts[*k]) {
            let [interest, principal] = [debt.interest_due, debt.principal_due].map(|row| b.get(row));
            let [interest_paid, repaid] = [interest * fraction, principal * fraction];
            payment.out(b, debt.interest_edge, interest_paid);
            payment.out(b, debt.repayment_edge, repaid);
            // What is short stays in the debt.
            let capitalised = interest - interest_paid;
            let after = (b.get(debt.debt) - repaid + capitalised).positive_part();
            b.set(debt.debt, after);
            b.raise(debt.highest, after);
            b.add(debt.capitalised, capitalised);
            b.add(debt.repaid, repaid);
            let over = b.get(debt.remaining.all).le(F8::splat(SLACK));
            b.set(debt.over, over.select(after, F8::ZERO));
        }
    }
}

impl Debt {
    /// g; 0 where nobody guarantees, or with the loop off.
    #[inline(always)]
    fn share(&self, b: &Cells, now: &Now) -> F8 {
        match self.guarantee {
            Some(guarantee) if now.loops.on(LOOP.which) => b.get(guarantee.share),
            _ => F8::ZERO,
        }
    }

    /// advance·Σ Rem·(g + (1 − g)·q)
    #[inline(always)]
    fn limit(&self, b: &Cells, guaranteed: F8) -> F8 {
        let (all, covered) = (b.get(self.remaining.all), b.get(self.remaining.covered));
        b.get(self.advance) * (guaranteed * all + (F8::ONE - guaranteed) * covered)
    }
}

impl ProjectDebt {
    /// Σ g·K of every guarantor, which counts as debt when it borrows itself.
    #[inline(always)]
    fn count_guarantees(&self, b: &mut Cells, now: &Now, actors: &Actors) {
        for guarantee in self.debts.iter().filter_map(|debt| debt.guarantee) {
            if let Some(row) = actors.companies[guarantee.guarantor].guaranteed {
                b.set(row, F8::ZERO);
            }
        }
        for debt in &self.debts {
            let Some(guarantee) = debt.guarantee else { continue };
            if let Some(row) = actors.companies[guarantee.guarantor].guaranteed {
                b.add(row, debt.share(b, now) * b.get(debt.debt));
            }
        }
    }

    /// Writes off E: a part is recovered from elsewhere, the fraction g of the rest is called, and what is not paid is lost.
    fn write_off_at(&self, b: &mut Batch, path: usize, scene: &Scene, debt: &Debt, excess: f64) {
        let (now, actors) = (scene.now, scene.actors);
        let left = (b.at(debt.debt, path) - excess).max(0.0);
        b.put(debt.debt, path, left);
        self.count_guarantees(b, now, actors);
        let recovered = b.at(debt.recovery, path) * excess;
        b.add_at(debt.recovered, path, recovered);
        let (mut called, mut lost) = (0.0, excess - recovered);
        let share = debt.share(b, now).0[path];
        if let Some(guarantee) = &debt.guarantee
            && share * lost > SLACK
        {
            called = call_at(b, path, now, actors, guarantee, share * lost);
            b.add_at(debt.called, path, called);
            lost = (lost - called).max(0.0);
            // What was provided for has been news before.
            let provision = b.at(guarantee.provision, path);
            b.put(guarantee.provision, path, (provision - called).max(0.0));
            if called - provision > SLACK {
                scene.announcement.note_loss_at(b, path, guarantee.guarantor, called - provision);
            }
        }
        b.add_at(debt.lost, path, lost);
        let amounts = &[recovered, called, lost];
        (scene.tell)(path, &Happening { event: &LOSS, company: Some(debt.company), lab: debt.lab, amounts });
    }
}

/// A guarantor pays a call from its cash, then by borrowing, as far as both go.
fn call_at(
    b: &mut Batch,
    path: usize,
    now: &Now,
    actors: &Actors,
    guarantee: &Guarantee,
    called: f64,
) -> f64 {
    let guarantor = &actors.companies[guarantee.guarantor];
    let mut missing = F8::ZERO;
    missing.0[path] = (called - guarantor.account.total_at(b, path)).max(0.0);
    company_borrows(b, now, guarantor, missing);
    let paid = guarantor.account.take_at(b, path, called);
    pass_through_at(b, path, guarantee.edge, &paid);
    paid.total()
}
