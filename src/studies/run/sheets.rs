//! The sheets of `results.xlsx`: what the terminal says and its tables, every measure, the flows, the courses, the
//! scenario's numbers with their evidence, and what each chart shows.

use super::results::Results;
use crate::books::Origin;
use crate::charts::answer::Answer;
use crate::charts::data::{self, Column, Data, FIVE, Unit, row};
use crate::charts::{Chart, Estimated, Figures};
use crate::files::flows::FlowLine;
use crate::files::parquet::CoursePoint;
use crate::input::Quantity;
use crate::outcome::Kind;
use crate::page::facts::{Facts, Measured, undocumented};
use crate::scenario::{Scenario, quantity};
use crate::words::numbers::capitalised;

/// In the order in which they stand.
pub fn of(
    results: &Results,
    scenario: &Scenario,
    facts: &Facts,
    figures: &Figures,
    flows: &[FlowLine],
    courses: &[CoursePoint],
) -> Vec<(String, Data)> {
    let tables = [
        ("answer", answer(facts, figures)),
        ("lenses", lenses(facts)),
        ("capital", capital(facts)),
        ("drivers", drivers(facts)),
        ("breaking", breaking(facts)),
        ("measures", measures(results, scenario)),
        ("flows", of_flows(flows)),
        ("courses", of_courses(results, courses)),
        ("inputs", inputs(results, scenario)),
    ];
    let charts = figures.all().iter().map(|picture| (format!("chart {}", picture.name()), picture.data()));
    tables.into_iter().map(|(name, data)| (name.to_string(), data)).chain(charts).collect()
}

/// What is said, and of which run.
fn answer(facts: &Facts, figures: &Figures) -> Data {
    let mut data = Data::new(data::words(["what", "says"]));
    let mut say = |what: &str, says: &str| data.row(row![what, says]);
    say("scenario", &facts.scenario);
    for (address, value) in &facts.set {
        say("set", &format!("{address} = {value}"));
    }
    if !facts.off.is_empty() {
        say("loops switched off", &facts.off.join(", "));
    }
    if !facts.complete {
        say("interrupted", "the results are of the paths done until then");
    }
    let title = figures.get::<Answer>().map(Chart::sentence);
    for sentence in title.into_iter().chain(facts.told.sentences()) {
        say("answer", &sentence);
    }
    for answer in &facts.asked {
        let (said, interval) = (answer.said(), answer.interval());
        say(&answer.question, &format!("{said} ({interval}; {} of {} paths)", answer.n, answer.of));
    }
    for sentence in undocumented(&facts.assumed_links, facts.raised.mean.value) {
        say("evidence", &sentence);
    }
    say("start", &facts.start);
    say("years", &facts.years.to_string());
    say("paths", &facts.paths.to_string());
    say("seed", &facts.seed.to_string());
    say("sampler", &facts.sampler);
    say("command", &facts.command());
    say("program", &format!("roundtrip {}", facts.version));
    say("SHA-256 of the scenario", &facts.sha256);
    data
}

fn lenses(facts: &Facts) -> Data {
    let columns = data::words(["lens"]).chain(data::of(Unit::Share, ["value", "se", "p5", "p50", "p95"]));
    let mut data = Data::new(columns);
    for lens in &facts.lenses {
        let share = &lens.share;
        data.row(row![&lens.name, share.mean, [share.p5, share.p50, share.p95]]);
    }
    if let Some(circular) = facts.circular {
        data.row(row!["Circular", circular, None::<[f64; 3]>]);
    }
    data
}

/// Instrument by origin, and whose money it is.
fn capital(facts: &Facts) -> Data {
    let origins: Vec<Origin> = facts
        .instruments
        .iter()
        .take(1)
        .flat_map(|(_, cells)| cells.iter())
        .map(|(origin, _)| origin)
        .collect();
    let columns = data::words(["what"]).chain(data::estimated("all", Unit::Billions));
    let by_origin = origins.iter().flat_map(|origin| {
        let star = if origin.is_manufactured() { "*" } else { "" };
        data::estimated(&format!("{}{star}", origin.name()), Unit::Billions).collect::<Vec<_>>()
    });
    let mut data = Data::new(columns.chain(by_origin));
    let nothing = |row: &mut Vec<data::Cell>| row.resize(3 + 2 * origins.len(), data::Cell::Empty);
    for (instrument, cells) in &facts.instruments {
        let cells = cells.values();
        let all: f64 = cells.iter().map(|cell| cell.value).sum();
        if all <= 0.0 {
            continue;
        }
        // Not independent: the sum of the errors is the most it can be.
        let se = cells.iter().map(|cell| cell.se).sum::<f64>().min(facts.raised.mean.se);
        let mut row = row![capitalised(&instrument.replace('_', " ")), Estimated::new(all, se)];
        for cell in cells {
            data::Cells::put(*cell, &mut row);
        }
        data.row(row);
    }
    let mut whole = row!["All", facts.raised.mean];
    nothing(&mut whole);
    data.row(whole);
    for (who, amount) in &facts.investors {
        let mut row = row![format!("From {who}"), *amount];
        nothing(&mut row);
        data.row(row);
    }
    data
}

fn drivers(facts: &Facts) -> Data {
    let columns = data::words(["number"]).chain(data::estimated("rank correlation", Unit::Number));
    let mut data = Data::new(columns);
    for (address, rho) in &facts.drivers {
        data.row(row![address, *rho]);
    }
    data
}

fn breaking(facts: &Facts) -> Data {
    let mut data = Data::new(data::words(["what", "unit"]).chain(data::estimated("", Unit::OfRow)));
    for of in &facts.breaking {
        let unit = match of.unit {
            Measured::UsdBn => Unit::Billions,
            Measured::Share => Unit::Share,
            Measured::Count => Unit::Number,
            Measured::Years => Unit::Years,
        };
        data.row(row![&of.what, unit, of.value]);
    }
    data
}

fn measures(results: &Results, scenario: &Scenario) -> Data {
    let columns = data::words(["measure", "unit"]).chain(data::of(Unit::OfRow, ["mean", "se", "sd"]));
    let mut data = Data::new(columns.chain(data::of(Unit::OfRow, FIVE)).chain(data::of(Unit::Count, ["n"])));
    for (place, (name, of)) in results.estimates.measures.iter().enumerate() {
        let unit = match scenario.number_at(name) {
            Some(id) if place < results.uncertain => Unit::of_key(scenario.number(id).unit.text()),
            _ => Unit::from(Kind::of(name)),
        };
        data.row(row![name, unit, of.mean, of.se, of.sd, of.quantiles().map(|at| at.value), of.n]);
    }
    data
}

fn of_flows(flows: &[FlowLine]) -> Data {
    let columns = data::words(["payer", "payee", "kind", "origin"]);
    let mut data = Data::new(columns.chain(data::of(Unit::Billions, ["mean", "se"])));
    for of in flows {
        data.row(row![&of.payer, &of.payee, &of.kind, &of.origin, of.mean, of.se]);
    }
    data
}

fn of_courses(results: &Results, courses: &[CoursePoint]) -> Data {
    let columns = data::words(["series", "unit"]).chain(data::dated());
    let columns = columns.chain(data::of(Unit::OfRow, FIVE)).chain(data::of(Unit::OfRow, ["mean", "se"]));
    let mut data = Data::new(columns);
    for of in courses {
        let known = results.courses.find(&of.series).map(|place| &results.courses.series[place]);
        let unit = known.map_or(Unit::Number, |series| Unit::of_key(series.unit));
        let quantiles = of.estimate.quantiles().map(|at| at.value);
        let now = data::at(results.start, of.time);
        data.row(row![&of.series, unit, now, quantiles, of.estimate.mean, of.estimate.se]);
    }
    data
}

/// What the file gives, and how it is known; of an uncertain number what was drawn, too.
fn inputs(results: &Results, scenario: &Scenario) -> Data {
    let columns = data::words(["number", "unit"]).chain([Column::new("certain", Unit::OfRow)]);
    let columns = columns.chain(data::words(["uncertain"]));
    let columns = columns.chain(data::of(Unit::OfRow, ["drawn mean", "drawn p5", "drawn p50", "drawn p95"]));
    let mut data = Data::new(columns.chain(data::words(["grade", "source"])));
    for given in scenario.given() {
        let (certain, uncertain) = match given.quantity {
            Quantity::Certain(value) => (value, String::new()),
            Quantity::Uncertain(_) => (f64::NAN, quantity(scenario, given)),
        };
        let drawn = results.measure(&given.address).filter(|_| !uncertain.is_empty());
        let drawn = drawn.map(|of| [of.mean, of.p5.value, of.p50.value, of.p95.value]);
        let unit = Unit::of_key(given.unit.text());
        let source = given.source.as_deref().unwrap_or_default();
        data.row(row![&given.address, unit, certain, uncertain, drawn, given.grade.word(), source]);
    }
    data
}
