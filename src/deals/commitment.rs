//! Forward commitments (5.11): an investor has promised a lab money at a fixed pre-money value, in dated tranches. A
//! holding books the gain before it pays. A tranche may wait until the lab has paid a company enough.

use crate::actors::{Actors, Holding, Lab, Now, Promise, SLACK, holding::invests};
use crate::books::ledger::capital_at;
use crate::books::{Edge, Flow, Party};
use crate::compiler::{Compiler, LoopKind};
use crate::deals::bills::warn_if_never_paid;
use crate::input::{
    Check, Finding, Key, Node,
    Range::{self, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, UsdBn},
    Whom,
};
use crate::market::funding::{holding_has_means, holding_pays_at, person_borrows_at};
use crate::market::sentiment::Sentiment;
use crate::state::{Batch, Cells, F8, LANES, Loop, M8, Row};

pub const SECTION: Section = Section {
    name: "commitment",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["investor", "lab"],
    refuse,
    doc: "A forward commitment: capital promised at a fixed pre-money valuation, paid in dated tranches (5.11).",
};

/// Money of persons and holdings, promised here or offered in rounds.
pub const RELATED_WEALTH: LoopKind = LoopKind {
    which: Loop::RELATED_WEALTH,
    name: "related_wealth",
    off: "persons and holdings make no offers and pay no tranches",
    notes: false,
    active: |c| {
        let by_others = |n: &Node| !c.companies.iter().any(|name| name == n.text("investor"));
        let offers = |section: &str| c.any(section, |n| invests(c, n));
        c.any("commitment", by_others) || offers("person") || offers("holding")
    },
};

pub const TRANCHE_PAID: Flow = Flow::new("tranche").capital();

/// The keys of `[[commitment]]`.
const KEYS: &[Key] = &[
    Key::of("investor", Shape::Actor(Whom::Investor)).doc("A company, person or holding."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The lab."),
    Key::number("pre_money", UsdBn, Positive)
        .called("pre-money valuation of {0}’s commitment to {1}")
        .doc("The agreed pre-money valuation."),
    Key::number("credits", Fraction, Range::Unit)
        .called("part of {0}’s commitment to {1} paid in credits")
        .or_value(0.0)
        .doc("Share of every tranche paid in compute credits; companies only."),
    Key::of("marked", Shape::Date)
        .optional()
        .doc("Day on which the commitment's price, pre-money and all tranches, becomes the lab's mark."),
    Key::of("tranches", Shape::List(TRANCHE)).doc("The tranches."),
];

/// The keys of a tranche.
const TRANCHE: &[Key] = &[
    Key::of("due", Shape::Date).optional().doc("Day on which it falls due; either this or `when`."),
    Key::of("when", Shape::Choice(&["listing"]))
        .optional()
        .doc("`listing`: it falls due in the step after the lab's listing."),
    Key::number("amount", UsdBn, NonNegative)
        .called("tranche no. {2} of {0}’s commitment to {1}")
        .doc("The amount."),
    Key::of("needs", Shape::Table(NEEDS)).optional().doc("A milestone without which it does not fall due."),
];

/// The keys of `needs`.
const NEEDS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("The company that must have been paid."),
    Key::number("paid", UsdBn, NonNegative)
        .called("milestone of tranche no. {2} of {0}’s commitment to {1}")
        .doc("What the lab must have paid it since the start."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    for node in nodes {
        let Some(investor) = node.text_if("investor") else { continue };
        if !check.is(Whom::Company, investor) && check.highest_of(node, "credits") > 0.0 {
            let message = format!("`{investor}` pays in compute credits and is not a company");
            let help = "only a company can provide compute: leave `credits` out";
            check.push(Finding::error(message).at(node.place("credits")).help(help));
        }
    }
    for node in nodes {
        refuse_what_never_comes(node, check);
    }
    for tranche in nodes.iter().flat_map(|node| node.list("tranches")) {
        let help = "write `due = DATE`, or `when = \"listing\"`: one of them says when it is paid";
        match (tranche.was_given("due"), tranche.was_given("when")) {
            (false, false) => {
                let finding = Finding::error("the tranche has neither `due` nor `when`");
                check.push(finding.at(&tranche.at).help(help));
            }
            (true, true) => {
                let finding = Finding::error("the tranche has both `due` and `when`");
                let finding = finding.at(tranche.place("when")).marked(tranche.place("due"), "and here");
                check.push(finding.help(help));
            }
            _ => {}
        }
    }
}

/// Tranches and marks past the end, and tranches that wait for payments or for a listing that never comes.
fn refuse_what_never_comes(node: &Node, check: &mut Check) {
    if node.date_if("marked").is_some_and(|day| check.is_outside(day)) {
        check.warn_of_day("the mark is set outside the run", node.place("marked"), "it has no effect");
    }
    for tranche in node.list("tranches") {
        if tranche.date_if("due").is_some_and(|day| check.is_past(day)) {
            check.warn_of_day("the tranche falls due past the end", tranche.place("due"), "it is never paid");
        }
        let Some(lab) = node.text_if("lab") else { continue };
        if let Some(needs) = tranche.table("needs")
            && let (Some(company), Some(paid)) = (needs.text_if("company"), needs.number_if("paid"))
            && check.lowest(paid) > 0.0
        {
            warn_if_never_paid(lab, company, needs.place("paid"), check);
        }
        let lists = |other: &Node| other.text_if("name") == Some(lab) && other.was_given("listing");
        if tranche.was_given("when") && !check.named("lab").any(lists) {
            let message = format!("`{lab}` has no `listing`: the tranche never falls due");
            let help = "add `listing` to the lab, or write `due = DATE`";
            check.push(Finding::warning(message).at(tranche.place("when")).help(help));
        }
    }
}

#[derive(Debug, Clone)]
pub struct Commitments {
    pub commitments: Vec<Commitment>,
    /// Tranches that could not be paid in full when due, counted once each.
    pub missed: Row,
    /// Of the tranches that have fallen due, USD bn not yet paid.
    pub waiting: Row,
    /// Steps in which a tranche falls due.
    pub due_in: Vec<i32>,
    /// Labs whose listing makes a tranche fall due.
    pub at_listing: Vec<usize>,
    /// Prices that become a lab's mark, in the order of the file: step, lab, pre-money + A.
    pub marked: Vec<(i32, usize, Row)>,
}

#[derive(Debug, Clone)]
pub struct Commitment {
    pub investor: Party,
    pub lab: usize,
    /// A company to which the lab owes no bill: its cash is no loop's (section 9).
    pub of_stranger: bool,
    pub pre_money: Row,
    /// Share in credits (companies only).
    pub credits: Row,
    /// Is any of it paid in credits?
    in_credits: bool,
    pub tranches: Vec<Tranche>,
    /// pre-money + A
    pub price: Row,
    /// A_unpaid
    pub unpaid: Row,
    pub tranche_edge: Edge,
    pub credit_edge: Option<Edge>,
    pub stake: usize,
}

#[derive(Debug, Clone, Copy)]
pub struct Tranche {
    pub due: Due,
    pub amount: Row,
    /// (company, payments l → i that must have been made)
    pub needs: Option<(usize, Row)>,
    /// Still to be paid in cash, and in credits.
    pub cash_left: Row,
    pub credits_left: Row,
    pub missed: Row,
}

/// When a tranche falls due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Due {
    Step(i32),
    /// In the step after the lab's listing.
    Listing,
}

impl Due {
    /// Was it not paid before the start?
    pub fn is_ahead(self) -> bool {
        !matches!(self, Due::Step(step) if step < 0)
    }

    /// The paths on which it has come; `None` while it can have come on none.
    #[inline(always)]
    fn has_come(self, b: &Cells, now: &Now, lab: &Lab) -> Option<M8> {
        match self {
            Due::Step(step) => (0..=now.step).contains(&step).then_some(M8::ALL),
            Due::Listing => Some(lab.is_listed(b, now.step)),
        }
    }
}

impl Commitments {
    pub fn open(&self, b: &mut Batch) {
        for commitment in &self.commitments {
            for path in 0..LANES {
                let (mut all, mut unpaid) = (0.0, 0.0);
                for tranche in &commitment.tranches {
                    let amount = b.at(tranche.amount, path);
                    all += amount;
                    // A tranche due before the start is paid and counts in A.
                    if tranche.due.is_ahead() {
                        unpaid += amount;
                        let in_credits = b.at(commitment.credits, path) * amount;
                        b.put(tranche.credits_left, path, in_credits);
                        b.put(tranche.cash_left, path, amount - in_credits);
                    }
                }
                let price = b.at(commitment.pre_money, path) + all;
                b.put(commitment.price, path, price);
                b.put(commitment.unpaid, path, unpaid);
            }
        }
    }

    /// Stage 7. `noted`: what stage 6 noted of net asset values holds.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors, sentiment: &Sentiment, mut noted: bool) {
        // Most steps have no tranche that falls due, and none that waits.
        let listed_now = |l: &usize| {
            let listed = actors.labs[*l].listed;
            listed.is_some_and(|row| b.get(row).equals(F8::splat(f64::from(now.step))).any())
        };
        let falls_due = self.due_in.binary_search(&now.step).is_ok()
            || now.step > 0 && self.at_listing.iter().any(listed_now);
        if !falls_due && !b.get(self.waiting).gt(F8::ZERO).any() {
            return;
        }
        let mut waiting = F8::ZERO;
        for commitment in self.commitments.iter().filter(|commitment| commitment.may_pay(now)) {
            // What a holding can find, until somebody has paid.
            let mut means = None;
            let lab = &actors.labs[commitment.lab];
            for tranche in &commitment.tranches {
                let Some(come) = tranche.due.has_come(b, now, lab) else { continue };
                let left = b.get(tranche.cash_left) + b.get(tranche.credits_left);
                let mut due = left.gt(F8::ZERO) & come;
                if !due.any() {
                    continue;
                }
                if let Some((company, needed)) = tranche.needs {
                    let paid = b.get(lab.dealings[company].paid);
                    due = due & (paid + SLACK).ge(b.get(needed));
                }
                if due.any() {
                    // A tranche that was missed is asked for in every step: mostly in vain.
                    if let Party::Holding(i) = commitment.investor {
                        let holding = &actors.holdings[i as usize];
                        let is_new = b.get(tranche.missed).equals(F8::ZERO);
                        let has = match means {
                            Some(has) => has,
                            None => *means.insert(holding_has_means(b, holding, actors, now, noted)),
                        };
                        due = due & (is_new | has);
                    }
                    for lane in due.lanes() {
                        self.pay_at(b, lane, now, actors, sentiment, commitment, tranche);
                        means = None;
                        noted = false;
                    }
                }
                let left = b.get(tranche.cash_left) + b.get(tranche.credits_left);
                waiting += come.select(left, F8::ZERO);
            }
        }
        b.set(self.waiting, waiting);
    }

    #[allow(clippy::too_many_arguments)]
    fn pay_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        sentiment: &Sentiment,
        commitment: &Commitment,
        tranche: &Tranche,
    ) {
        let lab = &actors.labs[commitment.lab];
        let (mut cash_left, mut credits_left) =
            (b.at(tranche.cash_left, path), b.at(tranche.credits_left, path));
        let mut paid = 0.0;
        let purse = match commitment.investor {
            Party::Company(i) => {
                let company = &actors.companies[i as usize];
                if !now.loops.on(Loop::VENDOR_EQUITY) && !commitment.of_stranger {
                    cash_left = 0.0;
                }
                if !now.loops.on(Loop::CREDITS) {
                    credits_left = 0.0;
                }
                if let (true, Some(edge)) = (credits_left > 0.0, commitment.credit_edge) {
                    company.grant_credits_at(b, path, edge, lab.dealings[i as usize].credits, credits_left);
                    b.put(tranche.credits_left, path, 0.0);
                    paid += credits_left;
                }
                let spare = company.spare_at(b, path).min(cash_left);
                company.account.take_at(b, path, spare)
            }
            Party::Person(i) => {
                person_borrows_at(b, path, &actors.persons[i as usize], actors, now, cash_left)
            }
            Party::Holding(i) => {
                holding_pays_at(b, path, &actors.holdings[i as usize], actors, now, cash_left)
            }
            Party::Lab(_) | Party::Outside => return,
        };
        let in_cash = purse.total();
        let missing = cash_left - in_cash;
        if missing > SLACK && b.at(tranche.missed, path) == 0.0 {
            b.put(tranche.missed, path, 1.0);
            b.add_at(self.missed, path, 1.0);
        }
        paid += in_cash;
        if paid <= 0.0 {
            return;
        }
        capital_at(b, path, commitment.tranche_edge, lab.account, &purse);
        let still = b.at(tranche.cash_left, path) - in_cash;
        b.put(tranche.cash_left, path, if still > SLACK { still } else { 0.0 });
        let unpaid = (b.at(commitment.unpaid, path) - paid).max(0.0);
        b.put(commitment.unpaid, path, unpaid);
        let fraction = paid / b.at(commitment.price, path) * b.at(lab.dilution, path);
        actors.lab_stakes.give_from_others_at(b, path, commitment.stake, fraction, paid);
        lab.note_capital_at(b, path, commitment.investor, paid);
        sentiment.note_capital_at(b, path, paid, paid);
        lab.commit_at(b, path, paid);
    }
}

impl Commitment {
    /// Whether the loops that are on let this investor pay at all (§6).
    fn may_pay(&self, now: &Now) -> bool {
        match self.investor {
            Party::Company(_) => {
                self.of_stranger
                    || now.loops.on(Loop::VENDOR_EQUITY)
                    || self.in_credits && now.loops.on(Loop::CREDITS)
            }
            _ => now.loops.on(Loop::RELATED_WEALTH),
        }
    }
}

impl Commitments {
    pub fn compile(c: &mut Compiler, holdings: &mut [Holding]) -> Commitments {
        let (mut commitments, mut marked) = (Vec::new(), Vec::new());
        for node in c.sections_named("commitment") {
            let investor = c.investor(node.text("investor"));
            let lab = c.lab(node.text("lab"));
            let to = Party::Lab(lab as u16);
            let who = format!("{} to {}", node.text("investor"), node.text("lab"));
            let tranches = node
                .list("tranches")
                .iter()
                .map(|tranche| Tranche {
                    due: match tranche.has("when") {
                        true => Due::Listing,
                        false => Due::Step(c.clock.step_of(tranche.date("due"))),
                    },
                    amount: c.row(tranche, "amount"),
                    needs: tranche
                        .table("needs")
                        .map(|needs| (c.company(needs.text("company")), c.row(needs, "paid"))),
                    cash_left: c.layout.amount(format!("tranche of {who}")),
                    credits_left: c.layout.amount(format!("tranche in credits of {who}")),
                    missed: c.layout.row(),
                })
                .collect();
            let credit_edge =
                matches!(investor, Party::Company(_)).then(|| c.edge(investor, to, Flow::CREDIT));
            let of_company = matches!(investor, Party::Company(_));
            let commitment = Commitment {
                investor,
                lab,
                of_stranger: of_company && c.is_stranger(node.text("investor"), node.text("lab")),
                pre_money: c.row(node, "pre_money"),
                credits: c.row(node, "credits"),
                in_credits: c.matters(node.number("credits")),
                tranches,
                price: c.layout.row(),
                unpaid: c.layout.amount(format!("unpaid commitment of {who}")),
                tranche_edge: c.edge(investor, to, TRANCHE_PAID),
                credit_edge,
                stake: c.lab_stakes.of(&mut c.layout, investor, lab),
            };
            if node.has("marked") {
                marked.push((c.clock.step_of(node.date("marked")), lab, commitment.price));
            }
            if let Party::Holding(h) = investor {
                let promise = Promise { lab, unpaid: commitment.unpaid, price: commitment.price };
                holdings[h as usize].promises.push(promise);
            }
            commitments.push(commitment);
        }
        // Actors are processed kind by kind, each in the order of the scenario (§4).
        commitments.sort_by_key(|c: &Commitment| match c.investor {
            Party::Company(i) => (0, i),
            Party::Person(i) => (1, i),
            Party::Holding(i) => (2, i),
            Party::Lab(_) | Party::Outside => (3, 0),
        });
        for (h, holding) in holdings.iter().enumerate() {
            for (lab, _) in &holding.invests {
                c.lab_stakes.of(&mut c.layout, Party::Holding(h as u16), *lab);
            }
        }
        for (h, holding) in holdings.iter_mut().enumerate() {
            let me = Party::Holding(h as u16);
            holding.lab_stakes =
                (0..c.lab_stakes.stakes.len()).filter(|s| c.lab_stakes.stakes[*s].holder == me).collect();
        }
        let (mut due_in, mut at_listing) = (Vec::new(), Vec::new());
        for commitment in &commitments {
            for tranche in &commitment.tranches {
                match tranche.due {
                    Due::Step(step) if step >= 0 => due_in.push(step),
                    Due::Step(_) => {}
                    Due::Listing => at_listing.push(commitment.lab),
                }
            }
        }
        due_in.sort_unstable();
        due_in.dedup();
        at_listing.sort_unstable();
        at_listing.dedup();
        let (missed, waiting) = (c.layout.sum("missed tranches"), c.layout.row());
        Commitments { commitments, missed, waiting, due_in, at_listing, marked }
    }
}
