//! Questions of one's own about the paths of a run (`--ask`): probabilities, means and percentiles of measures and uncertain
//! numbers, of all paths or of those on which something holds. They are asked of what `paths.parquet` keeps of a path, in
//! single precision: so a run, its shards, and a folder that is asked later give the same answer.

pub mod question;
mod reader;

use crate::estimate::proportion::wilson;
use crate::estimate::quantile::interval;
use crate::estimate::{Accumulator, Block, Keep, RatioEstimate};
use crate::input::currency::Currency;
use crate::input::finding::Findings;
use crate::page::facts::{Answered, notes};
use crate::words::numbers::count;
use crate::words::table::{in_lines, plain_table, printed, right, wrap};
use question::{Question, What};

/// Questions under way.
#[derive(Default)]
pub struct Asked {
    questions: Vec<(Question, Accumulator)>,
    /// Paths so far, and of them those that count, by question.
    paths: u64,
    counted: Vec<u64>,
}

/// What is counted of the paths, as a file has it: how many there are, and by question how they answer and how many count.
pub type Counted = (u64, Vec<(Accumulator, u64)>);

impl Asked {
    /// Questions to paths with those columns; or what is wrong with them.
    pub fn of(
        texts: &[String],
        columns: &[String],
        currency: Currency,
        is_replicated: bool,
    ) -> Result<Asked, Findings> {
        let sign = currency.sign();
        let of = |question: Question| {
            let keep = match question.what {
                What::Quantile(..) => Keep::MEASURES,
                What::Probability(_) | What::Mean(_) => Keep::Moments,
            };
            let accumulator = Accumulator::new(vec![question.text.clone()], Vec::new(), keep);
            (question, accumulator.replicated(is_replicated))
        };
        let questions = reader::read(texts, columns, [sign.trim(), currency.code()])?;
        let counted = vec![0; questions.len()];
        Ok(Asked { questions: questions.into_iter().map(of).collect(), paths: 0, counted })
    }

    /// The columns that are looked at.
    pub fn columns(&self) -> Vec<usize> {
        let mut all: Vec<usize> =
            self.questions.iter().flat_map(|(question, _)| question.columns()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Takes the paths that follow; `column` finds a column of theirs.
    pub fn add<'a>(&mut self, first: u64, paths: usize, column: impl Fn(usize) -> &'a [f64]) {
        for ((question, accumulator), counted) in self.questions.iter_mut().zip(&mut self.counted) {
            let columns: Vec<(usize, &[f64])> =
                question.columns().into_iter().map(|number| (number, column(number))).collect();
            let of_path = |path: usize| {
                question.of_path(&|number| {
                    let at = columns.binary_search_by_key(&number, |(known, _)| *known);
                    at.map_or(f64::NAN, |at| f64::from(columns[at].1[path] as f32))
                })
            };
            let values: Vec<f64> = (0..paths).map(of_path).collect();
            *counted += values.iter().filter(|value| !value.is_nan()).count() as u64;
            accumulator.add(&Block { first, paths, columns: vec![values] });
        }
        self.paths += paths as u64;
    }

    /// Of so many paths in all, answers are counted instead of kept where they would be too many.
    pub fn count_from(&mut self, paths: u64) {
        self.questions.iter_mut().for_each(|(_, accumulator)| accumulator.count_from(paths));
    }

    /// No path is added any more.
    pub fn close(&mut self) {
        self.questions.iter_mut().for_each(|(_, accumulator)| accumulator.close());
    }

    pub fn put_in_order(&mut self) {
        self.questions.iter_mut().for_each(|(_, accumulator)| accumulator.put_in_order());
    }

    /// A [`Counted`], for a file.
    pub fn counted(&self) -> (u64, Vec<(&Accumulator, &u64)>) {
        let accumulators = self.questions.iter().map(|(_, accumulator)| accumulator);
        (self.paths, accumulators.zip(&self.counted).collect())
    }

    /// Takes in what other paths answered to the same questions; `None` where they were others.
    #[must_use]
    pub fn merge(&mut self, (paths, answers): Counted) -> Option<()> {
        (answers.len() == self.questions.len()).then_some(())?;
        self.paths = self.paths.checked_add(paths)?;
        let mine = self.questions.iter_mut().zip(&mut self.counted);
        mine.zip(answers).try_for_each(|(((_, accumulator), counted), (answer, more))| {
            *counted = counted.checked_add(more)?;
            accumulator.merge(answer)
        })
    }

    pub fn finish(self) -> Vec<Answered> {
        let paths = self.paths;
        let one = |((question, accumulator), n): ((Question, Accumulator), u64)| {
            let (question, what, unit) = (question.text.clone(), question.what.clone(), question.kind());
            let found = answer(&what, accumulator, n);
            let RatioEstimate { value, se, low, high } = found;
            Answered { question, unit, value, se, low, high, n, of: paths }
        };
        self.questions.into_iter().zip(self.counted).map(one).collect()
    }
}

/// The answer with its 95% interval: of a probability Wilson's, of a percentile that of order statistics, of a mean the
/// normal one.
fn answer(what: &What, accumulator: Accumulator, n: u64) -> RatioEstimate {
    if let What::Quantile(p, _) = what {
        let ends = interval(*p, n);
        let at: Vec<f64> = [*p].into_iter().chain(ends.into_iter().flatten()).collect();
        let found = &accumulator.quantiles(&at)[0];
        let end = |k: usize| found.get(k).map_or(f64::NAN, |end| end.value);
        return RatioEstimate { value: found[0].value, se: found[0].se, low: end(1), high: end(2) };
    }
    let estimate = accumulator.finish().measures[0].1;
    let around = RatioEstimate::around(estimate.mean, estimate.se);
    match what {
        What::Probability(_) if n > 0 => {
            let (low, high) = wilson((estimate.mean * n as f64).round() as u64, n);
            RatioEstimate { low, high, ..around }
        }
        _ => around,
    }
}

/// Columns of a question in the terminal.
const QUESTION: usize = 33;

/// For a terminal.
pub fn text(answers: &[Answered]) -> String {
    if answers.is_empty() {
        return String::new();
    }
    let mut table = plain_table();
    table.set_header(["asked", "answer", "95% interval", "paths"]);
    for answered in answers {
        let paths = if answered.n == answered.of { "all".into() } else { count(answered.n) };
        table.add_row([in_lines(&answered.question, QUESTION), answered.said(), answered.interval(), paths]);
    }
    right(&mut table, 1..4);
    let notes = notes(answers);
    printed(&table) + &if notes.is_empty() { String::new() } else { wrap(&notes) }
}
