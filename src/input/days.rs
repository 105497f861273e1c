//! Dates as the program counts them: in days since 1970-01-01.

use jiff::Span;
use jiff::civil::Date;

const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// The date of a day; of one that no calendar has, the last or the first that there is.
pub fn date_of(day: i32) -> Date {
    let date = Span::new().try_days(day).and_then(|span| EPOCH.checked_add(span));
    date.unwrap_or(if day < 0 { Date::MIN } else { Date::MAX })
}

/// The day of a date.
pub fn day_number(date: Date) -> i32 {
    date.duration_since(EPOCH).as_hours().div_euclid(24) as i32
}

/// A day as a decimal year: 2025.5 in the middle of it.
pub fn decimal_year(day: i32) -> f64 {
    let date = date_of(day);
    f64::from(date.year()) + f64::from(date.day_of_year() - 1) / f64::from(date.days_in_year())
}

/// The date so many years of 365.25 days after a start that is given as a decimal year.
pub fn date_after(start: f64, years: f64) -> Date {
    let year = libm::floor(start);
    let first = jiff::civil::Date::new(year as i16, 1, 1).unwrap_or(EPOCH);
    let day = day_number(first) + ((start - year) * f64::from(first.days_in_year())).round() as i32;
    date_of(day + libm::ceil(years * 365.25) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_dates_and_back() {
        for (day, date) in
            [(0, "1970-01-01"), (-1, "1969-12-31"), (20_341, "2025-09-10"), (20_512, "2026-02-28")]
        {
            assert_eq!(date_of(day).to_string(), date);
            assert_eq!(day_number(date_of(day)), day);
        }
        assert_eq!((date_of(i32::MIN), date_of(i32::MAX)), (Date::MIN, Date::MAX));
        assert_eq!(decimal_year(day_number(jiff::civil::date(2024, 1, 1))), 2024.0);
        // 2024 has 366 days, of which 182 come before the first of July.
        assert_eq!(decimal_year(day_number(jiff::civil::date(2024, 7, 1))), 2024.0 + 182.0 / 366.0);
        for day in 20_000..20_800 {
            assert_eq!(date_after(decimal_year(day), 0.0), date_of(day));
        }
        // A quarter is 91.3 days: what ends on the 92nd is seen on the next.
        assert_eq!(date_after(decimal_year(20_341), 0.25).to_string(), "2025-12-11");
    }
}
