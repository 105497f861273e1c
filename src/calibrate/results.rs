//! Days of results: whether results are taken well or badly keeps for a while. A sign that is hidden, turns at a rate, and
//! is summed out over the events of such days in the order of their dates, with the gradient.
//!
//! Over Δ years the sign stays with probability (1 + e^(−2λΔ))/2. Before the first event both are equally likely.

/// Good, bad.
pub type Signs = [f64; 2];

/// What the sum over all courses of the sign gives.
#[derive(Debug, Clone, Default)]
pub struct Summed {
    pub log_likelihood: f64,
    /// P(sign at event i | all events).
    pub given_all: Vec<Signs>,
    /// P(sign at the last event | all events); even where there is none.
    pub last: Signs,
    /// d log-likelihood / d ln λ.
    pub by_ln_turn: f64,
}

/// P(sign a while later), where `years` may be 0.
pub fn later(now: Signs, turn: f64, years: f64) -> Signs {
    let keeps = libm::exp(-2.0 * turn * years);
    now.map(|p| 0.5 + keeps * (p - 0.5))
}

/// `log_density[i][s]` of event i if the sign was s; `years` rise.
pub fn sum_out(log_density: &[Signs], years: &[f64], turn: f64) -> Summed {
    let n = log_density.len();
    let mut out = Summed { last: [0.5; 2], ..Summed::default() };
    let mut filtered: Vec<Signs> = Vec::with_capacity(n);
    let mut scaled: Vec<Signs> = Vec::with_capacity(n);
    for (i, density) in log_density.iter().enumerate() {
        let before = if i == 0 { [0.5; 2] } else { later(out.last, turn, years[i] - years[i - 1]) };
        let top = density[0].max(density[1]);
        let over = density.map(|density| libm::exp(density - top));
        let sum = before[0] * over[0] + before[1] * over[1];
        out.log_likelihood += top + libm::log(sum);
        let ratio = over.map(|over| over / sum);
        out.last = [before[0] * ratio[0], before[1] * ratio[1]];
        filtered.push(out.last);
        scaled.push(ratio);
    }
    out.given_all = vec![[0.0; 2]; n];
    let mut after = [1.0; 2];
    for i in (0..n).rev() {
        out.given_all[i] = [filtered[i][0] * after[0], filtered[i][1] * after[1]];
        if i == 0 {
            break;
        }
        let exponent = 2.0 * turn * (years[i] - years[i - 1]);
        let keeps = libm::exp(-exponent);
        let weight = [scaled[i][0] * after[0], scaled[i][1] * after[1]];
        // d/d ln λ of (1 ± e^(−2λΔ))/2 is ∓ λΔ·e^(−2λΔ).
        let slope = exponent * keeps / 2.0;
        let before = filtered[i - 1];
        let difference = (before[0] - before[1]) * (weight[0] - weight[1]);
        out.by_ln_turn -= slope * difference;
        let (mean, half) = ((weight[0] + weight[1]) / 2.0, (weight[0] - weight[1]) / 2.0);
        after = [mean + keeps * half, mean - keeps * half];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const DENSITY: [Signs; 4] = [[-1.0, 0.3], [0.4, -0.2], [2.0, -1.0], [-0.2, 1.4]];
    const YEARS: [f64; 4] = [0.1, 0.1, 0.5, 1.7];

    /// Against the sum over every course, one by one.
    #[test]
    fn the_recursion_sums_over_every_course() {
        let turn = 0.8;
        let (mut total, mut third, mut last) = (0.0, 0.0, 0.0);
        for course in 0..16usize {
            let sign = |i: usize| course >> i & 1;
            let mut weight = 0.5;
            for i in 0..4 {
                weight *= libm::exp(DENSITY[i][sign(i)]);
                if i > 0 {
                    let keeps = libm::exp(-2.0 * turn * (YEARS[i] - YEARS[i - 1]));
                    weight *= if sign(i) == sign(i - 1) { 1.0 + keeps } else { 1.0 - keeps } / 2.0;
                }
            }
            total += weight;
            third += weight * f64::from(u8::from(sign(2) == 0));
            last += weight * f64::from(u8::from(sign(3) == 0));
        }
        let found = sum_out(&DENSITY, &YEARS, turn);
        assert!((found.log_likelihood - libm::log(total)).abs() < 1e-12);
        assert!((found.given_all[2][0] - third / total).abs() < 1e-12);
        assert!((found.last[0] - last / total).abs() < 1e-12);
        assert_eq!(sum_out(&[], &[], turn).last, [0.5; 2]);
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let at = |ln: f64| sum_out(&DENSITY, &YEARS, libm::exp(ln));
        let slope = (at(0.3 + 1e-5).log_likelihood - at(0.3 - 1e-5).log_likelihood) / 2e-5;
        let found = at(0.3).by_ln_turn;
        assert!((slope - found).abs() < 1e-8, "{slope} {found}");
        assert!((slope - found - 0.01).abs() > 1e-8);
    }
}
