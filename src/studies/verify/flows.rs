//! Networks of flows whose circular part is known, and the absorbing chain by the same elimination.

use crate::estimate::circular::{Decomposition, stationary_weights};
use crate::studies::verify::Figure;

/// (payer, payee, amount), actors from 1.
type Payment = (usize, usize, f64);

fn network(payments: &[Payment]) -> (Vec<f64>, usize) {
    let n = payments.iter().map(|(from, to, _)| *from.max(to)).max().unwrap_or(0);
    let mut flows = vec![0.0; n * n];
    for (from, to, amount) in payments {
        flows[(from - 1) * n + to - 1] += amount;
    }
    (flows, n)
}

fn decomposed(payments: &[Payment]) -> Decomposition {
    let (flows, n) = network(payments);
    Decomposition::of(&flows, n)
}

fn volume_share(payments: &[Payment], expected: f64) -> Figure {
    let (mut flows, n) = network(payments);
    Figure::exact("Gv", expected, crate::estimate::circular::volume_share(&mut flows, n))
}

fn throughput_share(payments: &[Payment], expected: f64) -> Figure {
    Figure::exact("Gt", expected, decomposed(payments).throughput_share())
}

pub fn self_loop(perturb: bool) -> Vec<Figure> {
    let mut payments = vec![(1, 1, 5.0)];
    if perturb {
        payments.push((1, 2, 1.0));
    }
    vec![volume_share(&payments, 1.0), throughput_share(&payments, 1.0)]
}

pub fn triangle(perturb: bool) -> Vec<Figure> {
    let payments = [(1, 2, if perturb { 1.1 } else { 1.0 }), (2, 3, 1.0), (3, 1, 1.0)];
    vec![
        Figure::exact("T", 1.0, decomposed(&payments).throughput),
        volume_share(&payments, 1.0),
        throughput_share(&payments, 1.0),
    ]
}

pub fn fed(perturb: bool) -> Vec<Figure> {
    let payments = [(1, 2, if perturb { 2.1 } else { 2.0 }), (2, 3, 1.0), (3, 1, 1.0)];
    let found = decomposed(&payments);
    let circular: f64 = found.circular.iter().sum();
    let directional: f64 = found.directional.iter().sum();
    vec![
        Figure::exact("volume", 4.0, circular + directional),
        Figure::exact("circular", 3.0, circular),
        Figure::exact("T", 1.0, found.throughput),
        Figure::exact("D", 1.0, found.sent_through),
        volume_share(&payments, 0.75),
        throughput_share(&payments, 0.5),
    ]
}

pub fn intermediary(perturb: bool) -> Vec<Figure> {
    let payments = [(1, 4, 2.0), (4, 2, 2.0), (2, 3, if perturb { 1.1 } else { 1.0 }), (3, 1, 1.0)];
    vec![volume_share(&payments, 2.0 / 3.0), throughput_share(&payments, 0.5)]
}

pub fn two_cycles(perturb: bool) -> Vec<Figure> {
    let payments = [(1, 2, 1.0), (2, 3, 1.0), (1, 3, if perturb { 1.1 } else { 1.0 }), (3, 1, 1.0)];
    vec![volume_share(&payments, 0.625)]
}

/// Scaling changes nothing; the circular part balances; the parts sum to the input; no cycle, no circular share.
pub fn properties(perturb: bool) -> Vec<Figure> {
    let payments =
        [(1, 2, 3.0), (2, 3, 1.0), (3, 1, 2.0), (2, 4, 5.0), (4, 1, 1.5), (3, 4, 0.5), (4, 2, 0.25)];
    let (flows, n) = network(&payments);
    let found = Decomposition::of(&flows, n);
    let mut scaled: Vec<f64> = flows.iter().map(|flow| 1e6 * flow).collect();
    let mut chain = vec![(1, 2, 3.0), (2, 3, 2.0), (1, 3, 1.0), (3, 4, 2.5)];
    if perturb {
        scaled[1] *= 1.1;
        chain.push((4, 1, 0.5));
    }
    let other = Decomposition::of(&scaled, n);
    let unbalanced = (0..n)
        .map(|i| {
            let paid: f64 = found.circular[i * n..(i + 1) * n].iter().sum();
            let received: f64 = (0..n).map(|j| found.circular[j * n + i]).sum();
            (paid - received).abs()
        })
        .fold(0.0, f64::max);
    let parts = found.circular.iter().zip(&found.directional).zip(&flows);
    let missing = parts.map(|((c, d), flow)| (c + d - flow).abs()).fold(0.0, f64::max);
    let mut rest = found.directional.clone();
    vec![
        Figure::exact("Gv of a million times as much", found.volume_share(), other.volume_share()),
        Figure::exact("Gt of a million times as much", found.throughput_share(), other.throughput_share()),
        Figure::exact("imbalance of the circular part", 0.0, unbalanced),
        Figure::exact("parts less the whole", 0.0, missing),
        Figure::exact("Gv of the acyclic rest", 0.0, crate::estimate::circular::volume_share(&mut rest, n)),
        volume_share(&chain, 0.0),
    ]
}

/// A walk on 0 … 4 that ends at 0 or 4: visits N and ends B by starting place 1, 2, 3. Walks that ended are sent back to
/// their start, so that N and B are weights of a chain without an end.
pub fn absorbing(perturb: bool) -> Vec<Figure> {
    let up = if perturb { 0.6 } else { 0.5 };
    let visits = [[1.5, 1.0, 0.5], [1.0, 2.0, 1.0], [0.5, 1.0, 1.5]];
    let ends = [[0.75, 0.25], [0.5, 0.5], [0.25, 0.75]];
    let mut figures = Vec::new();
    for start in 1..=3 {
        const N: usize = 5;
        let mut rates = vec![0.0; N * N];
        for place in 1..=3 {
            rates[place * N + place + 1] = up;
            rates[place * N + place - 1] = 1.0 - up;
        }
        for end in [0, 4] {
            rates[end * N + start] = 1.0;
        }
        let weights = stationary_weights(&rates, N);
        let walks = weights[0] + weights[4];
        for place in 1..=3 {
            let expected = visits[start - 1][place - 1];
            figures.push(Figure::exact(
                format!("N from {start} to {place}"),
                expected,
                weights[place] / walks,
            ));
        }
        for (k, end) in [0, 4].into_iter().enumerate() {
            let expected = ends[start - 1][k];
            figures.push(Figure::exact(format!("B from {start} at {end}"), expected, weights[end] / walks));
        }
    }
    figures
}
