//! Days on which a share cannot have moved because its exchange was closed: weekends everywhere, New York's holidays for
//! a plain ticker, the turn of the year for Tokyo's (`9984.T`). Of other exchanges only weekends are known.
//!
//! Source: NYSE Rule 7.2 (holidays; what falls on a Sunday is kept on Monday, on a Saturday on Friday, except New Year's
//! Day), in force for Juneteenth since 2022; closures by mourning as the exchange announced them.

use super::days::date_of;
use jiff::civil::{Date, Weekday, date};

/// Why there was no session, if there was none.
pub fn closed(ticker: &str, day: i32) -> Option<&'static str> {
    let date = date_of(day);
    if matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday) {
        return Some("a weekend");
    }
    let is_plain = !ticker.is_empty() && ticker.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
    if ticker.ends_with(".T") && tokyo(date) {
        Some("the turn of the year in Tokyo")
    } else if is_plain && new_york(date) {
        Some("a holiday in New York")
    } else {
        None
    }
}

fn tokyo(date: Date) -> bool {
    matches!((date.month(), date.day()), (1, 1..=3) | (12, 31))
}

/// Mourning, and a storm.
const ONCE: [Date; 6] = [
    date(2012, 10, 29),
    date(2012, 10, 30),
    date(2018, 12, 5),
    date(2007, 1, 2),
    date(2004, 6, 11),
    date(2025, 1, 9),
];

fn new_york(day: Date) -> bool {
    let year = day.year();
    let is_kept = |month: i8, of: i8| {
        let holiday = date(year, month, of);
        match holiday.weekday() {
            Weekday::Sunday => holiday.tomorrow().is_ok_and(|monday| monday == day),
            Weekday::Saturday if month > 1 => holiday.yesterday().is_ok_and(|friday| friday == day),
            Weekday::Saturday => false,
            _ => holiday == day,
        }
    };
    let nth = |month: i8, n: i8, weekday: Weekday| {
        date(year, month, 1).nth_weekday_of_month(n, weekday).is_ok_and(|holiday| holiday == day)
    };
    let good_friday = easter(year).checked_sub(jiff::Span::new().days(2)).is_ok_and(|friday| friday == day);
    is_kept(1, 1)
        || nth(1, 3, Weekday::Monday)
        || nth(2, 3, Weekday::Monday)
        || good_friday
        || nth(5, -1, Weekday::Monday)
        || (year >= 2022 && is_kept(6, 19))
        || is_kept(7, 4)
        || nth(9, 1, Weekday::Monday)
        || nth(11, 4, Weekday::Thursday)
        || is_kept(12, 25)
        || ONCE.contains(&day)
}

/// Easter Sunday: Meeus (1991), Astronomical Algorithms, after Butcher's Ecclesiastical Calendar (1876).
fn easter(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let (d, e, f) = (b / 4, b % 4, (b + 8) / 25);
    let g = (b - f + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let sum = h + l - 7 * m + 114;
    date(year, (sum / 31) as i8, (sum % 31 + 1) as i8)
}

#[cfg(test)]
mod tests {
    use super::super::days::day_number;
    use super::*;

    /// The exchange's own list for 2025 and 2026, and days beside them.
    #[test]
    fn holidays_of_new_york() {
        let holidays = [
            (2025, 1, 1),
            (2025, 1, 9),
            (2025, 1, 20),
            (2025, 2, 17),
            (2025, 4, 18),
            (2025, 5, 26),
            (2025, 6, 19),
            (2025, 7, 4),
            (2025, 9, 1),
            (2025, 11, 27),
            (2025, 12, 25),
            (2026, 1, 1),
            (2026, 1, 19),
            (2026, 2, 16),
            (2026, 4, 3),
            (2026, 5, 25),
            (2026, 6, 19),
            (2026, 7, 3),
            (2026, 9, 7),
            (2026, 11, 26),
            (2026, 12, 25),
        ];
        let mut closed_days = Vec::new();
        for day in day_number(date(2025, 1, 1))..=day_number(date(2026, 12, 31)) {
            if closed("ORCL", day) == Some("a holiday in New York") {
                closed_days.push(date_of(day));
            }
        }
        assert_eq!(closed_days, holidays.map(|(y, m, d)| date(y, m, d)));
    }

    #[test]
    fn other_exchanges() {
        let day = |m, d| day_number(date(2025, m, d));
        assert_eq!(closed("9984.T", day(1, 2)), Some("the turn of the year in Tokyo"));
        assert_eq!(closed("9984.T", day(7, 4)), None);
        assert_eq!(closed("NOKIA.HE", day(12, 25)), None);
        assert_eq!(closed("NOKIA.HE", day(9, 6)), Some("a weekend"));
        // New Year's Day of 2022 was a Saturday: the Friday before was a session.
        assert_eq!(closed("ORCL", day_number(date(2021, 12, 31))), None);
    }
}
