//! The pictures. A chart is a file: a struct that holds numbers and names and nothing else, and a function that draws
//! it. It knows no simulation: whoever has estimates fills the struct. Each chart answers one question, and its title
//! is the answer, a sentence made from the numbers. Adding a chart: one file, and one line in `CHARTS`.

pub mod answer;
pub mod axes;
pub mod backtest;
pub mod breaking;
pub mod calibration;
pub mod canvas;
pub mod comparison;
pub mod convergence;
pub mod course;
pub mod data;
pub mod distribution;
pub mod drivers;
pub mod event_study;
pub mod financing;
pub mod headline;
pub mod layout;
pub mod loops;
pub mod map;
pub mod money_map;
pub mod outcomes;
pub mod overview;
mod pdf;
pub mod render;
pub mod sweep;
mod texture;
pub mod theme;

pub use crate::words::estimated::{Estimated, number};
pub use canvas::Run;

use crate::charts::data::Data;
use crate::charts::render::Drawing;
use crate::charts::theme::Look;
use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::any::Any;
use std::fmt::Debug;

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

/// Two of them.
pub fn pair<'de, D: Deserializer<'de>>(from: D) -> Result<(f64, f64), D::Error> {
    let (one, other) = <(Option<f64>, Option<f64>)>::deserialize(from)?;
    Ok((one.unwrap_or(f64::NAN), other.unwrap_or(f64::NAN)))
}

pub fn pairs<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(f64, f64)>, D::Error> {
    let known = Vec::<(Option<f64>, Option<f64>)>::deserialize(from)?;
    Ok(known.into_iter().map(|(one, other)| (one.unwrap_or(f64::NAN), other.unwrap_or(f64::NAN))).collect())
}

pub fn five<'de, D: Deserializer<'de>>(from: D) -> Result<[f64; 5], D::Error> {
    Ok(<[Option<f64>; 5]>::deserialize(from)?.map(|value| value.unwrap_or(f64::NAN)))
}

/// A kind of picture: the numbers and names that it shows, and how it shows them.
pub trait Chart: Serialize + DeserializeOwned + Any + Debug + Send + Sync {
    /// The files' stem: `charts/answer.png`.
    const NAME: &str;
    /// What it answers.
    const QUESTION: &str;

    /// The answer, and the title.
    fn sentence(&self) -> String;

    /// What stands under it in a page, and is read to who does not see it.
    fn caption(&self) -> String {
        String::new()
    }

    /// The numbers that it shows: `charts/NAME.csv`, and a sheet of the workbook.
    fn data(&self) -> Data;

    fn draw(&self, look: &Look) -> Drawing;
}

/// A line of the registry.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    pub question: &'static str,
    read: fn(Value) -> serde_json::Result<Box<dyn Picture>>,
}

impl Kind {
    const fn of<C: Chart>() -> Kind {
        Kind {
            name: C::NAME,
            question: C::QUESTION,
            read: |numbers| Ok(Box::new(serde_json::from_value::<C>(numbers)?)),
        }
    }
}

/// Every chart, in the order in which a report shows them.
pub const CHARTS: &[Kind] = &[
    Kind::of::<overview::Overview>(),
    Kind::of::<answer::Answer>(),
    Kind::of::<distribution::Distribution>(),
    Kind::of::<course::Course>(),
    Kind::of::<money_map::MoneyMap>(),
    Kind::of::<financing::Financing>(),
    Kind::of::<loops::LoopsChart>(),
    Kind::of::<breaking::Breaking>(),
    Kind::of::<headline::Headline>(),
    Kind::of::<calibration::Calibration>(),
    Kind::of::<backtest::Backtest>(),
    Kind::of::<event_study::EventStudy>(),
    Kind::of::<drivers::Drivers>(),
    Kind::of::<sweep::Sweep>(),
    Kind::of::<map::Map>(),
    Kind::of::<comparison::Comparison>(),
    Kind::of::<outcomes::Outcomes>(),
    Kind::of::<convergence::Convergence>(),
];

/// A chart of any kind.
pub trait Picture: Any + Debug + Send + Sync {
    fn name(&self) -> &'static str;
    fn sentence(&self) -> String;
    fn caption(&self) -> String;
    fn data(&self) -> Data;
    fn draw(&self, look: &Look) -> Drawing;
    fn numbers(&self) -> serde_json::Result<Value>;
}

impl<C: Chart> Picture for C {
    fn name(&self) -> &'static str {
        C::NAME
    }

    fn sentence(&self) -> String {
        Chart::sentence(self)
    }

    fn caption(&self) -> String {
        Chart::caption(self)
    }

    fn data(&self) -> Data {
        Chart::data(self)
    }

    fn draw(&self, look: &Look) -> Drawing {
        Chart::draw(self, &look.sheet()).reduced_to(look)
    }

    fn numbers(&self) -> serde_json::Result<Value> {
        serde_json::to_value(self)
    }
}

/// What there is to draw, in the order of [`CHARTS`]; as JSON the numbers of each picture by its name.
#[derive(Debug, Default)]
pub struct Figures(Vec<Box<dyn Picture>>);

impl Figures {
    pub fn with(mut self, chart: impl Chart) -> Figures {
        self.0.push(Box::new(chart));
        let place = |name: &str| CHARTS.iter().position(|kind| kind.name == name);
        self.0.sort_by_key(|picture| place(picture.name()));
        self
    }

    /// With the chart, if there is anything to show.
    pub fn with_some(self, chart: Option<impl Chart>) -> Figures {
        match chart {
            Some(chart) => self.with(chart),
            None => self,
        }
    }

    pub fn all(&self) -> &[Box<dyn Picture>] {
        &self.0
    }

    pub fn get<C: Chart>(&self) -> Option<&C> {
        self.0.iter().find_map(|picture| {
            let any: &dyn Any = picture.as_ref();
            any.downcast_ref()
        })
    }
}

impl Serialize for Figures {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for picture in &self.0 {
            map.serialize_entry(picture.name(), &picture.numbers().map_err(serde::ser::Error::custom)?)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Figures {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Figures, D::Error> {
        let mut stored = serde_json::Map::deserialize(from)?;
        let known = CHARTS.iter().filter_map(|kind| Some((kind, stored.remove(kind.name)?)));
        let present = known.filter(|(_, numbers)| !numbers.is_null());
        let pictures = present.map(|(kind, numbers)| (kind.read)(numbers).map_err(serde::de::Error::custom));
        Ok(Figures(pictures.collect::<Result<_, _>>()?))
    }
}
