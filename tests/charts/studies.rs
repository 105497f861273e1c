//! Numbers to draw for the charts of studies: a plain case each, and the cases at which labels collide.

use super::samples::{LONG, run};
use roundtrip::charts::Estimated;
use roundtrip::charts::comparison::{Comparison, Other, Row};
use roundtrip::charts::drivers::{Bar, Drivers, Part};
use roundtrip::charts::event_study::{Course, EventStudy, Mean};
use roundtrip::charts::map::Map;
use roundtrip::charts::outcomes::{Group, Mark, Outcomes};
use roundtrip::charts::sweep::{Line, Place, Reached, Sweep, Target};
use roundtrip::words::label::{Named, of_number};
use roundtrip::words::measure::Kind;

/// A number that has no label.
fn number(address: &str) -> Named {
    Named { key: address.into(), words: of_number(address), is_given: false }
}

fn bar(name: &str, low: f64, high: f64, effect: f64, half: f64) -> Bar {
    Bar {
        name: number(name),
        low,
        high,
        effect,
        effect_low: effect - half,
        effect_high: effect + half,
        is_told: effect > 1.5 * half,
    }
}

fn parts(shares: [f64; 5]) -> Vec<Part> {
    let names = ["filed", "reported", "estimated", "assumed", "luck"];
    let part = |(name, share): (&str, f64)| Part {
        name: name.into(),
        share,
        se: 0.006,
        is_told: share.abs() > 0.018,
    };
    names.into_iter().zip(shares).map(part).collect()
}

pub fn drivers() -> Drivers {
    Drivers {
        run: run(),
        measure: Named::measure("share.traced"),
        kind: Kind::Share,
        mean: 0.0742,
        bars: vec![
            bar("lab.OpenAI.round.trigger", 0.0364, 0.1038, 0.228, 0.02),
            bar("holding.SoftBank.invests.OpenAI", 0.0509, 0.0953, 0.127, 0.014),
            bar("lab.OpenAI.round.multiple.hype", 0.0602, 0.0869, 0.079, 0.012),
            bar("holding.SoftBank.max_ltv", 0.0892, 0.0738, 0.068, 0.013),
            bar("compute.OpenAI.Microsoft.base", 0.0573, 0.0836, 0.03, 0.03),
        ],
        numbers: 62,
        parts: parts([-0.004, 0.001, 0.352, 0.473, 0.178]),
        luck: (0.406, 0.012),
    }
}

pub fn drivers_cases() -> Vec<(&'static str, Drivers)> {
    let standard = drivers();
    let mut many = standard.clone();
    many.measure = Named::measure("capital.raised");
    many.kind = Kind::UsdBn;
    many.mean = 1903.0;
    many.bars = (0..40)
        .map(|k| {
            bar(
                &format!("lab.{LONG}.round.appetite.suspicion.{k}"),
                900.0 + 30.0 * f64::from(k),
                3100.0,
                0.1,
                0.2,
            )
        })
        .collect();
    many.parts = parts([0.2, 0.2, 0.2, 0.2, 0.2]);
    let mut nothing = standard.clone();
    nothing.bars.clear();
    nothing.parts.clear();
    nothing.luck = (f64::NAN, f64::NAN);
    let mut luck = standard.clone();
    luck.bars.clear();
    luck.numbers = 0;
    luck.parts = parts([0.0, 0.0, 0.0, 0.0, 1.0]);
    luck.luck = (1.0, 0.0);
    let mut one = standard.clone();
    one.bars.truncate(1);
    one.numbers = 1;
    let mut noisy = standard;
    for bar in &mut noisy.bars {
        (bar.effect_low, bar.effect_high, bar.is_told) = (-0.6, 0.8, false);
    }
    noisy.parts = parts([-0.2, 0.3, -0.1, 0.6, 0.4]);
    vec![("many", many), ("nothing", nothing), ("luck", luck), ("one", one), ("noisy", noisy)]
}

fn place(headline: f64) -> Place {
    Place {
        headline,
        se: headline.abs() * 0.01,
        p5: headline * 0.2,
        p25: headline * 0.6,
        p75: headline * 1.3,
        p95: headline * 2.1,
    }
}

fn line(measure: &str, kind: Kind, values: &[f64]) -> Line {
    let change = values.last().unwrap_or(&0.0) - values.first().unwrap_or(&0.0);
    Line {
        measure: Named::measure(measure),
        kind,
        values: values.iter().map(|value| place(*value)).collect(),
        change: (change, 0.0014),
    }
}

pub fn sweep() -> Sweep {
    let mut unwind = line("unwind", Kind::Share, &[0.21, 0.34, 0.49, 0.63, 0.74, 0.82]);
    for place in &mut unwind.values {
        (place.p5, place.p25, place.p75, place.p95) = (f64::NAN, f64::NAN, f64::NAN, f64::NAN);
    }
    Sweep {
        run: run(),
        number: number("lab.OpenAI.commit.multiple"),
        unit: "multiple".into(),
        at: vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        in_file: Some(2.5),
        lines: vec![
            line("share.traced", Kind::Share, &[0.0734, 0.0827, 0.0898, 0.0953, 0.0998, 0.1024]),
            line("capital.raised", Kind::UsdBn, &[158.2, 189.1, 217.0, 238.0, 248.6, 250.1]),
            unwind,
        ],
        target: None,
    }
}

pub fn sweeps() -> Vec<(&'static str, Sweep)> {
    let standard = sweep();
    let mut solved = standard.clone();
    solved.lines = vec![standard.lines[2].clone()];
    solved.target = Some(Target {
        value: 0.5,
        crossings: vec![Reached { at: 3.07, low: 2.95, high: 3.2, is_open: false }],
    });
    let mut twice = solved.clone();
    twice.target = Some(Target {
        value: 0.5,
        crossings: vec![
            Reached { at: 1.2, low: 1.0, high: 1.4, is_open: true },
            Reached { at: 5.9, low: 5.8, high: 6.0, is_open: true },
        ],
    });
    let mut never = solved.clone();
    never.target = Some(Target { value: 3.0, crossings: Vec::new() });
    let mut flat = standard.clone();
    for line in &mut flat.lines {
        line.values = vec![Place::default(); 6];
        line.change = (0.0, 0.0);
    }
    let mut undefined = standard.clone();
    for line in &mut undefined.lines {
        line.values[0].headline = f64::NAN;
        line.change = (f64::NAN, f64::NAN);
    }
    let mut long = standard.clone();
    long.number =
        number(&format!("lab.{LONG}.round.appetite.suspicion and then some more of it, to be sure"));
    long.at = vec![-1e12, 0.0, 2e11, 4e11, 6e11, 1e12];
    long.in_file = Some(9e11);
    for line in &mut long.lines {
        line.measure = Named::measure(&format!("company.{LONG}.premium_year_after"));
    }
    let mut five = standard;
    five.lines =
        (0..5).map(|_| line("share.netted", Kind::Share, &[-0.2, -0.1, 0.0, 0.1, 0.2, 0.3])).collect();
    five.in_file = None;
    vec![
        ("solved", solved),
        ("twice", twice),
        ("never", never),
        ("flat", flat),
        ("undefined", undefined),
        ("long", long),
        ("five", five),
    ]
}

pub fn map() -> Map {
    let xs = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    let ys = vec![0.0, 0.15, 0.3, 0.45, 0.6];
    let at = |f: fn(f64, f64) -> (f64, f64)| -> Vec<(f64, f64)> {
        ys.iter().flat_map(|y| xs.iter().map(move |x| f(*x, *y))).collect()
    };
    Map {
        run: run(),
        measure: Named::measure("share.traced"),
        kind: Kind::Share,
        cells: at(|x, y| (0.05 + 0.008 * x + 0.045 * y, 0.0011)),
        gain: at(|x, y| (0.1 + 0.11 * x + 0.25 * y, 0.03)),
        axes: [
            (number("lab.OpenAI.commit.multiple"), xs.clone()),
            (number("announcement.elasticity"), ys.clone()),
        ],
    }
}

pub fn maps() -> Vec<(&'static str, Map)> {
    let standard = map();
    let mut coarse = standard.clone();
    for (_, se) in &mut coarse.gain {
        *se = 0.4;
    }
    let mut beyond = standard.clone();
    for (gain, _) in &mut beyond.gain {
        *gain += 0.6;
    }
    let mut without = standard.clone();
    without.gain.clear();
    let mut holes = standard.clone();
    for (k, ((cell, _), (gain, _))) in holes.cells.iter_mut().zip(&mut holes.gain).enumerate() {
        if k.is_multiple_of(4) {
            (*cell, *gain) = (f64::NAN, f64::NAN);
        }
    }
    let mut flat = standard.clone();
    flat.cells.fill((0.2, 0.01));
    let mut undefined = standard.clone();
    undefined.cells.fill((f64::NAN, f64::NAN));
    let mut fine = standard.clone();
    let side: Vec<f64> = (0..60).map(|k| 1e-4 * f64::from(k)).collect();
    fine.axes = [
        (number(&format!("company.{LONG}.suppliers.{LONG}")), side.clone()),
        (number(&format!("lab.{LONG}.cash")), side),
    ];
    fine.cells = (0..3600).map(|k| (1e5 * f64::from(k % 61), 3.0)).collect();
    fine.gain = (0..3600).map(|k| (f64::from((k % 60) * (k / 60)) / 2000.0, 0.01)).collect();
    fine.kind = Kind::UsdBn;
    let mut two = standard;
    two.axes = [(number("a.a"), vec![0.0, 1.0]), (number("b.b"), vec![0.0, 1.0])];
    two.cells = vec![(0.1, 0.01), (0.2, 0.01), (0.3, 0.01), (0.4, 0.01)];
    two.gain = vec![(0.2, 0.01), (0.6, 0.01), (0.6, 0.01), (0.2, 0.01)];
    vec![
        ("coarse", coarse),
        ("beyond", beyond),
        ("without", without),
        ("holes", holes),
        ("flat", flat),
        ("undefined", undefined),
        ("fine", fine),
        ("two", two),
    ]
}

fn row(measure: &str, kind: Kind, a: f64, b: f64, se: f64) -> Row {
    Row {
        measure: Named::measure(measure),
        kind,
        first: Estimated::new(a, se),
        others: vec![Other { value: Estimated::new(b, se), change: Estimated::new(b - a, se) }],
    }
}

pub fn comparison() -> Comparison {
    Comparison {
        run: run(),
        names: vec!["The Oracle loop".into(), "The Oracle loop with announcement off".into()],
        is_paired: true,
        rows: vec![
            row("share.traced", Kind::Share, 0.083, 0.071, 0.0002),
            row("share.netted", Kind::Share, 0.297, 0.2981, 0.0005),
            row("capital.raised", Kind::UsdBn, 190.0, 187.9, 0.2),
            row("capital.manufactured", Kind::UsdBn, 15.8, 13.3, 0.05),
            row("rounds", Kind::Plain, 3.41, 3.38, 0.01),
            row("unwind", Kind::Share, 0.344, 0.3441, 0.001),
        ],
    }
}

pub fn comparisons() -> Vec<(&'static str, Comparison)> {
    let standard = comparison();
    let mut same = standard.clone();
    for row in &mut same.rows {
        row.others[0] = Other { value: row.first, change: Estimated::new(0.0, 0.0) };
    }
    let mut zero = standard.clone();
    zero.rows[0] = row("share.traced", Kind::Share, 0.0, 0.2, 0.001);
    zero.rows[1] = row("share.netted", Kind::Share, f64::NAN, f64::NAN, f64::NAN);
    let mut long = standard.clone();
    long.names = vec![LONG.repeat(6), LONG.repeat(7)];
    long.is_paired = false;
    long.rows = (0..40)
        .map(|k| row(&format!("company.{LONG}.premium_year_after.{k}"), Kind::UsdBn, 1e6, -4e6, 3e5))
        .collect();
    let mut noise = standard.clone();
    for row in &mut noise.rows {
        let change = &mut row.others[0].change;
        change.se = change.value.abs() * 2.0 + 0.01;
    }
    let mut none = standard;
    none.rows.clear();
    let of_many = |others: usize| {
        let mut many = comparison();
        many.names.extend((2..=others).map(|k| format!("The Oracle loop, scenario {k}")));
        for row in &mut many.rows {
            let Other { value, change } = row.others[0];
            row.others.extend((2..=others).map(|k| Other {
                value: Estimated::new(value.value * (1.0 + k as f64 / 20.0), value.se),
                change: Estimated::new(change.value + value.value * k as f64 / 20.0, change.se),
            }));
        }
        many
    };
    vec![
        ("same", same),
        ("zero", zero),
        ("long", long),
        ("noise", noise),
        ("none", none),
        ("three", of_many(2)),
        ("ten", of_many(9)),
    ]
}

/// Marks of one measure, one below the other.
fn marks(measure: &str, months: std::ops::Range<u32>, median: f64, wide: f64) -> Vec<Mark> {
    let mark = |month: u32| {
        let spread = wide * f64::from(month).sqrt();
        let at = |z: f64| median * (z * spread).exp();
        let z = f64::from(month * 7 % 9) / 2.0 - 2.0;
        Mark {
            measure: Named::measure(measure),
            date: format!("2026-{month:02}-15"),
            band: [-1.64, -0.67, 0.0, 0.67, 1.64].map(at),
            happened: at(z),
            range: (at(z), at(z + 0.4 * f64::from(month % 3))),
            inside: z.abs() < 1.64,
        }
    };
    months.map(mark).collect()
}

fn group(name: &str, marks: Vec<Mark>) -> Group {
    let held = marks.iter().filter(|mark| mark.inside).count();
    Group { name: name.into(), held, marks }
}

pub fn outcomes() -> Outcomes {
    let mut forecasts = marks("company.Oracle.value_end", 1..7, 700.0, 0.12);
    forecasts.extend(marks("company.Microsoft.value_end", 1..5, 3900.0, 0.06));
    forecasts.extend(marks("lab.OpenAI.cash_end", 3..4, 100.0, 0.05));
    forecasts.extend(marks("company.Oracle.debt_end", 5..6, 120.0, 0.04));
    let mut fitted = marks("lab.OpenAI.revenue_end", 1..6, 22.0, 0.07);
    fitted.extend(marks("lab.OpenAI.mark_end", 3..4, 380.0, 0.2));
    let mut inputs = marks("capital.from.company", 4..5, 45.0, 0.0);
    inputs.extend(marks("capital.from.holding", 4..5, 34.0, 0.04));
    Outcomes {
        run: run(),
        title: "Of 12 outcomes not known to the scenario its 90% bands held 10; the other 2 lay above".into(),
        file: "data/outcomes.csv".into(),
        groups: vec![
            group("Forecasts", forecasts),
            group("Known when a range was chosen", fitted),
            group("Put into the scenario", inputs),
        ],
    }
}

pub fn outcomes_cases() -> Vec<(&'static str, Outcomes)> {
    let standard = outcomes();
    let mut one = standard.clone();
    one.groups.truncate(1);
    one.groups[0].marks.truncate(1);
    let mut many = standard.clone();
    for group in &mut many.groups {
        group.marks =
            (0..9).flat_map(|k| marks(&format!("company.{LONG}.value_end.{k}"), 1..13, 10.0, 0.1)).collect();
    }
    many.run.scenario = LONG.repeat(3);
    many.file = format!("{LONG}/{LONG}/{LONG}.csv");
    let mut wild = standard.clone();
    wild.groups[0].marks[0].band = [0.0, 0.0, 0.0, 1.0, 2.0];
    wild.groups[0].marks[1].band = [-5.0, 0.0, 1.0, 1e3, 1e9];
    wild.groups[0].marks[1].happened = 1e-9;
    wild.groups[0].marks[2].happened = 0.0;
    wild.groups[0].marks[2].range = (-3.0, 1e12);
    wild.groups[1].marks[0].band = [f64::NAN; 5];
    wild.groups[1].marks[1].happened = 1e12;
    let mut narrow = standard.clone();
    narrow.groups = vec![group("Put into the scenario", marks("capital.from.company", 1..3, 45.0, 0.001))];
    let mut none = standard;
    none.groups.clear();
    vec![("one", one), ("many", many), ("wild", wild), ("narrow", narrow), ("none", none)]
}

pub fn event_study() -> EventStudy {
    event_study_of(12, 26)
}

/// So many events over so many days, from day −5 on or, of one day, day 0.
fn event_study_of(events: usize, days: usize) -> EventStudy {
    let first = if days > 5 { -5 } else { 0 };
    let jump = |day: usize| if first + day as i32 >= 0 { 0.028 } else { 0.0 };
    let mean = |day: usize| {
        let (mean, half) = (jump(day) + 0.0006 * day as f64, 0.006 * (1.0 + day as f64).sqrt());
        Mean { mean, low: mean - half, high: mean + half }
    };
    let course = |k: usize| {
        let sway = |day: usize| 0.01 * ((k * 7 + day * 5) % 11) as f64 - 0.05 + 0.004 * ((k * 5) % 9) as f64;
        Course { name: format!("E{k:03}"), sums: (0..days).map(|day| jump(day) + sway(day)).collect() }
    };
    EventStudy {
        run: roundtrip::charts::Run {
            scenario: "daily.csv".into(),
            paths: events as u64,
            ..roundtrip::charts::Run::default()
        },
        first,
        zero: Mean { mean: 0.0276, low: 0.0173, high: 0.0379 },
        cumulated: (0..days).map(mean).collect(),
        p: 0.039,
        events: (0..events).map(course).collect(),
    }
}

pub fn event_studies() -> Vec<(&'static str, EventStudy)> {
    let one_day = event_study_of(2, 1);
    let many = event_study_of(400, 120);
    let mut wild = event_study_of(30, 26);
    wild.events[3].sums = (0..26).map(|day| 0.5 * f64::from(day)).collect();
    wild.events[4].sums = vec![f64::NAN; 26];
    wild.cumulated[7] = Mean { mean: f64::NAN, low: f64::NAN, high: f64::NAN };
    wild.cumulated[20].low = f64::NAN;
    wild.p = f64::NAN;
    wild.run.scenario = format!("{LONG}/{LONG}/{LONG}/{LONG}/{LONG}/{LONG}.csv");
    let mut none = event_study_of(2, 26);
    none.events.clear();
    none.cumulated.clear();
    vec![("one_day", one_day), ("many", many), ("wild", wild), ("none", none)]
}
