//! Where a dollar came from (§7), and a purse: an amount by origin.

use serde::{Deserialize, Serialize};
use std::ops::{Add, Mul};

/// Origins of money, in the order of results. All but the last are found in cash; `Credit` only in capital (§7 rule 4).
/// `Guarantee` is there only in a plan with guarantees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Origin {
    Revenue,
    Savings,
    Premium,
    Mark,
    Recycled,
    Guarantee,
    Credit,
}

/// Origins that a cash account can hold, and those of them that every plan has: the first ones.
pub const CASH_ORIGINS: usize = 6;
pub const COMMON_CASH: usize = 5;
pub const ORIGINS: usize = 7;

/// Name, and whether the loop manufactured it, in the order of the enum.
const NAMES: [(&str, bool); ORIGINS] = [
    ("revenue", false),
    ("savings", false),
    ("premium", true),
    ("mark", true),
    ("recycled", true),
    ("guarantee", true),
    ("credit", true),
];

impl Origin {
    pub const ALL: [Origin; ORIGINS] = [
        Origin::Revenue,
        Origin::Savings,
        Origin::Premium,
        Origin::Mark,
        Origin::Recycled,
        Origin::Guarantee,
        Origin::Credit,
    ];

    const COMMON: [Origin; ORIGINS - 1] =
        [Origin::Revenue, Origin::Savings, Origin::Premium, Origin::Mark, Origin::Recycled, Origin::Credit];

    /// Those of a plan.
    pub fn of_plan(has_guarantees: bool) -> &'static [Origin] {
        if has_guarantees { &Origin::ALL } else { &Origin::COMMON }
    }

    pub fn name(self) -> &'static str {
        NAMES[self as usize].0
    }

    pub fn is_manufactured(self) -> bool {
        NAMES[self as usize].1
    }
}

/// Something by origin, as reports keep it: one value for each origin of the plan.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ByOrigin<T>(Vec<T>);

impl<T> ByOrigin<T> {
    pub fn new(origins: &[Origin], value: impl FnMut(Origin) -> T) -> ByOrigin<T> {
        ByOrigin(origins.iter().copied().map(value).collect())
    }

    /// How many values there are says which plan's they are.
    fn origins(&self) -> &'static [Origin] {
        Origin::of_plan(self.0.len() >= ORIGINS)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Origin, &T)> {
        self.origins().iter().copied().zip(&self.0)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = (Origin, &mut T)> {
        self.origins().iter().copied().zip(&mut self.0)
    }

    pub fn values(&self) -> &[T] {
        &self.0
    }

    pub fn get(&self, origin: Origin) -> Option<&T> {
        self.iter().find(|(known, _)| *known == origin).map(|(_, value)| value)
    }

    pub fn map<U>(&self, of: impl FnMut(&T) -> U) -> ByOrigin<U> {
        ByOrigin(self.0.iter().map(of).collect())
    }
}

/// Of a plan with as many origins.
impl<T, const N: usize> From<[T; N]> for ByOrigin<T> {
    fn from(values: [T; N]) -> ByOrigin<T> {
        ByOrigin(values.into())
    }
}

impl ByOrigin<f64> {
    /// 0 of an origin that the plan does not have.
    pub fn of(&self, origin: Origin) -> f64 {
        self.get(origin).copied().unwrap_or(0.0)
    }

    pub fn sum(&self) -> f64 {
        self.0.iter().sum()
    }
}

/// An amount by origin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Purse<T>(pub [T; CASH_ORIGINS]);

impl<T: Copy + Add<Output = T> + Mul<Output = T>> Purse<T> {
    #[inline(always)]
    pub fn total(&self) -> T {
        let [revenue, savings, premium, mark, recycled, guarantee] = self.0;
        revenue + savings + premium + mark + recycled + guarantee
    }

    /// The fraction of it, pro rata over origins.
    #[inline(always)]
    pub fn part(&self, fraction: T) -> Purse<T> {
        // Not `map`: that goes through memory.
        let [revenue, savings, premium, mark, recycled, guarantee] = self.0;
        Purse([
            revenue * fraction,
            savings * fraction,
            premium * fraction,
            mark * fraction,
            recycled * fraction,
            guarantee * fraction,
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

/// The exception of §7 rule 1: what a lab pays a company arrives with savings relabelled as recycled.
#[inline(always)]
pub fn second_lap<T: Copy + Add<Output = T>>(paid: &Purse<T>, zero: T) -> Purse<T> {
    let [revenue, savings, premium, mark, recycled, guarantee] = paid.0;
    Purse([revenue, zero, premium, mark, savings + recycled, guarantee])
}
