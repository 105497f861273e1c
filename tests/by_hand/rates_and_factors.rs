//! Interest by debtor (5.9), and labs' own factors (5.1).

use super::{assert_is, measures, measures_of, plan};
use roundtrip::engine::replay::draws;

/// 12·ln 1.01 a year: one percent a month. The company has 1.5 in cash: it pays 1, then 0.5 of 1, then nothing, and owes what it
/// does not pay. The person's loan grows; the holding has no rate of its own, and the market's is 0.
#[test]
fn each_debtor_pays_a_rate_of_its_own() {
    let rate = 12.0 * libm::log(1.01);
    let found = measures(&format!(
        "years = 0.25\n\
         [[company]]\nname = \"A\"\nmarket_cap = 1000.0\nvolatility = 0.0\ncash = 1.5\nearnings = 0.0\nmargin = 0.3\n\
         debt = 100.0\nrate = {rate:?}\n\
         [[person]]\nname = \"P\"\nstake = {{ A = 0.5 }}\nloan = 20.0\nrate = {rate:?}\ncall_ltv = 0.9\n\
         [[holding]]\nname = \"H\"\ncash = 5.0\ndebt = 30.0\n"
    ));
    assert_is(&found, "company.A.cash_end", 0.0);
    assert_is(&found, "company.A.debt_end", 100.5 * 1.01);
    assert_is(&found, "person.P.loan_end", 20.0 * 1.01 * 1.01 * 1.01);
    assert_is(&found, "holding.H.debt_end", 30.0);
    assert_is(&found, "holding.H.cash_end", 5.0);
}

/// The lab's factor is the only thing that moves. A has a beta of 0.5 to it, B none. The lab needs money at once: the round
/// of the first month is at P = 10·12·e^f, f = φ√Δz − φ²Δ/2, and the outside brings a tenth of it.
#[test]
fn a_factor_moves_the_price_of_rounds_and_who_is_exposed() {
    let plan = plan(
        "years = 0.5\n\
         [[lab]]\nname = \"K\"\ncash = 5.0\nrevenue = { annual = 12.0, growth = 0.0 }\nopex = 0.0\nmark = 100.0\n\
         [[lab]]\nname = \"L\"\ncash = 0.0\nrevenue = { annual = 12.0, growth = 0.0 }\nopex = 48.0\nmark = 100.0\nfactor_volatility = 0.4\n\
         round = { trigger = 2.0, gap = 5.0, runway = 5.0, multiple = [10.0, 10.0, 10.0], appetite = [0.1, 0.1, 0.1] }\n\
         [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\nbeta = { labs = { L = 0.5, K = 0.5 } }\ncash = 0.0\nearnings = 0.0\nmargin = 0.4\n\
         [[company]]\nname = \"B\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 0.0\nearnings = 0.0\nmargin = 0.4\n",
    );
    let found = measures_of(&plan);
    assert!(plan.is_random);
    let [(lab, normals)] = draws(&plan, 1, 0).factors.try_into().unwrap();
    assert_eq!(lab, "L");
    let dt = 1.0 / 12.0_f64;
    let pre_money = 120.0 * libm::exp(0.4 * dt.sqrt() * normals[0] - 0.16 * dt / 2.0);
    assert_is(&found, "lab.L.raised", 0.1 * pre_money);
    assert_is(&found, "lab.L.mark_end", 1.1 * pre_money);
    let sum: f64 = normals.iter().sum();
    let moved = 100.0 * libm::exp(0.2 * dt.sqrt() * sum - 6.0 * 0.04 * dt / 2.0);
    assert_is(&found, "company.A.value_end", moved);
    assert_is(&found, "company.B.value_end", 100.0);
    assert!((moved - 100.0).abs() > 0.1, "{moved}");
}
