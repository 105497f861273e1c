//! The plan: a checked scenario with names become handles, dates become steps and numbers become rows. Compiling
//! cannot fail; simulating it cannot either.

pub mod conditional;
pub mod correlation;
pub mod distribution;
pub mod parameters;
mod ranks;
pub mod sobol;
pub mod strata;

use crate::actors::lab::compile_investors;
use crate::actors::record::Record;
use crate::actors::{Actors, Company, Holding, Lab, Person};
use crate::compiler::{Compiler, Sections};
use crate::deals::commitment::Commitments;
use crate::deals::compute::{Compute, LinkTerms};
use crate::deals::margin_loan::MarginLoans;
use crate::deals::supplier::{LinkOf, Suppliers};
use crate::deals::vendor_equity::VendorEquity;
use crate::deals::warrant::Warrants;
use crate::deals::{self, Deals, Parties};
use crate::events::deferral::{self, Deferrals};
use crate::events::marks::Marks;
use crate::events::new_contracts::NewContracts;
use crate::events::restructuring::Restructuring;
use crate::events::round::Rounds;
use crate::input::{NumberId, Quantity, Unit};
use crate::market::announcement::Announcement;
use crate::market::prices::Prices;
use crate::market::sentiment::{Sentiment, SentimentTerms};
use crate::scenario::Scenario;
use crate::state::{Batch, Clock, F8, Holds, Kinds, LANES, Layout, Loop, Loops, Row};
use parameters::Parameters;

/// Everything that the engine needs.
#[derive(Debug, Clone)]
pub struct Plan {
    pub name: String,
    pub clock: Clock,
    pub layout: Layout,
    /// Value of each number where it is certain; the uncertain ones are drawn by `parameters`.
    pub numbers: Vec<f64>,
    /// Address and unit of each number.
    pub addresses: Vec<(String, Unit)>,
    pub parameters: Parameters,
    /// Addresses of the uncertain numbers, in their order.
    pub uncertain: Vec<String>,
    pub actors: Actors,
    pub prices: Prices,
    pub sentiment: Sentiment,
    pub announcement: Announcement,
    pub compute: Compute,
    pub suppliers: Suppliers,
    pub vendor_equity: VendorEquity,
    pub warrants: Warrants,
    pub margin_loans: MarginLoans,
    pub commitments: Commitments,
    /// Kinds of deals besides the first ones.
    pub deals: Deals,
    pub new_contracts: NewContracts,
    pub restructuring: Restructuring,
    /// Where a lab may ask for time.
    pub deferrals: Option<Deferrals>,
    pub rounds: Rounds,
    pub marks: Marks,
    pub record: Record,
    /// What companies without a link to a lab are paid in a step, by lab and in all: bills say the others'.
    pub indirect: Vec<Row>,
    /// Loops that the scenario lets matter (§6).
    pub active: Vec<Loop>,
    /// Whether paths can differ: some number is uncertain, or something moves by chance.
    pub is_random: bool,
}

impl Plan {
    pub fn compile(scenario: &Scenario) -> Plan {
        compile(scenario)
    }

    /// A batch with the scenario's certain numbers in place.
    pub fn batch(&self) -> Batch {
        let deferrals = self.deferrals.as_ref().map_or(0, |deferrals| deferrals.most);
        let kinds = Kinds {
            links: self.compute.links.len(),
            labs: self.actors.labs.len(),
            companies: self.actors.companies.len(),
        };
        let most = self.compute.most_contracts(&self.clock);
        let mut b = Batch::open(&self.layout, most, kinds, deferrals);
        for (k, value) in self.numbers.iter().enumerate() {
            b.fill(Row::from(NumberId(k as u32)), *value);
        }
        b
    }

    /// Opens the state of a batch made by [`Plan::batch`]: constants, uncertain numbers, opening balances, contracts from
    /// before the start. Uncertain number k of path p is `parameters[k * stride + p]`; `ties` are the loops without which
    /// tied contracts lose their tied part.
    #[inline(always)]
    pub fn open(
        &self,
        b: &mut Batch,
        first_path: u64,
        parameters: &[f64],
        stride: usize,
        extra: f64,
        ties: Loops,
    ) {
        b.clear(&self.layout, first_path);
        for (k, id) in self.parameters.uncertain().iter().enumerate() {
            let mut values = F8::ZERO;
            values.0.copy_from_slice(&parameters[k * stride..][..LANES]);
            b.set(Row::from(*id), values);
        }
        b.fill(self.rounds.extra, extra);
        let actors = &self.actors;
        self.prices.open(b, &self.clock, actors);
        self.sentiment.open(b, &self.clock);
        self.announcement.open(b);
        actors.ledger.open(b);
        actors.lab_stakes.open(b);
        for company in &actors.companies {
            b.copy(company.debt_opening, company.debt);
        }
        for person in &actors.persons {
            b.copy(person.stake_opening, person.stake);
            b.copy(person.loan_opening, person.loan);
        }
        for holding in &actors.holdings {
            b.copy(holding.debt_opening, holding.debt);
            for stake in &holding.stakes {
                b.copy(stake.opening, stake.fraction);
            }
        }
        self.compute.open(b, &self.clock, ties);
        self.suppliers.open(b, actors);
        self.new_contracts.open(b, &self.clock, actors, &self.compute, &self.suppliers);
        self.margin_loans.open(b, &self.clock);
        self.commitments.open(b);
        self.deals.open(b, &self.clock);
        self.rounds.open(b, &self.clock, actors);
        self.marks.open(b, &self.clock);
        self.restructuring.open(b);
        if let Some(deferrals) = &self.deferrals {
            deferrals.open(b, &self.clock);
        }
        self.record.open(b);
    }
}

/// Compiles section by section, in an order that results keep: sums run over edges in the order in which they were made.
fn compile(scenario: &Scenario) -> Plan {
    let sections = Sections { nodes: &scenario.sections, numbers: &scenario.numbers };
    let clock = Clock::new(scenario.start, scenario.years, scenario.steps_per_year);
    let mut compiler = Compiler::new(sections, clock);
    compiler.foresee(&[deals::foresee, deferral::foresee]);
    let c = &mut compiler;
    let market = c.section("market").expect("[market] is required");
    let rate = c.row(market, "rate");
    let announcement_terms = c.section("announcement");
    let zero = c.layout.constant(0.0);
    let one = c.layout.constant(1.0);
    let of_announcement =
        |key: &str, otherwise: Row| announcement_terms.map_or(otherwise, |node| Row::from(node.number(key)));
    let elasticity = of_announcement("elasticity", zero);
    let half_life = of_announcement("half_life", one);
    let impact = of_announcement("impact", zero);
    let exponent = of_announcement("exponent", one);
    let least = of_announcement("least", zero);
    let noise = of_announcement("noise", zero);

    let companies: Vec<Company> = scenario
        .sections_named("company")
        .enumerate()
        .map(|(i, node)| Company::compile(c, i, node, elasticity, half_life, rate))
        .collect();
    let labs: Vec<Lab> =
        scenario.sections_named("lab").enumerate().map(|(l, node)| Lab::compile(c, l, node)).collect();
    let persons: Vec<Person> = scenario
        .sections_named("person")
        .enumerate()
        .map(|(i, node)| Person::compile(c, i, node, rate))
        .collect();
    let mut holdings: Vec<Holding> = scenario
        .sections_named("holding")
        .enumerate()
        .map(|(i, node)| Holding::compile(c, i, node, rate))
        .collect();

    let (volatility, sector_volatility) = (c.row(market, "volatility"), c.row(market, "sector_volatility"));
    let prices = Prices::compile(&mut c.layout, volatility, sector_volatility, rate, &companies, &labs);
    let terms = c.section("sentiment").map(|node| SentimentTerms::compile(c, node));
    let sentiment = Sentiment::compile(&mut c.layout, terms);
    let announcement = Announcement::compile(c, exponent, least, noise, companies.len());

    let link_terms: Vec<LinkTerms> = scenario
        .sections_named("compute")
        .map(|node| LinkTerms::compile(c, node, &labs, &companies))
        .collect();
    let compute = Compute::compile(&mut c.layout, &c.clock, link_terms, labs.len());
    let builds: Vec<bool> = (0..companies.len()).map(|company| c.builds(company)).collect();
    let links_of_suppliers = compute
        .links
        .iter()
        .map(|link| LinkOf {
            lab: link.lab,
            company: link.company,
            fraction_paid: link.fraction_paid,
            is_lent_for: c.foreseen.lent_ahead.contains(&(link.lab, link.company)),
        })
        .collect();
    let suppliers =
        Suppliers::compile(&mut c.layout, &c.clock, &companies, &mut c.ledger, &builds, links_of_suppliers);

    let mut labs = labs;
    let vendor_equity = VendorEquity::compile(c, &mut labs, &compute.cash_links());
    let warrants = Warrants::compile(c);
    let commitments = Commitments::compile(c, &mut holdings);
    let rounds = Rounds::compile(c, &labs, &vendor_equity);
    let marks = Marks::compile(c, &commitments);
    compile_investors(c, &mut labs);
    let cut_terms = labs.iter().map(|lab| lab.commit.as_ref().map(|commit| commit.term)).collect();
    let restructuring = Restructuring {
        unwind_time: c.layout.registered("time of the unwind", Holds::Undefined),
        count: c.layout.sum("restructurings"),
        terms: cut_terms,
    };
    let margin_loans = MarginLoans::compile(c, &companies, &persons, &holdings);
    let new_contracts = NewContracts::compile(rate, &labs, &compute);
    let deferrals = Deferrals::compile(c, &labs);
    let mut parties =
        Parties { labs: &mut labs, companies: &companies, compute: &compute, market_rate: rate };
    let deals = Deals::compile(c, &mut parties);
    let active = deals::loops().filter(|kind| (kind.active)(c)).map(|kind| kind.which).collect();
    let is_random = c.is_random();
    let actors = Actors {
        labs,
        companies,
        persons,
        holdings,
        ledger: std::mem::take(&mut c.ledger),
        lab_stakes: std::mem::take(&mut c.lab_stakes),
        impact,
    };
    let record = Record::compile(&mut c.layout, &actors);
    let mut indirect = Vec::new();
    for (i, company) in actors.companies.iter().enumerate() {
        let of_labs = actors.labs.iter().enumerate().map(|(l, lab)| (l, lab.dealings[i].paid_now));
        let (direct, others): (Vec<_>, Vec<_>) = of_labs.partition(|(l, _)| compute.is_linked(*l, i));
        indirect.extend(others.into_iter().map(|(_, paid_now)| paid_now));
        if direct.is_empty() {
            indirect.push(company.received);
        }
    }
    let correlations: Vec<(NumberId, NumberId, f64)> = scenario.correlations();
    let mut parameters = Parameters::compile(&scenario.numbers, &correlations);
    let uncertain = parameters.addresses(&scenario.numbers);
    if let Some(in_file) = &scenario.numbers_in_file {
        let as_written = Parameters::compile(in_file, &[]);
        parameters.follow(&uncertain, (&as_written.addresses(in_file), &as_written));
    }
    let numbers = scenario
        .numbers
        .iter()
        .map(|number| match number.quantity {
            Quantity::Certain(value) => value,
            Quantity::Uncertain(_) => 0.0,
        })
        .collect();
    Plan {
        name: scenario.name.clone(),
        clock,
        layout: compiler.layout,
        numbers,
        addresses: scenario.numbers.iter().map(|number| (number.address.clone(), number.unit)).collect(),
        parameters,
        uncertain,
        actors,
        prices,
        sentiment,
        announcement,
        compute,
        suppliers,
        vendor_equity,
        warrants,
        margin_loans,
        commitments,
        deals,
        new_contracts,
        restructuring,
        deferrals,
        rounds,
        marks,
        record,
        indirect,
        active,
        is_random,
    }
}
