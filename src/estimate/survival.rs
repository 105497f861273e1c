//! When something first happened, over all paths, and how many had not had it yet.

use crate::state::Clock;
use serde::{Deserialize, Serialize};

/// First events, by the step in which they fell.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Unwinds {
    step_years: f64,
    by_step: Vec<u64>,
    paths: u64,
}

impl Unwinds {
    pub fn over(clock: &Clock) -> Unwinds {
        Unwinds { step_years: clock.step_years, by_step: vec![0; clock.steps as usize], paths: 0 }
    }

    /// Takes `unwind.time` of some paths; NaN where nothing was restructured.
    pub fn add(&mut self, times: &[f64]) {
        self.paths += times.len() as u64;
        for time in times.iter().filter(|time| !time.is_nan()) {
            let step = (time / self.step_years).round() as usize;
            if let Some(count) = self.by_step.get_mut(step) {
                *count += 1;
            }
        }
    }

    /// Takes in other paths; `None` where their steps are others.
    #[must_use]
    pub fn merge(&mut self, other: Unwinds) -> Option<()> {
        let is_alike = self.step_years == other.step_years && self.by_step.len() == other.by_step.len();
        is_alike.then_some(())?;
        self.paths = self.paths.checked_add(other.paths)?;
        for (count, more) in self.by_step.iter_mut().zip(other.by_step) {
            *count = count.checked_add(more)?;
        }
        (self.by_step.iter().sum::<u64>() <= self.paths).then_some(())
    }

    /// Ends of steps, years, and the paths that stand then.
    pub fn standing(&self) -> (Vec<f64>, Vec<u64>) {
        let mut left = self.paths;
        let steps = self.by_step.iter().enumerate();
        steps
            .map(|(step, broken)| {
                left -= broken;
                ((step + 1) as f64 * self.step_years, left)
            })
            .unzip()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stand_until_the_end_of_the_step_in_which_they_break() {
        let mut unwinds = Unwinds::over(&Clock::new(0, 0.25, 12));
        unwinds.add(&[f64::NAN, 0.0, 1.0 / 12.0]);
        unwinds.add(&[1.0 / 12.0, f64::NAN]);
        let (times, standing) = unwinds.standing();
        assert_eq!(standing, [4, 2, 2]);
        assert!(times.iter().zip([1.0, 2.0, 3.0]).all(|(time, months)| (time - months / 12.0).abs() < 1e-12));
    }
}
