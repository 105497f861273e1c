//! Warrants (5.7): a company lets a lab buy a fraction of it for nothing, tranche by tranche, once the lab has paid
//! it a milestone and the share price has reached a multiple of its opening value. The lab sells at once.

use crate::actors::{Actors, Now, SLACK};
use crate::books::ledger::{capital_at, pass_through_at};
use crate::books::{Edge, Flow, Party, Purse};
use crate::compiler::{Compiler, LoopKind};
use crate::deals::bills::warn_if_never_paid;
use crate::input::{
    Check, Finding, Key, Node,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::{Fraction, Multiple, UsdBn},
    Whom,
    number::four_digits,
};
use crate::state::{Batch, F8, Loop, Row};

pub const SECTION: Section = Section {
    name: "warrant",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["company", "lab"],
    refuse,
    doc: "A company's warrant for a lab, vesting with what the lab has paid it (5.7).",
};

pub const LOOP: LoopKind = LoopKind {
    which: Loop::WARRANTS,
    name: "warrants",
    off: "no warrant vests",
    notes: true,
    active: |c| c.any("warrant", |n| !n.list("tranches").is_empty()),
};

/// What a lab gets for shares that a warrant gave it.
pub const WARRANT: Flow = Flow::new("warrant").capital();

/// The keys of `[[warrant]]`.
const KEYS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("The issuer."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The holder."),
    Key::of("tranches", Shape::List(TRANCHE)).doc("The tranches."),
];

/// The keys of a tranche.
const TRANCHE: &[Key] = &[
    Key::number("fraction", Fraction, Range::Unit)
        .called("tranche no. {2} of {0}’s warrant for {1}")
        .doc("w: fraction of the company."),
    Key::number("milestone", UsdBn, NonNegative)
        .called("milestone of tranche no. {2} of {0}’s warrant for {1}")
        .doc("Payments from the lab so far, direct or through others, at which it vests."),
    Key::number("price", Multiple, NonNegative)
        .called("price of tranche no. {2} of {0}’s warrant for {1}")
        .doc("Market value at which it vests, over the opening one."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    refuse_more_than_the_company(nodes, check);
    for node in nodes {
        let (Some(lab), Some(company)) = (node.text_if("lab"), node.text_if("company")) else { continue };
        for tranche in node.list("tranches") {
            if tranche.number_if("milestone").is_some_and(|id| check.lowest(id) > 0.0) {
                warn_if_never_paid(lab, company, tranche.place("milestone"), check);
            }
        }
    }
}

/// All that a company grants, to every lab, is at most the company.
fn refuse_more_than_the_company(nodes: &[&Node], check: &mut Check) {
    let mut granted: Vec<(&str, f64)> = Vec::new();
    for node in nodes {
        let Some(company) = node.text_if("company") else { continue };
        let sum: f64 =
            node.list("tranches").iter().map(|tranche| check.highest_of(tranche, "fraction")).sum();
        let index = granted.iter().position(|(name, _)| *name == company).unwrap_or_else(|| {
            granted.push((company, 0.0));
            granted.len() - 1
        });
        let before = granted[index].1;
        granted[index].1 += sum;
        if before <= 1.0 + SLACK && before + sum > 1.0 + SLACK {
            let message =
                format!("the warrants of `{company}` can sum to {} of it", four_digits(before + sum));
            let help = "`fraction` is a fraction of the whole company: 0.02 for 2%";
            check.push(Finding::error(message).at(node.place("tranches")).help(help));
        }
    }
}

#[derive(Debug, Clone)]
pub struct Warrants {
    pub warrants: Vec<Warrant>,
}

#[derive(Debug, Clone)]
pub struct Warrant {
    pub company: usize,
    pub lab: usize,
    pub edge: Edge,
    pub tranches: Vec<WarrantTranche>,
}

#[derive(Debug, Clone, Copy)]
pub struct WarrantTranche {
    /// w
    pub fraction: Row,
    /// Payments l → i so far, USD bn.
    pub milestone: Row,
    /// Multiple of the opening market value.
    pub price: Row,
    /// 1 once vested.
    pub vested: Row,
}

impl Warrants {
    /// Stage 5, fourth part.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors) {
        if !now.loops.on(Loop::WARRANTS) {
            return;
        }
        for warrant in &self.warrants {
            let company = &actors.companies[warrant.company];
            let paid = actors.labs[warrant.lab].dealings[warrant.company].paid;
            for tranche in &warrant.tranches {
                let reached = b.get(paid) + SLACK;
                let price = b.get(tranche.price) * b.get(company.market_cap);
                let vests = reached.ge(b.get(tranche.milestone))
                    & (b.get(company.value) + SLACK).ge(price)
                    & b.get(tranche.vested).equals(F8::ZERO);
                if vests.any() {
                    for lane in vests.lanes() {
                        warrant.vest_at(b, lane, actors, tranche);
                    }
                }
            }
        }
    }
}

impl Warrant {
    /// Proceeds w·M to the lab, premium at the premium's share of the price; F shrinks by w.
    fn vest_at(&self, b: &mut Batch, path: usize, actors: &Actors, tranche: &WarrantTranche) {
        b.note(Loop::WARRANTS);
        let company = &actors.companies[self.company];
        let lab = &actors.labs[self.lab];
        let fraction = b.at(tranche.fraction, path);
        let proceeds = fraction * b.at(company.value, path);
        let purse = Purse::raised(proceeds, company.premium_share_at(b, path), 0.0);
        pass_through_at(b, path, company.sale_edge, &purse);
        capital_at(b, path, self.edge, lab.account, &purse);
        let fundamental = b.at(company.fundamental, path) * (1.0 - fraction);
        b.put(company.fundamental, path, fundamental);
        company.revalue_at(b, path);
        b.put(tranche.vested, path, 1.0);
        lab.note_capital_at(b, path, Party::Company(self.company as u16), proceeds);
        lab.commit_at(b, path, proceeds);
    }
}

impl Warrants {
    pub fn compile(c: &mut Compiler) -> Warrants {
        let mut warrants = Vec::new();
        for node in c.sections_named("warrant") {
            let (company, lab) = (c.company(node.text("company")), c.lab(node.text("lab")));
            let edge = c.edge(Party::Company(company as u16), Party::Lab(lab as u16), WARRANT);
            let tranches = node
                .list("tranches")
                .iter()
                .map(|tranche| WarrantTranche {
                    fraction: c.row(tranche, "fraction"),
                    milestone: c.row(tranche, "milestone"),
                    price: c.row(tranche, "price"),
                    vested: c.layout.sum(format!("vesting of the warrant of {}", node.text("lab"))),
                })
                .collect();
            warrants.push(Warrant { company, lab, edge, tranches });
        }
        Warrants { warrants }
    }
}
