//! Random scenarios as text. Every choice is read off a tape of numbers in 0..65536; 0 is the plainest choice, so a
//! failing tape shrinks towards a plain scenario. Nothing is generated that the reader refuses.

use jiff::ToSpan;
use std::fmt::Write;

/// A generated scenario and what a closed form needs of it.
pub struct Generated {
    pub text: String,
    pub years: f64,
    pub steps_per_year: u32,
    /// Annual base spend, and the contracts: step of the first payment from the start, steps, steps of the ramp, notional.
    pub base: Vec<f64>,
    pub contracts: Vec<(i32, i32, i32, f64)>,
}

/// A failing case is shown as the file that it is.
impl std::fmt::Debug for Generated {
    fn fmt(&self, to: &mut std::fmt::Formatter) -> std::fmt::Result {
        write!(to, "\n{}", self.text)
    }
}

pub struct Tape<'a> {
    cells: std::slice::Iter<'a, u16>,
}

impl<'a> Tape<'a> {
    pub fn new(cells: &'a [u16]) -> Tape<'a> {
        Tape { cells: cells.iter() }
    }

    fn next(&mut self) -> usize {
        usize::from(self.cells.next().copied().unwrap_or(0))
    }

    /// 0..count
    fn pick(&mut self, count: usize) -> usize {
        self.next() * count / 65_536
    }

    fn among<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.pick(of.len())]
    }

    /// True about once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.pick(times) == times - 1
    }

    /// Within the bounds, the lower one at 0, in steps of a hundredth of the range.
    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.pick(101) as f64 / 100.0
    }

    /// An ordinary number, or one of the extremes.
    fn number(&mut self, low: f64, high: f64, extremes: &[f64]) -> f64 {
        let value = self.within(low, high);
        if self.once_in(4) { self.among(extremes) } else { value }
    }
}

const LABS: [&str; 3] = ["Ada", "Byron", "Curie"];
const COMPANIES: [&str; 5] = ["Cloud", "Mount", "Chip", "Foundry", "Power"];
const PERSONS: [&str; 2] = ["Ellis", "Hsu"];
const HOLDINGS: [&str; 2] = ["Soft", "Gulf"];

/// The day `days` after the start.
fn day(days: i32) -> String {
    jiff::civil::date(2025, 9, 8).checked_add(i64::from(days).days()).unwrap().to_string()
}

/// A number that may be uncertain: exactly so on most tapes.
fn quantity(tape: &mut Tape, value: f64) -> String {
    if value > 0.0 && tape.once_in(8) {
        format!("\"{:?} to {:?}\"", 0.8 * value, 1.25 * value)
    } else {
        format!("{value:?}")
    }
}

struct Writer {
    text: String,
}

impl Writer {
    fn line(&mut self, line: std::fmt::Arguments) {
        self.text.write_fmt(line).unwrap();
        self.text.push('\n');
    }
}

macro_rules! line {
    ($out:expr, $($what:tt)*) => { $out.line(format_args!($($what)*)) };
}

pub fn scenario(cells: &[u16]) -> Generated {
    let mut tape = Tape::new(cells);
    let t = &mut tape;
    let mut out = Writer { text: String::new() };
    let (steps_per_year, longest) = t.among(&[(12, 6.0), (52, 2.5), (252, 0.6)]);
    // From less than one step to the longest.
    let years =
        if t.once_in(8) { 0.6 / f64::from(steps_per_year) } else { t.within(longest, 0.05 * longest) };
    let years = years.max(0.6 / f64::from(steps_per_year));
    line!(out, "[scenario]\nname = \"random\"\nstart = 2025-09-08");
    line!(out, "years = {years:?}\nsteps_per_year = {steps_per_year}");
    let span = (years * 365.25) as i32;

    line!(out, "\n[market]\nvolatility = {:?}", t.number(0.0, 0.4, &[0.0, 3.0]));
    line!(
        out,
        "sector_volatility = {:?}\nrate = {:?}",
        t.number(0.0, 0.4, &[0.0, 3.0]),
        t.number(0.04, 0.2, &[0.0, 1.0])
    );
    let announces = !t.once_in(5);
    if announces {
        line!(out, "\n[announcement]\nelasticity = {}", {
            let eta = t.number(0.5, 2.0, &[0.0, 5.0]);
            quantity(t, eta)
        });
        line!(
            out,
            "exponent = {:?}\nnoise = {:?}",
            t.number(0.7, 1.2, &[0.0, 0.1]),
            t.number(0.0, 1.0, &[0.0, 2.0])
        );
        line!(
            out,
            "least = {:?}\nhalf_life = {:?}\nimpact = {:?}",
            t.number(0.0, 0.1, &[0.0, 2.0]),
            t.number(1.0, 0.2, &[0.01, 50.0]),
            t.number(0.5, 3.0, &[0.0, 10.0])
        );
    }
    if !t.once_in(4) {
        let state = t.among(&["hype", "neutral", "suspicion"]);
        line!(
            out,
            "\n[sentiment]\ninitial = \"{state}\"\nresponse = [1.0, {:?}, {:?}]",
            t.within(0.4, 0.0),
            t.within(-0.5, -2.0)
        );
        let mut rate = || t.number(0.5, 3.0, &[0.0, 100.0]);
        let r: Vec<f64> = (0..6).map(|_| rate()).collect();
        line!(
            out,
            "rates = [[0.0, {:?}, {:?}], [{:?}, 0.0, {:?}], [{:?}, {:?}, 0.0]]",
            r[0],
            r[1],
            r[2],
            r[3],
            r[4],
            r[5]
        );
        line!(
            out,
            "circularity = {{ sensitivity = {:?}, reference = {:?}, half_life = {:?}, weight = {:?} }}",
            t.number(2.0, 10.0, &[0.0]),
            t.number(0.3, 0.6, &[0.0, 1.0]),
            t.number(0.5, 2.0, &[0.01]),
            t.number(10.0, 50.0, &[0.001])
        );
    }

    let labs = &LABS[..1 + t.pick(LABS.len())];
    let companies = &COMPANIES[..1 + t.pick(COMPANIES.len())];
    let persons = &PERSONS[..t.pick(PERSONS.len() + 1)];
    let holdings = &HOLDINGS[..t.pick(HOLDINGS.len() + 1)];

    let mut commits = false;
    let (mut endorsed, mut listing) = (Vec::new(), Vec::new());
    for lab in labs {
        line!(out, "\n[[lab]]\nname = \"{lab}\"\ncash = {:?}", t.number(10.0, 50.0, &[0.0, 0.001]));
        let annual = t.number(13.0, 40.0, &[0.0, 1e6, 1e-6]);
        line!(
            out,
            "revenue = {{ annual = {}, growth = {:?}, growth_end = {:?}, half_life = {:?}, volatility = {:?} }}",
            quantity(t, annual),
            t.number(0.5, 1.0, &[0.0, -2.0, 3.0]),
            t.number(0.1, 0.4, &[0.0, -1.0]),
            t.number(1.5, 3.0, &[0.01]),
            t.number(0.0, 0.5, &[0.0, 3.0])
        );
        line!(
            out,
            "opex = {:?}\nopex_growth = {:?}",
            t.number(10.0, 40.0, &[0.0, 1000.0]),
            t.number(0.0, 0.5, &[-2.0, 2.0])
        );
        line!(out, "mark = {:?}", t.number(500.0, 1000.0, &[0.0, 1e-3]));
        let raises = !t.once_in(6);
        if raises {
            let mut more = String::new();
            if t.pick(2) == 1 {
                let step_up = t.number(1.0, 2.0, &[1.0, 20.0]);
                let sell = t.number(0.05, 0.2, &[1e-6, 1.0]);
                write!(more, ", step_up = {step_up:?}, sell = {sell:?}").unwrap();
                if t.pick(2) == 1 {
                    write!(more, ", last = {}", day(-t.among(&[0, 30, 400]))).unwrap();
                }
                if t.pick(2) == 1 {
                    write!(more, ", cash_target = {:?}", t.number(1.0, 4.0, &[0.0, 1e9])).unwrap();
                }
            }
            if t.pick(2) == 1 {
                let elasticity = t.number(5.0, 12.0, &[0.0, 0.01, 100.0]);
                let floor = t.number(1.0, 0.75, &[0.01]);
                // An uncertain one must keep off the ends of what the key allows.
                let elasticity = match (1.0..50.0).contains(&elasticity) && t.once_in(8) {
                    true => format!("{{ uniform = [{:?}, {:?}] }}", 0.8 * elasticity, 1.25 * elasticity),
                    false => format!("{elasticity:?}"),
                };
                write!(more, ", price_elasticity = {elasticity}, price_floor = {floor:?}").unwrap();
                if t.pick(2) == 1 {
                    let endorsement = t.number(0.1, 0.35, &[-1.0, 1.0]);
                    let reference = t.number(0.0, 0.3, &[1.0]);
                    write!(more, ", endorsement = {endorsement:?}, endorsement_reference = {reference:?}")
                        .unwrap();
                    endorsed.push(lab);
                }
            }
            if t.pick(2) == 1 {
                write!(more, ", oversubscribed = {:?}", t.number(0.5, 5.0, &[0.0])).unwrap();
            }
            line!(
                out,
                "round = {{ trigger = {:?}, gap = {:?}, runway = {:?}, multiple = [{:?}, {:?}, {:?}], appetite = [{:?}, {:?}, {:?}], spillover = {:?}{more} }}",
                t.number(1.0, 3.0, &[0.0, 20.0]),
                // A lab that raises whenever its price has risen, at a price that its own contracts raise, explodes.
                if more.contains("step_up") { 1.0 } else { t.number(0.5, 1.0, &[0.0]) },
                t.number(1.5, 3.0, &[0.01, 0.0, 30.0]),
                t.number(35.0, 50.0, &[0.0]),
                t.number(22.0, 30.0, &[0.0]),
                t.number(10.0, 15.0, &[0.0]),
                t.number(0.04, 0.2, &[0.0, 2.0]),
                t.number(0.02, 0.1, &[0.0]),
                t.number(0.004, 0.01, &[0.0]),
                if more.contains("step_up") { 0.3 } else { t.number(0.0, 1.0, &[3.0]) }
            );
        }
        if t.pick(2) == 1 {
            line!(out, "tender = {:?}", t.number(2.0, 4.0, &[0.0, 500.0]));
        }
        if t.pick(2) == 1 {
            let remarks: Vec<String> = (0..1 + t.pick(3))
                .map(|_| {
                    let on =
                        t.within(1.0, f64::from(span) + 60.0) as i32 - if t.once_in(6) { 400 } else { 0 };
                    format!("{{ on = {}, post_money = {:?} }}", day(on), t.number(500.0, 900.0, &[1e-3, 1e5]))
                })
                .collect();
            line!(out, "remarks = [{}]", remarks.join(", "));
        }
        if raises && t.pick(2) == 1 {
            listing.push(lab);
            line!(
                out,
                "listing = {{ earliest = {}, revenue = {:?}, sell = {:?}, depth = {:?} }}",
                day((f64::from(span) * t.within(0.0, 1.1)) as i32),
                t.number(0.0, 20.0, &[1e5]),
                t.number(0.1, 0.3, &[1e-6, 1.0]),
                t.number(1.0, 4.0, &[20.0])
            );
        }
        if !t.once_in(3) {
            commits = true;
            line!(
                out,
                "commit = {{ multiple = {:?}, term = {:?}, lead = {:?}, tie = {:?}{} }}",
                t.number(2.0, 5.0, &[0.0, 20.0]),
                t.number(4.0, 6.0, &[0.001, 40.0]),
                t.number(0.5, 1.0, &[0.0, 10.0]),
                t.number(0.0, 2.0, &[50.0]),
                ramp(t).1
            );
        }
        if t.pick(3) == 2 {
            line!(out, "factor_volatility = {:?}", t.number(0.3, 1.0, &[0.0, 3.0]));
        }
        if t.pick(2) == 1 {
            line!(
                out,
                "defer = {{ runway = {:?}, deferred = {:?}, delay = {:?}, accept = {:?}, gap = {:?}, most = {:?} }}",
                t.number(0.5, 2.0, &[0.0, 10.0]),
                t.number(0.5, 1.0, &[0.0, 1.0]),
                t.number(1.0, 0.1, &[0.001, 10.0]),
                t.number(1.0, 0.5, &[0.0]),
                t.number(1.0, 0.0, &[0.0]),
                t.among(&[1.0, 3.0, 1000.0, 0.0])
            );
        }
        line!(out, "restructure = {{ cut = {:?} }}", t.number(0.5, 0.9, &[0.0, 1.0]));
    }

    // Stakes in each lab and company left to give away.
    let mut lab_rest = vec![1.0; labs.len()];
    let mut company_rest = vec![1.0; companies.len()];
    let take = |t: &mut Tape, rest: &mut f64| {
        let part = t.number(0.1, 0.4, &[0.0, 1.0]);
        let taken = (*rest * part * 1e4).floor().max(0.0) / 1e4;
        *rest -= taken;
        taken
    };
    let lab_stakes = |t: &mut Tape, rest: &mut [f64]| -> Option<String> {
        let lab = t.pick(2 * labs.len()).checked_sub(labs.len())?;
        let stake = take(t, &mut rest[lab]);
        let cost = t.number(1.0, 20.0, &[0.0]);
        Some(format!("lab_stakes = {{ {} = {{ stake = {stake:?}, cost = {cost:?} }} }}", labs[lab]))
    };

    let mut builders = Vec::new();
    for (i, company) in companies.iter().enumerate() {
        line!(
            out,
            "\n[[company]]\nname = \"{company}\"\nmarket_cap = {:?}",
            t.number(500.0, 4000.0, &[1e-3, 1e6])
        );
        line!(
            out,
            "premium = {:?}\ndrift = {:?}",
            t.number(0.0, 0.5, &[-1.0, 2.0]),
            t.number(0.0, 0.2, &[-1.0])
        );
        line!(out, "volatility = {:?}", t.number(0.0, 0.5, &[0.0, 3.0]));
        line!(
            out,
            "beta = {{ market = {:?}, sector = {:?}{} }}",
            t.number(1.0, 2.0, &[0.0, -1.0]),
            t.number(1.0, 2.0, &[0.0]),
            match t.pick(2 * labs.len()).checked_sub(labs.len()) {
                Some(lab) => format!(", labs = {{ {} = {:?} }}", labs[lab], t.number(0.5, 2.0, &[0.0, -1.0])),
                None => String::new(),
            }
        );
        own_rate(t, &mut out);
        line!(
            out,
            "cash = {:?}\ncash_floor = {:?}",
            t.number(10.0, 60.0, &[0.0]),
            t.number(0.0, 20.0, &[1e4])
        );
        line!(
            out,
            "earnings = {:?}\npayout = {:?}",
            t.number(8.0, 90.0, &[0.0]),
            t.number(0.0, 1.0, &[12.0])
        );
        line!(out, "debt = {:?}\nmax_ltv = {:?}", t.number(0.0, 90.0, &[1e4]), t.number(0.0, 0.4, &[1.0]));
        let build_ahead = t.number(0.0, 0.3, &[1.0]);
        line!(out, "build_ahead = {build_ahead:?}");
        if announces && t.once_in(3) {
            line!(
                out,
                "elasticity = {:?}\nhalf_life = {:?}",
                t.number(0.5, 1.0, &[0.0]),
                t.number(0.5, 1.0, &[0.01])
            );
        }
        let margin = t.number(0.3, 0.8, &[0.0, 1.0]);
        line!(out, "margin = {margin:?}");
        let mut rest = 1.0 - margin;
        let suppliers: Vec<String> = companies[i + 1..]
            .iter()
            .filter_map(|supplier| {
                if rest <= 0.0 || t.pick(2) == 0 {
                    return None;
                }
                let share = if t.once_in(4) { rest } else { (rest * t.within(0.5, 0.9) * 1e4).floor() / 1e4 };
                rest = (rest - share).max(0.0);
                Some(format!("{supplier} = {share:?}"))
            })
            .collect();
        if !suppliers.is_empty() && build_ahead > 0.0 {
            builders.push(*company);
        }
        if !suppliers.is_empty() {
            line!(out, "suppliers = {{ {} }}", suppliers.join(", "));
        }
        if let Some(stakes) = lab_stakes(t, &mut lab_rest) {
            line!(out, "{stakes}");
        }
    }

    let invests = |t: &mut Tape| {
        let parts: Vec<String> = labs
            .iter()
            .filter_map(|lab| {
                let wanted = t.pick(3) > 0;
                let share = t.number(0.5, 0.9, &[0.0, 1.0]);
                wanted.then(|| format!("{lab} = {share:?}"))
            })
            .collect();
        (!parts.is_empty()).then(|| format!("invests = {{ {} }}", parts.join(", ")))
    };
    for person in persons {
        let company = t.pick(companies.len());
        let stake = take(t, &mut company_rest[company]);
        line!(out, "\n[[person]]\nname = \"{person}\"\nstake = {{ {} = {stake:?} }}", companies[company]);
        line!(
            out,
            "loan = {:?}\nmax_ltv = {:?}",
            t.number(0.0, 20.0, &[1e4]),
            t.number(0.1, 0.3, &[0.0, 0.98])
        );
        line!(out, "call_ltv = {:?}", t.among(&[0.99, 1.0]));
        own_rate(t, &mut out);
        if let Some(invests) = invests(t) {
            line!(out, "{invests}");
        }
        if let Some(stakes) = lab_stakes(t, &mut lab_rest) {
            line!(out, "{stakes}");
        }
    }
    for holding in holdings {
        line!(out, "\n[[holding]]\nname = \"{holding}\"\ncash = {:?}", t.number(20.0, 50.0, &[0.0]));
        line!(
            out,
            "cash_floor = {:?}\ndebt = {:?}",
            t.number(0.0, 20.0, &[1e4]),
            t.number(0.0, 40.0, &[1e4])
        );
        let max_ltv = t.number(0.2, 0.5, &[0.0, 0.98]);
        line!(out, "max_ltv = {max_ltv:?}");
        own_rate(t, &mut out);
        if t.pick(2) == 1 {
            line!(out, "call_ltv = {:?}", max_ltv + t.number(0.01, 0.02, &[0.02]));
        }
        let mut stakes = Vec::new();
        // Not in the order of companies: the order in which they are sold is the file's.
        for i in (0..companies.len()).rev() {
            if t.pick(3) > 0 {
                stakes.push(format!("{} = {:?}", companies[i], take(t, &mut company_rest[i])));
            }
        }
        if !stakes.is_empty() {
            line!(out, "stakes = {{ {} }}", stakes.join(", "));
        }
        line!(out, "other_assets = {:?}", t.number(0.0, 150.0, &[0.0]));
        if let Some(invests) = invests(t) {
            line!(out, "{invests}");
        }
        if let Some(stakes) = lab_stakes(t, &mut lab_rest) {
            line!(out, "{stakes}");
        }
        let orders = [
            r#"["cash", "sell", "borrow"]"#,
            r#"["borrow", "sell", "cash"]"#,
            r#"["sell", "cash", "borrow"]"#,
            r#"["borrow"]"#,
            r#"["sell"]"#,
            r#"["cash"]"#,
        ];
        line!(out, "funding = {}", t.among(&orders));
    }

    let (mut bases, mut all_contracts) = (Vec::new(), Vec::new());
    // Pairs of which the company builds ahead, and whether a contract is public at the start.
    let mut built_for = Vec::new();
    for lab in labs {
        for company in companies {
            if t.pick(4) == 3 {
                continue;
            }
            let base = t.number(1.0, 10.0, &[0.0, 500.0]);
            bases.push(base);
            let mut public = false;
            let contracts: Vec<String> = (0..t.pick(4))
                .map(|_| {
                    let announced =
                        t.within(1.0, f64::from(span) + 60.0) as i32 - if t.once_in(4) { 400 } else { 0 };
                    public |= announced <= 0;
                    let lead = t.among(&[30, 0, 200, 700]);
                    let notional = t.number(20.0, 100.0, &[0.0, 300.0, 1e4, 1e-6]);
                    let term = t.number(3.0, 1.0, &[0.001, 30.0]);
                    let (rising, ramp) = ramp(t);
                    let steps = steps_of(term, steps_per_year);
                    let rising = ((rising * f64::from(steps_per_year) + 0.5).floor() as i32).min(steps);
                    all_contracts.push((step(announced + lead, steps_per_year), steps, rising, notional));
                    format!(
                        "{{ announced = {}, notional = {notional:?}, starts = {}, term = {term:?}{ramp} }}",
                        day(announced),
                        day(announced + lead)
                    )
                })
                .collect();
            line!(out, "\n[[compute]]\nlab = \"{lab}\"\ncompany = \"{company}\"\nbase = {base:?}");
            if commits {
                line!(out, "weight = {:?}", t.number(1.0, 2.0, &[0.0]));
            }
            line!(out, "contracts = [{}]", contracts.join(", "));
            if builders.contains(company) {
                built_for.push((*company, *lab, public));
            }
        }
    }
    for lab in labs {
        for company in companies {
            let endorses = endorsed.contains(&lab) && company == &companies[0];
            if t.pick(3) > 0 || endorses {
                line!(out, "\n[[vendor_equity]]\ncompany = \"{company}\"\nlab = \"{lab}\"");
                line!(out, "ratio = {:?}", t.number(0.3, 0.9, &[0.0, 2.0]));
                line!(
                    out,
                    "credits = {:?}\nreciprocal = {:?}",
                    t.number(0.0, 0.6, &[1.0]),
                    t.number(0.0, 0.3, &[1.0])
                );
            }
        }
    }
    let investors = companies.iter().chain(persons).chain(holdings);
    for (k, investor) in investors.enumerate() {
        if t.pick(3) == 0 {
            continue;
        }
        let lab = t.among(labs);
        line!(out, "\n[[commitment]]\ninvestor = \"{investor}\"\nlab = \"{lab}\"");
        line!(out, "pre_money = {:?}", t.number(260.0, 100.0, &[1e-3, 1e5]));
        if k < companies.len() {
            line!(out, "credits = {:?}", t.number(0.0, 0.5, &[1.0]));
        }
        if t.once_in(3) {
            line!(out, "marked = {}", day(t.within(1.0, f64::from(span) + 60.0) as i32));
        }
        let tranches: Vec<String> = (0..1 + t.pick(3))
            .map(|_| {
                let due = t.within(1.0, f64::from(span) + 60.0) as i32 - if t.once_in(6) { 400 } else { 0 };
                let amount = t.number(5.0, 20.0, &[0.0, 1e3]);
                let needs = match t.pick(3) {
                    2 => format!(
                        ", needs = {{ company = \"{}\", paid = {:?} }}",
                        t.among(companies),
                        t.number(1.0, 30.0, &[0.0])
                    ),
                    _ => String::new(),
                };
                let when = match listing.contains(&&lab) && t.pick(2) == 1 {
                    true => "when = \"listing\"".to_string(),
                    false => format!("due = {}", day(due)),
                };
                format!("{{ {when}, amount = {amount:?}{needs} }}")
            })
            .collect();
        line!(out, "tranches = [{}]", tranches.join(", "));
    }
    for company in companies {
        let mut rest = 1.0;
        for lab in labs {
            if t.pick(3) < 2 {
                continue;
            }
            let tranches: Vec<String> = (0..1 + t.pick(3))
                .map(|_| {
                    let part = t.number(0.02, 0.1, &[0.0, 0.9]);
                    let fraction = (rest * part * 1e4).floor().max(0.0) / 1e4;
                    rest -= fraction;
                    let (milestone, price) = (t.number(0.0, 20.0, &[0.0]), t.number(0.0, 1.5, &[1.0]));
                    format!("{{ fraction = {fraction:?}, milestone = {milestone:?}, price = {price:?} }}")
                })
                .collect();
            line!(out, "\n[[warrant]]\ncompany = \"{company}\"\nlab = \"{lab}\"");
            line!(out, "tranches = [{}]", tranches.join(", "));
        }
    }
    for (company, lab, public) in built_for {
        if t.pick(3) > 0 {
            project_debt(t, &mut out, companies, company, lab, public);
        }
    }
    Generated { text: out.text, years, steps_per_year, base: bases, contracts: all_contracts }
}

fn project_debt(t: &mut Tape, out: &mut Writer, companies: &[&str], company: &str, lab: &str, public: bool) {
    line!(out, "\n[[project_debt]]\ncompany = \"{company}\"\nlab = \"{lab}\"");
    line!(out, "advance = {:?}", t.number(0.8, 0.3, &[0.0, 1.0]));
    let others: Vec<&&str> = companies.iter().filter(|other| **other != company).collect();
    if t.pick(2) == 1 {
        line!(out, "guarantor = \"{}\"", t.among(&others));
        line!(out, "guarantee = {:?}", t.number(0.5, 1.0, &[1.0, 0.0]));
    }
    line!(out, "spread = {:?}", t.number(0.02, 0.1, &[0.0, 2.0]));
    line!(out, "recovery = {:?}", t.number(0.4, 0.9, &[0.0]));
    if public && t.pick(2) == 1 {
        line!(out, "opening = {:?}", t.number(5.0, 50.0, &[0.0, 1e4]));
    }
}

/// How long payments rise, and the key that says so.
fn ramp(t: &mut Tape) -> (f64, String) {
    if t.pick(2) == 0 {
        return (0.0, String::new());
    }
    let years = t.number(1.0, 0.1, &[0.0, 50.0]);
    (years, format!(", ramp = {years:?}"))
}

fn own_rate(t: &mut Tape, out: &mut Writer) {
    if t.pick(3) == 2 {
        line!(out, "rate = {:?}", t.number(0.06, 0.2, &[0.0, 1.0]));
    }
}

/// §2, worked anew: the step of a day, and a span in steps.
fn step(days: i32, steps_per_year: u32) -> i32 {
    (f64::from(days) / 365.25 * f64::from(steps_per_year)).floor() as i32
}

fn steps_of(years: f64, steps_per_year: u32) -> i32 {
    ((years * f64::from(steps_per_year) + 0.5).floor() as i32).max(1)
}
