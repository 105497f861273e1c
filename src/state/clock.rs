//! Steps and dates (§2): N steps of Δ years; dates and spans of years become steps here and nowhere else.

/// The scenario's calendar.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clock {
    /// First day, as days since 1970-01-01.
    pub start: i32,
    pub steps: u32,
    pub steps_per_year: u32,
    /// Δ, years.
    pub step_years: f64,
}

/// Spans longer than this many steps are the same to the model: nothing runs so long.
const LONGEST: f64 = 1e8;

impl Clock {
    pub fn new(start: i32, years: f64, steps_per_year: u32) -> Clock {
        let per_year = f64::from(steps_per_year);
        let steps = (years * per_year + 0.5).floor().max(1.0) as u32;
        Clock { start, steps, steps_per_year, step_years: 1.0 / per_year }
    }

    /// ⌊days since the start / 365.25 × steps a year⌋; negative before the start.
    pub fn step_of(&self, day: i32) -> i32 {
        (f64::from(day - self.start) / 365.25 * f64::from(self.steps_per_year)).floor() as i32
    }

    /// The first day of a step, as days since 1970-01-01.
    pub fn day_of(&self, step: u32) -> i32 {
        let guess = self.start + (f64::from(step) / f64::from(self.steps_per_year) * 365.25) as i32;
        // Rounding may leave the quotient a day to either side.
        (guess - 1..=guess + 2).find(|day| self.step_of(*day) >= step as i32).unwrap_or(guess)
    }

    /// A span of years in steps, halves up.
    pub fn span(&self, years: f64) -> i32 {
        // A span is not negative, so cutting off its fraction is rounding down.
        (years * f64::from(self.steps_per_year) + 0.5).min(LONGEST) as i32
    }

    /// A contract's term: at least one step.
    pub fn term(&self, years: f64) -> i32 {
        self.span(years).max(1)
    }
}
