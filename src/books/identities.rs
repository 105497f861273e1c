//! What must always hold (§11), checked on one path from the ledger alone.

use super::ledger::{EdgeEntry, Ledger, Party};
use super::origin::{Origin, second_lap};
use super::{Purse, shares::LabStakes};
use crate::state::Batch;

/// All that has flowed on a path.
pub fn throughput(b: &Batch, path: usize, ledger: &Ledger) -> f64 {
    ledger.edges.iter().map(|entry| entry.edge.total_at(b, path)).sum()
}

/// What may be lost of an amount in rounding, beside so much that has flowed: nothing below a million billions, where every
/// balance keeps its sign to the last digit.
pub fn rounding(throughput: f64) -> f64 {
    if throughput > 1e6 { 1e-9 * throughput } else { 0.0 }
}

/// The first identity that a path breaks, in words; `None` when all hold. Money per party and origin to 1e-9 of the
/// throughput, no negative account or flow, nothing NaN or infinite, every stake in a lab and their sum between 0 and 1.
pub fn broken(b: &Batch, path: usize, ledger: &Ledger, stakes: &LabStakes, labs: usize) -> Option<String> {
    let throughput = 1.0 + throughput(b, path, ledger);
    let rounding = rounding(throughput);
    for entry in &ledger.edges {
        for (origin, row) in ledger.origins().iter().zip(entry.edge.rows()) {
            let (name, amount) = (origin.name(), b.at(row, path));
            if !amount.is_finite() || amount < -rounding {
                return Some(format!(
                    "flow {:?} → {:?} {:?} {name}: {amount}",
                    entry.payer, entry.payee, entry.flow
                ));
            }
        }
    }
    for (party, account, opening) in &ledger.accounts {
        let mut expected = Purse::of(Origin::Savings, b.at(*opening, path));
        for entry in ledger.edges.iter().filter(|e| !e.flow.is_cashless()) {
            let moved = entry.edge.purse_at(b, path);
            if entry.payee == *party {
                let arrived = if entry.flow.is_relabelled() { second_lap(&moved, 0.0) } else { moved };
                expected = expected.and(&arrived);
            }
            if entry.payer == *party {
                expected = expected.and(&moved.part(-1.0));
            }
        }
        let held = account.purse_at(b, path);
        for (origin, (have, want)) in Origin::ALL.iter().zip(held.0.into_iter().zip(expected.0)) {
            let name = origin.name();
            if have < -rounding || !have.is_finite() || (have - want).abs() > 1e-9 * throughput {
                return Some(format!("{party:?} holds {have} of {name}, its flows say {want}"));
            }
        }
    }
    // Persons have no account: what passes through them comes out whole, origin by origin.
    for entry in ledger.edges.iter().filter(|e| matches!(e.payee, Party::Person(_))) {
        for origin in ledger.origins() {
            let name = origin.name();
            let of = |e: &EdgeEntry| e.edge.row(*origin).map_or(0.0, |row| b.at(row, path));
            let came: f64 = ledger.edges.iter().filter(|e| e.payee == entry.payee).map(of).sum();
            let went: f64 = ledger.edges.iter().filter(|e| e.payer == entry.payee).map(of).sum();
            if (came - went).abs() > 1e-9 * throughput {
                return Some(format!("{:?} gets {came} of {name} and hands on {went}", entry.payee));
            }
        }
    }
    for lab in 0..labs {
        let held: f64 = stakes.stakes.iter().filter(|s| s.lab == lab).map(|s| b.at(s.fraction, path)).sum();
        let negative = stakes.stakes.iter().any(|s| s.lab == lab && b.at(s.fraction, path) < 0.0);
        if negative || !(0.0..=1.0 + 1e-9).contains(&held) {
            return Some(format!("stakes in lab {lab} sum to {held}"));
        }
    }
    None
}
