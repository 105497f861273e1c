//! Selling shares of a listed company to the outside (5.9, 5.11; §7 rule 2): at the market price, which the sale
//! then moves.

use crate::actors::Actors;
use crate::books::Purse;
use crate::state::{Batch, Loop, Loops, Row};

/// What a sale measures the shares at: M, or min(F, M) with the collateral loop off (§6).
pub fn price_at(b: &Batch, path: usize, actors: &Actors, company: usize, loops: Loops) -> f64 {
    actors.companies[company].collateral_at(b, path, loops)
}

/// Sells for `amount` out of a stake; the proceeds are premium at the premium's share of the price, else savings.
pub fn sell_at(
    b: &mut Batch,
    path: usize,
    actors: &Actors,
    company: usize,
    stake: Row,
    amount: f64,
    loops: Loops,
) -> Purse<f64> {
    let seller_of = &actors.companies[company];
    let price = price_at(b, path, actors, company, loops);
    if amount <= 0.0 || price <= 0.0 {
        return Purse::EMPTY;
    }
    let premium_share = seller_of.premium_share_at(b, path);
    // With the collateral loop off the shares go at min(F, M): nothing of that is premium.
    let premium_share = if loops.on(Loop::COLLATERAL) { premium_share } else { 0.0 };
    let left = (b.at(stake, path) - amount / price).max(0.0);
    b.put(stake, path, left);
    if loops.on(Loop::COLLATERAL) {
        b.note(Loop::COLLATERAL);
        let moved = b.at(seller_of.premium, path) - b.at(actors.impact, path) * amount / price;
        b.put(seller_of.premium, path, moved);
        seller_of.revalue_at(b, path);
    }
    Purse::raised(amount, premium_share, 0.0)
}
