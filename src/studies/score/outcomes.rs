//! The file of outcomes: what happened, a row per date and measure, with its source. Which rows concern a scenario, and
//! in what role. Every wrong row is reported with its line, column, text and what to do, all at once.
//!
//! A row concerns the scenarios whose file names, without ending, its column `scenarios` lists (separated by blanks; `*`
//! stands for anything; empty: every one). In those of `input_in` the number was put into the scenario, in those of
//! `fitted_in` it was known when a range was chosen; in the rest it is a forecast.
//!
//! Where a row names a scenario in full it must apply there: a measure that the scenario does not have, or a date outside
//! its span, is an error. Where it does not, the row is left out there, and counted.

use crate::input::days::date_of;
use crate::input::names::{did_you_mean, fits, nearest};
use crate::input::table::{Columns, Row, Table, text_of};
use crate::input::{Finding, Findings, Grade, Span};
use crate::outcome::{Kind, is_measure_name, measures};
use crate::plan::Plan;
use std::path::Path;

pub const REQUIRED: [&str; 6] = ["date", "measure", "value", "unit", "source", "grade"];
pub const OPTIONAL: [&str; 6] = ["low", "high", "scenarios", "input_in", "fitted_in", "notes"];
const COLUMNS: Columns = Columns { required: &REQUIRED, optional: &OPTIONAL };

/// What happened.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Line of the file that the row begins on.
    pub line: usize,
    /// Days since 1970-01-01.
    pub day: i32,
    pub date: String,
    pub measure: String,
    /// The middle of the range where the row gives only that.
    pub value: f64,
    /// The sources' range; the value itself where they give none.
    pub low: f64,
    pub high: f64,
    pub source: String,
    pub grade: Grade,
    pub notes: String,
    scenarios: Names,
    input_in: Names,
    fitted_in: Names,
    places: Places,
}

/// Where cells stand.
#[derive(Debug, Clone)]
struct Places {
    date: Span,
    measure: Span,
    scenarios: Span,
    input_in: Span,
    fitted_in: Span,
}

/// Names of scenarios, some with `*`.
#[derive(Debug, Clone, Default)]
struct Names(Vec<String>);

impl Names {
    fn of(cell: &str) -> Names {
        Names(cell.split_whitespace().map(String::from).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|pattern| fits(pattern, name))
    }

    fn has_in_full(&self, name: &str) -> bool {
        self.0.iter().any(|known| known == name)
    }
}

/// What an outcome is to a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Forecast,
    /// A range of the scenario was chosen by somebody who knew it.
    Fitted,
    /// It was put into the scenario.
    Input,
}

impl Role {
    pub const ALL: [Role; 3] = [Role::Forecast, Role::Fitted, Role::Input];

    pub fn name(self) -> &'static str {
        match self {
            Role::Forecast => "forecast",
            Role::Fitted => "fitted",
            Role::Input => "input",
        }
    }
}

/// Why a row that would concern a scenario is left out there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Omission {
    /// The scenario has no such actor.
    NoMeasure,
    BeforeStart,
    AfterEnd,
}

impl Omission {
    pub const ALL: [Omission; 3] = [Omission::NoMeasure, Omission::BeforeStart, Omission::AfterEnd];

    pub fn why(self) -> &'static str {
        match self {
            Omission::NoMeasure => "of measures that the scenario does not have",
            Omission::BeforeStart => "before its start",
            Omission::AfterEnd => "past its end",
        }
    }
}

/// The rows of the file that concern one scenario, by their place in the file.
#[derive(Debug, Clone, Default)]
pub struct Concerned {
    pub rows: Vec<(usize, Role)>,
    pub omitted: Vec<(usize, Omission)>,
}

/// A scenario to be scored: the name by which rows mean it, and its plan.
pub struct Subject<'a> {
    pub name: &'a str,
    pub plan: &'a Plan,
}

/// The whole file.
pub struct Outcomes {
    pub file: String,
    pub text: String,
    pub list: Vec<Outcome>,
}

impl Outcomes {
    /// Reads the file and finds the rows of each scenario.
    pub fn read(path: &Path, subjects: &[Subject]) -> Result<(Outcomes, Vec<Concerned>), Findings> {
        let (file, text) = text_of(path)?;
        Outcomes::parse(&file, &text, subjects)
    }

    pub fn parse(
        file: &str,
        text: &str,
        subjects: &[Subject],
    ) -> Result<(Outcomes, Vec<Concerned>), Findings> {
        let mut table = Table::new(file, text);
        let rows = table.rows(&COLUMNS);
        let list: Vec<Outcome> = rows.iter().filter_map(|row| outcome(&mut table, row)).collect();
        let mut findings = table.findings;
        if findings.is_empty() && list.is_empty() {
            let finding = Finding::error("there are no outcomes").at(&(0..0));
            findings.push(finding.help("give a line of column names, then a line per outcome"));
        }
        let known: Vec<Vec<String>> = subjects
            .iter()
            .map(|subject| measures(subject.plan).into_iter().map(|measure| measure.name).collect())
            .collect();
        check_names(&mut findings, &list, &known);
        let concerned = subjects
            .iter()
            .zip(&known)
            .map(|(subject, known)| concerned(&mut findings, &list, subject, known))
            .collect();
        if findings.has_errors() {
            findings.sort();
            return Err(findings);
        }
        Ok((Outcomes { file: file.to_string(), text: text.to_string(), list }, concerned))
    }
}

/// What is wrong with a row alone is reported; none where it cannot be used.
fn outcome(table: &mut Table, row: &Row) -> Option<Outcome> {
    let text = |column: &str| table.cell(row, column).to_string();
    let (measure, unit, source, notes) = (text("measure"), text("unit"), text("source"), text("notes"));
    let names = ["scenarios", "input_in", "fitted_in"].map(|column| Names::of(table.cell(row, column)));
    for (column, cell) in [("measure", &measure), ("source", &source)] {
        if cell.is_empty() {
            table.wrong(row, column, format!("`{column}` is empty"), "every row needs one".into());
        }
    }
    if !measure.is_empty() && is_measure_name(&measure) {
        let kind = Kind::of(&measure);
        if unit != kind.unit() {
            let message = format!("`{measure}` is not counted in `{unit}`");
            let example = if kind == Kind::Share { ": 0.25 for 25%" } else { "" };
            table.wrong(row, "unit", message, format!("give it in `{}`{example}", kind.unit()));
        }
    }
    let day = table.day(row, "date");
    let grade = table.word(row, "grade", &Grade::ALL.map(|grade| (grade, grade.word())));
    const ANY: (f64, f64) = (f64::NEG_INFINITY, f64::MAX);
    let numbers = ["value", "low", "high"].map(|column| table.number(row, column, ANY, "in the row's unit"));
    let [Some(value), Some(low), Some(high)] = numbers else { return None };
    let given = (value, low, high);
    let (value, low, high) = match given {
        (Some(value), low, high) => (value, low.unwrap_or(value), high.unwrap_or(value)),
        (None, Some(low), Some(high)) => (0.5 * (low + high), low, high),
        (None, ..) => {
            let help = "give what happened, or both low and high: their middle is then taken";
            table.wrong(row, "value", "`value` is empty".into(), help.into());
            return None;
        }
    };
    if !(low <= value && value <= high) {
        let message = format!("the value {value} is not between low, {low}, and high, {high}");
        let help = "low and high are the ends of what the sources say; leave them empty if they agree";
        table.wrong(row, if value < low { "low" } else { "high" }, message, help.into());
        return None;
    }
    let [scenarios, input_in, fitted_in] = names;
    Some(Outcome {
        line: row.line,
        day: day?,
        date: table.cell(row, "date").to_string(),
        measure,
        value,
        low,
        high,
        source,
        grade: grade?,
        notes,
        scenarios,
        input_in,
        fitted_in,
        places: Places {
            date: table.span(row, "date"),
            measure: table.span(row, "measure"),
            scenarios: table.span(row, "scenarios"),
            input_in: table.span(row, "input_in"),
            fitted_in: table.span(row, "fitted_in"),
        },
    })
}

/// Names of measures that no scenario could have, and of scenarios that the row does not concern.
fn check_names(findings: &mut Findings, list: &[Outcome], known: &[Vec<String>]) {
    for row in list {
        if !row.measure.is_empty() && !is_measure_name(&row.measure) {
            let finding = Finding::error(format!("there is no measure `{}`", row.measure));
            let all = known.iter().flatten().map(String::as_str);
            let help = match nearest(&row.measure, all) {
                Some(near) => format!("the nearest is `{near}`; docs/results.md lists all"),
                None => "docs/results.md lists all".to_string(),
            };
            findings.push(finding.marked(&row.places.measure, "column measure").help(help));
        }
        if row.scenarios.0.is_empty() {
            continue;
        }
        for (names, place, column) in [
            (&row.input_in, &row.places.input_in, "input_in"),
            (&row.fitted_in, &row.places.fitted_in, "fitted_in"),
        ] {
            let mut strange = names.0.iter().filter(|name| !name.contains('*') && !row.scenarios.has(name));
            if let Some(name) = strange.next() {
                let finding = Finding::error(format!("the row does not concern `{name}`"));
                let known = row.scenarios.0.iter().map(String::as_str);
                let help = format!("{}; or add it to `scenarios`", did_you_mean(name, known));
                findings.push(finding.marked(place, format!("column {column}")).help(help));
            }
        }
    }
}

/// The rows of one scenario.
fn concerned(findings: &mut Findings, list: &[Outcome], subject: &Subject, known: &[String]) -> Concerned {
    let mut found = Concerned::default();
    let (name, clock) = (subject.name, subject.plan.clock);
    let of_scenario = |row: &Outcome| row.scenarios.0.is_empty() || row.scenarios.has(name);
    for (place, row) in list.iter().enumerate().filter(|(_, row)| of_scenario(row)) {
        if row.measure.is_empty() || !is_measure_name(&row.measure) {
            continue;
        }
        let step = clock.step_of(row.day);
        let omission = if !known.contains(&row.measure) {
            Some(Omission::NoMeasure)
        } else if row.day < clock.start {
            Some(Omission::BeforeStart)
        } else if step >= clock.steps as i32 {
            Some(Omission::AfterEnd)
        } else {
            None
        };
        if let Some(omission) = omission {
            if row.scenarios.has_in_full(name) {
                findings.push(must_apply(row, omission, subject, known));
            } else {
                found.omitted.push((place, omission));
            }
            continue;
        }
        let role = match (row.input_in.has(name), row.fitted_in.has(name)) {
            (true, true) => {
                let finding = Finding::error(format!("in `{name}` the row is both an input and fitted"));
                let finding = finding
                    .marked(&row.places.input_in, "column input_in")
                    .marked(&row.places.fitted_in, "column fitted_in");
                findings.push(finding.help("name the scenario in one of the two"));
                continue;
            }
            (true, false) => Role::Input,
            (false, true) => Role::Fitted,
            (false, false) => Role::Forecast,
        };
        let twice = found.rows.iter().map(|(other, _)| &list[*other]);
        let mut twice = twice.filter(|other| other.day == row.day && other.measure == row.measure);
        if let Some(first) = twice.next() {
            let finding =
                Finding::error(format!("`{}` of {} is there twice for `{name}`", row.measure, row.date));
            let finding = finding
                .marked(&row.places.measure, "column measure")
                .marked(&first.places.measure, "first here");
            findings.push(finding.help("remove one of the rows, or let `scenarios` tell them apart"));
            continue;
        }
        found.rows.push((place, role));
    }
    found.rows.sort_by_key(|(place, role)| (*role, list[*place].day));
    // Rows of one measure follow one another, the measure with the first date first.
    let of = |(place, role): &(usize, Role)| (*role, list[*place].measure.as_str());
    let by_date = found.rows.clone();
    found.rows.sort_by_key(|row| by_date.iter().position(|other| of(other) == of(row)));
    if found.rows.is_empty() && !findings.has_errors() {
        let omitted = found.omitted.len();
        let mut finding = Finding::error(format!("no row can be set against `{name}`"));
        let names = list.iter().flat_map(|row| &row.scenarios.0).map(String::as_str);
        finding = finding.help(if omitted > 0 {
            let reasons: Vec<String> = Omission::ALL
                .into_iter()
                .map(|why| (why, found.omitted.iter().filter(|(_, other)| *other == why).count()))
                .filter(|(_, count)| *count > 0)
                .map(|(why, count)| format!("{count} {}", why.why()))
                .collect();
            format!("of {omitted} rows that would concern it are {}", reasons.join(", "))
        } else {
            match nearest(name, names) {
                Some(near) => format!(
                    "rows name scenarios by their files, without ending; the nearest is `{near}`; leave `scenarios` empty for rows that concern all"
                ),
                None => "add rows".to_string(),
            }
        });
        findings.push(finding);
    }
    found
}

/// A row that names the scenario in full and cannot be set against it.
fn must_apply(row: &Outcome, omission: Omission, subject: &Subject, known: &[String]) -> Finding {
    let (name, clock) = (subject.name, subject.plan.clock);
    let finding = match omission {
        Omission::NoMeasure => {
            let help = did_you_mean(&row.measure, known.iter().map(String::as_str));
            Finding::error(format!("`{name}` has no measure `{}`", row.measure))
                .marked(&row.places.measure, "column measure")
                .help(help)
        }
        Omission::BeforeStart => Finding::error(format!("{} is before the start of `{name}`", row.date))
            .marked(&row.places.date, "column date")
            .help(format!("it starts on {}; take the scenario out of `scenarios`", date_of(clock.start))),
        Omission::AfterEnd => Finding::error(format!("{} is past the end of `{name}`", row.date))
            .marked(&row.places.date, "column date")
            .help(format!(
                "it ends on {}; raise its `years` or take it out of `scenarios`",
                date_of(clock.day_of(clock.steps) - 1)
            )),
    };
    finding.marked(&row.places.scenarios, "named here")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    const HEAD: &str = "date,measure,value,low,high,unit,scenarios,input_in,fitted_in,source,grade,notes\n";

    /// A company alone, for a year from 8 September 2025.
    fn solo() -> Plan {
        let text = "[scenario]\nname = \"A company\"\nstart = 2025-09-08\nyears = 1.0\nsteps_per_year = 12\n\
                    [market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.0\n\
                    [[company]]\nname = \"Solo\"\nmarket_cap = 100.0\nvolatility = 0.2\ncash = 1.0\nearnings = 2.0\nmargin = 0.5\n";
        Plan::compile(
            &Scenario::parse("solo.toml", text, Path::new(""), &[]).unwrap_or_else(|f| panic!("{f}")),
        )
    }

    fn parse(rows: &str) -> Result<(Outcomes, Vec<Concerned>), Findings> {
        let plan = solo();
        Outcomes::parse("o.csv", &format!("{HEAD}{rows}"), &[Subject { name: "solo", plan: &plan }])
    }

    fn refused(rows: &str) -> String {
        match parse(rows) {
            Ok(_) => panic!("accepted: {rows}"),
            Err(findings) => findings.to_string(),
        }
    }

    #[test]
    fn rows_have_their_roles_and_ranges() {
        let rows = "2026-01-31,company.Solo.value_end,90,,,USD bn,,,solo,A001,filed,\n\
            2025-12-31,company.Solo.value_end,,80,100,USD bn,s*o,,,A001,reported,\"two, sources\"\n\
            2025-12-31,company.Solo.cash_end,3,,5,USD bn,solo other,s*,,A001,estimated,\n\
            2025-12-31,lab.OpenAI.raised,3,,,USD bn,,,,A001,assumed,\n\
            2025-09-07,capital.raised,3,,,USD bn,*,,,A001,assumed,\n\
            2026-09-09,rounds,3,,,number,,,,A001,assumed,\n\
            2025-12-31,company.Solo.cash_end,3,,5,USD bn,other,,,A001,estimated,\n";
        let (outcomes, concerned) = parse(rows).unwrap_or_else(|f| panic!("{f}"));
        let found = &concerned[0];
        assert_eq!(found.rows, [(1, Role::Forecast), (0, Role::Fitted), (2, Role::Input)]);
        use Omission::*;
        assert_eq!(found.omitted, [(3, NoMeasure), (4, BeforeStart), (5, AfterEnd)]);
        let row = &outcomes.list[1];
        assert_eq!((row.value, row.low, row.high, row.line), (90.0, 80.0, 100.0, 3));
        assert_eq!((outcomes.list[2].low, outcomes.list[2].high), (3.0, 5.0));
        // 2025-12-31 is 20453 days after 1970-01-01 (GNU date).
        assert_eq!(row.day, 20453);
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let text = refused(
            "2025-02-30,company.Solo.value_end,90,,,USD bn,,,,A001,filed,\n\
             2025-12-31,company.Solo.valu_end,90,,,USD bn,,,,A001,filed,\n\
             2025-12-31,company.Solo.value_end,90,,,share,,,,A001,filed,\n\
             2025-12-31,sentiment.hype,25,,,percent,,,,A001,filed,\n\
             2025-12-30,company.Solo.value_end,x,,,USD bn,,,,A001,filed,\n\
             2025-12-29,company.Solo.value_end,,,,USD bn,,,,A001,filed,\n\
             2025-12-28,company.Solo.value_end,9,10,11,USD bn,,,,A001,filed,\n\
             2025-12-27,company.Solo.value_end,9,,,USD bn,,,,,field,\n\
             2025-12-26,company.Solo.value_end,9,,,USD bn,solo,solow,,A001,filed,\n\
             2025-12-25,company.Sol.value_end,9,,,USD bn,solo,,,A001,filed,\n\
             2025-09-01,company.Solo.value_end,9,,,USD bn,solo,,,A001,filed,\n\
             2026-09-09,company.Solo.value_end,9,,,USD bn,solo,,,A001,filed,\n\
             2025-12-24,company.Solo.value_end,9,,,USD bn,,solo,*,A001,filed,\n\
             2025-12-23,company.Solo.value_end,9,,,USD bn,,,,A001,filed,\n\
             2025-12-23,company.Solo.value_end,9,,,USD bn,solo,,,A001,filed,\n\
             2025-12-22,company.Solo.value_end,9\n",
        );
        for part in [
            "`2025-02-30` is not a date",
            "there is no measure `company.Solo.valu_end`",
            "the nearest is `company.Solo.value_end`",
            "`company.Solo.value_end` is not counted in `share`",
            "give it in `share`: 0.25 for 25%",
            "`x` is not a number",
            "`value` is empty",
            "the value 9 is not between low, 10, and high, 11",
            "did you mean `filed`?",
            "`source` is empty",
            "the row does not concern `solow`",
            "`solo` has no measure `company.Sol.value_end`",
            "did you mean `company.Solo.value_end`?",
            "2025-09-01 is before the start of `solo`",
            "it starts on 2025-09-08",
            "2026-09-09 is past the end of `solo`",
            "it ends on 2026-09-08",
            "in `solo` the row is both an input and fitted",
            "`company.Solo.value_end` of 2025-12-23 is there twice for `solo`",
            "3 cells where there are 12 columns",
            "o.csv:3:12",
            "o.csv: 16 errors",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }

    #[test]
    fn no_row_for_a_scenario_is_an_error() {
        let text = refused("2025-12-31,company.Solo.value_end,90,,,USD bn,solow,,,A001,filed,\n");
        assert!(text.contains("no row can be set against `solo`"), "{text}");
        assert!(text.contains("the nearest is `solow`"), "{text}");
        let text = refused("2025-12-31,company.Other.value_end,90,,,USD bn,,,,A001,filed,\n");
        assert!(text.contains("1 of measures that the scenario does not have"), "{text}");
        assert!(refused("").contains("there are no outcomes"));
        let plan = solo();
        let no_columns = Outcomes::parse("o.csv", "date,measur\n", &[Subject { name: "solo", plan: &plan }]);
        let text = no_columns.err().map(|f| f.to_string()).unwrap_or_default();
        assert!(text.contains("is it `measur`?") && text.contains("and `grade`"), "{text}");
    }
}
