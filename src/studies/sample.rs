//! The same paths of several scenarios: what a study keeps of each run, and the headline of a measure with its error,
//! alone and paired with another run's.

use crate::engine::{Run, Unfinished};
use crate::estimate::moments::{Moments, Pairs};
use crate::estimate::paired::ratio_difference;
use crate::estimate::proportion::proportion;
use crate::estimate::replicates::ByReplicate;
use crate::estimate::{Estimate, Estimates, RatioEstimate};
use crate::outcome::{RATIOS, is_proportion};
use crate::plan::Plan;
use crate::studies::simulator::Simulator;
use std::ops::ControlFlow;

/// Columns of a run, in path order.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
    /// The paths are those of replicates of a design, from the run's first on: errors come from the replicates.
    pub replicated: bool,
}

/// The columns that the headlines of these measures need.
pub fn needed(measures: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let of_ratio = |measure: &String| {
        RATIOS
            .iter()
            .find(|(name, ..)| name == measure)
            .map(|(_, part, whole)| [part.to_string(), whole.to_string()])
    };
    for measure in measures {
        for name in std::iter::once(measure.clone()).chain(of_ratio(measure).into_iter().flatten()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

impl Sample {
    /// The run's paths, unless `stop`, which sees how many are done, says so.
    pub fn of(
        simulator: &mut Simulator,
        plan: &Plan,
        run: &Run,
        measures: &[String],
        mut stop: impl FnMut(u64) -> bool + Send,
    ) -> Result<Sample, Unfinished> {
        let names = needed(measures);
        let mut columns = vec![Vec::with_capacity((run.end - run.first) as usize); names.len()];
        let flow = simulator.some(plan, run, &names, |block| {
            for (column, more) in columns.iter_mut().zip(&block.columns) {
                column.extend_from_slice(more);
            }
            let done = block.first + block.paths as u64 - run.first;
            if stop(done) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if flow.is_break() {
            return Err(Unfinished::Stopped);
        }
        Ok(Sample { names, columns, replicated: run.sampler.is_replicated() })
    }

    /// # Panics
    /// If the column was not asked for.
    pub fn column(&self, name: &str) -> &[f64] {
        let place = self.names.iter().position(|other| other == name);
        &self.columns[place.unwrap_or_else(|| panic!("{name} was not kept"))]
    }

    pub fn estimate(&self, measure: &str) -> Estimate {
        let column = self.column(measure);
        Estimate { se: self.around_mean(column).se, ..Estimate::of(column.to_vec()) }
    }

    /// All columns, and the ratios of means among them.
    pub fn estimates(&self) -> Estimates {
        let has = |name: &str| self.names.iter().any(|other| other == name);
        let ratios = RATIOS.iter().filter(|(name, part, whole)| has(name) && has(part) && has(whole));
        Estimates {
            paths: self.columns.first().map_or(0, |column| column.len() as u64),
            measures: self.names.iter().map(|name| (name.clone(), self.estimate(name))).collect(),
            ratios: ratios.map(|(name, ..)| (name.to_string(), self.headline(name))).collect(),
        }
    }

    /// A share's ratio of means; any other measure's mean.
    pub fn headline(&self, measure: &str) -> RatioEstimate {
        match ratio(measure) {
            Some((part, whole)) if self.replicated => {
                let mut replicates = ByReplicate::default();
                for ((path, part), whole) in (0..).zip(self.column(part)).zip(self.column(whole)) {
                    replicates.push(path, *part, *whole);
                }
                replicates.ratio()
            }
            Some((part, whole)) => {
                let mut pairs = Pairs::default();
                pairs.add(self.column(part), self.column(whole));
                pairs.ratio()
            }
            None if is_proportion(measure) => {
                let estimate = self.estimate(measure);
                proportion(estimate.mean, estimate.se, estimate.n)
            }
            None => self.around_mean(self.column(measure)),
        }
    }

    /// What a measure's headline is made of in two runs of the same paths, on the paths on which both have it: those of
    /// [`Sample::less`].
    pub fn shared(pair: [&Sample; 2], measure: &str) -> [Sample; 2] {
        let names = ratio(measure).map_or_else(
            || vec![measure.to_string()],
            |(part, whole)| [part, whole].map(String::from).to_vec(),
        );
        let is_nowhere = |path: &usize| {
            pair.iter().any(|sample| names.iter().any(|name| sample.column(name)[*path].is_nan()))
        };
        let paths = pair[0].column(&names[0]).len();
        let lacking: Vec<usize> = (0..paths).filter(is_nowhere).collect();
        pair.map(|sample| {
            let mut columns: Vec<Vec<f64>> = names.iter().map(|name| sample.column(name).to_vec()).collect();
            for column in &mut columns {
                lacking.iter().for_each(|path| column[*path] = f64::NAN);
            }
            Sample { names: names.clone(), columns, replicated: sample.replicated }
        })
    }

    /// This run's headline less the other's, paired by path.
    pub fn less(&self, other: &Sample, measure: &str) -> RatioEstimate {
        match ratio(measure) {
            Some((part, whole)) => {
                let [ours, theirs] = [self, other].map(|sample| [sample.column(part), sample.column(whole)]);
                let (value, added) = ratio_difference(ours, theirs);
                self.around_mean(&added).moved_to(value)
            }
            None => {
                let pairs = self.column(measure).iter().zip(other.column(measure));
                self.around_mean(&pairs.map(|(a, b)| a - b).collect::<Vec<f64>>())
            }
        }
    }

    /// The mean of a column over the paths on which it is defined, with the error of the design that drew them.
    fn around_mean(&self, column: &[f64]) -> RatioEstimate {
        if self.replicated {
            let mut replicates = ByReplicate::default();
            replicates.add(0, column);
            return replicates.ratio();
        }
        let moments = Moments::of_all(column);
        RatioEstimate::around(moments.mean, moments.se())
    }
}

/// Part and whole of a share.
pub fn ratio(measure: &str) -> Option<(&'static str, &'static str)> {
    RATIOS.iter().find(|(name, ..)| *name == measure).map(|(_, part, whole)| (*part, *whole))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::Block;
    use crate::estimate::RatioSpec;
    use crate::estimate::accumulator::{Accumulator, Keep};
    use crate::plan::parameters::Sampler;
    use crate::scenario::Scenario;
    use std::path::Path;

    /// What a study says of its paths is what a run says of them, whatever drew them; and the difference of a run to itself
    /// has no error.
    #[test]
    fn errors_are_those_of_a_run() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
        let scenario = Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false)));
        let plan = Plan::compile(&scenario);
        let measures = ["capital.raised".to_string(), "share.traced".to_string()];
        let mut errors = Vec::new();
        for sampler in [Sampler::Plain, Sampler::LatinHypercube, Sampler::Sobol] {
            let run = Run { sampler, ..Run::new(3, 1024) };
            let sample =
                Sample::of(&mut Simulator::engine(), &plan, &run, &measures, |_| false).expect("not stopped");
            let (part, whole) = ratio("share.traced").expect("a ratio");
            let place = |name: &str| sample.names.iter().position(|other| other == name).expect("kept");
            let share = RatioSpec {
                name: "share.traced".into(),
                numerator: vec![place(part)],
                denominator: place(whole),
            };
            let mut all = Accumulator::new(sample.names.clone(), vec![share], Keep::MEASURES)
                .replicated(sampler.is_replicated());
            all.add(&Block { first: 0, paths: 1024, columns: sample.columns.clone() });
            let all = all.finish();
            assert_eq!(
                Some(&sample.estimate("capital.raised")),
                all.measure("capital.raised"),
                "{sampler:?}"
            );
            let (ours, theirs) = (sample.headline("share.traced"), all.ratios[0].1);
            assert!((ours.se / theirs.se - 1.0).abs() < 1e-12, "{sampler:?}: {ours:?} {theirs:?}");
            assert!((ours.high / theirs.high - 1.0).abs() < 1e-12, "{sampler:?}: {ours:?} {theirs:?}");
            for measure in &measures {
                let none = sample.less(&sample, measure);
                assert_eq!((none.value, none.se), (0.0, 0.0), "{sampler:?} {measure}");
            }
            errors.push(ours.se);
        }
        assert!(errors[0] != errors[1] && errors[1] != errors[2], "{errors:?}");
    }
}
