//! What a run knows of its unwinds (§5.8): when they came, and on the paths followed over time what preceded them and what
//! followed. A restructuring turns sentiment to suspicion at once, so what came before is
//! looked at on the last date kept before it.

use crate::books::Origin;
use crate::charts::breaking::{Breaking, Precursor};
use crate::charts::{Estimated, Run, Spread};
use crate::estimate::Estimate;
use crate::market::sentiment::STATES;
use crate::studies::run::results::Results;

/// Slack with which amounts are compared (§4).
const SLACK: f64 = 1e-9;

/// How long before is looked back, and how long after is looked forward, in years.
const BACK: f64 = 1.0;
const AHEAD: f64 = 0.25;

/// One series over the paths followed: [moment][path].
type Columns = Vec<Vec<f64>>;

/// Whether something held before, at a moment, on a path.
type Held<'a> = Box<dyn Fn(usize, usize) -> bool + 'a>;

fn columns(results: &Results, name: &str) -> Option<Columns> {
    Some(results.courses.columns(results.courses.find(name)?))
}

/// The sum of some series.
fn sum(results: &Results, names: impl IntoIterator<Item = String>) -> Columns {
    let courses = &results.courses;
    let mut total = vec![vec![0.0; courses.paths()]; courses.times.len()];
    for series in names.into_iter().filter_map(|name| columns(results, &name)) {
        for (sums, more) in total.iter_mut().zip(series) {
            for (sum, more) in sums.iter_mut().zip(more) {
                *sum += more;
            }
        }
    }
    total
}

pub fn breaking(results: &Results, run: &Run) -> Option<Breaking> {
    let (times, standing) = results.unwinds.standing();
    let sentiments = STATES.map(|state| {
        let share = results.measure(&format!("sentiment.{state}"));
        share.map_or(Estimated::default(), |share| Estimated::new(share.mean, share.se))
    });
    let mut data = Breaking {
        run: run.clone(),
        labs: results.labs.clone(),
        start: results.start,
        times,
        standing,
        followed: 0,
        before: Vec::new(),
        sentiments,
        falls: Vec::new(),
    };
    if results.labs.is_empty() {
        return None;
    }
    let moments = &results.courses.times;
    let unwound = columns(results, "unwind")?;
    // (path, last moment before): those that break at the first moment have none.
    let breaks: Vec<(usize, usize)> = (0..results.courses.paths())
        .filter_map(|path| {
            let broken = unwound.iter().position(|at| at[path] > 0.0)?;
            Some((path, broken.checked_sub(1)?))
        })
        .collect();
    data.followed = breaks.len() as u64;
    if breaks.is_empty() {
        return Some(data);
    }
    let mut by_moment = vec![0usize; moments.len()];
    for (_, before) in &breaks {
        by_moment[*before] += 1;
    }
    let precursors = precursors(results, &unwound);
    data.before = precursors
        .iter()
        .map(|(what, held)| {
            let n = breaks.len() as f64;
            let hits = breaks.iter().filter(|(path, before)| held(*before, *path)).count() as f64;
            // The same dates, weighted by how many break after each.
            let (mut value, mut variance) = (0.0, 0.0);
            for (moment, weight) in by_moment.iter().enumerate().filter(|(_, weight)| **weight > 0) {
                let whole: Vec<usize> =
                    (0..unwound[moment].len()).filter(|path| unwound[moment][*path] <= 0.0).collect();
                let share =
                    whole.iter().filter(|path| held(moment, **path)).count() as f64 / whole.len() as f64;
                let weight = *weight as f64 / n;
                value += weight * share;
                variance += weight * weight * share * (1.0 - share) / whole.len() as f64;
            }
            let part = hits / n;
            Precursor {
                what: what.clone(),
                breaking: Estimated::new(part, (part * (1.0 - part) / n).sqrt()),
                standing: Estimated::new(value, variance.sqrt()),
            }
        })
        .collect();
    let apart = |precursor: &Precursor| precursor.breaking.value - precursor.standing.value;
    data.before.sort_by(|a, b| apart(b).total_cmp(&apart(a)));
    data.falls = results
        .companies
        .iter()
        .filter_map(|company| Some((company.clone(), fall(results, company, &breaks)?)))
        .collect();
    Some(data)
}

/// What may precede a restructuring, each as a test of a path at a moment; what never happens is left out.
fn precursors<'a>(results: &'a Results, unwound: &Columns) -> Vec<(String, Held<'a>)> {
    let moments = &results.courses.times;
    // The moment a year before, if there is one.
    let year_before =
        move |moment: usize| moments.iter().rposition(|time| time + BACK <= moments[moment] + SLACK);
    let paths = results.courses.paths();
    let mut all: Vec<(String, Held)> = Vec::new();

    if let Some(suspicion) = columns(results, "sentiment.suspicion")
        && suspicion.iter().flatten().any(|there| *there > 0.0)
    {
        all.push((
            "suspicion in the year before".into(),
            Box::new(move |moment, path| {
                let first = year_before(moment).map_or(0, |before| before + 1);
                suspicion[first..=moment].iter().any(|at| at[path] > 0.0)
            }),
        ));
    }

    // What came in, or was paid, in the year before.
    let last_year = |so_far: &Columns| -> Columns {
        let of = |moment: usize| {
            let before = year_before(moment);
            (0..paths).map(|path| so_far[moment][path] - before.map_or(0.0, |at| so_far[at][path])).collect()
        };
        (0..so_far.len()).map(of).collect()
    };
    let capital = sum(results, Origin::ALL.iter().map(|origin| format!("capital.origin.{}", origin.name())));
    all.push(("a year's capital below its median".into(), below_median(last_year(&capital), unwound)));

    let revenue = sum(results, results.labs.iter().map(|lab| format!("lab.{lab}.revenue")));
    all.push(("revenue below its median".into(), below_median(revenue, unwound)));

    if let Some(paid) = columns(results, "paid") {
        let owed = last_year(&paid).iter().map(|at| at.iter().map(|bill| -bill).collect()).collect();
        let above = below_median(owed, unwound);
        all.push(("a year's bills above their median".into(), above));
    }

    if let Some(missed) = columns(results, "tranches_missed")
        && missed.iter().flatten().any(|count| *count > 0.0)
    {
        all.push(("a tranche missed".into(), Box::new(move |moment, path| missed[moment][path] > 0.0)));
    }
    all
}

/// Below the median over the paths that still stand at the same moment: half of these are, by definition.
fn below_median<'a>(values: Columns, unwound: &Columns) -> Held<'a> {
    let standing = |(at, gone): (&Vec<f64>, &Vec<f64>)| -> Vec<f64> {
        at.iter().zip(gone).filter(|(_, gone)| **gone <= 0.0).map(|(value, _)| *value).collect()
    };
    let of_standing = values.iter().zip(unwound).map(standing);
    let medians: Vec<f64> = of_standing.map(|values| Estimate::of(values).p50.value).collect();
    Box::new(move |moment, path| values[moment][path] < medians[moment])
}

/// Change of a company's market value from the last moment before to a quarter after, over the breaks that the run
/// outlasts by so long.
fn fall(results: &Results, company: &str, breaks: &[(usize, usize)]) -> Option<Spread> {
    let value = columns(results, &format!("company.{company}.value"))?;
    let moments = &results.courses.times;
    let change = |(path, before): &(usize, usize)| {
        // The break lies between the moment before and the next: a quarter counts from that.
        let broken = moments[before + 1];
        let after = moments.iter().position(|time| *time + SLACK >= broken + AHEAD)?;
        Some(value[after][*path] / value[*before][*path] - 1.0)
    };
    let changes: Vec<f64> = breaks.iter().filter_map(change).collect();
    if changes.is_empty() {
        return None;
    }
    let estimate = Estimate::of(changes);
    Some(Spread {
        point: Estimated::new(estimate.p50.value, estimate.p50.se),
        p5: estimate.p5.value,
        p25: estimate.p25.value,
        p75: estimate.p75.value,
        p95: estimate.p95.value,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn below_the_median_is_by_moment() {
        let values = vec![vec![1.0, 2.0, 3.0], vec![30.0, 20.0, 10.0]];
        let held = below_median(values.clone(), &vec![vec![0.0; 3]; 2]);
        let found: Vec<bool> =
            [0, 1].iter().flat_map(|at| [held(*at, 0), held(*at, 1), held(*at, 2)]).collect();
        assert_eq!(found, [true, false, false, false, false, true]);
        // The path of 1 is gone at the first moment, those of 20 and 10 at the second: the median is 2.5, then 30.
        let held = below_median(values, &vec![vec![1.0, 0.0, 0.0], vec![0.0, 1.0, 1.0]]);
        assert_eq!([held(0, 1), held(0, 2), held(1, 0)], [true, false, false]);
    }
}
