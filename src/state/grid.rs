//! A smooth rising function on (0, 1) by interpolation, where that is as good as the function itself: what makes the
//! quantile of a beta variable, root of an equation with a continued fraction in it, cost a few nanoseconds.
//!
//! Each octave of p, from [½, 1) downwards, is cut into equal cells; in a cell stands the polynomial of degree five that
//! has the function's value and first two derivatives at both ends. Its error goes with the sixth power of the width, so
//! near p = 0, where a quantile is like a power of p, it is the same in every octave. Each cell is compared with the
//! function where the error is largest, in its middle; a cell that does not pass is left out, and there, as below the
//! lowest octave, the caller asks the function itself.

/// Cells of an octave, a power of two.
const CELLS: usize = 64;
const OCTAVES: usize = 8;
/// The largest relative error in the middle of a cell.
const TOLERANCE: f64 = 1e-13;
/// Bits of p's fraction below those that number the cell.
const SHIFT: u32 = 52 - CELLS.trailing_zeros();
/// ½ is the lower end of the highest octave.
const LOWEST: f64 = 1.0 / (1u64 << OCTAVES) as f64;

/// A function's value and its first and second derivative.
#[derive(Debug, Clone, Copy)]
pub struct Jet {
    pub value: f64,
    pub slope: f64,
    pub bend: f64,
}

#[derive(Debug, Clone)]
pub struct Grid {
    /// Coefficients of the powers of the place within the cell, from 0 to 1; NaN where the cell is left out.
    cells: Vec<[f64; 6]>,
}

impl Grid {
    /// `jet` at p in (0, 1], up to the cell that holds `highest`.
    pub fn of(highest: f64, jet: impl Fn(f64) -> Jet) -> Grid {
        let node = |k: usize| f64::from_bits(LOWEST.to_bits() + ((k as u64) << SHIFT));
        let mut cells = Vec::new();
        if highest <= LOWEST {
            return Grid { cells };
        }
        let mut left = jet(LOWEST);
        for k in 0..CELLS * OCTAVES {
            let (from, to) = (node(k), node(k + 1));
            if from > highest {
                break;
            }
            let right = jet(to);
            let cell = polynomial(left, right, to - from);
            let middle = jet(0.5 * (from + to)).value;
            let error = (evaluate(&cell, 0.5) - middle).abs();
            // Not the other way round: what is not a number does not pass either.
            let passes = error <= TOLERANCE * middle.abs();
            cells.push(if passes { cell } else { [f64::NAN; 6] });
            left = right;
        }
        Grid { cells }
    }

    /// The function at p in (0, 1); NaN where it is not tabulated.
    #[inline(always)]
    pub fn at(&self, p: f64) -> f64 {
        let bits = p.to_bits();
        let k = (bits >> SHIFT).wrapping_sub(LOWEST.to_bits() >> SHIFT);
        let Some(cell) = self.cells.get(k as usize) else { return f64::NAN };
        // The bits of p's fraction below the cell's number, as the fraction of a number between 1 and 2.
        let within = f64::from_bits((bits << (52 - SHIFT)) & ((1 << 52) - 1) | 1f64.to_bits()) - 1.0;
        evaluate(cell, within)
    }
}

#[inline(always)]
fn evaluate(c: &[f64; 6], s: f64) -> f64 {
    c[0] + s * (c[1] + s * (c[2] + s * (c[3] + s * (c[4] + s * c[5]))))
}

/// The polynomial of degree five on a cell of the given width with these jets at its ends (Hermite).
fn polynomial(left: Jet, right: Jet, width: f64) -> [f64; 6] {
    let (slope, bend) = (left.slope * width, 0.5 * left.bend * width * width);
    // What the first three terms leave of the right end's value, slope and half bend.
    let value = right.value - left.value - slope - bend;
    let steeper = right.slope * width - slope - 2.0 * bend;
    let more_bent = 0.5 * right.bend * width * width - bend;
    [
        left.value,
        slope,
        bend,
        10.0 * value - 4.0 * steeper + more_bent,
        -15.0 * value + 7.0 * steeper - 2.0 * more_bent,
        6.0 * value - 3.0 * steeper + more_bent,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// p^1.5, whose derivatives are known: to the last digits wherever it is tabulated, also at the ends of cells.
    #[test]
    fn a_power_is_interpolated_to_the_last_digits() {
        let power = |p: f64| Jet { value: p * p.sqrt(), slope: 1.5 * p.sqrt(), bend: 0.75 / p.sqrt() };
        let grid = Grid::of(1.0, power);
        assert!(grid.cells.iter().all(|cell| !cell[0].is_nan()));
        for i in 1..10_000 {
            let p = f64::from(i) / 10_000.0;
            let (found, expected): (f64, f64) = (grid.at(p), p * p.sqrt());
            if p < LOWEST {
                assert!(found.is_nan(), "{p}");
            } else {
                assert!((found / expected - 1.0).abs() < 1e-14, "{p}: {found}");
            }
        }
        for p in [LOWEST, 0.25, 0.5, 1.0 - f64::EPSILON] {
            assert!((grid.at(p) / (p * p.sqrt()) - 1.0).abs() < 1e-14, "{p}");
        }
    }

    /// A cell where the polynomial is not good enough is left out: a kink.
    #[test]
    fn a_kink_is_left_to_the_function() {
        let kinked = |p: f64| Jet { value: p.max(0.301), slope: f64::from(p > 0.301), bend: 0.0 };
        let grid = Grid::of(1.0, kinked);
        assert!(grid.at(0.301).is_nan());
        assert_eq!(grid.at(0.26), 0.301);
        assert!((grid.at(0.7) - 0.7).abs() < 1e-15);
    }
}
