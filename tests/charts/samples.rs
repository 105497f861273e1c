//! Numbers to draw: a plain case for the goldens, and the cases at which labels collide.

use roundtrip::books::Origin;
use roundtrip::charts::answer::{Answer, LensShare};
use roundtrip::charts::backtest::{Backtest, Forecast};
use roundtrip::charts::breaking::{Breaking, Precursor};
use roundtrip::charts::calibration::{Calibration, Dot, Sentiment};
use roundtrip::charts::convergence::Convergence;
use roundtrip::charts::course::{Course, Fan, Money, PremiumUnit};
use roundtrip::charts::distribution::{Distribution, Tally};
use roundtrip::charts::financing::{self, Financing};
use roundtrip::charts::headline::Headline;
use roundtrip::charts::loops::{LoopBar, LoopsChart};
use roundtrip::charts::money_map::{Actor, ActorKind, MoneyMap, Payment};
use roundtrip::charts::overview::{Overview, Row};
use roundtrip::charts::{Estimated, Run, Spread};
use roundtrip::scenario::Good;
use roundtrip::words::answer::{Causal, End, Insiders, Range, Told};

pub fn run() -> Run {
    Run { scenario: "The 2025 deals".into(), paths: 20_000, seed: 1, ..Run::default() }
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
        by_origin: means.map(|mean| Estimated::new(mean, mean * 0.006)).into(),
        insiders: LensShare::Share(Spread {
            point: Estimated::new(0.362, 0.0009),
            p5: 0.14,
            p25: 0.28,
            p75: 0.44,
            p95: 0.55,
        }),
        lenses: [
            LensShare::Share(Spread {
                point: Estimated::new(0.334, 0.0008),
                p5: 0.12,
                p25: 0.24,
                p75: 0.41,
                p95: 0.52,
            }),
            LensShare::Share(Spread {
                point: Estimated::new(0.171, 0.0006),
                p5: 0.06,
                p25: 0.12,
                p75: 0.21,
                p95: 0.27,
            }),
            LensShare::Share(Spread {
                point: Estimated::new(0.421, 0.004),
                p5: 0.17,
                p25: 0.31,
                p75: 0.52,
                p95: 0.63,
            }),
        ],
        told: told(),
    }
}

/// A count, a causal share with all that may stand beside it.
fn told() -> Told {
    let end = |share: f64, corner: &str| End {
        share: Estimated::new(share, 0.012),
        corner: corner.into(),
        raised: Estimated::new(140.0, 2.0),
    };
    Told {
        labs: vec!["OpenAI".into()],
        good: Good::default(),
        raised: Estimated::new(148.2, 0.6),
        who: Insiders {
            vendors: true,
            holdings: vec!["SoftBank".into()],
            persons: vec!["Ellison".into()],
            strangers: None,
        },
        causal: Some(Causal {
            share: Estimated::new(0.421, 0.004),
            without_wealth: Some(Estimated::new(0.583, 0.004)),
            range: Some(Range {
                paths: 2_000,
                low: end(0.18, "outside money that a lower price draws, many unserved bids"),
                high: end(0.47, "outside money that a lower price hardly draws, few unserved bids"),
                points: Vec::new(),
            }),
            ..Causal::default()
        }),
        ..Told::default()
    }
}

/// Named cases beyond the standard one.
pub fn answers() -> Vec<(&'static str, Answer)> {
    let standard = answer();
    let share = |value: f64| {
        LensShare::Share(Spread {
            point: Estimated::new(value, 0.0),
            p5: value,
            p25: value,
            p75: value,
            p95: value,
        })
    };
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
    nothing.insiders = LensShare::Undefined;
    nothing.told = Told::default();
    let mut organic = standard.clone();
    organic.manufactured = Spread::default();
    organic.by_origin = [40.0, 108.2, 0.0, 0.0, 0.0, 0.0].map(|mean| Estimated::new(mean, 0.4)).into();
    organic.lenses = [share(0.0), share(0.0), LensShare::NotRun];
    organic.insiders = share(0.0);
    organic.told = Told::default();
    let mut loop_only = standard.clone();
    loop_only.manufactured = loop_only.raised;
    loop_only.by_origin = [0.0, 0.0, 140.0, 0.05, 8.1, 0.05].map(|mean| Estimated::new(mean, 0.01)).into();
    loop_only.lenses = [share(1.0), share(1.0), share(1.0)];
    loop_only.insiders = share(1.0);
    if let Some(causal) = &mut loop_only.told.causal {
        causal.without_wealth = Some(Estimated::new(1.0, 0.0));
        causal.range = None;
    }
    let mut slivers = standard.clone();
    slivers.by_origin = [0.01, 148.0, 0.05, 0.05, 0.04, 0.05].map(|mean| Estimated::new(mean, 0.001)).into();
    slivers.manufactured = about(0.19);
    slivers.lenses[0] = share(0.0013);
    let mut names = standard.clone();
    names.labs = vec![LONG.into(), format!("{LONG} 2")];
    names.run.scenario = "A scenario whose name is as long as a whole line of text in which someone explains all assumptions, twice over".into();
    let mut negative = standard.clone();
    negative.lenses[2] = LensShare::Share(Spread {
        point: Estimated::new(-0.08, 0.02),
        p5: -0.35,
        p25: -0.2,
        p75: 0.05,
        p95: 0.2,
    });
    let mut one_path = standard.clone();
    one_path.run.paths = 1;
    one_path.raised = Spread { point: one_path.raised.point, p5: 148.2, p25: 148.2, p75: 148.2, p95: 148.2 };
    one_path.manufactured =
        Spread { point: one_path.manufactured.point, p5: 49.5, p25: 49.5, p75: 49.5, p95: 49.5 };
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
    let at = |part: f64| {
        values.get(((values.len() as f64 - 1.0).max(0.0) * part) as usize).copied().unwrap_or(f64::NAN)
    };
    let quantiles = [0.05, 0.5, 0.95].map(|part| Estimated::new(at(part), 0.002));
    let run = Run { paths: values.len() as u64 + unraised, ..run() };
    // Paths that raise much have larger shares.
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let headline = (!values.is_empty()).then(|| Estimated::new((mean * 1.06).min(1.0), 0.002));
    Distribution { run, labs: vec!["OpenAI".into()], tally: Tally::of(values), quantiles, headline }
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
        ("near_zero", of_shares(shares(20_000, 0.0001, 0.0009), 0)),
        ("lucky", of_shares(shares(20_000, 0.01, 0.14).into_iter().chain(vec![0.62; 15]).collect(), 0)),
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
    "Oracle",
    "NVIDIA",
    "Microsoft",
    "AMD",
    "Amazon",
    "Broadcom",
    "CoreWeave",
    "Alphabet",
    "Meta",
    LONG,
    "Intel",
    "Arm",
    "Dell",
    "Nebius",
];

fn weeks(number: usize) -> Vec<f64> {
    (0..=number).map(|step| step as f64 / 52.0).collect()
}

pub fn course() -> Course {
    let times = weeks(260);
    let premiums =
        COMPANIES[..5].iter().zip([(0.31, 0.1), (0.12, 0.4), (0.05, 0.7), (0.44, 0.2), (0.03, 1.1)]);
    Course {
        run: run(),
        labs: vec!["OpenAI".into()],
        start: 2025.685,
        capital: vec![(Money::Organic, fan(&times, 28.0)), (Money::Manufactured, fan(&times, 14.0))],
        premium_unit: PremiumUnit::ShareOfFundamental,
        premiums: premiums
            .map(|(name, (level, first))| (name.to_string(), jumps(&times, level, first)))
            .collect(),
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
    twelve.capital =
        vec![(Money::Organic, fan(&twelve.times, 4000.0)), (Money::Manufactured, fan(&twelve.times, 0.0))];
    let mut origins = with(weeks(260), 9, 300.0);
    let all =
        [Origin::Revenue, Origin::Savings, Origin::Premium, Origin::Mark, Origin::Recycled, Origin::Credit];
    origins.capital = all
        .iter()
        .zip([4.0, 15.0, 5.0, 2.0, 0.02, 1.0])
        .map(|(origin, level)| (Money::Of(*origin), fan(&origins.times, level)))
        .collect();
    let mut nothing = with(weeks(260), 1, 0.0);
    nothing.capital =
        vec![(Money::Organic, fan(&nothing.times, 0.0)), (Money::Manufactured, fan(&nothing.times, 0.0))];
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

pub fn money_map() -> MoneyMap {
    use ActorKind::*;
    let actors = [
        ("OpenAI", Lab),
        ("Anthropic", Lab),
        ("Oracle", Company),
        ("NVIDIA", Company),
        ("AMD", Company),
        ("Microsoft", Company),
        ("Amazon", Company),
        ("CoreWeave", Company),
        ("Ellison", Person),
        ("SoftBank", Holding),
        ("Outside", Outside),
    ];
    // payer, payee, revenue, savings, premium, mark, recycled, credit, circular part
    let payments: [(usize, usize, [f64; 6], f64); 31] = [
        (0, 2, [41.0, 0.0, 9.0, 3.0, 28.0, 0.0], 44.0),
        (0, 5, [38.0, 0.0, 4.0, 1.0, 12.0, 0.0], 21.0),
        (0, 4, [9.0, 0.0, 3.0, 0.5, 6.0, 0.0], 9.5),
        (0, 7, [6.0, 0.0, 1.0, 0.2, 4.0, 0.0], 5.0),
        (1, 6, [21.0, 0.0, 1.0, 0.0, 9.0, 0.0], 14.0),
        (1, 5, [8.0, 0.0, 0.5, 0.0, 3.0, 0.0], 3.2),
        (2, 3, [24.0, 2.0, 5.0, 1.5, 14.0, 0.0], 27.0),
        (5, 3, [60.0, 4.0, 2.0, 0.5, 6.0, 0.0], 14.0),
        (6, 3, [32.0, 2.0, 0.5, 0.0, 4.0, 0.0], 8.0),
        (7, 3, [5.0, 1.0, 0.5, 0.1, 2.5, 0.0], 4.0),
        (3, 0, [14.0, 6.0, 0.0, 0.0, 11.0, 0.0], 28.0),
        (3, 7, [1.0, 0.6, 0.0, 0.0, 0.4, 0.0], 1.2),
        (4, 0, [0.0, 0.0, 3.1, 0.0, 0.0, 0.0], 3.0),
        (5, 0, [7.0, 1.0, 0.0, 0.0, 2.0, 3.4], 9.0),
        (6, 1, [9.0, 1.0, 0.0, 0.0, 3.0, 2.0], 11.0),
        (8, 0, [0.0, 4.0, 6.0, 0.0, 0.0, 0.0], 0.0),
        (9, 0, [0.0, 22.0, 4.0, 14.0, 0.0, 0.0], 0.0),
        (10, 0, [96.0, 52.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (10, 1, [38.0, 21.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (10, 2, [42.0, 18.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (10, 3, [310.0, 0.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (10, 5, [280.0, 0.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (10, 6, [170.0, 0.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (10, 9, [12.0, 9.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (0, 10, [52.0, 21.0, 8.0, 4.0, 6.0, 0.0], 0.0),
        (1, 10, [22.0, 9.0, 1.0, 0.0, 2.0, 0.0], 0.0),
        (2, 10, [31.0, 4.0, 4.0, 1.0, 12.0, 0.0], 0.0),
        (3, 10, [90.0, 0.0, 3.0, 1.0, 12.0, 0.0], 0.0),
        (2, 0, [0.2, 0.0, 0.0, 0.0, 0.1, 0.0], 0.25),
        (9, 10, [2.0, 3.0, 0.0, 0.0, 0.0, 0.0], 0.0),
        (8, 10, [0.0, 0.4, 0.0, 0.0, 0.0, 0.0], 0.0),
    ];
    MoneyMap {
        run: run(),
        from: 2025.685,
        to: 2030.685,
        actors: actors.map(|(name, kind)| Actor { name: name.into(), kind }).into(),
        payments: payments
            .map(|(payer, payee, by_origin, circular)| Payment {
                payer,
                payee,
                by_origin: by_origin.into(),
                circular,
                is_lending: false,
            })
            .into(),
        beside: [(0.0, 0.0), (0.0, 0.0), (300.0, 280.0), (420.0, 400.0)].into(),
        circular_throughput: Some(Estimated::new(0.213, 0.003)),
    }
}

pub fn money_maps() -> Vec<(&'static str, MoneyMap)> {
    let standard = money_map();
    let mut nothing = standard.clone();
    nothing.payments.clear();
    nothing.circular_throughput = None;
    // Everybody pays everybody, over four orders of magnitude.
    let mut all_to_all = standard.clone();
    all_to_all.actors = (0..20)
        .map(|place| Actor {
            name: if place % 3 == 0 { format!("{LONG} {place}") } else { COMPANIES[place % 14].to_string() },
            kind: match place {
                0 => ActorKind::Outside,
                1..=4 => ActorKind::Lab,
                _ => ActorKind::Company,
            },
        })
        .collect();
    all_to_all.payments = (0..400)
        .filter(|pair| pair / 20 != pair % 20)
        .map(|pair| {
            let amount = 10_000.0 / ((pair * 37 % 401 + 1) as f64 * (pair * 53 % 89 + 1) as f64);
            let mut by_origin = [0.0; 6];
            by_origin[pair % 6] = amount * 0.7;
            by_origin[(pair + 2) % 6] = amount * 0.3;
            Payment {
                payer: pair / 20,
                payee: pair % 20,
                by_origin: by_origin.into(),
                circular: amount * ((pair % 5) as f64 / 4.0),
                is_lending: false,
            }
        })
        .collect();
    let pair = |amount: f64, back: f64, circular: f64| {
        let mut data = standard.clone();
        data.actors = vec![
            Actor { name: "AMD".into(), kind: ActorKind::Company },
            Actor { name: LONG.into(), kind: ActorKind::Lab },
        ];
        data.payments = vec![
            Payment {
                payer: 0,
                payee: 1,
                by_origin: [0.0, 0.0, 0.0, amount, 0.0, 0.0].into(),
                circular,
                is_lending: false,
            },
            Payment {
                payer: 1,
                payee: 0,
                by_origin: [back, 0.0, 0.0, 0.0, 0.0, 0.0].into(),
                circular,
                is_lending: false,
            },
        ];
        data
    };
    // Lent by a company that is paid, and repaid: beside what is paid, not in it.
    let mut lent = standard.clone();
    lent.payments.extend([(2, 0, 20.0), (0, 2, 4.0)].map(|(payer, payee, amount)| Payment {
        payer,
        payee,
        by_origin: [amount, 0.0, 0.0, 0.0, 0.0, 0.0].into(),
        circular: 0.0,
        is_lending: true,
    }));
    let mut outside_only = standard.clone();
    outside_only.payments.retain(|payment| payment.payer == 10 || payment.payee == 10);
    let mut lopsided = standard.clone();
    lopsided.payments.iter_mut().for_each(|payment| {
        let by = if payment.payer == 10 && payment.payee == 3 { 30.0 } else { 0.002 };
        payment.by_origin = payment.by_origin.map(|amount| amount * by);
        payment.circular *= by;
    });
    let mut long_names = standard.clone();
    long_names.actors.iter_mut().for_each(|actor| actor.name = format!("{} {LONG}", actor.name));
    vec![
        ("nothing", nothing),
        ("all_to_all", all_to_all),
        ("pair", pair(10_000.0, 10_000.0, 10_000.0)),
        ("tiny_pair", pair(0.01, 0.02, 0.0)),
        ("lent", lent),
        ("outside_only", outside_only),
        ("lopsided", lopsided),
        ("long_names", long_names),
    ]
}

pub fn overview() -> Overview {
    let share = |value: f64| LensShare::Share(Spread { point: Estimated::new(value, 0.001), ..about(value) });
    let row = |scenario: &str, raised: f64, traced: f64, causal: Option<f64>, unwind: f64| Row {
        scenario: scenario.into(),
        paths: 20_000,
        seed: 1,
        raised: about(raised),
        insiders: share(traced * 1.3),
        lenses: [share(traced), share(traced * 0.52), causal.map_or(LensShare::NotRun, share)],
        range: causal.map(|share| [share * 0.6, share * 1.2].map(|end| Estimated::new(end, 0.01))),
        unwind: Estimated::new(unwind, (unwind * (1.0 - unwind) / 20_000.0_f64).sqrt()),
    };
    Overview {
        changed: " with market.rate = 0.05; marks off".into(),
        rows: vec![
            row("The 2025 deals", 148.2, 0.334, Some(0.42), 0.113),
            row("Without warrants", 141.0, 0.305, Some(0.39), 0.109),
            row("Slow revenue", 171.4, 0.391, None, 0.342),
            row("Vendors step back", 88.0, 0.121, Some(0.18), 0.211),
        ],
    }
}

pub fn overviews() -> Vec<(&'static str, Overview)> {
    let standard = overview();
    let many = |number: usize| {
        let mut data = standard.clone();
        data.rows = (0..number).map(|place| standard.rows[place % 4].clone()).collect();
        for (place, row) in data.rows.iter_mut().enumerate() {
            row.scenario = if place % 2 == 0 {
                format!("{LONG} in a scenario of many words {place}")
            } else {
                format!("S{place}")
            };
        }
        data
    };
    let mut edges = many(4);
    let share = |value: f64| {
        LensShare::Share(Spread {
            point: Estimated::new(value, 0.0),
            p5: value,
            p25: value,
            p75: value,
            p95: value,
        })
    };
    edges.rows[0].raised = Spread::default();
    edges.rows[0].lenses = [LensShare::Undefined; 3];
    edges.rows[0].unwind = Estimated::new(0.0, 0.0);
    edges.rows[1].lenses = [share(0.0), share(0.0), LensShare::NotRun];
    edges.rows[1].unwind = Estimated::new(1.0, 0.0);
    edges.rows[2].lenses = [share(1.0), share(1.0), share(-0.2)];
    edges.rows[2].raised = about(10_000.0);
    edges.rows[3].raised = about(0.01);
    edges.rows[3].paths = 500;
    let mut nothing = many(2);
    for row in &mut nothing.rows {
        row.raised = Spread::default();
        row.lenses = [LensShare::Undefined; 3];
    }
    vec![
        ("one", many(1)),
        ("two", many(2)),
        ("twelve", many(12)),
        ("fourteen", many(14)),
        ("edges", edges),
        ("nothing", nothing),
    ]
}

/// Quarters from autumn 2025 on, the first cut off.
fn quarters(count: usize) -> Vec<(String, f64, f64)> {
    (0..count)
        .map(|k| {
            let begin = 2025.5 + k as f64 / 4.0;
            let name = format!("{} Q{}", begin.floor(), (begin.fract() * 4.0) as usize + 1);
            (name, if k == 0 { 2025.685 } else { begin }, begin + 0.25)
        })
        .collect()
}

/// (name, Shapley value, standard error, highest probability and the quarter of it)
fn loops_of(count: usize, bars: &[(&str, f64, f64, f64, usize)]) -> LoopsChart {
    let loops: Vec<LoopBar> = bars
        .iter()
        .map(|(name, value, se, most, peak)| LoopBar {
            name: name.to_string(),
            value: Estimated::new(*value, *se),
            carries: (0..count).map(|k| most / (1.0 + 0.5 * (k as f64 - *peak as f64).powi(2))).collect(),
        })
        .collect();
    LoopsChart {
        run: run(),
        labs: vec!["OpenAI".into()],
        raised: Estimated::new(188.2, 0.6),
        added: Estimated::new(bars.iter().map(|bar| bar.1).sum(), 0.8),
        quarters: quarters(count),
        loops,
    }
}

pub fn loops() -> LoopsChart {
    loops_of(
        21,
        &[
            ("announcement", 1.5, 0.11, 0.3, 0),
            ("collateral", 0.43, 0.05, 0.05, 9),
            ("marks", 7.8, 0.35, 0.25, 6),
            ("vendor equity", 43.3, 0.88, 0.6, 3),
            ("suspicion", -5.7, 0.82, 0.0, 5),
        ],
    )
}

pub fn loops_cases() -> Vec<(&'static str, LoopsChart)> {
    let nothing =
        LoopsChart { added: Estimated::new(0.2, 0.8), ..loops_of(5, &[("marks", 0.2, 0.8, 0.1, 2)]) };
    let all: Vec<_> = [
        "announcement",
        "collateral",
        "marks",
        "vendor equity",
        "credits",
        "warrants",
        "reciprocal",
        "suspicion",
    ]
    .into_iter()
    .enumerate()
    .map(|(k, name)| (name, 31.0 - 9.0 * k as f64, 2.5, 0.12 * k as f64, 3 * k))
    .collect();
    let unknown = LoopsChart {
        labs: vec![LONG.into(), "Anthropic".into(), "xAI".into(), "Mistral".into()],
        raised: Estimated::new(12_345.0, f64::NAN),
        added: Estimated::new(4000.0, 0.0),
        ..loops_of(1, &[("vendor equity", 4000.0, f64::NAN, 1.0, 0)])
    };
    vec![
        ("one loop that does nothing", nothing),
        ("eight loops over twenty years", loops_of(80, &all)),
        ("one quarter, no errors", unknown),
        (
            "all take away",
            loops_of(9, &[("suspicion", -12.0, 0.5, 0.0, 0), ("marks", -0.004, 0.001, 0.0, 0)]),
        ),
        (
            "the largest above the whole",
            loops_of(12, &[("marks", 80.0, 1.0, 0.9, 4), ("suspicion", -50.0, 1.0, 0.0, 0)]),
        ),
    ]
}

/// Paths that stand after each week when a share of them breaks from `first` on.
fn standing(paths: u64, times: &[f64], first: f64, share: f64) -> Vec<u64> {
    let last = times.last().copied().unwrap_or(1.0);
    let broken = |time: f64| share * ((time - first) / (last - first)).clamp(0.0, 1.0);
    times.iter().map(|time| paths - (paths as f64 * broken(*time)).round() as u64).collect()
}

pub fn breaking() -> Breaking {
    let times = weeks(260);
    let precursor = |what: &str, breaking: f64, standing: f64| Precursor {
        what: what.into(),
        breaking: Estimated::new(breaking, 0.012),
        standing: Estimated::new(standing, 0.004),
    };
    let falls =
        [("Oracle", -0.31), ("NVIDIA", -0.12), ("AMD", -0.15), ("Microsoft", -0.004), ("CoreWeave", -0.44)];
    Breaking {
        run: run(),
        labs: vec!["OpenAI".into()],
        start: 2025.685,
        standing: standing(run().paths, &times, 1.2, 0.34),
        times,
        followed: 3321,
        before: vec![
            precursor("revenue below its median", 0.93, 0.5),
            precursor("suspicion in the year before", 0.72, 0.48),
            precursor("a year's capital below its median", 0.61, 0.5),
            precursor("a year's bills above their median", 0.55, 0.5),
            precursor("a tranche missed", 0.2, 0.19),
        ],
        sentiments: [0.42, 0.35, 0.23].map(|share| Estimated::new(share, 0.002)),
        falls: falls.map(|(name, fall)| (name.to_string(), fallen(fall))).to_vec(),
    }
}

fn fallen(median: f64) -> Spread {
    Spread {
        point: Estimated::new(median, 0.01),
        p5: median - 0.4,
        p25: median - 0.15,
        p75: median + 0.12,
        p95: median + 0.38,
    }
}

pub fn breakings() -> Vec<(&'static str, Breaking)> {
    let plain = breaking();
    let mut never = plain.clone();
    never.standing = vec![never.run.paths; never.times.len()];
    (never.followed, never.before, never.falls) = (0, Vec::new(), Vec::new());
    never.sentiments = [1.0, 0.0, 0.0].map(|share| Estimated::new(share, 0.0));
    let mut always = plain.clone();
    always.standing = standing(always.run.paths, &always.times, 0.0, 1.0);
    always.labs = vec![LONG.into()];
    let mut rarely = plain.clone();
    rarely.standing = standing(rarely.run.paths, &rarely.times, 4.0, 0.002);
    rarely.sentiments = [0.004, 0.992, 0.004].map(|share| Estimated::new(share, 0.0001));
    rarely.falls.truncate(1);
    let mut twelve = plain.clone();
    twelve.falls = (0..14).map(|k| (COMPANIES[k].to_string(), fallen(-0.07 * k as f64))).collect();
    twelve.falls[3].0 = LONG.into();
    twelve.labs = (0..5).map(|lab| format!("Lab {lab}")).collect();
    let mut soaring = plain.clone();
    soaring.falls = vec![("AMD".into(), Spread { p95: 40.0, ..fallen(2.5) })];
    let mut step = never.clone();
    step.times = vec![1.0 / 52.0];
    step.standing = vec![1];
    step.run.paths = 1;
    vec![
        ("never", never),
        ("always", always),
        ("rarely", rarely),
        ("twelve", twelve),
        ("soaring", soaring),
        ("one_step", step),
    ]
}

pub fn headline() -> Headline {
    let times = weeks(260);
    Headline {
        run: run(),
        labs: vec!["OpenAI".into()],
        good: Good::default(),
        start: 2025.685,
        announced: fan(&times, 150.0),
        committed: fan(&times, 70.0),
        paid: fan(&times, 31.0),
        times,
    }
}

pub fn headlines() -> Vec<(&'static str, Headline)> {
    let with = |times: Vec<f64>, levels: [f64; 3]| Headline {
        announced: fan(&times, levels[0]),
        committed: fan(&times, levels[1]),
        paid: fan(&times, levels[2]),
        times,
        ..headline()
    };
    let mut names = with(weeks(260), [3000.0, 10.0, 10_000.0]);
    names.labs = vec![LONG.into(), format!("{LONG} 2")];
    vec![
        ("names", names),
        ("nothing", with(weeks(260), [0.0; 3])),
        ("unpaid", with(weeks(52), [0.01, 0.0, 0.0])),
        ("only_paid", with(weeks(260), [0.0, 0.0, 40.0])),
        ("one_step", with(weeks(0), [5.0, 3.0, 1.0])),
        ("fifty_years", with((0..=600).map(|step| step as f64 / 12.0).collect(), [9.0, 5.0, 4.0])),
    ]
}

pub fn financing() -> Financing {
    let part = |name: &str, amount: f64, is_insider: bool| financing::Part {
        name: name.into(),
        amount: Estimated::new(amount, 0.01 * amount),
        is_insider,
    };
    Financing {
        run: run(),
        labs: vec!["OpenAI".into()],
        whole: Estimated::new(356.0, 3.0),
        capital: Estimated::new(296.0, 3.0),
        insiders: Estimated::new(0.343, 0.004),
        insiders_of_capital: Estimated::new(0.3, 0.004),
        guaranteed: Estimated::new(33.0, 0.4),
        parts: vec![
            part("Investors who sell nothing to labs", 207.0, false),
            part("Lenders to projects, on labs' revenue", 27.0, false),
            part("Companies, in rounds and in credits", 46.0, true),
            part("Companies, as loans to labs", 11.0, true),
            part("Holdings", 31.0, true),
            part("Named persons", 1.0, true),
            part("Lenders to projects, on a guarantee", 33.0, true),
        ],
    }
}

pub fn financings() -> Vec<(&'static str, Financing)> {
    let one = financing();
    let outside = |part: &financing::Part| !part.is_insider;
    let nothing = Estimated::new(0.0, 0.0);
    vec![
        ("names", Financing { labs: vec![LONG.into(), format!("{LONG} 2")], ..one.clone() }),
        (
            "outside_alone",
            Financing {
                insiders: nothing,
                insiders_of_capital: nothing,
                guaranteed: nothing,
                parts: one.parts.iter().filter(|part| outside(part)).cloned().collect(),
                ..one.clone()
            },
        ),
        (
            "nothing",
            Financing {
                whole: nothing,
                capital: nothing,
                insiders: Estimated::new(f64::NAN, f64::NAN),
                insiders_of_capital: Estimated::new(f64::NAN, f64::NAN),
                guaranteed: nothing,
                parts: Vec::new(),
                ..one
            },
        ),
    ]
}

/// Estimates that settle at a value, after a fifth more paths each time.
fn settling(looks: usize, raised: f64, share: f64, paths_at_first: u64) -> Convergence {
    let paths: Vec<u64> =
        (0..looks).map(|k| (paths_at_first as f64 * 1.2f64.powi(k as i32)) as u64).collect();
    let of = |value: f64, sd: f64| {
        let estimate = |(k, n): (usize, &u64)| {
            let se = sd / (*n as f64).sqrt();
            Estimated::new(value + se * (1.3 * k as f64).sin(), se)
        };
        paths.iter().enumerate().map(estimate).collect::<Vec<_>>()
    };
    let (raised, share) = (of(raised, 0.5 * raised), of(share, 0.6 * share));
    Convergence { run: Run { paths: paths.last().copied().unwrap_or(0), ..run() }, raised, share, paths }
}

pub fn convergence() -> Convergence {
    settling(37, 148.2, 0.334, 128)
}

pub fn convergences() -> Vec<(&'static str, Convergence)> {
    let mut unknown = settling(1, 12.0, 0.1, 1);
    unknown.raised[0].se = f64::NAN;
    unknown.share[0].se = f64::NAN;
    let nothing =
        Convergence { share: vec![Estimated::new(f64::NAN, f64::NAN); 9], ..settling(9, 0.0, 0.1, 128) };
    vec![
        ("one path", unknown),
        ("nothing raised", nothing),
        ("few paths", settling(2, 12_345.0, 0.000_3, 128)),
        ("ten million", settling(60, 3.0, 0.999, 128)),
    ]
}

pub fn calibration() -> Calibration {
    let tickers = ["ORCL", "NVDA", "AMD", "CRWV", "NBIS", "MSFT", "WULF", "9984.T"];
    let sentiment = |name: &str, response: [f64; 3], number: usize| Sentiment {
        name: name.into(),
        response,
        bands: (0..=20)
            .map(|k| {
                let x = -7.0 + 9.0 * f64::from(k) / 20.0;
                let jump = response[1] * 0.2 * (0.4 * x).exp();
                [x, jump * 0.3 - 0.04, jump * 0.7 - 0.01, jump, jump * 1.4 + 0.01, jump * 2.5 + 0.04]
            })
            .collect(),
        dots: (0..number)
            .map(|k| Dot {
                name: tickers[k % tickers.len()].into(),
                x: -7.0 + 9.0 * (k * 5 % number) as f64 / number as f64,
                x_sd: if k % 3 == 0 { 2.0 } else { 0.1 },
                y: response[1] * 0.15 * (1.0 + (k * 7 % 11) as f64 / 4.0) - 0.03,
                contract: k % 2 == 0,
            })
            .collect(),
    };
    Calibration {
        run: Run { scenario: "data/announcements.csv".into(), paths: 4000, seed: 1, ..Run::default() },
        events: 109,
        elasticity: [0.08, 0.15, 0.31],
        exponent: [0.24, 0.37, 0.55],
        coverage_90: 0.94,
        sentiments: vec![
            sentiment("hype", [1.0, 1.0, 1.0], 24),
            sentiment("neutral", [0.16, 0.36, 0.63], 12),
            sentiment("suspicion", [-0.48, -0.22, -0.08], 18),
        ],
    }
}

pub fn calibrations() -> Vec<(&'static str, Calibration)> {
    let standard = calibration();
    let mut empty = standard.clone();
    empty.sentiments.clear();
    let mut bare = standard.clone();
    for sentiment in &mut bare.sentiments {
        sentiment.dots.clear();
    }
    let mut crowded = standard.clone();
    for sentiment in &mut crowded.sentiments {
        sentiment.dots = (0..200)
            .map(|k| Dot {
                name: LONG.into(),
                x: -3.0 + 0.01 * f64::from(k % 7),
                x_sd: f64::from(k % 2),
                y: 0.02 * f64::from(k % 90),
                contract: true,
            })
            .collect();
    }
    let mut beyond = standard.clone();
    beyond.run.scenario = format!("{LONG}/{LONG}/{LONG}/{LONG}/{LONG}/{LONG}.csv");
    beyond.sentiments[2].response = [-0.4, 0.1, 0.5];
    for dot in &mut beyond.sentiments[0].dots {
        dot.y *= 9.0;
        dot.x *= 2.0;
    }
    let mut one = standard.clone();
    one.sentiments.truncate(1);
    one.sentiments[0].dots.truncate(1);
    one.sentiments[0].bands.clear();
    one.run.paths = 1;
    vec![("empty", empty), ("bare", bare), ("crowded", crowded), ("beyond", beyond), ("one", one)]
}

pub fn backtest() -> Backtest {
    backtest_of(64)
}

fn backtest_of(number: usize) -> Backtest {
    let forecasts = (0..number)
        .map(|k| {
            let middle = 0.05 * ((k * 7 % 13) as f64 / 6.0 - 0.4);
            let wide = 0.03 + 0.02 * (k * 5 % 7) as f64;
            let month = k * 14 / number;
            Forecast {
                name: "ORCL".into(),
                date: format!("{}-{:02}-11", 2025 + month / 12, month % 12 + 1),
                band: [
                    middle - 2.0 * wide,
                    middle - 0.7 * wide,
                    middle,
                    middle + 0.8 * wide,
                    middle + 2.6 * wide,
                ],
                y: middle + wide * ((k * 11 % 17) as f64 / 4.0 - 1.9),
            }
        })
        .collect();
    Backtest {
        run: Run { scenario: "data/announcements.csv".into(), paths: 40_000, seed: 1, ..Run::default() },
        within_50: (0.55, 0.06),
        within_90: (0.92, 0.03),
        less_nothing: (-0.21, 0.08),
        less_past: (-0.12, 0.09),
        pit: vec![5, 6, 9, 8, 4, 7, 6, 8, 5, 6],
        forecasts,
    }
}

pub fn backtests() -> Vec<(&'static str, Backtest)> {
    let mut wild = backtest_of(40);
    for forecast in &mut wild.forecasts {
        forecast.y *= 20.0;
        forecast.band[4] *= 30.0;
    }
    wild.run.scenario = format!("{LONG}/{LONG}/{LONG}/{LONG}/{LONG}/{LONG}.csv");
    wild.less_past = (0.4, 0.1);
    let mut none = backtest_of(1);
    none.forecasts.clear();
    vec![("one", backtest_of(1)), ("many", backtest_of(600)), ("wild", wild), ("none", none)]
}
