//! Eight paths at a time. `F8` is eight `f64`, operated on elementwise in plain Rust, so that the compiler turns
//! each operation into the vector instructions of whatever target the caller is compiled for. No operation
//! contracts to a fused multiply-add and none depends on the lane's neighbours: the bits of a path do not depend
//! on the machine, nor on which paths share its lanes.

use std::ops::{Add, AddAssign, BitAnd, BitOr, Div, Mul, MulAssign, Neg, Not, Sub, SubAssign};

/// Paths in one group of lanes.
pub const LANES: usize = 8;

/// Beyond this no amount, price or multiple means anything: it is a thousand times the largest product of two numbers of
/// a file, and single precision still holds it.
pub const LARGEST: f64 = 1e27;

#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(C, align(64))]
pub struct F8(pub [f64; LANES]);

/// A choice per lane: all bits set, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C, align(64))]
pub struct M8(pub [u64; LANES]);

/// What a formula is written in that is wanted of eight paths at once and of one alone.
pub trait Value:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    const ZERO: Self;
    const ONE: Self;
    fn min(self, other: Self) -> Self;
    /// max(0, self)
    fn positive_part(self) -> Self;
    /// self / other where other > 0, else 0.
    fn share_of(self, other: Self) -> Self;
    /// Is it above zero, on any path?
    fn any_above_zero(self) -> bool;
    /// eˣ
    fn exp(self) -> Self;
    /// One of three values, by a number that is 0, 1 or 2.
    fn choose(self, of: [Self; 3]) -> Self;
}

impl Value for F8 {
    const ZERO: F8 = F8::ZERO;
    const ONE: F8 = F8::ONE;
    #[inline(always)]
    fn min(self, other: F8) -> F8 {
        F8::min(self, other)
    }
    #[inline(always)]
    fn positive_part(self) -> F8 {
        F8::positive_part(self)
    }
    #[inline(always)]
    fn share_of(self, other: F8) -> F8 {
        F8::share_of(self, other)
    }
    #[inline(always)]
    fn any_above_zero(self) -> bool {
        self.gt(F8::ZERO).any()
    }
    #[inline(always)]
    fn exp(self) -> F8 {
        super::maths::exp(self)
    }
    #[inline(always)]
    fn choose(self, of: [F8; 3]) -> F8 {
        let later = self.equals(F8::ONE).select(of[1], of[2]);
        self.equals(F8::ZERO).select(of[0], later)
    }
}

impl Value for f64 {
    const ZERO: f64 = 0.0;
    const ONE: f64 = 1.0;
    #[inline(always)]
    fn min(self, other: f64) -> f64 {
        if self < other { self } else { other }
    }
    #[inline(always)]
    fn positive_part(self) -> f64 {
        if self > 0.0 { self } else { 0.0 }
    }
    #[inline(always)]
    fn share_of(self, other: f64) -> f64 {
        if other > 0.0 { self / other } else { 0.0 }
    }
    #[inline(always)]
    fn any_above_zero(self) -> bool {
        self > 0.0
    }
    #[inline(always)]
    fn exp(self) -> f64 {
        super::maths::exp1(self)
    }
    #[inline(always)]
    fn choose(self, of: [f64; 3]) -> f64 {
        of[self as usize]
    }
}

macro_rules! elementwise {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for F8 {
            type Output = F8;
            #[inline(always)]
            fn $method(self, other: F8) -> F8 {
                let mut out = [0.0; LANES];
                for i in 0..LANES {
                    out[i] = self.0[i] $op other.0[i];
                }
                F8(out)
            }
        }
        impl $trait<f64> for F8 {
            type Output = F8;
            #[inline(always)]
            fn $method(self, other: f64) -> F8 {
                self $op F8::splat(other)
            }
        }
    };
}

elementwise!(Add, add, +);
elementwise!(Sub, sub, -);
elementwise!(Mul, mul, *);
elementwise!(Div, div, /);

macro_rules! assign {
    ($trait:ident, $method:ident, $op:tt) => {
        impl $trait for F8 {
            #[inline(always)]
            fn $method(&mut self, other: F8) {
                *self = *self $op other;
            }
        }
    };
}

assign!(AddAssign, add_assign, +);
assign!(SubAssign, sub_assign, -);
assign!(MulAssign, mul_assign, *);

impl Neg for F8 {
    type Output = F8;
    #[inline(always)]
    fn neg(self) -> F8 {
        F8::splat(0.0) - self
    }
}

macro_rules! compare {
    ($($name:ident $op:tt),*) => {$(
        #[inline(always)]
        pub fn $name(self, other: F8) -> M8 {
            let mut out = [0u64; LANES];
            for i in 0..LANES {
                out[i] = if self.0[i] $op other.0[i] { u64::MAX } else { 0 };
            }
            M8(out)
        }
    )*};
}

impl F8 {
    pub const ZERO: F8 = F8([0.0; LANES]);
    pub const ONE: F8 = F8([1.0; LANES]);

    #[inline(always)]
    pub fn splat(value: f64) -> F8 {
        F8([value; LANES])
    }

    compare!(lt <, le <=, gt >, ge >=, equals ==);

    #[inline(always)]
    pub fn min(self, other: F8) -> F8 {
        self.lt(other).select(self, other)
    }

    #[inline(always)]
    pub fn max(self, other: F8) -> F8 {
        self.gt(other).select(self, other)
    }

    /// max(0, self)
    #[inline(always)]
    pub fn positive_part(self) -> F8 {
        self.max(F8::ZERO)
    }

    #[inline(always)]
    pub fn sqrt(self) -> F8 {
        let mut out = self.0;
        for value in &mut out {
            *value = value.sqrt();
        }
        F8(out)
    }

    /// self / other where other > 0, else 0. Subnormal numbers count as 0: their inverse is infinite.
    #[inline(always)]
    pub fn share_of(self, other: F8) -> F8 {
        let some = other.ge(F8::splat(f64::MIN_POSITIVE));
        some.select(self / some.select(other, F8::ONE), F8::ZERO)
    }

    /// Neither NaN nor larger than [`LARGEST`], infinity included.
    #[inline(always)]
    pub fn is_finite(self) -> M8 {
        (self * self).le(F8::splat(LARGEST * LARGEST))
    }

    #[inline(always)]
    pub fn to_bits(self) -> M8 {
        let mut out = [0u64; LANES];
        for i in 0..LANES {
            out[i] = self.0[i].to_bits();
        }
        M8(out)
    }

    #[inline(always)]
    pub fn from_bits(bits: M8) -> F8 {
        let mut out = [0.0; LANES];
        for i in 0..LANES {
            out[i] = f64::from_bits(bits.0[i]);
        }
        F8(out)
    }
}

impl M8 {
    pub const NONE: M8 = M8([0; LANES]);
    pub const ALL: M8 = M8([u64::MAX; LANES]);

    /// One path.
    pub fn only(path: usize) -> M8 {
        let mut mask = M8::NONE;
        mask.0[path] = u64::MAX;
        mask
    }

    /// `yes` where set, else `no`.
    #[inline(always)]
    pub fn select(self, yes: F8, no: F8) -> F8 {
        let mut out = [0.0; LANES];
        for i in 0..LANES {
            out[i] = if self.0[i] != 0 { yes.0[i] } else { no.0[i] };
        }
        F8(out)
    }

    #[inline(always)]
    pub fn any(self) -> bool {
        let mut all = 0;
        for i in 0..LANES {
            all |= self.0[i];
        }
        all != 0
    }

    #[inline(always)]
    pub fn at(self, lane: usize) -> bool {
        self.0[lane] != 0
    }

    /// The lanes that are set, in their order.
    #[inline(always)]
    pub fn lanes(self) -> Lanes {
        let mut bits = 0;
        for i in 0..LANES {
            bits |= (self.0[i] >> 63) << i;
        }
        Lanes(bits)
    }
}

/// See [`M8::lanes`]: a bit for each lane.
pub struct Lanes(u64);

impl Iterator for Lanes {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        if self.0 == 0 {
            return None;
        }
        let lane = self.0.trailing_zeros() as usize;
        self.0 &= self.0 - 1;
        // As the compiler cannot know: fewer than eight.
        Some(lane % LANES)
    }
}

impl BitAnd for M8 {
    type Output = M8;
    #[inline(always)]
    fn bitand(self, other: M8) -> M8 {
        let mut out = [0; LANES];
        for i in 0..LANES {
            out[i] = self.0[i] & other.0[i];
        }
        M8(out)
    }
}

impl BitOr for M8 {
    type Output = M8;
    #[inline(always)]
    fn bitor(self, other: M8) -> M8 {
        let mut out = [0; LANES];
        for i in 0..LANES {
            out[i] = self.0[i] | other.0[i];
        }
        M8(out)
    }
}

impl Not for M8 {
    type Output = M8;
    #[inline(always)]
    fn not(self) -> M8 {
        let mut out = [0; LANES];
        for i in 0..LANES {
            out[i] = !self.0[i];
        }
        M8(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_that_are_set() {
        let values = F8([1.0, -1.0, 2.0, 0.0, f64::NAN, 3.0, -0.0, 1e-300]);
        let lanes: Vec<usize> = values.gt(F8::ZERO).lanes().collect();
        assert_eq!(lanes, [0, 2, 5, 7]);
        assert_eq!(M8::NONE.lanes().count(), 0);
        assert_eq!(M8::ALL.lanes().collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
