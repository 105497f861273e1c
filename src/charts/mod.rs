//! The pictures. A chart is a file: a struct that holds numbers and names and nothing else, and a function that draws
//! it. It knows no simulation: whoever has estimates fills the struct. Each chart answers one question, and its title
//! is the answer, a sentence made from the numbers. Adding a chart: one file, one field of `Figures`, one line in
//! `CHARTS`.

pub mod answer;
pub mod axes;
pub mod backtest;
pub mod breaking;
pub mod calibration;
pub mod canvas;
pub mod comparison;
pub mod convergence;
pub mod course;
pub mod distribution;
pub mod drivers;
pub mod headline;
pub mod layout;
pub mod loops;
pub mod map;
pub mod money_map;
pub mod outcomes;
pub mod overview;
pub mod render;
pub mod sweep;
pub mod theme;

pub use crate::words::estimated::{Estimated, number};
pub use canvas::Run;

use crate::charts::render::Drawing;
use crate::charts::theme::Look;
use serde::{Deserialize, Deserializer, Serialize};

/// A value and how it spreads over the paths. The point is a mean, or for a share the ratio of means: it need not lie
/// between the quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    pub point: Estimated,
    #[serde(deserialize_with = "number")]
    pub p5: f64,
    #[serde(deserialize_with = "number")]
    pub p25: f64,
    #[serde(deserialize_with = "number")]
    pub p75: f64,
    #[serde(deserialize_with = "number")]
    pub p95: f64,
}

/// A list of numbers, null for what is not defined.
pub fn numbers<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    let known = Vec::<Option<f64>>::deserialize(from)?;
    Ok(known.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
}

/// What there is to draw. A run fills what it has; a chart without data is not drawn.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    pub answer: Option<answer::Answer>,
    pub distribution: Option<distribution::Distribution>,
    pub course: Option<course::Course>,
    pub money_map: Option<money_map::MoneyMap>,
    pub loops: Option<loops::LoopsChart>,
    pub convergence: Option<convergence::Convergence>,
    pub breaking: Option<breaking::Breaking>,
    pub headline: Option<headline::Headline>,
    pub calibration: Option<calibration::Calibration>,
    pub backtest: Option<backtest::Backtest>,
    pub overview: Option<overview::Overview>,
    pub drivers: Option<drivers::Drivers>,
    pub sweep: Option<sweep::Sweep>,
    pub map: Option<map::Map>,
    pub comparison: Option<comparison::Comparison>,
    pub outcomes: Option<outcomes::Outcomes>,
}

/// A line of the registry.
#[derive(Debug)]
pub struct Chart {
    /// The files' stem: `charts/answer.png`.
    pub name: &'static str,
    pub question: &'static str,
    pub draw: fn(&Figures, &Look) -> Option<Drawing>,
}

/// Every chart, in the order in which a report shows them.
pub const CHARTS: &[Chart] = &[
    Chart {
        name: "overview",
        question: "How do several scenarios compare?",
        draw: |figures, look| figures.overview.as_ref().map(|data| overview::draw(data, look)),
    },
    Chart {
        name: "answer",
        question: "How much capital is raised, and how much of it does the loop manufacture?",
        draw: |figures, look| figures.answer.as_ref().map(|data| answer::draw(data, look)),
    },
    Chart {
        name: "distribution",
        question: "How sure is the manufactured share?",
        draw: |figures, look| figures.distribution.as_ref().map(|data| distribution::draw(data, look)),
    },
    Chart {
        name: "course",
        question: "When does the money come, and what happens to the premiums?",
        draw: |figures, look| figures.course.as_ref().map(|data| course::draw(data, look)),
    },
    Chart {
        name: "money_map",
        question: "Who pays whom?",
        draw: |figures, look| figures.money_map.as_ref().map(|data| money_map::draw(data, look)),
    },
    Chart {
        name: "loops",
        question: "Which loops add to the capital, and when?",
        draw: |figures, look| figures.loops.as_ref().map(|data| loops::draw(data, look)),
    },
    Chart {
        name: "breaking",
        question: "How likely is it to break, when, after what, and what does it do to the companies?",
        draw: |figures, look| figures.breaking.as_ref().map(|data| breaking::draw(data, look)),
    },
    Chart {
        name: "headline",
        question: "How much of what is announced is paid?",
        draw: |figures, look| figures.headline.as_ref().map(|data| headline::draw(data, look)),
    },
    Chart {
        name: "calibration",
        question: "How do shares react to announcements, by size and sentiment?",
        draw: |figures, look| figures.calibration.as_ref().map(|data| calibration::draw(data, look)),
    },
    Chart {
        name: "backtest",
        question: "How good were forecasts of later events?",
        draw: |figures, look| figures.backtest.as_ref().map(|data| backtest::draw(data, look)),
    },
    Chart {
        name: "drivers",
        question: "Which uncertain number matters, and how much is luck?",
        draw: |figures, look| figures.drivers.as_ref().map(|data| drivers::draw(data, look)),
    },
    Chart {
        name: "sweep",
        question: "What does one number do, over its range?",
        draw: |figures, look| figures.sweep.as_ref().map(|data| sweep::draw(data, look)),
    },
    Chart {
        name: "map",
        question: "What do two numbers do together, and where does the loop feed itself?",
        draw: |figures, look| figures.map.as_ref().map(|data| map::draw(data, look)),
    },
    Chart {
        name: "comparison",
        question: "What differs between two scenarios or runs?",
        draw: |figures, look| figures.comparison.as_ref().map(|data| comparison::draw(data, look)),
    },
    Chart {
        name: "outcomes",
        question: "How did the scenario fare against what happened?",
        draw: |figures, look| figures.outcomes.as_ref().map(|data| outcomes::draw(data, look)),
    },
    Chart {
        name: "convergence",
        question: "Are there enough paths?",
        draw: |figures, look| figures.convergence.as_ref().map(|data| convergence::draw(data, look)),
    },
];
