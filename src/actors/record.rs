//! What is watched on the way (stage 9): peaks.

use super::{Actors, Company, Now};
use crate::state::{Batch, Eight, Holds, Layout, Row};

/// Peaks and tallies kept step by step (stage 9).
#[derive(Debug, Clone)]
pub struct Record {
    /// Highest M − F so far, by company, USD bn.
    pub premium_peak: Vec<Row>,
}

impl Record {
    pub fn compile(layout: &mut Layout, actors: &Actors) -> Record {
        let peak = |of: &Company| layout.registered(format!("highest premium of {}", of.name), Holds::Peak);
        Record { premium_peak: actors.companies.iter().map(peak).collect() }
    }

    pub fn open(&self, b: &mut Batch) {
        for row in &self.premium_peak {
            b.fill(*row, f64::NEG_INFINITY);
        }
    }

    /// Stage 9.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors) {
        let b = b.cells();
        for (company, peak) in actors.companies.iter().zip(&self.premium_peak) {
            let premium = b.get(company.value) - b.get(company.fundamental);
            b.raise(*peak, premium);
        }
        for holding in &actors.holdings {
            if !holding.promises.is_empty() {
                let gain = holding.booked_gain(b, Eight, &actors.labs, now.loops);
                b.raise(holding.booked_gain_peak, gain);
            }
        }
    }
}
