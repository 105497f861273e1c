//! Deals between a lab, companies and whoever finances them. A deal does not know another deal.

pub mod commitment;
pub mod compute;
pub mod margin_loan;
pub mod project_debt;
pub mod remaining;
pub mod supplier;
pub mod vendor_credit;
pub mod vendor_equity;
pub mod warrant;

use crate::actors::{Actors, Company, Lab, Now, holding};
use crate::books::ledger::Payment;
use crate::compiler::{Compiler, LoopKind};
use crate::input::Section;
use crate::market::{announcement, sentiment};
use crate::measure::{Measure, Pattern};
use crate::state::{Batch, Cells, Clock, F8, Loop, Row};

/// A kind of deal that a file may have besides the first ones: its keys, its loop, its measures, its identities. What it
/// does in a step is called where the step's order says so; a plan without such a deal has an empty list of them.
pub trait Deal: Sized {
    const SECTION: &'static Section;
    const LOOP: &'static LoopKind;
    const MEASURES: &'static [Pattern];
    fn compile(c: &mut Compiler, parties: &mut Parties) -> Self;
    fn open(&self, b: &mut Batch, clock: &Clock);
    /// In the order of results; none where the file has no such deal.
    fn measures(&self, actors: &Actors, out: &mut Vec<Measure>);
    /// What must hold of it after every step; the first that does not, in words.
    fn broken_at(&self, b: &Batch, path: usize, actors: &Actors) -> Option<String>;
}

/// Who is there when these deals are compiled.
pub struct Parties<'a> {
    pub labs: &'a mut [Lab],
    pub companies: &'a [Company],
    pub compute: &'a compute::Compute,
    /// r
    pub market_rate: Row,
}

/// The list of them, from which everything that walks deals is made.
macro_rules! deals {
    ($($name:ident: $kind:ty),* $(,)?) => {
        #[derive(Debug, Clone)]
        pub struct Deals {
            $(pub $name: $kind,)*
        }

        /// Their sections of the file.
        pub const SECTIONS: &[&Section] = &[$(<$kind as Deal>::SECTION),*];

        const OF_DEALS: &[&LoopKind] = &[$(<$kind as Deal>::LOOP),*];

        impl Deals {
            pub fn compile(c: &mut Compiler, parties: &mut Parties) -> Deals {
                Deals { $($name: <$kind as Deal>::compile(c, parties),)* }
            }

            pub fn open(&self, b: &mut Batch, clock: &Clock) {
                $(self.$name.open(b, clock);)*
            }

            pub fn measures(&self, actors: &Actors, out: &mut Vec<Measure>) {
                $(self.$name.measures(actors, out);)*
            }

            pub fn broken_at(&self, b: &Batch, path: usize, actors: &Actors) -> Option<String> {
                $(if let Some(what) = self.$name.broken_at(b, path, actors) { return Some(what); })*
                None
            }
        }

        /// Patterns of their measures.
        pub fn measures() -> impl Iterator<Item = &'static Pattern> {
            let all: [&'static [Pattern]; [$(stringify!($name)),*].len()] = [$(<$kind as Deal>::MEASURES),*];
            all.into_iter().flatten()
        }
    };
}

deals! {
    vendor_credit: vendor_credit::VendorCredit,
    project_debt: project_debt::ProjectDebt,
}

/// What vendor credit adds to a lab's bills.
impl compute::Claims for Deals {
    #[inline(always)]
    fn any(&self, lab: usize) -> bool {
        self.vendor_credit.lends_to(lab)
    }

    #[inline(always)]
    fn set_off(&self, b: &mut Cells, now: &Now, actors: &Actors, link: usize, left: F8) -> F8 {
        self.vendor_credit.set_off(b, now, actors, link, left)
    }

    #[inline(always)]
    fn set_off_now(&self, b: &Cells, link: usize) -> F8 {
        self.vendor_credit.set_off_now(b, link)
    }

    #[inline(always)]
    fn due(&self, b: &Cells, lab: usize) -> [F8; 2] {
        self.vendor_credit.due(b, lab)
    }

    #[inline(always)]
    fn pay(&self, b: &mut Cells, actors: &Actors, lab: usize, payment: &mut Payment, covered: F8) {
        self.vendor_credit.pay(b, actors, lab, payment, covered);
    }
}

/// What project debt adds to what companies pay for.
impl supplier::Projects for Deals {
    #[inline(always)]
    fn any(&self, company: usize) -> bool {
        self.project_debt.any(company)
    }

    fn lend(&self, b: &mut Cells, now: &Now, link: usize, ahead: F8) -> [F8; 2] {
        self.project_debt.lend(b, now, link, ahead)
    }

    fn due(&self, b: &mut Cells, now: &Now, company: usize) -> F8 {
        self.project_debt.due(b, now, company)
    }

    fn pay(&self, b: &mut Cells, now: &Now, company: usize, payment: &mut Payment, fraction: F8) {
        self.project_debt.pay(b, now, company, payment, fraction);
    }
}

/// The loops of the first deals, in the order of results.
const FIRST_LOOPS: &[&LoopKind] = &[
    &announcement::LOOP,
    &margin_loan::LOOP,
    &holding::MARKS,
    &vendor_equity::CASH,
    &vendor_equity::CREDITS,
    &warrant::LOOP,
    &vendor_equity::RECIPROCAL,
    &sentiment::LOOP,
    &commitment::RELATED_WEALTH,
];

/// Their names, for keys that name a loop.
pub const LOOP_NAMES: [&str; FIRST_LOOPS.len() + OF_DEALS.len()] = {
    let mut names = [""; FIRST_LOOPS.len() + OF_DEALS.len()];
    let mut k = 0;
    while k < names.len() {
        let first = FIRST_LOOPS.len();
        names[k] = if k < first { FIRST_LOOPS[k].name } else { OF_DEALS[k - first].name };
        k += 1;
    }
    names
};

/// Every loop that can be switched off, in the order of results.
pub fn loops() -> impl Iterator<Item = &'static LoopKind> {
    FIRST_LOOPS.iter().chain(OF_DEALS).copied()
}

/// The loop of a name on the command line.
pub fn loop_named(name: &str) -> Option<Loop> {
    loops().find(|kind| kind.name == name).map(|kind| kind.which)
}

pub fn loop_name(which: Loop) -> &'static str {
    loops().find(|kind| kind.which == which).map_or("", |kind| kind.name)
}
