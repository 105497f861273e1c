//! Where a dollar came from (§7), and a purse: an amount by origin.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Mul};

/// Origins of money. The first five are found in cash; `Credit` only in capital (rule 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    Revenue,
    Savings,
    Premium,
    Mark,
    Recycled,
    Credit,
}

/// Origins that a cash account can hold.
pub const CASH_ORIGINS: usize = 5;
pub const ORIGINS: usize = 6;

/// Name, and whether the loop manufactured it, in the order of the enum.
pub const ORIGIN_NAMES: [(&str, bool); ORIGINS] = [
    ("revenue", false),
    ("savings", false),
    ("premium", true),
    ("mark", true),
    ("recycled", true),
    ("credit", true),
];

/// An amount by origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purse<T>(pub [T; CASH_ORIGINS]);

impl<T: Copy + Add<Output = T> + Mul<Output = T>> Purse<T> {
    #[inline(always)]
    pub fn total(&self) -> T {
        let [revenue, savings, premium, mark, recycled] = self.0;
        revenue + savings + premium + mark + recycled
    }

    /// The fraction of it, pro rata over origins.
    #[inline(always)]
    pub fn part(&self, fraction: T) -> Purse<T> {
        // Not `map`: that goes through memory.
        let [revenue, savings, premium, mark, recycled] = self.0;
        Purse([
            revenue * fraction,
            savings * fraction,
            premium * fraction,
            mark * fraction,
            recycled * fraction,
        ])
    }

    #[inline(always)]
    pub fn and(&self, other: &Purse<T>) -> Purse<T> {
        let mut out = self.0;
        for origin in 0..CASH_ORIGINS {
            out[origin] = out[origin] + other.0[origin];
        }
        Purse(out)
    }
}

impl Purse<f64> {
    pub const EMPTY: Purse<f64> = Purse([0.0; CASH_ORIGINS]);

    pub fn of(origin: Origin, amount: f64) -> Purse<f64> {
        let mut purse = Purse::EMPTY;
        purse.0[origin as usize] = amount;
        purse
    }

    /// Split into shares of two manufactured origins and the organic rest, which is savings.
    pub fn raised(amount: f64, premium: f64, mark: f64) -> Purse<f64> {
        let mut purse = Purse::EMPTY;
        purse.0[Origin::Premium as usize] = amount * premium;
        purse.0[Origin::Mark as usize] = amount * mark;
        purse.0[Origin::Savings as usize] = (amount - amount * premium - amount * mark).max(0.0);
        purse
    }
}

/// Rule 2's exception: what a lab pays a company arrives with savings relabelled as recycled.
#[inline(always)]
pub fn second_lap<T: Copy + Add<Output = T>>(paid: &Purse<T>, zero: T) -> Purse<T> {
    let [revenue, savings, premium, mark, recycled] = paid.0;
    Purse([revenue, zero, premium, mark, savings + recycled])
}
