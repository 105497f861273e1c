//! What must always hold (§11), checked on one path from the ledger alone.

use super::ledger::{Flow, Ledger, Party};
use super::origin::{CASH_ORIGINS, ORIGIN_NAMES, Origin, second_lap};
use super::{Purse, shares::LabStakes};
use crate::state::Batch;

/// The first identity that a path breaks, in words; `None` when all hold. Money per party and origin to 1e-9 of the
/// throughput, no negative account or flow, nothing NaN, stakes in a lab between 0 and 1.
pub fn broken(b: &Batch, path: usize, ledger: &Ledger, stakes: &LabStakes, labs: usize) -> Option<String> {
    let mut throughput = 1.0;
    for entry in &ledger.edges {
        for (origin, (name, _)) in ORIGIN_NAMES.iter().enumerate() {
            let amount = b.at(entry.edge.row(origin), path);
            if amount.is_nan() || amount < -1e-9 {
                return Some(format!(
                    "flow {:?} → {:?} {:?} {name}: {amount}",
                    entry.payer, entry.payee, entry.flow
                ));
            }
            throughput += amount;
        }
    }
    for (party, account, opening) in &ledger.accounts {
        let mut expected = Purse::of(Origin::Savings, b.at(*opening, path));
        for entry in ledger.edges.iter().filter(|e| !e.flow.is_cashless()) {
            let mut moved = Purse::EMPTY;
            for origin in 0..CASH_ORIGINS {
                moved.0[origin] = b.at(entry.edge.row(origin), path);
            }
            if entry.payee == *party {
                let arrived = if entry.flow == Flow::Compute { second_lap(&moved, 0.0) } else { moved };
                expected = expected.and(&arrived);
            }
            if entry.payer == *party {
                expected = expected.and(&moved.part(-1.0));
            }
        }
        let held = account.purse_at(b, path);
        for origin in 0..CASH_ORIGINS {
            let (have, want) = (held.0[origin], expected.0[origin]);
            if have < 0.0 || have.is_nan() || (have - want).abs() > 1e-9 * throughput {
                return Some(format!(
                    "{party:?} holds {have} of {}, its flows say {want}",
                    ORIGIN_NAMES[origin].0
                ));
            }
        }
    }
    for entry in &ledger.edges {
        // Persons have no account: what passes through them must come out whole.
        if let Party::Person(_) = entry.payer {
            let net: f64 = ledger
                .edges
                .iter()
                .map(|e| match (e.payer == entry.payer, e.payee == entry.payer) {
                    (true, _) => -e.edge.total_at(b, path),
                    (_, true) => e.edge.total_at(b, path),
                    _ => 0.0,
                })
                .sum();
            if net.abs() > 1e-9 * throughput {
                return Some(format!("{:?} keeps {net} of what passes through", entry.payer));
            }
        }
    }
    for lab in 0..labs {
        let held: f64 = stakes.stakes.iter().filter(|s| s.lab == lab).map(|s| b.at(s.fraction, path)).sum();
        if !(-1e-12..=1.0 + 1e-9).contains(&held) {
            return Some(format!("stakes in lab {lab} sum to {held}"));
        }
    }
    None
}
