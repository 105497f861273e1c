//! Events cut out of the daily returns: for each the market model of its estimation window, and the abnormal returns of
//! its event window. Days are counted in rows of the share itself, day 0 being that of the event.

use super::daily::{Daily, Day, Share};
use super::market_model::{MarketModel, Unfit};
use crate::input::days::date_of;
use crate::input::sessions::closed;
use std::ops::RangeInclusive;

/// What is measured: first and last days, both included, counted from the event.
#[derive(Debug, Clone, PartialEq)]
pub struct Windows {
    pub event: (i32, i32),
    pub estimation: (i32, i32),
    /// Days with returns that the estimation window must have.
    pub least: usize,
    /// Over what days abnormal returns are added up, each within the event window.
    pub sums: Vec<(i32, i32)>,
    /// Log returns instead of simple ones.
    pub log: bool,
}

impl Default for Windows {
    fn default() -> Windows {
        let sums = vec![(0, 0), (-1, 1), (0, 20), (-5, 20)];
        Windows { event: (-5, 20), estimation: (-250, -21), least: 100, sums, log: false }
    }
}

/// Residuals' variance has L − 2 degrees of freedom, and the test of Patell needs L above 4.
pub const FEWEST_DAYS: usize = 10;

impl Windows {
    /// What is wrong with them, and what to do.
    pub fn check(&self) -> Result<(), String> {
        let words = |(from, to): (i32, i32)| format!("{from}..{to}");
        let (event, estimation) = (words(self.event), words(self.estimation));
        if self.event.0 > 0 || self.event.1 < 0 {
            return Err(format!("the event window {event} does not hold day 0: write it as -5..20"));
        }
        if self.estimation.1 >= self.event.0 {
            return Err(format!(
                "the estimation window {estimation} overlaps the event window {event}: what is tested would be part of its own yardstick; let it end on day {} or earlier",
                self.event.0 - 1
            ));
        }
        let days = self.estimation.1 - self.estimation.0 + 1;
        if self.least < FEWEST_DAYS {
            return Err(format!(
                "a market model needs more days than {}: ask for {FEWEST_DAYS} at least",
                self.least
            ));
        }
        if days < self.least as i32 {
            return Err(format!(
                "the estimation window {estimation} has {days} days, and at least {} are asked for: lengthen it, or lower --least",
                self.least
            ));
        }
        for sum in &self.sums {
            if sum.0 < self.event.0 || sum.1 > self.event.1 {
                let sum = words(*sum);
                return Err(format!("{sum} is not within the event window {event}: widen --window"));
            }
        }
        Ok(())
    }

    /// Days of the event window.
    pub fn length(&self) -> usize {
        (self.event.1 - self.event.0 + 1) as usize
    }

    /// A span of days as places in the event window.
    pub fn places(&self, (from, to): (i32, i32)) -> RangeInclusive<usize> {
        (from - self.event.0) as usize..=(to - self.event.0) as usize
    }
}

/// An event as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    pub id: String,
    pub ticker: String,
    pub day: i32,
    /// Written down to explain a move already under way.
    pub post_hoc: bool,
}

/// A day of the estimation window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Residual {
    /// Counted from the event.
    pub offset: i32,
    /// Days since 1970-01-01.
    pub day: i32,
    pub value: f64,
    /// Over its standard deviation.
    pub standard: f64,
}

/// An event with its abnormal returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub asked: Asked,
    pub model: MarketModel,
    pub residuals: Vec<Residual>,
    /// Of the event window, day by day: dates, the market's returns, abnormal returns.
    pub dates: Vec<i32>,
    pub market: Vec<f64>,
    pub abnormal: Vec<f64>,
}

impl Measured {
    /// Cumulative abnormal return.
    pub fn sum(&self, places: RangeInclusive<usize>) -> f64 {
        self.abnormal[places].iter().sum()
    }

    /// The same over its prediction error's standard deviation.
    pub fn standard_sum(&self, places: RangeInclusive<usize>) -> f64 {
        self.sum(places.clone()) / self.model.prediction_sd(&self.market[places])
    }
}

/// Why an event is not measured.
#[derive(Debug, Clone, PartialEq)]
pub enum LeftOut {
    PostHoc,
    NoShare,
    NoDay,
    /// The file has only so many days of the share before or after the event.
    Begins(usize),
    Ends(usize),
    /// No return of the share or of the market on a day of the event window.
    NoReturn(i32),
    /// A session of the exchange between two days of the event window has no row.
    NoRow(i32),
    FewDays(usize),
    Unfit(Unfit),
    /// The same share and day as another event.
    Same(String),
}

impl LeftOut {
    pub fn why(&self) -> String {
        match self {
            LeftOut::PostHoc => "written to explain a move already under way".into(),
            LeftOut::NoShare => "no rows of its share".into(),
            LeftOut::NoDay => "no row of its share on that day".into(),
            LeftOut::Begins(days) => format!("only {days} days before it, fewer than the event window has"),
            LeftOut::Ends(days) => format!("only {days} days after it, fewer than the event window has"),
            LeftOut::NoReturn(day) => {
                format!(
                    "no return of the share or of the market on {}, within the event window",
                    date_of(*day)
                )
            }
            LeftOut::NoRow(day) => {
                format!(
                    "no row for {}, a session within the event window: later days would be miscounted",
                    date_of(*day)
                )
            }
            LeftOut::FewDays(days) => format!("{days} days with returns in the estimation window"),
            LeftOut::Unfit(Unfit::MarketStands) => {
                "the market's return is the same on all days of the estimation window".into()
            }
            LeftOut::Unfit(Unfit::NoNoise) => {
                "its share moves with the market exactly: there is no noise to compare with".into()
            }
            LeftOut::Same(id) => format!("the same share and day as {id}: one move counts once"),
        }
    }
}

/// Cuts out one event.
pub fn cut(daily: &Daily, asked: &Asked, windows: &Windows) -> Result<Measured, LeftOut> {
    if asked.post_hoc {
        return Err(LeftOut::PostHoc);
    }
    let share = daily.share(&asked.ticker).ok_or(LeftOut::NoShare)?;
    let zero = share.days.binary_search_by_key(&asked.day, |day| day.day).map_err(|_| LeftOut::NoDay)?;
    let (before, after) = ((-windows.event.0) as usize, windows.event.1 as usize);
    if zero < before {
        return Err(LeftOut::Begins(zero));
    }
    if zero + after >= share.days.len() {
        return Err(LeftOut::Ends(share.days.len() - 1 - zero));
    }
    let value = |day: &Day| {
        let of = |value: f64| if windows.log { libm::log1p(value) } else { value };
        Some((of(day.own?), of(day.market?)))
    };
    let event = &share.days[zero - before..=zero + after];
    if let Some(missing) = missing_session(share, event) {
        return Err(LeftOut::NoRow(missing));
    }
    let mut pairs = Vec::new();
    let mut estimation = Vec::new();
    for offset in windows.estimation.0..=windows.estimation.1 {
        let place = zero as i64 + i64::from(offset);
        let Some(day) = usize::try_from(place).ok().and_then(|place| share.days.get(place)) else { continue };
        if let Some(pair) = value(day) {
            pairs.push(pair);
            estimation.push((offset, day.day));
        }
    }
    if pairs.len() < windows.least {
        return Err(LeftOut::FewDays(pairs.len()));
    }
    let model = MarketModel::fit(&pairs).map_err(LeftOut::Unfit)?;
    let residuals = estimation.iter().zip(&pairs).map(|((offset, day), (own, market))| {
        let value = model.abnormal(*own, *market);
        Residual { offset: *offset, day: *day, value, standard: value / model.residual_sd(*market) }
    });
    let residuals = residuals.collect();
    let (mut market, mut abnormal) = (Vec::new(), Vec::new());
    for day in event {
        let (own, of_market) = value(day).ok_or(LeftOut::NoReturn(day.day))?;
        market.push(of_market);
        abnormal.push(model.abnormal(own, of_market));
    }
    let dates = event.iter().map(|day| day.day).collect();
    Ok(Measured { asked: asked.clone(), model, residuals, dates, market, abnormal })
}

/// A day between those of the event window on which the exchange was open, as far as its calendar is known; of other
/// exchanges a gap that is longer than any holiday.
fn missing_session(share: &Share, event: &[Day]) -> Option<i32> {
    /// Golden Week of 2019 in Tokyo had ten days without a session.
    const LONGEST_HOLIDAY: i32 = 12;
    let known = closed(&share.ticker, CHRISTMAS).is_some();
    event.windows(2).find_map(|pair| {
        let (from, to) = (pair[0].day, pair[1].day);
        if known {
            (from + 1..to).find(|day| closed(&share.ticker, *day).is_none())
        } else {
            (to - from > LONGEST_HOLIDAY).then_some(from + 1)
        }
    })
}

/// 25 December 2024, a Wednesday: closed where the holidays are known.
const CHRISTMAS: i32 = 20_082;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::events::Returns;
    use crate::input::days::day_number;

    /// Forty sessions in a row from 2 June 2025 of a share in New York, but for those that are left out.
    fn daily(without: &[i32], row: impl Fn(i32) -> String) -> Daily {
        let first = day_number(jiff::civil::date(2025, 6, 2));
        let mut text = "date,ticker,return_pct,market_return_pct\n".to_string();
        let open = (first..).filter(|day| closed("ACME", *day).is_none()).take(40);
        for (k, day) in open.enumerate().filter(|(k, _)| !without.contains(&(*k as i32))) {
            text += &format!("{},ACME,{}\n", date_of(day), row(k as i32));
        }
        Daily::parse("d.csv", &text, Returns::Percent, None).unwrap()
    }

    fn plain(k: i32) -> String {
        format!("{}.5,{}", (k * 7) % 5 - 2, (k * 3) % 4)
    }

    fn windows() -> Windows {
        Windows { event: (-2, 3), estimation: (-25, -4), least: 15, sums: vec![(0, 0)], log: false }
    }

    /// The 31st session.
    fn asked() -> Asked {
        let day = (day_number(jiff::civil::date(2025, 6, 2))..)
            .filter(|day| closed("ACME", *day).is_none())
            .nth(30);
        Asked { id: "e".into(), ticker: "ACME".into(), day: day.unwrap(), post_hoc: false }
    }

    #[test]
    fn days_are_counted_in_rows_of_the_share() {
        let measured = cut(&daily(&[], plain), &asked(), &windows()).unwrap();
        assert_eq!((measured.abnormal.len(), measured.residuals.len()), (6, 22));
        assert_eq!((measured.residuals[0].offset, measured.dates[2]), (-25, asked().day));
        // Day −2 is row 28: return (28·7 mod 5 − 2).5 = −1.5%, market 84 mod 4 = 0.
        assert!((measured.abnormal[0] - (-0.015 - measured.model.alpha)).abs() < 1e-15);
        let log = cut(&daily(&[], plain), &asked(), &Windows { log: true, ..windows() }).unwrap();
        assert!((log.abnormal[0] - (libm::log1p(-0.015) - log.model.alpha)).abs() < 1e-15);
    }

    #[test]
    fn why_an_event_is_left_out() {
        let cut = |daily: &Daily, asked: &Asked| cut(daily, asked, &windows()).unwrap_err();
        let whole = daily(&[], plain);
        assert_eq!(cut(&whole, &Asked { post_hoc: true, ..asked() }), LeftOut::PostHoc);
        assert_eq!(cut(&whole, &Asked { ticker: "OTHER".into(), ..asked() }), LeftOut::NoShare);
        assert_eq!(cut(&whole, &Asked { day: asked().day + 300, ..asked() }), LeftOut::NoDay);
        // A hole on day +2 and one on day −10: the first would move day +3, the second is one day of estimation less.
        let hole = daily(&[32], plain);
        assert!(matches!(cut(&hole, &asked()), LeftOut::NoRow(_)));
        let early = super::cut(&daily(&[20], plain), &asked(), &windows()).unwrap();
        assert_eq!(early.residuals.len(), 22);
        let empty = daily(&[], |k| if k == 31 { ",1".into() } else { plain(k) });
        assert_eq!(cut(&empty, &asked()), LeftOut::NoReturn(asked().day + 1));
        let sparse = daily(&[], |k| if k < 15 { ",1".into() } else { plain(k) });
        assert_eq!(cut(&sparse, &asked()), LeftOut::FewDays(12));
        let cut_short = daily(&[33, 34, 35, 36, 37, 38, 39], plain);
        assert_eq!(cut(&cut_short, &asked()), LeftOut::Ends(2));
        let first = Asked { day: day_number(jiff::civil::date(2025, 6, 3)), ..asked() };
        assert_eq!(cut(&whole, &first), LeftOut::Begins(1));
        let with_market = daily(&[], |k| format!("{0},{0}", k % 5));
        assert_eq!(cut(&with_market, &asked()), LeftOut::Unfit(Unfit::NoNoise));
        for why in [LeftOut::NoRow(20_000), LeftOut::Same("E1".into())] {
            assert!(!why.why().is_empty());
        }
    }

    #[test]
    fn windows_that_cannot_be_are_refused() {
        let said = |windows: Windows| windows.check().unwrap_err();
        let plain = Windows::default;
        assert_eq!(plain().check(), Ok(()));
        assert!(said(Windows { event: (1, 5), ..plain() }).contains("does not hold day 0"));
        assert!(said(Windows { event: (-21, 5), ..plain() }).contains("overlaps"));
        assert!(said(Windows { estimation: (-80, -21), ..plain() }).contains("has 60 days"));
        assert!(said(Windows { least: 3, ..plain() }).contains("at least"));
        assert!(said(Windows { sums: vec![(0, 21)], ..plain() }).contains("0..21 is not within"));
    }
}
