//! Project debt and guarantees (5.14), and the second denominator.

use super::{assert_is, measures};

/// Cloud builds 12 of a contract of 24 ahead, 4 a month in months 0 to 2; from month 3 on the lab owes 2 a month for a year. Cloud
/// has nothing and may not borrow: what lenders do not pay is not built.
fn builds(years: f64, revenue: f64, debt: &str) -> String {
    format!(
        "years = {years:?}\n\
         [[lab]]\nname = \"L\"\ncash = 0.0\nrevenue = {{ annual = {revenue:?}, growth = 0.0 }}\nopex = 0.0\nmark = 100.0\n\
         [[company]]\nname = \"Cloud\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 0.0\nearnings = 0.0\nmargin = 0.5\n\
         build_ahead = 0.5\nsuppliers = {{ Chip = 0.5 }}\n\
         [[company]]\nname = \"Backer\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.5\n\
         [[company]]\nname = \"Chip\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 0.0\nearnings = 0.0\nmargin = 1.0\n\
         [[compute]]\nlab = \"L\"\ncompany = \"Cloud\"\n\
         contracts = [{{ announced = 2025-01-15, notional = 24.0, starts = 2025-04-15, term = 1.0 }}]\n\
         [[project_debt]]\ncompany = \"Cloud\"\nlab = \"L\"\nadvance = 1.0\n{debt}"
    )
}

const FULL: &str = "guarantor = \"Backer\"\nguarantee = 1.0\n";

/// R = 0: q = 0, the limit without a guarantee is 0 and with it 24. All 12 are lent because of it.
#[test]
fn without_revenue_all_stands_on_the_guarantee() {
    let found = measures(&builds(0.25, 0.0, FULL));
    for name in ["financing", "financing.manufactured", "financing.insider", "project_debt_peak"] {
        assert_is(&found, name, 12.0);
    }
    assert_is(&found, "share.financing.manufactured", 1.0);
    assert_is(&found, "company.Chip.cash_end", 12.0);
    assert_is(&found, "build_shortfall", 0.0);
    // 4 a month are borne, told a month later: two of three are seen.
    assert_is(&found, "company.Backer.fundamental_end", 492.0);
}

/// R = 0 and nobody guarantees: nothing is lent, nothing is built.
#[test]
fn without_revenue_and_guarantee_nothing_is_lent() {
    let found = measures(&builds(0.25, 0.0, ""));
    for name in ["financing", "financing.manufactured", "project_debt_peak", "company.Chip.cash_end"] {
        assert_is(&found, name, 0.0);
    }
    assert_is(&found, "build_shortfall", 12.0);
    assert!(found["share.financing.manufactured"].is_nan());
    let origin = |name: &str| name.ends_with(".guarantee") && name != "capital.concession.guarantee";
    assert!(!found.keys().any(|name| origin(name)), "an origin that the file does not have");
}

/// R covers all bills: what lenders lend, they lend without the guarantee, too.
#[test]
fn with_revenue_nothing_stands_on_the_guarantee() {
    for debt in [FULL, ""] {
        let found = measures(&builds(0.25, 1000.0, debt));
        assert_is(&found, "financing", 12.0);
        assert_is(&found, "financing.manufactured", 0.0);
        assert_is(&found, "company.Backer.fundamental_end", 500.0);
    }
}

/// After three months all is owed, after fifteen nothing: a twelfth, an eleventh, … of the rest is repaid with each bill.
/// Cloud is paid 24 and repays 12; what it built ahead it need not pass on.
#[test]
fn a_loan_repaid_and_one_outstanding_count_the_same() {
    let (owed, repaid) = (measures(&builds(0.25, 1000.0, FULL)), measures(&builds(1.5, 1000.0, FULL)));
    for found in [&owed, &repaid] {
        assert_is(found, "financing", 12.0);
        assert_is(found, "project_debt_peak", 12.0);
        assert_is(found, "company.Chip.cash_end", 12.0);
        assert_is(found, "guarantee_calls", 0.0);
    }
    assert_is(&owed, "company.Cloud.cash_end", 0.0);
    assert_is(&repaid, "company.Cloud.cash_end", 12.0);
}

/// Cloud builds for two labs and has nothing: lenders pay for L, nobody for K. L\'s pass-through is what was built ahead; K\'s,
/// half of its 24, is passed on as it is paid. Cloud keeps 48 − 12 − 12.
#[test]
fn what_is_built_for_one_lab_is_not_recovered_from_another() {
    let other = "[[lab]]\nname = \"K\"\ncash = 0.0\nrevenue = { annual = 1000.0, growth = 0.0 }\nopex = 0.0\nmark = 100.0\n\
         [[compute]]\nlab = \"K\"\ncompany = \"Cloud\"\n\
         contracts = [{ announced = 2025-01-15, notional = 24.0, starts = 2025-04-15, term = 1.0 }]\n";
    let found = measures(&(builds(1.5, 1000.0, "") + other));
    assert_is(&found, "financing", 12.0);
    assert_is(&found, "build_shortfall", 12.0);
    assert_is(&found, "company.Chip.cash_end", 24.0);
    assert_is(&found, "company.Cloud.cash_end", 24.0);
}

/// Backer builds 4 a month for K and has only credit, a fiftieth of its 500: 10. What it guarantees of Cloud\'s debt counts: in
/// month 1 it owes 4 and guarantees 4 and finds 2, in month 2 nothing. Of 12, 6 are built.
#[test]
fn what_a_guarantor_guarantees_it_cannot_borrow() {
    let body = builds(0.25, 1000.0, FULL)
        .replace("cash = 50.0\nearnings = 0.0\nmargin = 0.5\n", "cash = 0.0\nearnings = 0.0\nmargin = 0.5\nmax_ltv = 0.02\nbuild_ahead = 0.5\nsuppliers = { Chip = 0.5 }\n");
    let other = "[[lab]]\nname = \"K\"\ncash = 0.0\nrevenue = { annual = 0.0, growth = 0.0 }\nopex = 0.0\nmark = 100.0\n\
         [[compute]]\nlab = \"K\"\ncompany = \"Backer\"\n\
         contracts = [{ announced = 2025-01-15, notional = 24.0, starts = 2025-04-15, term = 1.0 }]\n";
    let found = measures(&(body + other));
    assert_is(&found, "company.Backer.debt_end", 6.0);
    assert_is(&found, "company.Backer.build_shortfall", 6.0);
    assert_is(&found, "financing", 12.0);
}
