//! How often the tests say "told from chance" where there is nothing: one study of twenty at 5%. Studies of twenty shares, sixty
//! days of estimation, the days −1 to 1, made up; and what must break a test does break it.

use super::cut::{Asked, Windows};
use super::daily::{Daily, Day, Share};
use super::significance::Span;
use super::{EventStudy, event_study};
use crate::input::{Findings, Sources};
use crate::state::draw::{AddressedRng, Purpose, StandardNormal};
use std::io::Write;
use std::sync::Arc;

const SHARES: usize = 20;
const ESTIMATED: i32 = 60;
/// Of an estimated frequency of 5% over so many studies.
const STUDIES: u32 = 1000;
const SE: f64 = 0.006_892;

#[derive(Debug, Clone, Copy)]
struct World {
    /// Correlation of two shares' noise on the same day.
    correlation: f64,
    /// All events on the same days, or each in a year of its own.
    together: bool,
    /// Half of the events so many days later.
    later: i32,
    /// Standard deviation in the event window, over that before.
    louder: f64,
    /// What happens on day 0, in standard deviations.
    effect: f64,
}

const CALM: World = World { correlation: 0.0, together: false, later: 0, louder: 1.0, effect: 0.0 };

fn study(world: World, number: u32) -> EventStudy {
    let mut rng = AddressedRng::new(15, u64::from(number), Purpose::synthetic(40));
    let days = ESTIMATED + 10;
    let series = |rng: &mut AddressedRng| (0..days).map(|_| rng.drawn(&StandardNormal)).collect::<Vec<f64>>();
    let (market, factor) = (series(&mut rng), series(&mut rng));
    let (mut shares, mut asked) = (Vec::new(), Vec::new());
    for k in 0..SHARES {
        let ticker = format!("S{k}.X");
        let own_market = if world.together { market.clone() } else { series(&mut rng) };
        let noise = series(&mut rng);
        let zero = ESTIMATED + 2 + if k % 2 == 0 { 0 } else { world.later };
        let begin = if world.together { 0 } else { 1000 * k as i32 };
        let scale = 0.01 * (1.0 + k as f64 / 10.0);
        let row = |t: i32| {
            let place = t as usize;
            let common = world.correlation.sqrt() * factor[place];
            let mut own = common + (1.0 - world.correlation).sqrt() * noise[place];
            if (t - zero).abs() <= 1 {
                own *= world.louder;
            }
            if t == zero {
                own += world.effect;
            }
            let of_market = 0.01 * own_market[place];
            Day { day: begin + t, own: Some(0.0005 + 0.8 * of_market + scale * own), market: Some(of_market) }
        };
        shares.push(Share { ticker: ticker.clone(), days: (0..days).map(row).collect() });
        asked.push(Asked { id: ticker.clone(), ticker, day: begin + zero, post_hoc: false });
    }
    let warnings = Findings::new(Arc::new(Sources::new("made up", "")));
    let daily = Daily { file: "made up".into(), text: String::new(), shares, marked: Vec::new(), warnings };
    let windows = Windows {
        event: (-1, 1),
        estimation: (-ESTIMATED, -2),
        least: 50,
        sums: vec![(-1, 1), (0, 0)],
        log: false,
    };
    event_study(&daily, &asked, &windows).unwrap()
}

/// Frequency of p < 0.05 by test, for the sum over the window and for day 0.
fn frequencies(world: World) -> [[f64; 6]; 2] {
    let mut counts = [[0u32; 6]; 2];
    for number in 0..STUDIES {
        let done = study(world, number);
        for (count, span) in counts.iter_mut().zip(&done.sums) {
            for (count, p) in count.iter_mut().zip(probabilities(span)) {
                *count += u32::from(p < 0.05);
            }
        }
    }
    let found = counts.map(|counts| counts.map(|count| f64::from(count) / f64::from(STUDIES)));
    // With --nocapture: for the sum and for day 0, in the order of `Span::tests`.
    let _ = writeln!(std::io::stderr(), "{world:?}: {found:?}");
    found
}

fn probabilities(s: &Span) -> [f64; 6] {
    s.tests().map(|(_, tested)| tested.p)
}

/// Places of [`Span::tests`].
const CROSS: usize = 0;
const PATELL: usize = 1;
const BMP: usize = 2;
const ADJUSTED: usize = 3;
const RANK: usize = 4;
const GENERALISED: usize = 5;

fn is_right(frequency: f64) -> bool {
    (frequency - 0.05).abs() < 4.0 * SE
}

#[test]
fn without_an_effect_each_test_finds_one_in_a_study_of_twenty() {
    let found = frequencies(CALM);
    assert!(found.iter().flatten().all(|frequency| is_right(*frequency)), "{found:?}");
    // Four tenths of a standard deviation on day 0 are not yet seen by eye, and no test may pass the check with them.
    let shifted = frequencies(World { effect: 0.4, ..CALM });
    assert!(shifted[1].iter().all(|frequency| !is_right(*frequency)), "{shifted:?}");
}

#[test]
fn more_variance_after_the_event_breaks_patell_alone() {
    let found = frequencies(World { louder: 2.0, ..CALM });
    for of_span in found {
        assert!(of_span[PATELL] > 0.2, "{found:?}");
        for test in [CROSS, BMP, ADJUSTED, GENERALISED] {
            assert!(is_right(of_span[test]), "{test}: {found:?}");
        }
    }
}

#[test]
fn events_of_the_same_days_break_what_takes_them_for_independent() {
    let together = World { together: true, correlation: 0.3, ..CALM };
    let found = frequencies(together);
    for of_span in found {
        for test in [CROSS, PATELL, BMP] {
            assert!(of_span[test] > 0.3, "{test}: {found:?}");
        }
        for test in [ADJUSTED, GENERALISED] {
            assert!(is_right(of_span[test]), "{test}: {found:?}");
        }
    }
    // Ranks over the days of one window: right for a day and for a sum.
    assert!(found.iter().all(|of_span| is_right(of_span[RANK])), "{found:?}");
}

/// Half of the events a day later: two of three days are common to all, and the correlation counts by that.
#[test]
fn windows_that_overlap_in_part_count_in_part() {
    let found = frequencies(World { together: true, correlation: 0.3, later: 1, ..CALM });
    assert!(found[0][BMP] > 0.3 && is_right(found[0][ADJUSTED]), "{found:?}");
    // On day 0 itself events of the other day are independent: half of the pairs count.
    assert!(found[1][BMP] > 0.2 && found[1][ADJUSTED] < 0.15, "{found:?}");
    let done = study(World { together: true, correlation: 0.3, later: 1, ..CALM }, 1);
    // Of 190 pairs, 90 share all days and 100 share two of three.
    let [window, zero] = [&done.sums[0], &done.sums[1]];
    let ratio = window.correlation / zero.correlation;
    assert!((ratio - (90.0 + 100.0 * 2.0 / 3.0) / 90.0).abs() < 0.25, "{ratio}");
}
