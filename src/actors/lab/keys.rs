//! The section of labs: its keys, and what is refused beyond their ranges.

use crate::input::{
    Check, Finding, Key, Node, Quantity,
    Range::{self, Any, AtLeastOne, NonNegative, Part, Positive, Signed},
    Section, Shape,
    Unit::{Exponent, Fraction, Multiple, PerYear, Pure, TimesPerYear, UsdBn, UsdBnPerYear, Years},
};

pub const SECTION: Section = Section {
    name: "lab",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    refuse,
    doc: "A lab: sells AI, buys compute, raises capital.",
};

/// The keys of `[[lab]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The lab's name, by which the file refers to it."),
    Key::number("cash", UsdBn, NonNegative).called("{0}’s cash at the start").doc("Cash at the start."),
    Key::of("revenue", Shape::Table(REVENUE)).doc("Revenue from customers outside the loop (5.1, 5.4)."),
    Key::number("opex", UsdBnPerYear, NonNegative).called("{0}’s other costs at the start").doc("Costs other than compute, at the start."),
    Key::number("opex_growth", PerYear, Any).called("growth of {0}’s other costs")
        .or_value(0.0)
        .doc("Growth of these costs, continuously compounded."),
    Key::number("mark", UsdBn, NonNegative).called("{0}’s valuation before the start")
        .doc("V: post-money valuation of the last round before the start."),
    Key::of("round", Shape::Table(ROUND))
        .optional()
        .doc("Funding rounds (5.10). Absent: the lab never raises."),
    Key::of("commit", Shape::Table(COMMIT))
        .optional()
        .doc("Commitments to compute out of capital raised (5.10). Absent: it never commits."),
    Key::number("factor_volatility", PerYear, NonNegative).called("volatility of {0}’s own factor")
        .or_owner("0: no factor")
        .doc("φ: volatility of the lab's own factor, which moves what its rounds are priced at and companies with a `beta` to it (5.1)."),
    Key::number("tender", TimesPerYear, NonNegative).called("{0}’s sales of old shares in a year")
        .or_value(0.0)
        .doc("Sales of old shares that mark the lab at P: no money reaches it (5.10)."),
    Key::of("remarks", Shape::List(REMARK))
        .optional()
        .doc("Days on which the mark changes without a round of the lab (5.10)."),
    Key::of("listing", Shape::Table(LISTING))
        .optional()
        .doc("When the lab goes public, and what it sells then (5.10). Absent: it never does."),
    Key::of("defer", Shape::Table(DEFER))
        .optional()
        .doc("Asking vendors for time before it cannot pay (5.12). Absent: it never asks."),
    Key::of("restructure", Shape::Table(RESTRUCTURE))
        .or_keys()
        .doc("What a default does to its contracts (5.8)."),
];

/// The keys of `revenue`.
const REVENUE: &[Key] = &[
    Key::number("annual", UsdBnPerYear, NonNegative)
        .called("{0}’s revenue at the start")
        .doc("R: annual rate at the start."),
    Key::number("growth", PerYear, Any)
        .called("growth of {0}’s revenue")
        .doc("g_start: growth at the start, continuously compounded."),
    Key::number("growth_end", PerYear, Any)
        .called("growth of {0}’s revenue in the long run")
        .or_owner("equal to `growth`")
        .doc("g_end: growth in the long run."),
    Key::number("half_life", Years, Positive)
        .called("half-life of {0}’s growth")
        .or_owner("none; required with `growth_end`")
        .doc("h_g: half-life of the distance between growth and growth_end."),
    Key::number("volatility", PerYear, NonNegative)
        .called("volatility of {0}’s revenue")
        .or_value(0.0)
        .doc("σ_R: volatility of revenue."),
];

/// The keys of `round`.
const ROUND: &[Key] = &[
    Key::number("trigger", Multiple, NonNegative).called("{0}’s cash trigger for a round")
        .doc("The lab raises when its cash is below this many times its need over the next year."),
    Key::number("gap", Years, NonNegative).called("least time between {0}’s rounds").doc("Least time between two rounds."),
    Key::number("runway", Years, NonNegative).called("runway that {0}’s rounds cover").doc("The span whose need a round is to cover."),
    Key::of("multiple", Shape::States).called("{0}’s valuation over revenue in {1}")
        .within(Multiple, NonNegative)
        .doc("Pre-money valuation over reported revenue, by sentiment."),
    Key::of("appetite", Shape::States).called("outside investors’ appetite for {0} in {1}")
        .within(Fraction, NonNegative)
        .doc("Offer of outside investors over pre-money valuation, by sentiment."),
    Key::number("spillover", Exponent, NonNegative).called("spillover of premiums to {0}’s price")
        .or_value(0.0)
        .doc("χ: how much of its companies' premium prices the round."),
    Key::number("step_up", Multiple, AtLeastOne).called("step-up at which {0} raises by choice")
        .optional()
        .doc("u: without need the lab raises once P is this many times the last price. With `sell`."),
    Key::number("sell", Fraction, Part).called("part of {0} sold in a round by choice")
        .optional()
        .doc("f: target of a round by choice over P. With `step_up`."),
    Key::number("cash_target", Multiple, NonNegative).called("{0}’s cash target in a round by choice")
        .optional()
        .doc("H: a round by choice brings cash and credits to at most this many times what the lab pays in the next year. With `step_up`; without it there is no limit."),
    Key::of("last", Shape::Date)
        .optional()
        .doc("Day of the last round before the start: `gap` before a round by choice counts from it."),
    Key::number("price_elasticity", Pure, NonNegative).called("price elasticity of outside offers to {0}").or_value(0.0).doc(
        "ε: by how much more, in logs, outside investors offer per log of a lower price; 0, or 0.01 to 100.",
    ),
    Key::number("price_floor", Fraction, Part).called("price floor of {0}’s rounds").or_value(1.0).doc("Least price of a round in need, over P."),
    Key::number("oversubscribed", Multiple, NonNegative).called("oversubscription of {0}’s rounds")
        .or_value(0.0)
        .doc("o: what outside investors bid beyond `appetite` and get only if money is missing, over it."),
    Key::number("endorsement", Pure, Signed).called("worth to {0} of companies’ endorsement").or_value(0.0).doc(
        "z: log price that a round paid by companies alone is worth as a signal, beside one without them.",
    ),
    Key::number("endorsement_reference", Fraction, Range::Unit).called("companies’ usual share of {0}’s rounds")
        .or_value(0.0)
        .doc("m̄: companies' share of the rounds that `appetite` was estimated from."),
];

/// The keys of a day of `remarks`.
const REMARK: &[Key] = &[
    Key::of("on", Shape::Date).doc("The day."),
    Key::number("post_money", UsdBn, Positive)
        .called("{0}’s valuation at mark no. {1}")
        .doc("V from then on."),
];

/// The keys of `listing`.
const LISTING: &[Key] = &[
    Key::of("earliest", Shape::Date).doc("No listing before this day."),
    Key::number("revenue", UsdBnPerYear, NonNegative)
        .called("revenue at which {0} lists")
        .doc("Least revenue R at which it lists."),
    Key::number("sell", Fraction, Part)
        .called("part of {0} sold at its listing")
        .doc("f: target of the listing over P."),
    Key::number("depth", Multiple, AtLeastOne)
        .called("depth of the public market for {0}")
        .doc("d: by how much the public market's appetite exceeds `appetite`, from the listing on."),
];

/// The keys of `commit`.
const COMMIT: &[Key] = &[
    Key::number("multiple", Multiple, NonNegative).called("{0}’s commitments over capital raised").doc("λ: new compute commitments over capital raised."),
    Key::number("term", Years, Positive).called("term of {0}’s commitments").doc("τ: length of a new commitment."),
    Key::number("lead", Years, NonNegative).called("lead time of {0}’s commitments").doc("From the announcement to the first payment."),
    Key::number("tie", Pure, NonNegative).called("leaning of {0}’s commitments towards investors")
        .or_value(0.0)
        .doc("How strongly commitments lean towards the companies that invested."),
    Key::number("ramp", Years, NonNegative).called("ramp of {0}’s commitments").or_owner("0: equal payments").doc(
        "Time over which a new commitment's payments rise evenly before they are equal, at most the term.",
    ),
];

/// The keys of `defer`.
const DEFER: &[Key] = &[
    Key::number("runway", Years, NonNegative).called("runway below which {0} asks for time")
        .doc("The lab asks when its cash and credits are below its need over this span."),
    Key::number("deferred", Fraction, Range::Unit).called("part of {0}’s payments that is deferred")
        .doc("ξ: share of each contract's payments of the next `delay` years that is paid later."),
    Key::number("delay", Years, Positive).called("delay of {0}’s deferred payments")
        .doc("δ: length of the span whose payments are reduced, and of that over which they are made up after the contract's last payment."),
    Key::number("accept", Fraction, Range::Unit).called("probability that vendors give {0} time").doc("Probability that the vendors agree."),
    Key::number("gap", Years, NonNegative).called("least time between {0}’s deferrals").or_value(1.0).doc("Least time between two requests."),
    Key::number("most", Pure, NonNegative).called("most deferrals granted to {0}")
        .or_value(1.0)
        .doc("Deferrals that are granted to the lab at most, a whole number."),
];

/// The keys of `restructure`.
const RESTRUCTURE: &[Key] = &[Key::number("cut", Fraction, Range::Unit)
    .called("cut in {0}’s restructuring")
    .or_value(0.5)
    .doc("Share of every future rate that a restructuring removes.")];

fn refuse(nodes: &[&Node], check: &mut Check) {
    for defer in nodes.iter().filter_map(|node| node.table("defer")) {
        let Some(most) = defer.number_if("most") else { continue };
        if check.number(most).is_certain() && check.lowest(most).fract() != 0.0 {
            let finding = Finding::error("`most` is not a whole number").at(&check.place(most, &defer.at));
            check.push(finding.help("it counts deferrals: write 1, or 2"));
        }
    }
    for revenue in nodes.iter().filter_map(|node| node.table("revenue")) {
        if let Some(end) = revenue.number_if("growth_end")
            && !revenue.was_given("half_life")
        {
            let place = check.place(end, &revenue.at);
            let finding = Finding::error("`growth_end` without `half_life`").at(&place);
            check.push(finding.help("add `half_life = ...` (years): how fast growth goes to `growth_end`"));
        }
    }
    for node in nodes {
        match node.table("round") {
            Some(round) => refuse_round(node, round, check),
            None if node.was_given("round") => {}
            None => {
                if let Some(listing) = node.table("listing") {
                    let message = format!("`{}` has a `listing` and no `round`", node.name());
                    let help = "add `round`: its `multiple` prices the listing, its `appetite` pays for it";
                    check.push(Finding::error(message).at(&listing.at).help(help));
                }
            }
        }
    }
}

/// The least that a price elasticity other than 0 may be, and the most.
const ELASTICITIES: (f64, f64) = (0.01, 100.0);

fn refuse_round(node: &Node, round: &Node, check: &mut Check) {
    for (one, other, help) in [
        ("step_up", "sell", "add `sell = ...`: the part of the lab that a round by choice sells"),
        ("sell", "step_up", "add `step_up = ...`: the rise in price at which the lab raises without need"),
        (
            "cash_target",
            "step_up",
            "add `step_up` and `sell`: it limits rounds by choice, and there are none",
        ),
    ] {
        if round.was_given(one) && !round.was_given(other) {
            let message = format!("the `round` of `{}` has `{one}` and no `{other}`", node.name());
            check.push(Finding::error(message).at(round.place(one)).help(help));
        }
    }
    if let Some(id) = round.number_if("price_elasticity") {
        let (least, most) = ELASTICITIES;
        let is_fine = |value: f64| value == 0.0 || (least..=most).contains(&value);
        let (low, high) = (check.lowest(id), check.highest(id));
        let all_fine = match &check.number(id).quantity {
            Quantity::Uncertain(law) => match law.values() {
                Some(mut values) => values.all(is_fine),
                None => low >= least && high <= most,
            },
            Quantity::Certain(value) => is_fine(*value),
        };
        if !all_fine {
            let verb = if check.number(id).is_certain() { "is" } else { "can be" };
            let message = format!(
                "`price_elasticity` of `{}` {verb} neither 0 nor between {least} and {most}",
                node.name()
            );
            let help = format!(
                "leave it out, or keep it between {least} and {most}: `{{ value = ..., min = {least}, max = {most} }}`"
            );
            check.push(Finding::error(message).at(&check.place(id, &round.at)).help(help));
        }
    }
    if round.was_given("endorsement") && !round.was_given("price_elasticity") {
        let message = format!("`endorsement` of `{}` without `price_elasticity`", node.name());
        let help = "add `price_elasticity`: a signal is worth what outside investors' offer answers to price";
        check.push(Finding::error(message).at(round.place("endorsement")).help(help));
    }
}
