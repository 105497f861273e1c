//! What is reported of a path (docs/results.md): one line per family of measures in [`MEASURES`], read off the batch when its
//! paths are finished; what must be watched on the way (peaks) stands in [`crate::actors::record`].

mod actors;
mod concession;
mod financing;
mod insiders;

use actors::{companies, holdings, labs, listed, listed_time, persons, prices_of_rounds};

use crate::books::{Edge, Flow, Ledger, Origin, Party};
use crate::deals::{self, commitment, compute, warrant};
use crate::estimate::circular::{LARGEST_NETWORK, volume_share};
use crate::events::deferral::DeferralTerms;
use crate::market::sentiment::STATES;
use crate::measure::Kind::{Plain, Share, UsdBn, Years};
pub use crate::measure::{Kind, Measure, Reading, sum_of};
use crate::measure::{Pattern, cell, push, push_where_defined, ratio, sum};
use crate::plan::Plan;
use crate::state::{Batch, F8, Row};

/// A family of measures: its names, their units, their meaning, and how it is made for a scenario.
pub struct Family {
    pub names: Pattern,
    make: fn(&Plan, &mut Vec<Measure>),
    /// Of capital, or of no flows at all ([`Measure::is_of_capital`]).
    of_capital: bool,
}

impl Family {
    const fn of_capital(self) -> Family {
        Family { of_capital: true, ..self }
    }
}

const fn family(
    pattern: &'static str,
    kinds: &'static [Kind],
    doc: &'static str,
    make: fn(&Plan, &mut Vec<Measure>),
) -> Family {
    Family { names: Pattern { pattern, kinds, doc }, make, of_capital: false }
}

/// Every measure that a run reports, in the order of the results' columns.
pub const MEASURES: &[Family] = &[
    family(
        "capital.raised",
        &[UsdBn],
        "Capital raised by labs: rounds, tranches, credits, warrants (G).",
        raised,
    )
    .of_capital(),
    family(
        "capital.<round|tranche|credit|warrant|listing|vendor_loan>.<origin>",
        &[UsdBn],
        "The same, by instrument and origin.",
        instruments,
    )
    .of_capital(),
    family("capital.origin.<origin>", &[UsdBn], "The same, by origin.", origins).of_capital(),
    family(
        "capital.from.<outside|company|person|holding>",
        &[UsdBn],
        "The same, by class of investor.",
        classes,
    )
    .of_capital(),
    family(
        "capital.manufactured",
        &[UsdBn],
        "Capital of origin premium, mark, guarantee, credit or recycled.",
        manufactured,
    )
    .of_capital(),
    family(
        "capital.netted",
        &[UsdBn],
        "Σ over investors and labs of min(capital put in, money got back).",
        netted,
    ),
    family(
        "capital.insider",
        &[UsdBn],
        "Capital from companies, persons and holdings: a count.",
        insiders::insider,
    )
    .of_capital(),
    family(
        "capital.stranger",
        &[UsdBn],
        "Of it, cash of companies to which the lab owes no bill in the run; only where such a company may invest.",
        insiders::stranger,
    ),
    family(
        "capital.through_loops",
        &[UsdBn],
        "Capital from companies that are no strangers, and of the rest what was raised on a premium or a mark (L).",
        insiders::through_loops,
    ),
    family("capital.concession", &[UsdBn], "What companies gave away to labs.", concession::concession),
    family(
        "capital.concession.<credit|warrant|equity|loan|guarantee>",
        &[UsdBn],
        "The same, by instrument.",
        concession::by_instrument,
    ),
    family("share.insider", &[Share], "Insiders' capital / capital raised.", insiders::share_insider)
        .of_capital(),
    family("share.concession", &[Share], "What was given away / capital raised.", concession::share),
    family("share.traced", &[Share], "Manufactured capital / capital raised.", share_traced).of_capital(),
    family("share.netted", &[Share], "Netted capital / capital raised.", share_netted),
    family(
        "share.circular.volume",
        &[Share],
        "Circular share of the volume of all flows between actors (Gv); not computed for more than 16 of them.",
        share_circular,
    ),
    family("rounds", &[Plain], "Funding rounds of all labs.", rounds).of_capital(),
    family("announced", &[UsdBn], "Notional announced since the start.", |p, out| {
        labs_sum(p, out, "announced", |l| l.announced)
    }),
    family("committed", &[UsdBn], "Notional that labs committed to on raising capital.", |p, out| {
        labs_sum(p, out, "committed", |l| l.committed)
    }),
    family("paid", &[UsdBn], "Compute bills settled, in cash or credits at face.", paid),
    family("written_off", &[UsdBn], "Bills and opex that labs could not pay.", |p, out| {
        labs_sum(p, out, "written_off", |l| l.written_off)
    }),
    family("unwind", &[Share], "Some lab restructured.", unwind).of_capital(),
    family("unwind.time", &[Years], "Time of the first restructuring.", unwind_time).of_capital(),
    family(
        "deferrals",
        &[Plain],
        "Times that vendors gave a lab time; this and the next three where some lab may ask.",
        deferrals,
    ),
    family("deferred", &[UsdBn], "Payments that deferrals moved behind the contracts' last ones.", deferred),
    family("distress", &[Share], "Some lab deferred payments or restructured.", distress),
    family("distress.time", &[Years], "Time of the first deferral or restructuring.", distress_time),
    family("margin_calls", &[Plain], "Margin calls on persons and holdings.", |p, out| {
        cell(out, "margin_calls", p.margin_loans.calls)
    }),
    family("forced_sales", &[UsdBn], "Shares sold to meet margin calls.", |p, out| {
        cell(out, "forced_sales", p.margin_loans.forced_sales)
    }),
    family("tranches_missed", &[Plain], "Tranches that could not be paid in full when due.", |p, out| {
        cell(out, "tranches_missed", p.commitments.missed)
    }),
    family(
        "build_shortfall",
        &[UsdBn],
        "Suppliers, costs and building ahead that companies could not pay.",
        build_shortfall,
    ),
    family(
        "lender_losses",
        &[UsdBn],
        "Loans to persons left over when the whole stake was sold.",
        |p, out| cell(out, "lender_losses", p.margin_loans.lender_losses),
    ),
    family("sentiment.<state>", &[Share], "Share of time in the state.", sentiment),
    family(
        "lab.<L>.raised|revenue_end|mark_end|cash_end|announced|paid|written_off|rounds|circular_revenue|concentration|effective_price|effective_price_after_equity",
        &[UsdBn, UsdBn, UsdBn, UsdBn, UsdBn, UsdBn, UsdBn, Plain, Share, Share, Share, Share],
        "Of one lab.",
        labs,
    ),
    family(
        "lab.<L>.rounds_by_choice|discount|dilution",
        &[Plain, Share, Share],
        "Of one lab, where the file says more of rounds than that they come in need and at P: rounds that it did not need, mean of 1 − P'/P, 1 − the product of dilutions.",
        prices_of_rounds,
    ),
    family("lab.<L>.listed", &[Share], "The lab has listed; where a lab may.", listed),
    family("lab.<L>.listed.time", &[Years], "Time of the listing.", listed_time),
    family(
        "lab.<L>.deferrals|deferred",
        &[Plain, UsdBn],
        "Of one lab, where some lab may ask for time.",
        lab_deferrals,
    ),
    family(
        "company.<C>.value_end|fundamental_end|premium_end|premium_peak|premium_year_after|cash_end|debt_end|lab_revenue|uncovered_revenue|announcement_gain|warrant_proceeds|build_shortfall",
        &[UsdBn, UsdBn, UsdBn, UsdBn, UsdBn, UsdBn, UsdBn, UsdBn, Share, UsdBn, UsdBn, UsdBn],
        "Of one company.",
        companies,
    ),
    family("person.<P>.stake_end|loan_end", &[Share, UsdBn], "Of one person.", persons),
    family("holding.<H>.debt_end|cash_end|booked_gain_peak", &[UsdBn], "Of one holding.", holdings),
    family(
        "financing",
        &[UsdBn],
        "Capital raised, and what took project debt above its highest so far; with vendor credit or project debt.",
        financing::measures,
    ),
    family(
        "financing.<manufactured|insider>",
        &[UsdBn],
        "Of it: manufactured; from companies, persons and holdings, or lent against a guarantee alone.",
        |_, _| {},
    ),
    family("share.financing.<manufactured|insider>", &[Share], "These parts / financing.", |_, _| {}),
    family("put_in.<investor>.<lab>", &[UsdBn], "Capital that the investor put into the lab.", put_in),
    family(
        "got_back.<investor>.<lab>",
        &[UsdBn],
        "Payments of the lab to the investor, or to a company times the investor's stake in it.",
        got_back,
    ),
];

/// The families of the whole, then those of single deals.
fn patterns() -> impl Iterator<Item = &'static Pattern> {
    MEASURES.iter().map(|family| &family.names).chain(deals::measures())
}

/// Could this be the name of a measure in some scenario? `lab.Anyone.raised` could, `lab.OpenAI.raise` could not.
pub fn is_measure_name(name: &str) -> bool {
    patterns().any(|pattern| pattern.kind_of(name).is_some())
}

/// What studies report beside the measures of a path.
const OF_STUDIES: &[Pattern] = &[
    Pattern {
        pattern: "replacement",
        kinds: &[Share],
        doc: "Part of the money that came through the loops which others would have brought.",
    },
    Pattern {
        pattern: "replacement.at_10_percent",
        kinds: &[Share],
        doc: "That part at which the causal share is 10%.",
    },
    Pattern { pattern: "multiplier", kinds: &[Plain], doc: "Capital raised for a dollar more of savings." },
    Pattern { pattern: "loop_gain", kinds: &[Share], doc: "1 − 1/multiplier." },
    Pattern { pattern: "shapley.<loop>", kinds: &[UsdBn], doc: "A loop's share of what the loops add." },
];

/// Is the measure 0 or 1 on every path, so that its mean is a proportion of the paths?
pub fn is_proportion(name: &str) -> bool {
    matches!(name, "unwind" | "distress")
        || name.ends_with("is defined")
        || (name.starts_with("lab.") && name.ends_with(".listed"))
}

/// Between what a mean of the measure lies, whatever the scenario: a target beyond is no target.
pub fn bounds(name: &str, years: f64) -> (f64, f64) {
    const PARTS: [&str; 5] =
        ["share.insider", "share.traced", "share.netted", "share.circular", "share.financing"];
    const PARTS_OF_A_LAB: [&str; 3] = [".circular_revenue", ".concentration", ".dilution"];
    // Differences have either sign.
    const EITHER: [&str; 3] = ["premium", "gain", "concession"];
    let is_part = is_proportion(name)
        || name.starts_with("sentiment.")
        || PARTS.iter().any(|part| name.starts_with(part))
        || PARTS_OF_A_LAB.iter().any(|part| name.ends_with(part));
    match Kind::of(name) {
        _ if is_part => (0.0, 1.0),
        Kind::Years => (0.0, years),
        UsdBn | Plain if !EITHER.iter().any(|word| name.contains(word)) => (0.0, f64::INFINITY),
        _ => (f64::NEG_INFINITY, f64::INFINITY),
    }
}

impl Kind {
    /// Of a measure or ratio of means by its name.
    pub fn of(name: &str) -> Kind {
        // Shares of studies; and the second outcome that a sensitivity study makes of one that is not always defined.
        if name.starts_with("share.") || name.ends_with("is defined") {
            return Share;
        }
        patterns().chain(OF_STUDIES).find_map(|pattern| pattern.kind_of(name)).unwrap_or(UsdBn)
    }
}

/// What a measure is, in the words of its family.
pub fn meaning(name: &str) -> Option<&'static str> {
    patterns().chain(OF_STUDIES).find(|pattern| pattern.kind_of(name).is_some()).map(|pattern| pattern.doc)
}

/// The measures of a scenario.
pub fn measures(plan: &Plan) -> Vec<Measure> {
    let mut out = Vec::new();
    for family in MEASURES {
        let before = out.len();
        (family.make)(plan, &mut out);
        for measure in &mut out[before..] {
            measure.is_of_capital = family.of_capital;
        }
    }
    plan.deals.measures(&plan.actors, &mut out);
    out
}

fn labs_sum(plan: &Plan, out: &mut Vec<Measure>, name: &str, row: fn(&crate::actors::Lab) -> Row) {
    sum(out, name, plan.actors.labs.iter().map(row).collect());
}

/// Rows of the edges that a test picks, all origins.
pub fn rows_of(plan: &Plan, pick: impl Fn(Party, Party, Flow) -> bool) -> Vec<Row> {
    let Ledger { edges, memos, .. } = &plan.actors.ledger;
    let edges = edges.iter().chain(memos).filter(|e| pick(e.payer, e.payee, e.flow));
    edges.flat_map(|e| e.edge.rows()).collect()
}

/// Rows of one origin of the capital flows that a test picks.
pub fn origin_rows(plan: &Plan, origin: Origin, pick: impl Fn(Flow) -> bool) -> Vec<Row> {
    let edges = plan.actors.ledger.capital().filter(|e| pick(e.flow));
    edges.filter_map(|e| e.edge.row(origin)).collect()
}

fn raised(plan: &Plan, out: &mut Vec<Measure>) {
    sum(out, "capital.raised", rows_of(plan, |_, _, flow| flow.is_capital()));
}

/// Instruments of capital: the four that every scenario reports, and what else the plan can raise by, in the order of its
/// flows.
pub fn instruments_of(plan: &Plan) -> Vec<Flow> {
    let mut all = vec![Flow::ROUND, commitment::TRANCHE_PAID, Flow::CREDIT, warrant::WARRANT];
    for entry in plan.actors.ledger.capital() {
        if !all.contains(&entry.flow) {
            all.push(entry.flow);
        }
    }
    all
}

fn instruments(plan: &Plan, out: &mut Vec<Measure>) {
    for instrument in instruments_of(plan) {
        for origin in plan.actors.ledger.origins() {
            let rows = origin_rows(plan, *origin, |flow| flow == instrument);
            sum(out, format!("capital.{}.{}", instrument.name(), origin.name()), rows);
        }
    }
}

fn origins(plan: &Plan, out: &mut Vec<Measure>) {
    for origin in plan.actors.ledger.origins() {
        sum(out, format!("capital.origin.{}", origin.name()), origin_rows(plan, *origin, |_| true));
    }
}

fn classes(plan: &Plan, out: &mut Vec<Measure>) {
    type Class = (&'static str, fn(Party) -> bool);
    let classes: [Class; 4] = [
        ("outside", |p| p == Party::Outside),
        ("company", |p| matches!(p, Party::Company(_))),
        ("person", |p| matches!(p, Party::Person(_))),
        ("holding", |p| matches!(p, Party::Holding(_))),
    ];
    for (name, is) in classes {
        sum(
            out,
            format!("capital.from.{name}"),
            rows_of(plan, |payer, _, flow| flow.is_capital() && is(payer)),
        );
    }
}

fn manufactured_rows(plan: &Plan) -> Vec<Row> {
    let manufactured = Origin::ALL.into_iter().filter(|origin| origin.is_manufactured());
    manufactured.flat_map(|origin| origin_rows(plan, origin, |_| true)).collect()
}

fn manufactured(plan: &Plan, out: &mut Vec<Measure>) {
    sum(out, "capital.manufactured", manufactured_rows(plan));
}

/// (investor, lab, rows of capital put in, row of money got back)
fn investments(plan: &Plan) -> Vec<(Party, usize, Row, Row)> {
    let mut pairs = Vec::new();
    for (l, lab) in plan.actors.labs.iter().enumerate() {
        for (party, put_in) in &lab.put_in {
            let back = match *party {
                Party::Company(i) => lab.dealings[i as usize].got_back(),
                Party::Person(i) => plan.actors.persons[i as usize].got_back[l],
                Party::Holding(i) => plan.actors.holdings[i as usize].got_back[l],
                Party::Outside | Party::Lab(_) => continue,
            };
            pairs.push((*party, l, *put_in, back));
        }
    }
    pairs
}

fn netted_of(pairs: &[(Party, usize, Row, Row)], b: &Batch) -> F8 {
    pairs.iter().fold(F8::ZERO, |sum, (_, _, put_in, back)| sum + b.get(*put_in).min(b.get(*back)))
}

fn netted(plan: &Plan, out: &mut Vec<Measure>) {
    let pairs = investments(plan);
    push(out, "capital.netted", move |b| netted_of(&pairs, b));
}

fn share_traced(plan: &Plan, out: &mut Vec<Measure>) {
    let (part, whole) = (manufactured_rows(plan), rows_of(plan, |_, _, flow| flow.is_capital()));
    push_where_defined(out, "share.traced", move |b| ratio(sum_of(&part, b), sum_of(&whole, b)));
}

fn share_netted(plan: &Plan, out: &mut Vec<Measure>) {
    let (pairs, whole) = (investments(plan), rows_of(plan, |_, _, flow| flow.is_capital()));
    push_where_defined(out, "share.netted", move |b| ratio(netted_of(&pairs, b), sum_of(&whole, b)));
}

/// Flows between actors as a network: node 0 is the outside, then labs, companies, persons, holdings.
pub struct Network {
    pub nodes: usize,
    /// (payer, payee, edge)
    pub edges: Vec<(usize, usize, Edge)>,
}

pub fn network(plan: &Plan) -> Network {
    let actors = &plan.actors;
    let (labs, companies) = (actors.labs.len(), actors.companies.len());
    let persons = actors.persons.len();
    let node = |party: Party| match party {
        Party::Outside => 0,
        Party::Lab(i) => 1 + i as usize,
        Party::Company(i) => 1 + labs + i as usize,
        Party::Person(i) => 1 + labs + companies + i as usize,
        Party::Holding(i) => 1 + labs + companies + persons + i as usize,
    };
    let between = actors.ledger.edges.iter().filter(|e| e.flow.is_between_actors());
    let edges = between.map(|e| (node(e.payer), node(e.payee), e.edge)).collect();
    Network { nodes: 1 + labs + companies + persons + actors.holdings.len(), edges }
}

impl Network {
    /// The flows of one path, USD bn, as a dense matrix [payer · nodes + payee].
    pub fn flows_at(&self, b: &Batch, path: usize, matrix: &mut [f64]) {
        matrix.fill(0.0);
        for (from, to, edge) in &self.edges {
            matrix[from * self.nodes + to] += edge.total_at(b, path);
        }
    }
}

fn share_circular(plan: &Plan, out: &mut Vec<Measure>) {
    let network = network(plan);
    if network.nodes > LARGEST_NETWORK {
        return push_where_defined(out, "share.circular.volume", |_| F8::splat(f64::NAN));
    }
    push_where_defined(out, "share.circular.volume", move |b| {
        let mut shares = F8::ZERO;
        let mut matrix = [0.0; LARGEST_NETWORK * LARGEST_NETWORK];
        let matrix = &mut matrix[..network.nodes * network.nodes];
        for lane in 0..crate::state::LANES {
            network.flows_at(b, lane, matrix);
            shares.0[lane] = volume_share(matrix, network.nodes);
        }
        shares
    });
}

fn rounds(plan: &Plan, out: &mut Vec<Measure>) {
    sum(out, "rounds", plan.rounds.terms.iter().flatten().map(|t| t.count).collect());
}

/// Compute bills settled, in cash or credits at face.
pub fn bills(flow: Flow) -> bool {
    compute::is_bill(flow)
}

fn paid(plan: &Plan, out: &mut Vec<Measure>) {
    sum(out, "paid", rows_of(plan, |_, _, flow| bills(flow)));
}

fn unwind(plan: &Plan, out: &mut Vec<Measure>) {
    let row = plan.restructuring.count;
    push(out, "unwind", move |b| b.get(row).gt(F8::ZERO).select(F8::ONE, F8::ZERO));
}

fn unwind_time(plan: &Plan, out: &mut Vec<Measure>) {
    let row = plan.restructuring.unwind_time;
    push_where_defined(out, "unwind.time", move |b| b.get(row));
}

fn deferrals(plan: &Plan, out: &mut Vec<Measure>) {
    if let Some(deferrals) = &plan.deferrals {
        sum(out, "deferrals", deferrals.terms.iter().flatten().map(|terms| terms.count).collect());
    }
}

fn deferred(plan: &Plan, out: &mut Vec<Measure>) {
    if let Some(deferrals) = &plan.deferrals {
        sum(out, "deferred", deferrals.terms.iter().flatten().map(|terms| terms.amount).collect());
    }
}

/// Times of the first deferral and of the first restructuring; NaN where there was none.
pub fn distress_rows(plan: &Plan) -> Option<(Row, Row)> {
    plan.deferrals.as_ref().map(|deferrals| (deferrals.first_time, plan.restructuring.unwind_time))
}

fn distress(plan: &Plan, out: &mut Vec<Measure>) {
    if let Some((deferral, unwind)) = distress_rows(plan) {
        push(out, "distress", move |b| is_distressed(b, deferral, unwind));
    }
}

pub fn is_distressed(b: &Batch, deferral: Row, unwind: Row) -> F8 {
    let happened = |row| b.get(row).ge(F8::ZERO);
    (happened(deferral) | happened(unwind)).select(F8::ONE, F8::ZERO)
}

fn distress_time(plan: &Plan, out: &mut Vec<Measure>) {
    if let Some((deferral, unwind)) = distress_rows(plan) {
        push_where_defined(out, "distress.time", move |b| {
            let (deferral, unwind) = (b.get(deferral), b.get(unwind));
            let unwind_first = unwind.le(deferral) | !deferral.ge(F8::ZERO);
            unwind_first.select(unwind, deferral)
        });
    }
}

fn lab_deferrals(plan: &Plan, out: &mut Vec<Measure>) {
    let Some(deferrals) = &plan.deferrals else { return };
    for (lab, terms) in plan.actors.labs.iter().zip(&deferrals.terms) {
        let rows = |row: fn(&DeferralTerms) -> Row| terms.iter().map(row).collect();
        sum(out, format!("lab.{}.deferrals", lab.name), rows(|terms| terms.count));
        sum(out, format!("lab.{}.deferred", lab.name), rows(|terms| terms.amount));
    }
}

fn build_shortfall(plan: &Plan, out: &mut Vec<Measure>) {
    sum(
        out,
        "build_shortfall",
        (0..plan.actors.companies.len()).map(|i| plan.suppliers.shortfall(i)).collect(),
    );
}

fn sentiment(plan: &Plan, out: &mut Vec<Measure>) {
    for (row, state) in plan.sentiment.time.into_iter().zip(STATES) {
        let steps = F8::splat(f64::from(plan.clock.steps));
        push(out, format!("sentiment.{state}"), move |b| b.get(row) / steps);
    }
}

fn put_in(plan: &Plan, out: &mut Vec<Measure>) {
    for (party, lab, put_in, _) in investments(plan) {
        cell(out, format!("put_in.{}.{}", plan.actors.name(party), plan.actors.labs[lab].name), put_in);
    }
}

fn got_back(plan: &Plan, out: &mut Vec<Measure>) {
    for (party, lab, _, back) in investments(plan) {
        cell(out, format!("got_back.{}.{}", plan.actors.name(party), plan.actors.labs[lab].name), back);
    }
}

/// Ratios of means (§7–8): name, numerator, denominator.
pub const RATIOS: &[(&str, &str, &str)] = &[
    ("share.insider", "capital.insider", "capital.raised"),
    ("share.traced", "capital.manufactured", "capital.raised"),
    ("share.netted", "capital.netted", "capital.raised"),
    ("share.concession", "capital.concession", "capital.raised"),
    ("share.financing.manufactured", "financing.manufactured", "financing"),
    ("share.financing.insider", "financing.insider", "financing"),
];

/// The other ratios of means of a run, which are of all paths together and of no single one; and where each comes from.
pub const OF_ALL_PATHS: &[(&str, &str)] = &[
    ("share.circular", "it is worked out from the mean flows of all paths together"),
    ("share.causal", WITHOUT_LOOPS),
    ("share.causal.upper", WITHOUT_LOOPS),
    ("share.causal.demand", WITHOUT_LOOPS),
    ("share.causal.low", AT_CORNERS),
    ("share.causal.high", AT_CORNERS),
    ("share.financing.causal", WITHOUT_LOOPS),
    ("replacement", WITHOUT_LOOPS),
    ("replacement.at_10_percent", WITHOUT_LOOPS),
];

const WITHOUT_LOOPS: &str = "it comes from running paths again without the loops";
const AT_CORNERS: &str =
    "it is the end of a range over what is assumed, which comes from running paths again at every corner";

/// A name as `summary.json` has it: `traced` and `causal.upper` are short for `share.traced` and `share.causal.upper`. What
/// is no short name stays as it is.
pub fn full_name(name: &str) -> String {
    let share = format!("share.{name}");
    let is_known = |name: &str| is_measure_name(name) || OF_ALL_PATHS.iter().any(|(known, _)| *known == name);
    if !is_known(name) && is_known(&share) { share } else { name.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names() {
        for (short, full) in [
            ("traced", "share.traced"),
            ("causal", "share.causal"),
            ("causal.upper", "share.causal.upper"),
            ("circular", "share.circular"),
            ("circular.volume", "share.circular.volume"),
            ("financing.insider", "financing.insider"),
            ("share.netted", "share.netted"),
            ("rounds", "rounds"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(full_name(short), full);
        }
    }

    #[test]
    fn kinds() {
        assert_eq!(Kind::of("share.traced"), Kind::Share);
        assert_eq!(Kind::of("company.Oracle.uncovered_revenue"), Kind::Share);
        assert_eq!(Kind::of("unwind"), Kind::Share);
        assert_eq!(Kind::of("unwind.time"), Kind::Years);
        assert_eq!(Kind::of("distress"), Kind::Share);
        assert_eq!(Kind::of("distress.time"), Kind::Years);
        assert_eq!(Kind::of("lab.OpenAI.deferrals"), Kind::Plain);
        assert_eq!(Kind::of("lab.OpenAI.deferred"), Kind::UsdBn);
        assert_eq!(Kind::of("lab.OpenAI.rounds"), Kind::Plain);
        assert_eq!(Kind::of("capital.raised"), Kind::UsdBn);
    }

    #[test]
    fn every_measure_fits_a_pattern_and_a_misspelt_one_does_not() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/every_key.toml");
        let scenario = crate::scenario::Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{f}"));
        let all = measures(&Plan::compile(&scenario));
        assert!(all.len() > 100);
        for measure in &all {
            assert!(is_measure_name(&measure.name), "{}", measure.name);
            assert!(!is_measure_name(&format!("{}x", measure.name)) || has_free_end(&measure.name));
        }
        for name in
            ["lab.OpenAI.raise", "lab..raised", "capital", "capital.from.nobody", "company.A.B.value_end", ""]
        {
            assert!(!is_measure_name(name), "{name}");
        }
    }

    /// The last part of these is an actor's, an origin's or a state's name.
    fn has_free_end(name: &str) -> bool {
        ["capital.", "sentiment.", "put_in.", "got_back."].iter().any(|start| name.starts_with(start))
    }
}
