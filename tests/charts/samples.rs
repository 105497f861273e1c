//! Numbers to draw: a plain case for the goldens, and the cases at which labels collide.

use roundtrip::report::charts::answer::{Answer, LensShare};
use roundtrip::books::Origin;
use roundtrip::report::charts::course::{Course, Fan, Money, PremiumUnit};
use roundtrip::report::charts::distribution::{Distribution, Tally};
use roundtrip::report::charts::{Estimated, Run, Spread};

pub fn run() -> Run {
    Run { scenario: "The 2025 deals".into(), paths: 20_000, seed: 1 }
}

/// A spread about `value`: quantiles at fixed multiples, a standard error of 0.4%.
pub fn about(value: f64) -> Spread {
    Spread {
        point: Estimated::new(value, value.abs() * 0.004),
        p5: value * 0.42,
        p25: value * 0.74,
        p75: value * 1.21,
        p95: value * 1.83,
    }
}

pub const LONG: &str = "Aktiengesellschaft Überlandwerk";

pub fn answer() -> Answer {
    // revenue, savings, premium, mark, recycled, credit
    let means = [21.4, 77.3, 24.8, 6.2, 13.1, 5.4];
    Answer {
        run: run(),
        labs: vec!["OpenAI".into()],
        raised: about(148.2),
        manufactured: about(49.5),
        by_origin: means.map(|mean| Estimated::new(mean, mean * 0.006)),
        lenses: [
            LensShare::Share(Spread { point: Estimated::new(0.334, 0.0008), p5: 0.12, p25: 0.24, p75: 0.41, p95: 0.52 }),
            LensShare::Share(Spread { point: Estimated::new(0.171, 0.0006), p5: 0.06, p25: 0.12, p75: 0.21, p95: 0.27 }),
            LensShare::Share(Spread { point: Estimated::new(0.421, 0.004), p5: 0.17, p25: 0.31, p75: 0.52, p95: 0.63 }),
        ],
        causal_upper: Some(Estimated::new(0.583, 0.004)),
    }
}

/// Named cases beyond the standard one.
pub fn answers() -> Vec<(&'static str, Answer)> {
    let standard = answer();
    let share = |value: f64| LensShare::Share(Spread { point: Estimated::new(value, 0.0), p5: value, p25: value, p75: value, p95: value });
    let scaled = |by: f64| {
        let mut data = standard.clone();
        for spread in [&mut data.raised, &mut data.manufactured] {
            *spread = Spread {
                point: Estimated::new(spread.point.value * by, spread.point.se * by),
                p5: spread.p5 * by,
                p25: spread.p25 * by,
                p75: spread.p75 * by,
                p95: spread.p95 * by,
            };
        }
        data.by_origin = data.by_origin.map(|part| Estimated::new(part.value * by, part.se * by));
        data
    };
    let mut nothing = scaled(0.0);
    nothing.lenses = [LensShare::Undefined; 3];
    nothing.causal_upper = None;
    let mut organic = standard.clone();
    organic.manufactured = Spread::default();
    organic.by_origin = [40.0, 108.2, 0.0, 0.0, 0.0, 0.0].map(|mean| Estimated::new(mean, 0.4));
    organic.lenses = [share(0.0), share(0.0), LensShare::NotRun];
    organic.causal_upper = None;
    let mut loop_only = standard.clone();
    loop_only.manufactured = loop_only.raised;
    loop_only.by_origin = [0.0, 0.0, 140.0, 0.05, 8.1, 0.05].map(|mean| Estimated::new(mean, 0.01));
    loop_only.lenses = [share(1.0), share(1.0), share(1.0)];
    loop_only.causal_upper = Some(Estimated::new(1.0, 0.0));
    let mut slivers = standard.clone();
    slivers.by_origin = [0.01, 148.0, 0.05, 0.05, 0.04, 0.05].map(|mean| Estimated::new(mean, 0.001));
    slivers.manufactured = about(0.19);
    slivers.lenses[0] = share(0.0013);
    let mut names = standard.clone();
    names.labs = vec![LONG.into(), format!("{LONG} 2")];
    names.run.scenario = "A scenario whose name is as long as a whole line of text in which someone explains all assumptions, twice over".into();
    let mut negative = standard.clone();
    negative.lenses[2] = LensShare::Share(Spread { point: Estimated::new(-0.08, 0.02), p5: -0.35, p25: -0.2, p75: 0.05, p95: 0.2 });
    let mut one_path = standard.clone();
    one_path.run.paths = 1;
    one_path.raised = Spread { point: one_path.raised.point, p5: 148.2, p25: 148.2, p75: 148.2, p95: 148.2 };
    one_path.manufactured = Spread { point: one_path.manufactured.point, p5: 49.5, p25: 49.5, p75: 49.5, p95: 49.5 };
    vec![
        ("nothing", nothing),
        ("organic", organic),
        ("loop_only", loop_only),
        ("slivers", slivers),
        ("names", names),
        ("negative", negative),
        ("one_path", one_path),
        ("tiny", scaled(0.01 / 148.2)),
        ("huge", scaled(10_000.0 / 148.2)),
    ]
}

/// Shares by a formula: no generator, the same on every machine.
fn shares(number: usize, from: f64, to: f64) -> Vec<f64> {
    (0..number)
        .map(|k| {
            // A sum of three van der Corput sequences: bell-shaped, between 0 and 1.
            let radical = |mut k: usize, base: usize| {
                let (mut value, mut scale) = (0.0, 1.0 / base as f64);
                while k > 0 {
                    value += (k % base) as f64 * scale;
                    k /= base;
                    scale /= base as f64;
                }
                value
            };
            let bell = (radical(k + 1, 2) + radical(k + 1, 3) + radical(k + 1, 5)) / 3.0;
            from + (to - from) * bell
        })
        .collect()
}

fn of_shares(mut values: Vec<f64>, unraised: u64) -> Distribution {
    values.sort_by(f64::total_cmp);
    let at = |part: f64| values.get(((values.len() as f64 - 1.0).max(0.0) * part) as usize).copied().unwrap_or(f64::NAN);
    let quantiles = [0.05, 0.5, 0.95].map(|part| Estimated::new(at(part), 0.002));
    let run = Run { paths: values.len() as u64 + unraised, ..run() };
    Distribution { run, labs: vec!["OpenAI".into()], tally: Tally::of(values), quantiles }
}

pub fn distribution() -> Distribution {
    of_shares(shares(19_412, 0.02, 0.71), 588)
}

pub fn distributions() -> Vec<(&'static str, Distribution)> {
    let with = |zeros: usize, ones: usize, rest: Vec<f64>| {
        let mut values = vec![0.0; zeros];
        values.extend(vec![1.0; ones]);
        values.extend(rest);
        of_shares(values, 100)
    };
    vec![
        ("nothing", of_shares(vec![], 20_000)),
        ("all_zero", of_shares(vec![0.0; 20_000], 0)),
        ("all_one", of_shares(vec![1.0; 20_000], 0)),
        ("zero_or_one", with(7_000, 3_000, vec![])),
        ("masses", with(9_000, 600, shares(8_000, 0.0, 0.6))),
        ("mostly_zero", with(18_000, 3, shares(2_000, 0.0, 0.08))),
        ("narrow", of_shares(shares(20_000, 0.3312, 0.3378), 0)),
        ("one_value", of_shares(vec![0.3337; 5_000], 0)),
        ("few", of_shares(shares(12, 0.2, 0.9), 3)),
        ("one_path", of_shares(vec![0.41], 0)),
        ("top", of_shares(shares(20_000, 0.93, 1.0), 0)),
    ]
}

/// A fan around a median that grows from 0 by `level` a year, ever slower.
fn fan(times: &[f64], level: f64) -> Fan {
    around(times, |t| level * t / (1.0 + 0.1 * t))
}

/// A premium that jumps to `level` a few times and fades by half every nine months.
fn jumps(times: &[f64], level: f64, first: f64) -> Fan {
    let mut lines = Vec::with_capacity(times.len());
    let (mut value, mut last, mut next) = (-0.05 * level, 0.0, first);
    for t in times {
        // 2^(−dt/0.75) by squares of a rational, not by the platform's exp2.
        value *= 1.0 / (1.0 + (t - last) * 0.924);
        while *t >= next {
            value += level;
            next += 1.3;
        }
        last = *t;
        lines.push(value);
    }
    let at = |t: f64| lines[times.iter().position(|time| *time == t).unwrap()];
    around(times, at)
}

fn around(times: &[f64], median: impl Fn(f64) -> f64) -> Fan {
    let line = |spread: f64| -> Vec<f64> {
        times.iter().map(|t| median(*t) * (1.0 + spread * (t / (t + 2.0)).sqrt())).collect()
    };
    Fan { p5: line(-0.8), p25: line(-0.35), p50: line(0.0), p75: line(0.45), p95: line(1.4) }
}

pub const COMPANIES: [&str; 14] = [
    "Oracle", "NVIDIA", "Microsoft", "AMD", "Amazon", "Broadcom", "CoreWeave", "Alphabet", "Meta", LONG, "Intel", "Arm", "Dell", "Nebius",
];

fn weeks(number: usize) -> Vec<f64> {
    (0..=number).map(|step| step as f64 / 52.0).collect()
}

pub fn course() -> Course {
    let times = weeks(260);
    let premiums = COMPANIES[..5].iter().zip([(0.31, 0.1), (0.12, 0.4), (0.05, 0.7), (0.44, 0.2), (0.03, 1.1)]);
    Course {
        run: run(),
        labs: vec!["OpenAI".into()],
        start: 2025.685,
        capital: vec![(Money::Organic, fan(&times, 28.0)), (Money::Manufactured, fan(&times, 14.0))],
        premium_unit: PremiumUnit::ShareOfFundamental,
        premiums: premiums.map(|(name, (level, first))| (name.to_string(), jumps(&times, level, first))).collect(),
        times,
    }
}

pub fn courses() -> Vec<(&'static str, Course)> {
    let with = |times: Vec<f64>, companies: usize, level: f64| Course {
        premium_unit: PremiumUnit::UsdBn,
        premiums: (0..companies)
            .map(|place| {
                let fan = jumps(&times, level / (place + 1) as f64, 0.1 * place as f64);
                (COMPANIES[place % 14].to_string(), fan)
            })
            .collect(),
        capital: vec![(Money::Organic, fan(&times, 28.0)), (Money::Manufactured, fan(&times, 14.0))],
        times,
        ..course()
    };
    let mut twelve = with(weeks(260), 14, 10_000.0);
    twelve.capital = vec![(Money::Organic, fan(&twelve.times, 4000.0)), (Money::Manufactured, fan(&twelve.times, 0.0))];
    let mut origins = with(weeks(260), 9, 300.0);
    let all = [Origin::Revenue, Origin::Savings, Origin::Premium, Origin::Mark, Origin::Recycled, Origin::Credit];
    origins.capital = all
        .iter()
        .zip([4.0, 15.0, 5.0, 2.0, 0.02, 1.0])
        .map(|(origin, level)| (Money::Of(*origin), fan(&origins.times, level)))
        .collect();
    let mut nothing = with(weeks(260), 1, 0.0);
    nothing.capital = vec![(Money::Organic, fan(&nothing.times, 0.0)), (Money::Manufactured, fan(&nothing.times, 0.0))];
    let mut none = with(weeks(260), 0, 0.0);
    none.labs = vec![LONG.into(), "AMD".into()];
    let short = with(weeks(20), 3, 0.01);
    let step = with(weeks(0), 7, 50.0);
    let mut long = with((0..=600).map(|step| step as f64 / 12.0).collect(), 12, 3.0);
    long.labs = (0..5).map(|lab| format!("Lab {lab}")).collect();
    vec![
        ("one_company", with(weeks(260), 1, 180.0)),
        ("twelve", twelve),
        ("origins", origins),
        ("nothing", nothing),
        ("no_company", none),
        ("short", short),
        ("one_step", step),
        ("fifty_years", long),
    ]
}
