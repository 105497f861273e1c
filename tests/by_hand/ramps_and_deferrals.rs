//! Ramps (5.5), deferral before default (5.12), and what companies lose by either without an announcement (5.3).

use super::{assert_is, measures, measures_of, plan};
use roundtrip::actors::Now;
use roundtrip::engine::replay::{What, replay};
use roundtrip::engine::step;
use roundtrip::engine::{Run, audit};
use roundtrip::state::{LANES, Loops};

/// A cloud that builds a part of each contract ahead with a chipmaker which keeps 0.6 of what it gets.
fn built_ahead(years: f64, part: f64, lab: &str, contract: &str, more: &str) -> String {
    format!(
        "years = {years:?}\n\
         [[lab]]\nname = \"L\"\nopex = 0.0\nmark = 100.0\n{lab}\n\
         [[company]]\nname = \"A\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n\
         build_ahead = {part:?}\nsuppliers = {{ Chip = 0.5 }}\n\
         [[company]]\nname = \"Chip\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 0.0\nearnings = 0.0\nmargin = 0.6\n\
         [[compute]]\nlab = \"L\"\ncompany = \"A\"\n\
         contracts = [{{ announced = 2025-01-01, notional = 60.0, starts = 2025-03-05, term = 0.5{contract} }}]\n{more}"
    )
}

/// Six payments from step 2 on, four of which rise: w = 1/8, 3/8, 5/8, 7/8, 1, 1, Σ 4, so 15 in full. 6 is built ahead in steps 0
/// and 1. Half of each payment is passed on: 0.9375 and 2.8125 are recovered, and 2.25 of the third's 4.6875. Three payments are
/// 16.875, of which 2.4375 is passed on.
#[test]
fn what_was_built_ahead_is_recovered_along_a_ramp() {
    let lab = "cash = 1000.0\nrevenue = { annual = 12.0, growth = 0.0 }";
    let found = measures(&built_ahead(5.0 / 12.0, 0.1, lab, ", ramp = 0.3333", ""));
    assert_is(&found, "paid", 16.875);
    assert_is(&found, "company.Chip.cash_end", 0.6 * (6.0 + 2.4375));
    let found = measures(&built_ahead(8.0 / 12.0, 0.1, lab, ", ramp = 0.3333", ""));
    assert_is(&found, "paid", 60.0);
    assert_is(&found, "company.Chip.cash_end", 0.6 * 30.0);
    // A ramp as long as the term or longer: w = 1/12 to 11/12, Σ 3.
    let found = measures(&built_ahead(5.0 / 12.0, 0.0, lab, ", ramp = 7.0", ""));
    assert_is(&found, "paid", 60.0 * (1.0 + 3.0 + 5.0) / 12.0 / 3.0);
}

/// 10 a step from step 2 on, of which 12 was built ahead. After step 2 the lab has 10 + 3·2 − 10 = 6 and the next step's need is
/// 8: it asks, and half of steps 3 and 4 is paid in steps 8 and 9. 5 was recovered in step 2, 2.5 in each of 3 and 4, the last 2
/// in step 5, which passes 3 on. H brings money in step 4. Where 6 was built, 5 was recovered in step 2 and the last 1 in step 3, which
/// passes 1.5 on.
#[test]
fn a_deferral_defers_what_is_passed_on() {
    let lab = "cash = 10.0\nrevenue = { annual = 24.0, growth = 0.0 }\n\
               defer = { runway = 0.0833, deferred = 0.5, delay = 0.1667, accept = 1.0 }";
    let more = "[[holding]]\nname = \"H\"\ncash = 60.0\nfunding = [\"cash\"]\n\
                [[commitment]]\ninvestor = \"H\"\nlab = \"L\"\npre_money = 90.0\n\
                tranches = [{ due = 2025-05-05, amount = 60.0 }]";
    for (steps, paid, of_12, of_6) in [
        (4.0, 15.0, 12.0, 7.5),
        (5.0, 20.0, 12.0, 10.0),
        (6.0, 30.0, 15.0, 15.0),
        (9.0, 55.0, 27.5, 27.5),
        (11.0, 60.0, 30.0, 30.0),
    ] {
        for (part, chip) in [(0.2, of_12), (0.1, of_6)] {
            let found = measures(&built_ahead(steps / 12.0, part, lab, "", more));
            assert_is(&found, "deferrals", 1.0);
            assert_is(&found, "lab.L.deferred", 10.0);
            assert_is(&found, "distress.time", 2.0 / 12.0);
            assert_is(&found, "written_off", 0.0);
            assert_is(&found, "paid", paid);
            assert_is(&found, "company.Chip.cash_end", 0.6 * chip);
        }
    }
}

const WHOLE: &str = "[[lab]]\nname = \"L\"\ncash = 9.0\nrevenue = { annual = 60.0, growth = 0.0 }\nopex = 0.0\nmark = 100.0\n\
     defer = { runway = 0.5, deferred = 1.0, delay = 0.25, accept = 1.0, gap = 0.0, most = 2.0 }\n\
     [[company]]\nname = \"A\"\nmarket_cap = 500.0\npremium = 0.2\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n\
     [[compute]]\nlab = \"L\"\ncompany = \"A\"\n\
     contracts = [{ announced = 2024-12-31, notional = 120.0, starts = 2025-01-01, term = 1.0 }]";

/// 10 a step for twelve steps, 5 of revenue. After step 0 the lab has 4 and will need 30 over six steps: steps 1 to 3 are put off
/// whole. After step 1 it has 9 and will need 10: of steps 2 to 4 only the last has anything left. Late payments, 40 in all, begin
/// in step 12.
///
/// The news: q = 60·1/B, B = 110 in steps 1 and 2, since nothing is paid in step 1; the waits are from 2.5 and from 4.5 to 13.5.
#[test]
fn what_an_earlier_deferral_took_is_not_put_off_twice() {
    let market = "[market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.04\n";
    let found = measures(&format!("years = 0.75\n{market}{WHOLE}"));
    assert_is(&found, "deferrals", 2.0);
    assert_is(&found, "deferred", 40.0);
    assert_is(&found, "paid", 10.0 + 40.0);
    assert_is(&found, "lab.L.cash_end", 9.0 + 45.0 - 50.0);
    assert_is(&found, "written_off", 0.0);
    let waits = |steps: f64| 1.0 - libm::exp(-0.04 * steps / 12.0);
    let lost = 0.3 * 60.0 / 110.0 * (30.0 * waits(11.0) + 10.0 * waits(9.0));
    assert_is(&found, "company.A.fundamental_end", 500.0 * libm::exp(-0.2) - lost);
}

/// A replay tells who asked, what was answered, and the news of it; refused, the lab may not ask again within `gap`.
#[test]
fn requests_and_their_news_are_told() {
    let market = "[market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.04\n";
    #[allow(clippy::type_complexity)]
    let told = |whole: &str| -> (Vec<(u32, f64, bool)>, Vec<(u32, f64)>) {
        let replay = replay(&plan(&format!("years = 0.75\n{market}{whole}")), &Run::new(1, 1), 0, None)
            .expect("finite");
        let requests = replay.entries.iter().filter_map(|entry| match entry.what {
            What::Request { deferred, granted, .. } => Some((entry.step, deferred, granted)),
            _ => None,
        });
        let news = replay.entries.iter().filter_map(|entry| match &entry.what {
            What::Announcement(a) => Some((entry.step, a.worth)),
            _ => None,
        });
        (requests.collect(), news.collect())
    };
    let (requests, news) = told(WHOLE);
    assert_eq!(requests.iter().map(|r| (r.0, r.2)).collect::<Vec<_>>(), [(0, true), (1, true)]);
    assert!((requests[0].1 - 30.0).abs() < 1e-9 && (requests[1].1 - 10.0).abs() < 1e-9, "{requests:?}");
    assert_eq!(news.iter().map(|n| n.0).collect::<Vec<_>>(), [1, 2]);
    assert!(news.iter().all(|n| n.1 < 0.0), "{news:?}");
    let refused = WHOLE.replace("accept = 1.0, gap = 0.0", "accept = 0.0, gap = 5.0");
    let (requests, news) = told(&refused.replace("cash = 9.0", "cash = 49.0"));
    // 49 − 5 (n + 1) is below the need of six steps, 30, first after step 3.
    assert_eq!(requests.iter().map(|r| (r.0, r.2)).collect::<Vec<_>>(), [(3, false)]);
    assert!((requests[0].1 - 30.0).abs() < 1e-9 && news.is_empty(), "{requests:?}, {news:?}");
}

/// A flat loss comes off F and M in the next step, with no other news in it, once; never more than 0.9 of F, and what is beyond
/// that is not carried over.
#[test]
fn a_flat_loss_comes_off_both_values_in_the_next_step() {
    let plan = plan(&format!("years = 0.75\n{}", WHOLE.replace("cash = 9.0", "cash = 900.0")));
    let mut b = plan.batch();
    plan.open(&mut b, 0, &[], LANES, 0.0, Loops::ALL_OFF);
    let company = &plan.actors.companies[0];
    let opening = b.at(company.fundamental, 3);
    let mut fundamental = [opening; LANES];
    for n in 0..6 {
        let before: Vec<f64> = (0..LANES).map(|path| b.at(company.premium, path)).collect();
        let now = Now { step: n, clock: plan.clock, loops: Loops::ALL_ON, seed: 1 };
        step::step(&plan, &mut b, &now);
        assert_eq!(audit::broken(&plan, &b, n as u32), None);
        for path in 0..LANES {
            // M − F before the news is F(e^x − 1) with the x of this step.
            let x = before[path] * libm::exp2(-1.0 / 12.0);
            let was = fundamental[path];
            let lost = match (n, path) {
                (2, 3) => 20.0,
                (4, 3) => 0.9 * was,
                _ => 0.0,
            };
            fundamental[path] -= lost;
            let (f, m) = (b.at(company.fundamental, path), b.at(company.value, path));
            assert!((f - fundamental[path]).abs() < 1e-9, "step {n}, path {path}: F is {f}");
            assert!((m - (was * libm::exp(x) - lost)).abs() < 1e-9, "step {n}, path {path}: M is {m}");
        }
        match n {
            1 => {
                plan.announcement.note_loss_at(&mut b, 3, 0, 15.0);
                plan.announcement.note_loss_at(&mut b, 3, 0, 5.0);
            }
            3 => plan.announcement.note_loss_at(&mut b, 3, 0, 10.0 * opening),
            _ => {}
        }
    }
    assert_eq!(measures_of(&plan)["deferrals"], 0.0);
}

/// A runway longer than a year looks beyond what a year's bills say. The lab has 5 and earns the 1 a step that it pays; from step
/// 18 on, 10 a step are due beside. A runway of 18 steps or more meets the first 10 in step 0 and puts off half of steps 1 to 3; one of
/// 17 meets it in step 1 and puts off half of steps 2 to 4; one of 12 does not in the four steps of the run.
#[test]
fn a_runway_of_more_than_a_year_sees_what_is_due_after_it() {
    for (runway, deferred, paid) in [(1.0, 0.0, 4.0), (1.41, 1.5, 3.0), (1.5, 1.5, 2.5), (2.0, 1.5, 2.5)] {
        let found = measures(&format!(
            "years = 0.3333\n\
             [[lab]]\nname = \"L\"\ncash = 5.0\nrevenue = {{ annual = 12.0, growth = 0.0 }}\nopex = 0.0\nmark = 100.0\n\
             defer = {{ runway = {runway:?}, deferred = 0.5, delay = 0.25, accept = 1.0 }}\n\
             [[company]]\nname = \"A\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n\
             [[compute]]\nlab = \"L\"\ncompany = \"A\"\ncontracts = [\n\
             {{ announced = 2024-12-31, notional = 24.0, starts = 2025-01-01, term = 2.0 }},\n\
             {{ announced = 2024-12-31, notional = 60.0, starts = 2026-07-05, term = 0.5 }},\n]"
        ));
        assert_is(&found, "lab.L.deferred", deferred);
        assert_is(&found, "paid", paid);
        assert_is(&found, "lab.L.cash_end", 5.0 + 4.0 - paid);
    }
}

/// What a loan costs, and opex beyond revenue, are part of what a runway of three steps has to cover. A's bill of 10 in step 0 is
/// its last, and it lends 6 of it, at a tenth a step and a quarter repaid: 0.35·(6 + 4.5 + 3.375) = 4.85625 is due in steps 1 to
/// 3, beside 3 to B and 3 of opex. With 10.7 after step 0 the lab asks for time, with 11 it does not.
#[test]
fn a_runway_covers_what_a_loan_costs() {
    let (rate, life) = (12.0 * libm::log(1.1), 1.0 / (12.0 * libm::log(4.0 / 3.0)));
    for (years, cash, deferred, left) in
        [(0.0833, 16.7, 1.5, 10.7), (0.0833, 17.0, 0.0, 11.0), (0.1667, 16.7, 1.5, 7.1)]
    {
        let found = measures(&format!(
            "years = {years:?}\n\
             [[lab]]\nname = \"L\"\ncash = {cash:?}\nrevenue = {{ annual = 12.0, growth = 0.0 }}\nopex = 24.0\nmark = 100.0\n\
             defer = {{ runway = 0.25, deferred = 0.5, delay = 0.25, accept = 1.0 }}\n\
             [[company]]\nname = \"A\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n\
             [[company]]\nname = \"B\"\nmarket_cap = 500.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n\
             [[compute]]\nlab = \"L\"\ncompany = \"A\"\n\
             contracts = [{{ announced = 2024-12-31, notional = 10.0, starts = 2025-01-01, term = 0.0833 }}]\n\
             [[compute]]\nlab = \"L\"\ncompany = \"B\"\n\
             contracts = [{{ announced = 2024-12-31, notional = 24.0, starts = 2025-01-01, term = 2.0 }}]\n\
             [[vendor_credit]]\ncompany = \"A\"\nlab = \"L\"\nlent = 0.6\ncap = 6.0\nrate = {rate:?}\nlife = {life:?}"
        ));
        assert_is(&found, "lab.L.deferred", deferred);
        assert_is(&found, "lab.L.cash_end", left);
    }
}
