//! Vendor equity and reciprocal purchases (5.7, 5.10): a company offers a lab, at each round, a ratio of what the lab
//! paid it since the last one, partly in compute credits; and buys the lab's services with part of what it is paid.

use crate::actors::lab::Reciprocal;
use crate::actors::{Actors, Lab, Now, warn_if_it_never_raises};
use crate::books::ledger::{Payment, capital_at};
use crate::books::{Edge, Flow, Party};
use crate::compiler::{Compiler, LoopKind};
use crate::deals::bills::warn_if_never_paid;
use crate::input::{
    Check, Key, Node,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::Fraction,
    Whom,
    check::refuse_twice,
};
use crate::state::{Batch, F8, Loop, Row};

pub const SECTION: Section = Section {
    name: "vendor_equity",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["company", "lab"],
    refuse,
    doc: "A company that puts part of what a lab pays it back into the lab's rounds (5.7, 5.10).",
};

/// Cash that companies put into labs, here or by [`super::commitment`].
pub const CASH: LoopKind = LoopKind {
    which: Loop::VENDOR_EQUITY,
    name: "vendor_equity",
    off: "companies put no cash into labs; cash of one to which the lab owes no bill stays",
    notes: false,
    active: |c| {
        let knows = |n: &Node, who: &str| !c.is_stranger(n.text(who), n.text("lab"));
        c.any("vendor_equity", |n| c.matters(n.number("ratio")) && knows(n, "company"))
            || c.any("commitment", |n| {
                c.companies.iter().any(|name| name == n.text("investor")) && knows(n, "investor")
            })
    },
};

/// Capital in compute credits.
pub const CREDITS: LoopKind = LoopKind {
    which: Loop::CREDITS,
    name: "credits",
    off: "the credit part of every offer is zero",
    notes: false,
    active: |c| {
        c.any("vendor_equity", |n| c.matters(n.number("ratio")) && c.matters(n.number("credits")))
            || c.any("commitment", |n| c.matters(n.number("credits")))
    },
};

/// Vendors as the lab's customers.
pub const RECIPROCAL: LoopKind = LoopKind {
    which: Loop::RECIPROCAL,
    name: "reciprocal",
    off: "companies buy nothing from labs",
    notes: false,
    active: |c| c.any("vendor_equity", |n| c.matters(n.number("reciprocal"))),
};

/// A company buys a lab's services with what the lab pays it.
pub const RECIPROCAL_PURCHASE: Flow = Flow::new("reciprocal").network();

/// The keys of `[[vendor_equity]]`.
const KEYS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("The investor."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The lab."),
    Key::number("ratio", Fraction, NonNegative)
        .called("part of {1}’s payments that {0} reinvests")
        .doc("ψ: offer per round over what the lab paid the company since its last round."),
    Key::number("credits", Fraction, Range::Unit)
        .called("part of {0}’s investment in {1} made in credits")
        .or_value(0.0)
        .doc("c: share of the offer made in compute credits."),
    Key::number("reciprocal", Fraction, Range::Unit)
        .called("part of {1}’s payments that {0} spends on it")
        .or_value(0.0)
        .doc("κ: share of the cash received from the lab that buys the lab's services."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    refuse_twice(nodes, ["company", "lab"], "the vendor equity", "keep one of the sections", check);
    for node in nodes.iter().filter(|node| check.highest_of(node, "ratio") > 0.0).collect::<Vec<_>>() {
        let Some(lab) = node.text_if("lab") else { continue };
        warn_if_it_never_raises(lab, node.place("ratio"), check);
        if let Some(company) = node.text_if("company") {
            warn_if_never_paid(lab, company, node.place("ratio"), check);
        }
    }
}

#[derive(Debug, Clone)]
pub struct VendorEquity {
    pub offers: Vec<VendorOffer>,
}

#[derive(Debug, Clone)]
pub struct VendorOffer {
    pub company: usize,
    pub lab: usize,
    /// ψ
    pub ratio: Row,
    /// c
    pub credits: Row,
    /// κ
    pub reciprocal: Row,
    pub buys_back: bool,
    /// Cash received directly from the lab in this step, if there is a link.
    pub cash_received: Option<Row>,
    pub round_edge: Edge,
    pub credit_edge: Edge,
    pub reciprocal_edge: Edge,
    pub stake: usize,
}

/// What a vendor offers in one round, USD bn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VendorCapital {
    pub cash: f64,
    pub credits: f64,
}

impl VendorEquity {
    /// Stage 5, third part: companies buy from labs. To the lab it is revenue.
    #[inline(always)]
    pub fn buy_back(&self, b: &mut Batch, now: &Now, actors: &Actors) {
        for lab in &actors.labs {
            if let Some(reciprocal) = &lab.reciprocal {
                b.fill(reciprocal.now, 0.0);
            }
        }
        if now.loops.on(Loop::RECIPROCAL) {
            for offer in self.offers.iter().filter(|o| o.buys_back) {
                let (Some(received), Some(book)) = (offer.cash_received, &actors.labs[offer.lab].reciprocal)
                else {
                    continue;
                };
                let wanted = b.get(offer.reciprocal) * b.get(received);
                let mut payment = Payment::open(b, actors.companies[offer.company].account);
                let bought = wanted.min(payment.total);
                payment.to(b, offer.reciprocal_edge, actors.labs[offer.lab].account, bought);
                payment.close(b);
                b.add(book.now, bought);
            }
        }
        for lab in &actors.labs {
            let Some(book) = &lab.reciprocal else { continue };
            let slot = book.ring.plus(now.step as usize % now.clock.steps_per_year as usize);
            let bought = b.get(book.now);
            let leaving: F8 = b.get(slot);
            b.set(slot, bought);
            b.add(book.year, bought - leaving);
            b.add(book.total, bought);
        }
    }
}

impl VendorOffer {
    /// The offer: B = ψ·(payments since the lab's last round), in cash as far as there is cash above the floor.
    pub fn offer_at(&self, b: &Batch, path: usize, now: &Now, actors: &Actors) -> VendorCapital {
        let paid = b.at(actors.labs[self.lab].dealings[self.company].paid_since_round, path);
        let base = b.at(self.ratio, path) * paid;
        let share = b.at(self.credits, path);
        let cash = ((1.0 - share) * base).min(actors.companies[self.company].spare_at(b, path));
        VendorCapital {
            cash: if now.loops.on(Loop::VENDOR_EQUITY) { cash } else { 0.0 },
            credits: if now.loops.on(Loop::CREDITS) { share * base } else { 0.0 },
        }
    }

    /// Pays what the round takes of it, cash by `edge`; returns what arrived, credits at face.
    pub fn pay_at(
        &self,
        b: &mut Batch,
        path: usize,
        actors: &Actors,
        take: VendorCapital,
        edge: Edge,
    ) -> f64 {
        let company = &actors.companies[self.company];
        let lab = &actors.labs[self.lab];
        // Credits first: their cost has the origins of the cash that is there before the cash part is drawn (§7 rule 4).
        if take.credits > 0.0 {
            company.grant_credits_at(
                b,
                path,
                self.credit_edge,
                lab.dealings[self.company].credits,
                take.credits,
            );
        }
        let cash = company.account.take_at(b, path, take.cash);
        capital_at(b, path, edge, lab.account, &cash);
        cash.total() + take.credits
    }

    pub fn investor(&self) -> Party {
        Party::Company(self.company as u16)
    }
}

impl VendorEquity {
    /// `links`: lab, company and the cash that it was paid in this step.
    pub fn compile(c: &mut Compiler, labs: &mut [Lab], links: &[(usize, usize, Row)]) -> VendorEquity {
        let mut offers = Vec::new();
        for node in c.sections_named("vendor_equity") {
            let (company, lab) = (c.company(node.text("company")), c.lab(node.text("lab")));
            let (from, to) = (Party::Company(company as u16), Party::Lab(lab as u16));
            let buys_back = c.matters(node.number("reciprocal"));
            if buys_back && labs[lab].reciprocal.is_none() {
                labs[lab].reciprocal = Some(Reciprocal {
                    now: c.layout.row(),
                    ring: c.layout.block(c.clock.steps_per_year as usize),
                    year: c.layout.row(),
                    total: c.layout.sum(format!("reciprocal purchases from {}", node.text("lab"))),
                });
            }
            labs[lab].dealings[company].offers = true;
            let link = links.iter().find(|(l, i, _)| (*l, *i) == (lab, company));
            offers.push(VendorOffer {
                company,
                lab,
                ratio: c.row(node, "ratio"),
                credits: c.row(node, "credits"),
                reciprocal: c.row(node, "reciprocal"),
                buys_back,
                cash_received: link.map(|(_, _, cash)| *cash),
                round_edge: c.edge(from, to, Flow::ROUND),
                credit_edge: c.edge(from, to, Flow::CREDIT),
                reciprocal_edge: c.edge(from, to, RECIPROCAL_PURCHASE),
                stake: c.lab_stakes.of(&mut c.layout, from, lab),
            });
        }
        VendorEquity { offers }
    }
}
