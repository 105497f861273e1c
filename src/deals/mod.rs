//! Deals between a lab, companies and whoever finances them. A deal does not know another deal.

mod bills;
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
use crate::compiler::{Compiler, Foreseen, LoopKind};
use crate::input::Section;
use crate::market::announcement::{self, Announcement};
use crate::market::sentiment::{self, Sentiment};
use crate::measure::{Measure, Pattern, Reading};
use crate::state::{Batch, Cells, Clock, F8, Loop, Row};
use compute::Compute;

/// The scheduled bills of a lab's links over the next year.
pub trait BillsAhead {
    /// That of a link `k` + 1 steps on: k rises by one from call to call, from 0.
    fn next(&mut self, b: &Cells, link: usize, k: usize) -> F8;
}

/// A kind of deal that a file may have besides the first ones: its keys, its loop, its measures, its identities, and what it
/// does at the stages of a step and to a lab's bills, need and restructuring. Whatever it leaves out does nothing; a plan
/// without such a deal has an empty list of them.
pub trait Deal: Sized {
    const SECTION: &'static Section;
    const LOOP: &'static LoopKind;
    const MEASURES: &'static [Pattern];
    /// The instrument through which a company concedes something to a lab (F.6), and how a sentence puts it: `in guarantees`.
    const CONCESSION: Option<(&'static str, &'static str)> = None;

    /// What others need to know about it before it is compiled.
    fn foresee(_: &Compiler, _: &mut Foreseen) {}

    fn compile(c: &mut Compiler, parties: &mut Parties) -> Self;
    fn open(&self, b: &mut Batch, clock: &Clock);
    /// In the order of results; none where the file has no such deal.
    fn measures(&self, actors: &Actors, out: &mut Vec<Measure>);
    /// The invariants that hold after every step; the first that is broken, in words.
    fn broken_at(&self, b: &Batch, path: usize, actors: &Actors) -> Option<String>;

    /// Stage 3, after the announcements.
    #[inline(always)]
    fn announced(&self, _: &mut Batch, _: &Scene) {}

    /// Stage 5, after the bills.
    #[inline(always)]
    fn billed(&self, _: &mut Batch, _: &Scene) {}

    /// Stage 5, after suppliers and costs.
    #[inline(always)]
    fn supplied(&self, _: &mut Batch, _: &Scene) {}

    /// Stage 9.
    #[inline(always)]
    fn recorded(&self, _: &mut Batch) {}

    /// Does it add to what this lab settles with its bills? What follows is asked of such labs only.
    #[inline(always)]
    fn claims(&self, _lab: usize) -> bool {
        false
    }

    /// How much of a link's bill, after credits, is settled by a loan; and the same amount, read again later in the step.
    #[inline(always)]
    fn set_off(&self, _: &mut Cells, _: &Now, _: &Actors, _link: usize, _left: F8) -> F8 {
        F8::ZERO
    }

    #[inline(always)]
    fn set_off_now(&self, _: &Cells, _link: usize) -> F8 {
        F8::ZERO
    }

    /// Interest and principal that the lab owes with its bills.
    #[inline(always)]
    fn due(&self, _: &Cells, _lab: usize) -> [F8; 2] {
        [F8::ZERO; 2]
    }

    /// Pays the fraction of both that the lab's cash covers.
    #[inline(always)]
    fn pay(&self, _: &mut Cells, _: &Actors, _lab: usize, _: &mut Payment, _covered: F8) {}

    /// An upper bound on the interest and principal that the lab owes in a step.
    #[inline(always)]
    fn most_service(&self, _: &Cells, _lab: usize) -> F8 {
        F8::ZERO
    }

    /// What it adds to the lab's need over the next year: not more than [`Deal::most_service`] in each of its steps.
    #[inline(always)]
    fn need_next_year(
        &self,
        _: &Cells,
        _: &Now,
        _: &Actors,
        _lab: usize,
        _bills: &mut impl BillsAhead,
    ) -> F8 {
        F8::ZERO
    }

    /// The same over `span` steps on one path, where `bill(link, step)` is the scheduled bill of a step.
    #[allow(clippy::too_many_arguments)]
    fn need_at(
        &self,
        _: &Batch,
        _path: usize,
        _: &Now,
        _: &Actors,
        _lab: usize,
        _span: i32,
        _bill: &impl Fn(usize, i32) -> f64,
    ) -> f64 {
        0.0
    }

    /// Does it finance what this company builds ahead? What follows is asked of such companies only.
    #[inline(always)]
    fn finances(&self, _company: usize) -> bool {
        false
    }

    /// How much of what is built ahead on a link is lent, and how much of that only because of a guarantee.
    #[inline(always)]
    fn lend(&self, _: &mut Cells, _: &Now, _link: usize, _ahead: F8) -> [F8; 2] {
        [F8::ZERO; 2]
    }

    /// Interest and principal that the company owes in this step.
    #[inline(always)]
    fn due_of_company(&self, _: &mut Cells, _: &Now, _company: usize) -> F8 {
        F8::ZERO
    }

    /// Pays the fraction of it that the company's cash covers.
    #[inline(always)]
    fn pay_by_company(&self, _: &mut Cells, _company: usize, _: &mut Payment, _fraction: F8) {}

    /// A lab restructures, before its contracts are cut.
    fn cut_at(&self, _: &mut Batch, _path: usize, _: &Scene, _: &Cut) {}

    /// Debt that it raises besides capital, and how much of it is manufactured (5.14); none where the file has no such
    /// deal.
    fn financed(&self) -> Option<[Vec<Row>; 2]> {
        None
    }

    /// What has been conceded through its instrument so far; none where the file has no such deal.
    fn conceded(&self) -> Option<Reading> {
        None
    }
}

/// A kind of event between a company and a lab, which a deal reports to the witness of a step.
#[derive(Debug, PartialEq)]
pub struct Event {
    /// For programs.
    pub name: &'static str,
    /// What its amounts are, USD bn.
    pub amounts: &'static [&'static str],
    /// With `{company}`, `{lab}`, the amounts by their names, and `{all}` for their sum.
    pub sentence: &'static str,
}

/// One occurrence of it.
#[derive(Debug, Clone, Copy)]
pub struct Happening<'a> {
    pub event: &'static Event,
    /// None where the lab deals with the outside.
    pub company: Option<usize>,
    pub lab: usize,
    pub amounts: &'a [f64],
}

/// Who is told of it, and on which path of the batch it happens.
pub type Tell<'a> = &'a dyn Fn(usize, &Happening);

/// What a deal can see in a step, besides the batch.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub now: &'a Now,
    pub actors: &'a Actors,
    pub compute: &'a Compute,
    pub announcement: &'a Announcement,
    pub sentiment: &'a Sentiment,
    pub tell: Tell<'a>,
}

/// A restructuring of a lab, as deals see it.
#[derive(Debug, Clone, Copy)]
pub struct Cut {
    pub lab: usize,
    pub cut: f64,
    /// The first step that it reaches; R; B from then on, before the cut.
    pub next: i32,
    pub revenue: f64,
    pub outstanding: f64,
}

/// Who is there when these deals are compiled.
pub struct Parties<'a> {
    pub labs: &'a mut [Lab],
    pub companies: &'a [Company],
    pub compute: &'a Compute,
    /// r
    pub market_rate: Row,
}

/// Generates everything that iterates over the kinds of deals.
macro_rules! deals {
    ($($name:ident: $kind:ty),* $(,)?) => {
        #[derive(Debug, Clone)]
        pub struct Deals {
            $(pub $name: $kind,)*
        }

        /// Their sections of the file.
        pub const SECTIONS: &[&Section] = &[$(<$kind as Deal>::SECTION),*];

        /// Their instruments, and how sentences say them.
        pub const CONCESSIONS: &[Option<(&str, &str)>] = &[$(<$kind as Deal>::CONCESSION),*];

        const OF_DEALS: &[&LoopKind] = &[$(<$kind as Deal>::LOOP),*];

        pub fn foresee(c: &Compiler, foreseen: &mut Foreseen) {
            $(<$kind as Deal>::foresee(c, foreseen);)*
        }

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

            #[inline(always)]
            pub fn announced(&self, b: &mut Batch, scene: &Scene) {
                $(self.$name.announced(b, scene);)*
            }

            #[inline(always)]
            pub fn billed(&self, b: &mut Batch, scene: &Scene) {
                $(self.$name.billed(b, scene);)*
            }

            #[inline(always)]
            pub fn supplied(&self, b: &mut Batch, scene: &Scene) {
                $(self.$name.supplied(b, scene);)*
            }

            #[inline(always)]
            pub fn recorded(&self, b: &mut Batch) {
                $(self.$name.recorded(b);)*
            }

            #[inline(always)]
            pub fn most_service(&self, b: &Cells, lab: usize) -> F8 {
                F8::ZERO $(+ self.$name.most_service(b, lab))*
            }

            #[inline(always)]
            pub fn need_next_year(
                &self,
                b: &Cells,
                now: &Now,
                actors: &Actors,
                lab: usize,
                bills: &mut impl BillsAhead,
            ) -> F8 {
                F8::ZERO $(+ self.$name.need_next_year(b, now, actors, lab, bills))*
            }

            #[allow(clippy::too_many_arguments)]
            pub fn need_at(
                &self,
                b: &Batch,
                path: usize,
                now: &Now,
                actors: &Actors,
                lab: usize,
                span: i32,
                bill: impl Fn(usize, i32) -> f64,
            ) -> f64 {
                0.0 $(+ self.$name.need_at(b, path, now, actors, lab, span, &bill))*
            }

            pub fn cut_at(&self, b: &mut Batch, path: usize, scene: &Scene, cut: &Cut) {
                $(self.$name.cut_at(b, path, scene, cut);)*
            }

            /// Of all deals together; none where the file has none of them.
            pub fn financed(&self) -> Option<[Vec<Row>; 2]> {
                let of_deals = [$(self.$name.financed()),*];
                of_deals.into_iter().flatten().reduce(|all, more| {
                    let [a, b] = all;
                    let [c, d] = more;
                    [[a, c].concat(), [b, d].concat()]
                })
            }

            pub fn conceded(&self) -> impl Iterator<Item = (&'static str, Reading)> {
                let named = [$((<$kind as Deal>::CONCESSION, self.$name.conceded())),*];
                named.into_iter().filter_map(|(concession, given)| Some((concession?.0, given?)))
            }
        }

        /// What deals add to a lab's bills.
        impl compute::Claims for Deals {
            #[inline(always)]
            fn any(&self, lab: usize) -> bool {
                false $(|| self.$name.claims(lab))*
            }

            #[inline(always)]
            fn set_off(&self, b: &mut Cells, now: &Now, actors: &Actors, link: usize, left: F8) -> F8 {
                let mut settled = F8::ZERO;
                $(settled += self.$name.set_off(b, now, actors, link, left - settled);)*
                settled
            }

            #[inline(always)]
            fn set_off_now(&self, b: &Cells, link: usize) -> F8 {
                F8::ZERO $(+ self.$name.set_off_now(b, link))*
            }

            #[inline(always)]
            fn due(&self, b: &Cells, lab: usize) -> [F8; 2] {
                let mut due = [F8::ZERO; 2];
                $(
                    let [interest, principal] = self.$name.due(b, lab);
                    due[0] += interest;
                    due[1] += principal;
                )*
                due
            }

            #[inline(always)]
            fn pay(&self, b: &mut Cells, actors: &Actors, lab: usize, payment: &mut Payment, covered: F8) {
                $(self.$name.pay(b, actors, lab, payment, covered);)*
            }
        }

        /// What deals add to what companies pay for.
        impl supplier::Projects for Deals {
            #[inline(always)]
            fn any(&self, company: usize) -> bool {
                false $(|| self.$name.finances(company))*
            }

            #[inline(always)]
            fn lend(&self, b: &mut Cells, now: &Now, link: usize, ahead: F8) -> [F8; 2] {
                let mut lent = [F8::ZERO; 2];
                $(
                    let [all, by_guarantee] = self.$name.lend(b, now, link, ahead - lent[0]);
                    lent[0] += all;
                    lent[1] += by_guarantee;
                )*
                lent
            }

            #[inline(always)]
            fn due(&self, b: &mut Cells, now: &Now, company: usize) -> F8 {
                F8::ZERO $(+ self.$name.due_of_company(b, now, company))*
            }

            #[inline(always)]
            fn pay(&self, b: &mut Cells, company: usize, payment: &mut Payment, fraction: F8) {
                $(self.$name.pay_by_company(b, company, payment, fraction);)*
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
