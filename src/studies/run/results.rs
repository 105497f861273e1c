//! What one run of a scenario has found, gathered for whoever prints, draws or writes it.

use crate::books::{ByOrigin, Flow, Origin, Party};
use crate::charts::Estimated;
use crate::charts::distribution::Tally;
use crate::charts::money_map::ActorKind;
use crate::engine::{Courses, Flows};
use crate::estimate::circular::{LARGEST_NETWORK, throughput_share_of_means};
use crate::estimate::convergence::Standing;
use crate::estimate::survival::Unwinds;
use crate::estimate::{Estimate, Estimates, RatioEstimate};
use crate::events::listing::LISTING_PAID;
use crate::files::summary::Beside;
use crate::input::currency::Currency;
use crate::input::{Grade, Quantity};
use crate::page::facts::{Answered, AssumedLink};
use crate::plan::Plan;
use crate::scenario::{Good, Scenario};
use crate::studies::run::causal::Causal;
use crate::words::numbers::changed;

/// A finished run.
pub struct Results {
    pub name: String,
    pub seed: u64,
    pub sampler: &'static str,
    pub paths: u64,
    /// Years of a path, and its start as a decimal year.
    pub years: f64,
    pub start: f64,
    pub labs: Vec<String>,
    /// What they buy, and in which currency amounts are said.
    pub good: Good,
    pub currency: Currency,
    pub companies: Vec<String>,
    pub persons: Vec<String>,
    pub holdings: Vec<String>,
    /// Every measure, the uncertain numbers first, and the ratios of means.
    pub estimates: Estimates,
    /// Of the estimates' measures, how many are uncertain numbers.
    pub uncertain: usize,
    pub traced: Tally,
    /// `capital.raised` and `share.traced` after more and more paths.
    pub convergence: Vec<Standing>,
    /// Paths that unwind, by step.
    pub unwinds: Unwinds,
    pub causal: Option<Causal>,
    /// Questions of one's own.
    pub asked: Vec<Answered>,
    /// Rank correlations of the traced share with uncertain numbers, the strongest first.
    pub drivers: Vec<(String, RatioEstimate)>,
    pub flows: Flows,
    /// Names of the flows' parties, in the order of its edges.
    pub parties: Vec<(String, String)>,
    pub nodes: Vec<String>,
    pub node_kinds: Vec<ActorKind>,
    pub courses: Courses,
    /// Premium of each company at the start as a share of its fundamental value: 5%, 25%, 50%, 75%, 95% of the paths.
    pub opening_premiums: Vec<[f64; 5]>,
    pub evidence: Evidence,
    /// Overrides, and loops switched off.
    pub set: Vec<(String, String)>,
    pub off: Vec<String>,
}

/// How the scenario's numbers are known.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// Numbers that the file gives, by grade: filed, reported, estimated, assumed.
    pub by_grade: [usize; 4],
    pub uncertain: usize,
    /// Links that nobody has documented.
    pub assumed_links: Vec<AssumedLink>,
}

impl Evidence {
    pub fn of(scenario: &Scenario) -> Evidence {
        let mut evidence = Evidence::default();
        let given = || scenario.given();
        // commitment.Microsoft.OpenAI.tranches[0].amount
        let committed = |who: &str, lab: &str| {
            let of = format!("commitment.{who}.{lab}.");
            given().any(|n| n.address.starts_with(&of) && n.grade != Grade::Assumed)
        };
        for number in given() {
            evidence.by_grade[number.grade as usize] += 1;
            if matches!(number.quantity, Quantity::Uncertain(_)) {
                evidence.uncertain += 1;
            }
            let assumed = number.grade == Grade::Assumed && number.quantity != Quantity::Certain(0.0);
            // person.Ellison.invests.OpenAI, holding.H.invests.L, vendor_equity.C.L.ratio
            let parts: Vec<&str> = number.address.split('.').collect();
            match parts.as_slice() {
                ["person" | "holding", who, "invests", lab] | ["vendor_equity", who, lab, "ratio"]
                    if assumed =>
                {
                    evidence.assumed_links.push(AssumedLink {
                        investor: who.to_string(),
                        lab: lab.to_string(),
                        is_sourced: number.source.is_some(),
                        beyond_commitments: committed(who, lab),
                        brought: Estimated::default(),
                    });
                }
                _ => {}
            }
        }
        evidence
    }

    pub fn numbers(&self) -> usize {
        self.by_grade.iter().sum()
    }

    /// For the note under a chart: what should be doubted most stands first.
    pub fn said(&self) -> String {
        let grades = Grade::ALL.into_iter().zip(self.by_grade).rev().filter(|(_, many)| *many > 0);
        let said: Vec<String> = grades.map(|(grade, many)| format!("{many} {}", grade.word())).collect();
        if said.is_empty() { String::new() } else { format!("Of its numbers {}.", said.join(", ")) }
    }
}

impl Results {
    pub fn measure(&self, name: &str) -> Option<&Estimate> {
        self.estimates.measure(name)
    }

    /// Mean of a measure; 0 where the scenario has none of that name.
    pub fn mean(&self, name: &str) -> f64 {
        self.measure(name).map_or(0.0, |m| m.mean)
    }

    /// The scenario as titles and notes name it: with what was changed in it.
    pub fn called(&self) -> String {
        changed(&self.name, &self.set, &self.off)
    }

    /// Causal share without persons' and holdings' money too: a number of its own only where there is such money.
    pub fn causal_upper(&self) -> Option<&RatioEstimate> {
        let causal = self.causal.as_ref()?;
        (causal.upper.value != causal.share.value).then_some(&causal.upper)
    }

    /// The keys `causal` and `asked` of `summary.json`.
    pub fn beside(&self, complete: bool) -> Beside {
        let mut beside = Beside::new();
        if !complete {
            beside.insert("complete".into(), false.into());
        }
        if let Some(causal) = &self.causal {
            beside.insert("causal".into(), causal.json());
        }
        if !self.asked.is_empty() {
            beside.insert("asked".into(), serde_json::json!(self.asked));
        }
        beside
    }

    /// Is what runs in circles told from what passes through? A network of more actors is not taken apart.
    pub fn is_taken_apart(&self) -> bool {
        self.nodes.len() <= LARGEST_NETWORK
    }

    /// Links that nobody has documented and that bring something.
    pub fn assumed_links(&self) -> Vec<AssumedLink> {
        let with_money = |link: &AssumedLink| {
            let (value, se) = self.brought_to_rounds(&link.investor, &link.lab);
            AssumedLink { brought: Estimated::new(value, se), ..link.clone() }
        };
        self.evidence.assumed_links.iter().map(with_money).filter(|link| link.brought.value > 0.0).collect()
    }

    /// What an investor brings to a lab's rounds, without tranches: mean per path, USD bn, and its standard error.
    pub fn brought_to_rounds(&self, investor: &str, lab: &str) -> (f64, f64) {
        let edges = self.parties.iter().zip(&self.flows.edges).enumerate();
        let of_pair = edges.filter(|(_, ((payer, payee), (_, _, flow)))| {
            payer == investor && payee == lab && matches!(*flow, Flow::ROUND | Flow::CREDIT | LISTING_PAID)
        });
        let (mut mean, mut error) = (0.0, 0.0);
        for (k, _) in of_pair {
            for origin in self.flows.origins {
                let (m, se) = self.flows.mean(k, *origin);
                mean += m;
                // Origins of one payment rise together: the errors add, at most.
                error += se;
            }
        }
        (mean, error)
    }

    /// Capital per path by instrument and origin, USD bn.
    pub fn instruments(&self) -> Vec<(&str, ByOrigin<&Estimate>)> {
        let first = format!(".{}", Origin::Revenue.name());
        let instrument = |name: &'_ str| -> Option<usize> {
            let instrument = name.strip_prefix("capital.")?.strip_suffix(&first)?;
            (instrument != "origin").then_some(instrument.len())
        };
        let measures = self.estimates.measures.iter();
        let instruments = measures
            .filter_map(|(name, _)| instrument(name).map(|length| &name["capital.".len()..][..length]));
        let row = |instrument| {
            let cell = |origin: Origin| {
                let name = format!("capital.{instrument}.{}", origin.name());
                self.estimates.measure(&name).expect("every instrument and origin is a measure")
            };
            (instrument, ByOrigin::new(self.flows.origins, cell))
        };
        instruments.map(row).collect()
    }
}

/// The runs by the insiders' share of the capital, the largest first; where nothing is raised, last.
pub fn by_insiders(all: &[Results]) -> Vec<&Results> {
    let share =
        |results: &Results| results.estimates.ratio("share.insider").map_or(f64::NAN, |ratio| ratio.value);
    let key = |results: &&Results| if share(results).is_nan() { f64::NEG_INFINITY } else { share(results) };
    let mut sorted: Vec<&Results> = all.iter().collect();
    sorted.sort_by(|one, other| key(other).total_cmp(&key(one)));
    sorted
}

/// The network's nodes: the outside, then labs, companies, persons, holdings.
pub fn nodes(plan: &Plan) -> (Vec<String>, Vec<ActorKind>) {
    let actors = &plan.actors;
    let outside = std::iter::once(("outside".to_string(), ActorKind::Outside));
    outside
        .chain(actors.labs.iter().map(|a| (a.name.clone(), ActorKind::Lab)))
        .chain(actors.companies.iter().map(|a| (a.name.clone(), ActorKind::Company)))
        .chain(actors.persons.iter().map(|a| (a.name.clone(), ActorKind::Person)))
        .chain(actors.holdings.iter().map(|a| (a.name.clone(), ActorKind::Holding)))
        .unzip()
}

pub fn parties(plan: &Plan, flows: &Flows) -> Vec<(String, String)> {
    let name = |party: Party| plan.actors.name(party).to_string();
    flows.edges.iter().map(|(payer, payee, _)| (name(*payer), name(*payee))).collect()
}

/// Gt on the mean flows, with its standard error from batches of paths (§8).
pub fn throughput_share(flows: &Flows) -> RatioEstimate {
    if flows.nodes() > LARGEST_NETWORK || flows.paths == 0 {
        return RatioEstimate::around(f64::NAN, f64::NAN);
    }
    throughput_share_of_means(&flows.batch_networks(), flows.nodes())
}

/// Quantiles of each company's opening premium, a share of its fundamental value.
pub fn opening_premiums(scenario: &Scenario, estimates: &Estimates, companies: &[String]) -> Vec<[f64; 5]> {
    let of = |company: &String| {
        let address = format!("company.{company}.premium");
        // The number is the logarithm of market value over fundamental value: quantiles go along with it.
        let logs = match (estimates.measure(&address), scenario.number_at(&address)) {
            (Some(e), _) => [&e.p5, &e.p25, &e.p50, &e.p75, &e.p95].map(|quantile| quantile.value),
            (None, Some(id)) => match scenario.number(id).quantity {
                Quantity::Certain(value) => [value; 5],
                Quantity::Uncertain(_) => [f64::NAN; 5],
            },
            (None, None) => [0.0; 5],
        };
        logs.map(libm::expm1)
    };
    companies.iter().map(of).collect()
}
