//! Which uncertain number matters, from columns alone: whoever ran the paths says which columns belong together.
//!
//! - [`sobol`]: first and total order effects of independent inputs, from pick-freeze designs (estimators of Saltelli
//!   et al. 2010 and Jansen 1999).
//! - [`shapley_effects`]: the same question for correlated inputs (Owen 2014; Song, Nelson and Staum 2016).
//! - [`shapley_walks`]: the same for many inputs, by random orders in which they are redrawn (Goda 2021).
//! - [`morris`]: elementary effects, the cheap screening.
//! - [`rank_correlation`], [`tail_means`] and [`separation`]: what an ordinary run already tells, without another path; association,
//!   not effect, where inputs are correlated.
//!
//! Errors are those of independent paths: the studies refuse Latin hypercubes and Sobol points.

use super::moments::{Moments, Pairs};
use super::shapley::Shapley;
use super::{NORMAL_95, RatioEstimate};

/// How much of the output's variance an input, or a group of inputs, accounts for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Alone: Var(E[y | x]) / Var(y).
    pub first: RatioEstimate,
    /// With all its interactions: E[Var(y | all but x)] / Var(y).
    pub total: RatioEstimate,
}

/// Effects from the outputs of two independent samples of inputs, a and b, and for each input from a sample whose
/// inputs are a's but for that one, which is b's. Path by path; a path on which any is not defined is left out.
pub fn sobol(a: &[f64], b: &[f64], swapped: &[&[f64]]) -> Vec<Effect> {
    let middle = Moments::of_all(a).then(&Moments::of_all(b)).mean;
    let variance = |path: usize| 0.5 * ((a[path] - middle).powi(2) + (b[path] - middle).powi(2));
    let effect = |swapped: &&[f64]| {
        assert!(a.len() == b.len() && a.len() == swapped.len(), "paths of the samples");
        let (mut first, mut total) = (Pairs::default(), Pairs::default());
        for path in 0..a.len() {
            let change = swapped[path] - a[path];
            first.push((b[path] - middle) * change, variance(path));
            total.push(0.5 * change * change, variance(path));
        }
        Effect { first: first.ratio(), total: total.ratio() }
    };
    swapped.iter().map(effect).collect()
}

/// Shapley effects of k inputs, correlated or not; they sum to 1. `partners[S]`, S a set of inputs by bits, are outputs
/// of paths that share the inputs S with those of `y` and have the others drawn anew given these: all of them the same
/// as y, none an independent sample. The mean of y·y_S then has the variance that S explains.
pub fn shapley_effects(y: &[f64], partners: &[&[f64]]) -> Vec<RatioEstimate> {
    let mut shapley = Shapley::new(partners.len().ilog2() as usize);
    let middle = Moments::of_all(y).mean;
    let products: Vec<Vec<f64>> = partners
        .iter()
        .map(|partner| {
            assert_eq!(partner.len(), y.len(), "paths of the samples");
            y.iter().zip(*partner).map(|(y, partner)| (y - middle) * (partner - middle)).collect()
        })
        .collect();
    shapley.add(&products.iter().map(Vec::as_slice).collect::<Vec<_>>());
    shapley.shares()
}

/// An estimate farther from 0 than this many of its standard errors is told from 0: of some hundred indices that are 0,
/// a quarter of one is called so by chance.
pub const TOLD: f64 = 3.0;

/// Can the estimate be told from 0?
pub fn is_told(estimate: &RatioEstimate) -> bool {
    estimate.value.abs() > TOLD * estimate.se
}

/// Shapley effects of groups of players, which sum to 1, correlated or not. `outputs[l]` are the outputs after l of the
/// players of a path have been drawn anew, given those not yet: the first the path itself, the last an independent one.
/// `redrawn(row, l)` is the group of the player that is drawn anew from l − 1 to l; players come in an order drawn at
/// random for each row. What a player adds to the variance that is not explained by those not yet redrawn,
/// ½(f − f_l)² − ½(f − f_(l−1))², has his Shapley effect times the variance as its mean.
///
/// `unit` consecutive rows may have something in common; they count as one in the error.
pub fn shapley_walks(
    outputs: &[&[f64]],
    redrawn: impl Fn(usize, usize) -> usize,
    groups: usize,
    unit: usize,
) -> Vec<RatioEstimate> {
    let (Some(first), Some(last)) = (outputs.first(), outputs.last()) else { return Vec::new() };
    let mut pairs = vec![Pairs::default(); groups];
    let mut added = vec![0.0; groups];
    for rows in (0..first.len()).step_by(unit) {
        added.fill(0.0);
        let mut variance = 0.0;
        for row in rows..(rows + unit).min(first.len()) {
            let f = first[row];
            for l in 1..outputs.len() {
                let (before, after) = (outputs[l - 1][row], outputs[l][row]);
                added[redrawn(row, l)] += (before - after) * (f - 0.5 * (before + after));
            }
            variance += 0.5 * (f - last[row]) * (f - last[row]);
        }
        pairs.iter_mut().zip(&added).for_each(|(pairs, added)| pairs.push(*added, variance));
    }
    pairs.iter().map(Pairs::ratio).collect()
}

/// The largest distance between the distributions of x over the paths inside and over those outside (Kolmogorov and
/// Smirnov): 0 where x has nothing to do with being inside, 1 where it decides. The interval is the 95% band of both
/// distributions (at least that wide, whatever they are), so it reaches 0 unless a test at that level tells them apart.
/// NaN with a side empty.
pub fn separation(x: &[f64], inside: &[bool]) -> RatioEstimate {
    assert_eq!(x.len(), inside.len(), "paths of the columns");
    let mut all: Vec<(f64, bool)> =
        x.iter().copied().zip(inside.iter().copied()).filter(|(x, _)| !x.is_nan()).collect();
    all.sort_by(|a, b| a.0.total_cmp(&b.0));
    let n_in = all.iter().filter(|(_, inside)| *inside).count() as f64;
    let n_out = all.len() as f64 - n_in;
    if n_in == 0.0 || n_out == 0.0 {
        return RatioEstimate::around(f64::NAN, f64::NAN);
    }
    let (mut below_in, mut below_out) = (0.0, 0.0);
    let mut best = (0.0, 0.0, 0.0);
    for tied in all.chunk_by(|a, b| a.0 == b.0) {
        for (_, inside) in tied {
            if *inside {
                below_in += 1.0 / n_in;
            } else {
                below_out += 1.0 / n_out;
            }
        }
        let distance = f64::abs(below_in - below_out);
        if distance > best.0 {
            best = (distance, below_in.min(1.0), below_out.min(1.0));
        }
    }
    let (distance, f, g) = best;
    let se = (f * (1.0 - f) / n_in + g * (1.0 - g) / n_out).sqrt();
    // 95% of the largest deviation of a Brownian bridge.
    let band = 1.358 * (1.0 / n_in + 1.0 / n_out).sqrt();
    RatioEstimate { value: distance, se, low: (distance - band).max(0.0), high: (distance + band).min(1.0) }
}

/// Is the distance of [`separation`] more than chance leaves in one of 370 cases, as three standard errors do?
pub fn is_separated(distance: &RatioEstimate) -> bool {
    const ONE_IN_370: f64 = 1.818;
    let band = (distance.high - distance.value).max(distance.value - distance.low);
    distance.value > band / 1.358 * ONE_IN_370
}

/// What steps in one input do to the output, over places in the inputs' space.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Elementary {
    pub mean: RatioEstimate,
    /// Mean of the size: the input's importance.
    pub mean_size: RatioEstimate,
    /// Standard deviation: how far from linear, or dependent on the others, the effect is.
    pub sd: f64,
}

/// Elementary effects of an input: outputs before and after its step of a size, signed, by trajectory.
pub fn morris(before: &[f64], after: &[f64], steps: &[f64]) -> Elementary {
    let effects: Vec<f64> =
        before.iter().zip(after).zip(steps).map(|((before, after), step)| (after - before) / step).collect();
    let sizes: Vec<f64> = effects.iter().map(|effect| effect.abs()).collect();
    let (of_effects, of_sizes) = (Moments::of_all(&effects), Moments::of_all(&sizes));
    let estimate = |moments: &Moments| RatioEstimate::around(moments.mean, moments.se());
    Elementary { mean: estimate(&of_effects), mean_size: estimate(&of_sizes), sd: of_effects.sd() }
}

/// Spearman's rank correlation over the paths on which both are defined; equal values share their mean rank. NaN
/// where either does not vary. Error and interval after Bonett and Wright (2000), in Fisher's scale.
pub fn rank_correlation(x: &[f64], y: &[f64]) -> RatioEstimate {
    assert_eq!(x.len(), y.len(), "paths of the columns");
    let both: Vec<(f64, f64)> =
        x.iter().copied().zip(y.iter().copied()).filter(|(x, y)| !x.is_nan() && !y.is_nan()).collect();
    let n = both.len() as f64;
    let middle = (n + 1.0) / 2.0;
    let ranks_x = ranks(&both.iter().map(|(x, _)| *x).collect::<Vec<_>>());
    let ranks_y = ranks(&both.iter().map(|(_, y)| *y).collect::<Vec<_>>());
    let (mut products, mut squares_x, mut squares_y) = (0.0, 0.0, 0.0);
    for (x, y) in ranks_x.iter().zip(&ranks_y) {
        products += (x - middle) * (y - middle);
        squares_x += (x - middle) * (x - middle);
        squares_y += (y - middle) * (y - middle);
    }
    if squares_x == 0.0 || squares_y == 0.0 {
        return RatioEstimate::around(f64::NAN, f64::NAN);
    }
    let value = (products / (squares_x * squares_y).sqrt()).clamp(-1.0, 1.0);
    if n < 4.0 {
        return RatioEstimate::around(value, f64::NAN);
    }
    let spread = ((1.0 + value * value / 2.0) / (n - 3.0)).sqrt();
    let at = |errors: f64| {
        if value.abs() == 1.0 { value } else { libm::tanh(libm::atanh(value) + errors * spread) }
    };
    RatioEstimate { value, se: (1.0 - value * value) * spread, low: at(-NORMAL_95), high: at(NORMAL_95) }
}

/// Ranks from 1; equal values share their mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let shared = before as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&place| ranks[place] = shared);
        before += tied.len();
    }
    ranks
}

/// Mean of y over the paths whose x is among the lowest, and among the highest, fraction: a bar of a tornado. Paths
/// whose x equals the last one within are in.
pub fn tail_means(x: &[f64], y: &[f64], fraction: f64) -> [RatioEstimate; 2] {
    assert_eq!(x.len(), y.len(), "paths of the columns");
    let mut defined: Vec<f64> =
        x.iter().zip(y).filter(|(x, y)| !x.is_nan() && !y.is_nan()).map(|(x, _)| *x).collect();
    if defined.is_empty() {
        return [RatioEstimate::around(f64::NAN, f64::NAN); 2];
    }
    defined.sort_unstable_by(f64::total_cmp);
    let within = ((defined.len() as f64 * fraction).ceil() as usize).clamp(1, defined.len());
    let (low, high) = (defined[within - 1], defined[defined.len() - within]);
    let mean_where = |inside: &dyn Fn(f64) -> bool| {
        let values: Vec<f64> = x.iter().zip(y).filter(|(x, _)| inside(**x)).map(|(_, y)| *y).collect();
        let moments = Moments::of_all(&values);
        RatioEstimate::around(moments.mean, moments.se())
    };
    [mean_where(&|x| x <= low), mean_where(&|x| x >= high)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};
    use rand_distr::StandardNormal;
    use std::f64::consts::PI;

    /// Effects of a function of independent uniform inputs.
    fn effects(inputs: usize, n: usize, seed: u64, function: impl Fn(&[f64]) -> f64) -> Vec<Effect> {
        let mut rng = SmallRng::seed_from_u64(seed);
        let (mut a, mut b, mut swapped) = (Vec::new(), Vec::new(), vec![Vec::new(); inputs]);
        for _ in 0..n {
            let of_a: Vec<f64> = (0..inputs).map(|_| rng.random()).collect();
            let of_b: Vec<f64> = (0..inputs).map(|_| rng.random()).collect();
            a.push(function(&of_a));
            b.push(function(&of_b));
            for (input, column) in swapped.iter_mut().enumerate() {
                let mut mixed = of_a.clone();
                mixed[input] = of_b[input];
                column.push(function(&mixed));
            }
        }
        sobol(&a, &b, &swapped.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    /// Within five standard errors.
    fn agrees(estimate: &RatioEstimate, expected: f64) -> bool {
        (estimate.value - expected).abs() <= 5.0 * estimate.se + 1e-12
    }

    fn agree(estimate: &RatioEstimate, expected: f64, largest_error: f64, what: &str) {
        assert!(agrees(estimate, expected), "{what}: {estimate:?}, not {expected}");
        assert!(estimate.se <= largest_error, "{what}: {estimate:?} tells too little");
    }

    #[test]
    fn ishigami() {
        let function = |u: &[f64], b: f64| {
            let x: Vec<f64> = u.iter().map(|u| PI * (2.0 * u - 1.0)).collect();
            x[0].sin() + 7.0 * x[1].sin().powi(2) + b * x[2].powi(4) * x[0].sin()
        };
        let found = effects(3, 100_000, 1, |u| function(u, 0.1));
        let spoilt = effects(3, 100_000, 1, |u| function(u, 0.12));
        assert!(!agrees(&spoilt[1].first, 0.442411), "another function is seen: {:?}", spoilt[1].first);
        let expected = [(0.313905, 0.557589), (0.442411, 0.442411), (0.0, 0.243684)];
        for (input, (first, total)) in expected.into_iter().enumerate() {
            agree(&found[input].first, first, 0.01, "first order");
            agree(&found[input].total, total, 0.01, "total order");
        }
    }

    #[test]
    fn sobol_g() {
        let a = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];
        let function = |u: &[f64]| {
            u.iter().zip(a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product::<f64>()
        };
        let found = effects(8, 50_000, 2, function);
        let first = [0.716192, 0.179048, 0.023676, 0.007162];
        let total = [0.787144, 0.242198, 0.034317, 0.010460];
        for input in 0..4 {
            agree(&found[input].first, first[input], 0.01, "first order");
            agree(&found[input].total, total[input], 0.01, "total order");
        }
    }

    #[test]
    fn an_input_that_does_nothing() {
        let found = effects(2, 2000, 3, |u| u[0]);
        assert_eq!((found[1].first.value, found[1].total.value, found[1].total.se), (0.0, 0.0, 0.0));
    }

    #[test]
    fn shapley_effects_of_correlated_gaussians() {
        // X₁ + X₂, standard deviations 1 and 2, correlation 1/2: 19/56 and 37/56 of a variance of 7.
        let mut rng = SmallRng::seed_from_u64(4);
        let n = 100_000;
        let mut columns = vec![Vec::new(); 4];
        let mut y = Vec::with_capacity(n);
        let mut z = || -> f64 { rng.sample(StandardNormal) };
        let conditional = 0.75f64.sqrt();
        for _ in 0..n {
            let (x1, noise) = (z(), z());
            let x2 = 2.0 * (0.5 * x1 + conditional * noise);
            y.push(x1 + x2);
            let (other1, other_noise) = (z(), z());
            columns[0].push(other1 + 2.0 * (0.5 * other1 + conditional * other_noise));
            columns[1].push(x1 + 2.0 * (0.5 * x1 + conditional * z()));
            columns[2].push(0.5 * (x2 / 2.0) + conditional * z() + x2);
            columns[3].push(x1 + x2);
        }
        let found = shapley_effects(&y, &columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
        agree(&found[0], 19.0 / 56.0, 0.01, "X1");
        agree(&found[1], 37.0 / 56.0, 0.01, "X2");
        assert!((found[0].value + found[1].value - 1.0).abs() < 0.02);
    }

    /// The same Gaussians and a third that does nothing but is correlated with the first, by walks.
    #[test]
    fn shapley_effects_by_walks() {
        let mut rng = SmallRng::seed_from_u64(6);
        let n = 60_000;
        let mut z = || -> f64 { rng.sample(StandardNormal) };
        let f = |x: [f64; 2]| x[0] + 2.0 * x[1];
        let conditional = 0.75f64.sqrt();
        let (mut outputs, mut orders) = (vec![Vec::new(); 3], Vec::new());
        for row in 0..n {
            let x1 = z();
            let x = [x1, 0.5 * x1 + conditional * z()];
            let first = row % 2;
            // The first player drawn anew given the other, then both.
            let mut y = x;
            y[first] = 0.5 * x[1 - first] + conditional * z();
            let other = z();
            outputs[0].push(f(x));
            outputs[1].push(f(y));
            outputs[2].push(f([other, 0.5 * other + conditional * z()]));
            orders.push([first, 1 - first]);
        }
        let columns: Vec<&[f64]> = outputs.iter().map(Vec::as_slice).collect();
        let found = shapley_walks(&columns, |row, l| orders[row][l - 1], 2, 4);
        agree(&found[0], 19.0 / 56.0, 0.01, "X1");
        agree(&found[1], 37.0 / 56.0, 0.01, "X2");
        assert!((found[0].value + found[1].value - 1.0).abs() < 1e-12);
        let together = shapley_walks(&columns, |_, _| 0, 1, 4);
        assert!((together[0].value - 1.0).abs() < 1e-12 && together[0].se < 1e-12);
    }

    #[test]
    fn separations_by_hand() {
        // Inside 1, 2, 5; outside 3, 4, 6, 7: after 2 they are 2/3 and 0 apart.
        let x = [1.0, 2.0, 5.0, 3.0, 4.0, 6.0, 7.0];
        let inside = [true, true, true, false, false, false, false];
        let found = separation(&x, &inside);
        assert!((found.value - 2.0 / 3.0).abs() < 1e-15);
        assert!((found.se - (2.0 / 9.0 / 3.0f64).sqrt()).abs() < 1e-15);
        assert!(!is_separated(&found));
        assert_eq!(separation(&[1.0, 1.0], &[true, false]).value, 0.0);
        assert!(separation(&[1.0, 1.0], &[true, true]).value.is_nan());
        // Many paths that x decides.
        let x: Vec<f64> = (0..200).map(f64::from).collect();
        let inside: Vec<bool> = (0..200).map(|k| k < 60).collect();
        let found = separation(&x, &inside);
        assert!((found.value - 1.0).abs() < 1e-12 && is_separated(&found) && found.high == 1.0);
    }

    #[test]
    fn elementary_effects() {
        // y = 3x everywhere; then y = x² from 0 and 1 by a step of 1/2 down and up.
        let linear = morris(&[0.0, 3.0, 6.0], &[1.5, 4.5, 4.5], &[0.5, 0.5, -0.5]);
        assert_eq!((linear.mean.value, linear.mean.se, linear.sd), (3.0, 0.0, 0.0));
        let square = morris(&[1.0, 0.0], &[0.25, 0.25], &[-0.5, -0.5]);
        assert_eq!((square.mean.value, square.mean_size.value, square.sd), (0.5, 1.0, 2.0f64.sqrt()));
        assert_eq!(square.mean.se, 1.0);
    }

    #[test]
    fn rank_correlations_by_hand() {
        // No ties: 1 − 6·Σd²/(n(n² − 1)), d = 1, 1, 1, 1, 0: 1 − 24/120.
        let rho = rank_correlation(&[1.0, 2.0, 3.0, 4.0, 5.0], &[20.0, 10.0, 40.0, 30.0, 50.0]);
        assert!((rho.value - 0.8).abs() < 1e-15);
        // Ties: ranks 1.5, 1.5, 3 against 1, 2, 3: 1.5/√(1.5·2).
        let tied = rank_correlation(&[7.0, 7.0, 9.0, f64::NAN], &[1.0, 2.0, 3.0, 4.0]);
        assert!((tied.value - 1.5 / 3f64.sqrt()).abs() < 1e-15 && tied.se.is_nan());
        let perfect = rank_correlation(&[1.0, 2.0, 3.0, 4.0, 5.0], &[1.0, 8.0, 27.0, 64.0, 125.0]);
        assert_eq!((perfect.value, perfect.se, perfect.low, perfect.high), (1.0, 0.0, 1.0, 1.0));
        assert!(rank_correlation(&[1.0, 1.0], &[1.0, 2.0]).value.is_nan());
        assert!(rank_correlation(&[], &[]).value.is_nan());
    }

    #[test]
    fn intervals_of_rank_correlations_cover() {
        // Gaussian with correlation 0.6: Spearman's is 6/π·asin(0.3).
        let expected = 6.0 / PI * 0.3f64.asin();
        let mut rng = SmallRng::seed_from_u64(5);
        let (runs, n) = (400, 500);
        let (mut covered, mut shifted) = (0, 0);
        for _ in 0..runs {
            let x: Vec<f64> = (0..n).map(|_| rng.sample(StandardNormal)).collect();
            let y: Vec<f64> =
                x.iter().map(|x| 0.6 * x + 0.8 * rng.sample::<f64, _>(StandardNormal)).collect();
            let rho = rank_correlation(&x, &y);
            covered += u32::from(rho.low <= expected && expected <= rho.high);
            shifted += u32::from(rho.low <= expected + 5.0 * rho.se && expected + 5.0 * rho.se <= rho.high);
        }
        let right = |hits: u32| {
            (f64::from(hits) / f64::from(runs) - 0.95).abs() < 5.0 * (0.95 * 0.05 / f64::from(runs)).sqrt()
        };
        assert!(right(covered), "{covered} of {runs}");
        assert!(!right(shifted), "the check cannot fail");
    }

    #[test]
    fn the_bars_of_a_tornado() {
        let x: Vec<f64> = (0..100).map(f64::from).collect();
        let mut y: Vec<f64> = x.iter().map(|x| 2.0 * x).collect();
        let [low, high] = tail_means(&x, &y, 0.1);
        assert_eq!((low.value, high.value), (9.0, 189.0));
        y[0] = f64::NAN;
        assert_eq!(tail_means(&x, &y, 0.1)[0].value, 11.0);
        let [low, high] = tail_means(&[1.0; 4], &[1.0, 2.0, 3.0, 4.0], 0.25);
        assert_eq!((low.value, high.value), (2.5, 2.5));
        assert!(tail_means(&[], &[], 0.1)[0].value.is_nan());
    }
}
