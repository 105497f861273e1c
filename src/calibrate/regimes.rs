//! Sentiment as a hidden Markov chain over weeks (§5.2): hype, neutral, suspicion. The sum over all courses of
//! sentiment, and how it changes with each ingredient.
//!
//! A week is a step: from state a, with Λ = Σ λ_ab, the chain moves to b with probability (λ_ab/Λ)(1 − e^(−ΛΔ)). The
//! chain's circularity is left out: no event file knows it. Before the first week every state is equally likely.
//! Source of the recursions: Rabiner (1989), A tutorial on hidden Markov models, Proceedings of the IEEE 77.

pub const STATES: usize = 3;
pub const STATE_NAMES: [&str; STATES] = ["hype", "neutral", "suspicion"];

/// A number for each state.
pub type PerState = [f64; STATES];
/// From row to column.
pub type Matrix = [PerState; STATES];

/// A week in years: Δ.
pub const WEEK: f64 = 1.0 / 52.0;

/// The probability of each move in a week.
pub fn transition(rates: &Matrix) -> Matrix {
    let mut moves = [[0.0; STATES]; STATES];
    for a in 0..STATES {
        let all: f64 = (0..STATES).filter(|b| *b != a).map(|b| rates[a][b]).sum();
        let stay = libm::exp(-all * WEEK);
        for b in 0..STATES {
            moves[a][b] = if a == b { stay } else { rates[a][b] / all * (1.0 - stay) };
        }
    }
    moves
}

/// Given d/dP of something, its d/dλ.
pub fn transition_gradient(rates: &Matrix, by_move: &Matrix) -> Matrix {
    let mut by_rate = [[0.0; STATES]; STATES];
    for a in 0..STATES {
        let all: f64 = (0..STATES).filter(|b| *b != a).map(|b| rates[a][b]).sum();
        let stay = libm::exp(-all * WEEK);
        let part = (1.0 - stay) / all;
        let part_slope = (WEEK * stay - part) / all;
        for c in (0..STATES).filter(|c| *c != a) {
            let mut sum = -WEEK * stay * by_move[a][a] + part * by_move[a][c];
            for b in (0..STATES).filter(|b| *b != a) {
                sum += rates[a][b] * part_slope * by_move[a][b];
            }
            by_rate[a][c] = sum;
        }
    }
    by_rate
}

/// What the sum over all courses of sentiment gives.
#[derive(Debug, Clone, Default)]
pub struct Smoothed {
    pub log_likelihood: f64,
    /// P(state in week t | all weeks).
    pub given_all: Vec<PerState>,
    /// P(state in week t | weeks up to t).
    pub given_past: Vec<PerState>,
    /// d log-likelihood / d P(a → b).
    pub by_move: Matrix,
}

/// Forward and backward over the weeks; `log_density[t][s]` is that of what happened in week t if the state was s, zero
/// where nothing did.
pub fn smooth(log_density: &[PerState], moves: &Matrix, out: &mut Smoothed) {
    let weeks = log_density.len();
    out.given_all.clear();
    out.given_past.clear();
    out.given_past.reserve(weeks);
    out.by_move = [[0.0; STATES]; STATES];
    out.log_likelihood = 0.0;
    let mut before = [1.0 / STATES as f64; STATES];
    // Each week's densities, scaled so that what is filtered sums to 1.
    let mut scaled: Vec<PerState> = Vec::with_capacity(weeks);
    for (week, density) in log_density.iter().enumerate() {
        if week > 0 {
            before = advance(&before, moves);
        }
        let top = density.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        // Most weeks have no event, and all states the same density.
        let over = density.map(|density| if density == top { 1.0 } else { libm::exp(density - top) });
        let mut filtered = [0.0; STATES];
        let mut sum = 0.0;
        for s in 0..STATES {
            filtered[s] = before[s] * over[s];
            sum += filtered[s];
        }
        out.log_likelihood += top + libm::log(sum);
        let ratio = over.map(|over| over / sum);
        for s in 0..STATES {
            filtered[s] /= sum;
        }
        scaled.push(ratio);
        out.given_past.push(filtered);
        before = filtered;
    }
    out.given_all.resize(weeks, [0.0; STATES]);
    let mut after = [1.0; STATES];
    for week in (0..weeks).rev() {
        for s in 0..STATES {
            out.given_all[week][s] = out.given_past[week][s] * after[s];
        }
        if week == 0 {
            break;
        }
        let mut earlier = [0.0; STATES];
        for a in 0..STATES {
            for b in 0..STATES {
                let weight = scaled[week][b] * after[b];
                earlier[a] += moves[a][b] * weight;
                out.by_move[a][b] += out.given_past[week - 1][a] * weight;
            }
        }
        after = earlier;
    }
}

/// The states' probabilities a week later.
pub fn advance(now: &PerState, moves: &Matrix) -> PerState {
    let mut next = [0.0; STATES];
    for a in 0..STATES {
        for b in 0..STATES {
            next[b] += now[a] * moves[a][b];
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATES: Matrix = [[0.0, 0.7, 0.3], [0.4, 0.0, 1.1], [0.2, 0.9, 0.0]];

    /// Against the sum over every course, one by one.
    #[test]
    fn the_recursion_sums_over_every_course() {
        let moves = transition(&RATES.map(|row| row.map(|rate| rate * 20.0)));
        let density = [[-1.0, 0.3, -2.0], [0.0, 0.0, 0.0], [2.0, -1.0, 0.5], [-0.2, 0.1, 1.4]];
        let mut total = 0.0;
        let mut third = [0.0; STATES];
        for course in 0..STATES.pow(4) {
            let states = [course % 3, course / 3 % 3, course / 9 % 3, course / 27];
            let mut weight = 1.0 / 3.0;
            for (week, state) in states.iter().enumerate() {
                weight *= libm::exp(density[week][*state]);
                if week > 0 {
                    weight *= moves[states[week - 1]][*state];
                }
            }
            total += weight;
            third[states[2]] += weight;
        }
        let mut out = Smoothed::default();
        smooth(&density, &moves, &mut out);
        assert!((out.log_likelihood - libm::log(total)).abs() < 1e-12);
        for s in 0..STATES {
            assert!((out.given_all[2][s] - third[s] / total).abs() < 1e-12);
        }
    }

    #[test]
    fn the_gradients_are_those_of_finite_differences() {
        let density = [[-1.0, 0.3, -2.0], [0.0, 0.0, 0.0], [2.0, -1.0, 0.5], [-0.2, 0.1, 1.4]];
        let at = |rates: &Matrix| {
            let mut out = Smoothed::default();
            smooth(&density, &transition(rates), &mut out);
            out
        };
        let gradient = transition_gradient(&RATES, &at(&RATES).by_move);
        for a in 0..STATES {
            for c in (0..STATES).filter(|c| *c != a) {
                let (mut up, mut down) = (RATES, RATES);
                up[a][c] += 1e-5;
                down[a][c] -= 1e-5;
                let slope = (at(&up).log_likelihood - at(&down).log_likelihood) / 2e-5;
                assert!((slope - gradient[a][c]).abs() < 1e-8, "{a} {c}: {slope} {}", gradient[a][c]);
            }
        }
    }

    #[test]
    fn moves_are_those_of_the_model() {
        let moves = transition(&RATES);
        for row in moves {
            assert!((row.iter().sum::<f64>() - 1.0).abs() < 1e-15);
        }
        // Λ = 1: 1 − e^(−1/52) = 0.019047…, of which 0.7 to neutral.
        assert!((moves[0][1] - 0.7 * 0.0190470376).abs() < 1e-9);
    }
}
