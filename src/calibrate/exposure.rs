//! How large a deal is beside its company: x = ln(D/M), with a standard deviation where a size or a market value is
//! missing. Missing numbers are not dropped: they get a distribution from the observed ones.
//!
//! - A market value that is missing is taken from the nearest date on which the file has one of the same share (after
//!   that day's return if the date lies behind, before it if ahead), with a standard deviation of that share's annual
//!   volatility times the root of the time between. Shares without any: the regression of ln M on ln D over the rows
//!   that have both, with its predictive standard deviation.
//! - The class of a share without any is that of the row's `value_class`, or of the nearest row of the share that has one.
//! - A size that is missing: the regression of ln D on ln M, likewise. Without five such rows, wide values of our own.
//! - A whole backlog is not the new contract: its size has an own standard deviation.

pub use super::events::{CLASSES, Class};
use super::events::{Event, Kind};

/// Annual volatility by class, for how far a market value may have moved since it was seen: of the order of what
/// options and daily closes say of such shares.
const VOLATILITY: [f64; 4] = [1.0, 0.7, 0.35, 0.6];
/// Of ln D where the size is of the whole backlog.
const BACKLOG_SD: f64 = 1.0;
/// Market values and sizes where fewer than [`ENOUGH`] rows have both: ln USD bn.
const WIDE: (f64, f64) = (3.0, 2.0);
const WIDE_EXPOSURE: (f64, f64) = (-2.5, 2.0);
const ENOUGH: usize = 5;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Mean of ln(D/M).
    pub mean: f64,
    /// Its standard deviation, 0 where both are in the row.
    pub sd: f64,
    pub class: Class,
    pub has_size: bool,
    /// The row, or another of the same share, has a market value.
    pub has_market_value: bool,
}

/// What the file shows of sizes and market values.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Share, day, ln M before and after that day's return.
    seen: Vec<(String, i32, f64, f64)>,
    /// Share, day and class, where a row names the class.
    classes: Vec<(String, i32, Class)>,
    /// ln M given ln D, and ln D given ln M; none where too few rows have both.
    value_given_size: Option<Regression>,
    size_given_value: Option<Regression>,
}

#[derive(Debug, Clone, Copy)]
struct Regression {
    mean_x: f64,
    mean_y: f64,
    slope: f64,
    /// Of the residuals.
    sd: f64,
    n: f64,
    sxx: f64,
}

impl Regression {
    /// y on x by least squares.
    fn of(pairs: &[(f64, f64)]) -> Option<Regression> {
        let n = pairs.len() as f64;
        if pairs.len() < ENOUGH {
            return None;
        }
        let mean_x = pairs.iter().map(|(x, _)| x).sum::<f64>() / n;
        let mean_y = pairs.iter().map(|(_, y)| y).sum::<f64>() / n;
        let sxx: f64 = pairs.iter().map(|(x, _)| (x - mean_x) * (x - mean_x)).sum();
        let sxy: f64 = pairs.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let slope = if sxx > 0.0 { sxy / sxx } else { 0.0 };
        let residuals: f64 = pairs.iter().map(|(x, y)| (y - mean_y - slope * (x - mean_x)).powi(2)).sum();
        Some(Regression { mean_x, mean_y, slope, sd: (residuals / (n - 2.0)).sqrt(), n, sxx })
    }

    /// Mean and predictive standard deviation at x.
    fn at(&self, x: f64) -> (f64, f64) {
        let off = x - self.mean_x;
        let leverage = if self.sxx > 0.0 { off * off / self.sxx } else { 0.0 };
        (self.mean_y + self.slope * off, self.sd * (1.0 + 1.0 / self.n + leverage).sqrt())
    }

    /// Where x is not known either: the spread of y itself.
    fn alone(&self) -> (f64, f64) {
        let spread = self.slope * self.slope * self.sxx / (self.n - 1.0) + self.sd * self.sd;
        (self.mean_y, (spread * (1.0 + 1.0 / self.n)).sqrt())
    }
}

impl Observed {
    pub fn of<'e>(events: impl IntoIterator<Item = &'e Event> + Clone) -> Observed {
        let seen: Vec<(String, i32, f64, f64)> = events
            .clone()
            .into_iter()
            .filter_map(|event| {
                let value = libm::log(event.market_value?);
                Some((event.ticker.clone(), event.day, value, value + event.reaction.unwrap_or(0.0)))
            })
            .collect();
        let named = events.clone().into_iter();
        let classes = named.filter_map(|e| Some((e.ticker.clone(), e.day, e.class?))).collect();
        let mut observed = Observed { seen, classes, value_given_size: None, size_given_value: None };
        let pairs: Vec<(f64, f64)> = events
            .into_iter()
            .filter_map(|event| {
                let (value, _) = observed.market_value(event)?;
                Some((libm::log(event.size?), value))
            })
            .collect();
        let turned: Vec<(f64, f64)> = pairs.iter().map(|(x, y)| (*y, *x)).collect();
        observed.value_given_size = Regression::of(&pairs);
        observed.size_given_value = Regression::of(&turned);
        observed
    }

    /// ln M with its standard deviation, from the row or from the nearest row of the same share.
    fn market_value(&self, event: &Event) -> Option<(f64, f64)> {
        if let Some(value) = event.market_value {
            return Some((libm::log(value), 0.0));
        }
        let of_share = self.seen.iter().filter(|(ticker, ..)| *ticker == event.ticker);
        let (_, day, before, after) = of_share.min_by_key(|(_, day, ..)| (day - event.day).abs())?;
        let value = if *day < event.day { *after } else { *before };
        let years = f64::from((day - event.day).abs()) / 365.25;
        Some((value, VOLATILITY[class_of(value) as usize] * years.sqrt()))
    }

    fn named_class(&self, event: &Event) -> Class {
        let of_share = self.classes.iter().filter(|(ticker, ..)| *ticker == event.ticker);
        of_share
            .min_by_key(|(_, day, _)| (day - event.day).abs())
            .map_or(Class::Unknown, |(.., class)| *class)
    }

    pub fn exposure(&self, event: &Event) -> Exposure {
        let size = event.size.map(libm::log);
        let value = self.market_value(event);
        let class = event.market_value.map(|value| class_of(libm::log(value))).or(event.class);
        let class = class
            .unwrap_or_else(|| value.map_or_else(|| self.named_class(event), |(value, _)| class_of(value)));
        let (mut mean, mut sd) = match (size, value) {
            (Some(size), Some((value, sd))) => (size - value, sd),
            (Some(size), None) => {
                let (value, sd) = self.value_given_size.map_or(WIDE, |line| line.at(size));
                (size - value, sd)
            }
            (None, Some((value, _))) => match &self.size_given_value {
                Some(line) => {
                    let (size, sd) = line.at(value);
                    (size - value, sd)
                }
                None => WIDE_EXPOSURE,
            },
            (None, None) => match (&self.size_given_value, &self.value_given_size) {
                (Some(line), Some(other)) => {
                    let (value, value_sd) = other.alone();
                    let (size, sd) = line.at(value);
                    (size - value, (sd * sd + ((line.slope - 1.0) * value_sd).powi(2)).sqrt())
                }
                _ => WIDE_EXPOSURE,
            },
        };
        if event.kind == Kind::EarningsBacklog && size.is_some() {
            sd = (sd * sd + BACKLOG_SD * BACKLOG_SD).sqrt();
        }
        // A thousand times the company, or a millionth of it, is a mistake of the extrapolation.
        mean = mean.clamp(-14.0, 7.0);
        Exposure { mean, sd, class, has_size: size.is_some(), has_market_value: value.is_some() }
    }
}

fn class_of(ln_value: f64) -> Class {
    // ln 10 and ln 200
    match ln_value {
        v if v < std::f64::consts::LN_10 => Class::Small,
        v if v < 5.298_317_366_548_036 => Class::Middle,
        _ => Class::Large,
    }
}

#[cfg(test)]
mod tests {
    use super::super::events::{Events, Returns};
    use super::*;

    fn events(rows: &str) -> Vec<Event> {
        let head = "event_id,date,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,sign_expected\n";
        Events::parse("e.csv", &format!("{head}{rows}"), Returns::Unsaid).unwrap().list
    }

    #[test]
    fn a_market_value_is_carried_from_the_nearest_date() {
        let list = events(
            "a,2025-01-01,A,warrant,10,100,25,positive\nb,2025-01-11,A,warrant,10,,1,positive\nc,2024-12-22,A,warrant,10,,1,positive\n",
        );
        let observed = Observed::of(&list);
        let exposure = |id: &str| observed.exposure(list.iter().find(|event| event.id == id).unwrap());
        assert_eq!((exposure("a").mean, exposure("a").sd), (libm::log(10.0) - libm::log(100.0), 0.0));
        // Behind: 125 after the rise; ahead: 100 before it. 0.7·√(10/365.25) = 0.11583.
        assert!((exposure("b").mean - libm::log(0.08)).abs() < 1e-12);
        assert!((exposure("c").mean - libm::log(0.1)).abs() < 1e-12);
        assert!((exposure("b").sd - 0.115_825).abs() < 1e-6);
        assert_eq!(exposure("b").class, Class::Middle);
    }

    /// Five pairs on a line with known residuals; numbers from a sheet: D = 1, 2, 4, 8, 16 and ln M − ln D =
    /// 1, 1.2, 0.8, 1.2, 1.
    #[test]
    fn a_share_without_market_value_has_the_regression() {
        let size = [1.0f64, 2.0, 4.0, 8.0, 16.0];
        let over = [1.0f64, 1.2, 0.8, 1.2, 1.0];
        let mut rows = String::new();
        for k in 0..5 {
            rows += &format!(
                "e{k},2025-01-0{},T{k},warrant,{},{},1,positive\n",
                k + 1,
                size[k],
                size[k] * over[k].exp()
            );
        }
        rows += "x,2025-02-01,X,warrant,4,,1,positive\ny,2025-02-01,Y,warrant,,,1,positive\n";
        let list = events(&rows);
        let observed = Observed::of(&list);
        let x = observed.exposure(list.iter().find(|event| event.id == "x").unwrap());
        // At the mean of ln D the regression gives the mean of ln M: ln D + 1.04.
        assert!((x.mean + 1.04).abs() < 1e-9, "{x:?}");
        // Slope of the residuals on ln D is 0: residual sum of squares 0.112; sd √(0.112/3·1.2).
        assert!((x.sd - (0.112f64 / 3.0 * 1.2).sqrt()).abs() < 1e-9, "{x:?}");
        assert_eq!((x.class, x.has_market_value), (Class::Unknown, false));
        let y = observed.exposure(list.iter().find(|event| event.id == "y").unwrap());
        assert!((y.mean + 1.04).abs() < 1e-6 && y.sd > x.sd * 0.9, "{y:?}");
    }

    #[test]
    fn few_rows_leave_wide_values() {
        let list = events("x,2025-02-01,X,warrant,4,,1,positive\ny,2025-02-01,Y,warrant,,,1,positive\n");
        let observed = Observed::of(&list);
        assert_eq!(observed.exposure(&list[0]).sd, WIDE.1);
        assert_eq!(observed.exposure(&list[1]).mean, WIDE_EXPOSURE.0);
    }
}
