//! The price of a round (5.10): what outside investors bring beside what insiders offer, and at which price. Their offer
//! has a quota, a reserve that they bid and do not get where there is money enough, and an elasticity: a lab in need
//! may sell below P. Arithmetic on one path; who offers what, and who pays, is in [`super::round`].

use crate::actors::SLACK;
use crate::compiler::Compiler;
use crate::input::Node;
use crate::state::maths::{exp1, ln1};
use crate::state::{Batch, Row};

/// How outside investors answer to the price, to vendors' cheques, and to a round that lacks money.
#[derive(Debug, Clone, Copy)]
pub struct Demand<T> {
    /// ε: log of what they offer over log of the price's cut
    pub elasticity: T,
    /// Least price over P.
    pub floor: T,
    /// o: reserve over quota
    pub oversubscribed: T,
    /// z: log price that a round paid by vendors alone is worth as a signal
    pub endorsement: T,
    /// m̄: vendors' share at which it is worth nothing
    pub reference: T,
}

/// A round before it is priced.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    /// T
    pub target: f64,
    /// T_need of a lab in need: below P it sells for no more than that. `None`: a round by choice alone.
    pub need: Option<f64>,
    /// What outside investors offer at P, companies' cheques counted in.
    pub quota: f64,
    /// Q_ins: offers of companies, persons, holdings.
    pub insiders: f64,
    /// quota + Q_ins, in the order of the offers
    pub offered: f64,
}

/// A round with its price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cleared {
    /// P'/P
    pub price: f64,
    /// What of insiders' offers is taken, and what outside investors bring.
    pub taken: f64,
    pub outside: f64,
}

impl Demand<Row> {
    /// `None` where nothing but `appetite` says what outside investors offer.
    pub fn compile(c: &Compiler, round: &Node) -> Option<Demand<Row>> {
        let is_given = ["price_elasticity", "oversubscribed"].iter().any(|key| round.was_given(key));
        is_given.then(|| Demand {
            elasticity: c.row(round, "price_elasticity"),
            floor: c.row(round, "price_floor"),
            oversubscribed: c.row(round, "oversubscribed"),
            endorsement: c.row(round, "endorsement"),
            reference: c.row(round, "endorsement_reference"),
        })
    }

    pub fn at(&self, b: &Batch, path: usize) -> Demand<f64> {
        Demand {
            elasticity: b.at(self.elasticity, path),
            floor: b.at(self.floor, path),
            oversubscribed: b.at(self.oversubscribed, path),
            endorsement: b.at(self.endorsement, path),
            reference: b.at(self.reference, path),
        }
    }
}

impl Demand<f64> {
    /// What `appetite` alone says.
    pub const PLAIN: Demand<f64> =
        Demand { elasticity: 0.0, floor: 1.0, oversubscribed: 0.0, endorsement: 0.0, reference: 0.0 };

    /// E = exp(ε z (m − m̄)): what companies' cheques, m of the target, do to what outside investors offer.
    pub fn endorsed(&self, by_companies: f64, target: f64) -> f64 {
        let elasticity = self.elasticity * self.endorsement;
        if elasticity == 0.0 {
            return 1.0;
        }
        exp1(elasticity * ((by_companies / target).min(1.0) - self.reference))
    }

    /// P'₀/P: the price of the same round without companies' offers, and without the signal that they are. `price` itself
    /// where that is not asked: with the price the same whatever is missing, with nobody outside who offers, without need,
    /// or where the target comes together at P all the same. `plain`: the outside's quota without any signal, `others`:
    /// offers of persons and holdings.
    pub fn price_without_companies(&self, price: f64, ask: &Ask, plain: f64, others: f64) -> f64 {
        if self.elasticity <= 0.0 || ask.quota <= 0.0 || ask.need.is_none() {
            return price;
        }
        let quota = plain * self.endorsed(0.0, ask.target);
        let offered = quota + others;
        if offered + self.oversubscribed * quota >= ask.target - SLACK {
            return price;
        }
        self.clear(&Ask { quota, insiders: others, offered, ..*ask }).price
    }

    /// Money enough: each offer is cut alike. Else the reserve fills what is missing, at P; if money is missing still, a
    /// lab in need takes the highest price at which what it needs comes together.
    pub fn clear(&self, ask: &Ask) -> Cleared {
        let Ask { target, quota, insiders, offered, .. } = *ask;
        if offered >= target {
            let taken = target / offered;
            return Cleared { price: 1.0, taken, outside: quota * taken };
        }
        let missing = target - offered;
        let reserve = self.oversubscribed * quota;
        let at_par = Cleared { price: 1.0, taken: 1.0, outside: quota + reserve.min(missing) };
        let Some(need) = ask.need else { return at_par };
        let most = quota + reserve;
        if missing - reserve <= SLACK || self.elasticity <= 0.0 || most + insiders >= need {
            return at_par;
        }
        // most·(P/P')^ε = wanted
        let wanted = need - insiders;
        let lowest = ln1(self.floor);
        let log_price = if most > 0.0 { ln1(most / wanted) / self.elasticity } else { f64::NEG_INFINITY };
        if log_price > lowest {
            Cleared { price: exp1(log_price), taken: 1.0, outside: wanted }
        } else {
            let outside = if most > 0.0 { most * exp1(-self.elasticity * lowest) } else { 0.0 };
            Cleared { price: self.floor, taken: 1.0, outside: outside.min(wanted) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ASK: Ask = Ask { target: 30.0, need: Some(30.0), quota: 8.0, insiders: 10.0, offered: 18.0 };

    fn with(change: impl FnOnce(&mut Demand<f64>)) -> Demand<f64> {
        let mut demand = Demand { elasticity: 2.0, floor: 0.5, ..Demand::PLAIN };
        change(&mut demand);
        demand
    }

    /// Outside must bring 20 instead of 8: (P/P')² = 2.5.
    #[test]
    fn a_lower_price_draws_what_is_missing() {
        let found = with(|_| ()).clear(&ASK);
        assert!((found.price - (0.4f64).sqrt()).abs() < 1e-14, "{found:?}");
        assert_eq!((found.taken, found.outside), (1.0, 20.0));
        let dearer = with(|demand| demand.elasticity = 4.0).clear(&ASK);
        assert!((dearer.price - (0.4f64).powf(0.25)).abs() < 1e-14, "{dearer:?}");
    }

    /// At 0.8 of P the outside brings 8·(1/0.8)² = 12.5 and no more; without any appetite nothing.
    #[test]
    fn the_floor_holds() {
        let found = with(|demand| demand.floor = 0.8).clear(&ASK);
        assert_eq!(found.price, 0.8);
        assert!((found.outside - 12.5).abs() < 1e-13, "{found:?}");
        let nobody = with(|_| ()).clear(&Ask { quota: 0.0, offered: 10.0, ..ASK });
        assert_eq!(nobody, Cleared { price: 0.5, taken: 1.0, outside: 0.0 });
    }

    /// Bids of 8·1.5 = 12 beyond the quota of 8: they bring 5 of 12 where 5 are missing, and all of 12 before the price
    /// falls: (P/P')² = 30/20 where 40 are needed.
    #[test]
    fn the_reserve_comes_first_and_at_par() {
        let demand = with(|demand| demand.oversubscribed = 1.5);
        let filled = demand.clear(&Ask { target: 23.0, need: Some(23.0), ..ASK });
        assert_eq!(filled, Cleared { price: 1.0, taken: 1.0, outside: 13.0 });
        let below = demand.clear(&Ask { target: 40.0, need: Some(40.0), ..ASK });
        assert!((below.price - (20.0f64 / 30.0).sqrt()).abs() < 1e-14, "{below:?}");
        assert_eq!(below.outside, 30.0);
    }

    /// By choice alone, or with what is needed in hand, the price stands.
    #[test]
    fn only_need_lowers_the_price() {
        for need in [None, Some(18.0), Some(2.0)] {
            assert_eq!(
                with(|_| ()).clear(&Ask { need, ..ASK }),
                Cleared { price: 1.0, taken: 1.0, outside: 8.0 }
            );
        }
        // Where the target is larger than the need, only the need is sold for.
        let found = with(|_| ()).clear(&Ask { need: Some(20.0), ..ASK });
        assert_eq!(found.outside, 10.0);
        assert!((found.price - (0.8f64).sqrt()).abs() < 1e-14);
    }

    /// Insiders' 10 are 4 of companies and 6 of others: without the 4 the outside would have to bring 24, (P/P'₀)² = 3.
    #[test]
    fn what_companies_cheques_keep_up_is_the_price() {
        let demand = with(|_| ());
        let Cleared { price, .. } = demand.clear(&ASK);
        let without = demand.price_without_companies(price, &ASK, 8.0, 6.0);
        assert!(
            (without - (1.0f64 / 3.0).sqrt().max(0.5)).abs() < 1e-14 && without < price,
            "{without} {price}"
        );
        // By choice alone, without elasticity, or where the reserve fills the gap at P, nothing is kept up.
        let by_choice = Ask { need: None, ..ASK };
        assert_eq!(demand.price_without_companies(1.0, &by_choice, 8.0, 6.0), 1.0);
        assert_eq!(Demand::PLAIN.price_without_companies(1.0, &ASK, 8.0, 6.0), 1.0);
        let served = with(|demand| demand.oversubscribed = 2.0);
        assert_eq!(served.price_without_companies(0.9, &ASK, 8.0, 6.0), 0.9);
    }

    #[test]
    fn money_enough_is_cut_and_nothing_else_happens() {
        let demand = with(|demand| demand.oversubscribed = 9.0);
        let found = demand.clear(&Ask { target: 9.0, need: Some(9.0), ..ASK });
        assert_eq!(found, Cleared { price: 1.0, taken: 0.5, outside: 4.0 });
    }

    /// ε z = 2·0.1; a third of 30 from companies where the appetite knows a tenth.
    #[test]
    fn a_vendors_cheque_is_a_signal() {
        let demand = with(|demand| (demand.endorsement, demand.reference) = (0.1, 0.1));
        let expected = libm::exp(0.2 * (1.0 / 3.0 - 0.1));
        assert!((demand.endorsed(10.0, 30.0) - expected).abs() < 1e-15);
        assert_eq!(demand.endorsed(60.0, 30.0), demand.endorsed(30.0, 30.0), "at most all of it");
        assert_eq!(Demand::PLAIN.endorsed(10.0, 30.0), 1.0);
    }
}
