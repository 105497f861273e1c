//! How a person or holding finds money for a lab (5.10, 5.11), and what of it the premium or a mark brought about
//! (§7 rules 3 and 4).

use super::asset_sale::{price_at, sell_at};
use crate::actors::holding::Nav;
use crate::actors::{Actors, Company, Holding, Now, Person, SLACK, Source};
use crate::books::ledger::pass_through_at;
use crate::books::{Origin, Purse};
use crate::state::{Batch, Cells, Eight, F8, M8};

/// max(0, ltv·V − debt)
#[inline(always)]
pub fn capacity(ltv: f64, value: f64, debt: f64) -> f64 {
    (ltv * value - debt).max(0.0)
}

/// The share of a capacity to borrow that is there only because of what `without` leaves out.
fn share_lost(with: f64, without: f64, whole: f64) -> f64 {
    if whole > 0.0 { ((with - without) / whole).clamp(0.0, 1.0) } else { 0.0 }
}

/// What a person can still borrow against the stake.
pub fn person_capacity_at(b: &Batch, path: usize, person: &Person, actors: &Actors, now: &Now) -> f64 {
    let collateral =
        b.at(person.stake, path) * actors.companies[person.company].collateral_at(b, path, now.loops);
    capacity(b.at(person.max_ltv, path), collateral, b.at(person.loan, path))
}

/// A person borrows `amount`, at most the capacity.
pub fn person_borrows_at(
    b: &mut Batch,
    path: usize,
    person: &Person,
    actors: &Actors,
    now: &Now,
    amount: f64,
) -> Purse<f64> {
    let whole = person_capacity_at(b, path, person, actors, now);
    let amount = amount.min(whole);
    if amount <= 0.0 {
        return Purse::EMPTY;
    }
    let plain = b.at(person.stake, path) * actors.companies[person.company].without_premium_at(b, path);
    let without = capacity(b.at(person.max_ltv, path), plain, b.at(person.loan, path));
    let purse = Purse::raised(amount, share_lost(whole, without, whole), 0.0);
    b.add_at(person.loan, path, amount);
    pass_through_at(b, path, person.loan_edge, &purse);
    purse
}

/// What companies borrow against their market value: premium at the margin, and the rest, which is savings.
#[inline(always)]
fn company_loan(b: &Cells, company: &Company, now: &Now, amount: F8) -> (F8, F8) {
    let (ltv, debt) = (b.get(company.max_ltv), company.owed(b));
    let value = b.get(company.value);
    let plain = value.min(b.get(company.fundamental));
    let whole = (ltv * company.collateral(b, now.loops) - debt).positive_part();
    let without = (ltv * plain - debt).positive_part();
    let premium = amount * (whole - without).share_of(whole).positive_part().min(F8::ONE);
    (premium, (amount - premium).positive_part())
}

/// Companies borrow what is missing by more than rounding, up to ltv·M − debt.
#[inline(always)]
pub fn company_borrows(b: &mut Cells, now: &Now, company: &Company, missing: F8) {
    let room = b.get(company.max_ltv) * company.collateral(b, now.loops) - company.owed(b);
    // Rounding is no reason to borrow.
    let missing = missing.gt(F8::splat(SLACK)).select(missing, F8::ZERO);
    let loan = missing.min(room).positive_part();
    if !loan.gt(F8::ZERO).any() {
        return;
    }
    let (premium, savings) = company_loan(b, company, now, loan);
    company.account.receive(b, company.loan_edge, Origin::Premium, premium);
    company.account.receive(b, company.loan_edge, Origin::Savings, savings);
    b.add(company.debt, loan);
}

#[inline(never)]
fn nav_at(b: &Batch, path: usize, holding: &Holding, actors: &Actors, now: &Now) -> Nav<f64> {
    holding.nav(b, path, &actors.companies, &actors.labs, &actors.lab_stakes, now.loops)
}

/// The paths on which a holding finds any money at all in its sources. `noted`: nothing has been paid or sold since net
/// asset values were noted.
#[inline(always)]
pub fn holding_has_means(b: &Cells, holding: &Holding, actors: &Actors, now: &Now, noted: bool) -> M8 {
    let mut has = M8::NONE;
    for source in &holding.funding {
        has = has
            | match source {
                Source::Cash => holding.account.total(b).gt(b.get(holding.cash_floor)),
                Source::Sell => holding.stakes.iter().fold(M8::NONE, |any, stake| {
                    let price = actors.companies[stake.company].collateral(b, now.loops);
                    any | (b.get(stake.fraction) * price).gt(F8::ZERO)
                }),
                Source::Borrow => {
                    let nav = if noted && holding.call_ltv.is_some() {
                        b.get(holding.nav_noted)
                    } else {
                        let Actors { companies, labs, lab_stakes, .. } = actors;
                        holding.nav(b, Eight, companies, labs, lab_stakes, now.loops).full
                    };
                    (b.get(holding.max_ltv) * nav - b.get(holding.debt)).gt(F8::ZERO)
                }
            };
    }
    has
}

/// All that a holding could raise from its sources now.
pub fn holding_capacity_at(b: &Batch, path: usize, holding: &Holding, actors: &Actors, now: &Now) -> f64 {
    let mut sum = 0.0;
    for source in &holding.funding {
        sum += match source {
            Source::Cash => holding.spare_at(b, path),
            Source::Sell => holding
                .stakes
                .iter()
                .map(|s| b.at(s.fraction, path) * price_at(b, path, actors, s.company, now.loops))
                .sum(),
            Source::Borrow => {
                let nav = nav_at(b, path, holding, actors, now);
                capacity(b.at(holding.max_ltv, path), nav.full, b.at(holding.debt, path))
            }
        };
    }
    sum
}

/// A holding pays up to `amount` from its sources in their order; NAV is taken at the start. Returns what it found,
/// by origin.
pub fn holding_pays_at(
    b: &mut Batch,
    path: usize,
    holding: &Holding,
    actors: &Actors,
    now: &Now,
    amount: f64,
) -> Purse<f64> {
    let nav = nav_at(b, path, holding, actors, now);
    let mut found = Purse::EMPTY;
    let mut missing = amount;
    for source in &holding.funding {
        if missing <= 0.0 {
            break;
        }
        match source {
            Source::Cash => {
                let spare = holding.spare_at(b, path).min(missing);
                let cash = holding.account.take_at(b, path, spare);
                missing -= cash.total();
                found = found.and(&cash);
            }
            Source::Sell => {
                for stake in &holding.stakes {
                    let worth =
                        b.at(stake.fraction, path) * price_at(b, path, actors, stake.company, now.loops);
                    let sold = worth.min(missing);
                    if sold > 0.0 {
                        let proceeds =
                            sell_at(b, path, actors, stake.company, stake.fraction, sold, now.loops);
                        pass_through_at(b, path, holding.sale_edge, &proceeds);
                        missing -= sold;
                        found = found.and(&proceeds);
                    }
                }
            }
            Source::Borrow => {
                let (ltv, debt) = (b.at(holding.max_ltv, path), b.at(holding.debt, path));
                let whole = capacity(ltv, nav.full, debt);
                let loan = whole.min(missing);
                if loan > 0.0 {
                    let at_cost = capacity(ltv, nav.labs_at_cost, debt);
                    let plain = capacity(ltv, nav.without_premium, debt);
                    let mark = share_lost(whole, at_cost, whole);
                    let premium = share_lost(at_cost, plain, whole).min(1.0 - mark);
                    let purse = Purse::raised(loan, premium, mark);
                    b.add_at(holding.debt, path, loan);
                    pass_through_at(b, path, holding.loan_edge, &purse);
                    missing -= loan;
                    found = found.and(&purse);
                }
            }
        }
    }
    found
}
