//! An event study (docs/methods/event_study.md): daily returns and dated events → abnormal returns against the market model
//! of each share, their sums over days around the events, and whether these are told from chance.
//!
//! `daily` reads the returns, `market_model` fits a share, `cut` cuts the events out, `significance` and `ranks`
//! test. Events come from the file of announcements or are marked among the returns.

pub mod cut;
pub mod daily;
pub mod market_model;
pub mod ranks;
pub mod significance;

#[cfg(test)]
mod size;

use cut::{Asked, LeftOut, Measured, Windows, cut};
use daily::Daily;
use ranks::Ranks;
use significance::{Pairs, Span, span};

#[derive(Debug, Clone)]
pub struct EventStudy {
    pub windows: Windows,
    /// In the order in which they were asked for.
    pub events: Vec<Measured>,
    pub left_out: Vec<(Asked, LeftOut)>,
    /// A day each.
    pub days: Vec<Span>,
    /// From the first day of the event window to each.
    pub cumulated: Vec<Span>,
    /// The spans of days that were asked for.
    pub sums: Vec<Span>,
    /// Events of one share whose event windows share days: what one of them did is in the other's sum.
    pub overlapping: Vec<(usize, usize)>,
    /// Pairs of events with common days whose correlation is not known.
    pub unknown_correlations: usize,
}

/// Why there is no study.
#[derive(Debug, Clone)]
pub enum Refused {
    Windows(String),
    /// Fewer than two events can be measured.
    TooFew {
        measured: usize,
        left_out: Vec<(Asked, LeftOut)>,
    },
}

/// Measures the events that can be measured, and tests them.
pub fn event_study(daily: &Daily, asked: &[Asked], windows: &Windows) -> Result<EventStudy, Refused> {
    windows.check().map_err(Refused::Windows)?;
    let (mut events, mut left_out): (Vec<Measured>, Vec<(Asked, LeftOut)>) = (Vec::new(), Vec::new());
    for event in asked {
        let is_same = |other: &&Measured| other.asked.ticker == event.ticker && other.asked.day == event.day;
        if let Some(other) = events.iter().find(is_same) {
            left_out.push((event.clone(), LeftOut::Same(other.asked.id.clone())));
            continue;
        }
        match cut(daily, event, windows) {
            Ok(measured) => events.push(measured),
            Err(why) => left_out.push((event.clone(), why)),
        }
    }
    if events.len() < 2 {
        return Err(Refused::TooFew { measured: events.len(), left_out });
    }
    let ranks = Ranks::of(&events, windows);
    let pairs = Pairs::of(&events);
    let of = |days| span(&events, windows, days, &ranks, &pairs);
    let (first, last) = windows.event;
    let days = (first..=last).map(|day| of((day, day))).collect();
    let cumulated = (first..=last).map(|day| of((first, day))).collect();
    let sums = windows.sums.iter().map(|days| of(*days)).collect();
    let mut overlapping = Vec::new();
    for (i, one) in events.iter().enumerate() {
        for (j, other) in events.iter().enumerate().skip(i + 1) {
            let apart = one.dates[one.dates.len() - 1] < other.dates[0]
                || other.dates[other.dates.len() - 1] < one.dates[0];
            if one.asked.ticker == other.asked.ticker && !apart {
                overlapping.push((i, j));
            }
        }
    }
    Ok(EventStudy {
        windows: windows.clone(),
        days,
        cumulated,
        sums,
        overlapping,
        unknown_correlations: pairs.unknown,
        events,
        left_out,
    })
}

#[cfg(test)]
mod tests {
    use super::significance::Tested;
    use super::*;
    use crate::calibrate::events::Returns;
    use std::path::Path;

    const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/event_study");

    fn daily() -> Daily {
        Daily::read(&Path::new(FOLDER).join("daily.csv"), Returns::Percent, None).unwrap()
    }

    fn marked(daily: &Daily) -> Vec<Asked> {
        let of = |m: &daily::Marked| Asked {
            id: m.id.clone(),
            ticker: m.ticker.clone(),
            day: m.day,
            post_hoc: false,
        };
        daily.marked.iter().map(of).collect()
    }

    fn windows() -> Windows {
        Windows { sums: vec![(0, 0), (-1, 1), (0, 20), (-5, 20), (1, 20)], ..Windows::default() }
    }

    /// Every number of `tests/event_study/expected.json`, which numpy and scipy computed from the papers' formulas, to eleven
    /// digits; and none of the statistics if a single return is changed by a thousandth.
    #[test]
    fn another_program_finds_the_same() {
        let text = std::fs::read_to_string(Path::new(FOLDER).join("expected.json")).unwrap();
        let expected: serde_json::Value = serde_json::from_str(&text).unwrap();
        let wrong = differences(&daily(), &expected);
        assert!(wrong.is_empty(), "{wrong:?}");
        let mut daily = daily();
        let share = daily.shares.iter_mut().find(|share| share.ticker == "SYN-A").unwrap();
        let day = share.days.iter_mut().find(|day| day.day == daily.marked[0].day).unwrap();
        *day.own.as_mut().unwrap() += 0.001;
        let wrong = differences(&daily, &expected);
        assert!(wrong.len() > 20, "{wrong:?}");
    }

    fn differences(daily: &Daily, expected: &serde_json::Value) -> Vec<String> {
        let done = event_study(daily, &marked(daily), &windows()).unwrap();
        assert!(done.left_out.is_empty());
        let mut wrong = Vec::new();
        let mut compare = |what: String, found: f64, expected: &serde_json::Value| {
            let expected = expected.as_f64().unwrap();
            if (found - expected).abs() > 1e-11 * expected.abs().max(1e-3) {
                wrong.push(format!("{what}: {found} instead of {expected}"));
            }
        };
        let whole = windows().places((-5, 20));
        for (event, of) in done.events.iter().zip(expected["events"].as_array().unwrap()) {
            assert_eq!(of["event_id"], event.asked.id.as_str());
            let model = &event.model;
            for (what, found) in [("alpha", model.alpha), ("beta", model.beta), ("sd", model.sd)] {
                compare(format!("{} {what}", event.asked.id), found, &of[what]);
            }
            compare(format!("{} days", event.asked.id), model.days as f64, &of["days"]);
            compare(format!("{} car", event.asked.id), event.sum(whole.clone()), &of["car"]);
        }
        for (span, of) in done.sums.iter().zip(expected["spans"].as_array().unwrap()) {
            let days = format!("{:?}", span.days);
            assert_eq!(
                (of["days"][0].as_i64(), of["days"][1].as_i64()),
                (Some(span.days.0.into()), Some(span.days.1.into()))
            );
            for (what, found) in [
                ("mean", span.mean),
                ("se", span.se),
                ("low", span.low),
                ("high", span.high),
                ("median", span.median),
                ("positive", span.positive as f64),
                ("correlation", span.correlation),
            ] {
                compare(format!("{days} {what}"), found, &of[what]);
            }
            for (name, Tested { statistic, p }) in span.tests() {
                compare(format!("{days} {name}"), statistic, &of[name]["statistic"]);
                compare(format!("{days} {name} p"), p, &of[name]["p"]);
            }
        }
        wrong
    }

    #[test]
    fn one_event_is_no_cross_section() {
        let daily = daily();
        let asked = marked(&daily);
        let refused = event_study(&daily, &asked[..1], &windows());
        assert!(matches!(refused, Err(Refused::TooFew { measured: 1, .. })));
        // The same move twice is one event.
        let twice = [asked[0].clone(), Asked { id: "again".into(), ..asked[0].clone() }, asked[2].clone()];
        let done = event_study(&daily, &twice, &windows()).unwrap();
        assert_eq!((done.events.len(), done.left_out[0].1.clone()), (2, LeftOut::Same("A1".into())));
        let refused = event_study(&daily, &asked, &Windows { event: (-21, 20), ..windows() });
        assert!(matches!(refused, Err(Refused::Windows(_))));
    }

    #[test]
    fn windows_of_one_share_that_overlap_are_told() {
        let daily = daily();
        let done = event_study(&daily, &marked(&daily), &windows()).unwrap();
        let ids =
            |(i, j): &(usize, usize)| (done.events[*i].asked.id.as_str(), done.events[*j].asked.id.as_str());
        // B1 on 12 May and B2 on 29 May; E1 on 22 July and E2 on 25 August lie 24 sessions apart.
        assert_eq!(done.overlapping.iter().map(ids).collect::<Vec<_>>(), [("B1", "B2"), ("E1", "E2")]);
        assert_eq!((done.days.len(), done.cumulated.len(), done.unknown_correlations), (26, 26, 0));
        assert_eq!(done.cumulated[25], done.sums[3]);
    }
}
