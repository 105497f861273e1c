//! Reverse stress: the value of a number at which a measure reaches a target.
//!
//! All evaluations are on the same paths, so the measure is one function of the number, as rough as its paths are few,
//! and a bracket is narrowed until what is left is small against what the paths can tell. The interval of the value holds
//! every value whose own 95% interval holds the target: the estimate plus and minus 1.96 standard errors, of a proportion
//! Wilson's.

pub mod command;
pub mod design_point;
pub mod words;

use crate::estimate::RatioEstimate;
use crate::studies::sample::Sample;
use design_point::Reverse;
use serde::Serialize;

/// A value tried, and the measure there.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Trial {
    pub at: f64,
    pub measure: RatioEstimate,
}

/// Where the target is reached.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Crossing {
    pub at: f64,
    /// The 95% interval; its ends may be those of the range.
    pub low: f64,
    pub high: f64,
    /// Does the interval end where the range does, rather than where it can be told?
    pub open_low: bool,
    pub open_high: bool,
    /// The measure just below and just above, where it passes over the target in a jump and not through it.
    pub jump: Option<(f64, f64)>,
}

/// What was found.
#[derive(Debug, Clone, Serialize)]
pub struct Solved {
    /// By rising value; empty where the target is never reached.
    pub crossings: Vec<Crossing>,
    /// All that was tried, by rising value.
    pub trials: Vec<Trial>,
}

/// A finished search.
#[derive(Debug, Clone, Serialize)]
pub struct Search {
    #[serde(rename = "vary")]
    pub address: String,
    #[serde(skip)]
    pub unit: String,
    #[serde(skip)]
    pub in_file: Option<f64>,
    pub from: f64,
    pub to: f64,
    pub measure: String,
    pub target: f64,
    #[serde(flatten)]
    pub solved: Solved,
    pub reverse: Option<Reverse>,
    /// The scenario as it stands.
    #[serde(skip)]
    pub itself: Sample,
    /// Paths at each value, and in all.
    #[serde(skip)]
    pub paths: u64,
    #[serde(skip)]
    pub simulated: u64,
}

/// Points of the first look over the range.
pub const LOOK: usize = 9;

/// Narrowing ends at this part of the range, or of the interval.
const FINEST: f64 = 1e-4;
const MOST_TRIALS: usize = 40;
/// Nearer to the target than this part of a standard error is as good as there.
const ENOUGH: f64 = 0.1;

/// Looks for the target over a range, unless `measure` gives up.
pub fn solve<E>(
    range: (f64, f64),
    target: f64,
    mut measure: impl FnMut(f64) -> Result<RatioEstimate, E>,
) -> Result<Solved, E> {
    let range = (range.0.min(range.1), range.0.max(range.1));
    let mut trials: Vec<Trial> = Vec::new();
    for at in crate::studies::sweep::evenly(range.0, range.1, LOOK) {
        trials.push(Trial { at, measure: measure(at)? });
    }
    refine(trials, range, target, Wanted::Interval, measure)
}

/// What is wanted of a crossing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted {
    /// Its place, to half a standard error.
    Place,
    /// Its place and the ends of its interval, to a tenth of a standard error.
    Interval,
}

/// Looks for the first crossing above a value that was tried, by steps up from below a guess, unless `measure` gives up.
pub fn solve_near<E>(
    guess: f64,
    tried: Trial,
    to: f64,
    target: f64,
    wanted: Wanted,
    mut measure: impl FnMut(f64) -> Result<RatioEstimate, E>,
) -> Result<Solved, E> {
    let mut trials = vec![tried];
    let mut at = 0.8 * guess;
    loop {
        at = at.min(to);
        let found = measure(at)?;
        trials.push(Trial { at, measure: found });
        if crosses(tried.measure.value - target, found.value - target) || at >= to {
            break;
        }
        at *= 1.5;
    }
    refine(trials, (tried.at, to), target, wanted, measure)
}

/// Narrows the brackets of a first look.
fn refine<E>(
    mut trials: Vec<Trial>,
    (from, to): (f64, f64),
    target: f64,
    wanted: Wanted,
    mut measure: impl FnMut(f64) -> Result<RatioEstimate, E>,
) -> Result<Solved, E> {
    let enough = if wanted == Wanted::Interval { ENOUGH } else { 0.5 };
    let look = trials.clone();
    let mut crossings: Vec<Crossing> = Vec::new();
    // Brackets of the first look: a crossing back within the noise is the same crossing.
    for pair in look.windows(2) {
        let (a, b) = (pair[0].measure.value - target, pair[1].measure.value - target);
        if !crosses(a, b) {
            continue;
        }
        let bracket = (pair[0].at, pair[1].at);
        let at =
            narrow(&mut trials, bracket, (to - from) * FINEST, enough, &mut measure, &|m| m.value - target)?;
        let [low, high] = match wanted {
            Wanted::Place => [Some(at); 2],
            Wanted::Interval => ends(&mut trials, at, (from, to), target, &mut measure)?,
        };
        let crossing = Crossing {
            at,
            low: low.unwrap_or(from),
            high: high.unwrap_or(to),
            open_low: low.is_none(),
            open_high: high.is_none(),
            jump: jump(&trials, at, target, (to - from) * FINEST),
        };
        match crossings.last_mut() {
            Some(last) if crossing.low <= last.at => {
                last.high = last.high.max(crossing.high);
                last.open_high |= crossing.open_high;
            }
            _ => crossings.push(crossing),
        }
    }
    trials.sort_by(|a, b| a.at.total_cmp(&b.at));
    trials.dedup_by(|a, b| a.at == b.at);
    Ok(Solved { trials, crossings })
}

/// The measure on both sides of a crossing, where values as near to each other as any that are tried miss the target by more
/// than their errors.
fn jump(trials: &[Trial], at: f64, target: f64, finest: f64) -> Option<(f64, f64)> {
    let misses = |trial: &&Trial| trial.measure.low > target || trial.measure.high < target;
    let there = trials.iter().find(|trial| trial.at == at).filter(misses)?;
    let is_across = |trial: &&Trial| crosses(there.measure.value - target, trial.measure.value - target);
    let distance = |trial: &Trial| (trial.at - at).abs();
    let across = trials.iter().filter(is_across).min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    if distance(across) > finest || !misses(&across) {
        return None;
    }
    let (below, above) = if across.at < at { (across, there) } else { (there, across) };
    Some((below.measure.value, above.measure.value))
}

fn crosses(a: f64, b: f64) -> bool {
    a.is_finite() && b.is_finite() && ((a <= 0.0) != (b <= 0.0))
}

/// The root of a function of the measure in a bracket, by regula falsi with the Illinois rule and, where that is slow,
/// by halves.
fn narrow<E>(
    trials: &mut Vec<Trial>,
    bracket: (f64, f64),
    finest: f64,
    enough: f64,
    measure: &mut impl FnMut(f64) -> Result<RatioEstimate, E>,
    of: &dyn Fn(&RatioEstimate) -> f64,
) -> Result<f64, E> {
    let value = |trials: &[Trial], at: f64| {
        trials.iter().find(|trial| trial.at == at).map(|trial| of(&trial.measure))
    };
    let (mut a, mut b) = bracket;
    let (Some(mut fa), Some(mut fb)) = (value(trials, a), value(trials, b)) else { return Ok(a) };
    // A point of the first look may lie on the target.
    if fa == 0.0 || fb == 0.0 {
        return Ok(if fa == 0.0 { a } else { b });
    }
    let mut side = 0;
    let mut last = 0.5 * (a + b);
    // How far off the ends truly are; the rule halves `fa` and `fb`.
    let mut off = [fa.abs(), fb.abs()];
    for trial in 0..MOST_TRIALS {
        if (b - a).abs() <= finest {
            break;
        }
        let secant = (a * fb - b * fa) / (fb - fa);
        let inside = secant.is_finite() && secant > a.min(b) && secant < a.max(b);
        // Every fourth step halves: jumps of the measure make secants crawl.
        let at = if inside && trial % 4 != 3 { secant } else { 0.5 * (a + b) };
        let found = measure(at)?;
        trials.push(Trial { at, measure: found });
        let f = of(&found);
        if !f.is_finite() {
            break;
        }
        // Nearer than a small part of the standard error is as good as there.
        if f.abs() <= enough * found.se {
            return Ok(at);
        }
        if crosses(fa, f) {
            (b, fb) = (at, f);
            off[1] = f.abs();
            if side == -1 {
                fa *= 0.5;
            }
            side = -1;
        } else {
            (a, fa) = (at, f);
            off[0] = f.abs();
            if side == 1 {
                fb *= 0.5;
            }
            side = 1;
        }
        last = if off[0] < off[1] { a } else { b };
    }
    Ok(last)
}

/// The ends of the interval about a crossing: below and above it, where the estimate is 1.96 standard errors from the
/// target. None where it is not as far from it up to the end of the range.
fn ends<E>(
    trials: &mut Vec<Trial>,
    root: f64,
    range: (f64, f64),
    target: f64,
    measure: &mut impl FnMut(f64) -> Result<RatioEstimate, E>,
) -> Result<[Option<f64>; 2], E> {
    let mut found = [None, None];
    for (place, towards) in [range.0, range.1].into_iter().enumerate() {
        // The nearest value tried on that side at which the target is clearly missed.
        let excess = |m: &RatioEstimate| (m.low - target).max(target - m.high);
        let on_side = |trial: &&Trial| (trial.at - root) * (towards - root) > 0.0;
        let mut beyond: Vec<Trial> = trials.iter().filter(on_side).copied().collect();
        beyond.sort_by(|a, b| (a.at - root).abs().total_cmp(&(b.at - root).abs()));
        let Some(far) = beyond.iter().position(|trial| excess(&trial.measure) > 0.0) else { continue };
        let near = if far == 0 { root } else { beyond[far - 1].at };
        let finest = (0.02 * (beyond[far].at - root).abs()).max((range.1 - range.0) * FINEST);
        found[place] = Some(narrow(trials, (near, beyond[far].at), finest, ENOUGH, measure, &excess)?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(f: impl Fn(f64) -> f64, se: f64, target: f64, range: (f64, f64)) -> (Solved, usize) {
        let mut trials = 0;
        let solved = solve(range, target, |at| {
            trials += 1;
            Ok::<_, ()>(RatioEstimate::around(f(at), se))
        });
        (solved.unwrap(), trials)
    }

    #[test]
    fn a_straight_line() {
        // 2x − 1 = 3 at 2, error 0.1: 1.96·0.1/2 either way.
        let (solved, trials) = of(|x| 2.0 * x - 1.0, 0.1, 3.0, (0.0, 5.0));
        let [crossing] = solved.crossings[..] else { panic!("{solved:?}") };
        assert!((crossing.at - 2.0).abs() < 0.003, "{crossing:?}");
        for (end, expected) in [(crossing.low, 2.0 - 0.098), (crossing.high, 2.0 + 0.098)] {
            assert!((end - expected).abs() < 0.01, "{crossing:?}");
        }
        assert!(!crossing.open_low && !crossing.open_high);
        assert!(trials < 40, "{trials}");
    }

    /// From a guess that is too low, too high, or right: the same crossing with fewer trials than from a look over the range.
    #[test]
    fn near_a_guess() {
        let probability = |x: f64| RatioEstimate::around(1.0 / (1.0 + libm::exp(6.0 - 2.0 * x)), 0.005);
        let tried = Trial { at: 0.0, measure: probability(0.0) };
        let search = |guess: f64, wanted| {
            let mut trials = 0;
            let found = solve_near(guess, tried, 8.0, 0.5, wanted, |at| {
                trials += 1;
                Ok::<_, ()>(probability(at))
            });
            let crossings = found.unwrap().crossings;
            assert_eq!(crossings.len(), 1, "{guess}");
            (crossings[0], trials)
        };
        let (whole, looked) = of(|x| probability(x).value, 0.005, 0.5, (0.0, 8.0));
        for guess in [0.5, 2.0, 3.0, 7.0] {
            let (crossing, trials) = search(guess, Wanted::Interval);
            let known = whole.crossings[0];
            for (found, known) in
                [(crossing.at, known.at), (crossing.low, known.low), (crossing.high, known.high)]
            {
                assert!((found - known).abs() < 0.01, "{guess}: {crossing:?} {known:?}");
            }
            let (place, fewer) = search(guess, Wanted::Place);
            assert!(
                (place.at - 3.0).abs() < 0.01 && fewer < trials && trials < looked,
                "{guess}: {fewer} {trials} {looked}"
            );
        }
        let never = solve_near(2.0, tried, 2.5, 0.5, Wanted::Place, |at| Ok::<_, ()>(probability(at)));
        assert!(never.unwrap().crossings.is_empty());
    }

    #[test]
    fn falling_curved_and_rough() {
        let (solved, _) = of(|x| 1.0 / (1.0 + x), 0.001, 0.2, (0.0, 20.0));
        assert!((solved.crossings[0].at - 4.0).abs() < 0.03, "{solved:?}");
        // Steps of a hundredth, as a probability over a hundred paths has.
        let (solved, trials) = of(|x| (100.0 * x * x).floor() / 100.0, 0.01, 0.25, (0.0, 1.0));
        let crossing = solved.crossings[0];
        assert!(
            crossing.low < 0.5 && 0.5 < crossing.high && (crossing.at - 0.5).abs() < 0.02,
            "{crossing:?}"
        );
        assert!(trials < 100, "{trials}");
    }

    #[test]
    fn a_jump_over_the_target_is_told_from_a_passage() {
        let step = |x: f64| if x < 2.0 { 0.1 } else { 0.9 };
        for se in [0.0, 0.01] {
            let (solved, _) = of(step, se, 0.5, (0.0, 5.0));
            let [crossing] = solved.crossings[..] else { panic!("{solved:?}") };
            assert!((crossing.at - 2.0).abs() < 0.001 && crossing.jump == Some((0.1, 0.9)), "{crossing:?}");
        }
        assert_eq!(of(|x| x, 0.01, 2.2, (0.0, 5.0)).0.crossings[0].jump, None);
        // With an error as large as the jump, nobody can tell.
        assert_eq!(of(step, 0.5, 0.5, (0.0, 5.0)).0.crossings[0].jump, None);
    }

    #[test]
    fn none_two_and_an_open_end() {
        assert!(of(|x| x, 0.01, 7.0, (0.0, 5.0)).0.crossings.is_empty());
        let (solved, _) = of(|x| x * x, 0.001, 1.0, (-3.0, 2.9));
        let at: Vec<f64> = solved.crossings.iter().map(|crossing| crossing.at).collect();
        assert!(at.len() == 2 && (at[0] + 1.0).abs() < 0.01 && (at[1] - 1.0).abs() < 0.01, "{at:?}");
        // The error is so large that the range ends before the target is clearly missed.
        let (solved, _) = of(|x| x, 10.0, 2.0, (0.0, 5.0));
        let crossing = solved.crossings[0];
        assert!(crossing.open_low && crossing.open_high && (crossing.low, crossing.high) == (0.0, 5.0));
    }

    #[test]
    fn what_gives_up_has_no_answer() {
        assert!(solve((0.0, 1.0), 0.5, |_| Err(())).is_err());
    }
}
