//! Stakes in labs: who holds which fraction, what it cost, and dilution (5.10, 5.11). The outside holds the rest,
//! so that the shares of a lab add to 1.

use super::ledger::Party;
use crate::state::{Batch, Layout, Row};

/// A party's stake in a lab.
#[derive(Debug, Clone, Copy)]
pub struct LabStake {
    pub holder: Party,
    pub lab: usize,
    /// Fraction of the lab.
    pub fraction: Row,
    /// What is left of the fractions bought in the run.
    pub bought: Row,
    /// USD bn paid for it, in the run and before.
    pub cost: Row,
    /// Where the opening values stand, if the scenario gives them.
    pub opening: Option<(Row, Row)>,
}

#[derive(Debug, Clone, Default)]
pub struct LabStakes {
    pub stakes: Vec<LabStake>,
}

impl LabStakes {
    /// The stake of a holder in a lab; made at the first asking.
    pub fn of(&mut self, layout: &mut Layout, holder: Party, lab: usize) -> usize {
        if let Some(known) = self.find(holder, lab) {
            return known;
        }
        let [fraction, bought, cost] = [(); 3].map(|()| layout.row());
        let stake = LabStake { holder, lab, fraction, bought, cost, opening: None };
        self.stakes.push(stake);
        self.stakes.len() - 1
    }

    pub fn find(&self, holder: Party, lab: usize) -> Option<usize> {
        self.stakes.iter().position(|s| s.holder == holder && s.lab == lab)
    }

    pub fn open(&self, b: &mut Batch) {
        for stake in &self.stakes {
            if let Some((fraction, cost)) = stake.opening {
                b.copy(fraction, stake.fraction);
                b.copy(cost, stake.cost);
            }
        }
    }

    /// A round: every holder's stake shrinks by P/V.
    pub fn dilute_at(&self, b: &mut Batch, path: usize, lab: usize, factor: f64) {
        for stake in self.stakes.iter().filter(|s| s.lab == lab) {
            stake.shrink_at(b, path, factor);
        }
    }

    /// A holder gets the fraction for money paid.
    pub fn give_at(&self, b: &mut Batch, path: usize, stake: usize, fraction: f64, paid: f64) {
        let LabStake { fraction: held, bought, cost, .. } = self.stakes[stake];
        b.add_at(held, path, fraction);
        b.add_at(bought, path, fraction);
        b.add_at(cost, path, paid);
    }

    /// A tranche at a fixed price: the holder gets the fraction, the others' stakes shrink by it in sum (5.11),
    /// so the shares still add to 1.
    pub fn give_from_others_at(&self, b: &mut Batch, path: usize, stake: usize, fraction: f64, paid: f64) {
        let LabStake { lab, fraction: row, .. } = self.stakes[stake];
        let others = 1.0 - b.at(row, path);
        let kept = if others > 0.0 { (1.0 - fraction / others).max(0.0) } else { 0.0 };
        for (index, other) in self.stakes.iter().enumerate() {
            if other.lab == lab && index != stake {
                other.shrink_at(b, path, kept);
            }
        }
        self.give_at(b, path, stake, fraction.min(others.max(0.0)), paid);
    }
}

impl LabStake {
    fn shrink_at(&self, b: &mut Batch, path: usize, kept: f64) {
        for row in [self.fraction, self.bought] {
            let held = b.at(row, path);
            b.put(row, path, held * kept);
        }
    }
}
